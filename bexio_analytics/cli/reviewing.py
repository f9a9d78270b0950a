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
    booked_days,
    frame_rows,
    frame_table,
    print_cases,
    print_json,
    print_severities,
    warn_of_end,
)
from bexio_analytics.cli.self_testing import run_self_test
from bexio_analytics.errors import BexioAnalyticsError, ConfigurationError
from bexio_analytics.report import render_report
from bexio_analytics.review import FINDING_SCHEMA, RESULT_SCHEMA, Outcome
from bexio_analytics.review.house import with_house_checks
from bexio_analytics.review.self_test import BUDGET

FAILED_TO_RUN = 4


def review(
    mandate: MandateName,
    period: PeriodText = None,
    data: DataDir = DATA,
    as_of: AsOf = None,
    fail_on: Annotated[
        int | None, typer.Option("--fail-on", min=1, max=4, help="Exit with 1 if a finding is this severe or worse.")
    ] = None,
    top: Annotated[
        int | None,
        typer.Option("--top", min=1, help="How many bookings to list; default: the short list. JSON has them all."),
    ] = None,
    test: Annotated[
        bool,
        typer.Option(
            "--self-test", help="Plant known errors in a copy of these books and tell which of them are found."
        ),
    ] = False,
    budget: Annotated[
        int, typer.Option("--budget", min=1, help="With --self-test: how many findings are read.")
    ] = BUDGET,
    seed: Annotated[int, typer.Option("--seed", help="With --self-test: another seed hits other bookings.")] = 0,
    as_json: Json = False,
) -> None:
    """Run all checks over a VAT period and list what they found by booking, most important first.

    Checks of your own in data/MANDATE/checks run with them; a .py file there is executed with your rights.
    """
    settings, today = Mandate.load(data / mandate), day(as_of)
    asked, known = period_of(period, settings, today), with_house_checks(ALL, settings.folder)
    if test:
        tested = run_self_test(settings, asked, known, as_of=today, budget=budget, seed=seed, as_json=as_json)
        if tested.failed:
            raise SystemExit(FAILED_TO_RUN)
        return
    with Books.open(settings) as books:
        done = run_review(books, settings, asked, known, as_of=today)
        warn_of_end(books, done.period)
        days = booked_days(books)
    if as_json:
        print_json({**done.to_json(), "books_end_on": days and days[1]})
    else:
        if done.findings:
            print_cases(done, top)
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
            asked = period_of(period, settings, today)
            pages[folder.name] = str(render_report(folder, asked, out_dir=reports, as_of=today, lang=lang))
            if not every:
                with Books.open(settings) as books:
                    warn_of_end(books, asked)
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
            known = with_house_checks(ALL, settings.folder)
            run_review(books, settings, VatPeriod.parse(period), known, as_of=day(as_of))
        try:
            frame = books.sql(query if query is not None else sys.stdin.read())
        except duckdb.Error as error:
            raise ConfigurationError(f"The query cannot be run. {error}") from error
    if as_json:
        print_json(frame_rows(frame))
    else:
        frame_table(frame)
