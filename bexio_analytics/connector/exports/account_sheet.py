"""Reads account sheets (format 2): one row per posting of an account, turned back into debit and credit pairs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from bexio_analytics.connector.exports.cells import (
    Account,
    ascii_part,
    clean,
    read_account,
    read_date,
    read_percent,
)
from bexio_analytics.connector.exports.grid import Grid
from bexio_analytics.connector.exports.journal import NO_ACCOUNT, NO_DATE
from bexio_analytics.connector.exports.layout import Header, is_header_again
from bexio_analytics.connector.exports.model import ExportLine, Place, Problems
from bexio_analytics.connector.exports.rows import CENT, EIGHT_DECIMALS, MICRO, Row, read_currency

_HEADING = re.compile(r"([1-9]\d{2,8})\s*[-–—:]?\s+\S.*", re.DOTALL | re.ASCII)
_ZIFFER = re.compile(r"\d{3}(?:\.\d{3})?", re.ASCII)
_NAMED_ACCOUNTS = 8


@dataclass(frozen=True, slots=True)
class Posting:
    """One row of an account sheet: ``amount`` in base currency, debit positive, seen from ``account_no``."""

    place: Place
    account_no: str
    contra_no: str
    contra_name: str
    booked_on: date
    reference: str
    description: str
    amount: Decimal
    base_currency: str
    currency: str
    amount_fc: Decimal
    factor: Decimal
    tax_code: str
    tax_rate: Decimal | None
    ziffer: str
    balance: Decimal | None
    is_debit: bool

    @property
    def pair(self) -> tuple[object, ...]:
        """What the two rows of one booking have in common."""
        debit, credit = (self.account_no, self.contra_no) if self.is_debit else (self.contra_no, self.account_no)
        amount = self.amount if self.is_debit else -self.amount
        texts = (ascii_part(self.reference), ascii_part(self.description))
        return (self.booked_on, debit, credit, amount, *texts, self.tax_code)


def read_postings(grid: Grid, header: Header, problems: Problems) -> list[Posting]:
    """The postings of all accounts in a file, in its order; balances are verified against ``Saldo``."""
    postings: list[Posting] = []
    before = len(problems.found)
    heading = ""
    for _, cells in grid.rows[: header.row]:
        heading = _heading(cells) or heading
    for number, cells in grid.rows[header.row + 1 :]:
        if found := _heading(cells):
            heading = found
        elif not is_header_again(header, cells):
            posting = _posting(Row(header, cells, grid.place(number), problems), heading)
            if posting is not None:
                postings.append(posting)
    if len(problems.found) == before:
        _verify_balances(postings, problems)
    return postings


def pair_postings(postings: list[Posting], problems: Problems) -> tuple[list[ExportLine], bool, list[str]]:
    """Debit and credit pairs of all sheets: a booking between two exported accounts stands in both and counts once.

    Returns:
        The lines in order of date, whether the sheets hold the whole ledger, and notes.
    """
    exported = {posting.account_no for posting in postings}
    groups: defaultdict[tuple[object, ...], tuple[list[Posting], list[Posting]]] = defaultdict(lambda: ([], []))
    for posting in postings:
        groups[posting.pair][0 if posting.is_debit else 1].append(posting)
    lines: list[tuple[int, ExportLine]] = []
    order = {id(posting): number for number, posting in enumerate(postings)}
    for debited, credited in groups.values():
        sample = (debited or credited)[0]
        is_in_both_sheets = {sample.account_no, sample.contra_no} <= exported
        if is_in_both_sheets and sample.amount and len(debited) != len(credited):
            longer, shorter = sorted((debited, credited), key=len, reverse=True)
            posting = longer[len(shorter)]
            problems.add(
                posting.place,
                "Soll" if posting.is_debit else "Haben",
                f"does not balance: {abs(posting.amount)} {posting.base_currency} on account {posting.account_no} "
                f"has no counterpart in the sheet of account {posting.contra_no}",
            )
        for number in range(max(len(debited), len(credited))):
            sides = [side[number] for side in (debited, credited) if number < len(side)]
            lines.append((min(order[id(side)] for side in sides), _merged(sides)))
    lines.sort(key=lambda each: (each[1].booked_on, each[0]))
    missing = sorted({posting.contra_no for posting in postings} - exported)
    notes = []
    if missing:
        more = f" and {len(missing) - _NAMED_ACCOUNTS} more" if len(missing) > _NAMED_ACCOUNTS else ""
        notes.append(
            f"the account sheets leave out {', '.join(missing[:_NAMED_ACCOUNTS])}{more}: bookings between these "
            "accounts are not in the books"
        )
    return [line for _, line in lines], not missing, notes


def _heading(cells: Iterable[str]) -> str:
    """The account number of a line that holds nothing but ``1020 - Bank``, else empty."""
    filled = [clean(cell) for cell in cells if clean(cell)]
    match = _HEADING.fullmatch(filled[0]) if len(filled) == 1 else None
    return match[1] if match else ""


def _posting(row: Row, heading: str) -> Posting | None:
    if not row.text("GK") and not (row.text("Datum") and (row.text("Soll") or row.text("Haben"))):
        return None
    if not row.has_all_cells():
        return None
    account = Account(heading, "")
    if row.text("Kontonummer") or not heading:
        account = row.needed("Kontonummer", read_account, "an account number such as 1020", NO_ACCOUNT)
    contra = row.needed("GK", read_account, "the number of the contra account", NO_ACCOUNT)
    debit, credit = row.amount("Soll", CENT, Decimal(0)), row.amount("Haben", CENT, Decimal(0))
    if debit and credit:
        row.reject("Haben", "does not balance: both Soll and Haben are filled")
    amount = debit - credit
    # A zero has no side; the smaller account number is debited, so that both sheets of the booking agree.
    is_debit = bool(debit) if amount else account.number <= contra.number
    base_currency = row.needed("Währung", read_currency, "a currency such as CHF", "")
    currency, amount_fc, factor = base_currency, amount, Decimal(1)
    if row.text("Fremdwährung") and row.text("FW-Betrag"):
        currency = row.needed("Fremdwährung", read_currency, "a currency such as EUR", "")
        size = abs(row.amount("FW-Betrag", MICRO))
        amount_fc = -size if amount < 0 else size
        factor = row.amount("Kurs", EIGHT_DECIMALS, Decimal(1))
    ziffer = row.text("Ziffer")
    if ziffer and not _ZIFFER.fullmatch(ziffer):
        row.reject("Ziffer", f'"{ziffer}" is not a box of the return such as 405')
    rate = (
        row.needed("Prozentsatz", read_percent, "a rate such as 8.10%", Decimal(0)) if row.text("Prozentsatz") else None
    )
    posting = Posting(
        place=row.place,
        account_no=account.number,
        contra_no=contra.number,
        contra_name=row.text("GK Beschreibung") or contra.name,
        booked_on=row.needed("Datum", read_date, "a date such as 31.12.2026", NO_DATE),
        reference=row.text("Referenz"),
        description=_described(row),
        amount=amount,
        base_currency=base_currency,
        currency=currency,
        amount_fc=amount_fc,
        factor=factor,
        tax_code=row.text("Code"),
        tax_rate=rate,
        ziffer=ziffer,
        balance=row.amount("Saldo", CENT) if row.text("Saldo") else None,
        is_debit=is_debit,
    )
    return posting if row.is_sound else None


def _described(row: Row) -> str:
    contact, description = row.text("Kontakt"), row.text("Beschreibung")
    return f"({contact}) {description}".strip() if contact else description


def _merged(sides: list[Posting]) -> ExportLine:
    """One line from the debit's and the credit's row; what only one of them prints is taken from that one."""
    posting = next((side for side in sides if side.currency != side.base_currency), sides[0])
    sign = 1 if posting.is_debit else -1
    names = {side.contra_no: side.contra_name for side in sides}
    debit, credit = posting.account_no, posting.contra_no
    if not posting.is_debit:
        debit, credit = credit, debit
    return ExportLine(
        place=sides[0].place,
        id=None,
        booked_on=posting.booked_on,
        reference=sides[0].reference or None,
        debit_no=debit,
        credit_no=credit,
        debit_name=names.get(debit, ""),
        credit_name=names.get(credit, ""),
        description=sides[0].description or None,
        amount=(posting.amount_fc * sign).quantize(MICRO),
        currency=posting.currency,
        factor=posting.factor.quantize(EIGHT_DECIMALS),
        base_amount=posting.amount * sign,
        base_currency=posting.base_currency,
        tax_code=posting.tax_code or None,
        tax_rate=posting.tax_rate,
        ziffer=next((side.ziffer for side in sides if side.ziffer), None),
    )


def _verify_balances(postings: list[Posting], problems: Problems) -> None:
    """Report the first posting of each account in base currency after which ``Saldo`` does not run on."""
    accounts: defaultdict[str, list[Posting]] = defaultdict(list)
    for posting in postings:
        accounts[posting.account_no].append(posting)
    for sheet in accounts.values():
        if any(posting.currency != posting.base_currency for posting in sheet):
            continue
        breaks = [_first_break(sheet, sign, newest_first) for sign in (1, -1) for newest_first in (False, True)]
        if any(each is None for each in breaks):
            continue
        posting = sheet[max(each for each in breaks if each is not None)]
        problems.add(
            posting.place,
            "Saldo",
            f"does not balance: {posting.balance} does not follow from the balance before and the amount "
            f"{posting.amount} on account {posting.account_no}",
        )


def _first_break(sheet: list[Posting], sign: int, newest_first: bool) -> int | None:  # noqa: FBT001 - both are tried
    for number, (before, after) in enumerate(pairwise(sheet), start=1):
        if before.balance is None or after.balance is None:
            continue
        step = before.amount if newest_first else after.amount
        expected = before.balance - sign * step if newest_first else before.balance + sign * step
        if expected != after.balance:
            return number
    return None
