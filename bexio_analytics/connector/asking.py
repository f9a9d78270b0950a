"""Questions about one endpoint, answered in the form they are kept in: lists page by page, and single objects."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http import HTTPStatus

import msgspec

from bexio_analytics.connector.client import Answer, Client
from bexio_analytics.connector.endpoints import Endpoint, Listed
from bexio_analytics.connector.paging import Page, WrongShapeError, pages_of
from bexio_analytics.connector.raw import QueryValue, RawResponse, rows_of
from bexio_analytics.connector.settings import PullSettings
from bexio_analytics.errors import UnexpectedResponseError


class MissingError(Exception):
    """bexio has no such resource for this company (404)."""


async def ask(client: Client, endpoint: Endpoint, path: str, params: Mapping[str, QueryValue]) -> Answer:
    """Ask one request.

    Raises:
        MissingError: 404.
        ApiError: see `Client.get`.
    """
    answer = await client.get(endpoint, path, params)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise MissingError(f"bexio has no {endpoint.resource} for this company (404 for {path}).")
    return answer


async def paged(
    client: Client,
    endpoint: Endpoint,
    path: str,
    params: Mapping[str, QueryValue],
    settings: PullSettings,
    *,
    known: str = "",
) -> AsyncGenerator[Page]:
    """The pages of a list; see `pages_of`.

    Raises:
        ListChangedError: rows moved while it was read.
        UnexpectedResponseError: an answer is no list; it is kept.
        MissingError, ApiError: see `ask`.
    """

    async def ask_page(asked: Mapping[str, QueryValue]) -> Answer:
        return await ask(client, endpoint, path, asked)

    wrong: UnexpectedResponseError | None = None
    try:
        async with aclosing(pages_of(endpoint.paging, ask_page, params, settings=settings, known=known)) as pages:
            async for page in pages:
                yield page
    except WrongShapeError as error:
        wrong = client.rejected(endpoint, error.answer, str(error))
    if wrong:
        raise wrong


async def single(
    client: Client, endpoint: Endpoint, path: str, params: Mapping[str, QueryValue], parent: int | str
) -> RawResponse:
    """One object, which must be the one that was asked for.

    Raises:
        UnexpectedResponseError: it is another one, or none; the answer is kept.
        MissingError, ApiError: see `ask`.
    """
    answer = await ask(client, endpoint, path, params)
    problem = "one object was expected"
    if not answer.body.lstrip().startswith(b"["):
        try:
            (row,) = (msgspec.json.decode(text, type=Listed) for text in rows_of(answer.body))
            if row.id in {parent, msgspec.UNSET}:  # a missing id is for the snapshot to complain about
                return response_of(Page(answer, None, 0, [row]), parent)
            problem = f"it is about {row.id!r}"
        except (msgspec.DecodeError, ValueError, TypeError) as error:
            problem = str(error)
    raise client.rejected(endpoint, answer, problem)


def params_of(endpoint: Endpoint) -> dict[str, QueryValue]:
    """Parameters of every request to an endpoint."""
    params: dict[str, QueryValue] = dict(endpoint.params)
    if endpoint.order_by:
        params["order_by"] = endpoint.order_by
    return params


def response_of(page: Page, parent: int | str | None = None) -> RawResponse:
    """A page in the form it is kept in."""
    answer = page.answer
    # Line breaks inside JSON texts are always escaped, so the ones that are left separate tokens.
    body = answer.body.replace(b"\r", b" ").replace(b"\n", b" ")
    return RawResponse(
        method=answer.method,
        path=answer.path,
        params=dict(answer.params),
        status=answer.status,
        received_at=answer.received_at,
        parent=parent,
        total=page.total,
        seam=page.seam,
        body=msgspec.Raw(body),
    )
