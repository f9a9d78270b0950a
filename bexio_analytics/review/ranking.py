"""The order in which cases are shown: what is most likely wrong and costs most comes first.

Every finding is evidence. How strong it is follows from the share of a check's findings that is expected to be true: a
prior by confidence, lowered where a rule fires so often that most of it must be the mandate's ordinary business, and
moved by past decisions once there are ten. Evidence about one booking adds up as log-odds, each further piece at half
the weight of the one before, since no two are independent; checks that fire on the same bookings anyway count once.
Severity and the CHF at stake are added on top, and a kind that has filled many places already has to be heavier than
another to fill one more.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log
from typing import TYPE_CHECKING

from bexio_analytics.review.case import Case, Reason
from bexio_analytics.review.check import Confidence, Severity

if TYPE_CHECKING:
    from bexio_analytics.review.finding import Finding

PRIOR_PRECISION = {Confidence.CERTAIN: 0.95, Confidence.LIKELY: 0.6, Confidence.INDICATIVE: 0.1}
"""Share of findings expected to be true before anybody decided on one."""
BASE_RATE = 0.01
"""Share of bookings that are wrong before anything is known about them."""
PLAUSIBLE_SHARE = 0.005
"""Share of the rows examined that one kind of error plausibly concerns; what a check finds beyond is discounted."""
PLAUSIBLE_LEAST = 3
"""Findings of one check that are plausible however small the books."""
DECISIONS_NEEDED = 10
"""Decisions on the findings of a check before its observed precision counts, and is shown."""
SAME_EVIDENCE = 0.5
"""Share of common bookings, of all that either of two checks finds, from which on they count as one."""
SEVERITY_WEIGHT = {
    Severity.BLOCKS_FILING: 1.5,
    Severity.MUST_BE_ANSWERED: 0.75,
    Severity.LOOK_AT: 0.0,
    Severity.INFORMATION: -1.5,
}
IMMATERIAL_WEIGHT = -2.0
"""Added to a case whose effect is known and below the mandate's materiality, unless it blocks the filing."""
FURTHER_EVIDENCE = 0.5
"""What a further piece of evidence on the same booking counts, of what it would count alone; the next its square."""
REPETITION = 1.0
"""How much a further case of the same kind has to be heavier: this × ln(1 + cases of the kind before it)."""
DIVERSIFIED = 500
"""Places of the list in which kinds take turns; behind them the score alone decides."""
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Observed:
    """Decisions of accountants on findings of one check: how many, and how many of them called it true."""

    decided: int
    confirmed: int


def precision_of(finding: Finding, examined: int, found: int, observed: Observed | None = None) -> float:
    """Share of a check's findings that is expected to be true.

    Args:
        finding: any of them, for the confidence.
        examined: rows the check examined in the period.
        found: bookings it found.
        observed: decisions on it so far, of any period.
    """
    prior = PRIOR_PRECISION[finding.confidence]
    if finding.confidence is not Confidence.CERTAIN:
        plausible = max(PLAUSIBLE_LEAST, PLAUSIBLE_SHARE * examined)
        prior *= min(1.0, plausible / max(found, 1))
    if observed is None or observed.decided < DECISIONS_NEEDED:
        return prior
    return (prior * DECISIONS_NEEDED + observed.confirmed) / (DECISIONS_NEEDED + observed.decided)


def cases_of(
    findings: Iterable[Finding],
    *,
    examined: Mapping[str, int],
    materiality: Decimal,
    observed: Mapping[str, Observed] | None = None,
) -> tuple[Case, ...]:
    """Findings grouped by booking and ranked.

    Args:
        findings: of one review.
        examined: rows examined, by check.
        materiality: CHF; what is known to be smaller is ranked last, unless it blocks the filing.
        observed: decisions so far, by check.

    Returns:
        Every finding in exactly one case, the most important case first. The order does not depend on the order of
        the findings.
    """
    by_booking: defaultdict[str, list[Finding]] = defaultdict(list)
    bookings: defaultdict[str, set[str]] = defaultdict(set)
    for finding in findings:
        place = finding.booking or f"{finding.check} {finding.subject_id}"
        by_booking[place].append(finding)
        bookings[finding.check].add(place)
    alike = _alike(by_booking.values(), bookings)
    decided = observed or {}
    cases = []
    for found in by_booking.values():
        precision = {
            each.check: precision_of(
                each, examined.get(each.check, 0), len(bookings[each.check]), decided.get(each.check)
            )
            for each in found
        }
        cases.append(_case(found, precision, alike, materiality))
    return diversified(sorted(cases, key=_place))


def diversified(cases: Sequence[Case], *, places: int = DIVERSIFIED) -> tuple[Case, ...]:
    """Cases so that one loud kind cannot fill the first ``places``; the rest follow in their order.

    Args:
        cases: the heaviest first.
        places: how far kinds take turns.
    """
    kinds: defaultdict[str, list[Case]] = defaultdict(list)
    for case in reversed(cases):
        kinds[case.leading].append(case)
    taken: list[Case] = []
    heap = [(_worth(kind[-1], 0), _place(kind[-1]), name, 0) for name, kind in kinds.items()]
    heapq.heapify(heap)
    while heap and len(taken) < places:
        *_, name, before = heapq.heappop(heap)
        taken.append(kinds[name].pop())
        if kinds[name]:
            following = kinds[name][-1]
            heapq.heappush(heap, (_worth(following, before + 1), _place(following), name, before + 1))
    left = {id(case) for kind in kinds.values() for case in kind}
    return (*taken, *(case for case in cases if id(case) in left))


def _worth(case: Case, before: int) -> float:
    return round(REPETITION * log(1 + before) - case.score, 6)


def _case(
    found: Sequence[Finding], precision: Mapping[str, float], alike: Mapping[str, frozenset[str]], materiality: Decimal
) -> Case:
    weights = {code: _log_odds(share) - _log_odds(BASE_RATE) for code, share in precision.items()}
    ordered = sorted(
        found,
        key=lambda each: (
            each.restates,
            each.severity,
            -weights[each.check],
            -abs(each.vat_effect or _NOTHING),
            each.id,
        ),
    )
    reasons: list[Reason] = []
    counted: list[str] = []
    codes = dict.fromkeys(each.check for each in ordered)
    for code in sorted(codes, key=lambda each: -weights[each]):
        same = next((other for other in counted if other in alike.get(code, ())), None)
        weight = 0.0 if same else round(max(weights[code], 0.0) * FURTHER_EVIDENCE ** len(counted), 6)
        reasons.append(Reason(code, weight, round(precision[code], 6), same))
        if same is None:
            counted.append(code)
    worst = min(each.severity for each in found)
    reasons.append(Reason("severity", SEVERITY_WEIGHT[worst]))
    effects = [abs(each.vat_effect) for each in found if each.vat_effect is not None]
    largest = max(effects, default=_NOTHING)
    if largest:
        reasons.append(Reason("stake", round(log(1 + float(largest / max(materiality, Decimal(1)))), 6)))
    if effects and largest < materiality and worst is not Severity.BLOCKS_FILING:
        reasons.append(Reason("immaterial", IMMATERIAL_WEIGHT))
    first = ordered[0]
    return Case(first.booking or first.subject_id, tuple(ordered), tuple(reasons))


def _alike(cases: Iterable[Sequence[Finding]], bookings: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    """Checks that fire on the same bookings, by check; only pairs that meet at all are compared."""
    together: defaultdict[tuple[str, str], int] = defaultdict(int)
    for found in cases:
        codes = sorted({each.check for each in found})
        for place, one in enumerate(codes):
            for other in codes[place + 1 :]:
                together[one, other] += 1
    same: defaultdict[str, set[str]] = defaultdict(set)
    for (one, other), common in together.items():
        either = len(bookings[one]) + len(bookings[other]) - common
        if common >= PLAUSIBLE_LEAST and common / either >= SAME_EVIDENCE:
            same[one].add(other)
            same[other].add(one)
    return {code: frozenset(others) for code, others in same.items()}


def _log_odds(share: float) -> float:
    return log(share / (1 - share))


def _place(case: Case) -> tuple[float, Decimal, str, str]:
    """The heavier case first; of equal ones the larger amount, then the earlier date."""
    first = case.findings[0]
    return (-case.score, -abs(first.amount or _NOTHING), first.booked_on.isoformat(), first.id)
