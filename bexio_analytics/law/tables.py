"""The law as frames, for the schema ``law`` of the books."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import holidays
import polars as pl

from bexio_analytics.law.accounts import FLAGS, account_ranges
from bexio_analytics.law.codes import standard_tax_codes
from bexio_analytics.law.form import all_ziffern
from bexio_analytics.law.limits import limits
from bexio_analytics.law.lump_sums import lump_sums
from bexio_analytics.law.rates import net_tax_rates, vat_rates

_RATE = pl.Decimal(9, 4)
_VALIDITY = {"valid_from": pl.Date, "valid_till": pl.Date}

_SCHEMAS: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    "vat_rate": {"kind": pl.String, "rate": _RATE, **_VALIDITY, "status": pl.String, "source": pl.String},
    "ziffer": {
        "ziffer": pl.String,
        "part": pl.String,
        "title": pl.String,
        "note": pl.String,
        "rate_kind": pl.String,
        **_VALIDITY,
        "method": pl.String,
        "form_from": pl.Date,
        "form_till": pl.Date,
    },
    "net_tax_rate": {"rate": _RATE, **_VALIDITY, "source": pl.String},
    "account_range": {
        "from_no": pl.String,
        "till_no": pl.String,
        "content": pl.String,
        "account_type": pl.String,
        **dict.fromkeys(FLAGS, pl.Boolean),
    },
    "standard_tax_code": {
        "code": pl.String,
        "ziffer": pl.String,
        "kind": pl.String,
        "rate": _RATE,
        "account_no": pl.String,
        "title": pl.String,
        **_VALIDITY,
        "is_active_by_default": pl.Boolean,
    },
    "lump_sum": {
        "name": pl.String,
        "rate": _RATE,
        **dict.fromkeys(("minimum", "above", "share_above"), pl.Decimal(18, 2)),
        **_VALIDITY,
        "source": pl.String,
    },
    "limit": {"name": pl.String, "amount": pl.Decimal(18, 2), **_VALIDITY, "source": pl.String},
}

TABLE_NAMES = tuple(_SCHEMAS)


def table(name: str) -> pl.DataFrame:
    """One table of the law as a frame, by one of ``TABLE_NAMES``.

    Raises:
        KeyError: there is no such table.
    """
    read: dict[str, Callable[[], tuple[Any, ...]]] = {
        "vat_rate": vat_rates,
        "ziffer": all_ziffern,
        "net_tax_rate": net_tax_rates,
        "account_range": account_ranges,
        "standard_tax_code": standard_tax_codes,
        "limit": limits,
        "lump_sum": lump_sums,
    }
    return pl.DataFrame([asdict(row) for row in read[name]()], schema=_SCHEMAS[name])


def holidays_of(canton: str, years: Iterable[int]) -> pl.DataFrame:
    """Public holidays of a canton (two letters) in the given years: columns day, name, canton.

    Source: the ``holidays`` package, category public, names in German.
    """
    found = holidays.country_holidays("CH", subdiv=canton, years=list(years), language="de")
    rows = [{"day": day, "name": name, "canton": canton} for day, name in sorted(found.items())]
    return pl.DataFrame(rows, schema={"day": pl.Date, "name": pl.String, "canton": pl.String})
