"""The order of cases: evidence adds up, the same evidence counts once, loud rules and kinds do not drown the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.review import Case, Confidence, Finding, Observed, Severity, cases_of, precision_of

EXAMINED = dict.fromkeys(("A01", "B01", "C01", "H04", "K01"), 1000)
MATERIALITY = Decimal(100)


def found(
    check: str,
    number: int,
    *,
    effect: str | None = None,
    confidence: Confidence = Confidence.LIKELY,
    severity: Severity = Severity.MUST_BE_ANSWERED,
    restates: bool = False,
) -> Finding:
    return Finding(
        id=f"{check}-{number:04}",
        check=check,
        severity=severity,
        confidence=confidence,
        subject="posting",
        subject_id=f"journal_line:{number}",
        booked_on=date(2026, 7, 3),
        amount=Decimal("1000.00"),
        vat_effect=None if effect is None else Decimal(effect),
        ziffer=None,
        text_id="x",
        values={},
        evidence={},
        restates=restates,
        booking=f"journal_entry:{number}",
    )


def ranked(*findings: Finding, observed: dict[str, Observed] | None = None) -> tuple[Case, ...]:
    return cases_of(findings, examined=EXAMINED, materiality=MATERIALITY, observed=observed)


def order(*findings: Finding) -> list[str]:
    return [case.booking.removeprefix("journal_entry:") for case in ranked(*findings)]


def test_score_is_the_sum_of_its_reasons() -> None:
    (case,) = ranked(found("A01", 1, effect="81.00"), found("C01", 1, effect="500.00"))
    assert [reason.of for reason in case.reasons] == ["C01", "A01", "severity", "stake"]
    assert case.score == pytest.approx(sum(reason.weight for reason in case.reasons))
    assert case.vat_effect == Decimal("500.00")
    assert case.to_json()["findings"] == ["C01-0001", "A01-0001"]


def test_more_evidence_weighs_more_and_certain_more_than_a_pattern() -> None:
    certain = found("C01", 3, confidence=Confidence.CERTAIN)
    pattern = found("H04", 4, confidence=Confidence.INDICATIVE)
    assert order(found("A01", 1), found("A01", 2), found("B01", 2), certain, pattern) == ["3", "2", "1", "4"]


def test_further_evidence_counts_half() -> None:
    (case,) = ranked(found("A01", 1), found("B01", 1), found("H04", 1, confidence=Confidence.INDICATIVE))
    first, second, third = (reason.weight for reason in case.reasons[:3])
    assert (round(second / first, 3), round(third / first, 3)) == (0.5, 0.12)


def test_the_most_severe_finding_speaks_first() -> None:
    mild = found("C01", 1, confidence=Confidence.CERTAIN, severity=Severity.LOOK_AT)
    (case,) = ranked(mild, found("A01", 1, severity=Severity.BLOCKS_FILING))
    assert [finding.check for finding in case.findings] == ["A01", "C01"]
    assert case.reasons[0].of == "C01"


def test_severity_and_stake_decide_between_equal_evidence() -> None:
    blocking = found("A01", 1, severity=Severity.BLOCKS_FILING)
    assert order(found("A01", 2, effect="400.00"), found("A01", 3, effect="4000.00"), blocking)[0] == "3"
    assert order(found("A01", 2), blocking) == ["1", "2"]


def test_of_equal_cases_the_larger_amount_comes_first() -> None:
    small, large = found("A01", 1), replace(found("A01", 2), amount=Decimal("-2000.00"))
    assert order(small, large) == ["2", "1"]


def test_a_case_of_two_equal_bookings_names_both() -> None:
    twice = replace(found("K13", 1), evidence={"equal_entry": "manual_entry:7"})
    (case,) = ranked(twice, found("A01", 1))
    assert case.bookings == ("journal_entry:1", "journal_entry:manual_entry:7")
    assert case.to_json()["bookings"] == list(case.bookings)


def test_what_is_immaterial_comes_last_unless_it_blocks_the_filing() -> None:
    small, unknown = found("A01", 1, effect="99.99"), found("A01", 2)
    assert order(small, unknown) == ["2", "1"]
    assert order(replace(small, severity=Severity.BLOCKS_FILING), unknown) == ["1", "2"]


def test_a_rule_that_fires_all_the_time_loses_its_weight() -> None:
    """200 of 1'000 rows cannot all be the same error: 5 are plausible, so 60 % become 1.5 %."""
    assert precision_of(found("H04", 1), 1000, 5) == pytest.approx(0.6)
    assert precision_of(found("H04", 1), 1000, 200) == pytest.approx(0.015)
    assert precision_of(found("C01", 1, confidence=Confidence.CERTAIN), 1000, 900) == pytest.approx(0.95)
    loud = [found("H04", number) for number in range(10, 210)]
    assert order(*loud, found("A01", 1))[0] == "1"


def test_small_books_are_not_punished_for_being_small() -> None:
    assert precision_of(found("A01", 1), 20, 3) == pytest.approx(0.6)


def test_ten_decisions_move_the_precision() -> None:
    finding = found("A01", 1)
    assert precision_of(finding, 1000, 2, Observed(9, 0)) == pytest.approx(0.6)
    assert precision_of(finding, 1000, 2, Observed(10, 0)) == pytest.approx(0.3)
    assert precision_of(finding, 1000, 2, Observed(30, 30)) == pytest.approx(0.9)
    cases = ranked(found("A01", 1), found("B01", 2), observed={"A01": Observed(40, 1)})
    assert [case.leading for case in cases] == ["B01", "A01"]


def test_checks_that_fire_on_the_same_bookings_count_once() -> None:
    twins = [found(check, number) for check in ("A01", "B01") for number in (1, 2, 3)]
    case = ranked(*twins)[0]
    assert [(reason.of, reason.same_as) for reason in case.reasons[:2]] == [("A01", None), ("B01", "A01")]
    assert case.reasons[1].weight == 0.0
    apart = [found("A01", 1), found("B01", 1), *(found("A01", n) for n in range(2, 6))]
    assert all(reason.same_as is None for reason in ranked(*apart)[0].reasons)


def test_one_loud_kind_does_not_fill_the_list() -> None:
    loud = [found("A01", number, effect="1000.00") for number in range(1, 9)]
    other = [found("B01", number, effect="200.00") for number in range(41, 44)]
    first = order(*loud, *other)[:6]
    assert {"41", "42"} <= set(first)
    assert first[0] not in {"41", "42", "43"}


def test_what_sums_up_others_leads_no_case_of_a_booking() -> None:
    (case,) = ranked(found("C01", 1, confidence=Confidence.CERTAIN, restates=True), found("A01", 1))
    assert case.leading == "A01"


@given(st.permutations([found("A01", 1), found("B01", 1), found("A01", 2), found("C01", 3), found("H04", 2)]))
def test_order_of_findings_does_not_matter(findings: list[Finding]) -> None:
    cases = ranked(*findings)
    assert cases == ranked(*sorted(findings, key=lambda each: each.id))
    assert sorted(each.id for case in cases for each in case.findings) == sorted(each.id for each in findings)
