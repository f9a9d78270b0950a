"""What changed books do to the returns of each VAT period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bexio_analytics import Books, VatPeriod, vat_return
from bexio_analytics.books.difference import FiledPeriods
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests
from bexio_analytics.vat.effect import vat_effect

BEFORE = """
    2026-05-10  Beratung   1100 / 3400    1'081.00  invoice  UN81
    2026-05-12  Beratung   1100 / 3400    2'162.00  invoice  UN81
    2026-07-12  Material   4200 / 2000      216.20  bill     VM81
    2026-08-12  Lizenzen   6570 / 2000      100.00  bill     BZB81
    2026-10-12  Papier     6500 / 2000      108.10  bill     VB81
"""
AFTER = """
    2026-05-10  Beratung   1100 / 3400    1'081.00  invoice  UN81
    2026-07-12  Beratung   1100 / 3400    2'162.00  invoice  UN81
    2026-07-12  Material   4200 / 2000      216.20  bill     VB81
    2026-08-12  Lizenzen   6570 / 2000      300.00  bill     BZB81
    2026-10-12  Papier     6500 / 2000      108.10  bill     VB81
"""


def test_each_period_changes_by_its_own_boxes() -> None:
    with books_from_text(BEFORE) as before, books_from_text(AFTER) as after:
        effect = vat_effect(before, after, FiledPeriods(((date(2026, 4, 1), date(2026, 6, 30)),), ()))
        periods = [VatPeriod.parse(name) for name in ("2026-Q2", "2026-Q3", "2026-Q4")]
        returns = {period.id: (vat_return(before, period), vat_return(after, period)) for period in periods}
    found = {(row["period_id"], row["ziffer"]): row for row in effect.boxes.iter_rows(named=True)}
    changes = {key: row["change"] for key, row in found.items()}
    assert changes == {
        ("2026-Q2", "200"): Decimal(-2000),
        ("2026-Q2", "299"): Decimal(-2000),
        ("2026-Q2", "303"): Decimal(-2000),
        ("2026-Q2", "399"): Decimal(-162),
        ("2026-Q2", "500"): Decimal(-162),
        ("2026-Q3", "200"): Decimal(2000),
        ("2026-Q3", "299"): Decimal(2000),
        ("2026-Q3", "303"): Decimal(2000),
        ("2026-Q3", "383"): Decimal(200),
        ("2026-Q3", "399"): Decimal("178.20"),
        ("2026-Q3", "400"): Decimal("-16.20"),
        ("2026-Q3", "405"): Decimal("32.40"),
        ("2026-Q3", "479"): Decimal("16.20"),
        ("2026-Q3", "500"): Decimal("145.80"),
        ("2026-Q3", "510"): Decimal("-16.20"),
    }
    assert found["2026-Q2", "303"]["tax_change"] == Decimal(-162)
    assert found["2026-Q2", "200"]["tax_change"] is None
    for (period_id, box), row in found.items():
        old, new = returns[period_id]
        assert (row["before"], row["after"]) == (old.ziffern[box], new.ziffern[box])
    owed = {row["period_id"]: row for row in effect.payable.iter_rows(named=True)}
    assert {period_id: row["change"] for period_id, row in owed.items()} == {
        "2026-Q2": Decimal(-162),
        "2026-Q3": Decimal(162),
    }
    assert [(row["is_filed"], row["was_filed"]) for row in owed.values()] == [(True, True), (False, False)]
    assert effect.not_computed == {}


def test_equal_books_have_no_effect() -> None:
    with books_from_text(BEFORE) as books:
        effect = vat_effect(books, books)
    assert effect.boxes.is_empty()
    assert effect.payable.is_empty()


def test_periods_without_a_return_are_named_and_stop_nothing() -> None:
    mandate = mandate_for_tests()
    frames = [frames_from_text(text, is_vat_subject=False) for text in (BEFORE, AFTER)]
    with Books.from_frames(frames[0], mandate) as before, Books.from_frames(frames[1], mandate) as after:
        effect = vat_effect(before, after)
    assert set(effect.not_computed) == {"2026-Q2", "2026-Q3"}
    assert "not subject to VAT" in effect.not_computed["2026-Q2"]
    assert effect.boxes.is_empty()
    assert effect.payable.is_empty()
