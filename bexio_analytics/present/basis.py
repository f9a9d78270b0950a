"""What the figures rest on: evidence, the checks that ran with how much they saw, and what was assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.present import formats
from bexio_analytics.present.findings import check_title
from bexio_analytics.present.labels import BASIS_NAMES, EVIDENCE_NAMES, METHOD_NAMES, OUTCOME_NAMES
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, table

if TYPE_CHECKING:
    from bexio_analytics.mandate import Mandate
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.review import Review
    from bexio_analytics.vat import VatReturn

ASSUMED_NAMES = {
    "method": "the VAT method",
    "basis": "the kind of consideration",
    "rhythm": "the VAT period",
    "business_year": "the business year",
}
_ORDER = ("failed", "findings", "not applicable", "clean")
THING_NAMES = {
    "account": "accounts",
    "attachment": "attachments",
    "cash_book": "cash bookings",
    "company": "facts of the company",
    "contact": "contacts",
    "document": "documents",
    "document_line": "document positions",
    "entry_time": "times of entry",
    "journal_entry": "bookings",
    "journal_line": "bookings",
    "law.holiday": "holidays",
    "open_item": "open items",
    "payment": "payments",
    "posting": "bookings",
    "purchase": "purchases",
    "reconciliation": "VAT accounts",
    "review.filed_period": "filed periods",
    "review.filed_return": "filed returns",
    "turnover_posting": "bookings of turnover",
    "vat_line": "VAT lines",
    "vat_period": "VAT periods",
    "vat_return": "figures of a return",
}
"""What the views hold, as something that may be missing; a view that is not listed is shown by its own name."""
REASONS = (
    (re.compile(r"only for the VAT method (?P<setting>\w+)"), "only with: {setting}", METHOD_NAMES),
    (re.compile(r"only for (?P<setting>\w+) consideration"), "only with: {setting}", BASIS_NAMES),
    (re.compile(r"(?P<things>[\w.]+) is empty"), "no {things} are known", THING_NAMES),
    (re.compile(r"(?P<things>[\w.]+) has no rows in (?P<period>\S+)"), "no {things} in {period}", THING_NAMES),
)
"""Why a check was not applicable, as the review words it; the wording the catalogues know; names for its words."""


def evidence_shares(vat_return: VatReturn, translate: Translator) -> Html:
    """Per Ziffer: how many CHF rest on documents, manual entries, the export, derivation, or nothing."""
    rows = [
        {"ziffer": ziffer, **{name: evidence.get(name) for name in EVIDENCE_NAMES}, "share": _proven(evidence)}
        for ziffer, evidence in sorted(vat_return.evidence.items())
        if any(evidence.values())
    ]
    used = [name for name in EVIDENCE_NAMES if any(row[name] for row in rows)]
    columns = [
        Column("ziffer", translate("Ziffer"), class_="ba-z"),
        *(Column(name, translate(EVIDENCE_NAMES[name]), Kind.AMOUNT) for name in used),
        Column("share", translate("With evidence"), class_="ba-n"),
    ]
    return table(
        rows, columns, translate, is_interactive=False, page=None, empty=translate("No VAT line."), class_="ba-narrow"
    )


def checks_run(review: Review, translate: Translator) -> Html:
    """Every check with its outcome, the rows it examined and what it found; failures first."""
    ordered = sorted(review.results, key=lambda result: (_ORDER.index(str(result.outcome)), result.check.code))
    rows = [
        {
            "code": result.check.code,
            "title": join(
                [
                    tag("span", check_title(result.check, translate)),
                    tag("small", reason(result.note, translate)) if result.note else None,
                ]
            ),
            "title_order": result.check.title,
            "outcome": tag(
                "span",
                translate(OUTCOME_NAMES[str(result.outcome)]),
                class_="ba-outcome ba-" + str(result.outcome).replace(" ", "-"),
            ),
            "outcome_order": _ORDER.index(str(result.outcome)),
            "examined": result.examined,
            "findings": len(result.findings),
        }
        for result in ordered
    ]
    columns = [
        Column("code", translate("Check"), class_="ba-code"),
        Column("title", translate("Question"), order_by="title_order"),
        Column("outcome", translate("Outcome"), facet=True, order_by="outcome_order", class_="ba-nowrap"),
        Column("examined", translate("Examined"), Kind.COUNT),
        Column("findings", translate("Findings"), Kind.COUNT),
    ]
    return table(rows, columns, translate, page=None, class_="ba-checks")


def reason(note: str, translate: Translator) -> str:
    """Why a check could not answer, in the reader's language; the message of a failure stays as it is."""
    for pattern, wording, names in REASONS:
        found = pattern.fullmatch(note)
        if found:
            said = {key: translate(names[told]) if told in names else told for key, told in found.groupdict().items()}
            return translate(wording, **said)
    return note


def check_summary(review: Review, translate: Translator) -> Html:
    """One sentence: how many checks ran, with which outcomes, and which were switched off."""
    numbers = dict.fromkeys(_ORDER, 0)
    for result in review.results:
        numbers[str(result.outcome)] += 1
    words = ", ".join(
        f"{formats.count(number)} {translate(OUTCOME_NAMES[outcome])}" for outcome, number in numbers.items() if number
    )
    text = translate("{n} checks: {outcomes}.", n=formats.count(len(review.results)), outcomes=words)
    if review.disabled:
        text += " " + translate("Switched off in the settings: {codes}.", codes=", ".join(review.disabled))
    return tag("p", text)


def assumptions(mandate: Mandate, vat_return: VatReturn, translate: Translator) -> Html:
    """What nobody has confirmed, and the roundings that were made."""
    items: Sequence[str] = [
        *(
            translate(
                "Nobody has confirmed {setting}; it stands in mandate.toml.", setting=translate(ASSUMED_NAMES[key])
            )
            for key in mandate.vat.assumed
            if key in ASSUMED_NAMES
        ),
        translate(
            "The return says what was booked: the tax code of a booking names its Ziffer; findings are not corrected."
        ),
        *(
            [
                translate(
                    "Ziffer 399 is rounded once, as the ESTV does: CHF {amount} against the sum of the rounded lines.",
                    amount=formats.signed_chf(vat_return.form_rounding),
                )
            ]
            if vat_return.form_rounding
            else []
        ),
    ]
    return tag("ul", *(tag("li", item) for item in items), class_="ba-list")


def _proven(evidence: Mapping[str, Decimal]) -> str:
    sizes = {name: abs(evidence.get(name, Decimal(0))) for name in EVIDENCE_NAMES}
    whole = sum(sizes.values(), Decimal(0))
    return formats.share(whole - sizes["derived"] - sizes["none"], whole)
