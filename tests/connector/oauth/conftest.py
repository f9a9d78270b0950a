"""A simulated bexio to sign in to, a clock that can be set, and mandates connected with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from starlette.applications import Starlette

from bexio_analytics.connector.connection import Secret
from bexio_analytics.connector.oauth_app import OAuthApp
from bexio_analytics.connector.oauth_login import SignIn
from bexio_analytics.connector.oauth_provider import Provider
from bexio_analytics.connector.vault import Vault
from bexio_analytics.connector.vault_connection import Connected, connect_by_sign_in
from bexio_analytics.connector.vault_key import KeySource
from bexio_analytics.simulator import Faults, WireSettings, create_app, serve
from bexio_analytics.simulator.wire.person import sign_in

PASSPHRASE = "ein-langer-satz-der-versiegelt"  # noqa: S105
ENVIRON: Mapping[str, str] = {
    "BEXIO_ANALYTICS_KEY": PASSPHRASE,
    "BEXIO_CLIENT_ID": "simulated-app",
    "BEXIO_CLIENT_SECRET": "simulated-secret",
}
REDIRECT = "http://127.0.0.1:5555/callback"


class Clock:
    """A clock that stands until it is set; the simulator's and ours."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Company:
    """Records of a company, as the simulator takes them."""

    name: str = "Muster Handels AG"
    records: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.records = {
            "company": [{"id": 1, "name": self.name}],
            "user": [{"id": 1, "firstname": "Rita", "lastname": "Kuster", "email": None}],
        }


@dataclass
class Bexio:
    """A running simulated bexio and what it takes to connect with it."""

    url: str
    app: Starlette
    clock: Clock
    folder: Path

    @property
    def refreshes(self) -> int:
        """Requests the token endpoint has answered with tokens, sign-ins included."""
        return len(self.app.state.log.select("/realms/bexio/protocol/openid-connect/token", status=200))

    def set_faults(self, **faults: float | bool) -> None:
        self.app.state.wire.faults = Faults(**faults)  # type: ignore[arg-type]

    def vault(self, name: str = "muster") -> Vault:
        return Vault(self.folder / name, KeySource(ENVIRON))

    def begin(self) -> SignIn:
        return SignIn.begin(
            Provider.discover(self.url), OAuthApp("simulated-app", Secret("simulated-secret")), REDIRECT
        )

    def connect(
        self, name: str = "muster", *, company: int = 0, allow: bool = True, may_replace: bool = False
    ) -> Connected:
        """Connect a mandate; the person consents at once."""
        begun = self.begin()
        answer = sign_in(begun.url, company=company, allow=allow)
        return connect_by_sign_in(self.vault(name), self.url, begun, answer, clock=self.clock, may_replace=may_replace)


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the keyring of whoever runs the tests out of them."""
    monkeypatch.setattr(keyring, "get_keyring", keyring.backends.fail.Keyring)


@pytest.fixture
def steady() -> Clock:
    return Clock()


@pytest.fixture
def environ() -> dict[str, str]:
    return dict(ENVIRON)


@pytest.fixture
def start(tmp_path: Path, steady: Clock) -> Iterator[Callable[..., Bexio]]:
    """Start a simulated bexio: ``start(expires_in=…)`` takes the wire's settings."""
    with ExitStack() as stack:

        def run(**settings: object) -> Bexio:
            chosen = WireSettings(clock=steady.seconds, **settings)  # type: ignore[arg-type]
            app = create_app({"pat-of-muster-ag": Company(), "pat-of-huber-ag": Company("Huber AG")}, chosen)
            served = stack.enter_context(serve(app))
            return Bexio(served.url, app, steady, tmp_path / "data")

        yield run


@pytest.fixture
def bexio(start: Callable[..., Bexio]) -> Bexio:
    return start(expires_in=600)
