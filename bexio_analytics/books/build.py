"""Building the books: snapshot, law and settings of the mandate in, views out. Everything is one DuckDB catalog."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import duckdb
import polars as pl

from bexio_analytics import law
from bexio_analytics.books.definition import DERIVATION, LAW_VIEWS, LEDGER_VIEWS, VIEWS, Definition, definition
from bexio_analytics.mandate import Mandate
from bexio_analytics.periods import periods_between
from bexio_analytics.snapshot import TABLES

CATALOG = "books"
SCHEMAS = ("snapshot", "law", "mandate", "derivation")

_MACROS = """
create or replace macro tax_on(net, rate) as
    cast(round(cast(net as decimal(28, 6)) * cast(rate as decimal(9, 4)) * 0.01, 2) as decimal(18, 2));
create or replace macro tax_in(gross, rate) as cast(
    sign(gross) * ((2 * cast(abs(gross) * 100 as hugeint) * cast(rate * 10000 as hugeint)
                    + 1000000 + cast(rate * 10000 as hugeint))
                   // (2 * (1000000 + cast(rate * 10000 as hugeint)))) * 0.01 as decimal(18, 2));
create or replace macro share_of(amount, part, whole) as cast(
    sign(amount) * sign(part) * sign(whole)
    * ((2 * cast(abs(amount) * 100 as hugeint) * cast(abs(part) * 100 as hugeint) + cast(abs(whole) * 100 as hugeint))
       // nullif(2 * cast(abs(whole) * 100 as hugeint), 0)) * 0.01 as decimal(18, 2));
"""
"""Tax on a net amount, tax contained in a gross amount: CHF and percent, and an amount in proportion;
all rounded half up, never through a float.

The casts are wide on purpose: DuckDB keeps a product of two narrow decimals narrow and overflows.
"""


def definitions_sha256() -> str:
    """Hash over everything that decides how books are built from a snapshot, for the cache key."""
    digest = hashlib.sha256(_MACROS.encode())
    for folder, names in (("views", LAW_VIEWS + VIEWS + LEDGER_VIEWS), ("derivation", DERIVATION)):
        for name in names:
            found = definition(folder, name)
            digest.update(repr(found).encode())
    for name in law.TABLE_NAMES:
        digest.update(law.table(name).write_csv().encode())
    return digest.hexdigest()


def meanings() -> pl.DataFrame:
    """What every view and column means: schema, view, meaning (with its grain), column, column_meaning."""
    named = [("books", name) for name in VIEWS + LEDGER_VIEWS] + [("law", name) for name in LAW_VIEWS]
    rows = [
        (schema, name, f"{found.meaning} Grain: {found.grain}.", column, text)
        for schema, name in named
        for found in (definition("views", name),)
        for column, text in found.columns.items()
    ]
    return pl.DataFrame(rows, schema=["schema", "view", "meaning", "column", "column_meaning"], orient="row")


def build(
    connection: duckdb.DuckDBPyConnection,
    load: Callable[[str], str],
    mandate: Mandate,
    *,
    source: str,
    is_kept: bool = True,
) -> None:
    """Make all schemas and views in the current catalog.

    Args:
        connection: an open connection whose default catalog is empty and writable.
        load: gives a table function or name to select a snapshot table from, by table name.
        mandate: its settings.
        source: ``api`` or ``export``, from the snapshot.
        is_kept: the catalog is a file that other clients open: its tables explain themselves in
            comments. A third of the time of small books goes into these.
    """

    def make(schema: str, found: Definition) -> None:
        query = f"create table {schema}.{found.name} as {found.query}"
        try:
            connection.execute(query)
        except duckdb.OutOfMemoryException:
            # each thread groups rows for itself: one alone needs a fraction of the memory, and more time
            threads = connection.execute("select current_setting('threads')").fetchall()[0][0]
            connection.execute("set threads = 1")
            connection.execute(query)
            connection.execute(f"set threads = {threads}")
        if is_kept:
            _explain(connection, schema, found)

    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    connection.execute(_MACROS)
    _load_snapshot(connection, load)
    for name in law.TABLE_NAMES:
        _store(connection, f"law.{name}", law.table(name))
    for name in LAW_VIEWS:
        make("law", definition("views", name))
    _store_settings(connection, mandate, source)
    _store(connection, "derivation.contact_vat_number", _vat_numbers(connection))
    for name in VIEWS:
        make("main", definition("views", name))
    for name in DERIVATION:
        make("derivation", definition("derivation", name))
    for name in LEDGER_VIEWS:
        make("main", definition("views", name))


def _load_snapshot(connection: duckdb.DuckDBPyConnection, load: Callable[[str], str]) -> None:
    for name in TABLES:
        connection.execute(f"create table snapshot.{name} as from {load(name)}")


def _store(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"create table {name} as from incoming")
    connection.unregister("incoming")


def _explain(connection: duckdb.DuckDBPyConnection, schema: str, found: Definition) -> None:
    comment = f"{found.meaning} Grain: {found.grain}."
    connection.execute(f"comment on table {schema}.{found.name} is {_quoted(comment)}")
    for column, text in found.columns.items():
        connection.execute(f"comment on column {schema}.{found.name}.{column} is {_quoted(text)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _store_settings(connection: duckdb.DuckDBPyConnection, mandate: Mandate, source: str) -> None:
    vat = mandate.vat
    tables: Mapping[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
        "setting": (
            [{"source": source, "method": vat.method, "basis": vat.basis, "rhythm": str(vat.rhythm)}],
            {"source": pl.String, "method": pl.String, "basis": pl.String, "rhythm": pl.String},
        ),
        "account_flag": (
            [
                {"account_no": number, "flag": flag, "value": value}
                for number, flags in mandate.accounts.items()
                for flag, value in flags.items()
            ],
            {"account_no": pl.String, "flag": pl.String, "value": pl.Boolean},
        ),
        "account_type": (
            [{"account_no": number, "account_type": name} for number, name in mandate.account_types.items()],
            {"account_no": pl.String, "account_type": pl.String},
        ),
        "tax_code": ([{"code": code} for code in mandate.tax_codes], {"code": pl.String}),
        "activity": (
            [
                {"activity_no": number, "name": activity.name, "code": activity.code, "rate": activity.rate}
                for number, activity in enumerate(mandate.activities.values(), 1)
            ],
            {"activity_no": pl.Int64, "name": pl.String, "code": pl.String, "rate": pl.Decimal(9, 4)},
        ),
        "activity_account": (
            [
                {"activity_no": number, "account_no": account_no}
                for number, activity in enumerate(mandate.activities.values(), 1)
                for account_no in activity.accounts
            ],
            {"activity_no": pl.Int64, "account_no": pl.String},
        ),
        "contact": (
            [
                {"contact": contact, "vat_number": held.vat_number, "country": held.country}
                for contact, held in mandate.contacts.items()
            ],
            {"contact": pl.String, "vat_number": pl.String, "country": pl.String},
        ),
        "car": (
            [asdict(car) for car in mandate.cars.values()],
            {
                "name": pl.String,
                "price": pl.Decimal(18, 2),
                "valid_from": pl.Date,
                "valid_till": pl.Date,
                "has_private_share": pl.Boolean,
            },
        ),
        "period": (
            _periods(connection, mandate),
            {"period_id": pl.String, "start_on": pl.Date, "end_on": pl.Date, "due_on": pl.Date},
        ),
    }
    for name, (rows, schema) in tables.items():
        _store(connection, f"mandate.{name}", pl.DataFrame(rows, schema=schema))
    years = [row["start_on"].year for row in tables["period"][0]]
    canton = mandate.canton
    empty = {"day": pl.Date, "name": pl.String, "canton": pl.String}
    _store(
        connection,
        "law.holiday",
        law.holidays_of(canton, range(min(years), max(years) + 1)) if canton and years else pl.DataFrame(schema=empty),
    )


def _periods(connection: duckdb.DuckDBPyConnection, mandate: Mandate) -> list[dict[str, Any]]:
    first, last = _rows(connection, "select min(date), max(date) from snapshot.journal")[0]
    if not (isinstance(first, date) and isinstance(last, date)):
        return []
    return [
        {"period_id": period.id, "start_on": period.start, "end_on": period.end, "due_on": period.due_on}
        for period in periods_between(first, last, mandate.vat.rhythm)
    ]


def _vat_numbers(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    texts: Iterable[tuple[Any, ...]] = _rows(
        connection, "select id, remarks, name_1, name_2, address_addition from snapshot.contact"
    )
    rows = [{"contact_id": row[0], "vat_number": law.find_vat_number(*row[1:])} for row in texts]
    schema = {"contact_id": pl.Int64, "vat_number": pl.String}
    return pl.DataFrame(rows, schema=schema).drop_nulls()


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return rows
