"""Manual entries of a drawn company: single, group and compound, each line gross with an optional code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Row
from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.drawn.books import ACQUISITION, Office
from bexio_analytics.simulator.company.drawn.facts import Direct, Part
from bexio_analytics.simulator.company.formats import ONE, ZERO, cents, number, tax_in, tax_on
from bexio_analytics.simulator.company.places import CURRENCY_IDS

_TYPES = {"single": "manual_single_entry", "group": "manual_group_entry", "compound": "manual_compound_entry"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One line; ``amount`` is gross, ``code`` applies to the debit account or, ``on_credit``, to the credit account."""

    debit: str
    credit: str
    amount: Decimal
    text: str
    code: str | None = None
    on_credit: bool = False
    currency: str = "CHF"
    rate: Decimal = ONE


@dataclass(slots=True)
class _Written:
    """A record whose line ids are known only once the journal is numbered."""

    entered_on: date
    record: dict[str, object]
    lines: list[tuple[dict[str, object], Row]]


class EntryDesk:
    """Enters manual entries; VAT is booked at once, whatever the basis."""

    def __init__(self, office: Office, more_accounts: dict[str, int]) -> None:
        self._office = office
        self._accounts = {no: account.id for no, account in chart().items()} | more_accounts
        self._written: list[_Written] = []

    def enter(self, day: date, legs: Sequence[Leg], reference: str, *, kind: str = "single", late_by: int = 0) -> None:
        """Enter one manual entry of one or more lines, ``late_by`` days after its date."""
        entered = min(day + timedelta(days=late_by), self._office.profile.last_day)
        rows: list[Row] = []
        lines: list[tuple[dict[str, object], Row]] = []
        entries: list[dict[str, object]] = []
        for leg in legs:
            split = self._rows(day, leg)
            entry = self._entry(day, leg)
            if kind == "compound":
                entry["credit_account_id"] = None
            lines.append((entry, split[0]))
            entries.append(entry)
            rows += split
        if kind == "compound":
            whole = Leg(legs[0].debit, legs[0].credit, sum((leg.amount for leg in legs), ZERO), legs[0].text)
            entries.append(self._entry(day, whole) | {"debit_account_id": None})
        self._office.keeper.book(day, rows, entered_on=entered)
        record: dict[str, object] = {
            "id": 0,
            "type": _TYPES[kind],
            "booking_type": "manual_entry",
            "date": day.isoformat(),
            "reference_nr": reference,
            "created_by_user_id": 1,
            "edited_by_user_id": 1,
            "entries": entries,
            "is_locked": False,
            "locked_info": None,
        }
        self._written.append(_Written(entered, record, lines))

    def _rows(self, day: date, leg: Leg) -> list[Row]:
        def row(debit: str, credit: str, amount: Decimal) -> Row:
            return Row(debit, credit, amount, leg.text, leg.currency, leg.rate)

        if leg.code is None:
            return [row(leg.debit, leg.credit, leg.amount)]
        code = self._office.codes[leg.code]
        splits = self._office.splits(day)
        # a sale is usually on the credit side, a purchase on the debit side; the other side reverses it
        sign = 1 if leg.on_credit != code.is_input else -1
        if code.is_acquisition:
            tax = tax_on(leg.amount, code.rate)
            cost = code.account_no if splits else leg.debit
            rows = [row(leg.debit, leg.credit, leg.amount), row(cost, ACQUISITION, tax)]
            self._note(day, leg, Part(leg.code, (leg.amount,), tax))
            return rows
        tax = tax_in(leg.amount, code.rate) if splits else ZERO
        self._note(day, leg, Part(leg.code, (sign * (leg.amount - tax),), sign * tax))
        rows = [row(leg.debit, leg.credit, leg.amount - tax)]
        if tax:
            debit, credit = (leg.debit, code.account_no) if leg.on_credit else (code.account_no, leg.credit)
            rows.append(row(debit, credit, tax))
        return rows

    def _note(self, day: date, leg: Leg, part: Part) -> None:
        self._office.facts.direct.append(Direct(day, part, leg.currency, leg.rate))

    def _entry(self, day: date, leg: Leg) -> dict[str, object]:
        office = self._office
        code = office.codes[leg.code] if leg.code else None
        if code is not None and code.net_rate is not None and not office.profile.has_net_tax_codes:
            code = None
        taxed = leg.credit if leg.on_credit else leg.debit
        return {
            "id": None,
            "date": day.isoformat(),
            "debit_account_id": self._accounts[leg.debit],
            "credit_account_id": self._accounts[leg.credit],
            "tax_id": code.id if code else None,
            "tax_account_id": self._accounts[taxed] if code else None,
            "description": leg.text,
            "amount": number(leg.amount),
            "currency_id": CURRENCY_IDS[leg.currency],
            "base_currency_id": CURRENCY_IDS["CHF"],
            "currency_factor": number(leg.rate),
            "base_currency_amount": number(cents(leg.amount * leg.rate)),
            "created_by_user_id": 1,
            "edited_by_user_id": 1,
        }

    def records(self) -> list[dict[str, object]]:
        """Rows of ``/3.0/accounting/manual_entries``; call it once the journal is numbered."""
        found = sorted(self._written, key=lambda written: written.entered_on)
        for place, written in enumerate(found, 1):
            written.record["id"] = place
            for entry, row in written.lines:
                entry["id"] = row.id
        return [written.record for written in found]
