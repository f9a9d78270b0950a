"""Rows whose tax code could be mistaken for that of another: each keeps its own."""

from __future__ import annotations

from datetime import date

import polars as pl

from bexio_analytics import Books
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests


def test_a_payment_of_no_known_document_leaves_the_tax_of_bills_certain() -> None:
    """Material and other costs from abroad on one bill: each acquisition tax stands on the account of its own code."""
    text = """
        2026-07-01  Unbekannte Zahlung  2202 / 2200     8.10  payment
        2026-07-10  Lizenz              6570 / 2000   952.74  bill  BZB81  doc=A
        2026-07-10  Entwurf             4400 / 2000  1'080.31  bill  BZM81  doc=A
    """
    with books_from_text(text) as books:
        found = books.sql("select tax_code, net, input_tax, evidence from vat_line order by tax_code").rows()
    assert [(code, f"{net}", f"{tax}", evidence) for code, net, tax, evidence in found] == [
        ("BZB81", "952.74", "77.17", "document"),
        ("BZM81", "1080.31", "87.51", "document"),
    ]


def test_a_credit_note_takes_the_rates_of_its_invoice_first() -> None:
    """47.14 is 8 % of the one net amount and, by chance, 7.7 % of the other: the invoice has no 7.7 %."""
    text = """
        2017-12-20  Zimmer     1100 / 3600  1'038.00  invoice      US38  no=RE-22  doc=A
        2017-12-20  Beratung   1100 / 3400  1'080.00  invoice      UN80  no=RE-22  doc=A
        2018-03-01  Gutschrift  3600 / 1100   635.50  credit_note  US38  doc=B  net=612.24  tax=23.26  for=RE-22
        2018-03-01  Gutschrift  3400 / 1100   636.45  credit_note  UN80  doc=B  net=589.31  tax=47.14  for=RE-22
    """
    with books_from_text(text) as books:
        found = books.sql("select tax_code, net, tax from vat_line where kind = 'credit_note' order by tax_code").rows()
    assert [(code, f"{net}", f"{tax}") for code, net, tax in found] == [
        ("UN80", "-589.31", "-47.14"),
        ("US38", "-612.24", "-23.26"),
    ]


def _periods(text: str, *kept: tuple[str, str]) -> list[tuple[str, date, str | None]]:
    frames = frames_from_text(text)
    rows = [
        {"id": place, "start": date.fromisoformat(start), "end": date.fromisoformat(end), "status": "closed"}
        for place, (start, end) in enumerate(kept, 1)
    ]
    frames["vat_period"] = pl.DataFrame(rows, schema_overrides=frames["vat_period"].schema).select(
        *(
            pl.col(name) if name in rows[0] else pl.lit(None).cast(kind).alias(name)
            for name, kind in frames["vat_period"].schema.items()
        )
    )
    with Books.from_frames(frames, mandate_for_tests()) as books:
        query = "select period_id, due_on, status from vat_period where period_id like '2024%' order by start_on"
        return books.sql(query).rows()


YEARS = "2024-02-01  Büro  6500 / 1020  10.00  manual\n2025-02-01  Büro  6500 / 1020  10.00  manual"


def test_periods_are_those_of_bexio_where_it_has_the_whole_year() -> None:
    """Half-years until the method changed, quarters since: deadlines of the old year stay those of its periods."""
    found = _periods(YEARS, ("2024-01-01", "2024-06-30"), ("2024-07-01", "2024-12-31"))
    assert found == [("2024-H1", date(2024, 8, 31), "closed"), ("2024-H2", date(2025, 2, 28), "closed")]


def test_a_part_of_a_year_does_not_decide_its_periods() -> None:
    found = _periods(YEARS, ("2024-01-01", "2024-03-31"), ("2024-04-01", "2024-09-30"))
    assert [(period, status) for period, _, status in found] == [
        ("2024-Q1", "closed"),
        ("2024-Q2", None),
        ("2024-Q3", None),
        ("2024-Q4", None),
    ]
