"""Commands that hold snapshots against each other, and against what was written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

import polars as pl
import typer
from rich.markup import escape

from bexio_analytics import Books, Mandate, VatPeriod
from bexio_analytics.books.difference import CHANGES, Difference, difference
from bexio_analytics.cli.options import DATA, DataDir, Json, MandateName
from bexio_analytics.cli.output import CONSOLE, ERRORS, print_json, table
from bexio_analytics.connector import RawManifest
from bexio_analytics.errors import BexioAnalyticsError, SnapshotError, SnapshotNotFoundError
from bexio_analytics.present.formats import chf, count, signed_chf
from bexio_analytics.snapshot import Snapshot, snapshot_folders, verify_snapshot
from bexio_analytics.snapshot.lookup import find_snapshot, snapshot_folder
from bexio_analytics.vat.effect import VatEffect, vat_effect

ROWS = 50
"""Rows a person sees of one table unless asked for more."""

_TITLES = {
    "journal_line": "Journal lines",
    "document": "Documents",
    "contact": "Contacts",
    "account": "Accounts",
    "tax_code": "Tax codes",
    "vat_period": "VAT periods",
}
# columns of the printed table, and of the frame what else tells a row apart
_SHOWN: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "journal_line": (
        {
            "date": "booked_on",
            "debit": "debit_account_no",
            "credit": "credit_account_no",
            "code": "tax_code",
            "CHF": "amount",
        },
        ("document_no", "contact_name", "description", "user_name"),
    ),
    "document": (
        {"date": "dated_on", "codes": "tax_codes", "gross": "gross", "": "currency"},
        ("document_no", "contact_name", "title", "status", "user_name"),
    ),
    "contact": ({"no": "contact_no"}, ("name", "city")),
    "account": ({"no": "account_no"}, ("name",)),
    "tax_code": ({"code": "code", "Ziffer": "ziffer", "rate": "rate"}, ("name",)),
    "vat_period": ({"from": "start_on", "till": "end_on"}, ("type", "status")),
}
_KEYS = {
    "journal_line": "line_id",
    "document": "document_id",
    "contact": "contact_id",
    "account": "account_id",
    "tax_code": "tax_id",
    "vat_period": "vat_period_id",
}
_INVOICE_STATUS = {
    "7": "draft",
    "8": "open",
    "9": "paid",
    "16": "partly paid",
    "19": "cancelled",
    "31": "overdue",
}
_STYLES = {"added": "green", "changed": "yellow", "deleted": "red", "renumbered": "dim"}

Row = dict[str, object]


def diff(
    mandate: MandateName,
    before: Annotated[
        str, typer.Argument(metavar="A", help="Older snapshot: id, unique beginning of it, latest or previous.")
    ] = "previous",
    after: Annotated[str, typer.Argument(metavar="B", help="Newer snapshot, named likewise.")] = "latest",
    filed: Annotated[
        list[str] | None,
        typer.Option("--filed", metavar="PERIOD", help="VAT period that is filed though bexio does not say so."),
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Rows to print of each table; 0 prints all.")] = ROWS,
    data: DataDir = DATA,
    as_json: Json = False,
) -> None:
    """Show what changed between two snapshots, what of it lies in filed VAT periods, and what it does to returns."""
    settings = Mandate.load(data / mandate)
    old, new = (find_snapshot(settings.folder / "snapshots", name) for name in (before, after))
    periods = [VatPeriod.parse(text) for text in filed or ()]
    with Books.open(settings, old) as then, Books.open(settings, new) as now:
        found = difference(then, now, filed=periods)
        effect = vat_effect(then, now, found.filed)
    if as_json:
        print_json(_json(mandate, found, effect))
    else:
        _print(found, effect, rows)


def verify(
    mandate: MandateName,
    snapshot: Annotated[
        str | None, typer.Argument(metavar="[SNAPSHOT]", help="One snapshot, named as for diff; default: all.")
    ] = None,
    data: DataDir = DATA,
    as_json: Json = False,
) -> None:
    """Hash every file of the snapshots, and of the raw answers they were made of, and say what is not as written."""
    folder = Mandate.load(data / mandate).folder
    snapshots = folder / "snapshots"
    if snapshot is None:
        names = [path.name for path in snapshot_folders(snapshots)]
        if not names:
            raise SnapshotNotFoundError(f"There is no snapshot in {snapshots} yet. Pull or import first.")
    else:
        names = [snapshot_folder(snapshots, snapshot).name]
    results = []
    for name in names:
        problems, raw = [], None
        try:
            held = Snapshot.open(snapshots / name)
            raw = held.manifest.raw
            verify_snapshot(held)
        except SnapshotError as error:
            problems.append(str(error))
        has_raw = raw is not None and (folder / "raw" / raw).is_dir()
        if raw is not None and has_raw:
            try:
                RawManifest.load(folder / "raw" / raw).verify(folder / "raw" / raw)
            except BexioAnalyticsError as error:
                problems.append(str(error))
        results.append({"snapshot": name, "whole": not problems, "raw_kept": has_raw, "problems": problems})
    if as_json:
        print_json({"mandate": mandate, "snapshots": results})
    else:
        _print_verified(results)
    if not all(result["whole"] for result in results):
        raise SystemExit(SnapshotError.exit_code)


def _print_verified(results: list[dict[str, object]]) -> None:
    for result in results:
        note = "" if result["raw_kept"] or not result["whole"] else ", its raw answers are not kept"
        if result["whole"]:
            CONSOLE.print(f"[green]whole[/]    {result['snapshot']}{note}")
        else:
            CONSOLE.print(f"[bold red]altered[/]  {result['snapshot']}")
            for problem in result["problems"] if isinstance(result["problems"], list) else ():
                ERRORS.print(f"  {problem}", markup=False)


def _json(mandate: str, found: Difference, effect: VatEffect) -> dict[str, object]:
    boxes: dict[str, Row] = {}
    for row in effect.payable.iter_rows(named=True):
        boxes[row["period_id"]] = {
            "period": row["period_id"],
            "is_filed": row["is_filed"],
            "was_filed": row["was_filed"],
            "payable": {"before": row["before"], "after": row["after"], "change": row["change"]},
            "ziffern": {},
            "tax": {},
        }
    for row in effect.boxes.iter_rows(named=True):
        _put(boxes[row["period_id"]]["ziffern"], row, "")
        if row["tax_change"] is not None:
            _put(boxes[row["period_id"]]["tax"], row, "tax_")
    return {
        "mandate": mandate,
        "before": found.before,
        "after": found.after,
        "counts": found.counts,
        "vat_effect": list(boxes.values()),
        "not_computed": dict(effect.not_computed),
        **{name: [_row_json(name, row) for row in frame.iter_rows(named=True)] for name, frame in found.frames.items()},
    }


def _put(target: object, row: Row, prefix: str) -> None:
    if isinstance(target, dict):
        target[row["ziffer"]] = {name: row[f"{prefix}{name}"] for name in ("before", "after", "change")}


def _row_json(name: str, row: Row) -> Row:
    """One row: what it is now (of a deleted one: what it was), and old and new value of the fields that changed."""
    key = _KEYS[name]
    plain = {column: value for column, value in row.items() if not column.endswith("_before") and column != "fields"}
    fields = row["fields"] if isinstance(row["fields"], list) else []
    made: Row = {"subject_id": f"{name}:{row[key]}", **plain}
    if row["change"] in {"renumbered", "changed"} and row[key] != row[f"{key}_before"]:
        made[f"{key}_before"] = row[f"{key}_before"]
    made["fields"] = {field: {"before": row[f"{field}_before"], "after": row[field]} for field in fields}
    return made


def _print(found: Difference, effect: VatEffect, rows: int) -> None:
    if found.is_empty:
        CONSOLE.print(f"Nothing differs between {found.before} and {found.after}.", markup=False)
        return
    CONSOLE.print(f"From {found.before} to {found.after}", markup=False)
    table(
        None,
        ["", *CHANGES],
        [[_TITLES[name], *(count(counted[change]) for change in CHANGES)] for name, counted in found.counts.items()],
        right=CHANGES,
    )
    _print_effect(effect)
    for name, frame in found.frames.items():
        _print_rows(name, frame.filter(pl.col("change") != "renumbered"), rows)


def _print_effect(effect: VatEffect) -> None:
    lines = []
    for period in effect.payable.iter_rows(named=True):
        boxes = effect.boxes.filter(pl.col("period_id") == period["period_id"])
        first = [period["period_id"], _filed(period, matters=True)]
        for box in boxes.iter_rows(named=True):
            figures = [chf(box["before"]), chf(box["after"]), signed_chf(box["change"]), signed_chf(box["tax_change"])]
            lines.append([*first, box["ziffer"], *figures])
            first = ["", ""]
        owed = [chf(period["before"]), chf(period["after"]), signed_chf(period["change"]), ""]
        lines.append([*first, "payable", *owed])
    if lines:
        CONSOLE.print()
        figures = ["before", "after", "change", "tax"]
        table("VAT returns, CHF", ["period", "filed", "Ziffer", *figures], lines, right=figures)
    for period_id, reason in effect.not_computed.items():
        ERRORS.print(f"The effect on {period_id} is not computed: {reason}", markup=False)


def _print_rows(name: str, frame: pl.DataFrame, rows: int) -> None:
    if frame.is_empty():
        return
    has_date = "is_filed" in frame.columns
    if has_date:  # what was changed behind a filed return comes first
        frame = frame.sort(
            pl.col("was_filed") & pl.col("touches_vat"), pl.col("is_filed"), descending=True, maintain_order=True
        )
    shown = frame.head(rows) if rows else frame
    columns, told = _SHOWN[name]
    lines = []
    for row in shown.iter_rows(named=True):
        change = str(row["change"])
        mark = _filed(row, matters=bool(row["touches_vat"])) if has_date else ""
        fields = row["fields"] if isinstance(row["fields"], list) else []
        what = " · ".join(text for text in (_text(column, row[column]) for column in told) if text)
        lines.append(
            [
                "\n".join(filter(None, [f"[{_STYLES[change]}]{change}[/]", mark])),
                *(_text(column, row[column]) for column in columns.values()),
                "\n".join([what, *(f"[bold]{field}[/]: {_moved(row, field)}" for field in fields)]),
            ]
        )
    CONSOLE.print()
    table(_TITLES[name], ["change", *columns, "what"], lines, right=["CHF", "gross", "rate"])
    if shown.height < frame.height:
        CONSOLE.print(f"… and {count(frame.height - shown.height)} more: --rows 0 prints all", style="dim")


def _filed(row: Row, *, matters: bool) -> str:
    if row["was_filed"] and matters:
        return "[bold red]after filing[/]"
    return "filed" if row["is_filed"] else ""


def _moved(row: Row, field: str) -> str:
    return f"{_text(field, row[f'{field}_before']) or '–'} → {_text(field, row[field]) or '–'}"


def _text(field: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if field in {"rate", "currency_factor"} else chf(value)
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if field == "status":
        return _INVOICE_STATUS.get(str(value), str(value).lower().replace("_", " "))
    return escape(str(value))
