"""The boxes (Ziffern) of the form that a declaration fills, computed ones included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from bexio_analytics import law
from bexio_analytics.vat.ech0217.arithmetic import tax_deducted, tax_owed, to_rappen
from bexio_analytics.vat.ech0217.declaration import (
    ZERO,
    AtRate,
    Credits,
    Declaration,
    Effective,
    SimpleRates,
)

_OLD_SUPPLIES = "T"
_FIRST_OLD = "T0011"


def ziffern_of(declaration: Declaration) -> dict[str, Decimal]:
    """CHF by box: turnover for 200 to 383, tax for 399 to 510, flows for 900 and 910.

    The file has no boxes but rates. A supply line goes to the latest box that had its rate by the end of the period,
    so 3.8 % of a period of 2026 is 343; a line of an earlier era with an equal rate cannot be told from it. Net tax
    rates: from 2025 everything is 323 but supplies until 2023 (technical codes), which are 322; the two columns of
    the form until 2024 cannot be told apart in the file, so their boxes are left out.

    Boxes 399 and 479 are recomputed, and rounded each; 471 and 479 are left out where a form is sent line by line.
    """
    turnover, method = declaration.turnover, declaration.method
    found = {
        "200": turnover.total,
        "220": turnover.exports,
        "221": turnover.abroad,
        "225": turnover.notification,
        "230": turnover.exempt,
        "235": turnover.reductions,
        "280": turnover.various.amount if turnover.various else ZERO,
        "289": turnover.deductions,
        "299": turnover.taxable,
        "399": to_rappen(tax_owed(method)),
        "500": max(declaration.payable, ZERO),
        "510": max(-declaration.payable, ZERO),
        "900": declaration.subsidies,
        "910": declaration.donations,
    }
    deducted = tax_deducted(method)
    if deducted is not None:
        found["479"] = to_rappen(deducted)
    till = declaration.general.period_till
    _add(found, method.acquisitions, "acquisition", till)
    if isinstance(method, Effective):
        _add(found, method.supplies, "supply", till)
        found |= {
            "205": method.opted,
            "400": method.material,
            "405": method.investments,
            "410": method.subsequent,
            "415": method.corrections,
            "420": method.reductions,
        }
    elif isinstance(method, SimpleRates):
        old = [line.activity.startswith(_OLD_SUPPLIES) and line.activity >= _FIRST_OLD for line in method.supplies]
        found["322"] = sum((line.turnover for line, is_old in zip(method.supplies, old, strict=True) if is_old), ZERO)
        found["323"] = sum((line.turnover for line in method.supplies), ZERO) - found["322"]
        found["415"] = method.corrections
    else:
        found |= _credit_boxes(method.credits)
    return dict(sorted(found.items()))


def box_of_rate(rate: Decimal, part: str, till: date) -> str | None:
    """The box a line of a file goes to: the latest of a part whose rate was law by the end of the period, else any.

    Args:
        rate: in percent.
        part: ``supply`` (301 to 343) or ``acquisition`` (381 to 383).
        till: last day of the period.
    """
    eras = {(known.valid_from, known.kind) for known in law.vat_rates() if (known.rate, known.status) == (rate, "law")}
    fitting = {
        start: box.ziffer
        for box in law.ziffern()
        for start, kind in eras
        if box.part == part and box.valid_from == start and (box.rate_kind is None or box.rate_kind == kind)
    }
    in_time = [start for start in fitting if start <= till] or list(fitting)
    return fitting[max(in_time)] if in_time else None


def _credit_boxes(credits_: Credits) -> dict[str, Decimal]:
    found = {}
    if isinstance(credits_.exports, Decimal):
        found["470"] = credits_.exports
    if isinstance(credits_.deemed_input, Decimal) and isinstance(credits_.margin, Decimal):
        found["471"] = credits_.deemed_input + credits_.margin
    return found


def _add(found: dict[str, Decimal], lines: Iterable[AtRate], part: str, till: date) -> None:
    """Put lines on the boxes of a part; all boxes of the part are there afterwards, those of unknown rates apart."""
    boxes = {box.ziffer: box for box in law.ziffern() if box.part == part}
    found |= dict.fromkeys(boxes, ZERO)
    for line in lines:
        box = box_of_rate(line.rate, part, till)
        if box is not None:
            found[box] += line.turnover
