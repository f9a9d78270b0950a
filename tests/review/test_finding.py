"""Texts, values and ranking of findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.review import Confidence, Finding, Severity, Word
from bexio_analytics.review.finding import finding_id, shown

BASE = Finding(
    id="0" * 16,
    check="F05",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    subject="posting",
    subject_id="journal_line:1",
    booked_on=date(2026, 7, 3),
    amount=Decimal("100.00"),
    vat_effect=Decimal("8.10"),
    ziffer=None,
    text_id="CHF {amount} are a {nature}, {rate} % on {day}: {text}",
    values={
        "amount": Decimal("-1234567.80"),
        "nature": Word("sale"),
        "rate": Decimal("8.1000"),
        "day": date(2026, 7, 3),
        "text": None,
    },
    evidence={"text": "sale"},
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1234567.80"), "1'234'567.80"),
        (Decimal("-0.05"), "-0.05"),
        (Decimal("8.1000"), "8.1"),
        (Decimal("100.0000"), "100"),
        (Decimal("0.945000"), "0.945"),
        (date(2026, 7, 3), "2026-07-03"),
        (None, "–"),
        (["4200", "1500"], "4200, 1500"),
        (3, "3"),
    ],
)
def test_values_are_shown(value: object, text: str) -> None:
    """Money in Swiss notation, rates without idle zeros, dates ISO."""
    assert shown(value) == text


def test_text_in_another_language() -> None:
    """Template and wording are translated, values are shown by the reader's rules, data is left alone."""
    german: Mapping[str, str] = {
        BASE.text_id: "CHF {amount} sind ein {nature}, {rate} % am {day}: {text}",
        "sale": "Verkauf",
    }
    assert BASE.text() == "CHF -1'234'567.80 are a sale, 8.1 % on 2026-07-03: –"
    data = replace(BASE, values={**BASE.values, "text": "sale"})
    assert data.text(lambda text: german.get(text, text)) == (
        "CHF -1'234'567.80 sind ein Verkauf, 8.1 % am 2026-07-03: sale"
    )
    assert BASE.text(show=lambda _: "x").count("x") == 4


def test_nothing_of_a_client_in_the_repr() -> None:
    """A finding that ends in a log shows neither values nor evidence."""
    assert "1234567" not in repr(BASE)


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_identity_tells_keys_apart(one: list[str], other: list[str]) -> None:
    """Equal keys give equal ids, different keys different ones."""
    joined = ("\x1f".join(one), "\x1f".join(other))
    assert (finding_id("F05", one) == finding_id("F05", other)) == (joined[0] == joined[1])
    assert finding_id("F05", one) != finding_id("F06", one)
