"""Family C: do the figures agree with each other?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "C01",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.CERTAIN,
    says="CHF {tax} VAT are booked on CHF {amount} with {tax_code}, {rate} % are CHF {expected_tax}",
    references=["Art. 25 MWSTG", "Art. 128 MWSTV"],
)
def booked_tax_is_not_base_times_rate(
    books: Books, *, tolerance: Decimal = Decimal("0.01"), tolerance_per_row: Decimal = Decimal("0.005")
) -> pl.DataFrame:
    """The VAT booked is not base times rate.

    Why it matters: The return computes output tax from the base; the ledger holds what was booked. Where they differ by
    more than rounding, somebody changed the tax by hand, or base and tax do not belong together.

    False positives: Rounding, which grows with the number of rows: tolerance in CHF at least, tolerance_per_row for
    every row. The rounding of totals to 5 Rappen has a row of its own and is no part of the base. Import tax has no
    base in bexio and is left out, and so are lines without a base or without a VAT row (C06), lines printed with
    another rate (A12) and tax computed from the total (C05).

    What to do: Recompute the document. Correct the tax, or the base if it is the tax that was invoiced.
    """
    return books.sql(
        """
        select vat_line_id, booked_on, net as amount, tax, expected_tax, rate, tax_code, account_nos, document_no,
               contact_name, description, kind, base_rows, tax_rows, document_id, ziffer,
               case when direction = 'output' then expected_tax - tax else tax - expected_tax end as vat_effect
        from   vat_line
        where  base_rows > 0 and tax_rows > 0 and rate > 0 and rate < 100
        and    (printed_rate is null or printed_rate = rate)
        and    abs(tax - expected_tax)
               > greatest($tolerance, $tolerance_per_row * greatest(base_rows, tax_rows)) + 0.005
        and    abs(tax - tax_on(gross, rate)) > 0.01
        """,
        tolerance=tolerance,
        tolerance_per_row=tolerance_per_row,
    )


@check(
    "C02",
    subject="vat_return",
    severity=Severity.LOOK_AT,
    confidence=Confidence.CERTAIN,
    says="CHF {booked} VAT are booked for Ziffer {ziffer}, the bases give CHF {computed}: CHF {amount} are more than "
    "rounding of {rows} rows",
    references=["eCH-0217 ch. 6.2.1", "Art. 128 MWSTV"],
)
def rounding_drifts(
    books: Books, *, tolerance: Decimal = Decimal("0.05"), tolerance_per_row: Decimal = Decimal("0.005")
) -> pl.DataFrame:
    """Booked tax and base times rate drift apart over the period.

    Why it matters: Each VAT row may be off by half a Rappen, in either direction. If all are off in the same direction,
    a system rounds wrongly, and the VAT accounts never agree with the return.

    False positives: Many positions; tolerance_per_row in CHF for every row, tolerance at least. Lines that C01, C05,
    C06 or A12 report are left out, so that only what no single line explains is found; import tax has no base.

    What to do: Look at the rounding of the system that delivers these invoices. Book the difference before filing.
    """
    return books.sql(
        """
        with sound as (
            select z.ziffer, z.rate, z.base, z.tax, v.tax_rows as rows, v.direction
            from   vat_line v
            join   vat_line_ziffer z on z.vat_line_id = v.vat_line_id and z.ziffer not in ('200', '205')
            join   review.period r on z.booked_on between r.start_on and r.end_on
            where  v.rate > 0 and v.rate < 100 and v.base_rows > 0 and v.tax_rows > 0 and v.direction <> 'customs'
            and    (v.printed_rate is null or v.printed_rate = v.rate)
            and    abs(z.tax - tax_on(z.base, v.rate))
                   <= greatest(0.01, 0.005 * greatest(v.base_rows, v.tax_rows)) + 0.005
        ),
        summed as (
            select s.ziffer, sum(s.tax) as booked, sum(s.rows) as rows,
                cast(round(sum(s.base * s.rate * 0.01), 2) as decimal(18, 2)) as computed
            from sound s group by s.ziffer
        )
        select r.period_id, s.ziffer, r.end_on as booked_on, s.booked, s.computed, s.rows,
               s.booked - s.computed as amount,
               (s.computed - s.booked) * if(s.ziffer in ('400', '405', '410'), -1, 1) as vat_effect
        from   summed s, review.period r
        where  abs(s.booked - s.computed) > greatest($tolerance, $tolerance_per_row * s.rows)
        """,
        tolerance=tolerance,
        tolerance_per_row=tolerance_per_row,
    )


@check(
    "C03",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on rounding account {account_no}: {reason}",
    references=["Art. 128 MWSTV", "Art. 957a OR"],
    words=["more than a rounding of an invoice", "carries a tax code", "the roundings of the period add up"],
)
def rounding_account_misused(
    books: Books, *, max_rounding: Decimal = Decimal("0.05"), max_sum: Decimal = Decimal("5.00")
) -> pl.DataFrame:
    """The rounding account holds more than roundings.

    Why it matters: A rounding of an invoice is at most 5 Rappen and carries no tax. What is larger is a payment, a
    discount or turnover that was put where nobody looks.

    False positives: Cash rounding in shops: each is small and they level out; only from max_sum per period on the
    largest is shown. Rows that are no invoice may be larger, such as the rounding of the VAT settlement.

    What to do: Ask what the amount is and book it where it belongs, with its code.
    """
    return books.sql(
        """
        with rounding as (
            select p.*, case
                    when p.tax_code is not null and p.vat_role = 'base' then 'carries a tax code'
                    when p.kind = 'invoice' and abs(p.amount) > $max_rounding
                        then 'more than a rounding of an invoice'
                end as own_reason,
                sum(case when abs(p.amount) <= $max_sum then p.amount end) over () as total,
                row_number() over (order by abs(p.amount) desc, p.line_id) as place
            from posting p, review.period r
            where p.account_no[:4] = '6945' and p.booked_on between r.start_on and r.end_on
            and   not p.is_opening and not p.is_closing
        )
        select posting_id, line_id, booked_on, amount, account_no, account_name, contra_account_no, document_no,
               contact_name, description, tax_code, kind, document_id, total, ziffer,
               coalesce(own_reason, 'the roundings of the period add up') as reason,
               case when own_reason = 'carries a tax code' then tax_on(amount, tax_rate) end as vat_effect
        from   rounding
        where  own_reason is not null or place = 1 and abs(total) > $max_sum
        """,
        max_rounding=max_rounding,
        max_sum=max_sum,
    )


@check(
    "C04",
    subject="vat_return",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="Ziffer 299 is CHF {amount}, but the rate lines hold CHF {taxed}: CHF {gap} carry no rate",
    references=["Art. 71 MWSTG", "eCH-0217 MWST-0005"],
    method="effective",
)
def turnover_does_not_add_up(books: Books, *, tolerance: Decimal = Decimal("0.00")) -> pl.DataFrame:
    """Taxable turnover and the rate lines of the return do not agree.

    Why it matters: Ziffer 200 less the deductions (289) is 299, and 299 is the sum of the rate lines 30x, 31x and 34x;
    acquisition tax is no part of it. The ESTV's portal refuses a return that breaks
    this to the Rappen.

    False positives: None; the identity is exact. The form with net tax rates has other lines and is not concerned.

    What to do: Look for a code that reaches 200 or 205 but neither a deduction nor a rate line, or the reverse, and
    correct its Ziffer in bexio.
    """
    return books.sql(
        """
        with form as (
            select period_id,
                coalesce(sum(base) filter (ziffer = '200'), 0) as turnover,
                coalesce(sum(base) filter (ziffer in ('220', '221', '225', '230', '235', '280')), 0) as deductions,
                coalesce(sum(base) filter (ziffer[:2] in ('30', '31', '34')), 0) as taxed
            from   vat_return
            group by period_id
        )
        select f.period_id, n.ziffer, r.end_on as booked_on, turnover, deductions, taxed,
               turnover - deductions as amount, turnover - deductions - taxed as gap,
               tax_on(turnover - deductions - taxed, n.rate) as vat_effect
        from   form f
        join   review.period r on r.period_id = f.period_id
        join   law.normal_rate n on r.end_on between n.valid_from and n.valid_till
        where  abs(turnover - deductions - taxed) > $tolerance
        """,
        tolerance=tolerance,
    )


@check(
    "C05",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="CHF {tax} VAT are {rate} % of the total of CHF {amount}; contained in it are CHF {contained_tax}",
    references=["Art. 24 Abs. 1 MWSTG"],
)
def tax_computed_from_the_total(books: Books, *, min_difference: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """The tax was computed from the total instead of being taken out of it.

    Why it matters: A price includes its tax: of CHF 108.10 at 8.1 % the tax is 8.10, not 8.76. Computed from the total
    every deduction is too high by the rate of the tax itself.

    False positives: Net prices with the tax paid on top show the total as base and are no such case. Differences below
    min_difference cannot be told from rounding.

    What to do: Set the entry to gross in bexio, or enter the tax as the invoice shows it.
    """
    return books.sql(
        """
        select vat_line_id, booked_on, gross as amount, net, tax, tax_in(gross, rate) as contained_tax, rate, tax_code,
               account_nos, document_no, contact_name, description, kind, document_id, ziffer,
               case when direction = 'output' then tax_in(gross, rate) - expected_tax
                    else tax - tax_in(gross, rate) end as vat_effect
        from   vat_line
        where  base_rows > 0 and tax_rows > 0 and rate > 0 and rate < 100 and direction in ('output', 'input')
        and    (printed_rate is null or printed_rate = rate)
        and    abs(tax - tax_on(gross, rate)) <= 0.01 and abs(tax - tax_in(gross, rate)) >= $min_difference
        """,
        min_difference=min_difference,
    )


@check(
    "C06",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{tax_code} on {document} has {what}: CHF {amount}",
    references=["Art. 70 MWSTG"],
    words=["VAT without a base", "a base without VAT"],
)
def base_or_tax_missing(books: Books, *, min_tax: Decimal = Decimal("0.02")) -> pl.DataFrame:
    """A base has no VAT row, or a VAT row has no base.

    Why it matters: bexio books every rated code as two rows. If one of them is missing, it was deleted, overwritten or
    filed under another reference: the return and the VAT accounts then disagree.

    False positives: Import tax is one row by nature and is left out, as are codes without tax and amounts whose tax is
    less than min_tax. The other row may stand under another reference or code: the evidence shows the document. Codes
    that point the wrong way are A04's.

    What to do: Open the document in bexio and save it again with its code, or complete the entry.
    """
    return books.sql(
        """
        select vat_line_id, booked_on, case when base_rows = 0 then tax else net end as amount, net, tax, expected_tax,
               coalesce(document_no, vat_line_id) as document, document_no,
               case when base_rows = 0 then 'VAT without a base' else 'a base without VAT' end as what,
               tax_code, rate, account_nos, contact_name, description, kind, base_rows, tax_rows, document_id, ziffer,
               case
                   when base_rows = 0 then tax
                   when direction = 'input' then -expected_tax
                   when direction = 'output' then expected_tax
                   else 0.00
               end as vat_effect
        from   vat_line
        where  rate > 0 and rate < 100
        and    (base_rows = 0 and tax_rows > 0 and abs(tax) >= $min_tax
                or base_rows > 0 and tax_rows = 0 and abs(expected_tax) >= $min_tax)
        and    vat_line_id not in (select vat_line_id from misdirected_posting)
        """,
        min_tax=min_tax,
    )


@check(
    "C07",
    subject="journal_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{currency} {amount_fc} are booked at {factor}, the mandate's own rate around that day is {usual_factor}",
    references=["Art. 45 MWSTV"],
)
def exchange_rate_out_of_line(
    books: Books,
    *,
    max_deviation: Decimal = Decimal("0.03"),
    window_days: int = 45,
    min_rates: int = 4,
    min_amount: Decimal = Decimal("1.00"),
) -> pl.DataFrame:
    """A foreign amount is booked one to one, or at an unusual rate.

    Why it matters: The base of the tax is the amount in CHF at the ESTV's monthly average or daily rate, used
    consistently. bexio takes the rate of the entry; left at 1 it books euros as francs, on the base and on the tax.

    False positives: Contract and group rates. The rate compared is what was really applied (CHF per unit), so a factor
    quoted per 100 units is no finding. Without an official rate at hand the mandate's own median for the currency
    within window_days is the yardstick, if there are min_rates bookings; a currency near parity may rightly stand at 1.

    What to do: Look up the ESTV's rate of the month and correct the factor of the entry. The payment then shows the
    true exchange difference.
    """
    return books.sql(
        """
        with applied as (
            select entry_id, currency, min(line_id) as line_id, min(booked_on) as booked_on,
                sum(abs(amount)) filter (side = 'debit') as amount,
                sum(abs(amount_fc)) filter (side = 'debit') as amount_fc,
                sum(amount_fc * tax_rate) filter (is_tax_side and vat_role = 'base'
                    and direction in ('output', 'input')) as taxed,
                any_value(document_no) as document_no, any_value(document_id) as document_id,
                any_value(contact_name) as contact_name, any_value(ziffer) filter (is_tax_side) as ziffer,
                arg_min(description, line_id) as description,
                array_to_string(list_sort(list_distinct(list(account_no))), ' ') as account_nos
            from posting p, review.period r
            where currency <> 'CHF' and amount_fc <> 0 and not is_opening and not is_closing
            and   p.booked_on between r.start_on - $window_days and r.end_on + $window_days group by all
        ),
        around as (
            -- day by day: a moving window would sort as many rates anew for every booking
            select d.currency, d.booked_on, count(*) as rates,
                cast(median(a.amount / a.amount_fc) filter (a.amount <> a.amount_fc) as decimal(18, 6)) as usual_factor
            from (
                select distinct p.currency, p.booked_on from applied p
                join review.period r on p.booked_on between r.start_on and r.end_on
            ) d
            join applied a on a.currency = d.currency and abs(a.booked_on - d.booked_on) <= $window_days
            where a.amount_fc >= $min_amount group by d.currency, d.booked_on
        ),
        compared as (
            select a.*, cast(a.amount / a.amount_fc as decimal(18, 6)) as factor, d.rates, d.usual_factor
            from   applied a join around d on d.currency = a.currency and d.booked_on = a.booked_on
            where  a.amount_fc >= $min_amount
        )
        select * replace (cast(factor as decimal(18, 5)) as factor,
                          cast(usual_factor as decimal(18, 5)) as usual_factor),
               cast(round(-taxed * (usual_factor - factor) * 0.01, 2) as decimal(18, 2)) as vat_effect
        from compared
        where amount = amount_fc or rates >= $min_rates and abs(factor - usual_factor) > $max_deviation * usual_factor
        """,
        max_deviation=max_deviation,
        window_days=window_days,
        min_rates=min_rates,
        min_amount=min_amount,
    )


@check(
    "C08",
    subject="vat_return",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="Ziffer {ziffer} is negative: CHF {amount}, and credit notes do not explain it",
    references=["Art. 71 MWSTG", "Art. 128 MWSTV"],
)
def ziffer_is_negative(
    books: Books,
    *,
    tolerance: Decimal = Decimal("0.05"),
    reductions: str = (
        "gutschrift|storno|rückvergütung|rabatt|skonto|bonus|korrektur|note de crédit|avoir|credit|refund"
    ),
) -> pl.DataFrame:
    """A Ziffer of the return is negative without credit notes.

    Why it matters: Turnover, deductions and input tax are positive by nature. A negative Ziffer points to a reversed
    sign, a code of the other direction or a booking of an earlier period.

    False positives: Credit notes, discounts at payment, credit notes of suppliers and bookings whose text matches
    reductions explain it; only what they do not explain is found. Codes that point the wrong way are A04's.

    What to do: Look at the rows behind the Ziffer, largest first.
    """
    return books.sql(
        """
        with row as (
            select z.ziffer, v.document_no, v.description, v.kind,
                if(z.ziffer in ('400', '405', '410', '415', '420'), z.tax, z.base) as value
            from vat_line_ziffer z
            join vat_line v on v.vat_line_id = z.vat_line_id
            join review.period r on z.booked_on between r.start_on and r.end_on
            where z.vat_line_id not in (select vat_line_id from misdirected_posting)
        ),
        summed as (
            select ziffer, sum(value) as amount,
                sum(value) filter (not (value < 0 and (kind in ('credit_note', 'payment', 'bill')
                    or regexp_matches(lower(coalesce(description, '')), $reductions)))) as unexplained,
                arg_min(coalesce(document_no, description), value) as largest
            from row group by ziffer
        )
        select r.period_id, s.ziffer, r.end_on as booked_on, s.amount, s.unexplained, s.largest,
               cast(null as decimal(18, 2)) as vat_effect
        from   summed s, review.period r
        where  s.amount < -$tolerance and s.unexplained < -$tolerance
        -- 200 and 205 are negative with the line they contain
        qualify s.ziffer not in ('200', '205') or count(*) filter (s.ziffer not in ('200', '205')) over () = 0
        """,
        tolerance=tolerance,
        reductions=reductions,
    )


@check(
    "C09",
    subject="posting",
    severity=Severity.INFORMATION,
    confidence=Confidence.CERTAIN,
    says="{tax_code} stands on a row of CHF {amount}: {description}",
    references=["Art. 957a OR"],
)
def tax_code_on_nothing(books: Books, *, max_amount: Decimal = Decimal("0.00")) -> pl.DataFrame:
    """A tax code stands on a row without an amount.

    Why it matters: Nothing is at stake, but a row of zero with a code is often what remains of an entry whose amount
    was forgotten or deleted.

    False positives: Positions of an invoice that only hold text or cost nothing are left out, also where an export
    shows them against a receivable. With max_amount rows of a few Rappen are shown as well.

    What to do: Complete the amount, or delete the row.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.contra_account_no,
               p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id, p.ziffer,
               cast(0 as decimal(18, 2)) as vat_effect
        from   posting p
        join   account c on c.account_no = p.contra_account_no
        where  p.is_tax_side and p.vat_role = 'base'
        and    abs(p.amount) <= $max_amount and abs(p.amount_fc) <= $max_amount
        and    p.kind not in ('invoice', 'credit_note') and not (p.kind = 'export' and c.is_receivable)
        and    p.tax_rate < 100 and not p.is_opening and not p.is_closing
        """,
        max_amount=max_amount,
    )


@check(
    "C10",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="The return filed for {filed_id} {reason}",
    needs=["review.filed_return"],
    references=["eCH-0217 2.0.0, MWST-0002, 0003, 0005, 0006", "Art. 71 MWSTG"],
    words=[
        "covers no VAT period of the mandate",
        "uses the form of another method",
        "breaks Ziffer 200 less deductions = rate lines",
        "asks for another amount than its own figures give",
        "has the reference of another return",
    ],
)
def filed_return_is_inconsistent(books: Books, *, tolerance: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """The return that was filed for the period contradicts itself or the registration.

    Why it matters: A file with the wrong period, form or sum is refused by the portal, or accepted and corrected later
    by the ESTV.

    False positives: None for the sums; the portal tolerates a final rounding to 5 Rappen (tolerance). Method and rhythm
    are those of bexio, else of mandate.toml, and may be recorded wrongly there.

    What to do: File a correction (type of submission 2) made from the books, or correct the settings.
    """
    return books.sql(
        """
        with filed as (
            select f.period_id as filed_id, any_value(f.start_on) as start_on, any_value(f.end_on) as end_on,
                any_value(f.method) as form, any_value(f.payable) as payable, any_value(f.reference_id) as reference_id,
                sum(case when ziffer = '200' then amount
                         when ziffer in ('220', '221', '225', '230', '235', '280') then -amount
                         when ziffer[:2] in ('30', '31', '34', '32', '33') then -amount end) as gap,
                coalesce(sum(amount) filter (ziffer = '399') - sum(amount) filter (ziffer = '479'), any_value(payable))
                    as computed
            from review.filed_return f group by f.period_id
        ),
        judged as (
            select r.period_id, f.*, case
                    when not exists (from vat_period p where p.start_on = f.start_on and p.end_on = f.end_on)
                        then 'covers no VAT period of the mandate'
                    when (f.form = 'Effective') <> (s.method = 'effective') then 'uses the form of another method'
                    when f.gap <> 0 then 'breaks Ziffer 200 less deductions = rate lines'
                    when abs(f.payable - f.computed) > $tolerance
                        then 'asks for another amount than its own figures give'
                    when exists (from filed o where o.reference_id = f.reference_id and o.filed_id <> f.filed_id)
                        then 'has the reference of another return'
                end as reason
            from filed f join review.period r on f.end_on between r.start_on and r.end_on
            left join vat_status s on s.year = year(f.end_on)
        )
        select period_id, end_on as booked_on, filed_id, form, reason, gap, computed, payable as amount,
               computed - payable as vat_effect
        from   judged where reason is not null
        """,
        tolerance=tolerance,
    )
