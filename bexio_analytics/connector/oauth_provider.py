"""bexio's identity provider: where it is, and what is asked of it.

A Keycloak realm that describes itself in a discovery document. Parameters go into the form body, the app's id and
secret with them (``client_secret_post``). Refresh tokens rotate: each refresh uses one up and brings the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec
import stamina

from bexio_analytics.connector.connection import API_URL, REDACTED, Secret, problems_of_url
from bexio_analytics.connector.oauth_app import OAuthApp
from bexio_analytics.connector.transport import Reply, TransportError, fetch
from bexio_analytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    ServerUnavailableError,
    UnexpectedResponseError,
)

ISSUER: Final = "https://auth.bexio.com/realms/bexio"
ATTEMPTS: Final = 3
SHOWN: Final = 200


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of the token endpoint.

    Attributes:
        access_token: Opens the API.
        refresh_token: Gets the next access token; None where the one before stays valid.
        expires_in: Seconds the access token lives; None where nobody says.
        scope: Scopes granted, with blanks between; None where they are those asked for.
        id_token: Who signed in, with the nonce of the request.
    """

    access_token: Secret
    refresh_token: Secret | None = None
    expires_in: int | None = None
    scope: str | None = None
    id_token: Secret | None = None


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of the userinfo endpoint; ``company_profile`` brings the company."""

    sub: str | None = None
    company_id: str | None = None
    company_name: str | None = None


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""
    error_description: str = ""


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str | None = None
    revocation_endpoint: str | None = None


@dataclass(frozen=True)
class Provider:
    """The addresses of an identity provider, and the requests to them.

    Every method raises `ServerUnavailableError` where there is no answer, `UnexpectedResponseError` where it cannot be
    understood, and `ConfigurationError` where the provider does not know the app; no message holds a secret.
    """

    issuer: str
    authorization_url: str
    token_url: str
    userinfo_url: str | None
    revocation_url: str | None

    @classmethod
    def discover(cls, api_url: str) -> Provider:
        """Read the discovery document of the provider that belongs to an API."""
        issuer = issuer_of(api_url)
        url = f"{issuer}/.well-known/openid-configuration"
        reply = _ask("GET", url, what="the addresses of the sign-in")
        if reply.status != HTTPStatus.OK:
            raise UnexpectedResponseError(
                f"{url} answered with status {reply.status} instead of the sign-in addresses."
            )
        try:
            found = msgspec.json.decode(reply.body, type=_Document)
        except msgspec.DecodeError as error:
            raise UnexpectedResponseError(f"{url} is no discovery document: {error}.") from None
        if found.issuer.rstrip("/") != issuer:
            raise UnexpectedResponseError(f"{url} speaks for another provider: {found.issuer[:SHOWN]}.")
        addresses = (found.authorization_endpoint, found.token_endpoint, found.userinfo_endpoint)
        for address in (*addresses, found.revocation_endpoint):
            if address and (problems := problems_of_url(address)):
                raise UnexpectedResponseError(f"{url} names an address that is not safe: {' '.join(problems)}")
        return cls(issuer, *addresses, found.revocation_endpoint)

    def redeem(self, app: OAuthApp, code: Secret, verifier: Secret, redirect_url: str) -> Grant:
        """Exchange the code of a sign-in for tokens.

        Raises:
            AuthenticationError: the code is not valid (any more).
        """
        form: dict[str, str | Secret] = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_url,
        }
        return self._grant(app, form, (code, verifier), "bexio did not accept the answer of the sign-in")

    def refresh(self, app: OAuthApp, refresh_token: Secret, what: str) -> Grant:
        """Use a refresh token.

        Raises:
            AuthenticationError: it was used before, revoked, or not used for too long; a person has to connect again.
        """
        form: dict[str, str | Secret] = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._grant(app, form, (refresh_token,), f"bexio ended the connection of {what}")

    def revoke(self, app: OAuthApp, token: Secret) -> None:
        """End the session of a token; nothing happens where the provider has no such address."""
        if self.revocation_url is None:
            return
        form = _form_of(app, {"token": token, "token_type_hint": "refresh_token"})
        reply = _ask("POST", self.revocation_url, what="the end of a connection", form=form)
        if reply.status != HTTPStatus.OK:
            raise _refused(reply, (token, app.client_secret), "bexio did not end the connection")

    def claims(self, token: Secret) -> Claims:
        """Who signed in for which company."""
        if self.userinfo_url is None:
            return Claims()
        reply = _ask("GET", self.userinfo_url, what="who signed in", token=token)
        if reply.status != HTTPStatus.OK:
            raise UnexpectedResponseError(f"bexio does not say who signed in (status {reply.status}).")
        try:
            return msgspec.json.decode(reply.body, type=Claims)
        except msgspec.DecodeError as error:
            raise UnexpectedResponseError(f"bexio says who signed in in an unknown form: {error}.") from None

    def _grant(self, app: OAuthApp, form: Mapping[str, str | Secret], sent: Iterable[Secret], failure: str) -> Grant:
        reply = _ask("POST", self.token_url, what="tokens", form=_form_of(app, form))
        if reply.status != HTTPStatus.OK:
            raise _refused(reply, (*sent, app.client_secret), failure)
        try:
            return msgspec.json.decode(reply.body, type=Grant, dec_hook=_as_secret)
        except msgspec.DecodeError:
            pass  # its context would show the body
        raise UnexpectedResponseError("bexio's answer to a request for tokens has no access token in the known form.")


def issuer_of(api_url: str) -> str:
    """The identity provider of an API: bexio's own, else the realm below the same address, as the simulator has it."""
    return ISSUER if api_url == API_URL else f"{api_url}/realms/bexio"


class _MayPassError(Exception):
    """No answer, or one that says "later"."""


def _ask(
    method: str,
    url: str,
    *,
    what: str,
    form: Mapping[str, str | Secret] | None = None,
    token: Secret | None = None,
) -> Reply:
    """Ask, and again where that may help.

    A refresh whose answer was lost is repeated as well: where the provider has not seen it, that helps; where it has,
    the token is used up and nothing helps any more.
    """
    failure = ""
    try:
        for attempt in stamina.retry_context(
            on=_MayPassError, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=3.0, wait_jitter=0.2
        ):
            with attempt:
                return _once(method, url, form, token)
    except _MayPassError as error:
        failure = str(error)
    raise ServerUnavailableError(f"bexio's sign-in gave no answer for {what} ({url}): {failure}. Try again later.")


def _once(method: str, url: str, form: Mapping[str, str | Secret] | None, token: Secret | None) -> Reply:
    failure = ""
    try:
        reply = fetch(method, url, form=form, token=token)
    except TransportError as error:
        failure = str(error)
    if failure:
        raise _MayPassError(failure)
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _MayPassError(f"status {reply.status}")
    return reply


def _form_of(app: OAuthApp, form: Mapping[str, str | Secret]) -> dict[str, str | Secret]:
    return {**form, "client_id": app.client_id, "client_secret": app.client_secret}


def _refused(reply: Reply, sent: Iterable[Secret], failure: str) -> ApiError | ConfigurationError:
    try:
        said = msgspec.json.decode(reply.body, type=_Refusal)
    except msgspec.DecodeError:
        said = _Refusal()
    text = shown(f"{said.error}: {said.error_description}" if said.error_description else said.error, sent)
    match said.error:
        case "invalid_client" | "unauthorized_client":
            return ConfigurationError(
                f"bexio does not know the app ({text}): BEXIO_CLIENT_ID and BEXIO_CLIENT_SECRET must be those of "
                "developer.bexio.com."
            )
        case "invalid_grant":
            return AuthenticationError(f"{failure} ({text})")
        case _:
            return UnexpectedResponseError(f"{failure} (status {reply.status} {text})")


def shown(text: str, secrets: Iterable[Secret] = ()) -> str:
    """A text from outside as it may stand in a message: short, in one line, without the secrets."""
    for secret in secrets:
        text = text.replace(secret.reveal(), REDACTED)
    return "".join(each if each.isprintable() else " " for each in text)[:SHOWN]


def _as_secret(kind: type, value: Any) -> Any:  # noqa: ANN401 - the signature msgspec asks for
    if kind is Secret and isinstance(value, str) and value:
        return Secret(value)
    raise TypeError("not a token")
