"""How values look on the wire, and what lists leave out."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import httpx

from bexio_analytics.simulator.wire.served import Company

Start = Callable[..., httpx.Client]


def test_decimals_are_json_numbers_with_their_own_digits(start: Start, company: Company) -> None:
    company.records["journal"][0]["amount"] = Decimal("1234567890123456.78")
    company.records["tax"][0]["value"] = Decimal("8.10")
    bexio = start()
    assert '"amount":1234567890123456.78,' in bexio.get("/3.0/accounting/journal").text
    assert '"value":8.10,' in bexio.get("/3.0/taxes/1").text


def test_decimal_texts_stay_texts(bexio: httpx.Client) -> None:
    row = bexio.get("/2.0/kb_invoice").json()[0]
    assert (row["total"], row["total_taxes"], row["total_rounding_difference"]) == ("108.000000", "8.1000", -0.02)


def test_lists_and_searches_have_no_positions(bexio: httpx.Client) -> None:
    assert "positions" not in bexio.get("/2.0/kb_invoice").json()[0]
    assert "positions" not in bexio.post("/2.0/kb_invoice/search", json=[]).json()[0]
    assert "positions" not in bexio.get("/2.0/kb_offer").json()[0]
    assert bexio.get("/2.0/kb_invoice/1").json()["positions"][0]["tax_value"] == "8.10"
    assert bexio.get("/2.0/kb_offer/1").json()["positions"] == []


def test_a_contact_has_its_image_only_on_its_own(bexio: httpx.Client) -> None:
    assert "profile_image" not in bexio.get("/2.0/contact").json()[0]
    assert list(bexio.get("/2.0/contact/1").json())[-2:] == ["profile_image", "updated_at"]


def test_a_list_of_bills_has_its_own_fields(bexio: httpx.Client) -> None:
    rows = bexio.get("/4.0/purchase/bills").json()["data"]
    assert list(rows[0]) == [
        "id",
        "created_at",
        "document_no",
        "status",
        "vendor_ref",
        "firstname_suffix",
        "lastname_company",
        "vendor",
        "title",
        "currency_code",
        "pending_amount",
        "net",
        "gross",
        "bill_date",
        "due_date",
        "overdue",
        "booking_account_ids",
        "attachment_ids",
    ]
    assert rows[0]["vendor"] == "Liegenschaften Nord AG"
    assert rows[0]["booking_account_ids"] == [4]
    assert [(row["gross"], row["net"]) for row in rows] == [(108.1, 100.0), (500.0, 500.0), (50.0, 46.25)]
    detail = bexio.get(f"/4.0/purchase/bills/{rows[0]['id']}").json()
    assert (detail["supplier_id"], detail["line_items"][0]["tax_calc"]) == (2, 8.1)


def test_reverse_charge_is_not_taken_off_the_net_amount(bexio: httpx.Client) -> None:
    row = bexio.get("/4.0/purchase/bills").json()["data"][1]
    assert row["net"] == row["gross"], "the supplier is not owed the tax"


def test_a_list_of_expenses_has_its_own_fields(bexio: httpx.Client) -> None:
    row = bexio.get("/4.0/expenses").json()["data"][0]
    assert (row["gross"], row["net"], row["vendor"]) == (10.81, 10.0, "Kiosk")
    assert "amount" not in row
    assert bexio.get(f"/4.0/expenses/{row['id']}").json()["amount"] == 10.81


def test_single_objects_carry_a_tag_that_proves_nothing(bexio: httpx.Client) -> None:
    tags = {bexio.get(path).headers["etag"] for path in ("/2.0/contact/1", "/3.0/taxes/1", "/2.0/country/1")}
    assert len(tags) == 1
    assert "etag" not in bexio.get("/2.0/contact").headers


def test_every_answer_is_json_of_the_recorded_type(bexio: httpx.Client) -> None:
    for path in ("/2.0/contact", "/3.0/taxes/1", "/2.0/nothing"):
        answer = bexio.get(path)
        assert answer.headers["content-type"] == "application/json"
        json.loads(answer.text)
