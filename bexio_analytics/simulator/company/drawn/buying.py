"""Purchases of a drawn company: bills with their payments and cash discounts, and expenses, written and booked.

Agreed consideration books input tax with the bill; collected consideration on 1172, and every payment moves its share.
Under the net tax rate method costs are booked whole, and acquisition tax is a cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Row
from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.drawn.books import (
    ACQUISITION,
    INPUT_WAITING,
    OUTPUT_WAITING,
    Office,
    Waiting,
    apportioned,
    difference_rows,
    gross_of,
)
from bexio_analytics.simulator.company.drawn.facts import Direct, Part, Settlement, Traded
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
from bexio_analytics.simulator.company.sheets import (
    BANKS,
    bill_record,
    expense_record,
    file_record,
    outgoing_record,
)

_HUNDRED = dec(100)


@dataclass(frozen=True, slots=True)
class Line:
    """A bill line as entered: gross, or net where the bill has net lines; import tax: the tax itself.

    ``overtyped`` is by how much the entered tax differs from the computed one.
    """

    account_no: str
    code: str | None
    amount: Decimal
    text: str
    overtyped: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of a bill: a ``share`` of it (None: all that is left), less a cash discount in percent."""

    day: date
    share: Decimal | None = None
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill to be entered ``late_by`` days after its date; ``discount`` is an amount off the lines as entered."""

    day: date
    supplier: str
    lines: tuple[Line, ...]
    title: str
    currency: str = "CHF"
    rate: Decimal = ONE
    item_net: bool = False
    discount: Decimal = ZERO
    due_days: int = 30
    is_draft: bool = False
    late_by: int = 0
    payments: tuple[Payment, ...] = ()


@dataclass(frozen=True, slots=True)
class Expense:
    """An expense paid at once; ``amount`` is gross."""

    day: date
    account_no: str
    code: str | None
    amount: Decimal
    title: str
    payee: str
    money_no: str = "1020"
    currency: str = "CHF"
    rate: Decimal = ONE
    is_draft: bool = False


@dataclass(slots=True)
class _Open:
    """A booked bill and what is still open, in its currency and in CHF."""

    bill: Bill
    bill_id: str
    document_no: str
    fact: Traded
    left: Decimal
    left_base: Decimal = ZERO
    waiting: list[Waiting] = field(default_factory=list)


class BuyingDesk:
    """Enters and books everything a company buys."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._paid: set[tuple[date, Decimal]] = set()
        self.bills: list[dict[str, object]] = []
        self.payments: list[dict[str, object]] = []
        self.expenses: list[dict[str, object]] = []
        self.files: list[dict[str, object]] = []

    def enter_bills(self, bills: Sequence[Bill]) -> None:
        """Enter all bills in order of date, each with its payments."""
        for place, bill in enumerate(sorted(bills, key=lambda entry: entry.day), len(self.bills) + 1):
            self._bill(bill, f"LR-{place:05d}")

    def _split(self, line: Line, amount: Decimal, *, item_net: bool, day: date) -> Part:
        """Net and tax of a line of which ``amount`` is charged."""
        if line.code is None:
            return Part(None, (amount,), ZERO)
        code = self._office.codes[line.code]
        if code.is_customs:
            return Part(line.code, (), amount)
        if code.is_acquisition:
            return Part(line.code, (amount,), tax_on(amount, code.rate))
        if not self._office.splits(day):
            return Part(line.code, (amount,), ZERO)
        if item_net:
            return Part(line.code, (amount,), tax_on(amount, code.rate) + line.overtyped)
        tax = tax_in(amount, code.rate) + line.overtyped
        return Part(line.code, (amount - tax,), tax)

    def _owed(self, part: Part) -> Decimal:
        """What the supplier gets for a line: acquisition tax is not owed to him."""
        is_acquisition = part.code is not None and self._office.codes[part.code].is_acquisition
        return sum(part.nets, ZERO) if is_acquisition else gross_of(part)

    def _bill(self, bill: Bill, document_no: str) -> None:
        office = self._office
        amounts = [line.amount for line in bill.lines]
        off = apportioned(bill.discount, amounts) if bill.discount else [ZERO] * len(amounts)
        parts = tuple(
            self._split(line, line.amount - less, item_net=bill.item_net, day=bill.day)
            for line, less in zip(bill.lines, off, strict=True)
        )
        owed = sum((self._owed(part) for part in parts), ZERO)
        entered = min(bill.day + timedelta(days=bill.late_by), office.profile.last_day)
        moment = office_moment(entered, office.rng)
        bill_id = new_uuid(office.rng)
        fact = Traded(bill.day, is_sale=False, currency=bill.currency, rate=bill.rate, total=owed, parts=parts)
        opened = _Open(bill, bill_id, document_no, fact, owed)
        if not bill.is_draft:
            office.facts.traded.append(fact)
            self._book(opened, entered)
            for payment in sorted(bill.payments, key=lambda entry: entry.day):
                self._pay(opened, payment)
        status = "DRAFT" if bill.is_draft else "PAID" if not opened.left else "BOOKED"
        if not bill.is_draft and ZERO < opened.left < owed:
            status = "PARTIALLY_PAID"
        discounts = [{"id": new_uuid(office.rng), "position": 0, "amount": number(bill.discount)}]
        self.bills.append(
            bill_record(
                bill_id,
                document_no,
                title=bill.title,
                status=status,
                supplier=office.contacts[bill.supplier],
                vendor_ref=f"R-{document_no}",
                created_at=moment,
                day=bill.day,
                due_days=bill.due_days,
                owed=owed,
                pending=opened.left,
                currency=bill.currency,
                rate=bill.rate,
                item_net=bill.item_net,
                till=office.profile.last_day,
                line_items=self._line_items(bill.lines, parts),
                discounts=discounts if bill.discount else (),
                attachment_ids=[self._file(moment.isoformat(), bill.title)],
            )
        )

    def _line_items(self, lines: Sequence[Line], parts: Sequence[Part]) -> list[dict[str, object]]:
        return [
            {
                "id": new_uuid(self._office.rng),
                "position": place,
                "title": line.text,
                "tax_id": self._office.codes[line.code].id if line.code else None,
                "tax_calc": number(part.tax),
                "amount": number(line.amount),
                "booking_account_id": chart()[line.account_no].id,
            }
            for place, (line, part) in enumerate(zip(lines, parts, strict=True))
        ]

    def _book(self, opened: _Open, entered: date) -> None:
        bill, office = opened.bill, self._office
        rows: list[Row] = []
        for line, part in zip(bill.lines, opened.fact.parts, strict=True):
            found, moves = self._rows(line, part, "2000", waits=office.waits(bill.day), splits=office.splits(bill.day))
            booked = [Row(*pair, line.text, bill.currency, bill.rate) for pair in found]
            if moves:
                opened.waiting.append(Waiting(moves, booked[-1].base, line.text))
            rows += booked
        opened.left_base = sum((row.base for row in rows if row.credit == "2000"), ZERO)
        office.keeper.book(bill.day, rows, entered_on=entered, ref_class="KbBill", ref_uuid=opened.bill_id)

    def _rows(
        self, line: Line, part: Part, contra_no: str, *, waits: bool, splits: bool
    ) -> tuple[list[tuple[str, str, Decimal]], tuple[tuple[str, str], ...]]:
        """Debit, credit and amount of each row of a line, and what a payment moves of its VAT."""
        rows = [(line.account_no, contra_no, net) for net in part.nets]
        if part.code is None or not part.tax:
            return rows, ()
        code = self._office.codes[part.code]
        if code.is_acquisition:
            cost = code.account_no if splits else line.account_no
            if not waits:
                return [*rows, (cost, ACQUISITION, part.tax)], ()
            owes = (OUTPUT_WAITING, ACQUISITION)
            if not splits:
                return [*rows, (cost, OUTPUT_WAITING, part.tax)], (owes,)
            return [*rows, (INPUT_WAITING, OUTPUT_WAITING, part.tax)], (owes, (cost, INPUT_WAITING))
        if waits:
            return [*rows, (INPUT_WAITING, contra_no, part.tax)], ((code.account_no, INPUT_WAITING),)
        return [*rows, (code.account_no, contra_no, part.tax)], ()

    def _pay(self, opened: _Open, payment: Payment) -> None:
        """Book a payment, its cash discount, the VAT both move and, where it is the last one, the difference."""
        bill, office, total = opened.bill, self._office, opened.fact.total
        due = opened.left if payment.share is None else min(opened.left, five(total * payment.share))
        off = five(due * payment.discount / _HUNDRED)
        day = self._free_day(payment.day, due, opened)
        if due <= off or day is None:
            return
        bank = BANKS.get(bill.currency, "1020")
        rate = ONE if bill.currency == "CHF" else bill.rate + dec(office.rng.randrange(-30, 31)) / 10000
        label = f"{office.contacts[bill.supplier].name}, {opened.document_no}"
        rows = [Row("2000", bank, due - off, f"Zahlung {label}", bill.currency, rate)]
        lowers = self._lowering(opened, off) if off else ()
        for part in lowers:
            rows.append(Row("2000", "4900", part.nets[0], f"Skonto {label}", bill.currency, rate))
            if part.tax:
                account_no = office.codes[part.code or ""].account_no
                rows.append(Row("2000", account_no, part.tax, f"Skonto {label}", bill.currency, rate))
        opened.left -= due
        opened.left_base -= sum((row.base for row in rows), ZERO)
        is_last = not opened.left
        for waiting in opened.waiting:
            rows += waiting.moved(due, total, is_last=is_last)
        if is_last:
            rows += difference_rows(opened.left_base, is_sale=False, text=f"Kursdifferenz {label}")
        opened.fact.settlements.append(Settlement(day, due, lowers, rate))
        office.keeper.book(day, rows, ref_class="KbClientAccountEntry", ref_uuid=new_uuid(office.rng))
        self.payments.append(outgoing_record(new_uuid(office.rng), opened.bill_id, day, due - off, bank))
        if off:
            self.payments.append(outgoing_record(new_uuid(office.rng), opened.bill_id, day, off, None))

    def _free_day(self, wanted: date, due: Decimal, opened: _Open) -> date | None:
        """A day on which no other bill was settled with this amount, so that day and amount name the bill."""
        last = min(self._office.profile.settled_by(opened.bill.day), self._office.profile.last_day)
        done = [settlement.day for settlement in opened.fact.settlements]
        first = done[-1] + timedelta(days=1) if done else opened.bill.day
        if wanted > self._office.profile.last_day:
            return None
        for shift in range(60):
            for day in (wanted + timedelta(days=shift), wanted - timedelta(days=shift)):
                if first <= day <= last and (day, due) not in self._paid:
                    self._paid.add((day, due))
                    return day
        return None

    def _lowering(self, opened: _Open, amount: Decimal) -> tuple[Part, ...]:
        """A cash discount, spread over the codes of a bill in proportion to what is owed under each."""
        gross: dict[str | None, Decimal] = {}
        for part in opened.fact.parts:
            gross[part.code] = gross.get(part.code, ZERO) + gross_of(part)
        lowers = []
        for code, share in zip(gross, apportioned(amount, list(gross.values())), strict=True):
            has_tax = any(part.tax for part in opened.fact.parts if part.code == code)
            tax = tax_in(share, self._office.codes[code].rate) if code and has_tax else ZERO
            if share:
                lowers.append(Part(code, (share - tax,), tax))
        return tuple(lowers)

    def enter_expenses(self, expenses: Sequence[Expense]) -> None:
        """Enter and book all expenses in order of date; their rows carry no reference, and VAT is booked at once."""
        office = self._office
        for place, expense in enumerate(sorted(expenses, key=lambda entry: entry.day), len(self.expenses) + 1):
            line = Line(expense.account_no, expense.code, expense.amount, f"{expense.title}, {expense.payee} {place}")
            part = self._split(line, expense.amount, item_net=False, day=expense.day)
            moment = office_moment(expense.day, office.rng)
            self.expenses.append(
                expense_record(
                    new_uuid(office.rng),
                    f"AU-{place:05d}",
                    title=expense.title,
                    is_draft=expense.is_draft,
                    payee=expense.payee,
                    created_at=moment,
                    supplier_id=None,
                    day=expense.day,
                    money_no=expense.money_no,
                    account_id=chart()[expense.account_no].id,
                    currency=expense.currency,
                    rate=expense.rate,
                    amount=expense.amount,
                    tax=part.tax,
                    tax_id=office.codes[expense.code].id if expense.code else None,
                    attachment_ids=[self._file(moment.isoformat(), f"Beleg {place}")],
                )
            )
            if expense.is_draft:
                continue
            rows, _ = self._rows(line, part, expense.money_no, waits=False, splits=office.splits(expense.day))
            office.keeper.book(
                expense.day,
                [Row(*pair, line.text, expense.currency, expense.rate) for pair in rows],
            )
            office.facts.direct.append(Direct(expense.day, part, expense.currency, expense.rate))

    def _file(self, created_at: str, name: str) -> str:
        file_id = new_uuid(self._office.rng)
        self.files.append(file_record(len(self.files) + 1, file_id, name, created_at, self._office.rng))
        return file_id
