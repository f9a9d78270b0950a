"""Every recorded answer of a resource that is fetched parses into its tables, and none is passed over in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bexio_analytics.connector import RawResponse
from bexio_analytics.snapshot.parsing import ParsedTable, parse_tables, read_pages
from bexio_analytics.snapshot.schema import Table
from bexio_analytics.snapshot.tables import TABLES
from bexio_analytics.snapshot.values import json_text

pytestmark = pytest.mark.shared

CUT = "…cut"
CURRENCIES = {1: "CHF", 2: "EUR"}

FETCHED = {
    "AccountGroups/fetch-a-list-*": "account_group",
    "Accounts/fetch-a-list-*": "account",
    "Accounts/search-*": "account",
    "BankAccounts/fetch-*": "bank_account",
    "BusinessYears/fetch-*": "business_year",
    "CalendarYears/*": "calendar_year",
    "CompanyProfiles/fetch-*": "company",
    "Contacts/create-contact.json": "contact",
    "Contacts/*-create.json": "contact",
    "Contacts/edit-contact.json": "contact",
    "Contacts/fetch-*": "contact",
    "Contacts/search-*": "contact",
    "Countries/create-country.json": "country",
    "Countries/edit-a-country.json": "country",
    "Countries/fetch-*": "country",
    "Countries/search-*": "country",
    "Currencies/create-*": "currency",
    "Currencies/edit-*": "currency",
    "Currencies/fetch-a-*": "currency",
    "Files/create-*": "file",
    "Files/edit-*": "file",
    "Files/fetch-*": "file",
    "Files/get-a-single-file.json": "file",
    "Files/search-*": "file",
    "Invoices/Payments/create-a-payment*": "invoice_payment",
    "Invoices/Payments/fetch-*": "invoice_payment",
    "Invoices/*/create-an-invoice-*": "invoice_detail",
    "Invoices/copy-*": "invoice_detail",
    "Invoices/create-*": "invoice_detail",
    "Invoices/edit-*": "invoice_detail",
    "Invoices/fetch-an-invoice*": "invoice_detail",
    "Invoices/fetch-a-list-*": "invoice",
    "Invoices/search-*": "invoice",
    "Invoices/DefaultPositions/create-a-default-position.json": "position",
    "Invoices/SubPositions/create-a-sub-position.json": "position",
    "ItemPositions/*create*": "position",
    "ItemPositions/edit-an-item-position.json": "position",
    "ItemPositions/fetch-*": "position",
    "ManualEntries/create-*": "manual_entry",
    "ManualEntries/fetch-a-list-*": "manual_entry",
    "Projects/fetch-*": "project",
    "Quotes/*create-a-quote.json": "quote",
    "Quotes/edit-a-quote/edit-*": "quote",
    "Quotes/*fetch-*": "quote",
    "Quotes/search-quotes/*": "quote",
    "Quotes/create-invoice-from-quote/create-invoice-*": "invoice_detail",
    "Reports/journal.json": "journal",
    "Taxes/fetch-*": "tax",
    "Users/fetch-*": "user",
}
"""Resource by file name; ``position`` stands for positions answered alone, outside their invoice."""

NOT_FETCHED = (
    "AdditionalAddresses/*",
    "BusinessActivities/*",
    "ContactGroups/*",
    "ContactRelations/*",
    "ContactSectors/*",
    "Contacts/delete-a-contact.json",
    "Contacts/restore-a-contact.json",
    "Contacts/restore-a-contact-delete.json",
    "Countries/delete-*",
    "Currencies/delete-*",
    "Currencies/fetch-all-possible-currency-codes.json",
    "Currencies/fetch-currency-codes-for-delete.json",
    "Currencies/fetch-exchange-rates-for-currencies.json",
    "DocumentSettings/*",
    "Files/delete-*",
    "Files/download-file.json",
    "Files/get-a-file-preview.json",
    "Invoices/*/issue-*",
    "Invoices/Reminders/create-a-reminder*",
    "Invoices/Reminders/fetch-*",
    "Invoices/Reminders/search-*",
    "Invoices/Reminders/show-*",
    "Invoices/cancel-*",
    "Invoices/delete-*",
    "Invoices/issue-*",
    "Invoices/show-pdf.json",
    "ItemPositions/delete-an-item-position.json",
    "Items/*",
    "Languages/*",
    "ManualEntries/add-file-*",
    "ManualEntries/delete-*",
    "ManualEntries/fetch-file*",
    "ManualEntries/get-next-*",
    "Notes/*",
    "OAuth/*",
    "OpenID/*",
    "PaymentTypes/*",
    "Payments/*",
    "Quotes/*/accept-a-quote.json",
    "Quotes/*/decline-a-quote.json",
    "Quotes/*/delete-a-quote.json",
    "Quotes/*/issue-a-quote.json",
    "Quotes/*/mark-as-sent-a-quote.json",
    "Quotes/*/reissue-a-quote.json",
    "Quotes/*/revert-issue-a-quote.json",
    "Quotes/*/show-pdf-a-quote.json",
    "Quotes/*/create-order-from-quote.json",
    "Salutations/*",
    "Taxes/delete-*",
    "Titles/*",
    "Units/*",
)

NOT_RECORDED = {
    "bill",
    "bill_detail",
    "expense",
    "expense_detail",
    "outgoing_payment",
    "vat_period",
}
"""Resources of which nobody has published a recording."""


def _resource_of(fixture: str) -> str | None:
    resources = {resource for pattern, resource in FETCHED.items() if fnmatchcase(fixture, pattern)}
    if resources and any(fnmatchcase(fixture, pattern) for pattern in NOT_FETCHED):
        pytest.fail(f"{fixture} is both fetched ({resources}) and not fetched")
    assert len(resources) <= 1, f"{fixture} stands for {resources}"
    return resources.pop() if resources else None


def _tables(resource: str) -> list[Table]:
    if resource == "position":
        return [TABLES["invoice_position"]]
    if resource == "invoice":  # the list has the columns of the invoice, and no positions
        return [TABLES["invoice"]]
    return [table for table in TABLES.values() if table.resource == resource]


def _body(resource: str, body: object) -> bytes:
    if isinstance(body, list):
        body = [row for row in body if row != CUT]
    if resource == "position":
        body = {"id": 1, "positions": body if isinstance(body, list) else [body]}
    return json_text(body).encode()


def _parsed(resource: str, body: object, status: int = 200) -> Iterator[tuple[str, ParsedTable]]:
    response = RawResponse(
        path="/recorded",
        status=status,
        received_at=datetime(2026, 6, 18, tzinfo=UTC),
        body=msgspec.Raw(_body(resource, body)),
    )
    yield from parse_tables(_tables(resource), read_pages(resource, [response]), CURRENCIES).items()


@pytest.fixture(scope="module")
def recordings(shared_data: Path) -> list[dict[str, Any]]:
    text = (shared_data / "bexio-api" / "recorded-responses.json").read_text()
    recordings: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)["responses"]
    return recordings


def test_every_recording_is_sorted_into_fetched_or_not_fetched(recordings: list[dict[str, Any]]) -> None:
    """No recording is passed over, and no pattern is left that matches nothing."""
    fixtures = [recording["fixture"] for recording in recordings]
    unsorted = [
        fixture
        for fixture in fixtures
        if _resource_of(fixture) is None and not any(fnmatchcase(fixture, pattern) for pattern in NOT_FETCHED)
    ]
    idle = [p for p in (*FETCHED, *NOT_FETCHED) if not any(fnmatchcase(fixture, p) for fixture in fixtures)]
    assert (unsorted, idle) == ([], [])


def test_every_fetched_resource_is_recorded_or_named_as_not_recorded() -> None:
    """A resource without a recording is a known gap, not an oversight."""
    recorded = set(FETCHED.values()) - {"position"}
    assert {table.resource for table in TABLES.values()} | {"invoice", "bill", "expense"} == recorded | NOT_RECORDED


def test_recorded_rows_parse_without_unknown_fields(recordings: list[dict[str, Any]]) -> None:
    """Every row of a fetched resource becomes a row, no field is unknown, no digit is lost."""
    rows: dict[str, int] = {}
    for recording in recordings:
        resource = _resource_of(recording["fixture"])
        if resource is None:
            continue
        for name, parsed in _parsed(resource, recording["body"], recording["status"]):
            assert (recording["fixture"], parsed.unknown_fields, dict(parsed.rounded)) == (recording["fixture"], (), {})
            rows[name] = rows.get(name, 0) + parsed.frame.height
    empty = {"journal", "project", "invoice_tax"}
    assert {name for name, count in rows.items() if not count} == empty
    assert rows["account"] == 28
    assert rows["tax"] > 25


def test_recorded_taxes_parse_whole(shared_data: Path) -> None:
    """The list of a fresh company's codes arrives with rate and box."""
    rows = json.loads((shared_data / "bexio-api" / "taxes.json").read_text(), parse_float=Decimal)
    ((_, parsed),) = _parsed("tax", rows)
    codes = {row["code"]: (row["digit"], row["value"]) for row in parsed.frame.iter_rows(named=True)}
    assert codes["UN81"] == ("303", Decimal("8.1"))
    assert codes["UO81"] == ("205.303", Decimal("8.1"))
    assert codes["ZOLLM"] == ("400", Decimal(100))
