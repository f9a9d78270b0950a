"""One row under reading: hands out its cells and reports those that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from bexio_analytics.connector.exports.cells import read_amount
from bexio_analytics.connector.exports.layout import Header
from bexio_analytics.connector.exports.model import Place, Problems

CENT = Decimal("0.01")
MICRO = Decimal("0.000001")
EIGHT_DECIMALS = Decimal("0.00000001")
_TOO_LARGE = Decimal(10) ** 10
_SHOWN = 40

Value = TypeVar("Value")


@dataclass(slots=True)
class Row:
    """A row of an export; ``is_sound`` turns False with the first problem, and the row does not become a line."""

    header: Header
    cells: tuple[str, ...]
    place: Place
    problems: Problems
    is_sound: bool = True

    def text(self, column: str) -> str:
        """A cell, cleaned; empty where there is none."""
        return self.header.cell(self.cells, column)

    def reject(self, column: str | None, what: str) -> None:
        """Report a problem of this row."""
        self.problems.add(self.place, column, what)
        self.is_sound = False

    def has_all_cells(self) -> bool:
        """Whether the row has as many cells as the header; empty ones too many are no harm."""
        spare = self.cells[self.header.width :]
        if len(self.cells) < self.header.width or any(cell.strip() for cell in spare):
            self.reject(None, f"does not parse: {self.header.width} columns expected, {len(self.cells)} found")
            return False
        return True

    def needed(self, column: str, read: Callable[[str], Value | None], what: str, default: Value) -> Value:
        """A cell that must be there and be readable; ``what`` says what belongs there."""
        text = self.text(column)
        value = read(text) if text else None
        if value is None:
            self.reject(column, f'"{shortened(text)}" is not {what}' if text else f"is empty: {what} belongs there")
            return default
        return value

    def amount(self, column: str, places: Decimal, default: Decimal | None = None) -> Decimal:
        """An amount, rounded half up to ``places``; ``default`` stands for an empty cell, without it one is needed."""
        if default is not None and not self.text(column):
            return default
        value = self.needed(column, read_amount, "an amount such as 1234.50", Decimal(0))
        if abs(value) >= _TOO_LARGE:
            self.reject(column, f'"{shortened(self.text(column))}" is too large for an amount')
            return Decimal(0)
        return value.quantize(places, ROUND_HALF_UP)


def read_currency(text: str) -> str | None:
    """An ISO code of three capital letters."""
    return text if len(text) == 3 and text.isascii() and text.isalpha() and text.isupper() else None  # noqa: PLR2004


def shortened(text: str) -> str:
    """A cell as a message shows it."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
