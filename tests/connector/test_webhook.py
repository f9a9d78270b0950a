"""The receiver of webhooks: who gets a mark in, and who does not."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable

import httpx
import pytest

from bexio_analytics.connector.connection import Secret
from bexio_analytics.connector.webhook import LARGEST, Receiver
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.simulator import serve

SECRET = "a-shared-secret-of-some-length"  # noqa: S105
NOON = 1_795_000_000


class Sender:
    """Signs calls as the documentation says, by its own hands."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, str]] = []
        self.now = float(NOON)
        self.receiver = Receiver(
            Secret(SECRET),
            knows=lambda mandate: mandate in {"muster", "other"},
            mark=lambda mandate, resource: self.marks.append((mandate, resource)),
            clock=lambda: self.now,
        )

    def send(
        self,
        body: bytes = b'{"id":"e1","resource":"invoice"}',
        *,
        mandate: str = "muster",
        at: str = str(NOON),
        secret: str = SECRET,
        signed_for: str | None = None,
    ) -> int:
        text = f"{at}.{signed_for or mandate}.".encode() + body
        signature = "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
        return int(self.receiver.receive(mandate, body, at, signature))


@pytest.fixture
def sender() -> Sender:
    return Sender()


def test_a_signed_call_marks_a_resource(sender: Sender) -> None:
    assert sender.send() == 204
    assert sender.marks == [("muster", "invoice")]


def test_a_repeated_call_marks_once(sender: Sender) -> None:
    assert [sender.send(), sender.send()] == [204, 204]
    assert len(sender.marks) == 1
    assert sender.send(mandate="other") == 204
    assert len(sender.marks) == 2, "the same id at another mandate is another event"


@pytest.mark.parametrize(
    "send",
    [
        lambda sender: sender.send(secret=SECRET[::-1]),
        lambda sender: sender.send(at=str(NOON - 301)),
        lambda sender: sender.send(at=str(NOON + 301)),
        lambda sender: sender.send(at="soon"),
        lambda sender: sender.send(at=""),
        lambda sender: sender.send(signed_for="other"),
        lambda sender: sender.receiver.receive("muster", b"{}", str(NOON), ""),
        lambda sender: sender.receiver.receive("muster", b"{}", str(NOON), "sha256=ü"),
    ],
)
def test_a_call_without_the_secret_or_out_of_time_is_refused(sender: Sender, send: Callable[[Sender], int]) -> None:
    assert send(sender) == 401
    assert sender.marks == []


def test_an_old_call_cannot_be_played_again(sender: Sender) -> None:
    """Inside the window its id is remembered, outside its timestamp is too old; never is it let in."""
    assert sender.send() == 204
    for later in range(0, 1300, 50):
        sender.now = NOON + later
        assert sender.send() == (204 if later <= 300 else 401)
    assert len(sender.marks) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"id":"","resource":"invoice"}', b'{"id":"1","resource":"ledger"}']
)
def test_a_call_of_another_form_is_refused(sender: Sender, body: bytes) -> None:
    assert sender.send(body) == 400
    assert sender.marks == []


def test_an_unknown_mandate_is_not_found(sender: Sender) -> None:
    assert sender.send(mandate="nobody") == 404


def test_without_a_secret_there_is_no_receiver() -> None:
    for secret in ("", "short"):
        with pytest.raises(ConfigurationError, match=r"BEXIO_ANALYTICS_WEBHOOK_SECRET is missing or shorter"):
            Receiver(Secret(secret), knows=bool, mark=lambda _m, _r: None, clock=lambda: 0.0)


def test_calls_over_http(sender: Sender) -> None:
    body = json.dumps({"id": "e1", "resource": "bill"}).encode()
    signature = hmac.new(SECRET.encode(), f"{NOON}.muster.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-timestamp": str(NOON), "x-signature": f"sha256={signature}"}
    with serve(sender.receiver.app()) as served:
        assert httpx.post(f"{served.url}/muster", content=body, headers=headers).status_code == 204
        assert httpx.post(f"{served.url}/muster", content=body).status_code == 401
        assert httpx.post(f"{served.url}/muster", content=b" " * (LARGEST + 1), headers=headers).status_code == 413
        assert httpx.get(f"{served.url}/muster").status_code == 405
    assert sender.marks == [("muster", "bill")]
