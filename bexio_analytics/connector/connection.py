"""The way to one company: address and access tokens, and how the tokens stay out of everything that is written."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, NoReturn, Protocol, SupportsIndex
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


class Renewal(NamedTuple):
    """A token to try instead of a refused one; ``is_new`` tells it was issued just now and will not get better."""

    token: Secret
    is_new: bool


class Tokens(Protocol):
    """Where the access token of a connection comes from.

    `renew` may take long and is called in a thread of its own; both may be called from many threads at once.
    """

    advice: str
    """What to do when no token is accepted any more."""

    def current(self) -> Secret | None:
        """The token to send now; None where it has to be renewed first."""

    def renew(self, used: Secret | None) -> Renewal | None:
        """A token to use instead of ``used``, which was refused or is about to end; None where there is no other."""

    def secrets(self) -> Iterable[Secret]:
        """Every token that may have been sent in this process."""


class FixedToken:
    """A token that stays what it is: a personal access token."""

    __slots__ = ("_token", "advice")

    def __init__(self, token: Secret, advice: str = "") -> None:
        self._token = token
        self.advice = advice or "connect again with a new one (developer.bexio.com/pat)"

    def current(self) -> Secret | None:
        """The token."""
        return self._token

    def renew(self, used: Secret | None) -> Renewal | None:  # noqa: ARG002 - there is only the one
        """None: a person has to make another."""
        return None

    def secrets(self) -> Iterable[Secret]:
        """The token."""
        return (self._token,)


class Connection:
    """Address of the API and the tokens of one company.

    No token appears in any ``repr``, ``str``, message or pickle; `redact` takes them out of texts that came from
    outside.

    Args:
        api_url: Address of the API without version, ``https://api.bexio.com``. Plain ``http`` is accepted for the own
            machine only, where the simulator listens.
        token: Personal access token, or where tokens come from.

    Raises:
        ConfigurationError: address or token cannot be right; the message does not repeat the token.
    """

    __slots__ = ("api_url", "tokens")

    api_url: str
    tokens: Tokens

    def __init__(self, api_url: str, token: str | Tokens) -> None:
        self.api_url = api_url.strip().rstrip("/")
        self.tokens = FixedToken(Secret(token.strip())) if isinstance(token, str) else token
        del token  # a traceback that shows local variables must not show it
        problems = [
            *problems_of_url(self.api_url),
            *(each for held in self.tokens.secrets() for each in problems_of_token(held)),
        ]
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
        return is_local_url(self.api_url)

    def redact(self, text: str) -> str:
        """``text`` without the tokens."""
        for secret in self.tokens.secrets():
            text = text.replace(secret.reveal(), REDACTED)
        return text

    def redact_bytes(self, text: bytes) -> bytes:
        """``text`` without the tokens."""
        for secret in self.tokens.secrets():
            text = text.replace(secret.reveal().encode(), REDACTED.encode())
        return text

    def __repr__(self) -> str:
        return f"Connection({self.api_url!r}, {REDACTED})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A connection carries a secret and is neither pickled nor copied.")


def checked_url(api_url: str) -> str:
    """An address of the API as it is stored and compared: without a slash at the end.

    Raises:
        ConfigurationError: it cannot be right.
    """
    address = api_url.strip().rstrip("/")
    if problems := problems_of_url(address):
        raise ConfigurationError(" ".join(problems))
    return address


def is_local_url(url: str) -> bool:
    """The address is on this machine."""
    return _is_loopback(urlsplit(url).hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def problems_of_url(api_url: str) -> list[str]:
    """What is wrong with an address that tokens are sent to; a password in it is not repeated."""
    parts = urlsplit(api_url)
    shown = f"{parts.scheme}://{parts.hostname or ''}" if parts.scheme else "the address of the API"
    if parts.username or parts.password:
        return [f"{shown}: the address of the API must not hold a user name or password."]
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        return [f"{shown} is not an address of the API; expected something like {API_URL}."]
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        return [f"{shown} would send the access token in the clear: use https."]
    return []


def problems_of_token(token: Secret) -> list[str]:
    """What shows that a text is no token; the text is not repeated."""
    text = token.reveal()
    if not text:
        return ["The access token is empty."]
    if not (text.isascii() and text.isprintable()) or " " in text:
        return ["The access token holds blanks or characters that no token has: copy it again, without quotes."]
    return []
