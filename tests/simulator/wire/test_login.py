"""Signing in: pages, codes, PKCE, id token, what the token endpoint refuses, the end of a session, a wrong clock."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from bexio_analytics.simulator import Faults, WireSettings
from bexio_analytics.simulator.wire.person import sign_in

Start = Callable[..., httpx.Client]
BASE = "/realms/bexio/protocol/openid-connect"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-1234"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT = "http://127.0.0.1:5555/callback"
APP = {"client_id": "simulated-app", "client_secret": "simulated-secret"}
SCOPES = "openid offline_access company_profile accounting contact_show"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(start: Start, clock: Clock) -> httpx.Client:
    return start(WireSettings(clock=clock, expires_in=300))


def address(provider: httpx.Client, **change: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": "simulated-app",
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{str(provider.base_url).rstrip('/')}{BASE}/auth?{urlencode(asked | change)}"


def answer_of(provider: httpx.Client, *, allow: bool = True, **change: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(sign_in(address(provider, **change), allow=allow)).query))


def redeem(provider: httpx.Client, code: str, /, **change: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    return provider.post(f"{BASE}/token", data=form | APP | change)


def refresh(provider: httpx.Client, token: str) -> httpx.Response:
    return provider.post(f"{BASE}/token", data={"grant_type": "refresh_token", "refresh_token": token, **APP})


def payload(token: str) -> Any:  # noqa: ANN401 - claims of a JWT
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def status_of(provider: httpx.Client, token: str, path: str = "/3.0/taxes") -> int:
    return provider.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_person_signs_in_and_the_app_gets_tokens_for_what_it_asked(provider: httpx.Client) -> None:
    answer = answer_of(provider)
    assert answer["state"] == "the-state"
    assert answer["iss"] == f"{str(provider.base_url).rstrip('/')}/realms/bexio"
    grant = redeem(provider, answer["code"]).json()
    assert set(grant["scope"].split()) == set(SCOPES.split())
    claims = payload(grant["id_token"])
    assert (claims["nonce"], claims["aud"], claims["iss"]) == ("the-nonce", "simulated-app", answer["iss"])
    assert claims["iat"] == 1_000_000
    assert status_of(provider, grant["access_token"]) == 200
    assert status_of(provider, grant["access_token"], "/2.0/kb_invoice") == 403, "invoices were not asked for"
    headers = {"Authorization": f"Bearer {grant['access_token']}"}
    told = provider.get(f"{BASE}/userinfo", headers=headers).json()
    assert told["sub"] == claims["sub"]
    assert told["company_name"] == "Kuster & Söhne"
    assert "given_name" not in told, "the scope profile was not asked for"


def test_tokens_of_a_sign_in_rotate_and_end(provider: httpx.Client, clock: Clock) -> None:
    first = redeem(provider, answer_of(provider)["code"]).json()
    clock.now += 300
    assert status_of(provider, first["access_token"]) == 401
    second = refresh(provider, first["refresh_token"]).json()
    assert status_of(provider, second["access_token"]) == 200
    assert refresh(provider, first["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code_verifier": "another"}, "PKCE"),
        ({"code_verifier": ""}, "PKCE"),
        ({"redirect_uri": "http://127.0.0.1:5556/callback"}, "redirect_uri"),
        ({"code": "unknown"}, "Code not valid"),
    ],
)
def test_a_code_that_does_not_belong(provider: httpx.Client, change: dict[str, str], says: str) -> None:
    refused = redeem(provider, answer_of(provider)["code"], **change)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert says in refused.json()["error_description"]


def test_a_code_works_once_and_not_for_long(provider: httpx.Client, clock: Clock) -> None:
    late = answer_of(provider)["code"]
    clock.now += 60
    assert redeem(provider, late).json()["error_description"] == "Code is expired"
    code = answer_of(provider)["code"]
    grant = redeem(provider, code).json()
    assert redeem(provider, code).json()["error"] == "invalid_grant"
    assert status_of(provider, grant["access_token"]) == 401, "a code used twice ends what it gave"


def test_denied_consent_and_unknown_scopes_go_back_to_the_app(provider: httpx.Client) -> None:
    denied = answer_of(provider, allow=False)
    assert (denied["error"], denied["state"]) == ("access_denied", "the-state")
    assert "code" not in denied
    for scope in ("general", "invoice_show"):
        assert answer_of(provider, scope=f"openid {scope}")["error"] == "invalid_scope"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_id": "unknown"}, "Client not found"),
        ({"redirect_uri": "https://elsewhere.invalid/callback"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:5555/other"}, "redirect_uri"),
    ],
)
def test_nobody_is_sent_to_an_address_nobody_registered(
    provider: httpx.Client, change: dict[str, str], says: str
) -> None:
    with pytest.raises(RuntimeError, match=says):
        sign_in(address(provider, **change))


def test_a_wrong_password_and_a_skipped_page_lead_nowhere(provider: httpx.Client) -> None:
    with pytest.raises(RuntimeError, match="Sign in first"):
        sign_in(address(provider), WireSettings(login_password="wrong"))  # noqa: S106
    page = provider.post(f"{BASE}/auth", content=b"visit=unknown&step=allow")
    assert page.status_code == 400


def test_without_offline_access_there_is_no_refresh_token(provider: httpx.Client) -> None:
    grant = redeem(provider, answer_of(provider, scope="accounting")["code"]).json()
    assert not {"refresh_token", "id_token"} & set(grant)


def test_withheld_scopes_are_not_granted(start: Start) -> None:
    provider = start(WireSettings(withheld_scopes=frozenset({"contact_show"})))
    grant = redeem(provider, answer_of(provider)["code"]).json()
    assert "contact_show" not in grant["scope"].split()
    assert status_of(provider, grant["access_token"], "/2.0/contact") == 403


def test_revoking_a_token_ends_its_session_only(provider: httpx.Client, apps: list[Starlette]) -> None:
    one, two = (redeem(provider, answer_of(provider)["code"]).json() for _ in range(2))
    assert provider.post(f"{BASE}/revoke", data={"token": one["refresh_token"]}).status_code == 401
    assert provider.post(f"{BASE}/revoke", data={"token": one["refresh_token"], **APP}).status_code == 200
    assert status_of(provider, one["access_token"]) == 401
    assert refresh(provider, one["refresh_token"]).json()["error_description"] == "Session not active"
    assert status_of(provider, two["access_token"]) == 200
    apps[-1].state.wire.end_sessions()
    assert status_of(provider, two["access_token"]) == 401
    assert provider.get("/3.0/taxes").status_code == 200, "personal access tokens stay"


def test_refresh_tokens_that_do_not_rotate(start: Start) -> None:
    provider = start(WireSettings(rotates_refresh_tokens=False))
    first = redeem(provider, answer_of(provider)["code"]).json()
    for _ in range(2):
        again = refresh(provider, first["refresh_token"]).json()
        assert "refresh_token" not in again
        assert status_of(provider, again["access_token"]) == 200


def test_a_wrong_clock_shows_and_ends_tokens_early(provider: httpx.Client, apps: list[Starlette], clock: Clock) -> None:
    grant = redeem(provider, answer_of(provider)["code"]).json()
    apps[-1].state.wire.faults = Faults(clock_skew_seconds=7200)
    reply = provider.get("/3.0/taxes", headers={"Authorization": f"Bearer {grant['access_token']}"})
    assert reply.status_code == 401
    assert parsedate_to_datetime(reply.headers["date"]).timestamp() == clock.now + 7200
    later = redeem(provider, answer_of(provider)["code"]).json()
    assert payload(later["id_token"])["iat"] == clock.now + 7200
    assert status_of(provider, later["access_token"]) == 200


def test_faults_of_the_sign_in(provider: httpx.Client, apps: list[Starlette]) -> None:
    wire = apps[-1].state.wire
    wire.faults = Faults(altered_state=True, altered_nonce=True)
    answer = answer_of(provider)
    assert answer["state"] != "the-state"
    assert payload(redeem(provider, answer["code"]).json()["id_token"])["nonce"] != "the-nonce"
    wire.faults = Faults(identity_down=True)
    assert provider.get("/realms/bexio/.well-known/openid-configuration").status_code == 503


def test_the_pages_load_nothing_and_quote_nothing_raw(start: Start) -> None:
    provider = start(WireSettings(client_id="<b>app</b>"))
    page = provider.get(address(provider, client_id="<b>app</b>"))
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    visit = page.text.partition('name="visit" value="')[2].partition('"')[0]
    settings = WireSettings()
    form = {"visit": visit, "step": "sign-in", "username": settings.login_name, "password": settings.login_password}
    consent = provider.post(f"{BASE}/auth", data=form)
    assert "&lt;b&gt;app&lt;/b&gt;" in consent.text
    assert "Kuster &amp; Söhne" in consent.text
