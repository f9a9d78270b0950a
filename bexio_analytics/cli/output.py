"""What a person sees in the terminal: tables, progress, key figures. Programs get JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal

import polars as pl
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bexio_analytics import Books, Review, Severity, VatPeriod, VatReturn
from bexio_analytics.connector import PullProgress
from bexio_analytics.present.formats import chf, count, signed_chf

# text is left to the terminal to wrap: a path or a message that is cut by us cannot be copied or searched for
CONSOLE = Console(highlight=False, soft_wrap=True)
ERRORS = Console(stderr=True, highlight=False, soft_wrap=True)

_MOST_COLUMNS = 8
"""A wider result is shown row by row: in a table nobody could read it."""

SEVERITIES = {
    Severity.BLOCKS_FILING: ("blocks filing", "bold red"),
    Severity.MUST_BE_ANSWERED: ("must be answered", "dark_orange3"),
    Severity.LOOK_AT: ("look at", "yellow"),
    Severity.INFORMATION: ("information", "dim"),
}


def print_json(value: object) -> None:
    """One JSON document on standard output; amounts are decimal strings, dates and times ISO."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain, allow_nan=False))


def frame_rows(frame: pl.DataFrame) -> list[dict[str, object]]:
    """The rows of a query for a program: objects by column, numbers that are none as null."""
    return [
        {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()}
        for row in frame.iter_rows(named=True)
    ]


def _plain(value: object) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)


def table(
    title: str | None, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()
) -> None:
    """Print a table; ``right`` names the columns of numbers."""
    if title:
        CONSOLE.print(title, style="bold", markup=False)
    made = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    CONSOLE.print(made, soft_wrap=False)


def frame_table(frame: pl.DataFrame) -> None:
    """Print the result of a query."""
    if frame.width > _MOST_COLUMNS:
        for number, row in enumerate(frame.iter_rows(), start=1):
            CONSOLE.print(f"row {number}", style="bold")
            for name, value in zip(frame.columns, row, strict=True):
                CONSOLE.print(f"  {name:<24} {_cell(value)}", markup=False)
        CONSOLE.print(_rows(frame.height), style="dim")
        return
    numeric = [name for name, dtype in frame.schema.items() if dtype.is_numeric()]
    table(None, frame.columns, [[_cell(value) for value in row] for row in frame.iter_rows()], right=numeric)
    CONSOLE.print(_rows(frame.height), style="dim")


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{count(number)} rows"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return chf(value) if isinstance(value, Decimal) and value.as_tuple().exponent == -2 else str(value)  # noqa: PLR2004


def booked_days(books: Books) -> tuple[date, date] | None:
    """First and last day of the journal; None where it is empty."""
    first, last = books.sql("select min(booked_on) as first, max(booked_on) as last from journal_line").row(0)
    return None if first is None else (first, last)


def warn_of_end(books: Books, period: VatPeriod) -> None:
    """Say so where the books end before the period does: silence there is not cleanness."""
    days = booked_days(books)
    if days is None or days[1] < period.start or period.end < days[0]:
        ERRORS.print(f"The books have no bookings in {period}; nothing was examined.", style="bold")
    elif days[1] < period.end:
        ERRORS.print(f"The books end on {days[1]:%d.%m.%Y}, before {period} does.", style="bold")


def print_return(result: VatReturn) -> None:
    """The return as a table: every box with an amount, and all computed ones."""
    rows = []
    for box in result.form:
        amount = result.ziffern[box.ziffer]
        tax = result.tax.get(box.ziffer)
        if not amount and not tax and box.part != "computed":
            continue
        rate = result.rates.get(box.ziffer)
        rows.append([box.ziffer, box.title, f"{rate} %" if rate else "", chf(amount), chf(tax)])
    table(
        f"VAT return {result.period} ({result.method}, {result.basis} consideration), CHF",
        ["Ziffer", "", "rate", "amount", "tax"],
        rows,
        right=["rate", "amount", "tax"],
    )
    print_payable(result)


def print_payable(result: VatReturn) -> None:
    """The one figure everybody asks for, with its deadline."""
    word = "payable to the ESTV (500)" if result.payable >= 0 else "credit (510)"
    CONSOLE.print(f"[bold]CHF {chf(abs(result.payable))}[/] {word} · due {result.period.due_on:%d.%m.%Y}")


def print_bridge(result: VatReturn) -> None:
    """VAT accounts against coded tax."""
    table(
        "VAT accounts, CHF",
        ["account", "", "Ziffern", "opening", "coded tax", "settlement", "other", "closing"],
        [
            [
                row.account_no,
                row.account_name,
                " ".join(row.ziffern),
                *(chf(each) for each in (row.opening, row.coded_tax, row.settlement, row.other, row.closing)),
            ]
            for row in result.bridge
        ],
        right=["opening", "coded tax", "settlement", "other", "closing"],
    )


def print_findings(review: Review) -> None:
    """All findings in rank order: what it is about in one line, then the sentence."""
    for number, finding in enumerate(review.findings, start=1):
        name, style = SEVERITIES[finding.severity]
        facts = [f"{finding.booked_on:%d.%m.%Y}"]
        if finding.vat_effect is not None:
            facts.append(f"VAT {signed_chf(finding.vat_effect)}")
        if finding.ziffer:
            facts.append(f"Ziffer {finding.ziffer}")
        CONSOLE.print(f"{number:>3} [bold]{finding.check}[/] [{style}]{name}[/] · " + " · ".join(facts))
        CONSOLE.print(Padding(Text(finding.text()), (0, 0, 0, 4)), soft_wrap=False)


def print_severities(review: Review) -> None:
    """How many findings of each severity, and what did not run."""
    counts = dict.fromkeys(Severity, 0)
    for finding in review.findings:
        counts[finding.severity] += 1
    parts = [f"[{style}]{counts[severity]} {name}[/]" for severity, (name, style) in SEVERITIES.items()]
    found = "1 finding" if len(review.findings) == 1 else f"{len(review.findings)} findings"
    silent = sum(result.outcome == "not applicable" for result in review.results)
    CONSOLE.print(
        f"[bold]{found}[/]: " + " · ".join(parts) + f" ({len(review.results)} checks, {silent} not applicable)"
    )
    for result in review.results:
        if result.outcome == "failed":
            ERRORS.print(f"Check {result.check.code} failed to run: {result.note}", markup=False)


@contextmanager
def pull_progress() -> Iterator[object]:
    """Progress bars of a pull, one per resource, on standard error; yields the callback."""
    with Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:>7}{task.fields[of]}"),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
        console=ERRORS,
        transient=True,
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(at: PullProgress) -> None:
            if at.resource not in tasks:
                tasks[at.resource] = bars.add_task(at.resource, total=None, of="", state="")
            of = f" of {at.expected}" if at.expected is not None else ""
            bars.update(tasks[at.resource], completed=at.done, total=at.expected, of=of, state=at.state)

        yield tell
