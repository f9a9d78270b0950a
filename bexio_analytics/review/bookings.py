"""Which booking a finding is about, so that everything that speaks against one booking comes together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bexio_analytics.books import Books
    from bexio_analytics.review.finding import Finding

_ABOUT_NO_BOOKING = frozenset({"account", "cash_book", "reconciliation", "company", "vat_period", "vat_return"})
"""Subjects that are a balance, a return or the company, whatever booking their evidence happens to name."""


def with_bookings(findings: Sequence[Finding], books: Books) -> dict[str, Finding]:
    """The findings with the booking each is about, by finding id.

    A finding on a row or VAT line belongs to the booking of that row, one on a document to the booking that issued it.
    """
    concerned = [each for each in findings if each.subject not in _ABOUT_NO_BOOKING]
    of_line = _entries(books, "line_id", pl.Int64(), (each.evidence.get("line_id") for each in concerned))
    of_document = _entries(books, "document_id", pl.String(), (each.evidence.get("document_id") for each in concerned))
    located = {each.id: each for each in findings}
    for each in concerned:
        entry = _entry_of(each.evidence, of_line, of_document)
        if entry is not None:
            located[each.id] = replace(each, booking=f"journal_entry:{entry}")
    return located


def _entry_of(
    evidence: Mapping[str, object], of_line: Mapping[object, str], of_document: Mapping[object, str]
) -> str | None:
    if evidence.get("entry_id") is not None:
        return str(evidence["entry_id"])
    if evidence.get("vat_line_id") is not None:
        return str(evidence["vat_line_id"]).partition("|")[0]
    line, document = evidence.get("line_id"), evidence.get("document_id")
    return of_line.get(line) or of_document.get(document)


def _entries(books: Books, column: str, dtype: pl.DataType, keys: Iterable[object]) -> dict[object, str]:
    """Booking by key; of a document the booking that issued it, not its payments."""
    wanted = sorted({key for key in keys if key is not None}, key=str)
    if not wanted:
        return {}
    books.register("review", "asked", pl.DataFrame({column: wanted}, schema={column: dtype}))
    found = books.sql(
        f"""
        select {column} as key, arg_min(entry_id, (kind = 'payment', sequence)) as entry_id
        from   journal_line join review.asked using ({column}) group by {column}
        """  # noqa: S608 - one of two column names written above
    )
    return dict(found.iter_rows())
