"""Family B: did the rate exist when the supply was made?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "B01",
    subject="vat_line",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="{tax_code} charges {rate} % on CHF {amount}, but on {supplied_on} the rate was {right_rate} %",
    references=["Art. 115 Abs. 1 MWSTG", "Art. 25 MWSTG", "MWST-Info 19"],
)
def rate_not_in_force(books: Books, *, advance_days: int = 184) -> pl.DataFrame:
    """The rate of a sale or of acquisition tax did not exist at the date of supply.

    Why it matters: The moment of supply decides which rate applies, neither the invoice nor the payment. An old code
    used by habit declares too little tax, and the amount appears in the Ziffer of the old rate.

    False positives: bexio knows the date of the document, not always that of the supply. A date or period of supply in
    the text counts before it; without one an invoice may carry the coming rate up to advance_days before the change.
    Credit notes follow the rate of the original supply (B04), purchases are B02, periods across a change B03, codes
    that point the wrong way A04, and net tax rates I09 and I12.

    What to do: Ask for the date or period of the supply. If it lies after the change, correct the invoice and the code.
    """
    return books.sql(
        """
        with stated as (
            select vat_line_id, min(start_on) as start_on, max(end_on) as end_on from supply_period group by all
        ),
        rated as (
            select v.* replace (coalesce(s.end_on, v.supplied_on) as supplied_on),
                coalesce(s.start_on, v.supplied_on) as supplied_from, if(s.end_on is null, $advance_days, 0) as slack,
                (select arg_max(r.kind, r.valid_from) from law.vat_rate r
                 where r.status = 'law' and r.rate = v.rate) as rate_kind
            from   vat_line v left join stated s on s.vat_line_id = v.vat_line_id
            join   vat_status y on y.year = year(v.booked_on) and y.method = 'effective'
            where  v.rate > 0 and v.rate < 100 and v.direction in ('output', 'acquisition')
            and    v.kind <> 'credit_note' and v.vat_line_id not in (select vat_line_id from misdirected_posting)
        )
        select v.vat_line_id, v.booked_on, v.supplied_on, v.net as amount, v.tax, v.tax_code, v.rate,
               r.rate as right_rate, v.account_nos, v.document_no, v.contact_name, v.description, v.kind, v.document_id,
               coalesce(z.ziffer, v.ziffer) as ziffer,
               (tax_in(v.gross, r.rate) - tax_in(v.gross, v.rate)) * if(v.direction = 'output', 1, 0) as vat_effect
        from   rated v
        join   law.vat_rate r on r.status = 'law' and r.kind = coalesce(v.rate_kind, 'normal')
        and    v.supplied_on between r.valid_from and coalesce(r.valid_till, v.supplied_on)
        left join law.ziffer z on v.direction = 'output' and z.part = 'supply' and z.rate_kind = r.kind
        and    z.valid_from = r.valid_from
        where  not exists (
            from law.vat_rate o where o.status = 'law' and o.rate = v.rate
            and  v.supplied_on + to_days(cast(v.slack as integer)) >= o.valid_from
            and  v.supplied_from <= coalesce(o.valid_till, v.supplied_from))
        """,
        advance_days=advance_days,
    )


@check(
    "B02",
    subject="vat_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Input tax is deducted with {tax_code} at {rate} % on CHF {amount}, but on {supplied_on} the rate was "
    "{right_rate} %",
    references=["Art. 28 MWSTG", "Art. 115 MWSTG", "MWST-Info 19"],
)
def purchase_with_outdated_rate(books: Books, *, advance_days: int = 184, late_days: int = 60) -> pl.DataFrame:
    """Input tax is deducted at a rate that did not exist when the purchase was made.

    Why it matters: Only the tax that the supplier invoiced can be deducted. A code of another generation deducts
    another amount than the one on the invoice, or the supplier invoiced a rate that no longer exists.

    False positives: A supplier's late invoice for a supply before the change rightly carries the old rate: up to
    late_days after the change, or where its text names the earlier year or period. An invoice in advance may carry the
    coming rate up to advance_days before. Corrections of input tax (410, 415, 420) refer to earlier purchases and are
    left out; codes that point the wrong way are A04's.

    What to do: Look at the invoice: set the code of the rate it shows. The VAT effect assumes that it shows the rate in
    force on the total booked.
    """
    return books.sql(
        """
        with stated as (
            select vat_line_id, min(start_on) as start_on, max(end_on) as end_on from supply_period group by all
        ),
        rated as (
            select v.* replace (coalesce(s.end_on, v.supplied_on) as supplied_on),
                (select arg_max(r.kind, r.valid_from) from law.vat_rate r
                 where r.status = 'law' and r.rate = v.rate) as rate_kind,
                if(s.end_on is null, $advance_days, 0) as slack,
                -- a bill that names a year may be for that year
                coalesce(s.start_on, least(v.supplied_on - to_days(cast($late_days as integer)), (
                    select make_date(cast(max(y) as integer), 12, 31)
                    from   unnest(regexp_extract_all(v.description, '\\b20[0-9]{2}\\b')) t(y)))) as earliest_on
            from   vat_line v left join stated s on s.vat_line_id = v.vat_line_id
            where  v.rate > 0 and v.rate < 100 and v.direction = 'input' and coalesce(v.ziffer, '') in ('400', '405')
            and    v.vat_line_id not in (select vat_line_id from misdirected_posting)
        )
        select v.vat_line_id, v.booked_on, v.supplied_on, v.net as amount, v.tax, v.tax_code, v.rate,
               r.rate as right_rate, v.account_nos, v.document_no, v.contact_name, v.description, v.kind, v.document_id,
               v.ziffer, tax_in(v.gross, v.rate) - tax_in(v.gross, r.rate) as vat_effect
        from   rated v
        join   law.vat_rate r on r.status = 'law' and r.kind = coalesce(v.rate_kind, 'normal')
        and    v.supplied_on between r.valid_from and coalesce(r.valid_till, v.supplied_on)
        where  not exists (
            from law.vat_rate o where o.status = 'law' and o.rate = v.rate
            and  v.supplied_on + to_days(cast(v.slack as integer)) >= o.valid_from
            and  v.earliest_on <= coalesce(o.valid_till, v.supplied_on))
        """,
        advance_days=advance_days,
        late_days=late_days,
    )


@check(
    "B03",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="The supply from {start_on} to {end_on} crosses the change of rates on {changed_on}, but CHF {amount} carry "
    "{rate} % as a whole",
    references=["Art. 115 MWSTG", "MWST-Info 19 ch. 2"],
)
def period_across_a_change_of_rates(books: Books, *, min_effect: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """A service period crosses a change of rates and carries one rate.

    Why it matters: Each part of the supply has the rate of its own time. If the parts are not shown separately, the
    whole invoice is owed at the higher rate; at the lower rate tax is missing.

    False positives: Supplies split by date, where the document has a line at the other rate too, are left out, and so
    are effects below min_effect. The share is taken by days; a supply made at one moment of the period has one rate.

    What to do: Ask when the supply was made and split the invoice by date and amount. At the new rate throughout it is
    owed as shown until it is corrected, and the effect shown is what a correction saves.
    """
    return books.sql(
        """
        with crossing as (
            select v.vat_line_id, v.booked_on, v.document_id, v.document_no, v.contact_name, v.account_nos, v.tax_code,
                v.rate, v.ziffer, v.kind, v.direction, s.text as description, s.net as amount, s.start_on, s.end_on,
                n.valid_from as changed_on, o.rate as old_rate, n.rate as new_rate,
                s.end_on - s.start_on + 1 as days, n.valid_from - s.start_on as days_before
            from vat_line v
            join supply_period s on s.vat_line_id = v.vat_line_id
            join law.vat_rate n on n.status = 'law' and n.valid_from > s.start_on and n.valid_from <= s.end_on
            join law.vat_rate o on o.status = 'law' and o.kind = n.kind and o.valid_till = n.valid_from - 1
            where v.rate in (o.rate, n.rate) and o.rate <> n.rate and v.direction in ('output', 'input', 'acquisition')
        ),
        weighed as (
            select *, case when rate = old_rate
                then tax_on(share_of(amount, days - days_before, days), new_rate - old_rate)
                else -tax_on(share_of(amount, days_before, days), new_rate - old_rate) end as difference
            from crossing c where not exists (
                from vat_line x where x.document_id = c.document_id and x.rate in (c.old_rate, c.new_rate)
                and  x.rate <> c.rate and x.direction = c.direction)
        )
        select *, difference * case direction when 'output' then 1 when 'input' then -1 else 0 end as vat_effect
        from   weighed
        where  abs(difference) >= $min_effect
        qualify row_number() over (partition by vat_line_id order by abs(difference) desc, start_on, end_on) = 1
        """,
        min_effect=min_effect,
    )


@check(
    "B04",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="The credit note takes CHF {amount} back at {rate} %, the invoice {invoice_no} was charged at {right_rate} %",
    needs=["payment"],
    references=["Art. 41 MWSTG", "Art. 115 MWSTG"],
)
def credit_note_at_another_rate(books: Books, *, tolerance: Decimal = Decimal("0.02")) -> pl.DataFrame:
    """A credit note has another rate than the invoice it belongs to.

    Why it matters: A reduction follows the supply: it takes back the tax that was declared, at the rate it was declared
    with. At another rate too much or too little tax is taken back.

    False positives: bexio links a credit note to the invoices it is set off against. A goodwill credit, or a credit set
    off against a later invoice of another supply, has the rate of its own supply. Effects up to tolerance are rounding.

    What to do: Look for the invoice that the credit note corrects, and issue it anew with the code of that invoice.
    """
    return books.sql(
        """
        with charged as (
            select document_id, rate, sum(net) as net from vat_line where kind = 'invoice' and rate < 100 group by all
        ),
        original as (
            select p.credit_note_id, list(distinct c.rate) as rates, arg_max(c.rate, (c.net, c.rate)) as right_rate,
                arg_max(p.document_id, (c.net, c.rate, p.document_id)) as invoice_id
            from payment p join charged c on c.document_id = p.document_id
            where p.credit_note_id is not null group by p.credit_note_id
        )
        select v.vat_line_id, v.booked_on, v.net as amount, v.tax, v.tax_code, v.rate, o.right_rate, o.rates,
               i.document_no as invoice_no, i.dated_on as invoiced_on, v.account_nos, v.document_no, v.contact_name,
               v.description, v.kind, v.document_id, v.ziffer,
               tax_in(v.gross, o.right_rate) - tax_in(v.gross, v.rate) as vat_effect
        from   vat_line v
        join   original o on o.credit_note_id = v.document_id
        join   document i on i.document_id = o.invoice_id
        where  v.kind = 'credit_note' and not list_contains(o.rates, v.rate)
        and    abs(tax_in(v.gross, o.right_rate) - tax_in(v.gross, v.rate)) > $tolerance
        """,
        tolerance=tolerance,
    )


@check(
    "B05",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="The prepayment of CHF {amount} was taxed at {prepaid_rate} % on {prepaid_on}, but the supply follows at "
    "{right_rate} %",
    references=["Art. 40 MWSTG", "Art. 115 MWSTG"],
)
def prepayment_at_the_old_rate(books: Books, *, max_days: int = 1100) -> pl.DataFrame:
    """A prepayment was taxed at the rate of its receipt although the supply followed after a change of rates.

    Why it matters: Tax on a prepayment is due when it is received, but the rate is that of the supply. Where the
    prepayment is settled after a change of rates without correcting it, the difference is missing.

    False positives: Advance invoices that already carried the new rate, and prepayments taken back with their own old
    rate while the final invoice charges the whole price at the new one, are right and left out. Prepayment and
    settlement are matched by account, amount and customer within max_days.

    What to do: Take the prepayment back with its old code and charge the whole supply with the new one.
    """
    return books.sql(
        """
        with prepaid as (
            select p.account_no, p.amount, p.contact_id, p.booked_on, p.tax_rate, p.document_no,
                (select arg_max(r.kind, r.valid_from) from law.vat_rate r
                 where r.status = 'law' and r.rate = p.tax_rate) as rate_kind
            from posting p
            where p.account_no between '2030' and '2099' and p.side = 'credit' and p.vat_role = 'base'
            and   p.direction = 'output' and p.tax_rate > 0 and p.tax_rate < 100
        )
        select r.posting_id, r.line_id, r.booked_on, r.amount, r.account_no, r.account_name, r.contra_account_no,
               r.document_no, r.contact_name, r.description, r.tax_code, r.kind, r.document_id,
               p.tax_rate as prepaid_rate, p.booked_on as prepaid_on, p.document_no as prepaid_no,
               n.rate as right_rate, z.ziffer, tax_on(r.amount, n.rate - p.tax_rate) as vat_effect
        from   posting r
        join   prepaid p on p.account_no = r.account_no and p.amount = -r.amount and p.booked_on <= r.booked_on
        and    p.booked_on >= r.booked_on - to_days(cast($max_days as integer))
        and    (p.contact_id = r.contact_id or p.contact_id is null or r.contact_id is null)
        join   law.vat_rate n on n.status = 'law' and n.kind = p.rate_kind and n.rate <> p.tax_rate
        and    r.booked_on between n.valid_from and coalesce(n.valid_till, r.booked_on)
        join   law.ziffer z on z.part = 'supply' and z.rate_kind = n.kind and z.valid_from = n.valid_from
        where  r.side = 'debit' and r.amount > 0 and not r.is_opening and not r.is_closing and not r.is_vat_row
        and    coalesce(r.tax_rate, 0) <> p.tax_rate
        qualify row_number() over (partition by r.posting_id order by p.booked_on desc, p.document_no) = 1
        """,
        max_days=max_days,
    )


@check(
    "B06",
    subject="vat_line",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="The supply runs until {end_on}: a change to {planned_rate} % on {planned_from}, planned and not in force, "
    "would concern {rate} % on CHF {amount}",
    references=["Art. 115 MWSTG"],
)
def contract_beyond_a_planned_change(books: Books, *, min_amount: Decimal = Decimal("100.00")) -> pl.DataFrame:
    """A long contract reaches beyond a planned change of rates.

    Why it matters: A change of rates concerns what is supplied after it, also if it was invoiced before. Contracts that
    run longer need a clause or a later correction. The planned rates are a scenario: nothing is computed with them.

    False positives: The change may never come into force. Only periods that a text states with dates are seen, and
    amounts below min_amount are left out.

    What to do: Note the contract. When the change is decided, invoice the part after it with the new rate.
    """
    return books.sql(
        """
        select v.vat_line_id, v.booked_on, s.net as amount, v.tax_code, v.rate, p.rate as planned_rate,
               p.valid_from as planned_from, p.source as planned_by, s.start_on, s.end_on, s.text as description,
               v.account_nos, v.document_no, v.contact_name, v.kind, v.document_id, v.ziffer,
               cast(null as decimal(18, 2)) as vat_effect
        from   vat_line v
        join   supply_period s on s.vat_line_id = v.vat_line_id
        join   law.vat_rate n on n.status = 'law' and n.rate = v.rate
        and    v.booked_on between n.valid_from and coalesce(n.valid_till, v.booked_on)
        join   law.vat_rate p on p.status <> 'law' and p.kind = n.kind and p.valid_from > v.booked_on
        and    p.valid_from <= s.end_on
        where  abs(s.net) >= $min_amount
        qualify row_number() over (partition by v.vat_line_id order by abs(s.net) desc, p.valid_from, s.end_on) = 1
        """,
        min_amount=min_amount,
    )
