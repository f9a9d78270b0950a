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

VERDICT_NAMES: Final = {"to correct": "to correct", "accepted": "accepted", "explained": "explained"}

ALL_NAMES: Final = (
    SEVERITY_NAMES, CONFIDENCE_NAMES, OUTCOME_NAMES, EVIDENCE_NAMES, EVIDENCE_SHORT, METHOD_NAMES, BASIS_NAMES,
    SOURCE_NAMES, STATUS_NAMES, KIND_NAMES, VERDICT_NAMES,
)  # fmt: skip
"""Every table of names, so that a test can ask for their translations."""


def severity_chip(severity: int, translate: Translator) -> Html:
    """A severity as a coloured dot with its name."""
    return tag("span", translate(SEVERITY_NAMES[severity]), class_=f"ba-sev ba-sev{severity}")


def days_left(days: int, translate: Translator) -> str:
    """How far a deadline is away, in words; negative days have passed."""
    if days < 0:
        return translate.count("{n} day ago", "{n} days ago", -days)
    if days == 0:
        return translate("today")
    return translate.count("{n} day left", "{n} days left", days)
