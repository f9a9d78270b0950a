"""Checks of the house: loaded with the package's, kept in their sandbox, refused with file and line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import ALL
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import CheckSettings
from bexio_analytics.periods import VatPeriod
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.review import CheckSet, Confidence, Outcome, Severity, review
from bexio_analytics.review.house import FOLDER, house_check, house_checks, new_check, with_house_checks
from bexio_analytics.review.house.sandbox import Refused, parameters
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text, frames_from_text, mandate_for_tests
from bexio_analytics.testing.conformance import (
    assert_binds_on_empty_books,
    assert_documented,
    assert_reads_only_books_and_law,
)

Q3 = VatPeriod.parse("2026-Q3")
HEADER = """\
-- code: X07
-- title: Something is booked
--   on the suspense account.
-- subject: posting
-- severity: 3
-- confidence: likely
-- says: CHF {amount} on {account_no}
-- references: Art. 957a OR; House rule 7
-- threshold: $account text = 1099
-- threshold: $least decimal = 100.00
-- threshold: $days integer = 3
-- threshold: $loud boolean = true
--
-- Why it matters: Because
--   note: it does.
-- False positives: None.
-- What to do: Look.
--
-- A remark: not part of the label.
"""
QUERY = """\
select posting_id, line_id, booked_on, amount, account_no
from   posting
where  account_no = $account and amount >= $least and $loud and $days = 3
"""
PYTHON = '''\
from bexio_analytics import Confidence, Severity, check

@check("X08", subject="journal_line", severity=Severity.LOOK_AT, confidence=Confidence.LIKELY,
       says="row {line_id}", references=["House rule 8"])
def every_row(books):
    """Every row.

    Why it matters: It does.

    False positives: None.

    What to do: Look.
    """
    return books.sql("select line_id, booked_on, amount from journal_line")
'''
LEDGER = """
    2026-07-03  Ungeklärt  1099 / 1020  250.00  other  <- X07
    2026-07-04  Ungeklärt  1099 / 1020   50.00  other
    2026-07-05  Papier     6500 / 1020  250.00  other
"""


@pytest.fixture
def mandate_dir(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    return tmp_path


def put(mandate_dir: Path, name: str, text: str) -> Path:
    path = mandate_dir / FOLDER / name
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_folder_nothing_changes(tmp_path: Path) -> None:
    assert with_house_checks(ALL, tmp_path) is ALL


def test_label_of_a_sql_file(mandate_dir: Path) -> None:
    """Everything a decorator says stands in the header; a remark after an empty line is none of it."""
    found = house_check(put(mandate_dir, "x07_suspense.sql", HEADER + QUERY))
    assert (found.code, found.name, found.subject) == ("X07", "x07_suspense", "posting")
    assert (found.severity, found.confidence) == (Severity.LOOK_AT, Confidence.LIKELY)
    assert found.title == "Something is booked on the suspense account."
    assert found.references == ("Art. 957a OR", "House rule 7")
    assert found.sections == {
        "Why it matters": "Because note: it does.",
        "False positives": "None.",
        "What to do": "Look.",
    }
    assert {name: (each.type, each.default) for name, each in found.thresholds.items()} == {
        "account": (str, "1099"),
        "least": (Decimal, Decimal("100.00")),
        "days": (int, 3),
        "loud": (bool, True),
    }


def test_a_sql_file_keeps_the_contract_of_every_check(mandate_dir: Path) -> None:
    """The functions that test the package's checks take it as one of them."""
    found = house_check(put(mandate_dir, "x07.sql", HEADER + QUERY))
    assert_documented(found)
    assert_binds_on_empty_books(found)
    assert_reads_only_books_and_law(found)
    assert_flags_marked_lines(found.function, LEDGER)
    every_amount = LEDGER.replace(" 50.00  other", " 50.00  other  <- X07")
    assert_flags_marked_lines(found.function, every_amount, least=Decimal(1))


def test_both_kinds_run_with_the_package_s_checks(mandate_dir: Path) -> None:
    """They have outcomes like any other, and the mandate's settings apply to them."""
    put(mandate_dir, "x07.sql", HEADER + QUERY)
    put(mandate_dir, "own.py", PYTHON)
    put(mandate_dir, "test_x07.py", "raise AssertionError('a test is no check')")
    put(mandate_dir, "notes.txt", "nothing")
    checks = with_house_checks(ALL, mandate_dir)
    assert set(checks) == {*ALL, "X07", "X08"}
    settings = CheckSettings(thresholds={"X07": {"least": Decimal(300)}})
    with books_from_text(LEDGER) as books:
        done = review(books, mandate_for_tests(checks=settings), Q3, checks, as_of=date(2026, 11, 22))
    assert (done.result("X07").outcome, done.result("X07").examined) == (Outcome.CLEAN, 6)
    assert len(done.result("X08").findings) == 3
    assert not list(mandate_dir.rglob("__pycache__"))


def test_what_fails_while_running_is_an_outcome(mandate_dir: Path) -> None:
    put(mandate_dir, "x07.sql", HEADER + QUERY.replace("posting_id,", "nope,"))
    put(mandate_dir, "own.py", PYTHON.replace("return books.sql", "raise KeyError('gone')\n    return books.sql"))
    with books_from_text(LEDGER) as books:
        done = review(books, mandate_for_tests(), Q3, CheckSet(house_checks(mandate_dir)), as_of=date(2026, 11, 22))
    assert [result.outcome for result in done.results] == [Outcome.FAILED, Outcome.FAILED]
    assert "nope" in done.result("X07").note
    assert "gone" in done.result("X08").note


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("-- severity: 3", "-- severity: 5", 5, "from 1"),
        ("-- severity: 3", "-- severty: 3", 5, "knows no 'severty'"),
        ("-- confidence: likely", "-- confidence: sure", 6, "certain, likely, indicative"),
        ("-- subject: posting", "-- subject: invoice", 4, "cannot be the subject"),
        ("-- code: X07", "-- code: 7", 1, "not of the form"),
        ("-- code: X07", "-- code: F05", 1, "belongs to the package"),
        ("-- says: CHF {amount} on {account_no}\n", "", 1, "does not say says"),
        ("-- What to do: Look.\n", "", 1, "does not say What to do"),
        ("-- references: Art. 957a OR; House rule 7", "-- code: X07", 8, "said twice"),
        ("$days integer = 3", "$days integer = three", 11, "'three' is not of type integer"),
        ("$days integer = 3", "$days number = 3", 11, "decimal, integer, text or boolean"),
        ("-- threshold: $loud boolean = true\n", "", 19, "$loud is used"),
        ("and $days = 3", "", 11, "$days is not used"),
        ("from   posting", "from   posting, snapshot.journal", 21, "snapshot.journal is no view"),
        ("from   posting", "from   posting where (", 22, "syntax error"),
        ("CHF {amount}", "CHF {amount", 1, "no template"),
    ],
)
def test_a_sql_file_that_cannot_be_loaded(mandate_dir: Path, old: str, new: str, line: int, reason: str) -> None:
    """File, line and reason in one message, for the person who wrote it."""
    path = put(mandate_dir, "x07.sql", (HEADER + QUERY).replace(old, new, 1))
    with pytest.raises(ConfigurationError) as refused:
        house_checks(mandate_dir)
    assert f"{path}, line {line}: " in str(refused.value)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("def every_row(books):", "def every_row(books:", 5, "SyntaxError"),
        ("from bexio_analytics import", "from bexio_analytics import Nothing,", 1, "ImportError"),
        ('"journal_line"', '"invoice"', 3, "cannot be the subject"),
        ("def every_row(books):", "def every_row(books, days: int = 3):", 3, "must be keyword-only"),
        ("    What to do: Look.\n", "", 3, "does not say: What to do"),
        ('"X08"', '"A08"', 3, "belongs to the package"),
        ("@check", "raise SystemExit(3)\n@check", 3, "SystemExit"),
    ],
)
def test_a_python_file_that_cannot_be_loaded(mandate_dir: Path, old: str, new: str, line: int, reason: str) -> None:
    path = put(mandate_dir, "own.py", PYTHON.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as refused:
        house_checks(mandate_dir)
    assert f"{path}, line {line}: " in str(refused.value)
    assert reason in str(refused.value)


def test_every_problem_of_every_file_is_named(mandate_dir: Path) -> None:
    """A code that is used twice, and a file without a check."""
    first = put(mandate_dir, "a.sql", HEADER + QUERY)
    second = put(mandate_dir, "b.py", PYTHON.replace("X08", "X07"))
    third = put(mandate_dir, "c.py", "x = 1\n")
    with pytest.raises(ConfigurationError) as refused:
        house_checks(mandate_dir)
    assert f"{second}, line 3: the code X07 is already used in {first}, line 1" in str(refused.value)
    assert f"{third}, line 1: there is no check in it" in str(refused.value)


@pytest.mark.parametrize(
    "query",
    [
        "from posting",
        "select sum(p.amount) filter (a.is_vat) from books.main.posting p join books.account a using (account_no)",
        "with q as (from posting), r as (from q) select q.amount from q join r using (line_id), law.vat_rate",
        "with recursive n as (select 1 as i union all select i + 1 from n where i < 9) from n, unnest([1, 2]) t(x)",
        "select tax_on(1, 8.1), list_transform([1], lambda x: x + 1), date_trunc('month', end_on) from review.period",
        "select row_number() over (order by amount) from posting where description ilike '%x%' or amount in (1, 2)",
        "select * from posting where exists (from law.normal_rate) and jaro_winkler_similarity(description, 'x') > 0.9",
    ],
)
def test_what_a_query_may_do(query: str) -> None:
    assert parameters(query) == frozenset()


@pytest.mark.parametrize(
    "query",
    [
        *("from snapshot.journal", "from books.snapshot.journal", "from mandate.setting", "from derivation.coded_row"),
        *(
            "from information_schema.tables",
            "from duckdb_settings",
            "from duckdb_settings()",
            "from pg_catalog.pg_class",
        ),
        *(
            "from '/etc/passwd'",
            "from 'x.parquet'",
            "from read_csv('/etc/passwd')",
            "from read_text('x')",
            "from glob('*')",
        ),
        *("from query('from snapshot.journal')", "from query_table('snapshot.journal')", "select getvariable('x')"),
        *("select current_setting('home_directory')", "select getenv('HOME')", "select current_database()"),
        *("select current_date", "select now()", "select random()", "select ago(interval 1 day)"),
        *("from posting using sample 10", "from posting tablesample 10%", "from posting at (version => 1)"),
        *(
            "from posting; from posting",
            "drop table posting",
            "copy posting to 'x'",
            "attach 'x' as y",
            "set threads = 1",
        ),
        *(
            "describe posting",
            "from (show tables)",
            "summarize posting",
            "insert into posting values (1)",
            "pragma version",
        ),
        "with duckdb_settings as (from duckdb_settings) from duckdb_settings",
        "with a as (with journal as (from posting) from journal) from journal",
        "select (select count(*) from snapshot.journal) from posting",
        "select amount from posting qualify exists (from snapshot.contact)",
        "from review.finding",
        "select p.description.getvariable() from posting p",
        "select main.tax_on(1, 8.1)",
    ],
)
def test_what_a_query_may_not_do(query: str) -> None:
    with pytest.raises(Refused):
        parameters(query)


def test_whatever_the_package_asks_is_allowed(books_queries: list[str]) -> None:
    """The sandbox is no narrower than what checks need: every query of the package passes it."""
    assert len(books_queries) > 50
    for query in books_queries:
        parameters(query)


@pytest.fixture(scope="module")
def books_queries() -> list[str]:
    from bexio_analytics.review import set_period  # noqa: PLC0415
    from bexio_analytics.testing.conformance import Recorder  # noqa: PLC0415

    with books_from_text("") as books:
        recorder = Recorder(books)
        set_period(books, Q3)
        for check in ALL.values():
            check.function(recorder)
    return recorder.queries


@pytest.mark.parametrize("form", ["sql", "py"])
def test_a_new_check_comes_with_a_test_that_passes(tmp_path: Path, form: str) -> None:
    """As written, under pytest, from anywhere; and the test fails when the check does."""
    check, test = new_check(tmp_path, "x12", form=form)
    assert (check.name, test.name) == (f"x12.{form}", "test_x12.py")
    assert_documented(house_check(check))
    assert_reads_only_books_and_law(house_check(check))
    assert pytest_on(test) == 0
    check.write_text(check.read_text("utf-8").replace("amount >=", "amount <"), encoding="utf-8")
    assert pytest_on(test) == 1


def pytest_on(test: Path) -> int:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", str(test)]
    return subprocess.run(command, cwd=test.parent, check=False, capture_output=True).returncode


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    check, _ = new_check(tmp_path, "X12")
    before = check.read_bytes()
    with pytest.raises(ConfigurationError, match="there is a check X12 already"):
        new_check(tmp_path, "X12", form="py")
    check.unlink()
    with pytest.raises(ConfigurationError, match="not overwritten"):
        new_check(tmp_path, "X12")
    for wrong in ("F05", "X00", "X1", "x123"):
        with pytest.raises(ConfigurationError, match="X01 to X99"):
            new_check(tmp_path, wrong)
    assert not check.exists()
    assert before


def test_the_page_shows_them_too(mandate_dir: Path) -> None:
    """Findings, reasons and the list of what was asked; in the words their author gave them."""
    put(mandate_dir, "x07.sql", HEADER + QUERY)
    mandate = replace(mandate_for_tests(), folder=mandate_dir)
    with Books.from_frames(frames_from_text(LEDGER), mandate) as books:
        page = ReviewPage.prepare(books, Q3, as_of=date(2026, 11, 22))
        shown = str(page.findings()._exported) + page.basis().text
    assert len(page.review.result("X07").findings) == 1
    assert "250.00 on 1099" in shown.replace("\u00a0", " ")
    assert "Something is booked on the suspense account" in shown
