"""VAT lines as a table: what stands behind a figure of the return."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bexio_analytics.present import formats
from bexio_analytics.present.labels import EVIDENCE_NAMES
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, table

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.present.translation import Translator


def lines_of_period(books: Books, period: VatPeriod) -> pl.DataFrame:
    """All VAT lines of a period with the Ziffern they reach, by date.

    Returns:
        Columns booked_on, document_no, contact_name, description, account_nos, tax_code, ziffern (text), net, tax
        (CHF), evidence, is_deferred (waits for its payment, reaches no Ziffer).
    """
    return books.sql(
        """
        select booked_on, document_no, contact_name, description, account_nos, tax_code,
               (select string_agg(reached.ziffer, ' ' order by reached.ziffer)
                from vat_line_ziffer as reached where reached.vat_line_id = vat_line.vat_line_id) as ziffern,
               net, tax, evidence, is_deferred
        from vat_line
        where booked_on between $start_on and $end_on
        order by booked_on, vat_line_id
        """,
        start_on=period.start,
        end_on=period.end,
    )


def vat_line_table(
    frame: pl.DataFrame, translate: Translator, *, base: str, tax: str | None, limit: int, is_wide: bool = False
) -> Html:
    """VAT lines with date, document, contact, accounts, code, base and tax; the biggest where there are too many.

    Args:
        frame: rows with the columns of ``vat_line`` and a column of base amounts.
        translate: language.
        base: name of the column with the base: ``box_base`` on one Ziffer, ``net`` of a whole line.
        tax: name of the column with the tax: ``box_tax`` on one Ziffer, ``tax`` of a whole line; None shows
            the net tax rate in its place.
        limit: rows shown at most. A longer frame is cut to the lines with the biggest base, and the page says so.
        is_wide: with the Ziffern each line reaches.
    """
    shown = frame
    note = None
    if frame.height > limit:
        shown = (
            frame.with_row_index("place")
            .sort(pl.col(base).abs(), descending=True, nulls_last=True)
            .head(limit)
            .sort("place")
        )
        note = tag(
            "p",
            translate(
                "The {shown} largest of {all} lines; all of them are in the view vat_line.",
                shown=formats.count(limit),
                all=formats.count(frame.height),
            ),
            class_="ba-note",
        )
    columns = [
        Column("booked_on", translate("Date"), Kind.DATE),
        Column("document_no", translate("Document"), class_="ba-code"),
        Column("contact_name", translate("Contact")),
        Column("description", translate("Text"), class_="ba-text"),
        Column("accounts", translate("Account"), class_="ba-code"),
        Column("tax_code", translate("Code"), facet=is_wide, class_="ba-code"),
        *([Column("ziffern", translate("Ziffer"), class_="ba-code")] if is_wide else []),
        Column(base, translate("Base"), Kind.AMOUNT),
        Column(tax, translate("Tax"), Kind.AMOUNT) if tax else Column("net_rate", translate("Rate"), Kind.RATE),
        Column("evidence_name", translate("Evidence"), facet=is_wide),
    ]
    rows = [
        {
            **row,
            **({"ziffern": translate("unpaid")} if is_wide and row["is_deferred"] else {}),
            "accounts": account_text(row["account_nos"]),
            "evidence_name": translate(EVIDENCE_NAMES.get(row["evidence"], str(row["evidence"]))),
        }
        for row in shown.iter_rows(named=True)
    ]
    # Sales and purchases of a whole period make no sum that means anything.
    sums = {column: frame[column].sum() for column in (base, tax) if column}
    total = None if is_wide else {**sums, "description": translate("Total")}
    return join(
        [
            table(rows, columns, translate, total=total, empty=translate("No VAT line."), class_="ba-lines"),
            note,
        ]
    )


def account_text(account_nos: object) -> str:
    """Account numbers of a line as text, whether a list or text already."""
    return ", ".join(str(number) for number in account_nos) if isinstance(account_nos, list) else str(account_nos or "")
