"""Pagers: every row once, or a list that is known to have changed; and always an end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.connector.client import Answer
from bexio_analytics.connector.endpoints import Paging
from bexio_analytics.connector.paging import ListChangedError, Page, WrongShapeError, content_of, pages_of
from bexio_analytics.connector.settings import PullSettings

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
OFFSETS = [Paging.OFFSET_2, Paging.OFFSET_3]
NUMBERS = [Paging.PAGE, Paging.BANKING]
Row = dict[str, Any]


class Server:
    """Gives out rows the way one API generation does; ``meanwhile`` is called before each request with its number."""

    def __init__(
        self,
        paging: Paging,
        rows: list[Row],
        *,
        maximum: int = 2000,
        ignores_position: bool = False,
        tells_total: bool = True,
        meanwhile: Callable[[list[Row], int], object] = lambda _rows, _number: None,
    ) -> None:
        self.paging = paging
        self.rows = rows
        self.maximum = maximum
        self.ignores_position = ignores_position
        self.tells_total = tells_total
        self.meanwhile = meanwhile
        self.asked: list[Mapping[str, Any]] = []

    async def __call__(self, params: Mapping[str, Any]) -> Answer:
        self.asked.append(params)
        assert len(self.asked) < 500, "the pager does not end"
        self.meanwhile(self.rows, len(self.asked))
        size = min(int(params["per-page" if self.paging is Paging.BANKING else "limit"]), self.maximum)
        by_number = self.paging in NUMBERS
        first = (int(params["page"]) - 1) * size if by_number else int(params.get("offset", 0))
        if self.ignores_position:
            first = 0
        if self.paging is Paging.FULL:
            first, size = 0, len(self.rows)
        rows: object = self.rows[first : first + size]
        headers: dict[str, str] = {}
        if self.paging is Paging.OFFSET_3 and self.tells_total:
            headers = {"x-total-count": str(len(self.rows)), "x-limit": str(size)}
        if self.paging is Paging.PAGE:
            paging = {"page": 1, "page_size": size, "page_count": 1, "item_count": len(self.rows)}
            rows = {"data": rows} | ({"paging": paging} if self.tells_total else {})
        if self.paging is Paging.BANKING:
            rows = {"query": None, "pagination": {"per-page": size, "max-results": len(self.rows)}, "results": rows}
        return Answer("/x", params, 200, headers, json.dumps(rows).encode(), NOON)


def listed(number: int, first: int = 1) -> list[Row]:
    return [{"id": key} for key in range(first, first + number)]


def read(server: Callable[..., Any], paging: Paging, *, size: int = 10, known: str = "") -> list[Page]:
    async def run() -> list[Page]:
        settings = PullSettings(offset_rows=size, page_rows=size)
        async with aclosing(pages_of(paging, server, {"order_by": "id"}, settings=settings, known=known)) as pages:
            return [page async for page in pages]

    return asyncio.run(run())


def ids(pages: list[Page]) -> list[int]:
    return [row.id for page in pages for row in page.rows]


@pytest.mark.parametrize("paging", [*OFFSETS, *NUMBERS, Paging.FULL])
@given(number=st.integers(0, 120), size=st.integers(2, 60))
def test_every_row_comes_once_in_order(paging: Paging, number: int, size: int) -> None:
    server = Server(paging, listed(number))
    assert ids(read(server, paging, size=size)) == list(range(1, number + 1))
    assert all(params["order_by"] == "id" for params in server.asked)


@pytest.mark.parametrize("paging", [*OFFSETS, Paging.PAGE])
@given(number=st.integers(0, 120), size=st.integers(2, 60))
def test_a_list_without_total_is_read_whole(paging: Paging, number: int, size: int) -> None:
    server = Server(paging, listed(number), tells_total=False)
    assert ids(read(server, paging, size=size)) == list(range(1, number + 1))


@pytest.mark.parametrize("paging", [*OFFSETS, *NUMBERS])
@pytest.mark.parametrize("number", [499, 500, 501, 1203])
def test_a_server_that_grants_less_than_asked_for_loses_no_row(paging: Paging, number: int) -> None:
    for tells_total in (True, False):
        server = Server(paging, listed(number), maximum=100, tells_total=tells_total)
        assert ids(read(server, paging, size=2000)) == list(range(1, number + 1))


def test_a_full_list_is_asked_for_once() -> None:
    server = Server(Paging.FULL, listed(35))
    assert len(ids(read(server, Paging.FULL))) == 35
    assert server.asked == [{"order_by": "id", "limit": 10}]


def test_pages_by_offset_overlap_by_one_row() -> None:
    pages = read(Server(Paging.OFFSET_3, listed(25)), Paging.OFFSET_3)
    assert [(page.answer.params["offset"], page.seam, page.total) for page in pages] == [
        (0, 0, 25),
        (9, 1, 25),
        (18, 1, 25),
    ]


@pytest.mark.parametrize("paging", [*OFFSETS, *NUMBERS])
def test_a_server_that_ignores_the_position_is_noticed(paging: Paging) -> None:
    for number in (10, 25):
        if number == 10 and paging is not Paging.OFFSET_2:
            continue  # the total says that ten of ten have come
        with pytest.raises(ListChangedError, match=r"first page again|sent twice"):
            read(Server(paging, listed(number), ignores_position=True), paging)


@pytest.mark.parametrize("paging", [*OFFSETS, *NUMBERS])
@pytest.mark.parametrize("position", [0, 5, 9])
def test_a_row_that_is_deleted_between_pages_is_noticed(paging: Paging, position: int) -> None:
    """Even when another row is added at the end, so that the total stays the same."""

    def delete_one(rows: list[Row], number: int) -> None:
        if number == 2:
            del rows[position]

    def replace_one(rows: list[Row], number: int) -> None:
        if number == 2:
            del rows[position]
            rows.append({"id": 999})

    for meanwhile in (delete_one, replace_one):
        with pytest.raises(ListChangedError):
            read(Server(paging, listed(28), meanwhile=meanwhile), paging)


@pytest.mark.parametrize("paging", [*OFFSETS, *NUMBERS])
def test_a_row_that_is_put_in_before_the_seam_is_noticed(paging: Paging) -> None:
    def insert(rows: list[Row], number: int) -> None:
        if number == 2:
            rows.insert(0, {"id": 999})

    with pytest.raises(ListChangedError):
        read(Server(paging, listed(28), meanwhile=insert), paging)


@pytest.mark.parametrize("paging", [*OFFSETS, *NUMBERS])
def test_rows_that_are_renumbered_are_noticed(paging: Paging) -> None:
    def renumber(rows: list[Row], number: int) -> None:
        if number == 2:
            rows[:] = [*rows[2:], {"id": 901}, {"id": 902}]

    with pytest.raises(ListChangedError):
        read(Server(paging, listed(28), meanwhile=renumber), paging)


@pytest.mark.parametrize("paging", [Paging.OFFSET_3, *NUMBERS])
def test_a_list_that_ends_before_its_total_is_noticed(paging: Paging) -> None:
    class Short(Server):
        async def __call__(self, params: Mapping[str, Any]) -> Answer:
            answer = await super().__call__(params)
            headers = dict(answer.headers) | ({"x-total-count": "40"} if paging is Paging.OFFSET_3 else {})
            body = answer.body.replace(b'count": 25', b'count": 40').replace(b'results": 25', b'results": 40')
            return Answer("/x", params, 200, headers, body, NOON)

    with pytest.raises(ListChangedError, match=r"25 rows came where bexio counts 40|no row came|sent twice"):
        read(Short(paging, listed(25)), paging)


def test_a_list_that_disappears_is_noticed() -> None:
    def clear(rows: list[Row], number: int) -> None:
        if number == 2:
            rows.clear()

    with pytest.raises(ListChangedError, match="no row came"):
        read(Server(Paging.OFFSET_2, listed(28), meanwhile=clear), Paging.OFFSET_2)


def test_the_same_id_twice_on_one_page_is_noticed() -> None:
    with pytest.raises(ListChangedError, match="the row 4 was sent twice"):
        read(Server(Paging.OFFSET_3, [*listed(5), {"id": 4}]), Paging.OFFSET_3)


def test_rows_without_id_are_told_apart_by_their_text() -> None:
    rows: list[Row] = [{"name": str(number)} for number in range(25)]
    assert len(ids(read(Server(Paging.OFFSET_2, rows), Paging.OFFSET_2))) == 25


@pytest.mark.parametrize("body", [b'{"id":1}', b'"text"', b"[1,2]", b'{"data":{"id":1}}', b"null"])
@pytest.mark.parametrize("paging", [*OFFSETS, *NUMBERS, Paging.FULL])
def test_what_is_no_list_of_objects_is_refused(paging: Paging, body: bytes) -> None:
    async def ask(params: Mapping[str, Any]) -> Answer:
        return Answer("/x", params, 200, {}, body, NOON)

    with pytest.raises(WrongShapeError):
        read(ask, paging)


def test_an_object_has_no_pages() -> None:
    with pytest.raises(ValueError, match="no pages"):
        read(Server(Paging.OFFSET_2, []), Paging.OBJECT)


@pytest.mark.parametrize("paging", NUMBERS)
def test_pages_by_number_that_are_as_known_are_not_read_twice(paging: Paging) -> None:
    """And only then: a row that vanishes between two pages makes them other ones."""
    first = Server(paging, listed(25))
    known = content_of(digest for page in read(first, paging) for digest in page.digests)
    assert [request["page"] for request in first.asked] == [1, 2, 3, 1, 2]
    again = Server(paging, listed(25))
    assert sum(len(page.rows) for page in read(again, paging, known=known)) == 25
    assert [request["page"] for request in again.asked] == [1, 2, 3]
    other = Server(paging, listed(25, first=2))
    read(other, paging, known=known)
    assert [request["page"] for request in other.asked] == [1, 2, 3, 1, 2]

    def moved(rows: list[Row], number: int) -> None:
        if number == 2:
            rows.append({"id": 99})
            del rows[0]

    with pytest.raises(ListChangedError):
        read(Server(paging, listed(25), meanwhile=moved), paging, known=known)
