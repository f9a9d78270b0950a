"""VAT accounts and taxes of a return reconciled with the ledger: what agrees is one line, what does not a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from bexio_analytics import law
from bexio_analytics.present import boxes, formats
from bexio_analytics.present.markup import Child, Html, join, tag
from bexio_analytics.present.tables import Column, Kind, Row, table

if TYPE_CHECKING:
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.vat import AccountBridge, InputTaxStatement, TurnoverBridge, VatReturn

ZERO = Decimal("0.00")
ROWS_SHOWN = 40
"""Rows behind a difference that the page lists; the largest come first."""
ROWS_TO_SEARCH = 12
"""More rows than this can be filtered and sorted; fewer are seen at a glance."""
WITHOUT_CODE = "vat-without-code"
"""Anchor of the postings on VAT accounts that nothing explains."""
_ROUNDING = Decimal("1.00")  # every booking rounds its tax, the return rounds once


def account_bridge(rows: Sequence[AccountBridge], causes: pl.DataFrame, translate: Translator) -> Html:
    """Per VAT account: opening, tax of the coded rows, settlements, what no code explains with its rows, closing.

    Args:
        rows: the roll-forward of every account.
        causes: rows of ``vat_account_item`` behind what no code explains.
        translate: language.
    """
    if not rows:
        return nothing(translate("No VAT account was used in this period."))
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
    forward = table(shown, columns, translate, is_interactive=False, page=None)
    if causes.is_empty() and not any(row.other for row in rows):
        agrees = translate("Every movement of the VAT accounts comes from a tax code or a settlement.")
        return quiet(agrees, translate, forward)
    moved = formats.chf(_size(causes["amount"]))
    sentence = translate("CHF {amount} moved VAT accounts without a tax code.", amount=moved)
    return join(
        [
            differs(sentence),
            forward,
            tag("h4", translate("The postings behind “Without code”"), id=WITHOUT_CODE),
            rows_behind(causes, _posting_columns(translate), translate, view="vat_account_item"),
        ]
    )


def input_tax_bridge(
    statement: InputTaxStatement, vat_return: VatReturn, translate: Translator, *, is_here: bool = True
) -> Html:
    """Per Ziffer of input tax: declared, and booked on the input tax accounts (Art. 128 para. 3 MWSTV).

    Args:
        statement: the reconciliation.
        vat_return: the return it is of.
        translate: language.
        is_here: the VAT accounts of the same time stand on the page; otherwise the postings are listed.
    """
    titles = {box.ziffer: boxes.title(box, vat_return, translate) for box in vat_return.form}
    lines = [line for line in statement.lines if line.declared or line.booked]
    without_code = _size(statement.causes["amount"])
    if not lines and not without_code:
        if vat_return.method == law.NET_TAX:
            return nothing(translate("With net tax rates no input tax is declared, and none was booked."))
        return nothing(translate("No input tax was declared or booked in this period."))
    rows = [
        {
            "ziffer": line.ziffer,
            "title": titles.get(line.ziffer, ""),
            "declared": line.declared,
            "accounts": join((_account_amount(number, amount) for number, amount in line.accounts.items()), " "),
            "booked": line.booked,
            "difference": line.difference,
        }
        for line in lines
    ]
    columns = [
        Column("ziffer", translate("Ziffer"), class_="ba-z"),
        Column("title", translate("Description")),
        Column("declared", translate("Declared"), Kind.AMOUNT),
        Column("accounts", translate("Booked on account"), class_="ba-n"),
        Column("booked", translate("Booked"), Kind.AMOUNT),
        Column("difference", translate("Difference"), Kind.DIFFERENCE),
    ]
    behind = table(rows, columns, translate, is_interactive=False, page=None) if rows else None
    gap = sum((abs(line.difference) for line in lines), ZERO)
    if not gap and not without_code:
        declared = translate(
            "The input tax accounts say what is declared: CHF {amount}.",
            amount=formats.chf(vat_return.ziffern.get("479", ZERO)),
        )
        return quiet(declared, translate, behind)
    sentences: list[Child] = []
    if gap:
        text = translate("CHF {amount} lie between input tax declared and input tax booked.", amount=formats.chf(gap))
        sentences.append(differs(text))
    if without_code:
        text = translate(
            "CHF {amount} moved input tax accounts without a tax code and are not declared.",
            amount=formats.chf(without_code),
        )
        where = tag("a", translate("The postings stand with the VAT accounts."), href=f"#{WITHOUT_CODE}")
        sentences.append(differs(text, " ", where) if is_here else differs(text))
    listed = None
    if without_code and not is_here:
        listed = rows_behind(statement.causes, _posting_columns(translate), translate, view="vat_account_item")
    return join([*sentences, behind, listed])


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
        return nothing(translate("With net tax rates no tax is booked with a sale: there is nothing to compare."))
    if not rows:
        return nothing(translate("No tax is owed in this period."))
    columns = [
        Column("ziffer", translate("Ziffer"), class_="ba-z"),
        Column("title", translate("Description")),
        Column("declared", translate("Base times rate"), Kind.AMOUNT),
        Column("booked", translate("Tax booked"), Kind.AMOUNT),
        Column("difference", translate("Difference"), Kind.DIFFERENCE, tolerance=_ROUNDING),
    ]
    total = {key: sum((row[key] for row in rows), ZERO) for key in ("declared", "booked", "difference")}
    total_row = {"title": translate("Total"), **total}
    behind = table(rows, columns, translate, total=total_row, is_interactive=False, page=None)
    gap = sum((abs(row["difference"]) for row in rows if abs(row["difference"]) > _ROUNDING), ZERO)
    if not gap:
        rounding = total["difference"]
        text = (
            translate(
                "The tax booked is the tax declared, up to rounding of CHF {amount}.",
                amount=formats.signed_chf(rounding),
            )
            if rounding
            else translate("The tax booked is the tax declared.")
        )
        return quiet(text, translate, behind)
    note = translate("A few Rappen are rounding: every booking rounds its own tax, the return only once.")
    sentence = translate("CHF {amount} lie between base times rate and the tax booked.", amount=formats.chf(gap))
    return join([differs(sentence), behind, tag("p", note, class_="ba-note")])


def turnover_bridge(rows: Sequence[TurnoverBridge], translate: Translator) -> Html:
    """The turnover of the ledger beside Ziffer 200, account by account."""
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
    total = {
        "account_name": translate("Total"),
        "ledger": sum((row.ledger for row in rows), ZERO),
        "reductions": sum((row.reductions for row in rows), ZERO),
        "waiting": sum((row.waiting for row in rows), ZERO),
        "declared": sum((row.declared for row in rows), ZERO),
        "difference": sum((row.difference for row in rows), ZERO),
    }
    note = translate(
        "Becoming unpaid: what documents of the period leave unpaid, less what payments take from earlier ones."
    )
    return join(
        [
            table([asdict(row) for row in rows], columns, translate, total=total, is_interactive=False, page=None),
            tag("p", note, class_="ba-note") if has_waiting else None,
        ]
    )


def rows_behind(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    translate: Translator,
    *,
    view: str,
    limit: int = ROWS_SHOWN,
    count: int | None = None,
    named: Callable[[Row], Row] = dict,
) -> Html:
    """Rows that stand behind an amount, as they come; where there are too many, the page says so.

    Args:
        frame: the rows, largest first.
        columns: what to show of them.
        translate: language.
        view: where all of them are.
        limit: rows shown at most.
        count: how many rows there are, where ``frame`` has not all of them.
        named: gives a row the words of the language.
    """
    count = frame.height if count is None else count
    rows = [named(row) for row in frame.head(limit).iter_rows(named=True)]
    note = None
    if count > len(rows):
        text = translate(
            "The {shown} largest of {all} rows; all of them are in the view {view}.",
            shown=formats.count(len(rows)),
            all=formats.count(count),
            view=view,
        )
        note = tag("p", text, class_="ba-note")
    is_long = len(rows) > ROWS_TO_SEARCH
    return join([table(rows, columns, translate, is_interactive=is_long, class_="ba-lines"), note])


def verdict(difference: Decimal, agrees: str, differing: str) -> Html:
    """One line that says whether two sides agree."""
    return _agrees(agrees) if difference == 0 else differs(differing)


def quiet(sentence: str, translate: Translator, behind: Child = None) -> Html:
    """A part that agrees: one line, which opens to its figures on the screen and stays one line in print."""
    opens = tag("details", tag("summary", translate("Figures")), behind) if behind else None
    return tag("div", _agrees(sentence), opens, class_="ba-quiet")


def differs(*sentence: Child) -> Html:
    """A part that does not agree, in one line above what shows why."""
    return tag("p", tag("b", "▲ ", aria_hidden="true"), *sentence, class_="ba-differs")


def nothing(sentence: str) -> Html:
    """A part that has nothing to compare: neither agreement nor difference."""
    return tag("p", sentence, class_="ba-empty")


def _agrees(sentence: str) -> Html:
    return tag("p", tag("b", "✓ ", aria_hidden="true"), sentence, class_="ba-agrees")


def _size(amounts: pl.Series) -> Decimal:
    """Amounts that cancel each other are two mistakes and not none."""
    return sum((abs(amount) for amount in amounts), ZERO)


def _account_amount(number: str, amount: Decimal) -> Html:
    return tag("span", f"{number}\u00a0\u00a0{formats.chf(amount)}", class_="ba-nowrap")


def _posting_columns(translate: Translator) -> list[Column]:
    return [
        Column("booked_on", translate("Date"), Kind.DATE),
        Column("account_no", translate("Account"), class_="ba-code"),
        Column("contra_account_no", translate("Contra account"), class_="ba-code"),
        Column("document_no", translate("Document"), class_="ba-code"),
        Column("contact_name", translate("Contact")),
        Column("description", translate("Text"), class_="ba-text"),
        Column("tax_code", translate("Code"), class_="ba-code"),
        Column("amount", translate("Amount"), Kind.AMOUNT),
    ]
