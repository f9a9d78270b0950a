"""The findings browser, driven without a browser."""

from __future__ import annotations

import dataclasses

import pytest

from bexio_analytics.present.findings import finding_text
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.present.widgets import FindingsBrowser


@pytest.fixture
def browser(page: ReviewPage) -> FindingsBrowser:
    return page.findings()


def test_it_opens_on_the_most_important_finding(browser: FindingsBrowser, page: ReviewPage) -> None:
    first = page.review.findings[0]
    assert browser.selected is first
    assert finding_text(first, page.translate) in browser.detail.value.replace("&amp;", "&")
    assert browser.status.value == f"{len(page.review.findings)} of {len(page.review.findings)}"


def test_it_filters_by_severity_and_check(browser: FindingsBrowser, page: ReviewPage) -> None:
    browser.severity.value = 2
    assert {int(finding.severity) for finding in browser.shown} == {2}
    code = browser.shown[-1].check
    browser.check.value = code
    assert {finding.check for finding in browser.shown} == {code}
    assert len(browser.listing.options) == len(browser.shown)
    browser.severity.value = 0
    browser.check.value = ""
    assert len(browser.shown) == len(page.review.findings)


def test_every_word_of_a_search_must_occur(browser: FindingsBrowser) -> None:
    finding = next(finding for finding in browser.shown if finding.evidence.get("document_no"))
    number = str(finding.evidence["document_no"])
    browser.search.value = f"{number.lower()} {finding.check.lower()}"
    assert finding in browser.shown
    assert all(number in str(dict(shown.evidence)) for shown in browser.shown)


def test_a_search_without_result_says_so(browser: FindingsBrowser) -> None:
    browser.search.value = "no such thing anywhere"
    assert browser.shown == []
    assert browser.selected is None
    assert "No finding passes these filters." in browser.detail.value
    browser.search.value = ""
    assert browser.selected is not None


def test_selecting_opens_reasons_and_bookings(browser: FindingsBrowser, page: ReviewPage) -> None:
    finding = next(finding for finding in page.review.findings if finding.check == "F05")
    browser.listing.value = finding.id
    assert browser.selected is finding
    assert "Bookings behind it" in browser.detail.value
    assert page.checks["F05"].references[0] in browser.detail.value


def test_a_selection_survives_a_filter_that_keeps_it(browser: FindingsBrowser) -> None:
    last = browser.shown[-1]
    browser.listing.value = last.id
    browser.severity.value = int(last.severity)
    assert browser.selected is last


def test_what_clients_wrote_stays_text(page: ReviewPage) -> None:

    finding = page.review.findings[0]
    evil = dataclasses.replace(finding, evidence={**finding.evidence, "contact_name": "<script>alert(1)</script>"})
    browser = FindingsBrowser([evil], page.checks, {}, page.translate)
    assert "<script" not in browser.detail.value
    assert "&lt;script&gt;" in browser.detail.value


def test_shown_live_it_is_a_widget_and_exported_a_table(browser: FindingsBrowser) -> None:
    bundle = browser._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "ba-findings" in bundle["text/html"]
