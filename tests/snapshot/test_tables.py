"""The declarations: complete, well-formed, and the types of money and dates survive DuckDB."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from bexio_analytics.connector.endpoints import ENDPOINTS
from bexio_analytics.snapshot import TABLES, Table, write_snapshot
from bexio_analytics.snapshot.schema import JSON
from bexio_analytics.snapshot.tables import INDISPENSABLE, LISTS, RESOURCES

DUCKDB_TYPES = {
    pl.Int64(): "BIGINT",
    pl.String(): "VARCHAR",
    pl.Boolean(): "BOOLEAN",
    pl.Date(): "DATE",
    pl.Datetime("us", "UTC"): "TIMESTAMP WITH TIME ZONE",
    pl.Decimal(18, 2): "DECIMAL(18,2)",
    pl.Decimal(18, 6): "DECIMAL(18,6)",
    pl.Decimal(18, 8): "DECIMAL(18,8)",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_declaration_is_well_formed(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert names[-1] == "extra"
    assert table.meaning.endswith((".", ";"))
    assert set(table.key) <= set(names)
    assert not any(table.by_name[name].nullable for name in table.key)
    assert table.resource in RESOURCES
    declared = {
        column.path.partition(".")[0] for column in table.columns if column.is_on_wire and "." not in column.path
    }
    assert not declared & set(table.unread.split()), "a field is both read and unread"
    for column in table.columns:
        assert column.dtype in DUCKDB_TYPES
        assert column.nullable or column.required
    assert table.empty().schema == table.schema


def test_what_is_fetched_is_what_is_read() -> None:
    """The connector asks for exactly the resources that a snapshot is made of."""
    assert set(ENDPOINTS) == set(RESOURCES)
    assert {name for name, endpoint in ENDPOINTS.items() if endpoint.is_indispensable} <= INDISPENSABLE
    assert set(LISTS) | set(LISTS.values()) <= set(RESOURCES)


def test_names_follow_the_wire_where_nothing_speaks_against_it() -> None:
    assert TABLES["account"].by_name["account_group_id"].path == "fibu_account_group_id"
    assert TABLES["bill"].by_name["country_code"].path == "address.country_code"
    assert TABLES["journal"].by_name["base_amount"].path == "base_currency_amount"
    assert TABLES["journal"].by_name["sequence"].path == ""


def test_money_dates_and_moments_survive_duckdb(tmp_path: Path, created_at: datetime) -> None:
    """Every type has its DuckDB counterpart, and values come back exactly."""
    bill = {
        "id": "b1",
        "status": "BOOKED",
        "bill_date": date(2026, 7, 1),
        "created_at": datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
        "amount_man": Decimal("-123456789012.123456"),
        "exchange_rate": Decimal("0.00000001"),
        "currency_code": "CHF",
        "item_net": False,
        "attachment_ids": '["a"]',
    }
    journal = {
        "id": 1,
        "sequence": 1,
        "date": date(2026, 12, 31),
        "debit_account_id": 1,
        "credit_account_id": 2,
        "amount": Decimal("0.10"),
        "currency": "CHF",
        "currency_factor": Decimal(1),
        "base_amount": Decimal("9999999999999999.99"),
        "base_currency": "CHF",
    }
    frames = {"bill": TABLES["bill"].frame([bill]), "journal": TABLES["journal"].frame([journal])}
    snapshot = write_snapshot(
        frames, tmp_path / "snapshots", source="export", created_at=created_at, code_version="0.1.0", raw="r"
    )
    with duckdb.connect() as connection:
        for table in TABLES.values():
            path = str(snapshot.path_of(table.name))
            described = connection.execute("describe select * from read_parquet($path)", {"path": path}).fetchall()
            assert {row[0]: row[1] for row in described} == {
                column.name: DUCKDB_TYPES[column.dtype] for column in table.columns
            }
            back: pl.DataFrame = connection.sql("select * from read_parquet($path)", params={"path": path}).pl()
            zoned = [name for name, dtype in table.schema.items() if isinstance(dtype, pl.Datetime)]
            assert back.with_columns(pl.col(zoned).dt.convert_time_zone("UTC")).equals(snapshot.frame(table.name))


def test_json_columns_are_text() -> None:
    assert TABLES["bill"].by_name["attachment_ids"].dtype == JSON
