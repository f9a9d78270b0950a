"""Family E: across the border."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bexio_analytics.checks import cross_border
from bexio_analytics.testing import assert_flags_marked_lines


def test_acquisition_tax_missing() -> None:
    """Services from abroad without any code are found; registered, exempt and coded ones are not."""
    findings = assert_flags_marked_lines(
        cross_border.acquisition_tax_missing,
        """
        2026-07-03  Lizenzen           6570 / 2000  1'000.00  bill           contact=Cloudworks/IE            <- E01
        2026-07-04  Online-Werbung     6600 / 1020    500.00  expense        contact=Ads Media/US                 <- E01
        2026-07-04  Ohne MWST          6570 / 2000    200.00  bill     V00   contact=Cloudworks/IE            <- E01
        2026-07-05  Lizenzen           4200 / 2000    300.00  bill           contact=Adobe Systems/IE             <- E01
        2026-07-06  LinkedIn Ireland   6800 / 1020    100.00  other                                               <- E01
        2026-07-07  Lizenzen           6570 / 2000    800.00  bill     BZB81  contact=Cloudworks/IE
        2026-07-07  Lizenzen           6570 / 2000    108.10  bill     VB81   contact=Cloudworks/IE
        2026-07-08  Software           6570 / 2000    108.10  bill            contact=Vetter/DE  vat=CHE-116.281.271
        2026-07-09  Übernachtung       6640 / 1020    420.00  expense         contact=Hotel Adler/DE
        2026-07-09  Übernachtung       6700 / 1020    420.00  expense         contact=Hotel Adler/DE
        2026-07-09  Flug               6700 / 1020    380.00  expense         contact=Nordic Airways/SE
        2026-07-10  Versicherung       6700 / 2000    250.00  bill            contact=Allsafe Insurance/GB
        2026-07-11  Ware               4200 / 2000    900.00  bill            contact=Huber GmbH/DE
        2026-07-12  Beratung           6530 / 2000    900.00  bill            contact=Treuhand Rhein AG/LI
        2026-07-12  Beratung           6530 / 2000    900.00  bill            contact=Berater AG/CH
        2026-07-13  Abgrenzung         6570 / 2300    900.00  manual
        2026-07-14  Software lokal     6570 / 1020     90.00  other
        """,
    )
    first = max(findings, key=lambda finding: finding.amount or Decimal(0))
    assert (first.vat_effect, first.ziffer, first.subject) == (Decimal("81.00"), "383", "posting")


def test_ziffer_and_rate_follow_the_date() -> None:
    """Before 2024 the service belongs to Ziffer 382 at 7.7 %."""
    (finding,) = assert_flags_marked_lines(
        cross_border.acquisition_tax_missing,
        "2023-07-03  Lizenzen  6570 / 2000  1'000.00  bill  contact=Cloudworks/IE  <- E01",
        period="2023-Q3",
    )
    assert (finding.vat_effect, finding.ziffer) == (Decimal("77.00"), "382")
    assert finding.booked_on == date(2023, 7, 3)


def test_exempt_names_can_be_set() -> None:
    """A mandate with other exempt suppliers says so in its settings."""
    assert_flags_marked_lines(
        cross_border.acquisition_tax_missing,
        "2026-07-03  Kran  6700 / 2000  1'000.00  bill  contact=Baustelle Konstanz GmbH/DE",
        exempt="baustelle",
    )


def test_acquisition_tax_on_domestic_supplier() -> None:
    """A Swiss or Liechtenstein supplier with BZ is found; foreign ones and emission rights are not."""
    (first, _) = assert_flags_marked_lines(
        cross_border.acquisition_tax_on_domestic_supplier,
        """
        2026-07-03  Software            6570 / 2000  1'000.00  bill  BZB81  contact=Informatik AG/CH         <- E02
        2026-07-04  Beratung            6530 / 2000    500.00  bill  BZB81  contact=Treuhand Rhein AG/LI     <- E02
        2026-07-05  Lizenzen            6570 / 2000    800.00  bill  BZB81  contact=Cloudworks/IE
        2026-07-06  Emissionsrechte     4400 / 2000    900.00  bill  BZM81  contact=Klima AG/CH
        2026-07-07  Lizenzen            6570 / 2000    800.00  bill  BZB81  contact=Unbekannt
        2026-07-08  Software            6570 / 2000  1'081.00  bill  VB81   contact=Informatik AG/CH
        """,
    )
    assert (first.vat_effect, first.ziffer) == (Decimal("0.00"), "383")


def test_acquisition_base_taken_from_gross() -> None:
    """A price divided by 1.081 is found, in any currency; the price itself is right."""
    findings = assert_flags_marked_lines(
        cross_border.acquisition_base_taken_from_gross,
        """
        2026-07-03  Lizenz  6570 / 2000  1'000.00  bill  BZB81  contact=Cloudworks/IE  net=925.07  tax=74.93  <- E03
        2026-07-04  Lizenz   6570 / 2000  1'000.00  bill  BZB81  contact=Cloudworks/IE
        2026-07-05  Lizenz  6570 / 1020  2'000.00  manual  BZB81  net=1850.14  tax=149.86  <- E03
        2026-07-06  Lizenz   6570 / 2000  1'000.00  bill  BZB81  contact=Huber/DE  currency=EUR  factor=0.94
        """,
    )
    assert sorted(finding.vat_effect or Decimal(0) for finding in findings) == [Decimal("6.07"), Decimal("12.14")]


ONE_LEG = """
        2026-07-03  Lizenz     6570 / 2000  1'000.00  bill  BZB81  contact=Cloudworks/IE  leg=owed     <- E04
        2026-07-04  Lizenz     6570 / 2000  1'000.00  bill  BZB81  contact=Cloudworks/IE
        2026-07-05  Einkauf    4200 / 2000    108.10  bill  VM81   contact=Inland AG/CH
"""


def test_acquisition_tax_with_one_leg() -> None:
    """Owed and not deducted by a company with full deduction: too much is paid."""
    (finding,) = assert_flags_marked_lines(cross_border.acquisition_tax_with_one_leg, ONE_LEG)
    assert (finding.vat_effect, finding.ziffer) == (Decimal("-81.00"), "405")


def test_one_leg_is_right_without_full_deduction() -> None:
    """Excluded turnover in the year restricts the deduction."""
    text = ONE_LEG.replace("<- E04", "") + "2026-02-03  Miete  1100 / 7500  2'000.00  invoice  UNO"
    assert_flags_marked_lines(cross_border.acquisition_tax_with_one_leg, text)
