"""The VAT returns of a drawn company, computed from what happened and never from the journal.

It is a second implementation on purpose: it shares neither code nor data with the product's return. Rates are those
of the codes, boxes their digits, dates those of documents (agreed consideration) or payments (collected).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bexio_analytics.simulator.company.drawn.facts import CreditNote, Direct, Facts, Part, Settlement, Traded
from bexio_analytics.simulator.company.drawn.profile import Period, YearStatus
from bexio_analytics.simulator.company.taxes import TaxCode

_RAPPEN = Decimal("0.01")
_NOTHING = Decimal("0.00")
_DEDUCTIONS = {"220", "221", "225", "230", "235", "280"}
_FLOWS = {"900", "910"}
_REFORM = 2025


@dataclass(frozen=True, slots=True)
class ExpectedReturn:
    """What the return of one period must say, in CHF.

    Attributes:
        method: ``effective`` or ``net_tax``.
        basis: ``agreed`` or ``collected``.
        ziffern: every box that is not zero, as the form shows it: turnover, deductions and bases (200 to 383, 900,
            910), tax (399 to 479), without 500 and 510.
        tax: tax of the boxes that have a tax column (301 to 383), each rounded by itself.
        payable: signed: + is owed (500), − is a credit (510).
        net_rates: turnover by net tax rate in percent; empty under the effective method.
    """

    method: str
    basis: str
    ziffern: Mapping[str, Decimal]
    tax: Mapping[str, Decimal]
    payable: Decimal
    net_rates: Mapping[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class _Amount:
    """Net and tax in CHF that a code brings to the return on a day."""

    day: date
    code: str
    net: Decimal
    tax: Decimal


def expected_returns(
    facts: Facts, codes: Mapping[str, TaxCode], periods: list[Period], statuses: Mapping[int, YearStatus]
) -> dict[str, ExpectedReturn]:
    """The returns of all periods of years in which the company is subject to VAT."""
    amounts = [amount for amount in _amounts(facts, statuses) if statuses[amount.day.year].is_vat_subject]
    found = {}
    for period in periods:
        status = statuses[period.start.year]
        if not status.is_vat_subject:
            continue
        inside = [amount for amount in amounts if period.start <= amount.day <= period.end]
        if status.method == "net_tax":
            found[period.id] = _net_tax(inside, codes, status, is_new_form=period.start.year >= _REFORM)
        else:
            found[period.id] = _effective(inside, codes, status)
    return found


def _amounts(facts: Facts, statuses: Mapping[int, YearStatus]) -> Iterator[_Amount]:
    for document in facts.traded:
        if document.has_vat:
            is_collected = statuses[document.day.year].basis == "collected"
            yield from _collected(document) if is_collected else _agreed(document)
    for note in facts.credit_notes:
        yield from _credited(note, is_collected=statuses[note.day.year].basis == "collected")
    for entry in facts.direct:
        yield from _direct(entry)


def _agreed(document: Traded) -> Iterator[_Amount]:
    """Everything on the day of the document; what a discount takes off, on the day of the payment."""
    for code, net, tax in _in_francs(document.parts, document.currency, document.rate):
        yield _Amount(document.day, code, net, tax)
    for settlement in document.settlements:
        yield from _lowered(document, settlement)


def _collected(document: Traded) -> Iterator[_Amount]:
    """The share of every payment on its day; what a discount takes off, besides."""
    payments = [(settlement.day, settlement.amount) for settlement in document.settlements]
    yield from _shares(_in_francs(document.parts, document.currency, document.rate), document.total, payments)
    for settlement in document.settlements:
        yield from _lowered(document, settlement)


def _shares(
    lines: Iterable[tuple[str, Decimal, Decimal]], total: Decimal, payments: Iterable[tuple[date, Decimal]]
) -> Iterator[_Amount]:
    """Net and tax payment by payment, the last one taking what is left of each code's net and each line's tax."""
    nets: dict[str, Decimal] = defaultdict(lambda: _NOTHING)
    taxes: list[tuple[str, Decimal]] = []
    for code, net, tax in lines:
        nets[code] += net
        taxes.append((code, tax))
    open_amount, open_nets, open_taxes = total, dict(nets), [tax for _, tax in taxes]
    for day, amount in payments:
        open_amount -= amount
        for code, net in nets.items():
            part = open_nets[code] if not open_amount else _round(net * amount / total)
            open_nets[code] -= part
            yield _Amount(day, code, part, _NOTHING)
        for place, (code, tax) in enumerate(taxes):
            part = open_taxes[place] if not open_amount else _round(tax * amount / total)
            open_taxes[place] -= part
            yield _Amount(day, code, _NOTHING, part)


def _lowered(document: Traded, settlement: Settlement) -> Iterator[_Amount]:
    for code, net, tax in _in_francs(settlement.lowers, document.currency, settlement.rate):
        yield _Amount(settlement.day, code, -net, -tax)


def _credited(note: CreditNote, *, is_collected: bool) -> Iterator[_Amount]:
    lines = _in_francs(note.parts, "CHF", Decimal(1))
    counted = _shares(lines, note.total, note.settled if is_collected else [(note.day, note.total)])
    for amount in counted:
        yield _Amount(amount.day, amount.code, -amount.net, -amount.tax)


def _direct(entry: Direct) -> Iterator[_Amount]:
    for code, net, tax in _in_francs((entry.part,), entry.currency, entry.rate):
        yield _Amount(entry.day, code, net, tax)


def _in_francs(parts: tuple[Part, ...], currency: str, rate: Decimal) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Code, net and tax in CHF: every line is converted and rounded by itself; yen are quoted per 100."""
    factor = rate / 100 if currency == "JPY" else rate
    for part in parts:
        if part.code is not None:
            yield part.code, sum((_round(net * factor) for net in part.nets), _NOTHING), _round(part.tax * factor)


def _effective(amounts: list[_Amount], codes: Mapping[str, TaxCode], status: YearStatus) -> ExpectedReturn:
    boxes: dict[str, Decimal] = defaultdict(lambda: _NOTHING)
    owed: dict[str, Decimal] = defaultdict(lambda: _NOTHING)
    for amount in amounts:
        code = codes[amount.code]
        digits = [digit for digit in code.digit.split(".") if digit not in {"", "000"}]
        if not digits:
            continue
        if code.kind.startswith("pre_regards_tax"):
            boxes[digits[0]] += amount.net
            owed[digits[0]] += amount.net * code.rate / 100
            boxes["400" if code.kind.endswith("_material") else "405"] += amount.tax
        elif code.kind.startswith("pre_"):
            # corrections and reductions are booked as credits and declared as positive amounts
            boxes[digits[0]] += -amount.tax if digits[0] in {"415", "420"} else amount.tax
        elif digits[0] in _FLOWS:
            boxes[digits[0]] += amount.net
        elif digits[0] == "235":
            # a reduction declared as such leaves the turnover alone and lowers the line of its rate
            boxes["235"] -= amount.net
            for digit in digits[1:]:
                boxes[digit] += amount.net
                owed[digit] += amount.net * code.rate / 100
        else:
            boxes["200"] += amount.net
            for digit in digits:
                boxes[digit] += amount.net
                if digit[0] == "3":
                    owed[digit] += amount.net * code.rate / 100
    _deduct(boxes)
    exact = sum(owed.values(), _NOTHING)
    boxes["399"] = _round(exact)
    boxes["479"] = boxes["400"] + boxes["405"] + boxes["410"] - boxes["415"] - boxes["420"]
    return ExpectedReturn(
        "effective",
        status.basis,
        {box: value for box, value in sorted(boxes.items()) if value},
        {box: _round(value) for box, value in sorted(owed.items()) if value},
        # 500 and 510 are the difference of two boxes of the form: a tie is rounded in 399, once
        boxes["399"] - boxes["479"],
        {},
    )


def _net_tax(
    amounts: list[_Amount], codes: Mapping[str, TaxCode], status: YearStatus, *, is_new_form: bool
) -> ExpectedReturn:
    """The form of the net tax rate method: gross turnover; from 2025 all rates of a generation share one line."""
    boxes: dict[str, Decimal] = defaultdict(lambda: _NOTHING)
    owed: dict[str, Decimal] = defaultdict(lambda: _NOTHING)
    rates: dict[Decimal, Decimal] = defaultdict(lambda: _NOTHING)
    for amount in amounts:
        code = codes[amount.code]
        digits = [digit for digit in code.digit.split(".") if digit not in {"", "000"}]
        if not digits:
            continue
        if code.kind.startswith("pre_regards_tax"):
            boxes[digits[0]] += amount.net
            owed[digits[0]] += amount.net * code.rate / 100
        elif digits[0] in _FLOWS:
            boxes[digits[0]] += amount.net
        elif not code.is_input:
            boxes["200"] += amount.net
            for digit in digits:
                box = f"32{digit[2]}" if digit[:2] == "33" and is_new_form else digit
                boxes[box] += amount.net
                if box[0] == "3" and code.net_rate is not None:
                    owed[box] += amount.net * code.net_rate / 100
                    rates[code.net_rate] += amount.net
    _deduct(boxes)
    exact = sum(owed.values(), _NOTHING)
    boxes["399"] = _round(exact)
    return ExpectedReturn(
        "net_tax",
        status.basis,
        {box: value for box, value in sorted(boxes.items()) if value},
        {box: _round(value) for box, value in sorted(owed.items()) if value},
        _round(exact),
        {rate: base for rate, base in sorted(rates.items()) if base},
    )


def _deduct(boxes: dict[str, Decimal]) -> None:
    boxes["289"] = sum((boxes[box] for box in sorted(_DEDUCTIONS)), _NOTHING)
    boxes["299"] = boxes["200"] - boxes["289"]


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(_RAPPEN, ROUND_HALF_UP)
