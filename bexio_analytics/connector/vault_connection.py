"""Connecting a mandate, and the connection of a mandate that is connected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

import msgspec

from bexio_analytics.connector.connection import API_URL, Connection, FixedToken, Secret, problems_of_token
from bexio_analytics.connector.oauth_app import OAuthApp
from bexio_analytics.connector.oauth_login import Signed, SignIn, jwt_end
from bexio_analytics.connector.oauth_tokens import OAuthTokens, with_grant
from bexio_analytics.connector.transport import Reply, TransportError, fetch
from bexio_analytics.connector.vault import Facts, StoredConnection, Vault, read_facts
from bexio_analytics.connector.vault_key import Ask, KeySource
from bexio_analytics.errors import (
    AuthenticationError,
    ConfigurationError,
    ServerUnavailableError,
    UnexpectedResponseError,
)
from bexio_analytics.mandate import mandate_id

_PROFILE: Final = "/2.0/company_profile"
_USER: Final = "/3.0/users/me"


def connection_for(
    mandate_dir: Path,
    environ: Mapping[str, str],
    *,
    clock: Callable[[], datetime],
    ask: Ask | None = None,
) -> Connection:
    """The way to the company of a mandate: ``BEXIO_TOKEN`` where it is set, else what ``connect`` stored.

    Args:
        mandate_dir: ``data/<mandate>``.
        environ: Environment variables, with those of ``.env``.
        clock: Tells the time; with time zone.
        ask: Asks for the passphrase of the vault; None where nobody sits at a terminal.

    Raises:
        ConfigurationError: the mandate is not connected, or the vault cannot be opened.
    """
    if environ.get("BEXIO_TOKEN", "").strip():
        return Connection.from_environment(environ)
    name = mandate_dir.name
    vault = Vault(mandate_dir, KeySource(environ, ask))
    if not vault.exists:
        raise ConfigurationError(
            f"{name} is not connected: bexio-analytics connect {name}. Or set BEXIO_TOKEN to a personal access token "
            "of the company (developer.bexio.com/pat)."
        )
    stored = vault.load()
    if stored.facts.kind == "pat":
        advice = f"connect again: bexio-analytics connect {name} --token-stdin"
        return Connection(stored.facts.api_url, FixedToken(stored.access_token, advice))
    tokens = OAuthTokens(vault, OAuthApp.from_environment(environ, name), clock)
    return Connection(tokens.api_url, tokens)


@dataclass(frozen=True)
class Connected:
    """What `connect_with_token` and `connect_by_sign_in` stored.

    Attributes:
        facts: What is no secret.
        clock_difference: Clock of this machine minus bexio's, where it is more than five minutes; else None.
    """

    facts: Facts
    clock_difference: timedelta | None = None


def connect_with_token(
    vault: Vault, api_url: str, token: Secret, *, at: datetime, may_replace: bool = False
) -> Connected:
    """Try a personal access token and store it.

    Args:
        vault: Of the mandate.
        api_url: Address of the API.
        token: The token.
        at: Now; with time zone.
        may_replace: The mandate may be connected with another company from now on.

    Raises:
        ConfigurationError: address or token cannot be right, or the token opens another company than before.
        AuthenticationError: bexio does not accept the token; nothing was stored.
    """
    mandate_id(vault.mandate_dir)
    if problems := problems_of_token(token):
        raise ConfigurationError(" ".join(problems))
    vault.prepare()
    company, user = _who(api_url, token)
    end = jwt_end(token)
    now = at.astimezone(UTC)
    facts = Facts(
        kind="pat",
        api_url=api_url,
        company=company,
        user=user,
        connected_at=now,
        renewed_at=now,
        expires_at=None if end is None else datetime.fromtimestamp(end, UTC),
    )
    return Connected(_store(vault, StoredConnection(facts=facts, access_token=token), may_replace=may_replace))


def connect_by_sign_in(
    vault: Vault,
    api_url: str,
    sign_in: SignIn,
    answer: str,
    *,
    clock: Callable[[], datetime],
    may_replace: bool = False,
) -> Connected:
    """Finish a sign-in with the address the browser came back to, and store the tokens.

    Call ``vault.prepare()`` before the sign-in, so that nobody signs in for nothing.

    Raises:
        AuthenticationError: the answer is not that of this sign-in, or access was not given; nothing was stored.
        ConfigurationError: the app may not do this, or the company is another than before.
    """
    signed = sign_in.finish(sign_in.code_of(answer), clock())
    try:
        return _signed_in(vault, api_url, sign_in, signed, clock(), may_replace=may_replace)
    except ConfigurationError:
        sign_in.provider.revoke(sign_in.app, signed.grant.refresh_token or signed.grant.access_token)
        raise


def _signed_in(
    vault: Vault, api_url: str, sign_in: SignIn, signed: Signed, at: datetime, *, may_replace: bool
) -> Connected:
    token = signed.grant.access_token
    claims = sign_in.provider.claims(token)
    if claims.sub is not None and claims.sub != signed.subject:
        raise AuthenticationError("bexio names two different persons for one sign-in (sub). Nothing was stored.")
    company, user = _who(api_url, token)
    now = at.astimezone(UTC)
    facts = Facts(
        kind="oauth",
        api_url=api_url,
        company=company,
        company_id=claims.company_id,
        user=user,
        connected_at=now,
        renewed_at=now,
        scopes=signed.scopes,
    )
    stored = with_grant(StoredConnection(facts=facts, access_token=token), signed.grant, now)
    kept = _store(vault, stored, may_replace=may_replace)
    return Connected(kept, signed.clock_difference if signed.clock_is_wrong else None)


def _store(vault: Vault, stored: StoredConnection, *, may_replace: bool) -> Facts:
    with vault.lock():
        if not may_replace:
            _require_same_company(vault.mandate_dir, stored.facts)
        vault.save(stored)
    return stored.facts


def _require_same_company(mandate_dir: Path, facts: Facts) -> None:
    """A browser that is still signed in for another client's company must not put its books into this mandate."""
    try:
        before = read_facts(mandate_dir)
    except ConfigurationError:
        return  # nothing is known, so nothing contradicts
    if before is None or before.api_url != facts.api_url:
        return
    is_same = (
        before.company_id == facts.company_id
        if before.company_id and facts.company_id
        else before.company == facts.company
    )
    if not is_same:
        raise ConfigurationError(
            f"{mandate_dir.name} is connected with {before.company}, and this access is to {facts.company}. Nothing "
            f"was stored. Choose the right company when signing in, or, if it is meant: bexio-analytics connect "
            f"{mandate_dir.name} --replace"
        )


class _Company(msgspec.Struct):
    name: str


class _User(msgspec.Struct):
    firstname: str | None = None
    lastname: str | None = None


def _who(api_url: str, token: Secret) -> tuple[str, str | None]:
    """Company and user a token opens, which proves the token.

    The company's profile and the own user are open to every token, whatever its scopes.
    """
    connection = Connection(api_url, FixedToken(token))
    reply = _get(connection, _PROFILE, token)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        raise AuthenticationError(
            "bexio does not accept this token (401). Nothing was stored. A token is shown only once, when it is made "
            "(developer.bexio.com/pat): copy it whole."
        )
    try:
        companies = msgspec.json.decode(reply.body, type=list[_Company]) if reply.status == HTTPStatus.OK else []
    except msgspec.DecodeError:
        companies = []
    if not companies:
        raise UnexpectedResponseError(
            f"{connection.api_url} does not name the company of this token (status {reply.status}): is that the "
            f"address of the API ({API_URL})? Nothing was stored."
        )
    reply = _get(connection, _USER, token)
    try:
        user = msgspec.json.decode(reply.body, type=_User) if reply.status == HTTPStatus.OK else _User()
    except msgspec.DecodeError:
        user = _User()
    return companies[0].name, " ".join(filter(None, (user.firstname, user.lastname))) or None


def _get(connection: Connection, path: str, token: Secret) -> Reply:
    failure = ""
    try:
        return fetch("GET", f"{connection.api_url}{path}", token=token)
    except TransportError as error:
        failure = str(error)
    raise ServerUnavailableError(
        f"{connection.api_url} gave no answer: {failure}. Nothing was stored. Try again later."
    )
