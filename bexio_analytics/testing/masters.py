"""Master data beside a ledger in text: the company's tax codes and its years, as rows of snapshot tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from bexio_analytics import law
from bexio_analytics.mandate import VatSettings

Row = dict[str, object]


def tax_rows(codes: Sequence[law.StandardTaxCode], account_id: Callable[[str], int]) -> list[Row]:
    """Rows of ``tax``, with ids by the place of the code; ``account_id`` gives the id of an account number."""
    return [
        {
            "id": place,
            "code": code.code,
            "name": code.title,
            "digit": code.ziffer or None,
            "type": code.kind,
            "account_id": account_id(code.account_no),
            "value": code.rate,
            "start_year": code.valid_from.year,
            "start_month": code.valid_from.month,
            "end_year": code.valid_till.year if code.valid_till else None,
            "end_month": code.valid_till.month if code.valid_till else None,
            "is_active": code.valid_till is None,
            "display_name": f"{code.code} {code.title}",
        }
        for place, code in enumerate(codes, 1)
    ]


def business_year_rows(years: Iterable[int]) -> list[Row]:
    """Rows of ``business_year``: calendar years, all open."""
    return [{**_days(place, year), "status": "open"} for place, year in enumerate(years, 1)]


def calendar_year_rows(years: Iterable[int], vat: VatSettings, *, is_vat_subject: bool) -> list[Row]:
    """Rows of ``calendar_year``: the same method and basis in all of them."""
    return [
        {
            **_days(place, year),
            "is_vat_subject": is_vat_subject,
            "vat_accounting_method": vat.method,
            "vat_accounting_type": vat.basis,
            "is_annual_reporting": False,
        }
        for place, year in enumerate(years, 1)
    ]


def _days(place: int, year: int) -> Row:
    return {"id": place, "start": date(year, 1, 1), "end": date(year, 12, 31)}
