"""All tables of a snapshot, by name. Every snapshot has every one of them, empty where there is nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bexio_analytics.snapshot import document_tables, ledger_tables, master_tables
from bexio_analytics.snapshot.schema import Column, Table, Wire

__all__ = ["INDISPENSABLE", "LISTS", "RESOURCES", "TABLES", "Column", "Table", "Wire"]

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            master_tables.COMPANY,
            master_tables.USER,
            master_tables.ACCOUNT,
            master_tables.ACCOUNT_GROUP,
            master_tables.TAX,
            master_tables.CURRENCY,
            master_tables.BUSINESS_YEAR,
            master_tables.CALENDAR_YEAR,
            master_tables.VAT_PERIOD,
            master_tables.CONTACT,
            master_tables.COUNTRY,
            document_tables.QUOTE,
            master_tables.PROJECT,
            document_tables.INVOICE,
            document_tables.INVOICE_POSITION,
            document_tables.INVOICE_TAX,
            document_tables.INVOICE_PAYMENT,
            document_tables.BILL,
            document_tables.BILL_LINE,
            document_tables.BILL_DISCOUNT,
            document_tables.EXPENSE,
            document_tables.OUTGOING_PAYMENT,
            ledger_tables.MANUAL_ENTRY,
            ledger_tables.MANUAL_ENTRY_LINE,
            ledger_tables.JOURNAL,
            master_tables.FILE,
            master_tables.BANK_ACCOUNT,
        )
    }
)
"""Declarations by table name."""

LISTS: Mapping[str, str] = MappingProxyType(
    {"invoice": "invoice_detail", "bill": "bill_detail", "expense": "expense_detail"}
)
"""Resources that only tell which rows exist, with the resource that answers each row in full."""

RESOURCES: tuple[str, ...] = tuple(dict.fromkeys([*LISTS, *(table.resource for table in TABLES.values())]))
"""Raw resources that a complete pull consists of."""

INDISPENSABLE = frozenset({"company", "account", "tax", "currency", "calendar_year", "journal"})
"""Resources without which books mean nothing; any other may be refused by bexio (a right or a product is missing)."""
