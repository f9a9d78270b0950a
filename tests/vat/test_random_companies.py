"""Companies drawn from seeds, pulled over HTTP: every return equals what their documents and payments say.

The expectation is a second implementation that never sees the journal. Companies differ in method, basis, rhythm and
era, and mix all kinds of documents, codes, payments and entries.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bexio_analytics import Books, VatPeriod, vat_return
from bexio_analytics.connector import Connection, PullSettings
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.simulator import WireSettings, create_app, serve
from bexio_analytics.simulator.company.drawn import DrawnCompany, YearStatus, random_company
from bexio_analytics.snapshot.pulls import pull_mandate
from bexio_analytics.vat import VatReturn

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

COMPANIES: dict[str, dict[str, Any]] = {
    "effective, agreed, 2018 after 2017": {"seed": 1, "method": "effective", "basis": "agreed", "years": (2017, 2018)},
    "effective, agreed, 2024 after 2023": {"seed": 8, "method": "effective", "basis": "agreed", "years": (2023, 2024)},
    "effective, collected, 2018 after 2017": {
        "seed": 5,
        "method": "effective",
        "basis": "collected",
        "years": (2017, 2018),
    },
    "effective, collected, 2024 after 2023": {
        "seed": 2,
        "method": "effective",
        "basis": "collected",
        "years": (2023, 2024),
    },
    "net tax rates, agreed, both forms": {"seed": 3, "method": "net_tax", "basis": "agreed", "years": (2024, 2025)},
    "net tax rates, collected, 2018 after 2017": {
        "seed": 4,
        "method": "net_tax",
        "basis": "collected",
        "years": (2017, 2018),
    },
    "net tax rates, collected, 2024 and 2025": {
        "seed": 6,
        "method": "net_tax",
        "basis": "collected",
        "years": (2023, 2024, 2025),
    },
    "method and basis change, a year without VAT": {
        "seed": 7,
        "statuses": {
            2022: YearStatus("effective", "agreed", is_vat_subject=False),
            2023: YearStatus("effective", "collected"),
            2024: YearStatus("net_tax", "agreed"),
            2025: YearStatus("effective", "agreed"),
        },
    },
}


def pulled(company: DrawnCompany, folder: Path) -> Books:
    settings = WireSettings(minute_seconds=1.0, limit=100_000)
    with serve(create_app({"token": company}, settings)) as bexio:
        found = asyncio.run(
            pull_mandate(
                folder,
                Connection(bexio.url, "token"),
                started_at=AT,
                clock=lambda: AT,
                code_version="test",
                settings=PullSettings(minute=1.0),
            )
        )
    return Books.open(found.mandate)


@pytest.mark.parametrize("name", COMPANIES)
def test_every_return_equals_what_the_documents_say(name: str, tmp_path: Path) -> None:
    company = random_company(**COMPANIES[name])
    with pulled(company, tmp_path / "zufall") as books:
        for period_id, expected in company.truth.items():
            found = vat_return(books, VatPeriod.parse(period_id))
            assert (found.method, found.basis) == (expected.method, expected.basis)
            assert _filled(found) == {box: amount for box, amount in expected.ziffern.items() if amount}, period_id
            assert {b: a for b, a in found.tax.items() if a} == {b: a for b, a in expected.tax.items() if a}, period_id
            assert found.payable == expected.payable, period_id
            assert found.not_on_form == {}, period_id
            assert _net_rates(found) == {r: t for r, t in expected.net_rates.items() if t}, period_id
            assert [row for row in found.bridge if row.other] == [], period_id
            assert [row for row in found.turnover_bridge if row.difference] == [], period_id
            assert sum(row.declared for row in found.turnover_bridge) == found.ziffern["200"], period_id
        for year, status in company.statuses.items():
            if not status.is_vat_subject:
                with pytest.raises(ConfigurationError, match="not subject to VAT"):
                    vat_return(books, VatPeriod.parse(str(year)))


def _filled(found: VatReturn) -> dict[str, Decimal]:
    return {box: amount for box, amount in found.ziffern.items() if amount and box not in {"500", "510"}}


def _net_rates(found: VatReturn) -> dict[Decimal, Decimal]:
    rates: dict[Decimal, Decimal] = {}
    for line in found.activities:
        rates[line.rate] = rates.get(line.rate, Decimal(0)) + line.turnover
    return {rate: turnover for rate, turnover in rates.items() if turnover}
