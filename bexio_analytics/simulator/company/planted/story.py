"""What the stories of planted cases are told with: the documents, and short ways to write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bexio_analytics.simulator.company.formats import ONE, dec
from bexio_analytics.simulator.company.pricing import Item
from bexio_analytics.simulator.company.purchases import Bill, Expense, Line
from bexio_analytics.simulator.company.sales import Sale


def day(month: int, day_of_month: int) -> date:
    """A day of 2026."""
    return date(2026, month, day_of_month)


# Days on which nothing but what is told here touches the till.
QUIET_DAYS = frozenset(day(month, first_days) for month in (8, 9) for first_days in range(1, 7))


@dataclass(slots=True)
class Story:
    """Documents to be written among the others."""

    sales: list[Sale] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    expenses: list[Expense] = field(default_factory=list)


def one(account_no: str, code: str, text: str, net: str, *, printed: str | None = None) -> tuple[Item, ...]:
    """The only position of an invoice; ``net`` is CHF without VAT, ``printed`` the percentage printed on it."""
    return (Item(account_no, code, text, ONE, dec(net), printed_rate=None if printed is None else dec(printed)),)


def bill(
    on: date, supplier: str, line: Line, vendor_ref: str, *, paid_on: date | None = None, currency: str = "CHF"
) -> Bill:
    """A bill with one line, entered on its day."""
    return Bill(on, supplier, (line,), vendor_ref, line.text, currency=currency, entered_on=on, paid_on=paid_on)
