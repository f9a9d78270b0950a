"""What a check can examine: the views, their business keys, and the name a finding calls a row by."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Subject:
    """One view that can be the subject of a check.

    Attributes:
        view: its name in the books.
        keys: columns that identify a finding besides the code; together with it they make the finding's id.
        ids: templates of ``subject_id``; the first whose columns are all known is used.
        in_period: SQL condition that makes a row part of a period's population; ``$start``, ``$end`` and ``$period``
            are the period's first day, last day and name.
    """

    view: str
    keys: tuple[str, ...]
    ids: tuple[str, ...]
    in_period: str

    @property
    def required(self) -> frozenset[str]:
        """Columns that the rows of every check of this subject carry."""
        named = {name for each in self.ids for _, name, _, _ in string.Formatter().parse(each) if name}
        return frozenset({*self.keys, *named, "booked_on", "amount"})

    def id_of(self, row: Mapping[str, object]) -> str:
        """The subject_id of a row, such as ``journal_line:6168``.

        Raises:
            ValueError: every template has an unknown part.
        """
        for template in self.ids:
            names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
            if all(row[name] is not None for name in names):
                return template.format(**row)
        raise ValueError(f"a row of {self.view} has no key")


_DATED = "booked_on between $start and $end"
_ALWAYS = "$start <= $end"

SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {
        subject.view: subject
        for subject in (
            Subject("posting", ("posting_id",), ("journal_line:{line_id}",), _DATED),
            Subject("turnover_posting", ("posting_id",), ("journal_line:{line_id}",), _DATED),
            Subject("journal_line", ("line_id",), ("journal_line:{line_id}",), _DATED),
            Subject("journal_entry", ("entry_id",), ("document:{document_id}", "journal_entry:{entry_id}"), _DATED),
            Subject("purchase", ("entry_id",), ("document:{document_id}", "journal_entry:{entry_id}"), _DATED),
            Subject("vat_line", ("vat_line_id",), ("vat_line:{vat_line_id}",), _DATED),
            Subject("document", ("document_id",), ("document:{document_id}",), "dated_on between $start and $end"),
            # What is unpaid is looked at whenever it was written.
            Subject("open_item", ("document_id",), ("document:{document_id}",), _ALWAYS),
            # An account is examined at a day: the same account may be wrong again next quarter.
            Subject("account", ("account_no", "booked_on"), ("account:{account_no}",), _ALWAYS),
            Subject("cash_book", ("account_no", "booked_on"), ("account:{account_no}",), _DATED),
            Subject("reconciliation", ("period_id", "account_no"), ("account:{account_no}",), "period_id = $period"),
            Subject("company", ("company_id",), ("company:{company_id}",), _ALWAYS),
            # A return is examined as a whole, or Ziffer by Ziffer.
            Subject("vat_period", ("period_id",), ("vat_return:{period_id}",), "period_id = $period"),
            Subject("vat_return", ("period_id", "ziffer"), ("vat_return:{period_id}",), "period_id = $period"),
        )
    }
)
"""Subjects by view."""
