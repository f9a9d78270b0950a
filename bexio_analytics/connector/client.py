"""One request to bexio, within the budget, repeated where that can help, and its failures in our own words."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from types import TracebackType
from typing import Final, Self

import msgspec
import stamina

from bexio_analytics.connector.budget import RateBudget, tells_limit, wait_of
from bexio_analytics.connector.budget_file import key_of
from bexio_analytics.connector.connection import Connection
from bexio_analytics.connector.endpoints import Endpoint
from bexio_analytics.connector.raw import QueryValue
from bexio_analytics.connector.settings import PullSettings
from bexio_analytics.connector.transport import Reply, Transport, TransportError
from bexio_analytics.errors import (
    ApiError,
    AuthenticationError,
    PermissionDeniedError,
    RateLimitError,
    ServerUnavailableError,
    UnexpectedResponseError,
)

SHOWN: Final = 200  # characters of a server's message that are repeated in ours


@dataclass(frozen=True)
class Answer:
    """An answer with status 200 and a body that is JSON, or one with status 404."""

    path: str
    params: Mapping[str, QueryValue]
    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    method: str = "GET"

    @property
    def page(self) -> str:
        """The request in words, for messages."""
        asked = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.path}?{asked}" if asked else self.path


@dataclass(frozen=True)
class _Question:
    """One request."""

    method: str
    endpoint: Endpoint
    path: str
    params: Mapping[str, QueryValue]
    bucket: str
    body: bytes | None = None


class Criterion(msgspec.Struct, frozen=True):
    """One condition of a search, in bexio's words."""

    field: str
    value: str | Sequence[str]
    criteria: str


class Client(AbstractAsyncContextManager["Client"]):
    """Asks one company's API; use it as an async context manager.

    Args:
        connection: Address and token.
        settings: Limits, waits and retries.
        clock: Tells the time of an answer.
        keep: Takes an answer that cannot be used, by resource, so that it can be looked at.
    """

    def __init__(
        self,
        connection: Connection,
        settings: PullSettings,
        clock: Callable[[], datetime],
        keep: Callable[[str, bytes], None],
    ) -> None:
        self.connection = connection
        self._settings = settings
        self._clock = clock
        self._keep = keep
        self._budget = RateBudget(settings.limits, settings.minute, jitter=random.random)
        self._places = asyncio.Semaphore(settings.concurrency)
        self._transport = Transport(
            connection,
            timeout=settings.timeout,
            connections=settings.concurrency,
            user_agent=f"bexio-analytics/{version('bexio-analytics')}",
            language=settings.language,
        )

    def now(self) -> datetime:
        """The time in UTC, to the second."""
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def share_budget(self, company: str) -> None:
        """Spend from the budget of this company together with the other processes of the machine.

        Args:
            company: What tells the company from others at the same address; it is hashed.
        """
        if self._settings.budget_dir:
            self._budget.share(self._settings.budget_dir, key_of(self.connection.api_url, company))

    async def get(self, endpoint: Endpoint, path: str, params: Mapping[str, QueryValue]) -> Answer:
        """Ask once, and again where the failure may pass: no answer, 429, 5xx, or half a body.

        Reading changes nothing at bexio, so every request may be repeated.

        Raises: see `search`.
        """
        return await self._repeated(_Question("GET", endpoint, path, params, endpoint.bucket))

    async def search(
        self, endpoint: Endpoint, criteria: Sequence[Criterion], params: Mapping[str, QueryValue]
    ) -> Answer:
        """Ask for the rows of a 2.0 list that fulfil all criteria; repeated as `get`, for it too only reads.

        There is no other POST here: what changes something at bexio must not be repeated by itself.

        Raises:
            AuthenticationError: 401.
            PermissionDeniedError: 403.
            RateLimitError: 429 until the last attempt.
            ServerUnavailableError: no answer or 5xx until the last attempt.
            UnexpectedResponseError: another status, or a body that is not JSON.
        """
        body = msgspec.json.encode(criteria)
        return await self._repeated(_Question("POST", endpoint, f"{endpoint.path}/search", params, "search", body))

    async def _repeated(self, question: _Question) -> Answer:
        waits = self._settings
        scale = waits.minute / 60
        outcome: ApiError
        try:
            async for attempt in stamina.retry_context(
                on=_MayPassError,
                attempts=waits.attempts,
                timeout=None,
                wait_initial=waits.first_wait * scale,
                wait_max=waits.longest_wait * scale,
                wait_jitter=waits.first_wait * scale,
            ):
                with attempt:
                    return await self._once(question)
        except _MayPassError as failure:
            outcome = failure.outcome
        raise outcome

    async def _once(self, question: _Question) -> Answer:
        endpoint, path, params = question.endpoint, question.path, question.params
        bucket = self._budget.bucket(question.bucket)
        what = f"{endpoint.resource} ({path})"
        failure = ""
        reply = Reply(0, {}, b"")
        async with self._places, bucket.turn():
            try:
                reply = await self._transport.send(question.method, path, params, question.body)
            except TransportError as error:
                failure = str(error)
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                asked = wait_of(reply.headers, self._clock())
                wait = None if asked is None else min(asked, self._settings.longest_refusal)
                bucket.refuse(wait, tells_limit=tells_limit(reply.headers))
            elif not failure:
                bucket.learn(reply.headers)
        if failure:
            raise _MayPassError(
                ServerUnavailableError(
                    f"{self.connection.api_url} gave no whole answer for {what}: {failure}. Try again later."
                )
            )
        if reply.status in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
            if reply.status == HTTPStatus.OK:
                self._check_json(endpoint, what, reply.body)
            return Answer(path, params, reply.status, reply.headers, reply.body, self.now(), question.method)
        raise self._failure(endpoint, what, reply)

    def _check_json(self, endpoint: Endpoint, what: str, body: bytes) -> None:
        problem = ""
        try:
            body.decode()
            msgspec.json.decode(body, type=msgspec.Raw)
        except (UnicodeDecodeError, msgspec.DecodeError) as error:
            problem = str(error)
        if problem:
            self._keep(endpoint.resource, body)
            raise _MayPassError(
                UnexpectedResponseError(
                    f"bexio answered {what} with something that is not JSON ({problem}). The page is kept as "
                    f"{endpoint.resource}.rejected in the raw folder."
                )
            )

    def rejected(self, endpoint: Endpoint, answer: Answer, problem: str) -> UnexpectedResponseError:
        """The error for an answer of a form this version does not know; the page is kept."""
        self._keep(endpoint.resource, answer.body)
        return UnexpectedResponseError(
            f"bexio answered {endpoint.resource} ({answer.page}) in a form this version does not know: {problem}. "
            f"The page is kept as {endpoint.resource}.rejected in the raw folder."
        )

    def _failure(self, endpoint: Endpoint, what: str, reply: Reply) -> ApiError | _MayPassError:
        said = self.connection.redact(_message(reply.body))
        match reply.status:
            case HTTPStatus.UNAUTHORIZED:
                return AuthenticationError(
                    f"bexio does not accept the access token (401 for {what}). It has expired or was revoked: "
                    f"{self.connection.tokens.advice}."
                )
            case HTTPStatus.FORBIDDEN:
                return PermissionDeniedError(
                    f"bexio refuses {what}: the token lacks the scope {endpoint.scope}, or the connecting user the "
                    "right."
                )
            case HTTPStatus.TOO_MANY_REQUESTS:
                return _MayPassError(
                    RateLimitError(
                        f"The request budget of the company stayed exhausted at {what}. Something else uses it up: "
                        "pull again later."
                    )
                )
            case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return _MayPassError(
                    ServerUnavailableError(f"bexio answered {what} with status {status}{said}. Try again later.")
                )
            case status:
                self._keep(endpoint.resource, reply.body)
                return UnexpectedResponseError(
                    f"bexio answered {what} with status {status}{said}. The answer is kept as "
                    f"{endpoint.resource}.rejected in the raw folder."
                )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._budget.close()
        await self._transport.__aexit__(kind, error, trace)


class _MayPassError(Exception):
    """A failure worth another attempt; ``outcome`` is what is raised when there is none left."""

    def __init__(self, outcome: ApiError) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def _message(body: bytes) -> str:
    """What the server says about its failure, shortened; bexio has four shapes for it, all with a text on top."""
    try:
        members = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.DecodeError:
        return ""
    for key in ("message", "detail", "title", "error"):
        if text := members.get(key):
            return f" ({str(text)[:SHOWN]})"
    return ""
