"""Family C: figures that have to agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexio_analytics import law
from bexio_analytics.checks import ALL, arithmetic
from bexio_analytics.mandate import VatSettings
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Outcome, run_check, set_period
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text, mandate_for_tests

STANDARD = law.standard_tax_codes()
CENT = Decimal("0.01")


def test_booked_tax_is_not_base_times_rate() -> None:
    """A tax changed by hand is found; rounding, import tax and a row of its own for 5 Rappen are not."""
    findings = assert_flags_marked_lines(
        arithmetic.booked_tax_is_not_base_times_rate,
        """
        2026-07-03  Verkauf          1100 / 3200  1'081.00  invoice  UN81  tax=80.00    <- C01
        2026-07-04  Einkauf          4200 / 2000    108.10  bill     VM81  tax=9.10     <- C01
        2026-07-05  Einkauf          4200 / 2000    108.10  bill     VM81  tax=8.11
        2026-07-06  Zoll             4200 / 2000     77.13  bill     ZOLLM
        2026-07-07  Verkauf          1100 / 3200     99.95  invoice  UN81  doc=a
        2026-07-07  Rundung          1100 / 6945      0.02  invoice        doc=a
        2026-07-08  Anderer Satz     1100 / 3200  1'077.00  invoice  UN81  printed=7.7
        2026-07-08  Ohne Steuerzeile  1100 / 3200  1'081.00  invoice  UN81  rows=base
        """,
    )
    effects = {finding.values["tax_code"]: finding.vat_effect for finding in findings}
    assert effects == {"UN81": Decimal("1.00"), "VM81": Decimal("1.00")}


def test_tolerance_grows_with_the_rows() -> None:
    """Four positions may be off by 2 Rappen together, one may not."""
    assert_flags_marked_lines(
        arithmetic.booked_tax_is_not_base_times_rate,
        """
        2026-07-03  Verkauf   1100 / 3200    108.10  invoice  UN81  doc=a  tax=8.12
        2026-07-03  Verkauf   1100 / 3200    108.10  invoice  UN81  doc=a
        2026-07-03  Verkauf   1100 / 3200    108.10  invoice  UN81  doc=a
        2026-07-03  Verkauf   1100 / 3200    108.10  invoice  UN81  doc=a
        2026-07-04  Verkauf   1100 / 3200    108.10  invoice  UN81  tax=8.12     <- C01
        """,
    )


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    documents=st.lists(
        st.tuples(
            st.sampled_from(["UN81", "UR26", "US38"]),
            st.lists(st.integers(min_value=1, max_value=50_000_000), min_size=1, max_size=6),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_rounding_is_never_a_finding(documents: list[tuple[str, list[int]]]) -> None:
    """However many positions an invoice has, rounding each of them stays within the tolerance."""
    lines = [
        f"2026-07-03  Position  1100 / 3200  {Decimal(each) / 100}  invoice  {code}  doc={number}"
        for number, (code, rappen) in enumerate(documents)
        for each in rappen
    ]
    assert_flags_marked_lines(arithmetic.booked_tax_is_not_base_times_rate, "\n".join(lines))


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sales=st.lists(
        st.tuples(st.integers(min_value=1_000, max_value=50_000_000), st.integers(min_value=3, max_value=500)),
        min_size=1,
        max_size=25,
    )
)
def test_every_larger_difference_is_found(sales: list[tuple[int, int]]) -> None:
    """Three Rappen or more on one position are found, with the difference as effect."""
    lines, effects = [], []
    for rappen, off in sales:
        gross = Decimal(rappen) / 100
        right = (gross * Decimal("8.1") / Decimal("108.1")).quantize(CENT, "ROUND_HALF_UP")
        booked = right - Decimal(off) / 100
        expected = ((gross - right) * Decimal("8.1") / 100).quantize(CENT, "ROUND_HALF_UP")
        lines.append(f"2026-07-03  Verkauf  1100 / 3200  {gross}  invoice  UN81  tax={booked}  <- C01")
        effects.append(expected - booked)
    findings = assert_flags_marked_lines(arithmetic.booked_tax_is_not_base_times_rate, "\n".join(lines))
    assert sorted(finding.vat_effect or CENT for finding in findings) == sorted(effects)


def test_turnover_does_not_add_up() -> None:
    """A code that reaches 200 and 205 but no rate line leaves a gap; the effect is its tax at the normal rate."""
    memo_only = law.StandardTaxCode(
        "UOPT", "205", "opted_sales_tax", Decimal("8.1"), "2200", "", date(2024, 1, 1), None, is_active_by_default=True
    )
    (finding,) = assert_flags_marked_lines(
        arithmetic.turnover_does_not_add_up,
        """
        2026-07-03  Miete optiert   1100 / 3400  1'081.00  invoice  UOPT
        2026-07-04  Verkauf         1100 / 3200  1'081.00  invoice  UN81
        <- C04
        """,
        codes=(*STANDARD, memo_only),
    )
    assert (finding.subject_id, finding.ziffer, finding.vat_effect) == ("vat_return:2026-Q3", "303", Decimal("81.00"))
    assert finding.booked_on == date(2026, 9, 30)


def test_turnover_adds_up() -> None:
    """Every standard code keeps the identity: sales of all rates, opted, exempt, excluded, acquisition, 900 and 910."""
    assert_flags_marked_lines(
        arithmetic.turnover_does_not_add_up,
        """
        2026-07-03  Normal        1100 / 3200  1'081.00  invoice  UN81
        2026-07-03  Reduziert     1100 / 3200    102.60  invoice  UR26
        2026-07-03  Beherbergung  1100 / 3200    103.80  invoice  US38
        2026-07-03  Optiert       1100 / 3200    108.10  invoice  UO81
        2026-07-04  Export        1100 / 3200    500.00  invoice  UEX
        2026-07-04  Ausland       1100 / 3200    500.00  invoice  ULA
        2026-07-04  Meldung       1100 / 3200    500.00  invoice  MEL
        2026-07-04  Ausgenommen   1100 / 3200    500.00  invoice  UNO
        2026-07-05  Lizenz        6570 / 2000    100.00  bill     BZB81
        2026-07-06  Subvention    1020 / 3600    100.00  manual   SUB
        2026-07-06  Spende        1020 / 3600    100.00  manual   SPE
        2026-07-07  Skonto        3800 / 1100     10.81  manual   UN81
        2026-07-08  Alter Satz    1100 / 3200    107.70  invoice  UN77
        """,
    )


def test_base_or_tax_missing() -> None:
    """A lonely base and a lonely VAT row are found; import tax, zero rates and tiny amounts are not."""
    findings = assert_flags_marked_lines(
        arithmetic.base_or_tax_missing,
        """
        2026-07-03  Verkauf      1100 / 3200  1'081.00  export  UN81  no=A1  rows=base   <- C06
        2026-07-04  Einkauf      4200 / 2000    108.10  export  VM81  no=A2  rows=tax    <- C06
        2026-07-05  Einkauf      4200 / 2000    108.10  export  VM81  no=A3
        2026-07-06  Zoll         4200 / 2000     81.00  export  ZOLLM  no=A4
        2026-07-07  Export       1100 / 3200    900.00  export  UEX  no=A5
        2026-07-08  Kleinbetrag  6500 / 1000      0.10  export  VB81  no=A6  rows=base
        2026-07-09  Lizenz       6570 / 2000    100.00  export  BZB81  no=A7
        """,
    )
    effects = {finding.values["tax_code"]: (finding.amount, finding.vat_effect) for finding in findings}
    assert effects == {
        "UN81": (Decimal("1081.00"), Decimal("87.56")),
        "VM81": (Decimal("8.10"), Decimal("8.10")),
    }


def test_document_without_tax_row() -> None:
    """The same on documents read from bexio."""
    assert_flags_marked_lines(
        arithmetic.base_or_tax_missing,
        """
        2026-07-03  Verkauf      1100 / 3200  1'081.00  invoice  UN81  rows=base    <- C06
        2026-07-03  Ohne MWST    1100 / 3200  1'081.00  invoice  UN81  mwst=2
        2026-07-04  Verkauf      1100 / 3200  1'081.00  invoice  UN81
        """,
    )


EURO = """
        2026-07-01  Einkauf DE   4200 / 2000    100.00  bill    currency=EUR  factor=0.94  contact=Huber/DE
        2026-07-10  Einkauf DE   4200 / 2000    200.00  bill    currency=EUR  factor=0.945  contact=Huber/DE
        2026-07-20  Einkauf DE   4200 / 2000    300.00  bill    currency=EUR  factor=0.95  contact=Huber/DE
        2026-08-01  Einkauf DE   4200 / 2000    400.00  bill    currency=EUR  factor=0.935  contact=Huber/DE
"""


def test_exchange_rate_out_of_line() -> None:
    """A factor left at 1 and one far off the mandate's own are found, once per booking."""
    findings = assert_flags_marked_lines(
        arithmetic.exchange_rate_out_of_line,
        EURO
        + """
        2026-07-15  Verkauf EUR     1100 / 3200  1'081.00  invoice  UN81  currency=EUR  factor=1      <- C07
        2026-07-16  Einkauf EUR     4200 / 2000    500.00  bill           currency=EUR  factor=1.02   <- C07
        2026-07-17  Wechsel         1025 / 1020    500.00  other          currency=EUR  factor=0.955
        """,
    )
    sale = next(finding for finding in findings if finding.vat_effect)
    assert sale.values["usual_factor"] == Decimal("0.9475")
    assert sale.vat_effect == Decimal("-4.25")


def test_first_booking_in_a_currency() -> None:
    """Without enough bookings to compare, only a factor of 1 speaks."""
    assert_flags_marked_lines(
        arithmetic.exchange_rate_out_of_line,
        """
        2026-07-15  Einkauf USD     4200 / 2000  500.00  bill  currency=USD  factor=0.80
        2026-07-16  Einkauf USD     4200 / 2000  500.00  bill  currency=USD  factor=0.99
        2026-07-17  Einkauf GBP     4200 / 2000  500.00  bill  currency=GBP  factor=1.00   <- C07
        2026-07-18  Einkauf Yen     4200 / 2000  50000   bill  currency=JPY  factor=0.0058
        2026-07-19  Einkauf CHF     4200 / 2000  500.00  bill
        """,
    )


def test_rates_far_away_in_time_do_not_count() -> None:
    """A currency that moved over the year is compared with its neighbours only."""
    assert_flags_marked_lines(
        arithmetic.exchange_rate_out_of_line,
        """
        2026-01-05  Einkauf  4200 / 2000  100.00  bill  currency=EUR  factor=1.05
        2026-01-06  Einkauf  4200 / 2000  100.00  bill  currency=EUR  factor=1.05
        2026-01-07  Einkauf  4200 / 2000  100.00  bill  currency=EUR  factor=1.05
        2026-01-08  Einkauf  4200 / 2000  100.00  bill  currency=EUR  factor=1.05
        """
        + EURO,
    )


def test_the_identity_is_one_of_the_effective_method() -> None:
    """With net tax rates the form has other lines: the check says that it does not apply."""
    mandate = mandate_for_tests(vat=VatSettings(method="net_tax"))
    with books_from_text("2026-07-03  Verkauf  1100 / 3200  1'081.00  invoice  UN81", mandate=mandate) as books:
        period = VatPeriod.parse("2026-Q3")
        set_period(books, period)
        result = run_check(ALL["C04"], books, mandate, period, {})
    assert (result.outcome, result.note) == (Outcome.NOT_APPLICABLE, "only for the VAT method effective")
