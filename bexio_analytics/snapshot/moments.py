"""Dates and times of bexio's three generations of API.

The 2.0 API writes ``2026-06-18 15:10:52`` without a zone and means Swiss local time; the 3.0 API writes ISO date-times
with the Swiss offset, in the journal even for plain days; bare dates occur everywhere. A day is always the Swiss
calendar day, a moment is always kept in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

SWISS: Final = ZoneInfo("Europe/Zurich")

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)


@lru_cache(maxsize=8192)
def parse_day(text: str) -> date:
    """The Swiss calendar day of a bare date or of a date-time with or without offset.

    Raises:
        ValueError: the text has none of the three forms, or names a day that does not exist.
    """
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    moment = _parse(text)
    return moment.date() if moment.tzinfo is None else moment.astimezone(SWISS).date()


def parse_moment(text: str) -> datetime:
    """The moment in UTC; without an offset it is Swiss local time.

    An hour that the change to winter time repeats is taken for its first pass, one that the change to summer time
    skips is read with the offset before the change.

    Raises:
        ValueError: the text is not a date-time, or names one that does not exist.
    """
    moment = _parse(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SWISS)
    return moment.astimezone(UTC)


def _parse(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError("not a date-time")
    return datetime.fromisoformat(text)
