"""Family B: rates against the date of supply."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexio_analytics.checks import rates
from bexio_analytics.testing import assert_flags_marked_lines


def test_rate_not_in_force() -> None:
    """A rate of the past is found on sales and acquisition tax; purchases, zero rates and credit notes are others'."""
    findings = assert_flags_marked_lines(
        rates.rate_not_in_force,
        """
        2026-07-03  Verkauf                                 1100 / 3200  1'077.00  invoice  UN77          <- B01
        2026-07-03  Verkauf, Leistung vom 12.12.2023        1100 / 3200  1'077.00  invoice  UN77
        2026-07-04  Einkauf                                 4200 / 2000    107.70  bill     VM77
        2026-07-05  Lizenz                                  6570 / 2000    100.00  bill     BZB77         <- B01
        2026-07-06  Verkauf                                 1100 / 3200  1'081.00  invoice  UN81
        2026-07-06  Wartung 01.11.2023-31.12.2023           1100 / 3200  1'081.00  invoice  UN81          <- B01
        2026-07-06  Wartung 01.11.2023-31.01.2024           1100 / 3200  1'081.00  invoice  UN81
        2026-07-06  Bücher                                  1100 / 3200    102.60  invoice  UR26
        2026-07-08  Export                                  1100 / 3200    900.00  invoice  UEX
        2026-07-09  Gutschrift zu 2023                      3200 / 1100    107.70  credit_note  UN77
        2026-07-09  Falsche Richtung                        6500 / 2000    107.70  bill     UN77
        """,
    )
    effects = sorted((finding.values["tax_code"], finding.vat_effect) for finding in findings)
    assert effects == [("BZB77", Decimal("0.00")), ("UN77", Decimal("3.70")), ("UN81", Decimal("-3.71"))]


def test_change_of_rates() -> None:
    """Around 1.1.2024: invoices in advance are right, a late sale is not, but for its date or text."""
    assert_flags_marked_lines(
        rates.rate_not_in_force,
        """
        2024-01-05  Verkauf nach altem Satz             1100 / 3200  1'077.00  invoice  UN77    <- B01
        2024-01-05  Nachverrechnung 2023                1100 / 3200  1'077.00  invoice  UN77  dated=2023-12-29
        2024-01-05  Leistung vom 20.12.2023             1100 / 3200  1'077.00  invoice  UN77
        """,
        period="2024-Q1",
    )
    assert_flags_marked_lines(
        rates.rate_not_in_force,
        """
        2023-11-15  Jahresabo 2024                      1100 / 3200  1'081.00  invoice  UN81
        2023-05-15  Zu früh                             1100 / 3200  1'081.00  invoice  UN81    <- B01
        2023-11-16  Lieferung                           1100 / 3200  1'077.00  invoice  UN77
        2023-11-17  Abo 01.01.2024 bis 31.12.2024       1100 / 3200  1'077.00  invoice  UN77    <- B01
        """,
        period="2023",
    )


def test_reduced_rate_of_two_generations() -> None:
    """2.5 % held from 2011 to 2023: right in 2022 under either code, wrong in 2026."""
    assert_flags_marked_lines(
        rates.rate_not_in_force, "2022-02-03  Bücher  1100 / 3200  102.50  invoice  UR25", period="2022-Q1"
    )
    (finding,) = assert_flags_marked_lines(
        rates.rate_not_in_force, "2026-07-03  Bücher  1100 / 3200  102.50  invoice  UR25   <- B01"
    )
    assert finding.values["right_rate"] == Decimal("2.6")


def test_purchase_with_outdated_rate() -> None:
    """An input code of the past is found; import tax, hotels at 3.8 % and bills that name the earlier time are not."""
    findings = assert_flags_marked_lines(
        rates.purchase_with_outdated_rate,
        """
        2026-07-03  Verkauf                                 1100 / 3200  1'077.00  invoice  UN77
        2026-07-04  Einkauf                                 4200 / 2000    107.70  bill     VM77        <- B02
        2026-07-06  Hotel                                   6640 / 2000    103.80  bill     VB38
        2026-07-07  Zoll                                    4200 / 2000     81.00  bill     ZOLLM
        2026-07-09  Strom Nov 2023                          6400 / 2000    107.70  bill     VB77
        2026-07-09  Strom Juni 2026                         6400 / 2000    215.40  bill     VB77        <- B02
        2026-07-09  Strom 01.11.2023 bis 31.12.2023         6400 / 2000    215.40  bill     VB77
        2026-07-10  Vorsteuercode auf Ertrag                1100 / 3200    107.70  invoice  VB77
        """,
    )
    effects = {finding.values["tax_code"]: finding.vat_effect for finding in findings}
    assert effects == {"VM77": Decimal("-0.37"), "VB77": Decimal("-0.74")}


def test_late_bills_after_the_change() -> None:
    """Suppliers' bills of January and February 2024 may be for 2023, one of March without a word about it not."""
    assert_flags_marked_lines(
        rates.purchase_with_outdated_rate,
        """
        2024-01-15  Späte Lieferantenrechnung 12/2023   4200 / 2000    107.70  bill     VM77
        2024-02-28  Späte Lieferantenrechnung 12/2023   4200 / 2000    107.70  bill     VM77
        2024-03-15  Lieferung 2024                      4200 / 2000    107.70  bill     VM77    <- B02
        """,
        period="2024-Q1",
    )


def test_period_across_a_change_of_rates() -> None:
    """One rate over a change is found, with the share by days; split lines and periods of one era are not."""
    findings = assert_flags_marked_lines(
        rates.period_across_a_change_of_rates,
        """
        2024-01-10  Abo 01.12.2023 - 31.01.2024     1100 / 3200  1'077.00  invoice  UN77          <- B03
        2024-01-11  Miete 11/2023 bis 02/2024       6000 / 2000  1'081.00  bill     VB81          <- B03
        2024-01-12  Abo 01.12.2023 - 31.01.2024     1100 / 3200    538.50  invoice  UN77  doc=a
        2024-01-12  Abo 01.12.2023 - 31.01.2024     1100 / 3200    540.50  invoice  UN81  doc=a
        2024-01-13  Abo 01.01.2024 - 31.12.2024     1100 / 3200  1'081.00  invoice  UN81
        2024-01-14  Abo 2023/2024                   1100 / 3200  1'081.00  invoice  UN81
        2024-01-15  Export 12/2023 bis 01/2024      1100 / 3200  1'000.00  invoice  UEX
        2024-01-16  Bücher 12/2017 bis 01/2018      1100 / 3200    102.50  invoice  UR25
        """,
        period="2024-Q1",
    )
    effects = {finding.values["rate"]: finding.vat_effect for finding in findings}
    # 31 of 62 days at the new rate are missing 0.4 %; 61 of 121 days were deducted 0.4 % too high
    assert effects == {Decimal("7.7"): Decimal("2.00"), Decimal("8.1"): Decimal("2.02")}


def test_credit_note_at_another_rate() -> None:
    """A credit at 8.1 % for an invoice at 7.7 % takes too much back; the same rate and unlinked credits are left."""
    (finding,) = assert_flags_marked_lines(
        rates.credit_note_at_another_rate,
        """
        2023-11-03  Verkauf       1100 / 3200  1'077.00  invoice      UN77  no=RE-1
        2023-11-04  Verkauf       1100 / 3200  1'077.00  invoice      UN77  no=RE-2
        2024-02-05  Gutschrift    3200 / 1100    540.50  credit_note  UN81  for=RE-1     <- B04
        2024-02-06  Gutschrift    3200 / 1100    538.50  credit_note  UN77  for=RE-2
        2024-02-07  Kulanz        3200 / 1100    108.10  credit_note  UN81
        """,
        period="2024-Q1",
    )
    assert (finding.vat_effect, finding.values["right_rate"]) == (Decimal("1.86"), Decimal("7.7"))


def test_prepayment_at_the_old_rate() -> None:
    """A prepayment of 2023 settled in 2024 without correction is found; taken back at its own rate it is right."""
    (finding,) = assert_flags_marked_lines(
        rates.prepayment_at_the_old_rate,
        """
        2023-12-03  Anzahlung A           1020 / 2030  1'077.00  manual   UN77  side=credit
        2023-12-04  Anzahlung B           1020 / 2030  2'154.00  manual   UN77  side=credit
        2023-12-05  Anzahlung C           1020 / 2030  3'243.00  manual   UN81  side=credit
        2024-02-05  Verrechnung A         2030 / 3200  1'000.00  manual                         <- B05
        2024-02-06  Verrechnung B         2030 / 1100  2'154.00  manual   UN77  side=debit
        2024-02-07  Verrechnung C         2030 / 3200  3'000.00  manual
        2024-02-08  Ohne Anzahlung        2030 / 3200    555.00  manual
        """,
        period="2024-Q1",
    )
    assert (finding.vat_effect, finding.ziffer) == (Decimal("4.00"), "303")


def test_contract_beyond_a_planned_change() -> None:
    """Only what runs beyond the planned change, at a rate that would change, is noted; nothing is computed."""
    (finding,) = assert_flags_marked_lines(
        rates.contract_beyond_a_planned_change,
        """
        2026-07-03  Wartung 01.08.2026 - 31.07.2028     1100 / 3200  5'405.00  invoice  UN81     <- B06
        2026-07-04  Wartung 01.08.2026 - 31.12.2027     1100 / 3200  5'405.00  invoice  UN81
        2026-07-05  Zeitschrift 01.08.2026 - 31.07.2028  1100 / 3200  1'026.00  invoice  UR26
        2026-07-06  Kleine Wartung 08/2026 bis 07/2028  1100 / 3200     54.05  invoice  UN81
        """,
    )
    assert finding.vat_effect is None
    assert finding.values["planned_rate"] == Decimal("8.5")


@pytest.mark.parametrize("code", ["VES", "VEV"])
def test_corrections_of_input_tax_refer_to_earlier_purchases(code: str) -> None:
    """Ziffern 410, 415 and 420 may carry the rate of the purchase they correct."""
    assert_flags_marked_lines(
        rates.purchase_with_outdated_rate,
        f"2023-07-03  Korrektur  6500 / 1020  107.70  manual  {code}",
        period="2023-Q3",
    )


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(sales=st.lists(st.integers(min_value=1_000, max_value=10_000_000), min_size=1, max_size=25))
def test_effect_is_the_difference_of_the_taxes_contained(sales: list[int]) -> None:
    """The customer's gross price stays: its tax at 8.1 % less its tax at 7.7 %, each rounded to the Rappen."""
    lines, effects = [], []
    for rappen in sales:
        gross, cent = Decimal(rappen) / 100, Decimal("0.01")
        right = (gross * Decimal("8.1") / Decimal("108.1")).quantize(cent, "ROUND_HALF_UP")
        used = (gross * Decimal("7.7") / Decimal("107.7")).quantize(cent, "ROUND_HALF_UP")
        lines.append(f"2026-07-03  Verkauf  1100 / 3200  {gross}  invoice  UN77   <- B01")
        effects.append(right - used)
    findings = assert_flags_marked_lines(rates.rate_not_in_force, "\n".join(lines))
    assert sorted(finding.vat_effect or Decimal(0) for finding in findings) == sorted(effects)
