"""The year against its periods: what is filed is compared as a file has it, and the differences become a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from bexio_analytics import Books, Mandate, VatPeriod, law, vat_return
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import VatSettings
from bexio_analytics.mandate.settings import Activity
from bexio_analytics.periods import Rhythm
from bexio_analytics.testing import frames_from_text, mandate_for_tests
from bexio_analytics.vat import annual_reconciliation, annual_xml, filed_comparison, reconcile
from bexio_analytics.vat.ech0217 import Submission, check_xml, read_xml, store_filed, write_xml, ziffern_of
from bexio_analytics.vat.ech0217.declaration import AtActivity, AtRate, Effective, SimpleRates

AT = datetime(2026, 6, 20, 10, 0, tzinfo=UTC)
QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
YEAR = """
    2025-02-10  Beratung      1100 / 3400   1'081.00  invoice  UN81
    2025-05-10  Bücher        1100 / 3201     102.60  invoice  UR26
    2025-08-10  Ausfuhr       1100 / 3210     500.00  invoice  UEX
    2025-08-11  Material      4200 / 2000     216.20  bill     VM81
    2025-11-10  Abo Ausland   6570 / 2000     100.00  bill     BZB81
    2025-12-31  Mehr Material  4200 / 2000  1'081.00  bill     VM81
"""
CHANGED = """
    2025-03-01  Nachgebucht   1100 / 3400     108.10  invoice  UN81
    2025-06-01  Büro          6500 / 2000      54.05  bill     VB81
    2025-09-01  Dienst        6570 / 2000     200.00  bill     BZB81
"""


def mandate_of(folder: Path, vat: VatSettings | None = None) -> Mandate:
    folder.mkdir(exist_ok=True)
    found = mandate_for_tests(vat=vat) if vat else mandate_for_tests()
    return replace(found, id="muster", folder=folder, uid="CHE-116.281.271")


def file_all(books: Books, periods: tuple[str, ...] = QUARTERS) -> None:
    for period in periods:
        data = write_xml(vat_return(books, VatPeriod.parse(period)), books.mandate, generation_time=AT)
        store_filed(books.mandate.folder, data, stored_at=AT)


def books_of(text: str, mandate: Mandate) -> Books:
    return Books.from_frames(frames_from_text(text, vat=mandate.vat), mandate)


@pytest.mark.shared
def test_the_differences_of_a_year_are_a_file_of_their_own(tmp_path: Path, shared_data: Path) -> None:
    mandate = mandate_of(tmp_path / "muster")
    with books_of(YEAR, mandate) as books:
        file_all(books)
        with pytest.raises(ConfigurationError, match="nothing to reconcile"):
            annual_xml(books, 2025, generation_time=AT)
    with books_of(YEAR + CHANGED, mandate) as books:
        found = annual_reconciliation(books, 2025)
        data = annual_xml(books, 2025, generation_time=AT)
    assert check_xml(data) == []
    published = etree.XMLSchema(file=str(shared_data / "ech-0217" / "shim" / "eCH-0217-2-0-0.xsd"))
    assert published.validate(etree.fromstring(data))
    told = read_xml(data).declaration
    assert (told.general.submission, told.general.period_from, told.general.period_till) == (
        Submission.ANNUAL,
        date(2025, 1, 1),
        date(2025, 12, 31),
    )
    assert isinstance(told.method, Effective)
    assert told.turnover.total == 100
    assert told.method.supplies == (AtRate(Decimal("8.1"), Decimal(100)),)
    assert told.method.acquisitions == (AtRate(Decimal("8.1"), Decimal(200)),)
    assert (told.method.material, told.method.investments) == (Decimal(0), Decimal("20.25"))
    # 8.10 on the sale, acquisition tax owed and deducted, 4.05 of input tax
    assert told.payable == found.payable_difference == Decimal("4.05")
    assert {box.ziffer: box.difference for box in found.boxes} == {
        box: amount for box, amount in ziffern_of(told).items() if amount and box not in {"500", "510"}
    } | {"510": Decimal("-4.05")}


def test_a_reconciliation_that_was_filed_counts(tmp_path: Path) -> None:
    mandate = mandate_of(tmp_path / "muster")
    with books_of(YEAR, mandate) as books:
        file_all(books)
    with books_of(YEAR + CHANGED, mandate) as books:
        store_filed(mandate.folder, annual_xml(books, 2025, generation_time=AT), stored_at=AT)
        found = annual_reconciliation(books, 2025)
        assert found.payable_difference == len(found.boxes) == 0
        assert len(found.reconciled) == 1
        with pytest.raises(ConfigurationError, match="nothing to reconcile"):
            annual_xml(books, 2025, generation_time=AT)


def test_without_a_filed_return_nothing_is_known_to_differ(tmp_path: Path) -> None:
    with (
        books_of(YEAR, mandate_of(tmp_path / "muster")) as books,
        pytest.raises(ConfigurationError, match="No return of 2025 is stored"),
    ):
        annual_xml(books, 2025, generation_time=AT)


def test_a_year_filed_once_has_no_period_rounding(tmp_path: Path) -> None:
    mandate = mandate_of(tmp_path / "muster", VatSettings(rhythm=Rhythm.ANNUAL))
    with books_of(YEAR, mandate) as books:
        file_all(books, ("2025",))
        whole = reconcile(books, vat_return(books, VatPeriod.parse("2025")))
    assert whole.year is not None
    assert [str(each.result.period) for each in whole.year.periods] == ["2025"]
    assert whole.year.rounding == len(whole.year.boxes) == 0
    assert whole.filed is not None
    assert whole.filed.boxes == ()
    assert whole.turnover.remainder == whole.account_causes.height == whole.documents.height == 0


def test_activities_differ_by_activity(tmp_path: Path) -> None:
    activities = {
        name: Activity(name, Decimal("6.2"), (account_no,), code)
        for name, account_no, code in (("Küche", "3200", "11111"), ("Bankett", "3400", "22222"))
    }
    vat = VatSettings("net_tax", "agreed", Rhythm.SEMESTER)
    mandate = replace(mandate_of(tmp_path / "muster", vat), activities=activities)
    text = "2025-03-01  Küche  1100 / 3200  1'000.00  invoice\n2025-09-01  Bankett  1100 / 3400  500.00  invoice\n"
    with books_of(text, mandate) as books:
        file_all(books, ("2025-H1", "2025-H2"))
    with books_of(text + "2025-10-01  Bankett  1100 / 3400  100.00  invoice\n", mandate) as books:
        method = read_xml(annual_xml(books, 2025, generation_time=AT)).declaration.method
    assert isinstance(method, SimpleRates)
    assert method.supplies == (AtActivity("22222", Decimal("6.2"), Decimal(100)),)


def test_one_rate_of_two_eras_is_one_line_in_the_file_and_no_difference(tmp_path: Path) -> None:
    """2.5 % was the reduced rate before 2018 and after: a form has two boxes for it, a file has one line."""
    mandate = mandate_of(tmp_path / "muster")
    text = """
        2018-01-10  Bücher 2017  1100 / 3201  102.50  manual  ALT25
        2018-02-10  Bücher 2018  1100 / 3201  205.00  manual  UR25
    """
    (code,) = (c for c in law.standard_tax_codes() if (c.code, c.ziffer) == ("UR25", "311"))
    codes = [replace(code, code="ALT25", valid_till=None), *law.standard_tax_codes()]
    with Books.from_frames(frames_from_text(text, codes=codes), mandate) as books:
        result = vat_return(books, VatPeriod.parse("2018-Q1"))
        assert (result.ziffern["311"], result.ziffern["312"]) == (Decimal(100), Decimal(200))
        file_all(books, ("2018-Q1",))
        same = filed_comparison(books, VatPeriod.parse("2018-Q1"))
    assert same is not None
    assert (same.boxes, same.causes.height) == ((), 0)


def test_a_return_of_another_method_is_compared_where_both_forms_agree(tmp_path: Path) -> None:
    mandate = mandate_of(tmp_path / "muster")
    with books_of(YEAR, mandate) as books:
        file_all(books, ("2025-Q1",))
    with books_of(YEAR, mandate_of(tmp_path / "muster", VatSettings("net_tax", "agreed", Rhythm.SEMESTER))) as books:
        found = filed_comparison(books, VatPeriod.parse("2025-Q1"))
    assert found is not None
    assert found.is_of_other_method
    assert {"303", "400"}.isdisjoint(box.ziffer for box in found.boxes)
    assert found.difference == found.payable_now - Decimal("81.00")
