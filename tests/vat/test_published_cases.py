"""Every published VAT case beside the repository, whatever its number: read as data, computed by us, compared.

A case is a form whose boxes are given, or postings whose return and reconciliation are known, or single computations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bexio_analytics import Books, VatPeriod, law, vat_return
from bexio_analytics.mandate import VatSettings
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests
from bexio_analytics.vat import Form, complete_form, complete_net_form, turnover_bridge
from bexio_analytics.vat.form import RAPPEN, boxes, statutory_rate

pytestmark = pytest.mark.shared

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "vat-cases"
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []
NET_METHODS = {"saldo", "net_tax", "pauschal"}


def cases(*kinds: str) -> list[Any]:
    found = {path.stem: json.loads(path.read_text()) for path in FILES}
    return [pytest.param(case, id=name) for name, case in found.items() if case["kind"] in kinds]


def money(given: Mapping[str, str]) -> dict[str, Decimal]:
    return {box: Decimal(amount) for box, amount in given.items()}


def period_of(case: Mapping[str, Any]) -> VatPeriod:
    return VatPeriod(date.fromisoformat(case["period"]["from"]), date.fromisoformat(case["period"]["till"]))


def form_of(case: Mapping[str, Any]) -> Form:
    given = money(case["inputs"]["ziffern"])
    rates = money(case.get("rates", {}))
    end = period_of(case).end
    acquisition = {
        (box, rates.get(box) or statutory_rate("30" + box[-1]) or Decimal(0)): given.pop(box)
        for box in list(given)
        if box in boxes("acquisition")
    }
    if case["method"] not in NET_METHODS:
        return complete_form(_entered(given), acquisition)
    approved = [Decimal(rate) for rate in case.get("saldo_rates", [])]
    supplies: dict[tuple[str, Decimal], Decimal] = {}
    for box in [box for box in given if box[:2] in {"32", "33"}]:
        supplies[box, rates.get(box) or approved[0 if box.startswith("32") else 1]] = given.pop(box)
    return complete_net_form(_entered(given), supplies, acquisition, end)


def _entered(given: Mapping[str, Decimal]) -> dict[str, Decimal]:
    computed = {box.ziffer for box in law.all_ziffern() if box.part == "computed"}
    return {box: amount for box, amount in given.items() if box not in computed}


@pytest.mark.parametrize("case", cases("form-arithmetic"))
def test_form(case: dict[str, Any]) -> None:
    form = form_of(case)
    for box, amount in money(case["expected"].get("ziffern", {})).items():
        assert form.ziffern.get(box, Decimal(0)) == amount, box
    for box, amount in money(case["expected"].get("tax_by_ziffer", {})).items():
        assert form.tax[box] == amount, box
    z = form.ziffern
    assert z["299"] == z["200"] - z["289"] == sum(z[b] for b in z if b[:2] in {"30", "31", "34", "32", "33"})
    assert form.payable == z["500"] - z["510"]


# postings


def code_of(name: str, told: Mapping[str, Any]) -> tuple[law.StandardTaxCode, Decimal | None]:
    """A published code as bexio would keep it: its boxes, its kind, its rate; and its net tax rate."""
    reached = [box for box in told["ziffern"] if box != "200"]
    rate = Decimal(told.get("rate", "0"))
    last = reached[-1] if reached else "200"
    is_net = any(box[:2] in {"32", "33"} for box in reached)
    if told.get("amount_is") == "tax":
        rate = Decimal(100)
    kinds = {"400": "pre_tax_material", "405": "pre_tax_investment", "38": "pre_regards_tax_investment"}
    kind = kinds.get(last) or kinds.get(last[:2]) or ("pre_tax_material" if last[0] == "4" else "")
    if rate == Decimal(100):
        kind = kind.replace("pre_tax", "pre_customs_tax")
    if not kind:
        other = "non_consideration_sales_tax" if last[0] == "9" else "sales_tax" if rate else "not_taxable_turnover"
        kind = "net_tax" if is_net else "opted_sales_tax" if "205" in reached else other
    account = {"400": "1170", "410": "1170", "415": "1174", "420": "1173"}.get(last)
    account = account or ("1171" if kind.startswith("pre_") else "2200")
    shown = Decimal(0) if is_net else rate
    ziffer = ".".join(reached) or "200"
    return law.StandardTaxCode(name, ziffer, kind, shown, account, name, date(2000, 1, 1), None, True), (  # noqa: FBT003
        rate if is_net else None
    )


def lines_of(case: Mapping[str, Any]) -> Iterator[str]:
    """Postings in the wording of a ledger in text; a posting with one account stands against that of its document."""
    postings = case["inputs"].get("postings") or case["inputs"].get("visible_postings")
    for posting in postings:
        code = posting.get("tax_code")
        others = [p for p in postings if p.get("doc") == posting.get("doc") and p is not posting]
        if code is None and not (posting.get("debit") and posting.get("credit")):
            continue  # the payment of a compound booking: each of its parts is booked against it
        contra = next((p.get("credit") or p.get("debit") for p in others if "tax_code" not in p), "1020")
        told = case["code_map"].get(code, {}) if code else {}
        is_output = told.get("ziffern", ["200"])[-1][0] in "239"
        debit = posting.get("debit") or (contra if is_output else "1170")
        credit = posting.get("credit") or contra
        amount = Decimal(posting["amount"])
        if (posting.get("amount_is") or told.get("amount_is")) == "net" and told.get("rate"):
            amount = (amount * (100 + Decimal(told["rate"])) / 100).quantize(RAPPEN)
        text = posting.get("text") or "Buchung"
        yield f"{posting['date']}  {text}  {debit} / {credit}  {amount}  manual  {code or ''}".rstrip()


def books_of(case: Mapping[str, Any]) -> Books:
    read = {name: code_of(name, told) for name, told in case["code_map"].items()}
    codes = [code for code, _ in read.values()]
    is_net = case["method"] in NET_METHODS
    vat = VatSettings(method="net_tax" if is_net else "effective", basis=case.get("basis", "agreed"))
    text = "\n".join(lines_of(case))
    if not is_net:
        return books_from_text(text, codes=codes, mandate=mandate_for_tests(vat=vat))
    frames = frames_from_text(text, vat=vat, codes=codes)
    approved = [Decimal(rate) for rate in case.get("saldo_rates", [])]
    rates = {
        code.code: own or (approved[1 if "33" in {b[:2] for b in code.ziffer.split(".")} else 0] if approved else None)
        for code, own in read.values()
        if code.kind == "net_tax"
    }
    schema = frames["tax"].schema["net_tax_value"]
    values = pl.Series("net_tax_value", [rates.get(code) for code in frames["tax"]["code"]], dtype=schema)
    return Books.from_frames({**frames, "tax": frames["tax"].with_columns(values)}, mandate_for_tests(vat=vat))


@pytest.mark.parametrize("case", cases("return-fragment", "return", "reconciliation"))
def test_postings(case: dict[str, Any]) -> None:
    expected = case["expected"]
    with books_of(case) as books:
        year = case["period"]["from"][:4]
        for quarter, told in expected.get("per_quarter", {}).items():
            _assert_quarter(books, VatPeriod.parse(f"{year}-{quarter}"), money(told))
        if "ziffern" in expected or "tax_by_ziffer" in expected:
            result = vat_return(books, period_of(case))
            for box, amount in money(expected.get("ziffern", {})).items():
                assert result.ziffern[box] == amount, box
            for box, amount in money(expected.get("tax_by_ziffer", {})).items():
                assert result.tax[box] == amount, box
        for code, amount in money(expected.get("tax_rows", {})).items():
            query = "select sum(tax) as tax from vat_line where tax_code = $code"
            assert books.sql(query, code=code).item() == amount, code
        for account_no, balance in money(expected.get("ledger", {})).items():
            query = "select sum(amount) as total from posting where account_no = $no"
            assert books.sql(query, no=account_no).item() == balance, account_no


def _assert_quarter(books: Books, period: VatPeriod, told: Mapping[str, Decimal]) -> None:
    result = vat_return(books, period)
    bridge = turnover_bridge(books, period)
    found = {
        "turnover_with_code": sum(row.declared for row in bridge),
        "turnover_without_code": sum(row.difference for row in bridge),
        "turnover_total": sum(row.ledger for row in bridge),
        "declared": result.ziffern["200"],
        "difference": sum(row.difference for row in bridge),
        "tax": result.ziffern["399"],
    }
    for name, amount in told.items():
        if name in found:
            assert found[name] == amount, (period.id, name)


# single computations


@pytest.mark.parametrize("case", cases("computation"))
def test_computation(case: dict[str, Any]) -> None:
    entries = case.get("inputs_and_expected") or [
        {"input": {**case.get("inputs", {}), **each}, "expected": each, "method": each.get("method", "")}
        for each in case["expected"]
    ]
    assert entries
    for entry in entries:
        told = entry["expected"]
        given = entry["input"]
        if "saldo_rate" in given:
            rate = Decimal(given["saldo_rate"])
            gross = Decimal(given["gross_turnover"])
            form = complete_net_form({"200": gross}, {("323", rate): gross}, {}, date(2025, 6, 30))
            assert form.payable == Decimal(told["tax"])
        elif "net" in given and "rate" in given and "tax" in told:
            net, rate = Decimal(given["net"]), Decimal(given["rate"])
            tax = (net * rate / 100).quantize(RAPPEN, "ROUND_HALF_UP")
            day = {"8.1": "2025-05-01", "2.6": "2025-05-01", "3.8": "2025-05-01"}.get(given["rate"], "2022-05-01")
            names = {"8.1": "UN81", "2.6": "UR26", "3.8": "US38", "7.7": "UN77", "2.5": "UR25", "3.7": "US37"}
            code = names[given["rate"]]
            with books_from_text(f"{day}  Verkauf  1100 / 3200  {net + tax}  invoice  {code}") as books:
                result = vat_return(books, VatPeriod.parse(day[:4]))
            assert result.ziffern["399"] == Decimal(told["tax"])
            assert "gross" not in told or net + tax == Decimal(told["gross"])
        else:
            _assert_acquisition(entry)


def _assert_acquisition(entry: Mapping[str, Any]) -> None:
    given, told = entry["input"], entry["expected"]
    rate = Decimal(given["rate"])
    base = Decimal(given.get("foreign_service_net") or given["invoice_net_chf"])
    box, year = ("383", 2025) if rate > 8 and rate != Decimal("8.0") else ("382", 2022)
    is_net = entry.get("method", "").startswith(("saldo", "net_tax"))
    code = "BZB81" if box == "383" else "BZB77"
    mandate = mandate_for_tests(vat=VatSettings(method="net_tax" if is_net else "effective"))
    text = f"{year}-02-15  Dienstleistung  6570 / 2000  {base}  bill  {code}"
    if "415" in told:
        mixed = f"6570 / 2850  {told['415']}  manual  VEV  side=credit  rows=tax  tax={told['415']}"
        text += f"\n{year}-03-31  Gemischte Nutzung  {mixed}"
    with books_from_text(text, mandate=mandate) as books:
        result = vat_return(books, VatPeriod.parse(str(year)))
    assert result.ziffern[box] == base
    assert result.tax[box] == Decimal(told[f"{box}_tax"])
    deducted = told.get("405") or told.get("400_or_405") or "0"
    assert result.ziffern.get("405", Decimal(0)) == Decimal(deducted)
    cost = told.get("net_cost") or told.get("net_effect") or told.get("net")
    assert result.ziffern.get("415", Decimal(0)) == Decimal(told.get("415", "0"))
    assert result.payable == Decimal(cost)
