"""The tokens of a connected mandate while it is used: renewed before they end, by one at a time, on disk before use.

Refresh tokens rotate: the one just used is worth nothing any more, and only the answer holds its successor. So there is
one lock per mandate that all threads and processes share; whoever gets it reads the vault again and takes over what
another has renewed meanwhile; and a new refresh token is on the disk before the access token beside it is used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from bexio_analytics.connector.connection import Renewal, Secret
from bexio_analytics.connector.oauth_app import OAuthApp
from bexio_analytics.connector.oauth_provider import Grant, Provider
from bexio_analytics.connector.vault import StoredConnection, Vault
from bexio_analytics.errors import AuthenticationError

EARLY: Final = timedelta(seconds=60)
"""An access token counts as ended so long before its end, but never longer than a fifth of its life."""


class OAuthTokens:
    """Tokens of a mandate that was connected by sign-in.

    Args:
        vault: Where they are kept.
        app: On whose behalf they were given.
        clock: Tells the time; with time zone.
    """

    def __init__(self, vault: Vault, app: OAuthApp, clock: Callable[[], datetime]) -> None:
        self.advice = f"connect again: bexio-analytics connect {vault.mandate_dir.name}"
        self._vault = vault
        self._app = app
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._provider: Provider | None = None
        self._stored = vault.load()
        self._sent = [self._stored.access_token]

    @property
    def api_url(self) -> str:
        """Address of the API the tokens are for; from the sealed part of the vault."""
        return self._stored.facts.api_url

    def current(self) -> Secret | None:
        """The access token, if it lives for a while yet."""
        stored = self._stored
        return stored.access_token if self._lives(stored) else None

    def secrets(self) -> Iterable[Secret]:
        """Access tokens that were used in this process."""
        return tuple(self._sent)

    def renew(self, used: Secret | None) -> Renewal | None:
        """A token to use instead of one that was refused or is about to end.

        Raises:
            AuthenticationError: bexio ended the connection; a person has to connect again.
            ServerUnavailableError, UnexpectedResponseError, ConfigurationError: see `Provider`.
        """
        with self._one_at_a_time:
            if self._is_other(self._stored, used):
                return Renewal(self._stored.access_token, is_new=False)
            with self._vault.lock():
                kept = self._vault.load()
                if self._is_other(kept, used):
                    return Renewal(self._take(kept), is_new=False)
                return Renewal(self._take(self._refreshed(kept)), is_new=True)

    def _is_other(self, stored: StoredConnection, used: Secret | None) -> bool:
        """The stored token is worth an attempt: not the refused one, and not about to end."""
        return self._lives(stored) and (used is None or stored.access_token.reveal() != used.reveal())

    def _take(self, stored: StoredConnection) -> Secret:
        self._stored = stored
        self._sent.append(stored.access_token)
        return stored.access_token

    def _lives(self, stored: StoredConnection) -> bool:
        ends = stored.facts.expires_at
        if ends is None:
            return True
        life = ends - stored.facts.renewed_at
        return self._clock() < ends - min(EARLY, life / 5)

    def _refreshed(self, kept: StoredConnection) -> StoredConnection:
        if kept.refresh_token is None:
            raise AuthenticationError(
                f"The access to {kept.facts.company} has ended and bexio gave no refresh token (offline_access): "
                f"{self.advice}"
            )
        if self._provider is None:
            self._provider = Provider.discover(kept.facts.api_url)
        # The refresh uses the stored token up. If its successor could not be written, for the disk is full, the
        # connection would be lost: so prove first that the vault can be written.
        self._vault.save(kept)
        failure = ""
        try:
            grant = self._provider.refresh(self._app, kept.refresh_token, self._vault.mandate_dir.name)
        except AuthenticationError as error:
            failure = str(error)
        if failure:
            raise AuthenticationError(f"{failure}; {self.advice}")
        renewed = with_grant(kept, grant, self._clock())
        self._vault.save(renewed)
        return renewed


def with_grant(kept: StoredConnection, grant: Grant, at: datetime) -> StoredConnection:
    """A connection with newly issued tokens; the refresh token stays where no other was given."""
    now = at.astimezone(UTC)
    facts = msgspec.structs.replace(
        kept.facts,
        renewed_at=now,
        expires_at=None if grant.expires_in is None else now + timedelta(seconds=grant.expires_in),
    )
    return StoredConnection(
        facts=facts, access_token=grant.access_token, refresh_token=grant.refresh_token or kept.refresh_token
    )
