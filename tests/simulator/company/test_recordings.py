"""Records have the fields and JSON types that recordings of the live API show."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bexio_analytics.simulator.company import Company

RECORDED = {
    "company": "CompanyProfiles/fetch-a-company-profile.json",
    "user": "Users/fetch-a-list-of-users.json",
    "account": "Accounts/fetch-a-list-of-accounts.json",
    "account_group": "AccountGroups/fetch-a-list-of-account-groups.json",
    "tax": "Taxes/fetch-a-list-of-taxes.json",
    "currency": "Currencies/fetch-a-list-of-currencies.json",
    "business_year": "BusinessYears/fetch-a-list-of-business-years.json",
    "calendar_year": "CalendarYears/fetch-a-list-of-calendar-years.json",
    "contact": "Contacts/fetch-a-list-of-contacts.json",
    "country": "Countries/fetch-a-list-of-countries.json",
    "quote": "Quotes/fetch-a-quote/fetch-a-quote.json",
    "invoice": "Invoices/fetch-an-invoice.json",
    "invoice_payment": "Invoices/Payments/fetch-a-payment.json",
    "manual_entry": "ManualEntries/fetch-a-list-of-manual-entries.json",
    "file": "Files/fetch-a-list-of-files.json",
    "bank_account": "BankAccounts/fetch-a-list-of-bank-accounts.json",
}


@pytest.fixture(scope="module")
def recordings(shared_data: Path) -> dict[str, Any]:
    text = (shared_data / "bexio-api" / "recorded-responses.json").read_text("utf-8")
    return {row["fixture"]: row["body"] for row in json.loads(text, parse_float=Decimal)["responses"]}


def rows_of(body: object) -> list[dict[str, Any]]:
    """The rows of an answer; a long list was cut and ends with a note."""
    rows = body if isinstance(body, list) else [body]
    return [row for row in rows if isinstance(row, dict)]


def kinds(rows: list[dict[str, Any]], field: str) -> set[str]:
    names = {bool: "bool", int: "number", Decimal: "number", str: "string", list: "array", dict: "object"}
    return {names[type(row[field])] for row in rows if row[field] is not None}


@pytest.mark.shared
@pytest.mark.parametrize("resource", RECORDED)
def test_fields_and_types(company: Company, recordings: dict[str, Any], resource: str) -> None:
    recorded = rows_of(recordings[RECORDED[resource]])
    ours: list[dict[str, Any]] = list(company.records[resource])
    for row in ours:
        assert row.keys() == recorded[0].keys()
    for field in recorded[0]:
        seen, expected = kinds(ours, field), kinds(recorded, field)
        if seen and expected:
            assert seen <= expected, field


@pytest.mark.shared
@pytest.mark.parametrize(("resource", "parts"), [("invoice", "positions"), ("manual_entry", "entries")])
def test_fields_of_parts(company: Company, recordings: dict[str, Any], resource: str, parts: str) -> None:
    recorded = [part for row in rows_of(recordings[RECORDED[resource]]) for part in row[parts]]
    shapes = {part.get("type"): part.keys() for part in recorded}
    ours: list[Any] = list(company.records[resource])
    compared = 0
    for part in (part for row in ours for part in row[parts]):
        if part.get("type") in shapes:
            assert part.keys() == shapes[part.get("type")]
            compared += 1
    assert compared > 100


@pytest.mark.shared
def test_every_recorded_tax_code_is_known(company: Company, recordings: dict[str, Any]) -> None:
    ours = {(row["code"], row["digit"], row["type"], row["value"]) for row in company.records["tax"]}
    recorded = rows_of(recordings[RECORDED["tax"]])
    assert {(row["code"], row["digit"], row["type"], row["value"]) for row in recorded} <= ours
    assert {"UEX", "UN77", "VB77"} <= {row["code"] for row in company.records["tax"]}
    assert not {row["uuid"] for row in recorded} & {row["uuid"] for row in company.records["tax"]}


@pytest.mark.shared
def test_system_accounts_are_those_recorded(company: Company, recordings: dict[str, Any]) -> None:
    ours = {row["account_no"]: (row["account_type"], row["is_locked"]) for row in company.records["account"]}
    for row in rows_of(recordings[RECORDED["account"]]):
        assert ours[row["account_no"]] == (row["account_type"], row["is_locked"])
