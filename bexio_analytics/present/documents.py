"""Documents beside the journal: what an invoice, a bill or an expense says, and what was booked for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bexio_analytics.present import bridges, formats
from bexio_analytics.present.labels import KIND_NAMES
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, Row

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.present.translation import Translator

IMPORT_TAX_RATE = 100
"""The rate of a code that books import tax alone: there is no base."""


def documents_of(books: Books, period: VatPeriod) -> int:
    """Booked invoices, bills and expenses of a period; an export has none."""
    counted = books.sql(
        "select count(*) as documents from document_total where dated_on between $start and $end",
        start=period.start,
        end=period.end,
    )
    return int(counted["documents"][0])


def document_part(taxes: pl.DataFrame, totals: pl.DataFrame, examined: int, translate: Translator) -> Html:
    """Documents whose VAT or total was booked otherwise.

    Args:
        taxes: rows of ``document_tax`` that differ.
        totals: rows of ``document_total`` that differ.
        examined: documents of the period.
        translate: language.
    """
    if taxes.is_empty() and totals.is_empty():
        if not examined:
            text = translate("The books hold no documents of this period to compare the journal with.")
            return bridges.nothing(text)
        text = translate.count(
            "{n} document was booked as it says, total and VAT.",
            "All {n} documents were booked as they say, total and VAT.",
            examined,
        )
        return bridges.quiet(text, translate)
    differing = len({*taxes["document_id"], *totals["document_id"]})
    sentence = translate(
        "{n} of {all} documents were booked otherwise than they say.",
        n=formats.count(differing),
        all=formats.count(examined),
    )
    parts = [bridges.differs(sentence)]
    if not taxes.is_empty():
        parts.append(tag("h4", translate("VAT booked otherwise")))
        parts.append(_listed(taxes, [*_head(translate), *_rates(translate), *_amounts(translate)], translate))
    if not totals.is_empty():
        parts.append(tag("h4", translate("Total booked otherwise")))
        parts.append(_listed(totals, [*_head(translate), *_amounts(translate)], translate))
    note = translate("Amounts in the currency of the document; rounding is left out.")
    return join([*parts, tag("p", note, class_="ba-note")])


def _listed(frame: pl.DataFrame, columns: Sequence[Column], translate: Translator) -> Html:
    def named(row: Row) -> Row:
        kind = str(row["kind"])
        words = {"kind": translate(KIND_NAMES.get(kind, kind))}
        if "rate" in row:
            is_import = row["rate"] == IMPORT_TAX_RATE
            words["rate"] = translate("Import tax") if is_import else formats.rate(row["rate"])
        return {**row, **words}

    view = "document_tax" if "rate" in frame.columns else "document_total"
    return bridges.rows_behind(frame, columns, translate, view=view, named=named)


def _head(translate: Translator) -> list[Column]:
    return [
        Column("dated_on", translate("Date"), Kind.DATE),
        Column("kind", translate("Kind")),
        Column("document_no", translate("Document"), class_="ba-code"),
        Column("contact_name", translate("Contact"), class_="ba-text"),
    ]


def _rates(translate: Translator) -> list[Column]:
    return [Column("rate", translate("Rate"), class_="ba-n"), Column("codes", translate("Code"), class_="ba-code")]


def _amounts(translate: Translator) -> list[Column]:
    return [
        Column("currency", translate("Currency")),
        Column("stated", translate("The document says"), Kind.AMOUNT),
        Column("booked", translate("Booked"), Kind.AMOUNT),
        Column("difference", translate("Difference"), Kind.DIFFERENCE),
    ]
