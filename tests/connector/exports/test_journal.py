"""The journal export: every form of it gives the same lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexio_analytics.connector.exports import ExportKind, ExportLine, line_ids, lost_characters, read_exports
from bexio_analytics.errors import ImportFileError

WriteText = Callable[..., Path]
WriteSheet = Callable[[str, Sequence[Sequence[object]]], Path]


def _content(line: ExportLine) -> tuple[object, ...]:
    """Everything but the place and the texts."""
    return (
        line.booked_on,
        line.debit_no,
        line.credit_no,
        line.amount,
        line.currency,
        line.factor,
        line.base_amount,
        line.base_currency,
        line.tax_code,
        line.tax_rate,
    )


def _texts(line: ExportLine) -> tuple[str | None, ...]:
    return (line.reference, line.description, line.debit_name, line.credit_name)


def test_lines_come_oldest_first_in_the_order_of_entry(write_text: WriteText, journal_text: str) -> None:
    export = read_exports([write_text("journal.csv", journal_text)])
    assert [(line.booked_on, line.debit_no, line.credit_no) for line in export.lines] == [
        (date(2026, 1, 1), "1020", "9100"),
        (date(2026, 1, 3), "6500", "2000"),
        (date(2026, 2, 10), "6840", "1025"),
        (date(2026, 2, 15), "1100", "3400"),
        (date(2026, 2, 15), "1100", "2200"),
    ]
    assert [line.place.line for line in export.lines] == [7, 5, 4, 3, 2]


def test_cells_are_read_exactly(write_text: WriteText, journal_text: str) -> None:
    zero, negative, foreign, net, tax = read_exports([write_text("journal.csv", journal_text)]).lines
    assert (zero.amount, zero.base_amount, zero.tax_code, zero.tax_rate) == (Decimal(0), Decimal(0), None, None)
    assert negative.base_amount == Decimal("-54.05")
    assert negative.description == 'Papier; "A4", weiss\nzweite Zeile'
    assert (foreign.amount, foreign.currency, foreign.factor) == (Decimal("12.00"), "EUR", Decimal("0.95"))
    assert (foreign.base_amount, foreign.base_currency) == (Decimal("11.40"), "CHF")
    assert (net.reference, net.debit_name, net.credit_name) == ("Rechnung RE-7", "Debitoren", "Dienstleistungen")
    assert (tax.tax_code, tax.tax_rate, tax.base_amount) == ("UN81", Decimal("8.10"), Decimal("81.00"))
    assert {line.id for line in (zero, negative, foreign, net, tax)} == {None}


def test_file_is_described(write_text: WriteText, journal_text: str) -> None:
    (file,) = read_exports([write_text("journal.csv", journal_text, "cp1252")]).files
    assert (file.kind, file.encoding, file.rows) == (ExportKind.JOURNAL, "cp1252", 5)
    assert (file.first_on, file.last_on) == (date(2026, 1, 1), date(2026, 2, 15))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends_make_no_difference(
    write_text: WriteText, journal_text: str, encoding: str, newline: str
) -> None:
    expected = read_exports([write_text("a.csv", journal_text)]).lines
    found = read_exports([write_text("b.csv", journal_text.replace("\n", newline), encoding)]).lines
    assert [_content(line) for line in found] == [_content(line) for line in expected]
    assert [line.reference for line in found] == [line.reference for line in expected]
    assert [line.credit_name for line in found] == [line.credit_name for line in expected]


def test_broken_bytes_cost_characters_only(tmp_path: Path, write_text: WriteText, journal_text: str) -> None:
    """A file in UTF-8 whose texts hold single bytes of Windows-1252: seen in real exports."""
    head, body = journal_text.split("\n", 1)
    path = tmp_path / "mixed.csv"
    path.write_bytes(f"{head}\n".encode() + body.encode("cp1252"))
    export = read_exports([path])
    sound = read_exports([write_text("sound.csv", journal_text)])
    assert export.files[0].encoding == "utf-8"
    assert [_content(line) for line in export.lines] == [_content(line) for line in sound.lines]
    assert line_ids(export.lines) == line_ids(sound.lines)
    assert export.lines[3].description == "Beratung M\ufffdller"
    assert any("lost characters" in note for note in export.notes)
    assert not sound.notes


@pytest.mark.parametrize("lost", ["?", "\ufffd", "\ufffd\ufffd"])
def test_header_is_recognised_without_its_umlauts(write_text: WriteText, journal_text: str, lost: str) -> None:
    head, body = journal_text.split("\n", 1)
    export = read_exports([write_text("journal.csv", head.replace("ä", lost) + "\n" + body)])
    assert len(export.lines) == 5


def test_id_column_is_used_and_orders_a_day(write_text: WriteText, journal_text: str) -> None:
    header, *rows = journal_text.splitlines()
    rows = [row for row in rows if row.startswith("15.02.2026")]
    text = "\n".join(["Id;" + header, *(f"{900 - number};{row}" for number, row in enumerate(rows))])
    lines = read_exports([write_text("journal.csv", text)]).lines
    assert line_ids(lines) == [899, 900]
    assert [line.credit_no for line in lines] == ["3400", "2200"]


def test_repeated_ids_are_not_taken_for_line_numbers(write_text: WriteText, journal_text: str) -> None:
    header, *rows = journal_text.splitlines()
    rows = [row for row in rows if row.startswith("15.02.2026")]
    export = read_exports([write_text("journal.csv", "\n".join(["Id;" + header, *(f"7;{row}" for row in rows)]))])
    assert len(set(line_ids(export.lines))) == 2
    assert any("column Id repeat" in note for note in export.notes)


def test_equal_lines_get_different_ids(write_text: WriteText, journal_text: str) -> None:
    header, first, *_ = journal_text.splitlines()
    lines = read_exports([write_text("journal.csv", "\n".join([header] + [first] * 3))]).lines
    assert len(set(line_ids(lines))) == 3


def test_ids_do_not_change_when_lines_are_added(write_text: WriteText, journal_text: str) -> None:
    header, *rows = journal_text.splitlines()
    short = line_ids(read_exports([write_text("a.csv", "\n".join([header, *rows[2:]]))]).lines)
    long = line_ids(read_exports([write_text("b.csv", journal_text)]).lines)
    assert long[:3] == short
    assert all(0 <= each < 2**52 for each in long)


def test_spreadsheet_with_real_dates_and_numbers(
    write_sheet: WriteSheet, write_text: WriteText, journal_text: str
) -> None:
    header, *rows = csv.reader(io.StringIO(journal_text), delimiter=";")
    typed: list[list[object]] = [[], [], list(header)]
    for row in rows:
        cells: list[object] = list(row)
        day, month, year = (int(part) for part in row[0].split("."))
        cells[0] = datetime(year, month, day)  # noqa: DTZ001 - a spreadsheet's dates have no zone
        for column in (5, 7, 8):
            cells[column] = float(row[column])
        typed.append(cells)
    export = read_exports([write_sheet("journal.xlsx", typed)])
    expected = read_exports([write_text("journal.csv", journal_text)])
    assert [(_content(line), _texts(line)) for line in export.lines] == [
        (_content(line), _texts(line)) for line in expected.lines
    ]
    assert line_ids(export.lines) == line_ids(expected.lines)
    assert [line.place.line for line in export.lines] == [8, 7, 6, 5, 4]
    assert export.files[0].encoding is None


def test_float_noise_of_a_spreadsheet_is_not_money(write_sheet: WriteSheet, journal_text: str) -> None:
    header = journal_text.splitlines()[0].split(";")
    row = ["01.02.2026", "X", "6500 - A", "1020 - B", "t", 0.1 + 0.2, "CHF", 1, 0.3, "CHF", ""]
    large = ["01.02.2026", "X", "6500 - A", "1020 - B", "t", 123456789.07, "CHF", 1, 123456789.07, "CHF", ""]
    lines = read_exports([write_sheet("journal.xlsx", [header, row, large])]).lines
    assert sorted(line.base_amount for line in lines) == [Decimal("0.30"), Decimal("123456789.07")]


def test_sheets_beside_the_export_are_left_alone(tmp_path: Path, journal_text: str) -> None:
    path = tmp_path / "journal.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notizen").write_string(0, 0, "Notiz der Buchhalterin")
        sheet = book.add_worksheet("Journal")
        for number, row in enumerate(csv.reader(io.StringIO(journal_text), delimiter=";")):
            sheet.write_row(number, 0, row)
    assert len(read_exports([path]).lines) == 5


@pytest.mark.parametrize("wrong", ["0.9500000000;500.00", "0.0000000000;11.40", "0.9500000000;-11.40"])
def test_foreign_amounts_that_do_not_balance_are_refused(write_text: WriteText, journal_text: str, wrong: str) -> None:
    text = journal_text.replace("0.9500000000;11.40", wrong)
    with pytest.raises(ImportFileError, match=r"line 4, column Betrag in Basiswährung: does not balance"):
        read_exports([write_text("journal.csv", text)])


@pytest.mark.parametrize("right", ["0.9500000000;0.00", "95.0000000000;11.40"])
def test_revaluations_and_factors_per_hundred_are_read(write_text: WriteText, journal_text: str, right: str) -> None:
    export = read_exports([write_text("journal.csv", journal_text.replace("0.9500000000;11.40", right))])
    assert len(export.lines) == 5


def test_slightly_differing_factor_is_noted_not_refused(write_text: WriteText, journal_text: str) -> None:
    text = journal_text.replace("0.9500000000;11.40", "0.9500000000;11.50")
    export = read_exports([write_text("journal.csv", text)])
    assert export.notes == (
        "journal.csv: base amount differs from amount times factor in line 4; the base amount was taken",
    )
    assert export.lines[2].base_amount == Decimal("11.50")


def test_journals_of_following_periods_are_put_together(write_text: WriteText, journal_text: str) -> None:
    header, *rows = journal_text.splitlines()
    later = write_text("b.csv", "\n".join([header, *rows[:3]]))
    earlier = write_text("a.csv", "\n".join([header, *rows[3:]]))
    both = read_exports([later, earlier])
    assert line_ids(both.lines) == line_ids(read_exports([write_text("c.csv", journal_text)]).lines)
    assert [file.path for file in both.files] == [later, earlier]


GeneratedRow = tuple[date, str, str, str, str, str, Decimal, tuple[str, str]]
ACCOUNTS = st.integers(1000, 9999).map(str)
NAMES = st.text(st.sampled_from("abcäöüÉß ;\"'-/&1"), max_size=12).map(str.strip)
TEXTS = st.text(st.sampled_from("abcäöüÉß ;,\"'-/&12\n"), max_size=20).map(str.strip)
MONEY = st.integers(-(10**9), 10**9).map(lambda rappen: Decimal(rappen) / 100)
CODES = st.sampled_from([("", ""), ("UN81", "8.10"), ("VB77", "7.70"), ("UEX", "0.00")])
DAYS = st.dates(date(2018, 1, 1), date(2027, 12, 31))
ROWS = st.lists(st.tuples(DAYS, TEXTS, ACCOUNTS, ACCOUNTS, NAMES, TEXTS, MONEY, CODES), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_round_trip_through_every_form(tmp_path: Path, journal_text: str, rows: list[GeneratedRow]) -> None:
    header = journal_text.splitlines()[0].split(";")
    cells: list[list[str]] = []
    ordered = sorted(rows, key=lambda row: row[0])
    for day, reference, debit, credit, name, description, money, (code, rate) in sorted(
        rows, key=lambda row: str(row[0])
    ):
        printed = f"{day:%d.%m.%Y}"
        tax = f"{code} ({rate}%)" if code else ""
        accounts = (f"{debit} - {name}", f"{credit} - {name}")
        cells.append(
            [printed, reference, *accounts, description, f"{money:.2f}", "CHF", "1", f"{money:.2f}", "CHF", tax]
        )
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows([header, *cells])
    paths = []
    for encoding in ("utf-8", "cp1252"):
        paths.append(tmp_path / f"{encoding}.csv")
        paths[-1].write_bytes(text.getvalue().encode(encoding))
    paths.append(tmp_path / "journal.xlsx")
    with xlsxwriter.Workbook(paths[-1]) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([header, *cells]):
            for column, cell in enumerate(row):
                is_number = column in (5, 7, 8) and number > 0
                sheet.write_number(number, column, float(cell)) if is_number else sheet.write_string(
                    number, column, cell
                )
    exports = [read_exports([path]) for path in paths]
    for export in exports:
        found = [
            (line.booked_on, line.debit_no, line.credit_no, line.base_amount, line.tax_code or "", line.reference or "")
            for line in export.lines
        ]
        assert found == [(row[0], row[2], row[3], row[6], row[7][0], row[1]) for row in ordered]
        assert [_texts(line) for line in export.lines] == [_texts(line) for line in exports[0].lines]
        assert line_ids(export.lines) == line_ids(exports[0].lines)


@pytest.mark.shared
def test_recorded_journal_is_the_same_as_csv_and_as_spreadsheet(shared_data: Path) -> None:
    folder = shared_data / "bexio-exports"
    text = read_exports([folder / "journal-format1-2022.csv"])
    sheet = read_exports([folder / "journal-format1-2022.xlsx"])
    assert len(text.lines) == len(sheet.lines) == 219
    assert [_content(line) for line in text.lines] == [_content(line) for line in sheet.lines]
    assert line_ids(text.lines) == line_ids(sheet.lines)
    assert len(set(line_ids(text.lines))) == 219
    for one, other in zip(text.lines, sheet.lines, strict=True):
        for lossy, whole in zip(_texts(one), _texts(other), strict=True):
            assert _agree(lossy or "", whole or "")
    with_code = [line for line in sheet.lines if line.tax_code]
    assert {(line.tax_code, line.tax_rate) for line in with_code} == {
        ("UN77", Decimal("7.70")),
        ("UR25", Decimal("2.50")),
        ("UN80", Decimal("8.00")),
    }
    assert sum(line.base_amount for line in with_code if line.credit_no == "2200") == Decimal("3396.42")


def _agree(lossy: str, whole: str) -> bool:
    """Equal up to characters that the first text lost; a lost blank at either end was cut off."""
    if lost_characters(lossy) == 0:
        return lossy == whole
    same = [one == other or one in "?\ufffd" for one, other in zip(lossy, whole, strict=False)]
    return all(same) and abs(len(lossy) - len(whole)) <= 1
