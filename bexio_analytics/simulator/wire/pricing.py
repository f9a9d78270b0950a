"""Totals of an invoice the way bexio computes them from its positions.

Works on wire records only. VAT is computed for ``mwst_type`` 0 alone, on top of the prices (``mwst_is_net``) or
contained in them; 1 and 2 compute none, whatever code a position carries. The total is rounded to the round factor of
the currency, the difference shown apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")
_FOUR = Decimal("0.0001")
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Line:
    """A priced position: its ledger account, tax code, rate in percent and amount after its own discount."""

    account_id: int
    tax_id: int
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Totals:
    """Totals of an invoice.

    Attributes:
        gross: Sum of the positions.
        net: Without VAT.
        tax: VAT with four decimals.
        rounding: What rounding adds to net and VAT, in the currency.
        total: What the customer owes.
        nets: Booked net of each position, rounded to 0.01.
        taxes: Booked VAT per tax id, rounded to 0.01; codes without VAT are left out.
        printed: Rate → VAT with four decimals, for the list of rates on the invoice.
    """

    gross: Decimal
    net: Decimal
    tax: Decimal
    rounding: Decimal
    total: Decimal
    nets: tuple[Decimal, ...]
    taxes: Mapping[int, Decimal]
    printed: Mapping[Decimal, Decimal]


def price(lines: Sequence[Line], *, mwst_type: int, mwst_is_net: bool, round_factor: Decimal) -> Totals:
    """Compute the totals of an invoice without document discount."""
    gross = sum((line.amount for line in lines), Decimal(0))
    nets = [line.amount.quantize(_CENT, ROUND_HALF_UP) for line in lines]
    taxes: dict[int, Decimal] = {}
    printed: dict[Decimal, Decimal] = {}
    for tax_id in dict.fromkeys(line.tax_id for line in lines if mwst_type == 0 and line.rate):
        places = [place for place, line in enumerate(lines) if line.tax_id == tax_id]
        rate = lines[places[0]].rate
        amount = sum((lines[place].amount for place in places), Decimal(0))
        exact = amount * rate / (_HUNDRED if mwst_is_net else _HUNDRED + rate)
        taxes[tax_id] = exact.quantize(_CENT, ROUND_HALF_UP)
        printed[rate] = printed.get(rate, Decimal(0)) + exact.quantize(_FOUR, ROUND_HALF_UP)
        if not mwst_is_net:
            for place in places:
                contained = lines[place].amount * rate / (_HUNDRED + rate)
                nets[place] = (lines[place].amount - contained).quantize(_CENT, ROUND_HALF_UP)
            # The last position of a code takes what rounding left over.
            rest = amount.quantize(_CENT, ROUND_HALF_UP) - taxes[tax_id]
            nets[places[-1]] += rest - sum((nets[place] for place in places), Decimal(0))
    booked = sum(nets, Decimal(0)) + sum(taxes.values(), Decimal(0))
    total = (booked / round_factor).quantize(Decimal(1), ROUND_HALF_UP) * round_factor
    tax = sum(printed.values(), Decimal(0))
    net = gross if mwst_is_net or not taxes else gross - tax
    return Totals(gross, net, tax, total - booked, total, tuple(nets), taxes, printed)
