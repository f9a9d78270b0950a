"""What is wrong on purpose in 2026-Q3, and the innocent cases beside it.

Each list (``<name>.toml``) says what must be found by which check, the module of the same name writes and books it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bexio_analytics.simulator.company.planted import borders, entitlement, habits, journal, supplies, vat
from bexio_analytics.simulator.company.planted.cases import Defect, LookAlike, Planted, Where, planted
from bexio_analytics.simulator.company.planted.story import QUIET_DAYS, Story

if TYPE_CHECKING:
    from bexio_analytics.simulator.company.bookkeeper import Bookkeeper
    from bexio_analytics.simulator.company.manual import ManualDesk

STORIES = (borders, entitlement, journal, supplies, vat, habits)
"""Modules that tell of planted cases, each with the same four functions."""


def documents(*, with_defects: bool) -> list[Story]:
    """The documents of every story: the innocent ones, and those that hold a defect."""
    found = [story.look_alikes() for story in STORIES]
    return found + [story.defects() for story in STORIES] if with_defects else found


def enter(keeper: Bookkeeper, manual: ManualDesk, *, with_defects: bool) -> None:
    """Book what has no document, story by story."""
    for story in STORIES:
        story.enter_look_alikes(keeper, manual)
    if with_defects:
        for story in STORIES:
            story.enter_defects(keeper, manual)


__all__ = ["QUIET_DAYS", "Defect", "LookAlike", "Planted", "Story", "Where", "documents", "enter", "planted"]
