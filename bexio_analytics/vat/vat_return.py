"""The VAT return of one period: what the books say, defects included, box by box with the lines behind each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from bexio_analytics import law
from bexio_analytics.books import Books
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.form import RAPPEN, ZERO, boxes, complete_form, complete_net_form, statutory_rate
from bexio_analytics.vat.reconciliation import AccountBridge, TurnoverBridge, account_bridge, turnover_bridge

# box, net tax rate, activity, and whether it was supplied before the form by activity
_SheetLine = tuple[str, Decimal, str | None, bool]


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """Turnover of one activity at its net tax rate (Art. 37 MWSTG); what the supplementary sheet lists from 2025 on.

    Several activities may have one rate (Art. 86 para. 3 MWSTV): each is a line.

    Attributes:
        ziffer: box it is part of (321 to 333).
        rate: net tax rate in percent.
        name: activity of mandate.toml with this rate, None where none is named.
        code: its code of the ESTV, five characters; None where mandate.toml has none.
        turnover: gross turnover in CHF.
        tax: turnover × rate, rounded for information: the return rounds once, at its end.
        is_of_old_form: in a return from 2025 on, supplied before: the file names no activity for it.
    """

    ziffer: str
    rate: Decimal
    name: str | None
    code: str | None
    turnover: Decimal
    tax: Decimal
    is_of_old_form: bool = False


@dataclass(frozen=True, slots=True)
class VatReturn:
    """One VAT return. Amounts in CHF, rates in percent.

    Attributes:
        mandate: id of the mandate.
        period: the period, both ends inclusive.
        method: ``effective`` or ``net_tax``.
        basis: ``agreed`` or ``collected``.
        ziffern: every box of the form, computed ones included; 0.00 where nothing reaches it. Net tax rates: turnover
            includes the tax.
        tax: tax column of 301 to 383 (net tax rates: 321 to 383), recomputed from the base.
        ledger_tax: tax as booked in the ledger, for the same boxes; net tax rates book none with a sale.
        rates: rate of each supply box that has one.
        acquisition: base of acquisition tax by box (381 to 383) and rate of the service.
        payable: signed; positive is owed (500), negative a credit (510).
        form_rounding: 399 minus the sum of ``tax``.
        evidence: by box, the amount that rests on each kind of evidence (document, manual_entry, export, derived).
        bridge: movement of the VAT accounts against the tax of coded rows.
        turnover_bridge: turnover of the ledger against Ziffer 200, by account.
        activities: turnover by box, net tax rate and activity; empty for the effective method.
        not_on_form: amounts by box that codes name but this form does not have.
    """

    mandate: str
    period: VatPeriod
    method: str
    basis: str
    ziffern: dict[str, Decimal]
    tax: dict[str, Decimal]
    ledger_tax: dict[str, Decimal]
    rates: dict[str, Decimal]
    acquisition: dict[tuple[str, Decimal], Decimal]
    payable: Decimal
    form_rounding: Decimal
    evidence: dict[str, dict[str, Decimal]]
    bridge: tuple[AccountBridge, ...]
    turnover_bridge: tuple[TurnoverBridge, ...]
    activities: tuple[ActivityLine, ...] = ()
    not_on_form: dict[str, Decimal] = field(default_factory=dict)

    @property
    def form(self) -> tuple[law.Ziffer, ...]:
        """All boxes of this return's form, in its order."""
        return law.ziffern(self.method, self.period.end)

    @property
    def shown(self) -> tuple[law.Ziffer, ...]:
        """The boxes the form prints (two generations of rates), and any other that holds an amount."""
        printed = law.shown_ziffern(self.method, self.period.end)
        return tuple(box for box in self.form if box in printed or self.ziffern[box.ziffer] or self.tax.get(box.ziffer))

    @property
    def ledger_rounding(self) -> dict[str, Decimal]:
        """Booked minus recomputed tax by box: rounding of every VAT row, at most 0.005 a row in clean books."""
        return {box: self.ledger_tax[box] - self.tax[box] for box in self.tax}


def vat_return(books: Books, period: VatPeriod) -> VatReturn:
    """Compute the return of any period of whole months within one calendar year, by the method of that year.

    A row counts through its tax code, and the code's box is where it lands, as bexio does it (old codes in old
    boxes); a row without code reaches no box and shows in the bridges. 400 to 420 are booked tax, all other boxes
    bases: net by the effective method, gross with net tax rates. Under collected consideration a document counts when
    it is paid, each payment with its share.

    Raises:
        ConfigurationError: the mandate is not subject to VAT in the period, or changes its method or basis within it.
    """
    method, basis = _status(books, period)
    amounts = books.sql(
        """
        select z.ziffer, z.evidence, z.rate, z.activity, z.supplied_on < $new_form as is_old,
               sum(z.base) as base, sum(z.tax) as tax
        from   vat_line_ziffer z
        where  z.booked_on between $start and $end
        group  by all
        order  by all
        """,
        start=period.start,
        end=period.end,
        new_form=law.BY_ACTIVITY_FROM if period.start >= law.BY_ACTIVITY_FROM else date.min,
    )

    def of(*parts: str) -> set[str]:
        return set(boxes(*parts, method=method, day=period.end))

    of_tax = of("input", "input_reduction", "net_credit", "net_correction")
    by_rate = {**dict.fromkeys(of("acquisition"), "acquisition"), **dict.fromkeys(of("net_supply"), "net_supply")}
    on_form = of("turnover", "memo", "deduction", "supply", "other_flow") | of_tax
    declared: dict[str, Decimal] = {}
    rated: dict[str, dict[tuple[str, Decimal], Decimal]] = {"acquisition": {}, "net_supply": {}}
    sheet: dict[_SheetLine, Decimal] = {}
    booked: dict[str, Decimal] = {}
    evidence: dict[str, dict[str, Decimal]] = {}
    elsewhere: dict[str, Decimal] = {}
    for row in amounts.iter_rows(named=True):
        box, rate = row["ziffer"], row["rate"]
        amount = row["tax"] if box in of_tax else row["base"]
        if box in by_rate and rate is not None:
            lines = rated[by_rate[box]]
            lines[box, rate] = lines.get((box, rate), ZERO) + amount
            if by_rate[box] == "net_supply":
                line = (box, rate, row["activity"], row["is_old"])
                sheet[line] = sheet.get(line, ZERO) + amount
        elif box in on_form:
            declared[box] = declared.get(box, ZERO) + amount
        else:
            elsewhere[box] = elsewhere.get(box, ZERO) + amount  # a box this form does not have: check A11 speaks
            continue
        booked[box] = booked.get(box, ZERO) + row["tax"]
        shares = evidence.setdefault(box, {})
        shares[row["evidence"]] = shares.get(row["evidence"], ZERO) + amount
    if method == law.EFFECTIVE:
        form = complete_form(declared, rated["acquisition"])
        rates = {box: rate for box in boxes("supply") if (rate := statutory_rate(box)) is not None}
    else:
        form = complete_net_form(declared, rated["net_supply"], rated["acquisition"], period.end)
        rates = _single_rates(rated["net_supply"])
    return VatReturn(
        mandate=books.mandate.id,
        period=period,
        method=method,
        basis=basis,
        ziffern=form.ziffern,
        tax=form.tax,
        ledger_tax={box: booked.get(box, ZERO) for box in form.tax},
        rates=rates,
        acquisition=rated["acquisition"],
        payable=form.payable,
        form_rounding=form.form_rounding,
        evidence=evidence,
        bridge=account_bridge(books, period),
        turnover_bridge=turnover_bridge(books, period),
        activities=_activities(books, sheet),
        not_on_form=elsewhere,
    )


def _single_rates(supplies: dict[tuple[str, Decimal], Decimal]) -> dict[str, Decimal]:
    held: dict[str, list[Decimal]] = {}
    for box, rate in supplies:
        held.setdefault(box, []).append(rate)
    return {box: found[0] for box, found in held.items() if len(found) == 1}


def _activities(books: Books, sheet: dict[_SheetLine, Decimal]) -> tuple[ActivityLine, ...]:
    """The lines of the supplementary sheet: by box, the highest rate first, activities as mandate.toml lists them."""
    named = books.mandate.activities
    places = {name: place for place, name in enumerate(named)}
    ordered = sorted(sheet, key=lambda key: (key[0], -key[1], places.get(key[2] or "", len(places)), key[3]))
    return tuple(
        ActivityLine(
            box,
            rate,
            name,
            named[name].code if name is not None and name in named else None,
            sheet[box, rate, name, is_old],
            (sheet[box, rate, name, is_old] * rate / 100).quantize(RAPPEN, ROUND_HALF_UP),
            is_old,
        )
        for box, rate, name, is_old in ordered
    )


def vat_lines(books: Books, period: VatPeriod, ziffer: str | None = None) -> pl.DataFrame:
    """The VAT lines behind one box of a return, or behind all of them, by date.

    Returns:
        Columns of the view ``vat_line``, and before them ``box``, ``box_base`` and ``box_tax``: what the line adds to
        it in CHF.
    """
    return books.sql(
        """
        select z.ziffer as box, z.base as box_base, z.tax as box_tax, v.*
        from   vat_line_ziffer z
        join   vat_line v using (vat_line_id)
        where  z.booked_on between $start and $end
        and    ($ziffer is null or z.ziffer = $ziffer)
        order  by z.ziffer, v.booked_on, v.first_line_id, v.vat_line_id
        """,
        start=period.start,
        end=period.end,
        ziffer=ziffer,
    )


def _status(books: Books, period: VatPeriod) -> tuple[str, str]:
    """Method and basis of the years of a period; a year nobody knows is as mandate.toml says."""
    rows = books.sql(
        "select * from vat_status where year between $first and $last order by year",
        first=period.start.year,
        last=period.end.year,
    )
    found = {}
    for row in rows.iter_rows(named=True):
        if not row["is_vat_subject"]:
            where = "bexio's calendar years" if row["source"] == "bexio" else "mandate.toml"
            raise ConfigurationError(
                f"{books.mandate.id} is not subject to VAT in {row['year']} ({where}): there is no return for {period}"
            )
        found[row["method"], row["basis"]] = row["year"]
    if len(found) > 1:
        stated = ", ".join(f"{method}/{basis} in {year}" for (method, basis), year in found.items())
        raise ConfigurationError(
            f"{books.mandate.id} accounts by {stated}: {period} is no single period, ask for one within a year"
        )
    if not found:
        return books.mandate.vat.method, books.mandate.vat.basis
    ((method, basis),) = found
    if method not in {law.EFFECTIVE, law.NET_TAX} or basis not in {"agreed", "collected"}:
        raise ConfigurationError(
            f"{books.mandate.id} accounts by {method}/{basis} in {period}, which this version does not know"
        )
    return method, basis
