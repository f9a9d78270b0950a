"""The books of one mandate at one moment, opened for reading."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import polars as pl
from filelock import FileLock

from bexio_analytics.books.build import CATALOG, build, definitions_sha256, meanings
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import Mandate
from bexio_analytics.snapshot import TABLES, Snapshot, snapshot_folders
from bexio_analytics.snapshot.export_tables import tax_table

FILE_NAME = "books.duckdb"

# Nothing is ever fetched: no extension, no remote file.
_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}

MEMORY_LIMIT = "3GB"
"""What DuckDB may hold in memory for one mandate; beyond it the folder of the mandate takes what does not fit."""


def _within(folder: Path) -> dict[str, str | bool | int | float | list[str]]:
    """Settings of a connection that spills into the mandate's folder, and never into the working directory."""
    return {**_OFFLINE, "memory_limit": MEMORY_LIMIT, "temp_directory": str(folder / ".spill")}


_EMPTY_REVIEW = {
    "period": {"period_id": pl.String, "start_on": pl.Date, "end_on": pl.Date},
}


@dataclass(frozen=True, slots=True)
class Books:
    """The books of one mandate: DuckDB views over one snapshot, with the law and the mandate's settings applied.

    Use it as a context manager, or call `close`. In SQL the views have bare names (``posting``), the law lies in
    ``law`` (``law.vat_rate``), the tables as bexio had them in ``snapshot`` and what a review found in ``review``.

    Attributes:
        mandate: the settings the views were made with.
        snapshot_id: the snapshot they were made from.
        source: ``api`` or ``export``.
    """

    mandate: Mandate
    snapshot_id: str
    source: str
    _connection: duckdb.DuckDBPyConnection = field(repr=False)

    @classmethod
    def open(cls, mandate: Mandate, snapshot: Snapshot | None = None) -> Self:
        """Open the books of a mandate read-only; they are built first where snapshot, settings or version changed.

        ``books.duckdb`` in the mandate's folder holds the books of the newest snapshot for any other DuckDB client too.
        Those of an older snapshot, with the settings of today, are built in memory and leave that file alone.

        Args:
            mandate: whose books.
            snapshot: another than the newest snapshot.

        Raises:
            SnapshotNotFoundError: nothing was pulled or imported yet.
            SnapshotError: the snapshot is damaged, or was written by a version with other tables.
        """
        folders = snapshot_folders(mandate.folder / "snapshots")
        if snapshot is not None and snapshot.path not in folders[-1:]:
            return cls(mandate, snapshot.id, snapshot.manifest.source, _prepared(_built_in_memory(snapshot, mandate)))
        snapshot = snapshot or Snapshot.latest(mandate.folder / "snapshots")
        path = mandate.folder / FILE_NAME
        key = f"{snapshot.manifest.id} {mandate.settings_sha256} {definitions_sha256()}"
        with FileLock(path.with_suffix(".lock")):
            if _key_of(path) != key:
                _build_file(path, key, snapshot, mandate)
        connection = duckdb.connect(config=_within(mandate.folder))
        connection.execute(f"attach '{_escaped(path)}' as {CATALOG} (read_only)")
        return cls(mandate, snapshot.manifest.id, snapshot.manifest.source, _prepared(connection))

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame], mandate: Mandate, *, source: str = "api") -> Self:
        """Books of snapshot tables held in memory, for tests and experiments; missing tables are empty.

        Args:
            frames: frames with the declared schema, by snapshot table.
            mandate: settings; nothing is read from or written to its folder.
            source: ``api`` or ``export``.

        Raises:
            ConfigurationError: a frame is of no declared table.
        """
        unknown = sorted(frames.keys() - TABLES.keys())
        if unknown:
            raise ConfigurationError(f"no snapshot table is named {', '.join(unknown)}; there are {', '.join(TABLES)}")
        connection = duckdb.connect(config=_OFFLINE | {"temp_directory": ""})
        connection.execute(f"attach ':memory:' as {CATALOG}")
        connection.execute(f"use {CATALOG}")

        def load(table: str) -> str:
            connection.register(f"incoming_{table}", frames.get(table, TABLES[table].empty()).to_arrow())
            return f"incoming_{table}"

        build(connection, load, mandate, source=source, is_kept=False)
        return cls(mandate, "in-memory", source, _prepared(connection))

    def sql(self, query: str, /, **params: object) -> pl.DataFrame:
        """Run one query; ``$name`` in it takes the keyword argument of that name.

        Amounts come as ``Decimal``, dates as ``date``. Every parameter must be used in the query.

        Raises:
            duckdb.Error: the query is wrong; its message names the place.
            ConfigurationError: the query returns no rows of any kind, or an interval, which frames cannot hold.
        """
        # the only place where DuckDB's results become frames
        relation = self._connection.sql(query, params=params)
        if relation is None:
            raise ConfigurationError("The query returns nothing: write a select.")
        try:
            frame: pl.DataFrame = relation.pl()
        except pl.exceptions.ComputeError as error:
            raise ConfigurationError(f"The result cannot be shown: cast intervals to text. {error}") from error
        return frame

    def count(self, view: str) -> int:
        """Number of rows of a view."""
        return int(self.sql(f"select count(*) from {view}").item())  # noqa: S608 - a view's name, never user input

    def register(self, schema: str, name: str, frame: pl.DataFrame) -> None:
        """Offer a frame to queries as ``schema.name``, replacing an earlier one; only ``review`` takes frames.

        Raises:
            ConfigurationError: another schema than ``review``.
        """
        if schema != "review":
            raise ConfigurationError(f"{schema}.{name}: only the schema review takes frames, the books are read-only")
        self._connection.register("incoming", frame.to_arrow())
        self._connection.execute(f'create or replace table review.main."{name}" as from incoming')
        self._connection.unregister("incoming")

    @property
    def dictionary(self) -> pl.DataFrame:
        """The data dictionary: schema, view, meaning, column, type and meaning of the column."""
        found = self.sql(
            """
            select case c.schema_name when 'main' then 'books' else c.schema_name end as schema,
                   c.table_name as view, c.column_name as "column", c.data_type as type
            from   duckdb_columns() c
            where  c.database_name = 'books' and c.schema_name in ('main', 'law')
            order  by c.schema_name = 'law', c.table_name, c.column_index
            """
        )
        return found.join(meanings(), on=["schema", "view", "column"], how="left", maintain_order="left").select(
            "schema", "view", "meaning", "column", "type", "column_meaning"
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _prepared(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("attach ':memory:' as review")
    for name, schema in _EMPTY_REVIEW.items():
        connection.register("incoming", pl.DataFrame(schema=schema).to_arrow())
        connection.execute(f"create table review.main.{name} as from incoming")
        connection.unregister("incoming")
    connection.execute(f"use {CATALOG}")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _key_of(path: Path) -> str | None:
    if not path.is_file():
        return None
    try:
        with duckdb.connect(str(path), read_only=True, config=_OFFLINE) as connection:
            return str(connection.execute("select key from snapshot.build").fetchall()[0][0])
    except (duckdb.Error, IndexError):
        return None


def _build_file(path: Path, key: str, snapshot: Snapshot, mandate: Mandate) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}.partial")
    beside.unlink(missing_ok=True)
    try:
        with duckdb.connect(config=_within(path.parent)) as connection:
            connection.execute(f"attach '{_escaped(beside)}' as {CATALOG}")
            _build(connection, snapshot, mandate)
            connection.execute("create table snapshot.build as select $key as key", {"key": key})
            connection.execute("use memory")
            connection.execute(f"detach {CATALOG}")
        beside.chmod(0o600)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _built_in_memory(snapshot: Snapshot, mandate: Mandate) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config=_within(mandate.folder))
    connection.execute(f"attach ':memory:' as {CATALOG}")
    _build(connection, snapshot, mandate)
    return connection


def _build(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, mandate: Mandate) -> None:
    def load(table: str) -> str:
        if table == "tax" and snapshot.manifest.source == "export":
            # an export only names codes: what they mean follows the settings of today, not of the import
            connection.register("incoming_tax", tax_table(snapshot.frame("journal"), mandate).to_arrow())
            return "incoming_tax"
        return f"read_parquet('{_escaped(snapshot.path_of(table))}')"

    connection.execute(f"use {CATALOG}")
    build(connection, load, mandate, source=snapshot.manifest.source)


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")


def open_mandate(data_dir: Path | str, mandate: str) -> Books:
    """Open the books of ``data_dir/<mandate>``: settings and newest snapshot.

    Raises:
        ConfigurationError: there is no such mandate, or its settings are wrong.
        SnapshotNotFoundError: nothing was pulled or imported yet.
    """
    return Books.open(Mandate.load(Path(data_dir) / mandate))
