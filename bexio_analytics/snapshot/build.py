"""Make snapshots: from the raw answers of a pull, or from frames that an import has read.

A snapshot is written beside its place and renamed when it is whole, so that a half-written one is never found. The
same rows give the same files byte by byte, in whatever order and over however many pulls they arrived, and so the same
hash in the snapshot's id. Tables that are as the snapshot before has them are hard links to its files.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from bexio_analytics.connector import RawFile, RawManifest, RawResource, link, read_raw, sha256_of, stamp
from bexio_analytics.errors import SchemaChangedError, SnapshotError, SnapshotIncompleteError
from bexio_analytics.snapshot.parsing import Page, ParsedTable, parse_tables, read_pages
from bexio_analytics.snapshot.schema import Table
from bexio_analytics.snapshot.store import (
    MANIFEST,
    Snapshot,
    SnapshotConfirmation,
    SnapshotManifest,
    TableEntry,
    content_hash,
    difference,
)
from bexio_analytics.snapshot.tables import INDISPENSABLE, LISTS, RESOURCES, TABLES
from bexio_analytics.snapshot.verify import verify_snapshot

_NAMED_AT_MOST: Final = 10


def build_snapshot(
    raw_dir: Path, snapshots_dir: Path, *, created_at: datetime, code_version: str, reuse: bool = False
) -> Snapshot:
    """Build the snapshot of one pull.

    Args:
        raw_dir: The folder ``raw/<stamp>`` of a finished pull.
        snapshots_dir: The mandate's folder of snapshots; created if there is none.
        created_at: With time zone; becomes the stamp in the snapshot's id.
        code_version: Version of this package, for the manifest.
        reuse: If the newest snapshot already holds exactly these tables, confirm it instead of writing another.

    Raises:
        SnapshotNotFoundError: there is no such raw folder.
        SnapshotIncompleteError: the pull was interrupted, or resources of it are not whole; all are named.
        SnapshotAlteredError: a raw file is not what was received.
        SchemaChangedError: a declared field is missing or has another type.
        SnapshotError: the folder holds an import.
    """
    raw = RawManifest.load(raw_dir)
    if raw.source != "api":
        raise SnapshotError(f"{raw_dir} holds an import, not a pull: import the export file again.")
    _refuse_incomplete(raw_dir.name, raw)
    raw.verify(raw_dir)
    held = _Held(raw_dir, raw)
    listed = {name: held.ids(name) for name in LISTS}
    parsed = held.parse("currency", {})
    currencies: dict[int, str] = dict(parsed["currency"].frame.select("id", "name").iter_rows())
    for resource in dict.fromkeys(table.resource for table in TABLES.values()):
        parsed |= held.parse(resource, currencies)
    _refuse_missing_details(raw_dir.name, listed, {name: parsed[name].frame["id"] for name in LISTS}, raw.unavailable)
    return write_snapshot(
        {name: _in_order(TABLES[name], table.frame) for name, table in parsed.items()},
        snapshots_dir,
        source=raw.source,
        created_at=created_at,
        code_version=code_version,
        raw=raw_dir.name,
        resources=raw.resources,
        unknown_fields={name: table.unknown_fields for name, table in parsed.items()},
        rounded={name: table.rounded for name, table in parsed.items()},
        reuse=reuse,
    )


def _in_order(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows by key: answers that were carried over come before the ones that are new, wherever they belong."""
    ordered = frame.sort(table.key, maintain_order=True)
    if "sequence" in table.by_name:
        ordered = ordered.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("sequence"))
    return ordered


def write_snapshot(
    frames: Mapping[str, pl.DataFrame],
    snapshots_dir: Path,
    *,
    source: str,
    created_at: datetime,
    code_version: str,
    raw: str,
    resources: Mapping[str, RawResource] | None = None,
    files: Iterable[RawFile] = (),
    unknown_fields: Mapping[str, Iterable[str]] | None = None,
    rounded: Mapping[str, Mapping[str, int]] | None = None,
    reuse: bool = False,
) -> Snapshot:
    """Write typed frames as a snapshot, whole or not at all.

    Tables without a frame are written empty. A frame may leave out nullable columns and need not keep the order of the
    declaration; all else must be as declared.

    Args:
        frames: By table name; see `TABLES`.
        snapshots_dir: The mandate's folder of snapshots; created if there is none.
        source: ``api`` or ``export``.
        created_at: With time zone; becomes the stamp in the snapshot's id.
        code_version: Version of this package, for the manifest.
        raw: Name of the raw folder the frames come from.
        resources: The raw manifest's entries of a pull.
        files: The raw manifest's entries of an import.
        unknown_fields: Undeclared wire fields by table.
        rounded: Number of rounded values by table and column.
        reuse: If the newest snapshot already holds exactly these tables, confirm it instead of writing another.

    Raises:
        SchemaChangedError: a frame has other columns or types than its table declares, or null where none may be.
        SnapshotError: a key occurs twice in a table.
    """
    foreign = sorted(frames.keys() - TABLES.keys())
    if foreign:
        raise SchemaChangedError(f"There is no table {', '.join(foreign)} in a snapshot.")
    ready = {
        table.name: _conform(table, frames[table.name]) if table.name in frames else table.empty()
        for table in TABLES.values()
    }
    snapshots_dir.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=snapshots_dir))
    try:
        entries = {}
        for name, frame in ready.items():
            path = beside / TABLES[name].file_name
            frame.write_parquet(path, compression="zstd", compression_level=3, statistics=True)
            entries[name] = TableEntry(
                rows=frame.height,
                sha256=sha256_of(path),
                unknown_fields=sorted((unknown_fields or {}).get(name, ())),
                rounded=dict((rounded or {}).get(name, {})),
            )
        content = content_hash({name: entry.sha256 for name, entry in entries.items()})
        manifest = SnapshotManifest(
            id=f"{stamp(created_at)}-{content}",
            source=source,
            created_at=created_at,
            code_version=code_version,
            raw=raw,
            tables=entries,
            resources=dict(resources or {}),
            files=list(files),
        )
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (beside / MANIFEST).write_bytes(text + b"\n")
        before = _newest(snapshots_dir)
        if before and reuse and before.manifest.tables == entries and _is_sound(before):
            SnapshotConfirmation.of(manifest).save(before.path)
            return before
        if before:
            _share_files(before, beside, entries)
        return _put_in_place(beside, snapshots_dir / manifest.id)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _newest(snapshots_dir: Path) -> Snapshot | None:
    try:
        return Snapshot.latest(snapshots_dir)
    except SnapshotError:
        return None


def _is_sound(snapshot: Snapshot) -> bool:
    try:
        verify_snapshot(snapshot)
    except SnapshotError:
        return False
    return True


def _share_files(before: Snapshot, beside: Path, entries: Mapping[str, TableEntry]) -> None:
    """Let tables that did not change share their room on the disk with those of the snapshot before."""
    for name, entry in entries.items():
        there, here = before.path_of(name), beside / TABLES[name].file_name
        if before.manifest.tables[name].sha256 == entry.sha256 and sha256_of(there) == entry.sha256:
            link(there, here)


def _put_in_place(beside: Path, place: Path) -> Snapshot:
    if place.exists():
        # Same second, same contents: the snapshot is there already and is never written a second time.
        there = Snapshot.open(place)
        verify_snapshot(there)
        return there
    beside.rename(place)
    return Snapshot.open(place)


def _refuse_incomplete(name: str, raw: RawManifest) -> None:
    reasons = dict(raw.incomplete)
    reasons |= {resource: "was not read" for resource in RESOURCES if resource not in raw.resources}
    reasons |= {
        resource: f"bexio refuses it: {note}" for resource, note in raw.unavailable.items() if resource in INDISPENSABLE
    }
    _refuse(name, reasons)


def _refuse_missing_details(
    name: str, listed: Mapping[str, list[int | str]], detailed: Mapping[str, pl.Series], unavailable: Mapping[str, str]
) -> None:
    reasons = {}
    for resource, ids in listed.items():
        there = set(detailed[resource].to_list())
        missing = [str(key) for key in ids if key not in there]
        if missing and LISTS[resource] in unavailable:
            reasons[LISTS[resource]] = (
                f"bexio lists rows of {resource} and refuses them: {unavailable[LISTS[resource]]}"
            )
        elif missing:
            named = ", ".join(missing[:_NAMED_AT_MOST]) + (" …" if len(missing) > _NAMED_AT_MOST else "")
            reasons[LISTS[resource]] = f"{len(missing)} rows of {resource} have no detail: {named}"
    _refuse(name, reasons)


def _refuse(name: str, reasons: Mapping[str, str]) -> None:
    if reasons:
        listed = "; ".join(
            f"{resource}: {reason.rstrip('.') or 'no reason given'}" for resource, reason in sorted(reasons.items())
        )
        raise SnapshotIncompleteError(
            f"Pull {name} is not complete. {listed}. The last whole snapshot stays in use: pull again."
        )


class _Held:
    """The answers of one pull. What came of a resource before bexio refused it is no part of it."""

    def __init__(self, raw_dir: Path, raw: RawManifest) -> None:
        self._folder = raw_dir
        self._unavailable = raw.unavailable

    def pages(self, resource: str) -> Iterator[Page]:
        """Its answers, one at a time."""
        return read_pages(resource, () if resource in self._unavailable else read_raw(self._folder, resource))

    def parse(self, resource: str, currencies: Mapping[int, str]) -> dict[str, ParsedTable]:
        """Its tables."""
        tables = [table for table in TABLES.values() if table.resource == resource]
        return parse_tables(tables, self.pages(resource), currencies)

    def ids(self, resource: str) -> list[int | str]:
        """Ids of the rows of a list."""
        ids: list[int | str] = []
        for page in self.pages(resource):
            for index, row in enumerate(page.rows):
                key = row.get("id")
                if not isinstance(key, int | str):
                    raise SchemaChangedError(
                        f"{resource}: field id should be an integer or a string, found nothing of the kind, at "
                        f"{page.at(index)}."
                    )
                ids.append(key)
        return ids


def _conform(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    absent = [
        pl.lit(None, dtype=column.dtype).alias(column.name)
        for column in table.columns
        if column.nullable and column.name not in frame.columns
    ]
    ordered = frame.with_columns(absent)
    if set(ordered.columns) == set(table.schema):
        ordered = ordered.select(table.schema.names())
    if ordered.schema != table.schema:
        raise SchemaChangedError(f"Table {table.name}: {difference(table.schema, ordered.schema)}.")
    nulls = ordered.null_count().row(0, named=True)
    for column in table.columns:
        if nulls[column.name] and not column.nullable:
            raise SchemaChangedError(f"Table {table.name}: column {column.name} holds {nulls[column.name]} nulls.")
    if ordered.select(table.key).is_duplicated().any() and table.key == ("id",):
        raise SnapshotError(f"Table {table.name}: ids occur more than once.")
    return ordered.rechunk()
