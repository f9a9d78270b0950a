"""Asserting that a check finds the marked lines of a ledger in text, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bexio_analytics import law
from bexio_analytics.books import Books
from bexio_analytics.mandate import Activity, Car, CheckSettings, Mandate, VatSettings
from bexio_analytics.mandate.mandate import DEFAULT_MATERIALITY
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Finding, Outcome, ThresholdValue, check_of, run_check, set_period
from bexio_analytics.testing.booking import Bookkeeper
from bexio_analytics.testing.ledger import Ledger, parse

if TYPE_CHECKING:
    import polars as pl

PERIOD = "2026-Q3"
"""VAT period reviewed where a test names none."""


def mandate_for_tests(
    *,
    vat: VatSettings | None = None,
    checks: CheckSettings | None = None,
    accounts: Mapping[str, Mapping[str, bool]] | None = None,
    account_types: Mapping[str, str] | None = None,
    activities: Mapping[str, Activity] | None = None,
    cars: Mapping[str, Car] | None = None,
) -> Mandate:
    """Settings of an invented mandate, in memory only: effective, agreed and quarterly unless told otherwise."""
    return Mandate(
        id="muster",
        folder=Path("muster"),
        name="Muster",
        uid=None,
        canton="ZH",
        language="de",
        materiality=DEFAULT_MATERIALITY,
        vat=vat or VatSettings(),
        business_year_first_month=1,
        checks=checks or CheckSettings(),
        accounts=accounts or {},
        account_types=account_types or {},
        tax_codes={},
        contacts={},
        activities=activities or {},
        cars=cars or {},
        settings_sha256="",
    )


def books_from_text(
    text: str,
    *,
    mandate: Mandate | None = None,
    codes: Sequence[law.StandardTaxCode] | None = None,
    default_codes: Mapping[str, str] | None = None,
    is_vat_subject: bool = True,
) -> Books:
    """Books of a ledger in text, made from real snapshot tables.

    Args:
        text: see :mod:`bexio_analytics.testing.ledger`; nothing gives empty books.
        mandate: settings; by default effective, agreed, quarterly.
        codes: the company's tax codes; by default bexio's standard codes of all rate generations.
        default_codes: account number → code that bexio proposes for it.
        is_vat_subject: whether the company is registered for VAT.

    Raises:
        ValueError: a line cannot be read, or names a tax code the company does not have.
    """
    return _booked(parse(text), mandate, codes, default_codes, is_vat_subject=is_vat_subject)[0]


def frames_from_text(
    text: str,
    *,
    vat: VatSettings | None = None,
    codes: Sequence[law.StandardTaxCode] | None = None,
    default_codes: Mapping[str, str] | None = None,
    is_vat_subject: bool = True,
) -> dict[str, pl.DataFrame]:
    """The snapshot tables :func:`books_from_text` makes its books from, by name."""
    return _bookkeeper(parse(text), vat or VatSettings(), codes, default_codes, is_vat_subject=is_vat_subject).frames()


def assert_flags_marked_lines(
    check: Callable[..., pl.DataFrame],
    text: str,
    *,
    period: str = PERIOD,
    mandate: Mandate | None = None,
    codes: Sequence[law.StandardTaxCode] | None = None,
    default_codes: Mapping[str, str] | None = None,
    is_vat_subject: bool = True,
    as_of: date | None = None,
    edit: Callable[[dict[str, pl.DataFrame]], None] | None = None,
    **thresholds: ThresholdValue,
) -> tuple[Finding, ...]:
    """Assert that a check finds exactly the lines marked with its code, and return what it found.

    A finding about a document or booking stands for all its lines; one about an account for the last line on that
    account up to its date; one about a period needs a line that holds nothing but the mark.

    Args:
        check: a function labelled with ``@check``.
        text: see :mod:`bexio_analytics.testing.ledger`.
        period: VAT period under review.
        mandate: settings; by default effective, agreed, quarterly.
        codes: the company's tax codes.
        default_codes: account number → code that bexio proposes for it.
        is_vat_subject: whether the company is registered for VAT.
        as_of: the day the review stands for; by default the last day of the period.
        edit: changes the snapshot tables before books are made of them, for what no line can say.
        thresholds: of the check, where they differ from its defaults.

    Raises:
        AssertionError: a marked line was not found, another one was, or the check failed to run.
    """
    ledger, label = parse(text), check_of(check)
    books, keeper = _booked(ledger, mandate, codes, default_codes, is_vat_subject=is_vat_subject, edit=edit)
    with books:
        reviewed = VatPeriod.parse(period)
        set_period(books, reviewed, as_of)
        result = run_check(label, books, books.mandate, reviewed, thresholds)
        if result.outcome is Outcome.FAILED:
            raise AssertionError(f"{label.code} failed: {result.note}")
        places = {finding.id: _places(finding, books, keeper) for finding in result.findings}
    marked = {line.number for line in ledger.lines if label.code in line.marks}
    marked |= {0} if label.code in ledger.period_marks else set()
    problems = [
        f"not marked, but found: {finding.text()} ({finding.subject_id}, lines {sorted(places[finding.id])})"
        for finding in result.findings
        if not places[finding.id] & marked
    ]
    found = set().union(*places.values())
    problems += [f"marked, but not found: {_line(ledger, number)}" for number in sorted(marked - found)]
    if problems:
        raise AssertionError("\n".join([f"{label.code}, {result.outcome}:", *problems]))
    return result.findings


def _booked(
    ledger: Ledger,
    mandate: Mandate | None,
    codes: Sequence[law.StandardTaxCode] | None,
    default_codes: Mapping[str, str] | None,
    *,
    is_vat_subject: bool,
    edit: Callable[[dict[str, pl.DataFrame]], None] | None = None,
) -> tuple[Books, Bookkeeper]:
    mandate = mandate or mandate_for_tests()
    keeper = _bookkeeper(ledger, mandate.vat, codes, default_codes, is_vat_subject=is_vat_subject)
    source = "export" if any(line.kind == "export" for line in ledger.lines) else "api"
    frames = keeper.frames()
    if edit is not None:
        edit(frames)
    return Books.from_frames(frames, mandate, source=source), keeper


def _bookkeeper(
    ledger: Ledger,
    vat: VatSettings,
    codes: Sequence[law.StandardTaxCode] | None,
    default_codes: Mapping[str, str] | None,
    *,
    is_vat_subject: bool,
) -> Bookkeeper:
    keeper = Bookkeeper(codes or law.standard_tax_codes(), default_codes or {}, vat, is_vat_subject)
    keeper.book(ledger.lines)
    return keeper


def _places(finding: Finding, books: Books, keeper: Bookkeeper) -> set[int]:
    """Numbers of the lines a finding speaks of; 0 is the period as a whole."""
    view, _, key = finding.subject_id.partition(":")
    if view == "document":
        return keeper.line_of_document[key]
    conditions = {
        "journal_line": "cast(line_id as varchar) = $key",
        "journal_entry": "entry_id = $key",
        "vat_line": "vat_line_id = $key",
    }
    if view in conditions:
        rows = books.sql(f"select line_id from journal_line where {conditions[view]}", key=key)  # noqa: S608 - ours
        return {keeper.line_of_row[line_id] for line_id in rows["line_id"]}
    if view == "account":
        return {_last_line_on(books, keeper, key, finding.booked_on)}
    return {0}


def _last_line_on(books: Books, keeper: Bookkeeper, account_no: str, day: date) -> int:
    rows = books.sql(
        "select line_id from posting where account_no = $account_no and booked_on <= $day order by booked_on, line_id",
        account_no=account_no,
        day=day,
    )
    return keeper.line_of_row[rows["line_id"][-1]]


def _line(ledger: Ledger, number: int) -> str:
    if number == 0:
        return "the period as a whole"
    line = next(line for line in ledger.lines if line.number == number)
    return f"line {number}, {line.day} {line.text}"
