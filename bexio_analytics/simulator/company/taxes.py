"""Tax codes of Muster Handels AG: bexio's standard list of two rate generations and two codes of its own.

The own codes are what a bookkeeper created by hand: ``V-ALT`` reaches no box of the form, ``UOPT`` only memo box 205.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from bexio_analytics import law
from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.formats import ZERO, new_uuid, number, text2

_SINCE = {2018, 2023}
_SWITCHED_ON = {"US38", "UO81", "ULA", "UNO", "SPE", "BZB81", "BZM81", "VB38"}
_BEXIO_START = 2023, 7
_TODAY = date(2026, 1, 1)
OWN_CODE_WITHOUT_BOX = "V-ALT"
OWN_CODE_MEMO_ONLY = "UOPT"


@dataclass(frozen=True, slots=True)
class TaxCode:
    """One tax code; ``rate`` in percent (100: the amount is the tax), ``digit`` the box, ``net_rate`` for net tax."""

    id: int
    code: str
    digit: str
    kind: str
    rate: Decimal
    account_no: str
    title: str
    is_active: bool
    start: tuple[int, int] | None
    end: tuple[int, int] | None
    net_rate: Decimal | None = None

    @property
    def is_acquisition(self) -> bool:
        """Reverse charge: the input leg is booked against 2203."""
        return self.kind.startswith("pre_regards_tax")

    @property
    def is_customs(self) -> bool:
        """Import tax: the amount is the tax."""
        return self.kind.startswith("pre_customs_tax")

    @property
    def is_input(self) -> bool:
        """Any code of the purchase side."""
        return self.kind.startswith("pre_")


@cache
def tax_codes() -> tuple[TaxCode, ...]:
    """All codes in the order of their ids; the same name may occur once per rate generation."""
    standard = [c for c in law.standard_tax_codes() if c.valid_till is None or c.valid_till.year >= max(_SINCE)]
    codes = []
    for c in standard:
        dated = c.valid_from.year in _SINCE
        active = (c.is_active_by_default or c.code in _SWITCHED_ON) and c.valid_till is None
        start = _BEXIO_START if dated and c.valid_till is None else (c.valid_from.year, c.valid_from.month)
        end = (c.valid_till.year, c.valid_till.month) if c.valid_till else None
        codes.append((c.code, c.ziffer, c.kind, c.rate, c.account_no, c.title, active, start if dated else None, end))
    rate = law.rate_on("normal", _TODAY) or ZERO
    title = "Vorsteuer alt"
    codes.append((OWN_CODE_WITHOUT_BOX, "", "pre_tax_investment", rate, "1171", title, True, None, None))
    codes.append((OWN_CODE_MEMO_ONLY, "205", "opted_sales_tax", rate, "2200", "Miete mit Option", True, None, None))
    return tuple(TaxCode(place, *values) for place, values in enumerate(codes, 1))


@cache
def by_code() -> dict[str, TaxCode]:
    """Codes by name; where a name occurs twice, the newer generation."""
    return {tax.code: tax for tax in tax_codes()}


def tax_records(rng: random.Random, codes: Iterable[TaxCode] | None = None) -> list[dict[str, object]]:
    """Rows of ``/3.0/taxes``; of Muster Handels AG unless other codes are given."""
    accounts = chart()
    return [
        {
            "id": tax.id,
            "uuid": new_uuid(rng),
            "name": f"lib.model.tax.ch.{tax.kind}_{tax.digit}_{tax.code.lower()}.name" if tax.start else tax.title,
            "code": tax.code,
            "digit": tax.digit,
            "type": tax.kind,
            "account_id": accounts[tax.account_no].id,
            "tax_settlement_type": "none",
            "value": number(tax.rate),
            "net_tax_value": None if tax.net_rate is None else text2(tax.net_rate),
            "start_year": tax.start[0] if tax.start else None,
            "end_year": tax.end[0] if tax.end else None,
            "is_active": tax.is_active,
            "display_name": f"{tax.code} - {tax.title} {tax.rate:.2f}%",
            "start_month": tax.start[1] if tax.start else None,
            "end_month": tax.end[1] if tax.end else None,
        }
        for tax in codes or tax_codes()
    ]
