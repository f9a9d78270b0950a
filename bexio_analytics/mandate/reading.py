"""Turns the tables of ``mandate.toml`` into settings, one function per table."""

from __future__ import annotations

import re
from decimal import Decimal

from bexio_analytics import law
from bexio_analytics.mandate.settings import (
    ACCOUNT_FLAGS,
    ACCOUNT_TYPES,
    ASSUMABLE,
    BASES,
    METHODS,
    TAX_KINDS,
    AccountSettings,
    Activity,
    Car,
    CheckSettings,
    ContactSettings,
    OwnTaxCode,
    Threshold,
    VatSettings,
)
from bexio_analytics.mandate.validation import Section, did_you_mean, quoted
from bexio_analytics.periods import Rhythm

_CHECK_CODE = re.compile(r"[A-KX]\d\d")
_ACCOUNT_NO = re.compile(r"\d{3,8}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_WORD = re.compile(r"\S+")
_ACTIVITY_CODE_LENGTH = 5
_MAX_RATE = Decimal(100)


def read_uid(section: Section, name: str) -> str | None:
    """A UID such as ``CHE-123.456.789``, with or without MWST/TVA/IVA, whose check digit is right; or None."""
    text = section.text(name)
    if not text:
        return None
    if not law.is_valid_uid(text):
        section.problem(name, f'"{text}" is not a UID: write it as CHE-123.456.788 and check its last digit')
        return None
    return text


def read_vat(section: Section) -> VatSettings:
    """The table ``[vat]``; method, basis and rhythm must be there."""
    settings = VatSettings(
        method=section.choice("method", METHODS, METHODS[0], required=True),
        basis=section.choice("basis", BASES, BASES[0], required=True),
        rhythm=Rhythm(section.choice("rhythm", [each.value for each in Rhythm], Rhythm.QUARTER, required=True)),
        assumed=section.texts("assumed", form=_WORD, example='["method", "rhythm"]'),
    )
    for name in settings.assumed:
        if name not in ASSUMABLE:
            section.problem(
                "assumed", f'"{name}" is not allowed: allowed are {quoted(ASSUMABLE)}{did_you_mean(name, ASSUMABLE)}'
            )
    section.close()
    return settings


def read_business_year(section: Section) -> int:
    """The table ``[business_year]``: the month in which the business year begins."""
    month = section.integer("first_month", 1, 1, 12)
    section.close()
    return month


def read_checks(section: Section) -> CheckSettings:
    """The table ``[checks]``: ``disabled`` and one table of thresholds per check code."""
    disabled = section.texts("disabled", form=_CHECK_CODE, example='["H10"]')
    thresholds: dict[str, dict[str, Threshold]] = {}
    for code in section.names():
        if not _CHECK_CODE.fullmatch(code):
            continue
        table = section.table(code)
        values: dict[str, Threshold] = {}
        for name in table.names():
            value = table.take(name)
            if isinstance(value, Decimal) and not value.is_finite():
                table.problem(name, "is not a finite number")
            elif isinstance(value, Decimal | int | str):
                values[name] = value
            elif value is not None:
                table.problem(name, "is not allowed: write a number, a text, true or false")
        table.close()
        thresholds[code] = values
    for code in section.names():
        if code != "disabled" and not _CHECK_CODE.fullmatch(code):
            section.take(code)
            hint = did_you_mean(code, ["disabled"])
            section.problem(
                code, f'is unknown{hint}: allowed are "disabled" and tables named after a check, such as F05'
            )
    return CheckSettings(disabled, thresholds)


def read_accounts(section: Section) -> dict[str, AccountSettings]:
    """The tables ``[accounts.<number>]``: ``account_type`` and flags."""
    accounts = {}
    for number in section.names():
        table = section.table(number)
        if not _ACCOUNT_NO.fullmatch(number):
            section.problem(number, 'is not an account number: write it with digits, such as "6300"')
        account_type = table.choice("account_type", ACCOUNT_TYPES, "") or None
        flags = {}
        for flag in ACCOUNT_FLAGS:
            value = table.take(flag)
            if isinstance(value, bool):
                flags[flag] = value
            elif value is not None:
                table.problem(flag, "is not allowed: write true or false")
        table.close()
        accounts[number] = AccountSettings(account_type, flags)
    return accounts


def read_tax_codes(section: Section) -> dict[str, OwnTaxCode]:
    """The tables ``[tax_codes.<code>]``: the company's own codes with Ziffer, kind, rate and VAT account."""
    boxes = {each.ziffer for each in law.all_ziffern()}
    codes = {}
    for code in section.names():
        table = section.table(code)
        ziffer = table.text("ziffer", required=True)
        unknown = [part for part in ziffer.split(".") if ziffer and part != "000" and part not in boxes]
        for part in unknown:
            table.problem(
                "ziffer", f'"{part}" is not a box of the return: write one such as "303" or "205.303"; "000" is none'
            )
        account_no = table.text("account_no", required=True)
        if account_no and not _ACCOUNT_NO.fullmatch(account_no):
            table.problem(
                "account_no", f'"{account_no}" is not an account number: write digits in quotes, such as "2200"'
            )
        own = OwnTaxCode(
            code=code,
            ziffer=ziffer,
            kind=table.choice("kind", TAX_KINDS, TAX_KINDS[0], required=True),
            rate=table.number("rate", Decimal(0), high=_MAX_RATE, required=True),
            account_no=account_no,
            title=table.text("title"),
            valid_from=table.day("valid_from"),
            valid_till=table.day("valid_till"),
        )
        if own.valid_from and own.valid_till and own.valid_from > own.valid_till:
            table.problem("valid_till", "lies before valid_from")
        table.close()
        codes[code] = own
    return codes


def read_contacts(section: Section) -> dict[str, ContactSettings]:
    """The tables ``[contacts.<number or id>]``: Swiss VAT number and country."""
    contacts = {}
    for key in section.names():
        table = section.table(key)
        country = table.text("country") or None
        if country and not _COUNTRY.fullmatch(country):
            table.problem("country", f'"{country}" is not a country: write two capital letters, such as "DE"')
        contacts[key] = ContactSettings(vat_number=read_uid(table, "vat_number"), country=country)
        table.close()
    return contacts


def read_activities(section: Section) -> dict[str, Activity]:
    """The tables ``[activities.<name>]``: approved net tax rate and revenue accounts."""
    activities = {}
    for name in section.names():
        table = section.table(name)
        activities[name] = Activity(
            name=name,
            rate=table.number("rate", Decimal(0), high=_MAX_RATE, required=True),
            accounts=table.texts("accounts", form=_ACCOUNT_NO, example='["3400"]'),
            code=_activity_code(table),
        )
        table.close()
    return activities


def read_cars(section: Section) -> dict[str, Car]:
    """The tables ``[cars.<name>]``: price and time of the company's cars, for their private shares."""
    cars = {}
    for name in section.names():
        table = section.table(name)
        has_private_share = table.take("has_private_share")
        if not isinstance(has_private_share, bool | None):
            table.problem("has_private_share", "is not allowed: write true or false")
        cars[name] = car = Car(
            name=name,
            price=table.number("price", Decimal(0), required=True),
            valid_from=table.day("valid_from"),
            valid_till=table.day("valid_till"),
            has_private_share=has_private_share is not False,
        )
        if car.valid_from and car.valid_till and car.valid_till < car.valid_from:
            table.problem("valid_till", f"{car.valid_till} lies before valid_from, {car.valid_from}")
        table.close()
    return cars


def _activity_code(table: Section) -> str | None:
    code = table.text("code")
    if code and len(code) != _ACTIVITY_CODE_LENGTH:
        table.problem("code", f'"{code}" is not a code of the ESTV: it has five characters, such as "01234"')
    return code or None
