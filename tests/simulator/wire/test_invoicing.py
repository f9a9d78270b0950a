"""Invoices written over the wire: totals, echo, issue, payment, and their journal rows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.simulator.wire.pricing import Line, price
from bexio_analytics.simulator.wire.served import Company

Start = Callable[..., httpx.Client]
RECEIVABLE, SALES, CASH, VAT, ROUNDING, CLEARING = 1, 2, 3, 5, 6, 7


@pytest.fixture
def writable(start: Start, company: Company) -> httpx.Client:
    """The small company with the accounts that rounding and the settlement method need."""
    template = company.records["account"][1]
    company.records["account"] += [
        {**template, "id": ROUNDING, "account_no": "6945"},
        {**template, "id": CLEARING, "account_no": "2202"},
    ]
    return start()


def draft(bexio: httpx.Client, *positions: tuple[str, str, int], **fields: object) -> httpx.Response:
    body = {
        "contact_id": 1,
        "user_id": 1,
        "is_valid_from": "2026-06-09",
        "positions": [
            {
                "type": "KbPositionCustom",
                "amount": amount,
                "unit_price": unit_price,
                "tax_id": tax_id,
                "account_id": SALES,
                "text": "Montage",
            }
            for amount, unit_price, tax_id in positions
        ],
        **fields,
    }
    return bexio.post("/2.0/kb_invoice", json=body)


def rows_of(bexio: httpx.Client, ref_class: str, ref_id: int) -> list[tuple[int, int, float]]:
    rows: list[dict[str, Any]] = bexio.get("/3.0/accounting/journal").json()
    return [
        (row["debit_account_id"], row["credit_account_id"], row["amount"])
        for row in rows
        if (row["ref_class"], row["ref_id"]) == (ref_class, ref_id)
    ]


def test_the_echo_of_a_draft_is_not_padded_and_later_reads_are(writable: httpx.Client) -> None:
    answer = draft(writable, ("1", "100", 1), mwst_type=1)
    assert answer.status_code == 201
    echo = answer.json()
    assert (echo["total"], echo["total_taxes"], echo["total_remaining_payments"]) == ("100", "0.0000", "100.0000")
    assert (echo["positions"][0]["unit_price"], echo["positions"][0]["amount_open"]) == ("100", None)
    assert (echo["document_nr"], echo["kb_item_status_id"]) == ("RE-00004", 7)
    read = writable.get(f"/2.0/kb_invoice/{echo['id']}").json()
    assert list(read) == list(echo)
    assert (read["total"], read["total_taxes"]) == ("100.000000", "0.0000")
    assert (read["positions"][0]["unit_price"], read["positions"][0]["amount_open"]) == ("100.000000", "0.000000")


@pytest.mark.parametrize(
    ("prices", "totals", "rounding", "taxs"),
    [
        ((0, True), ("17.800000", "1.4418", "19.250000"), 0.01, [{"percentage": "8.10", "value": "1.4418"}]),
        ((0, False), ("16.466200", "1.3338", "17.800000"), 0, [{"percentage": "8.10", "value": "1.3338"}]),
        ((1, True), ("17.800000", "0.0000", "17.800000"), 0, []),
        ((2, False), ("17.800000", "0.0000", "17.800000"), 0, []),
    ],
)
def test_the_kind_of_prices_decides_the_vat(
    writable: httpx.Client,
    prices: tuple[int, bool],
    totals: tuple[str, str, str],
    rounding: float,
    taxs: list[dict[str, str]],
) -> None:
    number = draft(writable, ("2", "8.90", 1), mwst_type=prices[0], mwst_is_net=prices[1]).json()["id"]
    read = writable.get(f"/2.0/kb_invoice/{number}").json()
    assert read["total_gross"] == "17.800000", "the sum of the positions, whatever they contain"
    assert (read["total_net"], read["total_taxes"], read["total"]) == totals
    assert (read["total_rounding_difference"], read["taxs"]) == (rounding, taxs)
    assert read["positions"][0]["tax_value"] == "8.10", "the code stands there even where no VAT was computed"


def test_issuing_books_a_row_per_position_a_vat_row_per_code_and_the_rounding_last(writable: httpx.Client) -> None:
    number = draft(writable, ("2", "8.90", 1), ("1", "10", 5)).json()["id"]
    assert rows_of(writable, "KbInvoice", number) == [], "a draft books nothing"
    assert writable.post(f"/2.0/kb_invoice/{number}/issue").json() == {"success": True}
    assert rows_of(writable, "KbInvoice", number) == [
        (RECEIVABLE, SALES, 17.8),
        (RECEIVABLE, SALES, 10),
        (RECEIVABLE, VAT, 1.44),
        (RECEIVABLE, VAT, 0.26),
    ]
    assert writable.get(f"/2.0/kb_invoice/{number}").json()["kb_item_status_id"] == 8
    assert writable.post(f"/2.0/kb_invoice/{number}/issue").status_code == 422, "once only"
    assert writable.get("/3.0/accounting/journal").json()[-1]["date"] == "2026-06-09T00:00:00+02:00"


@pytest.mark.parametrize(
    ("price_", "expected"),
    [("17.80", (RECEIVABLE, ROUNDING, 0.01)), ("18.00", (ROUNDING, RECEIVABLE, 0.01))],
)
def test_rounding_goes_either_way(writable: httpx.Client, price_: str, expected: tuple[int, int, float]) -> None:
    number = draft(writable, ("1", price_, 1), is_valid_from="2026-01-09").json()["id"]
    writable.post(f"/2.0/kb_invoice/{number}/issue")
    assert rows_of(writable, "KbInvoice", number)[-1] == expected
    assert writable.get("/3.0/accounting/journal").json()[-1]["date"] == "2026-01-09T00:00:00+01:00"


def test_a_payment_is_booked_under_its_own_id(writable: httpx.Client) -> None:
    number = draft(writable, ("1", "100", 1)).json()["id"]
    assert writable.post(f"/2.0/kb_invoice/{number}/payment", json={"value": "50"}).status_code == 422, "not issued"
    writable.post(f"/2.0/kb_invoice/{number}/issue")
    answer = writable.post(f"/2.0/kb_invoice/{number}/payment", json={"value": "50", "date": "2026-07-01"})
    assert answer.status_code == 201
    payment = answer.json()
    assert (payment["value"], payment["kb_invoice_id"]) == ("50", number)
    assert writable.get(f"/2.0/kb_invoice/{number}/payment").json()[0]["value"] == "50.000000"
    assert rows_of(writable, "KbClientAccountEntry", payment["id"]) == [(CASH, RECEIVABLE, 50)]
    invoice = writable.get(f"/2.0/kb_invoice/{number}").json()
    assert (invoice["total_remaining_payments"], invoice["kb_item_status_id"]) == ("58.1000", 16)
    writable.post(f"/2.0/kb_invoice/{number}/payment", json={"value": "58.10"})
    assert writable.get(f"/2.0/kb_invoice/{number}").json()["kb_item_status_id"] == 9
    assert writable.post(f"/2.0/kb_invoice/{number}/payment", json={"value": "1"}).status_code == 422
    refused = writable.post(f"/2.0/kb_invoice/{number}/payment", json={"value": "1", "reference_nr": "x"})
    assert refused.json()["errors"] == ["Widget schema does not include the following field(s): reference_nr"]


def test_collected_consideration_moves_the_tax_with_the_payments(writable: httpx.Client, company: Company) -> None:
    company.records["calendar_year"][1]["vat_accounting_type"] = "collected"
    number = draft(writable, ("1", "100", 1)).json()["id"]
    writable.post(f"/2.0/kb_invoice/{number}/issue")
    assert (RECEIVABLE, CLEARING, 8.1) in rows_of(writable, "KbInvoice", number)
    moved = Decimal(0)
    for value in ("33.33", "33.33", "41.44"):
        body = {"value": value, "date": "2026-07-01"}
        payment = writable.post(f"/2.0/kb_invoice/{number}/payment", json=body).json()
        bank, move = rows_of(writable, "KbClientAccountEntry", payment["id"])
        assert bank[:2] == (CASH, RECEIVABLE)
        assert move[:2] == (CLEARING, VAT)
        moved += Decimal(str(move[2]))
    assert moved == Decimal("8.10")


def test_what_the_form_of_an_invoice_refuses(writable: httpx.Client) -> None:
    number = draft(writable, ("1", "100", 1)).json()["id"]
    for field in ("positions", "esr_id", "qr_invoice_id", "project_id", "whatever"):
        answer = writable.post(f"/2.0/kb_invoice/{number}", json={field: 1})
        assert answer.status_code == 422
        assert answer.json()["errors"] == [f"Widget schema does not include the following field(s): {field}"]
    assert draft(writable, ("1", "100", 99)).status_code == 422, "an unknown tax code"
    assert draft(writable, currency_id=9).status_code == 422
    edited = writable.post(f"/2.0/kb_invoice/{number}", json={"title": "Neu", "pr_project_id": 1})
    assert (edited.json()["title"], edited.json()["project_id"]) == ("Neu", 1)
    assert writable.get(f"/2.0/kb_invoice/{number}/issue").status_code == 404
    assert writable.post("/2.0/contact/1/issue").status_code == 404


AMOUNTS = st.decimals(min_value="0.01", max_value="99999.99", places=2)


@given(st.lists(st.tuples(AMOUNTS, st.sampled_from([0, 1, 2])), min_size=1, max_size=6), st.booleans())
def test_what_is_booked_adds_up_to_the_total(positions: list[tuple[Decimal, int]], is_net: bool) -> None:  # noqa: FBT001
    rates = (Decimal("8.1"), Decimal("2.6"), Decimal(0))
    lines = [Line(1, tax_id, rates[tax_id], amount) for amount, tax_id in positions]
    totals = price(lines, mwst_type=0, mwst_is_net=is_net, round_factor=Decimal("0.05"))
    assert sum(totals.nets) + sum(totals.taxes.values()) + totals.rounding == totals.total
    assert totals.total % Decimal("0.05") == 0
    assert abs(totals.rounding) <= Decimal("0.025")
    assert 2 not in totals.taxes
    if not is_net:
        assert totals.total - totals.rounding == totals.gross
