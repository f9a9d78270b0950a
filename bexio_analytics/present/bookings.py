"""The journal lines behind findings, fetched in one query for a whole list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.review import Finding

_KEYS = {
    "journal_line": "line_id",
    "vat_line": "vat_line_id",
    "journal_entry": "entry_id",
    "document": "document_id",
}
"""What a finding is about, and the column of ``journal_line`` that holds its key."""
_BESIDE = ("equal_entry", "earlier_entry", "other_entry")
"""Evidence that names a second booking, to be compared with the first."""
_SHOWN = ("booked_on", "document_no", "description", "debit_account_no", "credit_account_no", "tax_code", "amount")


def bookings_behind(books: Books, findings: Iterable[Finding]) -> dict[str, pl.DataFrame]:
    """Whole bookings behind each finding, and the one it is compared with, by finding id.

    Findings about accounts or periods have none.

    Returns:
        Frames with booked_on, document_no, description, debit_account_no, credit_account_no, tax_code, amount (CHF),
        in the order of the journal.
    """
    wanted: dict[str, tuple[str, str]] = {}
    beside: dict[str, list[str]] = {}
    for finding in findings:
        subject = _subject(finding.subject_id)
        if subject:
            wanted[finding.id] = subject
            beside[finding.id] = [str(finding.evidence[key]) for key in _BESIDE if finding.evidence.get(key)]
    if not wanted:
        return {}
    asked = [*wanted.values(), *(("entry_id", entry) for others in beside.values() for entry in others)]
    keys = {column: sorted({key for other, key in asked if other == column}) for column in _KEYS.values()}
    lines = books.sql(
        """
        with line as (
            select line_id::varchar as line_id, vat_line_id, entry_id, document_id, sequence,
                   booked_on, document_no, description, debit_account_no, credit_account_no, tax_code, amount
            from   journal_line
        )
        select * from line
        where entry_id in (
            select entry_id from line
            where  line_id in (select unnest($line_id::varchar[]))
               or  vat_line_id in (select unnest($vat_line_id::varchar[]))
               or  entry_id in (select unnest($entry_id::varchar[]))
               or  document_id in (select unnest($document_id::varchar[]))
        )
        order by booked_on, sequence, line_id
        """,
        **keys,
    )
    behind = {}
    for finding_id, (column, key) in wanted.items():
        entries = lines.filter(pl.col(column) == key)["entry_id"].unique().to_list()
        found = lines.filter(pl.col("entry_id").is_in([*entries, *beside[finding_id]]))
        if found.height:
            behind[finding_id] = found.select(_SHOWN)
    return behind


def _subject(subject_id: str) -> tuple[str, str] | None:
    """The column and the value by which the journal knows a subject; None for accounts and returns."""
    view, _, key = subject_id.partition(":")
    return (_KEYS[view], key) if view in _KEYS else None
