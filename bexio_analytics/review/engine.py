"""Running checks over books: every check gets an outcome, whatever happens to the others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from bexio_analytics.review.bookings import with_bookings
from bexio_analytics.review.case import Case
from bexio_analytics.review.check import Check, CheckSet, ThresholdValue
from bexio_analytics.review.context import set_period
from bexio_analytics.review.decisions import observed_precision
from bexio_analytics.review.finding import Finding, finding_of
from bexio_analytics.review.ranking import Observed, cases_of
from bexio_analytics.review.selection import select
from bexio_analytics.review.subject import SUBJECTS

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.mandate import Mandate
    from bexio_analytics.periods import VatPeriod

_MONEY = pl.Decimal(18, 2)
FINDING_SCHEMA = {
    "finding_id": pl.String(),
    "check_code": pl.String(),
    "severity": pl.Int64(),
    "confidence": pl.String(),
    "subject": pl.String(),
    "subject_id": pl.String(),
    "booked_on": pl.Date(),
    "amount": _MONEY,
    "vat_effect": _MONEY,
    "ziffer": pl.String(),
    "text": pl.String(),
    "evidence": pl.String(),
    "booking": pl.String(),
    "place": pl.Int64(),
    "score": pl.Float64(),
}
"""Columns of ``review.finding``; evidence is a JSON object, place and score are those of the finding's case."""
RESULT_SCHEMA = {
    "check_code": pl.String(),
    "outcome": pl.String(),
    "examined": pl.Int64(),
    "findings": pl.Int64(),
    "note": pl.String(),
}
"""Columns of ``review.result``."""


SHORT_LIST_LEAST = 50
SHORT_LIST_SHARE = 0.02
"""Cases on the short list: nobody reads more than a few in a hundred bookings before a filing."""


class Outcome(StrEnum):
    """What became of a check; silence is never ambiguous."""

    CLEAN = "clean"
    FINDINGS = "findings"
    NOT_APPLICABLE = "not applicable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check on one period: its outcome, how many rows were examined, and the findings, ranked.

    ``note`` says why a check was not applicable or how it failed.
    """

    check: Check
    outcome: Outcome
    examined: int
    findings: tuple[Finding, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Review:
    """All results of one review, by check code.

    Attributes:
        mandate: id of the mandate.
        period: the VAT period under review.
        as_of: the day the review stands for.
        results: one per check that was run.
        disabled: codes that the mandate's settings leave out.
        materiality: CHF; a case of a smaller effect is ranked last.
        observed: decisions on findings of earlier reviews, by check.
        bookings: journal entries in the period.
    """

    mandate: str
    period: VatPeriod
    as_of: date
    results: tuple[CheckResult, ...]
    disabled: tuple[str, ...] = ()
    materiality: Decimal = Decimal(0)
    observed: Mapping[str, Observed] = field(default_factory=lambda: MappingProxyType({}))
    bookings: int = 0

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The findings by booking, the most important booking first (see ``ranking``)."""
        return cases_of(
            (finding for result in self.results for finding in result.findings),
            examined={result.check.code: result.examined for result in self.results},
            materiality=self.materiality,
            observed=self.observed,
        )

    @cached_property
    def short_list(self) -> tuple[Case, ...]:
        """The cases to read: at most 2 % of the bookings, but never fewer than 50 where there are as many."""
        return self.cases[: max(SHORT_LIST_LEAST, int(self.bookings * SHORT_LIST_SHARE))]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of their cases."""
        return tuple(finding for case in self.cases for finding in case.findings)

    def result(self, code: str) -> CheckResult:
        """The result of one check.

        Raises:
            KeyError: the check was not run.
        """
        for result in self.results:
            if result.check.code == code:
                return result
        raise KeyError(code)

    def frame(self) -> pl.DataFrame:
        """The findings in rank order, with the columns of ``FINDING_SCHEMA``; texts in English."""
        rows = [
            {
                "finding_id": finding.id,
                "check_code": finding.check,
                "severity": int(finding.severity),
                "confidence": str(finding.confidence),
                "subject": finding.subject,
                "subject_id": finding.subject_id,
                "booked_on": finding.booked_on,
                "amount": finding.amount,
                "vat_effect": finding.vat_effect,
                "ziffer": finding.ziffer,
                "text": finding.text(),
                "evidence": finding.evidence_json(),
                "booking": finding.booking,
                "place": place,
                "score": case.score,
            }
            for place, case in enumerate(self.cases, 1)
            for finding in case.findings
        ]
        return pl.DataFrame(rows, schema=FINDING_SCHEMA)

    def result_frame(self) -> pl.DataFrame:
        """One row per check that was run, with the columns of ``RESULT_SCHEMA``."""
        rows = [
            {
                "check_code": result.check.code,
                "outcome": str(result.outcome),
                "examined": result.examined,
                "findings": len(result.findings),
                "note": result.note,
            }
            for result in self.results
        ]
        return pl.DataFrame(rows, schema=RESULT_SCHEMA)

    def to_json(self) -> dict[str, object]:
        """The review for a program; every value is one of JSON's types."""
        return {
            "mandate": self.mandate,
            "period": {
                "id": self.period.id,
                "from": self.period.start.isoformat(),
                "till": self.period.end.isoformat(),
            },
            "as_of": self.as_of.isoformat(),
            "disabled": list(self.disabled),
            "results": [
                {
                    "check": result.check.code,
                    "outcome": str(result.outcome),
                    "examined": result.examined,
                    "findings": len(result.findings),
                    "note": result.note,
                    "restates": result.check.restates,
                }
                for result in self.results
            ],
            "findings": [finding.to_json() for finding in self.findings],
            "cases": [case.to_json() for case in self.cases],
        }

    def to_json_text(self) -> str:
        """``to_json`` as indented text, the same bytes for the same review."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n"


def review(books: Books, mandate: Mandate, period: VatPeriod, checks: CheckSet, *, as_of: date) -> Review:
    """Run checks over one VAT period.

    Every check sees the whole books; findings dated outside the period are dropped. Nothing is written: the views
    ``review.period``, ``review.finding`` and ``review.result`` live in the connection of ``books`` only. Decisions on
    findings of earlier reviews are read from the mandate's folder: they say how often a check was right.

    Args:
        books: the mandate's books.
        mandate: its settings: method and basis, checks left out, thresholds.
        period: the VAT period; both its days are part of it.
        checks: what to run.
        as_of: the day the review stands for.

    Raises:
        ConfigurationError: the settings name a check or threshold that does not exist, or a value of a wrong type, or
            the file of decisions was changed.
    """
    selection = select(checks, mandate.checks)
    set_period(books, period, as_of)
    results = [run_check(each, books, mandate, period, thresholds) for each, thresholds in selection.checks]
    done = Review(
        mandate=mandate.id,
        period=period,
        as_of=as_of,
        results=_placed(results, books),
        disabled=selection.disabled,
        materiality=mandate.materiality,
        observed=observed_precision(mandate.folder),
        bookings=_bookings(books, period),
    )
    books.register("review", "finding", done.frame())
    books.register("review", "result", done.result_frame())
    return done


def run_check(
    check: Check, books: Books, mandate: Mandate, period: VatPeriod, thresholds: Mapping[str, ThresholdValue]
) -> CheckResult:
    """Run one check; ``review.period`` must hold the period."""
    examined = 0
    try:
        reason = _reason_not_to_ask(check, books, mandate, period)
        examined = 0 if reason else _population(check, books, period)
        if examined == 0:
            return CheckResult(
                check, Outcome.NOT_APPLICABLE, 0, note=reason or f"{check.subject} has no rows in {period.id}"
            )
        rows = check.function(books, **thresholds)
        findings = _largest_first(
            finding
            for finding in (finding_of(check, row) for row in rows.iter_rows(named=True))
            if finding.booked_on in period
        )
        _require_distinct(check, findings)
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
        first_line = str(error).partition("\n")[0]
        return CheckResult(check, Outcome.FAILED, examined, note=f"{type(error).__name__}: {first_line}")
    return CheckResult(check, Outcome.FINDINGS if findings else Outcome.CLEAN, examined, findings)


def _placed(results: Iterable[CheckResult], books: Books) -> tuple[CheckResult, ...]:
    """The results with the booking each finding is about."""
    done = list(results)
    located = with_bookings([finding for result in done for finding in result.findings], books)
    return tuple(replace(each, findings=tuple(located[finding.id] for finding in each.findings)) for each in done)


def _bookings(books: Books, period: VatPeriod) -> int:
    query = "select count(distinct entry_id) from journal_line where booked_on between $start and $end"
    return int(books.sql(query, start=period.start, end=period.end).item())


def _largest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of one check by the size of their effect, then of their amount, then by date and id."""
    nothing = Decimal(0)
    return tuple(
        sorted(
            findings,
            key=lambda each: (
                -abs(each.vat_effect or nothing),
                -abs(each.amount or nothing),
                each.booked_on,
                each.id,
            ),
        )
    )


def _reason_not_to_ask(check: Check, books: Books, mandate: Mandate, period: VatPeriod) -> str:
    """Why the question is meaningless for these books, or nothing; bexio decides on method and basis year by year."""
    known = books.sql("select method, basis from vat_status where year = $year", year=period.start.year).rows()
    method, basis = known[0] if known else (mandate.vat.method, mandate.vat.basis)
    if check.method not in (None, method):
        return f"only for the VAT method {check.method}"
    if check.basis not in (None, basis):
        return f"only for {check.basis} consideration"
    empty = [view for view in check.needs if books.count(view) == 0]
    return f"{empty[0]} is empty" if empty else ""


def _population(check: Check, books: Books, period: VatPeriod) -> int:
    """How many rows of the subject lie in the period."""
    subject = SUBJECTS[check.subject]
    values = {"$start": period.start, "$end": period.end, "$period": period.id}
    named = {name[1:]: value for name, value in values.items() if name in subject.in_period}
    query = f"select count(*) as examined from {subject.view} where {subject.in_period}"  # noqa: S608 - our own names
    return int(books.sql(query, **named).item())


def _require_distinct(check: Check, findings: tuple[Finding, ...]) -> None:
    if len({finding.id for finding in findings}) != len(findings):
        raise ValueError(f"{check.code} returns the same row of {check.subject} twice")
