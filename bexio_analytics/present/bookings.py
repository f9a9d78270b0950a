"""The journal lines behind findings, fetched in one query for a whole list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.review import Finding


def bookings_behind(books: Books, findings: Iterable[Finding]) -> dict[str, pl.DataFrame]:
    """Whole bookings behind each finding, by finding id; findings about accounts or periods have none.

    Returns:
        Frames with booked_on, document_no, description, debit_account_no, credit_account_no, tax_code, amount (CHF),
        in the order of the journal.
    """
    wanted = {finding.id: _subject_key(finding.subject_id) for finding in findings}
    keys = {
        kind: sorted({key for view, key in wanted.values() if view == kind}) for kind in ("line", "entry", "document")
    }
    if not any(keys.values()):
        return {}
    lines = books.sql(
        """
        with hit as (
            select distinct entry_id from journal_line
            where line_id::varchar in (select unnest($lines::varchar[]))
               or entry_id::varchar in (select unnest($entries::varchar[]))
               or document_id in (select unnest($documents::varchar[]))
        )
        select line_id::varchar as line_key, entry_id::varchar as entry_key, document_id, booked_on, document_no,
               description, debit_account_no, credit_account_no, tax_code, amount
        from journal_line where entry_id in (select entry_id from hit)
        order by booked_on, sequence, line_id
        """,
        lines=keys["line"],
        entries=keys["entry"],
        documents=keys["document"],
    )
    return {
        finding_id: found.drop("line_key", "entry_key", "document_id")
        for finding_id, (kind, key) in wanted.items()
        if (found := _behind(lines, kind, key)).height
    }


def _behind(lines: pl.DataFrame, kind: str, key: str) -> pl.DataFrame:
    if kind == "document":
        return lines.filter(pl.col("document_id") == key)
    if kind == "line":
        entries = lines.filter(pl.col("line_key") == key)["entry_key"].implode()
        return lines.filter(pl.col("entry_key").is_in(entries))
    return lines.filter(pl.col("entry_key") == key)


def _subject_key(subject_id: str) -> tuple[str, str]:
    """What a finding is about as (line, entry, document or other) and the key."""
    view, _, key = subject_id.partition(":")
    match view:
        case "journal_line" | "posting":
            return "line", key.partition(":")[0]
        case "vat_line":
            return "entry", key.rpartition("|")[0]
        case "journal_entry":
            return "entry", key
        case "document":
            return "document", key
        case _:
            return "other", key
