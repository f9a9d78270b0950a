"""What the portal recomputes from a declaration: exact until the last step (eCH-0217, rules MWST-0005 and 0006)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from bexio_analytics.vat.ech0217.declaration import (
    ZERO,
    AtActivity,
    AtRate,
    Credits,
    Effective,
    ExportInvoice,
    Method,
    SimpleRates,
)

RAPPEN = Fraction(1, 100)
FIVE_RAPPEN = Fraction(5, 100)


def supplies_total(method: Method) -> Decimal:
    """Turnover of all supply lines; acquisition tax is no turnover."""
    return sum((line.turnover for line in method.supplies), ZERO)


def tax_owed(method: Method) -> Fraction:
    """Box 399, unrounded: net turnover × rate, or the tax contained in gross turnover of the effective method.

    Net and flat tax rates apply to gross turnover as they are (Art. 37 para. 2 MWSTG).
    """
    contained = isinstance(method, Effective) and method.is_gross
    return _tax(method.supplies, contained=contained) + _tax(method.acquisitions, contained=False)


def tax_deducted(method: Method) -> Fraction | None:
    """Box 479, unrounded, or None where forms 1055 or 1056 are sent line by line: their arithmetic is not published.

    Box 415 of the activity form is owed on top, so it counts negative here.
    """
    match method:
        case Effective():
            total = method.material + method.investments + method.subsequent - method.corrections - method.reductions
            return Fraction(total)
        case SimpleRates():
            return -Fraction(method.corrections)
        case _:
            return _credits(method.credits)


def tax_payable(method: Method) -> Fraction | None:
    """399 minus 479, unrounded and signed; None where 479 is not known."""
    deducted = tax_deducted(method)
    return None if deducted is None else tax_owed(method) - deducted


def to_rappen(amount: Fraction) -> Decimal:
    """Round half up, away from zero, to 0.01 CHF."""
    rappen = (abs(amount) * 200 + 1) // 2
    return _decimal(rappen if amount >= 0 else -rappen)


def accepted_payable(method: Method) -> tuple[Decimal, ...]:
    """Every amount that rule MWST-0006 accepts as ``payableTax``, the plain one first; empty where it is not known.

    Plain is the exact sum rounded to the Rappen. Where input tax makes an exact half-Rappen change its sign, 399
    rounded first is as commercial a rounding, so both hold. A last rounding down to 5 Rappen, in favour of the
    taxpayer, is tolerated: less is owed, or more is credited.
    """
    exact, deducted = tax_payable(method), tax_deducted(method)
    if exact is None or deducted is None:
        return ()
    plain = to_rappen(exact)
    by_form = to_rappen(tax_owed(method)) - to_rappen(deducted)
    found = [plain]
    if abs(Fraction(by_form) - exact) <= RAPPEN / 2:
        found.append(by_form)
    found += [_down_to_five(Fraction(plain)), _down_to_five(exact)]
    return tuple(dict.fromkeys(found))


def _tax(lines: Iterable[AtRate | AtActivity | ExportInvoice], *, contained: bool) -> Fraction:
    total = Fraction(0)
    for line in lines:
        rate = Fraction(line.rate)
        total += Fraction(line.turnover) * rate / (100 + rate if contained else 100)
    return total


def _credits(credits_: Credits) -> Fraction | None:
    if isinstance(credits_.deemed_input, tuple) or isinstance(credits_.margin, tuple):
        return None
    exports = credits_.exports
    credited = _tax(exports, contained=False) if isinstance(exports, tuple) else Fraction(exports)
    return credited + Fraction(credits_.deemed_input) + Fraction(credits_.margin)


def _down_to_five(amount: Fraction) -> Decimal:
    return _decimal(int(amount // FIVE_RAPPEN) * 5)


def _decimal(rappen: int) -> Decimal:
    return Decimal(rappen).scaleb(-2)
