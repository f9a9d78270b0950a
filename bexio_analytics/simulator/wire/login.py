"""The identity provider's human side: a page to sign in on, a page to consent on, and the way back to the app."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from bexio_analytics.simulator.wire.replies import Reply
from bexio_analytics.simulator.wire.settings import WireSettings
from bexio_analytics.simulator.wire.tokens import OIDC_SCOPES, Consent, Grant, TokenDesk, all_scopes

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Simulated bexio</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color: #1d2733 }}
label {{ display: block; margin: 1rem 0 }} input, select, button {{ font: inherit; padding: .4rem; width: 100% }}
button {{ width: auto; padding: .4rem 1.2rem; margin-right: .5rem }} .problem {{ color: #a3261a }}
</style></head><body><h1>Simulated bexio</h1>{content}</body></html>"""
_SIGN_IN = """{problem}<form method="post"><input type="hidden" name="visit" value="{visit}">
<label>E-mail <input name="username" autocomplete="username" autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button name="step" value="sign-in">Sign in</button></form>"""
_CONSENT = """<p>The app <b>{app}</b> asks for access to:</p><ul>{scopes}</ul>
<form method="post"><input type="hidden" name="visit" value="{visit}">
<label>Company <select name="company">{companies}</select></label>
<button name="step" value="allow">Allow</button><button name="step" value="deny">Deny</button></form>"""


@dataclass
class _Visit:
    """One attempt to connect an app: what it asked for, and whether the person has signed in."""

    redirect_url: str
    state: str
    nonce: str
    scopes: tuple[str, ...]
    challenge: str
    challenge_method: str
    is_signed_in: bool = False


class LoginDesk:
    """Answers the authorization endpoint: GET starts a visit, POST is one of its two forms.

    Args:
        tokens: Issues the codes.
        settings: The one app, its redirect addresses, and the one person who can sign in.
        now: The server's clock.
        alter_state: Whether the answer to the app currently carries another state than it sent.
    """

    def __init__(
        self,
        tokens: TokenDesk,
        settings: WireSettings,
        now: Callable[[], float],
        alter_state: Callable[[], bool],
    ) -> None:
        self._tokens = tokens
        self._settings = settings
        self._now = now
        self._alter_state = alter_state
        self._visits: dict[str, _Visit] = {}

    def open(self, asked: Mapping[str, str], issuer: str) -> Reply:
        """Show the page to sign in on, or say what is wrong with the request.

        A wrong app or redirect address is told to the person only: nobody is sent to an address nobody registered.
        """
        if asked.get("client_id") != self._settings.client_id:
            return _page(400, '<p class="problem">Client not found.</p>')
        redirect_url = asked.get("redirect_uri", "")
        if not self._is_registered(redirect_url):
            return _page(400, '<p class="problem">Invalid parameter: redirect_uri</p>')
        scopes = tuple(asked.get("scope", "").split())
        visit = _Visit(
            redirect_url,
            asked.get("state", ""),
            asked.get("nonce", ""),
            scopes,
            asked.get("code_challenge", ""),
            asked.get("code_challenge_method", "plain"),
        )
        if asked.get("response_type") != "code":
            return self._back(visit, issuer, error="unsupported_response_type")
        if unknown := [scope for scope in scopes if scope not in {*OIDC_SCOPES, *all_scopes()}]:
            return self._back(visit, issuer, error="invalid_scope", description=f"Invalid scopes: {' '.join(unknown)}")
        if visit.challenge_method not in {"plain", "S256"}:
            return self._back(visit, issuer, error="invalid_request", description="Invalid code_challenge_method")
        name = hashlib.sha256(f"visit{len(self._visits)}".encode()).hexdigest()[:24]
        self._visits[name] = visit
        return _page(200, _SIGN_IN.format(problem="", visit=name))

    def submit(self, body: bytes, issuer: str) -> Reply:
        """Take one of the two forms."""
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        name = form.get("visit", "")
        visit = self._visits.get(name)
        if visit is None:
            return _page(400, '<p class="problem">This sign-in is over. Start again in the app.</p>')
        if form.get("step") == "sign-in":
            given = (form.get("username"), form.get("password"))
            if given != (self._settings.login_name, self._settings.login_password):
                problem = '<p class="problem">Invalid username or password.</p>'
                return _page(200, _SIGN_IN.format(problem=problem, visit=name))
            visit.is_signed_in = True
            return self._consent_page(name, visit)
        if not visit.is_signed_in:
            return _page(403, '<p class="problem">Sign in first.</p>')
        del self._visits[name]
        if form.get("step") != "allow":
            return self._back(visit, issuer, error="access_denied", description="User denied consent")
        return self._back(visit, issuer, code=self._tokens.new_code(self._consent(visit, form.get("company", ""))))

    def _consent_page(self, name: str, visit: _Visit) -> Reply:
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in visit.scopes)
        companies = "".join(
            f'<option value="{number}">{escape(company.name)}</option>'
            for number, company in enumerate(self._tokens.companies)
        )
        app = escape(self._settings.client_id)
        return _page(200, _CONSENT.format(app=app, scopes=scopes, companies=companies, visit=name))

    def _consent(self, visit: _Visit, chosen: str) -> Consent:
        companies = self._tokens.companies
        number = int(chosen) if chosen.isdecimal() and int(chosen) < len(companies) else 0
        granted = frozenset(visit.scopes) - self._settings.withheld_scopes
        return Consent(
            Grant(companies[number], granted),
            visit.redirect_url,
            visit.nonce,
            visit.challenge,
            visit.challenge_method,
            self._now() + self._settings.code_seconds,
        )

    def _is_registered(self, redirect_url: str) -> bool:
        """A registered address counts as it is, one of the loopback interface with any port (RFC 8252, 7.3)."""
        return redirect_url in self._settings.redirect_urls or _portless(redirect_url) in self._settings.redirect_urls

    def _back(self, visit: _Visit, issuer: str, *, description: str = "", **answer: str) -> Reply:
        if description:
            answer["error_description"] = description
        state = f"{visit.state}-altered" if self._alter_state() else visit.state
        query = urlencode({"state": state, "session_state": "simulated", "iss": issuer, **answer})
        joint = "&" if urlsplit(visit.redirect_url).query else "?"
        return Reply(303, "", {"location": f"{visit.redirect_url}{joint}{query}", "cache-control": "no-store"})


def _portless(url: str) -> str:
    parts = urlsplit(url)
    return f"http://127.0.0.1{parts.path}" if parts.scheme == "http" and parts.hostname == "127.0.0.1" else url


def _page(status: int, content: str) -> Reply:
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        "referrer-policy": "no-referrer",
    }
    return Reply(status, _PAGE.format(content=content), headers)
