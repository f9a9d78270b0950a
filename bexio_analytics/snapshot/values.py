"""One column of wire values at a time: checked against its declaration and turned into Python values.

A whole answer is converted column by column, because most columns need no more than one look at the types that occur.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import msgspec
import polars as pl

from bexio_analytics.snapshot.moments import parse_day, parse_moment
from bexio_analytics.snapshot.schema import Column, Wire

_DECIMAL_TEXT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_INT64: Final = range(-(2**63), 2**63)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class _Missing:
    """The field is not there at all, which is not the same as null."""


MISSING: Final = _Missing()

_NAMES: Final[Mapping[type, str]] = {
    _Missing: "nothing (the field is missing)",
    type(None): "null",
    bool: "boolean",
    int: "integer",
    Decimal: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class MismatchError(Exception):
    """Row ``index`` of the answer has ``found`` (a description, never the value) in a column that declares another."""

    def __init__(self, index: int, found: str) -> None:
        super().__init__(found)
        self.index = index
        self.found = found


class _Unreadable(ValueError):  # noqa: N818  # internal signal, becomes a MismatchError
    """The value has the right JSON type but not the declared form."""


def describe(value: object) -> str:
    """What kind of JSON value this is, without saying the value."""
    return _NAMES[type(value)]


class ColumnReader:
    """Converts the values of one column; counts values that had more decimals than the column keeps."""

    def __init__(self, column: Column, currencies: Mapping[int, str]) -> None:
        self.column = column
        self.rounded = 0
        self._currencies = currencies
        self._types, self._convert = self._conversion()

    def read(self, values: Sequence[Any], kinds: Sequence[Any] | None = None) -> list[Any]:
        """Python values of the column's type, null as None.

        Args:
            values: As decoded from JSON, numbers with a decimal point as Decimal; `MISSING` where there is no field.
            kinds: The ``type`` of each row, needed for columns that only some kinds of row have.

        Raises:
            MismatchError: a value is not what the column declares.
        """
        occurring = set(map(type, values))
        absent = occurring & {_Missing, type(None)}
        if absent:
            self._check_absent(values, kinds)
        if occurring - absent - self._types:
            index = next(i for i, value in enumerate(values) if type(value) not in self._types | absent)
            raise MismatchError(index, describe(values[index]))
        if self._convert is None:
            return [None if value is MISSING else value for value in values] if _Missing in absent else list(values)
        return self._converted(values, self._convert)

    def _converted(self, values: Sequence[Any], convert: Callable[[Any], Any]) -> list[Any]:
        in_place_of_null = "[]" if self.column.wire is Wire.LIST else None
        is_blank_null = self.column.nullable and self.column.wire in {Wire.DATE, Wire.TIMESTAMP}
        converted: list[Any] = []
        for index, value in enumerate(values):
            if value is None or value is MISSING or (is_blank_null and not value):
                converted.append(in_place_of_null)
                continue
            try:
                converted.append(convert(value))
            except _Unreadable as error:
                raise MismatchError(index, f"{describe(value)} that is {error}") from error
        return converted

    def _check_absent(self, values: Sequence[Any], kinds: Sequence[Any] | None) -> None:
        column = self.column
        for index, value in enumerate(values):
            if value is MISSING:
                demanded = column.required
                if column.of_types:
                    demanded = kinds is not None and kinds[index] in column.of_types
            else:
                demanded = value is None and not column.nullable and column.wire is not Wire.LIST
            if demanded:
                raise MismatchError(index, describe(value))

    def _conversion(self) -> tuple[set[type], Callable[[Any], Any] | None]:
        conversions: dict[Wire, tuple[set[type], Callable[[Any], Any] | None]] = {
            Wire.INTEGER: ({int}, _int64),
            Wire.TEXT: ({str}, None),
            Wire.TEXT_OR_NUMBER: ({str, int, Decimal}, str),
            Wire.BOOLEAN: ({bool}, None),
            Wire.NUMBER: ({int, Decimal}, self._fitting),
            Wire.DECIMAL_TEXT: ({str}, self._from_text),
            Wire.NUMBER_OR_DECIMAL_TEXT: ({int, Decimal, str}, self._from_text),
            Wire.DATE: ({str}, _day),
            Wire.TIMESTAMP: ({str}, _moment),
            Wire.LIST: ({list}, json_text),
            Wire.CURRENCY: ({int}, self._currency),
        }
        return conversions[self.column.wire]

    def _from_text(self, value: Decimal | int | str) -> Decimal:
        if isinstance(value, str):
            if not _DECIMAL_TEXT.fullmatch(value):
                raise _Unreadable("not a decimal number")
            value = Decimal(value)
        return self._fitting(value)

    def _fitting(self, value: Decimal | int) -> Decimal:
        dtype = self.column.dtype
        if not isinstance(dtype, pl.Decimal) or dtype.precision is None:
            raise TypeError(f"{self.column.name} is not a decimal column")
        exact = Decimal(value)
        if exact.adjusted() >= dtype.precision - dtype.scale and exact:
            raise _Unreadable(f"too large for {dtype.precision - dtype.scale} digits before the point")
        fitting = exact.quantize(Decimal(1).scaleb(-dtype.scale), rounding=ROUND_HALF_UP)
        if fitting != exact:
            self.rounded += 1
            if fitting.adjusted() >= dtype.precision - dtype.scale:
                raise _Unreadable(f"too large for {dtype.precision - dtype.scale} digits before the point")
        return fitting

    def _currency(self, value: int) -> str:
        code = self._currencies.get(value)
        if code is None:
            raise _Unreadable("not in the list of currencies")
        return code


def _int64(value: int) -> int:
    if value not in _INT64:
        raise _Unreadable("too large for 64 bits")
    return value


def _day(value: str) -> date:
    try:
        return parse_day(value)
    except (ValueError, OverflowError) as error:
        raise _Unreadable("not a date") from error


def _moment(value: str) -> datetime:
    try:
        return parse_moment(value)
    except (ValueError, OverflowError) as error:
        raise _Unreadable("not a date-time") from error


def json_text(value: object) -> str:
    """Compact JSON with the digits of decimal numbers as they were received."""
    return _ENCODER.encode(value).decode()
