"""Planting, reviewing and counting: how many of the planted errors the review finds, and how far up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import TYPE_CHECKING

import polars as pl

from bexio_analytics.books import Books
from bexio_analytics.review.engine import Outcome, Review, review
from bexio_analytics.review.self_test.draft import Draft
from bexio_analytics.review.self_test.kinds import KINDS
from bexio_analytics.review.self_test.material import Material
from bexio_analytics.review.self_test.planting import Kind, Planted
from bexio_analytics.snapshot.export_tables import tax_table

if TYPE_CHECKING:
    from bexio_analytics.mandate import Mandate
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.review.check import CheckSet
    from bexio_analytics.review.finding import Finding

BUDGET = 50
"""Findings that are read, where nobody says how many."""
TRIALS = 5

_NAMED_IN_EVIDENCE = {
    "line_id": "journal_line",
    "first_line_id": "journal_line",
    "entry_id": "journal_entry",
    "document_id": "document",
    "vat_line_id": "vat_line",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One planted error and what became of it.

    Attributes:
        kind: what was planted.
        number: of the trial, from 1.
        what: the booking and the change in words.
        check: the check whose finding stands highest; None where nothing was found.
        rank: place of that finding in the ranked list as it is read, findings of the mandate's own included.
        text: its sentence.
        also: further checks that found it.
    """

    kind: Kind
    number: int
    what: str
    check: str | None = None
    rank: int | None = None
    text: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """All trials of one kind; none where the books have no material for it."""

    kind: Kind
    trials: tuple[Trial, ...]

    @property
    def found(self) -> tuple[Trial, ...]:
        """Trials in which any finding speaks of the error."""
        return tuple(trial for trial in self.trials if trial.rank is not None)

    def within(self, budget: int) -> tuple[Trial, ...]:
        """Trials in which it stands among the first findings."""
        return tuple(trial for trial in self.trials if trial.rank is not None and trial.rank <= budget)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What the review would have found of known errors in these books.

    Attributes:
        mandate: id of the mandate.
        period: the VAT period.
        as_of: the day the review stands for.
        budget: findings that are read.
        seed: another seed, other bookings.
        rounds: how often every kind was tried.
        own: number of findings of the books as they are; they take their places in the list, but count for nothing.
        tallies: one per kind.
        failed: checks that failed to run on the books with errors in them, with the reason.
    """

    mandate: str
    period: VatPeriod
    as_of: date
    budget: int
    seed: int
    rounds: int
    own: int
    tallies: tuple[Tally, ...]
    failed: Mapping[str, str]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials."""
        return tuple(trial for tally in self.tallies for trial in tally.trials)

    def to_json(self) -> dict[str, object]:
        """For a program; every value is one of JSON's types."""
        return {
            "mandate": self.mandate,
            "period": self.period.id,
            "as_of": self.as_of.isoformat(),
            "budget": self.budget,
            "seed": self.seed,
            "trials": self.rounds,
            "own_findings": self.own,
            "failed": dict(self.failed),
            **_counted(self.trials, self.budget),
            "kinds": [
                {
                    "kind": tally.kind.name,
                    "title": tally.kind.title,
                    **_counted(tally.trials, self.budget),
                    "checks": dict(Counter(trial.check for trial in tally.found)),
                    "trials": [
                        {
                            "trial": trial.number,
                            "planted": trial.what,
                            "check": trial.check,
                            "rank": trial.rank,
                            "text": trial.text,
                            "also": list(trial.also),
                        }
                        for trial in tally.trials
                    ],
                }
                for tally in self.tallies
            ],
        }


def _counted(trials: Sequence[Trial], budget: int) -> dict[str, object]:
    ranks = [trial.rank for trial in trials if trial.rank is not None]
    return {"planted": len(trials), "found": len(ranks), "within_budget": sum(rank <= budget for rank in ranks)}


def self_test(
    frames: Mapping[str, pl.DataFrame],
    mandate: Mandate,
    period: VatPeriod,
    checks: CheckSet,
    *,
    as_of: date,
    source: str = "api",
    snapshot_id: str = "in-memory",
    budget: int = BUDGET,
    seed: int = 0,
    rounds: int = TRIALS,
    kinds: Sequence[Kind] = KINDS,
) -> SelfTest:
    """Plant one error of each kind a round, review, and say which were found.

    The errors of a round are planted together, each in a booking of its own, and judged apart: a finding counts for an
    error if it names a row, booking, document or account of it, and its check had nothing to say there without it;
    findings that name another error of the round take no place before it. What names no booking, such as a difference
    of a whole account, counts for none, and keeps its place.

    Args:
        frames: the tables of a snapshot, by name; they are not changed.
        mandate: settings.
        period: the VAT period.
        checks: what to run.
        as_of: the day the review stands for.
        source: ``api`` or ``export``.
        snapshot_id: of the snapshot, so that filed periods are compared with the snapshots before it.
        budget: findings that are read.
        seed: decides which bookings are hit.
        rounds: how often every kind is tried.
        kinds: what to plant.

    Raises:
        ConfigurationError: the mandate's settings ask for a check or threshold that does not exist.
    """

    def reviewed(tables: Mapping[str, pl.DataFrame]) -> tuple[Books, Review]:
        if source == "export":
            tables = {**tables, "tax": tax_table(tables["journal"], mandate)}
        books = replace(Books.from_frames(tables, mandate, source=source), snapshot_id=snapshot_id)
        return books, review(books, mandate, period, checks, as_of=as_of)

    trials: dict[str, list[Trial]] = {kind.name: [] for kind in kinds}
    failed: dict[str, str] = {}
    books, own = reviewed(Draft(frames, is_export=source == "export").frames())
    with books:
        spoken_of = frozenset(key for finding in own.findings for key in keys_of(finding))
        material = Material.of(books, period, spoken_of)
        for number in range(1, rounds + 1):
            draft = Draft(frames, is_export=source == "export")
            planted = _plant(draft, material.again(), kinds, f"{seed} {number}")
            changed, done = reviewed(draft.frames())
            with changed:
                keys = {name: each.keys | _keys_of_lines(changed, each) for name, each in planted.items()}
            judged = _judged(done, own, keys)
            for kind in kinds:
                if kind.name in planted:
                    hits = judged[kind.name]
                    trials[kind.name].append(_trial(kind, number, planted[kind.name], hits))
            failed |= {each.check.code: each.note for each in done.results if each.outcome is Outcome.FAILED}
    tallies = tuple(Tally(kind, tuple(trials[kind.name])) for kind in kinds)
    return SelfTest(mandate.id, period, as_of, budget, seed, rounds, len(own.findings), tallies, failed)


def keys_of(finding: Finding) -> frozenset[str]:
    """Everything in the books that a finding names."""
    named = {
        f"{view}:{finding.evidence[name]}" for name, view in _NAMED_IN_EVIDENCE.items() if name in finding.evidence
    }
    return frozenset({finding.subject_id, *named})


def _plant(draft: Draft, material: Material, kinds: Sequence[Kind], seed: str) -> dict[str, Planted]:
    """One error of each kind, in another order every round: what is scarce does not always go to the same kind."""
    order = list(kinds)
    Random(seed).shuffle(order)  # noqa: S311 - no secret
    found = {kind.name: kind.plant(draft, material, Random(f"{seed} {kind.name}")) for kind in order}  # noqa: S311
    return {name: each for name, each in found.items() if each is not None}


def _keys_of_lines(books: Books, planted: Planted) -> frozenset[str]:
    rows = books.sql(
        "select line_id, entry_id, document_id, vat_line_id from journal_line where list_contains($ids, line_id)",
        ids=sorted(planted.line_ids),
    )
    names = ("journal_line", "journal_entry", "document", "vat_line")
    return frozenset(
        f"{view}:{value}"
        for row in rows.iter_rows()
        for view, value in zip(names, row, strict=True)
        if value is not None
    )


def _judged(done: Review, own: Review, keys: Mapping[str, frozenset[str]]) -> dict[str, list[tuple[int, Finding]]]:
    """Findings that speak of each planted error, with the rank they would have if it were the only one.

    A code that changes renames its VAT line, and what was found there before comes again under another id: so a check
    counts only where it said nothing about the booking before. A check that sums up may only choose another example:
    so it counts only if it finds more than it lost.
    """
    before, now = ({finding.id: finding for finding in each.findings} for each in (own, done))
    gained = Counter(finding.check for identity, finding in now.items() if identity not in before)
    gained.subtract(Counter(finding.check for identity, finding in before.items() if identity not in now))
    said = {(finding.check, key) for finding in own.findings for key in keys_of(finding)}
    new = [
        (place, finding)
        for place, finding in enumerate(done.findings, 1)
        if finding.id not in before and gained[finding.check] > 0
    ]
    spoken = {
        place: {
            name
            for name, names in keys.items()
            if names & keys_of(finding) and not any((finding.check, key) in said for key in names)
        }
        for place, finding in new
    }
    return {
        name: [
            (place - sum(bool(spoken[p]) and name not in spoken[p] for p, _ in new if p < place), finding)
            for place, finding in new
            if name in spoken[place]
        ]
        for name in keys
    }


def _trial(kind: Kind, number: int, planted: Planted, hits: Sequence[tuple[int, Finding]]) -> Trial:
    if not hits:
        return Trial(kind, number, planted.what)
    rank, finding = hits[0]
    also = tuple(sorted({each.check for _, each in hits} - {finding.check}))
    return Trial(kind, number, planted.what, finding.check, rank, finding.text(), also)
