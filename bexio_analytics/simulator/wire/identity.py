"""Who signed in: the claims of the connecting person and company, and the id token that carries them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from bexio_analytics.simulator.wire.replies import to_json
from bexio_analytics.simulator.wire.served import ServedCompany


@dataclass(frozen=True)
class IdentityToken:
    """What an id token says beside the claims: issuer, app, the app's nonce, when it was issued and for how long."""

    issuer: str
    client_id: str
    nonce: str
    issued_at: int
    expires_in: int


def claims_of(company: ServedCompany, scopes: frozenset[str] | None) -> dict[str, object]:
    """Claims of the connecting user, by scope; ``None`` stands for all scopes."""
    users, profile = company.rows("user"), company.rows("company")
    user = users[0] if users else {}
    digest = hashlib.sha256(company.name.encode()).hexdigest()
    claims: dict[str, object] = {
        "sub": f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    }
    if scopes is None or "company_profile" in scopes:
        claims |= {"company_id": digest[:12], "company_name": company.name, "company_user_id": user.get("id")}
    if scopes is None or "profile" in scopes:
        claims |= {
            "locale": "de-CH",
            "given_name": user.get("firstname"),
            "family_name": user.get("lastname"),
        }
    if scopes is None or "email" in scopes:
        mail = user.get("email") or (profile[0].get("mail") if profile else None)
        claims |= {"email_verified": True, "email": mail}
    return claims


def signed(token: IdentityToken, company: ServedCompany, secret: str) -> str:
    """The id token as a JWT.

    It is signed with the app's secret (HS256), which needs nothing but the standard library; Keycloak's default is a
    key pair (RS256). An app that got the token straight from the token endpoint may trust the connection instead of
    the signature (OpenID Connect Core 3.1.3.7, point 6).
    """
    claims = {
        **claims_of(company, frozenset()),
        "iss": token.issuer,
        "aud": token.client_id,
        "azp": token.client_id,
        "typ": "ID",
        "nonce": token.nonce,
        "iat": token.issued_at,
        "exp": token.issued_at + token.expires_in,
    }
    head = f"{_base64url(to_json({'alg': 'HS256', 'typ': 'JWT'}))}.{_base64url(to_json(claims))}"
    return f"{head}.{_base64url(hmac.digest(secret.encode(), head.encode(), 'sha256'))}"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
