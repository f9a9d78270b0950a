"""The oracle against returns worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bexio_analytics.simulator.company.drawn import ExpectedReturn, YearStatus
from bexio_analytics.simulator.company.drawn.codes import Activity, code_book
from bexio_analytics.simulator.company.drawn.facts import CreditNote, Direct, Facts, Part, Settlement, Traded
from bexio_analytics.simulator.company.drawn.oracle import expected_returns
from bexio_analytics.simulator.company.drawn.profile import periods_of

ACTIVITIES = (
    Activity("Handel", "3200", {"old": Decimal("2.0"), "mid": Decimal("2.0"), "new": Decimal("2.1")}),
    Activity("Beratung", "3400", {"old": Decimal("5.9"), "mid": Decimal("5.9"), "new": Decimal("6.2")}),
)
CODES = code_book(ACTIVITIES, date(2026, 12, 31)).codes
COLLECTED = YearStatus("effective", "collected")


def part(code: str, tax: str, *nets: str) -> Part:
    return Part(code, tuple(Decimal(net) for net in nets), Decimal(tax))


def sale(day: date, total: str, *parts: Part, currency: str = "CHF", rate: str = "1") -> Traded:
    return Traded(day, is_sale=True, currency=currency, rate=Decimal(rate), total=Decimal(total), parts=parts)


def bill(day: date, total: str, *parts: Part) -> Traded:
    return Traded(day, is_sale=False, currency="CHF", rate=Decimal(1), total=Decimal(total), parts=parts)


def returns(facts: Facts, year: int, status: YearStatus, rhythm: str = "quarter") -> dict[str, ExpectedReturn]:
    return expected_returns(facts, CODES, periods_of((year,), rhythm), {year: status})


def boxes(found: ExpectedReturn) -> dict[str, str]:
    return {box: f"{amount:.2f}" for box, amount in found.ziffern.items()}


def test_agreed_counts_on_the_day_of_the_document() -> None:
    document = sale(date(2025, 3, 31), "1081.00", part("UN81/new", "81.00", "1000.00"))
    document.settlements.append(Settlement(date(2025, 5, 2), Decimal("1081.00")))
    found = returns(Facts([document]), 2025, YearStatus())
    assert boxes(found["2025-Q1"]) == {"200": "1000.00", "299": "1000.00", "303": "1000.00", "399": "81.00"}
    assert found["2025-Q1"].payable == Decimal("81.00")
    assert boxes(found["2025-Q2"]) == {}


def test_collected_counts_shares_and_the_last_payment_takes_the_rest() -> None:
    document = sale(date(2025, 3, 31), "100.00", part("UN81/new", "7.49", "92.51"))
    for day, amount in ((date(2025, 4, 1), "33.35"), (date(2025, 7, 1), "33.35"), (date(2025, 10, 1), "33.30")):
        document.settlements.append(Settlement(day, Decimal(amount)))
    found = returns(Facts([document]), 2025, COLLECTED)
    # 92.51 × 0.3335 = 30.852… twice, then what is left of 92.51
    assert [found[f"2025-Q{place}"].ziffern.get("200") for place in (1, 2, 3, 4)] == [
        None,
        Decimal("30.85"),
        Decimal("30.85"),
        Decimal("30.81"),
    ]


def test_collected_input_tax_moves_line_by_line() -> None:
    lines = (part("VM81/new", "8.10", "100.00"), part("VM81/new", "4.06", "50.14"), part("VB26/new", "0.51", "19.49"))
    document = bill(date(2025, 1, 10), "182.30", *lines)
    document.settlements.append(Settlement(date(2025, 2, 10), Decimal("60.75")))
    document.settlements.append(Settlement(date(2025, 4, 10), Decimal("121.55")))
    found = returns(Facts([document]), 2025, COLLECTED)
    # 60.75 / 182.30: 2.70 and 1.35 of the material, 0.17 of the books
    assert boxes(found["2025-Q1"]) == {"400": "4.05", "405": "0.17", "479": "4.22"}
    assert boxes(found["2025-Q2"]) == {"400": "8.11", "405": "0.34", "479": "8.45"}
    assert found["2025-Q1"].payable == Decimal("-4.22")


@pytest.mark.parametrize("basis", ["agreed", "collected"])
def test_cash_discount_lowers_turnover_on_the_day_of_the_payment(basis: str) -> None:
    document = sale(date(2025, 1, 10), "1081.00", part("UN81/new", "81.00", "1000.00"))
    document.settlements.append(Settlement(date(2025, 2, 1), Decimal("1059.40")))
    lowers = (part("UN81/new", "1.62", "19.98"),)
    document.settlements.append(Settlement(date(2025, 2, 1), Decimal("21.60"), lowers))
    found = returns(Facts([document]), 2025, YearStatus("effective", basis))
    assert boxes(found["2025-Q1"]) == {"200": "980.02", "299": "980.02", "303": "980.02", "399": "79.38"}


def test_credit_notes_count_when_written_or_when_set_off() -> None:
    note = CreditNote(
        date(2025, 3, 20),
        Decimal("102.60"),
        (part("UR26/new", "2.60", "100.00"),),
        ((date(2025, 4, 20), Decimal("102.60")),),
    )
    agreed = returns(Facts(credit_notes=[note]), 2025, YearStatus())
    collected = returns(Facts(credit_notes=[note]), 2025, COLLECTED)
    expected = {"200": "-100.00", "299": "-100.00", "313": "-100.00", "399": "-2.60"}
    assert (boxes(agreed["2025-Q1"]), boxes(agreed["2025-Q2"])) == (expected, {})
    assert (boxes(collected["2025-Q1"]), boxes(collected["2025-Q2"])) == ({}, expected)
    still_open = replace(note, settled=())
    assert not any(found.ziffern for found in returns(Facts(credit_notes=[still_open]), 2025, COLLECTED).values())


def test_credit_notes_count_in_shares_where_they_are_settled_in_shares() -> None:
    note = CreditNote(
        date(2025, 3, 20),
        Decimal("108.10"),
        (part("UN81/new", "8.10", "100.00"),),
        ((date(2025, 4, 20), Decimal("36.05")), (date(2025, 7, 20), Decimal("72.05"))),
    )
    found = returns(Facts(credit_notes=[note]), 2025, COLLECTED)
    assert [found[f"2025-Q{place}"].ziffern.get("303") for place in (1, 2, 3)] == [
        None,
        Decimal("-33.35"),
        Decimal("-66.65"),
    ]


def test_a_declared_reduction_leaves_the_turnover_alone() -> None:
    direct = [
        Direct(date(2025, 1, 1), part("UN81/new", "81.00", "1000.00")),
        Direct(date(2025, 1, 2), part("EM/new", "-8.10", "-100.00")),
    ]
    found = returns(Facts(direct=direct), 2025, YearStatus())["2025-Q1"]
    assert boxes(found) == {
        "200": "1000.00",
        "235": "100.00",
        "289": "100.00",
        "299": "900.00",
        "303": "900.00",
        "399": "72.90",
    }


def test_acquisition_opted_corrections_and_flows() -> None:
    direct = [
        Direct(date(2018, 1, 1), part("BZB77/mid", "77.00", "1000.00")),
        Direct(date(2018, 1, 1), part("UO80/old", "16.00", "200.00")),
        Direct(date(2018, 1, 1), part("VEV/mid", "-7.70", "-100.00")),
        Direct(date(2018, 1, 1), part("SUB", "0", "500.00")),
        Direct(date(2018, 1, 1), part("U00", "0", "700.00")),
        Direct(date(2018, 1, 1), part("DIV", "0", "300.00")),
    ]
    found = returns(Facts(direct=direct), 2018, YearStatus())["2018-Q1"]
    assert boxes(found) == {
        "200": "500.00",
        "205": "200.00",
        "280": "300.00",
        "289": "300.00",
        "299": "200.00",
        "301": "200.00",
        "382": "1000.00",
        "399": "93.00",
        "405": "77.00",
        "415": "7.70",
        "479": "69.30",
        "900": "500.00",
    }
    assert found.payable == Decimal("23.70")


def test_tax_is_rounded_once_from_unrounded_products() -> None:
    direct = [
        Direct(date(2025, 1, 1), part("UN81/new", "0.00", "0.05")),
        Direct(date(2025, 1, 1), part("UR26/new", "0.00", "0.05")),
    ]
    found = returns(Facts(direct=direct), 2025, YearStatus())["2025-Q1"]
    # 0.00405 + 0.0013 = 0.00535, although both lines round to 0.00
    assert sum(found.tax.values(), Decimal(0)) == 0
    assert found.payable == Decimal("0.01")


def test_foreign_currency_is_converted_row_by_row() -> None:
    parts = (part("UEX", "0", "10.55", "10.55"),)
    document = sale(date(2025, 1, 10), "21.10", *parts, currency="EUR", rate="0.9510")
    found = returns(Facts([document]), 2025, YearStatus())["2025-Q1"]
    assert found.ziffern["220"] == Decimal("20.06")
    yen = sale(date(2025, 1, 10), "1000", part("UEX", "0", "1000"), currency="JPY", rate="0.5721")
    assert returns(Facts([yen]), 2025, YearStatus())["2025-Q1"].ziffern["220"] == Decimal("5.72")


def test_net_tax_forms() -> None:
    def entered(year: int, era: str) -> Facts:
        day = date(year, 2, 1)
        return Facts(
            direct=[
                Direct(day, part(f"SS1/{era}", "0", "10000.00")),
                Direct(day, part(f"SS2/{era}", "0", "5000.00")),
                Direct(day, part("UEX", "0", "400.00")),
                Direct(day, part(f"BZB{'77' if era == 'mid' else '81'}/{era}", "81.00", "1000.00")),
            ]
        )

    status = YearStatus("net_tax", "agreed")
    old = returns(entered(2023, "mid"), 2023, status, "semester")["2023-H1"]
    assert boxes(old)["322"] == "10000.00"
    assert boxes(old)["332"] == "5000.00"
    assert old.payable == Decimal("572.00")
    last = returns(entered(2024, "new"), 2024, status, "semester")["2024-H1"]
    assert (boxes(last)["323"], boxes(last)["333"]) == ("10000.00", "5000.00")
    new = returns(entered(2025, "new"), 2025, status, "semester")["2025-H1"]
    assert boxes(new) == {
        "200": "15400.00",
        "220": "400.00",
        "289": "400.00",
        "299": "15000.00",
        "323": "15000.00",
        "383": "1000.00",
        "399": "601.00",
    }
    assert new.tax == {"323": Decimal("520.00"), "383": Decimal("81.00")}
    assert new.net_rates == {Decimal("2.1"): Decimal("10000.00"), Decimal("6.2"): Decimal("5000.00")}


def test_years_without_vat_have_no_return() -> None:
    document = sale(date(2025, 1, 10), "1081.00", part("UN81/new", "81.00", "1000.00"))
    assert returns(Facts([document]), 2025, YearStatus(is_vat_subject=False)) == {}
