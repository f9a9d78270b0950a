"""A copy of the snapshot's tables in which errors are planted the way bexio would have booked them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import polars as pl

from bexio_analytics.review.self_test.material import Booking, Tax
from bexio_analytics.snapshot import TABLES

_ROOM = 1000
"""Between two rows: what is planted stands in its place and was entered in its time, not at the end."""
_CLEARING = {"1172", "2202"}
_RAPPEN = Decimal("0.01")


def tax_on(net: Decimal, rate: Decimal) -> Decimal:
    """Tax on a net amount, rounded half up."""
    return (net * rate / 100).quantize(_RAPPEN, ROUND_HALF_UP)


def tax_in(gross: Decimal, rate: Decimal) -> Decimal:
    """Tax contained in a gross amount, rounded half up."""
    return (gross * rate / (100 + rate)).quantize(_RAPPEN, ROUND_HALF_UP)


class Draft:
    """Tables that can be changed row by row; the frames it was made of stay as they are.

    Ids of journal rows and manual entries from the API grow a thousandfold, in the same order: bexio counts them up,
    and a booking whose id comes late was entered late. An export has no ids of its own.

    Attributes:
        is_export: the books come from an export: there are no documents beside the journal.
    """

    def __init__(self, frames: Mapping[str, pl.DataFrame], *, is_export: bool) -> None:
        self.is_export = is_export
        self._tables = {name: frames.get(name, TABLES[name].empty()) for name in TABLES}
        self._widen("journal", "sequence", *(() if is_export else ("id",)))
        if not is_export:
            self._widen("manual_entry", "id")
            self._widen("manual_entry_line", "id", "manual_entry_id")
        accounts = self._tables["account"]
        self._account_ids = dict(zip(accounts["account_no"], accounts["id"], strict=True))

    def frames(self) -> dict[str, pl.DataFrame]:
        """The tables as they are now; rows of the journal are numbered in their order."""
        journal = self._tables["journal"].sort("sequence")
        numbered = journal.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("sequence"))
        return {**self._tables, "journal": numbered}

    # single rows

    def row(self, table: str, where: pl.Expr) -> dict[str, object]:
        """The first row that meets a condition, empty where there is none."""
        found = self._tables[table].filter(where)
        return found.row(0, named=True) if found.height else {}

    def update(self, table: str, where: pl.Expr, **values: object) -> None:
        """Set columns where a condition is met."""
        schema = TABLES[table].schema
        self._tables[table] = self._tables[table].with_columns(
            pl.when(where).then(pl.lit(value, dtype=schema[name])).otherwise(pl.col(name)).alias(name)
            for name, value in values.items()
        )

    def append(self, table: str, row: Mapping[str, object]) -> None:
        """Add a row."""
        self._tables[table] = pl.concat([self._tables[table], TABLES[table].frame([row])])

    def remove(self, table: str, where: pl.Expr) -> None:
        """Take rows away."""
        self._tables[table] = self._tables[table].filter(~where)

    def _widen(self, table: str, *columns: str) -> None:
        self._tables[table] = self._tables[table].with_columns(pl.col(columns) * _ROOM)

    def _place(self, table: str, day: date) -> dict[str, object]:
        """The row of a table behind which something of this day was entered; empty in an empty table."""
        rows = self._tables[table]
        order = "sequence" if table == "journal" else "id"
        earlier = rows.filter(pl.col("date") <= day)
        before = earlier.filter(pl.col("date") == pl.col("date").max()) if earlier.height else rows
        return before.sort(order).row(-1, named=True) if before.height else {}

    def _free(self, table: str, column: str, behind: object) -> int:
        """The first number behind another that nothing has yet."""
        number = int(str(behind or 0)) + 1
        taken = set(self._tables[table].filter(pl.col(column) >= number)[column].head(_ROOM))
        while number in taken:
            number += 1
        return number

    def account_id(self, account_no: str) -> int | None:
        """The id bexio gives an account; None where the company has no such account."""
        return self._account_ids.get(account_no)

    # whole bookings

    def set_amounts(self, booking: Booking, net: Decimal, tax: Decimal) -> None:
        """Other amounts for a booking in CHF, in the journal and on its document."""
        self.update("journal", pl.col("id") == booking.base_id, amount=net, base_amount=net)
        if booking.tax_line_id is not None:
            self.update("journal", pl.col("id") == booking.tax_line_id, amount=tax, base_amount=tax)
        gross = net if booking.direction == "acquisition" else net + tax
        self._set_document(booking, booking.tax_id, booking.rate, (net, tax, gross))

    def recode(self, booking: Booking, tax: Tax | None) -> int | None:
        """Give a booking in CHF another code, or none; what the partner pays stays, net and tax follow the code.

        The code is one of sales or input tax: acquisition tax is only taken away.

        Returns:
            Id of the VAT row where the booking got one it did not have.
        """
        gross, rate = booking.gross, tax.rate if tax else Decimal(0)
        amount = tax_in(gross, rate)
        net = gross - amount
        row = self.row("journal", pl.col("id") == booking.base_id)
        printed = {"export_tax_code": tax.code if tax else None, "export_tax_rate": rate if tax else None}
        exported = printed if self.is_export else {}
        self.update("journal", pl.col("id") == booking.base_id, amount=net, base_amount=net, **exported)
        old: dict[str, object] = {}
        if booking.tax_line_id is not None:
            old = self.row("journal", pl.col("id") == booking.tax_line_id)
            self.remove("journal", pl.col("id") == booking.tax_line_id)
        new_id = None
        if tax is not None and amount:
            # the row that was there keeps its id
            new_id = booking.tax_line_id or self._free("journal", "id", row["id"])
            debit, credit = self._tax_accounts(booking, tax, old)
            sides = {"debit_account_id": self.account_id(debit), "credit_account_id": self.account_id(credit)}
            behind = {"id": new_id, "sequence": int(str(row["sequence"])) + 1, "amount": amount, "base_amount": amount}
            self.append("journal", {**row, **exported, **sides, **behind})
        self._set_document(booking, tax.tax_id if tax else None, rate, (net, amount, gross))
        return None if new_id == booking.tax_line_id else new_id

    def _tax_accounts(self, booking: Booking, tax: Tax, old: Mapping[str, object]) -> tuple[str, str]:
        """Debit and credit of a VAT row; ``old`` is the one it takes the place of, empty where there was none."""
        account = tax.account_no or ("2200" if tax.direction == "output" else "1170")
        clearing = {self.account_id(each) for each in _CLEARING} - {None}
        if clearing & {old.get("debit_account_id"), old.get("credit_account_id")}:
            account = "2202" if tax.direction == "output" else "1172"  # collected consideration
        if booking.side == "debit":
            return account, booking.credit_account_no
        return booking.debit_account_no, account

    def _set_document(
        self, booking: Booking, tax_id: int | None, rate: Decimal, amounts: tuple[Decimal, Decimal, Decimal]
    ) -> None:
        kind, _, key = (booking.document_id or "").partition(":")
        net, tax, gross = amounts
        match kind:
            case "bill":
                bill = self.row("bill", pl.col("id") == key)
                amount = net if bill["item_net"] else gross
                self.update("bill_line", pl.col("bill_id") == key, tax_id=tax_id, tax_calc=tax, amount=amount)
                given = {name: gross for name in ("amount_man", "amount_calc", "base_currency_amount") if bill[name]}
                self.update("bill", pl.col("id") == key, **given)
            case "expense":
                self.update("expense", pl.col("id") == key, tax_id=tax_id, tax_calc=tax, tax_man=None)
                self.update("expense", pl.col("id") == key, amount=gross, base_currency_amount=gross)
            case "invoice":
                self._set_invoice(int(key), tax_id, net, tax, rate)
            case "manual_entry":
                side = self.account_id(booking.account_no) if tax_id else None
                where = (pl.col("manual_entry_id") == int(key)) & (pl.col("id") == booking.base_id)
                given = {"amount": gross, "base_currency_amount": gross}
                self.update("manual_entry_line", where, tax_id=tax_id, tax_account_id=side, **given)

    def _set_invoice(self, key: int, tax_id: int | None, net: Decimal, tax: Decimal, rate: Decimal) -> None:
        invoice = self.row("invoice", pl.col("id") == key)
        total = net if invoice["mwst_is_net"] else net + tax
        priced = (pl.col("invoice_id") == key) & pl.col("account_id").is_not_null()
        self.update(
            "invoice_position",
            priced,
            tax_id=tax_id,
            tax_value=rate if tax_id else None,
            amount=Decimal(1),
            discount_in_percent=None,
            unit_price=total,
            position_total=total,
        )
        self.update("invoice", pl.col("id") == key, total_gross=total, total_net=net, total_taxes=tax, total=net + tax)
        self.remove("invoice_tax", pl.col("invoice_id") == key)
        if tax:
            self.append("invoice_tax", {"invoice_id": key, "percentage": rate, "value": tax})

    def copy_bill(self, booking: Booking, day: date, rng: Random) -> tuple[list[int], str | None]:
        """Enter a bill (of an export: a booking) a second time on another day.

        Returns:
            Ids of the new journal rows and the id of the new document.
        """
        key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        document_id = None
        if not self.is_export:
            _, _, old = (booking.document_id or "").partition(":")
            bill = self.row("bill", pl.col("id") == old)
            number = f"{bill['document_no'] or 'LR'}-{rng.randint(100, 999)}"
            dates: dict[str, object] = {"bill_date": day, "due_date": None, "status": "BOOKED"}
            created = bill["created_at"]
            if isinstance(created, datetime):
                dates["created_at"] = created + (day - booking.booked_on)
            self.append("bill", {**bill, "id": key, "document_no": number, **dates})
            line = self.row("bill_line", pl.col("bill_id") == old)
            self.append("bill_line", {**line, "bill_id": key, "id": None})
            document_id = f"bill:{key}"
        reference = self.row("journal", pl.col("id") == booking.base_id)["reference"]
        ids = []
        for line_id in booking.line_ids:
            row = self.row("journal", pl.col("id") == line_id)
            linked = {"reference": reference} if self.is_export else {"ref_uuid": key, "ref_id": None}
            ids.append(self._append_row(day, {**row, **linked}))
        return ids, document_id

    def book_by_hand(
        self, day: date, accounts: tuple[str, str], gross: Decimal, text: str, tax: Tax | None = None
    ) -> tuple[list[int], str | None]:
        """Book by hand from a debit to a credit account, an input code on the debit side.

        Returns:
            Ids of the journal rows and the id of the manual entry.
        """
        debit, credit = accounts
        amount = tax_in(gross, tax.rate) if tax else Decimal(0)
        printed = {"export_tax_code": tax.code, "export_tax_rate": tax.rate} if tax and self.is_export else {}
        ids: list[int] = []
        for account, part in ((debit, gross - amount), (tax.account_no or "1170" if tax else debit, amount)):
            if not part:
                continue
            row: dict[str, object] = {
                "reference": f"Hand {text} {gross}" if self.is_export else None,
                "debit_account_id": self.account_id(account),
                "credit_account_id": self.account_id(credit),
                "description": text,
                **dict.fromkeys(("amount", "base_amount"), part),
                **dict.fromkeys(("currency", "base_currency"), "CHF"),
                "currency_factor": Decimal(1),
                **printed,
            }
            ids.append(self._append_row(day, row))
        if self.is_export:
            return ids, None
        neighbour = self._place("manual_entry", day)
        entry_id = self._free("manual_entry", "id", neighbour.get("id"))
        kind = {"type": "manual_single_entry", "booking_type": "manual_entry"}
        by = {"created_by_user_id": neighbour.get("created_by_user_id"), "is_locked": False}
        self.append("manual_entry", {"id": entry_id, "date": day, "reference_nr": None, **kind, **by})
        self.append(
            "manual_entry_line",
            {
                "manual_entry_id": entry_id,
                "position": 1,
                "id": ids[0],
                "date": day,
                "debit_account_id": self.account_id(debit),
                "credit_account_id": self.account_id(credit),
                "tax_id": tax.tax_id if tax else None,
                "tax_account_id": self.account_id(debit) if tax else None,
                "description": text,
                "amount": gross,
                "currency_id": self.row("currency", pl.col("name") == "CHF").get("id"),
                "currency_factor": Decimal(1),
                "base_currency_amount": gross,
            },
        )
        return ids, f"manual_entry:{entry_id}"

    def _append_row(self, day: date, row: Mapping[str, object]) -> int:
        """Add a journal row of a day behind the last one of that day; gives its id."""
        before = self._place("journal", day)
        places = {name: self._free("journal", name, before.get(name)) for name in ("id", "sequence")}
        self.append("journal", {**row, **places, "date": day})
        return places["id"]
