"""How far the books reach into a period: silence about days that nobody has booked is not cleanness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bexio_analytics.present import formats

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.present.translation import Translator


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is booked of a period.

    Attributes:
        period: the VAT period.
        first: day of the first booking in the books, None where there is none at all.
        last: day of the last booking in the books, in whatever period.
        lines: journal lines of the period but for opening balances.
    """

    period: VatPeriod
    first: date | None
    last: date | None
    lines: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing was booked in the period."""
        return self.lines == 0

    @property
    def ends_early(self) -> bool:
        """Whether there is no booking on the last day of the period or later."""
        return self.last is not None and self.last < self.period.end


def coverage(books: Books, period: VatPeriod) -> Coverage:
    """What the books hold of a period."""
    first, last, lines = books.sql(
        """
        select min(booked_on), max(booked_on),
               count(*) filter (booked_on between $start_on and $end_on and not is_opening)
        from journal_line
        """,
        start_on=period.start,
        end_on=period.end,
    ).row(0)
    return Coverage(period, first, last, lines)


def gaps(covered: Coverage, as_of: date, translate: Translator) -> list[str]:
    """What is still missing from the books of a period, in sentences; none where they are whole as far as one sees."""
    if covered.is_empty:
        return []
    sentences = []
    if as_of <= covered.period.end:
        until = formats.day(covered.period.end, translate.lang)
        sentences.append(translate("The period lasts until {day}: these figures are not the last.", day=until))
    if covered.ends_early:
        last = formats.day(covered.last, translate.lang)
        sentences.append(
            translate("The last booking is of {day}, before the period ends: is everything booked?", day=last)
        )
    return sentences
