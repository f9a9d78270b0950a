"""The simulated bexio against recorded answers of the real one: the same keys and the same JSON types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from bexio_analytics.simulator import WireSettings, build_company, create_app, serve

pytestmark = pytest.mark.shared

# Recorded answer → the request that asks the simulated bexio for the same thing.
REQUESTS: tuple[tuple[str, str], ...] = (
    ("CompanyProfiles/fetch-a-list-of-company-profiles", "/2.0/company_profile"),
    ("CompanyProfiles/fetch-a-company-profile", "/2.0/company_profile/{company}"),
    ("Users/fetch-a-list-of-users", "/3.0/users"),
    ("Users/fetch-authenticated-user", "/3.0/users/me"),
    ("Accounts/fetch-a-list-of-accounts", "/2.0/accounts"),
    ("AccountGroups/fetch-a-list-of-account-groups", "/2.0/account_groups"),
    ("Taxes/fetch-a-list-of-taxes", "/3.0/taxes"),
    ("Taxes/fetch-a-tax", "/3.0/taxes/{tax}"),
    ("Currencies/fetch-a-list-of-currencies", "/3.0/currencies"),
    ("Currencies/fetch-a-currency", "/3.0/currencies/{currency}"),
    ("BusinessYears/fetch-a-list-of-business-years", "/3.0/accounting/business_years"),
    ("BusinessYears/fetch-a-business-year", "/3.0/accounting/business_years/{business_year}"),
    ("CalendarYears/fetch-a-list-of-calendar-years", "/3.0/accounting/calendar_years"),
    ("CalendarYears/fetch-a-calendar-year", "/3.0/accounting/calendar_years/{calendar_year}"),
    ("Reports/journal", "/3.0/accounting/journal"),
    ("ManualEntries/fetch-a-list-of-manual-entries", "/3.0/accounting/manual_entries"),
    ("Contacts/fetch-a-list-of-contacts", "/2.0/contact"),
    ("Contacts/fetch-a-contact", "/2.0/contact/{contact}"),
    ("Countries/fetch-a-list-of-countries", "/2.0/country"),
    ("Countries/fetch-a-country", "/2.0/country/{country}"),
    ("Quotes/fetch-a-list-of-quotes/fetch-a-list-of-quotes", "/2.0/kb_offer"),
    ("Quotes/fetch-a-quote/fetch-a-quote", "/2.0/kb_offer/{quote}"),
    ("Invoices/fetch-a-list-of-invoices", "/2.0/kb_invoice"),
    ("Invoices/fetch-an-invoice", "/2.0/kb_invoice/{invoice}"),
    ("Invoices/Payments/fetch-a-list-of-payments-for-fetch", "/2.0/kb_invoice/{paid}/payment"),
    ("Invoices/Payments/fetch-a-payment", "/2.0/kb_invoice/{paid}/payment/{payment}"),
    ("Files/fetch-a-list-of-files", "/3.0/files"),
    ("Files/get-a-single-file", "/3.0/files/{file}"),
    ("BankAccounts/fetch-a-list-of-bank-accounts", "/3.0/banking/accounts"),
    ("BankAccounts/fetch-a-single-bank-account", "/3.0/banking/accounts/{bank_account}"),
    ("Payments/fetch-a-list-of-payments", "/4.0/banking/payments"),
)

# Fields that were null wherever they were recorded, or never null although they may be: what the documentation says.
DOCUMENTED: Mapping[str, set[str]] = {
    ".entries.id": {"number", "null"},  # null in the counterpart row of a compound entry
    "address": {"string", "null"},
    "address_nr": {"string", "null"},
    "postcode": {"string", "null"},
    "city": {"string", "null"},
    "mail": {"string", "null"},
    "mail_second": {"string", "null"},
    "phone_fixed": {"string", "null"},
    "phone_fixed_second": {"string", "null"},
    "phone_mobile": {"string", "null"},
    "fax": {"string", "null"},
    "url": {"string", "null"},
    "street_name": {"string", "null"},
    "house_number": {"string", "null"},
    "address_addition": {"string", "null"},
    "description": {"string", "null"},
    "ust_id_nr": {"string", "null"},
    "mwst_nr": {"string", "null"},
    "trade_register_nr": {"string", "null"},
    "skype_name": {"string", "null"},
    "country_id": {"number", "null"},
    "salutation_id": {"number", "null"},
    "salutation_form": {"number", "null"},
    "title_id": {"number", "null"},
    "birthday": {"string", "null"},
    "language_id": {"number", "null"},
    "contact_group_ids": {"string", "null"},
    "contact_branch_ids": {"string", "null"},
    "contact_sub_id": {"number", "null"},
    "project_id": {"number", "null"},
    "parent_id": {"number", "null"},
    "unit_id": {"number", "null"},
    "unit_name": {"string", "null"},
    "tax_id": {"number", "null"},
    "tax_account_id": {"number", "null"},
    "debit_account_id": {"number", "null"},
    "credit_account_id": {"number", "null"},
    "net_tax_value": {"string", "null"},
    "start_year": {"number", "null"},
    "start_month": {"number", "null"},
    "end_year": {"number", "null"},
    "end_month": {"number", "null"},
    "closed_at": {"string", "null"},
    "reference_nr": {"string", "null"},
    "locked_info": {"string", "null"},
    "type": {"string", "null"},
    "bank_account_id": {"number", "null"},
    "kb_credit_voucher_id": {"number", "null"},
    "qr_invoice_iban": {"string", "null"},
    "parent_fibu_account_group_id": {"number", "null"},
    "viewed_by_client_at": {"string", "null"},
    "remarks": {"string", "null"},
    "kb_terms_of_payment_template_id": {"number", "null"},
}


def kind(value: object) -> str:
    """Name the JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def objects(body: object, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk through all objects of an answer; the name tells the place and, for positions, their type."""
    if isinstance(body, list):
        for entry in body:
            yield from objects(entry, name)
    elif isinstance(body, dict):
        variant = f"{name}:{body['type']}" if name.endswith("positions") else name
        yield variant, body
        for key, value in body.items():
            yield from objects(value, f"{name}.{key}")


def shapes(body: object) -> dict[str, dict[str, set[str]]]:
    """Summarise an answer: per place the keys and per key the JSON types seen."""
    found: dict[str, dict[str, set[str]]] = {}
    for name, record in objects(body):
        types = found.setdefault(name, {key: set() for key in record})
        assert set(types) == set(record), f"objects of {name} differ among themselves"
        for key, value in record.items():
            types[key].add(kind(value))
    return found


@pytest.fixture(scope="module")
def simulated() -> Iterator[httpx.Client]:
    company = build_company()
    headers = {"Authorization": "Bearer token", "Accept": "application/json"}
    with (
        serve(create_app({"token": company}, WireSettings(minute_seconds=1.0))) as served,
        httpx.Client(base_url=served.url, headers=headers, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> dict[str, dict[str, Any]]:
    file = json.loads((shared_data / "bexio-api" / "recorded-responses.json").read_text(encoding="utf-8"))
    return {answer["fixture"].removesuffix(".json"): answer for answer in file["responses"]}


@pytest.fixture(scope="module")
def ids(simulated: httpx.Client) -> dict[str, object]:
    """One id of each resource; an invoice with a payment, and that payment."""
    names = {
        "company": "/2.0/company_profile",
        "tax": "/3.0/taxes",
        "currency": "/3.0/currencies",
        "business_year": "/3.0/accounting/business_years",
        "calendar_year": "/3.0/accounting/calendar_years",
        "contact": "/2.0/contact",
        "country": "/2.0/country",
        "quote": "/2.0/kb_offer",
        "invoice": "/2.0/kb_invoice",
        "file": "/3.0/files",
        "bank_account": "/3.0/banking/accounts",
    }
    found: dict[str, object] = {name: simulated.get(path).json()[0]["id"] for name, path in names.items()}
    paid = next(row for row in simulated.get("/2.0/kb_invoice").json() if float(row["total_received_payments"]))
    payment = simulated.get(f"/2.0/kb_invoice/{paid['id']}/payment").json()[0]
    return found | {"paid": paid["id"], "payment": payment["id"]}


@pytest.fixture(scope="module")
def details(simulated: httpx.Client, ids: dict[str, object]) -> tuple[dict[str, object], dict[str, list[object]]]:
    """The ids, and all invoices and quotes one by one: no single one has every type of position."""
    found: dict[str, list[object]] = {}
    for path, name in (("/2.0/kb_invoice", "invoice"), ("/2.0/kb_offer", "quote")):
        rows = simulated.get(path).json()
        found[f"{path}/{{{name}}}"] = [simulated.get(f"{path}/{row['id']}").json() for row in rows]
    return ids, found


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda pair: pair[0])
def test_keys_types_and_headers_are_those_recorded(
    simulated: httpx.Client,
    recorded: dict[str, dict[str, Any]],
    details: tuple[dict[str, object], dict[str, list[object]]],
    request_: tuple[str, str],
) -> None:
    fixture, path = request_
    ids, documents = details
    real = recorded[fixture]
    ours = simulated.get(path.format(**ids))
    assert ours.status_code == real["status"]
    assert kind(ours.json()) == kind(real["body"])
    assert real["body"] == [] or ours.json(), "nothing to compare"
    simulated_shapes = shapes(documents[path] if path in documents else ours.json())
    for place, types in shapes(real["body"]).items():
        assert place in simulated_shapes, f"{fixture}: no {place} in the simulated answer"
        our_types = simulated_shapes[place]
        assert set(our_types) == set(types), f"{fixture} {place}: other keys"
        for key in types:
            allowed = types[key] | DOCUMENTED.get(key, set()) | DOCUMENTED.get(f"{place}.{key}", set())
            assert our_types[key] <= allowed, f"{fixture} {place}.{key}: {our_types[key]} instead of {allowed}"
    skipped = {"date", "etag", "content-type"}
    assert {name for name in real["headers"] if name not in skipped} <= set(ours.headers)
    for name in ("ratelimit-limit", "x-limit", "x-offset"):
        assert ours.headers.get(name) == real["headers"].get(name)


@pytest.mark.parametrize(
    ("fixture", "path", "body"),
    [
        ("Contacts/search-contacts", "/2.0/contact/search", [{"field": "id", "value": "0", "criteria": "="}]),
        ("Invoices/search-invoices", "/2.0/kb_invoice/search", []),
        ("Quotes/search-quotes/search-quotes", "/2.0/kb_offer/search", []),
        ("Accounts/search-accounts", "/2.0/accounts/search", []),
        ("Countries/search-countries", "/2.0/country/search", []),
        ("Files/search-files", "/3.0/files/search", []),
        ("CalendarYears/search-calendar-years", "/3.0/accounting/calendar_years/search", []),
    ],
)
def test_searches_answer_like_the_recorded_ones(
    simulated: httpx.Client, recorded: dict[str, dict[str, Any]], fixture: str, path: str, body: object
) -> None:
    real = recorded[fixture]
    ours = simulated.post(path, json=body)
    assert ours.status_code == real["status"]
    for place, types in shapes(real["body"]).items():
        assert set(shapes(ours.json())[place]) == set(types)
    for name in ("ratelimit-limit", "x-limit", "x-offset"):
        assert ours.headers.get(name) == real["headers"].get(name)


def test_a_used_tax_is_refused_in_the_recorded_words(
    simulated: httpx.Client, recorded: dict[str, dict[str, Any]]
) -> None:
    real = recorded["Taxes/delete-a-tax"]
    used = simulated.get("/2.0/kb_invoice").json()[0]["id"]
    position = next(
        row for row in simulated.get(f"/2.0/kb_invoice/{used}").json()["positions"] if row.get("tax_id") is not None
    )
    ours = simulated.delete(f"/3.0/taxes/{position['tax_id']}")
    assert (ours.status_code, ours.json()) == (real["status"], real["body"])
