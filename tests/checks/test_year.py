"""Family F: the period among its neighbours, the year against its periods, the books against what was filed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from bexio_analytics.checks import ALL, year
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Outcome, run_check, set_period
from bexio_analytics.review.context import FILED_RETURN_SCHEMA
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text


def quarters(last_purchase: str) -> str:
    """Five quarters with the same sales and purchases; the purchases of the last one differ."""
    lines = []
    for start in ("2025-07", "2025-10", "2026-01", "2026-04", "2026-07"):
        purchase = last_purchase if start == "2026-07" else "4'324.00"
        lines += [
            f"{start}-03  Verkauf  1100 / 3200  10'810.00  invoice  UN81",
            f"{start}-04  Einkauf  4200 / 2000  {purchase}  bill  VM81",
        ]
    return "\n".join(lines)


def test_ratio_has_shifted() -> None:
    """Purchases of 80 % instead of 40 % shift the gross margin, and nothing else."""
    (finding,) = assert_flags_marked_lines(year.ratio_has_shifted, quarters("8'648.00") + "\n<- F16")
    assert (finding.values["ratio"], finding.values["share"], finding.values["usual_share"]) == (
        "Gross margin",
        Decimal("20.00"),
        Decimal("60.00"),
    )
    assert (finding.ziffer, finding.vat_effect, finding.values["periods"]) == ("299", None, 4)


def test_ratios_of_ordinary_quarters() -> None:
    """A change within the usual, and too short a history, are silent."""
    assert_flags_marked_lines(year.ratio_has_shifted, quarters("5'405.00"))
    assert_flags_marked_lines(year.ratio_has_shifted, "\n".join(quarters("8'648.00").splitlines()[2:]))


def test_shift_of_the_effective_rate() -> None:
    """Input tax at another share of the purchases."""
    text = quarters("4'324.00") + "\n2026-08-01  Buch  4200 / 2000  41'040.00  bill  VM26\n<- F16"
    findings = assert_flags_marked_lines(year.ratio_has_shifted, text)
    assert {finding.ziffer for finding in findings} == {"479", "299"}


YEAR = """
    2025-02-03  Verkauf      1100 / 3200  1'081.00  invoice  UN81
    2025-05-03  Subvention   1020 / 3600    300.00  manual   SUB
    2025-08-03  Barverkauf   1000 / 3200    108.10  manual
    2026-08-03  Barverkauf   1000 / 3200    108.10  manual
"""


def test_year_differs_from_its_periods() -> None:
    """Asked where the business year ends: what any of its periods left out."""
    (finding,) = assert_flags_marked_lines(
        year.year_differs_from_its_periods,
        YEAR + "2025-11-03  Verkauf  1100 / 3200  108.10  invoice  UN81\n<- F17",
        period="2025-Q4",
    )
    assert (finding.amount, finding.vat_effect, finding.restates) == (Decimal("108.10"), Decimal("8.10"), True)
    assert_flags_marked_lines(year.year_differs_from_its_periods, YEAR, period="2026-Q3")


def filed(**amounts: str) -> pl.DataFrame:
    """A stored return of 2026-Q2."""
    rows = [
        {
            "period_id": "2026-Q2",
            "start_on": date(2026, 4, 1),
            "end_on": date(2026, 6, 30),
            "submission": 1,
            "method": "Effective",
            "ziffer": ziffer[1:],
            "amount": Decimal(amount),
        }
        for ziffer, amount in amounts.items()
    ]
    return pl.DataFrame(rows, schema=FILED_RETURN_SCHEMA)


def test_filed_return_differs_from_books() -> None:
    """Each Ziffer that moved since filing, whatever period is under review; the same figures are clean."""
    text = """
        2026-05-03  Verkauf   1100 / 3200  1'081.00  invoice  UN81
        2026-05-04  Einkauf   4200 / 2000    108.10  bill     VM81
        2026-07-04  Einkauf   4200 / 2000    108.10  bill     VM81
    """
    period = VatPeriod.parse("2026-Q3")
    with books_from_text(text) as books:
        set_period(books, period)
        assert run_check(ALL["F18"], books, books.mandate, period, {}).outcome is Outcome.NOT_APPLICABLE
        books.register("review", "filed_return", filed(z200="1000.00", z303="1000.00", z400="8.10", z479="8.10"))
        assert run_check(ALL["F18"], books, books.mandate, period, {}).outcome is Outcome.CLEAN
        books.register("review", "filed_return", filed(z200="900.00", z303="900.00", z400="18.10", z399="72.90"))
        findings = run_check(ALL["F18"], books, books.mandate, period, {}).findings
    assert {finding.ziffer: finding.vat_effect for finding in findings} == {
        "200": None,
        "303": Decimal("8.10"),
        "400": Decimal("10.00"),
    }
    assert {(finding.booked_on, finding.subject_id) for finding in findings} == {
        (date(2026, 9, 30), "vat_return:2026-Q2")
    }
