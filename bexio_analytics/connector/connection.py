"""The way to one company: address and access token, and how the token stays out of everything that is written."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final, NoReturn, SupportsIndex
from urllib.parse import urlsplit

from bexio_analytics.errors import ConfigurationError

API_URL: Final = "https://api.bexio.com"
REDACTED: Final = "[redacted]"


class Secret:
    """A text that shows itself only to whoever asks for it with `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, to be sent and never to be kept."""
        return self._text

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(REDACTED, spec)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A secret is neither pickled nor copied.")


class Connection:
    """Address of the API and the token of one company.

    The token appears in no ``repr``, ``str``, message or pickle; `redact` takes it out of texts that came from outside.

    Args:
        api_url: Address of the API without version, ``https://api.bexio.com``. Plain ``http`` is accepted for the own
            machine only, where the simulator listens.
        token: Personal access token.

    Raises:
        ConfigurationError: address or token cannot be right; the message does not repeat the token.
    """

    __slots__ = ("api_url", "token")

    api_url: str
    token: Secret

    def __init__(self, api_url: str, token: str) -> None:
        self.api_url = api_url.strip().rstrip("/")
        self.token = Secret(token.strip())
        del token  # a traceback that shows local variables must not show it
        problems = [*_problems_of_url(self.api_url), *_problems_of_token(self.token)]
        if problems:
            raise ConfigurationError(" ".join(problems))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Connection:
        """Connection of ``BEXIO_TOKEN`` and ``BEXIO_API_URL`` (default: bexio's own address).

        Raises:
            ConfigurationError: there is no token, or one of the two cannot be right.
        """
        if not environ.get("BEXIO_TOKEN", "").strip():
            raise ConfigurationError(
                "There is no access token: set BEXIO_TOKEN to a personal access token of the company "
                "(developer.bexio.com/pat)."
            )
        return cls(environ.get("BEXIO_API_URL", "").strip() or API_URL, environ["BEXIO_TOKEN"])

    @property
    def is_local(self) -> bool:
        """The API is on this machine, so no proxy stands between."""
        return _is_loopback(urlsplit(self.api_url).hostname or "")

    def redact(self, text: str) -> str:
        """``text`` without the token."""
        return text.replace(self.token.reveal(), REDACTED)

    def redact_bytes(self, text: bytes) -> bytes:
        """``text`` without the token."""
        return text.replace(self.token.reveal().encode(), REDACTED.encode())

    def __repr__(self) -> str:
        return f"Connection({self.api_url!r}, {self.token!r})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A connection carries a secret and is neither pickled nor copied.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _problems_of_url(api_url: str) -> list[str]:
    parts = urlsplit(api_url)
    shown = f"{parts.scheme}://{parts.hostname or ''}" if parts.scheme else "the address of the API"
    if parts.username or parts.password:
        return [f"{shown}: the address of the API must not hold a user name or password."]
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        return [f"{shown} is not an address of the API; expected something like {API_URL}."]
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        return [f"{shown} would send the access token in the clear: use https."]
    return []


def _problems_of_token(token: Secret) -> list[str]:
    text = token.reveal()
    if not text:
        return ["The access token is empty."]
    if not (text.isascii() and text.isprintable()) or " " in text:
        return ["The access token holds blanks or characters that no token has: copy it again, without quotes."]
    return []
