"""What happened in a drawn company, document by document: all that its VAT returns may be computed from.

Amounts are in the currency of the document, dates inclusive. Nothing here knows a journal row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bexio_analytics.simulator.company.formats import ONE


@dataclass(frozen=True, slots=True)
class Part:
    """The share of one code in a document: net amounts line by line and the tax, as the document has them.

    Under the net tax rate method a net amount is the whole price, since no VAT is split off, and the tax is zero.
    """

    code: str | None
    nets: tuple[Decimal, ...]
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Settlement:
    """One payment of a document: money, a cash discount or a credit note set off.

    ``lowers`` is by how much a discount or credit note lowers the document, in the currency and at the rate of the
    payment; money lowers nothing.
    """

    day: date
    amount: Decimal
    lowers: tuple[Part, ...] = ()
    rate: Decimal = ONE


@dataclass(slots=True)
class Traded:
    """An invoice or a bill; ``has_vat`` is false for invoices on which bexio computed none."""

    day: date
    is_sale: bool
    currency: str
    rate: Decimal
    total: Decimal
    parts: tuple[Part, ...]
    has_vat: bool = True
    settlements: list[Settlement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note in CHF; ``settled`` are the days and amounts that were set off or paid out."""

    day: date
    total: Decimal
    parts: tuple[Part, ...]
    settled: tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Direct:
    """Something booked with a code on the spot: an expense or a line of a manual entry.

    Sales and purchases are positive, what reverses them is negative.
    """

    day: date
    part: Part
    currency: str = "CHF"
    rate: Decimal = ONE


@dataclass(slots=True)
class Facts:
    """All that happened."""

    traded: list[Traded] = field(default_factory=list)
    credit_notes: list[CreditNote] = field(default_factory=list)
    direct: list[Direct] = field(default_factory=list)
