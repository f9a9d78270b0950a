"""What is normal for this mandate: accounts, partners, amounts, regular bookings, and what was paid."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bexio_analytics.checks import habits
from bexio_analytics.review import Check, CheckSet
from bexio_analytics.testing import assert_flags_marked_lines, frames_from_text
from bexio_analytics.testing.conformance import assert_deterministic


def lines(count: int, text: str, *, month: int = 5) -> str:
    """``count`` lines on different days of 2026, ``{n}`` in the text counting them; each amount a little different."""
    return "\n".join(
        f"2026-{month + number // 28:02}-{number % 28 + 1:02}  " + text.format(n=number, amount=f"{300 + number}.00")
        for number in range(count)
    )


def test_cost_without_usual_input_tax() -> None:
    """One uncoded bill on an account of coded ones; small amounts and suppliers who never charge VAT are left alone."""
    findings = assert_flags_marked_lines(
        habits.cost_without_usual_input_tax,
        lines(12, "Papier  6500 / 2000  {amount}  bill  VB81  contact=Büro {n} AG/CH")
        + """
        2026-07-03  Toner      6500 / 2000  1'081.00  bill        contact=Druck AG/CH              <- A02
        2026-07-04  Stempel    6500 / 2000    108.10  bill        contact=Stempel AG/CH
        2026-07-05  Verein     6500 / 2000    500.00  bill        contact=Verein Klein/CH
        2026-08-05  Verein     6500 / 2000    500.00  bill        contact=Verein Klein/CH
        2026-07-06  Miete      6000 / 2000  5'000.00  bill        contact=Vermieter/CH
        """,
    )
    assert [(f.vat_effect, f.values["usual_code"], f.values["usual_count"]) for f in findings] == [
        (Decimal("-81.00"), "VB81", 12)
    ]


def test_code_unusual_for_account() -> None:
    """One reduced rate among 55 normal ones; with fewer bookings, or twice with the same partner, nothing is said."""
    usual = lines(55, "Papier  6500 / 2000  {amount}  bill  VB81  contact=Büro {n} AG/CH", month=5)
    findings = assert_flags_marked_lines(
        habits.code_unusual_for_account,
        usual
        + """
        2026-07-03  Bücher     6500 / 2000    102.60  bill  VB26  contact=Buch AG/CH              <- A06
        """,
    )
    assert findings[0].vat_effect == Decimal("-5.09"), "7.69 are contained at 8.1 %, 2.60 are deducted"
    few = "\n".join(usual.splitlines()[:25])
    few += "\n2026-07-03  Bücher  6500 / 2000  102.60  bill  VB26  contact=Buch AG/CH"
    assert_flags_marked_lines(habits.code_unusual_for_account, few)


def test_code_unusual_for_partner() -> None:
    """A supplier without VAT with input tax, a customer without tax, a wrong rate; two rates on one bill are fine."""
    findings = assert_flags_marked_lines(
        habits.code_unusual_for_partner,
        lines(6, "Kurs  6500 / 2000  {amount}  bill        contact=Verein/CH")
        + "\n"
        + lines(6, "Ware  1100 / 3200  {amount}  invoice  UN81  contact=Kunde AG/CH")
        + "\n"
        + lines(6, "Essen  6640 / 2000  {amount}  bill  VB81  contact=Wirt AG/CH")
        + "\n"
        + lines(4, "Buch  6500 / 2000  {amount}  bill  VB26  contact=Verlag/CH")
        + """
        2026-07-03  Kurs     6500 / 2000  1'081.00  bill  VB81     contact=Verein/CH                 <- A07
        2026-07-04  Ware     1100 / 3200  1'000.00  invoice  UEX   contact=Kunde AG/CH               <- A07
        2026-07-05  Essen    6640 / 2000    108.10  bill  VB81     contact=Wirt AG/CH  doc=a
        2026-07-05  Take-away  6640 / 2000  102.60  bill  VB26     contact=Wirt AG/CH  doc=a
        2026-07-06  Buch     6500 / 2000    108.10  bill  VB81     contact=Verlag/CH
        """,
    )
    effects = {finding.values["partner_name"]: finding.vat_effect for finding in findings}
    assert effects == {"Verein": Decimal("81.00"), "Kunde AG": Decimal("74.93")}
    assert findings[0].text().endswith("not flagged with no tax code, as in 6 of 6 other bookings with this partner")


def test_a_new_rate_is_no_new_habit() -> None:
    """7.7 % until 2023 and 8.1 % from 2024 on are the same habit."""
    text = "\n".join(
        f"{year}-{month:02}-05  Ware  1100 / 3200  1'000.00  invoice  {code}  contact=Kunde AG/CH"
        for year, code, months in ((2023, "UN77", range(7, 13)), (2024, "UN81", range(1, 3)))
        for month in months
    )
    assert_flags_marked_lines(habits.code_unusual_for_partner, text, period="2024-Q1")


def test_amount_out_of_line() -> None:
    """Ten times the usual of a partner is a slip, far more on an account is out of line; small change is not."""
    findings = assert_flags_marked_lines(
        habits.amount_out_of_line,
        lines(8, "Miete  6000 / 2000  1000.00  bill  contact=Vermieter/CH", month=5)
        + "\n"
        + lines(45, "Material  4200 / 2000  {amount}  bill  VM81", month=5)
        + """
        2026-07-03  Miete       6000 / 2000  10'000.00  bill        contact=Vermieter/CH    <- H11
        2026-07-04  Miete       6000 / 2000     100.00  bill        contact=Vermieter/CH    <- H11
        2026-07-05  Material    4200 / 2000  99'000.00  bill  VM81  contact=Neu AG/CH       <- H11
        2026-07-06  Material    4200 / 2000       3.00  bill  VM81  contact=Alt AG/CH
        2026-07-07  Einzelfall  6700 / 2000  50'000.00  bill  VB81
        """,
    )
    assert sorted(str(finding.values["reason"]) for finding in findings) == [
        "on this account",
        "with this partner: the decimal point may have slipped",
        "with this partner: the decimal point may have slipped",
    ]


def month_of_rent(month: int, mark: str = "", day: int = 1) -> str:
    return f"2026-{month:02}-{day:02}  Miete  6000 / 2000  2'000.00  bill  contact=Vermieter/CH  {mark}\n"


def test_monthly_series_interrupted() -> None:
    """A month left out, and one booked twice; a series that ends, or two months billed together, are left alone."""
    before = "".join(month_of_rent(month) for month in range(1, 8))
    (finding,) = assert_flags_marked_lines(
        habits.monthly_series_interrupted,
        "".join(month_of_rent(month) for month in range(1, 7)) + month_of_rent(7, "<- H15") + month_of_rent(9),
    )
    assert (finding.booked_on.isoformat(), finding.values["reason"]) == ("2026-08-31", "the month after has none")
    (finding,) = assert_flags_marked_lines(
        habits.monthly_series_interrupted,
        before + month_of_rent(8) + month_of_rent(8, "<- H15", day=20) + month_of_rent(9),
    )
    assert finding.values["reason"] == "this month has two"
    assert_flags_marked_lines(habits.monthly_series_interrupted, before)
    together = "".join(month_of_rent(month) for month in range(1, 7)) + month_of_rent(8) + month_of_rent(8, day=2)
    assert_flags_marked_lines(habits.monthly_series_interrupted, together + month_of_rent(9))


def paid_sales(count: int) -> str:
    return "\n".join(
        f"2026-05-{n % 28 + 1:02}  Verkauf  1100 / 3200  {500 + n}.00  invoice  UN81  no=R{n}  contact=K {n}/CH\n"
        f"2026-06-{n % 28 + 1:02}  Zahlung  1020 / 1100  {500 + n}.00  payment  no=R{n}"
        for n in range(count)
    )


def test_settled_at_another_tax() -> None:
    """A receipt over the net amount or another rate; part payments and open invoices prove nothing."""
    findings = assert_flags_marked_lines(
        habits.settled_at_another_tax,
        paid_sales(20)
        + """
        2026-07-03  Verkauf   1100 / 3200  1'081.00  invoice  UN81  no=N1  contact=Kunde A/CH     <- K20
        2026-08-03  Zahlung   1020 / 1100  1'000.00  payment        no=N1
        2026-07-04  Verkauf   1100 / 3200  2'162.00  invoice  UN81  no=N2  contact=Kunde B/CH     <- K20
        2026-08-04  Zahlung   1020 / 1100  2'052.00  payment        no=N2
        2026-07-05  Verkauf   1100 / 3200  3'000.00  invoice  UEX   no=N3  contact=Kunde C/CH     <- K20
        2026-08-05  Zahlung   1020 / 1100  3'243.00  payment        no=N3
        2026-07-06  Verkauf   1100 / 3200  4'000.00  invoice  UN81  no=N4  contact=Kunde D/CH
        2026-08-06  Anzahlung  1020 / 1100  1'500.00  payment       no=N4
        2026-07-07  Verkauf   1100 / 3200  7'000.00  invoice  UN81  no=N5  contact=Kunde E/CH
        """,
        min_matched=Decimal(60),
    )
    assert {finding.amount: finding.vat_effect for finding in findings} == {
        Decimal("1081.00"): Decimal("-6.07"),
        Decimal("2162.00"): Decimal("-110.00"),
        Decimal("3000.00"): Decimal("243.00"),
    }


def test_where_amounts_rarely_meet_nothing_is_concluded() -> None:
    """On an account without a habit of equal amounts a difference that looks like a tax is chance."""
    assert_flags_marked_lines(
        habits.settled_at_another_tax,
        """
        2026-07-03  Verkauf   1100 / 3200  1'081.00  invoice  UN81  no=N1
        2026-08-03  Zahlung   1020 / 1100  1'000.00  payment        no=N1
        2026-07-04  Verkauf   1100 / 3200    540.50  invoice  UN81  no=N2
        """,
    )


PAST = "\n".join(
    [
        lines(55, "Papier  6500 / 2000  {amount}  bill  VB81  contact=Büro {n} AG/CH"),
        lines(8, "Kurs  6640 / 2000  {amount}  bill  contact=Verein/CH"),
        lines(8, "Leasing  6260 / 2000  1000.00  bill  VB81  contact=Leasing AG/CH"),
        "".join(month_of_rent(month) for month in range(1, 9)),
        paid_sales(20),
        """
        2026-07-03  Toner     6500 / 2000   1'081.00  bill          contact=Druck AG/CH
        2026-07-04  Tinte     6500 / 2000     540.50  bill          contact=Tinte AG/CH
        2026-07-05  Bücher    6500 / 2000     102.60  bill  VB26    contact=Buch AG/CH
        2026-07-06  Kurs      6640 / 2000   1'081.00  bill  VB81    contact=Verein/CH
        2026-07-07  Leasing   6260 / 2000  10'000.00  bill  VB81    contact=Leasing AG/CH
        2026-08-20  Miete     6000 / 2000   2'000.00  bill          contact=Vermieter/CH
        2026-09-01  Miete     6000 / 2000   2'000.00  bill          contact=Vermieter/CH
        2026-07-03  Verkauf   1100 / 3200   1'081.00  invoice  UN81  no=N1  contact=Kunde A/CH
        2026-08-03  Zahlung   1020 / 1100   1'000.00  payment        no=N1
        2026-07-04  Verkauf   1100 / 3200   2'162.00  invoice  UN81  no=N2  contact=Kunde B/CH
        2026-08-04  Zahlung   1020 / 1100   2'052.00  payment        no=N2
        """,
    ]
)
ALL = CheckSet.from_modules(habits)


@pytest.mark.parametrize("check", ALL.values(), ids=list(ALL))
def test_the_order_of_rows_does_not_matter(check: Check) -> None:
    assert_deterministic(check, frames_from_text(PAST))
