"""The command line: one command per verb, no logic. Machine output is stable with ``--json``.

Exit codes: 0 done · 1 findings at or above ``--fail-on`` · 2 usage or configuration · 3 API or snapshot · 4 a check or
the report failed to run · 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

import typer
from rich.markup import escape

from bexio_analytics.cli import catalogue, comparing, connecting, fetching, filing, reviewing, running
from bexio_analytics.cli.output import ERRORS
from bexio_analytics.errors import BexioAnalyticsError, ConfigurationError

app = typer.Typer(
    name="bexio-analytics",
    help="VAT and bookkeeping review for bexio mandates, offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
_PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "Get the books": (
        fetching.demo,
        fetching.simulate,
        connecting.connect,
        fetching.pull,
        running.watch,
        fetching.import_,
    ),
    "Review them": (reviewing.review, filing.vat, reviewing.report, reviewing.sql),
    "Know what is there": (
        catalogue.checks,
        catalogue.explain,
        catalogue.status,
        comparing.diff,
        comparing.verify,
    ),
}
for _panel, _commands in _PANELS.items():
    for _command in _commands:
        app.command(name=_command.__name__.rstrip("_"), rich_help_panel=_panel)(_command)


INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error of ours ends in one message and its exit code, never in a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    if debug:
        given.remove("--debug")
    # without --debug a retry or a library's warning is no news for the person at the terminal
    logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR, format="%(name)s %(levelname)s %(message)s")
    before = os.umask(0o077)  # what a command writes is client data: for this user alone
    try:
        app(given)
    except BexioAnalyticsError as error:
        if debug:
            raise
        ERRORS.print("[bold red]Error:[/]", escape(str(error)))
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        if debug or error.strerror is None:
            raise
        place = f"{error.filename}: " if error.filename else ""
        ERRORS.print("[bold red]Error:[/]", escape(f"{place}{error.strerror}"))
        raise SystemExit(ConfigurationError.exit_code) from None
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # Typer turns Ctrl-C into this code, without a word
            ERRORS.print("Interrupted. What was whole before is still in place.", markup=False)
        raise
    finally:
        os.umask(before)
