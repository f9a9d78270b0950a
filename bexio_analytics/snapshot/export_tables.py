"""Turns the lines of an export into snapshot tables: what an export does not say follows from law and settings."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from bexio_analytics import law
from bexio_analytics.connector.exports import ExportLine, line_ids, lost_characters
from bexio_analytics.mandate import ACCOUNT_TYPES, Mandate, OwnTaxCode
from bexio_analytics.periods import VatPeriod
from bexio_analytics.snapshot.tables import TABLES

BASE_CURRENCY = "CHF"
_FIRST_OWN_TAX_ID = 10_001
_TYPE_BY_CLASS = {"1": "asset", "2": "liability", "3": "revenue", "9": "closing"}


def journal_rows(lines: Sequence[ExportLine]) -> pl.DataFrame:
    """The lines as rows of the table ``journal``; ``sequence`` counts from 1 in the order given."""
    rows = [
        {
            "id": identity,
            "sequence": number,
            "date": line.booked_on,
            "reference": line.reference,
            "debit_account_id": int(line.debit_no),
            "credit_account_id": int(line.credit_no),
            "description": line.description,
            "amount": line.amount,
            "currency": line.currency,
            "currency_factor": line.factor,
            "base_amount": line.base_amount,
            "base_currency": line.base_currency,
            "export_tax_code": line.tax_code,
            "export_tax_rate": line.tax_rate,
            "extra": json.dumps({"ziffer": line.ziffer}) if line.ziffer else None,
        }
        for number, (identity, line) in enumerate(zip(line_ids(lines), lines, strict=True), start=1)
    ]
    return TABLES["journal"].frame(rows)


def account_names(lines: Iterable[ExportLine]) -> dict[str, str]:
    """The best printed name of each account: with the fewest lost characters, then the most frequent."""
    printed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        printed[line.debit_no][line.debit_name] += 1
        printed[line.credit_no][line.credit_name] += 1
    names = {}
    for number, counted in printed.items():
        filled = [(lost_characters(name), -times, name) for name, times in counted.items() if name]
        names[number] = min(filled)[2] if filled else ""
    return names


def export_tables(journal: pl.DataFrame, names: Mapping[str, str], mandate: Mandate) -> dict[str, pl.DataFrame]:
    """All tables of a snapshot that rests on exports, by name; tables that stay empty are not among them.

    ``calendar_year`` stays empty on purpose: method and basis are then those of ``mandate.toml`` whenever books are
    opened, so that correcting an assumption needs no second import.

    Args:
        journal: rows of the table ``journal``.
        names: account number → name; accounts without one are named after the Swiss SME chart.
        mandate: settings.
    """
    tax = tax_table(journal, mandate)
    return {
        "company": TABLES["company"].frame([{"id": 1, "name": mandate.name, "mwst_nr": mandate.uid}]),
        "account": _accounts(journal, tax, names, mandate),
        "tax": tax,
        "currency": _currencies(journal),
        "business_year": _business_years(journal, mandate.business_year_first_month),
        "journal": journal,
    }


def tax_table(journal: pl.DataFrame, mandate: Mandate) -> pl.DataFrame:
    """The tax codes an export names, as far as their meaning is known, and all codes of ``mandate.toml``.

    A standard code counts with the generation that was in use on the day of the booking. A code that neither bexio's
    list nor the settings know gets no row: the journal keeps its name, and a check reports it.
    """
    named = journal.select("date", "export_tax_code").drop_nulls().unique().sort("date", "export_tax_code").iter_rows()
    used: dict[law.StandardTaxCode, None] = {}
    for day, code in named:
        standard = law.standard_tax_code(code, day)
        if standard is not None and code not in mandate.tax_codes:
            used[standard] = None
    numbers = {code: number for number, code in enumerate(law.standard_tax_codes(), start=1)}
    rows = [_tax_row(numbers[code], code) for code in sorted(used, key=numbers.__getitem__)]
    own = sorted(mandate.tax_codes.values(), key=lambda code: code.code)
    rows += [_tax_row(number, code) for number, code in enumerate(own, start=_FIRST_OWN_TAX_ID)]
    return TABLES["tax"].frame(rows)


def unknown_codes(journal: pl.DataFrame, mandate: Mandate) -> dict[str, int]:
    """Codes in the journal that nobody knows, with the number of lines that carry them."""
    known = {code.code for code in law.standard_tax_codes()} | set(mandate.tax_codes)
    counted = Counter(journal["export_tax_code"].drop_nulls())
    return {code: counted[code] for code in sorted(counted.keys() - known)}


def _tax_row(identity: int, code: law.StandardTaxCode | OwnTaxCode) -> dict[str, object]:
    from_on, till_on = code.valid_from, code.valid_till
    return {
        "id": identity,
        "code": code.code,
        "name": code.title or code.code,
        "digit": code.ziffer,
        "type": code.kind,
        "account_id": int(code.account_no),
        "value": code.rate,
        "start_year": from_on.year if from_on else None,
        "start_month": from_on.month if from_on else None,
        "end_year": till_on.year if till_on else None,
        "end_month": till_on.month if till_on else None,
        "is_active": True,
        "display_name": f"{code.code} – {code.title}" if code.title else code.code,
    }


def _accounts(journal: pl.DataFrame, tax: pl.DataFrame, names: Mapping[str, str], mandate: Mandate) -> pl.DataFrame:
    booked = set(journal["debit_account_id"]) | set(journal["credit_account_id"]) | set(tax["account_id"].drop_nulls())
    rows = []
    for identity in sorted(booked, key=str):
        number = str(identity)
        rows.append(
            {
                "id": identity,
                "account_no": number,
                "name": names.get(number) or unnamed_account(number),
                "account_type": ACCOUNT_TYPES.index(_account_type(number, mandate)) + 1,
                "is_active": True,
                "is_locked": False,
            }
        )
    return TABLES["account"].frame(rows)


def unnamed_account(number: str) -> str:
    """What an account is called that no export has named: its content in the Swiss SME chart, else its number."""
    found = law.account_range(number)
    return found.content if found else number


def _account_type(number: str, mandate: Mandate) -> str:
    own = mandate.account_types.get(number)
    if own is not None:
        return own
    found = law.account_range(number)
    return found.account_type if found else _TYPE_BY_CLASS.get(number[0], "expense")


def _currencies(journal: pl.DataFrame) -> pl.DataFrame:
    codes = {*journal["currency"], *journal["base_currency"]} - {BASE_CURRENCY}
    rows = [{"id": 1, "name": BASE_CURRENCY, "round_factor": Decimal("0.05")}]
    rows += [
        {"id": number, "name": code, "round_factor": Decimal("0.01")} for number, code in enumerate(sorted(codes), 2)
    ]
    return TABLES["currency"].frame(rows)


def _business_years(journal: pl.DataFrame, first_month: int) -> pl.DataFrame:
    """Business years of twelve months that the journal touches; whether one is closed an export does not say."""
    first, last = journal["date"].min(), journal["date"].max()
    if not (isinstance(first, date) and isinstance(last, date)):
        return TABLES["business_year"].empty()
    begins_in = first.year if first.month >= first_month else first.year - 1
    rows: list[dict[str, object]] = []
    year = VatPeriod.of(begins_in, first_month, 12)
    while year.start <= last:
        rows.append({"id": len(rows) + 1, "start": year.start, "end": year.end, "status": "open"})
        year = year.next()
    return TABLES["business_year"].frame(rows)
