"""The findings as a ranked list: what was found, what it costs, what to do, and the bookings behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from bexio_analytics.present import formats
from bexio_analytics.present.labels import (
    CONFIDENCE_NAMES,
    EVIDENCE_NAMES,
    KIND_NAMES,
    field_kind_is_rate,
    field_name,
    severity_chip,
)
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, shown, table
from bexio_analytics.review.finding import shown as plainly_shown

if TYPE_CHECKING:
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.review import Check, Finding

FINDINGS_SHOWN = 80
BOOKINGS_SHOWN = 12
# fmt: off
_TECHNICAL = frozenset({
    "alike", "base_rows", "contact_id", "document", "document_id", "earlier_entry", "entry_id", "first_line_id",
    "line_id", "monthly", "number", "period_id", "posting_id", "rates", "sequence", "tax_id", "tax_rows", "vat_line_id",
})
# fmt: on
"""Keys and counts that a check works with; the finding's own reference says the same in one."""


def finding_list(
    findings: Sequence[Finding],
    checks: Mapping[str, Check],
    bookings: Mapping[str, pl.DataFrame],
    translate: Translator,
) -> Html:
    """Findings in their order, each opening to its reasons, its evidence and the bookings behind it.

    Args:
        findings: ranked.
        checks: by code; their docstrings say why a finding matters and what to do.
        bookings: journal lines behind a finding, by finding id.
        translate: language.
    """
    rows = [
        {
            "place": place,
            "severity": severity_chip(int(finding.severity), translate),
            "severity_order": int(finding.severity),
            "check": finding.check,
            "text": _headline(finding, checks.get(finding.check), translate),
            "booked_on": finding.booked_on,
            "ziffer": finding.ziffer or "",
            "vat_effect": finding.vat_effect,
            "finding": finding,
        }
        for place, finding in enumerate(findings[:FINDINGS_SHOWN], 1)
    ]
    columns = [
        Column("place", translate("No."), Kind.COUNT, class_="ba-place"),
        Column("severity", translate("Severity"), facet=True, order_by="severity_order", class_="ba-severity"),
        Column("check", translate("Check"), facet=True, class_="ba-check"),
        Column("text", translate("Finding"), class_="ba-finding"),
        Column("booked_on", translate("Date"), Kind.DATE),
        Column("ziffer", translate("Ziffer"), class_="ba-code"),
        Column("vat_effect", translate("VAT effect CHF"), Kind.EFFECT),
    ]
    listing = table(
        rows,
        columns,
        translate,
        detail=lambda row: _detail(row["finding"], checks, bookings, translate),
        page=None,
        empty=translate("No findings: every check that could run came back clean."),
        class_="ba-findings",
    )
    if len(findings) <= FINDINGS_SHOWN:
        return listing
    more = translate(
        "The first {shown} of {all} findings; all of them are in the view review.finding.",
        shown=formats.count(FINDINGS_SHOWN),
        all=formats.count(len(findings)),
    )
    return join([listing, tag("p", more, class_="ba-note")])


def finding_detail(finding: Finding, check: Check | None, bookings: pl.DataFrame | None, translate: Translator) -> Html:
    """Everything about one finding but its headline."""
    sections = check.sections if check else {}
    left = [
        _paragraph(translate("Why it matters"), translate(sections.get("Why it matters", ""))),
        _paragraph(translate("What to do"), translate(sections.get("What to do", ""))),
        _paragraph(translate("When it is harmless"), translate(sections.get("False positives", ""))),
        _paragraph(translate("Legal basis"), " · ".join(check.references) if check else ""),
    ]
    right = [tag("h4", translate("Evidence")), evidence_table(finding, translate)]
    below = None
    if bookings is not None and bookings.height:
        below = join([tag("h4", translate("Bookings behind it")), booking_table(bookings, translate)])
    return tag(
        "div",
        tag("div", tag("div", *left, class_="ba-why"), tag("div", *right, class_="ba-proof"), class_="ba-columns"),
        below,
        class_="ba-detail",
    )


def finding_text(finding: Finding, translate: Translator) -> str:
    """The finding as a sentence in the reader's language, with amounts and dates in its formats."""

    def show(value: object) -> str:
        match value:
            case date():
                return formats.day(value, translate.lang)
            case str():
                return translate(value)
            case _:
                return plainly_shown(value)

    return finding.text(translate, show)


def check_title(check: Check, translate: Translator) -> str:
    """The defect a check is named after, as a heading without a full stop."""
    return translate(check.title).rstrip(".")


def evidence_table(finding: Finding, translate: Translator) -> Html:
    """The facts of a finding, one a line."""
    facts: dict[str, Any] = {"booked_on": finding.booked_on, "amount": finding.amount, **finding.evidence}
    rows = [
        tag("tr", tag("th", field_name(key, translate), scope="row"), tag("td", _fact(key, value, translate)))
        for key, value in facts.items()
        if value not in (None, "", []) and key not in _TECHNICAL
    ]
    certainty = translate(CONFIDENCE_NAMES[str(finding.confidence)])
    rows.append(tag("tr", tag("th", translate("Confidence"), scope="row"), tag("td", certainty)))
    rows.append(
        tag("tr", tag("th", translate("Reference"), scope="row"), tag("td", finding.subject_id, class_="ba-code"))
    )
    return tag("table", tag("tbody", *rows), class_="ba-facts")


def booking_table(bookings: pl.DataFrame, translate: Translator) -> Html:
    """Journal lines as an accountant reads them: date, document, text, debit, credit, code, amount."""
    columns = [
        Column("booked_on", translate("Date"), Kind.DATE),
        Column("document_no", translate("Document"), class_="ba-code"),
        Column("description", translate("Text"), class_="ba-text"),
        Column("debit_account_no", translate("Debit"), class_="ba-code"),
        Column("credit_account_no", translate("Credit"), class_="ba-code"),
        Column("tax_code", translate("Code"), class_="ba-code"),
        Column("amount", translate("Amount CHF"), Kind.AMOUNT),
    ]
    listing = table(
        bookings.head(BOOKINGS_SHOWN).iter_rows(named=True), columns, translate, is_interactive=False, page=None
    )
    if bookings.height <= BOOKINGS_SHOWN:
        return listing
    rest = translate.count("{n} further line", "{n} further lines", bookings.height - BOOKINGS_SHOWN)
    return join([listing, tag("p", rest, class_="ba-note")])


def evidence_value(key: str, value: object) -> object:
    """A fact of a finding's evidence as what it is, where it came as text from JSON."""
    if isinstance(value, str) and key.endswith("_on"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _headline(finding: Finding, check: Check | None, translate: Translator) -> Html:
    document_no, contact = finding.evidence.get("document_no"), finding.evidence.get("contact_name")
    facts: list[Html | str] = [
        *([check_title(check, translate)] if check else []),
        *([tag("span", str(document_no), class_="ba-nowrap")] if document_no else []),
        *([str(contact)] if contact else []),
    ]
    # An amount stays on the line of its currency.
    sentence = finding_text(finding, translate).replace("CHF ", "CHF\u00a0")
    return join([tag("span", sentence), tag("small", join(facts, " · ")) if facts else None])


def _detail(
    finding: Finding, checks: Mapping[str, Check], bookings: Mapping[str, pl.DataFrame], translate: Translator
) -> Html:
    return tag(
        "details",
        tag("summary", translate("Reasons and bookings")),
        finding_detail(finding, checks.get(finding.check), bookings.get(finding.id), translate),
        data_finding=finding.id,
    )


def _paragraph(title: str, text: str) -> Html | None:
    return join([tag("h4", title), tag("p", text)]) if text else None


def _fact(key: str, value: object, translate: Translator) -> Html | str:
    value = evidence_value(key, value)
    if isinstance(value, list):
        return ", ".join(str(_fact(key, item, translate)) for item in value)
    if key == "kind" and value in KIND_NAMES:
        return translate(KIND_NAMES[str(value)])
    if key == "evidence" and value in EVIDENCE_NAMES:
        return translate(EVIDENCE_NAMES[str(value)])
    if isinstance(value, Decimal) and key.endswith("factor"):
        return f"{value.normalize():f}"
    kind = Kind.RATE if field_kind_is_rate(key) else Kind.TEXT
    return shown(value, kind, translate.lang)
