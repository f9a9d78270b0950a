"""A sign-in over real HTTP: what is asked for, what is stored, and what ends it with one clear sentence."""

# ruff: noqa: ANN401 - fixtures of conftest.py cannot be imported, so their types have no name here
from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bexio_analytics.connector.connection import API_URL, Secret
from bexio_analytics.connector.endpoints import ENDPOINTS
from bexio_analytics.connector.oauth_app import OAuthApp, with_dotenv
from bexio_analytics.connector.oauth_login import API_SCOPES, SCOPES, jwt_end, missing_scopes, resources_of
from bexio_analytics.connector.oauth_provider import ISSUER, Provider, issuer_of
from bexio_analytics.connector.oauth_redirect import catching
from bexio_analytics.connector.vault_connection import connect_by_sign_in
from bexio_analytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    ServerUnavailableError,
    UnexpectedResponseError,
)
from bexio_analytics.simulator import serve
from bexio_analytics.simulator.wire.person import sign_in

Start = Callable[..., Any]


def test_only_what_reading_needs_is_asked_for(bexio: Any) -> None:
    begun = bexio.begin()
    asked = dict(parse_qsl(urlsplit(begun.url).query))
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    digest = hashlib.sha256(begun.verifier.reveal().encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert begun.verifier.reveal() not in begun.url
    assert "simulated-secret" not in begun.url
    scopes = set(asked["scope"].split())
    assert scopes == {"openid", "offline_access", "company_profile"} | set(API_SCOPES)
    assert "general" not in scopes
    assert not [scope for scope in scopes if scope.endswith("_edit")]
    assert {endpoint.scope for endpoint in ENDPOINTS.values()} - {"general"} == set(API_SCOPES)
    again = dict(parse_qsl(urlsplit(bexio.begin().url).query))
    assert not {asked[name] for name in ("state", "nonce", "code_challenge")} & set(again.values())


def test_a_sign_in_is_stored(bexio: Any) -> None:
    done = bexio.connect()
    stored = bexio.vault().load()
    assert stored.facts == done.facts.__class__(**{**_members(done.facts), "sealed_by": "passphrase"})
    facts = stored.facts
    assert (facts.kind, facts.company, facts.user) == ("oauth", "Muster Handels AG", "Rita Kuster")
    assert facts.company_id
    assert facts.connected_at == bexio.clock.now
    assert facts.expires_at is not None
    assert (facts.expires_at - facts.connected_at).total_seconds() == 600
    assert set(facts.scopes or ()) == set(SCOPES)
    assert stored.refresh_token is not None
    assert done.clock_difference is None


def _members(facts: Any) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in facts.__struct_fields__}


def test_denied_consent(bexio: Any) -> None:
    with pytest.raises(AuthenticationError, match=r"Access was not given \(access_denied: User denied consent\)"):
        bexio.connect(allow=False)
    assert not bexio.vault().exists


@pytest.mark.parametrize(("fault", "says"), [("altered_state", r"\(state\)"), ("altered_nonce", r"\(nonce\)")])
def test_an_answer_to_another_sign_in(bexio: Any, fault: str, says: str) -> None:
    bexio.set_faults(**{fault: True})
    with pytest.raises(AuthenticationError, match=says):
        bexio.connect()
    assert not bexio.vault().exists
    assert bexio.refreshes == (0 if fault == "altered_state" else 1), "a foreign answer is not even redeemed"


def test_the_answer_of_an_earlier_sign_in_is_refused(bexio: Any) -> None:
    earlier, later = bexio.begin(), bexio.begin()
    answer = sign_in(earlier.url)
    with pytest.raises(AuthenticationError, match="state"):
        connect_by_sign_in(bexio.vault(), bexio.url, later, answer, clock=bexio.clock)


def test_a_stolen_code_is_worth_nothing_without_the_verifier(bexio: Any) -> None:
    victim, thief = bexio.begin(), bexio.begin()
    code = victim.code_of(sign_in(victim.url))
    with pytest.raises(AuthenticationError, match="PKCE"):
        thief.finish(code, bexio.clock.now)


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ("http://127.0.0.1:5555/callback", ConfigurationError, "not the address"),
        ("", ConfigurationError, "not the address"),
        ("{url}?state={state}", AuthenticationError, "no code"),
        ("{url}?code=c&state={state}&iss=https://evil.invalid", AuthenticationError, "iss"),
        ("{url}?error=invalid_scope&state={state}", ConfigurationError, "kb_invoice_show"),
        ("{url}?error=server_error&error_description=a%0Ab&state={state}", AuthenticationError, "server_error: a b"),
        ("{url}?code=c", AuthenticationError, "state"),
    ],
)
def test_pasted_answers_that_cannot_be_right(bexio: Any, answer: str, error: type[Exception], says: str) -> None:
    begun = bexio.begin()
    with pytest.raises(error, match=says):
        begun.code_of(answer.format(url=begun.redirect_url, state=begun.state.reveal()))


def test_a_query_alone_may_be_pasted(bexio: Any) -> None:
    begun = bexio.begin()
    for text in (f"?code=c&state={begun.state.reveal()}", f"  code=c&state={begun.state.reveal()}\n"):
        assert begun.code_of(text).reveal() == "c"


def test_a_wrong_clock_is_told_and_does_not_hinder(bexio: Any) -> None:
    bexio.set_faults(clock_skew_seconds=7200)
    done = bexio.connect()
    assert done.clock_difference is not None
    assert done.clock_difference.total_seconds() == -7200
    bexio.set_faults(clock_skew_seconds=120)
    assert bexio.connect("other").clock_difference is None


def test_missing_scopes_are_known(start: Start) -> None:
    bexio = start(withheld_scopes=frozenset({"kb_bill_show", "file"}))
    facts = bexio.connect().facts
    assert missing_scopes(facts.scopes) == ("file", "kb_bill_show")
    assert resources_of(("file", "kb_bill_show")) == ("bill", "bill_detail", "outgoing_payment", "file")
    assert missing_scopes(None) == ()
    edits = tuple(scope.replace("_show", "_edit") for scope in API_SCOPES)
    assert missing_scopes(edits) == (), "an _edit scope includes its _show"


def test_the_wrong_company_is_noticed_and_what_was_given_ends(bexio: Any) -> None:
    bexio.connect()
    before = bexio.vault().load()
    with pytest.raises(ConfigurationError, match="connected with Muster Handels AG, and this access is to Huber AG"):
        bexio.connect(company=1)
    kept = bexio.vault().load()
    assert kept.access_token.reveal() == before.access_token.reveal()
    assert bexio.app.state.log.select("/realms/bexio/protocol/openid-connect/revoke", status=200)
    assert bexio.connect(company=1, may_replace=True).facts.company == "Huber AG"


def test_wrong_credentials_of_the_app(start: Start) -> None:
    bexio = start(client_secret="another-secret")  # noqa: S106
    with pytest.raises(ConfigurationError, match="BEXIO_CLIENT_SECRET") as caught:
        bexio.connect()
    assert "simulated-secret" not in str(caught.value)


def test_discovery_unreachable(bexio: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ServerUnavailableError, match="gave no answer"):
            Provider.discover(nobody)
    bexio.set_faults(identity_down=True)
    with pytest.raises(ServerUnavailableError, match="status 503"):
        Provider.discover(bexio.url)
    with pytest.raises(UnexpectedResponseError, match="answered with status 401"):
        Provider.discover(f"{bexio.url}/elsewhere")


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"issuer": "https://evil.invalid"}, "another provider"),
        ({"token_endpoint": "http://evil.invalid/token"}, "in the clear"),
        ({"token_endpoint": None}, "no discovery document"),
    ],
)
def test_a_discovery_document_that_cannot_be_trusted(document: dict[str, object], says: str) -> None:
    def answer(request: Request) -> Response:
        base = f"{str(request.base_url).rstrip('/')}/realms/bexio"
        addresses = {f"{name}_endpoint": f"{base}/{name}" for name in ("authorization", "token", "userinfo")}
        return JSONResponse({"issuer": base, **addresses, **document})

    with (
        serve(Starlette(routes=[Route("/{path:path}", answer)])) as served,
        pytest.raises(UnexpectedResponseError, match=says),
    ):
        Provider.discover(served.url)


def test_tokens_without_a_proof_of_whose_they_are(bexio: Any) -> None:
    """The token endpoint answers, but not this sign-in."""
    begun = bexio.begin()
    claims = {"iss": begun.provider.issuer, "aud": "another-app", "sub": "x", "nonce": begun.nonce.reveal()}
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    answers: list[tuple[dict[str, object], type[ApiError], str]] = [
        ({"access_token": "a"}, AuthenticationError, "without an id token"),
        ({"access_token": "a", "id_token": "no-jwt"}, UnexpectedResponseError, "unknown form"),
        ({"access_token": "a", "id_token": f"e30.{middle}.sig"}, AuthenticationError, r"\(aud\)"),
        ({"access_token": ""}, UnexpectedResponseError, "no access token"),
    ]
    for body, error, says in answers:
        reply = JSONResponse(body)

        def answer(_request: Request, reply: Response = reply) -> Response:
            return reply

        with serve(Starlette(routes=[Route("/token", answer, methods=["POST"])])) as served:
            provider = Provider(begun.provider.issuer, "", f"{served.url}/token", None, None)
            case = begun.__class__(provider, begun.app, begun.redirect_url, begun.state, begun.nonce, begun.verifier)
            with pytest.raises(error, match=says):
                case.finish(Secret("code"), bexio.clock.now)


def test_the_redirect_is_caught_once_and_taken_out_of_the_address_bar() -> None:
    with catching() as catcher:
        assert urlsplit(catcher.url).hostname == "127.0.0.1"
        base = catcher.url.rpartition("/")[0]
        with httpx.Client(trust_env=False) as browser:
            assert browser.get(f"{base}/favicon.ico").status_code == 404
            reply = browser.get(catcher.url, params={"code": "the-code", "state": "s"})
            assert (reply.status_code, reply.headers["location"]) == (303, "/done")
            assert reply.headers["cache-control"] == "no-store"
            assert browser.get(catcher.url, params={"code": "second"}).status_code == 404
            page = browser.get(f"{base}/done")
            assert "the-code" not in page.text
            assert page.headers["content-security-policy"] == "default-src 'none'"
        assert catcher.wait(1) == "/callback?code=the-code&state=s"
    with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as browser:
        browser.get(catcher.url)


def test_a_registered_port_is_used_and_a_taken_one_is_told() -> None:
    with catching() as free:
        url = free.url
    with catching(url) as catcher:
        assert catcher.url == url
        with pytest.raises(ConfigurationError, match="cannot be listened at"), catching(url):
            pytest.fail("a taken port must not be listened at")
    with (
        pytest.raises(ConfigurationError, match="not an http address on this machine"),
        catching("https://a.invalid/b"),
    ):
        pytest.fail("an address elsewhere cannot be listened at")


def test_nobody_comes() -> None:
    with catching() as catcher, pytest.raises(AuthenticationError, match="Nobody signed in"):
        catcher.wait(0.05)


def test_a_browser_that_opens_a_connection_and_says_nothing_hinders_nobody() -> None:
    with catching() as catcher:
        port = int(urlsplit(catcher.url).port or 0)
        with socket.create_connection(("127.0.0.1", port)):
            done = threading.Thread(
                target=lambda: httpx.get(f"{catcher.url}?{urlencode({'code': 'c'})}", trust_env=False)
            )
            done.start()
            assert "code=c" in catcher.wait(5)
            done.join()


def test_the_app_comes_from_the_environment_or_dotenv(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "# our app\n\nexport BEXIO_CLIENT_ID=from-file\nBEXIO_CLIENT_SECRET = 'se=cret'\nOTHER=\"\"\n", encoding="utf-8"
    )
    merged = with_dotenv({"BEXIO_CLIENT_ID": "from-environment"}, dotenv)
    app = OAuthApp.from_environment(merged)
    assert (app.client_id, app.client_secret.reveal()) == ("from-environment", "se=cret")
    assert merged["OTHER"] == ""
    assert "se=cret" not in repr(app)
    assert with_dotenv({"A": "1"}, tmp_path / "missing") == {"A": "1"}
    dotenv.write_text("BEXIO_CLIENT_ID=x\nmy-secret-alone\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="line 2") as caught:
        with_dotenv({}, dotenv)
    assert "my-secret-alone" not in str(caught.value)


def test_an_app_that_is_not_there_or_cannot_be_right() -> None:
    with pytest.raises(ConfigurationError, match="BEXIO_CLIENT_ID and BEXIO_CLIENT_SECRET not set"):
        OAuthApp.from_environment({})
    app = {"BEXIO_CLIENT_ID": "a", "BEXIO_CLIENT_SECRET": "b"}
    for url in ("http://office.example/callback", "http://127.0.0.1:8765", "nonsense"):
        with pytest.raises(ConfigurationError, match="BEXIO_REDIRECT_URL"):
            OAuthApp.from_environment(app | {"BEXIO_REDIRECT_URL": url})


def test_the_provider_of_bexio_is_not_its_api() -> None:
    assert issuer_of(API_URL) == ISSUER == "https://auth.bexio.com/realms/bexio"
    assert issuer_of("http://127.0.0.1:1") == "http://127.0.0.1:1/realms/bexio"


def test_a_token_may_say_when_it_ends() -> None:
    middle = base64.urlsafe_b64encode(b'{"exp": 1800000000}').decode().rstrip("=")
    assert jwt_end(Secret(f"e30.{middle}.signature")) == 1800000000
    for other in ("opaque", "a.b.c", "e30.e30.sig", "a.%%%.c"):
        assert jwt_end(Secret(other)) is None
