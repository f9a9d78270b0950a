"""The rules that every check keeps, whoever wrote it.

A mandate's own checks can be tested with the same functions: each takes a check and raises an ``AssertionError`` that
says what is wrong, or returns nothing.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache

import polars as pl
import sqlglot
from sqlglot import exp

from bexio_analytics import law
from bexio_analytics.books import Books
from bexio_analytics.checks.wording import messages
from bexio_analytics.mandate import Mandate
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import SECTIONS, SUBJECTS, Check, Outcome, run_check, set_period
from bexio_analytics.testing.assertion import PERIOD, books_from_text, mandate_for_tests

_SCHEMAS = frozenset({"", "books", "law"})
_REVIEW = frozenset({"period", "mandate", "activity", "filed_return", "filed_period", "changed_since_filed"})
_LONGEST_LINE = 120
_SEED = 2026


class Recorder:
    """Stands for books while a check is called: keeps the SQL and what was passed with it."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.queries: list[str] = []

    def sql(self, query: str, /, **params: object) -> pl.DataFrame:
        """Run one query and remember it."""
        self.queries.append(query)
        return self.books.sql(query, **params)


def assert_conforms(check: Check, translate: Callable[[str], str | None] | None = None) -> None:
    """All rules at once; ``translate`` gives the wording in another language, or None where there is none."""
    assert_documented(check)
    assert_binds_on_empty_books(check)
    assert_reads_only_books_and_law(check)
    if translate is not None:
        assert_translated(check, translate)


def assert_documented(check: Check) -> None:
    """Title of one sentence, the three sections in order, references, and a name that no test runner collects."""
    problems = []
    if not check.title.endswith(".") or len(check.title) > _LONGEST_LINE:
        problems.append(f"the title is one short sentence: {check.title!r}")
    if check.code in check.title:
        problems.append("the title does not repeat the code")
    if tuple(check.sections) != SECTIONS or not all(check.sections.values()):
        problems.append(f"the docstring has the sections {', '.join(SECTIONS)}, in this order")
    if not check.references:
        problems.append("it names what it rests on: references")
    problems += [f"its words include {word!r}, which no row has" for word in check.words if word not in _source(check)]
    if check.name.startswith("test"):
        problems.append("its name does not begin with test")
    _require(check, problems)


def assert_binds_on_empty_books(check: Check) -> None:
    """On books without a row it returns no row, with every column that its subject and its text need."""
    books = _empty_books()
    set_period(books, VatPeriod.parse(PERIOD))
    rows = check.function(books)
    missing = (SUBJECTS[check.subject].required | check.placeholders) - set(rows.columns)
    problems = [f"it returns no column {name}" for name in sorted(missing)]
    if rows.height:
        problems.append("it finds something in empty books")
    if "vat_effect" in rows.columns and not isinstance(rows.schema["vat_effect"], pl.Decimal):
        problems.append(f"vat_effect is {rows.schema['vat_effect']}, not DECIMAL")
    _require(check, problems)


def assert_reads_only_books_and_law(check: Check) -> None:
    """Its SQL names views of the books, tables of the law and the period under review, and nothing else."""
    books = _empty_books()
    recorder = Recorder(books)
    set_period(books, VatPeriod.parse(PERIOD))
    check.function(recorder)
    known = set(books.dictionary["view"])
    problems = [] if len(recorder.queries) == 1 else [f"it runs {len(recorder.queries)} queries, not one"]
    for query in recorder.queries:
        tree = sqlglot.parse_one(query, dialect="duckdb")
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if isinstance(table.this, exp.Func) or table.name in own:
                continue
            allowed = (table.db in _SCHEMAS and table.name in known) or (table.db == "review" and table.name in _REVIEW)
            if not allowed:
                problems.append(f"it reads {table.sql()}")
    _require(check, problems)


def assert_translated(check: Check, translate: Callable[[str], str | None]) -> None:
    """Title, text and sections have a translation, and the text shows the same values."""
    problems = []
    for english in messages(check):
        foreign = translate(english)
        if not foreign:
            problems.append(f"no translation of: {english[:60]}…")
        elif english == check.says and placeholders(foreign) != check.placeholders:
            problems.append(f"the translation shows {sorted(placeholders(foreign))}, not {sorted(check.placeholders)}")
    _require(check, problems)


def assert_deterministic(
    check: Check, frames: Mapping[str, pl.DataFrame], *, period: str = PERIOD, mandate: Mandate | None = None
) -> None:
    """Shuffling every table changes neither a finding nor its place nor its id.

    ``sequence`` is the journal's own order and goes with its rows.

    Args:
        check: the check.
        frames: snapshot tables by name in which it finds something.
        period: VAT period under review.
        mandate: settings; by default effective, agreed, quarterly.
    """
    settings = mandate or mandate_for_tests()
    first, second = (_findings(check, books, settings, period) for books in _ordered_and_shuffled(frames, settings))
    problems = [] if first else ["it finds nothing in these books"]
    if first != second:
        problems.append("it finds something else when rows are shuffled")
    _require(check, problems)


def _source(check: Check) -> str:
    return inspect.getsource(check.function).partition("return books.sql")[2]


def placeholders(template: str) -> frozenset[str]:
    """Names in braces."""
    return frozenset(part.split("}")[0] for part in template.split("{")[1:])


def standard_codes_with(*own: tuple[str, str, str, str, str]) -> tuple[law.StandardTaxCode, ...]:
    """The standard codes and a company's own: each (code, ziffer, kind, rate, VAT account), valid since 2024."""
    start = VatPeriod.parse("2024").start
    return (
        *law.standard_tax_codes(),
        *(
            law.StandardTaxCode(
                code, ziffer, kind, Decimal(rate), account, code, start, None, is_active_by_default=True
            )
            for code, ziffer, kind, rate, account in own
        ),
    )


@cache
def _empty_books() -> Books:
    """Books without a row, made once: building them takes longer than any check on them."""
    return books_from_text("")


_ASKED_LAST: list[tuple[Mapping[str, pl.DataFrame], Mandate, tuple[Books, Books]]] = []
"""Frames asked for last with their books: checks are asked about the same ledger one after the other."""


def _ordered_and_shuffled(frames: Mapping[str, pl.DataFrame], mandate: Mandate) -> tuple[Books, Books]:
    if _ASKED_LAST and _ASKED_LAST[0][0] is frames and _ASKED_LAST[0][1] == mandate:
        return _ASKED_LAST[0][2]
    for *_, pair in _ASKED_LAST:
        for books in pair:
            books.close()
    shuffled = {name: _shuffled(frame) for name, frame in frames.items()}
    made = (Books.from_frames(frames, mandate), Books.from_frames(shuffled, mandate))
    _ASKED_LAST[:] = [(frames, mandate, made)]
    return made


def _findings(check: Check, books: Books, mandate: Mandate, period: str) -> list[object]:
    reviewed = VatPeriod.parse(period)
    set_period(books, reviewed)
    result = run_check(check, books, mandate, reviewed, {})
    if result.outcome is Outcome.FAILED:
        raise AssertionError(f"{check.code} failed: {result.note}")
    return [finding.to_json() for finding in result.findings]


def _shuffled(frame: pl.DataFrame) -> pl.DataFrame:
    places = list(range(frame.height))
    random.Random(_SEED).shuffle(places)  # noqa: S311 - no secret, and always the same
    return frame[places] if places else frame


def _require(check: Check, problems: list[str]) -> None:
    if problems:
        raise AssertionError("\n".join([f"{check.code} {check.name}:", *problems]))
