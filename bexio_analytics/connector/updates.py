"""Long lists brought up to date by a search for what changed, instead of being read page by page.

It is done for lists of several pages that say when each row was last changed (contacts, quotes, invoices), where there
is an earlier pull, and only until the list was not read whole for a day. A search shows no deletions, and nobody ever
recorded what bexio counts as a change. So three things have to agree, or the list is read whole:

* one request at the end of the list: as many rows as we hold, and the same last one: nothing was deleted or overlooked;
* the documents that are not settled, searched by their status: as we hold them, so payments did not change any in
  silence;
* rows come once, in the order of their ids.

bexio's times are Swiss local time without a zone. The search reaches back more than an hour beyond the last reading, so
that neither clocks that differ nor the hour that comes twice in October hide a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from bexio_analytics.connector.asking import params_of, response_of
from bexio_analytics.connector.client import Answer, Client, Criterion
from bexio_analytics.connector.details import Parents
from bexio_analytics.connector.earlier import Carry, Earlier, listed
from bexio_analytics.connector.endpoints import Endpoint, Listed, Paging
from bexio_analytics.connector.keeping import Keeping
from bexio_analytics.connector.paging import ListChangedError, Page, WrongShapeError, content_of, pages_of
from bexio_analytics.connector.raw import (
    QueryValue,
    RawBase,
    RawResource,
    RawResponse,
    base_name,
    main_name,
    read_lines,
    rows_of,
    without_rows,
)
from bexio_analytics.connector.settings import PullSettings
from bexio_analytics.errors import PermissionDeniedError, UnexpectedResponseError

OVERLAP: Final = timedelta(minutes=70)
SWISS: Final = ZoneInfo("Europe/Zurich")

Rows = dict[object, tuple[Listed, bytes]]


async def updated(client: Client, keeping: Keeping, endpoint: Endpoint, settings: PullSettings) -> Parents | None:
    """The list as it is now, by a search for its changed rows; None where it has to be read whole.

    Raises:
        ApiError: bexio or the way to it failed.
    """
    earlier, began = keeping.earlier, client.now()
    before = earlier.entry(endpoint.resource) if earlier else None
    if earlier is None or before is None or not _may_be_searched(endpoint, before, began, settings):
        return None
    rows, archived = _rows_of(earlier, endpoint)
    if len(rows) <= settings.offset_rows or before.read_from is None:
        return None
    search = _Search(client, endpoint, settings)
    try:
        pages = await search.pages(_since(before.read_from))
        found = _merged(pages)
        now = dict(sorted((rows | found).items(), key=lambda each: str(each[0]).rjust(20)))
        if await search.differs_at_the_end(now) or await search.differs_unsettled(now):
            return None
    except (ListChangedError, WrongShapeError, PermissionDeniedError, UnexpectedResponseError):
        return None  # whatever is wrong with the search, the list itself will tell
    everything = [*now.values(), *archived.values()]
    content = content_of(digest for _, digest in everything)
    if all(rows.get(key) == each for key, each in found.items()):
        held = keeping.as_before(endpoint.resource, earlier, began)
        return _parents(msgspec.structs.replace(held, listed_at=before.listed_at), everything)
    writer = keeping.writer(endpoint)
    for response in read_lines(earlier.folder / main_name(endpoint.resource)) if before.base else ():
        writer.write(without_rows(response, found), rows=0)
    for page in pages:
        writer.write(response_of(page), rows=len(page.rows))
    held = keeping.outcome(endpoint, began, carry=_carry(earlier, endpoint.resource, before, found, rows))
    held = msgspec.structs.replace(
        held, rows=len(everything), content=content, listed_at=before.listed_at, carried=len(rows.keys() - found.keys())
    )
    return _parents(held, everything)


def _may_be_searched(endpoint: Endpoint, before: RawResource, now: datetime, settings: PullSettings) -> bool:
    since = now - settings.relist_after
    return endpoint.has_updates and before.complete and before.listed_at is not None and before.listed_at > since


def _rows_of(earlier: Earlier, endpoint: Endpoint) -> tuple[Rows, Rows]:
    """Rows of the list and archived ones, as the pull before has them."""
    hidden = set(endpoint.archived or ())
    active: list[RawResponse] = []
    archived: list[RawResponse] = []
    for response in earlier.answers(endpoint.resource):
        (archived if hidden & response.params.keys() else active).append(response)
    return _by_id(*listed(active)), _by_id(*listed(archived))


def _by_id(rows: list[Listed], digests: list[bytes]) -> Rows:
    return {row.id: (row, digest) for row, digest in zip(rows, digests, strict=True)}


def _merged(pages: list[Page]) -> Rows:
    return {row.id: (row, digest) for page in pages for row, digest in zip(page.rows, page.digests, strict=True)}


def _since(read_from: datetime) -> Criterion:
    text = (read_from - OVERLAP).astimezone(SWISS).strftime("%Y-%m-%d %H:%M:%S")
    return Criterion("updated_at", text, ">=")


def _parents(held: RawResource, rows: list[tuple[Listed, bytes]]) -> Parents:
    return Parents(held, [row for row, _ in rows], [digest for _, digest in rows])


def _carry(earlier: Earlier, resource: str, before: RawResource, found: Rows, rows: Rows) -> Carry:
    replaced = {key for key in found if isinstance(key, int | str)}
    if before.base:
        replaced |= set(before.base.without)
        file, sha256 = earlier.folder / base_name(resource), before.base.sha256
    else:
        replaced &= {key for key in rows if isinstance(key, int | str)}
        file, sha256 = earlier.folder / main_name(resource), before.sha256
    return Carry(
        base=RawBase(sha256=sha256, without=sorted(replaced, key=str)),
        base_file=file,
        responses=before.responses,
        oldest=before.oldest or before.read_from,
    )


class _Search:
    """Searches of one list."""

    def __init__(self, client: Client, endpoint: Endpoint, settings: PullSettings) -> None:
        self._client = client
        self._endpoint = endpoint
        self._settings = settings

    async def pages(self, criterion: Criterion) -> list[Page]:
        """All rows that fulfil one criterion."""

        async def ask(params: Mapping[str, QueryValue]) -> Answer:
            answer = await self._client.search(self._endpoint, [criterion], params)
            if answer.status != 200:  # noqa: PLR2004 - the one other status that an answer may have is 404
                raise WrongShapeError(answer, "there is no such search")
            return answer

        paging = pages_of(Paging.OFFSET_2, ask, params_of(self._endpoint), settings=self._settings)
        async with aclosing(paging) as pages:
            return [page async for page in pages]

    async def differs_at_the_end(self, now: Rows) -> bool:
        """The list does not end where it should, so rows are gone, or there are some that no search showed."""
        params = params_of(self._endpoint) | {"limit": 2, "offset": len(now) - 1}
        answer = await self._client.get(self._endpoint, self._endpoint.path, params)
        try:
            last = [msgspec.json.decode(row, type=Listed).id for row in rows_of(answer.body)]
        except msgspec.DecodeError:
            return True
        return last != [next(reversed(now))]

    async def differs_unsettled(self, now: Rows) -> bool:
        """A document that is not settled is another one than we hold, though no search by time showed it."""
        if not self._endpoint.unsettled:
            return False
        values = [str(each) for each in self._endpoint.unsettled]
        found = _merged(await self.pages(Criterion("kb_item_status_id", values, "in")))
        ours = {key: each for key, each in now.items() if each[0].kb_item_status_id in self._endpoint.unsettled}
        return found != ours
