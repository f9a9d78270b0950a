"""The journal of a drawn company agrees with what its returns must say, computed without the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from bexio_analytics.simulator.company.drawn import DrawnCompany, YearStatus, random_company
from bexio_analytics.simulator.company.drawn.profile import periods_of

INPUT = {"1170", "1171", "1173", "1174"}
OUTPUT = {"2200", "2203"}
ROW_ROUNDING = Decimal("0.005")
SEEDS = range(16)
# by identity; the company is kept, so that its identity stays its own
READ: dict[int, tuple[DrawnCompany, list[tuple[str, str, str, Decimal]]]] = {}


def dec(value: object) -> Decimal:
    return Decimal(str(value))


@cache
def drawn(seed: int, method: str | None = None, basis: str | None = None) -> DrawnCompany:
    return random_company(seed, method=method, basis=basis)


def rows(company: DrawnCompany) -> list[tuple[str, str, str, Decimal]]:
    """Day, debit account, credit account and CHF, without carry-forward of later years."""
    if id(company) not in READ:
        READ[id(company)] = company, list(_read(company))
    return READ[id(company)][1]


def _read(company: DrawnCompany) -> Iterator[tuple[str, str, str, Decimal]]:
    numbers: dict[Any, str] = {row["id"]: str(row["account_no"]) for row in company.records["account"]}
    first = f"{min(company.statuses)}-01-01"
    for row in company.records["journal"]:
        day = str(row["date"])[:10]
        debit, credit = numbers[row["debit_account_id"]], numbers[row["credit_account_id"]]
        if "9100" in {debit, credit} and day != first:
            continue
        yield day, debit, credit, dec(row["base_currency_amount"])


def moved(company: DrawnCompany, accounts: set[str], start: date, end: date) -> tuple[Decimal, int]:
    """Debit minus credit of some accounts in a period without settlement rows, and the number of rows."""
    total, count = Decimal(0), 0
    for day, debit, credit, amount in rows(company):
        if start.isoformat() <= day <= end.isoformat() and not {debit, credit} & {"2201", "9100"}:
            if debit in accounts:
                total, count = total + amount, count + 1
            if credit in accounts:
                total, count = total - amount, count + 1
    return total, count


def balances(company: DrawnCompany, till: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for day, debit, credit, amount in rows(company):
        if day <= till:
            found[debit] += amount
            found[credit] -= amount
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_input_tax_of_the_returns_is_what_the_accounts_received(seed: int) -> None:
    company = drawn(seed, "effective")
    for period in periods_of(tuple(company.statuses), company.rhythm):
        expected = company.truth[period.id]
        assert moved(company, INPUT, period.start, period.end)[0] == expected.ziffern.get("479", 0), period.id


@pytest.mark.parametrize("seed", SEEDS)
def test_tax_owed_is_what_the_accounts_owe_but_for_the_rounding_of_rows(seed: int) -> None:
    company = drawn(seed, "effective")
    for period in periods_of(tuple(company.statuses), company.rhythm):
        booked, count = moved(company, OUTPUT, period.start, period.end)
        owed = company.truth[period.id].ziffern.get("399", Decimal(0))
        assert abs(-booked - owed) <= ROW_ROUNDING * (2 * count + 2), period.id


@pytest.mark.parametrize("basis", ["agreed", "collected"])
@pytest.mark.parametrize("seed", range(8))
def test_net_tax_companies_book_no_vat_but_acquisition_tax(seed: int, basis: str) -> None:
    company = drawn(seed, "net_tax", basis)
    for period in periods_of(tuple(company.statuses), company.rhythm):
        assert moved(company, INPUT | {"2200"}, period.start, period.end) == (Decimal(0), 0)
        expected = company.truth[period.id]
        acquisition = sum((expected.tax.get(box, Decimal(0)) for box in ("381", "382", "383")), Decimal(0))
        booked, count = moved(company, {"2203"}, period.start, period.end)
        assert abs(-booked - acquisition) <= ROW_ROUNDING * (2 * count + 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_form_identities(seed: int) -> None:
    company = drawn(seed)
    for period_id, expected in company.truth.items():
        boxes = defaultdict(Decimal, expected.ziffern)
        deductions = ("220", "221", "225", "230", "235", "280")
        assert boxes["289"] == sum((boxes[box] for box in deductions), Decimal(0))
        assert boxes["299"] == boxes["200"] - boxes["289"]
        rated = sum((boxes[f"3{line}{era}"] for line in "01234" for era in "123"), Decimal(0))
        assert abs(boxes["299"] - rated) == abs(_reduced_without_rate(company, period_id)), period_id
        assert abs(expected.payable - (boxes["399"] - boxes["479"])) <= Decimal("0.01")


def _reduced_without_rate(company: DrawnCompany, period_id: str) -> Decimal:
    """Reductions declared in 235 by a code without a rate: they lower 299, and no line of a rate."""
    found = Decimal(0)
    for period in periods_of(tuple(company.statuses), company.rhythm):
        for entry in company.facts.direct:
            if period.id == period_id and period.start <= entry.day <= period.end and entry.part.code == "EM0":
                found += sum(entry.part.nets, Decimal(0))
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_what_waits_belongs_to_open_documents(seed: int) -> None:
    company = drawn(seed, "effective", "collected")
    end = f"{max(company.statuses)}-12-31"
    held = balances(company, end)
    sales, purchases = Decimal(0), Decimal(0)
    for document in company.facts.traded:
        if document.total != sum((settlement.amount for settlement in document.settlements), Decimal(0)):
            tax = sum((part.tax for part in document.parts), Decimal(0))
            sales, purchases = (sales + tax, purchases) if document.is_sale else (sales, purchases + tax)
    assert (held["2202"] != 0) <= (sales + purchases != 0)
    assert (held["1172"] != 0) <= (purchases != 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_clearing_accounts_are_zero_and_the_sheet_balances(seed: int) -> None:
    company = drawn(seed)
    held = balances(company, f"{max(company.statuses)}-12-31")
    assert sum(held.values(), Decimal(0)) == 0
    assert {no: held[no] for no in ("1090", "1091", "1099", "9000", "9200", "9900") if held[no]} == {}
    assert held["2201"] == 0


def test_opening_repeats_the_closing_balances() -> None:
    company = random_company(5, years=(2023, 2024, 2025))
    kinds = {str(row["account_no"]): row["account_type"] for row in company.records["account"]}
    numbers: dict[Any, str] = {row["id"]: str(row["account_no"]) for row in company.records["account"]}
    for year in (2024, 2025):
        forward: dict[str, Decimal] = defaultdict(Decimal)
        for row in company.records["journal"]:
            if str(row["date"]).startswith(f"{year}-01-01") and str(row["description"]).startswith("Saldovortrag"):
                amount = dec(row["base_currency_amount"])
                forward[numbers[row["debit_account_id"]]] += amount
                forward[numbers[row["credit_account_id"]]] -= amount
        assert forward.pop("9100") == 0
        closing = balances(company, f"{year - 1}-12-31")
        assert forward == {no: amount for no, amount in closing.items() if amount and kinds[no] in {3, 4}}
        assert {closing[no] for no, kind in kinds.items() if kind in {1, 2}} == {Decimal(0)}


def test_documents_are_settled_before_the_method_changes() -> None:
    effective, net_tax = YearStatus("effective", "agreed"), YearStatus("net_tax", "collected")
    company = random_company(3, statuses={2023: effective, 2024: net_tax, 2025: YearStatus(is_vat_subject=False)})
    for document in company.facts.traded:
        if document.day.year < 2025 and document.has_vat:
            assert sum((step.amount for step in document.settlements), Decimal(0)) == document.total
            assert {step.day.year for step in document.settlements} == {document.day.year}
    assert {company.truth[period].method for period in company.truth} == {"effective", "net_tax"}
    assert not any(period.startswith("2025") for period in company.truth)
