"""What hangs on the rows of a list: one request (or list) for each parent row that leaves room for an answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from bexio_analytics.connector.asking import MissingError, paged, params_of, response_of, single
from bexio_analytics.connector.client import Client
from bexio_analytics.connector.earlier import NOTHING, Carry, Key
from bexio_analytics.connector.endpoints import Endpoint, Listed, Paging
from bexio_analytics.connector.failures import first_failure
from bexio_analytics.connector.keeping import Keeping
from bexio_analytics.connector.ledger import Touched
from bexio_analytics.connector.paging import ListChangedError
from bexio_analytics.connector.raw import RawResource, RawResponse, RawWriter
from bexio_analytics.connector.settings import PullSettings

CHILDREN_AHEAD: Final = 4  # times the concurrency: so many details are asked for before the oldest is written
NAMED: Final = 10  # ids that a note lists


@dataclass(frozen=True)
class Parents:
    """The rows of a list that was read, and the hash of each."""

    held: RawResource
    rows: Sequence[Listed] = ()
    digests: Sequence[bytes] = ()


@dataclass(frozen=True)
class _Child:
    """What came for one parent row: answers, or why there are none."""

    parent: Key
    responses: Sequence[RawResponse] = ()
    is_missing: bool = False
    changed: str = ""


class Details:
    """Reads one child resource.

    Args:
        client: Asks the API.
        keeping: Takes the answers, knows what is there already.
        endpoint: The child resource.
        settings: Concurrency, readings, how long answers are carried over.
        tell: Is told how many parent rows are done, of how many.
    """

    def __init__(
        self,
        client: Client,
        keeping: Keeping,
        endpoint: Endpoint,
        settings: PullSettings,
        tell: Callable[[int, int], None],
    ) -> None:
        self._client = client
        self._keeping = keeping
        self._endpoint = endpoint
        self._settings = settings
        self._tell = tell

    async def read(self, parents: Parents, touched: Touched) -> RawResource:
        """Ask about each parent row that is wanted, and keep the answers in the parents' order.

        What an interrupted pull had, and what the pull before has and still holds, comes first and is not asked for.

        Args:
            parents: The list.
            touched: Documents that are asked about whatever the list says.

        Raises:
            MissingError: there is no answer about any row.
            ApiError: bexio or the way to it failed.
        """
        endpoint, keeping, began = self._endpoint, self._keeping, self._client.now()
        if not parents.held.complete:
            state = "unavailable" if parents.held.unavailable else "incomplete"
            note = f"not asked for: {endpoint.parent} is {state}."
            return keeping.outcome(endpoint, began, note, unavailable=parents.held.unavailable)
        rows = {row.id: (row, digest) for row, digest in self._paired(parents) if endpoint.wanted(row)}
        if nameless := [key for key in rows if not isinstance(key, int | str)]:
            note = f"{len(nameless)} rows of {endpoint.parent} came without an id, so nothing can be asked about them."
            return keeping.outcome(endpoint, began, note)
        writer = keeping.writer(endpoint)
        covered, salvaged_from = self._salvage(writer, rows)
        began = min(began, salvaged_from or began)
        carry = self._carry(rows, covered, touched)
        if carry.is_all and keeping.earlier:
            writer.close()
            return keeping.as_before(endpoint.resource, keeping.earlier, began)
        if keeping.earlier:
            for response in keeping.earlier.copies(endpoint.resource, carry.copied):
                writer.write(response, rows=len(response.rows()))
        missing, changed = await self._each(writer, [key for key in rows if key not in covered | carry.valid.keys()])
        if missing and len(missing) == len(rows):
            raise MissingError(f"bexio has no {endpoint.resource} for this company (404 for {endpoint.path}).")
        notes = []
        if missing:
            notes.append(f"listed in {endpoint.parent} but gone when asked for (404): {_named(missing)}.")
        if changed:
            notes.append(f"changed while read, each time: {_named(changed)}.")
        note = " ".join([*notes, "Pull again."]) if notes else ""
        return keeping.outcome(endpoint, began, note, carry=carry)

    @staticmethod
    def _paired(parents: Parents) -> list[tuple[Listed, bytes]]:
        return list(zip(parents.rows, parents.digests, strict=True))

    def _salvage(self, writer: RawWriter, rows: Mapping[Key, object]) -> tuple[set[Key], datetime | None]:
        """Take over what an interrupted pull had received: about which rows, and since when."""
        covered: set[Key] = set()
        since: datetime | None = None
        for group in self._keeping.resumed.salvaged(self._endpoint.resource) if self._keeping.resumed else ():
            parent = group[0].parent
            if parent is not None and parent in rows and parent not in covered:
                covered.add(parent)
                for response in group:
                    since = min(since or response.received_at, response.received_at)
                    writer.write(response, rows=len(response.rows()))
        return covered, since

    def _carry(self, rows: Mapping[Key, tuple[Listed, bytes]], covered: Collection[Key], touched: Touched) -> Carry:
        earlier, parent = self._keeping.earlier, self._endpoint.parent
        if earlier is None or parent is None or not earlier.is_whole(parent):
            return NOTHING
        before = earlier.digests(parent)
        unchanged = [
            key
            for key, (row, digest) in rows.items()
            if key not in covered and before.get(key) == digest and not touched.concerns(parent, row)
        ]
        since = self._client.now() - self._settings.reread_after
        return earlier.carry(self._endpoint.resource, unchanged, wanted=len(rows), since=since)

    async def _each(self, writer: RawWriter, parents: Sequence[Key]) -> tuple[list[str], list[str]]:
        """Write the answers about each parent row; which ones were missing, and which ones kept changing."""
        missing: list[str] = []
        changed: list[str] = []
        left = iter(parents)
        ahead: deque[asyncio.Task[_Child]] = deque()
        with first_failure():
            async with asyncio.TaskGroup() as group:
                for done in range(len(parents)):
                    for parent in islice(left, CHILDREN_AHEAD * self._settings.concurrency - len(ahead)):
                        ahead.append(group.create_task(self._child(parent)))
                    child = await ahead.popleft()
                    for response in child.responses:
                        writer.write(response, rows=len(response.rows()))
                    if child.is_missing:
                        missing.append(str(child.parent))
                    elif child.changed:
                        changed.append(f"{child.parent} ({child.changed})")
                    self._tell(done + 1, len(parents))
        return missing, changed

    async def _child(self, parent: Key) -> _Child:
        """The answers about one parent row; failures that concern this row alone are returned, not raised."""
        endpoint = self._endpoint
        path = endpoint.path.format(parent=parent)
        params = params_of(endpoint) | ({endpoint.parent_param: parent} if endpoint.parent_param else {})
        changed = ""
        try:
            if endpoint.paging is Paging.OBJECT:
                return _Child(parent, [await single(self._client, endpoint, path, params, parent)])
            for _ in range(self._settings.readings):
                try:
                    async with aclosing(paged(self._client, endpoint, path, params, self._settings)) as pages:
                        responses = [response_of(page, parent) async for page in pages]
                except ListChangedError as error:
                    changed = str(error)
                else:
                    return _Child(parent, responses)
        except MissingError:
            return _Child(parent, is_missing=True)
        return _Child(parent, changed=changed)


def _named(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return ", ".join(keys[:NAMED]) + more
