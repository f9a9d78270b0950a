"""One sign-in of one person: what is asked of bexio in the browser, and whether the answer belongs to it.

Authorization code with PKCE (S256): the code that comes back through the browser is worth nothing without the verifier,
which never leaves this process but to the token endpoint. ``state`` ties the answer to the request, ``nonce`` the id
token to both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from bexio_analytics.connector.connection import Secret
from bexio_analytics.connector.endpoints import ENDPOINTS
from bexio_analytics.connector.oauth_app import OAuthApp
from bexio_analytics.connector.oauth_provider import Grant, Provider, shown
from bexio_analytics.errors import AuthenticationError, ConfigurationError, UnexpectedResponseError

IMPLIED: Final = "general"
"""Scope of every token; it must not be asked for."""
API_SCOPES: Final = tuple(sorted({endpoint.scope for endpoint in ENDPOINTS.values()} - {IMPLIED}))
"""What reading needs. ``accounting`` and ``file`` include writing, for bexio has no narrower ones."""
SCOPES: Final = ("openid", "offline_access", "company_profile", *API_SCOPES)
"""What is asked for: besides reading, an id token with a nonce, a refresh token, and the name of the company."""
SKEW: Final = timedelta(minutes=5)


class _IdentityToken(msgspec.Struct, frozen=True):
    iss: str
    aud: str | list[str]
    sub: str
    nonce: str = ""
    iat: int | None = None


class _Expiring(msgspec.Struct, frozen=True):
    exp: int | None = None


@dataclass(frozen=True)
class Signed:
    """A sign-in that was proven: the tokens, who signed in, how far the clocks of bexio and this machine differ."""

    grant: Grant
    subject: str
    clock_difference: timedelta | None

    @property
    def scopes(self) -> tuple[str, ...]:
        """Scopes granted; those asked for where bexio does not say (RFC 6749, 5.1)."""
        return SCOPES if self.grant.scope is None else tuple(sorted(self.grant.scope.split()))

    @property
    def clock_is_wrong(self) -> bool:
        """The clocks differ by more than five minutes."""
        return self.clock_difference is not None and abs(self.clock_difference) > SKEW


@dataclass(frozen=True)
class SignIn:
    """A sign-in under way."""

    provider: Provider
    app: OAuthApp
    redirect_url: str
    state: Secret
    nonce: Secret
    verifier: Secret

    @classmethod
    def begin(cls, provider: Provider, app: OAuthApp, redirect_url: str) -> SignIn:
        """Draw state, nonce and verifier: 256 bits each."""
        return cls(provider, app, redirect_url, *(Secret(secrets.token_urlsafe(32)) for _ in range(3)))

    @property
    def url(self) -> str:
        """The address a person opens in the browser."""
        query = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": self.redirect_url,
            "scope": " ".join(SCOPES),
            "state": self.state.reveal(),
            "nonce": self.nonce.reveal(),
            "code_challenge": _challenge(self.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(self.provider.authorization_url).query else "?"
        return f"{self.provider.authorization_url}{joint}{urlencode(query)}"

    def code_of(self, answer: str) -> Secret:
        """The code in the address the browser came back to.

        Args:
            answer: The whole address, or its query only, as a person may paste it.

        Raises:
            AuthenticationError: it belongs to another sign-in, or the person did not consent.
            ConfigurationError: bexio does not give this app what it asks for, or the text is no such address.
        """
        text = answer.strip()
        given = dict(parse_qsl(urlsplit(text).query or text.removeprefix("?")))
        if "state" not in given and "code" not in given and "error" not in given:
            raise ConfigurationError("This is not the address the browser came back to: it has neither code nor state.")
        if not hmac.compare_digest(given.get("state", "").encode(), self.state.reveal().encode()):
            raise AuthenticationError(
                "The answer of the browser does not belong to this sign-in (state). Nothing was stored. Connect again, "
                "and use only the page that opens then."
            )
        if given.get("iss", self.provider.issuer).rstrip("/") != self.provider.issuer:
            raise AuthenticationError(
                "The answer of the browser comes from another provider (iss). Nothing was stored."
            )
        if "error" in given:
            raise self._declined(given["error"], given.get("error_description", ""))
        if not given.get("code"):
            raise AuthenticationError("The answer of the browser holds no code. Nothing was stored. Connect again.")
        return Secret(given["code"])

    def finish(self, code: Secret, at: datetime) -> Signed:
        """Exchange the code for tokens, and check that they answer this sign-in.

        The id token comes straight from the token endpoint over TLS, which stands for its signature (OpenID Connect
        Core 3.1.3.7, point 6). Its end is not compared with the clock of this machine: the nonce proves it fresh, and
        a wrong clock is told instead of failing.

        Args:
            code: What came back through the browser.
            at: Now; with time zone.

        Raises:
            AuthenticationError: code, issuer, app or nonce are not those of this sign-in.
        """
        grant = self.provider.redeem(self.app, code, self.verifier, self.redirect_url)
        if grant.id_token is None:
            raise AuthenticationError(
                "bexio gave tokens without an id token, so nothing proves whose they are (nonce)."
            )
        content = jwt_payload(grant.id_token)
        try:
            said = msgspec.json.decode(content or b"", type=_IdentityToken)
        except msgspec.DecodeError as error:
            raise UnexpectedResponseError(f"bexio's id token has an unknown form: {error}.") from None
        audience = [said.aud] if isinstance(said.aud, str) else said.aud
        wrong = [
            name
            for name, is_right in (
                ("nonce", hmac.compare_digest(said.nonce.encode(), self.nonce.reveal().encode())),
                ("iss", said.iss.rstrip("/") == self.provider.issuer),
                ("aud", self.app.client_id in audience),
            )
            if not is_right
        ]
        if wrong:
            raise AuthenticationError(
                f"The tokens do not belong to this sign-in ({', '.join(wrong)}). Nothing was stored. Connect again."
            )
        difference = None if said.iat is None else timedelta(seconds=round(at.timestamp()) - said.iat)
        return Signed(grant, said.sub, difference)

    def _declined(self, error: str, description: str) -> AuthenticationError | ConfigurationError:
        text = shown(f"{error}: {description}" if description else error, (self.state, self.nonce))
        if error == "access_denied":
            return AuthenticationError(f"Access was not given ({text}). Nothing was stored.")
        if error in {"invalid_scope", "unauthorized_client", "unsupported_response_type"}:
            return ConfigurationError(
                f"bexio does not give this app what it asks for ({text}). Its scopes on developer.bexio.com must "
                f"include: {' '.join(API_SCOPES)}."
            )
        return AuthenticationError(f"The sign-in ended without access ({text}). Nothing was stored.")


def missing_scopes(granted: tuple[str, ...] | None) -> tuple[str, ...]:
    """Scopes that reading needs and a connection lacks; an ``_edit`` scope includes its ``_show``.

    Args:
        granted: Scopes of the connection; None where nobody says, then none is called missing.
    """
    if granted is None:
        return ()
    held = set(granted) | {f"{scope.removesuffix('_edit')}_show" for scope in granted if scope.endswith("_edit")}
    return tuple(scope for scope in API_SCOPES if scope not in held)


def resources_of(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Resources that cannot be read without these scopes."""
    return tuple(name for name, endpoint in ENDPOINTS.items() if endpoint.scope in scopes)


def jwt_payload(token: Secret) -> bytes | None:
    """The middle of a JWT, unproven; None where the token is none."""
    parts = token.reveal().split(".")
    if len(parts) != 3:  # noqa: PLR2004 - head, payload, signature
        return None
    try:
        return base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except (binascii.Error, ValueError):
        return None


def jwt_end(token: Secret) -> int | None:
    """When a token says it ends, in seconds of Unix time; None where it does not say."""
    try:
        return msgspec.json.decode(jwt_payload(token) or b"", type=_Expiring).exp
    except msgspec.DecodeError:
        return None


def _challenge(verifier: Secret) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.reveal().encode()).digest()).rstrip(b"=").decode()
