"""Outcomes, populations, the period, thresholds, identity and what a review hands on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import ALL
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import CheckSettings, VatSettings
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import (
    Check,
    CheckSet,
    Confidence,
    Outcome,
    Review,
    Severity,
    check,
    check_of,
    review,
)
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests

Q3 = VatPeriod.parse("2026-Q3")
AS_OF = date(2026, 11, 22)

LEDGER = """
    2026-06-30  Korrektur Q2    1170 / 6500     50.00  manual
    2026-07-03  Korrektur       1170 / 6500     81.00  manual
    2026-07-04  Korrektur       6500 / 1170  1'081.00  manual
    2026-07-05  Barverkauf      1020 / 3200    540.50  manual
    2026-08-05  Verkauf         1100 / 3200  1'081.00  invoice  UN81
    2026-10-01  Korrektur Q4    1170 / 6500     60.00  manual
"""


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    with books_from_text(LEDGER) as opened:
        yield opened


def made(function: object, *, code: str = "X01", **label: Any) -> Check:  # noqa: ANN401 - what the decorator takes
    """The label of a function that is a check for one test only."""
    settings = {
        "subject": "journal_line",
        "severity": Severity.LOOK_AT,
        "confidence": Confidence.LIKELY,
        "says": "row {line_id}",
    } | label

    def own(books: Books) -> pl.DataFrame:
        return function(books)  # type: ignore[no-any-return, operator]

    return check_of(check(code, **settings)(own))  # type: ignore[arg-type]


def run(books: Books, *checks: Check, settings: CheckSettings | None = None, vat: VatSettings | None = None) -> Review:
    mandate = mandate_for_tests(checks=settings, vat=vat)
    return review(books, mandate, Q3, CheckSet(checks), as_of=AS_OF)


def all_lines(books: Books) -> pl.DataFrame:
    return books.sql("select line_id, booked_on, amount from journal_line")


def test_findings_outside_the_period_are_dropped(books: Books) -> None:
    """A check sees the whole books; the engine keeps what is dated in the period, both days inclusive."""
    (result,) = run(books, made(all_lines)).results
    assert result.outcome is Outcome.FINDINGS
    assert {finding.booked_on.month for finding in result.findings} == {7, 8}
    assert result.examined == len(result.findings) == 5


def test_clean(books: Books) -> None:
    """Nothing found is said together with how much was looked at."""

    def none(books: Books) -> pl.DataFrame:
        return books.sql("select line_id, booked_on, amount from journal_line where false")

    (result,) = run(books, made(none)).results
    assert (result.outcome, result.examined, result.findings) == (Outcome.CLEAN, 5, ())


def test_not_applicable_without_population() -> None:
    """No rows in the period: the question was not answered, so it is not clean."""
    with books_from_text("2026-01-03  Alt  6500 / 1020  50.00  manual") as books:
        (result,) = run(books, made(all_lines)).results
    assert (result.outcome, result.note) == (Outcome.NOT_APPLICABLE, "journal_line has no rows in 2026-Q3")


def test_not_applicable_without_what_it_needs(books: Books) -> None:
    (result,) = run(books, made(all_lines, needs=["attachment"])).results
    assert (result.outcome, result.note) == (Outcome.NOT_APPLICABLE, "attachment is empty")


@pytest.mark.parametrize(
    ("label", "vat"),
    [
        ({"method": "effective"}, VatSettings(method="net_tax")),
        ({"basis": "agreed"}, VatSettings(basis="collected")),
    ],
)
def test_not_applicable_to_another_method(label: dict[str, Any], vat: VatSettings) -> None:
    """The years in bexio say how the company accounts for VAT; where it does not, mandate.toml does."""
    with books_from_text(LEDGER, mandate=mandate_for_tests(vat=vat)) as books:
        (of_bexio,) = run(books, made(all_lines, **label)).results
    frames = frames_from_text(LEDGER) | {"calendar_year": TABLES["calendar_year"].frame([])}
    with Books.from_frames(frames, mandate_for_tests(vat=vat), source="export") as books:
        (of_mandate,) = run(books, made(all_lines, **label), vat=vat).results
    for result in (of_bexio, of_mandate):
        assert result.outcome is Outcome.NOT_APPLICABLE
        assert result.note.startswith("only for")


def test_what_checks_may_ask_for(books: Books) -> None:
    """Period, day and settings are views; without filed returns and older snapshots the rest is empty."""
    run(books, made(all_lines))
    assert books.sql("from review.period").row(0) == ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30), AS_OF)
    assert books.sql("select name, method, method_assumed from review.mandate").row(0) == ("Muster", "effective", False)
    for view in ("activity", "filed_return", "filed_period", "changed_since_filed"):
        assert books.count(f"review.{view}") == 0


def test_one_broken_check_does_not_hide_the_others(books: Books) -> None:
    """A check that raises is an outcome with its reason."""

    def broken(books: Books) -> pl.DataFrame:
        return books.sql("select nope from journal_line")

    first, second = run(books, made(broken), made(all_lines, code="X02")).results
    assert first.outcome is Outcome.FAILED
    assert first.note.startswith("BinderException")
    assert "\n" not in first.note
    assert second.outcome is Outcome.FINDINGS


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("select line_id, amount from journal_line", "no column booked_on"),
        ("select line_id, null as booked_on, amount from journal_line", "without a date"),
        ("select line_id, booked_on, 1.5::double as amount from journal_line", "not DECIMAL"),
        ("select 1 as line_id, booked_on, amount from journal_line", "the same row of journal_line twice"),
        ("select null as line_id, booked_on, amount from journal_line", "has no key"),
    ],
)
def test_rows_that_break_the_contract_fail_the_check(books: Books, query: str, reason: str) -> None:
    """The contract of the rows is verified where they become findings."""

    def wrong(books: Books) -> pl.DataFrame:
        return books.sql(query)

    (result,) = run(books, made(wrong)).results
    assert result.outcome is Outcome.FAILED
    assert reason in result.note


def test_thresholds_and_disabled_checks_come_from_the_mandate(books: Books) -> None:
    """F05 above CHF 100 finds one of the two; A01 is not run and named as left out."""
    settings = CheckSettings(disabled=("A01",), thresholds={"F05": {"min_amount": 100}})
    done = run(books, ALL["F05"], ALL["A01"], settings=settings)
    assert [finding.amount for finding in done.findings] == [Decimal("1081.00")]
    assert [result.check.code for result in done.results] == ["F05"]
    assert done.disabled == ("A01",)
    assert done.to_json()["disabled"] == ["A01"]


def test_all_wrong_settings_in_one_message(books: Books) -> None:
    """Unknown check, unknown threshold and wrong types are reported together, near misses named."""
    settings = CheckSettings(
        disabled=("F06",),
        thresholds={
            "F5": {"min_amount": 1},
            "F05": {"min_amout": 1, "min_amount": "viel"},
            "B01": {"advance_days": Decimal("1.5")},
            "F07": {"return_days": True},
            "E01": {"exempt": 3},
        },
    )
    with pytest.raises(ConfigurationError) as caught:
        run(books, ALL["F05"], ALL["B01"], ALL["F07"], ALL["E01"], settings=settings)
    message = str(caught.value)
    assert 'there is no check "F06"' in message
    assert 'there is no check "F5": did you mean "F05"?' in message
    assert 'there is no threshold "min_amout": did you mean "min_amount"?' in message
    assert "[checks.F05] min_amount: 'viel' is not a number" in message
    assert "[checks.B01] advance_days: Decimal('1.5') is not a whole number" in message
    assert "[checks.F07] return_days: True is not a whole number" in message
    assert "[checks.E01] exempt: 3 is not a text" in message
    assert "\n  " not in message


def test_identity_survives_other_bookings(books: Books) -> None:
    """The id depends on code and business key only: not on other rows, order, or the amount."""
    ids = {finding.subject_id: finding.id for finding in run(books, ALL["F05"]).findings}
    with books_from_text(
        LEDGER.replace("1'081.00  manual", "999.00  manual") + "2026-09-09  Neu  1171 / 6500  9  manual"
    ) as later:
        after = {finding.subject_id: finding.id for finding in run(later, ALL["F05"]).findings}
    assert ids.items() <= after.items()
    assert len(after) == len(ids) + 1
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in ids.values())


def test_json_is_what_programs_are_promised(books: Books) -> None:
    """Amounts as decimal strings, severity a number, confidence a name, dates ISO, evidence beside it."""
    done = run(books, *ALL.values())
    text = done.to_json_text()
    found = json.loads(text)
    assert found["period"] == {"id": "2026-Q3", "from": "2026-07-01", "till": "2026-09-30"}
    assert (found["mandate"], found["as_of"]) == ("muster", "2026-11-22")
    outcome = {"check": "F05", "outcome": "findings", "examined": 10, "findings": 2, "note": "", "restates": False}
    assert outcome in found["results"]
    finding = next(each for each in found["findings"] if each["subject_id"] == "journal_line:1002")
    assert finding | {"evidence": {}} == {
        "id": finding["id"],
        "check": "F05",
        "severity": 1,
        "confidence": "likely",
        "subject_id": "journal_line:1002",
        "booking": "journal_entry:manual_entry:3",
        "booked_on": "2026-07-04",
        "amount": "1081.00",
        "vat_effect": "1081.00",
        "ziffer": None,
        "text": "CHF 1'081.00 are booked by hand on VAT account 1170 without a tax code: Korrektur",
        "evidence": {},
    }
    assert finding["evidence"]["booked_on"] == "2026-07-04"
    assert finding["evidence"]["amount"] == "1081.00"
    assert (finding["evidence"]["account_no"], finding["evidence"]["contra_account_no"]) == ("1170", "6500")
    assert text == run(books, *ALL.values()).to_json_text()


def test_results_are_views_of_the_books(books: Books) -> None:
    """review.finding and review.result can be queried; the amounts stay exact."""
    done = run(books, *ALL.values())
    rows = books.sql("select f.*, evidence->>'account_no' as account_no from review.finding f where check_code = 'F05'")
    assert rows["amount"].to_list() == [Decimal("1081.00"), Decimal("81.00")]
    assert rows["account_no"].to_list() == ["1170", "1170"]
    assert books.sql("select sum(findings) as n from review.result")["n"].item() == len(done.findings)
    assert books.sql("select period_id from review.period")["period_id"].to_list() == ["2026-Q3"]


def test_result_of_a_check_that_was_not_run(books: Books) -> None:
    with pytest.raises(KeyError):
        run(books, ALL["F05"]).result("A01")
