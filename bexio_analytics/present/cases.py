"""The cases of a review as a ranked list: one row a booking, with everything that speaks against it and how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from bexio_analytics.present import formats
from bexio_analytics.present.findings import booking_table, check_title, decision_text, finding_detail, finding_text
from bexio_analytics.present.labels import SEVERITY_NAMES, severity_chip
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, table
from bexio_analytics.review import DECISIONS_NEEDED
from bexio_analytics.review.ranking import FURTHER_EVIDENCE

if TYPE_CHECKING:
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.review import Case, Check, Decision, Finding, Reason, Review

FIRST_CASES = 10
"""Cases a hurried reader sees in one line each."""
FINDINGS_SHOWN = 200
DETAILS_ROOM = 450_000
"""Findings the page explains at most, and the bytes they may take; more would make it too large to send."""
FINDINGS_OF_A_CASE = 12
"""Findings explained within one case; a booking of hundreds of rows may have a finding on each."""
_LINES_OF_A_CASE = 3
"""Further findings written below the leading one before the row is opened."""
_SHOWN_WEIGHT = Decimal("0.01")


@dataclass(frozen=True)
class CaseFile:
    """What it takes to show a case.

    Attributes:
        review: the review the cases are of.
        checks: by code; their docstrings say why a finding matters and what to do.
        bookings: journal lines behind a finding, by finding id.
        translate: language.
        decisions: the last decision on a finding, by finding id.
    """

    review: Review
    checks: Mapping[str, Check]
    bookings: Mapping[str, pl.DataFrame]
    translate: Translator
    decisions: Mapping[str, Decision] = field(default_factory=dict)

    @cached_property
    def details(self) -> tuple[Html, ...]:
        """Everything about the first cases, as many as the page has room for; of the first one in any case."""
        made: list[Html] = []
        room = DETAILS_ROOM
        for case in within_limit(self.review.cases):
            detail = case_detail(case, self)
            room -= len(detail.text.encode())
            if room < 0 and made:
                break
            made.append(detail)
        return tuple(made)

    def check_name(self, code: str) -> str:
        """Code and title of a check; the code alone where the check is not known."""
        check = self.checks.get(code)
        return f"{code} {check_title(check, self.translate)}" if check else code


def severity_of(case: Case) -> int:
    """The worst severity among the findings, as the ranking counts it."""
    return min(int(finding.severity) for finding in case.findings)


def codes_of(case: Case) -> tuple[str, ...]:
    """Codes of all checks that speak, the leading one first, each once."""
    return tuple(dict.fromkeys(finding.check for finding in case.findings))


def ziffern_of(case: Case) -> str:
    """The boxes of the return that the findings move."""
    return ", ".join(dict.fromkeys(finding.ziffer for finding in case.findings if finding.ziffer))


def within_limit(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The first cases that have no more than :data:`FINDINGS_SHOWN` findings together; the first one in any case."""
    room, taken = FINDINGS_SHOWN, 0
    for case in cases:
        room -= min(len(case.findings), FINDINGS_OF_A_CASE)
        if room < 0 and taken:
            break
        taken += 1
    return tuple(cases[:taken])


def explained_findings(cases: Sequence[Case]) -> tuple[Finding, ...]:
    """The findings whose reasons and bookings the page may show."""
    return tuple(finding for case in within_limit(cases) for finding in case.findings[:FINDINGS_OF_A_CASE])


def first_cases(file: CaseFile, *, class_: str = "") -> Html | None:
    """The first cases in one line each, to act on; None where there is none.

    Args:
        file: the cases and what explains them.
        class_: further CSS classes.
    """
    t = file.translate
    cases = file.review.cases[:FIRST_CASES]
    if not cases:
        return None
    rows = [
        {
            "place": place,
            "severity": severity_chip(severity_of(case), t),
            "check": ", ".join(codes_of(case)),
            "text": tag("a", _in_brief(case, file), href=f"#{_anchor(case)}"),
            "booked_on": case.findings[0].booked_on,
            "vat_effect": case.vat_effect,
        }
        for place, case in enumerate(cases, 1)
    ]
    columns = [
        Column("place", t("No."), Kind.COUNT, class_="ba-place"),
        Column("severity", t("Severity"), class_="ba-severity"),
        Column("check", t("Check"), class_="ba-check"),
        Column("text", t("Finding"), class_="ba-brief"),
        Column("booked_on", t("Date"), Kind.DATE),
        Column("vat_effect", t("VAT effect CHF"), Kind.EFFECT),
    ]
    listing = table(rows, columns, t, is_interactive=False, page=None, class_="ba-first")
    return tag("div", tag("h3", t("Look at first")), listing, class_=f"ba-keep {class_}".strip())


def beyond_short_list(file: CaseFile) -> Html | None:
    """How many findings lie behind the short list and where they are; None where none does."""
    review, translate = file.review, file.translate
    last = len(review.short_list)
    beyond = sum(len(case.findings) for case in review.cases[last:])
    if not beyond:
        return None
    shown = len(file.details)
    where = (
        translate("They are listed below, printed in one line each, and stand in the view review.finding.")
        if shown == len(review.cases)
        else translate(
            "Places up to {shown} are listed below; all of them stand in the view review.finding.",
            shown=formats.count(shown),
        )
    )
    number = translate.count(
        "{n} further finding lies behind the short list", "{n} further findings lie behind the short list", beyond
    )
    ends = translate("which ends at place {place}", place=formats.count(last))
    return tag("p", f"{number}, {ends}. {where}", class_="ba-note ba-behind")


def case_list(file: CaseFile) -> Html:
    """One row a case in the order of the ranking, each opening to its findings, bookings and reasons."""
    t = file.translate
    cases = file.review.cases[: len(file.details)]
    last = len(file.review.short_list)
    rows = [
        {
            "place": place,
            "severity": severity_chip(severity_of(case), t),
            "severity_order": severity_of(case),
            "check": _codes(case),
            "leading": case.leading,
            "text": _sentences(case, file),
            "booked_on": case.findings[0].booked_on,
            "ziffer": ziffern_of(case),
            "vat_effect": case.vat_effect,
            "id": case.findings[0].id,
            "detail": detail,
            "class": None if place <= last else "ba-beyond",
        }
        for place, (case, detail) in enumerate(zip(cases, file.details, strict=True), 1)
    ]
    columns = [
        Column("place", t("No."), Kind.COUNT, class_="ba-place"),
        Column("severity", t("Severity"), facet=True, order_by="severity_order", class_="ba-severity"),
        Column("check", t("Check"), facet=True, order_by="leading", class_="ba-check"),
        Column("text", t("Finding"), class_="ba-finding"),
        Column("booked_on", t("Date"), Kind.DATE),
        Column("ziffer", t("Ziffer"), class_="ba-code"),
        Column("vat_effect", t("VAT effect CHF"), Kind.EFFECT),
    ]
    listing = table(
        rows,
        columns,
        t,
        detail=lambda row: tag(
            "details",
            tag("summary", t("Reasons and bookings")),
            row["detail"],
            class_=row["class"],
            data_case=row["id"],
        ),
        page=None,
        empty=t("No findings: every check that could run came back clean."),
        class_="ba-findings",
    )
    every = len(file.review.cases)
    if len(cases) == every:
        return listing
    more = t(
        "The first {shown} of {all} cases; the findings of all of them are in the view review.finding.",
        shown=formats.count(len(cases)),
        all=formats.count(every),
    )
    return join([listing, tag("p", more, class_="ba-note")])


def case_detail(case: Case, file: CaseFile) -> Html:
    """Everything about one case but its row: its findings, the bookings behind them and why it ranks where it does."""
    t = file.translate
    shown = case.findings[:FINDINGS_OF_A_CASE]
    parts: list[Html | None] = []
    said: set[str] = set()
    for finding in shown:
        if len(case.findings) > 1:
            parts.append(tag("h3", finding.check, " ", formats.unbroken(finding_text(finding, t))))
        check = file.checks.get(finding.check)
        if decision := file.decisions.get(finding.id):
            parts.append(decision_text(decision, t))
        parts.append(finding_detail(finding, check, t, is_said=finding.check in said))
        said.add(finding.check)
    if left := len(case.findings) - len(shown):
        further = t.count(
            "{n} further finding on this booking is in the view review.finding.",
            "{n} further findings on this booking are in the view review.finding.",
            left,
        )
        parts.append(tag("p", further, class_="ba-note"))
    behind = [
        tag("div", tag("h4", t("Bookings behind it")), booking_table(frame, t), class_="ba-screen")
        for frame in _different(file.bookings.get(finding.id) for finding in shown)
    ]
    return tag("div", *parts, *behind, reason_table(case, file), class_="ba-detail", id=_anchor(case))


def reason_table(case: Case, file: CaseFile) -> Html:
    """Each reason of a case with its weight; the weights shown add up to the score shown."""
    t = file.translate
    weights = shown_weights([reason.weight for reason in case.reasons])
    counted = 0
    rows = []
    for reason, weight in zip(case.reasons, weights, strict=True):
        name, ground = _reason(reason, case, counted, file)
        counted += reason.precision is not None and reason.same_as is None
        rows.append(tag("tr", tag("th", name, scope="row"), tag("td", ground), tag("td", f"{weight:f}", class_="ba-n")))
    total = tag("tr", tag("th", t("Together"), scope="row"), tag("td"), tag("td", f"{sum(weights):f}", class_="ba-n"))
    heading = tag(
        "tr",
        tag("th", t("Reason"), scope="col"),
        tag("th", t("Rests on"), scope="col"),
        tag("th", t("Weight"), scope="col", class_="ba-n"),
    )
    return tag(
        "div",
        tag("h4", t("Why it ranks here")),
        tag("table", tag("thead", heading), tag("tbody", *rows), tag("tfoot", total), class_="ba-facts ba-reasons"),
        class_="ba-screen",
    )


def shown_weights(weights: Sequence[float]) -> list[Decimal]:
    """Weights in hundredths that add up to their rounded sum, each less than a hundredth from what it is."""
    sums = [Decimal(0)]
    for weight in weights:
        sums.append(sums[-1] + Decimal(str(weight)))
    rounded = [each.quantize(_SHOWN_WEIGHT, ROUND_HALF_UP) for each in sums]
    return [after - before for before, after in pairwise(rounded)]


def _reason(reason: Reason, case: Case, counted: int, file: CaseFile) -> tuple[str, str]:
    """What a reason is called and what its weight rests on; ``counted`` checks count already."""
    t = file.translate
    match reason.of:
        case "severity":
            return t("Severity"), t(SEVERITY_NAMES[severity_of(case)])
        case "stake":
            return t("CHF at stake"), formats.chf(abs(case.vat_effect or Decimal(0)))
        case "immaterial":
            return t("Immaterial"), t("below CHF {amount}", amount=formats.chf(file.review.materiality))
        case code:
            grounds = [expected_to_be_right(reason, file.review, t)]
            if reason.same_as:
                grounds.append(t("says the same as {code}", code=reason.same_as))
            elif counted:
                part = formats.share(Decimal(str(FURTHER_EVIDENCE**counted)), Decimal(1))
                grounds.append(t("further evidence, counts {share}", share=part))
            return file.check_name(code), " · ".join(grounds)


def expected_to_be_right(reason: Reason, review: Review, translate: Translator) -> str:
    """How often a check is right: as decided, once there are enough decisions, before that as expected."""
    observed = review.observed.get(reason.of)
    if observed is not None and observed.decided >= DECISIONS_NEEDED:
        return translate(
            "right in {confirmed} of {decided} decisions",
            confirmed=formats.count(observed.confirmed),
            decided=formats.count(observed.decided),
        )
    share = formats.share(Decimal(str(reason.precision or 0)), Decimal(1))
    return translate("expected to be right: {share}", share=share)


def _different(frames: Iterable[pl.DataFrame | None]) -> list[pl.DataFrame]:
    """The frames that show something, each once."""
    found: list[pl.DataFrame] = []
    for frame in frames:
        if frame is not None and frame.height and not any(frame.equals(other) for other in found):
            found.append(frame)
    return found


def _codes(case: Case) -> Html:
    leading, *others = codes_of(case)
    return join(
        [
            tag("span", leading, data_facet_value=True),
            *(tag("small", code, data_facet_value=True) for code in others),
        ]
    )


def _sentences(case: Case, file: CaseFile) -> Html:
    """The leading finding's sentence, what it is about, and the other findings as smaller lines."""
    t = file.translate
    first, *others = case.findings
    check = file.checks.get(first.check)
    facts: list[Html | str] = [*([check_title(check, t)] if check else []), *_about(first)]
    lines = [
        tag("small", f"{finding.check} ", formats.unbroken(finding_text(finding, t)), class_="ba-other")
        for finding in others[:_LINES_OF_A_CASE]
    ]
    if left := len(others) - len(lines):
        lines.append(tag("small", t.count("{n} further finding", "{n} further findings", left), class_="ba-other"))
    about = tag("small", join(facts, " · ")) if facts else None
    return join([tag("span", formats.unbroken(finding_text(first, t))), about, *lines])


def _in_brief(case: Case, file: CaseFile) -> Html:
    """What is wrong, and on which document, account or contact: one line."""
    first = case.findings[0]
    check = file.checks.get(first.check)
    name = check_title(check, file.translate) if check else finding_text(first, file.translate)
    return join([name, *_about(first)], " · ")


def _about(finding: Finding) -> list[Html | str]:
    known = finding.evidence
    number, contact = known.get("document_no") or known.get("account_no"), known.get("contact_name")
    return [*([tag("span", str(number), class_="ba-nowrap")] if number else []), *([str(contact)] if contact else [])]


def _anchor(case: Case) -> str:
    return f"case-{case.findings[0].id}"
