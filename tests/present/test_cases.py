"""The list of cases: one row a booking, the reasons of its place, the first ten, and what is behind the short list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.present import formats
from bexio_analytics.present.cases import (
    FINDINGS_OF_A_CASE,
    FINDINGS_SHOWN,
    FIRST_CASES,
    CaseFile,
    beyond_short_list,
    case_list,
    first_cases,
    reason_table,
    shown_weights,
    within_limit,
)
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.present.translation import Translator
from bexio_analytics.review import DECISIONS_NEEDED, Finding, Observed, Outcome, Review
from bexio_analytics.review.engine import SHORT_LIST_LEAST, CheckResult

EN, DE = Translator("en"), Translator("de")
RAPPEN = Decimal("0.01")


def parsed(markup: object) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(f"<div>{markup}</div>")


def found(page: ReviewPage, code: str, booking: int, *, effect: str | None = None, row: int = 0) -> Finding:
    check = page.checks[code]
    return Finding(
        id=f"{code}-{booking}-{row}",
        check=code,
        severity=check.severity,
        confidence=check.confidence,
        subject="posting",
        subject_id=f"journal_line:{booking}",
        booked_on=date(2026, 7, 3),
        amount=Decimal("1000.00"),
        vat_effect=None if effect is None else Decimal(effect),
        ziffer=None,
        text_id=f"{code} says something of row {row}",
        values={},
        evidence={"line_id": booking},
        booking=f"journal_entry:{booking}",
    )


def file_of(
    page: ReviewPage, *findings: Finding, observed: Mapping[str, Observed] = MappingProxyType({}), lang: Translator = EN
) -> CaseFile:
    """The findings as a review of their own, with nothing else in the books."""
    by_check: dict[str, list[Finding]] = {}
    for finding in findings:
        by_check.setdefault(finding.check, []).append(finding)
    results = tuple(
        CheckResult(page.checks[code], Outcome.FINDINGS, 100_000, tuple(of_check))
        for code, of_check in by_check.items()
    )
    review = Review("own", page.period, page.as_of, results, materiality=Decimal(100), observed=observed, bookings=1000)
    return CaseFile(review, page.checks, {}, lang)


def reasons(file: CaseFile, place: int = 1) -> list[list[str]]:
    root = parsed(reason_table(file.review.cases[place - 1], file))
    return [[cell.text_content() for cell in row.xpath("*")] for row in root.xpath("//tbody/tr | //tfoot/tr")]


def test_the_reasons_of_every_case_add_up_to_its_score(page: ReviewPage) -> None:
    file = CaseFile(page.review, page.checks, {}, EN)
    for place, case in enumerate(page.review.cases, 1):
        *parts, total = reasons(file, place)
        assert len(parts) == len(case.reasons)
        assert total[2] == f"{Decimal(str(case.score)).quantize(RAPPEN, ROUND_HALF_UP):f}"
        assert sum(Decimal(part[2]) for part in parts) == Decimal(total[2])


@given(st.lists(st.decimals(-8, 8, places=6, allow_nan=False), max_size=12))
def test_shown_weights_add_up_and_stay_near_the_truth(exact: list[Decimal]) -> None:
    shown = shown_weights([float(weight) for weight in exact])
    assert sum(shown) == sum(exact, Decimal(0)).quantize(RAPPEN, ROUND_HALF_UP)
    for part, weight in zip(shown, exact, strict=True):
        assert abs(part - weight) <= RAPPEN


def test_each_reason_says_what_it_rests_on(page: ReviewPage) -> None:
    file = file_of(page, found(page, "E02", 1, effect="-60.00"), found(page, "A07", 1))
    leading, further, severity, stake, immaterial, together = reasons(file)
    assert leading[0].startswith("E02 ")
    assert leading[1:] == ["expected to be right: 60\u202f%", "5.00"]
    assert further[0].startswith("A07 ")
    assert further[1:] == ["expected to be right: 60\u202f% · further evidence, counts 50\u202f%", "2.50"]
    assert severity == ["Severity", "Must be answered", "0.75"]
    assert stake[:2] == ["CHF at stake", "60.00"]
    assert immaterial == ["Immaterial", "below CHF 100.00", "-2.00"]
    assert together[:2] == ["Together", ""]


def test_a_check_that_says_the_same_is_named_and_weighs_nothing(page: ReviewPage) -> None:
    both = [found(page, code, booking, effect="500.00") for code in ("E02", "A07") for booking in range(4)]
    rows = {row[0][:3]: row for row in reasons(file_of(page, *both))}
    silent, counted = sorted((rows["E02"], rows["A07"]), key=lambda row: Decimal(row[2]))
    assert silent[1].endswith(f" · says the same as {counted[0][:3]}")
    assert silent[2] == "0.00"
    assert Decimal(counted[2]) > 0


def test_decisions_count_once_there_are_enough(page: ReviewPage) -> None:
    finding = found(page, "E02", 1)
    few = file_of(page, finding, observed={"E02": Observed(DECISIONS_NEEDED - 1, DECISIONS_NEEDED - 1)})
    assert reasons(few)[0][1] == "expected to be right: 60\u202f%"
    enough = {"E02": Observed(17, 14)}
    assert reasons(file_of(page, finding, observed=enough))[0][1] == "right in 14 of 17 decisions"
    assert reasons(file_of(page, finding, observed=enough, lang=DE))[0][1] == "richtig in 14 von 17 Entscheiden"


def test_a_row_names_every_check_and_writes_the_others_smaller(page: ReviewPage) -> None:
    file = file_of(page, found(page, "E02", 1, effect="-600.00"), found(page, "A07", 1), found(page, "E02", 2))
    rows = parsed(case_list(file)).xpath("//table[contains(@class, 'ba-findings')]/tbody/tr[1]")
    assert len(rows) == 2
    assert rows[0].xpath("td[3]//*[@data-facet-value]/text()") == ["E02", "A07"]
    assert rows[0].xpath("td[4]/span/text()") == ["E02 says something of row 0"]
    assert rows[0].xpath("td[4]/small[@class='ba-other']")[0].text_content() == "A07 A07 says something of row 0"
    assert rows[0].xpath("td[7]/@data-v") == ["-600.00"]


def test_a_booking_of_many_findings_is_explained_once_and_cut(page: ReviewPage) -> None:
    file = file_of(page, *(found(page, "E02", 1, row=row) for row in range(40)))
    root = parsed(case_list(file))
    assert len(root.xpath("//*[@data-finding]")) == FINDINGS_OF_A_CASE
    left = 40 - FINDINGS_OF_A_CASE
    assert f"{left} further findings on this booking are in the view review.finding." in root.text_content()
    assert root.text_content().count(page.checks["E02"].sections["Why it matters"]) == 1
    assert "36 further findings" in root.xpath("//td[4]")[0].text_content()


def test_the_first_cases_are_one_line_each_and_lead_to_their_row(page: ReviewPage) -> None:
    file = CaseFile(page.review, page.checks, {}, EN)
    rows = parsed(first_cases(file)).xpath("//tbody/tr")
    assert len(rows) == FIRST_CASES < len(page.review.cases)
    targets = set(parsed(case_list(file)).xpath("//details//@id"))
    for row, case in zip(rows, page.review.cases, strict=False):
        assert row.xpath("td[last()]")[0].text_content() == formats.signed_chf(case.vat_effect)
        assert case.leading in row.xpath("td[3]")[0].text_content()
        assert row.xpath(".//a/@href")[0].removeprefix("#") in targets


def test_without_findings_nothing_is_to_look_at(page: ReviewPage) -> None:
    empty = file_of(page)
    assert first_cases(empty) is None
    assert beyond_short_list(empty) is None
    assert "every check that could run came back clean" in str(case_list(empty))


def test_what_lies_behind_the_short_list_is_said_with_where_to_find_it(page: ReviewPage) -> None:
    review = page.review
    beyond = len(review.findings) - sum(len(case.findings) for case in review.short_list)
    assert beyond > 0
    assert str(parsed(beyond_short_list(CaseFile(review, page.checks, {}, EN))).text_content()) == (
        f"{beyond} further findings lie behind the short list, which ends at place {SHORT_LIST_LEAST}. "
        "They are listed below, printed in one line each, and stand in the view review.finding."
    )
    root = parsed(case_list(CaseFile(review, page.checks, {}, EN)))
    assert len(root.xpath("//details[@class='ba-beyond']")) == len(review.cases) - SHORT_LIST_LEAST
    assert len(root.xpath("//details[not(@class)]")) == SHORT_LIST_LEAST
    just = file_of(page, *(found(page, "E02", booking) for booking in range(SHORT_LIST_LEAST)))
    assert beyond_short_list(just) is None


@pytest.mark.parametrize("extra", [0, 1])
def test_cases_are_explained_whole_as_far_as_there_is_room(page: ReviewPage, extra: int) -> None:
    file = file_of(page, *(found(page, "E02", booking) for booking in range(FINDINGS_SHOWN + extra)))
    assert within_limit(file.review.cases) == file.review.cases[:FINDINGS_SHOWN]
    assert len(file.details) <= FINDINGS_SHOWN
