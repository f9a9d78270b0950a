"""Family I, continued: what net tax rates do not cover, and where they begin and end."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.checks.cross_border import EXEMPT, KNOWN_SUPPLIERS
from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "I06",
    subject="posting",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="CHF {amount} for a service of {supplier} ({contact_country}): acquisition tax of CHF {vat_effect} is missing",
    needs=["contact"],
    references=["Art. 45 MWSTG", "Art. 37 MWSTG"],
    method="net_tax",
)
def acquisition_tax_missing_with_net_tax_rates(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    known_suppliers: str = KNOWN_SUPPLIERS,
    exempt: str = EXEMPT,
) -> pl.DataFrame:
    """Acquisition tax is missing, and with net tax rates it is a real cost.

    Why it matters: Services from abroad are declared in Ziffer 383 besides the turnover, at the statutory rate. With
    net tax rates nothing of it is deducted: what is missing is owed in full.

    False positives: Suppliers with a Swiss VAT number; hotels, transport, seminars, insurance and banks (their names
    match exempt); goods, which customs taxes. Liechtenstein is domestic.

    What to do: Look at the invoice. Without Swiss VAT on it, set BZM81 or BZB81: the tax belongs to the cost.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.contra_account_no,
               p.document_no, coalesce(p.contact_name, p.description) as supplier, p.contact_name, p.contact_country,
               p.description, p.tax_code, p.kind, p.document_id, tax_on(p.amount, n.rate) as vat_effect,
               n.acquisition_ziffer as ziffer
        from   posting p
        join   account a on a.account_no = p.account_no and a.account_type = 'expense'
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject and s.method = 'net_tax'
        join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
        where  p.amount >= $min_amount and not p.is_vat_row and not p.is_opening and not p.is_closing
        and    p.contra_account_no[:2] not in ('13', '23') and p.contact_vat_number is null
        and    (p.tax_code is null or p.tax_rate = 0 and coalesce(p.ziffer, '000') = '000')
        and    (not p.contact_is_domestic and a.is_foreign_service or not coalesce(p.contact_is_domestic, false)
                and regexp_matches(lower(coalesce(p.contact_name, p.description, '')), $known_suppliers))
        and    not regexp_matches(lower(coalesce(p.contact_name, p.description, '')), $exempt)
        and    not regexp_matches(lower(p.account_name), '^(' || $exempt || ')')
        """,
        min_amount=min_amount,
        known_suppliers=known_suppliers,
        exempt=exempt,
    )


@check(
    "I07",
    subject="vat_return",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="{reason} {ziffer}, which the form from 2025 does not have: CHF {amount}",
    references=["Art. 37 MWSTG", "Art. 84 MWSTV", "eCH-0217 MWST-0002"],
    method="net_tax",
    words=["Codes lead to Ziffer", "The filed return uses the old form with Ziffer"],
)
def boxes_of_old_form(books: Books) -> pl.DataFrame:
    """Codes lead to boxes that the form with net tax rates no longer has.

    Why it matters: From 2025 on all approved rates stand together in Ziffer 322 and 323; 332, 333, 470 and 471 and the
    old form in the file do not exist any more. The ESTV's portal refuses such a return.

    False positives: The correction of a period before 2025, which is filed on the old form for that period.

    What to do: Give the tax codes the Ziffern 322 and 323 in bexio. Declare exports and supplies abroad in 200 and
    deduct them in 220 and 221 instead of crediting their tax in 470.
    """
    return books.sql(
        """
        select r.period_id, b.ziffer, r.end_on as booked_on, cast(sum(v.net + v.tax) as decimal(18, 2)) as amount,
               count(*) as lines, string_agg(distinct v.tax_code, ', ' order by v.tax_code) as tax_codes,
               'Codes lead to Ziffer' as reason,
               cast(if(b.ziffer[:2] = '33', 0, null) as decimal(18, 2)) as vat_effect
        from   review.period r
        join   vat_line v on v.booked_on between r.start_on and r.end_on and not v.is_deferred
        join   lateral (select unnest(string_split(v.ziffer, '.')) as ziffer) b on true
        join   law.ziffer z on z.ziffer = b.ziffer and z.method = 'net_tax' and z.form_till < r.end_on
        group by r.period_id, b.ziffer, r.end_on
        union all by name
        select r.period_id, f.ziffer, r.end_on as booked_on, f.amount,
               'The filed return uses the old form with Ziffer' as reason
        from   review.period r
        join   review.filed_return f on f.start_on = r.start_on and f.end_on = r.end_on
        where  f.method in ('NetRates', 'FlatRates') and r.start_on >= date '2025-01-01' and f.ziffer = '299'
        """
    )


@check(
    "I08",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="The method changes in {year}; stock of CHF {stock} and assets of CHF {assets} ask for a correction in "
    "Ziffer {ziffer}, and none is booked",
    references=["Art. 79 Abs. 3 MWSTV", "Art. 81 Abs. 4 MWSTV"],
)
def correction_at_change_of_method_missing(books: Books, *, min_amount: Decimal = Decimal(1000)) -> pl.DataFrame:
    """The method changes and the input tax on stock and assets is not corrected.

    Why it matters: Who goes to net tax rates pays back the input tax on what is still there (Ziffer 415 of the last
    effective return); who leaves them may claim it (Ziffer 410 of the first effective return).

    False positives: Stock and assets that carried no input tax, or are fully depreciated for VAT: 20 % a year on
    movables, 5 % on immovables. The effect is the statutory rate on the book values of 1200 to 1299, 1500 to 1599 and
    1700 to 1799: an upper limit. Values together below min_amount are left out.

    What to do: Draw up an inventory with the input tax deducted and the years since, and book the correction in the
    period named.
    """
    return books.sql(
        """
        with change as (
            select r.period_id, r.end_on, n.year, n.method = 'effective' as is_claimed,
                   make_date(n.year - 1, 12, 31) as last_day, if(n.method = 'effective', '410', '415') as ziffer
            from   review.period r
            -- the last effective period, or the first
            join   vat_status n on n.method = 'net_tax' and n.year = year(r.end_on) + 1 and month(r.end_on) = 12
                   or n.method = 'effective' and n.year = year(r.start_on) and month(r.start_on) = 1
            join   vat_status o on o.year = n.year - 1 and o.method <> n.method and o.is_vat_subject
            where  n.is_vat_subject
        ),
        held as (
            select c.*, coalesce(sum(b.balance) filter (b.account_no[:2] = '12'), 0) as stock,
                   coalesce(sum(b.balance) filter (b.account_no[:2] in ('15', '17')), 0) as assets
            from   change c
            left join balance b
            on     b.month_start = (select max(month_start) from balance where month_start <= c.last_day)
            group by all
        )
        select h.period_id, h.end_on as booked_on, h.year, h.ziffer, cast(h.stock as decimal(18, 2)) as stock,
               cast(h.assets as decimal(18, 2)) as assets, cast(h.stock + h.assets as decimal(18, 2)) as amount,
               tax_on(h.stock + h.assets, n.rate) * if(h.is_claimed, -1, 1) as vat_effect
        from   held h
        join   law.normal_rate n on h.last_day between n.valid_from and n.valid_till
        where  h.stock + h.assets >= $min_amount and not exists (
            from vat_line v, review.period r where v.ziffer = h.ziffer and v.booked_on between r.start_on and r.end_on)
        """,
        min_amount=min_amount,
    )


@check(
    "I09",
    subject="document",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Invoice {document_no} to {contact_name} shows {printed_rates} % VAT, which is no statutory rate",
    references=["Art. 26 Abs. 2 MWSTG", "Art. 27 MWSTG"],
    method="net_tax",
)
def invoice_shows_no_statutory_rate(books: Books, *, advance_days: int = 184, late_days: int = 366) -> pl.DataFrame:
    """An invoice shows a rate that is not the statutory one.

    Why it matters: Customers pay and deduct the statutory rate; the net tax rate is between the company and the ESTV
    and stands on no invoice. Tax shown too high is owed as shown, too low cannot be deducted in full by the customer.

    False positives: Invoices around a change of rates: a rate of the law from late_days before to advance_days after
    the invoice is accepted.

    What to do: Correct the rate of the tax code in bexio and the invoices that have been sent. Whether the right rate
    of the day was shown is B01.
    """
    return books.sql(
        """
        select d.document_id, d.dated_on as booked_on, d.document_no, d.contact_name, d.gross as amount,
               array_to_string(list_sort(list(distinct l.printed_rate::double::varchar)), ', ') as printed_rates,
               cast(greatest(sum(tax_in(l.gross, l.printed_rate) - tax_in(l.gross, n.rate)), 0) as decimal(18, 2))
                   as vat_effect
        from   document d
        join   document_line l on l.document_id = d.document_id and l.printed_rate > 0
        join   vat_status s on s.year = year(d.dated_on) and s.method = 'net_tax' and s.is_vat_subject
        join   law.normal_rate n on d.dated_on between n.valid_from and n.valid_till
        where  d.kind = 'invoice' and d.is_booked and d.has_vat and not exists (
            from law.vat_rate r where r.status = 'law' and r.rate = l.printed_rate
            and  r.valid_from <= d.dated_on + to_days(cast($advance_days as integer))
            and  coalesce(r.valid_till, d.dated_on) >= d.dated_on - to_days(cast($late_days as integer)))
        group by d.document_id, d.dated_on, d.document_no, d.contact_name, d.gross
        """,
        advance_days=advance_days,
        late_days=late_days,
    )


@check(
    "I10",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on {account_no} {account_name} ({reason}) are not in Ziffer 200",
    references=["Art. 37 MWSTG", "Art. 18 MWSTG", "Art. 128 Abs. 2 MWSTV", "MWST-Info 12"],
    method="net_tax",
    words=["sale of an asset", "private share"],
)
def asset_or_private_share_not_declared(
    books: Books,
    *,
    min_amount: Decimal = Decimal("0.06"),
    insurers: str = "versicherung|insurance|assurance|assicurazion",
) -> pl.DataFrame:
    """The sale of an asset or a private share is not in the turnover.

    Why it matters: With net tax rates too the sale of machines and vehicles and the private use of things of the
    business are turnover: they belong to Ziffer 200, at the net tax rate of the activity.

    False positives: Assets bought before the company was registered or before it used net tax rates, payments of an
    insurance for a loss, and withdrawals of money, which are no supply.

    What to do: Book it with the code of the main activity; its rate, the one with the largest turnover of the year, is
    what the effect is computed with.
    """
    return books.sql(
        """
        with main as (
            select coalesce((select arg_max(rate, base) from (
                select z.rate, sum(z.base) as base from vat_line_ziffer z, review.period r
                where  z.ziffer[:2] in ('32', '33') and year(z.booked_on) = year(r.end_on) group by z.rate)),
                (select max(rate) from review.activity)) as rate
        )
        select p.posting_id, p.line_id, p.booked_on, -p.amount as amount, p.account_no, p.account_name,
               p.contra_account_no, p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id,
               if(a.is_fixed_asset, 'sale of an asset', 'private share') as reason, m.rate as net_rate,
               tax_on(-p.amount, m.rate) as vat_effect, '200' as ziffer
        from   main m, posting p
        join   account a on a.account_no = p.account_no
        join   account c on c.account_no = p.contra_account_no
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject and s.method = 'net_tax'
        where  p.amount <= -$min_amount and not p.is_opening and not p.is_closing and not p.is_vat_row
        and    (p.tax_code is null or coalesce(p.ziffer, '000') = '000')
        and    (a.is_fixed_asset and (c.is_money or c.is_receivable)
                or a.account_type = 'expense' and p.contra_account_no between '2850' and '2859')
        and    not regexp_matches(lower(concat_ws(' ', p.contact_name, p.description)), $insurers)
        """,
        min_amount=min_amount,
        insurers=insurers,
    )


@check(
    "I11",
    subject="vat_line",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="{tax_code} opts for the taxation of CHF {amount}, which net tax rates do not allow",
    references=["Art. 22 MWSTG", "Art. 37 MWSTG", "MWST-Info 12"],
    method="net_tax",
)
def option_with_net_tax_rates(books: Books) -> pl.DataFrame:
    """A supply is taxed by option although net tax rates are used.

    Why it matters: Who uses net tax rates cannot opt for the taxation of excluded supplies: they belong to Ziffer 230.
    Tax that the invoice shows is owed as shown until it is corrected, and the tenant or client cannot deduct it.

    False positives: The correction of a period in which the effective method was used.

    What to do: Correct the invoices and book the supply with the code for Ziffer 230, or change to the effective
    method when the law allows it.
    """
    return books.sql(
        """
        select v.vat_line_id, v.booked_on, v.net + v.tax as amount, v.tax, v.tax_code, v.rate, v.net_rate,
               v.account_nos, v.document_no, v.contact_name, v.description, v.kind, v.document_id, '230' as ziffer
        from   vat_line v
        join   vat_status s on s.year = year(v.booked_on) and s.method = 'net_tax' and s.is_vat_subject
        where  not v.is_deferred and (v.tax_kind like 'opted%' or split_part(v.ziffer, '.', 1) = '205')
        """
    )


@check(
    "I12",
    subject="vat_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="{tax_code} ({net_rate} %) declares CHF {amount} in Ziffer {ziffer}, but the supply of {supplied_on} belongs "
    "to Ziffer {right_ziffer}",
    references=["Art. 115 MWSTG", "SR 641.202.62"],
    method="net_tax",
)
def rate_of_another_era(books: Books) -> pl.DataFrame:
    """A supply is taxed with the net tax rate of another generation.

    Why it matters: The date of supply decides, with net tax rates as with statutory ones. Supplies until 2023 go to
    Ziffer 322 with the rates of that time, later ones to 323; from 2025 on the file names them with technical codes.

    False positives: The date is that of the document, or the end of the period that its text states. An invoice in
    advance for a supply after the change rightly carries the new rate.

    What to do: Use the code of the generation the supply belongs to. The effect is computed with the step of the same
    rank in the other ladder.
    """
    return books.sql(
        """
        with dated as (
            select v.*, coalesce(p.supplied_till, v.supplied_on) as day
            from   vat_line v
            left join (select vat_line_id, max(end_on) as supplied_till from supply_period group by all) p
            on     p.vat_line_id = v.vat_line_id
            where  v.direction = 'output' and v.net_rate is not null and not v.is_deferred
        ),
        step as (
            select *, row_number() over (partition by valid_from order by rate) as place from law.net_tax_rate
        )
        select v.vat_line_id, v.booked_on, v.day as supplied_on, v.net + v.tax as amount, v.net_rate, v.tax_code,
               v.ziffer, z.ziffer as right_ziffer, y.rate as right_rate, v.account_nos, v.document_no, v.contact_name,
               v.description, v.kind, v.document_id,
               tax_on(v.net + v.tax, y.rate) - tax_on(v.net + v.tax, v.net_rate) as vat_effect
        from   dated v
        join   law.ziffer u on u.part = 'net_supply' and u.ziffer = v.ziffer
        join   law.ziffer z on z.part = 'net_supply' and z.ziffer[:2] = u.ziffer[:2] and z.valid_from <> u.valid_from
        and    v.day between z.valid_from and coalesce(z.valid_till, v.day)
        left join step x on x.valid_from = u.valid_from and x.rate = v.net_rate
        left join step y on y.valid_from = z.valid_from and y.place = x.place
        """
    )
