"""One pull under way: which requests follow from which answers, and what the manifest says about each resource."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from bexio_analytics.connector.client import Answer, Client
from bexio_analytics.connector.endpoints import ENDPOINTS, Endpoint, Listed, Paging
from bexio_analytics.connector.paging import ListChangedError, Page, WrongShapeError, pages_of
from bexio_analytics.connector.raw import QueryValue, RawResource, RawResponse, RawWriter, rows_of
from bexio_analytics.connector.settings import PullSettings
from bexio_analytics.errors import ApiError, AuthenticationError, PermissionDeniedError, UnexpectedResponseError

CHILDREN_AHEAD: Final = 4  # times the concurrency: so many details are asked for before the oldest is written
NAMED: Final = 10  # ids that a note lists


@dataclass(frozen=True)
class PullProgress:
    """How far one resource is.

    Attributes:
        resource: Its name.
        state: ``reading``, ``complete``, ``incomplete`` or ``unavailable``.
        done: Rows read so far; for details and payments while reading, parent rows done.
        expected: Their number where it is known.
    """

    resource: str
    state: str
    done: int
    expected: int | None


Progress = Callable[[PullProgress], None]


class _MissingError(Exception):
    """bexio has no such resource for this company (404)."""


@dataclass(frozen=True)
class _Child:
    """What came for one parent row: answers, or why there are none."""

    parent: int | str
    responses: Sequence[RawResponse] = ()
    is_missing: bool = False
    changed: str = ""


@dataclass(frozen=True)
class _Read:
    """A resource as read: what the manifest says, and the rows of a list that decide about details."""

    held: RawResource
    rows: Sequence[Listed] = ()


class Reading:
    """Reads resources into a folder; see `bexio_analytics.connector.pull`.

    Args:
        client: Asks the API.
        folder: Takes ``<resource>.jsonl.gz``.
        wanted: Resources to read, parents of details among them.
        settings: Page sizes, concurrency, readings.
        progress: Is told how far each resource is.
    """

    def __init__(
        self, client: Client, folder: Path, wanted: Collection[str], settings: PullSettings, progress: Progress
    ) -> None:
        self._client = client
        self._folder = folder
        self._wanted = wanted
        self._settings = settings
        self._progress = progress
        self._held: dict[str, RawResource] = {}
        self._writers: dict[str, RawWriter] = {}

    async def run(self) -> Mapping[str, RawResource]:
        """Read everything; what the manifest says by resource.

        Raises:
            ApiError: the token is not accepted, or an indispensable resource cannot be read.
        """
        try:
            await self._family(ENDPOINTS["company"])
            lists = [ENDPOINTS[name] for name in self._wanted if ENDPOINTS[name].parent is None and name != "company"]
            with _first_failure():
                async with asyncio.TaskGroup() as group:
                    for endpoint in lists:
                        group.create_task(self._family(endpoint))
        finally:
            for writer in self._writers.values():
                writer.close()
        return self._held

    async def _family(self, endpoint: Endpoint) -> None:
        """A list, then what hangs on its rows."""
        parent = await self._settled(endpoint, partial(self._list, endpoint))
        children = [ENDPOINTS[name] for name in self._wanted if ENDPOINTS[name].parent == endpoint.resource]
        with _first_failure():
            async with asyncio.TaskGroup() as group:
                for child in children:
                    group.create_task(self._settled(child, partial(self._children, child, parent)))

    async def _settled(self, endpoint: Endpoint, reading: Callable[[], Awaitable[_Read]]) -> _Read:
        """Turn a failure into what the manifest says, unless it ends the pull."""
        began = self._client.now()
        try:
            read = await reading()
        except AuthenticationError:
            raise
        except (PermissionDeniedError, _MissingError) as error:
            if endpoint.is_indispensable:
                raise PermissionDeniedError(f"{error} Without it nothing can be reviewed.") from None
            # Details that are refused while their list is open leave documents without lines: that is no whole pull.
            unavailable = endpoint.paging is not Paging.OBJECT
            read = _Read(self._outcome(endpoint, began, str(error), unavailable=unavailable))
        except ApiError as error:
            if endpoint.is_indispensable:
                raise
            read = _Read(self._outcome(endpoint, began, str(error)))
        self._held[endpoint.resource] = read.held
        state = "complete" if read.held.complete else "unavailable" if read.held.unavailable else "incomplete"
        self._progress(PullProgress(endpoint.resource, state, read.held.rows, read.held.rows))
        return read

    async def _list(self, endpoint: Endpoint) -> _Read:
        """Read a list, and again if it changes meanwhile; keep the pages of the last reading."""
        began = self._client.now()
        reason = ""
        for _ in range(self._settings.readings):
            writer = self._writer(endpoint)
            rows: list[Listed] = []
            try:
                await self._pages(endpoint, writer, rows)
            except ListChangedError as changed:
                reason = str(changed)
            else:
                if endpoint.resource == "company" and len(rows) != 1:
                    raise UnexpectedResponseError(f"bexio gave {len(rows)} company profiles instead of one.")
                return _Read(self._outcome(endpoint, began), rows)
        note = f"read {self._settings.readings} times, and it changed each time: {reason}. Pull again."
        return _Read(self._outcome(endpoint, began, note))

    async def _pages(self, endpoint: Endpoint, writer: RawWriter, rows: list[Listed]) -> None:
        params = _params(endpoint)
        async with aclosing(self._paged(endpoint, endpoint.path, params)) as pages:
            async for page in pages:
                rows += page.rows
                writer.write(_raw(page), rows=len(page.rows))
                self._progress(PullProgress(endpoint.resource, "reading", len(rows), page.total))
        if endpoint.archived is None:
            return
        known = {row.id for row in rows}
        archived: list[Page] = []
        async with aclosing(self._paged(endpoint, endpoint.path, params | dict(endpoint.archived))) as pages:
            async for page in pages:
                if {row.id for row in page.rows} <= known:
                    return  # nothing is archived, or the parameter is not known and the same list came again
                archived.append(page)
        if both := known & {row.id for page in archived for row in page.rows}:
            raise ListChangedError(f"the row {min(both, key=str)} is both active and archived")
        for page in archived:
            rows += page.rows
            writer.write(_raw(page), rows=len(page.rows))

    def _paged(self, endpoint: Endpoint, path: str, params: Mapping[str, QueryValue]) -> AsyncGenerator[Page]:
        async def ask(asked: Mapping[str, QueryValue]) -> Answer:
            return await self._ask(endpoint, path, asked)

        return self._of_shape(endpoint, pages_of(endpoint.paging, ask, params, settings=self._settings))

    async def _of_shape(self, endpoint: Endpoint, pages: AsyncGenerator[Page]) -> AsyncGenerator[Page]:
        wrong: UnexpectedResponseError | None = None
        try:
            async with aclosing(pages):
                async for page in pages:
                    yield page
        except WrongShapeError as error:
            wrong = self._client.rejected(endpoint, error.answer, str(error))
        if wrong:
            raise wrong

    async def _ask(self, endpoint: Endpoint, path: str, params: Mapping[str, QueryValue]) -> Answer:
        answer = await self._client.get(endpoint, path, params)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise _MissingError(f"bexio has no {endpoint.resource} for this company (404 for {path}).")
        return answer

    async def _children(self, endpoint: Endpoint, parent: _Read) -> _Read:
        """Ask one request (or list) for each parent row that is wanted, and keep the answers in the parents' order."""
        began = self._client.now()
        if not parent.held.complete:
            state = "unavailable" if parent.held.unavailable else "incomplete"
            note = f"not asked for: {endpoint.parent} is {state}."
            return _Read(self._outcome(endpoint, began, note, unavailable=parent.held.unavailable))
        writer = self._writer(endpoint)
        wanted = [row.id for row in parent.rows if endpoint.wanted(row)]
        if nameless := [key for key in wanted if not isinstance(key, int | str)]:
            note = f"{len(nameless)} rows of {endpoint.parent} came without an id, so nothing can be asked about them."
            return _Read(self._outcome(endpoint, began, note))
        missing, changed = await self._each(endpoint, writer, wanted)
        if missing and len(missing) == len(wanted):
            raise _MissingError(f"bexio has no {endpoint.resource} for this company (404 for {endpoint.path}).")
        notes = []
        if missing:
            notes.append(f"listed in {endpoint.parent} but gone when asked for (404): {_named(missing)}.")
        if changed:
            notes.append(f"changed while read, each time: {_named(changed)}.")
        return _Read(self._outcome(endpoint, began, " ".join([*notes, "Pull again."]) if notes else ""))

    async def _each(
        self, endpoint: Endpoint, writer: RawWriter, parents: Sequence[int | str]
    ) -> tuple[list[str], list[str]]:
        """Write the answers about each parent row; which ones were missing, and which ones kept changing."""
        missing: list[str] = []
        changed: list[str] = []
        left = iter(parents)
        ahead: deque[asyncio.Task[_Child]] = deque()
        with _first_failure():
            async with asyncio.TaskGroup() as group:
                for done in range(len(parents)):
                    for parent in islice(left, CHILDREN_AHEAD * self._settings.concurrency - len(ahead)):
                        ahead.append(group.create_task(self._child(endpoint, parent)))
                    child = await ahead.popleft()
                    for response in child.responses:
                        writer.write(response, rows=len(response.rows()))
                    if child.is_missing:
                        missing.append(str(child.parent))
                    elif child.changed:
                        changed.append(f"{child.parent} ({child.changed})")
                    self._progress(PullProgress(endpoint.resource, "reading", done + 1, len(parents)))
        return missing, changed

    async def _child(self, endpoint: Endpoint, parent: int | str) -> _Child:
        """The answers about one parent row; failures that concern this row alone are returned, not raised."""
        path = endpoint.path.format(parent=parent)
        params = _params(endpoint) | ({endpoint.parent_param: parent} if endpoint.parent_param else {})
        changed = ""
        try:
            if endpoint.paging is Paging.OBJECT:
                return _Child(parent, [await self._object(endpoint, path, params, parent)])
            for _ in range(self._settings.readings):
                try:
                    async with aclosing(self._paged(endpoint, path, params)) as pages:
                        responses = [_raw(page, parent) async for page in pages]
                except ListChangedError as error:
                    changed = str(error)
                else:
                    return _Child(parent, responses)
        except _MissingError:
            return _Child(parent, is_missing=True)
        return _Child(parent, changed=changed)

    async def _object(
        self, endpoint: Endpoint, path: str, params: Mapping[str, QueryValue], parent: int | str
    ) -> RawResponse:
        answer = await self._ask(endpoint, path, params)
        problem = "one object was expected"
        if not answer.body.lstrip().startswith(b"["):
            try:
                (row,) = (msgspec.json.decode(text, type=Listed) for text in rows_of(answer.body))
                if row.id in {parent, msgspec.UNSET}:  # a missing id is for the snapshot to complain about
                    return _raw(Page(answer, None, 0, [row]), parent)
                problem = f"it is about {row.id!r}"
            except (msgspec.DecodeError, ValueError, TypeError) as error:
                problem = str(error)
        raise self._client.rejected(endpoint, answer, problem)

    def _writer(self, endpoint: Endpoint) -> RawWriter:
        """A new file for the resource; an earlier reading is thrown away."""
        if earlier := self._writers.get(endpoint.resource):
            earlier.close()
        self._writers[endpoint.resource] = RawWriter(self._folder, endpoint.resource)
        return self._writers[endpoint.resource]

    def _outcome(
        self, endpoint: Endpoint, began: datetime, note: str = "", *, unavailable: bool = False
    ) -> RawResource:
        """Close the resource; a note is the reason why it is not complete."""
        writer = self._writers.get(endpoint.resource) or self._writer(endpoint)
        writer.close()
        return RawResource(
            complete=not note,
            rows=writer.rows,
            responses=writer.responses,
            read_from=began,
            read_till=self._client.now(),
            sha256=writer.sha256,
            unavailable=unavailable,
            note=note,
        )


def _params(endpoint: Endpoint) -> dict[str, QueryValue]:
    params: dict[str, QueryValue] = dict(endpoint.params)
    if endpoint.order_by:
        params["order_by"] = endpoint.order_by
    return params


def _raw(page: Page, parent: int | str | None = None) -> RawResponse:
    answer = page.answer
    # Line breaks inside JSON texts are always escaped, so the ones that are left separate tokens.
    body = answer.body.replace(b"\r", b" ").replace(b"\n", b" ")
    return RawResponse(
        path=answer.path,
        params=dict(answer.params),
        status=answer.status,
        received_at=answer.received_at,
        parent=parent,
        total=page.total,
        seam=page.seam,
        body=msgspec.Raw(body),
    )


def _named(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return ", ".join(keys[:NAMED]) + more


@contextmanager
def _first_failure() -> Iterator[None]:
    """Raise the failure that ended a group of tasks instead of the group."""
    failure: BaseException
    try:
        yield
    except BaseExceptionGroup as group:
        failure = group
        while isinstance(failure, BaseExceptionGroup):
            failure = failure.exceptions[0]
    else:
        return
    raise failure
