"""Options that several commands share, and what follows from them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from bexio_analytics import Mandate, VatPeriod
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import SETTINGS_FILE
from bexio_analytics.periods import last_ended

MandateName = Annotated[str, typer.Argument(metavar="MANDATE", help="Folder of the mandate below the data folder.")]
DataDir = Annotated[
    Path,
    typer.Option("--data", envvar="BEXIO_ANALYTICS_DATA", help="Folder that holds one folder per mandate."),
]
ReportsDir = Annotated[Path, typer.Option("--reports", help="Folder the pages are written to.")]
PeriodText = Annotated[
    str | None,
    typer.Option("--period", help="2026-Q3, 2026-H1, 2026-07 or 2026; default: the last one that has ended."),
]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Day the answer stands for; default today.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of tables for a person.")]
Lang = Annotated[str, typer.Option("--lang", help="Language of texts: de, fr, it or en.")]

DATA = Path("data")
REPORTS = Path("reports")


def now() -> datetime:
    """The only clock of the package, to the second, UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def day(text: str | None) -> date:
    """``--as-of`` as a date; today where it was not given.

    Raises:
        ConfigurationError: the text is not an ISO date.
    """
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"--as-of {text!r} is not a date: write it as 2026-11-22") from None


def period_of(text: str | None, mandate: Mandate, as_of: date) -> VatPeriod:
    """``--period``, or the last period of the mandate's rhythm that has ended."""
    return VatPeriod.parse(text) if text else last_ended(as_of, mandate.vat.rhythm)


def mandates_in(data: Path) -> list[Path]:
    """Folders of all mandates, by name."""
    return sorted(path.parent for path in data.glob(f"*/{SETTINGS_FILE}"))
