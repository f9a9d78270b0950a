"""Access tokens and the identity provider's machine side: discovery document, token endpoint, revocation, userinfo.

What a person sees of it, the page to sign in on, is in ``login``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from bexio_analytics.simulator.wire.endpoints import ENDPOINTS
from bexio_analytics.simulator.wire.identity import IdentityToken, claims_of, signed
from bexio_analytics.simulator.wire.replies import Reply
from bexio_analytics.simulator.wire.served import ServedCompany
from bexio_analytics.simulator.wire.settings import WireSettings

REALM = "/realms/bexio"
DISCOVERY = f"{REALM}/.well-known/openid-configuration"
AUTHORIZE = f"{REALM}/protocol/openid-connect/auth"
TOKEN = f"{REALM}/protocol/openid-connect/token"
REVOKE = f"{REALM}/protocol/openid-connect/revoke"
USERINFO = f"{REALM}/protocol/openid-connect/userinfo"
CERTS = f"{REALM}/protocol/openid-connect/certs"
OIDC_SCOPES = ("openid", "profile", "email", "company_profile", "offline_access")


@dataclass
class Session:
    """One consent of one person: all tokens that follow from it live and end with it."""

    is_open: bool = True


@dataclass(frozen=True)
class Grant:
    """What a token stands for: a company, its scopes (``None`` = all), when it expires (``None`` = never)."""

    company: ServedCompany
    scopes: frozenset[str] | None
    expires_at: float | None = None
    session: Session = field(default_factory=Session)

    def allows(self, scope: str) -> bool:
        """Tell whether a read scope was granted; an ``_edit`` scope includes its ``_show``."""
        if not scope or self.scopes is None or scope in self.scopes:
            return True
        return scope.endswith("_show") and scope.removesuffix("_show") + "_edit" in self.scopes


@dataclass(frozen=True)
class Consent:
    """What a person agreed to in the browser; the code that stands for it works once and not for long."""

    grant: Grant
    redirect_url: str
    nonce: str
    challenge: str
    challenge_method: str
    valid_until: float


class TokenDesk:
    """Knows every token; issues new ones against a consent, or a refresh token that is used up by it.

    Args:
        companies: Personal access token → company.
        settings: The one app it knows, lives of tokens, whether refresh tokens rotate.
        now: The server's clock, which a fault may set wrong.
        alter_nonce: Whether an id token currently carries another nonce than the app sent.
    """

    def __init__(
        self,
        companies: Mapping[str, ServedCompany],
        settings: WireSettings,
        now: Callable[[], float],
        alter_nonce: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._now = now
        self._alter_nonce = alter_nonce
        self._grants = {token: Grant(company, settings.scopes.get(token)) for token, company in companies.items()}
        self._refresh = {
            first: replace(self._grants[token], session=Session()) for first, token in settings.refresh_tokens.items()
        }
        self._app_sessions = [grant.session for grant in self._refresh.values()]
        self._used_up: set[str] = set()
        self._consents: dict[str, Consent] = {}
        self._used_codes: dict[str, Session] = {}
        self._issued = 0

    @property
    def companies(self) -> list[ServedCompany]:
        """Every company there is, each once."""
        return list({id(grant.company): grant.company for grant in self._grants.values()}.values())

    def check(self, authorization: str | None) -> tuple[str, Grant] | None:
        """Return token and grant of an ``Authorization`` header, or ``None`` if it opens nothing (any more)."""
        kind, _, token = (authorization or "").partition(" ")
        grant = self._grants.get(token.strip()) if kind.lower() == "bearer" else None
        if grant is None or not grant.session.is_open:
            return None
        if grant.expires_at is not None and self._now() >= grant.expires_at:
            return None
        return token.strip(), grant

    def new_code(self, consent: Consent) -> str:
        """Return the code that the browser carries back to the app."""
        self._issued += 1
        code = self._new_token("code")
        self._consents[code] = consent
        self._app_sessions.append(consent.grant.session)
        return code

    def end_sessions(self) -> None:
        """End every app connection, as a user does in bexio's settings; personal access tokens stay."""
        for session in self._app_sessions:
            session.is_open = False

    def exchange(self, content_type: str, body: bytes, authorization: str | None, issuer: str) -> Reply:
        """Answer the token endpoint; parameters count only in the form body.

        A refresh token works once: the answer carries its successor, and the old one is refused from then on.
        """
        form = dict(parse_qsl(body.decode("utf-8", "replace"))) if _is_form(content_type) else {}
        if "grant_type" not in form:
            return _oauth_error(400, "invalid_request", "Missing form parameter: grant_type")
        if not self._is_known_app(form, authorization):
            return _oauth_error(401, "invalid_client", "Invalid client or Invalid client credentials")
        match form["grant_type"]:
            case "authorization_code":
                return self._redeem(form, issuer)
            case "refresh_token":
                return self._rotate(form.get("refresh_token", ""))
            case _:
                return _oauth_error(400, "unsupported_grant_type", "Unsupported grant_type")

    def revoke(self, content_type: str, body: bytes, authorization: str | None) -> Reply:
        """Answer the revocation endpoint: the whole session of the token ends; an unknown token is no mistake."""
        form = dict(parse_qsl(body.decode("utf-8", "replace"))) if _is_form(content_type) else {}
        if not self._is_known_app(form, authorization):
            return _oauth_error(401, "invalid_client", "Invalid client or Invalid client credentials")
        token = form.get("token", "")
        grant = self._refresh.get(token) or self._grants.get(token)
        if grant is not None:
            grant.session.is_open = False
        return Reply(200, "")

    def _redeem(self, form: Mapping[str, str], issuer: str) -> Reply:
        code = form.get("code", "")
        if code in self._used_codes:
            self._used_codes[code].is_open = False  # a code used twice was stolen: whatever it gave ends
            return _oauth_error(400, "invalid_grant", "Code already used")
        consent = self._consents.pop(code, None)
        if consent is None:
            return _oauth_error(400, "invalid_grant", "Code not valid")
        self._used_codes[code] = consent.grant.session
        if self._now() >= consent.valid_until:
            return _oauth_error(400, "invalid_grant", "Code is expired")
        if form.get("redirect_uri") != consent.redirect_url:
            return _oauth_error(400, "invalid_grant", "Incorrect redirect_uri")
        if consent.challenge and _challenge(form.get("code_verifier", ""), consent) != consent.challenge:
            return _oauth_error(400, "invalid_grant", "PKCE verification failed: Code mismatch")
        is_offline = "offline_access" in (consent.grant.scopes or ())
        return self._issue(consent.grant, self._identity_token(consent, issuer), with_refresh_token=is_offline)

    def _identity_token(self, consent: Consent, issuer: str) -> str | None:
        if "openid" not in (consent.grant.scopes or ()):
            return None
        nonce = f"{consent.nonce}-altered" if self._alter_nonce() else consent.nonce
        token = IdentityToken(issuer, self._settings.client_id, nonce, int(self._now()), self._settings.expires_in)
        return signed(token, consent.grant.company, self._settings.client_secret)

    def _rotate(self, old: str) -> Reply:
        if old in self._used_up:
            return _oauth_error(400, "invalid_grant", "Maximum allowed refresh token reuse exceeded")
        grant = self._refresh.get(old)
        if grant is None:
            return _oauth_error(400, "invalid_grant", "Invalid refresh token")
        if not grant.session.is_open:
            return _oauth_error(400, "invalid_grant", "Session not active")
        if self._settings.rotates_refresh_tokens:
            del self._refresh[old]
            self._used_up.add(old)
        return self._issue(grant, None, with_refresh_token=self._settings.rotates_refresh_tokens)

    def _issue(self, grant: Grant, identity_token: str | None, *, with_refresh_token: bool) -> Reply:
        self._issued += 1
        access, refresh = self._new_token("access"), self._new_token("refresh")
        self._grants[access] = replace(grant, expires_at=self._now() + self._settings.expires_in)
        scopes = grant.scopes if grant.scopes is not None else {*OIDC_SCOPES, *all_scopes()}
        body: dict[str, object] = {
            "access_token": access,
            "expires_in": self._settings.expires_in,
            # Keycloak's way of saying that an offline session has no fixed end.
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": " ".join(sorted(scopes)),
        }
        if with_refresh_token:
            self._refresh[refresh] = grant
            body["refresh_token"] = refresh
        if identity_token:
            body["id_token"] = identity_token
        return Reply(200, body, {"cache-control": "no-store"})

    def _new_token(self, kind: str) -> str:
        # Tokens of an invented company guard nothing: they only have to be unlike each other.
        return f"{kind}-{self._issued}-{hashlib.sha256(f'{kind}{self._issued}'.encode()).hexdigest()[:24]}"

    def _is_known_app(self, form: Mapping[str, str], authorization: str | None) -> bool:
        return _client(form, authorization) == (self._settings.client_id, self._settings.client_secret)


def all_scopes() -> frozenset[str]:
    """Return every scope an endpoint asks for."""
    return frozenset(endpoint.scope for endpoint in ENDPOINTS if endpoint.scope)


def discovery(base_url: str) -> Reply:
    """Answer the discovery document for the address the simulated bexio runs at."""
    return Reply(
        200,
        {
            "issuer": f"{base_url}{REALM}",
            "authorization_endpoint": f"{base_url}{AUTHORIZE}",
            "token_endpoint": f"{base_url}{TOKEN}",
            "userinfo_endpoint": f"{base_url}{USERINFO}",
            "end_session_endpoint": f"{base_url}{REALM}/protocol/openid-connect/logout",
            "revocation_endpoint": f"{base_url}{REVOKE}",
            "introspection_endpoint": f"{base_url}{TOKEN}/introspect",
            "jwks_uri": f"{base_url}{CERTS}",
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
            "scopes_supported": [*OIDC_SCOPES, *sorted(all_scopes())],
        },
    )


def userinfo(grant: Grant) -> Reply:
    """Answer who connected, with the claims of the scopes ``profile``, ``email`` and ``company_profile``."""
    return Reply(200, claims_of(grant.company, grant.scopes))


def _challenge(verifier: str, consent: Consent) -> str:
    if consent.challenge_method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _client(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    kind, _, encoded = (authorization or "").partition(" ")
    if kind.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return client, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def _oauth_error(status: int, code: str, description: str) -> Reply:
    return Reply(status, {"error": code, "error_description": description}, {"cache-control": "no-store"})
