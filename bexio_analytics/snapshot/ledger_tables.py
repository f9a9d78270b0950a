"""Tables of what was booked: the journal, and the manual entries behind part of it."""

from __future__ import annotations

from bexio_analytics.snapshot.schema import AMOUNT, BOOLEAN, DATE, FACTOR, INTEGER, MONEY, TEXT, Column, Table, Wire

MANUAL_ENTRY = Table(
    "manual_entry",
    "Bookings made by hand; type single, compound or group, or what else bexio sends.",
    resource="manual_entry",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("type", TEXT, Wire.TEXT, nullable=True),
        Column("booking_type", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("date", DATE, Wire.DATE),
        Column("reference_nr", TEXT, Wire.TEXT, nullable=True),
        Column("created_by_user_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("edited_by_user_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("is_locked", BOOLEAN, Wire.BOOLEAN, nullable=True, required=False),
        Column("locked_info", TEXT, Wire.TEXT, nullable=True, required=False),
    ),
    unread="entries",
)

MANUAL_ENTRY_LINE = Table(
    "manual_entry_line",
    "Lines of manual entries; id is the id of the line's first journal row, null on the counterpart of a compound "
    "entry. With a tax_id the amount includes VAT.",
    resource="manual_entry",
    items="entries",
    key=("manual_entry_id", "position"),
    columns=(
        Column("manual_entry_id", INTEGER, Wire.PARENT),
        Column("position", INTEGER, Wire.RUNNING_NUMBER),
        Column("id", INTEGER, Wire.INTEGER, nullable=True),
        Column("date", DATE, Wire.DATE, nullable=True, required=False),
        Column("debit_account_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("credit_account_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("tax_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("tax_account_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("description", TEXT, Wire.TEXT, nullable=True),
        Column("amount", AMOUNT, Wire.NUMBER),
        Column("currency_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("currency_factor", FACTOR, Wire.NUMBER, nullable=True),
        Column("base_currency_amount", AMOUNT, Wire.NUMBER, nullable=True),
    ),
    unread="base_currency_id created_by_user_id edited_by_user_id",
)

JOURNAL = Table(
    "journal",
    "The ledger: one row per debit and credit pair, VAT in rows of its own. base_amount is in base currency, amount "
    "in booking currency; sequence is the order of reading.",
    resource="journal",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("sequence", INTEGER, Wire.RUNNING_NUMBER),
        Column("date", DATE, Wire.DATE),
        Column("ref_class", TEXT, Wire.TEXT, nullable=True),
        Column("ref_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("ref_uuid", TEXT, Wire.TEXT, nullable=True),
        Column("reference", TEXT, Wire.ABSENT, nullable=True, required=False),
        Column("debit_account_id", INTEGER, Wire.INTEGER),
        Column("credit_account_id", INTEGER, Wire.INTEGER),
        Column("description", TEXT, Wire.TEXT, nullable=True),
        Column("amount", AMOUNT, Wire.NUMBER),
        Column("currency", TEXT, Wire.CURRENCY, "currency_id"),
        Column("currency_factor", FACTOR, Wire.NUMBER),
        Column("base_amount", MONEY, Wire.NUMBER, "base_currency_amount"),
        Column("base_currency", TEXT, Wire.CURRENCY, "base_currency_id"),
        Column("export_tax_code", TEXT, Wire.ABSENT, nullable=True, required=False),
        Column("export_tax_rate", FACTOR, Wire.ABSENT, nullable=True, required=False),
    ),
)
