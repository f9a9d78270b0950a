"""Tables of what bookings refer to: company, accounts, taxes, years, contacts, files."""

from __future__ import annotations

from bexio_analytics.snapshot.schema import BOOLEAN, DATE, FACTOR, INTEGER, TEXT, TIMESTAMP, Column, Table, Wire

COMPANY = Table(
    "company",
    "The company whose books these are; one row.",
    resource="company",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("name", TEXT, Wire.TEXT),
        Column("address", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("postcode", TEXT, Wire.TEXT_OR_NUMBER, nullable=True, required=False),
        Column("city", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("country_id", INTEGER, Wire.INTEGER, nullable=True, required=False),
        Column("legal_form", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("ust_id_nr", TEXT, Wire.TEXT, nullable=True),
        Column("mwst_nr", TEXT, Wire.TEXT, nullable=True),
    ),
    unread=(
        "address_nr country_name mail phone_fixed phone_mobile fax url skype_name facebook_name twitter_name "
        "description trade_register_nr has_own_logo is_public_profile is_logo_public is_address_public "
        "is_phone_public is_mobile_public is_fax_public is_mail_public is_url_public is_skype_public logo_base64"
    ),
)

USER = Table(
    "user",
    "People who work in the company's bexio.",
    resource="user",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("firstname", TEXT, Wire.TEXT, nullable=True),
        Column("lastname", TEXT, Wire.TEXT, nullable=True),
        Column("email", TEXT, Wire.TEXT, nullable=True),
        Column("is_superadmin", BOOLEAN, Wire.BOOLEAN, nullable=True, required=False),
        Column("is_accountant", BOOLEAN, Wire.BOOLEAN, nullable=True, required=False),
    ),
    unread="salutation_type",
)

ACCOUNT = Table(
    "account",
    "Chart of accounts; account_type is 1 earnings, 2 expenditures, 3 active, 4 passive, 5 closing.",
    resource="account",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("uuid", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("account_no", TEXT, Wire.TEXT),
        Column("name", TEXT, Wire.TEXT),
        Column("account_type", INTEGER, Wire.INTEGER),
        Column("tax_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("account_group_id", INTEGER, Wire.INTEGER, "fibu_account_group_id", nullable=True),
        Column("is_active", BOOLEAN, Wire.BOOLEAN),
        Column("is_locked", BOOLEAN, Wire.BOOLEAN),
    ),
)

ACCOUNT_GROUP = Table(
    "account_group",
    "Headings of the chart of accounts, nested by parent_id.",
    resource="account_group",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("uuid", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("account_no", TEXT, Wire.TEXT),
        Column("name", TEXT, Wire.TEXT),
        Column("parent_id", INTEGER, Wire.INTEGER, "parent_fibu_account_group_id", nullable=True),
        Column("is_active", BOOLEAN, Wire.BOOLEAN),
        Column("is_locked", BOOLEAN, Wire.BOOLEAN),
    ),
)

TAX = Table(
    "tax",
    "Tax codes of the company; value in percent (100 for customs), digit is the box of the VAT form.",
    resource="tax",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("uuid", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("code", TEXT, Wire.TEXT),
        Column("name", TEXT, Wire.TEXT, nullable=True),
        Column("digit", TEXT, Wire.TEXT, nullable=True),
        Column("type", TEXT, Wire.TEXT),
        Column("account_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("value", FACTOR, Wire.NUMBER),
        # Sent as decimal text by the documentation's example; nobody has recorded a company that has one.
        Column("net_tax_value", FACTOR, Wire.NUMBER_OR_DECIMAL_TEXT, nullable=True),
        Column("start_year", INTEGER, Wire.INTEGER, nullable=True),
        Column("start_month", INTEGER, Wire.INTEGER, nullable=True),
        Column("end_year", INTEGER, Wire.INTEGER, nullable=True),
        Column("end_month", INTEGER, Wire.INTEGER, nullable=True),
        Column("is_active", BOOLEAN, Wire.BOOLEAN),
        Column("display_name", TEXT, Wire.TEXT, nullable=True, required=False),
    ),
    unread="tax_settlement_type",
)

CURRENCY = Table(
    "currency",
    "Currencies in use; name is the ISO code, round_factor the smallest coin (0.05 for CHF).",
    resource="currency",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("name", TEXT, Wire.TEXT),
        Column("round_factor", FACTOR, Wire.NUMBER),
    ),
)

BUSINESS_YEAR = Table(
    "business_year",
    "Business years; start and end are both part of the year, status is open, locked or closed.",
    resource="business_year",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("start", DATE, Wire.DATE),
        Column("end", DATE, Wire.DATE),
        Column("status", TEXT, Wire.TEXT),
        Column("closed_at", DATE, Wire.DATE, nullable=True),
    ),
)

CALENDAR_YEAR = Table(
    "calendar_year",
    "VAT status by calendar year; method effective or net_tax, type agreed or collected.",
    resource="calendar_year",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("start", DATE, Wire.DATE),
        Column("end", DATE, Wire.DATE),
        Column("is_vat_subject", BOOLEAN, Wire.BOOLEAN),
        # Null is thinkable where the company is not subject to VAT: nobody has recorded such a year.
        Column("vat_accounting_method", TEXT, Wire.TEXT, nullable=True),
        Column("vat_accounting_type", TEXT, Wire.TEXT, nullable=True),
        Column("is_annual_reporting", BOOLEAN, Wire.BOOLEAN),
        Column("default_tax_income_id", INTEGER, Wire.INTEGER, nullable=True, required=False),
        Column("default_tax_expense_id", INTEGER, Wire.INTEGER, nullable=True, required=False),
    ),
    unread="created_at updated_at",
)

VAT_PERIOD = Table(
    "vat_period",
    "VAT periods as bexio keeps them; type quarter, semester or annual, status open, closed, closed_with_message.",
    resource="vat_period",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("start", DATE, Wire.DATE),
        Column("end", DATE, Wire.DATE),
        Column("type", TEXT, Wire.TEXT),
        Column("status", TEXT, Wire.TEXT),
        Column("closed_at", DATE, Wire.DATE, nullable=True, required=False),
    ),
)

CONTACT = Table(
    "contact",
    "Customers and suppliers; contact_type_id 1 company, 2 person (name_1 is then the last name).",
    resource="contact",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("nr", TEXT, Wire.TEXT, nullable=True),
        Column("contact_type_id", INTEGER, Wire.INTEGER),
        Column("name_1", TEXT, Wire.TEXT),
        Column("name_2", TEXT, Wire.TEXT, nullable=True),
        Column("address", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("postcode", TEXT, Wire.TEXT_OR_NUMBER, nullable=True),
        Column("city", TEXT, Wire.TEXT, nullable=True),
        Column("country_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("mail", TEXT, Wire.TEXT, nullable=True),
        Column("remarks", TEXT, Wire.TEXT, nullable=True),
        Column("address_addition", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("updated_at", TIMESTAMP, Wire.TIMESTAMP, nullable=True),
    ),
    unread=(
        "salutation_id salutation_form title_id birthday street_name house_number mail_second phone_fixed "
        "phone_fixed_second phone_mobile fax url skype_name language_id is_lead contact_group_ids "
        "contact_branch_ids user_id owner_id profile_image"
    ),
)

COUNTRY = Table(
    "country",
    "Countries; name_short is bexio's own abbreviation, iso_3166_alpha2 the code.",
    resource="country",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("name", TEXT, Wire.TEXT),
        Column("name_short", TEXT, Wire.TEXT, nullable=True),
        Column("iso_3166_alpha2", TEXT, Wire.TEXT, nullable=True),
    ),
)

PROJECT = Table(
    "project",
    "Projects that documents may belong to.",
    resource="project",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("nr", TEXT, Wire.TEXT, nullable=True),
        Column("name", TEXT, Wire.TEXT),
        Column("contact_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("start_date", DATE, Wire.DATE, nullable=True, required=False),
        Column("end_date", DATE, Wire.DATE, nullable=True, required=False),
        Column("pr_state_id", INTEGER, Wire.INTEGER, nullable=True, required=False),
    ),
    unread=(
        "uuid comment pr_project_type_id contact_sub_id pr_invoice_type_id pr_invoice_type_amount "
        "pr_budget_type_id pr_budget_type_amount user_id"
    ),
)

FILE = Table(
    "file",
    "Files of the inbox and of documents, without their contents.",
    resource="file",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("uuid", TEXT, Wire.TEXT),
        Column("name", TEXT, Wire.TEXT, nullable=True),
        Column("extension", TEXT, Wire.TEXT, nullable=True),
        Column("mime_type", TEXT, Wire.TEXT, nullable=True),
        Column("size_in_bytes", INTEGER, Wire.INTEGER, nullable=True),
        Column("created_at", TIMESTAMP, Wire.TIMESTAMP, nullable=True),
        Column("is_archived", BOOLEAN, Wire.BOOLEAN, nullable=True),
        Column("source_type", TEXT, Wire.TEXT, nullable=True, required=False),
        Column("user_id", INTEGER, Wire.INTEGER, nullable=True),
    ),
    unread="uploader_email processing_source processing_status source_id is_referenced",
)

BANK_ACCOUNT = Table(
    "bank_account",
    "Bank and cash accounts; account_id is the ledger account. bexio sends no balance.",
    resource="bank_account",
    columns=(
        Column("id", INTEGER, Wire.INTEGER),
        Column("name", TEXT, Wire.TEXT, nullable=True),
        Column("iban_nr", TEXT, Wire.TEXT, nullable=True),
        Column("currency_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("account_id", INTEGER, Wire.INTEGER, nullable=True),
        Column("type", TEXT, Wire.TEXT, nullable=True),
    ),
    unread=(
        "uuid owner owner_address owner_house_number owner_zip owner_city owner_country_code bc_nr bank_name "
        "bank_account_nr remarks is_esr esr_besr_id esr_bottom_line_include_amount esr_post_account_nr "
        "esr_payment_for_text esr_in_favour_of_text invoice_mode qr_invoice_iban bank_nr"
    ),
)
