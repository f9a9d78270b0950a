"""One pull under way: which requests follow from which answers, and what the manifest says about each resource.

Where there is an earlier pull of the same company, the journal and the business years come before the details: the
years tell how much of the journal has to be read, the journal which documents were booked anew. Details of lists whose
rows do not show every change come after the journal in a first pull too: the next pull will notice by the journal what
was booked anew since it was read, and nothing that was booked anew before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bexio_analytics.connector.asking import MissingError, paged, params_of, response_of
from bexio_analytics.connector.client import Client
from bexio_analytics.connector.details import Details, Parents
from bexio_analytics.connector.earlier import Earlier, company_key, listed
from bexio_analytics.connector.endpoints import ENDPOINTS, Endpoint, Listed, Paging
from bexio_analytics.connector.failures import first_failure
from bexio_analytics.connector.journal import open_years
from bexio_analytics.connector.keeping import Keeping
from bexio_analytics.connector.ledger import Touched, touched
from bexio_analytics.connector.paging import ListChangedError, Page
from bexio_analytics.connector.raw import QueryValue, RawResource, RawWriter, main_name, read_lines, read_parts
from bexio_analytics.connector.resume import Resumed
from bexio_analytics.connector.settings import PullSettings
from bexio_analytics.connector.updates import updated
from bexio_analytics.errors import ApiError, AuthenticationError, PermissionDeniedError, UnexpectedResponseError


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
Past = Callable[[str], tuple[Resumed, Earlier | None]]


class Reading:
    """Reads resources into a folder; see `bexio_analytics.connector.pull`.

    Args:
        client: Asks the API.
        folder: Takes ``<resource>.jsonl.gz``.
        wanted: Resources to read, parents of details among them.
        settings: Page sizes, concurrency, readings.
        progress: Is told how far each resource is.
        past: Gives what there is of a company already, once it is known which one it is.
    """

    def __init__(
        self,
        client: Client,
        folder: Path,
        wanted: Collection[str],
        settings: PullSettings,
        *,
        progress: Progress,
        past: Past,
    ) -> None:
        self._client = client
        self._folder = folder
        self._wanted = wanted
        self._settings = settings
        self._progress = progress
        self._past = past
        self._keeping = Keeping(client, folder)
        self._held: dict[str, RawResource] = {}
        self._years_known = asyncio.Event()
        self._journal_known = asyncio.Event()
        self._touched = Touched()

    @property
    def is_as_before(self) -> bool:
        """Everything is as the pull before has it, and nothing else is there."""
        earlier = self._keeping.earlier
        return earlier is not None and earlier.manifest.resources.keys() == self._keeping.unchanged == self._held.keys()

    @property
    def earlier(self) -> Earlier | None:
        """The pull before."""
        return self._keeping.earlier

    async def run(self) -> Mapping[str, RawResource]:
        """Read everything; what the manifest says by resource.

        Raises:
            ApiError: the token is not accepted, or an indispensable resource cannot be read.
        """
        try:
            await self._family(ENDPOINTS["company"])
            self._begin()
            lists = [ENDPOINTS[name] for name in self._wanted if ENDPOINTS[name].parent is None and name != "company"]
            with first_failure():
                async with asyncio.TaskGroup() as group:
                    for endpoint in lists:
                        group.create_task(self._family(endpoint))
        finally:
            self._keeping.close()
        return self._held

    def _begin(self) -> None:
        """The company is known: share its budget, and see what there is of it already."""
        company = company_key(self._folder)
        self._client.share_budget(company)
        self._keeping.resumed, self._keeping.earlier = self._past(company)
        if self._keeping.earlier and self._keeping.earlier.is_whole("company"):
            before = [bytes(row) for each in self._keeping.earlier.answers("company") for row in each.rows()]
            now = [bytes(row) for each in read_lines(self._folder / main_name("company")) for row in each.rows()]
            if before == now:
                began = self._held["company"].read_from or self._client.now()
                self._held["company"] = self._keeping.as_before("company", self._keeping.earlier, began)
        if self._keeping.earlier is None or "business_year" not in self._wanted:
            self._years_known.set()
        if "journal" not in self._wanted:
            self._journal_known.set()

    async def _family(self, endpoint: Endpoint) -> None:
        """A list, then what hangs on its rows."""
        children = [ENDPOINTS[name] for name in self._wanted if ENDPOINTS[name].parent == endpoint.resource]
        if endpoint.resource == "journal":
            await self._years_known.wait()
        parents = await self._settled(endpoint, partial(self._list, endpoint))
        if endpoint.resource == "business_year":
            self._years_known.set()
        if endpoint.resource == "journal":
            self._note_touched()
            self._journal_known.set()
        if children and (self._keeping.earlier or not endpoint.has_updates):
            await self._journal_known.wait()
        with first_failure():
            async with asyncio.TaskGroup() as group:
                for child in children:
                    group.create_task(self._settled(child, partial(self._children, child, parents)))

    async def _settled(self, endpoint: Endpoint, reading: Callable[[], Awaitable[Parents]]) -> Parents:
        """Turn a failure into what the manifest says, unless it ends the pull."""
        began = self._client.now()
        resumed = self._keeping.resumed
        try:
            read = self._taken_over(endpoint) or await reading()
        except AuthenticationError:
            raise
        except (PermissionDeniedError, MissingError) as error:
            if endpoint.is_indispensable:
                raise PermissionDeniedError(f"{error} Without it nothing can be reviewed.") from None
            # Details that are refused while their list is open leave documents without lines: that is no whole pull.
            unavailable = endpoint.paging is not Paging.OBJECT
            read = Parents(self._keeping.outcome(endpoint, began, str(error), unavailable=unavailable))
        except ApiError as error:
            if endpoint.is_indispensable:
                raise
            read = Parents(self._keeping.outcome(endpoint, began, str(error)))
        if resumed:
            resumed.finish(endpoint.resource, read.held)
        self._held[endpoint.resource] = read.held
        state = "complete" if read.held.complete else "unavailable" if read.held.unavailable else "incomplete"
        self._progress(PullProgress(endpoint.resource, state, read.held.rows, read.held.rows))
        return read

    def _taken_over(self, endpoint: Endpoint) -> Parents | None:
        """The resource as an interrupted pull left it, if it was whole."""
        held = self._keeping.resumed.finished(endpoint.resource) if self._keeping.resumed else None
        if held is None:
            return None
        before = self._keeping.earlier.entry(endpoint.resource) if self._keeping.earlier else None
        if before and (before.sha256, before.base) == (held.sha256, held.base):
            self._keeping.unchanged.add(endpoint.resource)
        has_children = any(each.parent == endpoint.resource for each in ENDPOINTS.values())
        return Parents(held, *listed(read_parts(self._folder, endpoint.resource, held.base) if has_children else ()))

    async def _list(self, endpoint: Endpoint) -> Parents:
        """Read a list, and again if it changes meanwhile; keep the pages of the last reading."""
        began = self._client.now()
        reason = ""
        if endpoint.resource == "journal":
            tell = partial(self._tell, endpoint)
            if held := await open_years(self._client, self._keeping, endpoint, self._settings, tell):
                return Parents(held)
        if read := await updated(self._client, self._keeping, endpoint, self._settings):
            return read
        for _ in range(self._settings.readings):
            writer = self._keeping.writer(endpoint)
            rows: list[Listed] = []
            digests: list[bytes] = []
            try:
                await self._pages(endpoint, writer, rows, digests)
            except ListChangedError as changed:
                reason = str(changed)
            else:
                if endpoint.resource == "company" and len(rows) != 1:
                    raise UnexpectedResponseError(f"bexio gave {len(rows)} company profiles instead of one.")
                return Parents(self._keeping.list_outcome(endpoint, began, digests), rows, digests)
        note = f"read {self._settings.readings} times, and it changed each time: {reason}. Pull again."
        return Parents(self._keeping.outcome(endpoint, began, note))

    async def _pages(self, endpoint: Endpoint, writer: RawWriter, rows: list[Listed], digests: list[bytes]) -> None:
        params = params_of(endpoint)
        async with aclosing(self._paged(endpoint, params)) as pages:
            async for page in pages:
                rows += page.rows
                digests += page.digests
                writer.write(response_of(page), rows=len(page.rows))
                self._tell(endpoint, len(rows), page.total)
        if endpoint.archived is None:
            return
        known = {row.id for row in rows}
        archived: list[Page] = []
        async with aclosing(self._paged(endpoint, params | dict(endpoint.archived))) as pages:
            async for page in pages:
                if {row.id for row in page.rows} <= known:
                    return  # nothing is archived, or the parameter is not known and the same list came again
                archived.append(page)
        if both := known & {row.id for page in archived for row in page.rows}:
            raise ListChangedError(f"the row {min(both, key=str)} is both active and archived")
        for page in archived:
            rows += page.rows
            digests += page.digests
            writer.write(response_of(page), rows=len(page.rows))

    def _paged(self, endpoint: Endpoint, params: Mapping[str, QueryValue]) -> AsyncGenerator[Page]:
        before = self._keeping.earlier.entry(endpoint.resource) if self._keeping.earlier else None
        known = before.content if before and before.complete else ""
        return paged(self._client, endpoint, endpoint.path, params, self._settings, known=known)

    async def _children(self, endpoint: Endpoint, parents: Parents) -> Parents:
        details = Details(self._client, self._keeping, endpoint, self._settings, partial(self._tell, endpoint))
        return Parents(await details.read(parents, self._touched))

    def _tell(self, endpoint: Endpoint, done: int, of: int | None) -> None:
        self._progress(PullProgress(endpoint.resource, "reading", done, of))

    def _note_touched(self) -> None:
        """Which documents have other journal lines than in the pull before."""
        earlier, held = self._keeping.earlier, self._held["journal"]
        if earlier is None or not held.complete:
            return  # a pull without whole journal makes no snapshot, and the next one carries nothing over from it
        if not earlier.is_whole("journal"):
            self._touched = Touched(everything=True)
        elif "journal" not in self._keeping.unchanged:
            since = held.base.before if held.base else None
            self._touched = touched(
                earlier.answers("journal"), read_parts(self._folder, "journal", held.base), since=since
            )
