"""The rules a declaration must keep before the portal takes it: the schema and the prose rules of the standard.

====================  =================================================================================================
MWST-0001             the file validates against the schema
MWST-0002             method granted, and allowed for the period (net and flat tax rates changed form on 1.1.2025)
MWST-0003             length of the period
MWST-0005             box 299 equals the sum of the supply lines, acquisition tax excluded
MWST-0006             ``payableTax`` equals the recomputation without rounding in between
MWST-0008             activities and their net tax rates are those that were granted
MWST-0009             check digit of the UID
Art. 25 MWSTG         a statutory rate is one that was law at some time (the package's own rule)
====================  =================================================================================================

The standard has further numbers; their text is not published freely, and nothing is made up for them. What only the
ESTV knows (which method, rhythm and activities it granted) is checked as far as an `Approval` tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from bexio_analytics import law
from bexio_analytics.periods import Rhythm, VatPeriod
from bexio_analytics.vat.ech0217.arithmetic import accepted_payable, supplies_total
from bexio_analytics.vat.ech0217.declaration import Effective, Method, SimpleRates, Submission, Turnover
from bexio_analytics.vat.ech0217.parsing import Element, NotXmlError, parse
from bexio_analytics.vat.ech0217.reading import (
    UnreadableError,
    read_declaration,
    read_method,
    read_payable,
    read_period,
    read_submission,
    read_turnover,
    read_uid,
    readable,
)
from bexio_analytics.vat.ech0217.schema import schema_faults

RATES_KNOWN_FROM = date(2016, 1, 1)
"""Earlier periods may hold supplies from before 2011, where the table of rates begins."""

ADVANCE = timedelta(days=184)
"""A new rate may be declared this long before it is law, for invoices in advance (MWST-Info 19)."""

_LENGTHS = {"effective": (Rhythm.MONTH, Rhythm.QUARTER, Rhythm.ANNUAL), "net_tax": (Rhythm.SEMESTER, Rhythm.ANNUAL)}


@dataclass(frozen=True, slots=True)
class RuleBreach:
    """One broken rule.

    Attributes:
        rule: ``MWST-0005``, or ``Art. 25 MWSTG``.
        what: what is wrong, one sentence.
        where: path of the element below the root, such as ``generalInformation/uid``.
        expected, found: values, empty where there are none to name.
    """

    rule: str
    what: str
    where: str
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        seen = ", ".join(
            f"{name} {text}" for name, text in (("expected", self.expected), ("found", self.found)) if text
        )
        return f"{self.rule} {self.where}: {self.what}" + (f" ({seen})" if seen else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What the ESTV granted, as far as it is known; None is not known and not checked.

    Attributes:
        method: ``effective`` or ``net_tax``, as in the settings of a mandate.
        rhythm: how often the mandate files.
        activities: net tax rate in percent by code of the activity.
        period_deviates: the ESTV ordered another period, as it does where liability begins or ends.
    """

    method: str | None = None
    rhythm: Rhythm | None = None
    activities: Mapping[str, Decimal] | None = None
    period_deviates: bool = False


UNKNOWN = Approval()


def check_xml(data: bytes, xsd_dir: Path | None = None, approval: Approval = UNKNOWN) -> list[RuleBreach]:
    """Every rule that a file breaks, whoever wrote it; an empty list is a file that may be sent.

    A part that cannot be read is the schema's business; the rules go on with the parts that can. ``payableTax`` is
    not recomputed where forms 1055 or 1056 (until 2024) are sent line by line.

    Args:
        data: the file.
        xsd_dir: folder with the official schema files; None takes the package's own schema.
        approval: what the ESTV granted, as far as it is known.

    Raises:
        ConfigurationError: ``xsd_dir`` does not hold a usable schema.
    """
    try:
        root = parse(data)
    except NotXmlError as error:
        return [RuleBreach("MWST-0001", str(error), "VATDeclaration")]
    breaches = [
        RuleBreach("MWST-0001", what, where, expected, found)
        for what, expected, where, found in schema_faults(root, xsd_dir)
    ]
    if not breaches:
        try:
            read_declaration(root)
        except UnreadableError as error:
            breaches.append(RuleBreach("MWST-0001", f"A value cannot be used: {error}", "VATDeclaration"))
    return breaches + list(_prose_breaches(root, approval))


def technical_activities() -> Mapping[str, Decimal]:
    """Net tax rate by technical code: supplies of 2024 (T0001 …) and before (T0011 …) declared from 2025 on.

    Source: eCH-0217 2.0.0, table of activity codes; they follow the two ladders of net tax rates step by step.
    """
    return _technical_activities()


@cache
def _technical_activities() -> dict[str, Decimal]:
    by_start: dict[date, list[Decimal]] = {}
    for step in law.net_tax_rates():
        by_start.setdefault(step.valid_from, []).append(step.rate)
    new, old = (sorted(by_start[start]) for start in (date(2024, 1, 1), date(2018, 1, 1)))
    return {f"T{number:04d}": rate for number, rate in enumerate(new + old, start=1)}


def _prose_breaches(root: Element, approval: Approval) -> Iterator[RuleBreach]:
    method, period = readable(read_method, root), readable(read_period, root)
    if method is not None:
        yield from _method_allowed(method, period, approval)
    if period is not None:
        yield from _period_allowed(period, method, readable(read_submission, root), approval)
    turnover = readable(read_turnover, root)
    if turnover is not None and method is not None:
        yield from _turnover_agrees(turnover, method)
    payable = readable(read_payable, root)
    if payable is not None and method is not None:
        yield from _payable_agrees(payable, method)
    if isinstance(method, SimpleRates):
        yield from _activities_granted(method, period, approval)
    uid = readable(read_uid, root)
    if uid is not None:
        yield from _uid_exists(uid)
    if method is not None and period is not None:
        yield from _rates_are_law(method, period)


def _element(method: Method) -> str:
    names = {"Effective": "effectiveReportingMethod", "SimpleRates": "simpleTaxRateMethod"}
    names |= {"NetRates": "netTaxRateMethod", "FlatRates": "flatTaxRateMethod"}
    return names[type(method).__name__]


def _setting(method: Method) -> str:
    return "effective" if isinstance(method, Effective) else "net_tax"


def _method_allowed(method: Method, period: tuple[date, date] | None, approval: Approval) -> Iterator[RuleBreach]:
    name = _element(method)
    if approval.method is not None and approval.method != _setting(method):
        yield RuleBreach("MWST-0002", "The method is not the one granted.", name, approval.method, _setting(method))
    if period is None or isinstance(method, Effective):
        return
    start, end = period
    if isinstance(method, SimpleRates):
        if start < law.BY_ACTIVITY_FROM:
            what = "This method element is for periods from 1.1.2025 on."
            yield RuleBreach("MWST-0002", what, name, "netTaxRateMethod or flatTaxRateMethod", f"{start} to {end}")
    elif end >= law.BY_ACTIVITY_FROM:
        what = "This method element is for periods until 31.12.2024."
        yield RuleBreach("MWST-0002", what, name, "simpleTaxRateMethod", f"{start} to {end}")


def _period_allowed(
    period: tuple[date, date], method: Method | None, submission: Submission | None, approval: Approval
) -> Iterator[RuleBreach]:
    start, end = period
    where, found = "generalInformation/reportingPeriodFrom", f"{start} to {end}"
    if end < start:
        yield RuleBreach("MWST-0003", "The period ends before it begins.", where, "", found)
        return
    if approval.period_deviates:
        return
    if end.year == date.max.year:
        yield RuleBreach("MWST-0003", "There is no such period.", where, "", found)
        return
    rhythms = _LENGTHS[_setting(method)] if method is not None else tuple(Rhythm)
    what = "The period is none that this method has."
    if submission is Submission.ANNUAL:
        if start.day != 1 or end + timedelta(days=1) != start.replace(year=start.year + 1):
            yield RuleBreach("MWST-0003", "The annual reconciliation covers a year.", where, "twelve months", found)
        return
    if approval.rhythm is not None:
        if approval.rhythm in rhythms:
            what = "The period is none of the rhythm granted."
        rhythms = tuple(rhythm for rhythm in rhythms if rhythm is approval.rhythm)
    if not any(VatPeriod.containing(start, rhythm) == VatPeriod(start, end) for rhythm in rhythms):
        names = {Rhythm.MONTH: "month", Rhythm.QUARTER: "quarter", Rhythm.SEMESTER: "half-year", Rhythm.ANNUAL: "year"}
        expected = " or ".join(f"a calendar {names[rhythm]}" for rhythm in rhythms) or "another rhythm"
        yield RuleBreach("MWST-0003", what, where, expected, found)


def _turnover_agrees(turnover: Turnover, method: Method) -> Iterator[RuleBreach]:
    supplies = supplies_total(method)
    if turnover.taxable != supplies:
        what = "Consideration less deductions (299) is not the sum of the supply lines."
        where = f"{_element(method)}/suppliesPerTaxRate"
        yield RuleBreach("MWST-0005", what, where, f"{turnover.taxable:f}", f"{supplies:f}")


def _payable_agrees(payable: Decimal, method: Method) -> Iterator[RuleBreach]:
    accepted = accepted_payable(method)
    if accepted and payable not in accepted:
        what = "The amount payable is not tax owed less input tax, rounded once."
        yield RuleBreach("MWST-0006", what, "payableTax", f"{accepted[0]:f}", f"{payable:f}")


def _activities_granted(
    method: SimpleRates, period: tuple[date, date] | None, approval: Approval
) -> Iterator[RuleBreach]:
    technical = technical_activities()
    ladder = {step.rate for step in law.net_tax_rates() if period is None or _in_force(step, period)}
    rates: dict[str, Decimal] = {}
    for number, line in enumerate(method.supplies, start=1):
        where = f"simpleTaxRateMethod/suppliesPerTaxRate[{number}]"
        code, rate = line.activity, line.rate
        if rates.setdefault(code, rate) != rate:
            what = f"Activity {code} has two rates."
            yield RuleBreach("MWST-0008", what, f"{where}/taxRate", f"{rates[code]:f}", f"{rate:f}")
        if code.startswith("T"):
            expected: Decimal | None = technical.get(code)
            if expected is None:
                what = "There is no such technical code of an activity."
                yield RuleBreach("MWST-0008", what, f"{where}/activityID", "T0001 to T0020", code)
        elif approval.activities is not None:
            expected = approval.activities.get(code)
            if expected is None:
                granted = ", ".join(sorted(approval.activities))
                yield RuleBreach("MWST-0008", "The activity is not granted.", f"{where}/activityID", granted, code)
        else:
            expected = None
            if rate not in ladder:
                steps = ", ".join(f"{step:f}" for step in sorted(ladder))
                yield RuleBreach("MWST-0008", "There is no such net tax rate.", f"{where}/taxRate", steps, f"{rate:f}")
        if expected is not None and expected != rate:
            what = f"Activity {code} has another net tax rate."
            yield RuleBreach("MWST-0008", what, f"{where}/taxRate", f"{expected:f}", f"{rate:f}")


def _in_force(step: law.NetTaxRate, period: tuple[date, date]) -> bool:
    start, end = period
    return step.valid_from <= end and (step.valid_till is None or start <= step.valid_till)


def _uid_exists(uid: str) -> Iterator[RuleBreach]:
    digits = uid.removeprefix("CHE")
    if len(uid) == len("CHE123456789") and digits.isdecimal() and not law.is_valid_uid(uid):
        what = "The check digit of the UID is wrong: there is no such number."
        yield RuleBreach("MWST-0009", what, "generalInformation/uid", "", uid)


def _rates_are_law(method: Method, period: tuple[date, date]) -> Iterator[RuleBreach]:
    """Statutory rates on supply lines of the effective method and on acquisition tax of every method."""
    start, end = period
    if start < RATES_KNOWN_FROM or end > date.max - ADVANCE:
        return
    known = {rate.rate for rate in law.vat_rates() if rate.status == "law" and rate.valid_from <= end + ADVANCE}
    lines = [("acquisitionTax", number, line) for number, line in enumerate(method.acquisitions, start=1)]
    if isinstance(method, Effective):
        lines += [("suppliesPerTaxRate", number, line) for number, line in enumerate(method.supplies, start=1)]
    for name, number, line in lines:
        if line.rate not in known:
            where = f"{_element(method)}/{name}[{number}]/taxRate"
            expected = ", ".join(f"{rate:f}" for rate in sorted(known, reverse=True))
            yield RuleBreach("Art. 25 MWSTG", "There is no such statutory rate.", where, expected, f"{line.rate:f}")
