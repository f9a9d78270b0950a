"""Declarations added and taken away box by box: the annual reconciliation holds differences only (Art. 72 MWSTG)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.vat.ech0217.arithmetic import tax_payable, to_rappen
from bexio_analytics.vat.ech0217.declaration import (
    ZERO,
    AtActivity,
    AtRate,
    Credits,
    Declaration,
    Effective,
    FlatRates,
    General,
    Method,
    NetRates,
    SimpleRates,
    Turnover,
    VariousDeduction,
)

Signed = Sequence[tuple[int, Declaration]]
"""Declarations, each with 1 (counts) or -1 (is taken away)."""


def difference(general: General, declarations: Signed, *, description_280: str = "") -> Declaration:
    """What a set of declarations says more than another; lines of no difference are left out.

    Args:
        general: head of the declaration to make.
        declarations: of one method.
        description_280: what the difference of the various deductions is.

    Raises:
        ConfigurationError: the methods differ, a return was filed with gross turnover, forms of net tax rates were
            sent line by line, or the difference of 280 has no description.
    """
    methods = {type(each.method) for _, each in declarations}
    if len(methods) != 1:
        raise ConfigurationError(
            "The returns of the year were filed by different methods: one annual reconciliation cannot hold them. "
            "Send a correction return (--type 2) for each period that differs."
        )
    turnovers = [(sign, each.turnover) for sign, each in declarations]
    various = _total((sign, each.various.amount if each.various else ZERO) for sign, each in turnovers)
    if various and not description_280.strip():
        raise ConfigurationError(
            f"Ziffer 280 differs by {various}: say in at most 50 characters what is deducted there"
        )
    method = _method([(sign, each.method) for sign, each in declarations])
    exact = tax_payable(method)
    if exact is None:
        raise _by_line()
    return Declaration(
        general=general,
        turnover=Turnover(
            total=_total((sign, each.total) for sign, each in turnovers),
            exports=_total((sign, each.exports) for sign, each in turnovers),
            abroad=_total((sign, each.abroad) for sign, each in turnovers),
            notification=_total((sign, each.notification) for sign, each in turnovers),
            exempt=_total((sign, each.exempt) for sign, each in turnovers),
            reductions=_total((sign, each.reductions) for sign, each in turnovers),
            various=VariousDeduction(various, description_280) if various else None,
        ),
        method=method,
        payable=to_rappen(exact),
        subsidies=_total((sign, each.subsidies) for sign, each in declarations),
        donations=_total((sign, each.donations) for sign, each in declarations),
    )


def is_nothing(declaration: Declaration) -> bool:
    """Whether a difference holds no amount at all, information included."""
    nothing = replace(
        declaration,
        turnover=Turnover(total=ZERO),
        method=type(declaration.method)(),
        payable=ZERO,
        subsidies=ZERO,
        donations=ZERO,
    )
    return declaration == nothing


def _method(methods: Sequence[tuple[int, Method]]) -> Method:
    acquisitions = _at_rates((sign, line) for sign, each in methods for line in each.acquisitions)
    effective = [(sign, each) for sign, each in methods if isinstance(each, Effective)]
    if effective:
        if any(each.is_gross for _, each in effective):
            raise ConfigurationError(
                "A return of the year was filed with gross turnover (grossOrNet 2): its lines cannot be compared. "
                "Send a correction return (--type 2) for each period that differs."
            )
        return Effective(
            opted=_total((sign, each.opted) for sign, each in effective),
            supplies=_at_rates((sign, line) for sign, each in effective for line in each.supplies),
            acquisitions=acquisitions,
            material=_total((sign, each.material) for sign, each in effective),
            investments=_total((sign, each.investments) for sign, each in effective),
            subsequent=_total((sign, each.subsequent) for sign, each in effective),
            corrections=_total((sign, each.corrections) for sign, each in effective),
            reductions=_total((sign, each.reductions) for sign, each in effective),
        )
    simple = [(sign, each) for sign, each in methods if isinstance(each, SimpleRates)]
    if simple:
        return SimpleRates(
            supplies=_at_activities((sign, line) for sign, each in simple for line in each.supplies),
            acquisitions=acquisitions,
            corrections=_total((sign, each.corrections) for sign, each in simple),
        )
    flat = [(sign, each) for sign, each in methods if isinstance(each, FlatRates)]
    if flat:
        return FlatRates(
            supplies=_at_activities((sign, line) for sign, each in flat for line in each.supplies),
            acquisitions=acquisitions,
            credits=_credits((sign, each.credits) for sign, each in flat),
        )
    net = [(sign, each) for sign, each in methods if isinstance(each, NetRates)]
    return NetRates(
        supplies=_at_rates((sign, line) for sign, each in net for line in each.supplies),
        acquisitions=acquisitions,
        credits=_credits((sign, each.credits) for sign, each in net),
    )


def _credits(parts: Iterable[tuple[int, Credits]]) -> Credits:
    exports, deemed_input, margin = ZERO, ZERO, ZERO
    for sign, each in parts:
        if isinstance(each.exports, tuple) or isinstance(each.deemed_input, tuple) or isinstance(each.margin, tuple):
            raise _by_line()
        exports += sign * each.exports
        deemed_input += sign * each.deemed_input
        margin += sign * each.margin
    return Credits(exports=exports, deemed_input=deemed_input, margin=margin)


def _by_line() -> ConfigurationError:
    return ConfigurationError(
        "A return of the year was filed with forms 1050, 1055 or 1056 line by line: their difference has no form. "
        "Send a correction return (--type 2) for each period that differs."
    )


def _total(amounts: Iterable[tuple[int, Decimal]]) -> Decimal:
    return sum((sign * amount for sign, amount in amounts), ZERO)


def _at_rates(lines: Iterable[tuple[int, AtRate]]) -> tuple[AtRate, ...]:
    by_rate: dict[Decimal, Decimal] = {}
    for sign, line in lines:
        by_rate[line.rate] = by_rate.get(line.rate, ZERO) + sign * line.turnover
    return tuple(AtRate(rate, amount) for rate, amount in sorted(by_rate.items(), reverse=True) if amount)


def _at_activities(lines: Iterable[tuple[int, AtActivity]]) -> tuple[AtActivity, ...]:
    by_activity: dict[tuple[str, Decimal], Decimal] = {}
    for sign, line in lines:
        key = (line.activity, line.rate)
        by_activity[key] = by_activity.get(key, ZERO) + sign * line.turnover
    return tuple(AtActivity(activity, rate, amount) for (activity, rate), amount in by_activity.items() if amount)
