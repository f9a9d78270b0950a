"""Family I: net tax rates (Saldosteuersätze): gross turnover, approved rates, no input tax."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "I01",
    subject="vat_line",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="Input tax of CHF {tax} is booked with {tax_code} on {account_nos}: net tax rates allow none",
    references=["Art. 37 Abs. 1 MWSTG"],
    method="net_tax",
)
def input_tax_with_net_tax_rates(books: Books) -> pl.DataFrame:
    """Input tax is claimed although net tax rates are used.

    Why it matters: The net tax rates include the input tax of the trade as a lump sum. Input tax booked besides, also
    the deduction of acquisition tax or of import tax, is on the wrong account, and if the settlement takes it into
    account too little is paid.

    False positives: Purchase codes without a rate, and corrections that have a box of their own (415 from 2025, 470 and
    471 before). Bills that wait for payment under collected consideration are found when the tax moves.

    What to do: Book purchases gross, without a code; acquisition tax is declared and belongs to the cost. Move what
    stands on 1170 and 1171 to the cost accounts.
    """
    return books.sql(
        """
        select v.vat_line_id, v.booked_on, v.net as amount, v.input_tax as tax, v.input_tax as vat_effect, v.tax_code,
               v.rate, v.account_nos, v.document_no, v.contact_name, v.description, v.kind, v.document_id, v.ziffer
        from   vat_line v
        join   vat_status s on s.year = year(v.booked_on) and s.method = 'net_tax' and s.is_vat_subject
        where  not v.is_deferred and coalesce(v.ziffer, '') not in ('415', '470', '471')
        and    (v.direction in ('input', 'customs') and v.rate > 0 or v.direction = 'acquisition' and v.input_tax <> 0)
        """
    )


@check(
    "I02",
    subject="vat_period",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="Turnover of CHF {amount} and tax of CHF {tax} a year are to be expected: net tax rates are allowed up to "
    "CHF {turnover_limit} and CHF {tax_limit}",
    references=["Art. 37 Abs. 1 MWSTG", "Art. 81 MWSTV"],
    method="net_tax",
)
def limits_of_net_tax_rates_exceeded(
    books: Books,
    *,
    turnover_limit: Decimal = Decimal("5024000.00"),
    tax_limit: Decimal = Decimal("108000.00"),
    turnover_limit_until_2023: Decimal = Decimal("5005000.00"),
    tax_limit_until_2023: Decimal = Decimal("103000.00"),
) -> pl.DataFrame:
    """The limits of the net tax rates are or will be exceeded.

    Why it matters: Net tax rates are for companies up to a limit of taxable turnover and of tax a year. Who passes one
    changes to the effective method, and needs its bookings, codes and receipts from the first day on.

    False positives: The year so far is extended to twelve months; seasons make this high or low. Sales of fixed assets
    are counted once and not extended. Passing a limit by up to half is tolerated once.

    What to do: Compare with the budget of the year. If the limit is passed, ask the ESTV for the change in time, and
    prepare the input tax on stock and assets (Ziffer 410).
    """
    return books.sql(
        """
        with taxed as (
            select z.booked_on, z.base, tax_on(z.base, z.rate) as tax,
                   coalesce(regexp_matches(v.account_nos, '^1[5-7]'), false) as is_once
            from   review.period r
            join   vat_line_ziffer z on year(z.booked_on) = year(r.end_on) and z.booked_on <= r.end_on
            join   vat_line v on v.vat_line_id = z.vat_line_id
            where  z.ziffer[:2] in ('32', '33')
        ),
        so_far as (
            select r.period_id, r.end_on as booked_on, sum(t.base) as turnover_so_far, sum(t.tax) as tax_so_far,
                   coalesce(sum(t.base) filter (is_once), 0) as once,
                   coalesce(sum(t.tax) filter (is_once), 0) as tax_once,
                   datediff('month', greatest(date_trunc('year', r.end_on), (select min(booked_on) from journal_line)),
                            r.end_on) + 1 as months
            from   review.period r, taxed t
            group by r.period_id, r.end_on
        )
        select s.*, e.*
        from   so_far s, lateral (
            select cast(share_of(turnover_so_far - once, 12, months) + once as decimal(18, 2)) as amount,
                   cast(share_of(tax_so_far - tax_once, 12, months) + tax_once as decimal(18, 2)) as tax,
                   if(year(booked_on) < 2024, $old_turnover_limit, $turnover_limit) as turnover_limit,
                   if(year(booked_on) < 2024, $old_tax_limit, $tax_limit) as tax_limit) e
        where  e.amount > e.turnover_limit or e.tax > e.tax_limit
        """,
        turnover_limit=turnover_limit,
        tax_limit=tax_limit,
        old_turnover_limit=turnover_limit_until_2023,
        old_tax_limit=tax_limit_until_2023,
    )


@check(
    "I03",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="Turnover is CHF {declared} in {reason}, CHF {gross} with VAT: net tax rates apply to the gross amount",
    references=["Art. 37 Abs. 2 MWSTG", "Art. 24 Abs. 1 MWSTG"],
    method="net_tax",
    words=["the filed return", "the ledger"],
)
def turnover_without_vat(books: Books, *, tolerance_percent: Decimal = Decimal("0.5")) -> pl.DataFrame:
    """Turnover is declared without the VAT it contains.

    Why it matters: The net tax rate applies to what customers paid, VAT included. Declared net of the statutory rate,
    the tax is too low by just that share. It happens where sales are booked with codes of the effective method, which
    put the VAT on 2200, or where the net column of a list was copied.

    False positives: Sales that carry no VAT are left out. A return with a difference that is not the tax contained,
    within tolerance_percent of turnover, has another cause (F01, F18).

    What to do: Book sales gross with the code of the activity. Declare the gross amount; of a filed return send a
    correction.
    """
    return books.sql(
        """
        with sold as (
            select any_value(r.period_id) as period_id, any_value(r.end_on) as booked_on,
                   sum(v.net) as net, sum(v.net + v.tax) as gross, sum(v.net) filter (v.tax <> 0) as net_of_tax,
                   sum(v.tax) as tax, sum(tax_in(v.net + v.tax, n.rate)) as tax_contained
            from   review.period r
            join   vat_line v on v.booked_on between r.start_on and r.end_on and not v.is_deferred
            and    v.direction = 'output' and v.rate > 0 and coalesce(v.ziffer, '000') <> '000'
            join   law.normal_rate n on v.booked_on between n.valid_from and n.valid_till
        ),
        compared as (
            select s.*, f.amount as filed, if(f.amount is not null, 'the filed return', 'the ledger') as reason,
                   coalesce(f.amount - (select coalesce(sum(d.amount), 0) from review.filed_return d
                                        where d.period_id = s.period_id and d.ziffer = '289'), s.net) as declared,
                   (select cast(100 * sum(tax_on(base, rate)) / nullif(sum(base), 0) as decimal(9, 4))
                    from vat_line_ziffer z, review.period r where z.ziffer[:2] in ('32', '33')
                    and  z.booked_on between r.start_on and r.end_on) as mean_rate
            from   sold s left join review.filed_return f on f.period_id = s.period_id and f.ziffer = '200'
        )
        select c.*, gross - declared as amount, tax_on(gross - declared, coalesce(mean_rate, (
                   select max(rate) from review.activity))) as vat_effect, '200' as ziffer
        from   compared c
        where  gross - declared > 0 and abs(gross - declared - if(filed is null, tax, tax_contained))
               <= gross * $tolerance_percent * 0.01
        """,
        tolerance_percent=tolerance_percent,
    )


@check(
    "I04",
    subject="account",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on {account_no} {account_name} carry {tax_codes} with {net_rate} %: {reason}",
    references=["Art. 37 Abs. 3 MWSTG", "Art. 84 MWSTV", "Art. 86 MWSTV", "SR 641.202.62"],
    method="net_tax",
    words=[
        "the code has no net tax rate",
        "there is no such net tax rate",
        "the rate is not approved",
        "the account belongs to another activity",
    ],
)
def rate_does_not_fit_activity(books: Books) -> pl.DataFrame:
    """Turnover of an account carries a rate that is not approved for its activity.

    Why it matters: The ESTV approves a rate for every activity, out of a ladder of ten. Turnover of an activity booked
    with another rate, or with a code of the effective method, is taxed wrongly.

    False positives: Ancillary turnover below 10 % may follow the main activity; then add its account to that activity
    in mandate.toml. Approved rates and accounts are compared only where mandate.toml lists activities. Supplies of an
    earlier generation of rates are I12, sales booked with their VAT I03, options I11.

    What to do: Compare with the letter of approval. Correct the code, or the activity of the account in mandate.toml.
    """
    return books.sql(
        """
        with sold as (
            select p.*, t.net_rate, a.rate as right_rate, exists (
                       from law.net_tax_rate l where l.rate = t.net_rate and v.supplied_on between l.valid_from
                       and coalesce(l.valid_till, v.supplied_on)) as is_law,
                   t.net_rate in (select rate from review.activity)
                       or (select count(*) from review.activity) = 0 as is_approved
            from   posting p
            join   review.period r on p.booked_on between r.start_on and r.end_on
            join   tax_code t on t.tax_id = p.tax_id and t.kind not like 'opted%'
            join   vat_line v on v.vat_line_id = p.vat_line_id and v.tax = 0
            left join law.ziffer z on z.part = 'net_supply' and z.ziffer = t.ziffer
            left join review.activity a on a.account_no = p.account_no
            where  p.is_tax_side and p.vat_role = 'base' and p.direction = 'output'
            and    (t.net_rate is null and t.rate > 0 or t.net_rate is not null
                    and coalesce(v.supplied_on between z.valid_from and coalesce(z.valid_till, v.supplied_on), true))
        ),
        judged as (
            select *, case when net_rate is null then 'the code has no net tax rate'
                           when not is_law then 'there is no such net tax rate'
                           when not is_approved then 'the rate is not approved'
                           when right_rate <> net_rate then 'the account belongs to another activity' end as reason
            from   sold
        )
        select account_no, max(booked_on) as booked_on, any_value(account_name) as account_name, min(reason) as reason,
               cast(-sum(amount) as decimal(18, 2)) as amount, min(net_rate) as net_rate, min(right_rate) as right_rate,
               array_to_string(list_sort(list(distinct tax_code)), ', ') as tax_codes, count(*) as bookings,
               cast(sum(tax_on(-amount, right_rate) - tax_on(-amount, coalesce(net_rate, 0))) as decimal(18, 2))
                   as vat_effect
        from   judged where reason is not null group by account_no
        """
    )


@check(
    "I05",
    subject="vat_period",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="The limit of 10 % of turnover is not kept: {reason} {names}",
    references=["Art. 86 MWSTV"],
    method="net_tax",
    words=["without an activity:", "activities below it for two years:"],
)
def ten_percent_rule(books: Books, *, limit_percent: Decimal = Decimal(10)) -> pl.DataFrame:
    """An activity above 10 % of turnover has no rate, or one below 10 % has kept its own.

    Why it matters: Every activity that makes more than 10 % of taxable turnover has a rate of its own; one that stays
    below for two years in a row loses it, and its turnover goes to the rate of another activity.

    False positives: One exceptional year, and activities with the same rate, which are added up. The second question is
    asked at the end of a year only. Both need the activities with their accounts in mandate.toml.

    What to do: Report the change to the ESTV with the turnover by activity, and book by the new approval from the
    beginning of the next period.
    """
    return books.sql(
        """
        with taxed as (
            select z.*, v.account_nos, year(z.booked_on) as year
            from   vat_line_ziffer z join vat_line v on v.vat_line_id = z.vat_line_id, review.period r
            where  z.ziffer[:2] in ('32', '33') and z.booked_on <= r.end_on and year(r.end_on) - year(z.booked_on) < 2
        ),
        total as (select year, sum(base) as base from taxed group by year),
        share as (
            select a.name, count(*) as years, bool_and(coalesce(b.base, 0) * 100 < t.base * $limit_percent) as is_below
            from   (select distinct name, rate from review.activity) a cross join total t
            left join (select year, rate, sum(base) as base from taxed group by all) b
            on     b.year = t.year and b.rate = a.rate
            group by a.name
        ),
        unmapped as (
            select x.account_nos as name, sum(x.base) as base
            from   taxed x join total t on t.year = x.year, review.period r
            where  x.year = year(r.end_on) and exists (from review.activity where account_no is not null)
            and    x.account_nos[:2] <> '38'
            and    not exists (from review.activity a where a.account_no = x.account_nos[:4])
            group by x.account_nos having sum(x.base) * 100 > max(t.base) * $limit_percent
        ),
        found as (
            select 'without an activity:' as reason, name from unmapped union all
            select 'activities below it for two years:', name from share, review.period r
            where  is_below and years = 2 and month(r.end_on) = 12
        )
        select r.period_id, r.end_on as booked_on, cast(null as decimal(18, 2)) as amount, min(f.reason) as reason,
               string_agg(f.name, ', ' order by f.name) as names
        from   found f, review.period r group by r.period_id, r.end_on
        """,
        limit_percent=limit_percent,
    )
