"""A ledger as text: one booking a line, as an accountant would write it down.

::

    2026-07-03  Korrektur      1170 / 6500      81.00  manual                 <- F05
    2026-07-05  Büromaterial   6500 / 1020     108.10  expense  VB81  contact=Papeterie Muster/CH

Columns are separated by two or more blanks: date, text, debit / credit account, amount (Swiss apostrophes allowed,
minus too), kind, then in any order a tax code and settings ``name=value``. With a rated code the amount includes the
VAT, as in bexio. ``<- F05, A01`` marks a line that these checks must find; a line with nothing but a mark stands for
the period as a whole.

Kinds: ``invoice``, ``credit_note``, ``bill``, ``expense``, ``payment``, ``manual`` (manual entry), ``other`` (a booking
without document, made in the bank view), ``opening``, ``closing``; or ``export`` for all lines but the last two: a
ledger known from an export file.

Settings: ``contact=Name/DE`` (country optional), ``vat=CHE-…`` (the contact's number), ``no=RE-4711`` (number of the
invoice, the supplier's number of a bill, reference of a manual entry or export), ``doc=A`` (lines of one document),
``dated=2026-06-30`` (date of the document where it is not the booking date), ``currency=EUR`` and ``factor=0.95`` (the
amount is then in that currency), ``side=credit`` (leg the code applies to), ``printed=7.7`` (rate printed and booked),
``tax=80.00`` and ``net=925.00`` (tax and net booked, whatever is right), ``rows=base`` or ``rows=tax`` (only this row
is booked), ``rows=none`` (nothing is: the document alone), ``leg=owed`` (acquisition tax booked against the cost,
nothing deducted), ``mwst=2`` (an invoice on which bexio computes no VAT), ``for=RE-1`` (invoice a credit note is set
off against), ``files=1`` (files attached to a bill or an expense), ``is=person`` (the contact is no company).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

KINDS = (
    "invoice",
    "credit_note",
    "bill",
    "expense",
    "payment",
    "manual",
    "other",
    "export",
    "opening",
    "closing",
)
SETTINGS = frozenset(
    {
        "contact",
        "vat",
        "no",
        "doc",
        "dated",
        "currency",
        "factor",
        "side",
        "printed",
        "tax",
        "net",
        "rows",
        "leg",
        "mwst",
        "for",
        "files",
        "is",
    }
)
_ACCOUNTS = re.compile(r"(?P<debit>\d{4,}) / (?P<credit>\d{4,})")
_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a ledger in text: what is booked, and the codes of the checks that must find it.

    ``amount`` is in the booking currency and includes VAT where ``tax_code`` is rated.
    """

    number: int
    day: date
    text: str
    debit: str
    credit: str
    amount: Decimal
    kind: str
    tax_code: str | None
    settings: Mapping[str, str]
    marks: frozenset[str]

    @property
    def dated(self) -> date:
        """Date of the document."""
        return date.fromisoformat(self.settings["dated"]) if "dated" in self.settings else self.day

    @property
    def currency(self) -> str:
        """Booking currency."""
        return self.settings.get("currency", "CHF")

    @property
    def factor(self) -> Decimal:
        """CHF per unit of the booking currency."""
        return Decimal(self.settings.get("factor", "1"))

    @property
    def contact(self) -> tuple[str, str | None] | None:
        """Name and ISO country of the customer or supplier, or None."""
        if "contact" not in self.settings:
            return None
        name, _, country = self.settings["contact"].partition("/")
        return name, country or None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All lines of a ledger in text, and the checks that must find something about the period as a whole."""

    lines: tuple[Line, ...]
    period_marks: frozenset[str]


def parse(text: str) -> Ledger:
    """Read a ledger.

    Raises:
        ValueError: a line is not of the form above; its number and the reason are named.
    """
    lines = []
    period_marks: frozenset[str] = frozenset()
    for number, raw in enumerate(text.splitlines(), 1):
        content, _, marked = raw.strip().partition("<-")
        marks = frozenset(code.strip() for code in marked.split(",") if code.strip())
        if content.strip():
            lines.append(_line(number, content.strip(), marks))
        else:
            period_marks |= marks
    return Ledger(tuple(lines), period_marks)


def _line(number: int, content: str, marks: frozenset[str]) -> Line:
    columns = re.split(r"\s{2,}", content)
    if len(columns) < _COLUMNS:
        raise _wrong(number, "needs date, text, debit / credit, amount and kind, two blanks between them")
    day, text, accounts, amount, kind, *rest = columns
    match = _ACCOUNTS.fullmatch(accounts)
    if match is None:
        raise _wrong(number, f"{accounts!r} is not of the form 6500 / 1020")
    if kind not in KINDS:
        raise _wrong(number, f"{kind!r} is not a kind: {', '.join(KINDS)}")
    settings = dict(each.split("=", 1) for each in rest if "=" in each)
    codes = [each for each in rest if "=" not in each]
    if settings.keys() - SETTINGS or len(codes) > 1:
        raise _wrong(number, f"settings are {', '.join(sorted(SETTINGS))}, and there is one tax code at most")
    try:
        return Line(
            number,
            date.fromisoformat(day),
            text,
            match["debit"],
            match["credit"],
            Decimal(amount.replace("'", "")),
            kind,
            codes[0] if codes else None,
            settings,
            marks,
        )
    except (ValueError, ArithmeticError) as error:
        raise _wrong(number, str(error) or f"{amount!r} is not an amount") from None


def _wrong(number: int, reason: str) -> ValueError:
    return ValueError(f"line {number} of the ledger: {reason}")
