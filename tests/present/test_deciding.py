"""Deciding on cases in the browser of findings, driven without a browser."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bexio_analytics.present.cases import CaseFile, case_detail
from bexio_analytics.present.deciding import Deciding, DecisionForm
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.present.widgets import FindingsBrowser
from bexio_analytics.review import Verdict, decisions_of

AT = datetime(2026, 11, 22, 10, 33, tzinfo=UTC)


@pytest.fixture
def browser(page: ReviewPage, tmp_path: Path) -> FindingsBrowser:
    file = CaseFile(page.review, page.checks, {}, page.translate)
    return FindingsBrowser(file, deciding=Deciding(tmp_path, "2026-Q3", clock=lambda: AT))


@pytest.fixture
def form(browser: FindingsBrowser) -> DecisionForm:
    assert browser.form is not None
    return browser.form


def test_a_decision_is_on_disk_and_on_the_page(browser: FindingsBrowser, form: DecisionForm, tmp_path: Path) -> None:
    case = browser.selected
    assert case is not None
    form.verdict.value, form.author.value, form.note.value = Verdict.TO_CORRECT, "M. Muster", "Beleg <fehlt>"
    form.button.click()
    taken = decisions_of(tmp_path)
    assert {each.finding_id for each in taken} == {finding.id for finding in case.findings}
    assert {(each.verdict, each.author, each.note, each.decided_at, each.period_id) for each in taken} == {
        (Verdict.TO_CORRECT, "M. Muster", "Beleg <fehlt>", AT, "2026-Q3")
    }
    assert "decided by M. Muster" in browser.detail.value
    assert "Beleg &lt;fehlt&gt;" in browser.detail.value
    assert "recorded" in form.message.value
    assert form.verdict.value is None
    assert form.note.value == ""
    assert browser.listing.options[0][0].startswith("✓")
    assert not browser.listing.options[1][0].startswith("✓")


def test_what_is_decided_can_be_hidden(browser: FindingsBrowser, form: DecisionForm) -> None:
    first, second = browser.shown[:2]
    browser.decided.value = "open"
    assert browser.selected is first
    form.verdict.value, form.author.value = Verdict.ACCEPTED, "M. Muster"
    form.button.click()
    assert browser.selected is second
    assert first not in browser.shown
    browser.decided.value = "decided"
    assert browser.shown == [first]


def test_one_finding_of_a_case_can_be_decided_alone(
    browser: FindingsBrowser, form: DecisionForm, tmp_path: Path
) -> None:
    case = next(case for case in browser.shown if len(case.findings) > 1)
    browser.listing.value = case.findings[0].id
    form.finding.value = case.findings[1].id
    form.verdict.value, form.author.value, form.note.value = Verdict.EXPLAINED, "M. Muster", "Vertrag liegt vor"
    form.button.click()
    assert [each.finding_id for each in decisions_of(tmp_path)] == [case.findings[1].id]
    browser.decided.value = "decided"
    assert browser.shown == []


@pytest.mark.parametrize(
    ("verdict", "author", "said"),
    [
        (None, "M. Muster", "Choose what is to be done."),
        (Verdict.ACCEPTED, " ", "A decision needs an author."),
        (Verdict.EXPLAINED, "M. Muster", "say why it is explained"),
    ],
)
def test_what_is_missing_is_said_and_nothing_written(
    form: DecisionForm, tmp_path: Path, verdict: Verdict | None, author: str, said: str
) -> None:
    form.verdict.value, form.author.value = verdict, author
    form.button.click()
    assert said in form.message.value
    assert decisions_of(tmp_path) == ()
    assert form.author.value == author


def test_a_changed_file_is_not_written_on(form: DecisionForm, tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    form.verdict.value, form.author.value = Verdict.ACCEPTED, "M. Muster"
    form.button.click()
    assert "line 1 cannot be read" in form.message.value
    assert path.read_text(encoding="utf-8") == "{}\n"


def test_the_next_case_begins_with_an_empty_form_and_the_same_author(
    browser: FindingsBrowser, form: DecisionForm
) -> None:
    form.verdict.value, form.author.value, form.note.value = Verdict.ACCEPTED, "M. Muster", "half a sen"
    browser.listing.value = browser.shown[1].findings[0].id
    assert (form.verdict.value, form.author.value, form.note.value) == (None, "M. Muster", "")
    browser.search.value = "no such thing anywhere"
    assert form.layout.display == "none"


def test_the_report_says_what_was_decided(form: DecisionForm, page: ReviewPage, tmp_path: Path) -> None:
    form.verdict.value, form.author.value = Verdict.TO_CORRECT, "M. Muster"
    form.button.click()
    decisions = {each.finding_id: each for each in decisions_of(tmp_path)}
    file = dataclasses.replace(CaseFile(page.review, page.checks, {}, page.translate), decisions=decisions)
    again = FindingsBrowser(file, deciding=Deciding(tmp_path, "2026-Q3"))
    assert again.form is not None
    assert again.form.author.value == "M. Muster"
    first, second = page.review.cases[:2]
    assert "decided by M. Muster" in str(case_detail(first, file))
    assert "decided by" not in str(case_detail(second, file))


def test_without_a_place_for_decisions_there_is_no_form(page: ReviewPage) -> None:
    assert FindingsBrowser(CaseFile(page.review, page.checks, {}, page.translate)).form is None
