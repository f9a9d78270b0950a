"""What an export file holds once it is read, and the problems found on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from bexio_analytics.errors import ImportFileError

MAX_PROBLEMS = 20


class ExportKind(StrEnum):
    """The two exports of bexio's ledger."""

    JOURNAL = "journal"
    ACCOUNT_SHEET = "account_sheet"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; lines are counted from 1 as an editor or a spreadsheet shows them."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLine:
    """One debit and credit pair of an export.

    Attributes:
        place: file and line it was read from.
        id: bexio's number of the line, None where the export has none.
        booked_on: date of the booking.
        reference: the column ``Referenz``; it carries the number of the document or booking.
        debit_no, credit_no: account numbers.
        debit_name, credit_name: account names as printed; empty where the export does not print them.
        description: text of the booking.
        amount: in booking currency, up to six decimals; a negative amount stays negative.
        currency: booking currency, ISO code.
        factor: base amount per unit of the booking currency.
        base_amount: in base currency, to the Rappen.
        base_currency: ISO code.
        tax_code: code of the column ``MWST``, None where it is empty.
        tax_rate: percent printed beside the code, None where none is printed.
        ziffer: box of the return printed by the account sheet, else None.
    """

    place: Place
    id: int | None
    booked_on: date
    reference: str | None
    debit_no: str
    credit_no: str
    debit_name: str
    credit_name: str
    description: str | None
    amount: Decimal
    currency: str
    factor: Decimal
    base_amount: Decimal
    base_currency: str
    tax_code: str | None
    tax_rate: Decimal | None
    ziffer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One file as it was found: ``encoding`` is None for a spreadsheet, dates are inclusive."""

    path: Path
    kind: ExportKind
    encoding: str | None
    rows: int
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Export:
    """Everything read from the files of one import, lines in the order in which they were booked.

    Attributes:
        files: one entry per file, in the order given.
        lines: the journal, oldest first; within a day in the order of entry.
        is_whole_ledger: False where account sheets leave out accounts, so that bookings are missing.
        notes: what was noticed and did not prevent reading.
    """

    files: tuple[ExportFile, ...]
    lines: tuple[ExportLine, ...]
    is_whole_ledger: bool
    notes: tuple[str, ...]


@dataclass(slots=True)
class Problems:
    """Collects what is wrong with the files, so that one message can say it all."""

    found: list[str] = field(default_factory=list)

    def add(self, place: Place, column: str | None, what: str) -> None:
        """Report a problem with a line, or with one column of it."""
        where = f"{place.file}, line {place.line}" + (f", column {column}" if column else "")
        self.found.append(f"{where}: {what}")

    def add_file(self, file: str, what: str) -> None:
        """Report a problem with a file as a whole."""
        self.found.append(f"{file}: {what}")

    def raise_if_any(self) -> None:
        """Raise one error that names every problem, up to twenty.

        Raises:
            ImportFileError: at least one problem was reported.
        """
        if not self.found:
            return
        shown = self.found[:MAX_PROBLEMS]
        if len(self.found) == 1:
            raise ImportFileError(f"{shown[0]}; nothing was imported")
        more = len(self.found) - len(shown)
        rest = f"\n  … and {more} more" if more else ""
        lines = "\n".join(f"  {each}" for each in shown)
        raise ImportFileError(f"{len(self.found)} problems, nothing was imported:\n{lines}{rest}")
