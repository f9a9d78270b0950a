"""The only module that imports httpx: one request out, one answer in, and no secret in between.

Only the part of httpx that its successors share is used, so that a move is a change of this file.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType

import httpx

from bexio_analytics.connector.connection import Connection, Secret


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TransportError(Exception):
    """No answer, or half of one: refused, timed out, dropped, or not decodable."""


class BearerAuth(httpx.Auth):
    """Puts the token into the header at the moment of sending, so that no default header holds it."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request."""
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


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
            auth=BearerAuth(connection.token),
            headers={"Accept": "application/json", "Accept-Language": language, "User-Agent": user_agent},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0), pool=None),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            follow_redirects=False,
            trust_env=not connection.is_local,
        )

    async def send(self, method: str, path: str, params: Mapping[str, str | int | bool]) -> Reply:
        """Send one request and read the whole answer.

        Raises:
            TransportError: there was no whole answer. It is raised apart from its cause, whose traceback holds the
                headers that were sent.
        """
        failure = ""
        try:
            response = await self._client.request(method, path, params=dict(params))
        except httpx.RequestError as error:
            failure = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if failure:
            raise TransportError(self._connection.redact(failure))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, self._connection.redact_bytes(response.content))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()
