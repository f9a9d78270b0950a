"""The VAT return of one period: what the books say, defects included, box by box with the lines behind each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from bexio_analytics.books import Books
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.form import ZERO, boxes, complete_form, statutory_rate
from bexio_analytics.vat.reconciliation import AccountBridge, TurnoverBridge, account_bridge, turnover_bridge


@dataclass(frozen=True, slots=True)
class VatReturn:
    """One VAT return, effective method, agreed consideration. Amounts in CHF, rates in percent.

    Attributes:
        mandate: id of the mandate.
        period: the period, both ends inclusive.
        method: ``effective``.
        basis: ``agreed``.
        ziffern: every box of the form, computed ones included; 0.00 where nothing reaches it.
        tax: tax column of 301 to 383, recomputed from the base.
        ledger_tax: tax as booked in the ledger, for the same boxes.
        rates: rate of each supply box.
        acquisition: base of acquisition tax by box (381 to 383) and rate of the service.
        payable: signed; positive is owed (500), negative a credit (510).
        form_rounding: 399 minus the sum of ``tax``.
        evidence: by box, the amount that rests on each kind of evidence (document, manual_entry, export, derived).
        bridge: movement of the VAT accounts against the tax of coded rows.
        turnover_bridge: turnover of the ledger against Ziffer 200, by account.
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

    @property
    def ledger_rounding(self) -> dict[str, Decimal]:
        """Booked minus recomputed tax by box: rounding of every VAT row, at most 0.005 a row in clean books."""
        return {box: self.ledger_tax[box] - self.tax[box] for box in self.tax}


def vat_return(books: Books, period: VatPeriod) -> VatReturn:
    """Compute the return of any period of whole months.

    A row counts through its tax code, and the code's box is where it lands, as bexio does it (old codes in old
    boxes); a row without code reaches no box and shows in the bridges. 400 to 420 are booked tax, all other boxes net
    bases.

    Raises:
        ConfigurationError: the mandate is not subject to VAT in the period, or accounts by another method or basis.
    """
    _refuse_other_methods(books, period)
    amounts = books.sql(
        """
        select z.ziffer, z.evidence, z.rate, sum(z.base) as base, sum(z.tax) as tax
        from   vat_line_ziffer z
        where  z.booked_on between $start and $end
        group  by all
        order  by all
        """,
        start=period.start,
        end=period.end,
    )
    of_tax = set(boxes("input", "input_reduction"))
    of_acquisition = set(boxes("acquisition"))
    on_form = set(boxes("turnover", "memo", "deduction", "supply", "input", "input_reduction", "other_flow"))
    declared: dict[str, Decimal] = {}
    acquisition: dict[tuple[str, Decimal], Decimal] = {}
    booked: dict[str, Decimal] = {}
    evidence: dict[str, dict[str, Decimal]] = {}
    for row in amounts.iter_rows(named=True):
        box = row["ziffer"]
        amount = row["tax"] if box in of_tax else row["base"]
        if box in of_acquisition:
            key = (box, row["rate"])
            acquisition[key] = acquisition.get(key, ZERO) + amount
        elif box in on_form:
            declared[box] = declared.get(box, ZERO) + amount
        else:
            continue  # a code that names a box the form does not have: check A11 speaks
        booked[box] = booked.get(box, ZERO) + row["tax"]
        shares = evidence.setdefault(box, {})
        shares[row["evidence"]] = shares.get(row["evidence"], ZERO) + amount
    form = complete_form(declared, acquisition)
    return VatReturn(
        mandate=books.mandate.id,
        period=period,
        method="effective",
        basis="agreed",
        ziffern=form.ziffern,
        tax=form.tax,
        ledger_tax={box: booked.get(box, ZERO) for box in form.tax},
        rates={box: rate for box in boxes("supply") if (rate := statutory_rate(box)) is not None},
        acquisition=acquisition,
        payable=form.payable,
        form_rounding=form.form_rounding,
        evidence=evidence,
        bridge=account_bridge(books, period),
        turnover_bridge=turnover_bridge(books, period),
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


def _refuse_other_methods(books: Books, period: VatPeriod) -> None:
    status = books.sql(
        "select * from vat_status where year between $first and $last order by year",
        first=period.start.year,
        last=period.end.year,
    )
    for row in status.iter_rows(named=True):
        where = "bexio's calendar years" if row["source"] == "bexio" else "mandate.toml"
        if not row["is_vat_subject"]:
            raise ConfigurationError(
                f"{books.mandate.id} is not subject to VAT in {row['year']} ({where}): there is no return for {period}"
            )
        if (row["method"], row["basis"]) != ("effective", "agreed"):
            raise ConfigurationError(
                f"{books.mandate.id} accounts by {row['method']}/{row['basis']} in {row['year']} ({where}); "
                "this version computes the effective method with agreed consideration only"
            )
