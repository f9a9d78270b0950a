"""Commands that get books: from the invented company, from bexio, from bexio's exports."""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, cast

import typer

from bexio_analytics import Books, Review, VatPeriod, VatReturn, __version__, vat_return
from bexio_analytics import review as run_review
from bexio_analytics.checks import ALL
from bexio_analytics.cli.connecting import stored_connection
from bexio_analytics.cli.options import DATA, REPORTS, AsOf, DataDir, Json, Lang, MandateName, ReportsDir, day, now
from bexio_analytics.cli.output import (
    CONSOLE,
    ERRORS,
    print_json,
    print_payable,
    print_severities,
    pull_progress,
    table,
)
from bexio_analytics.cli.running import AtOnce, pull_every
from bexio_analytics.connector import Connection, Progress, PullSettings, runtime_dir
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.present.formats import chf, count
from bexio_analytics.report import render_report
from bexio_analytics.review.house import with_house_checks
from bexio_analytics.simulator import WireSettings, create_app, serve
from bexio_analytics.simulator.company import build_company
from bexio_analytics.snapshot.imports import import_exports
from bexio_analytics.snapshot.portfolio import AT_ONCE
from bexio_analytics.snapshot.pulls import PulledMandate, pull_mandate

DEMO = "muster-handels-ag"
DEMO_PERIOD = "2026-Q3"
DEMO_TOKEN = "demo"  # noqa: S105 - opens nothing but the invented company on this machine
DEMO_MINUTE = 1.0
"""Length of bexio's rate minute in the demo, seconds: the limits are the real ones, only faster."""


def demo(
    data: DataDir = DATA,
    reports: ReportsDir = REPORTS,
    lang: Lang = "de",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Pull an invented company from a local bexio, review 2026-Q3 and write the report."""
    started = time.monotonic()
    today = day(as_of)
    app = create_app({DEMO_TOKEN: build_company()}, WireSettings(minute_seconds=DEMO_MINUTE))
    with serve(app) as bexio:
        connection = Connection(bexio.url, DEMO_TOKEN)
        pulled = _pull(data / DEMO, connection, PullSettings(minute=DEMO_MINUTE))
    if not as_json:
        _print_pulled(pulled)
    period = VatPeriod.parse(DEMO_PERIOD)
    with Books.open(pulled.mandate) as books:
        result = vat_return(books, period)
        done = run_review(books, pulled.mandate, period, with_house_checks(ALL, data / DEMO), as_of=today)
    if not as_json:
        _print_demo(pulled.mandate.name, result, done)
    page = render_report(pulled.mandate.folder, period, out_dir=reports, as_of=today, lang=lang)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        print_json(
            {
                "mandate": DEMO,
                "snapshot": pulled.snapshot.manifest.id,
                "period": period.id,
                "payable": result.payable,
                "findings": len(done.findings),
                "report": str(page),
                "seconds": seconds,
            }
        )
        return
    CONSOLE.print(f"Report: [bold]{page}[/] ({seconds} s). Open it in any browser.")
    CONSOLE.print(f"Next: bexio-analytics review {DEMO} --period {period} --data {data}", style="dim")


def _print_demo(name: str, result: VatReturn, done: Review) -> None:
    table(
        f"{name}, VAT return {result.period}, CHF",
        ["Ziffer", "", "amount"],
        [
            ["200", "total consideration", chf(result.ziffern["200"])],
            ["299", "taxable turnover", chf(result.ziffern["299"])],
            ["399", "tax owed", chf(result.ziffern["399"])],
            ["479", "input tax", chf(result.ziffern["479"])],
        ],
        right=["amount"],
    )
    print_payable(result)
    print_severities(done)


def simulate(
    port: Annotated[int, typer.Option("--port", help="TCP port on 127.0.0.1; 0 takes a free one.")] = 8080,
    scale: Annotated[
        int, typer.Option("--scale", min=1, help="Size of the company; 1 is some 3,000 journal lines.")
    ] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another company.")] = 2026,
    minute: Annotated[float, typer.Option("--minute", min=0.1, help="Seconds of bexio's rate minute.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Serve the invented company on bexio's wire until Ctrl-C; the token is 'demo'."""
    app = create_app({DEMO_TOKEN: build_company(seed=seed, scale=scale)}, WireSettings(minute_seconds=minute))
    # the address is told inside: Ctrl-C may come the moment it is read
    with serve(app, port) as bexio, suppress(KeyboardInterrupt):
        if as_json:
            print(json.dumps({"api_url": bexio.url, "token": DEMO_TOKEN}), flush=True)
        else:
            CONSOLE.print(f"Listening on [bold]{bexio.url}[/]. In another terminal:")
            command = f"BEXIO_TOKEN={DEMO_TOKEN} BEXIO_API_URL={bexio.url} bexio-analytics pull {DEMO}"
            CONSOLE.print(f"  {command}", style="dim")
        while True:
            time.sleep(3600)
    ERRORS.print("Stopped.", markup=False)


def pull(
    mandate: Annotated[str | None, typer.Argument(metavar="[MANDATE]", help="Folder of the mandate.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every connected mandate of the data folder.")] = False,
    at_once: AtOnce = AT_ONCE,
    full: Annotated[
        bool, typer.Option("--full", help="Read everything again, not only what may have changed.")
    ] = False,
    data: DataDir = DATA,
    as_json: Json = False,
) -> None:
    """Read a company from bexio into a new snapshot, with what `connect` stored or the token in BEXIO_TOKEN."""
    if every == (mandate is not None):
        raise ConfigurationError("name one mandate, or say --all")
    if mandate is None:
        pull_every(data, at_once=at_once, full=full, as_json=as_json)
        return
    pulled = _pull(data / mandate, stored_connection(data / mandate), full=full)
    if as_json:
        manifest = pulled.snapshot.manifest
        print_json(
            {
                "mandate": mandate,
                "snapshot": manifest.id,
                "created": pulled.created,
                "rows": {name: entry.rows for name, entry in manifest.tables.items()},
                "unavailable": manifest.unavailable,
                "unknown_fields": manifest.unknown_fields,
            }
        )
    else:
        _print_pulled(pulled)


def import_(
    mandate: MandateName,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Journal or account sheet as bexio exports it.")],
    data: DataDir = DATA,
    as_json: Json = False,
) -> None:
    """Read bexio's own export files (CSV or XLSX) into a new snapshot."""
    result = import_exports(data / mandate, files, at=now(), code_version=__version__)
    rows = result.snapshot.manifest.tables["journal"].rows
    if as_json:
        print_json(
            {
                "mandate": mandate,
                "snapshot": result.snapshot.manifest.id,
                "created": result.created_mandate,
                "journal_lines": rows,
                "replaced": list(result.replaced) if result.replaced else None,
                "added": result.added,
                "changed": result.changed,
                "removed": result.removed,
                "notes": list(result.notes),
            }
        )
        return
    CONSOLE.print(f"Snapshot [bold]{result.snapshot.manifest.id}[/] with {count(rows)} journal lines.")
    if result.replaced:
        CONSOLE.print(
            f"Replaced {result.replaced[0]:%d.%m.%Y} to {result.replaced[1]:%d.%m.%Y}: "
            f"{count(result.added)} lines added, {count(result.changed)} changed, "
            f"{count(result.removed)} removed."
        )
    for note in result.notes:
        CONSOLE.print(note, markup=False)
    if result.created_mandate:
        CONSOLE.print(f"Created {data / mandate / 'mandate.toml'} with assumptions: confirm them there.", markup=False)


def _pull(
    mandate_dir: Path, connection: Connection, settings: PullSettings | None = None, *, full: bool = False
) -> PulledMandate:
    with pull_progress() as progress:
        return asyncio.run(
            pull_mandate(
                mandate_dir,
                connection,
                started_at=now(),
                clock=now,
                code_version=__version__,
                progress=cast("Progress", progress),
                settings=settings or PullSettings(budget_dir=runtime_dir(os.environ)),
                full=full,
            )
        )


def _print_pulled(pulled: PulledMandate) -> None:
    manifest = pulled.snapshot.manifest
    rows = manifest.tables
    CONSOLE.print(
        f"Pulled [bold]{pulled.mandate.name}[/]: {count(rows['journal'].rows)} journal lines, "
        f"{count(rows['invoice'].rows)} invoices, {count(rows['bill'].rows)} bills, "
        f"{count(rows['expense'].rows)} expenses. Snapshot {manifest.id}."
    )
    for resource, reason in manifest.unavailable.items():
        ERRORS.print(f"Not available: {resource} ({reason})", markup=False)
    for name, fields in manifest.unknown_fields.items():
        ERRORS.print(f"bexio sends fields of {name} this version does not know: {', '.join(fields)}", markup=False)
    if pulled.created:
        CONSOLE.print(f"Created {pulled.mandate.folder / 'mandate.toml'} from what bexio says.", markup=False)
