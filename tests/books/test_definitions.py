"""Every view explains itself: header, grain, key and each column."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from bexio_analytics.books import DERIVATION, LAW_VIEWS, LEDGER_VIEWS, VIEWS, Books, definition
from bexio_analytics.books import reference as reference_module
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import Mandate

FOLDER = Path(reference_module.__file__).parent


@pytest.fixture
def empty(tmp_path: Path) -> Books:
    folder = tmp_path / "muster"
    folder.mkdir()
    return Books.from_frames({}, Mandate.create(folder, "Muster AG", canton="ZH"))


@pytest.mark.parametrize("name", [*VIEWS, *LEDGER_VIEWS, *LAW_VIEWS])
def test_every_column_is_explained_and_none_is_invented(empty: Books, name: str) -> None:
    found = definition("views", name)
    schema = "law." if name in LAW_VIEWS else ""
    columns = empty.sql(f"from {schema}{name}").columns
    assert list(found.columns) == columns
    assert found.meaning.endswith(".")
    assert found.grain
    assert found.key is not None
    assert {part.strip() for part in found.key.split(",")} <= set(columns)


@pytest.mark.parametrize("name", DERIVATION)
def test_every_step_of_the_derivation_says_what_a_row_is(name: str) -> None:
    found = definition("derivation", name)
    assert found.meaning.endswith(".")
    assert found.grain


def test_no_file_is_left_out() -> None:
    assert {path.stem for path in (FOLDER / "views").glob("*.sql")} == {*VIEWS, *LEDGER_VIEWS, *LAW_VIEWS}
    assert {path.stem for path in (FOLDER / "derivation").glob("*.sql")} == set(DERIVATION)


def test_the_dictionary_shows_the_headers(empty: Books) -> None:
    dictionary = empty.dictionary
    row = dictionary.row(by_predicate=(pl.col("view") == "vat_line") & (pl.col("column") == "net"), named=True)
    assert row["column_meaning"] == "taxable base in CHF"
    assert row["type"] == "DECIMAL(18,2)"
    assert row["schema"] == "books"
    assert dictionary.filter(dictionary["schema"] == "law").height > 0


def test_views_answer_by_bare_and_by_full_name(empty: Books) -> None:
    assert empty.count("posting") == empty.count("books.posting") == 0
    assert empty.sql("select rate from law.vat_rate where status = 'law'").height == 9


def test_only_the_review_takes_frames(empty: Books) -> None:
    frame = empty.sql("select 1 as answer")
    empty.register("review", "finding", frame)
    empty.register("review", "finding", frame)
    assert empty.sql("select answer from review.finding").item() == 1
    with pytest.raises(ConfigurationError, match="read-only"):
        empty.register("law", "vat_rate", frame)


@pytest.mark.parametrize(
    "query",
    [
        "from read_csv('/etc/hostname')",
        "from 'https://example.org/x.parquet'",
        "copy (select 1) to '/tmp/leak.csv'",
        "set enable_external_access = true",
        "install httpfs",
        "attach '/tmp/other.duckdb'",
    ],
)
def test_queries_reach_nothing_outside(empty: Books, query: str) -> None:
    with pytest.raises(duckdb.Error):
        empty.sql(query)


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [("108.10", "8.1", "8.10"), ("-108.10", "8.1", "-8.10"), ("0.05", "8.1", "0.00"), ("100.00", "2.6", "2.53")],
)
def test_tax_contained_in_a_gross_amount_is_exact(empty: Books, gross: str, rate: str, tax: str) -> None:
    found = empty.sql(f"select tax_in(cast({gross} as decimal(18, 2)), cast({rate} as decimal(9, 4))) as tax").item()
    assert str(found) == tax


@pytest.mark.parametrize(
    ("net", "tax"),
    [("0.50", "0.04"), ("-1000.05", "-81.00"), ("18.5185", "1.50"), ("999999999999.99", "81000000000.00")],
)
def test_tax_on_a_net_amount_rounds_half_up(empty: Books, net: str, tax: str) -> None:
    assert str(empty.sql(f"select tax_on({net}, cast(8.1 as decimal(9, 4))) as tax").item()) == tax
