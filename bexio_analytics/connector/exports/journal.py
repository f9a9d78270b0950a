"""Reads the journal export (format 1): one row per debit and credit pair."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from bexio_analytics.connector.exports.cells import Account, read_account, read_date, read_tax
from bexio_analytics.connector.exports.grid import Grid
from bexio_analytics.connector.exports.layout import Header, is_header_again
from bexio_analytics.connector.exports.model import ExportLine, Problems
from bexio_analytics.connector.exports.rows import CENT, EIGHT_DECIMALS, MICRO, Row, read_currency

NO_ACCOUNT = Account("", "")
NO_DATE = date.min
_TOLERANCE = Decimal("0.02")
_RELATIVE_TOLERANCE = Decimal("0.00001")
_CLOSE_ENOUGH = Decimal("0.01")
_PER_HUNDRED = 100
_NAMED_LINES = 5


def read_journal(grid: Grid, header: Header, problems: Problems) -> tuple[list[ExportLine], list[str]]:
    """The lines of a journal export, oldest first, and notes.

    Every row that cannot be read is reported in ``problems``, and so is one whose base amount is not amount times
    factor: in the base currency to the cent, in a foreign one within a percent, since bexio prints few digits of some
    factors; a smaller difference there is noted. Revaluations (either amount 0) stand as they are, and a factor may be
    quoted per 100 units (JPY).
    """
    lines = []
    for number, cells in grid.rows[header.row + 1 :]:
        if is_header_again(header, cells):
            continue
        line = _line(Row(header, cells, grid.place(number), problems))
        if line is not None:
            lines.append(line)
    notes = [*_factor_notes(grid.path.name, lines)]
    lines = _with_unique_ids(lines, grid.path.name, notes)
    return oldest_first(lines), notes


def oldest_first(lines: list[ExportLine]) -> list[ExportLine]:
    """Lines by date, those of one day in the order of entry: bexio prints the newest first."""
    if not lines:
        return []
    first, last = lines[0], lines[-1]
    is_newest_first = first.booked_on > last.booked_on
    if first.booked_on == last.booked_on and first.id is not None and last.id is not None:
        is_newest_first = first.id > last.id
    return sorted(lines[::-1] if is_newest_first else lines, key=lambda line: line.booked_on)


def _line(row: Row) -> ExportLine | None:
    if not row.has_all_cells():
        return None
    debit = row.needed("Soll", read_account, 'an account such as "6000 - Raumaufwand"', NO_ACCOUNT)
    credit = row.needed("Haben", read_account, 'an account such as "1020 - Bank"', NO_ACCOUNT)
    amount = row.amount("Betrag", MICRO)
    currency = row.needed("Buchungswährung", read_currency, "a currency such as CHF", "")
    base_amount = row.amount("Betrag in Basiswährung", CENT)
    base_currency = row.needed("Währung in Basiswährung", read_currency, "a currency such as CHF", "")
    tax: tuple[str, Decimal | None] = ("", None)
    if row.text("MWST"):
        tax = row.needed("MWST", read_tax, 'a tax code such as "VB81 (8.10%)"', tax)
    line = ExportLine(
        place=row.place,
        id=row.needed("Id", _read_id, "a number", 0) if "Id" in row.header.index else None,
        booked_on=row.needed("Datum", read_date, "a date such as 31.12.2026", NO_DATE),
        reference=row.text("Referenz") or None,
        debit_no=debit.number,
        credit_no=credit.number,
        debit_name=debit.name,
        credit_name=credit.name,
        description=row.text("Beschreibung") or None,
        amount=amount,
        currency=currency,
        factor=row.amount("Umrechnungsfaktor", EIGHT_DECIMALS),
        base_amount=base_amount,
        base_currency=base_currency,
        tax_code=tax[0] or None,
        tax_rate=tax[1],
    )
    if row.is_sound and currency == base_currency and amount.quantize(CENT) != base_amount:
        row.reject(
            "Betrag in Basiswährung",
            f"does not balance: {base_amount} {base_currency} against {amount.quantize(CENT)} {currency} in Betrag",
        )
    elif row.is_sound and currency != base_currency and _does_not_balance(line):
        row.reject(
            "Betrag in Basiswährung",
            f"does not balance: {base_amount} {base_currency} against {amount} {currency} at {line.factor}",
        )
    return line if row.is_sound else None


def _read_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None  # noqa: PLR2004 - fits 52 bits


def _factor_notes(file: str, lines: list[ExportLine]) -> list[str]:
    odd = [line.place.line for line in lines if line.currency != line.base_currency and _is_off(line)]
    if not odd:
        return []
    more = f" and {len(odd) - _NAMED_LINES} more" if len(odd) > _NAMED_LINES else ""
    named = ", ".join(str(number) for number in odd[:_NAMED_LINES])
    return [f"{file}: base amount differs from amount times factor in line {named}{more}; the base amount was taken"]


def _is_off(line: ExportLine) -> bool:
    return _difference(line) > _TOLERANCE + abs(line.amount) * _RELATIVE_TOLERANCE


def _does_not_balance(line: ExportLine) -> bool:
    if not line.amount or not line.base_amount:
        return False
    return _difference(line) > _TOLERANCE + abs(line.base_amount) * _CLOSE_ENOUGH


def _difference(line: ExportLine) -> Decimal:
    at_factor = line.amount * line.factor
    return min(abs(at_factor - line.base_amount), abs(at_factor / _PER_HUNDRED - line.base_amount))


def _with_unique_ids(lines: list[ExportLine], file: str, notes: list[str]) -> list[ExportLine]:
    """The lines, without ids where ids repeat: they then number something else than lines."""
    ids = [line.id for line in lines if line.id is not None]
    if len(set(ids)) == len(ids):
        return lines
    notes.append(f"{file}: numbers in the column Id repeat; lines are told apart by their content instead")
    return [replace(line, id=None) for line in lines]
