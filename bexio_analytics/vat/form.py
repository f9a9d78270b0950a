"""The arithmetic of the form: from declared boxes to computed ones. Effective method (Art. 36 MWSTG)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
        tax: tax column of the boxes that have one (301 to 383), rounded to the Rappen each.
        payable: 399 minus 479, signed: positive is owed (500), negative a credit (510).
        form_rounding: 399 minus the sum of the rounded taxes, at most a few Rappen.
    """

    ziffern: dict[str, Decimal]
    tax: dict[str, Decimal]
    payable: Decimal
    form_rounding: Decimal


@cache
def boxes(*parts: str) -> tuple[str, ...]:
    """The boxes of the form that belong to one of the parts, in the order of the form."""
    return tuple(z.ziffer for z in law.ziffern() if z.part in parts)


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


def _to_rappen(amount: Decimal) -> Decimal:
    return amount.quantize(RAPPEN, ROUND_HALF_UP) + ZERO
