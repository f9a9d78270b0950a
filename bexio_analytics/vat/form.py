"""The arithmetic of the two forms: from declared boxes to computed ones.

Effective method: Art. 36 MWSTG. Net tax rates: Art. 37 MWSTG; until 2024 two rates (32x, 33x) and credits (470, 471),
from 2025 all rates in 322 and 323, and corrections (415) owed on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from bexio_analytics import law

RAPPEN = Decimal("0.01")
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Form:
    """A completed form; amounts in CHF.

    Attributes:
        ziffern: every box: turnover, deductions and bases for 200 to 383, tax for 399 to 510, flows of 900 and 910.
        tax: tax column of the boxes that have one (301 to 383; net tax rates: 321 to 383), rounded to the Rappen each.
        payable: 399 minus 479, signed: positive is owed (500), negative a credit (510).
        form_rounding: 399 minus the sum of the rounded taxes, at most a few Rappen.
    """

    ziffern: dict[str, Decimal]
    tax: dict[str, Decimal]
    payable: Decimal
    form_rounding: Decimal


@cache
def boxes(*parts: str, method: str = "effective", day: date = date.max) -> tuple[str, ...]:
    """The boxes of a form that belong to one of the parts, in the order of the form.

    Args:
        parts: as in ``law.ziffern``.
        method: ``effective`` or ``net_tax``.
        day: a day of the period; by default the form in force.
    """
    return tuple(z.ziffer for z in law.ziffern(method, day) if z.part in parts)


@cache
def statutory_rate(ziffer: str) -> Decimal | None:
    """The rate in percent that a supply box (301 … 343) stands for, None for any other box."""
    for box in law.ziffern():
        if box.ziffer == ziffer and box.rate_kind is not None and box.valid_from is not None:
            return law.rate_on(box.rate_kind, box.valid_from)
    return None


def complete_form(declared: Mapping[str, Decimal], acquisition: Mapping[tuple[str, Decimal], Decimal]) -> Form:
    """Compute 289, 299, 399, 479, 500 and 510 and the tax of every line.

    Args:
        declared: CHF by box, without computed and acquisition boxes; absent boxes are 0.00.
        acquisition: base in CHF by box (381 to 383) and rate in percent: acquisition tax is owed at the rate of the
            service, so one box may hold several rates.

    Tax is base × rate, half up to the Rappen; 399 is rounded once from unrounded products (eCH-0217, rule MWST-0006).
    Acquisition bases are part of neither 200 nor 299, and 205 is information only.

    Raises:
        KeyError: a box that the form does not have, or that is computed.
    """
    enterable = boxes("turnover", "memo", "deduction", "supply", "input", "input_reduction", "other_flow")
    unknown = sorted(set(declared) - set(enterable)) + sorted({z for z, _ in acquisition} - set(boxes("acquisition")))
    if unknown:
        raise KeyError(f"no box of the form takes an entry for {', '.join(unknown)}")
    ziffern = {box: declared.get(box, ZERO) for box in enterable}
    exact: dict[str, Decimal] = {}
    for box in boxes("supply"):
        exact[box] = ziffern[box] * (statutory_rate(box) or ZERO) / 100
    for box in boxes("acquisition"):
        parts = {rate: base for (ziffer, rate), base in acquisition.items() if ziffer == box}
        ziffern[box] = sum(parts.values(), ZERO)
        exact[box] = sum((base * rate / 100 for rate, base in parts.items()), ZERO)
    tax = {box: _to_rappen(amount) for box, amount in exact.items()}
    ziffern["289"] = sum((ziffern[box] for box in boxes("deduction")), ZERO)
    ziffern["299"] = ziffern["200"] - ziffern["289"]
    ziffern["399"] = _to_rappen(sum(exact.values(), ZERO))
    ziffern["479"] = sum((ziffern[box] for box in boxes("input")), ZERO) - sum(
        (ziffern[box] for box in boxes("input_reduction")), ZERO
    )
    payable = ziffern["399"] - ziffern["479"]
    ziffern["500"] = max(payable, ZERO)
    ziffern["510"] = max(-payable, ZERO)
    ordered = {z.ziffer: ziffern[z.ziffer] for z in law.ziffern()}
    return Form(ordered, tax, payable, ziffern["399"] - sum(tax.values(), ZERO))


def complete_net_form(
    declared: Mapping[str, Decimal],
    supplies: Mapping[tuple[str, Decimal], Decimal],
    acquisition: Mapping[tuple[str, Decimal], Decimal],
    day: date,
) -> Form:
    """Compute the form of net tax rates: 289, 299, the tax of every line, 399, 479, 500 and 510.

    Args:
        declared: CHF by box, without supplies, computed and acquisition boxes; absent boxes are 0.00. 470 and 471 are
            taxes credited, 415 (from 2025) a tax owed on top.
        supplies: gross turnover in CHF by box (321 to 333) and net tax rate in percent. From 2025 one box holds all
            rates.
        acquisition: base in CHF by box (381 to 383) and rate in percent.
        day: a day of the period, which decides the form.

    Tax is gross turnover × net tax rate, rounded once at the end (eCH-0217 chapter 6.2.1). 479 is 470 + 471, and
    from 2025 minus 415, so that 500 and 510 are 399 minus 479 on every form.

    Raises:
        KeyError: a box that the form of that day does not have, or that is computed.
    """

    def of(*parts: str) -> tuple[str, ...]:
        return boxes(*parts, method=law.NET_TAX, day=day)

    enterable = of("turnover", "memo", "deduction", "net_credit", "net_correction", "other_flow")
    unknown = sorted(set(declared) - set(enterable)) + sorted({z for z, _ in supplies} - set(of("net_supply")))
    unknown += sorted({z for z, _ in acquisition} - set(of("acquisition")))
    if unknown:
        raise KeyError(f"no box of the form takes an entry for {', '.join(unknown)}")
    ziffern = {box: declared.get(box, ZERO) for box in enterable}
    exact: dict[str, Decimal] = {}
    for part, lines in (("net_supply", supplies), ("acquisition", acquisition)):
        for box in of(part):
            parts = {rate: base for (ziffer, rate), base in lines.items() if ziffer == box}
            ziffern[box] = sum(parts.values(), ZERO)
            exact[box] = sum((base * rate / 100 for rate, base in parts.items()), ZERO)
    tax = {box: _to_rappen(amount) for box, amount in exact.items()}
    ziffern["289"] = sum((ziffern[box] for box in of("deduction")), ZERO)
    ziffern["299"] = ziffern["200"] - ziffern["289"]
    ziffern["399"] = _to_rappen(sum(exact.values(), ZERO))
    ziffern["479"] = sum((ziffern[box] for box in of("net_credit")), ZERO) - sum(
        (ziffern[box] for box in of("net_correction")), ZERO
    )
    payable = ziffern["399"] - ziffern["479"]
    ziffern["500"] = max(payable, ZERO)
    ziffern["510"] = max(-payable, ZERO)
    ordered = {z.ziffer: ziffern[z.ziffer] for z in law.ziffern(law.NET_TAX, day)}
    return Form(ordered, tax, payable, ziffern["399"] - sum(tax.values(), ZERO))


def _to_rappen(amount: Decimal) -> Decimal:
    return amount.quantize(RAPPEN, ROUND_HALF_UP) + ZERO
