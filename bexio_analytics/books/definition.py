"""What a ``.sql`` file of this room defines: a query, and the words that explain it and its columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

LAW_VIEWS = ("normal_rate",)
"""Views of the law alone, in the schema ``law``."""

VIEWS = (
    "account",
    "tax_code",
    "contact",
    "currency",
    "business_year",
    "vat_status",
    "vat_period",
    "document",
    "document_line",
    "payment",
    "attachment",
    "company",
)
"""Views that read the snapshot alone, in the order they are made."""

DERIVATION = (
    "journal_row",
    "row_anchor",
    "expense_row",
    "bill_payment",
    "credit_note_payout",
    "document_row",
    "base_row_code",
    "tax_row_code",
    "inferred_code",
    "moved_tax_code",
    "activity_code",
    "coded_row",
    "shared_rate",
)
"""Steps that find out which document and which tax code a journal row belongs to, in this order."""

LEDGER_VIEWS = (
    "journal_line",
    "posting",
    "journal_entry",
    "collection",
    "vat_line",
    "vat_line_ziffer",
    "vat_return",
    "balance",
    "cash_book",
    "vat_account_item",
    "vat_account_month",
    "reconciliation",
    "turnover_posting",
    "turnover_item",
    "countable_turnover",
    "document_tax",
    "document_total",
    "purchase",
    "open_item",
    "misdirected_posting",
    "supply_period",
    "reduction",
    "return_ratio",
    "annual_instalment",
    "habit_posting",
    "settlement",
    "unmatched_posting",
    "private_share",
    "car_month",
    "declared_turnover",
    "asset_purchase",
    "change_of_use",
    "invoice_date",
    "document_number",
    "booking_day",
    "digit_test",
    "stated_month",
    "entry_time",
    "manual_booking",
    "export_sale",
    "order_of_entry",
)
"""Views of the ledger, made from the steps."""

_GRAIN = re.compile(r"grain: (?P<grain>.*?)(?:; key: (?P<key>.*))?")
_COLUMN = re.compile(r"(?P<name>[a-z_]+): (?P<text>.+)")


@dataclass(frozen=True, slots=True)
class Definition:
    """One ``.sql`` file: its query and what its header says.

    Attributes:
        name: name of the view or step.
        meaning: what a row is, in the terms of an accountant.
        grain: what one row stands for.
        key: columns that identify a row, or None.
        columns: meaning by column, in the order of the header.
        query: the ``select``.
    """

    name: str
    meaning: str
    grain: str
    key: str | None
    columns: dict[str, str]
    query: str


@cache
def definition(folder: str, name: str) -> Definition:
    """Read one ``.sql`` file of this room; ``folder`` is ``views`` or ``derivation``."""
    text = resources.files("bexio_analytics.books").joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")
    lines = text.splitlines()
    header = []
    for line in lines:
        if not line.startswith("--"):
            break
        header.append(line.removeprefix("--").strip())
    meaning: list[str] = []
    columns: dict[str, str] = {}
    grain, key = "", None
    for line in header:
        if match := _GRAIN.fullmatch(line):
            grain, key = match["grain"], match["key"]
        elif grain and (match := _COLUMN.fullmatch(line)):
            columns[match["name"]] = match["text"]
        elif line and not columns:
            meaning.append(line)
    return Definition(name, " ".join(meaning), grain, key, columns, "\n".join(lines[len(header) :]))
