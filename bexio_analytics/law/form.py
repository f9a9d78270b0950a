"""The boxes (Ziffern) of the VAT return, effective method, form as of 2024."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from bexio_analytics.law.reading import entries


@dataclass(frozen=True, slots=True)
class Ziffer:
    """One box: ``part`` says how it enters the form, ``rate_kind`` and dates which rate a supply line carries.

    Parts: turnover, memo, deduction, supply, acquisition, input, input_reduction, other_flow and computed.
    """

    ziffer: str
    part: str
    title: str
    note: str
    rate_kind: str | None
    valid_from: date | None
    valid_till: date | None


@cache
def ziffern() -> tuple[Ziffer, ...]:
    """All boxes in the order of the form."""
    return tuple(
        Ziffer(
            row["ziffer"],
            row["part"],
            row["title"],
            row.get("note", ""),
            row.get("rate_kind"),
            row.get("valid_from"),
            row.get("valid_till"),
        )
        for row in entries("ziffern.toml", "ziffer")
    )
