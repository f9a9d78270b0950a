"""Sales of a drawn company: invoices, their payments, cash discounts and credit notes, written and booked.

Agreed consideration books VAT on 2200 with the document; collected consideration on 2202, and every payment moves its
share to 2200. Under the net tax rate method prices are booked whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Row
from bexio_analytics.simulator.company.drawn.books import (
    OUTPUT_WAITING,
    Office,
    Waiting,
    apportioned,
    difference_rows,
    gross_of,
)
from bexio_analytics.simulator.company.drawn.facts import CreditNote, Part, Settlement, Traded
from bexio_analytics.simulator.company.formats import (
    ONE,
    ZERO,
    dec,
    five,
    local_stamp,
    office_moment,
    tax_in,
    tax_on,
    text4,
    text6,
)
from bexio_analytics.simulator.company.pricing import Item, PositionWriter, Price, price
from bexio_analytics.simulator.company.sheets import (
    BANK_IDS,
    BANKS,
    CANCELLED,
    DRAFT,
    OVERDUE,
    PAID,
    PARTIAL,
    PENDING,
    invoice_record,
    payment_record,
    sales_head,
)

_HUNDRED = dec(100)


@dataclass(frozen=True, slots=True)
class Step:
    """A payment of an invoice: a ``share`` of its total (None: all that is left).

    ``discount`` is the cash discount taken with it in percent; ``is_credit`` a credit note set off instead of money,
    written ``written_before`` days earlier. A credit note may be larger by ``paid_out``, a share of what is set off,
    and that is paid out ``paid_after`` days later.
    """

    day: date
    share: Decimal | None = None
    discount: Decimal = ZERO
    is_credit: bool = False
    written_before: int = 0
    paid_out: Decimal = ZERO
    paid_after: int = 0


@dataclass(frozen=True, slots=True)
class Sale:
    """An invoice to be written; ``state`` is issued, draft or cancelled."""

    day: date
    customer: str
    items: tuple[Item, ...]
    title: str
    due_days: int = 30
    prices_net: bool = True
    vat_mode: int = 0
    currency: str = "CHF"
    rate: Decimal = ONE
    discount: Decimal = ZERO
    state: str = "issued"
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Refund:
    """A credit note of its own that is paid out; ``gross`` in CHF, ``paid_on`` None while it is open."""

    day: date
    account_no: str
    code: str
    gross: Decimal
    text: str
    paid_on: date | None


@dataclass(slots=True)
class _Open:
    """An issued invoice, its booked parts, and what is still open in its currency and in CHF."""

    sale: Sale
    record: dict[str, object]
    fact: Traded
    left: Decimal
    left_base: Decimal = ZERO
    waiting: list[Waiting] = field(default_factory=list)
    received: Decimal = ZERO
    credited: Decimal = ZERO
    changed: date = date.min


class SellingDesk:
    """Writes and books everything a company sells."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._writer = PositionWriter(office.codes)
        self._entries = 0
        self._credits = 0
        self.invoices: list[dict[str, object]] = []
        self.payments: list[dict[str, object]] = []

    def write(self, sales: Sequence[Sale], refunds: Sequence[Refund]) -> None:
        """Write all invoices in order of date, then payments and credit notes in order of theirs."""
        till = self._office.profile.last_day
        first = len(self.invoices) + 1
        opened = [self._invoice(sale, place) for place, sale in enumerate(sorted(sales, key=lambda s: s.day), first)]
        events: list[tuple[date, int, _Open | Refund, Step | None]] = [
            (step.day, place, invoice, step)
            for place, invoice in enumerate(opened)
            if invoice.sale.state == "issued"
            for step in invoice.sale.steps
            if step.day <= till
        ]
        events += [(refund.day, len(opened), refund, None) for refund in refunds]
        for _, _, subject, step in sorted(events, key=lambda event: event[:2]):
            if isinstance(subject, Refund):
                self._refund(subject)
            elif step is not None and subject.left:
                self._credit(subject, step) if step.is_credit else self._receive(subject, step)
        for invoice in opened:
            self._finish(invoice)

    def _invoice(self, sale: Sale, place: int) -> _Open:
        office = self._office
        shown, vat_mode = self._shown(sale)
        found = price(
            shown,
            vat_mode=vat_mode,
            prices_net=sale.prices_net,
            discount=sale.discount,
            currency=sale.currency,
            codes=office.codes,
        )
        customer = office.contacts[sale.customer]
        head = sales_head(
            place,
            f"RE-{place:05d}",
            title=sale.title,
            customer=customer,
            project_id=None,
            currency=sale.currency,
        )
        record = invoice_record(
            head,
            found,
            self._writer.positions(shown, found, intro=None, rng=office.rng),
            day=sale.day,
            due_days=sale.due_days,
            vat_mode=vat_mode,
            prices_net=sale.prices_net,
            address=customer.address_block,
            codes=office.codes,
        )
        self.invoices.append(record)
        nets, parts = self._parts(sale, found)
        fact = Traded(
            sale.day,
            is_sale=True,
            currency=sale.currency,
            rate=sale.rate,
            total=found.total,
            parts=parts,
            has_vat=sale.vat_mode == 0,
        )
        opened = _Open(sale, record, fact, found.total, changed=sale.day)
        if sale.state == "issued":
            office.facts.traded.append(fact)
            self._book_invoice(opened, found, nets, place)
        return opened

    def _shown(self, sale: Sale) -> tuple[tuple[Item, ...], int]:
        """The positions as bexio shows them: where it has no net tax codes, without VAT and with a code of no box."""
        if self._office.splits(sale.day) or self._office.profile.has_net_tax_codes:
            return sale.items, sale.vat_mode
        return tuple(replace(item, code="U00") for item in sale.items), 2

    def _parts(self, sale: Sale, found: Price) -> tuple[list[Decimal], tuple[Part, ...]]:
        """What is booked per position, and the same per code with its tax."""
        whole = not self._office.splits(sale.day)
        booked = list(found.nets)
        parts = []
        for code in dict.fromkeys(item.code for item in sale.items):
            places = [place for place, item in enumerate(sale.items) if item.code == code]
            tax = found.per_code[code].tax if code in found.per_code else ZERO
            if whole and tax:
                for place in places[:-1]:
                    booked[place] += tax_on(found.nets[place], self._office.codes[code].rate)
                rest = tax - sum((booked[place] - found.nets[place] for place in places[:-1]), ZERO)
                booked[places[-1]] += rest
            parts.append(Part(code, tuple(booked[place] for place in places), ZERO if whole else tax))
        return booked, tuple(parts)

    def _book_invoice(self, opened: _Open, found: Price, nets: list[Decimal], invoice_id: int) -> None:
        sale, office = opened.sale, self._office
        waits = office.waits(sale.day)
        pairs = list(zip(sale.items, nets, strict=True))
        rows = [Row("1100", item.account_no, net, item.text, sale.currency, sale.rate) for item, net in pairs]
        for part in opened.fact.parts:
            if part.tax:
                final = office.codes[part.code or ""].account_no
                text = next(item.text for item in sale.items if item.code == part.code)
                account_no = OUTPUT_WAITING if waits else final
                rows.append(Row("1100", account_no, part.tax, text, sale.currency, sale.rate))
                if waits:
                    opened.waiting.append(Waiting(((OUTPUT_WAITING, final),), rows[-1].base, text))
        if found.rounding > 0:
            rows.append(Row("1100", "6945", found.rounding, "Rundungsdifferenz", sale.currency, sale.rate))
        elif found.rounding < 0:
            rows.append(Row("6945", "1100", -found.rounding, "Rundungsdifferenz", sale.currency, sale.rate))
        opened.left_base = sum((row.base if row.debit == "1100" else -row.base for row in rows), ZERO)
        office.keeper.book(sale.day, rows, ref_class="KbInvoice", ref_id=invoice_id)

    def _receive(self, invoice: _Open, step: Step) -> None:
        sale = invoice.sale
        total = invoice.fact.total
        due = invoice.left if step.share is None else min(invoice.left, five(total * step.share))
        off = five(due * step.discount / _HUNDRED)
        if due <= off:
            return
        bank = BANKS.get(sale.currency, "1020")
        rate = self._bank_rate(sale)
        label = f"Zahlung {invoice.record['document_nr']}"
        entry_id = self._payment(invoice, step.day, due - off, bank_id=BANK_IDS[bank])
        rows = [Row(bank, "1100", due - off, label, sale.currency, rate)]
        self._settle(invoice, step.day, due - off, rows, entry_id=entry_id, rate=rate)
        if off:
            entry_id = self._payment(invoice, step.day, off, is_cash_discount=True)
            self._discount(invoice, step.day, off, rate, entry_id)

    def _discount(self, invoice: _Open, day: date, off: Decimal, rate: Decimal, entry_id: int) -> None:
        """Book a cash discount under its own id: a net row and its VAT row for every code of the invoice."""
        sale = invoice.sale
        text = f"Skonto {invoice.record['document_nr']}"
        lowers = self._lowering(invoice, off)
        rows: list[Row] = []
        for part in lowers:
            rows.append(Row("3800", "1100", part.nets[0], text, sale.currency, rate))
            if part.tax:
                rows.append(
                    Row(self._office.codes[part.code or ""].account_no, "1100", part.tax, text, sale.currency, rate)
                )
        self._settle(invoice, day, off, rows, entry_id=entry_id, lowers=lowers, rate=rate)

    def _lowering(self, invoice: _Open, amount: Decimal) -> tuple[Part, ...]:
        """An amount taken off an invoice, spread over its codes in proportion to their gross amounts."""
        parts = invoice.fact.parts
        lowers = []
        for part, share in zip(parts, apportioned(amount, [gross_of(part) for part in parts]), strict=True):
            tax = tax_in(share, self._office.codes[part.code or ""].rate) if part.tax else ZERO
            if share:
                lowers.append(Part(part.code, (share - tax,), tax))
        return tuple(lowers)

    def _settle(
        self,
        invoice: _Open,
        day: date,
        amount: Decimal,
        rows: list[Row],
        *,
        entry_id: int,
        lowers: tuple[Part, ...] = (),
        rate: Decimal = ONE,
    ) -> None:
        """Book a payment with the VAT it moves and, where it is the last one, the exchange difference."""
        invoice.left -= amount
        invoice.left_base -= sum((row.base for row in rows if row.credit == "1100"), ZERO)
        is_last = not invoice.left
        booked = list(rows)
        for waiting in invoice.waiting:
            booked += waiting.moved(amount, invoice.fact.total, is_last=is_last)
        if is_last:
            text = f"Kursdifferenz {invoice.record['document_nr']}"
            booked += difference_rows(invoice.left_base, is_sale=True, text=text)
            invoice.left_base = ZERO
        invoice.fact.settlements.append(Settlement(day, amount, lowers, rate))
        self._office.keeper.book(day, booked, ref_class="KbClientAccountEntry", ref_id=entry_id)

    def _credit(self, invoice: _Open, step: Step) -> None:
        """Write a credit note over a share of an invoice and set it off against it."""
        amount = min(invoice.left, five(invoice.fact.total * (step.share or ONE)))
        if not amount:
            return
        sale, facts = invoice.sale, self._office.facts
        written = max(sale.day, step.day - timedelta(days=step.written_before))
        text = f"Gutschrift zu {invoice.record['document_nr']}"
        rest = five(amount * step.paid_out)
        total = amount + rest
        parts = self._lowering(invoice, total)
        accounts = {item.code: item.account_no for item in reversed(sale.items)}
        waiting = self._book_credit(written, parts, accounts, text)
        entry_id = self._payment(invoice, step.day, amount, credit_id=self._credits)
        moved = [row for waits in waiting for row in waits.moved(amount, total, is_last=not rest)]
        # setting off moves nothing on 1100: the credit note has lowered it already
        invoice.left_base -= amount
        self._settle(invoice, step.day, amount, moved, entry_id=entry_id)
        settled = [(step.day, amount)]
        paid_on = step.day + timedelta(days=step.paid_after)
        if rest and paid_on <= min(self._office.profile.settled_by(sale.day), self._office.profile.last_day):
            self._pay_out(paid_on, rest, waiting, text)
            settled.append((paid_on, rest))
        facts.credit_notes.append(CreditNote(written, total, parts, tuple(settled)))

    def _book_credit(self, day: date, parts: Sequence[Part], accounts: dict[str, str], text: str) -> list[Waiting]:
        """Book a credit note: net rows, then a VAT row per code; returns the VAT that waits to be set off."""
        self._credits += 1
        codes, waits = self._office.codes, self._office.waits(day)
        rows = [Row(accounts[part.code or ""], "1100", part.nets[0], text) for part in parts]
        waiting = []
        for part in parts:
            if part.tax:
                final = codes[part.code or ""].account_no
                rows.append(Row(OUTPUT_WAITING if waits else final, "1100", part.tax, text))
                if waits:
                    waiting.append(Waiting(((final, OUTPUT_WAITING),), part.tax, text))
        self._office.keeper.book(day, rows, ref_class="KbCreditVoucher", ref_id=self._credits)
        return waiting

    def _refund(self, refund: Refund) -> None:
        """Write a credit note of its own and pay it out."""
        codes = self._office.codes
        tax = tax_in(refund.gross, codes[refund.code].rate)
        parts = (Part(refund.code, (refund.gross - tax,), tax),)
        waiting = self._book_credit(refund.day, parts, {refund.code: refund.account_no}, refund.text)
        settled = () if refund.paid_on is None else ((refund.paid_on, refund.gross),)
        self._office.facts.credit_notes.append(CreditNote(refund.day, refund.gross, parts, settled))
        if refund.paid_on is not None:
            self._pay_out(refund.paid_on, refund.gross, waiting, refund.text)

    def _pay_out(self, day: date, amount: Decimal, waiting: Sequence[Waiting], text: str) -> None:
        """Pay out what is left of a credit note: an entry of its own, which belongs to no invoice."""
        self._entries += 1
        rows = [Row("1100", "1020", amount, f"Auszahlung {text}")]
        rows += [row for waits in waiting for row in waits.moved(amount, amount, is_last=True)]
        self._office.keeper.book(day, rows, ref_class="KbClientAccountEntry", ref_id=self._entries)

    def _payment(
        self,
        invoice: _Open,
        day: date,
        value: Decimal,
        *,
        bank_id: int | None = None,
        is_cash_discount: bool = False,
        credit_id: int | None = None,
    ) -> int:
        self._entries += 1
        invoice.changed = max(invoice.changed, day)
        if credit_id is None:
            invoice.received += value
        else:
            invoice.credited += value
        self.payments.append(
            payment_record(
                self._entries,
                invoice.record["id"],
                day,
                value,
                bank_id=bank_id,
                is_cash_discount=is_cash_discount,
                credit_id=credit_id,
            )
        )
        return self._entries

    def _bank_rate(self, sale: Sale) -> Decimal:
        if sale.currency == "CHF":
            return ONE
        return sale.rate + dec(self._office.rng.randrange(-30, 31)) / 10000

    def _finish(self, invoice: _Open) -> None:
        """Write the totals and the status an invoice ends with."""
        record, sale = invoice.record, invoice.sale
        record["total_received_payments"] = text6(invoice.received)
        record["total_credit_vouchers"] = text6(invoice.credited)
        record["total_remaining_payments"] = text4(invoice.left)
        record["updated_at"] = local_stamp(office_moment(invoice.changed, self._office.rng))
        overdue = sale.day + timedelta(days=sale.due_days) < self._office.profile.last_day
        if sale.state != "issued":
            record["kb_item_status_id"] = DRAFT if sale.state == "draft" else CANCELLED
        elif not invoice.left:
            record["kb_item_status_id"] = PAID
        elif invoice.received or invoice.credited:
            record["kb_item_status_id"] = PARTIAL
        else:
            record["kb_item_status_id"] = OVERDUE if overdue else PENDING
