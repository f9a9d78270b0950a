"""bexio's standard tax codes: what a code means where only an export names it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from bexio_analytics.law.reading import entries


@dataclass(frozen=True, slots=True)
class StandardTaxCode:
    """One standard code of one rate generation; a code such as US38 or VES occurs in several.

    ``ziffer`` is bexio's ``digit`` ("303", "205.303", "000" = reaches no box), ``kind`` its ``type``, ``rate`` percent
    (100: the line is the tax), ``account_no`` the VAT account.
    """

    code: str
    ziffer: str
    kind: str
    rate: Decimal
    account_no: str
    title: str
    valid_from: date
    valid_till: date | None
    is_active_by_default: bool


@cache
def standard_tax_codes() -> tuple[StandardTaxCode, ...]:
    """All standard codes of the generations 2011, 2018 and 2024."""
    return tuple(
        StandardTaxCode(
            row["code"],
            row["ziffer"],
            row["kind"],
            row["rate"],
            row["account_no"],
            row["title"],
            row["valid_from"],
            row.get("valid_till"),
            row["is_active_by_default"],
        )
        for row in entries("tax_codes.toml", "tax_code")
    )


def standard_tax_code(code: str, day: date) -> StandardTaxCode | None:
    """The standard code of that name for a booking on ``day``, or None where bexio ships no such code.

    A code booked outside the years of its generation is still that code (its rate is then a finding): the latest
    generation that had begun is taken, else the first.
    """
    generations = sorted((c for c in standard_tax_codes() if c.code == code), key=lambda c: c.valid_from)
    begun = [c for c in generations if c.valid_from <= day]
    if begun:
        return begun[-1]
    return generations[0] if generations else None
