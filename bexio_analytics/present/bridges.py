"""The return reconciled with the ledger: VAT accounts, booked tax by Ziffer, turnover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bexio_analytics import law
from bexio_analytics.present import formats
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, table

if TYPE_CHECKING:
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.vat import AccountBridge, TurnoverBridge, VatReturn

ZERO = Decimal("0.00")
_ROUNDING = Decimal("1.00")  # every booking rounds its tax, the return rounds once


def account_bridge(rows: Sequence[AccountBridge], translate: Translator) -> Html:
    """Per VAT account: opening, tax of the coded rows, settlements, what no code explains, closing."""
    if not rows:
        return tag("p", translate("No VAT account was used in this period."), class_="ba-empty")
    columns = [
        Column("account_no", translate("Account"), class_="ba-code"),
        Column("account_name", translate("Name")),
        Column("ziffern", translate("Ziffer"), class_="ba-code"),
        Column("opening", translate("Opening"), Kind.AMOUNT),
        Column("coded_tax", translate("Coded tax"), Kind.AMOUNT),
        Column("settlement", translate("Settlements"), Kind.AMOUNT),
        Column("other", translate("Without code"), Kind.DIFFERENCE),
        Column("closing", translate("Closing"), Kind.AMOUNT),
    ]
    shown = [{**asdict(row), "ziffern": ", ".join(row.ziffern)} for row in rows]
    unexplained = sum((abs(row.other) for row in rows), ZERO)
    sentence = verdict(
        unexplained,
        translate("Every movement of the VAT accounts comes from a tax code or a settlement."),
        translate("CHF {amount} moved VAT accounts without a tax code.", amount=formats.chf(unexplained)),
    )
    return join([sentence, table(shown, columns, translate, is_interactive=False, page=None)])


def booked_tax(vat_return: VatReturn, translate: Translator) -> Html:
    """Per Ziffer: the tax the return declares beside the tax booked on the VAT accounts, and what lies between.

    Supplies at net tax rates are left out: nothing is booked for them before the return is.
    """
    titles = {box.ziffer: box.title for box in vat_return.form if box.part != "net_supply"}
    rows: list[dict[str, Any]] = [
        {
            "ziffer": ziffer,
            "title": translate(titles[ziffer]),
            "declared": declared,
            "booked": vat_return.ledger_tax[ziffer],
            "difference": declared - vat_return.ledger_tax[ziffer],
        }
        for ziffer, declared in vat_return.tax.items()
        if ziffer in titles and (declared or vat_return.ledger_tax[ziffer])
    ]
    if not rows and vat_return.method == law.NET_TAX:
        text = translate("With net tax rates no tax is booked with a sale: there is nothing to compare.")
        return tag("p", text, class_="ba-empty")
    if not rows:
        return tag("p", translate("No tax is owed in this period."), class_="ba-empty")
    columns = [
        Column("ziffer", translate("Ziffer"), class_="ba-z"),
        Column("title", translate("Description")),
        Column("declared", translate("Base times rate"), Kind.AMOUNT),
        Column("booked", translate("Tax booked"), Kind.AMOUNT),
        Column("difference", translate("Difference"), Kind.DIFFERENCE, tolerance=_ROUNDING),
    ]
    total = {key: sum((row[key] for row in rows), ZERO) for key in ("declared", "booked", "difference")}
    total_row = {"title": translate("Total"), **total}
    note = translate("A few Rappen are rounding: every booking rounds its own tax, the return only once.")
    return join(
        [
            table(rows, columns, translate, total=total_row, is_interactive=False, page=None),
            tag("p", note, class_="ba-note"),
        ]
    )


def turnover_bridge(rows: Sequence[TurnoverBridge], translate: Translator) -> Html:
    """The turnover of the ledger beside Ziffer 200, account by account."""
    if not rows:
        return tag("p", translate("No turnover was booked in this period."), class_="ba-empty")
    has_reductions = any(row.reductions for row in rows)
    has_waiting = any(row.waiting for row in rows)
    columns = [
        Column("account_no", translate("Account"), class_="ba-code"),
        Column("account_name", translate("Name")),
        Column("ledger", translate("Turnover by ledger"), Kind.AMOUNT),
        *([Column("reductions", translate("+ Declared in Ziffer 235"), Kind.AMOUNT)] if has_reductions else []),
        *([Column("waiting", translate("- Becoming unpaid"), Kind.AMOUNT)] if has_waiting else []),
        Column("declared", translate("Declared in Ziffer 200"), Kind.AMOUNT),
        Column("difference", translate("Difference"), Kind.DIFFERENCE),
    ]
    difference = sum((row.difference for row in rows), ZERO)
    total = {
        "account_name": translate("Total"),
        "ledger": sum((row.ledger for row in rows), ZERO),
        "reductions": sum((row.reductions for row in rows), ZERO),
        "waiting": sum((row.waiting for row in rows), ZERO),
        "declared": sum((row.declared for row in rows), ZERO),
        "difference": difference,
    }
    sentence = verdict(
        sum((abs(row.difference) for row in rows), ZERO),
        translate("The turnover of the ledger is declared in full."),
        translate(
            "CHF {amount} lie between the turnover of the ledger and Ziffer 200.", amount=formats.chf(difference)
        ),
    )
    shown = [asdict(row) for row in rows]
    note = translate(
        "Becoming unpaid: what documents of the period leave unpaid, less what payments take from earlier ones."
    )
    return join(
        [
            sentence,
            table(shown, columns, translate, total=total, is_interactive=False, page=None),
            tag("p", note, class_="ba-note") if has_waiting else None,
        ]
    )


def verdict(difference: Decimal, agrees: str, differs: str) -> Html:
    """One line that says whether two sides agree."""
    mark, text, class_ = ("✓ ", agrees, "ba-agrees") if difference == 0 else ("▲ ", differs, "ba-differs")
    return tag("p", tag("b", mark, aria_hidden="true"), text, class_=class_)
