"""What every kind of planted error has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from bexio_analytics.review.self_test.draft import Draft
from bexio_analytics.review.self_test.material import Booking, Material


@dataclass(frozen=True, slots=True)
class Planted:
    """What was changed, so that a finding that speaks of it can be told.

    Attributes:
        what: the booking and the change in words.
        line_ids: journal rows that were changed or added.
        keys: what else a finding can call it by: ``document:…``, ``account:…``.
    """

    what: str
    line_ids: frozenset[int]
    keys: frozenset[str] = field(default_factory=frozenset)


Plant = Callable[[Draft, Material, Random], Planted | None]
"""Plants one error; None where the books have no material for it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of error.

    Attributes:
        name: stable, for programs.
        title: as an accountant would call it.
        plant: puts one into a draft.
    """

    name: str
    title: str
    plant: Plant


def planted(booking: Booking, what: str, *line_ids: int | None) -> Planted:
    """An error in a booking that was there; ``line_ids`` are rows that came with it."""
    added = frozenset(each for each in line_ids if each is not None)
    text = f"{booking.booked_on} {booking.kind} {booking.partner or ''}, CHF {booking.gross}: {what}"
    return Planted(text, frozenset(booking.line_ids) | added, booking.keys)
