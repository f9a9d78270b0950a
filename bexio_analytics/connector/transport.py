"""The only module that imports httpx: one request out, one answer in, and no secret in between.

`Transport` asks the API with the tokens of a connection, `fetch` asks the identity provider.

Only the part of httpx that its successors share is used, so that a move is a change of this file.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Final

import httpx

from bexio_analytics.connector.connection import Connection, Secret, Tokens, is_local_url

REPLAYS: Final = 2
"""A refused request is sent again with the token another process has put down meanwhile, and with one just issued."""


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class TransportError(Exception):
    """No answer, or half of one: refused, timed out, dropped, or not decodable."""


class TokenAuth(httpx.Auth):
    """Puts the token into the header at the moment of sending, so that no default header holds it.

    A token about to end is renewed first; a refused one is renewed and the request sent again. Waiting for a renewal,
    which may be under way in another process, happens in a thread: the other requests go on.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign the request, and again with another token where bexio refuses this one."""
        token, is_new = self._tokens.current(), False
        if token is None:
            renewal = await asyncio.to_thread(self._tokens.renew, None)
            if renewal is None:
                raise RuntimeError("There is neither a token nor a way to renew it.")
            token, is_new = renewal
        response = yield _signed(request, token)
        for _ in range(REPLAYS):
            if response.status_code != HTTPStatus.UNAUTHORIZED or is_new:
                return
            renewal = await asyncio.to_thread(self._tokens.renew, token)
            if renewal is None:
                return
            token, is_new = renewal
            response = yield _signed(request, token)


@functools.cache
def _trusted(*, from_env: bool) -> ssl.SSLContext:
    """The certificates that count. Reading them takes a megabyte, which each mandate would need for itself."""
    return httpx.create_ssl_context(trust_env=from_env)


def _signed(request: httpx.Request, token: Secret) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token.reveal()}"
    return request


def fetch(
    method: str,
    url: str,
    *,
    form: Mapping[str, str | Secret] | None = None,
    token: Secret | None = None,
    timeout: float = 30.0,
) -> Reply:
    """Send one request outside the API proper and read the whole answer.

    Args:
        method: GET or POST.
        url: Whole address; redirects are not followed.
        form: Sent as the form body, which is where OAuth wants its parameters.
        token: Sent as bearer token.
        timeout: Seconds until a silent server counts as gone.

    Raises:
        TransportError: there was no whole answer; raised apart from its cause, whose traceback holds what was sent.
    """
    failure = ""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token.reveal()}"} if token else {})
    sent = {name: each.reveal() if isinstance(each, Secret) else each for name, each in (form or {}).items()}
    try:
        from_env = not is_local_url(url)
        with httpx.Client(
            timeout=timeout, follow_redirects=False, trust_env=from_env, verify=_trusted(from_env=from_env)
        ) as client:
            response = client.request(method, url, data=sent or None, headers=headers)
    except httpx.RequestError as error:
        failure = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    finally:
        headers, sent = {}, {}
    if failure:
        raise TransportError(failure)
    return Reply(
        response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content
    )


class Transport(AbstractAsyncContextManager["Transport"]):
    """An HTTP client for one connection; use it as an async context manager.

    Redirects are not followed: the token goes to the configured address and nowhere else.

    Args:
        connection: Address and token.
        timeout: Seconds until a silent server counts as gone.
        connections: Most connections at a time.
        user_agent: How we introduce ourselves.
        language: ``Accept-Language``; names of taxes and countries come in it.
    """

    def __init__(
        self, connection: Connection, *, timeout: float, connections: int, user_agent: str, language: str
    ) -> None:
        self._connection = connection
        self._client = httpx.AsyncClient(
            base_url=connection.api_url,
            auth=TokenAuth(connection.tokens),
            headers={"Accept": "application/json", "Accept-Language": language, "User-Agent": user_agent},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0), pool=None),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            follow_redirects=False,
            trust_env=not connection.is_local,
            verify=_trusted(from_env=not connection.is_local),
        )

    async def send(
        self, method: str, path: str, params: Mapping[str, str | int | bool], body: bytes | None = None
    ) -> Reply:
        """Send one request, with a JSON body where there is one, and read the whole answer.

        Raises:
            TransportError: there was no whole answer. It is raised apart from its cause, whose traceback holds the
                headers that were sent.
        """
        failure = ""
        try:
            headers = {"Content-Type": "application/json"} if body is not None else None
            response = await self._client.request(method, path, params=dict(params), content=body, headers=headers)
        except httpx.RequestError as error:
            failure = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if failure:
            raise TransportError(self._connection.redact(failure))
        received = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, received, self._connection.redact_bytes(response.content))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()
