"""From a computed VAT return to the file that is uploaded to the ePortal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from bexio_analytics import law
from bexio_analytics.connector import stamp
from bexio_analytics.errors import ConfigurationError, FilingRefusedError
from bexio_analytics.mandate import Mandate
from bexio_analytics.vat.ech0217.declaration import (
    AtActivity,
    AtRate,
    Basis,
    Credits,
    Declaration,
    Effective,
    General,
    Method,
    NetRates,
    Program,
    SimpleRates,
    Submission,
    Turnover,
    VariousDeduction,
)
from bexio_analytics.vat.ech0217.filing import period_label
from bexio_analytics.vat.ech0217.rules import UNKNOWN, Approval, check_xml, technical_activities
from bexio_analytics.vat.ech0217.writing import serialise
from bexio_analytics.vat.form import ZERO, boxes
from bexio_analytics.vat.vat_return import ActivityLine, VatReturn

_LONGEST_REFERENCE = 50
_LONGEST_VERSION = 10
_CURRENT_NET_BOX = "323"
_FIRST_OLD_CODE = "T0011"


def write_xml(
    result: VatReturn,
    mandate: Mandate,
    *,
    generation_time: datetime,
    type_of_submission: Submission | int = Submission.FIRST,
    business_reference_id: str | None = None,
    description_280: str = "",
    period_deviates: bool = False,
    xsd_dir: Path | None = None,
) -> bytes:
    """The eCH-0217 file of a return, checked before it is given out.

    Args:
        result: a return of any method.
        mandate: name and UID of the company; its rhythm is what the period must fit, unless it is an assumption.
        generation_time: with a time zone.
        type_of_submission: first filing, correction or annual reconciliation.
        business_reference_id: unique per submission; None makes one of mandate, period, type and time.
        description_280: what the various deductions are, at most 50 characters; needed where 280 is not 0.00.
        period_deviates: the ESTV ordered another period (liability begins or ends).
        xsd_dir: folder with the official schema files, which are then asked as well as the package's own.

    Raises:
        ConfigurationError: the mandate has no UID, 280 has no description, or ``xsd_dir`` is of no use.
        FilingRefusedError: the file breaks rules; ``breaches`` holds every one.
        ValueError: the time has no zone.
    """
    submission = Submission(type_of_submission)
    reference = business_reference_id or reference_of(result, submission, generation_time)
    declaration = declaration_of(
        result,
        mandate,
        generation_time=generation_time,
        submission=submission,
        business_reference_id=reference,
        description_280=description_280,
    )
    approval = approval_of(mandate, period_deviates=period_deviates)
    return write_declaration(declaration, approval=approval, xsd_dir=xsd_dir)


def approval_of(mandate: Mandate, *, period_deviates: bool = False) -> Approval:
    """What the settings of a mandate say the ESTV granted: its rhythm, unless nobody confirmed it, and its activities.

    Activities are compared where all of them have their code. The method is left open: it may have been another one in
    an earlier period, and the return carries its own.
    """
    rhythm = None if "rhythm" in mandate.vat.assumed else mandate.vat.rhythm
    granted = {activity.code: activity.rate for activity in mandate.activities.values()}
    activities = {code: rate for code, rate in granted.items() if code is not None}
    is_known = bool(granted) and len(activities) == len(mandate.activities)
    return Approval(rhythm=rhythm, activities=activities if is_known else None, period_deviates=period_deviates)


def write_declaration(declaration: Declaration, *, approval: Approval = UNKNOWN, xsd_dir: Path | None = None) -> bytes:
    """The file of a declaration of any method, or a refusal.

    Raises:
        ConfigurationError: ``xsd_dir`` is of no use.
        FilingRefusedError: the file breaks rules; ``breaches`` holds every one.
    """
    data = serialise(declaration)
    breaches = check_xml(data, None, approval)
    if xsd_dir is not None:
        breaches += [breach for breach in check_xml(data, xsd_dir, approval) if breach not in breaches]
    if breaches:
        period = period_label(declaration.general.period_from, declaration.general.period_till)
        count = "1 rule" if len(breaches) == 1 else f"{len(breaches)} rules"
        lines = "\n".join(f"  {breach}" for breach in breaches)
        raise FilingRefusedError(
            f"The VAT return for {period} breaks {count} of the portal; no file was written. "
            f"Correct the books or the settings:\n{lines}",
            breaches,
        )
    return data


def declaration_of(
    result: VatReturn,
    mandate: Mandate,
    *,
    generation_time: datetime,
    submission: Submission,
    business_reference_id: str,
    description_280: str = "",
) -> Declaration:
    """A return of any method as a declaration; lines of equal rate are one line, lines of 0.00 none.

    Raises:
        ConfigurationError: the mandate has no UID, 280 has no description, or an activity has no code of the ESTV
            (net tax rates from 2025).
    """
    if mandate.uid is None:
        raise ConfigurationError(f'{mandate.id} has no UID: add uid = "CHE-…" to its mandate.toml, then write again')
    z = result.ziffern
    if z["280"] and not description_280.strip():
        raise ConfigurationError(
            f"Ziffer 280 of {mandate.id} holds {z['280']} in {result.period}: "
            "say in at most 50 characters what is deducted there"
        )
    return Declaration(
        general=General(
            uid=mandate.uid.replace("-", "").replace(".", ""),
            organisation_name=mandate.name,
            generation_time=generation_time,
            period_from=result.period.start,
            period_till=result.period.end,
            submission=submission,
            basis=Basis.COLLECTED if result.basis == "collected" else Basis.AGREED,
            business_reference_id=business_reference_id,
            program=_program(),
        ),
        turnover=Turnover(
            total=z["200"],
            exports=z["220"],
            abroad=z["221"],
            notification=z["225"],
            exempt=z["230"],
            reductions=z["235"],
            various=VariousDeduction(z["280"], description_280) if z["280"] else None,
        ),
        method=_method(result, mandate),
        payable=result.payable,
        subsidies=z["900"],
        donations=z["910"],
    )


def _method(result: VatReturn, mandate: Mandate) -> Method:
    z = result.ziffern
    acquisitions = _at_rates((rate, base) for (_, rate), base in result.acquisition.items())
    if result.method == law.EFFECTIVE:
        return Effective(
            opted=z["205"],
            supplies=_at_rates((result.rates[box], z[box]) for box in boxes("supply")),
            acquisitions=acquisitions,
            material=z["400"],
            investments=z["405"],
            subsequent=z["410"],
            corrections=z["415"],
            reductions=z["420"],
        )
    if result.period.start < law.BY_ACTIVITY_FROM:
        return NetRates(
            supplies=_at_rates((line.rate, line.turnover) for line in result.activities),
            acquisitions=acquisitions,
            credits=Credits(exports=z["470"], deemed_input=z["471"]),
        )
    by_activity: dict[tuple[str, Decimal], Decimal] = {}
    for line in result.activities:
        if line.turnover:
            key = (_activity_code(line, mandate), line.rate)
            by_activity[key] = by_activity.get(key, ZERO) + line.turnover
    return SimpleRates(
        supplies=tuple(AtActivity(code, rate, turnover) for (code, rate), turnover in by_activity.items() if turnover),
        acquisitions=acquisitions,
        corrections=z["415"],
    )


def _activity_code(line: ActivityLine, mandate: Mandate) -> str:
    """The ESTV's code of an activity; what was supplied before the form by activity has a technical code by rate."""
    if line.ziffer != _CURRENT_NET_BOX or line.is_of_old_form:
        is_2024 = line.ziffer == _CURRENT_NET_BOX
        codes = {rate: code for code, rate in technical_activities().items() if (code < _FIRST_OLD_CODE) == is_2024}
        if line.rate in codes:
            return codes[line.rate]
    if line.code is None:
        raise ConfigurationError(
            f"The activity at {line.rate.normalize():f} % of {mandate.id} has no code of the ESTV: add it to "
            f'mandate.toml, as [activities."{line.name or "name"}"] with rate = {line.rate.normalize():f} '
            'and code = "…" (five characters)'
        )
    return line.code


def reference_of(result: VatReturn, submission: Submission, generation_time: datetime) -> str:
    """A business reference of at most 50 characters: mandate, period, type and time to the second, in UTC.

    Raises:
        ValueError: the time has no zone.
    """
    rest = f"-{period_label(result.period.start, result.period.end)}-{submission:d}-{stamp(generation_time)}"
    return result.mandate[: _LONGEST_REFERENCE - len(rest)] + rest


def _at_rates(lines: Iterable[tuple[Decimal, Decimal]]) -> tuple[AtRate, ...]:
    """Turnover by rate, highest rate first, as the form has it."""
    by_rate: dict[Decimal, Decimal] = {}
    for rate, amount in lines:
        by_rate[rate] = by_rate.get(rate, ZERO) + amount
    return tuple(AtRate(rate, amount) for rate, amount in sorted(by_rate.items(), reverse=True) if amount)


def _program() -> Program:
    return Program("bexio-analytics", "bexio-analytics", version("bexio-analytics")[:_LONGEST_VERSION])
