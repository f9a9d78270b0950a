"""Documents as the wire writes them: records of invoices and their payments, bills, expenses, payment orders, files."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.contacts import Contact
from bexio_analytics.simulator.company.formats import ZERO, cents, number, text4, text6
from bexio_analytics.simulator.company.places import CURRENCY_IDS, in_francs
from bexio_analytics.simulator.company.pricing import Price, tax_summary
from bexio_analytics.simulator.company.taxes import TaxCode

BANKS = {"CHF": "1020", "EUR": "1021"}
BANK_IDS = {"1020": 1, "1021": 2, "1000": 3}
DRAFT, PENDING, PAID, PARTIAL, CANCELLED, OVERDUE = 7, 8, 9, 16, 19, 31
_HEADER = "Guten Tag<br/><br/>Besten Dank für Ihren Auftrag."
_FOOTER = "Freundliche Grüsse<br/>Muster Handels AG"


def sales_head(
    place: int, document_nr: str, *, title: str, customer: Contact, project_id: int | None, currency: str
) -> dict[str, object]:
    """The fields that invoices and quotes begin with."""
    return {
        "id": place,
        "document_nr": document_nr,
        "title": title,
        "contact_id": customer.id,
        "contact_sub_id": None,
        "user_id": 1,
        "project_id": project_id,
        "logopaper_id": 1,
        "language_id": 1,
        "bank_account_id": BANK_IDS[BANKS.get(currency, "1020")],
        "currency_id": CURRENCY_IDS[currency],
        "payment_type_id": 4,
        "header": _HEADER,
        "footer": _FOOTER,
    }


def invoice_record(
    head: Mapping[str, object],
    found: Price,
    positions: Sequence[dict[str, object]],
    *,
    day: date,
    due_days: int,
    vat_mode: int,
    prices_net: bool,
    address: str,
    reference: str = "",
    codes: Mapping[str, TaxCode] | None = None,
) -> dict[str, object]:
    """An invoice before any payment, as a draft; ``updated_at`` is still to be written."""
    return dict(head) | {
        "total_gross": text6(found.gross),
        "total_net": text6(found.net),
        "total_taxes": text4(found.exact_tax),
        "total_received_payments": text6(ZERO),
        "total_credit_vouchers": text6(ZERO),
        "total_remaining_payments": text4(found.total),
        "total": text6(found.total),
        "total_rounding_difference": number(found.rounding),
        "mwst_type": vat_mode,
        "mwst_is_net": prices_net,
        "show_position_taxes": False,
        "is_valid_from": day.isoformat(),
        "is_valid_to": (day + timedelta(days=due_days)).isoformat(),
        "contact_address": address,
        "kb_item_status_id": DRAFT,
        "reference": reference,
        "api_reference": "",
        "viewed_by_client_at": None,
        "updated_at": "",
        "esr_id": head["id"],
        "qr_invoice_id": head["id"],
        "template_slug": "",
        "taxs": tax_summary(found, codes),
        "positions": list(positions),
        "network_link": "",
    }


def payment_record(
    place: int,
    invoice_id: object,
    day: date,
    value: Decimal,
    *,
    bank_id: int | None = None,
    is_cash_discount: bool = False,
    credit_id: int | None = None,
) -> dict[str, object]:
    """A payment of an invoice: money, a cash discount, or a credit note set off."""
    return {
        "id": place,
        "date": day.isoformat(),
        "value": text6(value),
        "bank_account_id": bank_id,
        "title": "Skonto" if is_cash_discount else "Gutschrift" if credit_id else "Zahlungseingang",
        "payment_service_id": None,
        "is_client_account_redemption": False,
        "is_cash_discount": is_cash_discount,
        "kb_invoice_id": invoice_id,
        "kb_credit_voucher_id": credit_id,
        "kb_credit_voucher_text": "" if credit_id is None else f"Gutschrift GS-{credit_id:05d}",
        "kb_bill_id": None,
    }


def bill_record(
    bill_id: str,
    document_no: str,
    *,
    title: str,
    status: str,
    supplier: Contact,
    vendor_ref: str,
    created_at: datetime,
    day: date,
    due_days: int,
    owed: Decimal,
    pending: Decimal,
    currency: str,
    rate: Decimal,
    item_net: bool,
    till: date,
    line_items: Sequence[dict[str, object]],
    discounts: Sequence[dict[str, object]] = (),
    attachment_ids: Sequence[str] = (),
) -> dict[str, object]:
    """A bill in its final state."""
    due = day + timedelta(days=due_days)
    return {
        "id": bill_id,
        "document_no": document_no,
        "title": title,
        "status": status,
        "firstname_suffix": None,
        "lastname_company": supplier.name,
        "created_at": created_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "supplier_id": supplier.id,
        "vendor_ref": vendor_ref,
        "contact_partner_id": 1,
        "bill_date": day.isoformat(),
        "due_date": due.isoformat(),
        "pending_amount": number(pending),
        "amount_man": number(owed),
        "amount_calc": number(owed),
        "manual_amount": True,
        "currency_code": currency,
        "exchange_rate": number(rate),
        "base_currency_code": "CHF",
        "base_currency_amount": number(cents(in_francs(owed, currency, rate))),
        "item_net": item_net,
        "split_into_line_items": len(line_items) > 1,
        "purchase_order_id": None,
        "overdue": status != "PAID" and due < till,
        "qr_bill_information": None,
        "address": _address(supplier),
        "line_items": list(line_items),
        "discounts": list(discounts),
        "payment": None,
        "attachment_ids": list(attachment_ids),
        "average_exchange_rate_enabled": False,
    }


def outgoing_record(payment_id: str, bill_id: str, day: date, amount: Decimal, bank: str | None) -> dict[str, object]:
    """A payment order of a bill, or where there is no bank a cash discount."""
    return {
        "id": payment_id,
        "bill_id": bill_id,
        "payment_type": "IBAN" if bank else "CASH_DISCOUNT",
        "status": "PAID" if bank else "DISCOUNTED",
        "execution_date": day.isoformat(),
        "amount": number(amount),
        "sender_bank_account_id": BANK_IDS[bank] if bank else None,
        "receiver_account_no": None,
        "receiver_iban": "CH9300762011623852957" if bank else None,
        "banking_payment_id": None,
        "transaction_id": None,
    }


def expense_record(
    expense_id: str,
    document_no: str,
    *,
    title: str,
    is_draft: bool,
    payee: str,
    created_at: datetime,
    supplier_id: int | None,
    day: date,
    money_no: str,
    account_id: int,
    currency: str,
    rate: Decimal,
    amount: Decimal,
    tax: Decimal,
    tax_id: int | None,
    attachment_ids: Sequence[str] = (),
) -> dict[str, object]:
    """An expense."""
    return {
        "id": expense_id,
        "document_no": document_no,
        "title": title,
        "status": "DRAFT" if is_draft else "DONE",
        "firstname_suffix": None,
        "lastname_company": payee,
        "created_at": created_at.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "supplier_id": supplier_id,
        "paid_on": day.isoformat(),
        "bank_account_id": BANK_IDS[money_no],
        "booking_account_id": account_id,
        "currency_code": currency,
        "base_currency_code": "CHF",
        "exchange_rate": number(rate),
        "amount": number(amount),
        "tax_man": None,
        "tax_calc": number(tax),
        "tax_id": tax_id,
        "base_currency_amount": number(cents(in_francs(amount, currency, rate))),
        "transaction_id": None,
        "invoice_id": None,
        "project_id": None,
        "attachment_ids": list(attachment_ids),
        "address": None,
    }


def file_record(place: int, file_id: str, name: str, created_at: str, rng: random.Random) -> dict[str, object]:
    """A file attached to a bill or an expense."""
    return {
        "id": place,
        "uuid": file_id,
        "name": name,
        "size_in_bytes": rng.randrange(20_000, 900_000),
        "extension": "pdf",
        "mime_type": "application/pdf",
        "uploader_email": None,
        "processing_source": None,
        "processing_status": None,
        "user_id": 1,
        "is_archived": False,
        "source_id": 2,
        "created_at": created_at,
        "is_referenced": True,
        "source_type": rng.choice(("web", "email", "mobile")),
    }


def _address(contact: Contact) -> dict[str, object]:
    return {
        "title": None,
        "salutation": None,
        "firstname_suffix": None,
        "lastname_company": contact.name,
        "address_line": f"{contact.street} {contact.house_number}",
        "postcode": contact.postcode,
        "city": contact.city,
        "country_code": contact.country,
        "main_contact_id": contact.id,
        "contact_address_id": None,
        "type": "COMPANY",
    }
