"""The head of the page: whose return it is, what it will say, by when, and what stands in the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from babel.dates import format_date

from bexio_analytics import law
from bexio_analytics.present import formats
from bexio_analytics.present.coverage import Coverage, gaps
from bexio_analytics.present.labels import (
    BASIS_NAMES,
    METHOD_NAMES,
    SEVERITY_NAMES,
    SOURCE_NAMES,
    STATUS_NAMES,
    days_left,
)
from bexio_analytics.present.markup import Child, Html, join, tag

if TYPE_CHECKING:
    from bexio_analytics.mandate import Mandate
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.review import Review
    from bexio_analytics.vat import VatReturn

_ZERO = Decimal("0.00")
_LAST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the figures come from.

    Attributes:
        snapshot: id of the snapshot.
        source: ``api`` or ``export``.
        version: of this package.
    """

    snapshot: str
    source: str
    version: str


@dataclass(frozen=True, slots=True)
class PeriodStatus:
    """What bexio says about the period: ``open``, ``closed`` or ``closed_with_message``, and the day of closing."""

    status: str
    closed_on: date | None


def period_name(period: VatPeriod, translate: Translator) -> str:
    """A period in words: ``3. Quartal 2026``, ``September 2026``, ``2026``."""
    year = period.start.year
    match period.months:
        case 1:
            return str(format_date(period.start, "LLLL yyyy", locale=translate.lang))
        case 3:
            return translate("Quarter {n}, {year}", n=(period.start.month + 2) // 3, year=year)
        case 6:
            return translate("Half-year {n}, {year}", n=(period.start.month + 5) // 6, year=year)
        case _:
            return str(year)


def page_header(
    mandate: Mandate,
    vat_return: VatReturn,
    origin: Origin,
    as_of: date,
    translate: Translator,
    *,
    status: PeriodStatus | None = None,
) -> Html:
    """Mandate, period, method, source, deadline: everything one must know before reading a figure."""
    period = vat_return.period
    assumed = set(mandate.vat.assumed)

    def settled(key: str, text: str) -> Child:
        mark = tag("em", translate("assumed"), class_="ba-assumed") if key in assumed else None
        return join([text, " " if mark else None, mark])

    days = (period.due_on - as_of).days
    due = join([formats.day(period.due_on, translate.lang), " · ", days_left(days, translate)])
    source = translate(SOURCE_NAMES[origin.source]) if origin.source in SOURCE_NAMES else origin.source
    facts: list[tuple[str, Child]] = [
        (translate("UID"), mandate.uid or "–"),
        (translate("Method"), settled("method", translate(METHOD_NAMES[vat_return.method]))),
        (translate("Accounting"), settled("basis", translate(BASIS_NAMES[vat_return.basis]))),
        (translate("File and pay by"), due),
        *([(translate("Period in bexio"), _status(status, translate))] if status else []),
        (translate("As of"), formats.day(as_of, translate.lang)),
        (translate("Snapshot"), join([tag("span", origin.snapshot, class_="ba-code"), " · ", source])),
        (translate("Version"), f"bexio_analytics {origin.version}"),
    ]
    span = f"{formats.day(period.start, translate.lang)} – {formats.day(period.end, translate.lang)}"
    return tag(
        "header",
        tag("p", translate("VAT review"), class_="ba-over"),
        tag("h1", mandate.name),
        tag("p", join([tag("b", period_name(period, translate)), f"  {span}"]), class_="ba-period"),
        tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts), class_="ba-facts-row"),
        class_="ba-header",
    )


def _status(status: PeriodStatus, translate: Translator) -> str:
    name = translate(STATUS_NAMES.get(status.status, status.status))
    on = formats.day(status.closed_on, translate.lang)
    return f"{name} · {on}" if on else name


def key_figures(vat_return: VatReturn, review: Review, covered: Coverage, as_of: date, translate: Translator) -> Html:
    """Payable amount, the figures it comes from, the deadline and the findings by severity.

    Args:
        vat_return: of the period.
        review: of the period.
        covered: what is booked of the period.
        as_of: the day the page stands for.
        translate: language.
    """
    period = covered.period
    boxes = vat_return.ziffern
    payable = vat_return.payable
    name = translate("Payable to the ESTV") if payable >= 0 else translate("Credit with the ESTV")
    days = (period.due_on - as_of).days
    effect = sum(
        (finding.vat_effect or _ZERO for finding in review.findings if finding.check not in _restating(review)), _ZERO
    )
    cards = [
        _card(
            name,
            join([tag("small", "CHF "), formats.chf(abs(payable))]),
            translate("Ziffer {ziffer}", ziffer="500" if payable >= 0 else "510"),
            "ba-main",
        ),
        _card(
            translate("Taxable turnover"),
            formats.chf(boxes.get("299", _ZERO)),
            translate("Ziffer {ziffer}", ziffer="299"),
        ),
        _card(translate("Tax owed"), formats.chf(boxes.get("399", _ZERO)), translate("Ziffer {ziffer}", ziffer="399")),
        _deducted(vat_return, translate),
        _card(
            translate("File and pay by"),
            formats.day(period.due_on, translate.lang),
            days_left(days, translate),
            "ba-urgent" if 0 <= days <= _LAST_DAYS else "",
        ),
    ]
    return tag(
        "div",
        _verdict(review, covered, as_of, translate),
        tag("div", *cards, class_="ba-cards"),
        _severities(review, effect, translate),
    )


def _deducted(vat_return: VatReturn, translate: Translator) -> Html:
    """Input tax; with net tax rates, which know none, the rates."""
    if vat_return.method == law.NET_TAX:
        rates = sorted({line.rate for line in vat_return.activities}, reverse=True)
        shown = " · ".join(formats.rate(rate) for rate in rates) or "–"
        return _card(translate("Net tax rates"), shown, translate("instead of input tax"))
    deducted = vat_return.ziffern.get("479", _ZERO)
    return _card(translate("Input tax"), formats.chf(deducted), translate("Ziffer {ziffer}", ziffer="479"))


def _card(title: str, figure: Child, note: str, class_: str = "") -> Html:
    return tag(
        "div",
        tag("div", title, class_="ba-card-title"),
        tag("div", figure, class_="ba-figure"),
        tag("div", note, class_="ba-card-note"),
        class_=f"ba-card {class_}".strip(),
    )


def _verdict(review: Review, covered: Coverage, as_of: date, translate: Translator) -> Html:
    missing = gaps(covered, as_of, translate)
    class_, text = _judgement(review, covered, translate, is_whole=not missing)
    doubts = [tag("p", sentence, class_="ba-differs") for sentence in missing]
    return join([tag("p", text, class_=f"ba-verdict {class_}"), *doubts])


def _judgement(review: Review, covered: Coverage, translate: Translator, *, is_whole: bool) -> tuple[str, str]:
    """Colour and sentence; green only where the books of the period are whole as far as one sees."""
    numbers = Counter(int(finding.severity) for finding in review.findings)
    failed = sum(1 for result in review.results if str(result.outcome) == "failed")
    if covered.is_empty:
        return "ba-bad", translate("Not reviewed: the books have no bookings in this period.")
    if numbers[1]:
        return "ba-bad", translate.count(
            "Not ready to file: {n} finding blocks it.", "Not ready to file: {n} findings block it.", numbers[1]
        )
    if failed:
        return "ba-bad", translate.count(
            "Not fully reviewed: {n} check failed to run.", "Not fully reviewed: {n} checks failed to run.", failed
        )
    if numbers[2]:
        return "ba-fair", translate.count(
            "Nothing blocks filing; {n} finding must be answered.",
            "Nothing blocks filing; {n} findings must be answered.",
            numbers[2],
        )
    if not is_whole:
        return "ba-fair", translate("Nothing that is booked so far blocks filing.")
    return "ba-good", translate("Nothing blocks filing.")


def _restating(review: Review) -> set[str]:
    """Codes of checks that sum up what others find line by line; their effect would count twice."""
    return {result.check.code for result in review.results if result.check.restates}


def _severities(review: Review, effect: Decimal, translate: Translator) -> Html:
    groups = []
    restating = _restating(review)
    for severity, name in SEVERITY_NAMES.items():
        found = [finding for finding in review.findings if int(finding.severity) == severity]
        at_stake = sum((abs(finding.vat_effect or _ZERO) for finding in found if finding.check not in restating), _ZERO)
        note = translate("CHF {amount} at stake", amount=formats.chf(at_stake)) if at_stake else ""
        groups.append(
            tag(
                "div",
                tag("span", formats.count(len(found)), class_="ba-number"),
                tag("span", translate(name), class_=f"ba-sev ba-sev{severity}"),
                tag("small", note) if note else None,
                class_="ba-group" if found else "ba-group ba-nil",
                data_severity=severity,
            )
        )
    together = tag(
        "div",
        tag("span", formats.signed_chf(effect), class_="ba-number"),
        tag("span", translate("CHF, all effects together")),
        tag("small", translate("+ more tax, - less tax, if every finding is true")),
        class_="ba-group ba-together",
    )
    summed_up = sorted({finding.check for finding in review.findings} & restating)
    note = translate("Not added up, for they sum up other findings: {codes}.", codes=", ".join(summed_up))
    return join(
        [
            tag("div", *groups, together, class_="ba-groups"),
            tag("p", note, class_="ba-note") if summed_up else None,
        ]
    )
