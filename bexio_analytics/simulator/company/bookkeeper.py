"""A small double-entry bookkeeper: every document becomes bookings here, and bookings become journal rows.

Rows come in bexio's grain: one debit/credit pair each, the VAT as a row of its own. A booking knows its booking date
and the day it was entered; ids follow the order of entering, so a row entered late has a low date and a high id.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.formats import ONE, ZERO, cents, journal_moment, number
from bexio_analytics.simulator.company.places import CURRENCY_IDS, in_francs
from bexio_analytics.simulator.company.taxes import by_code

_BASE = "CHF"
_FIRST_LINE_ID = 1001
_GAP_SHARE = 0.02


@dataclass(slots=True)
class Row:
    """One pair of accounts; ``amount`` in ``currency``, ``base`` in CHF, ``id`` given when the journal is written."""

    debit: str
    credit: str
    amount: Decimal
    text: str
    currency: str = _BASE
    rate: Decimal = ONE
    base: Decimal = ZERO
    id: int = 0

    def __post_init__(self) -> None:
        self.base = cents(in_francs(self.amount, self.currency, self.rate))


@dataclass(slots=True)
class Booking:
    """The rows of one booking event and where bexio says they come from."""

    booked_on: date
    entered_on: date
    rows: list[Row]
    ref_class: str | None
    ref_id: int | None
    ref_uuid: str | None


@dataclass(frozen=True, slots=True)
class Supply:
    """What a document puts on the VAT return under one code, in CHF: sales and purchases positive, credits negative."""

    booked_on: date
    code: str
    net: Decimal
    tax: Decimal


@dataclass(slots=True)
class Bookkeeper:
    """Collects bookings and supplies of the whole company."""

    bookings: list[Booking] = field(default_factory=list)
    supplies: list[Supply] = field(default_factory=list)
    _movements: dict[str, dict[date, Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Decimal))
    )

    def book(
        self,
        booked_on: date,
        rows: Iterable[Row],
        *,
        entered_on: date | None = None,
        ref_class: str | None = None,
        ref_id: int | None = None,
        ref_uuid: str | None = None,
        moves: bool = True,
    ) -> Booking:
        """Enter a booking; ``moves`` is false for rows carried forward, which repeat balances and move nothing."""
        booking = Booking(booked_on, max(entered_on or booked_on, booked_on), list(rows), ref_class, ref_id, ref_uuid)
        self.bookings.append(booking)
        if moves:
            for row in booking.rows:
                self._movements[row.debit][booked_on] += row.base
                self._movements[row.credit][booked_on] -= row.base
        return booking

    def supply(self, booked_on: date, code: str | None, net: Decimal, tax: Decimal) -> None:
        """Note what a document puts on the VAT return."""
        if code is not None:
            self.supplies.append(Supply(booked_on, code, net, tax))

    def movement(self, account_no: str, first: date, last: date) -> Decimal:
        """Debit minus credit of an account from ``first`` to ``last``, both inclusive, without carry-forward."""
        return sum((m for day, m in self._movements[account_no].items() if first <= day <= last), ZERO)

    def balance(self, account_no: str, day: date) -> Decimal:
        """Debit minus credit of an account at the end of ``day``."""
        return self.movement(account_no, date.min, day)

    def daily(self, account_no: str) -> list[tuple[date, Decimal]]:
        """Movements of an account by day, in order."""
        return sorted(self._movements[account_no].items())

    def written(self, rng: random.Random) -> Iterator[Booking]:
        """All bookings in the order of entering, their rows numbered; now and then a deleted row leaves a gap."""
        line_id = _FIRST_LINE_ID
        for booking in sorted(self.bookings, key=lambda b: b.entered_on):
            if rng.random() < _GAP_SHARE:
                line_id += rng.randrange(1, 4)
            for row in booking.rows:
                row.id = line_id
                line_id += 1
            yield booking


def journal_records(
    bookings: Iterable[Booking], more_accounts: Mapping[str, int] | None = None
) -> list[dict[str, object]]:
    """Rows of ``/3.0/accounting/journal``, ascending by id; ``more_accounts`` are ids beyond the usual chart."""
    accounts = {no: account.id for no, account in chart().items()} | dict(more_accounts or {})
    base_id = CURRENCY_IDS[_BASE]
    return [
        {
            "id": row.id,
            "ref_id": booking.ref_id,
            "ref_uuid": booking.ref_uuid,
            "ref_class": booking.ref_class,
            "date": journal_moment(booking.booked_on),
            "debit_account_id": accounts[row.debit],
            "credit_account_id": accounts[row.credit],
            "description": row.text,
            "amount": number(row.amount),
            "currency_id": CURRENCY_IDS[row.currency],
            "currency_factor": number(row.rate),
            "base_currency_id": base_id,
            "base_currency_amount": number(row.base),
        }
        for booking in bookings
        for row in booking.rows
    ]


def purchase_rows(
    account_no: str,
    contra_no: str,
    *,
    code: str | None,
    net: Decimal,
    tax: Decimal,
    text: str,
    currency: str,
    rate: Decimal,
) -> list[Row]:
    """Rows of one purchase line: cost against ``contra_no``, then its VAT row.

    Reverse charge books the tax against 2203, since it is not owed to the supplier; import tax has the VAT row only.
    """
    code_of = by_code()
    rows = []
    if code is None or not code_of[code].is_customs:
        rows.append(Row(account_no, contra_no, net, text, currency, rate))
    if code is not None and tax:
        owed_to = "2203" if code_of[code].is_acquisition else contra_no
        rows.append(Row(code_of[code].account_no, owed_to, tax, text, currency, rate))
    return rows
