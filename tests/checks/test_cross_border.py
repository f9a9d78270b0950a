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
        2026-07-03  Lizenzen           6570 / 2000  1'000.00  bill           contact=Cloudworks Ltd/IE            <- E01
        2026-07-04  Online-Werbung     6600 / 1020    500.00  expense        contact=Ads Media/US                 <- E01
        2026-07-04  Ohne MWST          6570 / 2000    200.00  bill     V00   contact=Cloudworks Ltd/IE            <- E01
        2026-07-05  Lizenzen           4200 / 2000    300.00  bill           contact=Adobe Systems/IE             <- E01
        2026-07-06  LinkedIn Ireland   6800 / 1020    100.00  other                                               <- E01
        2026-07-07  Lizenzen           6570 / 2000    800.00  bill     BZB81  contact=Cloudworks Ltd/IE
        2026-07-07  Lizenzen           6570 / 2000    108.10  bill     VB81   contact=Cloudworks Ltd/IE
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
        "2023-07-03  Lizenzen  6570 / 2000  1'000.00  bill  contact=Cloudworks Ltd/IE  <- E01",
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
