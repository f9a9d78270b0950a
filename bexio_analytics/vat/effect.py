"""What changed books do to VAT returns: each period's return before and after, box by box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

import polars as pl

from bexio_analytics.books import Books
from bexio_analytics.books.difference import FiledPeriods
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.form import ZERO
from bexio_analytics.vat.vat_return import vat_return

_MONEY = pl.Decimal(18, 2)
_PERIOD = {"period_id": pl.String(), "is_filed": pl.Boolean(), "was_filed": pl.Boolean()}
_FIGURES = {"before": _MONEY, "after": _MONEY, "change": _MONEY}
_BOXES = pl.Schema(
    {**_PERIOD, "ziffer": pl.String(), **_FIGURES, "tax_before": _MONEY, "tax_after": _MONEY, "tax_change": _MONEY}
)
_PAYABLE = pl.Schema({**_PERIOD, **_FIGURES})


@dataclass(frozen=True, slots=True)
class VatEffect:
    """By how much the VAT returns of two snapshots differ. Amounts in CHF.

    Attributes:
        boxes: one row per VAT period and box that differs, computed boxes included: ``period_id``, ``is_filed`` (filed
            by now), ``was_filed`` (filed already when the older snapshot was taken), ``ziffer``, ``before``,
            ``after``, ``change``, and of boxes with a tax column ``tax_before``, ``tax_after``, ``tax_change``, else
            null.
        payable: one row per VAT period with such a box: the period and the signed amount owed ``before``, ``after``
            and its ``change``, positive for more to pay.
        not_computed: reason by VAT period whose coded lines differ but whose return this version cannot compute.
    """

    boxes: pl.DataFrame
    payable: pl.DataFrame
    not_computed: Mapping[str, str]


def vat_effect(before: Books, after: Books, filed: FiledPeriods | None = None) -> VatEffect:
    """Compute the returns of every VAT period whose coded lines differ between two snapshots of one mandate.

    Args:
        before: books of the older snapshot.
        after: books of the newer one, opened with the same settings.
        filed: VAT periods that count as filed; by default those that bexio has closed.
    """
    filed = filed or FiledPeriods.of(before, after)
    boxes: list[dict[str, object]] = []
    payable: list[dict[str, object]] = []
    not_computed: dict[str, str] = {}
    for period_id in _differing_periods(before, after):
        period = VatPeriod.parse(period_id)
        is_filed, was_filed = filed.covers(period.end)
        where = {"period_id": period_id, "is_filed": is_filed, "was_filed": was_filed}
        try:
            old, new = vat_return(before, period), vat_return(after, period)
        except ConfigurationError as error:
            not_computed[period_id] = str(error)
            continue
        boxes += [
            {
                **where,
                "ziffer": box,
                **_change("", old.ziffern[box], new.ziffern[box]),
                **(_change("tax_", old.tax[box], new.tax[box]) if box in new.tax else {}),
            }
            for box in new.ziffern
            if old.ziffern[box] != new.ziffern[box] or old.tax.get(box) != new.tax.get(box)
        ]
        if old.ziffern != new.ziffern or old.tax != new.tax:
            payable.append({**where, **_change("", old.payable, new.payable)})
    return VatEffect(
        pl.DataFrame(boxes, schema=_BOXES), pl.DataFrame(payable, schema=_PAYABLE), MappingProxyType(not_computed)
    )


def _change(prefix: str, before: Decimal, after: Decimal) -> dict[str, Decimal]:
    return {f"{prefix}before": before, f"{prefix}after": after, f"{prefix}change": after - before + ZERO}


def _differing_periods(before: Books, after: Books) -> list[str]:
    """Periods in which any box holds another sum, in order; rates apart, as acquisition tax is owed by rate."""
    query = """
        select p.period_id, z.ziffer, cast(z.rate as decimal(9, 4)) as rate, sum(z.base) as base, sum(z.tax) as tax
        from   vat_line_ziffer z
        join   vat_period p on z.booked_on between p.start_on and p.end_on
        group  by all
        having sum(z.base) <> 0 or sum(z.tax) <> 0
    """
    old, new = before.sql(query), after.sql(query)
    keys = old.columns
    differing = pl.concat(
        [
            old.join(new, on=keys, how="anti", nulls_equal=True),
            new.join(old, on=keys, how="anti", nulls_equal=True),
        ]
    )
    return sorted(differing["period_id"].unique().to_list(), key=VatPeriod.parse)
