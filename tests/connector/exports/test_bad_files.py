"""Files that cannot be read: file, line and column are named, all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bexio_analytics.connector.exports import read_exports
from bexio_analytics.errors import ImportFileError

WriteText = Callable[..., Path]
WriteSheet = Callable[[str, Sequence[Sequence[object]]], Path]


def _message(*paths: Path) -> str:
    with pytest.raises(ImportFileError) as caught:
        read_exports(paths)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("10.02.2026;Bank", "31.02.2026;Bank", 'line 4, column Datum: "31.02.2026" is not a date such as 31.12.2026'),
        ("10.02.2026;Bank", ";Bank", "line 4, column Datum: is empty: a date such as 31.12.2026 belongs there"),
        ("6840 - Bankspesen", "Bankspesen", 'line 4, column Soll: "Bankspesen" is not an account such as'),
        ("1025 - Bank Euro", "", "line 4, column Haben: is empty: an account such as"),
        ("12.00;EUR", "12,00;EUR", 'line 4, column Betrag: "12,00" is not an amount such as 1234.50'),
        ("12.00;EUR", "1e5;EUR", 'line 4, column Betrag: "1e5" is not an amount such as 1234.50'),
        ("12.00;EUR", "99999999999;EUR", 'line 4, column Betrag: "99999999999" is too large'),
        ("12.00;EUR", "12.00;Euro", 'line 4, column Buchungswährung: "Euro" is not a currency such as CHF'),
        ("0.9500000000", "", "line 4, column Umrechnungsfaktor: is empty: an amount such as 1234.50 belongs there"),
        ("11.40;CHF", "11.40;USD", 'line 4, column Währung in Basiswährung: "USD" is not the base currency CHF'),
        ("81.00;CHF;UN81 (8.10%)", "81.00;CHF;UN81 (acht)", 'line 2, column MWST: "UN81 (acht)" is not a tax code'),
        (
            "1;81.00;CHF",
            "1;82.00;CHF",
            "line 2, column Betrag in Basiswährung: does not balance: 82.00 CHF against 81.00 CHF in Betrag",
        ),
        ("12.00;EUR;", "12.00;", "line 4: does not parse: 11 columns expected, 10 found"),
        ("81.00;CHF;1;81", "81.00;CHF;x;1;81", "line 2: does not parse: 11 columns expected, 12 found"),
    ],
)
def test_a_wrong_cell_is_named_by_file_line_and_column(
    write_text: WriteText, journal_text: str, old: str, new: str, expected: str
) -> None:
    assert journal_text.count(old) >= 1
    message = _message(write_text("journal.csv", journal_text.replace(old, new, 1)))
    assert message.startswith(f"journal.csv, {expected}")
    assert message.endswith("nothing was imported")


def test_wrong_id_is_named(write_text: WriteText, journal_text: str) -> None:
    header, first, *_ = journal_text.splitlines()
    assert 'line 2, column Id: "7a" is not a number' in _message(write_text("j.csv", f"Id;{header}\n7a;{first}\n"))


def test_quotation_mark_that_never_closes(write_text: WriteText, journal_text: str) -> None:
    message = _message(
        write_text("journal.csv", journal_text.replace(';"Papier; ""A4"", weiss\nzweite Zeile"', ';"Papier'))
    )
    assert "journal.csv, line 5: does not parse" in message
    assert "quotation mark" in message


def test_spreadsheet_lines_count_as_the_spreadsheet_does(write_sheet: WriteSheet, journal_text: str) -> None:
    header = journal_text.splitlines()[0].split(";")
    row = ["heute", "X", "6500 - A", "1020 - B", "t", 1, "CHF", 1, 1, "CHF", ""]
    assert 'journal.xlsx, line 4, column Datum: "heute"' in _message(write_sheet("journal.xlsx", [[], header, [], row]))


@pytest.mark.parametrize("column", ["Haben", "MWST", "Betrag in Basiswährung"])
def test_missing_column_is_named_with_those_found(write_text: WriteText, journal_text: str, column: str) -> None:
    message = _message(write_text("journal.csv", journal_text.replace(column, "Anderes", 1)))
    assert message.startswith(
        f"journal.csv, line 1, column {column}: missing column of the journal export; found: Datum"
    )
    assert "Anderes" in message


def test_two_missing_columns_are_named_together(write_text: WriteText, journal_text: str) -> None:
    message = _message(write_text("journal.csv", journal_text.replace("Soll;Haben", "Débit;Crédit", 1)))
    assert "line 1, column Soll, Haben: missing columns" in message


def test_file_without_header_says_what_is_expected(write_text: WriteText) -> None:
    message = _message(write_text("konto.csv", "Date;Text;Amount\n2026-01-01;x;1\n"))
    assert message.startswith(
        "konto.csv, line 1: no header of a bexio export; found: Date, Text, Amount; expected: journal"
    )
    assert "account_sheet" in message


def test_headers_in_another_language_are_refused_by_name(write_text: WriteText, journal_text: str) -> None:
    _, body = journal_text.split("\n", 1)
    french = "Date;Référence;Débit;Crédit;Description;Montant;Devise;Taux;Montant de base;Devise de base;TVA"
    assert "found: Date, Référence, Débit" in _message(write_text("journal.csv", f"{french}\n{body}"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "mac-roman", "cp850"])
def test_wrong_encoding_is_recognised(write_text: WriteText, journal_text: str, encoding: str) -> None:
    message = _message(write_text("journal.csv", journal_text.replace("É", ""), encoding))
    assert message.startswith("journal.csv, line 1")
    assert "wrong encoding" in message


def test_text_encoded_twice_is_recognised(write_text: WriteText, journal_text: str) -> None:
    message = _message(write_text("journal.csv", journal_text.encode().decode("cp1252")))
    assert "column Buchungswährung: wrong encoding: the header reads" in message


def test_all_problems_come_in_one_message(write_text: WriteText, journal_text: str) -> None:
    text = journal_text.replace("12.00;EUR", "zwölf;EUR").replace("01.01.2026", "gestern").replace("2200 - ", "")
    message = _message(write_text("journal.csv", text))
    assert message.startswith("3 problems, nothing was imported:")
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:]] == [
        "journal.csv, line 2, column Haben",
        "journal.csv, line 4, column Betrag",
        "journal.csv, line 7, column Datum",
    ]


def test_at_most_twenty_problems_are_listed(write_text: WriteText, journal_text: str) -> None:
    header, first, *_ = journal_text.splitlines()
    message = _message(write_text("journal.csv", "\n".join([header] + [first.replace("15.02.2026", "x")] * 33)))
    assert message.startswith("33 problems")
    assert message.count("column Datum") == 20
    assert message.endswith("… and 13 more")


def test_problems_of_several_files_come_together(write_text: WriteText, journal_text: str) -> None:
    bad = journal_text.replace("12.00;EUR", "zwölf;EUR")
    message = _message(write_text("a.csv", bad), write_text("b.csv", "nichts"))
    assert "a.csv, line 4" in message
    assert "b.csv, line 1: no header" in message


def test_overlapping_journals_are_refused(write_text: WriteText, journal_text: str) -> None:
    message = _message(write_text("a.csv", journal_text), write_text("b.csv", journal_text))
    assert "b.csv: overlaps a.csv: both hold bookings from 2026-01-01 on" in message


def test_journal_and_sheet_of_the_same_days_are_refused(
    write_text: WriteText, journal_text: str, sheet_text: str
) -> None:
    message = _message(write_text("a.csv", journal_text), write_text("b.csv", sheet_text))
    assert "b.csv: covers the same days as the journal a.csv" in message


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("leer.csv", b"", "leer.csv: is empty"),
        ("leer.csv", b" \n\n", "leer.csv: is empty"),
        ("defekt.xlsx", b"PK\x03\x04 not a spreadsheet", "defekt.xlsx: is not a readable spreadsheet"),
    ],
)
def test_files_without_content(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert _message(path).startswith(expected)


def test_header_alone_is_no_export(write_text: WriteText, journal_text: str) -> None:
    assert "no bookings" in _message(write_text("journal.csv", journal_text.splitlines()[0] + "\n"))


def test_missing_file(tmp_path: Path) -> None:
    assert "cannot be read" in _message(tmp_path / "fehlt.csv")


def test_no_file_at_all() -> None:
    assert "no file was given" in _message()
