"""The boxes (Ziffern) of the VAT return: of both methods, and of every edition of the two forms since 2011."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from bexio_analytics.law.reading import entries

EFFECTIVE = "effective"
NET_TAX = "net_tax"
ERAS_SHOWN = 2
"""A form prints the boxes of the rates in force and of the generation before."""
BY_ACTIVITY_FROM = date(2025, 1, 1)
"""First day of the periods that account for net and flat tax rates by activity (revised Art. 37 MWSTG, MWSTV)."""


@dataclass(frozen=True, slots=True)
class Ziffer:
    """One box: ``part`` says how it enters the form, ``rate_kind`` and dates which rate a supply line carries.

    Parts: turnover, memo, deduction, supply, acquisition, input, input_reduction, other_flow and computed; on the form
    of net tax rates net_supply, net_credit (470, 471) and net_correction (415) in place of supply and input.

    ``method`` is ``effective`` or ``net_tax``, None for a box of both forms. Forms of periods from ``form_from`` to
    ``form_till`` have the box; None is open.
    """

    ziffer: str
    part: str
    title: str
    note: str
    rate_kind: str | None
    valid_from: date | None
    valid_till: date | None
    method: str | None
    form_from: date | None
    form_till: date | None


@cache
def all_ziffern() -> tuple[Ziffer, ...]:
    """All boxes of all forms, in the order of the form; 415 is there twice, with another meaning in each method."""
    return tuple(
        Ziffer(
            row["ziffer"],
            row["part"],
            row["title"],
            row.get("note", ""),
            row.get("rate_kind"),
            row.get("valid_from"),
            row.get("valid_till"),
            row.get("method"),
            row.get("form_from"),
            row.get("form_till"),
        )
        for row in entries("ziffern.toml", "ziffer")
    )


@cache
def ziffern(method: str = EFFECTIVE, day: date = date.max) -> tuple[Ziffer, ...]:
    """The boxes of one form in its order.

    Args:
        method: ``effective`` or ``net_tax``.
        day: a day of the period; by default the form in force. Boxes of every rate generation are among them.
    """
    return tuple(
        box
        for box in all_ziffern()
        if (box.method is None or box.method == method)
        and (box.form_from is None or box.form_from <= day)
        and (box.form_till is None or day <= box.form_till)
    )


@cache
def shown_ziffern(method: str, end: date) -> tuple[Ziffer, ...]:
    """The boxes that the form of a period prints: rate lines of the generation in force at its end and the one before.

    A box of an earlier generation still takes amounts (an old supply declared late); it is just not printed.
    """
    started = sorted({z.valid_from for z in all_ziffern() if z.valid_from and z.valid_from <= end}, reverse=True)
    shown = set(started[:ERAS_SHOWN])
    return tuple(box for box in ziffern(method, end) if box.valid_from is None or box.valid_from in shown)
