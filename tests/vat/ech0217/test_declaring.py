"""From ledgers in text to the file: every box on its element, or a refusal with every reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from bexio_analytics import Books, Mandate, VatPeriod, VatReturn, vat_return
from bexio_analytics.errors import ConfigurationError, FilingRefusedError
from bexio_analytics.mandate import VatSettings
from bexio_analytics.periods import Rhythm
from bexio_analytics.testing import books_from_text
from bexio_analytics.vat.ech0217 import RuleBreach, Submission, check_xml, read_xml, write_xml
from bexio_analytics.vat.ech0217.declaration import AtRate, Basis, Effective

D = Decimal
AT = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)
QUARTER = VatPeriod.parse("2026-Q3")
LEDGER = """
    2026-07-01  Verkauf            1100 / 3200    10'810.00  manual  UN81
    2026-07-02  Verkauf            1100 / 3200     1'026.00  manual  UR26
    2026-07-03  Beherbergung       1100 / 3400       519.00  manual  US38
    2026-07-04  Optierte Miete     1100 / 3400       108.10  manual  UO81
    2026-07-05  Export             1100 / 3200       700.00  manual  UEX
    2026-07-06  Ausland            1100 / 3400       300.00  manual  ULA
    2026-07-07  Kursgeld           1100 / 3400       250.00  manual  UNO
    2026-07-08  Nachtrag 2023      1100 / 3200       215.40  manual  UN77
    2026-07-09  Gutschrift         3200 / 1100       -20.00  manual
    2026-07-10  Ware               4200 / 2000     1'081.00  manual  VM81
    2026-07-11  Büro               6500 / 2000       216.20  manual  VB81
    2026-07-12  Cloud              6570 / 2000       400.00  manual  BZB81
    2026-07-13  Beratung 2023      4400 / 2000       100.00  manual  BZM77
    2026-07-14  Subvention         1020 / 3600       500.00  manual  SUB
    2026-07-15  Spende             1020 / 3600        70.00  manual  SPE
"""


@pytest.fixture(scope="module")
def books() -> Books:
    return books_from_text(LEDGER)


@pytest.fixture(scope="module")
def result(books: Books) -> VatReturn:
    return vat_return(books, QUARTER)


@pytest.fixture
def mandate(tmp_path: Path) -> Mandate:
    return Mandate.create(tmp_path / "muster", "Bäckerei Muster & Söhne AG", uid="CHE-101.734.967", vat=VatSettings())


def test_every_box_is_on_its_element(result: VatReturn, mandate: Mandate) -> None:
    data = write_xml(result, mandate, generation_time=AT)
    filed = read_xml(data)
    declared = {box: amount for box, amount in result.ziffern.items() if amount}
    assert {box: amount for box, amount in filed.ziffern.items() if amount} == declared
    assert set(declared) >= {"200", "205", "220", "221", "230", "302", "303", "313", "343", "382", "383", "400", "405"}
    assert filed.declaration.payable == result.payable != 0
    method = filed.declaration.method
    assert isinstance(method, Effective)
    assert [line.rate for line in method.supplies] == [D("8.1"), D("7.7"), D("3.8"), D("2.6")]
    assert method.acquisitions == (AtRate(D("8.1"), D("400.00")), AtRate(D("7.7"), D("100.00")))
    head = filed.declaration.general
    assert (head.uid, head.organisation_name) == ("CHE101734967", "Bäckerei Muster & Söhne AG")
    assert (head.generation_time, head.submission, head.basis) == (AT, Submission.FIRST, Basis.AGREED)
    assert filed.period == QUARTER
    assert head.business_reference_id == "muster-2026-Q3-1-20261005T083000Z"
    assert write_xml(result, mandate, generation_time=AT) == data


def test_the_order_of_elements_is_that_of_the_form(result: VatReturn, mandate: Mandate) -> None:
    root = etree.fromstring(write_xml(result, mandate, generation_time=AT))
    method = [etree.QName(element).localname for element in root.find("{*}effectiveReportingMethod")]
    assert list(dict.fromkeys(method)) == [
        "grossOrNet",
        "opted",
        "suppliesPerTaxRate",
        "acquisitionTax",
        "inputTaxMaterialAndServices",
        "inputTaxInvestments",
    ]
    texts = [element.text for element in root.iter("{*}turnover")]
    assert all(text and len(text.partition(".")[2]) == 2 for text in texts)


def test_lines_of_equal_rate_are_one_line(result: VatReturn, mandate: Mandate) -> None:
    """2.5 % is box 311 and 312, 3.8 % is 341 and 343: the file knows rates only; lines of 0.00 are left out."""
    ziffern = result.ziffern | dict.fromkeys(("205", "220", "221", "230", "302", "303", "313"), D("0.00"))
    ziffern |= {"341": D("100.00"), "343": D("-40.00"), "311": D("5.00"), "312": D("-5.00"), "200": D("60.00")}
    merged = replace(result, ziffern=ziffern, acquisition={("382", D("8.1")): D("1.00"), ("383", D("8.1")): D("2.00")})
    owed = D("60.00") * D("0.038") + D("3.00") * D("0.081")
    payable = (owed - result.ziffern["479"]).quantize(D("0.01"))
    method = read_xml(write_xml(replace(merged, payable=payable), mandate, generation_time=AT)).declaration.method
    assert method.supplies == (AtRate(D("3.8"), D("60.00")),)
    assert method.acquisitions == (AtRate(D("8.1"), D("3.00")),)


def test_an_empty_period_is_declared(books: Books, mandate: Mandate) -> None:
    empty = vat_return(books, VatPeriod.parse("2026-Q2"))
    assert not any(read_xml(write_xml(empty, mandate, generation_time=AT)).ziffern.values())


def test_collected_consideration_and_corrections(result: VatReturn, mandate: Mandate) -> None:
    data = write_xml(
        replace(result, basis="collected"),
        mandate,
        generation_time=AT,
        type_of_submission=2,
        business_reference_id="K-1",
    )
    head = read_xml(data).declaration.general
    assert (head.basis, head.submission, head.business_reference_id) == (Basis.COLLECTED, Submission.CORRECTION, "K-1")


def test_various_deductions_need_a_text(result: VatReturn, mandate: Mandate) -> None:
    ziffern = result.ziffern | {"280": D("50.00"), "200": result.ziffern["200"] + 50}
    with_280 = replace(result, ziffern=ziffern)
    with pytest.raises(ConfigurationError, match=r"Ziffer 280 of muster holds 50\.00 in 2026-Q3"):
        write_xml(with_280, mandate, generation_time=AT)
    written = read_xml(write_xml(with_280, mandate, generation_time=AT, description_280="Wert des Bodens"))
    assert written.ziffern["280"] == D("50.00")
    with pytest.raises(FilingRefusedError, match="descriptionVariousDeduction") as refused:
        write_xml(with_280, mandate, generation_time=AT, description_280="B" * 51)
    assert len(refused.value.breaches) == 1


def test_a_mandate_needs_its_uid(result: VatReturn, tmp_path: Path) -> None:
    nameless = Mandate.create(tmp_path / "ohne", "Ohne Nummer")
    with pytest.raises(ConfigurationError, match=r"ohne has no UID: add uid"):
        write_xml(result, nameless, generation_time=AT)


def test_the_period_must_fit_the_rhythm_unless_it_is_assumed(books: Books, tmp_path: Path) -> None:
    month = vat_return(books, VatPeriod.parse("2026-07"))
    half = vat_return(books, VatPeriod.parse("2026-H2"))
    year = vat_return(books, VatPeriod.parse("2026"))
    quarterly = Mandate.create(tmp_path / "a", "A", uid="CHE-101.734.967", vat=VatSettings(rhythm=Rhythm.QUARTER))
    assumed = Mandate.create(tmp_path / "b", "B", uid="CHE-101.734.967")
    with pytest.raises(FilingRefusedError, match=r"MWST-0003 .*expected a calendar quarter") as refused:
        write_xml(month, quarterly, generation_time=AT)
    assert refused.value.exit_code == 1
    for mandate in (quarterly, assumed):
        with pytest.raises(FilingRefusedError, match="MWST-0003"):
            write_xml(half, mandate, generation_time=AT)
        assert write_xml(half, mandate, generation_time=AT, period_deviates=True)
        assert write_xml(year, mandate, generation_time=AT, type_of_submission=Submission.ANNUAL)
    assert write_xml(month, assumed, generation_time=AT)


def test_every_reason_of_a_refusal_is_named(result: VatReturn, tmp_path: Path) -> None:
    """A return whose arithmetic was tampered with, of a company with too long a name."""
    odd = Mandate.create(tmp_path / "odd", "O" * 300, uid="CHE-101.734.967")
    ziffern = result.ziffern | {"200": result.ziffern["200"] + 1, "400": D("1.005")}
    with pytest.raises(FilingRefusedError) as refused:
        write_xml(replace(result, ziffern=ziffern), odd, generation_time=AT)
    found = [(breach.rule, breach.where) for breach in refused.value.breaches if isinstance(breach, RuleBreach)]
    assert found == [
        ("MWST-0001", "generalInformation/organisationName"),
        ("MWST-0001", "effectiveReportingMethod/inputTaxMaterialAndServices"),
        ("MWST-0005", "effectiveReportingMethod/suppliesPerTaxRate"),
        ("MWST-0006", "payableTax"),
    ]


def test_other_methods_are_not_taken_for_effective(result: VatReturn, mandate: Mandate) -> None:
    with pytest.raises(FilingRefusedError, match="MWST-0005"):
        write_xml(replace(result, method="net_tax"), mandate, generation_time=AT)


def test_long_names_of_mandates_are_cut_in_the_reference(result: VatReturn, tmp_path: Path) -> None:
    long = Mandate.create(tmp_path / ("m" * 60), "M", uid="CHE-101.734.967")
    reference = read_xml(write_xml(result, replace(long), generation_time=AT)).declaration.general.business_reference_id
    assert len(reference) <= 50
    assert reference.endswith("-2026-Q3-1-20261005T083000Z")


@pytest.mark.shared
def test_written_files_pass_the_published_schema(result: VatReturn, mandate: Mandate, reference_folder: Path) -> None:
    assert check_xml(write_xml(result, mandate, generation_time=AT, xsd_dir=reference_folder), reference_folder) == []
    with pytest.raises(FilingRefusedError) as refused:
        write_xml(result, replace(mandate, name=""), generation_time=AT, xsd_dir=reference_folder)
    assert len(refused.value.breaches) == 1
