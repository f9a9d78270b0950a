"""The identity provider: discovery, rotating refresh tokens, expiry."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from bexio_analytics.simulator import WireSettings

Start = Callable[..., httpx.Client]

TOKEN_PATH = "/realms/bexio/protocol/openid-connect/token"  # noqa: S105
CLIENT = {"client_id": "simulated-app", "client_secret": "simulated-secret"}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "first", **CLIENT}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(start: Start, clock: Clock) -> httpx.Client:
    settings = WireSettings(refresh_tokens={"first": "token-of-kuster"}, expires_in=120, clock=clock)
    return start(settings)


def test_discovery_points_at_itself(provider: httpx.Client) -> None:
    answer = httpx.get(f"{provider.base_url}/realms/bexio/.well-known/openid-configuration", trust_env=False)
    assert answer.status_code == 200
    assert answer.json()["issuer"] == f"{provider.base_url}/realms/bexio"
    assert answer.json()["token_endpoint"] == f"{provider.base_url}{TOKEN_PATH}"
    assert {"accounting", "kb_invoice_show", "offline_access"} <= set(answer.json()["scopes_supported"])


def test_a_refresh_token_is_used_up_by_its_use(provider: httpx.Client) -> None:
    first = provider.post(TOKEN_PATH, data=REFRESH).json()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 120)
    again = provider.post(TOKEN_PATH, data=REFRESH)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    second = provider.post(TOKEN_PATH, data=REFRESH | {"refresh_token": first["refresh_token"]}).json()
    assert len({first["access_token"], second["access_token"], first["refresh_token"], second["refresh_token"]}) == 4


def test_an_issued_token_opens_the_same_company_until_it_expires(provider: httpx.Client, clock: Clock) -> None:
    access = provider.post(TOKEN_PATH, data=REFRESH).json()["access_token"]
    headers = {"Authorization": f"Bearer {access}"}
    assert provider.get("/2.0/company_profile", headers=headers).json()[0]["name"] == "Kuster & Söhne"
    clock.now += 120
    assert provider.get("/2.0/company_profile", headers=headers).status_code == 401
    assert provider.get("/2.0/company_profile").status_code == 200, "a personal access token does not expire"


def test_parameters_count_only_in_the_form_body(provider: httpx.Client) -> None:
    for answer in (provider.post(TOKEN_PATH, params=REFRESH), provider.post(TOKEN_PATH, json=REFRESH)):
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_request"
    assert provider.post(TOKEN_PATH, data=REFRESH).status_code == 200, "and the refresh token was not used up"


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"refresh_token": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "unknown"}, 400, "invalid_grant"),
    ],
)
def test_refusals_of_the_token_endpoint(
    provider: httpx.Client, change: dict[str, str], status: int, error: str
) -> None:
    answer = provider.post(TOKEN_PATH, data=REFRESH | change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_the_client_may_use_basic_authentication(provider: httpx.Client) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "first"}
    answer = provider.post(TOKEN_PATH, data=form, auth=("simulated-app", "simulated-secret"))
    assert answer.status_code == 200
    assert provider.post(TOKEN_PATH, data=form, headers={"Authorization": "Basic %%%"}).status_code == 401


def test_userinfo_names_the_company(provider: httpx.Client) -> None:
    claims = provider.get("/realms/bexio/protocol/openid-connect/userinfo").json()
    assert (claims["company_name"], claims["given_name"], claims["company_user_id"]) == ("Kuster & Söhne", "Rita", 1)
    assert "shard_id" not in claims


def test_settings_do_not_print_their_secrets() -> None:
    printed = repr(WireSettings(refresh_tokens={"first": "token"}, scopes={"token": frozenset()}))
    assert "first" not in printed
    assert "token" not in printed.replace("refresh_tokens", "")
    assert "simulated-secret" not in printed
