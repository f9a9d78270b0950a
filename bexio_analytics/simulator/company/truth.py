"""What the VAT returns must say, computed from the documents and never from the journal.

The rules are those of the effective method with agreed consideration: net bases by the box a code names, tax of a rate
box = base × rate rounded once, input tax as booked, and 399 and the amount payable from unrounded products.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Supply
from bexio_analytics.simulator.company.formats import ZERO, cents, dec
from bexio_analytics.simulator.company.taxes import by_code

_HUNDRED = dec(100)
_DEDUCTIONS = ("220", "221", "225", "230", "235", "280")
_ADDED_INPUT = ("400", "405", "410")
_LESS_INPUT = ("415", "420")
_NO_BOX = {"", "000"}


@dataclass(frozen=True, slots=True)
class Quarter:
    """One VAT period of the invented company; both days belong to it."""

    year: int
    quarter: int

    @property
    def id(self) -> str:
        """The written form, such as ``2026-Q3``."""
        return f"{self.year}-Q{self.quarter}"

    @property
    def start(self) -> date:
        """First day."""
        return date(self.year, 3 * self.quarter - 2, 1)

    @property
    def end(self) -> date:
        """Last day."""
        return date(self.year, 3 * self.quarter, (31, 30, 30, 31)[self.quarter - 1])

    @property
    def filed_on(self) -> date:
        """The day the return was filed: the 20th of the second month after the period."""
        month = 3 * self.quarter + 2
        return date(self.year + month // 13, (month - 1) % 12 + 1, 20)


def quarters() -> list[Quarter]:
    """All VAT periods of the data, 2025-Q1 to 2026-Q3."""
    return [Quarter(2025 + place // 4, place % 4 + 1) for place in range(7)]


@dataclass(frozen=True, slots=True)
class ExpectedReturn:
    """The return of one period in CHF: ``ziffern`` maps a box to (base, tax); input tax boxes have no base.

    The computed boxes 289, 299, 399, 479 are among them; ``payable`` is signed, + is owed (500), − a credit (510).
    ``journal_lines`` counts the journal rows dated in the period.
    """

    ziffern: dict[str, tuple[Decimal, Decimal]]
    payable: Decimal
    journal_lines: int


def expected_return(supplies: Iterable[Supply], quarter: Quarter, journal_lines: int) -> ExpectedReturn:
    """The return of a period from its supplies."""
    base: dict[str, Decimal] = defaultdict(Decimal)
    tax: dict[str, Decimal] = defaultdict(Decimal)
    exact: dict[str, Decimal] = defaultdict(Decimal)
    for supply in supplies:
        if quarter.start <= supply.booked_on <= quarter.end:
            _add(supply, base, tax, exact)
    for box, amount in exact.items():
        tax[box] = cents(amount)
    deductions = sum((base[box] for box in _DEDUCTIONS), ZERO)
    owed = sum(exact.values(), ZERO)
    input_tax = sum((tax[box] for box in _ADDED_INPUT), ZERO) - sum((tax[box] for box in _LESS_INPUT), ZERO)
    base["289"] = deductions
    base["299"] = base["200"] - deductions
    tax["399"] = cents(owed)
    tax["479"] = input_tax
    boxes = sorted(box for box in base.keys() | tax.keys() if base[box] or tax[box])
    return ExpectedReturn({box: (base[box], tax[box]) for box in boxes}, cents(owed - input_tax), journal_lines)


def _add(supply: Supply, base: dict[str, Decimal], tax: dict[str, Decimal], exact: dict[str, Decimal]) -> None:
    code = by_code()[supply.code]
    if code.digit in _NO_BOX:
        return
    if code.is_acquisition:
        base[code.digit] += supply.net
        exact[code.digit] += supply.net * code.rate / _HUNDRED
        tax["400" if code.kind.endswith("material") else "405"] += supply.tax
    elif code.is_input:
        tax[code.digit] += supply.tax
    elif code.kind == "non_consideration_sales_tax":
        base[code.digit] += supply.net
    else:
        base["200"] += supply.net
        for box in code.digit.split("."):
            base[box] += supply.net
            if box.startswith("3"):
                exact[box] += supply.net * code.rate / _HUNDRED
