"""A receiver for webhooks, off unless asked for: it marks resources as stale, and does nothing else.

bexio documents no webhooks (as of September 2026), so mandates are asked at intervals instead. The receiver is there
for the day bexio offers some, and for an office with a program of its own that knows when something was booked. Because
a mark only brings forward a pull that would come anyway, a forged or lost one does no harm to the books; still nobody
without the secret gets one in.

A call is ``POST /<mandate>`` with a JSON object that names the event and the resource::

    {"id": "e-4711", "resource": "invoice"}

and two headers: ``x-timestamp``, seconds since 1970, and ``x-signature``, ``sha256=`` and the HMAC-SHA256 in hex, under
the shared secret, of timestamp, full stop, name of the mandate, full stop, and body. The mandate is part of it so that
a call cannot be sent on to another one.

Answers: 204 marked (or marked before under the same id), 400 the body is not of this form, 401 signature wrong or the
timestamp is more than five minutes off, 404 no such mandate, 413 more than 64 KiB.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bexio_analytics.connector.connection import Secret
from bexio_analytics.connector.endpoints import RESOURCES
from bexio_analytics.errors import ConfigurationError

SECRET_VARIABLE: Final = "BEXIO_ANALYTICS_WEBHOOK_SECRET"  # noqa: S105 - its name, not the secret
WINDOW_SECONDS: Final = 300
LARGEST: Final = 64 * 1024
SHORTEST_SECRET: Final = 16
_REMEMBERED: Final = 10_000


class Event(msgspec.Struct, frozen=True):
    """What a call says: an id that is the same when the call is repeated, and what changed."""

    id: str
    resource: str


class Receiver:
    """Checks calls and passes on what they mark.

    Args:
        secret: Shared with the sender.
        knows: Whether there is such a mandate.
        mark: Takes mandate and resource of each new event.
        clock: Seconds since 1970.

    Raises:
        ConfigurationError: the secret is too short to be one.
    """

    def __init__(
        self,
        secret: Secret,
        *,
        knows: Callable[[str], bool],
        mark: Callable[[str, str], None],
        clock: Callable[[], float],
    ) -> None:
        if len(secret.reveal()) < SHORTEST_SECRET:
            raise ConfigurationError(
                f"{SECRET_VARIABLE} is missing or shorter than {SHORTEST_SECRET} characters: set it to a longer one."
            )
        self._secret = secret
        self._knows = knows
        self._mark = mark
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(routes=[Route("/{mandate}", self._handle, methods=["POST"])])

    async def _handle(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        headers = request.headers
        mandate = request.path_params["mandate"]
        return Response(
            status_code=self.receive(mandate, body, headers.get("x-timestamp", ""), headers.get("x-signature", ""))
        )

    def receive(self, mandate: str, body: bytes, timestamp: str, signature: str) -> HTTPStatus:
        """Judge one call; the status to answer."""
        if not hmac.compare_digest(sign(self._secret, mandate, timestamp, body).encode(), signature.encode()):
            return HTTPStatus.UNAUTHORIZED
        now = self._clock()
        if not timestamp.isascii() or not timestamp.isdigit() or abs(now - int(timestamp)) > WINDOW_SECONDS:
            return HTTPStatus.UNAUTHORIZED
        if not self._knows(mandate):
            return HTTPStatus.NOT_FOUND
        try:
            event = msgspec.json.decode(body, type=Event)
        except msgspec.DecodeError:
            return HTTPStatus.BAD_REQUEST
        if not event.id or event.resource not in RESOURCES:
            return HTTPStatus.BAD_REQUEST
        if self._is_new(mandate, event.id, now):
            self._mark(mandate, event.resource)
        return HTTPStatus.NO_CONTENT

    def _is_new(self, mandate: str, event: str, now: float) -> bool:
        """Remember the event; older ones than the window lets in are forgotten, and the oldest where there are many."""
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if len(self._seen) <= _REMEMBERED and oldest >= now - 2 * WINDOW_SECONDS:
                break
            self._seen.popitem(last=False)
        if (mandate, event) in self._seen:
            return False
        self._seen[mandate, event] = now
        return True


def sign(secret: Secret, mandate: str, timestamp: str, body: bytes) -> str:
    """The value of ``x-signature`` for a call."""
    text = f"{timestamp}.{mandate}.".encode() + body
    return "sha256=" + hmac.new(secret.reveal().encode(), text, hashlib.sha256).hexdigest()
