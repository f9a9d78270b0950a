"""Every check keeps the rules that are common to all."""

from __future__ import annotations

from functools import cache

import polars as pl
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
# A third one, for what a deduction needs and loses: a year of it, because habits are part of the question.
DEDUCTIONS = """
    2025-10-01  Personenwagen            1530 / 2000  43'000.00  bill
    2026-07-01  Ware           4200 / 2000  1'081.00  bill  VM81  files=1  contact=Bekannt AG/CH  vat=CHE-116.281.271
    2026-07-02  Malen                    6100 / 2000   1'081.00  bill     VB81  contact=Maler/CH
    2026-07-02  Malen                    6100 / 2000   1'081.00  bill     VB81  contact=Maler/CH
    2026-07-03  Bohrmaschine             6100 / 1020     540.50  expense  VB81
    2026-07-03  Bohrmaschine             6100 / 1020     540.50  expense  VB81
    2026-07-04  Devisenkommission        6940 / 1020     108.10  manual   VB81
    2026-07-05  Spesenpauschale          5820 / 1020     324.30  manual   VB81
    2026-07-06  Restaurant Krone         6641 / 1020     205.20  expense  VB26
    2026-07-07  Diesel                   6210 / 1021     100.00  expense  VB81  currency=EUR  factor=0.94
    2026-07-08  Alt                      6100 / 2000   1'081.00  bill     VB81  dated=2019-03-14
    2026-07-09  Ankauf                   4200 / 2000   1'081.00  bill     VM81  contact=Fischer/CH  is=person
    2026-07-10  Leasing mit Kasko        6260 / 2000     756.70  bill     VB81  contact=Leasing AG/CH
    2026-07-11  Leasing mit Kasko        6260 / 2000     864.80  bill     VB81  contact=Leasing AG/CH
    2026-07-12  Verkauf                  1100 / 3200  10'810.00  invoice  UN81
    2026-07-13  Kurse                    1100 / 3400   5'000.00  invoice  UNO
    2026-07-14  Förderbeitrag            1020 / 3600   2'000.00  manual   SUB
    2026-07-15  Miete Wohnung            1100 / 7500   1'000.00  invoice  UNO
    2026-07-16  Dach                     7510 / 2000   1'081.00  bill     VB81
    2026-07-17  Notebook privat          2850 / 1520     500.00  manual
    2026-07-18  Einlageentsteuerung      1510 / 1020     540.50  manual   VES
""" + "\n".join(
    f"{month}-28  Bezug  2850 / 1020  500.00  other\n{month}-28  Telefon  6510 / 1020  108.10  manual  VB81"
    for month in (*(f"2025-{month}" for month in (10, 11, 12)), *(f"2026-0{month}" for month in range(1, 10)))
)
OF_DEDUCTIONS = (
    *("D01", "D02", "D03", "D05", "D06", "D07", "D08", "D09", "D10"),
    *("D12", "D13", "D14", "D15", "D16", "D17", "D18", "D19"),
)
OF_PERIODS = {
    **dict.fromkeys(OF_DEDUCTIONS, (DEDUCTIONS, "2026-Q3")),
    "F16": (QUARTERS, "2026-Q3"),
    "F17": (QUARTERS, "2025-Q4"),
    "J06": (CREDIT, "2026-Q3"),
    "J09": (CREDIT, "2026-Q3"),
}

SUPPLIES = """
    2026-01-01  Saldovortrag             1020 / 9100      50.00  opening
    2026-04-03  Verkauf                  1100 / 3400  10'810.00  invoice  UN81  contact=Kunde AG/CH
    2026-07-01  Verkauf                  1100 / 3400  10'810.00  invoice  UN81
    2026-07-01  Verkauf                  1100 / 3400   5'405.00  invoice  UN81
    2026-07-02  Bildschirm               1520 / 2000     540.50  bill     VM81
    2026-07-03  Toner                    6500 / 2000     540.50  bill     VM81
    2026-07-04  Beratung                 1100 / 3410   1'081.00  invoice  ULA   contact=Kunde AG/CH
    2026-07-05  Beratung                 1100 / 3410     540.50  invoice  ULA   contact=Kunde AG/CH
    2026-07-06  Beratung                 1100 / 3400   1'081.00  invoice  UN81  contact=Huber/DE
    2026-07-07  Beratung                 1100 / 3400     540.50  invoice  UN81  contact=Huber/DE
    2026-07-08  Beratung                 1100 / 3400   1'081.00  invoice  UNO
    2026-07-09  Beratung                 1100 / 3400     540.50  invoice  UNO
    2026-07-10  Miete 2-Zimmer-Wohnung   1100 / 7500   1'081.00  invoice  UO81
    2026-07-11  Miete 3-Zimmer-Wohnung   1100 / 7500   1'081.00  invoice  UO81
    2026-07-12  Verleih                  1100 / 3200   1'026.00  invoice  UR26
    2026-07-13  Verleih                  1100 / 3400   1'038.00  invoice  US38
    2026-07-14  Subvention               1020 / 3600   1'081.00  manual   UN81
    2026-07-15  Dividende                1020 / 6950   1'081.00  manual
    2026-07-16  Miete                    6000 / 1020   9'500.00  other
"""
OF_PERIODS |= dict.fromkeys(("A05", "A08", "A09", "A10", "A13", "A14", "A15", "J03", "J10"), (SUPPLIES, "2026-Q3"))

BORDERS = """
    2026-06-20  Töpfe                     4210 / 2000    500.00  bill     VIM    contact=Huber/DE
    2026-06-20  Telefon                   6510 / 2000    216.20  bill     VB81
    2026-07-01  Studio                    6600 / 2000  1'081.00  bill     VB81   contact=Huber/DE
    2026-07-02  Studio                    6600 / 2000    540.50  bill     VB81   contact=Huber/DE
    2026-07-03  Steinzeug                 4200 / 2000  1'081.00  bill     VM81   contact=Huber/DE
    2026-07-03  Steinzeug                 4200 / 2000    540.50  bill     VM81   contact=Huber/DE
    2026-07-04  Regale                    1510 / 2000  1'000.00  bill     BZB81  contact=Huber/DE
    2026-07-04  Regale                    1510 / 2000    500.00  bill     BZB81  contact=Huber/DE
    2026-07-05  Einfuhrsteuer             4210 / 2000    240.00  bill     ZOLLM  contact=Zollamt/CH
    2026-07-06  Einfuhrsteuer             4210 / 2000    120.00  bill     ZOLLM  contact=Zollamt/CH
    2026-07-07  Import Container          4270 / 2000  1'390.00  bill     VM81   contact=Spedition/CH
    2026-07-08  Verlagerungsverfahren     4210 / 2000     81.00  manual   ZOLLM
    2026-07-09  Töpfe                     1100 / 3200  2'162.00  invoice  UEX    contact=Bodensee/DE
    2026-07-09  Pfannen                   1100 / 3200  1'081.00  invoice  UEX    contact=Bodensee/DE
    2026-07-10  Beratung                  1100 / 3400  1'081.00  invoice  UEX    contact=Bodensee/DE
    2026-07-10  Beratung                  1100 / 3400    540.50  invoice  UEX    contact=Bodensee/DE
    2026-07-11  Marktplatz Verkäufe       1100 / 3200  5'405.00  manual   UN81
    2026-07-12  Marktplatz Auszahlung     1020 / 3200  2'162.00  manual   UN81
    2026-07-13  Marktplatz Auszahlung     1020 / 3200  1'081.00  manual   UN81
    2026-07-14  Untermiete                1020 / 6000    540.50  other
    2026-07-14  Untermiete Lager          1020 / 6000    648.60  other
    2026-07-15  Weiterbelastung           1160 / 6100    540.50  manual
    2026-07-15  Weiterbelastung Lager     1160 / 6100    648.60  manual
    2026-07-16  Privatanteil              1160 / 6510    108.10  manual
    2026-07-16  Privatanteil Juli         1160 / 6510    216.20  manual
    2026-07-17  Stripe Auszahlung         1020 / 3200    985.00  manual   UN81
    2026-07-17  Stripe Auszahlung         1020 / 3200  1'970.00  manual   UN81
    2026-07-18  Gutschein                 1000 / 3200    108.10  manual   UN81
    2026-07-18  Gutschein                 1000 / 3200    216.20  manual   UN81
"""
OF_BORDERS = ("D04", "E05", "E06", "E07", "E08", "E09", "E10", "E11", "E12", "F13", "F14", "F15", "F19", "F20")
OF_PERIODS |= dict.fromkeys(OF_BORDERS, (BORDERS, "2026-Q3"))

ELSEWHERE = "GIK"
"""Families that need other settings, days or filed returns: modules of their own ask whether they are deterministic."""
IN_ORDER = {"H02", "H04", "H05", "H06", "H07", "H08", "H09", "H12", "H13", "H14"}
"""They compare with a year of habits, as family K does: asked in ``test_journal_order``."""
OF_HABITS = {"A02", "A06", "A07", "H11", "H15"}
"""They need a past to compare with: asked in ``test_habits``."""
ONE_ROW = {"C10", "F18", "J05", "J07", "J08"}
"""They look at one company, or at a filed return box by box: there is no order that could matter."""
UNREGISTERED = {"J01", "J02", "J04"}
"""They ask nothing of a registered company: a module of their own asks whether they are deterministic."""


@cache
def ledger(text: str) -> dict[str, pl.DataFrame]:
    """Snapshot tables of one of the ledgers above."""
    return frames_from_text(text, codes=CODES)


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
    [
        c
        for c in ALL.values()
        if c.code[0] not in ELSEWHERE and c.code not in ONE_ROW | UNREGISTERED | IN_ORDER | OF_HABITS
    ],
    ids=lambda c: c.code,
)
def test_is_deterministic(check: Check) -> None:
    text, period = OF_PERIODS.get(check.code, (MORE if check.code in OF_MORE else EVERYTHING, "2026-Q3"))
    assert_deterministic(check, ledger(text), period=period)


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
    """What passes 38 lines of SQL is a view that is missing."""
    from inspect import getsource  # noqa: PLC0415 - only here

    lengths = {check.code: getsource(check.function).split('"""')[-2].strip().count("\n") + 1 for check in ALL.values()}
    assert {code: length for code, length in lengths.items() if length > 38} == {}
