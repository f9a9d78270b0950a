"""How a snapshot table is declared: its columns, and where each of them stands on bexio's wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import polars as pl

INTEGER = pl.Int64()
TEXT = pl.String()
BOOLEAN = pl.Boolean()
DATE = pl.Date()
TIMESTAMP = pl.Datetime("us", "UTC")
MONEY = pl.Decimal(18, 2)
"""Amounts in Rappen, as the ledger has them."""
AMOUNT = pl.Decimal(18, 6)
"""Amounts and quantities of documents, which the wire carries with up to six decimals."""
FACTOR = pl.Decimal(18, 8)
"""Rates in percent and exchange factors."""
JSON = pl.String()
"""JSON text; a name of its own because readers parse it."""


class Wire(StrEnum):
    """What a field is on the wire; the value is how an error message calls it."""

    INTEGER = "integer"
    TEXT = "string"
    TEXT_OR_NUMBER = "string or number"
    BOOLEAN = "boolean"
    NUMBER = "number"
    DECIMAL_TEXT = "decimal string"
    NUMBER_OR_DECIMAL_TEXT = "number or decimal string"
    DATE = "date string"
    """``2026-06-18``, or a date-time, which stands for its Swiss calendar day."""
    TIMESTAMP = "date-time string"
    """ISO with offset, or without one: then Swiss local time."""
    LIST = "array"
    CURRENCY = "currency id"
    """An integer that the currency table resolves to the code."""
    PARENT = "id of the row that holds this one"
    RUNNING_NUMBER = "place in the answer, counted from 1"
    ABSENT = "not sent by the API"
    """Filled by imported exports only."""


_FROM_SURROUNDINGS = frozenset({Wire.PARENT, Wire.RUNNING_NUMBER, Wire.ABSENT})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    ``path`` is the wire's name of the field, dotted where it stands inside an object; it is the column's own name
    unless given. ``nullable`` allows null; ``required`` demands that the field is there at all. A field that is
    sent for some kinds of row only names them in ``of_types`` (values of the row's ``type``) and is demanded of
    those.
    """

    name: str
    dtype: pl.DataType
    wire: Wire
    path: str = ""
    nullable: bool = False
    required: bool = True
    of_types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.path and self.wire not in _FROM_SURROUNDINGS:
            object.__setattr__(self, "path", self.name)

    @property
    def is_on_wire(self) -> bool:
        """Whether the field itself is sent, as opposed to following from where the row stands."""
        return self.wire not in _FROM_SURROUNDINGS


EXTRA = Column("extra", JSON, Wire.ABSENT, nullable=True, required=False)
"""Last column of every table: the row's undeclared wire fields as one JSON object, or null."""


@dataclass(frozen=True, slots=True)
class Table:
    """One snapshot table: what a row is, where it is read from, and its columns.

    ``resource`` is the raw resource whose answers hold the rows; ``items`` names the list inside such a row when the
    table holds its parts (an invoice's positions). ``unread`` are wire fields, blank-separated, that are known and
    deliberately not kept: they stay in the raw answers and are no surprise. ``key`` identifies a row.
    """

    name: str
    meaning: str
    resource: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    items: str = ""
    unread: str = ""
    by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        columns = (*self.columns, EXTRA)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "by_name", MappingProxyType({column.name: column for column in columns}))

    @property
    def schema(self) -> pl.Schema:
        """Column names and polars types, in file order, ``extra`` last."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def file_name(self) -> str:
        """Name of the Parquet file inside a snapshot."""
        return f"{self.name}.parquet"

    @property
    def known_fields(self) -> frozenset[str]:
        """Top-level wire fields of a row that are declared, read or not."""
        return frozenset(self.unread.split()) | {
            column.path.partition(".")[0] for column in self.columns if column.is_on_wire
        }

    def empty(self) -> pl.DataFrame:
        """The table without rows, every column typed."""
        return pl.DataFrame(schema=self.schema)

    def frame(self, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
        """A typed frame of Python values by column name; columns a row does not name are null."""
        return pl.DataFrame(
            {column.name: [row.get(column.name) for row in rows] for column in self.columns}, schema=self.schema
        )
