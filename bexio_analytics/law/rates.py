"""Statutory rates and net tax rates by date of supply (Art. 25, 37 and 115 MWSTG)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from bexio_analytics.law.reading import entries


@dataclass(frozen=True, slots=True)
class VatRate:
    """One statutory rate: ``kind`` is normal, reduced or accommodation, ``rate`` percent, dates inclusive."""

    kind: str
    rate: Decimal
    valid_from: date
    valid_till: date | None
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class NetTaxRate:
    """One step of the ladder of net tax rates (Saldosteuersätze), in percent."""

    rate: Decimal
    valid_from: date
    valid_till: date | None
    source: str


@cache
def vat_rates() -> tuple[VatRate, ...]:
    """All statutory rates, scenarios included: look at ``status`` before use."""
    return tuple(
        VatRate(row["kind"], row["rate"], row["valid_from"], row.get("valid_till"), row["status"], row["source"])
        for row in entries("vat_rates.toml", "vat_rate", scenario=True)
    )


def rate_on(kind: str, day: date, *, scenario: bool = False) -> Decimal | None:
    """The statutory rate of a kind for a supply on ``day``, or None before 2011.

    Args:
        kind: normal, reduced or accommodation.
        day: date of supply.
        scenario: what would hold if planned changes became law, for those who ask; never used by a return.
    """
    statuses = ("scenario", "law") if scenario else ("law",)
    for status in statuses:
        for rate in vat_rates():
            in_force = rate.valid_from <= day and (rate.valid_till is None or day <= rate.valid_till)
            if (rate.kind, rate.status) == (kind, status) and in_force:
                return rate.rate
    return None


@cache
def net_tax_rates() -> tuple[NetTaxRate, ...]:
    """The ladders of net tax rates since 2018 (SR 641.202.62)."""
    return tuple(
        NetTaxRate(rate, row["valid_from"], row.get("valid_till"), row["source"])
        for row in entries("net_tax_rates.toml", "ladder")
        for rate in row["rates"]
    )
