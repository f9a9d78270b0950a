"""A small invented company, and a running simulated bexio that serves it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import httpx
import pytest
from starlette.applications import Starlette

from bexio_analytics.simulator import Faults, WireSettings, create_app, serve

TOKEN = "token-of-kuster"  # noqa: S105
# Loopback is plain HTTP: an empty context spares each client the reading of the certificate store.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class SmallCompany:
    """Kuster & Söhne: a handful of records of every resource, written by hand."""

    records: dict[str, list[dict[str, object]]] = field(default_factory=dict)


def tax(number: int, code: str, kind: str, value: str, *, digit: str = "303", active: bool = True) -> dict[str, object]:
    return {
        "id": number,
        "uuid": f"0000000{number}-0000-4000-8000-000000000000",
        "name": f"lib.model.tax.{code}.name",
        "code": code,
        "digit": digit,
        "type": kind,
        "account_id": 5,
        "tax_settlement_type": "none",
        "value": Decimal(value),
        "net_tax_value": None,
        "start_year": 2024,
        "end_year": None,
        "is_active": active,
        "display_name": f"{code} {value}%",
        "start_month": 1,
        "end_month": None,
    }


def account(number: int, account_no: str, name: str, kind: int, *, locked: bool = False) -> dict[str, object]:
    return {
        "id": number,
        "uuid": f"a000000{number}-0000-4000-8000-000000000000",
        "account_no": account_no,
        "name": name,
        "account_type": kind,
        "tax_id": None,
        "fibu_account_group_id": 1,
        "is_active": True,
        "is_locked": locked,
    }


def contact(number: int, name: str, *, kind: int = 1, city: str = "Chur", updated: str = "03") -> dict[str, object]:
    return {
        "id": number,
        "nr": f"{number:06d}",
        "contact_type_id": kind,
        "name_1": name,
        "name_2": "",
        "city": city,
        "mail": None,
        "country_id": 1,
        "updated_at": f"2026-{updated}-01 08:00:00",
    }


def invoice(number: int, total: str, day: str, *, tax_id: int = 1, status: int = 8) -> dict[str, object]:
    return {
        "id": number,
        "document_nr": f"RE-{number:05d}",
        "title": f"Auftrag {number}",
        "contact_id": 1,
        "currency_id": 1,
        "total_gross": f"{total}.000000",
        "total_net": f"{total}.000000",
        "total_taxes": "8.1000",
        "total_rounding_difference": Decimal("-0.02"),
        "total": f"{total}.000000",
        "is_valid_from": day,
        "is_valid_to": day,
        "kb_item_status_id": status,
        "api_reference": None,
        "updated_at": f"{day} 09:00:00",
        "taxs": [{"percentage": "8.10", "value": "8.1000"}],
        "positions": [{"id": number, "type": "KbPositionCustom", "tax_id": tax_id, "tax_value": "8.10"}],
        "network_link": "",
    }


def journal_row(
    number: int, day: str, accounts: tuple[int, int], amount: str, reference: tuple[str | None, int | None, str | None]
) -> dict[str, object]:
    ref_class, ref_id, ref_uuid = reference
    summer = "04" <= day[5:7] <= "10"
    return {
        "id": number,
        "ref_id": ref_id,
        "ref_uuid": ref_uuid,
        "ref_class": ref_class,
        "date": f"{day}T00:00:00+0{2 if summer else 1}:00",
        "debit_account_id": accounts[0],
        "credit_account_id": accounts[1],
        "description": "Buchung",
        "amount": Decimal(amount),
        "currency_id": 1,
        "currency_factor": Decimal(1),
        "base_currency_id": 1,
        "base_currency_amount": Decimal(amount),
    }


def bill(number: int, day: str, status: str, lines: list[tuple[str, str, int]], *, gross: str) -> dict[str, object]:
    return {
        "id": f"b111111{number}-0000-4000-8000-000000000000",
        "document_no": f"LR-{number}",
        "title": "Miete",
        "status": status,
        "firstname_suffix": None,
        "lastname_company": "Liegenschaften Nord AG",
        "created_at": f"{day}T09:00:00",
        "supplier_id": 2,
        "vendor_ref": None,
        "bill_date": day,
        "due_date": day,
        "pending_amount": Decimal(0),
        "amount_man": None,
        "amount_calc": Decimal(gross),
        "manual_amount": False,
        "currency_code": "CHF",
        "item_net": False,
        "overdue": status == "BOOKED",
        "line_items": [
            {"amount": Decimal(amount), "tax_calc": Decimal(tax_calc), "tax_id": tax_id, "booking_account_id": 4}
            for amount, tax_calc, tax_id in lines
        ],
        "discounts": [],
        "attachment_ids": [],
    }


def small_company() -> SmallCompany:
    bills = [
        bill(1, "2026-02-10", "PAID", [("108.10", "8.10", 2)], gross="108.10"),
        bill(2, "2026-03-10", "BOOKED", [("500.00", "40.50", 3)], gross="500.00"),
        bill(3, "2026-04-10", "DRAFT", [("50.00", "3.75", 2)], gross="50.00"),
    ]
    rows = [
        journal_row(3, "2026-03-31", (3, 4), "50.00", (None, None, None)),
        journal_row(1, "2026-01-15", (1, 2), "100.00", ("KbInvoice", 1, None)),
        journal_row(2, "2026-01-15", (1, 5), "8.10", ("KbInvoice", 1, None)),
        journal_row(4, "2026-04-01", (3, 4), "20.00", ("KbBill", None, str(bills[0]["id"]))),
        journal_row(5, "2026-07-01", (1, 2), "30.00", (None, None, None)),
    ]
    return SmallCompany(
        {
            "company": [{"id": 1, "name": "Kuster & Söhne", "mail": "post@kuster.invalid"}],
            "user": [
                {"id": 1, "firstname": "Rita", "lastname": "Kuster", "email": "rita@kuster.invalid"},
                {"id": 2, "firstname": "Urs", "lastname": "Kuster", "email": None},
            ],
            "account": [
                account(1, "1100", "Debitoren", 3, locked=True),
                account(2, "3200", "Handelsertrag", 1),
                account(3, "1000", "Kasse", 3),
                account(4, "6000", "Miete", 2),
                account(5, "2200", "Geschuldete MWST", 4, locked=True),
            ],
            "account_group": [{"id": 1, "account_no": "1", "parent_fibu_account_group_id": None}],
            "tax": [
                tax(1, "UN81", "sales_tax", "8.1"),
                tax(2, "VB81", "pre_tax_investment", "8.1", digit="405"),
                tax(3, "BZB81", "pre_regards_tax_investment", "8.1", digit="383", active=False),
                tax(4, "U00", "sales_tax", "0", digit="000"),
                tax(5, "UR26", "sales_tax", "2.6", digit="313"),
            ],
            "currency": [{"id": 1, "name": "CHF", "round_factor": Decimal("0.05")}],
            "business_year": [
                {"id": 1, "start": "2025-01-01", "end": "2025-12-31", "closed_at": "2026-03-01", "status": "closed"},
                {"id": 2, "start": "2026-01-01", "end": "2026-12-31", "closed_at": None, "status": "open"},
            ],
            "calendar_year": [
                {"id": 1, "start": "2025-01-01", "end": "2025-12-31", "is_vat_subject": True},
                {"id": 2, "start": "2026-01-01", "end": "2026-12-31", "is_vat_subject": True},
            ],
            "vat_period": [{"id": 1, "start": "2026-01-01", "end": "2026-03-31", "type": "quarter", "status": "open"}],
            "contact": [
                contact(1, "Zimmerei Alder AG", city="Davos"),
                contact(2, "Bäckerei Blum GmbH", updated="05"),
                contact(3, "Caflisch", kind=2, updated="07"),
            ],
            "country": [
                {"id": 1, "name": "Schweiz", "name_short": "CH", "iso_3166_alpha2": "CH"},
                {"id": 2, "name": "Deutschland", "name_short": "D", "iso_3166_alpha2": "DE"},
            ],
            "quote": [{"id": 1, "document_nr": "AN-00001", "title": "Offerte", "total": "10.000000", "positions": []}],
            "project": [{"id": 1, "name": "Umbau", "contact_id": 1, "pr_state_id": 1}],
            "invoice": [
                invoice(1, "108", "2026-01-15", status=9),
                invoice(2, "95", "2026-02-20"),
                invoice(3, "1000", "2026-03-05"),
            ],
            "invoice_payment": [
                {"id": 11, "date": "2026-02-01", "value": "108.000000", "kb_invoice_id": 1},
                {"id": 12, "date": "2026-03-01", "value": "40.000000", "kb_invoice_id": 2},
            ],
            "bill": bills,
            "expense": [
                {
                    "id": "e1111111-0000-4000-8000-000000000000",
                    "document_no": "SP-1",
                    "status": "DONE",
                    "lastname_company": "Kiosk",
                    "created_at": "2026-03-23T09:53:49+0000",
                    "paid_on": "2026-03-22",
                    "currency_code": "CHF",
                    "amount": Decimal("10.81"),
                    "tax_man": None,
                    "tax_calc": Decimal("0.81"),
                    "tax_id": 2,
                    "booking_account_id": 4,
                    "attachment_ids": [],
                }
            ],
            "outgoing_payment": [
                {"id": "p1", "bill_id": bills[0]["id"], "amount": Decimal("108.10"), "note": "only in the object"}
            ],
            "manual_entry": [{"id": 1, "date": "2026-03-31", "entries": [{"id": 3, "tax_id": 2}]}],
            "journal": rows,
            "file": [
                {"id": 1, "uuid": "f1111111-0000-4000-8000-000000000000", "name": "Beleg", "is_archived": False},
                {"id": 2, "uuid": "f2222222-0000-4000-8000-000000000000", "name": "Alt", "is_archived": True},
            ],
            "bank_account": [{"id": 1, "name": "Bank", "iban_nr": "CH00", "account_id": 3}],
        }
    )


@pytest.fixture
def make_company() -> Callable[[dict[str, list[dict[str, object]]]], SmallCompany]:
    """Make a company of any records."""
    return SmallCompany


@pytest.fixture
def company() -> SmallCompany:
    """The small company, fresh for each test."""
    return small_company()


@contextmanager
def running(app: Starlette) -> Iterator[httpx.Client]:
    """Serve an application and yield a client that holds the token and asks for JSON."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
    with (
        serve(app) as served,
        httpx.Client(base_url=served.url, headers=headers, trust_env=False, verify=_NO_TLS) as client,
    ):
        yield client


@pytest.fixture
def apps() -> list[Starlette]:
    """The applications this test started, in order."""
    return []


@pytest.fixture
def start(company: SmallCompany, apps: list[Starlette]) -> Iterator[Callable[..., httpx.Client]]:
    """Start a simulated bexio of the test's own: ``start(settings, faults)`` returns a client of it."""
    with ExitStack() as stack:

        def run(settings: WireSettings | None = None, faults: Faults | None = None) -> httpx.Client:
            apps.append(create_app({TOKEN: company}, settings, faults))
            return stack.enter_context(running(apps[-1]))

        yield run


@pytest.fixture(scope="session")
def bexio() -> Iterator[httpx.Client]:
    """A client of one simulated bexio that all reading tests share; only its request limits are out of the way."""
    with running(create_app({TOKEN: small_company()}, WireSettings(limit=10**6, limit_search=10**6))) as client:
        yield client
