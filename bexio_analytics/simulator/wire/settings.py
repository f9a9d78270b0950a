"""How the simulated bexio is set up: limits, clock, tokens and scopes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WireSettings:
    """What is fixed for the life of one simulated bexio.

    Attributes:
        limit: Requests a company may make in a minute, everything but the two buckets below.
        limit_article: Requests to ``/2.0/article`` a company may make in a minute.
        limit_search: Searches of contacts, invoices, quotes and articles, and PDFs, a company may make in a minute.
        minute_seconds: Length of the rate window in seconds. bexio's is 60; a demo or a test shortens it. Reset and
            retry headers are whole seconds, rounded up, so a window below one second still announces one.
        max_limit: Largest ``limit`` of a 2.0 or 3.0 list; more is clamped (assumption, no recording exists).
        max_limit_v4: Largest ``limit`` of a 4.0 list; more is clamped (assumption, no recording exists).
        expires_in: Life of an issued access token in seconds (3600 is an assumption; personal tokens do not expire).
        scopes: Scopes granted per token, by token. A token that is not named has every scope, as a personal access
            token has. An ``_edit`` scope includes its ``_show``.
        refresh_tokens: First refresh token of a connected app → the access token whose company and scopes it renews.
        client_id: Identifier of the one app the token endpoint knows.
        client_secret: Its secret, taken from the form body or from HTTP basic authentication.
        redirect_urls: Addresses registered for it; one on 127.0.0.1 without a port stands for any port (RFC 8252).
        withheld_scopes: Scopes that a consent never includes, as when the app or the user has no right to them.
        code_seconds: Life of the code that a consent ends with.
        rotates_refresh_tokens: Whether a refresh uses the refresh token up and gives a new one. bexio's rotate; its
            documents also allow the reading that the old one stays.
        login_name: The one person who can sign in.
        login_password: And the password.
        clock: Seconds since an epoch; decides rate windows, token expiry and timestamps of written records.
    """

    limit: int = 1000
    limit_article: int = 400
    limit_search: int = 250
    minute_seconds: float = 60.0
    max_limit: int = 2000
    max_limit_v4: int = 500
    expires_in: int = 3600
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    refresh_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    client_id: str = "simulated-app"
    client_secret: str = field(default="simulated-secret", repr=False)
    redirect_urls: tuple[str, ...] = ("http://127.0.0.1/callback",)
    withheld_scopes: frozenset[str] = frozenset()
    code_seconds: int = 60
    rotates_refresh_tokens: bool = True
    login_name: str = "treuhand@bexio.invalid"
    login_password: str = field(default="simulated-password", repr=False)
    clock: Callable[[], float] = time.time
