"""VAT periods and their arithmetic: no clock, no holidays, dates always inclusive."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from bexio_analytics.errors import ConfigurationError

_FORM = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?")


class Rhythm(StrEnum):
    """How often a mandate files its VAT return (Art. 35 MWSTG)."""

    MONTH = "month"
    QUARTER = "quarter"
    SEMESTER = "semester"
    ANNUAL = "annual"

    @property
    def months(self) -> int:
        """Length of one period in months."""
        return {Rhythm.MONTH: 1, Rhythm.QUARTER: 3, Rhythm.SEMESTER: 6, Rhythm.ANNUAL: 12}[self]


@dataclass(frozen=True, slots=True, order=True)
class VatPeriod:
    """One VAT period of whole calendar months; ``start`` and ``end`` are both part of it.

    Written ``2026-Q3``, ``2026-H1``, ``2026-07`` or ``2026``.
    """

    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a period as it is written on the command line.

        Raises:
            ConfigurationError: the text is not of one of the four forms.
        """
        match = _FORM.fullmatch(text.strip().upper())
        if match is None:
            raise ConfigurationError(
                f"{text!r} is not a VAT period: write a quarter 2026-Q3, a half-year 2026-H1, a month 2026-07 "
                "or a year 2026"
            )
        year = int(match["year"])
        if match["quarter"]:
            return cls.of(year, 3 * int(match["quarter"]) - 2, 3)
        if match["half"]:
            return cls.of(year, 6 * int(match["half"]) - 5, 6)
        if match["month"]:
            return cls.of(year, int(match["month"]), 1)
        return cls.of(year, 1, 12)

    @classmethod
    def of(cls, year: int, month: int, months: int) -> Self:
        """The period of ``months`` calendar months that begins with the first of ``month``."""
        last = month + months - 1
        end_year, end_month = year + (last - 1) // 12, (last - 1) % 12 + 1
        return cls(date(year, month, 1), date(end_year, end_month, calendar.monthrange(end_year, end_month)[1]))

    @classmethod
    def containing(cls, day: date, rhythm: Rhythm) -> Self:
        """The period of this rhythm in which ``day`` lies."""
        first = (day.month - 1) // rhythm.months * rhythm.months + 1
        return cls.of(day.year, first, rhythm.months)

    @property
    def months(self) -> int:
        """Length in calendar months."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1

    @property
    def id(self) -> str:
        """The written form, such as ``2026-Q3``."""
        year, month = self.start.year, self.start.month
        match self.months:
            case 1:
                return f"{year}-{month:02d}"
            case 3:
                return f"{year}-Q{(month + 2) // 3}"
            case 6:
                return f"{year}-H{(month + 5) // 6}"
            case _:
                return f"{year}"

    @property
    def due_on(self) -> date:
        """Last day to file and to pay: the ESTV prints the end of the second month after the period.

        Source: Art. 71 and 86 MWSTG (60 days), the ESTV's calendar of deadlines (month ends).
        """
        month = self.end.month + 2
        year, month = self.end.year + (month - 1) // 12, (month - 1) % 12 + 1
        return date(year, month, calendar.monthrange(year, month)[1])

    def previous(self) -> Self:
        """The period of the same length that ends the day before this one."""
        return self._shifted(-self.months)

    def next(self) -> Self:
        """The period of the same length that begins the day after this one."""
        return self._shifted(self.months)

    def year_before(self) -> Self:
        """The same period one year earlier."""
        return self._shifted(-12)

    def _shifted(self, by: int) -> Self:
        index = self.start.year * 12 + self.start.month - 1 + by
        return type(self).of(index // 12, index % 12 + 1, self.months)

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.id


def periods_between(first: date, last: date, rhythm: Rhythm) -> list[VatPeriod]:
    """All periods of a rhythm that touch the days from ``first`` to ``last`` (inclusive), in order."""
    periods = []
    period = VatPeriod.containing(first, rhythm)
    while period.start <= last:
        periods.append(period)
        period = period.next()
    return periods


def last_ended(day: date, rhythm: Rhythm) -> VatPeriod:
    """The latest period of a rhythm that had ended on ``day``: the one to file."""
    current = VatPeriod.containing(day, rhythm)
    return current if current.end == day else VatPeriod.containing(current.start - timedelta(days=1), rhythm)
