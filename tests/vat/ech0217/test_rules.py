"""Each rule is broken once, and named; what the rules tolerate is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bexio_analytics.errors import FilingRefusedError
from bexio_analytics.periods import Rhythm
from bexio_analytics.vat.ech0217 import Approval, Declaration, RuleBreach, Submission, check_xml, write_declaration
from bexio_analytics.vat.ech0217.declaration import (
    AtActivity,
    AtRate,
    Credits,
    Effective,
    NetRates,
    SimpleRates,
    Turnover,
)
from bexio_analytics.vat.ech0217.rules import technical_activities
from bexio_analytics.vat.ech0217.writing import serialise

D = Decimal


def breaches(declaration: Declaration, approval: Approval | None = None) -> list[RuleBreach]:
    return check_xml(serialise(declaration), None, approval or Approval())


def rules(declaration: Declaration, approval: Approval | None = None) -> list[str]:
    return [breach.rule for breach in breaches(declaration, approval)]


def in_period(declaration: Declaration, start: str, end: str) -> Declaration:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return replace(declaration, general=replace(declaration.general, period_from=first, period_till=last))


def of_turnover(*lines: tuple[str, str], deducted: str = "0.00", gross: bool = False) -> Effective:
    """An effective method with supplies by rate and input tax."""
    supplies = tuple(AtRate(D(rate), D(amount)) for rate, amount in lines)
    return Effective(is_gross=gross, supplies=supplies, material=D(deducted))


def declared(base: Declaration, method: Effective, payable: str) -> Declaration:
    total = sum((line.turnover for line in method.supplies), D("0.00"))
    return replace(base, turnover=Turnover(total=total), method=method, payable=D(payable))


def test_right_declarations_break_no_rule(declaration: Declaration) -> None:
    assert breaches(declaration) == []


# MWST-0002: method and period


@pytest.mark.parametrize("name", ["net", "flat"])
@pytest.mark.parametrize("period", [("2025-01-01", "2025-06-30"), ("2024-07-01", "2025-06-30")])
def test_forms_until_2024_end_with_2024(
    declarations: dict[str, Declaration], name: str, period: tuple[str, str]
) -> None:
    wrong = breaches(in_period(declarations[name], *period), Approval(period_deviates=True))
    assert [(breach.rule, breach.expected) for breach in wrong] == [("MWST-0002", "simpleTaxRateMethod")]
    assert wrong[0].found == f"{period[0]} to {period[1]}"


def test_the_form_by_activity_begins_with_2025(declarations: dict[str, Declaration]) -> None:
    first = in_period(declarations["simple"], "2025-01-01", "2025-06-30")
    assert rules(first) == []
    (breach,) = breaches(in_period(declarations["simple"], "2024-07-01", "2024-12-31"))
    assert (breach.rule, breach.where) == ("MWST-0002", "simpleTaxRateMethod")
    assert rules(in_period(declarations["net"], "2024-07-01", "2024-12-31")) == []


def test_another_method_than_granted(declarations: dict[str, Declaration]) -> None:
    net = Approval(method="net_tax")
    assert rules(declarations["effective"], net) == ["MWST-0002"]
    assert rules(declarations["simple"], net) == rules(declarations["net"], net) == []
    assert rules(declarations["flat"], Approval(method="effective")) == ["MWST-0002"]


# MWST-0003: length of the period


@pytest.mark.parametrize(
    ("name", "start", "end", "is_right"),
    [
        ("effective", "2026-07-01", "2026-09-30", True),
        ("effective", "2026-07-01", "2026-07-31", True),
        ("effective", "2026-01-01", "2026-12-31", True),
        ("effective", "2026-01-01", "2026-06-30", False),
        ("effective", "2026-08-01", "2026-10-31", False),
        ("effective", "2026-07-01", "2026-08-31", False),
        ("effective", "2026-07-02", "2026-09-30", False),
        ("effective", "2026-07-01", "2026-09-29", False),
        ("effective", "2026-09-30", "2026-07-01", False),
        ("effective", "2026-04-01", "2027-03-31", False),
        ("simple", "2026-07-01", "2026-12-31", True),
        ("simple", "2026-01-01", "2026-12-31", True),
        ("simple", "2026-07-01", "2026-09-30", False),
        ("net", "2023-10-01", "2023-12-31", False),
    ],
)
def test_length_of_the_period(
    declarations: dict[str, Declaration], name: str, start: str, end: str, *, is_right: bool
) -> None:
    found = in_period(declarations[name], start, end)
    assert rules(found) == ([] if is_right else ["MWST-0003"])
    assert rules(found, Approval(period_deviates=True)) == (["MWST-0003"] if end < start else [])


def test_another_rhythm_than_granted(effective: Declaration) -> None:
    (breach,) = breaches(effective, Approval(rhythm=Rhythm.MONTH))
    assert (breach.rule, breach.expected, breach.found) == (
        "MWST-0003",
        "a calendar month",
        "2026-07-01 to 2026-09-30",
    )
    assert rules(effective, Approval(rhythm=Rhythm.QUARTER)) == []
    assert rules(effective, Approval(rhythm=Rhythm.SEMESTER)) == ["MWST-0003"]


def test_the_annual_reconciliation_covers_a_year(effective: Declaration) -> None:
    annual = replace(effective, general=replace(effective.general, submission=Submission.ANNUAL))
    quarterly = Approval(rhythm=Rhythm.QUARTER)
    assert rules(annual, quarterly) == ["MWST-0003"]
    assert rules(in_period(annual, "2025-01-01", "2025-12-31"), quarterly) == []
    assert rules(in_period(annual, "2025-07-01", "2026-06-30"), quarterly) == []
    assert rules(in_period(annual, "2025-07-02", "2026-07-01"), quarterly) == ["MWST-0003"]
    assert rules(in_period(annual, "9998-07-01", "9999-12-31"), quarterly) == ["MWST-0003"]


# MWST-0005: turnover


def test_turnover_must_be_the_sum_of_its_lines(declaration: Declaration) -> None:
    wrong = replace(declaration, turnover=replace(declaration.turnover, exports=D("499.99")))
    (breach,) = breaches(wrong)
    assert (breach.rule, breach.expected, breach.found) == ("MWST-0005", "11000.01", "11000.00")


def test_acquisition_tax_is_no_turnover(effective: Declaration) -> None:
    """Software that counts bases of 38x in 299 is refused."""
    wrong = replace(effective, turnover=replace(effective.turnover, total=D("12500.00")))
    assert rules(wrong) == ["MWST-0005"]


def test_opted_turnover_is_no_deduction(effective: Declaration) -> None:
    assert isinstance(effective.method, Effective)
    assert rules(replace(effective, method=replace(effective.method, opted=D("99.00")))) == []


# MWST-0006: amount payable


@pytest.mark.parametrize("name", ["effective", "simple", "net", "flat"])
def test_payable_is_recomputed(declarations: dict[str, Declaration], name: str) -> None:
    right = declarations[name]
    (breach,) = breaches(replace(right, payable=right.payable + D("0.01")))
    assert (breach.rule, breach.where, breach.expected) == ("MWST-0006", "payableTax", str(right.payable))


@pytest.mark.parametrize("name", ["net_forms", "flat_forms"])
def test_forms_1055_and_1056_line_by_line_are_not_recomputed(declarations: dict[str, Declaration], name: str) -> None:
    assert rules(replace(declarations[name], payable=D("1.00"))) == []


def test_form_1050_line_by_line_is_recomputed(declarations: dict[str, Declaration]) -> None:
    method = declarations["net_forms"].method
    assert isinstance(method, NetRates)
    assert isinstance(method.credits.exports, tuple)
    exports_only = replace(method, credits=Credits(exports=method.credits.exports))
    right = replace(declarations["net_forms"], method=exports_only, payable=D("470.00"))  # 490.00 - 339.00 at 5.9 %
    assert rules(right) == []
    assert rules(replace(right, payable=D("490.00"))) == ["MWST-0006"]


@pytest.mark.parametrize(
    ("method", "accepted", "refused"),
    [
        # two half-Rappen make one: 0.0405 + 0.0095 = 0.05, where rounding each gives 0.04 + 0.01
        (of_turnover(("8.1", "0.50"), ("3.8", "0.25")), ["0.05"], ["0.04", "0.06", "0.00"]),
        # 0.0065 + 0.00676 = 0.01326; rounding each would give 0.02
        (of_turnover(("2.6", "0.25"), ("2.6", "0.26")), ["0.01", "0.00"], ["0.02", "-0.05"]),
        # 5 Rappen in favour of the taxpayer: owed goes down …
        (of_turnover(("8.1", "1234.00")), ["99.95"], ["99.90", "100.00", "99.96"]),
        (of_turnover(("8.1", "1234.40")), ["99.99", "99.95"], ["100.00", "99.90", "99.98"]),
        # … and a credit goes up
        (of_turnover(("8.1", "100.00"), deducted="10.02"), ["-1.92", "-1.95"], ["-1.90", "-2.00"]),
        # an exact half-Rappen whose sign input tax changes: away from zero, or 399 rounded first
        (of_turnover(("8.1", "50.00"), ("2.6", "0.25"), deducted="10.00"), ["-5.94", "-5.95"], ["-5.93"]),
        (of_turnover(("8.1", "5.00"), deducted="1.00"), ["-0.60", "-0.59"], ["-0.58", "-0.61"]),
        # gross turnover holds the tax: 1081.00 × 8.1 / 108.1
        (of_turnover(("8.1", "1081.00"), gross=True), ["81.00"], ["87.56", "80.95"]),
    ],
)
def test_rounding(effective: Declaration, method: Effective, accepted: list[str], refused: list[str]) -> None:
    found = {payable: rules(declared(effective, method, payable)) for payable in accepted + refused}
    assert found == {payable: [] if payable in accepted else ["MWST-0006"] for payable in accepted + refused}


def test_acquisition_tax_is_owed_on_the_net_base_even_on_gross_returns(effective: Declaration) -> None:
    method = Effective(is_gross=True, acquisitions=(AtRate(D("8.1"), D("1000.00")),))
    assert rules(declared(effective, method, "81.00")) == []


def test_net_tax_rates_apply_to_gross_turnover(declarations: dict[str, Declaration]) -> None:
    method = SimpleRates(supplies=(AtActivity("10101", D("6.2"), D("1081.00")),))
    right = replace(declarations["simple"], turnover=Turnover(total=D("1081.00")), method=method, payable=D("67.02"))
    assert rules(right) == []
    assert rules(replace(right, payable=D("63.11"))) == ["MWST-0006"]


# MWST-0008: activities


def test_technical_codes_follow_the_ladders() -> None:
    codes = technical_activities()
    assert len(codes) == 20
    assert (codes["T0001"], codes["T0003"], codes["T0010"]) == (D("0.1"), D("1.3"), D("6.8"))
    assert (codes["T0011"], codes["T0013"], codes["T0020"]) == (D("0.1"), D("1.2"), D("6.5"))


@pytest.mark.parametrize(
    ("line", "approved", "expected", "found"),
    [
        (("10101", "6.1"), None, "0.1, 0.6, 1.3, 2.1, 3.0, 3.7, 4.5, 5.3, 6.2, 6.8", "6.10"),
        (("T0021", "6.2"), None, "T0001 to T0020", "T0021"),
        (("T0009", "5.9"), None, "6.2", "5.90"),
        (("30303", "6.2"), {"10101": D("6.2")}, "10101", "30303"),
        (("10101", "5.3"), {"10101": D("6.2")}, "6.2", "5.30"),
    ],
)
def test_activities_must_be_granted(
    declarations: dict[str, Declaration],
    line: tuple[str, str],
    approved: dict[str, Decimal] | None,
    expected: str,
    found: str,
) -> None:
    code, rate = line
    method = SimpleRates(supplies=(AtActivity(code, D(rate), D("0.00")),))
    declaration = replace(declarations["simple"], turnover=Turnover(total=D("0.00")), method=method, payable=D("0.00"))
    (breach,) = breaches(declaration, Approval(activities=approved))
    assert (breach.rule, breach.expected, breach.found) == ("MWST-0008", expected, found)
    assert breach.where.startswith("simpleTaxRateMethod/suppliesPerTaxRate[1]/")


def test_granted_activities_pass(declarations: dict[str, Declaration]) -> None:
    granted = {"10101": D("6.2"), "20202": D("0.6"), "99999": D("1.3")}
    assert rules(declarations["simple"], Approval(activities=granted)) == []


def test_an_activity_has_one_rate(declarations: dict[str, Declaration]) -> None:
    lines = (AtActivity("10101", D("6.2"), D("100.00")), AtActivity("10101", D("5.3"), D("-100.00")))
    declaration = replace(
        declarations["simple"],
        turnover=Turnover(total=D("0.00")),
        method=SimpleRates(supplies=lines),
        payable=D("0.90"),
    )
    (breach,) = breaches(declaration)
    assert (breach.rule, breach.what) == ("MWST-0008", "Activity 10101 has two rates.")


# MWST-0009: UID


@pytest.mark.parametrize("uid", ["CHE116281271", "CHE101654423", "CHE105805187", "CHE101734967"])
def test_uids_of_the_register_pass(effective: Declaration, uid: str) -> None:
    assert rules(replace(effective, general=replace(effective.general, uid=uid))) == []


@pytest.mark.parametrize("uid", ["CHE123456789", "CHE101734968", "CHE101743967"])
def test_a_wrong_check_digit(effective: Declaration, uid: str) -> None:
    (breach,) = breaches(replace(effective, general=replace(effective.general, uid=uid)))
    assert (breach.rule, breach.where, breach.found) == ("MWST-0009", "generalInformation/uid", uid)


# Art. 25 MWSTG: statutory rates


def test_a_rate_that_never_was_law(effective: Declaration) -> None:
    method = Effective(supplies=(AtRate(D("8.2"), D("0.00")),), acquisitions=(AtRate(D("8.5"), D("0.00")),))
    wrong = breaches(declared(effective, method, "0.00"))
    assert [(breach.rule, breach.where, breach.found) for breach in wrong] == [
        ("Art. 25 MWSTG", "effectiveReportingMethod/acquisitionTax[1]/taxRate", "8.50"),
        ("Art. 25 MWSTG", "effectiveReportingMethod/suppliesPerTaxRate[1]/taxRate", "8.20"),
    ]


def test_rates_of_other_eras_are_law_but_for_the_future(effective: Declaration) -> None:
    old = declared(effective, Effective(supplies=(AtRate(D("7.7"), D("0.00")), AtRate(D("8.0"), D("0.00")))), "0.00")
    assert rules(old) == []
    new = declared(effective, Effective(supplies=(AtRate(D("8.1"), D("0.00")),)), "0.00")
    assert rules(in_period(new, "2023-07-01", "2023-09-30")) == []  # advance invoices
    assert rules(in_period(new, "2023-04-01", "2023-06-30")) == ["Art. 25 MWSTG"]


# together


def test_every_broken_rule_is_named_at_once(declarations: dict[str, Declaration]) -> None:
    base = declarations["simple"]
    assert isinstance(base.method, SimpleRates)
    wrong = replace(
        base,
        general=replace(
            base.general,
            uid="CHE123456789",
            organisation_name="M" * 256,
            period_from=date(2024, 7, 1),
            period_till=date(2024, 9, 30),
        ),
        turnover=replace(base.turnover, total=D("12000.01")),
        method=replace(
            base.method,
            supplies=(AtActivity("T9999", D("6.2"), D("11000.00")),),
            acquisitions=(AtRate(D("8.3"), D("100.00")),),
        ),
        payable=D("1.00"),
    )
    assert rules(wrong) == [
        "MWST-0001",
        "MWST-0002",
        "MWST-0003",
        "MWST-0005",
        "MWST-0006",
        "MWST-0008",
        "MWST-0009",
        "Art. 25 MWSTG",
    ]
    with pytest.raises(FilingRefusedError) as refused:
        write_declaration(wrong)
    assert [breach.rule for breach in refused.value.breaches if isinstance(breach, RuleBreach)] == rules(wrong)
    message = str(refused.value)
    assert "2024-Q3 breaks 8 rules of the portal; no file was written" in message
    assert "MWST-0009 generalInformation/uid: The check digit of the UID is wrong" in message


def test_rules_go_on_where_a_part_cannot_be_read(effective: Declaration) -> None:
    data = serialise(replace(effective, payable=D("1.00"))).replace(b"2026-07-01<", b"2026-7-1<")
    assert [breach.rule for breach in check_xml(data)] == ["MWST-0001", "MWST-0006"]


def test_values_that_a_schema_allows_and_nobody_can_use(effective: Declaration) -> None:
    """A schema sets no upper limit to years and amounts; such a file is not silently passed."""
    for old, new in ((b"2026-07-01<", b"12026-07-01<"), (b">561.70<", b">" + b"9" * 40 + b".00<")):
        found = check_xml(serialise(effective).replace(old, new))
        assert [breach.rule for breach in found] == ["MWST-0001"]
        assert "cannot be used" in found[0].what
