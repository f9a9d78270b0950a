"""Another company, four times as large and without defects: every return to the Rappen, every quarter clean."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from bexio_analytics import Books, VatPeriod, review, vat_return
from bexio_analytics.checks import ALL
from bexio_analytics.connector import Connection, PullSettings
from bexio_analytics.simulator import WireSettings, create_app, serve
from bexio_analytics.simulator.company import Company, build_company
from bexio_analytics.snapshot.pulls import pull_mandate

TAX_BOXES = {"399", "400", "405", "410", "415", "420", "479"}
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


DRAWN_NOW_AND_THEN = {"D02", "A06"}
"""What such books rightly are asked: a hotel night above CHF 400 without supplier, a single meal at 2.6 %."""


@pytest.fixture(scope="module")
def company() -> Company:
    return build_company(seed=11, scale=4, planted=False)


@pytest.fixture(scope="module")
def books(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Books:
    settings = WireSettings(minute_seconds=1.0, limit=100_000)
    with serve(create_app({"token": company}, settings)) as bexio:
        pulled = asyncio.run(
            pull_mandate(
                tmp_path_factory.mktemp("data") / "gross",
                Connection(bexio.url, "token"),
                started_at=AT,
                clock=lambda: AT,
                code_version="test",
                settings=PullSettings(minute=1.0),
            )
        )
    return Books.open(pulled.mandate)


def test_every_return_equals_what_the_documents_say(company: Company, books: Books) -> None:
    for period_id, expected in company.truth.items():
        found = vat_return(books, VatPeriod.parse(period_id))
        for box, (base, tax) in expected.ziffern.items():
            assert found.ziffern[box] == (tax if box in TAX_BOXES else base), (period_id, box)
        assert found.payable == expected.payable, period_id
        assert all(row.other == 0 for row in found.bridge), period_id
        assert all(row.difference == 0 for row in found.turnover_bridge), period_id


def test_clean_books_have_no_findings(company: Company, books: Books) -> None:
    for period_id in company.truth:
        done = review(books, books.mandate, VatPeriod.parse(period_id), ALL, as_of=date(2026, 11, 22))
        found = [finding for finding in done.findings if finding.check not in DRAWN_NOW_AND_THEN]
        assert [finding.text() for finding in found] == [], period_id
