"""Tables of documents and their parts: quotes, invoices, bills, expenses and what was paid on them.

Bills, expenses and outgoing payments are known from documentation only. Their amounts are accepted as number and as
decimal text, and fields that no question depends on may be absent.
"""

from __future__ import annotations

from bexio_analytics.snapshot.schema import (
    AMOUNT,
    BOOLEAN,
    DATE,
    FACTOR,
    INTEGER,
    JSON,
    TEXT,
    TIMESTAMP,
    Column,
    Table,
    Wire,
)

_PRICED = ("KbPositionCustom", "KbPositionArticle")

_SALES_DOCUMENT_UNREAD = (
    "contact_sub_id logopaper_id language_id bank_account_id payment_type_id header footer show_position_taxes "
    "contact_address viewed_by_client_at esr_id qr_invoice_id template_slug taxs positions network_link"
)

QUOTE = Table(
    "quote",
    "Quotes; kb_item_status_id 1 draft, 2 pending, 3 confirmed, 4 declined.",
    resource="quote",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("document_nr", TEXT, Wire.TEXT),
        Column("title", TEXT, Wire.TEXT, nullable=True),
        Column("contact_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("currency_id", INTEGER, Wire.INTEGER),
        Column("total_net", AMOUNT, Wire.DECIMAL_TEXT),
        Column("total_taxes", AMOUNT, Wire.DECIMAL_TEXT),
        Column("total", AMOUNT, Wire.DECIMAL_TEXT),
        Column("is_valid_from", DATE, Wire.DATE, nullable=True),
        Column("is_valid_until", DATE, Wire.DATE, nullable=True),
        Column("kb_item_status_id", INTEGER, Wire.INTEGER),
        Column("updated_at", TIMESTAMP, Wire.TIMESTAMP, nullable=True),
    ),
    unread=(
        f"{_SALES_DOCUMENT_UNREAD} user_id project_id total_gross total_rounding_difference mwst_type mwst_is_net "
        "delivery_address_type delivery_address api_reference kb_terms_of_payment_template_id show_total"
    ),
)

INVOICE = Table(
    "invoice",
    "Invoices as their detail answers have them; total includes VAT, total_net does not. mwst_type 0 computes VAT "
    "(mwst_is_net: on top), 1 and 2 do not. kb_item_status_id 7 draft, 8 open, 9 paid, 16 part paid, 19 cancelled, "
    "31 overdue.",
    resource="invoice_detail",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("document_nr", TEXT, Wire.TEXT),
        Column("title", TEXT, Wire.TEXT, nullable=True),
        Column("contact_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("user_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("project_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("currency_id", INTEGER, Wire.INTEGER),
        Column("total_gross", AMOUNT, Wire.DECIMAL_TEXT),
        Column("total_net", AMOUNT, Wire.DECIMAL_TEXT),
        Column("total_taxes", AMOUNT, Wire.DECIMAL_TEXT),
        Column("total", AMOUNT, Wire.DECIMAL_TEXT),
        Column("total_rounding_difference", AMOUNT, Wire.NUMBER),
        Column("total_received_payments", AMOUNT, Wire.DECIMAL_TEXT),
        Column("total_credit_vouchers", AMOUNT, Wire.DECIMAL_TEXT),
        Column("total_remaining_payments", AMOUNT, Wire.DECIMAL_TEXT),
        Column("mwst_type", INTEGER, Wire.INTEGER),
        Column("mwst_is_net", BOOLEAN, Wire.BOOLEAN),
        Column("is_valid_from", DATE, Wire.DATE, nullable=True),
        Column("is_valid_to", DATE, Wire.DATE, nullable=True),
        Column("kb_item_status_id", INTEGER, Wire.INTEGER),
        Column("reference", TEXT, Wire.TEXT, nullable=True),
        Column("api_reference", TEXT, Wire.TEXT, nullable=True),
        Column("updated_at", TIMESTAMP, Wire.TIMESTAMP, nullable=True),
    ),
    unread=_SALES_DOCUMENT_UNREAD,
)

INVOICE_POSITION = Table(
    "invoice_position",
    "Positions of invoices in their order; ids are unique per type only. A tax on a position is no proof that VAT "
    "was computed: see invoice_tax.",
    resource="invoice_detail",
    items="positions",
    key=("invoice_id", "position"),
    columns=(
        Column("invoice_id", INTEGER, Wire.PARENT),
        Column("position", INTEGER, Wire.RUNNING_NUMBER),
        Column("id", INTEGER, Wire.INTEGER),
        Column("type", TEXT, Wire.TEXT),
        Column("account_id", INTEGER, Wire.INTEGER, nullable=True, of_types=_PRICED),
        Column("tax_id", INTEGER, Wire.INTEGER, nullable=True, of_types=_PRICED),
        Column("tax_value", FACTOR, Wire.DECIMAL_TEXT, nullable=True, of_types=_PRICED),
        Column("text", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("amount", AMOUNT, Wire.DECIMAL_TEXT, nullable=True, of_types=_PRICED),
        Column("unit_price", AMOUNT, Wire.DECIMAL_TEXT, nullable=True, of_types=_PRICED),
        Column("discount_in_percent", FACTOR, Wire.DECIMAL_TEXT, nullable=True, required=False),
        Column("position_total", AMOUNT, Wire.DECIMAL_TEXT, nullable=True, of_types=_PRICED),
        Column("is_optional", BOOLEAN, Wire.BOOLEAN, nullable=True, required=False),
        Column("discount_total", AMOUNT, Wire.DECIMAL_TEXT, nullable=True, of_types=("KbPositionDiscount",)),
        Column("value", AMOUNT, Wire.DECIMAL_TEXT, nullable=True, required=False),
    ),
    unread=(
        "internal_pos parent_id amount_reserved amount_open amount_completed unit_id unit_name pos article_id "
        "show_pos_nr is_percentual pagebreak show_pos_prices total_sum"
    ),
)

INVOICE_TAX = Table(
    "invoice_tax",
    "VAT that bexio computed on an invoice, one row per rate in percent; none where no VAT was computed.",
    resource="invoice_detail",
    items="taxs",
    key=("invoice_id", "percentage"),
    columns=(
        Column("invoice_id", INTEGER, Wire.PARENT),
        Column("percentage", FACTOR, Wire.NUMBER_OR_DECIMAL_TEXT),
        Column("value", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT),
    ),
)

INVOICE_PAYMENT = Table(
    "invoice_payment",
    "Payments, cash discounts and credit notes set off against invoices.",
    resource="invoice_payment",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("invoice_id", INTEGER, Wire.INTEGER, "kb_invoice_id"),
        Column("date", DATE, Wire.DATE),
        Column("value", AMOUNT, Wire.DECIMAL_TEXT),
        Column("bank_account_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("title", TEXT, Wire.TEXT, nullable=True),
        Column("is_client_account_redemption", BOOLEAN, Wire.BOOLEAN, nullable=True, required=False),
        Column("is_cash_discount", BOOLEAN, Wire.BOOLEAN, nullable=True),
        Column("credit_voucher_id", INTEGER, Wire.INTEGER, "kb_credit_voucher_id", nullable=True),
        Column("credit_voucher_text", TEXT, Wire.TEXT, "kb_credit_voucher_text", nullable=True),
    ),
    unread="payment_service_id kb_bill_id",
)

BILL = Table(
    "bill",
    "Supplier bills as their detail answers have them. item_net false: line amounts include VAT. Status runs from "
    "DRAFT over BOOKED to PAID.",
    resource="bill_detail",
    columns=(
        Column("id", TEXT, Wire.TEXT),
        Column("document_no", TEXT, Wire.TEXT, nullable=True),
        Column("title", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("status", TEXT, Wire.TEXT),
        Column("supplier_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("vendor_ref", TEXT, Wire.TEXT, nullable=True),
        Column("lastname_company", TEXT, Wire.TEXT, nullable=True),
        Column("firstname_suffix", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("contact_partner_id", INTEGER, Wire.INTEGER, nullable=True, required=False),
        Column("created_at", TIMESTAMP, Wire.TIMESTAMP, nullable=True),
        Column("bill_date", DATE, Wire.DATE),
        Column("due_date", DATE, Wire.DATE, nullable=True),
        Column("amount_man", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("amount_calc", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("pending_amount", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True, required=False),
        Column("currency_code", TEXT, Wire.TEXT),
        Column("exchange_rate", FACTOR, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("base_currency_code", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("base_currency_amount", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("item_net", BOOLEAN, Wire.BOOLEAN),
        Column("country_code", TEXT, Wire.TEXT, "address.country_code", nullable=True, required=False),
        Column("attachment_ids", JSON, Wire.LIST),
    ),
    unread=(
        "manual_amount split_into_line_items purchase_order_id overdue qr_bill_information line_items discounts "
        "payment average_exchange_rate_enabled"
    ),
)

BILL_LINE = Table(
    "bill_line",
    "Lines of bills with tax and ledger account.",
    resource="bill_detail",
    items="line_items",
    key=("bill_id", "position"),
    columns=(
        Column("bill_id", TEXT, Wire.PARENT),
        Column("position", INTEGER, Wire.RUNNING_NUMBER),
        Column("id", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("title", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("tax_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("tax_calc", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("amount", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT),
        Column("booking_account_id", INTEGER, Wire.INTEGER, nullable=True),
    ),
    unread="position",
)

BILL_DISCOUNT = Table(
    "bill_discount",
    "Discounts on a whole bill.",
    resource="bill_detail",
    items="discounts",
    key=("bill_id", "position"),
    columns=(
        Column("bill_id", TEXT, Wire.PARENT),
        Column("position", INTEGER, Wire.RUNNING_NUMBER),
        Column("id", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("amount", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT),
    ),
    unread="position",
)

EXPENSE = Table(
    "expense",
    "Expenses paid at once, as their detail answers have them; status DRAFT or DONE, amount includes VAT.",
    resource="expense_detail",
    columns=(
        Column("id", TEXT, Wire.TEXT),
        Column("document_no", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("title", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("status", TEXT, Wire.TEXT),
        Column("supplier_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("lastname_company", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("firstname_suffix", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("created_at", TIMESTAMP, Wire.TIMESTAMP, nullable=True),
        Column("paid_on", DATE, Wire.DATE),
        Column("bank_account_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("booking_account_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("currency_code", TEXT, Wire.TEXT),
        Column("exchange_rate", FACTOR, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("amount", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT),
        Column("tax_man", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("tax_calc", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("tax_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("base_currency_amount", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("attachment_ids", JSON, Wire.LIST),
    ),
    unread="base_currency_code transaction_id invoice_id project_id address",
)

OUTGOING_PAYMENT = Table(
    "outgoing_payment",
    "Payment orders of bills: orders, not bookings.",
    resource="outgoing_payment",
    columns=(
        Column("id", TEXT, Wire.TEXT),
        Column("bill_id", TEXT, Wire.TEXT),
        Column("payment_type", TEXT, Wire.TEXT),
        Column("status", TEXT, Wire.TEXT),
        Column("execution_date", DATE, Wire.DATE, nullable=True),
        Column("amount", AMOUNT, Wire.NUMBER_OR_DECIMAL_TEXT),
    ),
    unread="sender_bank_account_id receiver_account_no receiver_iban banking_payment_id transaction_id",
)
