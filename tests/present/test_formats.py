"""Swiss notation of amounts, rates, shares and dates."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.present import formats

AMOUNTS = st.decimals(min_value=Decimal("-1e12"), max_value=Decimal("1e12"), places=4)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234.5", "1'234.50"),
        ("-1234567.895", "-1'234'567.90"),
        ("0", "0.00"),
        ("-0.004", "0.00"),
        ("999.995", "1'000.00"),
    ],
)
def test_amounts_in_swiss_notation(amount: str, text: str) -> None:
    assert formats.chf(Decimal(amount)) == text


def test_no_amount_is_no_text() -> None:
    assert (formats.chf(None), formats.signed_chf(None), formats.rate(None), formats.day(None, "de")) == ("",) * 4


@given(AMOUNTS)
def test_an_amount_reads_back_as_itself(amount: Decimal) -> None:
    read = Decimal(formats.chf(amount).replace("'", ""))
    assert read == amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(("amount", "text"), [("81", "+81.00"), ("-81", "-81.00"), ("0", "0.00"), ("0.001", "0.00")])
def test_signed_amounts(amount: str, text: str) -> None:
    assert formats.signed_chf(Decimal(amount)) == text


@pytest.mark.parametrize(("rate", "text"), [("8.10000000", "8.1"), ("2.5", "2.5"), ("8", "8.0"), ("100.00", "100.0")])
def test_rates_without_idle_zeros(rate: str, text: str) -> None:
    assert formats.rate(Decimal(rate)) == f"{text}\u202f%"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [("1", "3", "33"), ("3", "3", "100"), ("995", "1000", ">99"), ("1", "1000", "<1"), ("0", "5", "0")],
)
def test_shares_never_claim_all_or_nothing_falsely(part: str, whole: str, text: str) -> None:
    assert formats.share(Decimal(part), Decimal(whole)) == f"{text}\u202f%"


def test_the_share_of_nothing_is_no_text() -> None:
    assert formats.share(Decimal(0), Decimal(0)) == ""


def test_dates_and_counts() -> None:
    assert formats.day(date(2026, 9, 3), "de") == "03.09.2026"
    assert formats.day(date(2026, 9, 3), "en") == "2026-09-03"
    assert formats.count(1234567) == "1'234'567"


def test_a_figure_is_never_parted_from_its_unit() -> None:
    assert formats.unbroken("CHF 40.50 at 8.1 %") == "CHF\u00a040.50 at 8.1\u00a0%"
