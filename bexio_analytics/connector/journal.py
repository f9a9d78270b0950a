"""The journal of a company of which there is an earlier pull: closed business years are not read again.

bexio's journal has no mark of change, and rows vanish and are numbered anew when a document is booked again. So the
open business years are read whole and replace what was there; the closed ones stay as the pull before has them, as long
as the business years and their status are the same. bexio's own count of all lines must agree with the two together:
where it does not, and in every case of doubt, the journal is read whole.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from datetime import date, datetime, timedelta

import msgspec

from bexio_analytics.connector.asking import ask, paged, params_of, response_of
from bexio_analytics.connector.client import Client
from bexio_analytics.connector.earlier import Carry, Earlier
from bexio_analytics.connector.endpoints import Endpoint
from bexio_analytics.connector.keeping import Keeping
from bexio_analytics.connector.ledger import closed_till, split_at
from bexio_analytics.connector.paging import ListChangedError
from bexio_analytics.connector.raw import RawBase, RawResource, base_name, main_name, read_lines
from bexio_analytics.connector.settings import PullSettings


async def open_years(
    client: Client,
    keeping: Keeping,
    endpoint: Endpoint,
    settings: PullSettings,
    tell: Callable[[int, int | None], None],
) -> RawResource | None:
    """Read the open business years, and carry the closed ones over.

    Args:
        client: Asks the API.
        keeping: Knows the pull before, and holds the business years as they are now.
        endpoint: The journal.
        settings: Page sizes, and how long anything is carried over.
        tell: Is told how many lines were read, of how many.

    Returns:
        What the manifest says; None where the journal has to be read whole.

    Raises:
        ApiError: bexio or the way to it failed.
    """
    earlier, began = keeping.earlier, client.now()
    before = _boundary(keeping, earlier, began - settings.reread_after) if earlier else None
    if earlier is None or before is None:
        return None
    writer = keeping.writer(endpoint)
    # Whether the day that is asked from is included was never recorded: a day more, and lines before it are left out.
    params = params_of(endpoint) | {"from": (before - timedelta(days=1)).isoformat()}
    try:
        async with aclosing(paged(client, endpoint, endpoint.path, params, settings)) as pages:
            async for page in pages:
                writer.write(response_of(page), rows=len(page.rows))
                tell(writer.rows, page.total)
    except ListChangedError:
        return None
    writer.close()
    closed, had = split_at(earlier.answers("journal"), before)
    _, has = split_at(read_lines(keeping.folder / main_name("journal")), before)
    whole = await ask(client, endpoint, endpoint.path, params_of(endpoint) | {"limit": 1, "offset": 0})
    if whole.headers.get("x-total-count") != str(closed + len(has)):
        return None
    if has == had:
        return keeping.as_before("journal", earlier, began)
    return _with_base(keeping, endpoint, began, before, closed + len(has))


def _boundary(keeping: Keeping, earlier: Earlier, since: datetime) -> date | None:
    journal = earlier.entry("journal")
    if journal is None or not journal.complete or not earlier.is_whole("business_year"):
        return None
    oldest = journal.oldest or journal.read_from
    if oldest is None or oldest < since:
        return None
    before = closed_till(earlier.answers("business_year"), read_lines(keeping.folder / main_name("business_year")))
    return None if journal.base and journal.base.before != before else before


def _with_base(keeping: Keeping, endpoint: Endpoint, began: datetime, before: date, rows: int) -> RawResource | None:
    earlier = keeping.earlier
    journal = earlier.entry("journal") if earlier else None
    if earlier is None or journal is None:
        return None
    file = earlier.folder / (base_name if journal.base else main_name)("journal")
    carry = Carry(
        base=journal.base or RawBase(sha256=journal.sha256, before=before),
        base_file=file,
        responses=sum(1 for _ in read_lines(file)),
        oldest=journal.oldest or journal.read_from,
    )
    held = keeping.outcome(endpoint, began, carry=carry)
    return msgspec.structs.replace(held, rows=rows, carried=carry.responses)
