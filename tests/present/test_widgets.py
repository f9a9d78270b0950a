"""The findings browser, driven without a browser."""

from __future__ import annotations

import dataclasses

import pytest

from bexio_analytics.present.cases import CaseFile, codes_of, severity_of
from bexio_analytics.present.findings import finding_text
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.present.widgets import FindingsBrowser


@pytest.fixture
def browser(page: ReviewPage) -> FindingsBrowser:
    return page.findings()


def test_it_opens_on_the_most_important_case(browser: FindingsBrowser, page: ReviewPage) -> None:
    first = page.review.cases[0]
    assert browser.selected is first
    assert finding_text(first.findings[0], page.translate) in browser.detail.value.replace("&amp;", "&")
    assert browser.status.value == f"{len(page.review.cases)} of {len(page.review.cases)}"


def test_a_line_tells_place_severity_and_codes(browser: FindingsBrowser, page: ReviewPage) -> None:
    for place, (case, (line, _)) in enumerate(zip(page.review.cases, browser.listing.options, strict=True), 1):
        others = len(codes_of(case)) - 1
        codes = case.leading + (f"+{others}" if others else "")
        assert line.split()[:3] == [str(place), str(severity_of(case)), codes]


def test_it_filters_by_severity_and_check(browser: FindingsBrowser, page: ReviewPage) -> None:
    browser.severity.value = 2
    assert browser.shown == [case for case in page.review.cases if severity_of(case) == 2]
    code = browser.shown[-1].leading
    browser.check.value = code
    assert browser.shown
    assert all(code in codes_of(case) for case in browser.shown)
    assert len(browser.listing.options) == len(browser.shown)
    browser.severity.value = 0
    browser.check.value = ""
    assert browser.shown == list(page.review.cases)


def test_a_check_that_does_not_lead_finds_its_case_too(browser: FindingsBrowser, page: ReviewPage) -> None:
    case = next(case for case in page.review.cases if len(codes_of(case)) > 1)
    browser.check.value = codes_of(case)[-1]
    assert case in browser.shown
    browser.listing.value = case.findings[0].id
    for code in codes_of(case):
        assert page.checks[code].references[0] in browser.detail.value


def test_every_word_of_a_search_must_occur(browser: FindingsBrowser) -> None:
    case = next(case for case in browser.shown if case.findings[0].evidence.get("document_no"))
    number = str(case.findings[0].evidence["document_no"])
    browser.search.value = f"{number.lower()} {case.leading.lower()}"
    assert case in browser.shown
    for shown in browser.shown:
        assert any(number in str(dict(finding.evidence)) for finding in shown.findings)


def test_a_search_without_result_says_so(browser: FindingsBrowser) -> None:
    browser.search.value = "no such thing anywhere"
    assert browser.shown == []
    assert browser.selected is None
    assert "No finding passes these filters." in browser.detail.value
    browser.search.value = ""
    assert browser.selected is not None


def test_selecting_opens_reasons_bookings_and_rank(browser: FindingsBrowser, page: ReviewPage) -> None:
    case = next(case for case in page.review.cases if case.leading == "F05")
    browser.listing.value = case.findings[0].id
    assert browser.selected is case
    assert "Bookings behind it" in browser.detail.value
    assert "Why it ranks here" in browser.detail.value
    assert page.checks["F05"].references[0] in browser.detail.value


def test_a_selection_survives_a_filter_that_keeps_it(browser: FindingsBrowser) -> None:
    last = browser.shown[-1]
    browser.listing.value = last.findings[0].id
    browser.severity.value = severity_of(last)
    assert browser.selected is last


def test_what_clients_wrote_stays_text(page: ReviewPage) -> None:
    result = next(result for result in page.review.results if result.findings)
    evidence = {**result.findings[0].evidence, "contact_name": "<script>alert(1)</script>"}
    evil = dataclasses.replace(result, findings=(dataclasses.replace(result.findings[0], evidence=evidence),))
    file = CaseFile(dataclasses.replace(page.review, results=(evil,)), page.checks, {}, page.translate)
    browser = FindingsBrowser(file)
    assert "<script" not in browser.detail.value
    assert "&lt;script&gt;" in browser.detail.value


def test_shown_live_it_is_a_widget_and_exported_a_table(browser: FindingsBrowser) -> None:
    bundle = browser._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "ba-findings" in bundle["text/html"]
