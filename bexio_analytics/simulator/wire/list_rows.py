"""List rows derived from the single objects: lists of documents carry less, those of bills carry other fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

Record = Mapping[str, object]

_OUTGOING_PAYMENT = (
    "id",
    "bill_id",
    "payment_type",
    "status",
    "execution_date",
    "amount",
    "sender_bank_account_id",
    "receiver_account_no",
    "receiver_iban",
    "banking_payment_id",
    "transaction_id",
)


def list_row(resource: str, record: Record, tax_types: Mapping[object, str]) -> Record:
    """Return a record as its list shows it.

    Args:
        resource: Name of the resource.
        record: The single object.
        tax_types: bexio's tax type by tax id; a bill's net amount depends on it.

    Returns:
        The same object where list and single object are alike, else a new one.
    """
    match resource:
        case "invoice" | "quote":
            return {key: value for key, value in record.items() if key != "positions"}
        case "contact":
            return {key: value for key, value in record.items() if key != "profile_image"}
        case "bill":
            return _bill_row(record, tax_types)
        case "expense":
            return _expense_row(record, tax_types)
        case "outgoing_payment":
            return {key: record.get(key) for key in _OUTGOING_PAYMENT}
    return record


def single_object(resource: str, record: Record) -> Record:
    """Return a record as its own address shows it: a contact then has a profile image (base64 text) before its date."""
    if resource != "contact" or "profile_image" in record:
        return record
    shown = {key: value for key, value in record.items() if key != "updated_at"}
    return {**shown, "profile_image": "", "updated_at": record.get("updated_at")}


def _bill_row(record: Record, tax_types: Mapping[object, str]) -> Record:
    gross, net = bill_amounts(record, tax_types)
    lines = _objects(record.get("line_items"))
    return {
        "id": record["id"],
        "created_at": record.get("created_at"),
        "document_no": record.get("document_no"),
        "status": record.get("status"),
        "vendor_ref": record.get("vendor_ref"),
        "firstname_suffix": record.get("firstname_suffix"),
        "lastname_company": record.get("lastname_company"),
        "vendor": _vendor(record),
        "title": record.get("title"),
        "currency_code": record.get("currency_code"),
        "pending_amount": record.get("pending_amount"),
        "net": net,
        "gross": gross,
        "bill_date": record.get("bill_date"),
        "due_date": record.get("due_date"),
        "overdue": record.get("overdue"),
        "booking_account_ids": _distinct(line.get("booking_account_id") for line in lines),
        "attachment_ids": record.get("attachment_ids"),
    }


def _expense_row(record: Record, tax_types: Mapping[object, str]) -> Record:
    gross = _decimal(record.get("amount"))
    entered = record.get("tax_man")
    tax = _decimal(record.get("tax_calc") if entered is None else entered)
    owed_by_us = _is_reverse_charge(record.get("tax_id"), tax_types)
    return {
        "id": record["id"],
        "document_no": record.get("document_no"),
        "title": record.get("title"),
        "status": record.get("status"),
        "firstname_suffix": record.get("firstname_suffix"),
        "lastname_company": record.get("lastname_company"),
        "vendor": _vendor(record) or None,
        "created_at": record.get("created_at"),
        "currency_code": record.get("currency_code"),
        "paid_on": record.get("paid_on"),
        "gross": gross,
        "net": gross if owed_by_us else gross - tax,
        "booking_account_id": record.get("booking_account_id"),
        "project_id": record.get("project_id"),
        "chargeable_contact_id": None,
        "transaction_id": record.get("transaction_id"),
        "invoice_id": record.get("invoice_id"),
        "attachment_ids": record.get("attachment_ids"),
    }


def bill_amounts(record: Record, tax_types: Mapping[object, str]) -> tuple[Decimal, Decimal]:
    """Return gross and net of a bill in its own currency.

    Gross is what the supplier is owed (the entered amount, else the computed one). Net is gross without the tax of
    the lines; the tax of a reverse-charge line is not owed to the supplier and is not taken off (assumption, as the
    list rows of bills were never recorded).
    """
    entered = record.get("amount_man") if record.get("manual_amount") else None
    gross = _decimal(record.get("amount_calc") if entered is None else entered)
    tax = sum(
        (
            _decimal(line.get("tax_calc"))
            for line in _objects(record.get("line_items"))
            if not _is_reverse_charge(line.get("tax_id"), tax_types)
        ),
        Decimal(0),
    )
    return gross, gross - tax


def _is_reverse_charge(tax_id: object, tax_types: Mapping[object, str]) -> bool:
    return tax_types.get(tax_id, "").startswith("pre_regards_tax")


def _vendor(record: Record) -> str:
    parts = (record.get("firstname_suffix"), record.get("lastname_company"))
    return " ".join(str(part) for part in parts if part)


def _objects(value: object) -> list[Record]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _distinct(values: Iterable[object]) -> list[object]:
    return list(dict.fromkeys(value for value in values if value is not None))


def _decimal(value: object) -> Decimal:
    return Decimal(0) if value is None else Decimal(str(value))
