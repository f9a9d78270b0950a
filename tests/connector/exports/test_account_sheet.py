"""Account sheets: each booking counts once, however many sheets print it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bexio_analytics.connector.exports import Export, ExportKind, line_ids, read_exports
from bexio_analytics.errors import ImportFileError

WriteText = Callable[..., Path]
WriteSheet = Callable[[str, Sequence[Sequence[object]]], Path]

BOOKINGS = [
    (date(2026, 1, 5), "6000", "1020", Decimal("1500.00"), None, None),
    (date(2026, 1, 9), "6500", "1020", Decimal("100.00"), "VB81", "405"),
    (date(2026, 1, 9), "1171", "1020", Decimal("8.10"), "VB81", "405"),
    (date(2026, 1, 12), "1020", "2850", Decimal("20000.00"), None, None),
]


def _bookings(export: Export) -> list[tuple[object, ...]]:
    return [
        (line.booked_on, line.debit_no, line.credit_no, line.base_amount, line.tax_code, line.ziffer)
        for line in export.lines
    ]


def _without(text: str, *accounts: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith(accounts))


def test_bookings_in_two_sheets_count_once(write_text: WriteText, sheet_text: str) -> None:
    export = read_exports([write_text("blatt.csv", sheet_text)])
    assert _bookings(export) == BOOKINGS
    assert export.is_whole_ledger
    assert export.notes == ()
    assert (export.files[0].kind, export.files[0].rows) == (ExportKind.ACCOUNT_SHEET, 8)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings(write_text: WriteText, sheet_text: str, encoding: str) -> None:
    assert _bookings(read_exports([write_text("blatt.csv", sheet_text, encoding)])) == BOOKINGS


@pytest.mark.parametrize("mark", ["'", "’", "\ufffd", " ", "\u00a0", ""])
def test_thousands_may_be_set_off_by_anything(write_text: WriteText, sheet_text: str, mark: str) -> None:
    assert _bookings(read_exports([write_text("blatt.csv", sheet_text.replace("’", mark))])) == BOOKINGS


def test_texts_names_and_rates(write_text: WriteText, sheet_text: str) -> None:
    rent, goods, *_ = read_exports([write_text("blatt.csv", sheet_text)]).lines
    assert (rent.reference, rent.description, rent.debit_name, rent.credit_name) == (
        "KB 1", "Miete Januar", "Raumaufwand", "Bank"
    )  # fmt: skip
    assert (goods.description, goods.tax_rate, goods.amount, goods.currency, goods.factor) == (
        "(Papier AG) Papier", Decimal("8.10"), Decimal("100.00"), "CHF", Decimal(1)
    )  # fmt: skip


def test_one_account_alone_gives_its_bookings_and_says_what_is_missing(write_text: WriteText, sheet_text: str) -> None:
    export = read_exports([write_text("blatt.csv", _without(sheet_text, "6000", "6500", "1171", "2850"))])
    assert _bookings(export) == BOOKINGS
    assert not export.is_whole_ledger
    assert export.notes == (
        "the account sheets leave out 1171, 2850, 6000, 6500: bookings between these accounts are not in the books",
    )


def test_sheets_of_several_files_are_put_together(write_text: WriteText, sheet_text: str) -> None:
    one = write_text("a.csv", _without(sheet_text, "1020"))
    other = write_text("b.csv", _without(sheet_text, "6000", "6500", "1171", "2850"))
    export = read_exports([one, other])
    assert _bookings(export) == BOOKINGS
    assert export.is_whole_ledger


def test_equal_bookings_are_not_merged(write_text: WriteText, sheet_text: str) -> None:
    header = sheet_text.splitlines()[0]
    bank = "1020;05.01.2026;KB 1;;Parkplatz;6200;Fahrzeug;;;;CHF;;4.00;;;;"
    car = "6200;05.01.2026;KB 1;;Parkplatz;1020;Bank;;;;CHF;4.00;;;;;"
    export = read_exports([write_text("blatt.csv", f"{header}\n{bank}\n{bank}\n{car}\n{car}")])
    assert _bookings(export) == [(date(2026, 1, 5), "6200", "1020", Decimal("4.00"), None, None)] * 2
    assert len(set(line_ids(export.lines))) == 2
    with pytest.raises(ImportFileError, match="line 3, column Haben: does not balance"):
        read_exports([write_text("blatt.csv", f"{header}\n{bank}\n{bank}\n{car}")])


def test_headings_and_totals_around_the_postings(write_text: WriteText, sheet_text: str) -> None:
    """Without a column for the account, a line of its own names it; carried balances and totals are no bookings."""
    header, *rows = sheet_text.splitlines()
    text = ["Kontoblatt Beispiel GmbH", ""]
    for account in ("1020", "6000", "6500", "1171", "2850"):
        text += [f"{account} - Konto", header.removeprefix("Kontonummer;")]
        text += [";;;Saldovortrag;;;;;;;;;0.00;;;"]
        text += [row.removeprefix(f"{account};") for row in rows if row.startswith(account)]
        text += [";;;Total;;;;;;;1.00;1.00;;;;", ""]
    assert _bookings(read_exports([write_text("blatt.csv", "\n".join(text))])) == BOOKINGS


def test_foreign_currency_is_taken_from_the_side_that_prints_it(write_text: WriteText, sheet_text: str) -> None:
    header = sheet_text.splitlines()[0]
    text = (
        f"{header}\n1025;09.01.2026;KB 9;;Lizenz;6570;Informatik;;;;CHF;;95.00;-95.00;EUR;0.95;-100.00\n"
        "6570;09.01.2026;KB 9;;Lizenz;1025;Bank Euro;;;;CHF;95.00;;95.00;;;\n"
    )
    (line,) = read_exports([write_text("blatt.csv", text)]).lines
    assert (line.amount, line.currency, line.factor) == (Decimal(100), "EUR", Decimal("0.95"))
    assert (line.base_amount, line.debit_no, line.credit_no) == (Decimal("95.00"), "6570", "1025")


def test_negative_and_zero_postings_pair_up(write_text: WriteText, sheet_text: str) -> None:
    header = sheet_text.splitlines()[0]
    text = (
        f"{header}\n6500;09.01.2026;A;;x;1020;Bank;;;;CHF;-5.00;;-5.00;;;\n1020;09.01.2026;A;;x;6500;Material;;;;CHF;;-5.00;5.00;;;\n"
        "6500;10.01.2026;B;;y;1020;Bank;;;;CHF;0.00;;-5.00;;;\n1020;10.01.2026;B;;y;6500;Material;;;;CHF;;0.00;5.00;;;\n"
    )
    negative, zero = read_exports([write_text("blatt.csv", text)]).lines
    assert (negative.debit_no, negative.credit_no, negative.base_amount) == ("6500", "1020", Decimal("-5.00"))
    assert zero.base_amount == 0


def test_spreadsheet(write_sheet: WriteSheet, write_text: WriteText, sheet_text: str) -> None:
    header, *rows = csv.reader(io.StringIO(sheet_text.replace("’", "")), delimiter=";")
    typed: list[list[object]] = [list(header)]
    for row in rows:
        cells: list[object] = list(row)
        cells[0], cells[5] = int(row[0]), int(row[5])
        for column in (11, 12, 13):
            cells[column] = float(row[column]) if row[column] else None
        cells[8] = 0.081 if row[8] else None
        cells[9] = int(row[9]) if row[9] else None
        typed.append(cells)
    export = read_exports([write_sheet("blatt.xlsx", typed)])
    assert _bookings(export) == BOOKINGS
    assert export.lines[1].tax_rate == Decimal("8.1")
    assert line_ids(export.lines) == line_ids(read_exports([write_text("blatt.csv", sheet_text)]).lines)


def test_ids_are_those_of_the_journal(write_text: WriteText, sheet_text: str, journal_text: str) -> None:
    header = journal_text.splitlines()[0]
    journal = f"{header}\n05.01.2026;KB 1;6000 - Raum;1020 - Bank;Miete Januar;1500.00;CHF;1;1500.00;CHF;\n"
    sheets = line_ids(read_exports([write_text("blatt.csv", sheet_text)]).lines)
    assert line_ids(read_exports([write_text("journal.csv", journal)]).lines) == sheets[:1]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "1020;12.01.2026;KB 3;;Einlage;2850;Privat;;;;CHF;20’000.00;;18’391.90",
            "1020;12.01.2026;KB 3;;Einlage;2850;Privat;;;;CHF;20’001.00;;18’392.90",
            "blatt.csv, line 5, column Soll: does not balance: 20001.00 CHF on account 1020 has no counterpart in the",
        ),
        ("-1’608.10", "-1’608.20", "blatt.csv, line 4, column Saldo: does not balance: -1608.20 does not follow"),
        ("CHF;20’000.00;;", "CHF;20’000.00;1.00;", "line 5, column Haben: does not balance: both Soll and Haben"),
        ("Miete Januar;6000;", "Miete Januar;;", "line 2, column GK: is empty: the number of the contra account"),
        ("8.10%;405;CHF;;100", "8.10%;4x5;CHF;;100", 'line 3, column Ziffer: "4x5" is not a box of the return'),
        ("8.10%;405;CHF;;100", "acht;405;CHF;;100", 'line 3, column Prozentsatz: "acht" is not a rate such as 8.10%'),
        ("\n2850;", "\nKasse;", 'line 9, column Kontonummer: "Kasse" is not an account number'),
        (";GK;", ";Gegenkonto;", "line 1, column GK: missing column of the account_sheet export; found: Kontonummer"),
    ],
)
def test_wrong_sheets_are_refused(write_text: WriteText, sheet_text: str, old: str, new: str, expected: str) -> None:
    assert old in sheet_text
    with pytest.raises(ImportFileError) as caught:
        read_exports([write_text("blatt.csv", sheet_text.replace(old, new, 1))])
    assert expected in str(caught.value)
