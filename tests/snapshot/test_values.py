"""Columns of wire values: exact, checked, and never shown in a message."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.snapshot.schema import (
    AMOUNT,
    BOOLEAN,
    DATE,
    FACTOR,
    INTEGER,
    JSON,
    MONEY,
    TEXT,
    TIMESTAMP,
    Column,
    Wire,
)
from bexio_analytics.snapshot.values import MISSING, ColumnReader, MismatchError, json_text

CURRENCIES = {1: "CHF", 2: "EUR"}

amounts = st.decimals("-999999999999", "999999999999", places=6, allow_nan=False, allow_infinity=False)


def read(column: Column, *values: object) -> list[Any]:
    return ColumnReader(column, CURRENCIES).read(values)


def amount(wire: Wire, dtype: pl.DataType = AMOUNT) -> Column:
    return Column("amount", dtype, wire)


@given(st.lists(amounts))
def test_decimal_texts_and_numbers_arrive_exactly(values: list[Decimal]) -> None:
    as_text = [format(value, "f") for value in values]
    decoded = msgspec.json.Decoder(float_hook=Decimal).decode(f"[{','.join(as_text)}]".encode())
    for received in (
        read(amount(Wire.DECIMAL_TEXT), *as_text),
        read(amount(Wire.NUMBER), *decoded),
        read(amount(Wire.NUMBER_OR_DECIMAL_TEXT), *decoded),
        read(amount(Wire.NUMBER_OR_DECIMAL_TEXT), *as_text),
    ):
        assert received == values
        assert pl.Series(received, dtype=AMOUNT).to_list() == values


@given(st.lists(amounts, min_size=1), st.integers(0, 6))
def test_rounding_is_commercial_and_counted(values: list[Decimal], scale: int) -> None:
    reader = ColumnReader(amount(Wire.NUMBER, pl.Decimal(18, scale)), {})
    expected = [value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP) for value in values]
    assert reader.read(values) == expected
    assert reader.rounded == sum(a != b for a, b in zip(values, expected, strict=True))


def test_a_number_that_php_made_of_a_float_is_rounded_and_reported() -> None:
    reader = ColumnReader(amount(Wire.NUMBER, MONEY), {})
    assert reader.read([Decimal("81.00000000000001"), Decimal("0.125"), 7]) == [Decimal(81), Decimal("0.13"), 7]
    assert reader.rounded == 2


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))))
def test_integers_and_nulls_stay(values: list[int | None]) -> None:
    assert read(Column("n", INTEGER, Wire.INTEGER, nullable=True), *values) == values


@given(st.lists(st.one_of(st.none(), st.text())))
def test_texts_stay_as_received(values: list[str | None]) -> None:
    assert read(Column("t", TEXT, Wire.TEXT, nullable=True), *values) == values


@given(st.recursive(st.none() | st.booleans() | st.integers() | amounts | st.text(), st.lists))
def test_json_text_reads_back(value: object) -> None:
    """Undeclared fields keep their digits."""
    assert msgspec.json.Decoder(float_hook=Decimal).decode(json_text(value)) == value


def test_a_postcode_may_be_a_number() -> None:
    assert read(Column("postcode", TEXT, Wire.TEXT_OR_NUMBER, nullable=True), "8000", 8000, None) == [
        "8000",
        "8000",
        None,
    ]


def test_currency_ids_become_codes() -> None:
    assert read(Column("currency", TEXT, Wire.CURRENCY), 1, 2, 1) == ["CHF", "EUR", "CHF"]


def test_a_missing_or_null_list_is_empty() -> None:
    column = Column("attachment_ids", JSON, Wire.LIST, required=False)
    assert read(column, ["a", "b"], [], None, MISSING) == ['["a","b"]', "[]", "[]", "[]"]


def test_an_empty_text_is_no_date() -> None:
    assert read(Column("d", DATE, Wire.DATE, nullable=True), "", None, "2026-07-01") == [None, None, date(2026, 7, 1)]


def test_a_field_of_some_types_is_demanded_of_these_only() -> None:
    column = Column("tax_id", INTEGER, Wire.INTEGER, nullable=True, of_types=("Custom",))
    reader = ColumnReader(column, {})
    assert reader.read([MISSING, 14, None], ["Text", "Custom", "Custom"]) == [None, 14, None]
    with pytest.raises(MismatchError, match="missing") as caught:
        reader.read([MISSING, MISSING], ["Text", "Custom"])
    assert caught.value.index == 1


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        (Column("n", INTEGER, Wire.INTEGER), "12", "string"),
        (Column("n", INTEGER, Wire.INTEGER), Decimal("1.0"), "number"),
        (Column("n", INTEGER, Wire.INTEGER), True, "boolean"),
        (Column("n", INTEGER, Wire.INTEGER), None, "null"),
        (Column("n", INTEGER, Wire.INTEGER), MISSING, "nothing (the field is missing)"),
        (Column("n", INTEGER, Wire.INTEGER, nullable=True), MISSING, "nothing (the field is missing)"),
        (Column("n", INTEGER, Wire.INTEGER), 2**63, "integer that is too large for 64 bits"),
        (Column("b", BOOLEAN, Wire.BOOLEAN), 1, "integer"),
        (Column("t", TEXT, Wire.TEXT), {"a": 1}, "object"),
        (Column("t", TEXT, Wire.TEXT), 5, "integer"),
        (Column("d", DATE, Wire.DATE), "gestern", "string that is not a date"),
        (Column("d", DATE, Wire.DATE), "", "string that is not a date"),
        (Column("at", TIMESTAMP, Wire.TIMESTAMP), "2026-07-01", "string that is not a date-time"),
        (Column("at", TIMESTAMP, Wire.TIMESTAMP), "0001-01-01T00:00:00+14:00", "string that is not a date-time"),
        (Column("l", JSON, Wire.LIST), {}, "object"),
        (Column("c", TEXT, Wire.CURRENCY), 9, "integer that is not in the list of currencies"),
        (amount(Wire.NUMBER), "1.50", "string"),
        (amount(Wire.DECIMAL_TEXT), Decimal("1.50"), "number"),
        (amount(Wire.DECIMAL_TEXT), "1'000.50", "string that is not a decimal number"),
        (amount(Wire.DECIMAL_TEXT), "NaN", "string that is not a decimal number"),
        (amount(Wire.DECIMAL_TEXT), "", "string that is not a decimal number"),
        (amount(Wire.NUMBER), 10**12, "integer that is too large for 12 digits before the point"),
        (amount(Wire.NUMBER, FACTOR), Decimal("1E+999999"), "number that is too large for 10 digits before the point"),
        (amount(Wire.NUMBER, MONEY), Decimal("9999999999999999.995"), "number that is too large"),
    ],
)
def test_what_is_not_declared_is_refused_by_kind_not_by_value(column: Column, value: object, found: str) -> None:
    with pytest.raises(MismatchError) as caught:
        read(column, value)
    assert caught.value.found.startswith(found)


def test_the_first_wrong_row_is_named() -> None:
    with pytest.raises(MismatchError) as caught:
        read(Column("n", INTEGER, Wire.INTEGER), 1, 2, "drei", "vier")
    assert caught.value.index == 2


@pytest.mark.parametrize("zero", [Decimal("-0.0"), Decimal("0E+30"), 0])
def test_zero_is_zero(zero: Decimal) -> None:
    assert read(amount(Wire.NUMBER), zero) == [Decimal(0)]
    assert pl.Series(read(amount(Wire.NUMBER), zero), dtype=AMOUNT).to_list() == [Decimal(0)]
