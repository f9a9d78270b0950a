"""One finding in words: what was found, why it matters, what to do, its evidence and the bookings behind it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from bexio_analytics.present import formats
from bexio_analytics.present.fields import VALUE_NAMES, field_kind_is_rate, field_name, is_technical
from bexio_analytics.present.labels import CONFIDENCE_NAMES, VERDICT_NAMES
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, shown, table
from bexio_analytics.review.finding import shown as plainly_shown

if TYPE_CHECKING:
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.review import Check, Decision, Finding

BOOKINGS_SHOWN = 12


def finding_detail(finding: Finding, check: Check | None, translate: Translator, *, is_said: bool = False) -> Html:
    """Why a finding matters, what to do, and the evidence.

    Args:
        finding: with its evidence.
        check: the check that found it.
        translate: language.
        is_said: the check has been explained just before; the evidence is enough.
    """
    words = frozenset(check.words) if check else frozenset()
    proof = tag("div", tag("h4", translate("Evidence")), evidence_table(finding, translate, words), class_="ba-proof")
    why = tag("div", *([] if is_said or check is None else _explanation(check, translate)), class_="ba-why")
    return tag("div", why, proof, class_="ba-columns", data_finding=finding.id)


def _explanation(check: Check, translate: Translator) -> list[Html | None]:
    """A check's sections; when it is harmless stays on the screen, where there is time to read it."""
    return [
        _paragraph(translate("Why it matters"), translate(check.sections.get("Why it matters", ""))),
        _paragraph(translate("What to do"), translate(check.sections.get("What to do", ""))),
        _paragraph(translate("When it is harmless"), translate(check.sections.get("False positives", "")), "ba-screen"),
        _paragraph(translate("Legal basis"), " · ".join(check.references), "ba-law"),
    ]


def finding_text(finding: Finding, translate: Translator) -> str:
    """The finding as a sentence in the reader's language, with amounts and dates in its formats."""

    def show(value: object) -> str:
        return formats.day(value, translate.lang) if isinstance(value, date) else plainly_shown(value)

    return finding.text(translate, show)


def check_title(check: Check, translate: Translator) -> str:
    """The defect a check is named after, as a heading without a full stop."""
    return translate(check.title).rstrip(".")


def evidence_table(finding: Finding, translate: Translator, words: Collection[str] = ()) -> Html:
    """The facts of a finding, one a line.

    Args:
        finding: with its evidence.
        translate: language.
        words: values that are wording of the check and not data of the books.
    """
    facts: dict[str, Any] = {"booked_on": finding.booked_on, "amount": finding.amount, **finding.evidence}
    rows = [
        tag("tr", tag("th", field_name(key, translate), scope="row"), tag("td", _fact(key, value, translate, words)))
        for key, value in facts.items()
        if value not in (None, "", []) and not is_technical(key)
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


def _paragraph(title: str, text: str, class_: str | None = None) -> Html | None:
    return tag("div", tag("h4", title), tag("p", text), class_=class_) if text else None


def _fact(key: str, value: object, translate: Translator, words: Collection[str]) -> Html | str:
    value = evidence_value(key, value)
    if isinstance(value, list):
        return ", ".join(str(_fact(key, item, translate, words)) for item in value)
    if isinstance(value, str) and value in words:
        return translate(value)
    if isinstance(value, str) and value in VALUE_NAMES.get(key, {}):
        return translate(VALUE_NAMES[key][value])
    if isinstance(value, Decimal) and key.endswith("factor"):
        return f"{value.normalize():f}"
    kind = Kind.RATE if field_kind_is_rate(key) else Kind.TEXT
    return shown(value, kind, translate.lang)


def decision_text(decision: Decision, translate: Translator) -> Html:
    """What was decided on a finding, by whom, when and why, as one paragraph."""
    day = formats.day(decision.decided_at.astimezone().date(), translate.lang)
    by = translate("decided by {author} on {day}", author=decision.author, day=day)
    verdict = tag("b", translate(VERDICT_NAMES[str(decision.verdict)]))
    return tag("p", verdict, ", ", by, f": {decision.note}" if decision.note else None, class_="ba-decision")
