"""Invoices over the wire: drafting, editing, issuing, paying, and the journal rows that follow."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from bexio_analytics.simulator.wire import replies
from bexio_analytics.simulator.wire.list_rows import Record
from bexio_analytics.simulator.wire.pricing import Line, Totals, price
from bexio_analytics.simulator.wire.replies import Reply
from bexio_analytics.simulator.wire.served import ServedCompany
from bexio_analytics.simulator.wire.writing import Form, read_object, swiss_time

_SWISS = ZoneInfo("Europe/Zurich")
_PATH = re.compile(r"/2\.0/kb_invoice(?:/(?P<id>\d+)(?:/(?P<action>issue|payment))?)?")
_DRAFT, _PENDING, _PAID, _PART_PAID = 7, 8, 9, 16
_RECEIVABLE, _ROUNDING, _VAT_CLEARING, _VAT_OWED = "1100", "6945", "2202", "2200"

_INVOICE = Form(
    ("contact_id", "user_id"),
    {
        "id": 0,
        "document_nr": "",
        "title": "",
        "contact_id": None,
        "contact_sub_id": None,
        "user_id": 1,
        "project_id": None,
        "logopaper_id": 1,
        "language_id": 1,
        "bank_account_id": 1,
        "currency_id": 1,
        "payment_type_id": 1,
        "header": "",
        "footer": "",
        "total_gross": "0.000000",
        "total_net": "0.000000",
        "total_taxes": "0.0000",
        "total_received_payments": "0.000000",
        "total_credit_vouchers": "0.000000",
        "total_remaining_payments": "0.0000",
        "total": "0.000000",
        "total_rounding_difference": 0,
        "mwst_type": 0,
        "mwst_is_net": True,
        "show_position_taxes": True,
        "is_valid_from": "",
        "is_valid_to": "",
        "contact_address": "",
        "kb_item_status_id": _DRAFT,
        "reference": "",
        "api_reference": None,
        "viewed_by_client_at": None,
        "updated_at": "",
        "esr_id": 1,
        "qr_invoice_id": 1,
        "template_slug": "",
        "taxs": [],
        "positions": [],
        "network_link": "",
    },
    read_only=(
        "id",
        "project_id",
        "total_gross",
        "total_net",
        "total_taxes",
        "total_received_payments",
        "total_credit_vouchers",
        "total_remaining_payments",
        "total",
        "total_rounding_difference",
        "kb_item_status_id",
        "viewed_by_client_at",
        "updated_at",
        "esr_id",
        "qr_invoice_id",
        "taxs",
        "network_link",
    ),
)
_PAYMENT = Form(
    ("value",),
    {
        "id": 0,
        "date": "",
        "value": "0",
        "bank_account_id": 1,
        "title": "Zahlungseingang",
        "payment_service_id": None,
        "is_client_account_redemption": False,
        "is_cash_discount": False,
        "kb_invoice_id": 0,
        "kb_credit_voucher_id": None,
        "kb_credit_voucher_text": "",
        "kb_bill_id": None,
    },
    read_only=("id", "title", "kb_invoice_id", "kb_credit_voucher_id", "kb_credit_voucher_text", "kb_bill_id"),
)


def write_invoice(company: ServedCompany, path: str, body: bytes, now: float) -> Reply | None:
    """Answer a POST to an invoice, its ``issue`` action or its payments; ``None`` for any other address."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    number, action = found["id"], found["action"]
    invoice = company.find("invoice", number) if number else None
    if number and invoice is None:
        return replies.not_found()
    if invoice is not None and action == "issue":
        return _issue(company, invoice, now)
    sent = read_object(body)
    if isinstance(sent, Reply):
        return sent
    if invoice is None:
        return _draft(company, sent, now)
    return _pay(company, invoice, sent, now) if action == "payment" else _edit(company, invoice, sent, now)


def _edit(company: ServedCompany, invoice: Record, sent: dict[str, object], now: float) -> Reply:
    # Positions have addresses of their own: the form of an existing invoice does not know them.
    refused = [name for name in sent if name == "positions"]
    refusal = replies.unknown_fields(refused) if refused else _INVOICE.refusal(_read_names(sent), is_new=False)
    if refusal is not None:
        return refusal
    record = {**invoice, **_stored_names(sent), "updated_at": swiss_time(now)}
    company.put("invoice", record)
    return Reply(200, record)


def _draft(company: ServedCompany, sent: dict[str, object], now: float) -> Reply:
    refusal = _INVOICE.refusal(_read_names(sent), is_new=True)
    if refusal is not None:
        return refusal
    number = company.next_id("invoice")
    record = {**_INVOICE.defaults, **_stored_names(sent), "id": number, "updated_at": swiss_time(now)}
    currency = company.find("currency", str(record["currency_id"]))
    if currency is None:
        return replies.form_error("currency_id: This value is not valid")
    record["document_nr"] = record["document_nr"] or f"RE-{number:05d}"
    record["is_valid_from"] = record["is_valid_from"] or swiss_time(now)[:10]
    record["is_valid_to"] = record["is_valid_to"] or record["is_valid_from"]
    record["api_reference"] = record["api_reference"] or hashlib.sha256(str(number).encode()).hexdigest()[:32]
    try:
        echoed = [_position(company, entry, place) for place, entry in enumerate(_listed(sent.get("positions")), 1)]
        totals = _totals(record, echoed, Decimal(str(currency["round_factor"])))
    except (ValueError, InvalidOperation) as problem:
        return replies.form_error(f"positions: {problem}")
    company.put("invoice", {**record, **_printed(totals, padded=True), "positions": [_padded(p) for p in echoed]})
    return Reply(201, {**record, **_printed(totals, padded=False), "positions": echoed})


def _read_names(sent: Mapping[str, object]) -> dict[str, object]:
    # The project is written under another name than it is read.
    return {name: value for name, value in sent.items() if name != "pr_project_id"}


def _stored_names(sent: Mapping[str, object]) -> dict[str, object]:
    stored = {name: value for name, value in sent.items() if name not in {"pr_project_id", "positions"}}
    return stored | ({"project_id": sent["pr_project_id"]} if "pr_project_id" in sent else {})


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _position(company: ServedCompany, entry: object, place: int) -> dict[str, object]:
    """Complete a position as the answer to its creation shows it: decimals as they were sent, stock not yet known."""
    if not isinstance(entry, dict) or entry.get("type") != "KbPositionCustom":
        raise ValueError("only positions of the type KbPositionCustom can be drafted")
    tax = company.find("tax", str(entry.get("tax_id")))
    if tax is None:
        raise ValueError("tax_id: This value is not valid")
    amount, unit_price = Decimal(str(entry.get("amount", 1))), Decimal(str(entry.get("unit_price", 0)))
    discount = Decimal(str(entry.get("discount_in_percent", 0)))
    total = amount * unit_price * (100 - discount) / 100
    return {
        "id": place,
        "type": "KbPositionCustom",
        "amount": _plain(amount),
        "amount_reserved": None,
        "amount_open": None,
        "amount_completed": None,
        "unit_id": entry.get("unit_id"),
        "account_id": entry.get("account_id"),
        "unit_name": "",
        "tax_id": tax["id"],
        "tax_value": f"{Decimal(str(tax['value'])):.2f}",
        "text": entry.get("text", ""),
        "unit_price": _plain(unit_price),
        "discount_in_percent": _plain(discount),
        "position_total": _plain(total),
        "pos": str(place),
        "internal_pos": place,
        "parent_id": None,
        "is_optional": False,
    }


def _padded(position: Mapping[str, object]) -> dict[str, object]:
    """Write a position the way later answers show it."""
    padded = {name: f"{Decimal(str(position[name])):.6f}" for name in ("amount", "unit_price", "position_total")}
    stock = dict.fromkeys(("amount_reserved", "amount_open", "amount_completed"), "0.000000")
    return {
        **position,
        **padded,
        **stock,
        "discount_in_percent": f"{Decimal(str(position['discount_in_percent'])):.4f}",
    }


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _totals(invoice: Record, positions: list[dict[str, object]], round_factor: Decimal) -> Totals:
    lines = [
        Line(
            int(str(position["account_id"])),
            int(str(position["tax_id"])),
            Decimal(str(position["tax_value"])),
            Decimal(str(position["position_total"])),
        )
        for position in positions
    ]
    mwst_type = int(str(invoice["mwst_type"]))
    return price(lines, mwst_type=mwst_type, mwst_is_net=bool(invoice["mwst_is_net"]), round_factor=round_factor)


def _printed(totals: Totals, *, padded: bool) -> dict[str, object]:
    def six(amount: Decimal) -> str:
        return f"{amount:.6f}" if padded else _plain(amount)

    return {
        "total_gross": six(totals.gross),
        "total_net": six(totals.net),
        "total_taxes": f"{totals.tax:.4f}",
        "total_received_payments": six(Decimal(0)),
        "total_credit_vouchers": six(Decimal(0)),
        "total_remaining_payments": f"{totals.total:.4f}",
        "total": six(totals.total),
        "total_rounding_difference": totals.rounding or 0,
        "taxs": [{"percentage": f"{rate:.2f}", "value": f"{tax:.4f}"} for rate, tax in totals.printed.items()],
    }


def _issue(company: ServedCompany, invoice: Record, now: float) -> Reply:
    if invoice["kb_item_status_id"] != _DRAFT:
        return replies.form_error("Only a draft can be issued")
    currency = company.find("currency", str(invoice["currency_id"]))
    if currency is None or currency["name"] != "CHF":
        return replies.form_error("currency_id: the simulated bexio issues invoices in CHF only")
    positions = [dict(position) for position in _listed(invoice["positions"]) if isinstance(position, Mapping)]
    totals = _totals(invoice, positions, Decimal(str(currency["round_factor"])))
    receivable, day = _account(company, _RECEIVABLE), str(invoice["is_valid_from"])
    books = _Rows(company, day, "KbInvoice", int(str(invoice["id"])))
    for position, net in zip(positions, totals.nets, strict=True):
        books.add(receivable, position["account_id"], net, str(position["text"]))
    for tax_id, amount in totals.taxes.items():
        tax = company.find("tax", str(tax_id)) or {}
        owed = _account(company, _VAT_CLEARING) if _is_collected(company, day) else tax.get("account_id")
        books.add(receivable, owed, amount, str(invoice["title"]))
    if totals.rounding > 0:
        books.add(receivable, _account(company, _ROUNDING), totals.rounding, "Rundung")
    elif totals.rounding < 0:
        books.add(_account(company, _ROUNDING), receivable, -totals.rounding, "Rundung")
    company.put("invoice", {**invoice, "kb_item_status_id": _PENDING, "updated_at": swiss_time(now)})
    return Reply(200, replies.SUCCESS)


def _pay(company: ServedCompany, invoice: Record, sent: dict[str, object], now: float) -> Reply:
    refusal = _PAYMENT.refusal(sent, is_new=True)
    if refusal is not None:
        return refusal
    try:
        value = Decimal(str(sent["value"]))
    except InvalidOperation:
        return replies.form_error("value: This value is not valid")
    remaining = Decimal(str(invoice["total_remaining_payments"]))
    if invoice["kb_item_status_id"] not in {_PENDING, _PART_PAID} or not 0 < value <= remaining:
        return replies.form_error("value: The invoice is not open to this amount")
    day = str(sent.get("date") or swiss_time(now)[:10])
    number = company.next_id("invoice_payment")
    ids = {"id": number, "date": day, "kb_invoice_id": invoice["id"]}
    payment: dict[str, object] = {**_PAYMENT.defaults, **sent, **ids, "value": _plain(value)}
    bank = company.find("bank_account", str(payment["bank_account_id"]))
    if bank is None:
        return replies.form_error("bank_account_id: This value is not valid")
    receivable = _account(company, _RECEIVABLE)
    books = _Rows(company, day, "KbClientAccountEntry", number)
    books.add(bank["account_id"], receivable, value, "Zahlungseingang")
    if _is_collected(company, day):
        # What the payment makes due: the tax in proportion, the last payment taking the rest.
        tax, total = Decimal(str(invoice["total_taxes"])), Decimal(str(invoice["total"]))
        before = (tax * (total - remaining) / total).quantize(Decimal("0.01"))
        after = (tax * (total - remaining + value) / total).quantize(Decimal("0.01"))
        if after != before:
            books.add(_account(company, _VAT_CLEARING), _account(company, _VAT_OWED), after - before, "Zahlungseingang")
    company.put("invoice_payment", {**payment, "value": f"{value:.6f}"})
    received = Decimal(str(invoice["total_received_payments"])) + value
    paid = {
        "total_received_payments": f"{received:.6f}",
        "total_remaining_payments": f"{remaining - value:.4f}",
        "kb_item_status_id": _PAID if value == remaining else _PART_PAID,
        "updated_at": swiss_time(now),
    }
    company.put("invoice", {**invoice, **paid})
    return Reply(201, payment)


def _account(company: ServedCompany, account_no: str) -> object:
    return next((row["id"] for row in company.rows("account") if row["account_no"] == account_no), None)


def _is_collected(company: ServedCompany, day: str) -> bool:
    years = [row for row in company.rows("calendar_year") if str(row["start"]) <= day <= str(row["end"])]
    return any(row.get("vat_accounting_type") == "collected" for row in years)


class _Rows:
    """Writes the journal rows of one booking, in order, under the next free ids."""

    def __init__(self, company: ServedCompany, day: str, ref_class: str, ref_id: int) -> None:
        self._company = company
        self._moment = datetime.combine(date.fromisoformat(day), time(), _SWISS).isoformat()
        self._reference = ref_class, ref_id

    def add(self, debit: object, credit: object, amount: Decimal, text: str) -> None:
        """Write one row in CHF."""
        row: dict[str, object] = {
            "id": self._company.next_id("journal"),
            "ref_id": self._reference[1],
            "ref_uuid": None,
            "ref_class": self._reference[0],
            "date": self._moment,
            "debit_account_id": debit,
            "credit_account_id": credit,
            "description": text,
            "amount": amount,
            "currency_id": 1,
            "currency_factor": 1,
            "base_currency_id": 1,
            "base_currency_amount": amount,
        }
        self._company.put("journal", row)
