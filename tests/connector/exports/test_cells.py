"""Cells of an export: what is read, and what is left to a message."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexio_analytics.connector.exports import cells, read_exports
from bexio_analytics.connector.exports.grid import encoding_of
from bexio_analytics.errors import ImportFileError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18", "18"),
        ("-0.01", "-0.01"),
        ("+5.5", "5.5"),
        ("\u22125.50", "-5.50"),
        ("1'234'567.89", "1234567.89"),
        ("1’000.00", "1000.00"),
        ("-12\ufffd391.50", "-12391.50"),
        ("1?000.00", "1000.00"),
        ("12 345.00", "12345.00"),
        ("0.7829180000", "0.7829180000"),
        ("-0.00", "0.00"),
    ],
)
def test_amounts(text: str, value: str) -> None:
    found = cells.read_amount(text)
    assert found is not None
    assert (found, found.is_signed()) == (Decimal(value), value.startswith("-"))


@pytest.mark.parametrize("text", ["", "-", "1,50", "1'23.00", "1e3", "1.2.3", "NaN", "CHF 5", "١٢", "12'", "0x1"])
def test_what_is_no_amount(text: str) -> None:
    assert cells.read_amount(text) is None


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from("'’ \ufffd"))
def test_every_printed_amount_is_read_back(value: Decimal, mark: str) -> None:
    assert cells.read_amount(f"{value:,.2f}".replace(",", mark)) == value
    assert cells.read_amount(str(value)) == value


@pytest.mark.parametrize("text", ["22.08.2022", "2022-08-22", "2022-08-22 00:00:00", "2022-08-22T13:05"])
def test_dates(text: str) -> None:
    assert cells.read_date(text) == date(2022, 8, 22)


@pytest.mark.parametrize("text", ["", "22.8.22", "31.02.2022", "08/22/2022", "2022-13-01", "0.0.0000", "44795"])
def test_what_is_no_date(text: str) -> None:
    assert cells.read_date(text) is None


@pytest.mark.parametrize(
    ("text", "number", "name"),
    [
        ("6000 - Raum - Miete", "6000", "Raum - Miete"),
        ("1020", "1020", ""),
        ("10201 – Bank", "10201", "Bank"),
        ("1171 -", "1171", ""),
    ],
)
def test_accounts(text: str, number: str, name: str) -> None:
    assert cells.read_account(text) == cells.Account(number, name)


@pytest.mark.parametrize("text", ["", "Bank", "0100 - Bank", "60", "6000 Raum", "1234567890"])
def test_what_is_no_account(text: str) -> None:
    assert cells.read_account(text) is None


@pytest.mark.parametrize(
    ("text", "code", "rate"),
    [
        ("VB81 (8.10%)", "VB81", "8.10"),
        ("VKÜ", "VKÜ", None),
        ("UEX (0.00%)", "UEX", "0.00"),
        ("ZOLLM (100%)", "ZOLLM", "100"),
    ],
)
def test_tax_codes(text: str, code: str, rate: str | None) -> None:
    assert cells.read_tax(text) == (code, None if rate is None else Decimal(rate))


@pytest.mark.parametrize("text", ["", "VB81 (acht)", "VB81 (8.1%", "VB 81", "VB81 ()"])
def test_what_is_no_tax_code(text: str) -> None:
    assert cells.read_tax(text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("7.70%", "7.70"), ("7.7", "7.7"), ("0.077", "7.7"), ("0", "0"), ("0.5%", "0.5"), ("1", "1")]
)
def test_percents(text: str, value: str) -> None:
    assert cells.read_percent(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("123456789012.339996338", "123456789012.34"),
        ("0.3", "0.3"),
        ("0.000000123", "0.000000123"),
        ("-1.000000000000000444", "-1"),
        ("Rechnung 12345678901234567", "Rechnung 12345678901234567"),
    ],
)
def test_noise_of_spreadsheet_numbers(text: str, kept: str) -> None:
    assert cells.without_noise(text) == kept


def test_ascii_part_is_the_same_for_whole_and_lossy_texts() -> None:
    assert (
        cells.ascii_part("Büro-Nr. 7")
        == cells.ascii_part("B\ufffdro-Nr. 7")
        == cells.ascii_part("B?ro-Nr. 7")
        == "BroNr7"
    )
    assert cells.ascii_part("Bu\u0308ro") == "Bro"
    assert cells.ascii_part(None) == ""


@given(st.text())
def test_no_text_makes_a_reader_fail(text: str) -> None:
    for read in (cells.read_amount, cells.read_date, cells.read_account, cells.read_tax, cells.read_percent):
        read(cells.clean(text))
    assert isinstance(cells.without_noise(text), str)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xef\xbb\xbf", b"Datum;Soll;Haben;"]),
    body=st.binary(),
)
def test_no_content_raises_anything_but_an_import_error(tmp_path: Path, head: bytes, body: bytes) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(head + body)
    with pytest.raises(ImportFileError, match=r"export\.csv"):
        read_exports([path])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 700), byte=st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, journal_text: str, place: int, byte: bytes) -> None:
    content = journal_text.encode()
    path = tmp_path / "export.csv"
    path.write_bytes(content[:place] + byte + content[place + 1 :])
    try:
        rows = len(read_exports([path]).lines)
    except ImportFileError:
        rows = 1
    assert 1 <= rows <= 5


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Währung".encode(), "utf-8"),
        ("Währung".encode() + b" Gesch\xe4ft", "utf-8"),
        ("Währung".encode("cp1252"), "cp1252"),
        ("Währung Stra\u00df\u00bb".encode("cp1252"), "cp1252"),
        (b"ASCII", "utf-8"),
        ("Währung".encode("utf-16"), None),
        (b"a\x00b", None),
    ],
)
def test_encodings(content: bytes, encoding: str | None) -> None:
    assert encoding_of(content) == encoding
