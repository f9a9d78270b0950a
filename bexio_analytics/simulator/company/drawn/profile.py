"""What kind of company is drawn: its years, how it accounts for VAT in each of them, and its VAT periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bexio_analytics.simulator.company.formats import month_end

RHYTHMS = {"month": 1, "quarter": 3, "semester": 6, "annual": 12}


@dataclass(frozen=True, slots=True)
class YearStatus:
    """How VAT is accounted for in a calendar year: method effective or net_tax, basis agreed or collected."""

    method: str = "effective"
    basis: str = "agreed"
    is_vat_subject: bool = True


@dataclass(frozen=True, slots=True)
class Period:
    """One VAT period; both days belong to it."""

    start: date
    end: date

    @property
    def months(self) -> int:
        """Length in months."""
        return self.end.month - self.start.month + 1

    @property
    def id(self) -> str:
        """The written form: 2026-Q3, 2026-H1, 2026-07 or 2026."""
        year, month = self.start.year, self.start.month
        return {
            1: f"{year}-{month:02d}",
            3: f"{year}-Q{(month + 2) // 3}",
            6: f"{year}-H{(month + 5) // 6}",
            12: f"{year}",
        }[self.months]

    @property
    def filed_on(self) -> date:
        """The day the return was filed: the 20th of the second month after the period."""
        later = self.end + timedelta(days=45)
        return date(later.year, later.month, 20) if later.month != self.end.month else later


def periods_of(years: tuple[int, ...], rhythm: str) -> list[Period]:
    """The VAT periods of the given years."""
    step = RHYTHMS[rhythm]
    return [
        Period(date(year, month, 1), month_end(year, month + step - 1))
        for year in years
        for month in range(1, 13, step)
    ]


@dataclass(frozen=True, slots=True)
class Profile:
    """All parameters of a drawn company.

    ``documents`` is the number of sales documents a quarter; ``has_net_tax_codes`` is false where bexio shows no codes
    of net tax rates and only the account of a sale tells its activity.
    """

    seed: int
    statuses: dict[int, YearStatus]
    rhythm: str
    documents: int
    has_net_tax_codes: bool = True

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years, ascending."""
        return tuple(self.statuses)

    @property
    def first_day(self) -> date:
        """First day of the books."""
        return date(self.years[0], 1, 1)

    @property
    def last_day(self) -> date:
        """Last day of the books."""
        return date(self.years[-1], 12, 31)

    def settled_by(self, day: date) -> date:
        """The day by which a document must be settled: the end of the run of years that account alike."""
        year = day.year
        while year + 1 in self.statuses and self.statuses[year + 1] == self.statuses[year]:
            year += 1
        return date(year, 12, 31) if year != self.years[-1] else date.max
