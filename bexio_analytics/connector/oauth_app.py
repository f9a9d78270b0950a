"""The app registered at bexio on whose behalf people connect: its id and secret, from the environment or ``.env``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from bexio_analytics.connector.connection import Secret, problems_of_url
from bexio_analytics.errors import ConfigurationError

CLIENT_ID: Final = "BEXIO_CLIENT_ID"
CLIENT_SECRET: Final = "BEXIO_CLIENT_SECRET"  # noqa: S105 - the name of the variable
REDIRECT_URL: Final = "BEXIO_REDIRECT_URL"
DOTENV: Final = Path(".env")


@dataclass(frozen=True)
class OAuthApp:
    """An app of developer.bexio.com.

    Attributes:
        client_id: Public name of the app.
        client_secret: Its secret.
        redirect_url: Registered address the browser returns to; empty for a free port of 127.0.0.1. An address on this
            machine is listened at; from any other a person brings the answer by hand.
    """

    client_id: str
    client_secret: Secret
    redirect_url: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], what: str = "M") -> Self:
        """The app of ``BEXIO_CLIENT_ID``, ``BEXIO_CLIENT_SECRET`` and, where wanted, ``BEXIO_REDIRECT_URL``.

        Args:
            environ: Environment variables, with those of ``.env``.
            what: Name of the mandate, for the message.

        Raises:
            ConfigurationError: one of the two is missing, or the address cannot be right.
        """
        values = {name: environ.get(name, "").strip() for name in (CLIENT_ID, CLIENT_SECRET, REDIRECT_URL)}
        if missing := [name for name in (CLIENT_ID, CLIENT_SECRET) if not values[name]]:
            raise ConfigurationError(
                f"{' and '.join(missing)} not set: register an app on developer.bexio.com and put its id and secret "
                f"into the environment or into .env. Without an app, connect with a personal access token: "
                f"bexio-analytics connect {what} --token-stdin"
            )
        redirect_url = values[REDIRECT_URL]
        if redirect_url and (problems_of_url(redirect_url) or not urlsplit(redirect_url).path):
            raise ConfigurationError(
                f"{REDIRECT_URL} must be an address registered for the app, with a path, such as "
                "http://127.0.0.1:8765/callback."
            )
        return cls(values[CLIENT_ID], Secret(values[CLIENT_SECRET]), redirect_url)


def with_dotenv(environ: Mapping[str, str], path: Path = DOTENV) -> dict[str, str]:
    """The environment with the lines ``NAME=value`` of a ``.env`` file; what is set in the environment goes first.

    Quotes around a value are taken off, ``export`` before a name is allowed, lines beginning with ``#`` say nothing.

    Raises:
        ConfigurationError: a line is none of these; the message names its number and never its text.
    """
    found: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        lines = []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read ({type(error).__name__}): it must be text in UTF-8.") from None
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, sign, value = text.removeprefix("export ").partition("=")
        if not sign or not name.strip().isidentifier():
            raise ConfigurationError(f"{path}, line {number}: expected NAME=value.")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        found[name.strip()] = value
    return found | dict(environ)
