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
from bexio_analytics.present.cases import codes_of, severity_of, ziffern_of
from bexio_analytics.present.coverage import coverage
from bexio_analytics.present.formats import chf, count, signed_chf

# text is left to the terminal to wrap: a path or a message that is cut by us cannot be copied or searched for
CONSOLE = Console(highlight=False, soft_wrap=True)
ERRORS = Console(stderr=True, highlight=False, soft_wrap=True)

_MOST_COLUMNS = 8
"""A wider result is shown row by row: in a table nobody could read it."""

_MOST_FINDINGS = 5
"""Further findings written below the leading one of a booking that has one on each of its many rows."""

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
    covered = coverage(books, period)
    if covered.is_empty:
        ERRORS.print(f"The books have no bookings in {period}; nothing was examined.", style="bold")
    elif covered.ends_early:
        ERRORS.print(f"The books end on {covered.last:%d.%m.%Y}, before {period} does.", style="bold")


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


def print_cases(review: Review, top: int | None = None) -> None:
    """The first cases in rank order: what a case is about in one line, then a sentence for each of its findings.

    Args:
        review: with its cases.
        top: how many cases; default the short list.
    """
    shown = review.cases[: len(review.short_list) if top is None else top]
    for place, case in enumerate(shown, start=1):
        name, style = SEVERITIES[Severity(severity_of(case))]
        first, *others = case.findings
        facts = [f"{first.booked_on:%d.%m.%Y}"]
        if case.vat_effect is not None:
            facts.append(f"VAT {signed_chf(case.vat_effect)}")
        if ziffern := ziffern_of(case):
            facts.append(f"Ziffer {ziffern}")
        codes = " ".join(codes_of(case))
        CONSOLE.print(f"{place:>3} [bold]{codes}[/] [{style}]{name}[/] · " + " · ".join(facts))
        _print_indented(first.text())
        for finding in others[:_MOST_FINDINGS]:
            _print_indented(f"{finding.check} {finding.text()}", style="dim")
        if (left := len(others) - _MOST_FINDINGS) > 0:
            _print_indented(f"and {count(left)} more on this booking", style="dim")
    beyond = sum(len(case.findings) for case in review.cases[len(shown) :])
    if beyond:
        found = "1 further finding is" if beyond == 1 else f"{count(beyond)} further findings are"
        CONSOLE.print(
            f"{found} not shown, behind place {len(shown)}: --top {len(review.cases)} shows all, "
            f'sql {review.mandate} "from review.finding" --period {review.period.id} queries them.',
            style="dim",
            markup=False,
        )


def _print_indented(text: str, style: str = "") -> None:
    CONSOLE.print(Padding(Text(text, style=style), (0, 0, 0, 4)), soft_wrap=False)


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
