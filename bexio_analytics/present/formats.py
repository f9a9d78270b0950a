"""Swiss number and date formats; amounts are ``Decimal`` and stay exact down to the Rappen."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

_RAPPEN = Decimal("0.01")


def chf(amount: Decimal | None) -> str:
    """An amount in CHF with two decimals and apostrophes, ``-1'234.50``; nothing for ``None``.

    The minus and the apostrophe are ASCII, so that a figure copied into a spreadsheet stays a number. Zero has no sign.
    """
    if amount is None:
        return ""
    rounded = amount.quantize(_RAPPEN, ROUND_HALF_UP)
    return _grouped(f"{abs(rounded) if rounded == 0 else rounded:,f}")


def signed_chf(amount: Decimal | None) -> str:
    """As :func:`chf`, with a plus before what is owed in addition: ``+81.00``."""
    text = chf(amount)
    return f"+{text}" if amount is not None and amount > 0 and text != "0.00" else text


def count(number: int) -> str:
    """A whole number with apostrophes: ``3'412``."""
    return _grouped(f"{number:,d}")


def rate(percent: Decimal | None) -> str:
    """A tax rate in percent without needless zeros: ``8.1 %`` with a narrow no-break space; nothing for ``None``."""
    if percent is None:
        return ""
    text = f"{percent:f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}\u202f%"


def share(part: Decimal, whole: Decimal) -> str:
    """``part`` of ``whole`` in percent, rounded to whole percent but never to a false 0 or 100; nothing for whole 0."""
    if whole == 0:
        return ""
    exact = part / whole * 100
    rounded = exact.quantize(Decimal(1), ROUND_HALF_UP)
    if rounded == 0 and exact != 0:
        return "<1\u202f%"
    if rounded == 100 and exact != 100:  # noqa: PLR2004
        return ">99\u202f%"
    return f"{rounded}\u202f%"


def shortened(text: str, width: int) -> str:
    """A text of at most so many characters; what is cut off is an ellipsis."""
    return text if len(text) <= width else text[: width - 1] + "…"


def unbroken(sentence: str) -> str:
    """A sentence in which no line ends between a figure and its unit: ``CHF 81.00``, ``8.1 %``."""
    return sentence.replace("CHF ", "CHF\u00a0").replace(" %", "\u00a0%")


def day(when: date | None, lang: str) -> str:
    """A date: ``30.09.2026`` in the national languages, ISO in English (no reader takes it for 9 March); or nothing."""
    if when is None:
        return ""
    return when.isoformat() if lang == "en" else f"{when:%d.%m.%Y}"


def _grouped(text: str) -> str:
    return text.replace(",", "'")
