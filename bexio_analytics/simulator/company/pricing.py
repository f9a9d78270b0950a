"""Prices of sales documents: positions, document discount, VAT per code and CHF 0.05 rounding.

``vat_mode`` is bexio's ``mwst_type``: 0 computes VAT (on top of net prices or contained in gross prices), 1 and 2
compute none, whatever code a position carries. A document discount is spread over the positions in proportion, so that
the booked net of a position is what was really charged for it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.formats import ZERO, cents, dec, round_to, tax_in, tax_on, text2, text4, text6
from bexio_analytics.simulator.company.places import ROUND_FACTORS
from bexio_analytics.simulator.company.taxes import TaxCode, by_code

_HUNDRED = dec(100)
_Q4 = dec("0.0001")
_UNITS = {1: "Stk", 2: "h"}
_NO_QUANTITY = text6(ZERO)


@dataclass(frozen=True, slots=True)
class Item:
    """One position with a price; ``printed_rate`` only where the document prints another rate than the code's."""

    account_no: str
    code: str
    text: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    unit_id: int = 1
    article_id: int | None = None
    printed_rate: Decimal | None = None

    @property
    def total(self) -> Decimal:
        """Quantity × price less the discount of the position."""
        return cents(self.quantity * self.unit_price * (_HUNDRED - self.discount) / _HUNDRED)


@dataclass(frozen=True, slots=True)
class Taxed:
    """Net and tax of one code of a document; ``exact_tax`` carries four decimals, ``tax`` is what is booked."""

    net: Decimal
    exact_tax: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """A priced document: booked net per position, tax per code, and the totals bexio prints."""

    nets: tuple[Decimal, ...]
    per_code: dict[str, Taxed]
    gross: Decimal
    net: Decimal
    exact_tax: Decimal
    rounding: Decimal
    total: Decimal
    discount: Decimal


def price(
    items: Sequence[Item],
    *,
    vat_mode: int,
    prices_net: bool,
    discount: Decimal,
    currency: str,
    codes: Mapping[str, TaxCode] | None = None,
) -> Price:
    """Price a document; ``discount`` is the document discount in percent, ``codes`` the codes where not the usual."""
    known = codes or by_code()
    positions = [item.total for item in items]
    off = cents(sum(positions, ZERO) * discount / _HUNDRED)
    charged = _less(positions, off)
    per_code: dict[str, Taxed] = {}
    nets = list(charged)
    for code in dict.fromkeys(item.code for item in items):
        places = [place for place, item in enumerate(items) if item.code == code]
        amount = sum((charged[place] for place in places), ZERO)
        rate = known[code].rate
        if vat_mode != 0 or not rate:
            per_code[code] = Taxed(amount, ZERO, ZERO)
        elif prices_net:
            per_code[code] = Taxed(amount, (amount * rate / _HUNDRED).quantize(_Q4), tax_on(amount, rate))
        else:
            tax = tax_in(amount, rate)
            per_code[code] = Taxed(amount - tax, (amount * rate / (_HUNDRED + rate)).quantize(_Q4), tax)
            for place in places:
                nets[place] = charged[place] - tax_in(charged[place], rate)
            nets[places[-1]] += amount - tax - sum((nets[place] for place in places), ZERO)
    booked = sum((taxed.net + taxed.tax for taxed in per_code.values()), ZERO)
    exact_tax = sum((taxed.exact_tax for taxed in per_code.values()), ZERO)
    charged_sum = sum(charged, ZERO)
    total = round_to(booked, ROUND_FACTORS[currency])
    net = charged_sum if prices_net or vat_mode != 0 else charged_sum - exact_tax
    return Price(tuple(nets), per_code, sum(positions, ZERO), net, exact_tax, total - booked, total, off)


def _less(positions: list[Decimal], off: Decimal) -> list[Decimal]:
    """Take ``off`` from the positions in proportion, the last one bearing the rest."""
    if not off:
        return positions
    whole = sum(positions, ZERO)
    shares = [cents(off * position / whole) for position in positions]
    shares[-1] += off - sum(shares, ZERO)
    return [position - share for position, share in zip(positions, shares, strict=True)]


def tax_summary(found: Price, codes: Mapping[str, TaxCode] | None = None) -> list[dict[str, object]]:
    """The ``taxs`` of a document: one entry per rate above zero."""
    known = codes or by_code()
    sums: dict[Decimal, Decimal] = {}
    for code, taxed in found.per_code.items():
        if taxed.tax:
            rate = known[code].rate
            sums[rate] = sums.get(rate, ZERO) + taxed.exact_tax
    return [{"percentage": text2(rate), "value": text4(value)} for rate, value in sums.items()]


class PositionWriter:
    """Writes the positions of documents; ids are unique per type of position only, as bexio has it."""

    def __init__(self, codes: Mapping[str, TaxCode] | None = None) -> None:
        self._codes = codes or by_code()
        self._last: dict[str, int] = {}

    def positions(
        self, items: Sequence[Item], found: Price, *, intro: str | None, rng: random.Random
    ) -> list[dict[str, object]]:
        """All positions of a document: an introducing text, what has a price, subtotal and document discount."""
        rows: list[dict[str, object]] = []
        if intro is not None:
            rows.append(self._bare("KbPositionText", rows) | {"text": intro, "show_pos_nr": False, "pos": ""})
        for number, item in enumerate(items, 1):
            rows.append(self._priced(item, number, rows))
        if found.discount:
            rows.append(self._bare("KbPositionSubtotal", rows) | {"text": "Zwischentotal", "value": text6(found.gross)})
            percent = found.discount * _HUNDRED / found.gross
            rows.append(
                self._bare("KbPositionDiscount", rows)
                | {
                    "text": rng.choice(("Treuerabatt", "Mengenrabatt")),
                    "is_percentual": True,
                    "value": text6(percent.quantize(dec("0.01"))),
                    "discount_total": text6(found.discount),
                }
            )
        return rows

    def _bare(self, kind: str, rows: list[dict[str, object]]) -> dict[str, object]:
        self._last[kind] = self._last.get(kind, 0) + 1
        place = len(rows) + 1
        return {
            "id": self._last[kind],
            "type": kind,
            "internal_pos": place,
            "parent_id": None,
            "is_optional": False,
        }

    def _priced(self, item: Item, number: int, rows: list[dict[str, object]]) -> dict[str, object]:
        tax = self._codes[item.code]
        row = self._bare("KbPositionCustom" if item.article_id is None else "KbPositionArticle", rows)
        row |= {
            "amount": text6(item.quantity),
            "amount_reserved": _NO_QUANTITY,
            "amount_open": _NO_QUANTITY,
            "amount_completed": _NO_QUANTITY,
            "unit_id": item.unit_id,
            "account_id": chart()[item.account_no].id,
            "unit_name": _UNITS[item.unit_id],
            "tax_id": tax.id,
            "tax_value": text2(tax.rate if item.printed_rate is None else item.printed_rate),
            "text": item.text,
            "unit_price": text6(item.unit_price),
            "discount_in_percent": text4(item.discount),
            "position_total": text6(item.total),
            "pos": str(number),
        }
        if item.article_id is not None:
            row["article_id"] = item.article_id
        return row
