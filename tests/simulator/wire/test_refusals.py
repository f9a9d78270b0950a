"""What bexio refuses, and in which words."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from bexio_analytics.simulator import WireSettings
from bexio_analytics.simulator.wire.served import Company

Start = Callable[..., httpx.Client]

NOT_FOUND = {"error_code": 404, "message": "Page not found"}


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic token-of-kuster", "token-of-kuster"])
def test_a_missing_or_wrong_token_is_401(bexio: httpx.Client, authorization: str | None) -> None:
    headers = {"Accept": "application/json"} | ({"Authorization": authorization} if authorization else {})
    answer = httpx.get(f"{bexio.base_url}/2.0/contact", headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert answer.json() == {"error_code": 401, "message": "Invalid access token"}


@pytest.mark.parametrize("accept", ["*/*", "application/pdf", ""])
def test_a_request_that_does_not_ask_for_json_is_415(bexio: httpx.Client, accept: str) -> None:
    answer = bexio.get("/3.0/taxes", headers={"Accept": accept})
    assert answer.status_code == 415
    assert answer.json() == {"error_code": 415, "message": "You did not specify a valid Accept-Header"}


def test_json_among_other_types_is_accepted(bexio: httpx.Client) -> None:
    assert bexio.get("/3.0/taxes", headers={"Accept": "text/html, application/json;q=0.9"}).status_code == 200


def test_a_missing_scope_is_403_and_an_edit_scope_includes_show(start: Start) -> None:
    granted = frozenset({"contact_edit", "kb_bill_show"})
    bexio = start(WireSettings(scopes={"token-of-kuster": granted}))
    assert bexio.get("/2.0/contact").status_code == 200
    assert bexio.get("/4.0/purchase/bills").status_code == 200
    assert bexio.get("/2.0/country").status_code == 200, "countries need no scope"
    answer = bexio.get("/3.0/accounting/journal")
    assert answer.status_code == 403
    assert answer.json()["error_code"] == 403
    assert "accounting" in answer.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/2.0/kb_bill",
        "/2.0/kb_credit_voucher",
        "/2.0/project",
        "/2.0/taxes",
        "/2.0/currency",
        "/2.0/kb_item_status",
        "/3.0/accounting/accounts",
        "/3.0/accounting/journal/1",
        "/2.0/kb_invoice/999",
        "/2.0/kb_invoice/999/payment",
        "/2.0/kb_invoice/1/payment/12",
        "/",
    ],
)
def test_an_unknown_address_is_404(bexio: httpx.Client, path: str) -> None:
    answer = bexio.get(path)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_and_patch_find_nothing_on_2_0(bexio: httpx.Client, method: str) -> None:
    answer = bexio.request(method, "/2.0/contact/1", json={"name_1": "Neu"})
    assert answer.status_code == 404
    assert bexio.get("/2.0/contact/1").json()["name_1"] == "Zimmerei Alder AG"


def test_put_on_an_outgoing_payment_is_405(bexio: httpx.Client) -> None:
    answer = bexio.put("/4.0/purchase/outgoing-payments/p1", json={})
    assert answer.status_code == 405
    assert answer.json()["message"] == "Request method 'PUT' is not supported."


def test_a_used_tax_cannot_be_deleted(start: Start) -> None:
    bexio = start()
    for tax_id in (1, 2, 3, 4):
        answer = bexio.delete(f"/3.0/taxes/{tax_id}")
        assert answer.status_code == 409, "used by a document, or digit 000"
        assert answer.json() == {"error_code": 409, "message": "tax can not be deleted"}
    assert bexio.delete("/3.0/taxes/5").json() == {"success": True}
    assert bexio.get("/3.0/taxes/5").status_code == 404
    assert [row["id"] for row in bexio.get("/3.0/taxes").json()] == [1, 2, 3, 4]


def test_the_company_handed_in_is_never_changed(start: Start, company: Company) -> None:
    bexio = start()
    bexio.delete("/3.0/taxes/5")
    bexio.post("/2.0/country", json={"name": "Malta", "name_short": "M", "iso_3166_alpha2": "MT"})
    assert len(company.records["tax"]) == 5
    assert len(company.records["country"]) == 2


def test_unknown_body_fields_are_422_with_the_widget_schema(bexio: httpx.Client) -> None:
    answer = bexio.post("/2.0/contact/1", json={"esr_id": 1, "name_1": "Neu", "qr_invoice_id": 2})
    assert answer.status_code == 422
    assert answer.json() == {
        "error_code": 422,
        "message": "The form could not be saved due to the following errors:",
        "errors": ["Widget schema does not include the following field(s): esr_id, qr_invoice_id"],
    }


def test_a_contact_is_created_and_edited_by_post(start: Start) -> None:
    bexio = start(WireSettings(clock=lambda: 1_781_788_252.0))
    body = {"contact_type_id": 1, "name_1": "Dosch AG", "user_id": 1, "owner_id": 1, "street_name": "Ring"}
    made = bexio.post("/2.0/contact", json=body)
    assert made.status_code == 201
    assert made.json()["id"] == 4
    assert made.json()["nr"] == "000004"
    assert made.json()["updated_at"] == "2026-06-18 15:10:52", "Swiss local time without a zone"
    edited = bexio.post("/2.0/contact/4", json={"house_number": "7"})
    assert (edited.status_code, edited.json()["address"]) == (200, "Ring 7")
    assert len(bexio.get("/2.0/contact").json()) == 4


def test_a_contact_without_its_required_fields_is_422(bexio: httpx.Client) -> None:
    answer = bexio.post("/2.0/contact", json={"name_1": "Dosch AG"})
    assert answer.status_code == 422
    assert [text.partition(":")[0] for text in answer.json()["errors"]] == ["contact_type_id", "user_id", "owner_id"]


def test_outgoing_payments_need_a_bill(bexio: httpx.Client) -> None:
    answer = bexio.get("/4.0/purchase/outgoing-payments")
    assert (answer.status_code, answer.json()) == (400, {"error_code": 400, "message": "Parameters are invalid"})


@pytest.mark.parametrize("page", ["x", "0", "-1", "1.5"])
def test_a_4_0_page_must_be_a_whole_number(bexio: httpx.Client, page: str) -> None:
    answer = bexio.get("/4.0/purchase/bills", params={"page": page})
    assert answer.status_code == 400
    assert answer.json()["message"] == "[400] page: unsupported value type"


def test_a_file_is_not_addressed_by_its_uuid(bexio: httpx.Client) -> None:
    assert bexio.get("/3.0/files/f1111111-0000-4000-8000-000000000000").status_code == 415
    assert bexio.get("/3.0/files/1").json()["name"] == "Beleg"


def test_writing_needs_the_edit_scope(start: Start) -> None:
    bexio = start(WireSettings(scopes={"token-of-kuster": frozenset({"contact_show", "kb_invoice_show"})}))
    assert bexio.post("/2.0/contact/1", json={"name_1": "Neu"}).status_code == 403
    assert bexio.post("/2.0/kb_invoice/1/issue").status_code == 403
    assert bexio.post("/2.0/contact/search", json=[]).status_code == 200
