"""Paging, totals, filters and sorting of the three API generations."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from bexio_analytics.simulator import WireSettings
from bexio_analytics.simulator.wire.served import Company

Start = Callable[..., httpx.Client]


def ids(answer: httpx.Response) -> list[object]:
    return [row["id"] for row in answer.json()]


def test_2_0_lists_are_bare_arrays_without_a_total(bexio: httpx.Client) -> None:
    answer = bexio.get("/2.0/kb_invoice", params={"limit": 2, "offset": 1})
    assert ids(answer) == [2, 3]
    assert not [name for name in answer.headers if name in {"x-total-count", "x-limit", "x-offset"}]


def test_2_0_and_3_0_limits_default_to_500_and_are_clamped_at_2000(start: Start, company: Company) -> None:
    template = company.records["contact"][0]
    company.records["contact"][:] = [{**template, "id": number} for number in range(1, 2106)]
    company.records["file"][:] = [{**company.records["file"][0], "id": number} for number in range(1, 502)]
    bexio = start()

    def rows(path: str) -> int:
        return len(bexio.get(path).json())

    assert rows("/2.0/contact") == 500
    assert rows("/2.0/contact?limit=5000") == 2000
    assert rows("/2.0/contact?limit=2000&offset=2000") == 105
    assert rows("/3.0/files") == 500


def test_the_largest_limit_is_a_setting(start: Start) -> None:
    bexio = start(WireSettings(max_limit=2, max_limit_v4=1))
    assert len(bexio.get("/2.0/contact?limit=3").json()) == 2
    assert len(bexio.get("/4.0/purchase/bills").json()["data"]) == 1


def test_unknown_query_parameters_and_2_0_filters_are_ignored(bexio: httpx.Client) -> None:
    for query in ("kb_item_status_id=9", "ids=1", "contact_id=7&whatever=x"):
        assert ids(bexio.get(f"/2.0/kb_invoice?{query}")) == [1, 2, 3]


@pytest.mark.parametrize(
    ("path", "total", "limit"),
    [
        ("/3.0/accounting/journal", 5, 2000),
        ("/3.0/accounting/manual_entries", 1, 2000),
        ("/3.0/accounting/calendar_years", 2, 2000),
        ("/3.0/accounting/vat_periods", 1, 2000),
        ("/3.0/currencies", 1, 2000),
        ("/3.0/banking/accounts", 1, 500),
        ("/3.0/users", 2, 500),
        ("/3.0/files", 1, 500),
    ],
)
def test_3_0_lists_tell_their_total(bexio: httpx.Client, path: str, total: int, limit: int) -> None:
    headers = bexio.get(path).headers
    assert (headers["x-total-count"], headers["x-limit"], headers["x-offset"]) == (str(total), str(limit), "0")
    headers = bexio.get(path, params={"limit": 1, "offset": 1}).headers
    assert (headers["x-total-count"], headers["x-limit"], headers["x-offset"]) == (str(total), "1", "1")


@pytest.mark.parametrize(("path", "rows"), [("/3.0/taxes", 5), ("/3.0/accounting/business_years", 2)])
def test_taxes_and_business_years_ignore_limit_and_offset(bexio: httpx.Client, path: str, rows: int) -> None:
    answer = bexio.get(path, params={"limit": 1, "offset": 1})
    assert len(answer.json()) == rows
    assert "x-total-count" not in answer.headers


def test_4_0_purchase_lists_have_an_envelope_and_ignore_offset(bexio: httpx.Client) -> None:
    first = bexio.get("/4.0/purchase/bills", params={"limit": 2, "offset": 2}).json()
    second = bexio.get("/4.0/purchase/bills", params={"limit": 2, "page": 2}).json()
    assert first["paging"] == {"page": 1, "page_size": 2, "page_count": 2, "item_count": 3}
    assert [row["document_no"] for row in first["data"]] == ["LR-1", "LR-2"]
    assert [row["document_no"] for row in second["data"]] == ["LR-3"]
    assert bexio.get("/4.0/expenses").json()["paging"]["page_size"] == 100
    assert bexio.get("/4.0/purchase/bills", params={"limit": 900}).json()["paging"]["page_size"] == 500


def test_4_0_banking_payments_have_their_own_envelope(bexio: httpx.Client) -> None:
    assert bexio.get("/4.0/banking/payments").json() == {
        "query": None,
        "sort-by": None,
        "pagination": {"page": 1, "per-page": 500, "max-results": 0},
        "results": [],
    }


def test_outgoing_payments_belong_to_one_bill(bexio: httpx.Client) -> None:
    bill = bexio.get("/4.0/purchase/bills").json()["data"][0]["id"]
    found = bexio.get("/4.0/purchase/outgoing-payments", params={"bill_id": bill}).json()
    assert [row["id"] for row in found["data"]] == ["p1"]
    assert "note" not in found["data"][0]
    assert bexio.get("/4.0/purchase/outgoing-payments/p1").json()["note"] == "only in the object"
    other = bexio.get("/4.0/purchase/outgoing-payments", params={"bill_id": "unknown"}).json()
    assert (other["data"], other["paging"]["item_count"]) == ([], 0)


def test_payments_belong_to_one_invoice(bexio: httpx.Client) -> None:
    assert ids(bexio.get("/2.0/kb_invoice/1/payment")) == [11]
    assert bexio.get("/2.0/kb_invoice/3/payment").json() == []
    assert bexio.get("/2.0/kb_invoice/2/payment/12").json()["value"] == "40.000000"


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("name_1", [2, 3, 1]),
        ("name_1_desc", [1, 3, 2]),
        ("updated_at_desc", [3, 2, 1]),
        ("id_asc", [1, 2, 3]),
        ("city", [1, 2, 3]),
    ],
)
def test_2_0_lists_sort_by_their_documented_fields(bexio: httpx.Client, order_by: str, expected: list[int]) -> None:
    assert ids(bexio.get("/2.0/contact", params={"order_by": order_by})) == expected


def test_totals_sort_as_numbers(bexio: httpx.Client) -> None:
    assert ids(bexio.get("/2.0/kb_invoice", params={"order_by": "total"})) == [2, 1, 3]
    assert ids(bexio.get("/2.0/kb_invoice", params={"order_by": "total_desc,id"})) == [3, 1, 2]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"from": "2026-03-31", "to": "2026-04-01"}, [3, 4]),
        ({"from": "2026-04-01"}, [4, 5]),
        ({"to": "2026-01-15"}, [1, 2]),
        ({"account_uuid": "a0000005-0000-4000-8000-000000000000"}, [2]),
        ({"account_uuid": "a0000004-0000-4000-8000-000000000000", "from": "2026-04-01"}, [4]),
        ({"start_date": "2026-07-01", "end_date": "2026-07-31"}, [1, 2, 3, 4, 5]),
        ({"from": "2026-03-01", "limit": "1", "offset": "1"}, [4]),
    ],
)
def test_the_journal_ascends_by_id_and_knows_three_filters(
    bexio: httpx.Client, params: dict[str, str], expected: list[int]
) -> None:
    assert ids(bexio.get("/3.0/accounting/journal", params=params)) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"scope": "active"}, [1, 2, 4, 5]),
        ({"scope": "inactive"}, [3]),
        ({"types": "pre_tax"}, [2, 3]),
        ({"types": "sales_tax", "scope": "active"}, [1, 4, 5]),
        ({"date": "2023-12-31"}, []),
        ({"date": "2026-01-01"}, [1, 2, 3, 4, 5]),
    ],
)
def test_taxes_filter_by_scope_type_and_date(bexio: httpx.Client, params: dict[str, str], expected: list[int]) -> None:
    assert ids(bexio.get("/3.0/taxes", params=params)) == expected


@pytest.mark.parametrize(("state", "expected"), [("all", [1, 2]), ("archived", [2]), ("not_archived", [1]), ("", [1])])
def test_files_leave_out_archived_ones_unless_asked(bexio: httpx.Client, state: str, expected: list[int]) -> None:
    assert ids(bexio.get("/3.0/files", params={"archived_state": state} if state else {})) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"status": "DRAFTS"}, ["LR-3"]),
        ({"status": "TODO"}, ["LR-2"]),
        ({"status": "OVERDUE"}, ["LR-2"]),
        ({"status": "PAID"}, ["LR-1"]),
        ({"bill_date_start": "2026-03-10", "bill_date_end": "2026-04-09"}, ["LR-2"]),
        ({"gross_min": "100", "gross_max": "200"}, ["LR-1"]),
        ({"net_min": "500"}, ["LR-2"]),
        ({"search_term": "LR-3"}, ["LR-3"]),
        ({"vendor": "nobody"}, []),
        ({"sort": "bill_date", "order": "desc"}, ["LR-3", "LR-2", "LR-1"]),
    ],
)
def test_bills_have_real_filters(bexio: httpx.Client, params: dict[str, str], expected: list[str]) -> None:
    rows = bexio.get("/4.0/purchase/bills", params=params).json()["data"]
    assert [row["document_no"] for row in rows] == expected


def test_an_unknown_group_of_bills_is_refused(bexio: httpx.Client) -> None:
    assert bexio.get("/4.0/purchase/bills", params={"status": "OPEN"}).status_code == 400


def test_expenses_filter_by_payment_and_entry_day(bexio: httpx.Client) -> None:
    def count(**params: str) -> int:
        return int(bexio.get("/4.0/expenses", params=params).json()["paging"]["item_count"])

    assert count(paid_on_start="2026-03-22", paid_on_end="2026-03-22") == 1
    assert count(created_at_end="2026-03-23") == 1, "an end date includes its day"
    assert count(created_at_end="2026-03-22") == 0


def test_single_users_and_the_company(bexio: httpx.Client) -> None:
    assert bexio.get("/3.0/users/me").json()["firstname"] == "Rita"
    assert bexio.get("/3.0/users/2").json()["firstname"] == "Urs"
    assert [row["name"] for row in bexio.get("/2.0/company_profile").json()] == ["Kuster & Söhne"]
    assert bexio.get("/2.0/company_profile/1").json()["name"] == "Kuster & Söhne"
