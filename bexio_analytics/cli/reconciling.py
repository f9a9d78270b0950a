"""The reconciliations of a return in the terminal: what agrees in one line, what does not with its rows."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from bexio_analytics.cli.output import CONSOLE, print_bridge, table
from bexio_analytics.present.formats import chf, signed_chf
from bexio_analytics.vat import AnnualReconciliation, FiledComparison, Reconciliation, VatReturn
from bexio_analytics.vat.annual import BoxDifference
from bexio_analytics.vat.statement import LETTERS

_ROWS_SHOWN = 20


def print_reconciliation(result: VatReturn, found: Reconciliation) -> None:
    """VAT accounts, turnover (Art. 128 MWSTV), input tax, documents, what was filed, and the year."""
    print_bridge(result)
    columns = ("booked_on", "account_no", "contra_account_no", "amount", "tax_code", "description")
    _causes("VAT that no tax code declares, CHF", found.account_causes, columns)
    _turnover(found)
    _input_tax(found)
    _documents(found)
    if found.filed is not None:
        _filed(found.filed)
    if found.year is not None:
        _year(found.year)


def _turnover(found: Reconciliation) -> None:
    turnover = found.turnover
    rows = [(f"{letter}  {LETTERS[letter]}", amount) for letter, amount in turnover.letters.items() if amount]
    rows += [
        ("= turnover by ledger", sum(turnover.letters.values(), Decimal(0))),
        ("- no turnover: accruals, transfers, exchange", turnover.not_turnover),
        ("- no consideration (900, 910)", turnover.no_consideration),
        ("+ reductions declared in 235", turnover.reductions),
        ("- becoming unpaid (collected consideration)", turnover.waiting),
        ("- undeclared", turnover.undeclared),
        ("= declared", turnover.declared),
        ("Ziffer 200", turnover.ziffer_200),
        ("remainder", turnover.remainder),
    ]
    shown = [[name, chf(amount)] for name, amount in rows if amount or name[0] not in "-+"]
    table("Turnover by ledger and Ziffer 200 (Art. 128 para. 2 MWSTV), CHF", ["", "amount"], shown, right=["amount"])
    columns = ("booked_on", "account_no", "amount", "tax_code", "description")
    _causes("Turnover that no code declares, CHF", turnover.causes, columns)


def _input_tax(found: Reconciliation) -> None:
    lines = [line for line in found.input_tax.lines if line.declared or line.booked]
    if lines:
        table(
            "Input tax and its accounts (Art. 128 para. 3 MWSTV), CHF",
            ["Ziffer", "declared", "booked", "difference", "by account"],
            [
                [
                    line.ziffer,
                    chf(line.declared),
                    chf(line.booked),
                    chf(line.difference),
                    ", ".join(f"{account_no} {chf(amount)}" for account_no, amount in line.accounts.items()),
                ]
                for line in lines
            ],
            right=["declared", "booked", "difference"],
        )


def _documents(found: Reconciliation) -> None:
    columns = ("dated_on", "kind", "document_no", "rate", "codes", "stated", "booked", "difference")
    _causes("Documents whose VAT was booked otherwise", found.documents, columns)
    whole = ("dated_on", "kind", "document_no", "currency", "stated", "booked", "difference")
    _causes("Documents whose total was booked otherwise", found.document_totals, whole)


def _filed(found: FiledComparison) -> None:
    name = found.filed.path.name if found.filed.path else ""
    _boxes(f"Filed ({name}) and computed now, CHF", found.boxes)
    if found.is_of_other_method:
        CONSOLE.print("It was filed by another method than the books have: correct the calendar year or mandate.toml.")
    CONSOLE.print(f"Payable: filed {chf(found.payable_filed)}, now {chf(found.payable_now)}", markup=False)


def _year(year: AnnualReconciliation) -> None:
    _boxes(f"Periods of {year.year} as filed and as they are now (annual reconciliation, type 3), CHF", year.boxes)
    rows = [
        [
            str(each.result.period),
            chf(each.result.payable),
            chf(each.comparison.payable_filed) if each.comparison else "not stored",
            signed_chf(each.comparison.difference) if each.comparison else "",
        ]
        for each in year.periods
    ]
    columns = ["period", "now (correction return, type 2)", "filed", "difference"]
    table("Payable by period, CHF", columns, rows, right=columns[1:])
    CONSOLE.print(
        f"To correct: CHF {signed_chf(year.payable_difference)}, in the return of {year.corrected_in} (day 180 is "
        f"{year.due_on:%d.%m.%Y}; accepted until {year.accepted_until:%d.%m.%Y}). The whole year as one return differs "
        f"by {signed_chf(year.rounding)} from its periods: rounding.",
        markup=False,
    )


def _boxes(title: str, boxes: Iterable[BoxDifference]) -> None:
    rows = [[box.ziffer, chf(box.filed), chf(box.now), signed_chf(box.difference)] for box in boxes]
    if rows:
        table(title, ["Ziffer", "filed", "now", "difference"], rows, right=["filed", "now", "difference"])
    else:
        CONSOLE.print(f"{title}: no difference.", markup=False)


def _causes(title: str, frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    if frame.is_empty():
        return
    amounts = [name for name in columns if frame.schema[name].is_numeric()]
    rows = [
        [chf(value) if name in amounts else "" if value is None else str(value) for name, value in row.items()]
        for row in frame.select(columns).head(_ROWS_SHOWN).iter_rows(named=True)
    ]
    table(title, columns, rows, right=amounts)
    if frame.height > _ROWS_SHOWN:
        CONSOLE.print(f"… and {frame.height - _ROWS_SHOWN} more: --json gives all of them.", style="dim")
