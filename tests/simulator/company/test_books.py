"""The books balance: clearing accounts, till, open items, year end; documents and journal say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from bexio_analytics.simulator.company import Company, build_company

Movements = dict[str, dict[str, Decimal]]
Read = Callable[[Company], Movements]
QUARTER_ENDS = ("2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30", "2026-09-30")
CENT = Decimal("0.01")


def dec(value: object) -> Decimal:
    return Decimal(str(value))


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def balance(moves: Movements, account_no: str, day: str) -> Decimal:
    return sum((amount for on, amount in moves[account_no].items() if on <= day), Decimal(0))


@pytest.mark.parametrize("account_no", ["1090", "1091", "1099", "9000", "9100", "9200", "9900"])
def test_clearing_accounts_are_zero_at_every_quarter_end(
    clean_company: Company, movements: Read, account_no: str
) -> None:
    moves = movements(clean_company)
    assert {balance(moves, account_no, day) for day in QUARTER_ENDS} == {Decimal(0)}


def test_only_the_planted_receipt_is_left_on_a_clearing_account(company: Company, movements: Read) -> None:
    moves = movements(company)
    left = {no: balance(moves, no, "2026-09-30") for no in ("1090", "1091", "1099", "9000", "9100", "9200", "9900")}
    assert {no: amount for no, amount in left.items() if amount} == {"1099": Decimal("-750.00")}


def test_till_is_never_negative_but_where_planted(company: Company, clean_company: Company, movements: Read) -> None:
    lows = []
    for built in (company, clean_company):
        held, low = Decimal(0), {}
        for day, amount in sorted(movements(built)["1000"].items()):
            held += amount
            if held < 1:
                low[day] = held
        lows.append(low)
    assert lows[0] == {"2026-08-03": Decimal(0), "2026-09-02": Decimal("-330.00")}
    assert lows[1] == {"2026-08-03": Decimal(0)}


@pytest.mark.parametrize("seed", [1, 99])
def test_till_and_clearing_hold_for_other_seeds(movements: Read, seed: int) -> None:
    moves = movements(build_company(seed=seed, scale=2, planted=False))
    held = Decimal(0)
    for _, amount in sorted(moves["1000"].items()):
        held += amount
        assert held >= 0
    assert all(not balance(moves, no, day) for no in ("1090", "1091", "1099", "2201") for day in QUARTER_ENDS)


def test_settlement_leaves_nothing_on_the_settlement_account(company: Company, movements: Read) -> None:
    """But for what is planted: 12.50 too much paid in August 2026."""
    moves = movements(company)
    left = {balance(moves, "2201", day) for day in QUARTER_ENDS if day < "2026-09"}
    assert left == {Decimal(0)}
    assert balance(moves, "2201", "2026-09-30") == Decimal("12.50")


def test_opening_of_2026_repeats_the_closing_balances(company: Company, movements: Read) -> None:
    moves = movements(company)
    accounts = {row["id"]: row for row in company.records["account"]}
    forward: dict[str, Decimal] = defaultdict(Decimal)
    for row in company.records["journal"]:
        if str(row["date"]).startswith("2026-01-01") and str(row["description"]).startswith("Saldovortrag"):
            amount = dec(row["base_currency_amount"])
            forward[str(accounts[row["debit_account_id"]]["account_no"])] += amount
            forward[str(accounts[row["credit_account_id"]]["account_no"])] -= amount
    assert forward.pop("9100") == 0
    sheet = [str(row["account_no"]) for row in accounts.values() if row["account_type"] in {3, 4}]
    closing = {no: balance(moves, no, "2025-12-31") for no in sheet}
    assert forward == {no: amount for no, amount in closing.items() if amount}


def test_income_and_expense_are_closed(company: Company, movements: Read) -> None:
    moves = movements(company)
    result = [str(row["account_no"]) for row in company.records["account"] if row["account_type"] in {1, 2}]
    assert {balance(moves, no, "2025-12-31") for no in result} == {Decimal(0)}


def test_invoice_rows_are_what_the_invoice_says(company: Company) -> None:
    rows: dict[Any, list[Any]] = defaultdict(list)
    numbers = {row["id"]: row["account_no"] for row in company.records["account"]}
    for row in company.records["journal"]:
        if row["ref_class"] == "KbInvoice":
            rows[row["ref_id"]].append(row)
    for invoice in company.records["invoice"]:
        found = rows.get(invoice["id"], [])
        if invoice["kb_item_status_id"] in {7, 19}:
            assert not found
            continue
        priced: list[Any] = [p for p in invoice["positions"] if "account_id" in p]  # type: ignore[attr-defined]
        net_rows, rest = found[: len(priced)], found[len(priced) :]
        assert [row["credit_account_id"] for row in net_rows] == [p["account_id"] for p in priced]
        vat = [row for row in rest if numbers[row["credit_account_id"]] == "2200"]
        rounding = [row for row in rest if row not in vat]
        assert rest == vat + rounding
        assert len(rounding) == (1 if invoice["total_rounding_difference"] else 0)
        if invoice["mwst_type"] != 0:
            assert not vat
        assert len(vat) == len({p["tax_id"] for p in priced if p["tax_value"] != "0.00"} if vat else set())
        booked_tax = sum((dec(row["amount"]) for row in vat), Decimal(0))
        assert abs(booked_tax - dec(invoice["total_taxes"])) <= CENT * max(1, len(vat))
        net = sum((dec(row["amount"]) for row in net_rows), Decimal(0))
        assert net + booked_tax + dec(invoice["total_rounding_difference"]) == dec(invoice["total"])
        assert abs(net - dec(invoice["total_net"])) <= CENT
        if invoice["currency_id"] == 1:
            assert dec(invoice["total"]) % Decimal("0.05") == 0
        received = dec(invoice["total_received_payments"]) + dec(invoice["total_credit_vouchers"])
        assert dec(invoice["total"]) - received == dec(invoice["total_remaining_payments"])
        assert (invoice["kb_item_status_id"] == 9) == (dec(invoice["total_remaining_payments"]) == 0)


def test_both_price_modes_and_all_vat_modes_occur(company: Company) -> None:
    seen = {(row["mwst_type"], row["mwst_is_net"]) for row in company.records["invoice"]}
    assert {(0, True), (0, False), (1, True), (2, True)} <= seen
    assert {row["kb_item_status_id"] for row in company.records["invoice"]} >= {7, 8, 9, 16, 19, 31}


def test_documents_without_vat_print_no_taxes(company: Company) -> None:
    for row in company.records["invoice"]:
        if row["mwst_type"] != 0:
            assert row["taxs"] == []
            assert row["total_taxes"] == "0.0000"
            assert all(position["tax_id"] for position in row["positions"])  # type: ignore[attr-defined]


def test_payments_add_up_to_what_the_invoice_received(company: Company) -> None:
    paid: dict[Any, Decimal] = defaultdict(Decimal)
    credited: dict[Any, Decimal] = defaultdict(Decimal)
    for row in company.records["invoice_payment"]:
        (paid if row["kb_credit_voucher_id"] is None else credited)[row["kb_invoice_id"]] += dec(row["value"])
        assert (row["bank_account_id"] is None) == (row["is_cash_discount"] or row["kb_credit_voucher_id"] is not None)
    for invoice in company.records["invoice"]:
        assert paid[invoice["id"]] == dec(invoice["total_received_payments"])
        assert credited[invoice["id"]] == dec(invoice["total_credit_vouchers"])
    assert any(row["is_cash_discount"] for row in company.records["invoice_payment"])
    assert any(row["kb_credit_voucher_id"] for row in company.records["invoice_payment"])


def test_open_invoices_are_the_balance_of_1100(company: Company, movements: Read) -> None:
    """Francs are compared: euro invoices stand on 1100 at the rate of their day, taken from the journal.

    Losses are written off 1100 by hand: the invoices stay open.
    """
    issued: dict[Any, Decimal] = defaultdict(Decimal)
    amounts: dict[Any, Decimal] = defaultdict(Decimal)
    numbers = {row["id"]: row["account_no"] for row in company.records["account"]}
    for row in company.records["journal"]:
        if row["ref_class"] == "KbInvoice":
            sign = 1 if numbers[row["debit_account_id"]] == "1100" else -1
            issued[row["ref_id"]] += sign * dec(row["base_currency_amount"])
            amounts[row["ref_id"]] += sign * dec(row["amount"])
    written_off = sum(
        dec(row["base_currency_amount"])
        for row in company.records["journal"]
        if (numbers[row["debit_account_id"]], numbers[row["credit_account_id"]]) == ("3805", "1100")
        or row["description"] in {"Verlust Guthaben Gasthof", "Konkurs Bistro Letten, Verlustschein"}
    )
    open_francs = -written_off
    for invoice in company.records["invoice"]:
        left = dec(invoice["total_remaining_payments"])
        if invoice["id"] in issued and left:
            open_francs += left * issued[invoice["id"]] / amounts[invoice["id"]]
    assert abs(open_francs - balance(movements(company), "1100", "2026-09-30")) < 25


def test_bill_rows_are_what_the_bill_says(company: Company) -> None:
    rows: dict[Any, list[Any]] = defaultdict(list)
    numbers = {row["id"]: row["account_no"] for row in company.records["account"]}
    taxes: dict[Any, Any] = {row["id"]: row for row in company.records["tax"]}
    for row in company.records["journal"]:
        if row["ref_class"] == "KbBill":
            rows[row["ref_uuid"]].append(row)
    kinds = set()
    for bill in company.records["bill"]:
        found = rows.get(bill["id"], [])
        if bill["status"] == "DRAFT":
            assert not found
            continue
        owed = sum((dec(row["amount"]) for row in found if numbers[row["credit_account_id"]] == "2000"), Decimal(0))
        assert owed == dec(bill["amount_man"])
        left: list[Any] = list(found)
        for line in bill["line_items"]:  # type: ignore[attr-defined]
            tax = taxes.get(line["tax_id"], {"type": "none", "value": 0, "account_id": None})
            kinds.add(tax["type"])
            if not tax["type"].startswith("pre_customs"):
                net = left.pop(0)
                assert net["debit_account_id"] == line["booking_account_id"]
                contained = not bill["item_net"] and not tax["type"].startswith("pre_regards")
                expected = dec(line["amount"]) - (dec(line["tax_calc"]) if contained else 0)
                assert dec(net["amount"]) == expected
            if dec(line["tax_calc"]):
                vat = left.pop(0)
                assert vat["debit_account_id"] == tax["account_id"]
                assert dec(vat["amount"]) == dec(line["tax_calc"])
                contra = "2203" if tax["type"].startswith("pre_regards") else "2000"
                assert numbers[vat["credit_account_id"]] == contra
        assert not left
    assert {"pre_tax_material", "pre_tax_investment", "pre_customs_tax_material"} <= kinds
    assert {"pre_regards_tax_material", "pre_regards_tax_investment"} <= kinds


def test_paid_bills_have_payment_orders(company: Company) -> None:
    paid: dict[Any, Decimal] = defaultdict(Decimal)
    for row in company.records["outgoing_payment"]:
        paid[row["bill_id"]] += dec(row["amount"])
    for bill in company.records["bill"]:
        assert paid[bill["id"]] == (dec(bill["amount_man"]) if bill["status"] == "PAID" else 0)
    assert {row["payment_type"] for row in company.records["outgoing_payment"]} == {"IBAN", "CASH_DISCOUNT"}


def test_unpaid_bills_are_the_balance_of_2000(company: Company, movements: Read) -> None:
    owed = sum(
        (dec(row["base_currency_amount"]) for row in company.records["bill"] if row["status"] == "BOOKED"), Decimal(0)
    )
    assert abs(balance(movements(company), "2000", "2026-09-30") + owed) <= Decimal("0.05")


def test_every_expense_is_in_the_journal_without_reference(company: Company) -> None:
    booked: dict[tuple[str, object], Decimal] = defaultdict(Decimal)
    for row in company.records["journal"]:
        if row["ref_class"] is None:
            booked[str(row["date"])[:10], row["description"]] += dec(row["amount"])
    done = [row for row in company.records["expense"] if row["status"] == "DONE"]
    wanted: dict[tuple[str, object], Decimal] = defaultdict(Decimal)
    for row in done:
        wanted[str(row["paid_on"]), f"{row['title']}, {row['lastname_company']}"] += dec(row["amount"])
    assert len(done) > 100
    assert all(booked[key] == amount for key, amount in wanted.items())


def test_foreign_amounts_are_converted_at_the_factor(company: Company) -> None:
    codes = {row["id"]: row["name"] for row in company.records["currency"]}
    seen = set()
    for row in company.records["journal"]:
        currency = codes[row["currency_id"]]
        seen.add(currency)
        units = 100 if currency == "JPY" else 1
        francs = cents(dec(row["amount"]) * dec(row["currency_factor"]) / units)
        assert francs == dec(row["base_currency_amount"])
    assert seen == {"CHF", "EUR", "USD", "JPY"}
