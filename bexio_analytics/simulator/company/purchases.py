"""Purchases: bills, outgoing payments, expenses and the files attached to them, with their bookings.

A bill books a net row and its VAT row per line; its payment and a cash discount share a ``ref_uuid`` that leads back to
no bill. Expenses book without any reference.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row, purchase_rows
from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.contacts import Contact
from bexio_analytics.simulator.company.formats import (
    ONE,
    ZERO,
    dec,
    five,
    new_uuid,
    number,
    office_moment,
    tax_in,
    tax_on,
)
from bexio_analytics.simulator.company.places import rate_on
from bexio_analytics.simulator.company.sheets import BANKS, bill_record, expense_record, file_record, outgoing_record
from bexio_analytics.simulator.company.taxes import by_code

_HUNDRED = dec(100)


@dataclass(frozen=True, slots=True)
class Line:
    """A bill line; ``amount`` as entered (gross unless the bill has net lines), ``tax`` only where it was overtyped."""

    account_no: str
    code: str | None
    amount: Decimal
    text: str
    tax: Decimal | None = None

    def split(self, *, item_net: bool) -> tuple[Decimal, Decimal, Decimal]:
        """Net, tax and what is owed to the supplier."""
        if self.code is None:
            return self.amount, ZERO, self.amount
        code = by_code()[self.code]
        if code.is_customs:
            return ZERO, self.amount, self.amount
        if code.is_acquisition:
            return self.amount, tax_on(self.amount, code.rate), self.amount
        if item_net:
            tax = tax_on(self.amount, code.rate) if self.tax is None else self.tax
            return self.amount, tax, self.amount + tax
        tax = tax_in(self.amount, code.rate) if self.tax is None else self.tax
        return self.amount - tax, tax, self.amount


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill to be entered; ``discount`` is the cash discount taken at payment in percent."""

    day: date
    supplier: str
    lines: tuple[Line, ...]
    vendor_ref: str
    title: str
    currency: str = "CHF"
    rate: Decimal | None = None
    item_net: bool = False
    due_days: int = 30
    entered_on: date | None = None
    paid_on: date | None = None
    discount: Decimal = ZERO
    has_file: bool = True
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Expense:
    """One expense paid at once from ``money_no`` (till or bank); ``amount`` is gross."""

    day: date
    account_no: str
    code: str | None
    amount: Decimal
    title: str
    payee: str
    money_no: str = "1020"
    currency: str = "CHF"
    supplier: str | None = None
    has_file: bool = True
    is_draft: bool = False


@dataclass(slots=True)
class PurchaseDesk:
    """Enters bills and expenses and books what follows from them, up to and including ``till``."""

    keeper: Bookkeeper
    contacts: dict[str, Contact]
    rng: random.Random
    till: date
    bills: list[dict[str, object]] = field(default_factory=list)
    payments: list[dict[str, object]] = field(default_factory=list)
    expenses: list[dict[str, object]] = field(default_factory=list)
    files: list[dict[str, object]] = field(default_factory=list)

    def enter_bills(self, bills: Sequence[Bill]) -> None:
        """Enter all bills in the order in which they were entered, with their payments."""
        ordered = sorted(bills, key=lambda bill: bill.entered_on or bill.day)
        for place, bill in enumerate(ordered, 1):
            self._bill(bill, f"LR-{place:05d}")

    def _bill(self, bill: Bill, document_no: str) -> None:
        contact = self.contacts[bill.supplier]
        entered = min(bill.entered_on or bill.day, self.till)
        moment = office_moment(entered, self.rng)
        rate = rate_on(bill.currency, bill.day) if bill.rate is None else bill.rate
        splits = [line.split(item_net=bill.item_net) for line in bill.lines]
        owed = sum((split[2] for split in splits), ZERO)
        is_paid = bill.paid_on is not None and bill.paid_on <= self.till and not bill.is_draft
        bill_id = new_uuid(self.rng)
        attached = [self._file(moment.isoformat(), bill.vendor_ref)] if bill.has_file else []
        self.bills.append(
            bill_record(
                bill_id,
                document_no,
                title=bill.title,
                status="DRAFT" if bill.is_draft else "PAID" if is_paid else "BOOKED",
                supplier=contact,
                vendor_ref=bill.vendor_ref,
                created_at=moment,
                day=bill.day,
                due_days=bill.due_days,
                owed=owed,
                pending=ZERO if is_paid else owed,
                currency=bill.currency,
                rate=rate,
                item_net=bill.item_net,
                till=self.till,
                line_items=self._line_items(bill, splits),
                attachment_ids=attached,
            )
        )
        if bill.is_draft:
            return
        left_base = self._book(bill, splits, entered, rate, bill_id)
        if is_paid:
            self._pay(bill, bill_id, owed, left_base)

    def _line_items(self, bill: Bill, splits: list[tuple[Decimal, Decimal, Decimal]]) -> list[dict[str, object]]:
        return [
            {
                "id": new_uuid(self.rng),
                "position": place,
                "title": line.text,
                "tax_id": by_code()[line.code].id if line.code else None,
                "tax_calc": number(split[1]),
                "amount": number(line.amount),
                "booking_account_id": chart()[line.account_no].id,
            }
            for place, (line, split) in enumerate(zip(bill.lines, splits, strict=True))
        ]

    def _book(
        self,
        bill: Bill,
        splits: list[tuple[Decimal, Decimal, Decimal]],
        entered: date,
        rate: Decimal,
        bill_id: str,
    ) -> Decimal:
        """Book a bill; returns what 2000 now holds for it in CHF."""
        rows: list[Row] = []
        for line, (net, tax, _) in zip(bill.lines, splits, strict=True):
            found = purchase_rows(
                line.account_no,
                "2000",
                code=line.code,
                net=net,
                tax=tax,
                text=line.text,
                currency=bill.currency,
                rate=rate,
            )
            note_purchase(self.keeper, bill.day, line.code, found, line.account_no)
            rows += found
        self.keeper.book(bill.day, rows, entered_on=entered, ref_class="KbBill", ref_uuid=bill_id)
        return sum((row.base for row in rows if row.credit == "2000"), ZERO)

    def _pay(self, bill: Bill, bill_id: str, owed: Decimal, left_base: Decimal) -> None:
        day = bill.paid_on or bill.day
        bank = BANKS.get(bill.currency, "1020")
        label = f"Zahlung {self.contacts[bill.supplier].name}, {bill.vendor_ref}"
        rate = ONE
        if bill.currency != "CHF":
            rate = rate_on(bill.currency, day) + dec(self.rng.randrange(-30, 31)) / 10000
        off = five(owed * bill.discount / _HUNDRED)
        rows = [Row("2000", bank, owed - off, label, bill.currency, rate)]
        if off:
            code = bill.lines[0].code
            tax = tax_in(off, by_code()[code].rate) if code else ZERO
            text = f"Skonto {self.contacts[bill.supplier].name}, {bill.vendor_ref}"
            rows.append(Row("2000", "4900", off - tax, text))
            if code and tax:
                rows.append(Row("2000", by_code()[code].account_no, tax, text))
            self.keeper.supply(day, code, tax - off, -tax)
        difference = left_base - sum((row.base for row in rows), ZERO)
        if difference:
            text = f"Kursdifferenz {bill.vendor_ref}"
            rows.append(
                Row("2000", "6999", difference, text) if difference > 0 else Row("6949", "2000", -difference, text)
            )
        self.keeper.book(day, rows, ref_class="KbClientAccountEntry", ref_uuid=new_uuid(self.rng))
        self._outgoing(bill_id, day, owed - off, bank)
        if off:
            self._outgoing(bill_id, day, off, None)

    def _outgoing(self, bill_id: str, day: date, amount: Decimal, bank: str | None) -> None:
        """Note a payment order, or where there is no bank a cash discount."""
        self.payments.append(outgoing_record(new_uuid(self.rng), bill_id, day, amount, bank))

    def enter_expenses(self, expenses: Sequence[Expense]) -> None:
        """Enter and book all expenses in order of date; their rows carry no reference."""
        for place, expense in enumerate(sorted(expenses, key=lambda entry: entry.day), 1):
            rate = rate_on(expense.currency, expense.day)
            line = Line(expense.account_no, expense.code, expense.amount, expense.title)
            net, tax, _ = line.split(item_net=False)
            moment = office_moment(expense.day, self.rng)
            attached = [self._file(moment.isoformat(), f"Beleg {expense.payee}")] if expense.has_file else []
            self.expenses.append(
                expense_record(
                    new_uuid(self.rng),
                    f"AU-{place:05d}",
                    title=expense.title,
                    is_draft=expense.is_draft,
                    payee=expense.payee,
                    created_at=moment,
                    supplier_id=self.contacts[expense.supplier].id if expense.supplier else None,
                    day=expense.day,
                    money_no=expense.money_no,
                    account_id=chart()[expense.account_no].id,
                    currency=expense.currency,
                    rate=rate,
                    amount=expense.amount,
                    tax=tax,
                    tax_id=by_code()[expense.code].id if expense.code else None,
                    attachment_ids=attached,
                )
            )
            if expense.is_draft:
                continue
            text = f"{expense.title}, {expense.payee}"
            rows = purchase_rows(
                expense.account_no,
                expense.money_no,
                code=expense.code,
                net=net,
                tax=tax,
                text=text,
                currency=expense.currency,
                rate=rate,
            )
            note_purchase(self.keeper, expense.day, expense.code, rows, expense.account_no)
            self.keeper.book(expense.day, rows)

    def _file(self, created_at: str, name: str) -> str:
        file_id = new_uuid(self.rng)
        self.files.append(file_record(len(self.files) + 1, file_id, name, created_at, self.rng))
        return file_id


def note_purchase(keeper: Bookkeeper, day: date, code: str | None, rows: list[Row], account_no: str) -> None:
    """Note the supply behind the rows of one purchase line."""
    net = sum((row.base for row in rows if row.debit == account_no), ZERO)
    tax = sum((row.base for row in rows if row.debit != account_no), ZERO)
    keeper.supply(day, code, net, tax)
