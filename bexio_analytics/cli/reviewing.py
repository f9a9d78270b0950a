"""Commands that review books: findings, the return, the report, ad hoc SQL."""

from __future__ import annotations

import sys
from typing import Annotated

import duckdb
import polars as pl
import typer

from bexio_analytics import Books, Mandate, VatPeriod
from bexio_analytics import review as run_review
from bexio_analytics.checks import ALL
from bexio_analytics.cli.options import (
    DATA,
    REPORTS,
    AsOf,
    DataDir,
    Json,
    Lang,
    MandateName,
    PeriodText,
    ReportsDir,
    day,
    mandates_in,
    period_of,
)
from bexio_analytics.cli.output import (
    CONSOLE,
    ERRORS,
    frame_rows,
    frame_table,
    print_findings,
    print_json,
    print_severities,
    warn_of_end,
)
from bexio_analytics.errors import BexioAnalyticsError, ConfigurationError
from bexio_analytics.report import render_report
from bexio_analytics.review import FINDING_SCHEMA, RESULT_SCHEMA, Outcome

FAILED_TO_RUN = 4


def review(
    mandate: MandateName,
    period: PeriodText = None,
    data: DataDir = DATA,
    as_of: AsOf = None,
    fail_on: Annotated[
        int | None, typer.Option("--fail-on", min=1, max=4, help="Exit with 1 if a finding is this severe or worse.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run all checks over a VAT period and list the findings, most important first."""
    settings, today = Mandate.load(data / mandate), day(as_of)
    with Books.open(settings) as books:
        done = run_review(books, settings, period_of(period, settings, today), ALL, as_of=today)
        warn_of_end(books, done.period)
    if as_json:
        print_json(done.to_json())
    else:
        if done.findings:
            print_findings(done)
        print_severities(done)
    if any(result.outcome is Outcome.FAILED for result in done.results):
        raise SystemExit(FAILED_TO_RUN)
    if fail_on is not None and any(finding.severity <= fail_on for finding in done.findings):
        raise SystemExit(1)


def report(
    mandate: Annotated[str | None, typer.Argument(metavar="[MANDATE]", help="Folder of the mandate.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every mandate of the data folder.")] = False,
    period: PeriodText = None,
    data: DataDir = DATA,
    reports: ReportsDir = REPORTS,
    lang: Lang = "de",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Write the review report of a period as one self-contained HTML page."""
    if every == (mandate is not None):
        raise ConfigurationError("name one mandate, or say --all")
    folders = mandates_in(data) if mandate is None else [data / mandate]
    today = day(as_of)
    pages, failed = {}, {}
    for folder in folders:
        try:
            settings = Mandate.load(folder)
            pages[folder.name] = str(
                render_report(folder, period_of(period, settings, today), out_dir=reports, as_of=today, lang=lang)
            )
        except BexioAnalyticsError as error:
            if not every:
                raise
            failed[folder.name] = str(error)  # one mandate never stops the others
            code = error.exit_code
    if as_json:
        print_json({"reports": pages, "failed": failed})
    else:
        for page in pages.values():
            CONSOLE.print(page, markup=False)
        for name, reason in failed.items():
            ERRORS.print(f"{name}: {reason}", markup=False)
    if failed:
        raise SystemExit(code)


def sql(
    mandate: MandateName,
    query: Annotated[str | None, typer.Argument(help="One query; default: read it from standard input.")] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="Review this period first, so that review.finding can be queried.")
    ] = None,
    data: DataDir = DATA,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Query the views of a mandate with DuckDB's SQL; nothing can be changed and no other file be read."""
    settings = Mandate.load(data / mandate)
    with Books.open(settings) as books:
        books.register("review", "finding", pl.DataFrame(schema=FINDING_SCHEMA))
        books.register("review", "result", pl.DataFrame(schema=RESULT_SCHEMA))
        if period:
            run_review(books, settings, VatPeriod.parse(period), ALL, as_of=day(as_of))
        try:
            frame = books.sql(query if query is not None else sys.stdin.read())
        except duckdb.Error as error:
            raise ConfigurationError(f"The query cannot be run. {error}") from error
    if as_json:
        print_json(frame_rows(frame))
    else:
        frame_table(frame)
