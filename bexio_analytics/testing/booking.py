"""From a ledger in text to snapshot tables: every line is booked the way bexio books it, VAT in rows of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from bexio_analytics import law
from bexio_analytics.mandate import VatSettings
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing.ledger import Line
from bexio_analytics.testing.masters import business_year_rows, calendar_year_rows, tax_rows

if TYPE_CHECKING:
    import polars as pl

_TYPES = {"revenue": 1, "expense": 2, "asset": 3, "liability": 4, "closing": 5}
_RAPPEN = Decimal("0.01")
_ALWAYS = ("1100", "1170", "1171", "2000", "2200", "2201", "2203")
_ALL_OF_IT = Decimal(100)
_BOOKED_GROSS = ("net_tax", "opted_net_tax")
"""Kinds of codes without VAT rows: with net tax rates turnover is booked and declared gross."""
_FIRST_ID = 1000

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Split:
    """An amount as it is booked: net, tax, and whether the supplier is owed the tax too."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(slots=True)
class Bookkeeper:
    """Collects the rows of all tables while it books line after line.

    Attributes:
        codes: tax codes of the company, by their place the ids of bexio.
        default_codes: account number → code that bexio proposes for it.
        vat: method and basis, as bexio's calendar years have them.
        is_vat_subject: whether the company is registered for VAT.
        tables: rows by snapshot table.
        line_of_row: number of the line in the text, by id of the journal row.
        line_of_document: numbers of the lines, by document id.
    """

    codes: Sequence[law.StandardTaxCode]
    default_codes: Mapping[str, str]
    vat: VatSettings
    is_vat_subject: bool
    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    line_of_row: dict[int, int] = field(default_factory=dict)
    line_of_document: dict[str, set[int]] = field(default_factory=dict)
    _ids: dict[str, dict[str, int]] = field(default_factory=dict)

    def book(self, lines: Sequence[Line]) -> None:
        """Book all lines; neighbouring lines with the same ``doc`` are one document."""
        for code in self.codes:
            self._account(code.account_no)
        for number in _ALWAYS:
            self._account(number)
        self._currency("CHF")
        booking = {
            "invoice": self._invoice,
            "bill": self._bill,
            "expense": self._expense,
            "manual": self._manual,
            "credit_note": self._credit_note,
            "payment": self._payment,
        }
        for (kind, _), group in groupby(lines, key=lambda line: (line.kind, line.settings.get("doc", line.number))):
            booking.get(kind, self._plain)(list(group))
        self.tables["tax"] += tax_rows(self.codes, self._account)
        years = sorted({line.day.year for line in lines})
        self.tables["business_year"] += business_year_rows(years)
        self.tables["calendar_year"] += calendar_year_rows(years, self.vat, is_vat_subject=self.is_vat_subject)

    def frames(self) -> dict[str, pl.DataFrame]:
        """The tables as typed frames."""
        return {name: TABLES[name].frame(rows) for name, rows in self.tables.items()}

    # documents

    def _invoice(self, lines: list[Line]) -> None:
        first, invoice_id = lines[0], len(self.tables["invoice"]) + 1
        has_vat = first.settings.get("mwst", "0") == "0"
        splits = [self._split(line) if has_vat else Split(line.amount, Decimal(0), line.amount) for line in lines]
        self._document(f"invoice:{invoice_id}", lines)
        self.tables["invoice"].append(
            {
                "id": invoice_id,
                "document_nr": first.settings.get("no", f"RE-{invoice_id:05}"),
                "title": first.text,
                "contact_id": self._contact(first),
                "currency_id": self._currency(first.currency),
                **dict.fromkeys(("total_gross", "total_net"), sum(s.net for s in splits)),
                "total_taxes": sum(s.tax for s in splits),
                **dict.fromkeys(("total", "total_remaining_payments"), sum(s.gross for s in splits)),
                **dict.fromkeys(
                    ("total_rounding_difference", "total_received_payments", "total_credit_vouchers"), Decimal(0)
                ),
                "mwst_type": int(first.settings.get("mwst", "0")),
                "mwst_is_net": True,
                "is_valid_from": first.dated,
                "kb_item_status_id": 8,
            }
        )
        for place, (line, split) in enumerate(zip(lines, splits, strict=True), 1):
            code = self._code(line)
            self.tables["invoice_position"].append(
                {
                    "invoice_id": invoice_id,
                    "position": place,
                    "id": place,
                    "type": "KbPositionCustom",
                    "account_id": self._account(line.credit),
                    "tax_id": self._tax_id(code),
                    "tax_value": self._rate(line),
                    "text": line.text,
                    "amount": Decimal(1),
                    "unit_price": split.net,
                    "position_total": split.net,
                }
            )
            self._net_row(line, split, ref_class="KbInvoice", ref_id=invoice_id)
        for line, split in zip(lines, splits, strict=True):
            if has_vat:
                self._tax_row(line, split, ref_class="KbInvoice", ref_id=invoice_id)
        self.tables["invoice_tax"].extend(
            {"invoice_id": invoice_id, "percentage": rate, "value": sum(s.tax for s in splits)}
            for rate in {self._rate(line) for line in lines if has_vat}
            if rate
        )

    def _bill(self, lines: list[Line]) -> None:
        first, number = lines[0], len(self.tables["bill"]) + 1
        uuid = f"00000000-0000-4000-8000-{number:012}"
        splits = [self._split(line) for line in lines]
        contact = first.contact
        self._document(f"bill:{uuid}", lines)
        self.tables["bill"].append(
            {
                "id": uuid,
                "document_no": f"LR-{number:05}",
                "title": first.text,
                "status": "BOOKED",
                "supplier_id": self._contact(first),
                "vendor_ref": first.settings.get("no"),
                "lastname_company": contact[0] if contact else None,
                "bill_date": first.dated,
                "amount_calc": sum(s.gross for s in splits),
                "currency_code": first.currency,
                "exchange_rate": first.factor,
                "item_net": False,
                "country_code": contact[1] if contact else None,
                "attachment_ids": _files(first),
            }
        )
        for place, (line, split) in enumerate(zip(lines, splits, strict=True), 1):
            self.tables["bill_line"].append(
                {
                    "bill_id": uuid,
                    "position": place,
                    "title": line.text,
                    "tax_id": self._tax_id(self._code(line)),
                    "tax_calc": split.tax,
                    "amount": split.gross,
                    "booking_account_id": self._account(line.debit),
                }
            )
            self._net_row(line, split, ref_class="KbBill", ref_uuid=uuid)
            self._tax_row(line, split, ref_class="KbBill", ref_uuid=uuid)

    def _expense(self, lines: list[Line]) -> None:
        for line in lines:
            uuid = f"10000000-0000-4000-8000-{len(self.tables['expense']) + 1:012}"
            split = self._split(line)
            contact = line.contact
            self._document(f"expense:{uuid}", [line])
            self.tables["expense"].append(
                {
                    "id": uuid,
                    "document_no": line.settings.get("no"),
                    "title": line.text,
                    "status": "DONE",
                    "supplier_id": self._contact(line),
                    "lastname_company": contact[0] if contact else None,
                    "paid_on": line.day,
                    "bank_account_id": self._bank(line.credit),
                    "booking_account_id": self._account(line.debit),
                    "currency_code": line.currency,
                    "exchange_rate": line.factor,
                    "amount": split.gross,
                    "tax_calc": split.tax,
                    "tax_id": self._tax_id(self._code(line)),
                    "base_currency_amount": _rappen(split.gross * line.factor),
                    "attachment_ids": _files(line),
                }
            )
            self._net_row(line, split)
            self._tax_row(line, split)

    def _manual(self, lines: list[Line]) -> None:
        entry_id, first = len(self.tables["manual_entry"]) + 1, lines[0]
        self._document(f"manual_entry:{entry_id}", lines)
        self.tables["manual_entry"].append(
            {
                "id": entry_id,
                "type": "manual_single_entry" if len(lines) == 1 else "manual_group_entry",
                "booking_type": "manual_entry",
                "date": first.day,
                "reference_nr": first.settings.get("no"),
            }
        )
        for place, line in enumerate(lines, 1):
            code, split = self._code(line), self._split(line)
            row_ids = [self._net_row(line, split), self._tax_row(line, split)]
            self.tables["manual_entry_line"].append(
                {
                    "manual_entry_id": entry_id,
                    "position": place,
                    "id": next((row_id for row_id in row_ids if row_id is not None), None),
                    "date": line.day,
                    "debit_account_id": self._account(line.debit),
                    "credit_account_id": self._account(line.credit),
                    "tax_id": self._tax_id(code),
                    "tax_account_id": self._account(self._tax_leg(line)[0]) if code else None,
                    "description": line.text,
                    "amount": split.gross,
                    "currency_id": self._currency(line.currency),
                    "currency_factor": line.factor,
                    "base_currency_amount": _rappen(split.gross * line.factor),
                }
            )

    def _credit_note(self, lines: list[Line]) -> None:
        number = lines[0].number
        self._document(f"credit_note:{number}", lines)
        splits = [self._split(line) for line in lines]
        for line, split in zip(lines, splits, strict=True):
            self._net_row(line, split, ref_class="KbCreditVoucher", ref_id=number)
        for line, split in zip(lines, splits, strict=True):
            self._tax_row(line, split, ref_class="KbCreditVoucher", ref_id=number)
        invoice = self._invoice_named(lines[0].settings.get("for"))
        if invoice is not None:
            self.tables["invoice_payment"].append(
                {
                    "id": len(self.tables["invoice_payment"]) + 1,
                    "invoice_id": invoice,
                    "date": lines[0].day,
                    "value": sum(split.gross for split in splits),
                    "credit_voucher_id": number,
                    "credit_voucher_text": f"GS-{number:05}",
                }
            )

    def _payment(self, lines: list[Line]) -> None:
        for line in lines:
            payment_id = len(self.tables["invoice_payment"]) + 1
            invoice = self._invoice_named(line.settings.get("no"))
            if invoice is None:
                uuid = f"20000000-0000-4000-8000-{line.number:012}"
                self._net_row(line, self._split(line), ref_class="KbClientAccountEntry", ref_uuid=uuid)
                continue
            self.tables["invoice_payment"].append(
                {"id": payment_id, "invoice_id": invoice, "date": line.day, "value": line.amount}
            )
            self._net_row(line, self._split(line), ref_class="KbClientAccountEntry", ref_id=payment_id)

    def _invoice_named(self, number: str | None) -> object:
        return next((i["id"] for i in self.tables["invoice"] if i["document_nr"] == number), None)

    def _plain(self, lines: list[Line]) -> None:
        """Rows without a document: bank bookings, balances carried forward, closing, and every row of an export."""
        for line in lines:
            split = self._split(line)
            exported: Row = {}
            if line.kind == "export":
                exported["reference"] = line.settings.get("no", f"Zeile {line.number}")
                exported["export_tax_code"] = line.tax_code
                exported["export_tax_rate"] = self._rate(line) if line.tax_code else None
            self._net_row(line, split, **exported)
            self._tax_row(line, split, **exported)

    # rows of the journal

    def _net_row(self, line: Line, split: Split, **reference: object) -> int | None:
        code = self._code(line)
        if line.settings.get("rows") in ("tax", "none") or (code and code.rate == _ALL_OF_IT):
            return None
        return self._row(line, line.debit, line.credit, split.net, **reference)

    def _tax_row(self, line: Line, split: Split, **reference: object) -> int | None:
        code = self._code(line)
        if code is None or not self._rate(line) or line.settings.get("rows") in ("base", "none"):
            return None
        if code.kind in _BOOKED_GROSS:
            return None
        leg, side = self._tax_leg(line)
        debit, credit = (code.account_no, line.credit) if side == "debit" else (line.debit, code.account_no)
        if code.kind.startswith("pre_regards"):
            account = leg if line.settings.get("leg") == "owed" else code.account_no
            debit, credit = (account, "2203") if leg == line.debit else ("2203", account)
        return self._row(line, debit, credit, split.tax, **reference)

    def _row(self, line: Line, debit: str, credit: str, amount: Decimal, **reference: object) -> int:
        row_id = _FIRST_ID + len(self.tables["journal"])
        self.line_of_row[row_id] = line.number
        self._currency(line.currency)
        self.tables["journal"].append(
            {
                "id": row_id,
                "sequence": row_id,
                "date": line.day,
                "debit_account_id": self._account(debit),
                "credit_account_id": self._account(credit),
                "description": line.text,
                "amount": amount,
                "currency": line.currency,
                "currency_factor": line.factor,
                "base_amount": _rappen(amount * line.factor),
                "base_currency": "CHF",
                **reference,
            }
        )
        return row_id

    def _tax_leg(self, line: Line) -> tuple[str, str]:
        """Account and side the code applies to: what is sold or bought, else the side usual for the code."""
        if "side" in line.settings:
            side = line.settings["side"]
        else:
            sides = {side: self._type(no) for side, no in (("debit", line.debit), ("credit", line.credit))}
            result = [side for side, kind in sides.items() if kind in (_TYPES["revenue"], _TYPES["expense"])]
            assets = [side for side, no in (("debit", line.debit), ("credit", line.credit)) if _is_fixed_asset(no)]
            code = self._code(line)
            usual = "debit" if code and code.kind.startswith("pre_") else "credit"
            side = (result if len(result) == 1 else assets or [usual])[0]
        return (line.debit, side) if side == "debit" else (line.credit, side)

    def _split(self, line: Line) -> Split:
        code = self._code(line)
        rate = self._rate(line)
        amount = line.amount
        if code is None or not rate or code.kind in _BOOKED_GROSS:
            return Split(amount, Decimal(0), amount)
        if code.rate == _ALL_OF_IT:
            return Split(Decimal(0), amount, amount)
        if code.kind.startswith("pre_regards"):
            net, tax, gross = amount, _rappen(amount * rate / 100), amount
        else:
            tax = _rappen(amount * rate / (100 + rate))
            net, gross = amount - tax, amount
        if line.settings.get("rows") == "base":
            net = gross
        if "tax" in line.settings:
            tax = Decimal(line.settings["tax"])
        if "net" in line.settings:
            net = Decimal(line.settings["net"])
        return Split(net, tax, gross)

    # master data

    def _code(self, line: Line) -> law.StandardTaxCode | None:
        if line.tax_code is None:
            return None
        named = [code for code in self.codes if code.code == line.tax_code]
        valid = [c for c in named if c.valid_from <= line.day and (c.valid_till is None or line.day <= c.valid_till)]
        if not named and line.kind != "export":
            message = f"line {line.number} of the ledger: the company has no tax code {line.tax_code}"
            raise ValueError(message)
        if not named:
            rate = Decimal(line.settings.get("printed", "0"))
            account = "1170" if self._type(line.debit) == _TYPES["expense"] else "2200"
            kind = "pre_tax_material" if account == "1170" else "sales_tax"
            return law.StandardTaxCode(line.tax_code, "", kind, rate, account, "", date(2000, 1, 1), None, True)  # noqa: FBT003
        return (valid or named)[-1]

    def _tax_id(self, code: law.StandardTaxCode | None) -> int | None:
        return None if code is None else self.codes.index(code) + 1

    def _rate(self, line: Line) -> Decimal:
        """The rate booked and printed."""
        code = self._code(line)
        return Decimal(line.settings["printed"]) if "printed" in line.settings else code.rate if code else Decimal(0)

    def _type(self, account_no: str) -> int:
        found = law.account_range(account_no)
        return _TYPES[found.account_type] if found else _TYPES["asset"]

    def _account(self, account_no: str) -> int:
        ids = self._ids.setdefault("account", {})
        if account_no not in ids:
            ids[account_no] = len(ids) + 1
            found = law.account_range(account_no)
            self.tables["account"].append(
                {
                    "id": ids[account_no],
                    "account_no": account_no,
                    "name": found.content if found else account_no,
                    "account_type": self._type(account_no),
                    "tax_id": next(
                        (
                            place
                            for place, code in enumerate(self.codes, 1)
                            if code.code == self.default_codes.get(account_no)
                        ),
                        None,
                    ),
                    "is_active": True,
                    "is_locked": False,
                }
            )
        return ids[account_no]

    def _currency(self, name: str) -> int:
        ids = self._ids.setdefault("currency", {})
        if name not in ids:
            ids[name] = len(ids) + 1
            self.tables["currency"].append({"id": ids[name], "name": name, "round_factor": Decimal("0.05")})
        return ids[name]

    def _bank(self, account_no: str) -> int:
        ids = self._ids.setdefault("bank_account", {})
        if account_no not in ids:
            ids[account_no] = len(ids) + 1
            row: Row = {"id": ids[account_no], "name": account_no, "account_id": self._account(account_no)}
            self.tables["bank_account"].append(row)
        return ids[account_no]

    def _contact(self, line: Line) -> int | None:
        if line.contact is None:
            return None
        (name, country), ids = line.contact, self._ids.setdefault("contact", {})
        if name not in ids:
            ids[name] = len(ids) + 1
            self.tables["contact"].append(
                {
                    "id": ids[name],
                    "nr": f"{ids[name]:06}",
                    "contact_type_id": 2 if line.settings.get("is") == "person" else 1,
                    "name_1": name,
                    "country_id": self._country(country) if country else None,
                    "remarks": line.settings.get("vat"),
                }
            )
        return ids[name]

    def _country(self, iso: str) -> int:
        ids = self._ids.setdefault("country", {})
        if iso not in ids:
            ids[iso] = len(ids) + 1
            self.tables["country"].append({"id": ids[iso], "name": iso, "iso_3166_alpha2": iso})
        return ids[iso]

    def _document(self, document_id: str, lines: list[Line]) -> None:
        self.line_of_document.setdefault(document_id, set()).update(line.number for line in lines)


def _is_fixed_asset(account_no: str) -> bool:
    found = law.account_range(account_no)
    return found is not None and found.is_fixed_asset


def _files(line: Line) -> str:
    """Ids of the files attached to a document, as bexio lists them."""
    count = int(line.settings.get("files", "0"))
    return json.dumps([f"30000000-0000-4000-8000-{line.number:06}{place:06}" for place in range(count)])


def _rappen(amount: Decimal) -> Decimal:
    return amount.quantize(_RAPPEN, ROUND_HALF_UP)
