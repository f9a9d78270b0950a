"""The order in which findings are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from bexio_analytics.review.check import Confidence
from bexio_analytics.review.finding import Finding

_CERTAIN_FIRST = {confidence: place for place, confidence in enumerate(Confidence)}
_NOTHING = Decimal(0)


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings with the most important first.

    Severity decides, then confidence (certain before likely before indicative), then the size of the VAT effect, then
    the size of the amount; what is equal in all of these stands by date and id, so that the order never depends on
    the order of rows. A VAT effect that is not known counts as none.
    """
    return tuple(sorted(findings, key=_place))


def _place(finding: Finding) -> tuple[int, int, Decimal, Decimal, date, str]:
    return (
        finding.severity,
        _CERTAIN_FIRST[finding.confidence],
        -abs(finding.vat_effect or _NOTHING),
        -abs(finding.amount or _NOTHING),
        finding.booked_on,
        finding.id,
    )
