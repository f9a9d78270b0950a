"""What the desks of a drawn company share: its books, codes, contacts, and how its years account for VAT."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row
from bexio_analytics.simulator.company.contacts import Contact
from bexio_analytics.simulator.company.drawn.codes import CodeBook
from bexio_analytics.simulator.company.drawn.facts import Facts, Part
from bexio_analytics.simulator.company.drawn.profile import Profile, YearStatus
from bexio_analytics.simulator.company.formats import ZERO, cents
from bexio_analytics.simulator.company.taxes import TaxCode

OUTPUT_WAITING, INPUT_WAITING, ACQUISITION = "2202", "1172", "2203"


@dataclass(slots=True)
class Office:
    """Everything a desk needs to write and book a document."""

    profile: Profile
    book: CodeBook
    contacts: dict[str, Contact]
    rng: random.Random
    keeper: Bookkeeper = field(default_factory=Bookkeeper)
    facts: Facts = field(default_factory=Facts)

    @property
    def codes(self) -> Mapping[str, TaxCode]:
        """Tax codes by key."""
        return self.book.codes

    def status(self, day: date) -> YearStatus:
        """How VAT is accounted for on a day."""
        return self.profile.statuses[day.year]

    def waits(self, day: date) -> bool:
        """Whether the VAT of a document of that day waits for the payment (collected consideration)."""
        return self.status(day).basis == "collected"

    def splits(self, day: date) -> bool:
        """Whether VAT is split off (effective method); under the net tax rate method everything is booked gross."""
        return self.status(day).method == "effective"


@dataclass(slots=True)
class Waiting:
    """The VAT of one row of a document that waits for its payments: where it waits and where it goes, in CHF."""

    moves: tuple[tuple[str, str], ...]
    tax: Decimal
    text: str
    left: Decimal = ZERO

    def __post_init__(self) -> None:
        self.left = self.tax

    def moved(self, paid: Decimal, total: Decimal, *, is_last: bool) -> list[Row]:
        """The rows that a payment of the document causes; both amounts in its currency."""
        part = self.left if is_last else cents(self.tax * paid / total)
        self.left -= part
        return [Row(debit, credit, part, self.text) for debit, credit in self.moves] if part else []


def apportioned(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """An amount split in proportion, in cents, the last share taking the rest."""
    whole = sum(weights, ZERO)
    shares = [cents(amount * weight / whole) for weight in weights[:-1]]
    return [*shares, amount - sum(shares, ZERO)]


def gross_of(part: Part) -> Decimal:
    """Net and tax of a part."""
    return sum(part.nets, ZERO) + part.tax


def difference_rows(left: Decimal, *, is_sale: bool, text: str) -> list[Row]:
    """The exchange difference that closes a document: ``left`` in CHF is still open on 1100 or 2000."""
    if not left:
        return []
    account_no = "1100" if is_sale else "2000"
    is_gain = (left > 0) != is_sale
    amount = abs(left)
    return [Row(account_no, "6999", amount, text) if is_gain else Row("6949", account_no, amount, text)]
