"""Family F, second part: is the period like the others, and does the year agree with its periods?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "F16",
    subject="vat_return",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="{ratio}: {share} % against {usual_share} % in {periods} periods before",
    references=["Art. 78 MWSTG"],
    words=["Input tax in percent of coded purchases", "Output tax in percent of taxable turnover", "Gross margin"],
    method="effective",
)
def ratio_has_shifted(
    books: Books,
    *,
    min_periods: int = 4,
    max_shift: Decimal = Decimal("0.30"),
    max_z: Decimal = Decimal(3),
    min_shift: Decimal = Decimal("0.10"),
) -> pl.DataFrame:
    """A ratio of the return has shifted against the periods before.

    Why it matters: The ESTV chooses whom to control by such deviations: input tax against purchases, tax against
    turnover, and the gross margin. A shift without a reason in the business points to missing or misplaced bookings.

    False positives: Seasons, single investments, new activities. A ratio must shift by more than max_shift of its mean
    over at least min_periods, or over eight periods by more than max_z standard deviations and min_shift.

    What to do: Name the reason in the working papers; without one look for turnover or purchases that are missing.
    """
    return books.sql(
        """
        with compared as (
            select *, count(*) over earlier as periods, cast(avg(share) over earlier as decimal(18, 2)) as usual_share,
                stddev_samp(share) over earlier as deviation
            from return_ratio where share is not null
            window earlier as (partition by ziffer order by end_on rows between 8 preceding and 1 preceding)
        )
        select c.period_id, c.ziffer, c.end_on as booked_on, c.share, c.usual_share, c.periods, c.part as amount,
               map(['479', '399', '299'], ['Input tax in percent of coded purchases',
                   'Output tax in percent of taxable turnover', 'Gross margin'])[c.ziffer] as ratio,
               cast(null as decimal(18, 2)) as vat_effect
        from   compared c join review.period r on r.period_id = c.period_id
        where  c.periods >= $min_periods and (abs(c.share - c.usual_share) > $max_shift * abs(c.usual_share)
               or c.periods = 8 and abs(c.share - c.usual_share) > $min_shift * abs(c.usual_share)
                  and abs(c.share - c.usual_share) > $max_z * c.deviation)
        """,
        min_periods=min_periods,
        max_shift=max_shift,
        max_z=max_z,
        min_shift=min_shift,
    )


@check(
    "F17",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="Business year {start_on} to {end_on}: the ledger holds CHF {turnover} turnover, its periods declare "
    "CHF {declared}: difference CHF {amount}",
    references=["Art. 72 MWSTG", "Art. 128 MWSTV"],
    method="effective",
    basis="agreed",
    restates=True,
)
def year_differs_from_its_periods(books: Books, *, tolerance: Decimal = Decimal("0.00")) -> pl.DataFrame:
    """The turnover of the business year and that of its VAT periods differ.

    Why it matters: After the business year the returns are reconciled with the annual accounts; differences are
    declared in the period of day 180, on the form for the year. It is the last chance to correct without a penalty.

    False positives: None for the arithmetic; audit adjustments booked after filing are differences of this kind. It is
    asked in the period in which a business year ends, and sums up what F01 finds by period.

    What to do: Work through the findings of the year, then declare the difference with the annual reconciliation
    (type of submission 3) or replace the wrong return (type 2).
    """
    return books.sql(
        """
        with year as (
            select b.start_on, b.end_on from business_year b, review.period r
            where  b.end_on between r.start_on and r.end_on
            union all
            select make_date(year(r.end_on), 1, 1), r.end_on from review.period r
            where  month(r.end_on) = 12 and not exists (from business_year)
        ),
        compared as (
            select r.period_id, y.start_on, y.end_on, r.end_on as booked_on,
                (select coalesce(sum(t.turnover), 0) from turnover_posting t
                 where t.booked_on between y.start_on and y.end_on and coalesce(t.ziffer, '') not in ('900', '910'))
                    as turnover,
                (select coalesce(sum(z.base), 0) from vat_line_ziffer z
                 where z.ziffer = '200' and z.booked_on between y.start_on and y.end_on) as declared
            from year y, review.period r
        )
        select c.*, turnover - declared as amount, tax_in(turnover - declared, n.rate) as vat_effect, '200' as ziffer
        from   compared c join law.normal_rate n on c.end_on between n.valid_from and n.valid_till
        where  abs(turnover - declared) > $tolerance
        """,
        tolerance=tolerance,
    )


@check(
    "F18",
    subject="vat_return",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="{period_id}, Ziffer {ziffer}: CHF {filed} were filed, the books now say CHF {computed}",
    needs=["review.filed_return"],
    references=["Art. 71 MWSTG", "Art. 72 MWSTG"],
    restates=True,
)
def filed_return_differs_from_books(books: Books, *, tolerance: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """A filed return differs from what the books say now.

    Why it matters: A return stands until it is corrected. Bookings that were added, changed or deleted after filing are
    in the books and not with the ESTV.

    False positives: Revaluations of foreign currency and differences that the annual reconciliation already declared.
    Differences up to tolerance are rounding.

    What to do: Look at the rows that changed (G02), then file a correction return, or declare the difference with the
    annual reconciliation. The effect sums up what those rows do.
    """
    return books.sql(
        """
        with filed as (
            select f.period_id, f.ziffer, f.amount, f.end_on, r.end_on as booked_on
            from   review.filed_return f join review.period r on f.end_on <= r.end_on
        ),
        compared as (
            select f.period_id, f.ziffer, f.booked_on, f.end_on, f.amount as filed, b.rate_kind, b.valid_from,
                if(f.ziffer in ('400', '405', '410', '415', '420'), z.tax, z.base) as computed
            from   filed f
            join   vat_return z on z.period_id = f.period_id and z.ziffer = f.ziffer
            left join law.ziffer b on b.ziffer = f.ziffer and b.part = 'supply'
        )
        select c.period_id, c.ziffer, c.booked_on, c.filed, c.computed, c.computed - c.filed as amount,
               case when v.rate is not null then tax_on(c.computed - c.filed, v.rate)
                    when c.ziffer in ('400', '405', '410') then c.filed - c.computed
                    when c.ziffer in ('415', '420') then c.computed - c.filed
                    when c.ziffer[:2] = '38' then tax_on(c.computed - c.filed, n.rate) end as vat_effect
        from   compared c
        join   law.normal_rate n on c.end_on between n.valid_from and n.valid_till
        left join law.vat_rate v on v.status = 'law' and v.kind = c.rate_kind and v.valid_from = c.valid_from
        where  abs(c.computed - c.filed) > $tolerance
        """,
        tolerance=tolerance,
    )
