"""Returns and reconciliations as plain values for JSON: amounts as decimal strings, dates ISO, frames as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path

import polars as pl

from bexio_analytics.periods import VatPeriod


def plain(value: object) -> object:  # noqa: PLR0911 - one return for each kind of value
    """A return, a bridge, a statement or a comparison as JSON can hold it.

    Fields become keys in their order, a pair as a key is joined by a blank (``383 8.1``), a period is written as on the
    command line.

    Raises:
        TypeError: a value of a kind that occurs in none of them.
    """
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, VatPeriod | Decimal | Path):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, pl.DataFrame):
        return [plain(row) for row in value.iter_rows(named=True)]
    if isinstance(value, Mapping):
        return {_key(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def _key(key: object) -> str:
    if isinstance(key, tuple):
        return " ".join(str(plain(each)) for each in key)
    return str(plain(key))
