"""Published VAT cases as ledgers: what the return must say, and what the review must see."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bexio_analytics import Books, VatPeriod, review, vat_return
from bexio_analytics.checks import ALL
from bexio_analytics.testing import books_from_text
from bexio_analytics.vat import turnover_bridge

pytestmark = pytest.mark.shared


def case(shared_data: Path, name: str) -> dict[str, Any]:
    """One published case."""
    (path,) = (shared_data / "vat-cases").glob(f"{name}-*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture
def sales(shared_data: Path) -> Books:
    """Case 06: five sales of a year, two of them without a code, booked by hand."""
    code = {"V81": "UN81", None: ""}
    lines = [
        f"{p['date']}  {p['text']}  {p['debit']} / {p['credit']}  {p['amount']}  manual  {code[p['tax_code']]}".rstrip()
        for p in case(shared_data, "06")["inputs"]["postings"]
    ]
    return books_from_text("\n".join(lines))


@pytest.mark.parametrize("quarter", ["Q1", "Q2", "Q3", "Q4"])
def test_quarterly_turnover_is_reconciled(shared_data: Path, sales: Books, quarter: str) -> None:
    expected = {k: Decimal(v) for k, v in case(shared_data, "06")["expected"]["per_quarter"][quarter].items()}
    period = VatPeriod.parse(f"2026-{quarter}")
    result = vat_return(sales, period)
    (bridge,) = turnover_bridge(sales, period)
    assert result.ziffern["200"] == result.ziffern["303"] == expected["declared"]
    assert result.tax["303"] == result.ledger_tax["303"] == expected["tax"]
    assert (bridge.ledger, bridge.declared) == (expected["turnover_total"], expected["turnover_with_code"])
    assert bridge.difference == expected["difference"]


def test_the_year_and_its_ledger(shared_data: Path, sales: Books) -> None:
    expected = case(shared_data, "06")["expected"]
    (bridge,) = turnover_bridge(sales, VatPeriod.parse("2026"))
    assert bridge.ledger == Decimal(expected["year"]["turnover_total"])
    assert bridge.difference == Decimal(expected["year"]["difference"])
    for account_no, balance in expected["ledger"].items():
        found = sales.sql("select sum(amount) as total from posting where account_no = $no", no=account_no).item()
        assert found == Decimal(balance)


def test_both_uncoded_sales_are_found(shared_data: Path, sales: Books) -> None:
    expected = case(shared_data, "06")["expected_findings"]
    found = []
    for quarter in ("Q1", "Q2", "Q3", "Q4"):
        period = VatPeriod.parse(f"2026-{quarter}")
        done = review(sales, sales.mandate, period, ALL, as_of=date(2027, 1, 31))
        found += [f for f in done.findings if f.check == "A01"]
        assert bool(done.result("F01").findings) == (quarter in {"Q1", "Q4"})
    assert [(f.booked_on.isoformat(), f.amount, f.vat_effect) for f in found] == [
        (each["date"], Decimal(each["amount"]), Decimal(each["vat_if_gross_8.1"])) for each in expected
    ]


def test_forwarder_invoice_with_import_tax(shared_data: Path) -> None:
    """Case 12: freight with input tax contained, import tax as an amount of its own."""
    given = case(shared_data, "12")
    _, freight, customs = given["inputs"]["postings"]
    books = books_from_text(
        f"{freight['date']}  {freight['text']}  {freight['debit']} / 1020  {freight['amount']}  expense  VM81\n"
        f"{freight['date']}  {customs['text']}  1170 / 1020  {customs['amount']}  expense  ZOLLM"
    )
    result = vat_return(books, VatPeriod.parse("2025-Q1"))
    assert result.ziffern["400"] == Decimal(given["expected"]["ziffern"]["400"])
    booked = dict(books.sql("select tax_code, tax from vat_line").iter_rows())
    assert booked["VM81"] == Decimal(given["expected"]["tax_rows"]["M81"])
    assert booked["ZOLLM"] == Decimal(given["expected"]["tax_rows"]["M81-2"])
    paid = books.sql("select -sum(amount) as paid from posting where account_no = '1020'").item()
    assert paid == Decimal(given["inputs"]["postings"][0]["amount"])


def test_forwarder_invoice_coded_as_one_claims_too_little(shared_data: Path) -> None:
    given = case(shared_data, "12")
    total, freight, _ = given["inputs"]["postings"]
    (variant,) = given["variants"]
    books = books_from_text(
        f"{total['date']}  {total['text']}  {freight['debit']} / 1020  {total['amount']}  expense  VM81"
    )
    result = vat_return(books, VatPeriod.parse("2025-Q1"))
    assert result.ziffern["400"] == Decimal(variant["400_wrong"])
    assert Decimal(given["expected"]["ziffern"]["400"]) - result.ziffern["400"] == Decimal(variant["under_claimed"])


@pytest.mark.parametrize(("rate", "day", "code"), [("7.7", "2022-02-15", "BZB77"), ("8.1", "2026-02-15", "BZB81")])
def test_online_advertising_from_abroad(shared_data: Path, rate: str, day: str, code: str) -> None:
    """Case 13: acquisition tax is owed and deducted, the return moves by nothing."""
    given = case(shared_data, "13")
    (expected,) = (e for e in given["expected"] if e["rate"] == rate and e["method"] == "effective")
    net = given["inputs"]["invoice_net_chf"]
    country = given["inputs"]["supplier_country"]
    books = books_from_text(f"{day}  Online-Werbung  6600 / 2000  {net}  bill  {code}  contact=Anzeigen Ltd/{country}")
    result = vat_return(books, VatPeriod.parse(f"{day[:4]}-Q1"))
    box = "382" if rate == "7.7" else "383"
    assert result.ziffern[box] == Decimal(expected[f"{box}_base"])
    assert result.tax[box] == result.ledger_tax[box] == Decimal(expected[f"{box}_tax"])
    assert result.ziffern["405"] == Decimal(expected["405"])
    assert result.payable == Decimal(expected["net"])


def test_the_same_invoice_with_a_swiss_code_is_found(shared_data: Path) -> None:
    """Case 13, wrong: input tax of an invoice that shows none."""
    given = case(shared_data, "13")
    wrong = given["negative_test"]
    books = books_from_text(
        f"2026-02-15  Online-Werbung  6600 / 2000  {given['inputs']['invoice_net_chf']}  bill  VB81  "
        f"contact=Anzeigen Ltd/{given['inputs']['supplier_country']}"
    )
    period = VatPeriod.parse("2026-Q1")
    assert vat_return(books, period).ziffern["405"] == Decimal(wrong["wrong_405"])
    (finding,) = review(books, books.mandate, period, ALL, as_of=date(2026, 4, 30)).result("D04").findings
    assert finding.vat_effect == Decimal(wrong["chf_effect"])
