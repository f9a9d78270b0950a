"""The return as it was filed beside what the books say now."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from bexio_analytics.present import boxes, formats
from bexio_analytics.present.bridges import verdict
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, table

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.vat import VatReturn
    from bexio_analytics.vat.ech0217 import FiledReturn

TOLERATED = Decimal("0.04")
"""CHF that a filed amount may lie below the recomputed one: rounding that the ESTV takes (eCH-0217, MWST-0006)."""
SUBMISSION_NAMES = {1: "First filing", 2: "Correction", 3: "Annual reconciliation"}
CHANGE_NAMES = {"added": "added", "deleted": "deleted"}
CHANGES_SHOWN = 100


def filed_beside_now(vat_return: VatReturn, filed: FiledReturn, books: Books, translate: Translator) -> Html:
    """Payable amount and every Ziffer that differs, with the rows booked since.

    Boxes that the file cannot tell are left out.

    Args:
        vat_return: as the books say now.
        filed: what the ESTV has.
        books: after a review, which registers what changed since filing.
        translate: language.
    """
    then, now = filed.declaration.payable, vat_return.payable
    told = filed.ziffern
    rows: list[dict[str, Any]] = [
        {
            "ziffer": box.ziffer,
            "title": boxes.title(box, vat_return, translate),
            "filed": told[box.ziffer],
            "now": vat_return.ziffern[box.ziffer],
            "difference": vat_return.ziffern[box.ziffer] - told[box.ziffer],
        }
        for box in vat_return.form
        if box.ziffer in told and vat_return.ziffern[box.ziffer] != told[box.ziffer]
    ]
    columns = [
        Column("ziffer", translate("Ziffer"), class_="ba-z"),
        Column("title", translate("Description")),
        Column("filed", translate("As filed"), Kind.AMOUNT),
        Column("now", translate("Computed now"), Kind.AMOUNT),
        Column("difference", translate("Difference"), Kind.DIFFERENCE, tolerance=TOLERATED),
    ]
    kind = translate(SUBMISSION_NAMES[int(filed.submission)])
    stored = formats.day(filed.stored_at.date() if filed.stored_at else None, translate.lang)
    source = translate(
        "{kind}, stored on {day}; reference {reference}, file hash {hash}.",
        kind=kind,
        day=stored or "–",
        reference=filed.declaration.general.business_reference_id,
        hash=filed.sha256[:8],
    )
    agrees = translate("The books still say what was filed.")
    if not rows:
        return join([verdict(Decimal(0), agrees, ""), tag("p", source, class_="ba-note")])
    tax = translate(
        "Filed: CHF {filed}. Computed now: CHF {now}. Difference: CHF {difference}.",
        filed=formats.chf(then),
        now=formats.chf(now),
        difference=formats.signed_chf(now - then),
    )
    is_rounding = all(abs(row["difference"]) <= TOLERATED for row in rows)
    shown = verdict(Decimal(0) if is_rounding else Decimal(1), tax, tax)
    return join(
        [
            shown,
            table(rows, columns, translate, is_interactive=False, page=None),
            tag("p", source, class_="ba-note"),
            _changes(books, vat_return, translate),
        ]
    )


def _changes(books: Books, vat_return: VatReturn, translate: Translator) -> Html | None:
    """Rows that came or went since filing, where a snapshot of that time is kept."""
    changed = books.sql(
        """
        select change, booked_on, debit_account_no, credit_account_no, amount, description, tax
        from review.changed_since_filed where period_id = $period
        order by abs(tax) desc, abs(amount) desc, line_id, change
        """,
        period=vat_return.period.id,
    )
    if not changed.height:
        return None
    columns = [
        Column("change", translate("Change"), facet=True),
        Column("booked_on", translate("Date"), Kind.DATE),
        Column("debit_account_no", translate("Debit"), class_="ba-code"),
        Column("credit_account_no", translate("Credit"), class_="ba-code"),
        Column("description", translate("Text"), class_="ba-text"),
        Column("amount", translate("Amount"), Kind.AMOUNT),
        Column("tax", translate("Tax"), Kind.DIFFERENCE),
    ]
    named = changed.head(CHANGES_SHOWN).with_columns(
        pl.col("change").replace({key: translate(name) for key, name in CHANGE_NAMES.items()})
    )
    opening = translate.count("{n} row changed since", "{n} rows changed since", changed.height)
    listing = table(named.iter_rows(named=True), columns, translate)
    return tag("details", tag("summary", opening), listing, data_changed_since="filed")
