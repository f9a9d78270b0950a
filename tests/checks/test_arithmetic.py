"""Family C: figures that have to agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexio_analytics import law
from bexio_analytics.checks import ALL, arithmetic
from bexio_analytics.mandate import VatSettings
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Outcome, run_check, set_period
from bexio_analytics.review.context import FILED_RETURN_SCHEMA
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


def test_rounding_drifts() -> None:
    """Twelve rows, each a Rappen too high, drift; each alone is within its tolerance and rounding levels out."""
    high = "\n".join(
        f"2026-07-{day:02}  Verkauf  1100 / 3200    108.10  invoice  UN81  tax=8.11  net=100.00" for day in range(1, 13)
    )
    both = "\n".join(
        f"2026-08-{day:02}  Buch  1100 / 3200    102.60  invoice  UR26  net=100.00  tax={'2.61' if day % 2 else '2.59'}"
        for day in range(1, 13)
    )
    (finding,) = assert_flags_marked_lines(arithmetic.rounding_drifts, f"{high}\n{both}\n<- C02", tolerance=CENT)
    assert (finding.ziffer, finding.amount, finding.vat_effect) == ("303", Decimal("0.12"), Decimal("-0.12"))
    assert_flags_marked_lines(arithmetic.rounding_drifts, both)


def test_drift_leaves_what_single_lines_explain() -> None:
    """A tax typed by hand, import tax and a missing row are other checks'."""
    assert_flags_marked_lines(
        arithmetic.rounding_drifts,
        """
        2026-07-03  Verkauf   1100 / 3200  1'081.00  invoice  UN81  tax=80.00
        2026-07-04  Zoll      4200 / 2000     81.00  bill     ZOLLM
        2026-07-05  Verkauf   1100 / 3200  1'081.00  invoice  UN81  rows=base
        """,
    )


def test_rounding_account_misused() -> None:
    """A franc on an invoice and a code are found; five Rappen and the rounding of a settlement are not."""
    findings = assert_flags_marked_lines(
        arithmetic.rounding_account_misused,
        """
        2026-07-03  Verkauf      1100 / 3200    108.10  invoice  UN81  doc=a
        2026-07-03  Rundung      1100 / 6945      0.05  invoice        doc=a
        2026-07-04  Verkauf      1100 / 3200    108.10  invoice  UN81  doc=b
        2026-07-04  Rundung      1100 / 6945      1.90  invoice        doc=b      <- C03
        2026-07-05  Differenz    6945 / 1020     10.81  manual   VB81             <- C03
        2026-07-06  MWST Q2      2201 / 6945      0.40  manual
        """,
    )
    assert {f.values["reason"]: f.vat_effect for f in findings} == {
        "more than a rounding of an invoice": None,
        "carries a tax code": Decimal("0.81"),
    }


def test_many_roundings_add_up() -> None:
    """Over a limit for the period the largest is shown, once."""
    lines = [f"2026-07-{day:02}  Kasse  6945 / 1000  0.{30 + day}  other" for day in range(1, 15)]
    lines[-1] += "  <- C03"
    assert_flags_marked_lines(arithmetic.rounding_account_misused, "\n".join(lines))
    assert_flags_marked_lines(
        arithmetic.rounding_account_misused, "\n".join(line.partition("<-")[0] for line in lines[:-2])
    )


def test_tax_computed_from_the_total() -> None:
    """8.76 of 108.10 is the signature; a free amount, the right tax, small totals are not. C01 leaves these lines."""
    text = """
        2026-07-03  Büro       6500 / 1020  1'081.00  manual   VB81  tax=87.56  net=993.44    <- C05
        2026-07-04  Verkauf    1020 / 3200    108.10  manual   UN81  tax=8.76   net=99.34     <- C05
        2026-07-05  Büro       6500 / 1020  1'081.00  manual   VB81  tax=85.00  net=996.00
        2026-07-06  Büro       6500 / 1020  1'081.00  manual   VB81
        2026-07-07  Porto      6500 / 1020      5.40  manual   VB81
    """
    findings = assert_flags_marked_lines(arithmetic.tax_computed_from_the_total, text)
    assert {finding.values["tax"]: finding.vat_effect for finding in findings} == {
        Decimal("87.56"): Decimal("6.56"),
        Decimal("8.76"): Decimal("0.05"),
    }
    text = text.replace("<- C05", "").replace("net=996.00", "net=996.00  <- C01")
    assert_flags_marked_lines(arithmetic.booked_tax_is_not_base_times_rate, text)


def test_code_of_the_other_direction_is_no_orphan() -> None:
    """A sales code on a purchase whose VAT row is missing is one defect, and not this one."""
    assert_flags_marked_lines(
        arithmetic.base_or_tax_missing, "2026-07-03  Büro  6555 / 1020  18.00  export  UN81  no=A1  rows=base"
    )


def test_ziffer_is_negative() -> None:
    """A reversed sale in a Ziffer of its own is found, once; credit notes, discounts and purchases returned are not."""
    (finding,) = assert_flags_marked_lines(
        arithmetic.ziffer_is_negative,
        """
        2026-07-03  Verkauf          1100 / 3200  1'081.00  invoice      UN81
        2026-07-04  Umbuchung Buch   3200 / 1020    102.60  manual       UR26
        2026-07-05  Hotel            3200 / 1100    103.80  credit_note  US38
        2026-07-06  Skonto           4900 / 2000    -10.81  bill         VM81
        <- C08
        """,
    )
    assert (finding.ziffer, finding.amount, finding.vat_effect) == ("313", Decimal("-100.00"), None)
    (finding,) = assert_flags_marked_lines(
        arithmetic.ziffer_is_negative, "2026-07-03  Export  3200 / 1020  500.00  manual  UEX\n<- C08"
    )
    assert finding.ziffer == "220"


def test_tax_code_on_nothing() -> None:
    """A zero row of a manual entry is noted; text positions of invoices are not."""
    assert_flags_marked_lines(
        arithmetic.tax_code_on_nothing,
        """
        2026-07-03  Vergessen       6500 / 1020      0.00  manual   VB81    <- C09
        2026-07-04  Nur Text        1100 / 3200      0.00  invoice  UN81
        2026-07-05  Kleinbetrag     6500 / 1000      0.05  manual   VB81
        2026-07-05  Ohne Code       6500 / 1000      0.00  manual
        """,
    )
    assert_flags_marked_lines(
        arithmetic.tax_code_on_nothing,
        """
        2026-07-03  Nur Text        1100 / 3200      0.00  export   UN81
        2026-07-05  Kleinbetrag     6500 / 1000      0.05  export   VB81   <- C09
        """,
        max_amount=Decimal("0.05"),
    )


def filed(**changed: object) -> dict[str, object]:
    """A filed return that agrees with itself: 1'000.00 at 8.1 %."""
    return {"start_on": date(2026, 7, 1), "end_on": date(2026, 9, 30), "method": "Effective", **changed}


@pytest.mark.parametrize(
    ("returns", "reason"),
    [
        ({"2026-Q3": filed()}, None),
        ({"2026-Q3": filed(payable="81.05")}, None),
        ({"2026-Q3": filed(payable="91.00")}, "asks for another amount than its own figures give"),
        ({"2026-Q3": filed(base="900.00")}, "breaks Ziffer 200 less deductions = rate lines"),
        ({"2026-Q3": filed(method="SimpleRates")}, "uses the form of another method"),
        ({"2026-09": filed(start_on=date(2026, 9, 1))}, "covers no VAT period of the mandate"),
        ({"2026-Q3": filed(), "2026-Q2": filed(end_on=date(2026, 6, 30))}, "has the reference of another return"),
    ],
)
def test_filed_return_is_inconsistent(returns: dict[str, dict[str, object]], reason: str | None) -> None:
    """Each way a stored return contradicts itself or the mandate."""
    rows = [
        {
            "period_id": period,
            "start_on": each["start_on"],
            "end_on": each["end_on"],
            "submission": 1,
            "method": each["method"],
            "ziffer": ziffer,
            "amount": Decimal(str(amount)),
            "payable": Decimal(str(each.get("payable", "81.00"))),
            "reference_id": "muster",
        }
        for period, each in returns.items()
        for ziffer, amount in {"200": "1000.00", "303": each.get("base", "1000.00"), "399": "81.00", "479": "0"}.items()
    ]
    period = VatPeriod.parse("2026-Q3")
    with books_from_text("2026-07-03  Verkauf  1100 / 3200  1'081.00  invoice  UN81") as books:
        set_period(books, period)
        assert run_check(ALL["C10"], books, books.mandate, period, {}).outcome is Outcome.NOT_APPLICABLE
        books.register("review", "filed_return", pl.DataFrame(rows, schema=FILED_RETURN_SCHEMA))
        result = run_check(ALL["C10"], books, books.mandate, period, {})
    assert [finding.values["reason"] for finding in result.findings] == ([reason] if reason else []), result.note
