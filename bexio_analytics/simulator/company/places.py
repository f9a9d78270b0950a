"""Countries, currencies and the rates Muster Handels AG books foreign currencies at."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bexio_analytics.simulator.company.formats import ONE, dec, number

# id, name, bexio's short name (not ISO for some), ISO 3166 alpha 2
_COUNTRIES = (
    (1, "Schweiz", "CH", "CH"),
    (2, "Deutschland", "DE", "DE"),
    (3, "Österreich", "AT", "AT"),
    (4, "Liechtenstein", "FL", "LI"),
    (5, "Frankreich", "F", "FR"),
    (6, "Italien", "IT", "IT"),
    (7, "Irland", "IRL", "IE"),
    (8, "USA", "USA", "US"),
    (9, "Luxemburg", "LUX", "LU"),
    (10, "Niederlande", "NL", "NL"),
    (11, "Japan", "JP", "JP"),
    (12, "Vereinigtes Königreich", "UK", "GB"),
)
COUNTRY_IDS = {iso: country_id for country_id, _, _, iso in _COUNTRIES}
COUNTRY_NAMES = {iso: name for _, name, _, iso in _COUNTRIES}

CURRENCY_IDS = {"CHF": 1, "EUR": 2, "USD": 3, "GBP": 4, "JPY": 8}
ROUND_FACTORS = {"CHF": dec("0.05"), "EUR": dec("0.01"), "USD": dec("0.01"), "GBP": dec("0.01"), "JPY": ONE}
_UNITS = {"JPY": dec(100)}

# Invented rates, CHF per unit (JPY: per 100), for January 2025; they drift by the monthly steps that follow.
_START = {"EUR": dec("0.9412"), "USD": dec("0.8874"), "JPY": dec("0.5721")}
_STEPS = tuple(dec(step) for step in ("-0.0008", "0.0011", "-0.0016", "0.0004", "-0.0005", "0.0009", "-0.0012"))


def rate_on(currency: str, day: date) -> Decimal:
    """The rate of a month: CHF per unit of the currency, for JPY per 100; 1 for CHF."""
    if currency == "CHF":
        return ONE
    months = (day.year - 2025) * 12 + day.month - 1
    drift = sum((_STEPS[step % len(_STEPS)] for step in range(months)), Decimal(0))
    return _START[currency] + drift


def in_francs(amount: Decimal, currency: str, rate: Decimal) -> Decimal:
    """An amount in CHF, unrounded; yen are quoted per 100."""
    return amount * rate / _UNITS.get(currency, ONE)


def country_records() -> list[dict[str, object]]:
    """Rows of ``/2.0/country``."""
    return [
        {"id": country_id, "name": name, "name_short": short, "iso_3166_alpha2": iso}
        for country_id, name, short, iso in _COUNTRIES
    ]


def currency_records() -> list[dict[str, object]]:
    """Rows of ``/3.0/currencies``."""
    return [
        {"id": currency_id, "name": code, "round_factor": number(ROUND_FACTORS[code])}
        for code, currency_id in CURRENCY_IDS.items()
    ]
