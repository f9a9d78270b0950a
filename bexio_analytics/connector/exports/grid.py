"""Opens an export file, whatever its form, as lines of text cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fastexcel

from bexio_analytics.connector.exports.cells import without_noise
from bexio_analytics.connector.exports.model import Place, Problems

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MARK = b"\xef\xbb\xbf"
_UTF8_HEADER = "ährung".encode()
_SEPARATORS = ";\t,"
_LARGEST_CELL = 1_000_000


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a file.

    Attributes:
        path: the file.
        encoding: ``utf-8`` or ``cp1252``; None for a spreadsheet.
        rows: line number (from 1, as an editor or spreadsheet counts) and cells; blank lines are left out.
    """

    path: Path
    encoding: str | None
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def place(self, line: int) -> Place:
        """A line of this file, for messages."""
        return Place(self.path.name, line)


def open_grids(path: Path, problems: Problems) -> list[Grid]:
    """The tables of a file: one for text, one per non-empty sheet of a spreadsheet; none if it cannot be opened."""
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.add_file(str(path), f"cannot be read ({error.strerror or error})")
        return []
    if not content.removeprefix(_MARK).strip():
        problems.add_file(path.name, "is empty")
        return []
    if content.startswith((_ZIP, _OLE)):
        return _spreadsheet(path, problems)
    encoding = encoding_of(content)
    if encoding is None:
        problems.add(
            Place(path.name, 1), None, "wrong encoding: this is neither UTF-8 nor Windows-1252 text nor a spreadsheet; "
            "export it again from bexio, or save it as UTF-8"
        )  # fmt: skip
        return []
    text = content.removeprefix(_MARK).decode(encoding, errors="replace")
    before = len(problems.found)
    grid = Grid(path, encoding, tuple(_csv_rows(path, text, problems)))
    if not grid.rows and len(problems.found) == before:
        problems.add_file(path.name, "is empty")
    return [grid] if grid.rows else []


def encoding_of(content: bytes) -> str | None:
    """``utf-8``, also where single bytes of it are broken, ``cp1252``, or None for anything else."""
    if content.startswith(_UTF16) or b"\x00" in content:
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # Every header says "Währung": its umlaut tells UTF-8 with broken bytes elsewhere from Windows-1252.
        return "utf-8" if _UTF8_HEADER in content else "cp1252"
    return "utf-8"


def _csv_rows(path: Path, text: str, problems: Problems) -> Iterator[tuple[int, tuple[str, ...]]]:
    head = next((line for line in text.splitlines() if any(each in line for each in _SEPARATORS)), "")
    separator = max(_SEPARATORS, key=head.count)
    csv.field_size_limit(_LARGEST_CELL)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    first = 1
    try:
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield first, tuple(cells)
            first = lines.line_num + 1
    except csv.Error as error:
        problems.add(Place(path.name, first), None, f"does not parse ({error}): is a quotation mark missing?")


def _spreadsheet(path: Path, problems: Problems) -> list[Grid]:
    try:
        book = fastexcel.read_excel(path)
        grids = []
        for name in book.sheet_names:
            # All cells as text: numbers keep their digits and dates come as ISO. Without skip_rows, leading blank rows
            # would be left out and line numbers be wrong.
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            rows = tuple(
                (number, tuple(without_noise(cell or "") for cell in cells))
                for number, cells in enumerate(sheet.to_polars().rows(), start=1)
                if any(cell and cell.strip() for cell in cells)
            )
            if rows:
                grids.append(Grid(path, None, rows))
    except fastexcel.FastExcelError as error:
        problems.add_file(path.name, f"is not a readable spreadsheet ({str(error).splitlines()[0]})")
        return []
    if not grids:
        problems.add_file(path.name, "is empty")
    return grids
