"""What an eCH-0217 file says, whatever the method: neutral parts that every writer and reader of it shares.

Amounts are CHF, rates percent, dates inclusive. A box that the file leaves out is 0.00; lists keep their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum

ZERO = Decimal("0.00")


class Submission(IntEnum):
    """Why a return is sent (element ``typeOfSubmission``).

    A correction replaces the return of its period; the annual reconciliation holds differences only (Art. 72 MWSTG).
    """

    FIRST = 1
    CORRECTION = 2
    ANNUAL = 3


class Basis(IntEnum):
    """Consideration that counts (element ``formOfReporting``, Art. 39 MWSTG)."""

    AGREED = 1
    COLLECTED = 2


@dataclass(frozen=True, slots=True)
class Program:
    """The program that made the file; names of 1 to 30 characters, version of 1 to 10."""

    manufacturer: str
    product: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """Who declares what: the head of the file.

    Attributes:
        uid: ``CHE`` and nine digits, without dots and without MWST.
        organisation_name: 1 to 255 characters.
        generation_time: when the file was made.
        period_from, period_till: both inclusive.
        submission: first, correction or annual reconciliation.
        basis: agreed or collected consideration.
        business_reference_id: 1 to 50 characters, unique per submission.
        program: what made the file.
    """

    uid: str
    organisation_name: str
    generation_time: datetime
    period_from: date
    period_till: date
    submission: Submission
    basis: Basis
    business_reference_id: str
    program: Program


@dataclass(frozen=True, slots=True)
class VariousDeduction:
    """Box 280: an amount and what it is, in at most 50 characters."""

    amount: Decimal
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """Boxes 200 to 280: consideration and what is deducted from it."""

    total: Decimal
    exports: Decimal = ZERO
    abroad: Decimal = ZERO
    notification: Decimal = ZERO
    exempt: Decimal = ZERO
    reductions: Decimal = ZERO
    various: VariousDeduction | None = None

    @property
    def deductions(self) -> Decimal:
        """Box 289: 220 + 221 + 225 + 230 + 235 + 280."""
        listed = self.exports + self.abroad + self.notification + self.exempt + self.reductions
        return listed + (self.various.amount if self.various else ZERO)

    @property
    def taxable(self) -> Decimal:
        """Box 299: 200 - 289."""
        return self.total - self.deductions


@dataclass(frozen=True, slots=True)
class AtRate:
    """Turnover at one rate; the file carries no tax beside it."""

    rate: Decimal
    turnover: Decimal


@dataclass(frozen=True, slots=True)
class AtActivity:
    """Gross turnover of one activity at its net or flat tax rate.

    ``activity`` is the ESTV's code of five characters from 2025, and a free text of at most 100 before.
    """

    activity: str
    rate: Decimal
    turnover: Decimal


@dataclass(frozen=True, slots=True)
class ExportInvoice:
    """One line of form 1050: an invoice without tax, its kind of supply and the net tax rate paid on it."""

    invoice_no: str
    invoice_on: date
    supply: str
    rate: Decimal
    turnover: Decimal


@dataclass(frozen=True, slots=True)
class TurnoverAndMargin:
    """One line of form 1055 or 1056."""

    turnover: AtRate
    margin: AtRate


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The effective method (Art. 36 MWSTG); acquisition tax and corrections are positive as on the form.

    Attributes:
        is_gross: turnover includes the tax; net is what the standard recommends.
        opted: box 205, information only.
        supplies: turnover of 301 to 343, by rate.
        acquisitions: bases of 381 to 383, by rate.
        material, investments, subsequent: boxes 400, 405, 410.
        corrections, reductions: boxes 415 and 420, which reduce the input tax.
    """

    is_gross: bool = False
    opted: Decimal = ZERO
    supplies: tuple[AtRate, ...] = ()
    acquisitions: tuple[AtRate, ...] = ()
    material: Decimal = ZERO
    investments: Decimal = ZERO
    subsequent: Decimal = ZERO
    corrections: Decimal = ZERO
    reductions: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleRates:
    """Net and flat tax rates from 2025: gross turnover by activity; ``corrections`` (415) are owed on top."""

    supplies: tuple[AtActivity, ...] = ()
    acquisitions: tuple[AtRate, ...] = ()
    corrections: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """Credits of net and flat tax rates until 2024: the sum, or the form line by line (at least one line).

    Attributes:
        exports: box 470, form 1050.
        deemed_input: part of box 471, form 1055.
        margin: part of box 471, form 1056.
    """

    exports: Decimal | tuple[ExportInvoice, ...] = ZERO
    deemed_input: Decimal | tuple[TurnoverAndMargin, ...] = ZERO
    margin: Decimal | tuple[TurnoverAndMargin, ...] = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class NetRates:
    """Net tax rates until 2024 (Art. 37 MWSTG): gross turnover by rate."""

    supplies: tuple[AtRate, ...] = ()
    acquisitions: tuple[AtRate, ...] = ()
    credits: Credits = field(default_factory=Credits)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRates:
    """Flat tax rates until 2024 (municipalities, charities): gross turnover by activity, named freely."""

    supplies: tuple[AtActivity, ...] = ()
    acquisitions: tuple[AtRate, ...] = ()
    credits: Credits = field(default_factory=Credits)


Method = Effective | SimpleRates | NetRates | FlatRates


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One VAT declaration.

    Attributes:
        general: who, for which period.
        turnover: boxes 200 to 280.
        method: supplies, acquisition tax and what is deducted, by method.
        payable: positive is owed (500), negative a credit (510).
        subsidies, donations: boxes 900 and 910, information only.
    """

    general: General
    turnover: Turnover
    method: Method
    payable: Decimal
    subsidies: Decimal = ZERO
    donations: Decimal = ZERO
