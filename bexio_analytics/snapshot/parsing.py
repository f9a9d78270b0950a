"""From raw answers to typed frames: declared fields become columns, undeclared ones are kept as JSON and named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec
import polars as pl

from bexio_analytics.connector import RawResponse
from bexio_analytics.errors import SchemaChangedError, SnapshotIncompleteError
from bexio_analytics.snapshot.schema import Column, Table, Wire
from bexio_analytics.snapshot.values import MISSING, ColumnReader, MismatchError, describe, json_text

_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_ROWS_AT_ONCE: Final = 50_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one raw answer, and what an error message says about where they are from."""

    resource: str
    number: int
    path: str
    params: Mapping[str, object]
    rows: list[Row]

    def at(self, index: int | None = None) -> str:
        """Where the answer, or a row of it, is found; names ids, never contents."""
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        place = f"line {self.number} of {self.resource}.jsonl.gz ({self.path}{'?' if query else ''}{query})"
        if index is None:
            return place
        key = self.rows[index].get("id")
        named = f" (id {key})" if isinstance(key, int | str) else ""
        return f"row {index + 1}{named} in {place}"


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """A frame, the undeclared wire fields its rows had, and how many values per column were rounded to its scale."""

    frame: pl.DataFrame
    unknown_fields: tuple[str, ...]
    rounded: Mapping[str, int]


def read_pages(resource: str, responses: Iterable[RawResponse]) -> Iterator[Page]:
    """Decode the answers of one resource one after the other, each row once.

    A row that was received twice unchanged counts once: lists overlap where they are read page by page.

    Raises:
        SnapshotIncompleteError: a row was received twice with different contents.
        SchemaChangedError: an answer holds something that is no row.
    """
    seen: dict[int | str, int] = {}
    for number, response in enumerate(responses, start=1):
        if not 200 <= response.status < 300:  # noqa: PLR2004  # the successful statuses; others are kept as evidence only
            continue
        page = Page(resource, number, response.path, response.params, [])
        try:
            received = [(bytes(raw), _DECODER.decode(raw)) for raw in response.rows()]
        except msgspec.DecodeError as error:
            raise SchemaChangedError(f"{resource}: expected JSON rows in {page.at()}, found something else") from error
        for raw, row in received:
            if not isinstance(row, dict):
                raise SchemaChangedError(f"{resource}: expected rows in {page.at()}, found {describe(row)}")
            key = row.get("id")
            if isinstance(key, int | str):
                repeated = key in seen
                if seen.setdefault(key, hash(raw)) != hash(raw):
                    raise SnapshotIncompleteError(
                        f"{resource}: row {key} was received twice with different contents, the second time in "
                        f"{page.at()}: it changed while it was read. Pull again."
                    )
                if repeated:
                    continue
            page.rows.append(row)
        yield page


def parse_tables(
    tables: Sequence[Table], pages: Iterable[Page], currencies: Mapping[int, str]
) -> dict[str, ParsedTable]:
    """Turn the rows of one resource, and the parts inside them, into its tables.

    Args:
        tables: Declarations of one resource; a table that holds whole rows stands before the tables of their parts.
        pages: All answers of the resource; read once and one at a time.
        currencies: Code by currency id.

    Raises:
        SchemaChangedError: a declared field is missing or is not what is declared; table, field, both types and the
            answer are named.
    """
    collectors = {table.name: _Collector(table, currencies) for table in tables}
    for page in pages:
        for collector in collectors.values():
            collector.add(page)
    return {name: collector.finish() for name, collector in collectors.items()}


class _Collector:
    def __init__(self, table: Table, currencies: Mapping[int, str]) -> None:
        self._table = table
        self._values: dict[str, list[Any]] = {column.name: [] for column in table.columns}
        self._readers = {column.name: ColumnReader(column, currencies) for column in table.columns if column.is_on_wire}
        self._known = table.known_fields
        self._unknown: set[str] = set()
        self._count = 0
        self._frames: list[pl.DataFrame] = []

    def add(self, page: Page) -> None:
        if not self._table.items:
            numbers = range(self._count + 1, self._count + len(page.rows) + 1)
            self._read(page, page.rows, range(len(page.rows)), [], numbers)
            return
        parts: list[Row] = []
        origins: list[int] = []
        numbers_within: list[int] = []
        for index, row in enumerate(page.rows):
            held = row.get(self._table.items, MISSING)
            if not isinstance(held, list):
                raise self._changed(self._table.items, Wire.LIST, describe(held), page.at(index))
            for number, part in enumerate(held, start=1):
                if not isinstance(part, dict):
                    raise self._changed(
                        self._table.items, "array of objects", f"{describe(part)} in it", page.at(index)
                    )
                parts.append(part)
                origins.append(index)
                numbers_within.append(number)
        self._read(page, parts, origins, [page.rows[origin].get("id") for origin in origins], numbers_within)

    def _read(
        self, page: Page, rows: list[Row], origins: Iterable[int], parents: list[Any], numbers: Iterable[int]
    ) -> None:
        origins = list(origins)
        kinds = [row.get("type") for row in rows]
        for column in self._table.columns:
            values = self._values[column.name]
            match column.wire:
                case Wire.PARENT:
                    values.extend(parents)
                case Wire.RUNNING_NUMBER:
                    values.extend(numbers)
                case Wire.ABSENT if column.name == "extra":
                    values.extend(map(self._extra, rows))
                case Wire.ABSENT:
                    values.extend([None] * len(rows))
                case _:
                    try:
                        values.extend(self._readers[column.name].read(_picked(column, rows), kinds))
                    except MismatchError as error:
                        place = page.at(origins[error.index])
                        raise self._changed(column.path, column.wire, error.found, place) from error
        self._count += len(rows)
        if len(self._values[self._table.columns[0].name]) >= _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        """Turn what was collected into a frame: Python's decimals need ten times the memory."""
        columns = self._table.columns
        self._frames.append(
            pl.DataFrame([pl.Series(column.name, self._values[column.name], dtype=column.dtype) for column in columns])
        )
        self._values = {column.name: [] for column in columns}

    def _extra(self, row: Row) -> str | None:
        if row.keys() <= self._known:
            return None
        unknown = {name: row[name] for name in sorted(row.keys() - self._known)}
        self._unknown.update(unknown)
        return json_text(unknown)

    def _changed(self, field: str, expected: str, found: str, place: str) -> SchemaChangedError:
        name = f"{self._table.items}[].{field}" if self._table.items and field != self._table.items else field
        return SchemaChangedError(
            f"Table {self._table.name}: field {name} should be {expected}, found {found}, at {place}. bexio's API has "
            "changed or the answer is damaged: the raw answers are kept, the last whole snapshot stays in use."
        )

    def finish(self) -> ParsedTable:
        self._flush()
        rounded = {name: reader.rounded for name, reader in self._readers.items() if reader.rounded}
        return ParsedTable(pl.concat(self._frames, rechunk=True), tuple(sorted(self._unknown)), rounded)


def _picked(column: Column, rows: list[Row]) -> list[Any]:
    head, *inner = column.path.split(".")
    values = [row.get(head, MISSING) for row in rows]
    for name in inner:
        # An object that is null or absent has no field; anything else that is no object is itself the mismatch.
        values = [
            value.get(name, MISSING) if isinstance(value, dict) else MISSING if value is None else value
            for value in values
        ]
    return values
