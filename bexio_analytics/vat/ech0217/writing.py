"""From a declaration to the file: element order as the schema has it, boxes of 0.00 left out where it may be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from lxml import etree

from bexio_analytics.vat.ech0217.declaration import (
    AtActivity,
    AtRate,
    Credits,
    Declaration,
    Effective,
    FlatRates,
    General,
    NetRates,
    SimpleRates,
    Turnover,
    TurnoverAndMargin,
)
from bexio_analytics.vat.ech0217.parsing import Element
from bexio_analytics.vat.ech0217.schema import NAMESPACE, PROGRAM_NAMESPACE

_CENTS = Decimal("0.01")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def serialise(declaration: Declaration) -> bytes:
    """The file as UTF-8 bytes; equal declarations give equal bytes.

    Nothing is judged here: amounts are written as they are, so that a third decimal is seen by the schema and not
    rounded away. Characters that XML cannot carry (controls, lone surrogates) are left out of texts.
    """
    root = etree.Element(_name("VATDeclaration"), nsmap={"eCH-0217": NAMESPACE, "eCH-0058": PROGRAM_NAMESPACE})
    _general(_branch(root, "generalInformation"), declaration.general)
    _turnover(_branch(root, "turnoverComputation"), declaration.turnover)
    match declaration.method:
        case Effective() as effective:
            _effective(_branch(root, "effectiveReportingMethod"), effective)
        case NetRates() as net:
            _until_2024(_branch(root, "netTaxRateMethod"), net)
        case FlatRates() as flat:
            _until_2024(_branch(root, "flatTaxRateMethod"), flat)
        case SimpleRates() as simple:
            element = _branch(root, "simpleTaxRateMethod")
            _activities(element, "activityID", simple.supplies)
            _rates(element, "acquisitionTax", simple.acquisitions)
            _box(element, "inputTaxCorrections", simple.corrections)
    _leaf(root, "payableTax", _amount(declaration.payable))
    if declaration.subsidies or declaration.donations:
        flows = _branch(root, "otherFlowsOfFunds")
        _box(flows, "subsidies", declaration.subsidies)
        _box(flows, "donations", declaration.donations)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def _general(element: Element, general: General) -> None:
    _leaf(element, "uid", general.uid)
    _leaf(element, "organisationName", general.organisation_name)
    _leaf(element, "generationTime", _moment(general.generation_time))
    _leaf(element, "reportingPeriodFrom", general.period_from.isoformat())
    _leaf(element, "reportingPeriodTill", general.period_till.isoformat())
    _leaf(element, "typeOfSubmission", str(int(general.submission)))
    _leaf(element, "formOfReporting", str(int(general.basis)))
    _leaf(element, "businessReferenceId", general.business_reference_id)
    program = _branch(element, "sendingApplication")
    _leaf(program, "manufacturer", general.program.manufacturer, PROGRAM_NAMESPACE)
    _leaf(program, "product", general.program.product, PROGRAM_NAMESPACE)
    _leaf(program, "productVersion", general.program.version, PROGRAM_NAMESPACE)


def _turnover(element: Element, turnover: Turnover) -> None:
    _leaf(element, "totalConsideration", _amount(turnover.total))
    _box(element, "suppliesToForeignCountries", turnover.exports)
    _box(element, "suppliesAbroad", turnover.abroad)
    _box(element, "transferNotificationProcedure", turnover.notification)
    _box(element, "suppliesExemptFromTax", turnover.exempt)
    _box(element, "reductionOfConsideration", turnover.reductions)
    if turnover.various is not None:
        various = _branch(element, "variousDeduction")
        _leaf(various, "amountVariousDeduction", _amount(turnover.various.amount))
        _leaf(various, "descriptionVariousDeduction", turnover.various.description)


def _effective(element: Element, method: Effective) -> None:
    _leaf(element, "grossOrNet", "2" if method.is_gross else "1")
    _box(element, "opted", method.opted)
    _rates(element, "suppliesPerTaxRate", method.supplies)
    _rates(element, "acquisitionTax", method.acquisitions)
    _box(element, "inputTaxMaterialAndServices", method.material)
    _box(element, "inputTaxInvestments", method.investments)
    _box(element, "subsequentInputTaxDeduction", method.subsequent)
    _box(element, "inputTaxCorrections", method.corrections)
    _box(element, "inputTaxReductions", method.reductions)


def _until_2024(element: Element, method: NetRates | FlatRates) -> None:
    if isinstance(method, FlatRates):
        _activities(element, "activity", method.supplies)
    else:
        _rates(element, "suppliesPerTaxRate", method.supplies)
    _rates(element, "acquisitionTax", method.acquisitions)
    _credits(element, method.credits)


def _credits(element: Element, credits_: Credits) -> None:
    if isinstance(credits_.exports, tuple):
        form = _branch(element, "compilationCompensationExport")
        for invoice in credits_.exports:
            line = _branch(form, "verificationCompensationExport")
            _leaf(line, "invoiceNumber", invoice.invoice_no)
            _leaf(line, "invoiceDate", invoice.invoice_on.isoformat())
            _leaf(line, "typeOfService", invoice.supply)
            _rate_and_turnover(line, invoice.rate, invoice.turnover)
    else:
        _box(element, "compensationExport", credits_.exports)
    _margin_form(element, "DeemedInputTaxDeduction", credits_.deemed_input)
    _margin_form(element, "MarginTaxation", credits_.margin)


def _margin_form(element: Element, name: str, credit: Decimal | tuple[TurnoverAndMargin, ...]) -> None:
    if isinstance(credit, tuple):
        form = _branch(element, f"compilation{name}")
        for each in credit:
            line = _branch(form, f"verification{name}")
            _rates(line, "turnoverAndTaxRate", [each.turnover])
            _rates(line, "marginAndTaxRate", [each.margin])
    else:
        _box(element, name[0].lower() + name[1:], credit)


def _rates(element: Element, name: str, lines: Iterable[AtRate]) -> None:
    for each in lines:
        _rate_and_turnover(_branch(element, name), each.rate, each.turnover)


def _activities(element: Element, key: str, lines: Iterable[AtActivity]) -> None:
    for each in lines:
        line = _branch(element, "suppliesPerTaxRate")
        _leaf(line, key, each.activity)
        _rate_and_turnover(line, each.rate, each.turnover)


def _rate_and_turnover(line: Element, rate: Decimal, turnover: Decimal) -> None:
    _leaf(line, "taxRate", _amount(rate))
    _leaf(line, "turnover", _amount(turnover))


def _box(element: Element, name: str, amount: Decimal) -> None:
    """An element that may be missing, where 0.00 says the same."""
    if amount != 0:
        _leaf(element, name, _amount(amount))


def _branch(element: Element, name: str) -> Element:
    return etree.SubElement(element, _name(name))


def _leaf(element: Element, name: str, text: str, namespace: str = NAMESPACE) -> None:
    etree.SubElement(element, _name(name, namespace)).text = _token(text)


def _name(local: str, namespace: str = NAMESPACE) -> str:
    return f"{{{namespace}}}{local}"


def _token(text: str) -> str:
    """As a reader of ``xs:token`` sees it: runs of XML white space are one blank, none at the ends."""
    return re.sub(r"[ \t\r\n]+", " ", _NOT_XML.sub("", text)).strip(" ")


def _amount(amount: Decimal) -> str:
    """At least two decimals, more only where the amount has more."""
    if amount.is_finite() and amount == amount.quantize(_CENTS):
        amount = amount.quantize(_CENTS) + 0  # no -0.00
    return format(amount, "f")


def _moment(moment: datetime) -> str:
    """In UTC where a zone is known, else as local time without one."""
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
