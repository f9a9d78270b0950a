"""Family H: complete, real, booked once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexio_analytics.checks import integrity
from bexio_analytics.testing import assert_flags_marked_lines


def test_purchase_booked_twice() -> None:
    """The second booking is found, by number, by swapped digits, or by text on the same days."""
    findings = assert_flags_marked_lines(
        integrity.purchase_booked_twice,
        """
        2026-07-03  Büromöbel      6500 / 2000    540.50  bill     VB81  contact=Möbel AG/CH     no=R-4711
        2026-07-20  Büromöbel      6500 / 2000    540.50  bill     VB81  contact=Möbel AG/CH     no=R 4711      <- H01
        2026-06-25  Papier         6500 / 2000    216.20  bill     VB81  contact=Papier AG/CH    no=2026-10234
        2026-07-08  Papier         6500 / 2000    216.20  bill     VB81  contact=Papier AG/CH    no=2026-10324  <- H01
        2026-07-10  Toner          6500 / 1020    108.10  expense  VB81  contact=Tinte GmbH/CH
        2026-07-11  Toner          6500 / 1020    108.10  expense  VB81  contact=Tinte GmbH/CH   <- H01
        """,
    )
    assert {finding.vat_effect for finding in findings} == {Decimal("40.50"), Decimal("16.20"), Decimal("8.10")}
    first = next(finding for finding in findings if finding.amount == Decimal("540.50"))
    assert first.subject_id.startswith("document:bill:")
    assert first.values["earlier_on"] == date(2026, 7, 3)
    assert first.evidence["supplier_ref"] == "R 4711"


def test_regular_series_are_no_duplicates() -> None:
    """Rent, instalments, subscriptions and consecutive bills of the same amount are different purchases."""
    assert_flags_marked_lines(
        integrity.purchase_booked_twice,
        """
        2026-05-01  Miete          6000 / 2000  2'500.00  bill           contact=Immo AG/CH      no=Vertrag 12
        2026-06-01  Miete          6000 / 2000  2'500.00  bill           contact=Immo AG/CH      no=Vertrag 12
        2026-07-01  Miete          6000 / 2000  2'500.00  bill           contact=Immo AG/CH      no=Vertrag 12
        2026-07-31  Miete          6000 / 2000  2'500.00  bill           contact=Immo AG/CH      no=Vertrag 12
        2026-09-01  Miete          6000 / 2000  2'500.00  bill           contact=Immo AG/CH      no=Vertrag 12
        2026-07-10  Rate 1 von 2   1500 / 2000  5'405.00  bill     VB81  contact=Maschinen AG/CH no=77120
        2026-08-10  Rate 2 von 2   1500 / 2000  5'405.00  bill     VB81  contact=Maschinen AG/CH no=77210
        2026-07-05  Reinigung      6050 / 2000    324.30  bill     VB81  contact=Sauber AG/CH    no=3301
        2026-07-19  Reinigung      6050 / 2000    324.30  bill     VB81  contact=Sauber AG/CH    no=3302
        2026-07-12  Mobile         6510 / 1020     59.00  expense  VB81  contact=Telecom/CH
        2026-08-12  Mobile         6510 / 1020     59.00  expense  VB81  contact=Telecom/CH
        2026-09-12  Mobile         6510 / 1020     59.00  expense  VB81  contact=Telecom/CH
        2026-07-15  Parkgebühr     6210 / 1000      5.00  expense  VB81  contact=Parkhaus/CH
        2026-07-15  Parkgebühr     6210 / 1000      5.00  expense  VB81  contact=Parkhaus/CH
        2026-07-25  Lohn           5000 / 1020  5'000.00  other
        2026-07-25  Lohn           5000 / 1020  5'000.00  other
        2026-07-26  Spende         6700 / 1020    100.00  other
        2026-07-26  Spende         6700 / 1020    100.00  other
        """.replace("Maschinen AG/CH no", "Maschinen AG/CH  no"),
    )


def test_second_booking_inside_a_series() -> None:
    """One rent too many in a month is found although rent is a series."""
    assert_flags_marked_lines(
        integrity.purchase_booked_twice,
        """
        2026-06-01  Miete  6000 / 2000  2'500.00  bill  contact=Immo AG/CH  no=Vertrag 12
        2026-07-01  Miete  6000 / 2000  2'500.00  bill  contact=Immo AG/CH  no=Vertrag 12
        2026-07-14  Miete  6000 / 2000  2'500.00  bill  contact=Immo AG/CH  no=Vertrag 12  <- H01
        2026-08-01  Miete  6000 / 2000  2'500.00  bill  contact=Immo AG/CH  no=Vertrag 12  <- H01
        """.replace("2026-08-01  Miete", "2026-07-16  Miete"),
    )


def test_same_number_after_a_month_without_series() -> None:
    """A single bill entered again a month later is a duplicate: two of a kind are no series."""
    assert_flags_marked_lines(
        integrity.purchase_booked_twice,
        """
        2026-07-03  Anwalt  6530 / 2000  1'081.00  bill  VB81  contact=Kanzlei/CH  no=88-1
        2026-08-02  Anwalt  6530 / 2000  1'081.00  bill  VB81  contact=Kanzlei/CH  no=88-1   <- H01
        """,
    )


def test_another_supplier_or_amount_is_another_purchase() -> None:
    """The same number occurs at two suppliers; the same supplier may use a number for two parts."""
    assert_flags_marked_lines(
        integrity.purchase_booked_twice,
        """
        2026-07-03  Ware  4200 / 2000  1'081.00  bill  VM81  contact=A AG/CH  no=100
        2026-07-04  Ware  4200 / 2000  1'081.00  bill  VM81  contact=B AG/CH  no=100
        2026-07-05  Ware  4200 / 2000  1'081.05  bill  VM81  contact=A AG/CH  no=100
        """,
    )


def test_cash_overdrawn() -> None:
    """A till below zero at the end of a day is found once per stretch; inside a day the order does not matter."""
    findings = assert_flags_marked_lines(
        integrity.cash_overdrawn,
        """
        2026-01-01  Saldovortrag    1000 / 9100    200.00  opening
        2026-07-03  Einkauf         6500 / 1000    150.00  other
        2026-07-04  Einkauf         6500 / 1000    600.00  other
        2026-07-04  Bezug Bank      1000 / 1020    600.00  other
        2026-07-10  Einkauf         6500 / 1000    131.10  other     <- H03
        2026-07-12  Einkauf         6500 / 1000     27.00  other
        2026-07-14  Bezug Bank      1000 / 1020    200.00  other
        2026-08-01  Einkauf         6500 / 1000     91.95  other
        2026-09-01  Einkauf         6500 / 1000    100.00  other     <- H03
        """,
    )
    first = min(findings, key=lambda finding: finding.booked_on)
    assert (first.subject_id, first.booked_on) == ("account:1000", date(2026, 7, 10))
    assert (first.amount, first.vat_effect, first.ziffer) == (Decimal("-108.10"), Decimal("8.10"), "303")
    assert first.evidence["overdrawn_till"] == date(2026, 7, 13)
    last = max(findings, key=lambda finding: finding.booked_on)
    assert last.evidence["overdrawn_till"] == date(2026, 9, 30)


def test_cash_that_was_overdrawn_before_the_period() -> None:
    """A stretch that began earlier is found again at the first movement of the period."""
    assert_flags_marked_lines(
        integrity.cash_overdrawn,
        """
        2026-06-20  Einkauf  6500 / 1000  100.00  other
        2026-07-02  Einkauf  6500 / 1000   50.00  other    <- H03
        2026-07-05  Bezug    1000 / 1020  300.00  other
        """,
    )


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    moves=st.lists(
        st.tuples(st.integers(min_value=1, max_value=28), st.integers(min_value=-20_000, max_value=20_000)),
        min_size=1,
        max_size=25,
    )
)
def test_lowest_balance_of_the_till(moves: list[tuple[int, int]]) -> None:
    """The deepest finding shows the lowest end-of-day balance, whatever the order of entries."""
    by_day: dict[int, int] = {}
    lines = []
    for day, rappen in moves:
        by_day[day] = by_day.get(day, 0) + rappen
        lines.append(f"2026-07-{day:02}  Bewegung  1000 / 1020  {Decimal(rappen) / 100}  other")
    balance, ends = 0, {}
    for day in sorted(by_day):
        balance += by_day[day]
        ends[day] = balance
    starts = {
        day
        for before, day in zip([0, *sorted(ends)], sorted(ends), strict=False)
        if ends[day] < -5 and ends.get(before, 0) >= -5
    }
    last_line = {day: max(n for n, move in enumerate(moves) if move[0] == day) for day in starts}
    for number in last_line.values():
        lines[number] += "  <- H03"
    findings = assert_flags_marked_lines(integrity.cash_overdrawn, "\n".join(lines))
    lowest = min((finding.amount for finding in findings if finding.amount is not None), default=None)
    assert lowest == (Decimal(min(ends.values())) / 100 if starts else None)


def test_clearing_account_not_zero() -> None:
    """What is left on a clearing account is found; a transfer that arrives within days is not."""
    findings = assert_flags_marked_lines(
        integrity.clearing_account_not_zero,
        """
        2026-07-03  Lohn            5000 / 1091   5'000.00  manual
        2026-07-25  Lohnzahlung     1091 / 1020   5'000.00  other
        2026-08-03  Ungeklärt       1099 / 1020     250.00  other     <- H10
        2026-09-30  Übertrag ab     1090 / 1020   1'000.00  other
        2026-10-02  Übertrag an     1010 / 1090   1'000.00  other
        2026-01-01  Saldovortrag    1020 / 9100   9'000.00  opening
        2026-01-01  Saldovortrag    9100 / 2800   9'000.00  opening
        """,
    )
    assert findings[0].booked_on == date(2026, 9, 30)
    assert (findings[0].amount, findings[0].vat_effect) == (Decimal("250.00"), None)


def test_transfer_that_takes_longer() -> None:
    """After transit_days the transfer counts as open."""
    assert_flags_marked_lines(
        integrity.clearing_account_not_zero,
        """
        2026-09-30  Übertrag ab     1090 / 1020   1'000.00  other     <- H10
        2026-10-02  Übertrag an     1010 / 1090   1'000.00  other
        """,
        transit_days=1,
    )
