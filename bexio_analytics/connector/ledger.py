"""What the journal tells about the rest: which years need no second reading, and which documents were booked anew.

A list row of a bill does not show the tax codes of its lines, so a corrected code can leave the row as it was. It does
not leave the journal as it was: bexio books a changed document anew. So documents whose journal lines are others than
in the pull before are asked for again, whatever their list says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from bexio_analytics.connector.endpoints import Listed
from bexio_analytics.connector.paging import digest_of
from bexio_analytics.connector.raw import RawResponse


class _Line(msgspec.Struct):
    id: int | str | None = None
    ref_class: str | None = None
    ref_id: int | None = None
    ref_uuid: str | None = None
    date: str = ""


_LINE: Final = msgspec.json.Decoder(_Line, strict=False)


@dataclass(frozen=True)
class Touched:
    """Documents whose journal lines are not what they were.

    Attributes:
        invoices: Ids.
        uuids: Ids of bills (and of payments, which does no harm).
        days: Days of changed lines that name no document, as those of expenses: the expenses of these days.
        everything: The journal of the pull before was not whole, so nobody can tell: every document.
    """

    invoices: frozenset[object] = frozenset()
    uuids: frozenset[object] = frozenset()
    days: frozenset[str] = frozenset()
    everything: bool = False

    def concerns(self, parent: str, row: Listed) -> bool:
        """Whether a row of the list ``parent`` is among them."""
        if self.everything:
            return True
        match parent:
            case "invoice":
                return row.id in self.invoices
            case "bill":
                return row.id in self.uuids
            case "expense":
                return str(row.paid_on)[:10] in self.days
        return False


def touched(before: Iterable[RawResponse], after: Iterable[RawResponse], *, since: date | None) -> Touched:
    """Compare the journals of two pulls.

    Args:
        before: Answers of the earlier one.
        after: Answers of the later one.
        since: Lines before this day are the same by construction; None compares all.
    """
    old = {line.id: (digest, _about(line)) for line, digest in _lines(before, since)}
    found: set[tuple[str, object]] = set()
    for line, digest in _lines(after, since):
        known = old.pop(line.id, None)
        if known is None or known[0] != digest:
            found.add(_about(line))
            found |= {known[1]} if known else set()
    found |= {about for _, about in old.values()}
    return Touched(
        frozenset(key for kind, key in found if kind == "invoice"),
        frozenset(key for kind, key in found if kind == "uuid"),
        frozenset(str(key) for kind, key in found if kind == "day"),
    )


def _lines(responses: Iterable[RawResponse], since: date | None) -> Iterator[tuple[_Line, bytes]]:
    first = since.isoformat() if since else ""
    for response in responses:
        for row in response.rows():
            line = _LINE.decode(row)
            if line.date[:10] >= first:
                yield line, digest_of(row)


def _about(line: _Line) -> tuple[str, object]:
    if line.ref_uuid:
        return "uuid", line.ref_uuid
    if line.ref_id is not None:
        return ("invoice" if line.ref_class == "KbInvoice" else "other"), line.ref_id
    return "day", line.date[:10]


class _Year(msgspec.Struct):
    start: date
    end: date
    status: str


def closed_till(before: Iterable[RawResponse], after: Iterable[RawResponse]) -> date | None:
    """First day of the open business years, if all years before it are closed and were so in the pull before.

    Args:
        before: Business years of the earlier pull.
        after: Business years now.

    Returns:
        The day; None where no year is closed, or where the years or their status are not what they were.
    """
    try:
        old, new = _years(before), _years(after)
    except msgspec.DecodeError:
        return None
    if any(status == "closed" and (start, end, status) not in new for start, end, status in old):
        return None
    any_closed = False
    for year, row in sorted(new.items()):
        start, _, status = year
        if status != "closed":
            return start if any_closed else None
        if old.get(year) != row:
            return None
        any_closed = True
    return None  # every year is closed: nobody can say where the next one begins


def _years(responses: Iterable[RawResponse]) -> dict[tuple[date, date, str], bytes]:
    found = {}
    for response in responses:
        for row in response.rows():
            year = msgspec.json.decode(row, type=_Year)
            found[year.start, year.end, year.status] = bytes(row)
    return found


def split_at(responses: Iterable[RawResponse], day: date) -> tuple[int, frozenset[bytes]]:
    """Number of lines before a day, and the hashes of those from it on."""
    number = 0
    later: set[bytes] = set()
    for line, digest in _lines(responses, None):
        if line.date[:10] < day.isoformat():
            number += 1
        else:
            later.add(digest)
    return number, frozenset(later)
