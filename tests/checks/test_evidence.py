"""Family D: the evidence for a deduction."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bexio_analytics.checks import evidence
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Check, Finding, Outcome, check_of, run_check, set_period
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text

if TYPE_CHECKING:
    from collections.abc import Callable


def outcome_of(check: Callable[..., object], text: str) -> Outcome:
    label: Check = check_of(check)
    with books_from_text(text) as books:
        period = VatPeriod.parse("2026-Q3")
        set_period(books, period)
        return run_check(label, books, books.mandate, period, {}).outcome


def effects(findings: tuple[Finding, ...]) -> list[Decimal]:
    return sorted(each.vat_effect or Decimal(0) for each in findings)


FILED = "\n".join(
    f"2026-0{month}-1{day}  Büromaterial  6500 / 2000  108.10  bill  VB81  contact=Papeterie/CH  files=1"
    for month in (4, 5, 6, 7)
    for day in range(3)
)


def test_deduction_without_document() -> None:
    """Where files are the habit, a bill or expense without one is found; without input tax there is no question."""
    findings = assert_flags_marked_lines(
        evidence.deduction_without_document,
        FILED
        + """
        2026-07-20  Prospekt      6600 / 2000    540.50  bill     VB81  contact=Grafik AG/CH                   <- D01
        2026-07-21  Treibstoff    6210 / 1020    108.10  expense  VB81                                         <- D01
        2026-07-22  Porti         6510 / 1000     32.45  expense  VB81
        2026-07-23  Versicherung  6300 / 2000    900.00  bill     V00   contact=Police AG/CH
        2026-07-24  Software      6570 / 2000    500.00  bill     BZB81  contact=Cloud Ltd/IE
        2026-07-25  Kreditkarte   6500 / 1020    216.20  manual   VB81
        2026-04-20  Nebenjahr     6600 / 2000    540.50  bill     VB81  contact=Grafik AG/CH
        """,
    )
    assert effects(findings) == [Decimal("8.10"), Decimal("40.50")]
    assert {each.ziffer for each in findings} == {"405"}


def test_mandate_that_seldom_attaches_files_gets_one_answer() -> None:
    """One finding stands for the period, at its largest document and with the tax of all."""
    (finding,) = assert_flags_marked_lines(
        evidence.deduction_without_document,
        """
        2026-07-01  Eins  6500 / 2000  108.10  bill     VB81  contact=A/CH  files=1
        2026-07-02  Zwei  6500 / 2000  216.20  bill     VB81  contact=A/CH
        2026-07-03  Drei  6500 / 2000  540.50  bill     VB81  contact=B/CH              <- D01
        2026-07-04  Vier  6500 / 1000  108.10  expense  VB81
        """,
    )
    assert (finding.vat_effect, finding.evidence["documents"]) == (Decimal("64.80"), 3)
    assert "stands for all documents" in finding.text()


def test_mandate_that_never_attaches_files_is_not_asked() -> None:
    """Nothing is known about files: the question has no meaning."""
    text = "2026-07-02  Zwei  6500 / 2000  216.20  bill  VB81  contact=A/CH"
    assert outcome_of(evidence.deduction_without_document, text) is Outcome.NOT_APPLICABLE


def test_large_receipt_without_supplier() -> None:
    """Above CHF 400 and paid at once without a supplier; the limit itself, invoices and statements are left alone."""
    findings = assert_flags_marked_lines(
        evidence.large_receipt_without_supplier,
        """
        2026-07-03  Bohrmaschine           6100 / 1020    432.40  expense  VB81                         <- D02
        2026-07-04  Drucker bar            6500 / 1000    540.50  manual   VB81                         <- D02
        2026-07-05  Bildschirm             6500 / 1020    400.00  expense  VB81
        2026-07-06  Reparatur              6100 / 1020    830.00  expense  VB81  contact=Schreiner/CH
        2026-07-07  Möbel                  1510 / 1020  2'162.00  manual   VB81
        2026-07-08  Möbel                  1510 / 2000  2'162.00  bill     VB81
        2026-07-09  Div. Belege August     6500 / 1000    864.80  manual   VB81
        2026-07-10  Bussen                 6360 / 1000    500.00  expense
        """,
    )
    assert effects(findings) == [Decimal("32.40"), Decimal("40.50")]


RECORDED = """
        2026-07-01  Ware     4200 / 2000  1'081.00  bill  VM81  contact=Bekannt AG/CH   vat=CHE-116.281.271 MWST
        2026-07-02  Ware     4200 / 2000  1'081.00  bill  VM81  contact=Gemeldet AG/CH  vat=CHE-105.805.187 TVA
"""


def test_supplier_without_vat_number() -> None:
    """Once a supplier and period, from CHF 50 of tax; foreign and private ones are other checks'."""
    findings = assert_flags_marked_lines(
        evidence.supplier_without_vat_number,
        RECORDED
        + """
        2026-07-03  Malen    6100 / 2000    540.50  bill  VB81  contact=Maler Muster/CH
        2026-08-03  Malen    6100 / 2000  1'081.00  bill  VB81  contact=Maler Muster/CH                      <- D03
        2026-07-04  Ware     4200 / 2000  1'081.00  bill  VM81  contact=Falsch AG/CH  vat=CHE-123.456.789    <- D03
        2026-07-05  Kleines  6500 / 2000    216.20  bill  VB81  contact=Klein AG/CH   vat=CHE-101.654.423
        2026-07-05  Kleines  6500 / 2000    216.20  bill  VB81  contact=Winzig/CH
        2026-07-06  Ware     4200 / 2000  1'081.00  bill  VM81  contact=Huber/DE
        2026-07-07  Ware     4200 / 2000  1'081.00  bill  VM81  contact=Fischer/CH  is=person
        2026-07-08  Prämie   6300 / 2000  1'081.00  bill  V00   contact=Police AG/CH
        2026-05-08  Früher   6100 / 2000  1'081.00  bill  VB81  contact=Maler Muster/CH
        """,
    )
    assert effects(findings) == [Decimal("81.00"), Decimal("121.50")]
    assert {each.values["reason"] for each in findings} == {
        "no VAT number is recorded",
        "the recorded VAT number cannot exist",
    }


def test_mandate_that_records_no_numbers_gets_one_answer_without_effect() -> None:
    """Not four thousand findings: one, and it stays informational."""
    lines = "\n".join(
        f"2026-07-{day:02}  Ware  4200 / 2000  1'081.00  bill  VM81  contact=Lieferant {day}/CH" for day in range(1, 25)
    )
    (finding,) = assert_flags_marked_lines(
        evidence.supplier_without_vat_number,
        lines + "\n2026-07-28  Ware  4200 / 2000  2'162.00  bill  VM81  contact=Grösster/CH   <- D03",
    )
    assert finding.vat_effect is None
    assert "stands for all suppliers" in finding.text()


def test_foreign_tax_deducted_as_swiss() -> None:
    """Foreign money or place without a known supplier; Swiss suppliers in euro and uncoded receipts are right."""
    findings = assert_flags_marked_lines(
        evidence.foreign_tax_deducted_as_swiss,
        """
        2026-07-03  Diesel Raststätte           6210 / 1021    100.00  expense  VB81  currency=EUR  factor=0.94   <- D12
        2026-07-04  Übernachtung Hotel Bregenz  6640 / 1020    216.20  expense  VB38                              <- D12
        2026-07-05  Restaurant, Österreich      6641 / 1020    108.10  expense  VB81                              <- D12
        2026-07-06  Gläser   4200 / 2000    500.00  bill     VM81  currency=EUR  factor=0.94  contact=Glas AG/CH
        2026-07-07  Hotel Wien                  6640 / 1021    200.00  expense  V00   currency=EUR  factor=0.94
        2026-07-08  Ware                        4200 / 2000  1'081.00  bill     VM81  contact=Huber/DE
        2026-07-09  Buch über Österreich        6503 / 1020     51.30  expense  VB26
        2026-07-10  Hotel Bellavista Lugano     6640 / 1020    103.80  expense  VB38
        """,
    )
    assert {each.vat_effect for each in findings} == {Decimal("7.04"), Decimal("7.91"), Decimal("8.10")}


def test_invoice_too_old_or_too_early() -> None:
    """By the date of the bill or in the text; a late invoice for an old supply, and last year's, are in time."""
    findings = assert_flags_marked_lines(
        evidence.invoice_too_old_or_too_early,
        """
        2026-07-03  Alt                             6100 / 2000  1'081.00  bill    VB81  dated=2020-03-14  <- D17
        2026-07-04  Rechnung vom 14.11.2024         6100 / 1020    540.50  manual  VB81                    <- D17
        2026-07-05  Rechnung Nr. 7 vom 14.03.2026   6100 / 1020    540.50  manual  VB81
        2026-07-06  Leistung vom 01.11.2019         6100 / 2000    540.50  bill    VB81
        2026-07-07  Dezember                        6100 / 2000    540.50  bill    VB81  dated=2026-06-30
        2026-07-08  Rechnung vom 99.99.2020         6100 / 1020    540.50  manual  VB81
        2026-07-09  Ohne Steuer                     6300 / 2000    540.50  bill    V00   dated=2020-03-14
        """,
    )
    assert {each.values["reason"]: each.vat_effect for each in findings} == {
        "is older than the claim lives": Decimal("81.00"),
        "belongs to a business year that is already reconciled": Decimal("40.50"),
    }


def test_invoice_of_the_last_year_that_can_be_claimed() -> None:
    """Five years after the end of the tax period: 2021 can be claimed until the end of 2026, as a correction."""
    (finding,) = assert_flags_marked_lines(
        evidence.invoice_too_old_or_too_early,
        "2026-07-03  Alt  6100 / 2000  1'081.00  bill  VB81  dated=2021-01-02  <- D17",
    )
    assert finding.values["reason"] == "belongs to a business year that is already reconciled"


def test_invoice_before_the_registration() -> None:
    """The mandate was not registered in the year of the invoice."""

    def unregistered_until_2025(tables: dict[str, pl.DataFrame]) -> None:
        year = pl.col("start").dt.year()
        tables["calendar_year"] = tables["calendar_year"].with_columns(is_vat_subject=year >= 2026)

    (finding,) = assert_flags_marked_lines(
        evidence.invoice_too_old_or_too_early,
        """
        2025-12-20  Einrichtung  1510 / 2000    500.00  bill
        2026-07-03  Ladentheke   1510 / 2000  1'081.00  bill  VB81  dated=2025-12-28   <- D17
        2026-07-03  Regale       1510 / 2000    540.50  bill  VB81  dated=2026-01-03
        """,
        edit=unregistered_until_2025,
    )
    assert finding.values["reason"] == "is dated before the registration"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ankauf Kaffeemaschine gebraucht", "is the notional deduction recorded item by item?"),
        ("Ankauf antike Uhr", "works of art, antiques and collections allow no notional deduction"),
    ],
)
def test_goods_of_private_seller(text: str, reason: str) -> None:
    """A person without number; services, companies and registered persons are left alone."""
    (finding,) = assert_flags_marked_lines(
        evidence.goods_of_private_seller,
        f"""
        2026-07-03  {text}   4200 / 2000  1'081.00  bill  VM81  contact=Fischer Susanne/CH  is=person          <- D18
        2026-07-04  Ankauf   4200 / 2000  1'081.00  bill  VIM   contact=Fischer Susanne/CH  is=person
        2026-07-05  Beratung 6530 / 2000  1'081.00  bill  VB81  contact=Meier Hans/CH       is=person
        2026-07-06  Ankauf   4200 / 2000  1'081.00  bill  VM81  contact=Händler AG/CH
        2026-07-07  Ankauf   4200 / 2000  1'081.00  bill  VM81  contact=Weber/CH  is=person  vat=CHE-116.281.271
        """.replace("Beratung 6530", "Beratung  6530"),
    )
    assert (finding.values["reason"], finding.vat_effect) == (reason, Decimal("81.00"))
