"""Money, dates and identifiers as bexio's wire writes them.

Money is Decimal: JSON numbers are ``int`` or ``Decimal``, decimal strings carry six or four decimals. Times are Swiss
local time, with or without offset as the generation of the API has it.
"""

from __future__ import annotations

import random
import uuid
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo

ZERO = Decimal(0)
ONE = Decimal(1)
CENT = Decimal("0.01")
_FIVE = Decimal("0.05")
_HUNDRED = Decimal(100)
ZURICH = ZoneInfo("Europe/Zurich")


def dec(text: str | int) -> Decimal:
    """Short for ``Decimal``: amounts in this package are written as text, never as floats."""
    return Decimal(text)


def cents(amount: Decimal) -> Decimal:
    """Round half up to 0.01."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def round_to(amount: Decimal, factor: Decimal) -> Decimal:
    """Round half up to a multiple of ``factor`` (0.05 for CHF totals, 0.01 for foreign currencies)."""
    return ((amount / factor).quantize(ONE, ROUND_HALF_UP) * factor).quantize(CENT)


def five(amount: Decimal) -> Decimal:
    """Round half up to CHF 0.05."""
    return round_to(amount, _FIVE)


def tax_on(net: Decimal, rate: Decimal) -> Decimal:
    """Tax on top of a net amount, rounded to the cent."""
    return cents(net * rate / _HUNDRED)


def tax_in(gross: Decimal, rate: Decimal) -> Decimal:
    """Tax contained in a gross amount, rounded to the cent."""
    return cents(gross * rate / (_HUNDRED + rate))


def number(amount: Decimal) -> int | Decimal:
    """An amount as JSON number: whole amounts as ``int``, others without trailing zeros."""
    if amount == amount.to_integral_value():
        return int(amount)
    return amount.normalize()


def text6(amount: Decimal) -> str:
    """A decimal string of six decimals (totals of the 2.0 API)."""
    return f"{amount:.6f}"


def text4(amount: Decimal) -> str:
    """A decimal string of four decimals (taxes and remaining payments of the 2.0 API)."""
    return f"{amount:.4f}"


def text2(amount: Decimal) -> str:
    """A decimal string of two decimals (printed percentages)."""
    return f"{amount:.2f}"


@cache
def journal_moment(day: date) -> str:
    """Midnight of a booking date with the Swiss offset, as the journal writes it: ``2026-06-09T00:00:00+02:00``."""
    return datetime.combine(day, time(), ZURICH).isoformat()


def office_moment(day: date, rng: random.Random) -> datetime:
    """Some moment of a working day between 08:00 and 17:59, in Swiss time."""
    return datetime.combine(day, time(rng.randrange(8, 18), rng.randrange(60), rng.randrange(60)), ZURICH)


def local_stamp(moment: datetime) -> str:
    """``YYYY-MM-DD HH:MM:SS`` without zone (``updated_at`` of the 2.0 API)."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def new_uuid(rng: random.Random) -> str:
    """A version 4 UUID from the given generator, so that the same seed gives the same company."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def happens(rng: random.Random, percent: int) -> bool:
    """Whether something that happens in ``percent`` of all cases happens now."""
    return rng.randrange(100) < percent


def working_day(day: date) -> date:
    """The day itself, or the Monday after where it falls on a weekend."""
    return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])


def month_end(year: int, month: int) -> date:
    """Last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
