"""The ASGI application: authentication, rate budget, routing of the three API generations, faults, HTTP."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bexio_analytics.simulator.wire import replies, tokens
from bexio_analytics.simulator.wire.faults import FaultCounter, Faults
from bexio_analytics.simulator.wire.log import Log, LoggedRequest
from bexio_analytics.simulator.wire.login import LoginDesk
from bexio_analytics.simulator.wire.rates import Budget, Rate
from bexio_analytics.simulator.wire.reading import Question, answer
from bexio_analytics.simulator.wire.replies import Reply, to_json
from bexio_analytics.simulator.wire.served import Company, ServedCompany
from bexio_analytics.simulator.wire.settings import WireSettings

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(
    companies: Mapping[str, Company], settings: WireSettings | None = None, faults: Faults | None = None
) -> Starlette:
    """Build a simulated bexio.

    Args:
        companies: Access token → company. Tokens of the same company share its books and its request budget.
        settings: Limits, clock, refresh tokens and scopes.
        faults: What goes wrong; may be exchanged later through ``app.state.wire.faults``.

    Returns:
        The application; ``app.state.log`` holds the requests it answered, ``app.state.wire`` the wire itself.
    """
    wire = Wire(companies, settings or WireSettings(), faults or Faults())
    app = Starlette(routes=[Route("/{path:path}", wire.handle, methods=_METHODS)])
    app.state.wire = wire
    app.state.log = wire.log
    return app


class Wire:
    """Everything between HTTP and the companies' records."""

    def __init__(self, companies: Mapping[str, Company], settings: WireSettings, faults: Faults) -> None:
        served = {id(company): ServedCompany(company) for company in companies.values()}
        self.settings = settings
        self.log = Log()
        self._numbers = {company: number for number, company in enumerate(served.values())}
        self._desk = tokens.TokenDesk(
            {token: served[id(company)] for token, company in companies.items()},
            settings,
            self._now,
            lambda: self._faults.altered_nonce,
        )
        self._login = LoginDesk(self._desk, settings, self._now, lambda: self._faults.altered_state)
        self._budget = Budget(settings)
        self._token_uses: dict[str, int] = {}
        self._faults = faults
        self._counter = FaultCounter()

    @property
    def faults(self) -> Faults:
        """The current misbehaviour; setting it starts its counters anew."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self._counter = FaultCounter()
        self._token_uses.clear()

    def end_sessions(self) -> None:
        """End every app connection, as a user does in bexio's settings; personal access tokens stay."""
        self._desk.end_sessions()

    async def handle(self, request: Request) -> Response:
        """Answer one HTTP request."""
        path = request.scope["path"]
        body = await request.body()
        company = ""
        if path.startswith(f"{tokens.REALM}/"):
            reply = self._identity(request, path, body)
            response = _to_http(reply)
        else:
            grant = self._authenticate(request)
            company = grant.company.name if grant else ""
            if self._faults.latency_seconds:
                await asyncio.sleep(self._faults.latency_seconds)
            reply = self._api(request, path, body, grant)
            response = self._damaged(_to_http(reply), path)
        response.headers["date"] = formatdate(self._now(), usegmt=True)
        self.log.add(LoggedRequest(request.method, path, dict(request.query_params), response.status_code, company))
        return response

    def _now(self) -> float:
        """The server's clock, right or wrong."""
        return self.settings.clock() + self._faults.clock_skew_seconds

    def _identity(self, request: Request, path: str, body: bytes) -> Reply:
        if self._faults.identity_down:
            return replies.server_error(503)
        base_url = str(request.base_url).rstrip("/")
        issuer = f"{base_url}{tokens.REALM}"
        content_type, authorization = request.headers.get("content-type", ""), request.headers.get("authorization")
        answers: dict[tuple[str, str], Callable[[], Reply]] = {
            ("GET", tokens.DISCOVERY): lambda: tokens.discovery(base_url),
            ("GET", tokens.AUTHORIZE): lambda: self._login.open(request.query_params, issuer),
            ("POST", tokens.AUTHORIZE): lambda: self._login.submit(body, issuer),
            ("POST", tokens.TOKEN): lambda: self._desk.exchange(content_type, body, authorization, issuer),
            ("POST", tokens.REVOKE): lambda: self._desk.revoke(content_type, body, authorization),
            ("GET", tokens.USERINFO): lambda: self._userinfo(authorization),
            ("POST", tokens.USERINFO): lambda: self._userinfo(authorization),
            ("GET", tokens.CERTS): lambda: Reply(200, {"keys": []}),  # id tokens are signed with the app's secret
        }
        return answers.get((request.method, path), replies.not_found)()

    def _userinfo(self, authorization: str | None) -> Reply:
        opened = self._desk.check(authorization)
        return tokens.userinfo(opened[1]) if opened else replies.invalid_token()

    def _authenticate(self, request: Request) -> tokens.Grant | None:
        opened = self._desk.check(request.headers.get("authorization"))
        if opened is None:
            return None
        token, grant = opened
        self._token_uses[token] = self._token_uses.get(token, 0) + 1
        allowed = self._faults.revoke_token_after
        return None if allowed is not None and self._token_uses[token] > allowed else grant

    def _api(self, request: Request, path: str, body: bytes, grant: tokens.Grant | None) -> Reply:
        if grant is None:
            return replies.invalid_token()
        rate = self._budget.take(self._numbers[grant.company], request.method, path)
        if rate is not None and self._counter.strikes("refusals", self._faults.refusals, path):
            rate = replace(rate, allowed=False)
        if rate is not None and not rate.allowed:
            return self._with_rate(replies.rate_limited(), rate)
        if self._counter.strikes("server_errors", self._faults.server_errors, path):
            return replies.server_error(self._faults.server_error_status)
        if not _asks_for_json(request.headers.get("accept")):
            return self._with_rate(replies.not_acceptable(), rate)
        question = Question(request.method, path, dict(request.query_params), body, grant, self.settings, self._faults)
        return self._with_rate(answer(question), rate)

    def _with_rate(self, reply: Reply, rate: Rate | None) -> Reply:
        if rate is None:
            return reply
        headers = {} if self._faults.rate_headers_missing else rate.headers()
        if not rate.allowed and not self._faults.retry_after_missing:
            headers["retry-after"] = str(rate.reset)
        return Reply(reply.status, reply.body, {**reply.headers, **headers})

    def _damaged(self, response: Response, path: str) -> Response:
        body = bytes(response.body)
        if self._counter.strikes("truncate_json", self._faults.truncate_json, path):
            headers = {name: value for name, value in response.headers.items() if name != "content-length"}
            return Response(body[: len(body) // 2], response.status_code, headers)
        if self._counter.strikes("drop_connection", self._faults.drop_connection, path):
            return DroppedResponse(body, response.status_code, dict(response.headers))
        return response


class DroppedResponse(Response):
    """Promises the whole body and sends half of it; the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send status, headers and the first half of the body."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def _asks_for_json(accept: str | None) -> bool:
    return any(part.partition(";")[0].strip().lower() == "application/json" for part in (accept or "").split(","))


def _to_http(reply: Reply) -> Response:
    if isinstance(reply.body, str):
        return Response(reply.body, reply.status, reply.headers, media_type="text/plain")
    headers = {"cache-control": "no-store", **reply.headers}
    if reply.status < 300 and isinstance(reply.body, Mapping) and "id" in reply.body:  # noqa: PLR2004
        # bexio tags by something other than content: unlike objects were seen with one tag, so it proves nothing.
        headers["etag"] = hashlib.md5(str(reply.body["id"]).encode(), usedforsecurity=False).hexdigest()
    response = Response(to_json(reply.body), reply.status, headers)
    response.headers["content-type"] = "application/json"
    return response
