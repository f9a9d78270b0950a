"""Opening books: built once, rebuilt when something they depend on changed, never half."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bexio_analytics import Books, Mandate, open_mandate
from bexio_analytics.books import FILE_NAME
from bexio_analytics.books.build import build
from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.errors import SnapshotNotFoundError
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests


@pytest.fixture
def mandate(demo_data: Path, tmp_path: Path) -> Mandate:
    folder = tmp_path / DEMO
    shutil.copytree(demo_data / DEMO, folder)
    return Mandate.load(folder)


def test_books_are_built_once_and_again_when_settings_change(mandate: Mandate) -> None:
    path = mandate.folder / FILE_NAME
    Books.open(mandate).close()
    built = path.stat().st_mtime_ns
    Books.open(mandate).close()
    assert path.stat().st_mtime_ns == built
    settings = mandate.folder / "mandate.toml"
    settings.write_text(settings.read_text() + "\n[accounts.6300]\nnever_input = false\n")
    with open_mandate(mandate.folder.parent, DEMO) as books:
        assert path.stat().st_mtime_ns != built
        assert not books.sql("select never_input from account where account_no = '6300'").item()
    assert [p.name for p in mandate.folder.glob("books.duckdb.*")] == []


def test_a_damaged_file_is_built_again(mandate: Mandate) -> None:
    (mandate.folder / FILE_NAME).write_bytes(b"no database")
    with Books.open(mandate) as books:
        assert books.count("journal_line") > 3000


def test_any_duckdb_client_can_read_the_file(mandate: Mandate) -> None:
    Books.open(mandate).close()
    with duckdb.connect(str(mandate.folder / FILE_NAME), read_only=True) as client:
        found = client.execute("select count(*) from posting where vat_role = 'base'").fetchall()
        assert found[0][0] > 500
        comment = client.execute("select comment from duckdb_tables() where table_name = 'vat_line'").fetchall()
        assert "Grain" in comment[0][0]


def test_two_readers_at_once(mandate: Mandate) -> None:
    with Books.open(mandate) as one, Books.open(mandate) as other:
        assert one.count("posting") == other.count("posting")


def test_no_snapshot_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "leer"
    folder.mkdir()
    with pytest.raises(SnapshotNotFoundError, match=r"[Pp]ull or import"):
        Books.open(Mandate.create(folder, "Leer AG"))


def test_every_view_of_the_company_has_a_unique_key(demo_data: Path) -> None:
    from bexio_analytics.books import LEDGER_VIEWS, VIEWS, definition  # noqa: PLC0415

    with open_mandate(demo_data, DEMO) as books:
        for name in (*VIEWS, *LEDGER_VIEWS):
            key = definition("views", name).key
            twice = books.sql(f"select {key} from {name} group by all having count(*) > 1")
            assert twice.is_empty(), name


def test_debits_equal_credits_and_balances_end_where_the_journal_does(demo_data: Path) -> None:
    with open_mandate(demo_data, DEMO) as books:
        assert books.sql("select sum(amount) as total from posting").item() == 0
        wrong = books.sql(
            """
            with latest as (
                select account_no, balance from balance
                qualify row_number() over (partition by account_no order by month_start desc) = 1
            ),
            year as (
                select account_no, sum(amount) as total from posting
                where booked_on >= date '2026-01-01' and not is_closing group by account_no
            )
            select * from latest join year using (account_no) where balance <> total
            """
        )
        assert wrong.is_empty()


def test_opening_and_closing_rows_are_never_turnover(demo_data: Path) -> None:
    with open_mandate(demo_data, DEMO) as books:
        found = books.sql(
            "select count(*) as n from journal_line where (is_opening or is_closing) and tax_code is not null"
        )
        assert found.item() == 0
        assert books.sql("select count(*) as n from journal_line where is_opening").item() > 0


def test_foreign_currency_counts_in_francs() -> None:
    books = books_from_text("2026-07-05  Ware  1100 / 3200  1081.00  invoice  UN81  currency=EUR  factor=0.95")
    line = books.sql("select net, tax from vat_line").row(0)
    assert line == (Decimal("950.00"), Decimal("76.95"))


def test_one_bill_with_several_codes_keeps_them_apart() -> None:
    books = books_from_text(
        """
        2026-07-05  Papier    6500 / 2000  108.10  bill  VB81  doc=A
        2026-07-05  Bücher    6500 / 2000  102.60  bill  VB26  doc=A
        2026-07-05  Gebühren  6500 / 2000   50.00  bill        doc=A
        """
    )
    found = books.sql("select tax_code, net, tax, base_rows, tax_rows, evidence from vat_line order by tax_code")
    assert found.rows() == [
        ("VB26", Decimal("100.00"), Decimal("2.60"), 1, 1, "document"),
        ("VB81", Decimal("100.00"), Decimal("8.10"), 1, 1, "document"),
    ]


def test_a_booking_in_the_bank_view_is_inferred_from_its_rate() -> None:
    books = books_from_text("2026-07-05  Büromaterial  6500 / 1020  108.10  other  VB81")
    found = books.sql("select tax_code, net, tax, evidence, booked_on from vat_line").row(0)
    assert found == ("VB81", Decimal("100.00"), Decimal("8.10"), "derived", date(2026, 7, 5))


def test_an_invoice_without_vat_reaches_no_box_whatever_its_lines_say() -> None:
    books = books_from_text("2026-07-05  Ware  1100 / 3200  1000.00  invoice  UN81  mwst=2")
    assert books.count("vat_line") == 0
    assert books.sql("select tax_code from posting where account_no = '3200'").item() is None


class Narrow:
    """A connection in which grouping VAT lines fits into memory on one thread only."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.threads: list[str] = []

    def execute(self, query: str, *parameters: object) -> duckdb.DuckDBPyConnection:
        if query.startswith("create table main.vat_line "):
            threads = str(self.connection.execute("select current_setting('threads')").fetchall()[0][0])
            self.threads.append(threads)
            if threads != "1":
                raise duckdb.OutOfMemoryException("failed to pin block")
        return self.connection.execute(query, *parameters)

    def __getattr__(self, name: str) -> object:
        return getattr(self.connection, name)


def test_what_does_not_fit_on_all_threads_is_made_on_one() -> None:
    frames = frames_from_text("2026-07-01  Verkauf  1100 / 3200  1'081.00  invoice  UN81")
    with duckdb.connect(config={"threads": "2"}) as connection:
        for name, table in TABLES.items():
            connection.register(f"incoming_{name}", frames.get(name, table.empty()).to_arrow())
        narrow = Narrow(connection)
        connection.execute("attach ':memory:' as books")
        connection.execute("use books")
        build(narrow, lambda name: f"incoming_{name}", mandate_for_tests(), source="api")  # type: ignore[arg-type]
        assert narrow.threads == ["2", "1"]
        assert connection.execute("select count(*) from vat_line").fetchall() == [(1,)]
        assert connection.execute("select current_setting('threads')").fetchall() == [(2,)]
