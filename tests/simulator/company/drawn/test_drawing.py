"""Drawn companies repeat, cover every kind of code and document, and look on the wire like the demo company."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bexio_analytics import law
from bexio_analytics.simulator.company import build_company
from bexio_analytics.simulator.company.drawn import DrawnCompany, YearStatus, random_company
from bexio_analytics.simulator.company.drawn.books import Office
from bexio_analytics.simulator.company.drawn.buying import Bill, BuyingDesk, Line
from bexio_analytics.simulator.company.drawn.entering import EntryDesk
from bexio_analytics.simulator.company.drawn.selling import SellingDesk

EVERY_BOX = {
    *("200", "205", "220", "221", "225", "230", "235", "280", "289", "299"),
    *("301", "302", "303", "311", "312", "313", "341", "342", "343", "381", "382", "383"),
    *("399", "400", "405", "410", "415", "420", "479", "900", "910"),
}
NESTED = {"invoice": "positions", "bill": "line_items", "manual_entry": "entries"}


def test_same_seed_same_company() -> None:
    first, second = random_company(7), random_company(7)
    assert first.records == second.records
    assert first.truth == second.truth
    assert random_company(8).records["journal"] != first.records["journal"]


def test_every_box_and_every_rate_generation_occurs() -> None:
    for basis in ("agreed", "collected"):
        seen: set[str] = set()
        for seed, years in enumerate([(2016, 2017, 2018), (2022, 2023, 2024), (2024, 2025, 2026)] * 2):
            company = random_company(seed, method="effective", basis=basis, years=years, documents=14)
            seen |= {box for expected in company.truth.values() for box in expected.ziffern}
        assert seen >= EVERY_BOX


def test_net_tax_forms_before_and_from_2025() -> None:
    old = random_company(1, method="net_tax", basis="agreed", years=(2022, 2023, 2024))
    boxes = {period: set(expected.ziffern) for period, expected in old.truth.items()}
    assert {"322", "332"} <= set().union(*(found for period, found in boxes.items() if period < "2024"))
    assert {"323", "333"} <= set().union(*(found for period, found in boxes.items() if period >= "2024"))
    new = random_company(1, method="net_tax", basis="agreed", years=(2025, 2026))
    for expected in new.truth.values():
        assert not {"332", "333", "400", "405", "479"} & set(expected.ziffern)
        assert expected.ziffern["323"] + expected.ziffern.get("322", 0) == expected.ziffern["299"]
        assert sum(expected.net_rates.values(), Decimal(0)) == expected.ziffern["299"]
        owed = sum((base * rate / 100 for rate, base in expected.net_rates.items()), Decimal(0))
        assert expected.tax["323"] + expected.tax.get("322", 0) == pytest.approx(owed, abs=Decimal("0.01"))


def test_net_tax_rates_are_on_the_ladder() -> None:
    for day in (date(2020, 1, 1), date(2024, 1, 1)):
        ladder = {row.rate for row in law.net_tax_rates() if row.valid_from <= day}
        for seed in range(12):
            company = random_company(seed, method="net_tax", years=(day.year,))
            assert {rate for expected in company.truth.values() for rate in expected.net_rates} <= ladder


def test_every_kind_of_document_occurs() -> None:
    seen: dict[str, set[object]] = defaultdict(set)
    for seed in range(10):
        company = random_company(seed, method="effective")
        for invoice in company.records["invoice"]:
            seen["price"].add((invoice["mwst_type"], invoice["mwst_is_net"]))
            seen["status"].add(invoice["kb_item_status_id"])
            seen["currency"].add(invoice["currency_id"])
        for payment in company.records["invoice_payment"]:
            seen["payment"].add((payment["is_cash_discount"], payment["kb_credit_voucher_id"] is not None))
        for bill in company.records["bill"]:
            seen["bill status"].add(bill["status"])
            seen["bill"].add((bill["status"], bill["item_net"], bool(bill["discounts"])))
            seen["bill currency"].add(bill["currency_code"])
        seen["entry"] |= {row["type"] for row in company.records["manual_entry"]}
        seen["ref"] |= {row["ref_class"] for row in company.records["journal"]}
        seen["order"] |= {row["payment_type"] for row in company.records["outgoing_payment"]}
    assert {(0, True), (0, False), (1, True), (2, True)} <= seen["price"]
    assert seen["status"] == {7, 8, 9, 16, 19, 31}
    assert len(seen["currency"]) == len(("CHF", "EUR", "USD"))
    assert seen["payment"] == {(False, False), (True, False), (False, True)}
    assert {"DRAFT", "BOOKED", "PAID", "PARTIALLY_PAID"} == seen["bill status"]
    assert {("PAID", True, True), ("PAID", False, True)} <= seen["bill"]
    assert seen["bill currency"] == {"CHF", "EUR", "USD", "JPY"}
    assert seen["entry"] == {"manual_single_entry", "manual_group_entry", "manual_compound_entry"}
    assert seen["ref"] == {None, "KbInvoice", "KbBill", "KbCreditVoucher", "KbClientAccountEntry"}
    assert seen["order"] == {"IBAN", "CASH_DISCOUNT"}


@pytest.mark.parametrize("method", ["effective", "net_tax"])
def test_records_look_like_those_of_the_demo_company(method: str) -> None:
    demo = build_company()
    company = random_company(2, method=method, years=(2024, 2025))
    for resource, rows in company.records.items():
        model: list[dict[str, Any]] = demo.records[resource]
        for row in rows:
            assert list(row) == list(model[0]), resource
            if resource in NESTED:
                _same_fields(row[NESTED[resource]], model, NESTED[resource])


def _same_fields(found: object, model: list[dict[str, Any]], field: str) -> None:
    known = {(part.get("type"), tuple(part)) for row in model for part in row[field]}
    assert isinstance(found, list)
    for part in found:
        assert (part.get("type"), tuple(part)) in known


def test_manual_lines_carry_the_id_of_their_journal_row() -> None:
    company = random_company(4, method="effective")
    journal = {row["id"]: row for row in company.records["journal"]}
    for entry in company.records["manual_entry"]:
        lines: Any = entry["entries"]
        for line in lines:
            if line["id"] is not None:
                assert journal[line["id"]]["description"] == line["description"]
                assert str(journal[line["id"]]["date"])[:10] == entry["date"]


def test_payments_of_bills_are_told_apart_by_day_and_amount() -> None:
    company = random_company(6, documents=20)
    orders: dict[tuple[object, object], Decimal] = defaultdict(Decimal)
    for order in company.records["outgoing_payment"]:
        orders[order["bill_id"], order["execution_date"]] += Decimal(str(order["amount"]))
    keys = [(day, amount) for (_, day), amount in orders.items()]
    assert len(keys) == len(set(keys))


def test_a_company_can_be_planted_with_more() -> None:
    def plant(office: Office, _selling: SellingDesk, buying: BuyingDesk, _entries: EntryDesk) -> None:
        code = office.book.input("B", "normal", date(2025, 5, 2))
        line = Line("6300", code, Decimal("1081.00"), "Versicherung mit Vorsteuer")
        buying.enter_bills([Bill(date(2025, 5, 2), "versicherung", (line,), "Police")])

    wanted: dict[str, Any] = {"method": "effective", "basis": "agreed", "years": (2025,), "rhythm": "quarter"}
    plain, planted = random_company(9, **wanted), random_company(9, **wanted, plant=plant)
    assert len(planted.records["bill"]) == len(plain.records["bill"]) + 1
    assert len({row["document_no"] for row in planted.records["bill"]}) == len(planted.records["bill"])
    grown = planted.truth["2025-Q2"].ziffern["405"] - plain.truth["2025-Q2"].ziffern["405"]
    assert grown == Decimal("81.00")


def test_without_net_tax_codes_the_settings_name_the_activities() -> None:
    company = random_company(3, method="net_tax", years=(2024, 2025), net_tax_codes=False)
    assert not any(row["net_tax_value"] for row in company.records["tax"])
    assert {row["mwst_type"] for row in company.records["invoice"]} <= {1, 2}
    assert company.mandate_toml.count("[activities.") == 2
    assert all(expected.ziffern["323"] for expected in company.truth.values())
    with pytest.raises(ValueError, match="one generation"):
        random_company(3, method="net_tax", years=(2023, 2024), net_tax_codes=False)


def test_years_must_follow_one_another() -> None:
    with pytest.raises(ValueError, match="follow one another"):
        random_company(1, statuses={2023: YearStatus(), 2025: YearStatus()})


def test_statuses_are_served_year_by_year() -> None:
    statuses = {2024: YearStatus("net_tax", "agreed"), 2025: YearStatus("effective", "collected")}
    company: DrawnCompany = random_company(5, statuses=statuses)
    served = [
        (row["vat_accounting_method"], row["vat_accounting_type"], row["is_vat_subject"])
        for row in company.records["calendar_year"]
    ]
    assert served == [("net_tax", "agreed", True), ("effective", "collected", True)]
