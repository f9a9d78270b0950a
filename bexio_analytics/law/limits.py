"""Limits, deadlines and interest as dated, cited data; amounts in CHF, rates in percent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from bexio_analytics.law.reading import entries

_FILE = "limits.toml"
_DAYS_OF_YEAR = 360
_FIRST_ANNUAL_FILING = 2025


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount in CHF, a share in percent or a number of days that the law names, with the days it is in force."""

    name: str
    amount: Decimal
    valid_from: date
    valid_till: date
    source: str


@dataclass(frozen=True, slots=True)
class Instalment:
    """One instalment of a year that is filed once: due on a day; the ESTV asks for none below ``minimum`` CHF."""

    due_on: date
    minimum: Decimal
    source: str


@cache
def _rows(key: str) -> tuple[dict[str, Any], ...]:
    return tuple(entries(_FILE, key))


def _in_force(row: dict[str, Any], day: date) -> bool:
    first: date = row.get("valid_from", date.min)
    last: date = row.get("valid_till", date.max)
    return first <= day <= last


def limits() -> tuple[Limit, ...]:
    """Every limit of the law; where a first or last day is open, the first or last there is."""
    return tuple(
        Limit(
            row["name"],
            Decimal(row["amount"]),
            row.get("valid_from", date.min),
            row.get("valid_till", date.max),
            row["source"],
        )
        for row in _rows("limit")
    )


def limit(name: str, day: date) -> Decimal:
    """An amount, share or number of days of the law on a day.

    Raises:
        KeyError: there is no limit of that name on that day.
    """
    for row in _rows("limit"):
        if row["name"] == name and _in_force(row, day):
            return Decimal(row["amount"])
    raise KeyError(f"the law has no limit {name} on {day}")


def interest_rate(day: date) -> Decimal | None:
    """Default interest in percent a year on a day, or None where none is known."""
    for row in _rows("interest"):
        if _in_force(row, day):
            rate: Decimal = row["rate"]
            return rate
    return None


def default_interest(tax: Decimal, due_on: date, paid_on: date) -> Decimal | None:
    """Interest in CHF on tax paid late, by days and years of 360 days (not confirmed); 0.00 below the ESTV's minimum.

    Args:
        tax: amount owed in CHF.
        due_on: last day to pay.
        paid_on: day of payment.

    Returns:
        None where the rate of a year in between is not known.
    """
    exact = Decimal(0)
    day = due_on
    while day < paid_on:
        until = min(paid_on, date(day.year, 12, 31)) if day < date(day.year, 12, 31) else day + timedelta(days=1)
        rate = interest_rate(until)
        if rate is None:
            return None
        exact += tax * rate * (until - day).days / 100 / _DAYS_OF_YEAR
        day = until
    amount = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return amount if amount >= limit("interest_charged_from", paid_on) else Decimal("0.00")


def instalments(method: str, year: int) -> tuple[Instalment, ...]:
    """The instalments of a year that is filed once (Art. 86a MWSTG); none before 2025."""
    if year < _FIRST_ANNUAL_FILING:
        return ()
    return tuple(
        Instalment(date.fromisoformat(f"{year}-{day}"), Decimal(row["minimum"]), row["source"])
        for row in _rows("instalment")
        if row["method"] == method
        for day in row["days"]
    )
