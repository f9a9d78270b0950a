"""Reconciliations: every difference has its rows, a remainder is shown, and the year is held against what was filed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from bexio_analytics import Books, Mandate, VatPeriod, vat_return
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests
from bexio_analytics.vat import plain
from bexio_analytics.vat.annual import annual_reconciliation, filed_comparison
from bexio_analytics.vat.ech0217 import store_filed, write_xml
from bexio_analytics.vat.statement import document_differences, input_tax_statement, turnover_statement

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PERIOD = VatPeriod.parse("2026-Q3")
BOOKS = """
    2026-07-01  Beratung          1100 / 3400   1'081.00  invoice  UN81
    2026-07-02  Ohne Code         1020 / 3400     500.00  other
    2026-07-03  Skonto            3800 / 1100      21.62  manual   UN81
    2026-07-04  Verlust           3805 / 1100      54.05  manual   UN81
    2026-07-05  Maschine verkauft  1020 / 1500     216.20  manual   UN81
    2026-07-06  Vorauszahlung     1020 / 2030     108.10  manual   UN81
    2026-07-07  Weiterverrechnung  1020 / 6500     324.30  manual   UN81
    2026-07-08  Spende            1020 / 3600      70.00  manual   SPE
    2026-07-09  Abgrenzung        1300 / 3400     900.00  manual
    2026-07-10  Material          4200 / 2000     216.20  bill     VM81
    2026-07-11  Korrektur         1170 / 6500      12.00  manual
    2026-07-12  Falsche Steuer    4200 / 2000     108.10  bill     VM81  tax=9.00
"""


def test_turnover_is_reconciled_letter_by_letter() -> None:
    with books_from_text(BOOKS) as books:
        result = vat_return(books, PERIOD)
        found = turnover_statement(books, result)
    letters = {letter: amount for letter, amount in found.letters.items() if amount}
    assert letters == {
        "a": Decimal(1570),
        "b": Decimal(300),
        "d": Decimal(200),
        "e": Decimal(100),
        "h": Decimal(-20),
        "i": Decimal(-50),
        "j": Decimal(900),
    }
    assert (found.not_turnover, found.no_consideration, found.undeclared) == (Decimal(900), Decimal(70), Decimal(500))
    assert found.declared == found.ziffer_200 == result.ziffern["200"] == Decimal(1530)
    assert found.remainder == 0
    assert found.causes["description"].to_list() == ["Ohne Code"]


def test_input_tax_is_reconciled_account_by_account() -> None:
    with books_from_text(BOOKS) as books:
        found = input_tax_statement(books, vat_return(books, PERIOD))
    (material,) = [line for line in found.lines if line.ziffer == "400"]
    assert (material.declared, material.booked, material.difference) == (Decimal("25.20"), Decimal("25.20"), Decimal(0))
    assert material.accounts == {"1170": Decimal("25.20")}
    assert found.without_code == Decimal(12)
    assert found.causes["description"].to_list() == ["Korrektur"]


def test_documents_whose_tax_was_booked_otherwise() -> None:
    frames = frames_from_text(BOOKS)
    wrong = pl.col("title") == "Falsche Steuer"
    stated = pl.when(wrong).then(pl.lit(Decimal("8.10"))).otherwise(pl.col("tax_calc")).cast(pl.Decimal(18, 6))
    frames["bill_line"] = frames["bill_line"].with_columns(stated.alias("tax_calc"))
    with Books.from_frames(frames, mandate_for_tests()) as books:
        found = document_differences(books, PERIOD)
    assert found.select("codes", "stated", "booked", "difference").rows() == [
        ("VM81", Decimal("8.10"), Decimal("9.00"), Decimal("0.90"))
    ]


def _mandate(folder: Path) -> Mandate:
    folder.mkdir()
    return replace(mandate_for_tests(), id="muster", folder=folder, uid="CHE-116.281.271")


def test_what_changed_since_filing_goes_on_the_annual_form(tmp_path: Path) -> None:
    mandate = _mandate(tmp_path / "muster")
    late = "2025-05-20  Nachgebucht  1100 / 3400  108.10  invoice  UN81\n"
    text = "".join(f"2025-{m:02}-10  Beratung  1100 / 3400  1'081.00  invoice  UN81\n" for m in (2, 5, 8, 11))
    with Books.from_frames(frames_from_text(text), mandate) as books:
        for quarter in ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"):
            data = write_xml(vat_return(books, VatPeriod.parse(quarter)), mandate, generation_time=AT)
            store_filed(mandate.folder, data, stored_at=AT)
        clean = annual_reconciliation(books, 2025)
        assert filed_comparison(books, VatPeriod.parse("2026-Q1")) is None
    assert clean.boxes == ()
    assert clean.payable_difference == clean.rounding == 0
    with Books.from_frames(frames_from_text(text + late), mandate) as books:
        found = annual_reconciliation(books, 2025)
        changed = filed_comparison(books, VatPeriod.parse("2025-Q2"))
    assert {box.ziffer: box.difference for box in found.boxes} == {
        "200": Decimal(100),
        "299": Decimal(100),
        "303": Decimal(100),
        "399": Decimal("8.10"),
        "500": Decimal("8.10"),
    }
    assert found.payable_difference == Decimal("8.10")
    assert (found.due_on, found.corrected_in.id, found.accepted_until) == (
        date(2026, 6, 29),
        "2026-Q2",
        date(2026, 8, 28),
    )
    assert changed is not None
    assert (changed.payable_filed, changed.payable_now, changed.difference) == tuple(
        map(Decimal, ("81", "89.10", "8.10"))
    )
    assert "Nachgebucht" in changed.causes["description"].to_list()
    assert [each.comparison is not None and bool(each.comparison.boxes) for each in found.periods] == [
        False,
        True,
        False,
        False,
    ]
    assert found.periods[1].result.payable == Decimal("89.10")
    told = json.loads(json.dumps(plain(found)))
    assert (told["payable_difference"], told["due_on"], told["corrected_in"]) == ("8.10", "2026-06-29", "2026-Q2")
    assert told["periods"][1]["comparison"]["causes"][0]["booked_on"] == "2025-05-10"
