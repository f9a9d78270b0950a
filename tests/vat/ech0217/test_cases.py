"""Published forms as files: what is right on paper breaks no rule."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bexio_analytics.vat.ech0217 import Approval, Declaration, check_xml, read_xml, write_declaration
from bexio_analytics.vat.ech0217.declaration import AtRate, Effective, NetRates, Turnover, VariousDeduction
from bexio_analytics.vat.ech0217.writing import serialise

pytestmark = pytest.mark.shared


def case(shared_data: Path, name: str) -> dict[str, Any]:
    (path,) = (shared_data / "vat-cases").glob(f"{name}-*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def in_quarter(declaration: Declaration, published: dict[str, Any]) -> Declaration:
    first, last = (date.fromisoformat(published["period"][key]) for key in ("from", "till"))
    return replace(declaration, general=replace(declaration.general, period_from=first, period_till=last))


def test_every_box_of_2018(shared_data: Path, effective: Declaration) -> None:
    published = case(shared_data, "05")
    z = {box: Decimal(amount) for box, amount in published["inputs"]["ziffern"].items()}
    rates = {box: Decimal(rate) for box, rate in published["rates"].items()}
    expected = {box: Decimal(amount) for box, amount in published["expected"]["ziffern"].items()}
    filled = replace(
        in_quarter(effective, published),
        turnover=Turnover(
            total=z["200"],
            exports=z["220"],
            abroad=z["221"],
            notification=z["225"],
            exempt=z["230"],
            reductions=z["235"],
            various=VariousDeduction(z["280"], "Diverses"),
        ),
        method=Effective(
            opted=z["205"],
            supplies=tuple(AtRate(rate, z[box]) for box, rate in rates.items() if not box.startswith("38")),
            acquisitions=tuple(AtRate(rate, z[box]) for box, rate in rates.items() if box.startswith("38")),
            material=z["400"],
            investments=z["405"],
            subsequent=z["410"],
            corrections=z["415"],
            reductions=z["420"],
        ),
        payable=expected["500"] - expected["510"],
        subsidies=z["900"],
        donations=z["910"],
    )
    found = read_xml(write_declaration(filled)).ziffern
    assert {box: found[box] for box in expected} == expected
    # 2.5 % of two eras is one rate in a file; everything else is told apart
    same = set(z) - {"311", "312"}
    assert {box: found[box] for box in same} == {box: z[box] for box in same}
    assert found["311"] + found["312"] == z["311"] + z["312"]


def test_two_net_tax_rates_of_2018(shared_data: Path, effective: Declaration) -> None:
    published = case(shared_data, "04")
    z = {box: Decimal(amount) for box, amount in published["inputs"]["ziffern"].items()}
    first, second = (Decimal(rate) for rate in published["saldo_rates"])
    filled = replace(
        in_quarter(effective, published),
        turnover=Turnover(total=z["200"], reductions=z["235"]),
        method=NetRates(supplies=(AtRate(first, z["322"]), AtRate(second, z["332"]))),
        payable=Decimal(published["expected"]["ziffern"]["500"]),
    )
    assert [breach.rule for breach in check_xml(serialise(filled))] == ["MWST-0003"]  # a quarter, as printed
    assert check_xml(serialise(filled), approval=Approval(period_deviates=True)) == []
    assert read_xml(serialise(filled)).ziffern["399"] == Decimal(published["expected"]["ziffern"]["399"])
