"""Pages of rows become a table, however the rows are cut into pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bexio_analytics.connector import RawResponse
from bexio_analytics.snapshot import TABLES, parsing
from bexio_analytics.snapshot.parsing import parse_tables, read_pages


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.dates(date(1990, 1, 1), date(2099, 12, 31)),
            st.decimals("-999999999999", "999999999999", places=2, allow_nan=False, allow_infinity=False),
            st.sampled_from([1, 2]),
            st.one_of(st.none(), st.text(max_size=20)),
        ),
        max_size=8,
    ),
    st.integers(1, 4),
)
def test_journal_rows_survive_parsing(drawn: list[tuple[date, Decimal, int, str | None]], rows_per_page: int) -> None:
    """However the rows are cut into pages, the table holds them all, in order and exactly."""
    texts = [
        (
            f'{{"id":{number},"ref_id":null,"ref_uuid":null,"ref_class":null,"date":"{day}T12:00:00+01:00",'
            f'"debit_account_id":1,"credit_account_id":2,"description":{msgspec.json.encode(text).decode()},'
            f'"amount":{amount:f},"currency_id":{currency},"currency_factor":1,"base_currency_id":1,'
            f'"base_currency_amount":{amount:f}}}'
        )
        for number, (day, amount, currency, text) in enumerate(drawn, start=1)
    ]
    pages = [texts[start : start + rows_per_page] for start in range(0, len(texts), rows_per_page)]
    responses = [
        RawResponse(
            path="/x", received_at=datetime(2026, 10, 5, tzinfo=UTC), body=msgspec.Raw(f"[{','.join(page)}]".encode())
        )
        for page in pages
    ]
    parsed = parse_tables([TABLES["journal"]], read_pages("journal", responses), {1: "CHF", 2: "EUR"})["journal"].frame
    assert parsed.schema == TABLES["journal"].schema
    assert parsed["sequence"].to_list() == list(range(1, len(drawn) + 1))
    assert parsed.select("date", "amount", "currency", "description").rows() == [
        (day, amount, {1: "CHF", 2: "EUR"}[currency], text) for day, amount, currency, text in drawn
    ]


@pytest.mark.parametrize("rows_at_once", [1, 2, 3])
def test_large_tables_are_put_together_in_order(
    answers: dict[str, list[str]], created_at: datetime, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    """However many rows are turned into a frame at once, the table is the same."""
    tables = [TABLES["invoice"], TABLES["invoice_position"], TABLES["invoice_tax"]]
    responses = [
        RawResponse(path="/x", received_at=created_at, body=msgspec.Raw(text.encode()))
        for text in answers["invoice_detail"]
    ]
    at_once = parse_tables(tables, read_pages("invoice_detail", responses), {})
    monkeypatch.setattr(parsing, "_ROWS_AT_ONCE", rows_at_once)
    piecemeal = parse_tables(tables, read_pages("invoice_detail", responses), {})
    assert piecemeal.keys() == at_once.keys()
    for name, parsed in at_once.items():
        assert piecemeal[name].frame.equals(parsed.frame)
        assert piecemeal[name].frame.n_chunks() == 1
