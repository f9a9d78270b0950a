"""Reads export files of whatever kind and encoding into one journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bexio_analytics.connector.exports.account_sheet import Posting, pair_postings, read_postings
from bexio_analytics.connector.exports.cells import lost_characters
from bexio_analytics.connector.exports.grid import open_grids
from bexio_analytics.connector.exports.journal import read_journal
from bexio_analytics.connector.exports.layout import find_header
from bexio_analytics.connector.exports.model import Export, ExportFile, ExportKind, ExportLine, Problems


@dataclass(frozen=True, slots=True)
class _Part:
    """What one file contributes: lines of a journal, or postings of account sheets."""

    file: ExportFile
    lines: list[ExportLine]
    postings: list[Posting]
    notes: list[str]


def read_exports(paths: Sequence[Path]) -> Export:
    """Read the export files of one import; kind and encoding are found out.

    Several journals may follow each other in time but not overlap; account sheets of several files are put together.

    Raises:
        ImportFileError: a file cannot be read; one message names file, line and column of up to twenty problems.
    """
    problems = Problems()
    if not paths:
        problems.add_file("import", "no file was given")
    parts = [part for path in paths if (part := _read(path, problems)) is not None]
    problems.raise_if_any()
    sheets = [part for part in parts if part.file.kind is ExportKind.ACCOUNT_SHEET]
    journals = [part for part in parts if part.file.kind is ExportKind.JOURNAL]
    paired, is_whole, notes = pair_postings([posting for part in sheets for posting in part.postings], problems)
    _refuse_overlaps(journals, sheets, problems)
    _refuse_two_currencies(parts, problems)
    problems.raise_if_any()
    lines = sorted([*paired, *(line for part in journals for line in part.lines)], key=lambda line: line.booked_on)
    all_notes = [note for part in parts for note in part.notes] + notes + _lost_note(lines)
    return Export(tuple(part.file for part in parts), tuple(lines), is_whole, tuple(all_notes))


def _read(path: Path, problems: Problems) -> _Part | None:
    before = len(problems.found)
    grids = open_grids(path, problems)
    # A spreadsheet may hold further sheets; only the first with a header is the export.
    headers = []
    rejected: list[Problems] = []
    for grid in grids:
        attempt = Problems()
        header = find_header(grid, attempt)
        if header is not None:
            headers.append((grid, header))
        else:
            rejected.append(attempt)
    if not headers:
        if rejected:
            problems.found.extend(rejected[0].found)
        return None
    grid, header = headers[0]
    lines: list[ExportLine] = []
    postings: list[Posting] = []
    notes: list[str] = []
    if header.layout.kind is ExportKind.JOURNAL:
        lines, notes = read_journal(grid, header, problems)
    else:
        postings = read_postings(grid, header, problems)
    days = [line.booked_on for line in lines] + [posting.booked_on for posting in postings]
    if not days and len(problems.found) == before:
        problems.add(grid.place(grid.rows[header.row][0]), None, "the export has a header but no bookings")
    file = ExportFile(
        path=path,
        kind=header.layout.kind,
        encoding=grid.encoding,
        rows=len(days),
        first_on=min(days, default=None),
        last_on=max(days, default=None),
    )
    return _Part(file, lines, postings, notes)


def _refuse_overlaps(journals: list[_Part], sheets: list[_Part], problems: Problems) -> None:
    """Two files that cover the same days would count bookings twice."""
    ordered = sorted((part.file for part in journals), key=lambda file: (str(file.first_on), str(file.last_on)))
    for before, after in pairwise(ordered):
        if before.last_on and after.first_on and after.first_on <= before.last_on:
            problems.add_file(
                after.path.name,
                f"overlaps {before.path.name}: both hold bookings from {after.first_on} on; import one of them",
            )
    for sheet in (part.file for part in sheets):
        for journal in ordered:
            if _touch(sheet, journal):
                problems.add_file(
                    sheet.path.name,
                    f"covers the same days as the journal {journal.path.name}; import the journal alone",
                )


def _touch(one: ExportFile, other: ExportFile) -> bool:
    if not (one.first_on and one.last_on and other.first_on and other.last_on):
        return False
    return one.first_on <= other.last_on and other.first_on <= one.last_on


def _refuse_two_currencies(parts: list[_Part], problems: Problems) -> None:
    """A company has one base currency."""
    rows: list[ExportLine | Posting] = []
    for part in parts:
        rows += part.lines
        rows += part.postings
    usual = Counter(row.base_currency for row in rows).most_common(1)
    for row in rows:
        if row.base_currency != usual[0][0]:
            column = "Währung in Basiswährung" if isinstance(row, ExportLine) else "Währung"
            problems.add(row.place, column, f'"{row.base_currency}" is not the base currency {usual[0][0]} of the rest')


def _lost_note(lines: list[ExportLine]) -> list[str]:
    texts = [text for line in lines for text in (line.reference, line.description) if text]
    lost = sum(1 for text in texts if lost_characters(text))
    return (
        [f"{lost} texts had lost characters already in the export; amounts and accounts are not touched"]
        if lost
        else []
    )
