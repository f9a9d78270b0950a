"""The parts of a mandate's settings and the values that are allowed in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bexio_analytics.periods import Rhythm

LANGUAGES = ("de", "fr", "it", "en")
# fmt: off
CANTONS = (
    "AG", "AI", "AR", "BE", "BL", "BS", "FR", "GE", "GL", "GR", "JU", "LU", "NE",
    "NW", "OW", "SG", "SH", "SO", "SZ", "TG", "TI", "UR", "VD", "VS", "ZG", "ZH",
)
# fmt: on
METHODS = ("effective", "net_tax")
BASES = ("agreed", "collected")
ASSUMABLE = ("method", "basis", "rhythm", "business_year")
"""Settings that may stand in ``vat.assumed`` because nobody has confirmed them yet."""

ACCOUNT_FLAGS = (
    "is_money",
    "is_cash",
    "is_vat",
    "is_clearing",
    "is_fixed_asset",
    "is_receivable",
    "is_payable",
    "never_input",
    "needs_sales_code",
    "is_foreign_service",
    "is_goods",
)
"""The flags of the ``account`` view that a mandate may set for an account of its own chart."""

ACCOUNT_TYPES = ("revenue", "expense", "asset", "liability", "closing")
"""bexio's account types 1 to 5 in words, in this order."""

TAX_KINDS = (
    "sales_tax",
    "opted_sales_tax",
    "not_taxable_turnover",
    "non_consideration_sales_tax",
    "pre_tax_material",
    "pre_tax_investment",
    "pre_customs_tax_material",
    "pre_customs_tax_investment",
    "pre_regards_tax_material",
    "pre_regards_tax_investment",
    "net_tax",
    "opted_net_tax",
)
"""bexio's tax types (``GET /3.0/taxes``, field ``type``)."""

Threshold = Decimal | int | str | bool


@dataclass(frozen=True, slots=True)
class VatSettings:
    """How the mandate accounts for VAT.

    Attributes:
        method: ``effective`` (Art. 36 MWSTG) or ``net_tax`` (net tax rates, Art. 37).
        basis: ``agreed`` or ``collected`` consideration (Art. 39).
        rhythm: how often a return is filed (Art. 35).
        assumed: names of settings nobody has confirmed yet (``method``, ``basis``, ``rhythm``, ``business_year``).
    """

    method: str = "effective"
    basis: str = "agreed"
    rhythm: Rhythm = Rhythm.QUARTER
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Which checks do not run, and thresholds that differ from a check's own default, by check code.

    That a code and a threshold exist is verified by the review, which knows the checks.
    """

    disabled: tuple[str, ...] = ()
    thresholds: Mapping[str, Mapping[str, Threshold]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What is different about one account of this chart: its type and flags of the ``account`` view."""

    account_type: str | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnTaxCode:
    """A tax code the company created itself.

    Attributes:
        code: as bexio shows it, such as ``UNX81``.
        ziffer: box of the return it reaches (``303``, ``205.303``; ``000`` for none).
        kind: bexio's type, one of ``TAX_KINDS``.
        rate: percent.
        account_no: the VAT account.
        title: what it is for.
        valid_from, valid_till: first and last day, both inclusive; None is open.
    """

    code: str
    ziffer: str
    kind: str
    rate: Decimal
    account_no: str
    title: str = ""
    valid_from: date | None = None
    valid_till: date | None = None


@dataclass(frozen=True, slots=True)
class ContactSettings:
    """What bexio has no field for: a contact's Swiss VAT number, or a country that differs from its address."""

    vat_number: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity with its approved net tax rate (percent) and the revenue accounts it is booked on.

    ``code`` is the ESTV's code of five characters, which a declared file names from 2025 on. The only activity of a
    mandate needs no accounts: it is booked on all turnover accounts.
    """

    name: str
    rate: Decimal
    accounts: tuple[str, ...] = ()
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Car:
    """A car of the company, for its private share.

    Attributes:
        name: any name.
        price: purchase price in CHF without VAT; of a leased car the cash price in the contract.
        valid_from, valid_till: first and last day it is held, both inclusive; None is open.
        has_private_share: false where a logbook is kept, or where nobody uses it privately (a delivery van).
    """

    name: str
    price: Decimal
    valid_from: date | None = None
    valid_till: date | None = None
    has_private_share: bool = True
