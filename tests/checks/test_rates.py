"""Family B: rates against the date of supply."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexio_analytics.checks import rates
from bexio_analytics.testing import assert_flags_marked_lines


def test_rate_not_in_force() -> None:
    """A rate of the past is found on sales and purchases; import tax, zero rates and corrections are not."""
    findings = assert_flags_marked_lines(
        rates.rate_not_in_force,
        """
        2026-07-03  Verkauf          1100 / 3200  1'077.00  invoice  UN77                     <- B01
        2026-07-04  Einkauf          4200 / 2000    107.70  bill     VM77                     <- B01
        2026-07-05  Lizenz           6570 / 2000    100.00  bill     BZB77                    <- B01
        2026-07-06  Verkauf          1100 / 3200  1'081.00  invoice  UN81
        2026-07-06  Bücher           1100 / 3200    102.60  invoice  UR26
        2026-07-06  Hotel            6640 / 2000    103.80  bill     VB38
        2026-07-07  Zoll             4200 / 2000     81.00  bill     ZOLLM
        2026-07-08  Export           1100 / 3200    900.00  invoice  UEX
        2026-07-09  Strom Nov 2023   6400 / 2000    107.70  bill     VB77
        2026-07-09  Strom Juni 2026  6400 / 2000    215.40  bill     VB77                     <- B01
        """,
    )
    effects = {finding.values["tax_code"]: finding.vat_effect for finding in findings}
    assert effects == {
        "UN77": Decimal("3.70"),
        "VM77": Decimal("-0.37"),
        "BZB77": Decimal("0.00"),
        "VB77": Decimal("-0.74"),
    }


def test_change_of_rates() -> None:
    """Around 1.1.2024: invoices in advance and suppliers' late invoices are right, a late sale is not."""
    assert_flags_marked_lines(
        rates.rate_not_in_force,
        """
        2024-01-15  Späte Lieferantenrechnung 12/2023   4200 / 2000    107.70  bill     VM77
        2024-02-28  Späte Lieferantenrechnung 12/2023   4200 / 2000    107.70  bill     VM77
        2024-03-15  Lieferung 2024                      4200 / 2000    107.70  bill     VM77    <- B01
        2024-01-05  Verkauf nach altem Satz             1100 / 3200  1'077.00  invoice  UN77    <- B01
        2024-01-05  Nachverrechnung 2023                1100 / 3200  1'077.00  invoice  UN77  dated=2023-12-29
        """,
        period="2024-Q1",
    )
    assert_flags_marked_lines(
        rates.rate_not_in_force,
        """
        2023-11-15  Jahresabo 2024       1100 / 3200  1'081.00  invoice  UN81
        2023-05-15  Zu früh              1100 / 3200  1'081.00  invoice  UN81    <- B01
        2023-11-16  Lieferung            1100 / 3200  1'077.00  invoice  UN77
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


@pytest.mark.parametrize("code", ["VES", "VEV"])
def test_corrections_of_input_tax_refer_to_earlier_purchases(code: str) -> None:
    """Ziffern 410, 415 and 420 may carry the rate of the purchase they correct."""
    assert_flags_marked_lines(
        rates.rate_not_in_force, f"2023-07-03  Korrektur  6500 / 1020  107.70  manual  {code}", period="2023-Q3"
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
