"""Declarations of every method with every element filled, and the schemas that judge them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from bexio_analytics.vat.ech0217.declaration import (
    AtActivity,
    AtRate,
    Basis,
    Credits,
    Declaration,
    Effective,
    ExportInvoice,
    FlatRates,
    General,
    Method,
    NetRates,
    Program,
    SimpleRates,
    Submission,
    Turnover,
    TurnoverAndMargin,
    VariousDeduction,
)
from bexio_analytics.vat.ech0217.parsing import Element
from bexio_analytics.vat.ech0217.schema import OWN_SCHEMAS

D = Decimal


def general(start: date, end: date) -> General:
    return General(
        uid="CHE101734967",
        organisation_name="Bäckerei Muster & Söhne",
        generation_time=datetime(2026, 10, 5, 8, 30, tzinfo=UTC),
        period_from=start,
        period_till=end,
        submission=Submission.FIRST,
        basis=Basis.AGREED,
        business_reference_id="muster-2026-1",
        program=Program("Muster", "Probe", "1.0"),
    )


def turnover(total: str) -> Turnover:
    """Deductions of 1000.00 in all."""
    return Turnover(
        total=D(total),
        exports=D("500.00"),
        abroad=D("200.00"),
        notification=D("100.00"),
        exempt=D("150.00"),
        reductions=D("-50.00"),
        various=VariousDeduction(D("100.00"), "Wert des Bodens"),
    )


EFFECTIVE = Effective(
    opted=D("300.00"),
    supplies=(AtRate(D("8.1"), D("10000.00")), AtRate(D("3.8"), D("-200.00")), AtRate(D("2.6"), D("1200.00"))),
    acquisitions=(AtRate(D("8.1"), D("400.00")), AtRate(D("7.7"), D("100.00"))),
    material=D("210.55"),
    investments=D("99.95"),
    subsequent=D("12.00"),
    corrections=D("7.10"),
    reductions=D("3.40"),
)  # 810 - 7.60 + 31.20 + 32.40 + 7.70 = 873.70; input tax 312.00
SIMPLE = SimpleRates(
    supplies=(
        AtActivity("10101", D("6.2"), D("9000.00")),
        AtActivity("T0019", D("5.9"), D("1000.00")),
        AtActivity("20202", D("0.6"), D("1000.00")),
    ),
    acquisitions=(AtRate(D("8.1"), D("100.00")),),
    corrections=D("20.00"),
)  # 558 + 59 + 6 + 8.10 + 20
SUMS = Credits(exports=D("20.00"), deemed_input=D("10.00"), margin=D("5.00"))
FORMS = Credits(
    exports=(ExportInvoice("RE-1", date(2023, 8, 2), "Lieferung", D("5.9"), D("339.00")),),
    deemed_input=(TurnoverAndMargin(AtRate(D("5.9"), D("500.00")), AtRate(D("5.9"), D("100.00"))),),
    margin=(TurnoverAndMargin(AtRate(D("5.9"), D("400.00")), AtRate(D("5.9"), D("50.00"))),),
)
NET_LINES = (AtRate(D("5.9"), D("8000.00")), AtRate(D("0.6"), D("3000.00")))  # 472 + 18
FLAT_LINES = (
    AtActivity("Wasserversorgung", D("5.9"), D("8000.00")),
    AtActivity("Schiessanlage", D("0.6"), D("3000.00")),
)

QUARTER = (date(2026, 7, 1), date(2026, 9, 30))
HALF_YEAR = (date(2026, 1, 1), date(2026, 6, 30))
OLD_HALF_YEAR = (date(2023, 7, 1), date(2023, 12, 31))

CASES: dict[str, tuple[tuple[date, date], Method, str]] = {
    "effective": (QUARTER, EFFECTIVE, "561.70"),
    "simple": (HALF_YEAR, SIMPLE, "651.10"),
    "net": (OLD_HALF_YEAR, NetRates(supplies=NET_LINES, credits=SUMS), "455.00"),
    "net_forms": (OLD_HALF_YEAR, NetRates(supplies=NET_LINES, credits=FORMS), "440.00"),
    "flat": (
        OLD_HALF_YEAR,
        FlatRates(supplies=FLAT_LINES, acquisitions=EFFECTIVE.acquisitions[1:], credits=SUMS),
        "462.70",
    ),
    "flat_forms": (OLD_HALF_YEAR, FlatRates(supplies=FLAT_LINES, credits=FORMS), "440.00"),
}


@pytest.fixture(scope="session")
def declarations() -> dict[str, Declaration]:
    """Right declarations of every method, by name."""
    return {
        name: Declaration(
            general=general(*period),
            turnover=turnover("12000.00"),
            method=method,
            payable=D(payable),
            subsidies=D("40.00"),
            donations=D("60.00"),
        )
        for name, (period, method, payable) in CASES.items()
    }


@pytest.fixture(params=list(CASES))
def declaration(request: pytest.FixtureRequest, declarations: dict[str, Declaration]) -> Declaration:
    return declarations[request.param]


@pytest.fixture
def effective(declarations: dict[str, Declaration]) -> Declaration:
    return declarations["effective"]


@pytest.fixture(scope="session")
def own_schema() -> Element:
    return etree.XMLSchema(file=str(OWN_SCHEMAS / "vat-declaration.xsd"))


@pytest.fixture(scope="session")
def reference_folder(shared_data: Path) -> Path:
    """Schema files as published, with stand-ins for what they import."""
    return shared_data / "ech-0217" / "shim"


@pytest.fixture(scope="session")
def reference_schema(reference_folder: Path) -> Element:
    return etree.XMLSchema(file=str(reference_folder / "eCH-0217-2-0-0.xsd"))
