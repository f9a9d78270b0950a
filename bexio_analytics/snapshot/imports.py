"""Imports bexio's export files: files kept unchanged in ``raw/``, a snapshot made of them and of earlier imports."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from bexio_analytics.connector import RawFile, RawManifest, sha256_of, stamp
from bexio_analytics.connector.exports import Export, ExportKind, read_exports
from bexio_analytics.errors import ConfigurationError, ImportFileError
from bexio_analytics.mandate import ASSUMABLE, SETTINGS_FILE, Mandate, VatSettings, mandate_id
from bexio_analytics.snapshot.build import write_snapshot
from bexio_analytics.snapshot.export_tables import (
    account_names,
    export_tables,
    journal_rows,
    tax_table,
    unknown_codes,
    unnamed_account,
)
from bexio_analytics.snapshot.store import Snapshot, snapshot_folders
from bexio_analytics.snapshot.tables import TABLES

_COMPARED = [name for name in TABLES["journal"].schema if name not in {"id", "sequence"}]
_NAMED_CODES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What an import did.

    Attributes:
        snapshot: the new state of the books.
        mandate: its settings.
        created_mandate: ``mandate.toml`` was written, with assumptions.
        replaced: first and last day (inclusive) whose earlier lines were replaced, None where there were none.
        added, changed, removed: number of journal lines, told apart by their id.
        changes: these lines: ``change`` (added, changed, removed), then the columns of ``journal`` as they are now,
            of removed lines as they were.
        notes: what was noticed and did not prevent the import.
    """

    snapshot: Snapshot
    mandate: Mandate
    created_mandate: bool
    replaced: tuple[date, date] | None
    added: int
    changed: int
    removed: int
    changes: pl.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Merged:
    """The journal after an import, and what became of the lines before."""

    journal: pl.DataFrame
    changes: pl.DataFrame
    replaced: tuple[date, date] | None
    notes: list[str]


def import_exports(
    mandate_dir: Path, files: Sequence[Path], *, at: datetime, code_version: str, name: str | None = None
) -> ImportResult:
    """Import export files into a mandate, whole or not at all.

    The lines replace those of earlier imports from the first to the last date of the files, both inclusive; lines
    outside stay. Where there is no ``mandate.toml`` one is written: effective method, agreed consideration, quarterly,
    calendar business years, marked as assumptions.

    Args:
        mandate_dir: ``data/<mandate>``; created where it is missing.
        files: journals (format 1) or account sheets (format 2), CSV or spreadsheet.
        at: time of the import, with a zone; becomes the stamp of the raw folder and of the snapshot.
        code_version: version of this package, for the manifests.
        name: of the company for a new ``mandate.toml``; the folder's name where it is None.

    Raises:
        ImportFileError: a file cannot be read; one message names file, line and column of up to twenty problems. Or
            account sheets of some accounts only would replace a fuller journal.
        ConfigurationError: ``mandate.toml`` is wrong, or the mandate is fed by the API.
        SnapshotError: the newest snapshot is damaged.
    """
    mandate_id(mandate_dir)
    export = read_exports(files)
    previous = _previous(mandate_dir)
    merged = _merge(export, previous)
    created = not (mandate_dir / SETTINGS_FILE).exists()
    if created:
        mandate = Mandate.create(mandate_dir, name or mandate_dir.name, vat=VatSettings(assumed=ASSUMABLE))
    else:
        mandate = Mandate.load(mandate_dir)
    # Two imports within a second: the later one takes the next free second, so that its snapshot is the newest.
    while (mandate_dir / "raw" / stamp(at)).exists():
        at += timedelta(seconds=1)
    raw = mandate_dir / "raw" / stamp(at)
    try:
        names = _known_names(export, previous)
        _keep_files(raw, export, mandate, at, code_version)
        snapshot = write_snapshot(
            export_tables(merged.journal, names, mandate),
            mandate_dir / "snapshots",
            source="export",
            created_at=at,
            code_version=code_version,
            raw=raw.name,
            files=RawManifest.load(raw).files,
        )
    except BaseException:
        shutil.rmtree(raw, ignore_errors=True)
        if created:
            (mandate_dir / SETTINGS_FILE).unlink()
        raise
    counted = merged.changes["change"].value_counts()
    counts = dict(zip(counted["change"], counted["count"], strict=True))
    return ImportResult(
        snapshot=snapshot,
        mandate=mandate,
        created_mandate=created,
        replaced=merged.replaced,
        added=counts.get("added", 0),
        changed=counts.get("changed", 0),
        removed=counts.get("removed", 0),
        changes=merged.changes,
        notes=(*export.notes, *merged.notes, *_notes(export, merged.journal, mandate, created=created)),
    )


def _previous(mandate_dir: Path) -> Snapshot | None:
    if not snapshot_folders(mandate_dir / "snapshots"):
        return None
    newest = Snapshot.latest(mandate_dir / "snapshots")
    if newest.manifest.source != "export":
        raise ConfigurationError(
            f"the mandate {mandate_dir.name} is pulled from bexio's API (snapshot {newest.id}): exports are not mixed "
            "into it. Pull it again, or import into a mandate of its own"
        )
    return newest


def _merge(export: Export, previous: Snapshot | None) -> _Merged:
    """Put the new lines in the place of the earlier ones of the same days."""
    new = journal_rows(export.lines)
    first, last = export.lines[0].booked_on, export.lines[-1].booked_on
    old = previous.frame("journal") if previous else TABLES["journal"].empty()
    # A line whose date was moved across the border of the period is the same line, and stays where it is now.
    is_replaced = pl.col("date").is_between(first, last) | pl.col("id").is_in(new["id"].implode())
    gone, kept = old.filter(is_replaced), old.filter(~is_replaced)
    changes = _changes(gone, new)
    if not export.is_whole_ledger and (changes["change"] == "removed").any():
        raise ImportFileError(
            f"the account sheets of {first} to {last} leave out accounts and would remove journal lines imported "
            "earlier; export all accounts, or the journal; nothing was imported"
        )
    journal = (
        pl.concat([kept, new])
        .sort("date", "sequence", maintain_order=True)
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("sequence"))
    )
    notes = []
    if kept.height:
        notes.append(f"{kept.height} journal lines of earlier imports outside {first} to {last} stay as they were")
    return _Merged(journal, changes, (first, last) if gone.height else None, notes)


def _changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Lines that were added, changed or removed, by id."""
    both = after.join(before, on="id", how="inner", suffix="_before")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in _COMPARED)
    changed = after.filter(pl.col("id").is_in(both.filter(differs)["id"].implode()))
    parts = {
        "added": after.join(before, on="id", how="anti"),
        "changed": changed,
        "removed": before.join(after, on="id", how="anti"),
    }
    labelled = [part.select(pl.lit(change).alias("change"), pl.all()) for change, part in parts.items()]
    return pl.concat(labelled).sort("date", "sequence", maintain_order=True)


def _known_names(export: Export, previous: Snapshot | None) -> dict[str, str]:
    """Account names: as printed now, else as an earlier export printed them."""
    names = account_names(export.lines)
    if previous is None:
        return names
    for number, name in previous.frame("account").select("account_no", "name").iter_rows():
        if name != unnamed_account(number) and (not names.get(number) or "\ufffd" in names[number]):
            names[number] = name
    return names


def _keep_files(place: Path, export: Export, mandate: Mandate, at: datetime, code_version: str) -> None:
    """Copy the files unchanged into ``raw/<stamp>/`` with a manifest, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=place.parent))
    try:
        kept = []
        for file, kept_name in zip(export.files, _distinct_names(file.path.name for file in export.files), strict=True):
            shutil.copyfile(file.path, beside / kept_name)
            kept.append(
                RawFile(
                    name=kept_name,
                    sha256=sha256_of(beside / kept_name),
                    kind=file.kind.value,
                    encoding=file.encoding,
                    rows=file.rows,
                    first_on=file.first_on,
                    last_on=file.last_on,
                )
            )
        manifest = RawManifest(
            source="export",
            company=mandate.name,
            started_at=at,
            finished_at=at,
            code_version=code_version,
            files=kept,
        )
        manifest.save(beside)
        beside.rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _distinct_names(names: Iterable[str]) -> list[str]:
    """File names of one folder: a name that is taken gets a number before it."""
    taken: dict[str, None] = {"manifest.json": None}
    for name in names:
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{number}-{name}"
        taken[free] = None
    return list(taken)[1:]


def _notes(export: Export, journal: pl.DataFrame, mandate: Mandate, *, created: bool) -> list[str]:
    notes = []
    if created:
        notes.append(
            f"{SETTINGS_FILE} was written with assumptions: effective method, agreed consideration, quarterly returns, "
            "calendar business years; confirm or correct them"
        )
    unknown = unknown_codes(journal, mandate)
    if unknown:
        named = ", ".join(f"{code} ({lines} lines)" for code, lines in list(unknown.items())[:_NAMED_CODES])
        notes.append(
            f"unknown tax codes reach no box of the return: {named}; describe them in {SETTINGS_FILE} "
            "as [tax_codes.<code>]"
        )
    known: dict[str, str] = dict(tax_table(journal, mandate).select("code", "digit").iter_rows())
    printed = {(line.tax_code, line.ziffer) for line in export.lines if line.ziffer and line.tax_code in known}
    for code, ziffer in sorted((code, ziffer) for code, ziffer in printed if code and ziffer):
        if ziffer not in known[code].split("."):
            notes.append(f"the account sheet prints Ziffer {ziffer} for {code}, which stands for {known[code]} here")
    if any(file.kind is ExportKind.ACCOUNT_SHEET for file in export.files):
        notes.append("account sheets were put together to a journal: check a few bookings against bexio")
    return notes
