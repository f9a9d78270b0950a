"""Companies drawn from seeds, pulled over HTTP: every return equals what their documents and payments say.

The expectation is a second implementation that never sees the journal. Companies differ in method, basis, rhythm and
era, and mix all kinds of documents, codes, payments and entries. ``BEXIO_ANALYTICS_COMPANIES=300`` draws that many more
than a test run usually does.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from lxml import etree

from bexio_analytics import Books, Mandate, VatPeriod, vat_return
from bexio_analytics.connector import Connection, PullSettings
from bexio_analytics.errors import ConfigurationError, FilingRefusedError
from bexio_analytics.simulator import WireSettings, create_app, serve
from bexio_analytics.simulator.company.drawn import DrawnCompany, YearStatus, random_company
from bexio_analytics.snapshot.pulls import pull_mandate
from bexio_analytics.vat import (
    VatReturn,
    document_differences,
    document_total_differences,
    input_tax_statement,
    turnover_statement,
)
from bexio_analytics.vat.ech0217 import read_xml, write_xml, ziffern_of

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "ech-0217" / "shim" / "eCH-0217-2-0-0.xsd"
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DRAWN_EACH_RUN = 4

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
    "net tax rates of mandate.toml, agreed": {
        "seed": 9,
        "method": "net_tax",
        "basis": "agreed",
        "years": (2025, 2026),
        "net_tax_codes": False,
    },
    "net tax rates of mandate.toml, collected": {
        "seed": 10,
        "method": "net_tax",
        "basis": "collected",
        "years": (2024,),
        "net_tax_codes": False,
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
    # found by drawing: a credit note whose tax fits a rate of no invoice better than its own
    "credit note of two rates beside a third": {"seed": 2217},
    # found by drawing: tax moved by a payment of no known document, before a year with agreed consideration
    "agreed after collected consideration": {"seed": 2125},
    # found by drawing: a cash discount so small that its tax fits two rates of the bill
    "a cash discount of one franc": {"seed": 3119, "documents": 14},
}


def pulled(company: DrawnCompany, folder: Path) -> Books:
    wire = WireSettings(minute_seconds=1.0, limit=100_000)
    with serve(create_app({"token": company}, wire)) as bexio:
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
    if company.mandate_toml:
        path = folder / "mandate.toml"
        path.write_text(path.read_text() + company.mandate_toml)
    return Books.open(Mandate.load(folder) if company.mandate_toml else found.mandate)


@pytest.mark.parametrize("name", COMPANIES)
def test_every_return_equals_what_the_documents_say(name: str, tmp_path: Path) -> None:
    assert_returns_say_what_happened(random_company(**COMPANIES[name]), tmp_path / "zufall")


@given(seed=st.integers(0, 10**9), documents=st.sampled_from([2, 5, 8, 14]))
@settings(
    max_examples=int(os.environ.get("BEXIO_ANALYTICS_COMPANIES", DRAWN_EACH_RUN)),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller seed is no smaller company
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_company_drawn(seed: int, documents: int) -> None:
    company = random_company(seed, documents=documents)
    for status in set(company.statuses.values()):
        event(f"{status.method}, {status.basis}" + ("" if status.is_vat_subject else ", no VAT"))
    event(company.rhythm)
    with tempfile.TemporaryDirectory() as folder:
        assert_returns_say_what_happened(company, Path(folder) / "zufall")


def assert_returns_say_what_happened(company: DrawnCompany, folder: Path) -> None:
    """Every box, tax and payable of every period, and every bridge at 0.00."""
    with pulled(company, folder) as books:
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
            turnover = turnover_statement(books, found)
            assert turnover.remainder == turnover.undeclared == 0, period_id
            input_tax = input_tax_statement(books, found)
            assert [line for line in input_tax.lines if line.difference] == [], period_id
            assert input_tax.without_code == 0, period_id
            assert document_differences(books, found.period).rows() == [], period_id
            assert document_total_differences(books, found.period).rows() == [], period_id
            assert_file_says_the_same(found, books.mandate)
        for year, status in company.statuses.items():
            if not status.is_vat_subject:
                with pytest.raises(ConfigurationError, match="not subject to VAT"):
                    vat_return(books, VatPeriod.parse(str(year)))


def assert_file_says_the_same(found: VatReturn, mandate: Mandate) -> None:
    """The file keeps every rule, validates against the published schema where it is there, and reads back the same.

    Refused is what cannot be filed: a reduction whose code names no rate line (Ziffer 299 is then not the sum of the
    lines), and from 2025 net tax rates without the ESTV's codes of activities, which a drawn company does not have.
    """
    z = found.ziffern
    if z["299"] != sum(z[box] for box in z if box[:2] in {"30", "31", "34", "32", "33"}):
        with pytest.raises(FilingRefusedError, match="MWST-0005"):
            _written(found, mandate)
        return
    if any(line.code is None and line.turnover for line in found.activities) and found.period.start.year >= 2025:
        with pytest.raises(ConfigurationError, match="no code of the ESTV"):
            _written(found, mandate)
        return
    data = _written(found, mandate)
    if PUBLISHED.is_file():
        schema = etree.XMLSchema(file=str(PUBLISHED))
        assert schema.validate(etree.fromstring(data)), schema.error_log
    told = read_xml(data).declaration
    assert told.payable == found.payable
    boxes = ziffern_of(told)
    deductions = ("220", "221", "225", "230", "235", "280", "289")
    for box in ("200", *deductions, "299", "399", "400", "405", "410", "415", "420", "479", "900", "910"):
        assert boxes.get(box, Decimal(0)) == z.get(box, Decimal(0)), box


def _written(found: VatReturn, mandate: Mandate) -> bytes:
    return write_xml(found, mandate, generation_time=AT, description_280="Bodenwert", period_deviates=True)


def _filled(found: VatReturn) -> dict[str, Decimal]:
    return {box: amount for box, amount in found.ziffern.items() if amount and box not in {"500", "510"}}


def _net_rates(found: VatReturn) -> dict[Decimal, Decimal]:
    rates: dict[Decimal, Decimal] = {}
    for line in found.activities:
        rates[line.rate] = rates.get(line.rate, Decimal(0)) + line.turnover
    return {rate: turnover for rate, turnover in rates.items() if turnover}
