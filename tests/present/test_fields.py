"""Evidence is shown in an accountant's words: no column names, no flags, no English on a German page."""

from __future__ import annotations

import lxml.html
import pytest

from bexio_analytics.checks import ALL
from bexio_analytics.present.basis import THING_NAMES, reason
from bexio_analytics.present.fields import FIELD_NAMES, VALUE_NAMES, field_name, is_technical
from bexio_analytics.present.findings import evidence_table
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.present.translation import Translator

DE, EN = Translator("de"), Translator("en")


def test_every_fact_of_the_demo_has_a_heading(page: ReviewPage) -> None:
    shown = {key for finding in page.review.findings for key in finding.evidence if not is_technical(key)}
    assert shown - FIELD_NAMES.keys() == set(), "name these columns in present/fields.py, or call them technical"


def test_values_from_few_words_are_translated_and_text_of_the_books_is_not(german_page: ReviewPage) -> None:
    seen = set()
    for finding in german_page.review.findings:
        words = frozenset(german_page.checks[finding.check].words)
        root = lxml.html.fromstring(str(evidence_table(finding, DE, words)))
        facts = {row.xpath("th")[0].text_content(): row.xpath("td")[0].text_content() for row in root.xpath("//tr")}
        for key, value in finding.evidence.items():
            if is_technical(key) or not isinstance(value, str) or not value or key.endswith("_on"):
                continue
            expected = DE(value) if value in words else DE(VALUE_NAMES.get(key, {}).get(value, ""))
            assert facts[field_name(key, DE)] == (expected or value)
            seen.add("word" if value in words else "value" if expected else "text")
    assert seen == {"word", "value", "text"}


def test_flags_and_keys_are_left_out(page: ReviewPage) -> None:
    finding = next(finding for finding in page.review.findings if finding.check == "F05")
    told = str(evidence_table(finding, EN))
    assert is_technical("is_opening")
    assert is_technical("line_id")
    assert str(finding.evidence["posting_id"]) not in told


def test_every_view_a_check_asks_for_has_a_name() -> None:
    asked = {view for check in ALL.values() for view in (check.subject, *check.needs)}
    assert asked - THING_NAMES.keys() == set(), "name these views in present/basis.py"


@pytest.mark.parametrize(
    ("note", "english", "german"),
    [
        ("only for the VAT method net_tax", "only with: Net tax rate method", "nur bei: Saldosteuersatzmethode"),
        ("only for collected consideration", "only with: Collected consideration", "nur bei: Vereinnahmte Entgelte"),
        ("contact is empty", "no contacts are known", "keine Kontakte bekannt"),
        ("purchase has no rows in 2026-Q3", "no purchases in 2026-Q3", "keine Einkäufe in 2026-Q3"),
        ("new_view is empty", "no new_view are known", "keine new_view bekannt"),
        ("ValueError: boom", "ValueError: boom", "ValueError: boom"),
    ],
)
def test_why_a_check_was_not_applicable(note: str, english: str, german: str) -> None:
    assert reason(note, EN) == english
    assert reason(note, DE) == german
