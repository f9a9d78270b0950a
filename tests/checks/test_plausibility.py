"""Family A: the defects are found on the marked lines, their innocent neighbours are not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bexio_analytics import law
from bexio_analytics.checks import plausibility
from bexio_analytics.mandate import VatSettings
from bexio_analytics.testing import assert_flags_marked_lines, mandate_for_tests

STANDARD = law.standard_tax_codes()


def test_revenue_without_tax_code() -> None:
    """Uncoded revenue is found, with the tax contained in it; what is no consideration is not."""
    findings = assert_flags_marked_lines(
        plausibility.revenue_without_tax_code,
        """
        2026-07-03  Barverkauf              1000 / 3200   1'081.00  manual            <- A01
        2026-07-03  Beratung                1100 / 3400     540.50  invoice           <- A01
        2026-07-04  Storno Barverkauf       3200 / 1000     108.10  manual            <- A01
        2026-07-04  Ohne MWST               1100 / 3600     200.00  invoice  U00      <- A01
        2026-07-05  Mietertrag Nebenobjekt  1020 / 7500     900.00  other             <- A01
        2026-07-06  Verkauf                 1100 / 3200   1'081.00  invoice  UN81
        2026-07-06  Export                  1100 / 3200   1'000.00  invoice  UEX
        2026-07-07  Lagerveränderung        1200 / 3900   5'000.00  manual
        2026-07-07  Eigenleistung           1500 / 3700   2'000.00  manual
        2026-07-08  Auflösung Abgrenzung    2300 / 3400   1'500.00  manual
        2026-07-08  Abgrenzung              1300 / 3400   1'500.00  manual
        2026-07-09  Umbuchung               3200 / 3400     300.00  manual
        2026-07-10  Kursgewinn              1100 / 6999      12.00  manual
        2026-07-10  Kursdifferenz           3200 / 6949       3.00  manual
        2026-07-11  Rundung                 1000 / 3200       0.05  manual
        2026-01-01  Vortrag                 3200 / 9100     800.00  opening
        2026-06-30  Voriges Quartal         1000 / 3200     200.00  manual
        """,
    )
    effects = {finding.values["account_no"]: finding.vat_effect for finding in findings if finding.amount != -108.10}
    assert effects["3400"] == Decimal("40.50")
    assert effects["7500"] == Decimal("67.44")
    storno = next(f for f in findings if f.amount and f.amount < 0)
    assert (storno.amount, storno.vat_effect) == (Decimal("-108.10"), Decimal("-8.10"))
    assert {finding.ziffer for finding in findings} == {"303"}


def test_uncoded_revenue_takes_the_rate_of_its_account() -> None:
    """On an account whose usual code is reduced, the effect is computed with 2.6 %."""
    (finding,) = assert_flags_marked_lines(
        plausibility.revenue_without_tax_code,
        "2026-07-03  Bücher  1000 / 3210  1'026.00  manual  <- A01",
        default_codes={"3210": "UR26"},
    )
    assert (finding.vat_effect, finding.ziffer) == (Decimal("26.00"), "313")


def test_unregistered_company_codes_nothing() -> None:
    """In a year without registration uncoded revenue is right."""
    assert_flags_marked_lines(
        plausibility.revenue_without_tax_code,
        "2026-07-03  Verkauf  1000 / 3200  1'081.00  manual",
        is_vat_subject=False,
    )


def test_net_tax_rate_mandate_that_codes_at_period_end() -> None:
    """With net tax rates an account coded once in the last month is left alone, another one is not."""
    assert_flags_marked_lines(
        plausibility.revenue_without_tax_code,
        """
        2026-07-03  Verkauf        1000 / 3200   1'081.00  manual
        2026-07-04  Verkauf        1000 / 3400     500.00  manual          <- A01
        2026-09-30  MWST Periode   1000 / 3200   2'000.00  manual  UN81
        """,
        mandate=mandate_for_tests(vat=VatSettings(method="net_tax")),
    )


def test_account_that_carries_no_consideration_can_be_excluded() -> None:
    """needs_sales_code = false in mandate.toml silences an account."""
    assert_flags_marked_lines(
        plausibility.revenue_without_tax_code,
        "2026-07-03  Mitgliederbeiträge  1020 / 3600  5'000.00  other",
        mandate=mandate_for_tests(accounts={"3600": {"needs_sales_code": False}}),
    )


def test_input_tax_on_account_without_vat() -> None:
    """Insurance, wages, depreciation, interest and taxes carry no input tax; training and broker accounts may."""
    findings = assert_flags_marked_lines(
        plausibility.input_tax_on_account_without_vat,
        """
        2026-07-03  Sachversicherung    6300 / 2000   1'081.00  bill     VB81  contact=Helvetia Muster/CH   <- A03
        2026-07-04  Lohn                5000 / 1020     108.10  manual   VB81                              <- A03
        2026-07-05  Hypothekarzins      6900 / 1020     216.20  manual   VB81                              <- A03
        2026-07-06  Rückbuchung Prämie  1020 / 6300     -54.05  manual   VB81                              <- A03
        2026-07-06  Weiterbildung       5810 / 2000     540.50  bill     VB81
        2026-07-07  Temporäre           5900 / 2000     540.50  bill     VB81
        2026-07-08  Prämie              6300 / 2000     900.00  bill
        2026-07-08  Prämie ohne MWST    6300 / 2000     900.00  bill     V00
        2026-07-09  Bankspesen          6940 / 1020      10.81  expense  VB81
        """,
    )
    assert findings[0].vat_effect == Decimal("81.00")
    assert findings[0].ziffer == "405"


def test_own_chart_uses_insurance_numbers_for_transport() -> None:
    """never_input = false in mandate.toml respects another chart."""
    assert_flags_marked_lines(
        plausibility.input_tax_on_account_without_vat,
        "2026-07-03  Transporte  6300 / 2000  1'081.00  bill  VB81",
        mandate=mandate_for_tests(accounts={"6300": {"never_input": False}}),
    )


def test_code_of_the_other_direction() -> None:
    """Sales codes on purchases and input codes on revenue are found; reductions on the other side are right."""
    assert_flags_marked_lines(
        plausibility.code_of_the_other_direction,
        """
        2026-07-03  Büromaterial       6500 / 1020    108.10  manual   UN81  side=debit                  <- A04
        2026-07-03  Maschine           1500 / 1020  1'081.00  manual   UN81  side=debit                  <- A04
        2026-07-04  Beratung           1100 / 3400    540.50  invoice  VM81                              <- A04
        2026-07-05  Lieferantenskonto  2000 / 4900     10.81  manual   VM81
        2026-07-05  Rückerstattung     1020 / 6500     54.05  manual   UN81
        2026-07-06  Verkauf Maschine   1020 / 1500  2'162.00  manual   UN81
        2026-07-07  Skonto Kunde       3800 / 1100     21.62  manual   UN81
        2026-07-08  Verkauf            1100 / 3200  1'081.00  invoice  UN81
        2026-07-08  Einkauf            4200 / 2000  1'081.00  bill     VM81
        """,
    )


def test_direction_effect_is_zero_where_only_the_ziffern_are_wrong() -> None:
    """A sales code on a purchase is booked as negative turnover: the tax due is right, two Ziffern are not."""
    (finding,) = assert_flags_marked_lines(
        plausibility.code_of_the_other_direction,
        "2026-07-03  Büromaterial  6500 / 1020  108.10  manual  UN81  side=debit  <- A04",
    )
    assert (finding.vat_effect, finding.amount) == (Decimal("0.00"), Decimal("100.00"))


def test_direction_effect_on_an_account_without_input_tax() -> None:
    """A sales code on wages lowers the tax due by a tax that may not be deducted at all."""
    (finding,) = assert_flags_marked_lines(
        plausibility.code_of_the_other_direction,
        "2026-07-03  Lohn  5000 / 1020  108.10  manual  UN81  side=debit  <- A04",
    )
    assert finding.vat_effect == Decimal("8.10")


def test_direction_effect_doubles_where_the_tax_went_the_wrong_way() -> None:
    """Revenue with an input code whose tax was debited deducts the tax instead of owing it."""
    (finding,) = assert_flags_marked_lines(
        plausibility.code_of_the_other_direction,
        "2026-07-03  Beratung  1100 / 3400  540.50  invoice  VM81  tax=-40.50  <- A04",
    )
    assert finding.vat_effect == Decimal("81.00")


def test_tax_code_without_ziffer() -> None:
    """A rated code without Ziffer is found with its whole tax; explicit "no VAT" codes and BZ codes are fine."""
    own = law.StandardTaxCode(
        "V-ALT", "", "pre_tax_material", Decimal("8.1"), "1170", "", date(2024, 1, 1), None, is_active_by_default=True
    )
    own_sale = law.StandardTaxCode(
        "U-NEU", "000", "sales_tax", Decimal("8.1"), "2200", "", date(2024, 1, 1), None, is_active_by_default=True
    )
    ended = law.StandardTaxCode(
        "UALT", "220", "not_taxable_turnover", Decimal(0), "2200", "", date(2020, 1, 1), date(2025, 12, 31),
        is_active_by_default=False,
    )  # fmt: skip
    findings = assert_flags_marked_lines(
        plausibility.tax_code_without_ziffer,
        """
        2026-07-03  Einkauf            4200 / 2000  1'081.00  bill     V-ALT                    <- A11
        2026-07-04  Verkauf            1100 / 3200    540.50  invoice  U-NEU                    <- A11
        2026-07-05  Export             1100 / 3200    900.00  invoice  UALT                     <- A11
        2026-07-05  Export vom Vorjahr  1100 / 3200    900.00  invoice  UALT   dated=2025-12-20
        2026-07-06  Porto              6500 / 1020     20.00  expense  V00
        2026-07-06  Ohne MWST          1100 / 3600     20.00  invoice  U00
        2026-07-07  Zoll               4200 / 2000     81.00  bill     ZOLLM
        2026-07-07  Lizenz             6570 / 2000    100.00  bill     BZB81
        2026-07-08  Alter Satz         1100 / 3200    107.70  invoice  UN77
        """,
        codes=(*STANDARD, own, own_sale, ended),
    )
    effects = {finding.values["tax_code"]: finding.vat_effect for finding in findings}
    assert effects == {"V-ALT": Decimal("-81.00"), "U-NEU": Decimal("40.50"), "UALT": Decimal("0.00")}


def test_unknown_code_of_an_export() -> None:
    """A code that bexio does not ship and nobody declared is a finding, never a silent zero."""
    assert_flags_marked_lines(
        plausibility.tax_code_without_ziffer,
        """
        2026-07-03  Einkauf  4200 / 1020  108.10  export  VX99  printed=8.1  no=A1   <- A11
        2026-07-04  Einkauf  4200 / 1020  108.10  export  VM81  no=A2
        2026-07-05  Bezug    1000 / 1020  100.00  export  no=A3
        """,
    )


def test_code_with_two_rates() -> None:
    """A printed rate that is not the code's is found; 7.7 and 7.70 are the same."""
    findings = assert_flags_marked_lines(
        plausibility.code_with_two_rates,
        """
        2026-07-03  Zu tief gedruckt  1100 / 3200  1'077.00  invoice  UN81  printed=7.7     <- A12
        2026-07-03  Zu hoch gedruckt  1100 / 3200  2'170.00  invoice  UN81  printed=8.5     <- A12
        2026-07-04  Verkauf           1100 / 3200  1'081.00  invoice  UN81  printed=8.100
        2026-07-05  Verkauf           1100 / 3200  1'081.00  invoice  UN81
        2026-07-06  Zoll              4200 / 2000     81.00  bill     ZOLLM
        """,
    )
    effects = {finding.amount: finding.vat_effect for finding in findings}
    assert effects == {Decimal("1000.00"): Decimal("0.00"), Decimal("2000.00"): Decimal("8.00")}


def test_input_tax_beyond_the_printed_rate() -> None:
    """On a purchase the effect is what was deducted beyond the rate on the document."""
    (finding,) = assert_flags_marked_lines(
        plausibility.code_with_two_rates,
        "2026-07-03  Einkauf  4200 / 1020  107.70  export  VM81  printed=7.7  tax=8.10  no=A1   <- A12",
    )
    assert finding.vat_effect == Decimal("0.40")


def test_code_of_an_export_with_two_rates() -> None:
    """In an export the MWST column prints the rate; a code unknown to bexio is compared with its usual print."""
    assert_flags_marked_lines(
        plausibility.code_with_two_rates,
        """
        2026-07-03  Einkauf  4200 / 1020  108.10  export  VM81  printed=7.7  no=A1   <- A12
        2026-07-04  Einkauf  4200 / 1020  108.10  export  VM81  no=A2
        2026-07-05  Einkauf  4200 / 1020  108.10  export  VX99  printed=8.1  no=A3
        2026-07-05  Einkauf  4200 / 1020  108.10  export  VX99  printed=8.1  no=A4
        2026-07-06  Einkauf  4200 / 1020  108.10  export  VX99  printed=8.0  no=A5   <- A12
        """,
    )
