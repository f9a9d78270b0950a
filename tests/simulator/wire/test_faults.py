"""Each switch of the faults, one by one, over a real connection."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from bexio_analytics.simulator import Faults, FieldFault, Hits

Start = Callable[..., httpx.Client]

JOURNAL = "/3.0/accounting/journal"


def page(bexio: httpx.Client, offset: int, limit: int = 2) -> list[int]:
    return [row["id"] for row in bexio.get(JOURNAL, params={"limit": limit, "offset": offset}).json()]


def test_rows_are_renumbered_between_two_pages(start: Start) -> None:
    bexio = start(None, Faults(renumber_between_pages=True))
    assert (page(bexio, 0), page(bexio, 2), page(bexio, 4)) == ([1, 2], [5, 6], [7])
    assert bexio.get(JOURNAL).headers["x-total-count"] == "5"
    assert page(bexio, 0, 5) == [3, 4, 5, 6, 7], "it happens once: the next pull is whole"


def test_the_offset_can_be_ignored(start: Start) -> None:
    bexio = start(None, Faults(offset_ignored=True))
    assert page(bexio, 0) == page(bexio, 2) == [1, 2]
    assert bexio.get("/2.0/contact?offset=2").json()[0]["id"] == 1
    assert bexio.get("/4.0/purchase/bills?page=2&limit=2").json()["data"][0]["document_no"] == "LR-3"


def test_2_0_lists_without_an_order_lose_and_repeat_rows(start: Start) -> None:
    bexio = start(None, Faults(unstable_order=True))

    def rows(**params: str) -> list[int]:
        return [
            row["id"]
            for offset in (0, 1, 2)
            for row in bexio.get("/2.0/contact", params={"limit": 1, "offset": offset, **params}).json()
        ]

    assert sorted(rows()) != [1, 2, 3]
    assert rows(order_by="id") == [1, 2, 3]


def test_reference_classes(start: Start, apps: list[Starlette]) -> None:
    bexio = start(None, Faults(null_ref_class=True))
    rows = bexio.get(JOURNAL).json()
    assert {row["ref_class"] for row in rows} == {None}
    assert rows[0]["ref_id"] == 1
    apps[-1].state.wire.faults = Faults(unknown_ref_class=True)
    rows = bexio.get(JOURNAL).json()
    assert [row["ref_class"] for row in rows] == ["KbInvoice", "KbInvoice", None, "KbUnheardOf", None]


def test_zero_amount_rows_come_last_under_new_ids(start: Start) -> None:
    rows = start(None, Faults(zero_amount_rows=True)).get(JOURNAL).json()
    assert [(row["id"], row["amount"]) for row in rows[5:]] == [(6, 0), (7, 0), (8, 0)]
    assert rows[5]["ref_id"] == 1


def test_account_names_and_numbers(start: Start) -> None:
    rows = start(None, Faults(i18n_names=True, non_numeric_account_no=True)).get("/2.0/accounts").json()
    assert rows[0]["name"] == "defaults.systemAccount.1100.name"
    assert rows[1]["name"] == "Handelsertrag"
    assert [row["account_no"] for row in rows] == ["1100", "3200", "1000-A", "6000", "2200"]


def test_shapes_of_rows(start: Start, apps: list[Starlette]) -> None:
    faults = Faults(
        extra_fields=(FieldFault("invoice", "currency_code"), FieldFault("invoice", "positions.colour")),
        missing_fields=(FieldFault("invoice", "total_taxes"), FieldFault("invoice", "positions.tax_value")),
        retyped_fields=(
            FieldFault("invoice", "id"),
            FieldFault("invoice", "total"),
            FieldFault("invoice", "title"),
            FieldFault("invoice", "taxs"),
            FieldFault("invoice", "api_reference"),
            FieldFault("tax", "is_active"),
        ),
    )
    bexio = start(None, faults)
    row = bexio.get("/2.0/kb_invoice").json()[0]
    assert row["currency_code"] == "added by a newer version"
    assert "total_taxes" not in row
    assert (row["id"], row["total"], row["title"]) == ("1", 108.0, {"value": "Auftrag 1"})
    assert list(row["taxs"]) == ["items"]
    assert row["api_reference"] is None
    position = bexio.get("/2.0/kb_invoice/1").json()["positions"][0]
    assert "tax_value" not in position
    assert position["colour"] == "added by a newer version"
    assert bexio.get("/3.0/taxes").json()[0]["is_active"] == "true"
    apps[-1].state.wire.faults = Faults()
    assert bexio.get("/2.0/kb_invoice").json()[0]["id"] == 1, "the records themselves are untouched"


def test_latency(start: Start) -> None:
    bexio = start(None, Faults(latency_seconds=0.2))
    began = time.perf_counter()
    bexio.get("/2.0/contact")
    assert time.perf_counter() - began >= 0.2


def test_the_connection_drops_in_the_middle_of_a_body(start: Start) -> None:
    bexio = start(None, Faults(drop_connection=Hits(JOURNAL, first=2)))
    assert bexio.get(JOURNAL).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        bexio.get(JOURNAL)
    assert len(bexio.get(JOURNAL).json()) == 5


def test_a_body_can_end_in_the_middle(start: Start) -> None:
    bexio = start(None, Faults(truncate_json=Hits("/3.0/taxes")))
    answer = bexio.get("/3.0/taxes")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "ratelimit-limit" in answer.headers
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert len(bexio.get("/3.0/taxes").json()) == 5


@pytest.mark.parametrize("status", [500, 503])
def test_bursts_of_server_errors(start: Start, status: int) -> None:
    bexio = start(None, Faults(server_errors=Hits(first=2, times=2), server_error_status=status))
    assert [bexio.get("/2.0/contact").status_code for _ in range(4)] == [200, status, status, 200]


def test_errors_can_last(start: Start) -> None:
    bexio = start(None, Faults(server_errors=Hits("/4.0/", times=None)))
    assert [bexio.get("/4.0/expenses").status_code for _ in range(3)] == [503, 503, 503]
    assert bexio.get("/2.0/contact").status_code == 200


def test_a_token_is_revoked_in_the_middle_of_a_pull(start: Start, apps: list[Starlette]) -> None:
    bexio = start(None, Faults(revoke_token_after=2))
    assert [bexio.get("/2.0/contact").status_code for _ in range(4)] == [200, 200, 401, 401]
    apps[-1].state.wire.faults = Faults()
    assert bexio.get("/2.0/contact").status_code == 200


def test_bursts_come_again(start: Start) -> None:
    bexio = start(None, Faults(server_errors=Hits(first=2, times=2, every=4)))
    assert [bexio.get("/2.0/contact").status_code for _ in range(8)] == [200, 503, 503, 200] * 2


def test_rows_vanish_between_two_pages(start: Start) -> None:
    bexio = start(None, Faults(vanish_between_pages="journal"))
    assert (page(bexio, 0), page(bexio, 2), page(bexio, 4)) == ([1, 2], [4, 5], [])
    assert page(bexio, 0, 5) == [2, 3, 4, 5], "it happens once: the next pull is whole"


def test_requests_are_refused_though_the_minute_is_not_used_up(start: Start) -> None:
    bexio = start(None, Faults(refusals=Hits(first=2, times=1)))
    answers = [bexio.get("/2.0/contact") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert int(answers[1].headers["retry-after"]) >= 1
    assert int(answers[1].headers["ratelimit-remaining"]) > 0
