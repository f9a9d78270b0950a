"""Reads the cells of an export: dates, amounts, accounts, tax codes.

Every function returns None for a cell it cannot read; an empty cell is the caller's business.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

LOST = "\ufffd"
"""What stands where a character was lost: in the file itself, or when its bytes were decoded."""

_SWISS_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T]\d\d:\d\d(?::\d\d(?:\.0+)?)?)?", re.ASCII)
# Thousands are set off by an apostrophe of any kind, a blank, or the character that a lost apostrophe left behind.
_AMOUNT = re.compile(rf"([-+]?)(\d{{1,3}}(?:['’‘´`ʼ \u00a0\u202f?{LOST}]\d{{3}})+|\d+)(\.\d+)?", re.ASCII)
_ACCOUNT = re.compile(r"([1-9]\d{2,8})(?:\s*[-–—]\s*(.*))?", re.DOTALL | re.ASCII)
_TAX = re.compile(r"(\S+)(?:\s*\(\s*([^()]*)\))?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)", re.ASCII)
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^0-9A-Za-z]+")
_NO_DIGIT = re.compile(r"[^0-9]+")
_SPREADSHEET_DIGITS = 15
"""Significant digits of a spreadsheet's number; what follows is noise of its binary form."""


@dataclass(frozen=True, slots=True)
class Account:
    """Number and printed name of an account; the name is empty where none is printed."""

    number: str
    name: str


def clean(text: str | None) -> str:
    """A cell without surrounding blanks, in composed Unicode; blanks that do not break become ordinary ones."""
    if text is None:
        return ""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", text).replace("\u00a0", " ").strip()


def read_date(text: str) -> date | None:
    """``22.08.2022``, ``2022-08-22``, or a spreadsheet's date with a time of day that is left out."""
    if match := _SWISS_DATE.fullmatch(text):
        day, month, year = match.groups()
    elif match := _ISO_DATE.fullmatch(text):
        year, month, day = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_amount(text: str) -> Decimal | None:
    """A number with a decimal point, with or without thousands set off, exactly as printed."""
    match = _AMOUNT.fullmatch(text.replace("\u2212", "-"))
    if match is None:
        return None
    sign, whole, fraction = match.groups()
    digits = _NO_DIGIT.sub("", whole) + (fraction or "")
    value = Decimal(f"{sign}{digits}")
    return abs(value) if value == 0 else value


def without_noise(text: str) -> str:
    """A spreadsheet's number rounded to the digits it really holds; any other text unchanged."""
    bare = text.lstrip("-")
    if not bare.replace(".", "", 1).isdigit() or len(bare.replace(".", "").lstrip("0")) <= _SPREADSHEET_DIGITS:
        return text
    rounded = format(Decimal(f"{Decimal(text):.{_SPREADSHEET_DIGITS}g}"), "f")
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded


def read_account(text: str) -> Account | None:
    """``6000 - Raumaufwand`` or only ``6000``."""
    match = _ACCOUNT.fullmatch(text)
    return Account(match[1], (match[2] or "").strip()) if match else None


def read_percent(text: str) -> Decimal | None:
    """``7.70%`` or ``7.7``; below 1 without sign it is a spreadsheet's fraction (0.077 is 7.7 %)."""
    match = _PERCENT.fullmatch(text)
    if match is None:
        return None
    value = Decimal(match[1])
    return value * 100 if not match[2] and 0 < value < 1 else value


def read_tax(text: str) -> tuple[str, Decimal | None] | None:
    """``VB81 (8.10%)`` or ``VB81``: the code, and the rate in percent where it is printed."""
    match = _TAX.fullmatch(text)
    if match is None:
        return None
    if match[2] is None:
        return match[1], None
    rate = read_percent(match[2].strip())
    return None if rate is None else (match[1], rate)


def ascii_part(text: str | None) -> str:
    """Only the ASCII letters and digits: what every export of the same text agrees on, whatever it lost."""
    return _NEITHER_LETTER_NOR_DIGIT.sub("", unicodedata.normalize("NFC", text or ""))


def lost_characters(text: str) -> int:
    """How many characters of a text look lost: replacement characters, and question marks inside a word."""
    return text.count(LOST) + len(re.findall(r"(?<=\w)\?(?=\w)", text))
