"""Access tokens and the identity provider: discovery document, token endpoint with rotation, userinfo."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from bexio_analytics.simulator.wire.endpoints import ENDPOINTS
from bexio_analytics.simulator.wire.replies import Reply
from bexio_analytics.simulator.wire.served import ServedCompany
from bexio_analytics.simulator.wire.settings import WireSettings

REALM = "/realms/bexio"
DISCOVERY = f"{REALM}/.well-known/openid-configuration"
TOKEN = f"{REALM}/protocol/openid-connect/token"
USERINFO = f"{REALM}/protocol/openid-connect/userinfo"
_OIDC_SCOPES = ("openid", "profile", "email", "company_profile", "offline_access")


@dataclass(frozen=True)
class Grant:
    """What a token stands for: a company, its scopes (``None`` = all), when it expires (``None`` = never)."""

    company: ServedCompany
    scopes: frozenset[str] | None
    expires_at: float | None = None

    def allows(self, scope: str) -> bool:
        """Tell whether a read scope was granted; an ``_edit`` scope includes its ``_show``."""
        if not scope or self.scopes is None or scope in self.scopes:
            return True
        return scope.endswith("_show") and scope.removesuffix("_show") + "_edit" in self.scopes


class TokenDesk:
    """Knows every token; issues new ones against a refresh token that is used up by it."""

    def __init__(self, companies: Mapping[str, ServedCompany], settings: WireSettings) -> None:
        self._settings = settings
        self._grants = {token: Grant(company, settings.scopes.get(token)) for token, company in companies.items()}
        self._refresh = {first: self._grants[token] for first, token in settings.refresh_tokens.items()}
        self._used_up: set[str] = set()
        self._issued = 0

    def check(self, authorization: str | None) -> tuple[str, Grant] | None:
        """Return token and grant of an ``Authorization`` header, or ``None`` if it opens nothing (any more)."""
        kind, _, token = (authorization or "").partition(" ")
        grant = self._grants.get(token.strip()) if kind.lower() == "bearer" else None
        if grant is None or (grant.expires_at is not None and self._settings.clock() >= grant.expires_at):
            return None
        return token.strip(), grant

    def exchange(self, content_type: str, body: bytes, authorization: str | None) -> Reply:
        """Answer the token endpoint; parameters count only in the form body.

        A refresh token works once: the answer carries its successor, and the old one is refused from then on.
        """
        form = dict(parse_qsl(body.decode("utf-8", "replace"))) if _is_form(content_type) else {}
        if "grant_type" not in form:
            return _oauth_error(400, "invalid_request", "Missing form parameter: grant_type")
        if self._client(form, authorization) != (self._settings.client_id, self._settings.client_secret):
            return _oauth_error(401, "invalid_client", "Invalid client or Invalid client credentials")
        if form["grant_type"] == "authorization_code":
            # Codes come from a person's consent in a browser; none was given here, so none is valid.
            return _oauth_error(400, "invalid_grant", "Code not valid")
        if form["grant_type"] != "refresh_token":
            return _oauth_error(400, "unsupported_grant_type", "Unsupported grant_type")
        return self._rotate(form.get("refresh_token", ""))

    def _rotate(self, old: str) -> Reply:
        if old in self._used_up:
            return _oauth_error(400, "invalid_grant", "Maximum allowed refresh token reuse exceeded")
        grant = self._refresh.pop(old, None)
        if grant is None:
            return _oauth_error(400, "invalid_grant", "Invalid refresh token")
        self._used_up.add(old)
        return self._issue(grant)

    def _issue(self, grant: Grant) -> Reply:
        self._issued += 1
        access, refresh = self._new_token("access"), self._new_token("refresh")
        self._grants[access] = Grant(grant.company, grant.scopes, self._settings.clock() + self._settings.expires_in)
        self._refresh[refresh] = grant
        scopes = sorted(all_scopes() if grant.scopes is None else grant.scopes)
        body = {
            "access_token": access,
            "expires_in": self._settings.expires_in,
            # Keycloak's way of saying that an offline session has no fixed end.
            "refresh_expires_in": 0,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": " ".join((*_OIDC_SCOPES, *scopes)),
        }
        return Reply(200, body, {"cache-control": "no-store"})

    def _new_token(self, kind: str) -> str:
        # Tokens of an invented company guard nothing: they only have to be unlike each other.
        return f"{kind}-{self._issued}-{hashlib.sha256(f'{kind}{self._issued}'.encode()).hexdigest()[:24]}"

    def _client(self, form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
        kind, _, encoded = (authorization or "").partition(" ")
        if kind.lower() == "basic":
            try:
                client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return "", ""
            return client, secret
        return form.get("client_id", ""), form.get("client_secret", "")


def all_scopes() -> frozenset[str]:
    """Return every scope an endpoint asks for."""
    return frozenset(endpoint.scope for endpoint in ENDPOINTS if endpoint.scope)


def discovery(base_url: str) -> Reply:
    """Answer the discovery document for the address the simulated bexio runs at."""
    protocol = f"{base_url}{REALM}/protocol/openid-connect"
    return Reply(
        200,
        {
            "issuer": f"{base_url}{REALM}",
            "authorization_endpoint": f"{protocol}/auth",
            "token_endpoint": f"{protocol}/token",
            "userinfo_endpoint": f"{protocol}/userinfo",
            "end_session_endpoint": f"{protocol}/logout",
            "revocation_endpoint": f"{protocol}/revoke",
            "introspection_endpoint": f"{protocol}/token/introspect",
            "jwks_uri": f"{protocol}/certs",
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": [*_OIDC_SCOPES, *sorted(all_scopes())],
        },
    )


def userinfo(grant: Grant) -> Reply:
    """Answer who connected, with the claims of the scopes ``profile``, ``email`` and ``company_profile``."""
    users, profile = grant.company.rows("user"), grant.company.rows("company")
    user = users[0] if users else {}
    company_name = grant.company.name
    digest = hashlib.sha256(company_name.encode()).hexdigest()
    return Reply(
        200,
        {
            "sub": f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}",
            "email_verified": True,
            "company_id": digest[:12],
            "company_name": company_name,
            "company_user_id": user.get("id"),
            "locale": "de-CH",
            "given_name": user.get("firstname"),
            "family_name": user.get("lastname"),
            "email": user.get("email") or (profile[0].get("mail") if profile else None),
        },
    )


def _is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def _oauth_error(status: int, code: str, description: str) -> Reply:
    return Reply(status, {"error": code, "error_description": description}, {"cache-control": "no-store"})
