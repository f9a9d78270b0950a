"""Decisions on findings: appended, chained, and what they say about a check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import ALL
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import (
    CheckSet,
    Finding,
    Observed,
    Verdict,
    decisions_of,
    observed_precision,
    record_decision,
    review,
)
from bexio_analytics.testing import books_from_text

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LEDGER = "\n".join(f"2026-07-{day:02}  Korrektur {day}  1170 / 6500  {day}.00  manual" for day in range(1, 13))


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    with books_from_text(LEDGER) as opened:
        yield opened


@pytest.fixture
def findings(books: Books) -> tuple[Finding, ...]:
    done = review(books, books.mandate, VatPeriod.parse("2026-Q3"), CheckSet([ALL["F05"]]), as_of=date(2026, 11, 22))
    return done.findings


def decide(folder: Path, finding: Finding, verdict: Verdict = Verdict.TO_CORRECT, note: str = "geprüft") -> None:
    record_decision(folder, finding, "2026-Q3", verdict, note=note, author="B. Muster", decided_at=AT)


def test_decisions_are_read_back_in_order(tmp_path: Path, findings: tuple[Finding, ...]) -> None:
    decide(tmp_path, findings[0])
    decide(tmp_path, findings[1], Verdict.EXPLAINED, "Zahlung an die ESTV")
    first, second = decisions_of(tmp_path)
    assert (first.finding_id, first.verdict, first.decided_at, first.check) == (
        findings[0].id,
        Verdict.TO_CORRECT,
        AT,
        "F05",
    )
    assert (second.note, second.verdict) == ("Zahlung an die ESTV", Verdict.EXPLAINED)
    assert (tmp_path / "decisions.jsonl").stat().st_mode & 0o777 == 0o600


def test_the_last_decision_on_a_finding_counts(tmp_path: Path, findings: tuple[Finding, ...]) -> None:
    decide(tmp_path, findings[0])
    decide(tmp_path, findings[0], Verdict.EXPLAINED, "doch richtig")
    decide(tmp_path, findings[1], Verdict.ACCEPTED)
    assert observed_precision(tmp_path) == {"F05": Observed(2, 1)}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_changed_or_missing_line_is_noticed(tmp_path: Path, findings: tuple[Finding, ...], place: int) -> None:
    """The last line has no successor that would give it away: taking it away is a shorter file that is whole."""
    for finding in findings[:4]:
        decide(tmp_path, finding)
    path = tmp_path / "decisions.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = [*lines]
    changed[place] = changed[place].replace("B. Muster", "A. Muster")
    path.write_text("\n".join(changed) + "\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="chain of hashes is broken"):
        decisions_of(tmp_path)
    path.write_text("\n".join(lines[:place] + lines[place + 1 :]) + "\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="chain of hashes is broken"):
        decide(tmp_path, findings[4])


def test_unreadable_lines_name_their_number(tmp_path: Path, findings: tuple[Finding, ...]) -> None:
    decide(tmp_path, findings[0])
    path = tmp_path / "decisions.jsonl"
    row = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(row | {"verdict": "vielleicht"}) + "\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="line 1: not a decision"):
        decisions_of(tmp_path)
    path.write_text("{oops\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="line 1 cannot be read"):
        decisions_of(tmp_path)


def test_an_explanation_needs_a_reason_and_a_decision_an_author(tmp_path: Path, findings: tuple[Finding, ...]) -> None:
    with pytest.raises(ConfigurationError, match="say why"):
        decide(tmp_path, findings[0], Verdict.EXPLAINED, " ")
    with pytest.raises(ConfigurationError, match="author"):
        record_decision(tmp_path, findings[0], "2026-Q3", Verdict.ACCEPTED, note="", author="", decided_at=AT)
    assert decisions_of(tmp_path) == ()
