"""Commands that tell what there is: checks, their pages, and the state of every mandate."""

from __future__ import annotations

import inspect
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bexio_analytics import Mandate
from bexio_analytics.checks import ALL
from bexio_analytics.checks.handbook import NOT_COMPUTED
from bexio_analytics.cli.options import DATA, AsOf, DataDir, Json, Lang, day, mandates_in
from bexio_analytics.cli.output import CONSOLE, print_json, table
from bexio_analytics.cli.running import connected_mandates
from bexio_analytics.connector import interrupted_pulls
from bexio_analytics.connector.vault_status import connection_status
from bexio_analytics.errors import BexioAnalyticsError, ConfigurationError
from bexio_analytics.periods import last_ended
from bexio_analytics.present.labels import CONFIDENCE_NAMES, SEVERITY_NAMES
from bexio_analytics.present.translation import Translator
from bexio_analytics.review import Check, CheckSet
from bexio_analytics.review.house import new_check, with_house_checks
from bexio_analytics.snapshot import Snapshot
from bexio_analytics.snapshot.filing import period_to_file

OfMandate = Annotated[
    str | None, typer.Argument(metavar="[MANDATE]", help="Also the checks in this mandate's own folder.")
]


def checks(
    mandate: OfMandate = None,
    new: Annotated[
        str | None,
        typer.Option("--new", metavar="CODE", help="Write a check of your own, X01 to X99, with its test beside it."),
    ] = None,
    python: Annotated[
        bool, typer.Option("--python", help="With --new: as a program with your rights, instead of a confined query.")
    ] = False,
    data: DataDir = DATA,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """List all checks with severity and what they examine; or begin one of your own for a mandate.

    Checks of your own lie in data/MANDATE/checks. A .sql file can read the views of the books and nothing else; a .py
    file is your code and is run with your rights whenever the mandate is reviewed.
    """
    if new is not None:
        _begin_check(mandate, new, data, form="py" if python else "sql", as_json=as_json)
        return
    known = _checks_of(mandate, data)
    translate = Translator(lang)
    if as_json:
        print_json([_described(check, translate) for check in known.values()])
        return
    table(
        None,
        ["check", "severity", "examines", "title"],
        [[check.code, str(int(check.severity)), check.subject, translate(check.title)] for check in known.values()],
    )


def _described(check: Check, translate: Translator) -> dict[str, object]:
    return {
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


def _checks_of(mandate: str | None, data: Path) -> CheckSet:
    """The package's checks, and those of a mandate where one is named."""
    return with_house_checks(ALL, Mandate.load(data / mandate).folder) if mandate else ALL


def _begin_check(mandate: str | None, code: str, data: Path, *, form: str, as_json: bool) -> None:
    if mandate is None:
        raise ConfigurationError(f"name the mandate the check is for: bexio-analytics checks MANDATE --new {code}")
    check, test = new_check(Mandate.load(data / mandate).folder, code, form=form)
    if as_json:
        print_json({"check": str(check), "test": str(test)})
        return
    CONSOLE.print(f"{check}\n{test}", markup=False)
    CONSOLE.print(f"Change both, then: pytest {test}", style="dim", markup=False)


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of a check, such as F05.")],
    mandate: OfMandate = None,
    data: DataDir = DATA,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Show the page of one check: why it matters, false positives, what to do, the law."""
    known = _checks_of(mandate, data)
    if mandate is None and code.strip().upper().startswith("X"):
        raise ConfigurationError(f"{code} is a check of one mandate: bexio-analytics explain {code} MANDATE")
    reason = NOT_COMPUTED.get(code.strip().upper())
    if reason is not None:
        raise ConfigurationError(f"{code.strip().upper()} is not computed. {reason}")
    check = known.explain(code)
    translate = Translator(lang)
    sections = {heading: translate(inspect.cleandoc(text)) for heading, text in check.sections.items()}
    if as_json:
        print_json({**_described(check, translate), "sections": sections})
        return
    CONSOLE.print(f"[bold]{check.code} {escape(translate(check.title))}[/]")
    rank = f"{int(check.severity)} {translate(SEVERITY_NAMES[int(check.severity)])}"
    certainty = translate(CONFIDENCE_NAMES[str(check.confidence)])
    CONSOLE.print(f"{rank} · {certainty} · {check.subject}", style="dim")
    for heading, text in sections.items():
        CONSOLE.print(f"\n[bold]{translate(heading)}[/]\n{escape(text)}")
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
        problems: list[str] = []
        try:
            connection = connection_status(folder, today)
            row |= {"connection": connection.to_json(), "connected": connection.label}
        except BexioAnalyticsError as error:
            problems.append(str(error))
        try:
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
            snapshot = Snapshot.latest(folder / "snapshots")
            manifest, period = snapshot.manifest, period_to_file(snapshot, today, mandate.vat.rhythm)
            row |= {
                "period": period.id,
                "due_on": period.due_on,
                "days_left": (period.due_on - today).days,
                "snapshot": manifest.id,
                "source": manifest.source,
                "read_at": snapshot.confirmed_at.isoformat(),
                "journal_lines": manifest.tables["journal"].rows,
            }
        except BexioAnalyticsError as error:
            problems.append(str(error))
        if problems:
            row["problem"] = " ".join(problems)
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
        read_at = f"{datetime.fromisoformat(str(row['read_at'])).astimezone():%d.%m.%Y %H:%M}"
        facts += [f"last pull {read_at}" if row["source"] == "api" else f"imported {read_at}"]
        facts += [f"snapshot {row['snapshot']}", f"{row['journal_lines']} journal lines"]
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
