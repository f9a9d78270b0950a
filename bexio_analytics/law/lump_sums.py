"""Lump sums and simplifications as dated, cited data; amounts in CHF, rates in percent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from bexio_analytics.law.reading import entries

_NUMBERS = ("rate", "minimum", "above", "share_above")


@dataclass(frozen=True, slots=True)
class LumpSum:
    """One rule in force between two days; what a rule does not use is 0.

    Attributes:
        name: what it stands for.
        rate: percent of the base.
        minimum: CHF that are reached in any case.
        above: CHF or years above which it applies.
        share_above: percent of turnover above which it applies.
        valid_from, valid_till: first and last day; where one is open, the first or last day there is.
        source: where it is written.
    """

    name: str
    rate: Decimal
    minimum: Decimal
    above: Decimal
    share_above: Decimal
    valid_from: date
    valid_till: date
    source: str


@cache
def lump_sums() -> tuple[LumpSum, ...]:
    """All rules, in the order of the file."""
    return tuple(
        LumpSum(
            name=row["name"],
            **{number: Decimal(row.get(number, 0)) for number in _NUMBERS},
            valid_from=row.get("valid_from", date.min),
            valid_till=row.get("valid_till", date.max),
            source=row["source"],
        )
        for row in entries("lump_sums.toml", "lump_sum")
    )


def lump_sum(name: str, day: date) -> LumpSum:
    """The rule of that name on a day.

    Raises:
        KeyError: there is none.
    """
    for each in lump_sums():
        if each.name == name and each.valid_from <= day <= each.valid_till:
            return each
    raise KeyError(f"the law has no lump sum {name} on {day}")
