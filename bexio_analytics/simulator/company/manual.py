"""Manual entries: gross lines with an optional tax code, split by the bookkeeper into a net row and its VAT row.

The id of a line is the id of its first journal row; the VAT row has the next id. A compound entry shows its counterpart
as a line of its own, without an id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row
from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.formats import ONE, ZERO, number, tax_in, tax_on
from bexio_analytics.simulator.company.places import CURRENCY_IDS
from bexio_analytics.simulator.company.taxes import by_code

_TYPES = {"single": "manual_single_entry", "group": "manual_group_entry", "compound": "manual_compound_entry"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of a manual entry; ``amount`` is gross, ``code`` applies to the debit or the credit account.

    ``loses_tax_row`` leaves the gross amount unsplit although the line carries a code.
    """

    debit: str
    credit: str
    amount: Decimal
    text: str
    code: str | None = None
    is_coded_on_credit: bool = False
    loses_tax_row: bool = False

    @property
    def taxed(self) -> str:
        """The account the code applies to."""
        return self.credit if self.is_coded_on_credit else self.debit


@dataclass(slots=True)
class _Written:
    """A record whose line ids are known only once the journal is numbered."""

    entered_on: date
    record: dict[str, object]
    lines: list[tuple[dict[str, object], Row]]


@dataclass(slots=True)
class ManualDesk:
    """Enters manual entries; the books are closed for business years and VAT periods up to the two given days."""

    keeper: Bookkeeper
    year_closed_till: date
    period_closed_till: date
    _written: list[_Written] = field(default_factory=list)

    def enter(
        self,
        day: date,
        legs: Sequence[Leg],
        reference: str,
        *,
        kind: str = "single",
        entered_on: date | None = None,
        user_id: int = 1,
    ) -> None:
        """Enter one manual entry of one or more lines; ``kind`` is single, group or compound."""
        rows: list[Row] = []
        entries: list[dict[str, object]] = []
        lines: list[tuple[dict[str, object], Row]] = []
        for leg in legs:
            split = self._rows(day, leg)
            entry = _entry(day, leg, split[0].rate)
            if kind == "compound":
                entry["credit_account_id"] = None
            lines.append((entry, split[0]))
            entries.append(entry)
            rows += split
        if kind == "compound":
            counterpart = Leg(legs[0].debit, legs[0].credit, sum((leg.amount for leg in legs), ZERO), legs[0].text)
            entries.append(_entry(day, counterpart, ONE) | {"debit_account_id": None})
        self.keeper.book(day, rows, entered_on=entered_on)
        for entry in entries:
            entry |= {"created_by_user_id": user_id, "edited_by_user_id": user_id}
        locked = (
            "closed_business_year"
            if day <= self.year_closed_till
            else "closed_tax_period"
            if day <= self.period_closed_till
            else None
        )
        record: dict[str, object] = {
            "id": 0,
            "type": _TYPES[kind],
            "booking_type": "manual_entry",
            "date": day.isoformat(),
            "reference_nr": reference,
            "created_by_user_id": user_id,
            "edited_by_user_id": user_id,
            "entries": entries,
            "is_locked": locked is not None,
            "locked_info": locked,
        }
        self._written.append(_Written(entered_on or day, record, lines))

    def _rows(self, day: date, leg: Leg) -> list[Row]:
        if leg.code is None:
            return [Row(leg.debit, leg.credit, leg.amount, leg.text)]
        code = by_code()[leg.code]
        if code.is_acquisition:
            tax = tax_on(leg.amount, code.rate)
            self.keeper.supply(day, leg.code, leg.amount, tax)
            return [
                Row(leg.debit, leg.credit, leg.amount, leg.text),
                Row(code.account_no, "2203", tax, leg.text),
            ]
        tax = ZERO if leg.loses_tax_row else tax_in(leg.amount, code.rate)
        usual_side_is_credit = not code.is_input
        sign = 1 if leg.is_coded_on_credit == usual_side_is_credit else -1
        self.keeper.supply(day, leg.code, sign * (leg.amount - tax), sign * tax)
        rows = [Row(leg.debit, leg.credit, leg.amount - tax, leg.text)]
        if tax:
            debit, credit = (leg.debit, code.account_no) if leg.is_coded_on_credit else (code.account_no, leg.credit)
            rows.append(Row(debit, credit, tax, leg.text))
        return rows

    def records(self) -> list[dict[str, object]]:
        """Rows of ``/3.0/accounting/manual_entries``; call it once the journal is numbered."""
        found = sorted(self._written, key=lambda written: written.entered_on)
        for place, written in enumerate(found, 1):
            written.record["id"] = place
            for entry, row in written.lines:
                entry["id"] = row.id
        return [written.record for written in found]


def _entry(day: date, leg: Leg, rate: Decimal) -> dict[str, object]:
    accounts = chart()
    code = by_code()[leg.code] if leg.code else None
    return {
        "id": None,
        "date": day.isoformat(),
        "debit_account_id": accounts[leg.debit].id,
        "credit_account_id": accounts[leg.credit].id,
        "tax_id": code.id if code else None,
        "tax_account_id": accounts[leg.taxed].id if code else None,
        "description": leg.text,
        "amount": number(leg.amount),
        "currency_id": CURRENCY_IDS["CHF"],
        "base_currency_id": CURRENCY_IDS["CHF"],
        "currency_factor": number(rate),
        "base_currency_amount": number(leg.amount),
    }
