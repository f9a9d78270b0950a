"""Reads a labelled journal of posting lines and books it as bexio would, so that the product reviews what it knows.

A folder holds ``journal_entries.csv.gz`` (a row a posting line) and ``document_labels.csv``, which is never read here.
What bexio has no column for stands where a bookkeeper writes it: the accounting period in the text. Journal rows get
their ids in the order in which they were entered, as bexio numbers them. A remainder of a document that does not
balance is booked on a clearing account of its own. The currency of the ledger counts as the base currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl

from bexio_analytics import law
from bexio_analytics.books import Books
from bexio_analytics.law import StandardTaxCode
from bexio_analytics.mandate import Mandate, VatSettings
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import mandate_for_tests
from bexio_analytics.testing.masters import business_year_rows, calendar_year_rows, tax_rows

REMAINDER = "9999"
LEDGER_CURRENCY = "CHF"
_TYPES = {"asset": 3, "liability": 4, "revenue": 1, "expense": 2, "closing": 5}
_FOREIGN_CHART_TYPES = {"0": 3, "1": 3, "2": 4, "3": 4, "4": 1, "5": 2, "6": 2, "7": 2, "8": 2, "9": 3}
"""Account type by the first digit of a chart that is not the Swiss one (SKR 04)."""

Row = dict[str, Any]


@dataclass(slots=True)
class Leg:
    """One posting line: an account and what is still to be paired on its side."""

    account: int
    left: Decimal
    tax_code: str
    text: str


@dataclass(slots=True)
class Journal:
    """Snapshot tables of one labelled journal, and which document each booking is.

    Attributes:
        tables: rows by snapshot table.
        document_of: id of the document in the file, by ``entry_id`` of the books.
        codes: tax codes in use.
        years: calendar years with bookings.
    """

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    document_of: dict[str, str] = field(default_factory=dict)
    codes: tuple[StandardTaxCode, ...] = ()
    years: set[int] = field(default_factory=set)
    is_swiss: bool = True
    _ids: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    def number(self, kind: str, name: str) -> int:
        """Running number of a name, the same at every call."""
        known = self._ids[kind]
        return known.setdefault(name, len(known) + 1)


def read(folder: Path) -> Journal:
    """Book every document of ``journal_entries.csv.gz`` in the order it was entered."""
    lines = pl.read_csv(folder / "journal_entries.csv.gz", infer_schema=False).fill_null("")
    documents: defaultdict[str, list[Row]] = defaultdict(list)
    for row in lines.iter_rows(named=True):
        documents[row["document_id"]].append(row)
    journal = Journal(is_swiss=lines["currency"].head(1).item() == "CHF")
    used = sorted({code for code in lines["tax_code"].unique() if code} if journal.is_swiss else ())
    by_code = {code.code: code for code in law.standard_tax_codes()}
    journal.codes = tuple(by_code[code] for code in used)
    journal.tables["currency"].append({"id": 1, "name": LEDGER_CURRENCY, "round_factor": Decimal("0.01")})
    for name, group in sorted(documents.items(), key=lambda item: (item[1][0]["created_at"], item[0])):
        _book(journal, name, group)
    _master_data(journal)
    return journal


def open_books(journal: Journal) -> Books:
    """Books of the journal: effective method, agreed consideration; not VAT-subject without codes."""
    vat = VatSettings()
    accounts = {REMAINDER: {"is_clearing": True}}
    if not journal.is_swiss:
        for account in journal.tables["account"]:
            accounts.setdefault(account["account_no"], {}).update(_foreign_flags(account["account_no"]))
    mandate: Mandate = mandate_for_tests(vat=vat, accounts=accounts)
    journal.tables["tax"] = tax_rows(journal.codes, lambda number: _account(journal, number, number))
    journal.tables["business_year"] = business_year_rows(sorted(journal.years))
    journal.tables["calendar_year"] = calendar_year_rows(sorted(journal.years), vat, is_vat_subject=bool(journal.codes))
    frames = {name: TABLES[name].frame(rows) for name, rows in journal.tables.items()}
    return Books.from_frames(frames, mandate)


def _book(journal: Journal, name: str, lines: Sequence[Row]) -> None:
    first = lines[0]
    kind = _kind(first)
    contact = _contact(journal, first)
    reference: Row
    if kind == "bill":
        reference = {"ref_class": "KbBill", "ref_uuid": name}
        entry = f"bill:{name}"
        _bill(journal, name, lines, contact)
    elif kind == "invoice":
        number = journal.number("invoice", name)
        reference = {"ref_class": "KbInvoice", "ref_id": number}
        entry = f"invoice:{number}"
        _invoice(journal, number, lines, contact)
    elif kind == "manual":
        number = journal.number("manual", name)
        reference = {}
        entry = f"manual_entry:{number}"
    else:
        reference = {"ref_class": "Import", "ref_uuid": name}
        entry = f"Import:{name}"
    journal.document_of[entry] = name
    rows = _rows(journal, lines)
    made = [_journal_row(journal, first, row, reference) for row in rows]
    if kind == "manual":
        _manual(journal, journal.number("manual", name), first, made)


def _kind(first: Row) -> str:
    if first["source"] == "manual":
        return "manual"
    if first["document_type"] == "KR" and first.get("partner"):
        return "bill"
    if first["document_type"] == "DR" and first.get("partner"):
        return "invoice"
    return "import"


def _rows(journal: Journal, lines: Iterable[Row]) -> list[tuple[Leg, Leg, Decimal]]:
    """Posting lines as pairs of debit and credit: equal amounts first, then in order; a remainder last."""
    debit_legs = _legs(journal, lines, "debit_amount")
    credit_legs = _legs(journal, lines, "credit_amount")
    pairs = []
    for debit in debit_legs:
        same = next((leg for leg in credit_legs if leg.left == debit.left), None)
        pairs += [_pair(debit, same, debit.left)] if same else []
    for debit, credit in product(debit_legs, credit_legs):
        amount = min(debit.left, credit.left)
        pairs += [_pair(debit, credit, amount)] if amount else []
    rest = Leg(_account(journal, REMAINDER, "Differenz"), Decimal(0), "", "Differenz")
    pairs += [_pair(leg, rest, leg.left) for leg in debit_legs if leg.left]
    pairs += [_pair(rest, leg, leg.left) for leg in credit_legs if leg.left]
    return pairs


def _legs(journal: Journal, lines: Iterable[Row], column: str) -> list[Leg]:
    return [
        Leg(_account(journal, line["gl_account"], line["account_name"]), amount, line["tax_code"], line["line_text"])
        for line in lines
        if (amount := Decimal(line[column] or "0").quantize(Decimal("0.01")))
    ]


def _pair(debit: Leg, credit: Leg, amount: Decimal) -> tuple[Leg, Leg, Decimal]:
    debit.left -= amount
    credit.left -= amount
    return debit, credit, amount


def _journal_row(journal: Journal, first: Row, pair: tuple[Leg, Leg, Decimal], reference: Row) -> Row:
    debit, credit, amount = pair
    booked_on = date.fromisoformat(first["posting_date"][:10])
    journal.years.add(booked_on.year)
    number = len(journal.tables["journal"]) + 1
    row = {
        "id": number,
        "sequence": number,
        "date": booked_on,
        "debit_account_id": debit.account,
        "credit_account_id": credit.account,
        "description": _text(first, debit.text or credit.text),
        "amount": amount,
        "currency": LEDGER_CURRENCY,
        "currency_factor": Decimal(1),
        "base_amount": amount,
        "base_currency": LEDGER_CURRENCY,
        "reference": first["reference"] or None,
        **reference,
    }
    journal.tables["journal"].append(row)
    return row


def _text(first: Row, text: str) -> str | None:
    """Text of the document, else of the line, and the accounting period."""
    parts = [first["header_text"] or text]
    period = int(first["fiscal_period"] or 0)
    if 1 <= period <= 12:
        parts.append(f"Periode {period:02}/{first['fiscal_year']}")
    return " ".join(part for part in parts if part) or None


def _bill(journal: Journal, name: str, lines: Sequence[Row], contact: int) -> None:
    first = lines[0]
    gross = sum((Decimal(line["credit_amount"] or "0") for line in lines if not line["tax_code"]), Decimal(0))
    journal.tables["bill"].append(
        {
            "id": name,
            "document_no": f"LR-{len(journal.tables['bill']) + 1:05}",
            "title": first["header_text"],
            "status": "BOOKED",
            "supplier_id": contact,
            "vendor_ref": first["reference"] or None,
            "lastname_company": first["partner"],
            "created_at": datetime.fromisoformat(first["created_at"]),
            "bill_date": date.fromisoformat(first["document_date"][:10]),
            "amount_calc": gross,
            "currency_code": LEDGER_CURRENCY,
            "exchange_rate": Decimal(1),
            "item_net": True,
            "country_code": first["partner_country"] or None,
            "attachment_ids": "[]",
        }
    )
    taxes = {
        line["tax_code"]: Decimal(line["debit_amount"] or "0")
        for line in lines
        if line["gl_account"].startswith("117") and line["tax_code"]
    }
    net = [line for line in lines if Decimal(line["debit_amount"] or "0") and not line["gl_account"].startswith("117")]
    for place, line in enumerate(net, 1):
        journal.tables["bill_line"].append(
            {
                "bill_id": name,
                "position": place,
                "title": line["line_text"],
                "tax_id": _tax_id(journal, line["tax_code"]),
                "tax_calc": taxes.get(line["tax_code"], Decimal(0)),
                "amount": Decimal(line["debit_amount"]),
                "booking_account_id": _account(journal, line["gl_account"], line["account_name"]),
            }
        )


def _invoice(journal: Journal, number: int, lines: Sequence[Row], contact: int) -> None:
    first = lines[0]
    sales = [line for line in lines if line["tax_code"] and not line["gl_account"].startswith("22")]
    tax = sum(
        (Decimal(line["credit_amount"] or "0") for line in lines if line["gl_account"].startswith("22")), Decimal(0)
    )
    net = sum((Decimal(line["credit_amount"] or "0") for line in sales), Decimal(0))
    zero = dict.fromkeys(("total_rounding_difference", "total_received_payments", "total_credit_vouchers"), Decimal(0))
    journal.tables["invoice"].append(
        {
            "id": number,
            "document_nr": first["reference"] or f"RE-{number:05}",
            "title": first["header_text"],
            "contact_id": contact,
            "currency_id": 1,
            "total_gross": net,
            "total_net": net,
            "total_taxes": tax,
            "total": net + tax,
            "total_remaining_payments": Decimal(0),
            **zero,
            "mwst_type": 0,
            "mwst_is_net": True,
            "is_valid_from": date.fromisoformat(first["document_date"][:10]),
            "kb_item_status_id": 9,
        }
    )
    rates: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for place, line in enumerate(sales, 1):
        code = next(each for each in journal.codes if each.code == line["tax_code"])
        amount = Decimal(line["credit_amount"] or "0")
        rates[code.rate] += amount
        journal.tables["invoice_position"].append(
            {
                "invoice_id": number,
                "position": place,
                "id": place,
                "type": "KbPositionCustom",
                "account_id": _account(journal, line["gl_account"], line["account_name"]),
                "tax_id": _tax_id(journal, line["tax_code"]),
                "tax_value": code.rate,
                "text": line["line_text"],
                "amount": Decimal(1),
                "unit_price": amount,
                "position_total": amount,
            }
        )
    journal.tables["invoice_tax"].extend(
        {"invoice_id": number, "percentage": rate, "value": tax} for rate in rates if rate
    )


def _manual(journal: Journal, number: int, first: Row, rows: Sequence[Row]) -> None:
    user = journal.number("user", first["created_by"])
    day = rows[0]["date"] if rows else date.fromisoformat(first["posting_date"][:10])
    journal.tables["manual_entry"].append(
        {
            "id": number,
            "type": "manual_group_entry" if len(rows) > 1 else "manual_single_entry",
            "date": day,
            "reference_nr": first["reference"] or None,
            "created_by_user_id": user,
            "edited_by_user_id": user,
        }
    )
    for place, row in enumerate(rows, 1):
        shared = ("id", "date", "debit_account_id", "credit_account_id", "description", "amount", "currency_factor")
        journal.tables["manual_entry_line"].append(
            {
                "manual_entry_id": number,
                "position": place,
                **{name: row[name] for name in shared},
                "currency_id": 1,
                "base_currency_amount": row["base_amount"],
            }
        )


def _contact(journal: Journal, first: Row) -> int:
    name = first.get("partner") or ""
    if not name:
        return 0
    known = len(journal._ids["contact"])
    number = journal.number("contact", name)
    if number > known:
        country = journal.number("country", first["partner_country"] or "CH")
        journal.tables["contact"].append(
            {"id": number, "nr": name, "contact_type_id": 1, "name_1": name, "country_id": country}
        )
    return number


def _account(journal: Journal, number: str, name: str) -> int:
    known = len(journal._ids["account"])
    shown = number if journal.is_swiss or number == REMAINDER else f"S{number}"
    identity = journal.number("account", shown)
    if identity > known:
        found = law.account_range(number) if journal.is_swiss else None
        kind = _TYPES[found.account_type] if found else _FOREIGN_CHART_TYPES.get(number[0], 2)
        journal.tables["account"].append(
            {"id": identity, "account_no": shown, "name": name, "account_type": kind, "is_active": True}
        )
    return identity


def _foreign_flags(account_no: str) -> dict[str, bool]:
    """What the numbers of SKR 04 mean where the books of a Swiss company would be asked by theirs."""
    number = account_no.removeprefix("S")
    return {
        "is_money": "1600" <= number <= "1899",
        "is_receivable": "1200" <= number <= "1299",
        "is_payable": "3300" <= number <= "3399",
    }


def _tax_id(journal: Journal, code: str) -> int | None:
    return next((place for place, each in enumerate(journal.codes, 1) if each.code == code), None)


def _master_data(journal: Journal) -> None:
    journal.tables["country"] = [
        {"id": number, "name": iso, "iso_3166_alpha2": iso} for iso, number in journal._ids["country"].items()
    ]
    journal.tables["user"] = [
        {"id": number, "firstname": "", "lastname": name} for name, number in journal._ids["user"].items()
    ]
