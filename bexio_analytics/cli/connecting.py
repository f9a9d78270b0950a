"""The command that connects a mandate with bexio."""

from __future__ import annotations

import getpass
import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from bexio_analytics.cli.options import DATA, DataDir, Json, MandateName, day, now
from bexio_analytics.cli.output import CONSOLE, ERRORS, print_json
from bexio_analytics.connector import API_URL
from bexio_analytics.connector.connection import Connection, Secret, checked_url
from bexio_analytics.connector.oauth_app import OAuthApp, with_dotenv
from bexio_analytics.connector.oauth_login import SignIn
from bexio_analytics.connector.oauth_provider import Provider
from bexio_analytics.connector.oauth_redirect import HOST, PATH, can_catch, catching
from bexio_analytics.connector.vault import VAULT_FILE, Vault
from bexio_analytics.connector.vault_connection import (
    Connected,
    connect_by_sign_in,
    connect_with_token,
    connection_for,
)
from bexio_analytics.connector.vault_key import Ask, KeySource
from bexio_analytics.connector.vault_status import connection_status
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import mandate_id

SIGN_IN_SECONDS = 300.0
_NOBODY_LISTENS = f"http://{HOST}{PATH}"


def connect(
    mandate: MandateName,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read a personal access token from standard input; no browser.")
    ] = False,
    api_url: Annotated[
        str | None, typer.Option("--api-url", help="Another address of the API; default BEXIO_API_URL, else bexio's.")
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open the address elsewhere and paste the one the browser ends at.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Connect with another company than before.")] = False,
    data: DataDir = DATA,
    as_json: Json = False,
) -> None:
    """Connect a mandate with bexio: sign in in the browser, or give a personal access token; stored sealed."""
    folder = data / mandate
    mandate_id(folder)
    environ = environment()
    url = checked_url(api_url or environ.get("BEXIO_API_URL") or API_URL)
    vault = Vault(folder, KeySource(environ, passphrase_prompt()))
    try:
        if token_stdin:
            done = connect_with_token(vault, url, _token(), at=now(), may_replace=replace)
        else:
            app = OAuthApp.from_environment(environ, mandate)
            done = _sign_in(vault, url, app, with_browser=not no_browser, may_replace=replace)
    except BaseException:
        vault.abandon()
        raise
    _tell(folder, done, as_json=as_json)


def environment() -> dict[str, str]:
    """Environment variables, with those of ``.env`` in the current folder."""
    return with_dotenv(os.environ)


def passphrase_prompt() -> Ask | None:
    """Asks for a passphrase without showing it; None where nobody sits at a terminal."""
    return getpass.getpass if sys.stdin is not None and sys.stdin.isatty() else None


def stored_connection(folder: Path) -> Connection:
    """The connection commands read with: ``BEXIO_TOKEN``, else what `connect` stored."""
    return connection_for(folder, environment(), clock=now, ask=passphrase_prompt())


def _token() -> Secret:
    if passphrase_prompt() is not None:
        return Secret(getpass.getpass("Personal access token: ").strip())
    return Secret(sys.stdin.readline().strip())


def _sign_in(vault: Vault, api_url: str, app: OAuthApp, *, with_browser: bool, may_replace: bool) -> Connected:
    provider = Provider.discover(api_url)
    vault.prepare()
    if with_browser and (not app.redirect_url or can_catch(app.redirect_url)):
        with catching(app.redirect_url) as catcher:
            sign_in = SignIn.begin(provider, app, catcher.url)
            if webbrowser.open(sign_in.url):
                ERRORS.print("Sign in to bexio in the browser that opens, and choose the company of this mandate. ")
                ERRORS.print(f"If none opens, go to:\n{sign_in.url}", markup=False, soft_wrap=True)
                answer = catcher.wait(SIGN_IN_SECONDS)
                return connect_by_sign_in(vault, api_url, sign_in, answer, clock=now, may_replace=may_replace)
    sign_in = SignIn.begin(provider, app, app.redirect_url or _NOBODY_LISTENS)
    ERRORS.print(f"Open this address in a browser and sign in:\n{sign_in.url}", markup=False, soft_wrap=True)
    ERRORS.print(
        f"The browser ends at an address that begins with {sign_in.redirect_url}, where it may show an error. Paste "
        "that address here:",
        markup=False,
    )
    answer = sys.stdin.readline()
    if not answer.strip():
        raise ConfigurationError("No address was pasted. Nothing was stored.")
    return connect_by_sign_in(vault, api_url, sign_in, answer, clock=now, may_replace=may_replace)


def _tell(folder: Path, done: Connected, *, as_json: bool) -> None:
    status = connection_status(folder, day(None))
    if as_json:
        print_json({"mandate": folder.name, **status.to_json()})
    else:
        by = f" as {status.user}" if status.user else ""
        how = "signed in" if status.kind == "oauth" else "personal access token"
        CONSOLE.print(f"Connected {folder.name} with {status.company}{by} ({how}).", markup=False)
        CONSOLE.print(f"The tokens lie sealed in {folder / VAULT_FILE}.", markup=False)
        CONSOLE.print(f"Next: bexio-analytics pull {folder.name}", markup=False)
    if done.clock_difference is not None:
        minutes = round(done.clock_difference.total_seconds() / 60)
        ahead = "ahead of" if minutes > 0 else "behind"
        ERRORS.print(
            f"The clock of this machine is {abs(minutes)} minutes {ahead} bexio's: set it right.", markup=False
        )
    for warning in status.warnings:
        ERRORS.print(warning, markup=False)
