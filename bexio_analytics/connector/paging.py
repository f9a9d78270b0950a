"""Lists page by page: one pager per API generation, each of which notices when the list moves under its hands.

bexio offers no consistent view over several pages. Rows may be deleted or renumbered between two of them, some
endpoints ignore the parameters they document, and a list without total looks whole when it is not. So no pager trusts
one sign:

* Pages by offset overlap by one row. If that row is not the last one of the page before, rows have moved.
* Pages by number cannot overlap; when there was more than one, the earlier ones are asked for once more and compared,
  unless the rows are those of the pull before, each of them and in its order: then none can have slipped through.
* A row that comes twice, a total that changes or is not reached, and a page that repeats are all `ListChangedError`:
  the caller reads the list again, and then says that it is incomplete. Nothing loops, nothing is dropped silently.
* A page that is shorter than asked for ends the list, but not when its length is a usual maximum: then the server may
  have lowered the limit, and one more page is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import msgspec

from bexio_analytics.connector.client import Answer
from bexio_analytics.connector.endpoints import Listed, Paging
from bexio_analytics.connector.raw import QueryValue, rows_of
from bexio_analytics.connector.settings import PullSettings

USUAL_MAXIMA: Final = frozenset({50, 100, 200, 250, 500, 1000})

RowKey = int | str | bytes
Ask = Callable[[Mapping[str, QueryValue]], Awaitable[Answer]]


class ListChangedError(Exception):
    """The list was not the same from its first page to its last."""


class WrongShapeError(Exception):
    """An answer is not the list it should be."""

    def __init__(self, answer: Answer, problem: str) -> None:
        super().__init__(problem)
        self.answer = answer


@dataclass(frozen=True)
class Page:
    """One answer of a list: its new rows with their hashes, and how many leading ones only repeat the page before."""

    answer: Answer
    total: int | None
    seam: int
    rows: list[Listed]
    digests: list[bytes] = field(default_factory=list)


def pages_of(
    paging: Paging,
    ask: Ask,
    params: Mapping[str, QueryValue],
    *,
    settings: PullSettings,
    known: str = "",
) -> AsyncGenerator[Page]:
    """The pages of one list, in order.

    Args:
        paging: How the endpoint gives out its rows; not `Paging.OBJECT`.
        ask: Sends one request with the given parameters.
        params: Parameters besides those of paging.
        settings: Page sizes.
        known: `content_of` the rows of a reading that was whole.

    Raises:
        ListChangedError: rows moved, repeated or did not come, while the list was read.
        WrongShapeError: an answer is no list.
    """
    match paging:
        case Paging.OFFSET_2 | Paging.OFFSET_3:
            return _by_offset(ask, params, settings.offset_rows, is_whole=False)
        case Paging.FULL:
            return _by_offset(ask, params, settings.offset_rows, is_whole=True)
        case Paging.PAGE:
            return _by_number(ask, params, settings.page_rows, size="limit", known=known)
        case Paging.BANKING:
            return _by_number(ask, params, settings.offset_rows, size="per-page", known=known)
        case Paging.OBJECT:
            raise ValueError("An object has no pages.")


async def _by_offset(ask: Ask, params: Mapping[str, QueryValue], limit: int, *, is_whole: bool) -> AsyncGenerator[Page]:
    """2.0 and 3.0; ``is_whole``: one answer holds everything (taxes, business years) unless its total disagrees."""
    seen = _Seen()
    while True:
        offset = max(seen.count - 1, 0)
        asked = dict(params) | {"limit": limit}
        answer = await ask(asked if is_whole and not offset else asked | {"offset": offset})
        rows, keys, digests = _rows(answer)
        total = _number(answer.headers.get("x-total-count"))
        seen.check_total(total)
        seam = 0
        if seen.count:
            seen.check_seam(keys, offset)
            seam = 1
        seen.add(keys[seam:])
        yield Page(answer, total, seam, rows[seam:], digests[seam:])
        if seen.is_complete(total, fresh=len(rows) - seam):
            return
        if total is None and (is_whole or _ends(len(rows), limit, _number(answer.headers.get("x-limit")))):
            return


async def _by_number(
    ask: Ask, params: Mapping[str, QueryValue], limit: int, *, size: str, known: str
) -> AsyncGenerator[Page]:
    """4.0: ``page`` counts from 1, the total stands in the envelope; where it does not, a short page ends the list."""
    seen = _Seen()
    pages: list[list[RowKey]] = []
    read: list[bytes] = []
    while True:
        number = len(pages) + 1
        answer = await ask(dict(params) | {"page": number, size: limit})
        rows, keys, digests = _rows(answer)
        total, page_size = _envelope(answer)
        seen.check_total(total)
        seen.add(keys)
        pages.append(keys)
        read += digests
        yield Page(answer, total, 0, rows, digests)
        if seen.is_complete(total, fresh=len(rows)):
            break
        if total is None and _ends(len(rows), limit, page_size):
            break
    if known and content_of(read) == known:
        return
    for number, keys in enumerate(pages[:-1], start=1):
        answer = await ask(dict(params) | {"page": number, size: limit})
        if _rows(answer)[1] != keys:
            raise ListChangedError(f"page {number} was no longer the same after the last page had been read")


class _Seen:
    """The rows of a list so far, and what must hold between them and the next page."""

    def __init__(self) -> None:
        self._keys: set[RowKey] = set()
        self._first: RowKey | None = None
        self._last: RowKey | None = None
        self._total: int | None = None

    @property
    def count(self) -> int:
        return len(self._keys)

    def check_total(self, total: int | None) -> None:
        if None not in {total, self._total} and total != self._total:
            raise ListChangedError(f"the total changed from {self._total} to {total} while it was read")
        self._total = total if total is not None else self._total

    def check_seam(self, keys: list[RowKey], offset: int) -> None:
        if not keys:
            raise ListChangedError(f"no row came at offset {offset}, where one had been")
        if keys[0] == self._last:
            return
        if keys[0] == self._first:
            raise ListChangedError(f"offset {offset} gave the first page again")
        raise ListChangedError(f"the row at offset {offset} was another one than before")

    def add(self, keys: list[RowKey]) -> None:
        repeated = self._keys.intersection(keys)
        fresh = set(keys)
        if keys and fresh == repeated:
            raise ListChangedError("a page was sent twice")
        if repeated or len(fresh) < len(keys):
            twice = next((key for key in keys if key in repeated or keys.count(key) > 1), None)
            shown = twice.decode(errors="replace")[:80] if isinstance(twice, bytes) else twice
            raise ListChangedError(f"the row {shown} was sent twice")
        if keys:
            self._first = keys[0] if self._first is None else self._first
            self._last = keys[-1]
        self._keys |= fresh

    def is_complete(self, total: int | None, *, fresh: int) -> bool:
        if total is None:
            return not fresh
        if self.count > total or (self.count < total and not fresh):
            raise ListChangedError(f"{self.count} rows came where bexio counts {total}")
        return self.count == total


_ROW: Final = msgspec.json.Decoder(Listed, float_hook=Decimal)
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def digest_of(row: bytes | msgspec.Raw) -> bytes:
    """Hash of a row as it was received: another one tells that something about the row changed."""
    return hashlib.blake2b(bytes(row), digest_size=16).digest()


def content_of(digests: Iterable[bytes]) -> str:
    """Hash over the rows of a list in their order, given the hash of each."""
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _rows(answer: Answer) -> tuple[list[Listed], list[RowKey], list[bytes]]:
    """What matters of each row, what tells it from all others (its id, else its text), and the hash of its text."""
    try:
        if not (answer.body.lstrip().startswith(b"[") or _is_envelope(answer.body)):
            raise WrongShapeError(answer, "a list was expected")
        texts = rows_of(answer.body)
        rows = [_ROW.decode(text) for text in texts]
    except msgspec.DecodeError as error:
        raise WrongShapeError(answer, str(error)) from None
    keys: list[RowKey] = [
        row.id if isinstance(row.id, int | str) else bytes(text) for row, text in zip(rows, texts, strict=True)
    ]
    return rows, keys, [digest_of(text) for text in texts]


def _is_envelope(body: bytes) -> bool:
    members = _MEMBERS.decode(body)
    return any(bytes(members[key]).lstrip().startswith(b"[") for key in ("data", "results") if key in members)


def _envelope(answer: Answer) -> tuple[int | None, int | None]:
    """Total and page size of a 4.0 answer, where it says so."""
    if answer.body.lstrip().startswith(b"["):
        return None, None
    members = _MEMBERS.decode(answer.body)
    inner = members.get("paging") or members.get("pagination")
    try:
        paging = msgspec.json.decode(inner, type=dict[str, object]) if inner is not None else {}
    except msgspec.DecodeError:
        return None, None
    total = paging.get("item_count", paging.get("max-results"))
    size = paging.get("page_size", paging.get("per-page"))
    return (total if isinstance(total, int) else None), (size if isinstance(size, int) else None)


def _ends(rows: int, asked: int, granted: int | None) -> bool:
    """A list without total ends with a page that is shorter than any maximum the server may have put on it."""
    return rows < min(asked, granted or asked) and rows not in USUAL_MAXIMA


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
