"""From a parsed file to a declaration, by the names of its elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from lxml import etree

from bexio_analytics.vat.ech0217.declaration import (
    ZERO,
    AtActivity,
    AtRate,
    Basis,
    Credits,
    Declaration,
    Effective,
    ExportInvoice,
    FlatRates,
    General,
    Method,
    NetRates,
    Program,
    SimpleRates,
    Submission,
    Turnover,
    TurnoverAndMargin,
    VariousDeduction,
)
from bexio_analytics.vat.ech0217.parsing import Element
from bexio_analytics.vat.ech0217.schema import NAMESPACE, PROGRAM_NAMESPACE

_Read = TypeVar("_Read")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?")
_AMOUNT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_LONGEST_AMOUNT = 25
_GROSS = 2


class UnreadableError(ValueError):
    """An element is missing or holds something else than it should; the message names it."""


def readable(read: Callable[[Element], _Read], root: Element) -> _Read | None:
    """What ``read`` makes of a file, or None where that part cannot be read: the schema says why."""
    try:
        return read(root)
    except UnreadableError:
        return None


def read_declaration(root: Element) -> Declaration:
    """The whole declaration.

    Raises:
        UnreadableError: a part is missing or cannot be understood.
    """
    flows = root.find(_name("otherFlowsOfFunds"))
    return Declaration(
        general=read_general(root),
        turnover=read_turnover(root),
        method=read_method(root),
        payable=read_payable(root),
        subsidies=ZERO if flows is None else _amount(flows, "subsidies"),
        donations=ZERO if flows is None else _amount(flows, "donations"),
    )


def read_uid(root: Element) -> str:
    """The UID as it is written."""
    return _text(_child(root, "generalInformation"), "uid")


def read_period(root: Element) -> tuple[date, date]:
    """First and last day of the period."""
    general = _child(root, "generalInformation")
    return _date(_text(general, "reportingPeriodFrom")), _date(_text(general, "reportingPeriodTill"))


def read_submission(root: Element) -> Submission:
    """First filing, correction or annual reconciliation."""
    return Submission(_choice(_child(root, "generalInformation"), "typeOfSubmission", len(Submission)))


def read_general(root: Element) -> General:
    """The head of the file."""
    general = _child(root, "generalInformation")
    program = _child(general, "sendingApplication")
    period_from, period_till = read_period(root)
    return General(
        uid=read_uid(root),
        organisation_name=_text(general, "organisationName"),
        generation_time=_moment(_text(general, "generationTime")),
        period_from=period_from,
        period_till=period_till,
        submission=read_submission(root),
        basis=Basis(_choice(general, "formOfReporting", len(Basis))),
        business_reference_id=_text(general, "businessReferenceId"),
        program=Program(
            *(_text(program, name, PROGRAM_NAMESPACE) for name in ("manufacturer", "product", "productVersion"))
        ),
    )


def read_turnover(root: Element) -> Turnover:
    """Boxes 200 to 280."""
    turnover = _child(root, "turnoverComputation")
    various = turnover.find(_name("variousDeduction"))
    return Turnover(
        total=_decimal(turnover, "totalConsideration"),
        exports=_amount(turnover, "suppliesToForeignCountries"),
        abroad=_amount(turnover, "suppliesAbroad"),
        notification=_amount(turnover, "transferNotificationProcedure"),
        exempt=_amount(turnover, "suppliesExemptFromTax"),
        reductions=_amount(turnover, "reductionOfConsideration"),
        various=None
        if various is None
        else VariousDeduction(
            _decimal(various, "amountVariousDeduction"), _text(various, "descriptionVariousDeduction")
        ),
    )


def read_method(root: Element) -> Method:
    """The one method element and what it holds."""
    for name, read in _METHODS.items():
        element = root.find(_name(name))
        if element is not None:
            return read(element)
    raise UnreadableError(f"one of {', '.join(_METHODS)} is missing")


def read_payable(root: Element) -> Decimal:
    """Boxes 500 and 510 as one signed amount."""
    return _decimal(root, "payableTax")


def _effective(element: Element) -> Method:
    return Effective(
        is_gross=_choice(element, "grossOrNet", _GROSS) == _GROSS,
        opted=_amount(element, "opted"),
        supplies=_at_rates(element, "suppliesPerTaxRate"),
        acquisitions=_at_rates(element, "acquisitionTax"),
        material=_amount(element, "inputTaxMaterialAndServices"),
        investments=_amount(element, "inputTaxInvestments"),
        subsequent=_amount(element, "subsequentInputTaxDeduction"),
        corrections=_amount(element, "inputTaxCorrections"),
        reductions=_amount(element, "inputTaxReductions"),
    )


def _simple(element: Element) -> Method:
    return SimpleRates(
        supplies=_at_activities(element, "activityID"),
        acquisitions=_at_rates(element, "acquisitionTax"),
        corrections=_amount(element, "inputTaxCorrections"),
    )


def _net(element: Element) -> Method:
    return NetRates(
        supplies=_at_rates(element, "suppliesPerTaxRate"),
        acquisitions=_at_rates(element, "acquisitionTax"),
        credits=_credits(element),
    )


def _flat(element: Element) -> Method:
    return FlatRates(
        supplies=_at_activities(element, "activity"),
        acquisitions=_at_rates(element, "acquisitionTax"),
        credits=_credits(element),
    )


_METHODS: dict[str, Callable[[Element], Method]] = {
    "effectiveReportingMethod": _effective,
    "netTaxRateMethod": _net,
    "flatTaxRateMethod": _flat,
    "simpleTaxRateMethod": _simple,
}


def _credits(element: Element) -> Credits:
    invoices = tuple(
        ExportInvoice(
            _text(line, "invoiceNumber"),
            _date(_text(line, "invoiceDate")),
            _text(line, "typeOfService"),
            _decimal(line, "taxRate"),
            _decimal(line, "turnover"),
        )
        for line in _lines(element, "compilationCompensationExport", "verificationCompensationExport")
    )
    deemed = _margins(element, "compilationDeemedInputTaxDeduction", "verificationDeemedInputTaxDeduction")
    margin = _margins(element, "compilationMarginTaxation", "verificationMarginTaxation")
    return Credits(
        exports=invoices or _amount(element, "compensationExport"),
        deemed_input=deemed or _amount(element, "deemedInputTaxDeduction"),
        margin=margin or _amount(element, "marginTaxation"),
    )


def _margins(element: Element, form: str, line: str) -> tuple[TurnoverAndMargin, ...]:
    return tuple(
        TurnoverAndMargin(_at_rate(_child(each, "turnoverAndTaxRate")), _at_rate(_child(each, "marginAndTaxRate")))
        for each in _lines(element, form, line)
    )


def _lines(element: Element, form: str, line: str) -> Iterator[Element]:
    for each in element.findall(_name(form)):
        yield from each.findall(_name(line))


def _at_rates(element: Element, name: str) -> tuple[AtRate, ...]:
    return tuple(_at_rate(line) for line in element.findall(_name(name)))


def _at_rate(line: Element) -> AtRate:
    return AtRate(_decimal(line, "taxRate"), _decimal(line, "turnover"))


def _at_activities(element: Element, key: str) -> tuple[AtActivity, ...]:
    return tuple(
        AtActivity(_text(line, key), _decimal(line, "taxRate"), _decimal(line, "turnover"))
        for line in element.findall(_name("suppliesPerTaxRate"))
    )


def _name(local: str, namespace: str = NAMESPACE) -> str:
    return f"{{{namespace}}}{local}"


def _child(element: Element, local: str, namespace: str = NAMESPACE) -> Element:
    found = element.find(_name(local, namespace))
    if found is None:
        raise UnreadableError(f"{local} is missing in {etree.QName(element).localname}")
    return found


def _text(element: Element, local: str, namespace: str = NAMESPACE) -> str:
    """The text as ``xs:token`` has it: runs of XML white space are one blank, none at the ends."""
    return re.sub(r"[ \t\r\n]+", " ", _child(element, local, namespace).text or "").strip(" ")


def _amount(element: Element, local: str) -> Decimal:
    return ZERO if element.find(_name(local)) is None else _decimal(element, local)


def _decimal(element: Element, local: str) -> Decimal:
    text = _text(element, local)
    if len(text) > _LONGEST_AMOUNT or not _AMOUNT.fullmatch(text):
        raise UnreadableError(f"{local} is no amount")
    return Decimal(text)


def _choice(element: Element, local: str, highest: int) -> int:
    text = _text(element, local)
    if not re.fullmatch(r"\+?0*[1-9]", text) or int(text) > highest:
        raise UnreadableError(f"{local} is none of 1 to {highest}")
    return int(text)


def _date(text: str) -> date:
    """A day; the time zone that ``xs:date`` allows says nothing about a period."""
    match = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(match[1] if match else text)
    except ValueError:
        raise UnreadableError(f"{text} is no day") from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableError(f"{text} is no time") from None
