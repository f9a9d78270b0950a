"""Snapshots on disk: found, opened and read. Nothing here changes one.

::

    snapshots/20261122T103300Z-1f0c93ab/
      account.parquet … vat_period.parquet    one file per table, every declared table
      manifest.json                           rows and hash of every file, and where the rows came from
    snapshots/20261122T103300Z-1f0c93ab.confirmed.json
                                              the last pull that found exactly this again, if one did
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import msgspec
import polars as pl

from bexio_analytics.connector import RawFile, RawResource, replace_file
from bexio_analytics.errors import SchemaChangedError, SnapshotAlteredError, SnapshotNotFoundError
from bexio_analytics.snapshot.tables import TABLES

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1

_ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")


class TableEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the manifest says about one table.

    Attributes:
        rows: Number of rows.
        sha256: Of the Parquet file.
        unknown_fields: Wire fields that no column declares; their values are in ``extra``.
        rounded: Number of values by column that had more decimals than the column keeps.
    """

    rows: int
    sha256: str
    unknown_fields: list[str] = []
    rounded: dict[str, int] = {}


class SnapshotManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot holds and where it comes from.

    Attributes:
        format: Version of this form.
        id: ``<UTC stamp>-<hash>``, the name of the folder; equal contents give equal hashes.
        source: ``api`` or ``export``.
        created_at: UTC.
        code_version: Version of this package that wrote it.
        raw: Name of the raw folder it was made of.
        complete: Always true: an incomplete pull makes no snapshot. Resources that bexio refuses to the connection
            are the exception that ``resources`` names as unavailable.
        tables: Entry by table.
        resources: As in the manifest of the raw folder; empty for an export.
        files: Imported export files; empty for the API.
    """

    format: int = FORMAT
    id: str
    source: str
    created_at: datetime
    code_version: str
    raw: str
    complete: bool = True
    tables: dict[str, TableEntry]
    resources: dict[str, RawResource] = {}
    files: list[RawFile] = []

    @property
    def unavailable(self) -> dict[str, str]:
        """Reason by resource that bexio refused: its tables are empty for that reason."""
        return {name: held.note for name, held in self.resources.items() if held.unavailable}

    @property
    def unknown_fields(self) -> dict[str, list[str]]:
        """Undeclared wire fields by table, where there are any."""
        return {name: entry.unknown_fields for name, entry in self.tables.items() if entry.unknown_fields}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the manifest of a snapshot.

        Raises:
            SnapshotNotFoundError: there is no such folder.
            SnapshotAlteredError: the manifest is missing, cannot be read or belongs to another folder.
            SchemaChangedError: another version of this package wrote the snapshot in another form.
        """
        path = folder / MANIFEST
        if not folder.is_dir():
            raise SnapshotNotFoundError(f"There is no snapshot {folder}. Pull or import first.")
        try:
            held = path.read_bytes()
            written = msgspec.json.decode(held, type=_Version).format
            if written != FORMAT:
                raise SchemaChangedError(
                    f"Snapshot {folder.name} has format {written}, this version reads format {FORMAT}. "
                    "Build it again from its raw answers, or pull."
                )
            manifest = msgspec.json.decode(held, type=cls)
        except (OSError, msgspec.DecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SnapshotAlteredError(f"{path} cannot be read ({reason}). Pull or import again.") from error
        return manifest


class _Version(msgspec.Struct):
    format: int


class SnapshotConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A later pull that came to the same tables; it stands beside the snapshot, which is never changed.

    Attributes:
        confirmed_at: When that pull began, UTC.
        raw: Name of the raw folder it rests on.
        resources: When reading of each resource began and ended, UTC.
    """

    confirmed_at: datetime
    raw: str
    resources: dict[str, tuple[datetime | None, datetime | None]] = {}

    @classmethod
    def of(cls, manifest: SnapshotManifest) -> Self:
        """What the manifest of a snapshot says that was not written, because there is one with the same tables."""
        read = {name: (held.read_from, held.read_till) for name, held in manifest.resources.items()}
        return cls(confirmed_at=manifest.created_at, raw=manifest.raw, resources=read)

    @classmethod
    def load(cls, snapshot: Path) -> Self | None:
        """The last one of a snapshot folder; None if there is none."""
        try:
            return msgspec.json.decode(_confirmation_of(snapshot).read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            return None

    def save(self, snapshot: Path) -> None:
        """Replace the earlier one."""
        replace_file(_confirmation_of(snapshot), msgspec.json.encode(self) + b"\n")


def _confirmation_of(snapshot: Path) -> Path:
    return snapshot.with_name(f"{snapshot.name}.confirmed.json")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One immutable state of a mandate's books as bexio had them."""

    path: Path
    manifest: SnapshotManifest

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a snapshot folder. Contents are not hashed here: `verify_snapshot` does.

        Raises:
            SnapshotNotFoundError: there is no such folder.
            SnapshotAlteredError: the manifest or a file is missing or cannot be read.
            SchemaChangedError: the snapshot was written by a version with other tables.
        """
        manifest = SnapshotManifest.load(path)
        undeclared = sorted(TABLES.keys() ^ manifest.tables.keys())
        if undeclared:
            raise SchemaChangedError(
                f"Snapshot {path.name} was written by version {manifest.code_version} with other tables "
                f"({', '.join(undeclared)}). Build it again from its raw answers, or pull."
            )
        for table in TABLES.values():
            if not (path / table.file_name).is_file():
                raise SnapshotAlteredError(f"{path / table.file_name} is missing. Pull or import again.")
        return cls(path, manifest)

    @classmethod
    def latest(cls, snapshots_dir: Path) -> Self:
        """Open the newest snapshot of a mandate.

        Raises:
            SnapshotNotFoundError: there is none yet.
            SnapshotAlteredError: it is damaged.
            SchemaChangedError: it was written by a version with other tables.
        """
        found = snapshot_folders(snapshots_dir)
        if not found:
            raise SnapshotNotFoundError(f"There is no snapshot in {snapshots_dir} yet. Pull or import first.")
        return cls.open(found[-1])

    @property
    def id(self) -> str:
        """``<UTC stamp>-<hash>``."""
        return self.manifest.id

    @property
    def confirmed_at(self) -> datetime:
        """When bexio was last found to hold exactly this, UTC: on creation, or by a later pull."""
        confirmation = SnapshotConfirmation.load(self.path)
        return confirmation.confirmed_at if confirmation else self.manifest.created_at

    def path_of(self, table: str) -> Path:
        """The Parquet file of a table.

        Raises:
            KeyError: no table has this name; near ones are named.
        """
        if table not in TABLES:
            near = difflib.get_close_matches(table, TABLES, n=1)
            raise KeyError(f"there is no table {table!r}" + (f", did you mean {near[0]!r}?" if near else ""))
        return self.path / TABLES[table].file_name

    def frame(self, table: str) -> pl.DataFrame:
        """A whole table, typed as `TABLES` declares it.

        Raises:
            KeyError: no table has this name.
            SnapshotAlteredError: the file cannot be read.
            SchemaChangedError: the file has other columns or types than this version declares.
        """
        path = self.path_of(table)
        try:
            frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise SnapshotAlteredError(f"{path} cannot be read. Pull or import again.") from error
        declared = TABLES[table].schema
        if frame.schema != declared:
            raise SchemaChangedError(
                f"{path}: {difference(declared, frame.schema)}. The snapshot was written by version "
                f"{self.manifest.code_version}: build it again from its raw answers, or pull."
            )
        return frame


def snapshot_folders(snapshots_dir: Path) -> list[Path]:
    """Whole snapshots of a mandate, oldest first; half-written ones have other names and do not count."""
    if not snapshots_dir.is_dir():
        return []
    return sorted(path for path in snapshots_dir.iterdir() if _ID.fullmatch(path.name) and path.is_dir())


def content_hash(hashes: Mapping[str, str]) -> str:
    """First eight hex digits of the hash over all tables' hashes: equal for equal contents."""
    lines = "".join(f"{name} {hashes[name]}\n" for name in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()[:8]


def difference(declared: Mapping[str, pl.DataType], found: Mapping[str, pl.DataType]) -> str:
    """The first column in which two schemas differ, in words."""
    for name, dtype in declared.items():
        if name not in found:
            return f"column {name} should be {dtype}, found nothing"
        if found[name] != dtype:
            return f"column {name} should be {dtype}, found {found[name]}"
    foreign = [name for name in found if name not in declared]
    if foreign:
        return f"column {foreign[0]} is not declared"
    return f"columns should be in the order {', '.join(declared)}"
