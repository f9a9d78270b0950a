"""Days that nobody has booked are not clean: the page says so and is never green then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import lxml.html
import pytest

from bexio_analytics import Books
from bexio_analytics.periods import VatPeriod
from bexio_analytics.present.coverage import Coverage, coverage, gaps
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.present.translation import Translator
from bexio_analytics.testing import books_from_text

EN = Translator("en")
Q2 = VatPeriod.parse("2026-Q2")
LEDGER = """
    2026-01-01  Saldovortrag  1020 / 9100  20'000.00  opening
    2026-01-01  Saldovortrag  9100 / 2800  20'000.00  opening
    2026-04-07  Verkauf       1100 / 3200   1'081.00  invoice  UN81
    2026-05-20  Verkauf       1100 / 3200   2'162.00  invoice  UN81
"""


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    with books_from_text(LEDGER) as opened:
        yield opened


@pytest.fixture
def verdict_of(books: Books) -> Callable[[str, date], tuple[str, list[str]]]:
    def verdict(period: str, as_of: date) -> tuple[str, list[str]]:
        markup = ReviewPage.prepare(books, period, as_of=as_of, lang="en").key_figures()
        root = lxml.html.fromstring(str(markup))
        said = [paragraph.text_content() for paragraph in root.xpath("//p[contains(@class, 'ba-differs')]")]
        judged = root.xpath("//p[contains(@class, 'ba-verdict')]")[0]
        return f"{judged.get('class').split()[-1]}: {judged.text_content()}", said

    return verdict


def test_opening_balances_are_no_bookings_of_their_period(books: Books) -> None:
    assert coverage(books, VatPeriod.parse("2026-Q1")).is_empty
    covered = coverage(books, Q2)
    assert (covered.first, covered.last, covered.lines) == (date(2026, 1, 1), date(2026, 5, 20), 4)
    assert covered.ends_early


def test_a_period_without_bookings_is_never_ready(verdict_of: Callable[[str, date], tuple[str, list[str]]]) -> None:
    for empty in ("2025-Q2", "2026-Q1", "2026-Q3"):
        said, doubts = verdict_of(empty, date(2026, 11, 22))
        assert said == "ba-bad: Not reviewed: the books have no bookings in this period."
        assert doubts == []


def test_books_that_end_early_are_never_green(verdict_of: Callable[[str, date], tuple[str, list[str]]]) -> None:
    said, doubts = verdict_of("2026-Q2", date(2026, 7, 20))
    assert not said.startswith("ba-good")
    assert doubts == ["The last booking is of 2026-05-20, before the period ends: is everything booked?"]


def test_a_running_period_is_never_green(verdict_of: Callable[[str, date], tuple[str, list[str]]]) -> None:
    said, doubts = verdict_of("2026-05", date(2026, 5, 31))
    assert not said.startswith("ba-good")
    assert doubts[0] == "The period lasts until 2026-05-31: these figures are not the last."


def test_whole_books_have_no_gap() -> None:
    whole = Coverage(Q2, date(2026, 1, 1), date(2026, 6, 30), 12)
    assert gaps(whole, date(2026, 7, 1), EN) == []
    assert len(gaps(whole, date(2026, 6, 30), EN)) == 1
    assert len(gaps(Coverage(Q2, date(2026, 1, 1), date(2026, 6, 29), 12), date(2026, 6, 1), EN)) == 2
