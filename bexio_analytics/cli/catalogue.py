"""Commands that tell what there is: checks, their pages, and the state of every mandate."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer
from rich.markup import escape

from bexio_analytics import Mandate
from bexio_analytics.checks import ALL
from bexio_analytics.cli.options import DATA, AsOf, DataDir, Json, Lang, day, mandates_in
from bexio_analytics.cli.output import CONSOLE, print_json, table
from bexio_analytics.cli.running import connected_mandates
from bexio_analytics.connector import interrupted_pulls
from bexio_analytics.connector.vault_status import connection_status
from bexio_analytics.errors import BexioAnalyticsError, ConfigurationError
from bexio_analytics.mandate.validation import did_you_mean
from bexio_analytics.periods import last_ended
from bexio_analytics.present.translation import Translator
from bexio_analytics.snapshot import Snapshot


def checks(lang: Lang = "en", as_json: Json = False) -> None:
    """List all checks with severity and what they examine."""
    translate = Translator(lang)
    if as_json:
        print_json(
            [
                {
                    "check": check.code,
                    "name": check.name,
                    "title": translate(check.title),
                    "severity": int(check.severity),
                    "confidence": str(check.confidence),
                    "subject": check.subject,
                    "restates": check.restates,
                    "references": list(check.references),
                    "thresholds": {name: str(each.default) for name, each in check.thresholds.items()},
                }
                for check in ALL.values()
            ]
        )
        return
    table(
        None,
        ["check", "severity", "examines", "title"],
        [[check.code, str(int(check.severity)), check.subject, translate(check.title)] for check in ALL.values()],
    )


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of a check, such as F05.")], lang: Lang = "en"
) -> None:
    """Show the page of one check: why it matters, false positives, what to do, the law."""
    check = ALL.get(code.upper())
    if check is None:
        raise ConfigurationError(f"There is no check {code}.{did_you_mean(code.upper(), list(ALL))}")
    translate = Translator(lang)
    CONSOLE.print(f"[bold]{check.code} {escape(translate(check.title))}[/]")
    CONSOLE.print(f"severity {int(check.severity)} · {check.confidence} · examines {check.subject}", style="dim")
    for heading, text in check.sections.items():
        CONSOLE.print(f"\n[bold]{translate(heading)}[/]\n{escape(translate(inspect.cleandoc(text)))}")
    if check.thresholds:
        CONSOLE.print(f"\n[bold]{translate('Thresholds')}[/]")
        for name, threshold in check.thresholds.items():
            CONSOLE.print(f"{name} = {threshold.default}", markup=False)
    CONSOLE.print(f"\n[bold]{translate('References')}[/]\n{escape(', '.join(check.references))}")


def status(data: DataDir = DATA, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show every mandate: how it is connected, its last snapshot, the period to file and the deadline."""
    today = day(as_of)
    rows = []
    for folder in sorted({*mandates_in(data), *connected_mandates(data)}):
        row: dict[str, object] = {"mandate": folder.name}
        try:
            connection = connection_status(folder, today)
            row |= {"connection": connection.to_json(), "connected": connection.label}
            mandate = Mandate.load(folder)
            period = last_ended(today, mandate.vat.rhythm)
            row |= {
                "name": mandate.name,
                "method": mandate.vat.method,
                "basis": mandate.vat.basis,
                "assumed": list(mandate.vat.assumed),
                "period": period.id,
                "due_on": period.due_on,
                "days_left": (period.due_on - today).days,
                "interrupted_pulls": [path.name for path in interrupted_pulls(folder / "raw")],
            }
            manifest = Snapshot.latest(folder / "snapshots").manifest
            row |= {
                "snapshot": manifest.id,
                "source": manifest.source,
                "read_at": manifest.created_at.isoformat(),
                "journal_lines": manifest.tables["journal"].rows,
            }
        except BexioAnalyticsError as error:
            row["problem"] = str(error)
        rows.append(row)
    if as_json:
        print_json(rows)
        return
    if not rows:
        CONSOLE.print(f"No mandate in {data}. Begin with: bexio-analytics demo", markup=False)
        return
    for row in rows:
        _print_status(row)


def _print_status(row: dict[str, object]) -> None:
    """One mandate: what is due, then what it rests on, then what somebody should do."""
    head = f"[bold]{escape(str(row['mandate']))}[/]"
    if "period" in row:
        head += f"  {row['period']} due {row['due_on']}, {row['days_left']} days left"
    CONSOLE.print(head)
    facts = [str(row.get("connected", ""))]
    if "snapshot" in row:
        facts += [f"snapshot {row['snapshot']}", f"{row['journal_lines']} journal lines", f"from {row['source']}"]
    CONSOLE.print("  " + escape(" · ".join(fact for fact in facts if fact)), style="dim")
    for note in _notes(row):
        CONSOLE.print(f"  {note}", markup=False)


def _notes(row: dict[str, object]) -> list[str]:
    notes: list[str] = []
    if row.get("problem"):
        notes.append(str(row["problem"]))
    connection = row.get("connection")
    if isinstance(connection, dict):
        notes += connection["warnings"]
    if assumed := row.get("assumed"):
        notes.append(f"assumed: {', '.join(assumed) if isinstance(assumed, list) else assumed}")
    if row.get("interrupted_pulls"):
        notes.append("the last pull was interrupted; this is the snapshot before it")
    return notes
