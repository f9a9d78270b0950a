"""Sales: invoices, incoming payments, cash discounts, credit notes and quotes, with their bookings.

An invoice books a net row per position, one VAT row per code and, last, its rounding on 6945. A cash discount is a
payment row of its own. Credit notes exist only as journal rows and as payments of the invoice they are set off against.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row
from bexio_analytics.simulator.company.contacts import Contact
from bexio_analytics.simulator.company.formats import (
    ONE,
    ZERO,
    dec,
    five,
    local_stamp,
    new_uuid,
    number,
    office_moment,
    tax_in,
    text4,
    text6,
)
from bexio_analytics.simulator.company.places import rate_on
from bexio_analytics.simulator.company.pricing import Item, PositionWriter, Price, price, tax_summary
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
from bexio_analytics.simulator.company.taxes import by_code

_HUNDRED = dec(100)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money for an invoice: a ``share`` of its total (None: all that is left), less a cash discount in percent."""

    day: date
    share: Decimal | None = None
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note over a ``share`` of an invoice with one tax code, set off against it on the same day."""

    day: date
    share: Decimal


@dataclass(frozen=True, slots=True)
class Sale:
    """An invoice to be written; ``rate`` is given only where it is unusual.

    ``state`` is issued, draft, cancelled or deleted: a draft that is gone and of which only the number is missing.
    """

    day: date
    customer: str
    items: tuple[Item, ...]
    title: str
    due_days: int = 30
    prices_net: bool = True
    vat_mode: int = 0
    currency: str = "CHF"
    rate: Decimal | None = None
    discount: Decimal = ZERO
    state: str = "issued"
    intro: str | None = None
    reference: str = ""
    project_id: int | None = None
    receipts: tuple[Receipt, ...] = ()
    credit: Credit | None = None


@dataclass(slots=True)
class _Open:
    """An issued invoice and what is still open, in its currency and in CHF."""

    sale: Sale
    record: dict[str, object]
    price: Price
    left: Decimal
    left_base: Decimal
    received: Decimal = ZERO
    credited: Decimal = ZERO
    changed: date = date.min


@dataclass(slots=True)
class SalesDesk:
    """Writes invoices and quotes and books what follows from them, up to and including ``till``."""

    keeper: Bookkeeper
    contacts: dict[str, Contact]
    rng: random.Random
    till: date
    invoices: list[dict[str, object]] = field(default_factory=list)
    payments: list[dict[str, object]] = field(default_factory=list)
    quotes: list[dict[str, object]] = field(default_factory=list)
    _writer: PositionWriter = field(default_factory=PositionWriter)

    def write_invoices(self, sales: Sequence[Sale]) -> None:
        """Write all invoices in order of date, then all payments and credit notes in order of theirs."""
        numbered = enumerate(sorted(sales, key=lambda s: s.day), 1)
        opened = [self._invoice(sale, place) for place, sale in numbered if sale.state != "deleted"]
        events: list[tuple[date, int, _Open, Receipt | Credit]] = []
        for place, invoice in enumerate(opened):
            if invoice.sale.state != "issued":
                continue
            steps: list[Receipt | Credit] = [
                *invoice.sale.receipts,
                *([invoice.sale.credit] if invoice.sale.credit else []),
            ]
            events += [(step.day, place, invoice, step) for step in steps if step.day <= self.till]
        credit_id = 0
        for _, _, invoice, step in sorted(events, key=lambda event: event[:2]):
            if isinstance(step, Credit):
                credit_id += 1
                self._credit(invoice, step, credit_id)
            else:
                self._receive(invoice, step)
        for invoice in opened:
            self._settle(invoice)

    def _invoice(self, sale: Sale, place: int) -> _Open:
        found = price(
            sale.items,
            vat_mode=sale.vat_mode,
            prices_net=sale.prices_net,
            discount=sale.discount,
            currency=sale.currency,
        )
        record = invoice_record(
            self._head(sale, place, f"RE-{place:05d}"),
            found,
            self._writer.positions(sale.items, found, intro=sale.intro, rng=self.rng),
            day=sale.day,
            due_days=sale.due_days,
            vat_mode=sale.vat_mode,
            prices_net=sale.prices_net,
            address=self.contacts[sale.customer].address_block,
            reference=sale.reference,
        )
        self.invoices.append(record)
        opened = _Open(sale, record, found, found.total, found.total, changed=sale.day)
        if sale.state == "issued":
            opened.left_base = self._book_invoice(sale, found, place)
        return opened

    def _head(self, sale: Sale, place: int, document_nr: str) -> dict[str, object]:
        return sales_head(
            place,
            document_nr,
            title=sale.title,
            customer=self.contacts[sale.customer],
            project_id=sale.project_id,
            currency=sale.currency,
        )

    def _book_invoice(self, sale: Sale, found: Price, invoice_id: int) -> Decimal:
        """Book the issue of an invoice; returns what 1100 now holds for it in CHF."""
        rate = rate_on(sale.currency, sale.day) if sale.rate is None else sale.rate
        net_rows = [
            Row("1100", item.account_no, net, item.text, sale.currency, rate)
            for item, net in zip(sale.items, found.nets, strict=True)
        ]
        rows = list(net_rows)
        for code, taxed in found.per_code.items():
            of_code = [row for row, item in zip(net_rows, sale.items, strict=True) if item.code == code]
            tax_base = ZERO
            if taxed.tax:
                account_no = by_code()[code].account_no
                rows.append(Row("1100", account_no, taxed.tax, of_code[0].text, sale.currency, rate))
                tax_base = rows[-1].base
            if sale.vat_mode == 0:
                self.keeper.supply(sale.day, code, sum((row.base for row in of_code), ZERO), tax_base)
        left = sum((row.base for row in rows), ZERO)
        if found.rounding > 0:
            rows.append(Row("1100", "6945", found.rounding, "Rundungsdifferenz", sale.currency, rate))
            left += rows[-1].base
        elif found.rounding < 0:
            rows.append(Row("6945", "1100", -found.rounding, "Rundungsdifferenz", sale.currency, rate))
            left -= rows[-1].base
        self.keeper.book(sale.day, rows, ref_class="KbInvoice", ref_id=invoice_id)
        return left

    def _receive(self, invoice: _Open, receipt: Receipt) -> None:
        sale = invoice.sale
        if not invoice.left:
            return
        due = invoice.left if receipt.share is None else min(invoice.left, five(invoice.price.total * receipt.share))
        off = five(due * receipt.discount / _HUNDRED)
        bank = BANKS[sale.currency]
        label = f"Zahlung {invoice.record['document_nr']}, {self.contacts[sale.customer].name}"
        rate = self._bank_rate(sale.currency, receipt.day)
        rows = [Row(bank, "1100", due - off, label, sale.currency, rate)]
        invoice.left -= due
        invoice.left_base -= rows[0].base
        self._payment(invoice, receipt.day, due - off, bank_id=BANK_IDS[bank])
        payment_id = len(self.payments)
        if off:
            self._cash_discount(invoice, receipt.day, off, rate)
        difference = invoice.left_base
        if not invoice.left and difference:
            text = f"Kursdifferenz {invoice.record['document_nr']}"
            gain = difference < 0
            rows.append(Row("1100", "6999", -difference, text) if gain else Row("6949", "1100", difference, text))
            invoice.left_base = ZERO
        self.keeper.book(receipt.day, rows, ref_class="KbClientAccountEntry", ref_id=payment_id)

    def _cash_discount(self, invoice: _Open, day: date, off: Decimal, rate: Decimal) -> None:
        sale = invoice.sale
        (code,) = invoice.price.per_code
        tax = tax_in(off, by_code()[code].rate) if sale.vat_mode == 0 else ZERO
        text = f"Skonto {invoice.record['document_nr']}"
        rows = [Row("3800", "1100", off - tax, text, sale.currency, rate)]
        if tax:
            rows.append(Row(by_code()[code].account_no, "1100", tax, text, sale.currency, rate))
        self._payment(invoice, day, off, is_cash_discount=True)
        invoice.left_base -= sum((row.base for row in rows), ZERO)
        self.keeper.supply(day, code, -rows[0].base, -sum((row.base for row in rows[1:]), ZERO))
        self.keeper.book(day, rows, ref_class="KbClientAccountEntry", ref_id=len(self.payments))

    def _credit(self, invoice: _Open, credit: Credit, credit_id: int) -> None:
        (code,) = invoice.price.per_code
        amount = min(invoice.left, five(invoice.price.total * credit.share))
        if not amount:
            return
        tax = tax_in(amount, by_code()[code].rate)
        text = f"Gutschrift zu {invoice.record['document_nr']}"
        rows = [Row(invoice.sale.items[0].account_no, "1100", amount - tax, text)]
        if tax:
            rows.append(Row(by_code()[code].account_no, "1100", tax, text))
        self.keeper.supply(credit.day, code, tax - amount, -tax)
        self.keeper.book(credit.day, rows, ref_class="KbCreditVoucher", ref_id=credit_id)
        self._payment(invoice, credit.day, amount, credit_id=credit_id)
        invoice.left -= amount
        invoice.left_base -= amount

    def _payment(
        self,
        invoice: _Open,
        day: date,
        value: Decimal,
        *,
        bank_id: int | None = None,
        is_cash_discount: bool = False,
        credit_id: int | None = None,
    ) -> None:
        invoice.changed = day
        if credit_id is None:
            invoice.received += value
        else:
            invoice.credited += value
        self.payments.append(
            payment_record(
                len(self.payments) + 1,
                invoice.record["id"],
                day,
                value,
                bank_id=bank_id,
                is_cash_discount=is_cash_discount,
                credit_id=credit_id,
            )
        )

    def _settle(self, invoice: _Open) -> None:
        """Write the totals and the status an invoice ends with."""
        record, sale = invoice.record, invoice.sale
        record["total_received_payments"] = text6(invoice.received)
        record["total_credit_vouchers"] = text6(invoice.credited)
        record["total_remaining_payments"] = text4(invoice.left)
        record["updated_at"] = local_stamp(office_moment(invoice.changed, self.rng))
        if sale.state != "issued":
            record["kb_item_status_id"] = DRAFT if sale.state == "draft" else CANCELLED
        elif not invoice.left:
            record["kb_item_status_id"] = PAID
        elif invoice.received or invoice.credited:
            record["kb_item_status_id"] = PARTIAL
        else:
            overdue = sale.day + timedelta(days=sale.due_days) < self.till
            record["kb_item_status_id"] = OVERDUE if overdue else PENDING

    def _bank_rate(self, currency: str, day: date) -> Decimal:
        if currency == "CHF":
            return ONE
        return rate_on(currency, day) + dec(self.rng.randrange(-30, 31)) / 10000

    def write_quotes(self, quotes: Sequence[tuple[Sale, int]]) -> None:
        """Write quotes with their status (1 draft, 2 pending, 3 confirmed, 4 declined); they book nothing."""
        for place, (quote, status) in enumerate(sorted(quotes, key=lambda entry: entry[0].day), 1):
            found = price(quote.items, vat_mode=quote.vat_mode, prices_net=True, discount=ZERO, currency=quote.currency)
            address = self.contacts[quote.customer].address_block
            head = self._head(quote, place, f"AN-{place:05d}")
            self.quotes.append(
                head
                | {
                    "total_gross": text6(found.gross),
                    "total_net": text6(found.net),
                    "total_taxes": text4(found.exact_tax),
                    "total": text6(found.total),
                    "total_rounding_difference": number(found.rounding),
                    "mwst_type": quote.vat_mode,
                    "mwst_is_net": True,
                    "show_position_taxes": False,
                    "is_valid_from": quote.day.isoformat(),
                    "is_valid_until": (quote.day + timedelta(days=quote.due_days)).isoformat(),
                    "contact_address": address,
                    "delivery_address_type": 0,
                    "delivery_address": address,
                    "kb_item_status_id": status,
                    "api_reference": new_uuid(self.rng),
                    "viewed_by_client_at": None,
                    "kb_terms_of_payment_template_id": None,
                    "show_total": True,
                    "updated_at": local_stamp(office_moment(quote.day, self.rng)),
                    "template_slug": "",
                    "taxs": tax_summary(found),
                    "positions": self._writer.positions(quote.items, found, intro=None, rng=self.rng),
                    "network_link": "",
                }
            )
