"""POST …/search: criteria, their names, and the endpoints that know them."""

from __future__ import annotations

import httpx
import pytest


def found(
    bexio: httpx.Client, path: str, *criteria: tuple[str, object, str | None], **params: str | int
) -> list[object]:
    body = [{"field": field, "value": value} | ({"criteria": name} if name else {}) for field, value, name in criteria]
    answer = bexio.post(path, json=body, params=params)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


@pytest.mark.parametrize(
    ("field", "value", "criterion", "expected"),
    [
        ("kb_item_status_id", "8", "=", [2, 3]),
        ("kb_item_status_id", "8", "!=", [1]),
        ("total", "108", ">", [3]),
        ("total", "108", "greater_equal", [1, 3]),
        ("total", "108.00", "equal", [1]),
        ("is_valid_from", "2026-02-20", "<", [1]),
        ("is_valid_from", "2026-02-20", "less_equal", [1, 2]),
        ("title", "auftrag 2", None, [2]),
        ("title", "%uftrag%", "like", [1, 2, 3]),
        ("title", "2", "not_like", [1, 3]),
        ("id", "1,3", "in", [1, 3]),
        ("id", ["1", "3"], "not_in", [2]),
        ("api_reference", "", "is_null", [1, 2, 3]),
        ("api_reference", "", "not_null", []),
        ("updated_at", "2026-02-20 09:00:00", ">=", [2, 3]),
    ],
)
def test_every_criterion(
    bexio: httpx.Client, field: str, value: object, criterion: str | None, expected: list[int]
) -> None:
    assert found(bexio, "/2.0/kb_invoice/search", (field, value, criterion)) == expected


def test_criteria_are_joined_by_and(bexio: httpx.Client) -> None:
    both = (("kb_item_status_id", "8", "="), ("total", "500", ">"))
    assert found(bexio, "/2.0/kb_invoice/search", *both) == [3]


def test_a_search_pages_and_sorts(bexio: httpx.Client) -> None:
    anything = ("id", "0", ">")
    assert found(bexio, "/2.0/contact/search", anything, limit=2, offset=1, order_by="name_1") == [3, 1]


@pytest.mark.parametrize(
    ("path", "field", "value", "expected"),
    [
        ("/2.0/contact/search", "city", "Davos", [1]),
        ("/2.0/kb_offer/search", "document_nr", "AN-00001", [1]),
        ("/2.0/accounts/search", "account_no", "3200", [2]),
        ("/2.0/country/search", "name_short", "D", [2]),
        ("/2.0/pr_project/search", "pr_state_id", "1", [1]),
        ("/3.0/files/search", "uuid", "f2222222-0000-4000-8000-000000000000", [2]),
    ],
)
def test_every_searchable_resource(bexio: httpx.Client, path: str, field: str, value: str, expected: list[int]) -> None:
    assert found(bexio, path, (field, value, "=")) == expected


def test_a_calendar_year_ends_at_the_last_second_of_its_day(bexio: httpx.Client) -> None:
    path = "/3.0/accounting/calendar_years/search"
    assert found(bexio, path, ("end", "2026-12-31", "=")) == []
    assert found(bexio, path, ("end", "2026-12-31", "like")) == [2]
    assert found(bexio, path, ("end", "2026-12-31 23:59:59", "==")) == [2]
    answer = bexio.post(path, json=[{"field": "end", "value": "2026"}])
    assert (answer.headers["x-total-count"], answer.headers["x-limit"]) == ("1", "500")
    assert answer.json()[0]["end"] == "2026-12-31"


@pytest.mark.parametrize(
    "body",
    [
        [{"field": "project_id", "value": "1"}],
        [{"field": "id", "value": "1", "criteria": "resembles"}],
        [{"value": "1"}],
        {"field": "id", "value": "1"},
    ],
)
def test_a_search_that_cannot_be_understood_is_422(bexio: httpx.Client, body: object) -> None:
    answer = bexio.post("/2.0/kb_invoice/search", json=body)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 1


def test_a_search_body_that_is_no_json_is_400(bexio: httpx.Client) -> None:
    assert bexio.post("/2.0/contact/search", content=b"[{").status_code == 400


def test_what_has_no_search_has_no_search(bexio: httpx.Client) -> None:
    assert bexio.post("/2.0/account_groups/search", json=[]).status_code == 404
