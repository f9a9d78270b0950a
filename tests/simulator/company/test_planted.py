"""The list of planted cases is complete, and every case is in the books once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from bexio_analytics.simulator.company import Company, Defect, LookAlike, Where, planted

CASES: list[Defect | LookAlike] = [*planted().defects, *planted().look_alikes]
STANDING = {"invoice-written-twice": 2, "opted-rent": 3}


def records_of(company: Company, where: Where) -> list[Any]:
    """The records of the third quarter of 2026 that a case is about."""
    if where.kind == "vat_return":
        return [row for row in company.records["vat_period"] if row["end"] == "2026-09-30"]
    rows = [row for row in company.records[where.kind] if row[where.field] == where.value]
    dates = {"invoice": "is_valid_from", "bill": "bill_date", "expense": "paid_on"}
    day = dates.get(where.kind, "date")
    return [row for row in rows if where.kind == "account" or str(row[day]) >= "2026-07"]


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def contained(gross: str, rate: str = "8.1") -> Decimal:
    return cents(Decimal(gross) * Decimal(rate) / (100 + Decimal(rate)))


WITHOUT_LOOK_ALIKE = {"A05", "H15", "J03", "K13", "K14", "K16"}
"""Checks whose innocent neighbours stand in ledgers of their own, not in the company."""


def test_every_check_with_a_defect_has_a_look_alike() -> None:
    checks = {code for defect in planted().defects for code in (defect.check, *defect.confirmed_by)}
    near = {code for case in planted().look_alikes for code in case.near}
    assert checks - near == WITHOUT_LOOK_ALIKE
    assert near <= checks
    assert all({*defect.also, *defect.confirmed_by} <= checks - {defect.check} for defect in planted().defects)


def test_ids_are_unique() -> None:
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_is_in_the_books_once(company: Company, case: Defect | LookAlike) -> None:
    assert len(records_of(company, case.where)) == STANDING.get(case.id, 1)


@pytest.mark.parametrize("defect", planted().defects, ids=lambda defect: defect.id)
def test_defect_is_not_in_the_clean_books(clean_company: Company, defect: Defect) -> None:
    if defect.where.kind not in {"account", "vat_return"}:
        assert not records_of(clean_company, defect.where)


@pytest.mark.parametrize("case", planted().look_alikes, ids=lambda case: case.id)
def test_look_alike_is_in_the_clean_books(clean_company: Company, case: LookAlike) -> None:
    assert records_of(clean_company, case.where)


def test_vat_effects_follow_their_formulas() -> None:
    effects = {defect.id: defect.vat_effect for defect in planted().defects if defect.vat_effect is not None}
    old = Decimal("3231.00") * (Decimal("8.1") / Decimal("108.1") - Decimal("7.7") / Decimal("107.7"))
    assert effects == {
        "sale-without-vat-computed": contained("2500.00"),
        "commission-without-code": contained("1200.00"),
        "input-tax-on-insurance": contained("864.80"),
        "old-rate-used": cents(old),
        "opted-rent-in-memo-box-only": Decimal("81.00"),
        "euro-invoice-at-mistyped-factor": cents(4000 * (Decimal("0.9373") - Decimal("0.8973")) * Decimal("0.081")),
        "foreign-supplier-with-swiss-code": contained("2162.00"),
        "online-advertising-without-acquisition-tax": cents(Decimal("640.00") * Decimal("0.081")),
        "foreign-licence-without-any-code": cents(Decimal("1450.00") * Decimal("0.081")),
        "van-sold-without-code": contained("5405.00"),
        "bill-entered-twice": contained("1081.00"),
        "till-below-zero": contained("330.00"),
        "bill-at-the-old-rate": contained("323.10", "7.7") - contained("323.10"),
        "rent-across-the-change-of-rates": cents(Decimal(1000) * 61 / 92 * Decimal("0.004")),
        "code-on-the-rounding-account": contained("10.81"),
        "tax-of-the-total": cents(Decimal("864.80") * Decimal("0.081")) - contained("864.80"),
        "code-without-amount": Decimal(0),
        "acquisition-tax-on-swiss-supplier": Decimal(0),
        "output-tax-account-off": Decimal("64.00"),
        "input-tax-account-off": -(Decimal("81.00") + contained("432.40")),
        "hand-on-output-tax": Decimal("64.00"),
        "refund-without-code": contained("216.20"),
        "loss-without-proof": contained("1081.00"),
        "allowance-with-code": contained("540.50"),
        "prepayment-without-code": contained("5405.00"),
        "accrual-with-code": -contained("540.50"),
        "bill-without-file": contained("756.70"),
        "invoice-written-twice": -cents(1240 * Decimal("0.081")),
        "cash-from-shareholder": contained("3000.00"),
        "screen-booked-twice": contained("367.55"),
        "large-receipt": contained("648.60"),
        "painter-without-number": contained("1297.20"),
        "tax-on-commission": contained("54.05"),
        "tax-on-lump-sum": contained("324.30"),
        "lunch-at-the-reduced-rate": contained("205.20", "2.6") - contained("205.20"),
        "building-cost-with-excluded-rent": cents(contained("1081.00") * 1200 / 12400),
        "notebook-to-shareholder": cents(500 * Decimal("0.081")),
        "relief-without-list": contained("540.50"),
        "invoice-of-2020": contained("216.20"),
        "used-machine-of-private-seller": contained("432.40"),
        "lease-with-deposit": contained("1081.00") - contained("648.60"),
        "acquisition-tax-on-shelves": Decimal(0),
        "import-tax-without-assessment": Decimal("96.40"),
        "service-abroad-with-swiss-code": contained("540.50"),
        "transferred-import-tax": Decimal("129.60"),
        "export-without-proof": contained("1840.00"),
        "service-declared-as-export": Decimal(0),
        "platform-sales-twice": -contained("1145.85"),
        "parking-sublet": contained("972.90"),
        "repair-charged-to-shareholder": contained("864.80"),
        "private-share-without-code": contained("216.20"),
        "card-payouts-net-of-fee": contained(str(cents(Decimal("1700.00") * Decimal("1.5") / Decimal("98.5")))),
        "vouchers-taxed-when-sold": -cents(Decimal("925.00") * Decimal("0.081")),
        "stationery-without-code": -contained("540.50"),
        "telephone-without-tax": -contained("432.40"),
        "paid-without-its-tax": contained("1150.00") - cents(Decimal("1150.00") * Decimal("0.081")),
        "accommodation-on-household-goods": contained("103.80", "3.8") - contained("103.80"),
        "operating-cost-in-the-box-of-material": Decimal(0),
        "service-at-home-declared-abroad": contained("1500.00"),
        "service-abroad-taxed": -cents(Decimal("800.00") * Decimal("0.081")),
        "consulting-declared-as-excluded": contained("600.00"),
        "flat-opted-for": -cents(Decimal("900.00") * Decimal("0.081")),
        "hire-at-the-reduced-rate": cents(Decimal("640.00") * Decimal("0.055")),
        "grant-taxed": -contained("864.80"),
    }


def test_september_rate_is_the_one_the_list_names(company: Company) -> None:
    bills = [row for row in company.records["bill"] if row["currency_code"] == "EUR"]
    september = {row["exchange_rate"] for row in bills if str(row["bill_date"]).startswith("2026-09")}
    assert september <= {Decimal("0.9373")}


def test_old_rate_is_printed_but_not_used(company: Company) -> None:
    (invoice,) = records_of(company, Where("invoice", "title", "Tafelservice Nachbestellung"))
    (position,) = invoice["positions"]
    (tax,) = [row for row in company.records["tax"] if row["id"] == position["tax_id"]]
    assert position["tax_value"] == "7.70"
    assert tax["value"] == Decimal("8.1")
    assert invoice["taxs"] == [{"percentage": "8.10", "value": "119.8800"}]


def test_all_planted_dates_lie_in_the_third_quarter(company: Company) -> None:
    dates = {"invoice": "is_valid_from", "bill": "bill_date", "expense": "paid_on", "manual_entry": "date"}
    for case in CASES:
        for row in records_of(company, case.where):
            if case.where.kind in dates:
                assert "2026-07-01" <= str(row[dates[case.where.kind]]) <= "2026-09-30"
