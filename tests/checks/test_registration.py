"""Family J: the registration, and the return as a whole."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import ALL, registration
from bexio_analytics.mandate import VatSettings
from bexio_analytics.periods import Rhythm, VatPeriod
from bexio_analytics.review import run_check, set_period
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import assert_flags_marked_lines, frames_from_text, mandate_for_tests


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("CHE-116.281.271 MWST", None),
        ("CHE116281271 TVA", None),
        (None, None),
        ("ADM12345", None),
        ("CHE-123.456.789 MWST", "has a wrong check digit"),
        ("CHE-116.281.271", "lacks the suffix MWST"),
        ("MWST 123 456", "is no UID"),
    ],
)
def test_vat_number_is_wrong(number: str | None, reason: str | None) -> None:
    """The number in bexio's company profile."""
    frames = frames_from_text("2026-07-03  Verkauf  1100 / 3200  1'081.00  invoice  UN81")
    frames["company"] = TABLES["company"].frame([{"id": 1, "name": "Muster AG", "mwst_nr": number}])
    period = VatPeriod.parse("2026-Q3")
    with Books.from_frames(frames, mandate_for_tests()) as books:
        set_period(books, period)
        result = run_check(ALL["J05"], books, books.mandate, period, {})
    assert [finding.values["reason"] for finding in result.findings] == ([reason] if reason else []), result.note
    assert all(finding.subject_id == "company:1" for finding in result.findings)


def test_return_with_a_credit() -> None:
    """More input tax than output tax, with what may explain it; acquisition tax cancels out."""
    (finding,) = assert_flags_marked_lines(
        registration.return_with_a_credit,
        """
        2026-07-03  Export        1100 / 3200   9'000.00  invoice  UEX
        2026-07-03  Verkauf       1100 / 3200   1'081.00  invoice  UN81
        2026-07-04  Maschine      1500 / 2000  10'810.00  bill     VB81
        2026-07-05  Lizenz        6570 / 2000   1'000.00  bill     BZB81
        <- J06
        """,
    )
    assert (finding.amount, finding.ziffer) == (Decimal("729.00"), "510")
    assert (finding.values["exports"], finding.values["investments"]) == (Decimal("9000.00"), Decimal("10000.00"))


def test_ordinary_return() -> None:
    """What is owed is no credit, and a few francs are not worth a question."""
    assert_flags_marked_lines(
        registration.return_with_a_credit,
        """
        2026-07-03  Verkauf       1100 / 3200   1'081.00  invoice  UN81
        2026-07-04  Einkauf       4200 / 2000   1'189.10  bill     VM81
        """,
    )


ANNUAL = mandate_for_tests(vat=VatSettings(rhythm=Rhythm.ANNUAL))
INSTALMENTS = """
    2026-02-03  Verkauf       1100 / 3200  {sales}  invoice  UN81
    2026-05-30  Rate ESTV     2201 / 1020  2'000.00  other
    2026-08-30  Rate ESTV     2201 / 1020  2'000.00  other
    {third}
    2026-12-15  Büro          6500 / 1020    108.10  manual   VB81
"""
THIRD = "2026-11-28  Rate ESTV     2201 / 1020  2'000.00  other"


def annual_findings(sales: str, third: str, *, is_annual: bool = True) -> list[tuple[object, object]]:
    frames = frames_from_text(INSTALMENTS.format(sales=sales, third=third))
    years = frames["calendar_year"].to_dicts()
    frames["calendar_year"] = TABLES["calendar_year"].frame(
        [{**row, "is_annual_reporting": is_annual} for row in years]
    )
    period = VatPeriod.parse("2026")
    with Books.from_frames(frames, ANNUAL) as books:
        set_period(books, period)
        result = run_check(ALL["J07"], books, books.mandate, period, {})
    assert not result.note
    return [(finding.values["reason"], finding.values["detail"]) for finding in result.findings]


def test_annual_filing_in_danger() -> None:
    """A missing instalment and too large a turnover; all paid, or filing by quarter, is right."""
    assert annual_findings("1'081.00", THIRD) == []
    assert annual_findings("1'081.00", "") == [("no instalment was paid", "2026-11-30")]
    assert annual_findings("6'000'000.00", THIRD) == [("taxable turnover exceeds the limit", "5550416.28")]
    assert annual_findings("6'000'000.00", "", is_annual=False) == []


def test_empty_return() -> None:
    """Receipts of customers without any turnover declared."""
    (finding,) = assert_flags_marked_lines(
        registration.return_is_empty_or_unchanged,
        """
        2026-05-03  Verkauf       1100 / 3200  1'081.00  invoice  UN81
        2026-07-03  Eingang       1020 / 1100  1'081.00  other
        2026-07-04  Darlehen      1020 / 2400  5'000.00  other
        <- J09
        """,
    )
    assert finding.amount == Decimal("1081.00")


def test_dormant_company() -> None:
    """Without receipts of customers nothing has to be declared."""
    assert_flags_marked_lines(
        registration.return_is_empty_or_unchanged,
        """
        2026-07-04  Darlehen      1020 / 2400  5'000.00  other
        2026-07-05  Büro          6500 / 1020    108.10  manual   VB81
        """,
    )


def test_unchanged_return() -> None:
    """The same figures in every box as in the quarter before; a Rappen more is another return."""
    text = """
        2026-05-03  Verkauf       1100 / 3200  1'081.00  invoice  UN81
        2026-05-04  Einkauf       4200 / 2000    108.10  bill     VM81
        2026-07-03  Verkauf       1100 / 3200  1'081.00  invoice  UN81
        2026-07-04  Einkauf       4200 / 2000    108.10  bill     VM81
    """
    assert_flags_marked_lines(registration.return_is_empty_or_unchanged, text + "\n<- J09")
    assert_flags_marked_lines(
        registration.return_is_empty_or_unchanged, text + "2026-07-05  Verkauf  1100 / 3200  0.02  invoice  UN81"
    )
