"""Names of the things a review speaks of, in English; the catalogues hold them in the other languages."""

from __future__ import annotations

from typing import Final

from bexio_analytics.present.markup import Html, tag
from bexio_analytics.present.translation import Translator

SEVERITY_NAMES: Final = {1: "Blocks filing", 2: "Must be answered", 3: "Look at", 4: "Information"}

CONFIDENCE_NAMES: Final = {"certain": "certain", "likely": "likely", "indicative": "indicative"}

OUTCOME_NAMES: Final = {
    "clean": "clean",
    "findings": "with findings",
    "not applicable": "not applicable",
    "failed": "failed to run",
}

EVIDENCE_NAMES: Final = {
    "document": "Document",
    "manual_entry": "Manual entry",
    "export": "Export",
    "derived": "Derived",
    "none": "Without evidence",
}

EVIDENCE_SHORT: Final = {
    "document": "document",
    "manual_entry": "manual",
    "export": "export",
    "derived": "derived",
    "none": "none",
}
"""The same in one word each, for the bar beside a figure."""

METHOD_NAMES: Final = {"effective": "Effective method", "net_tax": "Net tax rate method"}

BASIS_NAMES: Final = {"agreed": "Agreed consideration", "collected": "Collected consideration"}

SOURCE_NAMES: Final = {"api": "bexio API", "export": "bexio export"}

STATUS_NAMES: Final = {"open": "open", "closed": "closed", "closed_with_message": "closed, with a message"}

FIELD_NAMES: Final = {
    "account_name": "Account name",
    "account_no": "Account",
    "account_nos": "Accounts",
    "amount": "Amount",
    "amount_fc": "Amount in foreign currency",
    "base": "Base",
    "booked_on": "Date",
    "contact_country": "Country",
    "contact_name": "Contact",
    "contra_account_no": "Contra account",
    "credit_account_no": "Credit",
    "currency": "Currency",
    "currency_factor": "Exchange rate",
    "days": "Days between",
    "debit_account_no": "Debit",
    "declared": "Declared",
    "deductions": "Deductions",
    "description": "Text",
    "difference": "Difference",
    "document_id": "Document id",
    "document_no": "Document",
    "earlier_document_no": "Earlier document",
    "earlier_on": "Earlier date",
    "entry_id": "Booking",
    "evidence": "Evidence",
    "expected_rate": "Rate of the code",
    "expected_tax": "Expected tax",
    "factor": "Exchange rate",
    "gap": "Difference",
    "gross": "Gross",
    "kind": "Kind",
    "line_id": "Booking line",
    "lowest_on": "Lowest on",
    "mean_rate": "Mean rate",
    "net": "Net",
    "overdrawn_till": "Overdrawn till",
    "printed_rate": "Printed rate",
    "rate": "Rate",
    "reason": "Reason",
    "reference": "Reference",
    "right_rate": "Rate in force",
    "side": "Side",
    "supplied_on": "Date of supply",
    "supplier": "Supplier",
    "supplier_ref": "Supplier's number",
    "tax": "Tax",
    "tax_code": "Tax code",
    "tax_rate": "Rate",
    "taxed": "Taxed at a rate",
    "turnover": "Turnover",
    "usual_factor": "Usual exchange rate",
    "vat_line_id": "VAT line",
    "ziffer": "Ziffer",
}
"""Fields of the views as headings; a field that is not listed is shown by its own name."""

KIND_NAMES: Final = {
    "invoice": "Invoice",
    "bill": "Bill",
    "credit_note": "Credit note",
    "payment": "Payment",
    "expense": "Expense",
    "manual_entry": "Manual entry",
    "export": "Export",
    "other": "Other booking",
}

ALL_NAMES: Final = (
    SEVERITY_NAMES, CONFIDENCE_NAMES, OUTCOME_NAMES, EVIDENCE_NAMES, EVIDENCE_SHORT, METHOD_NAMES, BASIS_NAMES,
    SOURCE_NAMES, STATUS_NAMES, FIELD_NAMES, KIND_NAMES,
)  # fmt: skip
"""Every table of names, so that a test can ask for their translations."""


def field_name(key: str, translate: Translator) -> str:
    """The heading of a field of the views or of a finding's evidence."""
    return translate(FIELD_NAMES[key]) if key in FIELD_NAMES else key.replace("_", " ")


def severity_chip(severity: int, translate: Translator) -> Html:
    """A severity as a coloured dot with its name."""
    return tag("span", translate(SEVERITY_NAMES[severity]), class_=f"ba-sev ba-sev{severity}")


def field_kind_is_rate(key: str) -> bool:
    """Whether a field holds percent rather than CHF."""
    return key == "rate" or key.endswith("_rate")


def days_left(days: int, translate: Translator) -> str:
    """How far a deadline is away, in words; negative days have passed."""
    if days < 0:
        return translate.count("{n} day ago", "{n} days ago", -days)
    if days == 0:
        return translate("today")
    return translate.count("{n} day left", "{n} days left", days)
