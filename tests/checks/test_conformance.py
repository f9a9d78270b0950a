"""Every check keeps the rules that are common to all."""

from __future__ import annotations

import pytest

from bexio_analytics.checks import ALL, handbook, wording
from bexio_analytics.review import Check
from bexio_analytics.testing import frames_from_text
from bexio_analytics.testing.conformance import (
    assert_binds_on_empty_books,
    assert_deterministic,
    assert_documented,
    assert_reads_only_books_and_law,
    assert_translated,
    standard_codes_with,
)

# One ledger in which every check finds something, several of them more than once.
EVERYTHING = """
    2026-01-01  Saldovortrag         1000 / 9100      50.00  opening
    2026-01-01  Saldovortrag         9100 / 2800      50.00  opening
    2026-07-01  Verkauf              1100 / 3200   1'081.00  invoice  UN81   contact=Kunde AG/CH
    2026-07-02  Barverkauf           1020 / 3200     540.50  manual
    2026-07-02  Barverkauf           1020 / 3400     216.20  other
    2026-07-03  Versicherung         6300 / 2000   1'081.00  bill     VB81   contact=Police AG/CH
    2026-07-04  Gegenrichtung        1100 / 3400     540.50  invoice  VM81
    2026-07-05  Ohne Ziffer          4200 / 2000     108.10  bill     V-ALT  contact=Inland AG/CH
    2026-07-06  Gedruckter Satz      1100 / 3200   1'077.00  invoice  UN81   printed=7.7
    2026-07-07  Alter Satz           1100 / 3200   1'077.00  invoice  UN77
    2026-07-08  Steuer von Hand      4200 / 2000     108.10  bill     VM81   tax=9.00  contact=Inland AG/CH
    2026-07-09  Nur Memo             1100 / 3400   1'081.00  invoice  UMEM
    2026-07-10  Steuerzeile fehlt    1100 / 3200     324.30  invoice  UN81   rows=base
    2026-07-11  Euro eins zu eins    4200 / 2000     500.00  bill            currency=EUR  factor=1  contact=Huber/DE
    2026-07-12  Schweizer Code       4200 / 2000   1'081.00  bill     VM81   contact=Huber/DE
    2026-07-13  Cloud                6570 / 2000     300.00  bill            contact=Cloudworks Ltd/IE
    2026-07-13  Cloud                6570 / 2000     400.00  bill            contact=Cloudworks Ltd/IE
    2026-07-14  Korrektur            1170 / 6500      81.00  manual
    2026-07-15  Verkauf Maschine     1020 / 1500   2'162.00  manual
    2026-07-16  Büromöbel            6500 / 2000     540.50  bill     VB81   contact=Möbel AG/CH  no=R-4711
    2026-07-20  Büromöbel            6500 / 2000     540.50  bill     VB81   contact=Möbel AG/CH  no=R 4711
    2026-07-21  Bareinkauf           6500 / 1000     108.10  expense  VB81   contact=Laden/CH
    2026-07-22  Ungeklärt            1099 / 1020     250.00  other
"""
CODES = standard_codes_with(
    ("V-ALT", "", "pre_tax_material", "8.1", "1170"), ("UMEM", "205", "opted_sales_tax", "8.1", "2200")
)

# A second one, for the checks that need other rates, links and neighbours.
MORE = """
    2023-12-03  Anzahlung                      1020 / 2030   1'077.00  manual   UN77  side=credit
    2026-05-20  Abrechnung Q1                  2200 / 2201   2'000.00  manual
    2026-07-01  Verkauf                        1100 / 3200   1'077.00  invoice  UN77  no=RE-1  contact=Kunde AG/CH
    2026-07-02  Einkauf                        4200 / 2000     107.70  bill     VM77
    2026-07-02  Einkauf                        4200 / 2000     215.40  bill     VM77
    2026-07-03  Abo 01.11.2023-31.01.2024      1100 / 3200   1'081.00  invoice  UN81
    2026-07-03  Abo 01.11.2023-31.01.2024      1100 / 3200   1'081.00  invoice  UN81
    2026-07-04  Gutschrift                     3200 / 1100     540.50  credit_note  UN81  for=RE-1
    2026-07-05  Verrechnung Anzahlung          2030 / 3200   1'000.00  manual
    2026-07-06  Wartung 01.08.2026-31.07.2029  1100 / 3200   5'405.00  invoice  UN81
    2026-07-07  Differenz                      6945 / 1020      10.81  manual   VB81
    2026-07-08  Aus dem Total                  6500 / 1020   1'081.00  manual   VB81  tax=87.56  net=993.44
    2026-07-09  Umbuchung Zimmer               3200 / 1020     103.80  manual   US38
    2026-07-10  Betrag folgt                   6500 / 1020       0.00  manual   VB81
    2026-07-11  Hosting                        6570 / 2000     500.00  bill     BZB81  contact=Inland AG/CH
    2026-07-12  Lizenz                         6570 / 2000   1'000.00  bill     BZB81  contact=Cloud Ltd/IE  net=925.07
    2026-07-13  Lizenz                         6570 / 2000     700.00  bill     BZB81  contact=Cloud Ltd/IE  leg=owed
    2026-07-14  Nicht gebucht                  1100 / 3200   1'081.00  invoice  UN81  rows=none
    2026-07-15  Steuer von Hand                3200 / 2200      40.00  manual
    2026-07-16  Vorsteuer von Hand             1170 / 6500      30.00  manual
    2026-07-17  Rabatt                         3800 / 1100     108.10  manual
    2026-07-18  Verlust                        3805 / 1100   1'081.00  manual   UN81
    2026-07-19  Delkredere                     3805 / 1109     540.50  manual   UN81
    2026-07-20  Anzahlung                      1020 / 2030   5'405.00  manual
    2026-09-30  Abgrenzung                     1300 / 6000   1'081.00  manual   VB81
""" + "\n".join(
    f"2026-08-{day:02}  Brot  1100 / 3201  102.60  invoice  UR26  net=100.00  tax=2.61" for day in range(1, 13)
)
OF_MORE = {
    *("B02", "B03", "B04", "B05", "B06", "C02", "C03", "C05", "C08", "C09", "E02", "E03", "E04"),
    *("F02", "F03", "F04", "F06", "F08", "F09", "F10", "F11", "F12"),
}
QUARTERS = "\n".join(
    f"{month}-03  Verkauf  1000 / 3200  1'081.00  manual\n"
    f"{month}-03  Verkauf  1000 / 3200  1'081.00  manual  UN81\n"
    f"{month}-04  Einkauf  4200 / 1000  {'1081' if month == '2026-07' else '108.10'}  manual  VM81"
    for month in ("2025-07", "2025-10", "2026-01", "2026-04", "2026-07")
)
CREDIT = "2026-07-04  Maschine  1500 / 2000  10'810.00  bill  VB81\n2026-07-05  Eingang  1020 / 1100  500.00  other"
OF_PERIODS = {
    "F16": (QUARTERS, "2026-Q3"),
    "F17": (QUARTERS, "2025-Q4"),
    "J06": (CREDIT, "2026-Q3"),
    "J09": (CREDIT, "2026-Q3"),
}

ELSEWHERE = "GI"
"""Families that need other settings, days or filed returns: modules of their own ask whether they are deterministic."""
ONE_ROW = {"C10", "F18", "J05", "J07"}
"""They look at one company, or at a filed return box by box: there is no order that could matter."""

every_check = pytest.mark.parametrize("check", ALL.values(), ids=list(ALL))


@every_check
def test_is_documented(check: Check) -> None:
    assert_documented(check)


@every_check
def test_binds_on_empty_books(check: Check) -> None:
    assert_binds_on_empty_books(check)


@every_check
def test_reads_only_books_and_law(check: Check) -> None:
    assert_reads_only_books_and_law(check)


@every_check
def test_is_translated(check: Check) -> None:
    for language in wording.LANGUAGES:
        assert_translated(check, wording.catalogue(language).get)


@pytest.mark.parametrize(
    "check",
    [c for c in ALL.values() if c.code[0] not in ELSEWHERE and c.code not in ONE_ROW],
    ids=lambda c: c.code,
)
def test_is_deterministic(check: Check) -> None:
    text, period = OF_PERIODS.get(check.code, (MORE if check.code in OF_MORE else EVERYTHING, "2026-Q3"))
    assert_deterministic(check, frames_from_text(text, codes=CODES), period=period)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_catalogue_is_complete_and_holds_nothing_obsolete(language: str) -> None:
    """A missing wording would be shown in English, an obsolete one never."""
    known = {message for _, message in wording.all_messages(ALL)}
    assert set(wording.catalogue(language)) == known


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_swiss_spelling(language: str) -> None:
    """Swiss German knows no ß."""
    assert not [text for text in wording.catalogue(language).values() if "ß" in text]


def test_handbook_is_fresh() -> None:
    """The file in the package is what the generator writes."""
    assert handbook.main(["--check"]) == 0


def test_handbook_has_a_page_for_every_check() -> None:
    """Each with its three sections, and a link that leads to it."""
    text = handbook.handbook(ALL)
    for check in ALL.values():
        assert f"### {check.code} · {check.title}" in text
        assert f"[{check.code}](#{check.code.lower()}--" in text
        assert all(section in text for section in check.sections.values())


def test_stale_handbook_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 and the command that helps."""
    monkeypatch.setattr(handbook, "FILE", handbook.FILE.with_name("no-such-file.md"))
    assert handbook.main(["--check"]) == 1
    assert "python -m bexio_analytics.checks.handbook" in capsys.readouterr().err


def test_no_check_is_long() -> None:
    """What passes 30 lines of SQL is a view that is missing."""
    from inspect import getsource  # noqa: PLC0415 - only here

    lengths = {check.code: getsource(check.function).split('"""')[-2].strip().count("\n") + 1 for check in ALL.values()}
    assert {code: length for code, length in lengths.items() if length > 30} == {}
