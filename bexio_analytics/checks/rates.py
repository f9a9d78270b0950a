"""Family B: did the rate exist when the supply was made?"""

from __future__ import annotations

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
def rate_not_in_force(books: Books, *, advance_days: int = 184, late_days: int = 60) -> pl.DataFrame:
    """The rate did not exist at the date of supply.

    Why it matters: The moment of supply decides which rate applies, neither the invoice nor the payment. An old code
    used by habit declares too little tax, and the amount appears in the Ziffer of the old rate.

    False positives: bexio knows the date of the document, not always that of the supply. An invoice in advance may
    carry the coming rate (up to advance_days before), and a supplier's late invoice for a supply before the change
    rightly carries the old one (up to late_days after, or where its text names the year); both are left out.
    Corrections of input tax (410, 415, 420) refer to earlier purchases and are left out as well.

    What to do: Ask for the date or period of the supply. If it lies after the change, correct the invoice and the code;
    of a purchase only the tax that the supplier invoiced properly can be deducted.
    """
    return books.sql(
        """
        with rated as (
            select v.*, (select arg_max(r.kind, r.valid_from) from law.vat_rate r where r.rate = v.rate) as rate_kind,
                -- a bill that names a year may be for that year
                least(
                    v.supplied_on - to_days(cast(if(v.direction = 'input', $late_days, 0) as integer)),
                    case when v.direction = 'input' then (
                        select make_date(cast(max(y) as integer), 12, 31)
                        from   unnest(regexp_extract_all(v.description, '\\b20[0-9]{2}\\b')) t(y)) end
                ) as earliest_on
            from   vat_line v
            where  v.rate > 0 and v.rate < 100 and coalesce(v.ziffer, '') not in ('410', '415', '420')
        )
        select v.vat_line_id, v.booked_on, v.supplied_on, v.net as amount, v.tax, v.tax_code, v.rate,
               r.rate as right_rate, v.account_nos, v.document_no, v.contact_name, v.description, v.kind, v.document_id,
               coalesce(z.ziffer, v.ziffer) as ziffer,
               (tax_in(v.gross, r.rate) - tax_in(v.gross, v.rate))
                   * case v.direction when 'output' then 1 when 'input' then -1 else 0 end as vat_effect
        from   rated v
        join   law.vat_rate r on r.status = 'law' and r.kind = coalesce(v.rate_kind, 'normal')
        and    v.supplied_on between r.valid_from and coalesce(r.valid_till, v.supplied_on)
        left join law.ziffer z on v.direction = 'output' and z.part = 'supply' and z.rate_kind = r.kind
        and    z.valid_from = r.valid_from
        where  not exists (
            from law.vat_rate o where o.status = 'law' and o.rate = v.rate
            and  v.supplied_on + to_days(cast($advance_days as integer)) >= o.valid_from
            and  v.earliest_on <= coalesce(o.valid_till, v.supplied_on))
        """,
        advance_days=advance_days,
        late_days=late_days,
    )
