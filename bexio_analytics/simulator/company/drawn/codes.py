"""Tax codes of drawn companies: bexio's list of all three rate generations, own codes, and net tax codes.

A code name may occur once per generation, so codes go by a key: ``UN77/mid``, ``VES/new``; names that occur once and
never expire go by their name. Generations follow the rates: ``old`` until 2017, ``mid`` until 2023, ``new`` since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bexio_analytics import law
from bexio_analytics.simulator.company.formats import ZERO
from bexio_analytics.simulator.company.taxes import TaxCode

ERAS = ("old", "mid", "new")
_RATES = {
    "normal": dict(zip(ERAS, ("UN80", "UN77", "UN81"), strict=True)),
    "reduced": dict(zip(ERAS, ("UR25", "UR25", "UR26"), strict=True)),
    "accommodation": dict(zip(ERAS, ("US38", "US37", "US38"), strict=True)),
    "opted": dict(zip(ERAS, ("UO80", "UO77", "UO81"), strict=True)),
}
_INPUTS = {
    "normal": dict(zip(ERAS, ("80", "77", "81"), strict=True)),
    "reduced": dict(zip(ERAS, ("25", "25", "26"), strict=True)),
    "accommodation": dict(zip(ERAS, ("38", "37", "38"), strict=True)),
}
OWN_PLAIN_REDUCTION, OWN_MARGIN = "EM0", "DIV"
# code, box, type, rate, account, title
_Spec = tuple[str, str, str, Decimal, str, str]
_LAST_OLD, _LAST_MID = date(2017, 12, 31), date(2023, 12, 31)


def era_of(day: date) -> str:
    """The rate generation of a day."""
    return "old" if day <= _LAST_OLD else "mid" if day <= _LAST_MID else "new"


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity with its net tax rate (percent) per generation and the account its sales are booked on."""

    name: str
    account_no: str
    rates: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class CodeBook:
    """All codes of one company by key."""

    codes: Mapping[str, TaxCode]

    def sales(self, kind: str, day: date) -> str:
        """Key of the sales code of a kind (normal, reduced, accommodation, opted) on a day."""
        era = era_of(day)
        return f"{_RATES[kind][era]}/{era}"

    def input(self, letter: str, kind: str, day: date) -> str:
        """Key of the input code of material (M) or other costs (B) of a kind on a day."""
        era = era_of(day)
        return f"V{letter}{_INPUTS[kind][era]}/{era}"

    def acquisition(self, letter: str, day: date) -> str:
        """Key of the acquisition tax code of material (M) or other costs (B) on a day."""
        era = era_of(day)
        return f"BZ{letter}{_INPUTS['normal'][era]}/{era}"

    def dated(self, name: str, day: date) -> str:
        """Key of a code that exists once per generation under the same name, such as VES or an own code."""
        return f"{name}/{era_of(day)}"


def code_book(activities: Sequence[Activity], last_day: date) -> CodeBook:
    """The codes of a company; generations that ended before ``last_day`` are inactive."""
    found: list[tuple[str, TaxCode]] = []

    def add(key: str, spec: _Spec, *, era: str | None = None, net_rate: Decimal | None = None) -> None:
        start, end = _VALIDITY[era] if era else (None, None)
        is_active = end is None or date(*end, 28) >= last_day
        found.append((key, TaxCode(len(found) + 1, *spec, is_active, start, end, net_rate)))

    for c in law.standard_tax_codes():
        is_dated = c.valid_till is not None or c.rate not in {ZERO, Decimal(100)}
        era = era_of(max(c.valid_from, date(2011, 1, 1)) if c.valid_till else date(2024, 1, 1)) if is_dated else None
        key = f"{c.code}/{era}" if era else c.code
        add(key, (c.code, c.ziffer, c.kind, c.rate, c.account_no, c.title), era=era)
    add(OWN_PLAIN_REDUCTION, ("EM0", "235", "not_taxable_turnover", ZERO, "2200", "Entgeltsminderung"))
    add(OWN_MARGIN, ("DIV280", "280", "not_taxable_turnover", ZERO, "2200", "Bodenwert und Margen"))
    for place, era in enumerate(ERAS, 1):
        day = {"old": date(2017, 1, 1), "mid": date(2020, 1, 1), "new": date(2024, 1, 1)}[era]
        rate = law.rate_on("normal", day) or ZERO
        box = f"30{place}"
        add(f"EM/{era}", ("EM", f"235.{box}", "sales_tax", rate, "2200", "Rabatte separat"), era=era)
        add(f"VERK/{era}", (f"Verkauf{rate:.1f}", box, "sales_tax", rate, "2200", "Verkauf eigener Code"), era=era)
        own_input = f"Vorsteuer{rate:.1f}"
        add(f"VORST/{era}", (own_input, "405", "pre_tax_investment", rate, "1171", own_input), era=era)
        for number, activity in enumerate(activities, 1):
            # until 2024 the form has a line for the first and one for the second rate
            digit = f"{'32' if number == 1 else '33'}{place}"
            title = f"Saldosteuersatz {activity.name}"
            net_rate = activity.rates[era]
            spec = (f"SS{number}", digit, "net_tax", rate, "2200", title)
            add(f"SS{number}/{era}", spec, era=era, net_rate=net_rate)
    return CodeBook(dict(found))


_VALIDITY: dict[str, tuple[tuple[int, int], tuple[int, int] | None]] = {
    "old": ((2011, 1), (2017, 12)),
    "mid": ((2018, 1), (2023, 12)),
    "new": ((2023, 7), None),
}
