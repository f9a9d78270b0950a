"""One request over real HTTP: repeated where that helps, failed in our own words, silent about the token."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from bexio_analytics.connector import ENDPOINTS, Connection, PullSettings
from bexio_analytics.connector.client import Answer, Client
from bexio_analytics.errors import (
    ApiError,
    AuthenticationError,
    PermissionDeniedError,
    RateLimitError,
    ServerUnavailableError,
    UnexpectedResponseError,
)

JOURNAL = ENDPOINTS["journal"]
OK = JSONResponse([{"id": 1}], headers={"X-Total-Count": "1"})


class Dropped(Response):
    """Promises more than it sends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'[{"id":1}', "more_body": True})


class Case:
    """Asks a server whose answers are given one after the other; the last one stays."""

    def __init__(self, scripted: Callable[..., Any], clock: Callable[[], datetime], settings: PullSettings) -> None:
        self.scripted = scripted
        self.clock = clock
        self.settings = settings
        self.kept: dict[str, bytes] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.headers: list[Mapping[str, str]] = []

    def get(self, *answers: Response, **settings: float) -> Answer:
        left = list(answers)

        def script(_path: str, _params: dict[str, str]) -> Response:
            return left.pop(0) if len(left) > 1 else left[0]

        with self.scripted(script) as server:
            self.asked, self.headers = server.asked, server.headers
            return self.get_from(server.connection, **settings)

    def get_from(self, connection: Connection, **settings: float) -> Answer:
        async def run() -> Answer:
            chosen = replace(self.settings, **settings)  # type: ignore[arg-type]
            async with Client(connection, chosen, self.clock, self.kept.__setitem__) as client:
                return await client.get(JOURNAL, "/3.0/accounting/journal", {"limit": 2})

        return asyncio.run(run())


@pytest.fixture
def case(scripted: Callable[..., Any], clock: Callable[[], datetime], fast: PullSettings) -> Case:
    return Case(scripted, clock, fast)


def test_an_answer_is_kept_as_received(case: Case, token: str) -> None:
    answer = case.get(Response(b'[{"amount": 1.10}]', headers={"X-Total-Count": "1"}))
    assert (answer.status, answer.body, answer.headers["x-total-count"]) == (200, b'[{"amount": 1.10}]', "1")
    assert answer.received_at == case.clock()
    (headers,) = case.headers
    assert headers["accept"] == "application/json"
    assert headers["authorization"] == f"Bearer {token}"
    assert headers["accept-language"] == "de"
    assert headers["user-agent"].startswith("bexio-analytics/")
    assert case.asked == [("/3.0/accounting/journal", {"limit": "2"})]


@pytest.mark.parametrize(
    "failure",
    [
        Response(status_code=500),
        Response("<html>upstream</html>", status_code=502),
        Response(status_code=503, headers={"retry-after": "1"}),
        Dropped(),
        Response(b'[{"id": 1}, {"id'),
        Response(b""),
        Response(b'["\xff"]'),
        JSONResponse({"message": "API rate limit exceeded"}, 429),
        JSONResponse({}, 429, headers={"retry-after": "1"}),
    ],
)
def test_what_may_pass_is_asked_again(case: Case, failure: Response) -> None:
    answer = case.get(failure, failure, OK)
    assert (json.loads(answer.body), len(case.asked)) == ([{"id": 1}], 3)


def test_a_refusal_waits_until_the_minute_is_over(case: Case) -> None:
    began = time.monotonic()
    case.get(JSONResponse({}, 429, headers={"ratelimit-reset": "1", "retry-after": "30"}), OK)
    assert 1.0 <= time.monotonic() - began < 5


def test_a_refusal_is_not_waited_for_longer_than_set(case: Case) -> None:
    began = time.monotonic()
    case.get(JSONResponse({}, 429, headers={"retry-after": "86400"}), OK, longest_refusal=0.2)
    assert 0.2 <= time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("failure", "error", "says"),
    [
        (Response(status_code=500), ServerUnavailableError, "status 500"),
        (JSONResponse({"message": "down"}, 503), ServerUnavailableError, r"status 503 \(down\)"),
        (Dropped(), ServerUnavailableError, "no whole answer"),
        (JSONResponse({}, 429), RateLimitError, "budget"),
        (Response(b'[{"id": 1}, {"id'), UnexpectedResponseError, "not JSON"),
    ],
)
def test_what_does_not_pass_is_raised_after_the_last_attempt(
    case: Case, failure: Response, error: type[ApiError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        case.get(failure)
    assert len(case.asked) == 4
    assert "journal (/3.0/accounting/journal)" in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "error", "says"),
    [
        (JSONResponse({"error_code": 401}, 401), AuthenticationError, "connect again"),
        (JSONResponse({"error_code": 403}, 403), PermissionDeniedError, "scope accounting"),
        (JSONResponse({"message": ["page: unsupported"]}, 400), UnexpectedResponseError, r"400 .*page: unsupported"),
        (JSONResponse({"title": "Bad", "detail": "worse"}, 415), UnexpectedResponseError, "worse"),
        (Response("plain", status_code=405), UnexpectedResponseError, "status 405"),
        (Response(status_code=204), UnexpectedResponseError, "status 204"),
        (Response(status_code=302, headers={"location": "/stolen"}), UnexpectedResponseError, "status 302"),
    ],
)
def test_what_cannot_pass_is_raised_at_once(case: Case, failure: Response, error: type[ApiError], says: str) -> None:
    with pytest.raises(error, match=says):
        case.get(failure)
    assert [path for path, _ in case.asked] == ["/3.0/accounting/journal"]


def test_not_found_is_an_answer(case: Case) -> None:
    assert case.get(JSONResponse({"error_code": 404, "message": "Page not found"}, 404)).status == 404


def test_a_page_that_cannot_be_used_is_kept(case: Case) -> None:
    with pytest.raises(UnexpectedResponseError, match=r"journal\.rejected"):
        case.get(Response("<html>maintenance</html>"), attempts=1)
    assert case.kept == {"journal": b"<html>maintenance</html>"}


def test_nobody_listens(case: Case, token: str) -> None:
    with pytest.raises(ServerUnavailableError, match=r"127\.0\.0\.1:9 gave no whole answer.*Try again later"):
        case.get_from(Connection("http://127.0.0.1:9", token), attempts=2)


def test_a_silent_server_is_given_up(case: Case) -> None:
    class Silent(Response):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await asyncio.sleep(0.4)
            await super().__call__(scope, receive, send)

    with pytest.raises(ServerUnavailableError, match="Timeout"):
        case.get(Silent(b"[]"), timeout=0.1, attempts=1)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
def test_the_token_is_in_no_message_log_or_kept_page(
    case: Case, caplog: pytest.LogCaptureFixture, token: str, status: int
) -> None:
    """A server that sends the token back, in a body that cannot be used; all logging is on."""
    caplog.set_level(logging.DEBUG)
    body = f'{{"message": "token {token} is bad"}}{"" if status != 200 else "?"}'
    with pytest.raises(ApiError) as caught:
        case.get(Response(body, status_code=status), attempts=2)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "httpx" in logged
    assert token not in shown
    assert token not in logged
    assert token.encode() not in b"".join(case.kept.values())


def test_the_token_is_taken_out_of_answers(case: Case, token: str) -> None:
    assert case.get(JSONResponse([{"remarks": token}])).body == b'[{"remarks":"[redacted]"}]'
