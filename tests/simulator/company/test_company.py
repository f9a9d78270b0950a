"""Determinism, ids and the formats of the wire."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bexio_analytics.law import is_valid_uid
from bexio_analytics.simulator.company import Company, build_company

RESOURCES = {
    "company",
    "user",
    "account",
    "account_group",
    "tax",
    "currency",
    "business_year",
    "calendar_year",
    "vat_period",
    "contact",
    "country",
    "quote",
    "project",
    "invoice",
    "invoice_payment",
    "bill",
    "expense",
    "outgoing_payment",
    "manual_entry",
    "journal",
    "file",
    "bank_account",
}
LAST_DAY = "2026-09-30"


def written(company: Company) -> str:
    return json.dumps({**company.records}, default=str, ensure_ascii=False)


def leaves(value: object) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def test_same_seed_same_bytes(company: Company) -> None:
    assert written(build_company()) == written(company)


def test_another_seed_is_another_company(company: Company) -> None:
    assert written(build_company(seed=7)) != written(company)


def test_every_resource_has_rows(company: Company) -> None:
    assert set(company.records) == RESOURCES
    assert all(company.records.values())


def test_size_grows_with_scale(company: Company) -> None:
    base = len(company.records["journal"])
    assert 2800 <= base <= 3800
    larger = build_company(scale=4)
    assert 3.2 * base < len(larger.records["journal"]) < 4.5 * base
    assert len(larger.records["contact"]) > len(company.records["contact"])


def test_no_number_is_a_float(company: Company) -> None:
    kinds = {type(leaf) for leaf in leaves({**company.records})}
    assert kinds <= {int, Decimal, str, bool, type(None)}


def test_whole_numbers_are_ints(company: Company) -> None:
    assert not [leaf for leaf in leaves(company.records["journal"]) if isinstance(leaf, Decimal) and leaf == int(leaf)]


def test_ids_are_unique_and_ascending(company: Company) -> None:
    for resource, rows in company.records.items():
        keys = [row["id"] for row in rows]
        assert len(set(keys)) == len(keys), resource
        if isinstance(keys[0], int) and resource != "country":
            assert keys == sorted(keys), resource  # type: ignore[type-var]


def test_references_lead_somewhere(company: Company) -> None:
    ids = {resource: {row["id"] for row in rows} for resource, rows in company.records.items()}
    files = {row["uuid"] for row in company.records["file"]}
    for row in company.records["journal"]:
        assert {row["debit_account_id"], row["credit_account_id"]} <= ids["account"]
        match row["ref_class"]:
            case "KbInvoice":
                assert row["ref_id"] in ids["invoice"]
                assert row["ref_uuid"] is None
            case "KbBill":
                assert row["ref_uuid"] in ids["bill"]
                assert row["ref_id"] is None
            case "KbClientAccountEntry":
                assert (row["ref_id"] in ids["invoice_payment"]) != (row["ref_uuid"] is not None)
                assert row["ref_uuid"] not in ids["bill"]
            case "KbCreditVoucher":
                assert isinstance(row["ref_id"], int)
            case other:
                assert other is None
                assert row["ref_id"] is None
                assert row["ref_uuid"] is None
    for record in [*company.records["bill"], *company.records["expense"]]:
        assert set(record["attachment_ids"]) <= files  # type: ignore[call-overload]
    assert {row["bill_id"] for row in company.records["outgoing_payment"]} <= ids["bill"]
    assert {row["contact_id"] for row in company.records["invoice"]} <= ids["contact"]
    assert {row["supplier_id"] for row in company.records["bill"]} <= ids["contact"]


def test_all_ref_classes_occur(company: Company) -> None:
    seen = Counter(row["ref_class"] for row in company.records["journal"])
    assert set(seen) == {"KbInvoice", "KbBill", "KbClientAccountEntry", "KbCreditVoucher", None}


def test_position_ids_are_unique_per_type(company: Company) -> None:
    rows: list[Any] = [*company.records["invoice"], *company.records["quote"]]
    keys = [(position["type"], position["id"]) for row in rows for position in row["positions"]]
    assert len(set(keys)) == len(keys)
    kinds = {kind for kind, _ in keys}
    assert {"KbPositionCustom", "KbPositionArticle", "KbPositionText", "KbPositionDiscount"} <= kinds


def test_manual_line_id_is_its_journal_row(company: Company) -> None:
    journal = {row["id"]: row for row in company.records["journal"]}
    for entry in company.records["manual_entry"]:
        lines: Any = entry["entries"]
        for line in lines:
            if line["id"] is None:
                assert entry["type"] == "manual_compound_entry"
                continue
            row = journal[line["id"]]
            assert row["description"] == line["description"]
            assert str(row["date"])[:10] == line["date"]
            assert line["debit_account_id"] in {None, row["debit_account_id"]}
            assert line["credit_account_id"] in {None, row["credit_account_id"]}


def test_vat_row_of_a_manual_line_follows_it(company: Company) -> None:
    journal = {row["id"]: row for row in company.records["journal"]}
    taxes: dict[Any, Any] = {row["id"]: row for row in company.records["tax"]}
    checked = 0
    for entry in company.records["manual_entry"]:
        lines: Any = entry["entries"]
        for line in lines:
            tax = taxes.get(line["tax_id"])
            if tax is None or not tax["value"] or not line["amount"] or entry["reference_nr"] == "BU-2026-338":
                continue
            net, vat = journal[line["id"]], journal[line["id"] + 1]
            assert tax["account_id"] in {vat["debit_account_id"], vat["credit_account_id"]}
            assert vat["description"] == net["description"]
            gross = Decimal(str(net["amount"])) + Decimal(str(vat["amount"]))
            assert gross == Decimal(str(line["amount"]))
            checked += 1
    assert checked > 100


def test_journal_dates_carry_the_swiss_offset(company: Company) -> None:
    pattern = re.compile(r"\d{4}-\d{2}-\d{2}T00:00:00\+0[12]:00")
    for row in company.records["journal"]:
        assert pattern.fullmatch(str(row["date"]))
        is_summer = "03-31" < str(row["date"])[5:10] < "10-25"
        if str(row["date"])[5:7] not in {"03", "10"}:
            assert str(row["date"]).endswith("+02:00" if is_summer else "+01:00")


def test_decimal_strings(company: Company) -> None:
    for row in company.records["invoice"]:
        for field in ("total_gross", "total_net", "total", "total_received_payments", "total_credit_vouchers"):
            assert re.fullmatch(r"\d+\.\d{6}", str(row[field])), field
        for field in ("total_taxes", "total_remaining_payments"):
            assert re.fullmatch(r"\d+\.\d{4}", str(row[field])), field
        assert isinstance(row["total_rounding_difference"], int | Decimal)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", str(row["updated_at"]))


@pytest.mark.parametrize(
    ("resource", "field"),
    [
        ("journal", "date"),
        ("invoice", "is_valid_from"),
        ("invoice", "updated_at"),
        ("invoice_payment", "date"),
        ("bill", "bill_date"),
        ("bill", "created_at"),
        ("expense", "paid_on"),
        ("outgoing_payment", "execution_date"),
        ("manual_entry", "date"),
        ("file", "created_at"),
        ("contact", "updated_at"),
    ],
)
def test_nothing_is_dated_after_the_last_day(company: Company, resource: str, field: str) -> None:
    assert max(str(row[field])[:10] for row in company.records[resource]) <= LAST_DAY


def test_years_and_periods(company: Company) -> None:
    periods = company.records["vat_period"]
    assert [row["status"] for row in periods] == ["closed"] * 6 + ["open"]
    assert periods[-1]["start"] == "2026-07-01"
    assert periods[-1]["end"] == LAST_DAY
    assert [row["status"] for row in company.records["business_year"]] == ["closed", "open"]
    assert {row["vat_accounting_method"] for row in company.records["calendar_year"]} == {"effective"}


def test_vat_numbers_have_valid_check_digits(company: Company) -> None:
    assert is_valid_uid(company.vat_number)
    remarks = [str(row["remarks"]) for row in company.records["contact"]]
    numbers = [match[0] for match in (re.search(r"CHE-[\d.]+ MWST", text) for text in remarks) if match]
    assert len(numbers) > 20
    assert all(is_valid_uid(number) for number in numbers)


def test_year_end_was_entered_late(company: Company) -> None:
    first_of_may = min(
        row["id"]
        for row in company.records["journal"]
        if str(row["date"]).startswith("2026-05")  # type: ignore[type-var]
    )
    first_of_march = min(
        row["id"]
        for row in company.records["journal"]
        if str(row["date"]).startswith("2026-03")  # type: ignore[type-var]
    )
    late = [
        row
        for row in company.records["journal"]
        if str(row["description"]).startswith(("Abschluss ", "Saldovortrag")) and str(row["date"]) > "2025-06"
    ]
    assert len(late) > 60
    assert all(first_of_march < row["id"] < first_of_may for row in late)  # type: ignore[operator]
    assert {str(row["date"])[:10] for row in late} == {"2025-12-31", "2026-01-01"}


def test_locked_entries_are_those_of_closed_periods(company: Company) -> None:
    for row in company.records["manual_entry"]:
        day = date.fromisoformat(str(row["date"]))
        expected = (
            "closed_business_year" if day.year == 2025 else "closed_tax_period" if day < date(2026, 7, 1) else None
        )
        assert row["locked_info"] == expected
        assert row["is_locked"] == (expected is not None)
