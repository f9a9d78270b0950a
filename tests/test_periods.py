"""VAT periods: reading, writing, neighbours, deadlines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.periods import Rhythm, VatPeriod, last_ended, periods_between

PERIODS = st.builds(VatPeriod.containing, st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.sampled_from(list(Rhythm)))


@pytest.mark.parametrize(
    ("text", "start", "end", "due"),
    [
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), date(2026, 5, 31)),
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30), date(2026, 8, 31)),
        ("2026-q3", date(2026, 7, 1), date(2026, 9, 30), date(2026, 11, 30)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), date(2027, 2, 28)),
        ("2027-Q4", date(2027, 10, 1), date(2027, 12, 31), date(2028, 2, 29)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), date(2026, 8, 31)),
        ("2026-07", date(2026, 7, 1), date(2026, 7, 31), date(2026, 9, 30)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), date(2027, 2, 28)),
    ],
)
def test_periods_are_read_with_their_deadline(text: str, start: date, end: date, due: date) -> None:
    period = VatPeriod.parse(text)
    assert (period.start, period.end, period.due_on) == (start, end, due)
    assert period.id == text.upper()


@pytest.mark.parametrize("text", ["2026-Q5", "Q3", "2026-13", "26-Q3", "", "2026-H3", "2026/3"])
def test_other_texts_are_refused_with_the_forms_that_exist(text: str) -> None:
    with pytest.raises(ConfigurationError, match="2026-Q3"):
        VatPeriod.parse(text)


@given(PERIODS)
def test_neighbours_touch_and_round_trip(period: VatPeriod) -> None:
    assert VatPeriod.parse(period.id) == period
    assert period.previous().end + timedelta(days=1) == period.start
    assert period.next().previous() == period
    assert period.year_before().start.year == period.start.year - 1
    assert period.start in period
    assert period.end + timedelta(days=1) not in period


def test_last_ended_is_the_period_to_file() -> None:
    assert last_ended(date(2026, 11, 22), Rhythm.QUARTER).id == "2026-Q3"
    assert last_ended(date(2026, 9, 30), Rhythm.QUARTER).id == "2026-Q3"
    assert last_ended(date(2026, 1, 1), Rhythm.MONTH).id == "2025-12"


def test_periods_between_covers_both_ends() -> None:
    found = periods_between(date(2025, 12, 31), date(2026, 7, 1), Rhythm.QUARTER)
    assert [p.id for p in found] == ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]
