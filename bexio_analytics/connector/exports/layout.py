"""The columns of bexio's exports, and how a header is recognised.

Journal (format 1), recorded from real files of 2022 and 2025::

    [Id;]Datum;Referenz;Soll;Haben;Beschreibung;Betrag;Buchungswährung;Umrechnungsfaktor;
    Betrag in Basiswährung;Währung in Basiswährung;MWST

One row per debit and credit pair, newest first, account cells ``6000 - Raumaufwand``, VAT in rows of its own with the
code of its net row.

Account sheet (format 2), recorded from one published file of 2024 that holds a single account::

    Kontonummer;Datum;Referenz;Kontakt;Beschreibung;GK;GK Beschreibung;Code;Prozentsatz;Ziffer;
    Währung;Soll;Haben;Saldo;Fremdwährung;Kurs;FW-Betrag

One row per posting of the account ``Kontonummer`` against ``GK``; a posting between two exported accounts stands in
both. ASSUMPTIONS about the account sheet, made here and nowhere else, because nobody has recorded them:

* ``Währung`` is the base currency, in which ``Soll``, ``Haben`` and ``Saldo`` are printed; ``Fremdwährung``, ``Kurs``
  and ``FW-Betrag`` are filled for other booking currencies, and the sign of ``FW-Betrag`` follows ``Soll``/``Haben``.
* A line of its own ``1020 - Bank`` may head an account instead of the column ``Kontonummer``.
* A line without ``GK`` that lacks the date, or both ``Soll`` and ``Haben``, is a balance or total, not a posting.
* ``Saldo`` runs on line by line within an account, with either sign and in either direction of time; where an account
  has postings in other currencies nothing is assumed.
* The contact is printed in brackets before the description in the journal; the sheet's ``Kontakt`` is put there.

Header names exist in German only as far as is known. Headers are recognised also where their umlaut was lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bexio_analytics.connector.exports.cells import LOST, ascii_part, clean
from bexio_analytics.connector.exports.grid import Grid
from bexio_analytics.connector.exports.model import ExportKind, Problems

_SEARCHED_ROWS = 50


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of export, by their names in the file."""

    kind: ExportKind
    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All names."""
        return (*self.required, *self.optional)


JOURNAL = Layout(
    ExportKind.JOURNAL,
    required=(
        "Datum",
        "Referenz",
        "Soll",
        "Haben",
        "Beschreibung",
        "Betrag",
        "Buchungswährung",
        "Umrechnungsfaktor",
        "Betrag in Basiswährung",
        "Währung in Basiswährung",
        "MWST",
    ),
    optional=("Id",),
)

ACCOUNT_SHEET = Layout(
    ExportKind.ACCOUNT_SHEET,
    required=("Datum", "Referenz", "Beschreibung", "GK", "Code", "Währung", "Soll", "Haben"),
    optional=(
        "Kontonummer",
        "Kontakt",
        "GK Beschreibung",
        "Prozentsatz",
        "Ziffer",
        "Saldo",
        "Fremdwährung",
        "Kurs",
        "FW-Betrag",
    ),
)

LAYOUTS = (JOURNAL, ACCOUNT_SHEET)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header of a file stands: its index in the grid's rows, and the index of each column."""

    layout: Layout
    row: int
    index: Mapping[str, int]
    width: int

    def cell(self, cells: tuple[str, ...], column: str) -> str:
        """A cell of a row, cleaned; empty where the file has no such column."""
        position = self.index.get(column)
        return clean(cells[position]) if position is not None and position < len(cells) else ""


def find_header(grid: Grid, problems: Problems) -> Header | None:
    """The header of an export, or None after reporting what is missing."""
    best: tuple[int, int, Layout] = (0, 0, JOURNAL)
    for row, (_, cells) in enumerate(grid.rows[:_SEARCHED_ROWS]):
        names = {_key(cell) for cell in cells}
        for layout in LAYOUTS:
            matches = sum(_key(column) in names for column in layout.columns)
            best = max(best, (matches, -row, layout), key=lambda each: each[:2])
    matches, negative_row, layout = best
    line, cells = grid.rows[-negative_row]
    place = grid.place(line)
    found = [clean(cell) for cell in cells if clean(cell)]
    if matches < 3:  # noqa: PLR2004 - two common words may stand in any file
        expected = " or ".join(f"{each.kind.value} ({', '.join(each.required)})" for each in LAYOUTS)
        problems.add(
            place, None, f"no header of a bexio export; found: {_listed(found)}; expected: {expected}, in German"
        )
        return None
    index: dict[str, int] = {}
    for column in layout.columns:
        positions = [position for position, cell in enumerate(cells) if _key(cell) == _key(column)]
        if len(positions) > 1:
            problems.add(place, column, "stands twice in the header")
        if positions:
            index[column] = positions[0]
    missing = [column for column in layout.required if column not in index]
    if missing:
        word = "column" if len(missing) == 1 else "columns"
        problems.add(
            place, ", ".join(missing), f"missing {word} of the {layout.kind.value} export; found: {_listed(found)}"
        )
        return None
    for column, position in index.items():
        if not _is_spelled(column, clean(cells[position])):
            problems.add(
                place, column, f'wrong encoding: the header reads "{clean(cells[position])}"; export the file again '
                "from bexio, or save it as UTF-8"
            )  # fmt: skip
            return None
    return Header(layout, -negative_row, index, len(cells))


def is_header_again(header: Header, cells: tuple[str, ...]) -> bool:
    """Whether a later line repeats the header, as it does where several accounts follow each other."""
    return header.cell(cells, "Datum") == "Datum" and all(
        _key(header.cell(cells, column)) == _key(column) for column in header.layout.required
    )


def _key(name: str) -> str:
    return ascii_part(name).lower()


def _is_spelled(column: str, written: str) -> bool:
    """Whether a header cell is the column's name, or that with an umlaut visibly lost; anything else is mojibake."""
    lost = rf"(?:[?{LOST}]{{1,3}})"
    pattern = "".join(each if each.isascii() else f"(?:{each}|{lost})" for each in column.replace(" ", ""))
    return re.fullmatch(pattern, "".join(written.split()), re.IGNORECASE) is not None


def _listed(names: list[str]) -> str:
    shown = ", ".join(name if len(name) <= 30 else name[:29] + "…" for name in names[:20])  # noqa: PLR2004
    return shown or "nothing"
