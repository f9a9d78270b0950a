"""The invented company as its journal is read over the wire: references, VAT rows, ids, dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from bexio_analytics.simulator import build_company, create_app, serve

Rows = list[dict[str, object]]


@pytest.fixture(scope="module")
def muster() -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer token", "Accept": "application/json"}
    with (
        serve(create_app({"token": build_company()})) as served,
        httpx.Client(base_url=served.url, headers=headers, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def journal(muster: httpx.Client) -> Rows:
    rows: Rows = []
    total = 1
    while len(rows) < total:
        answer = muster.get("/3.0/accounting/journal", params={"offset": len(rows)})
        total = int(answer.headers["x-total-count"])
        rows += answer.json()
    return rows


@pytest.fixture(scope="module")
def account_no(muster: httpx.Client) -> dict[object, str]:
    return {row["id"]: row["account_no"] for row in muster.get("/2.0/accounts").json()}


def references(journal: Rows, ref_class: str, field: str) -> set[object]:
    return {row[field] for row in journal if row["ref_class"] == ref_class and row[field] is not None}


def test_the_journal_ascends_by_id(journal: Rows) -> None:
    ids = [int(str(row["id"])) for row in journal]
    assert ids == sorted(set(ids))
    assert len(ids) > 2000, "more than one page"


def test_dates_are_midnights_with_the_swiss_offset(journal: Rows) -> None:
    offsets = set()
    for row in journal:
        text = str(row["date"])
        moment = datetime.combine(date.fromisoformat(text[:10]), datetime.min.time(), ZoneInfo("Europe/Zurich"))
        assert text == moment.isoformat()
        offsets.add(text[-6:])
    assert offsets == {"+01:00", "+02:00"}


def test_references_lead_to_documents(muster: httpx.Client, journal: Rows) -> None:
    invoices = {row["id"]: row for row in muster.get("/2.0/kb_invoice").json()}
    issued = references(journal, "KbInvoice", "ref_id")
    assert issued
    assert issued <= set(invoices)
    bills = {row["id"] for row in muster.get("/4.0/purchase/bills", params={"limit": 500}).json()["data"]}
    booked = references(journal, "KbBill", "ref_uuid")
    assert booked
    assert booked <= bills
    classes = {row["ref_class"] for row in journal}
    assert classes == {"KbInvoice", "KbBill", "KbClientAccountEntry", "KbCreditVoucher", None}


def test_payments_are_referred_to_by_their_own_id_or_a_shared_uuid(muster: httpx.Client, journal: Rows) -> None:
    paid = next(row["id"] for row in muster.get("/2.0/kb_invoice").json() if float(row["total_received_payments"]))
    payments = [row for row in muster.get(f"/2.0/kb_invoice/{paid}/payment").json() if row["bank_account_id"]]
    referred = references(journal, "KbClientAccountEntry", "ref_id")
    assert {row["id"] for row in payments} <= referred
    bills = references(journal, "KbBill", "ref_uuid")
    shared = references(journal, "KbClientAccountEntry", "ref_uuid")
    assert shared
    assert not shared & bills, "a bill's payment has no link to the bill"


def test_credit_notes_are_only_in_the_journal_and_in_payments(muster: httpx.Client, journal: Rows) -> None:
    vouchers = references(journal, "KbCreditVoucher", "ref_id")
    assert vouchers
    assert muster.get("/2.0/kb_credit_voucher").status_code == 404
    credited = [row["id"] for row in muster.get("/2.0/kb_invoice").json() if float(row["total_credit_vouchers"])]
    found = {
        row["kb_credit_voucher_id"]
        for number in credited
        for row in muster.get(f"/2.0/kb_invoice/{number}/payment").json()
    }
    assert found & vouchers


def test_a_manual_line_has_the_id_of_its_journal_row_and_the_vat_row_the_next(
    muster: httpx.Client, journal: Rows, account_no: dict[object, str]
) -> None:
    rows = {row["id"]: row for row in journal}
    lines = [line for entry in muster.get("/3.0/accounting/manual_entries").json() for line in entry["entries"]]
    rates = {row["id"]: row["value"] for row in muster.get("/3.0/taxes").json()}
    vat = ("117", "220")
    checked = 0
    for line in lines:
        if line["id"] is None:
            continue
        assert str(rows[line["id"]]["date"])[:10] == line["date"]
        # The third quarter of 2026 holds planted defects, a missing VAT row among them.
        if line["date"] < "2026-07-01" and rates.get(line["tax_id"]) not in {None, 0, 100}:
            following = rows[line["id"] + 1]
            sides = {account_no[following["debit_account_id"]], account_no[following["credit_account_id"]]}
            assert any(number.startswith(vat) for number in sides)
            checked += 1
    assert checked > 0


def test_balances_are_carried_forward_on_the_first_of_january(journal: Rows, account_no: dict[object, str]) -> None:
    carried: dict[str, int] = defaultdict(int)
    for row in journal:
        if "9100" in {account_no[row["debit_account_id"]], account_no[row["credit_account_id"]]}:
            carried[str(row["date"])[:10]] += 1
            assert row["ref_class"] is None
    assert carried["2026-01-01"] > 1
    assert set(carried) <= {"2025-01-01", "2026-01-01"}


def test_totals_of_invoices_are_rounded_to_five_rappen(muster: httpx.Client) -> None:
    rows = [row for row in muster.get("/2.0/kb_invoice").json() if row["currency_id"] == 1]
    assert any(row["total_rounding_difference"] for row in rows)
    for row in rows:
        assert round(float(row["total"]) * 100) % 5 == 0
        if row["mwst_type"] != 0:
            assert (row["total_taxes"], row["taxs"]) == ("0.0000", [])
