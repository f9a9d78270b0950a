"""The page of the invented company's third quarter of 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bexio_analytics import Books, open_mandate
from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.present.page import ReviewPage


@pytest.fixture(scope="session")
def books(demo_data: Path) -> Iterator[Books]:
    with open_mandate(demo_data, DEMO) as opened:
        yield opened


@pytest.fixture(scope="session")
def page(books: Books) -> ReviewPage:
    return ReviewPage.prepare(books, "2026-Q3", as_of=date(2026, 11, 22), lang="en")


@pytest.fixture(scope="session")
def german_page(books: Books) -> ReviewPage:
    return ReviewPage.prepare(books, "2026-Q3", as_of=date(2026, 11, 22), lang="de")
