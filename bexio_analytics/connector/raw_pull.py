"""A pull: every resource of one company, read page by page into ``raw/<stamp>/``.

The company comes first, as the proof that token and address are right. Then all lists are read side by side, and after
each list what hangs on its rows: the details of every document, whatever its status (a cancelled or draft document can
be the reason of a finding), and payments where the list row leaves room for one. Requests share one budget, so "side by
side" costs bexio nothing.

A resource ends in one of three ways: complete; unavailable, when bexio refuses it to this connection (scope missing,
product not booked); incomplete, with the reason. A list that changes while it is read is read again before it counts as
incomplete. A refused token, and the failure of a resource without which nothing can be reviewed, end the pull: the
folder ``<stamp>.partial`` then stays without manifest until the next pull, and earlier pulls stay as they are.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import filelock
import msgspec

from bexio_analytics.connector.client import Client
from bexio_analytics.connector.connection import Connection
from bexio_analytics.connector.endpoints import ENDPOINTS, RESOURCES
from bexio_analytics.connector.raw import PARTIAL, RawManifest, interrupted_pulls, read_raw, stamp
from bexio_analytics.connector.reading import Progress, Reading
from bexio_analytics.connector.settings import DEFAULTS, PullSettings
from bexio_analytics.errors import ApiError, ConfigurationError

LOCK: Final = ".pull.lock"
REJECTED: Final = ".rejected"


@dataclass(frozen=True)
class RawPull:
    """A finished pull: where it is and what its manifest says."""

    path: Path
    manifest: RawManifest

    @property
    def complete(self) -> bool:
        """No resource is incomplete; a snapshot can be built."""
        return self.manifest.complete

    @property
    def incomplete(self) -> Mapping[str, str]:
        """Reason by resource that is not whole."""
        return self.manifest.incomplete

    @property
    def unavailable(self) -> Mapping[str, str]:
        """Reason by resource that bexio refuses to this connection."""
        return self.manifest.unavailable


async def pull(
    connection: Connection,
    raw_dir: Path,
    *,
    started_at: datetime,
    clock: Callable[[], datetime],
    resources: Collection[str] = RESOURCES,
    progress: Progress | None = None,
    settings: PullSettings = DEFAULTS,
) -> RawPull:
    """Read a company into ``raw_dir/<stamp>``.

    Args:
        connection: Address and token of the company.
        raw_dir: The folder ``raw`` of the mandate.
        started_at: Names the folder; with a time zone.
        clock: Tells when answers arrive; with a time zone.
        resources: What to read; company and the parents of details are added.
        progress: Is told how far each resource is.
        settings: Page sizes, concurrency and waits.

    Returns:
        The finished pull, which may hold incomplete resources: look at ``complete``.

    Raises:
        ConfigurationError: an unknown resource, or a pull of this second is there already.
        ApiError: another pull of this mandate is running.
        AuthenticationError: the token is not accepted (any more).
        PermissionDeniedError: an indispensable resource is refused.
        RateLimitError, ServerUnavailableError, UnexpectedResponseError: an indispensable resource cannot be read.
    """
    wanted = _with_parents(resources)
    with _unfinished(raw_dir, stamp(started_at)) as folder:

        def keep(resource: str, body: bytes) -> None:
            (folder / f"{resource}{REJECTED}").write_bytes(body)

        async with Client(connection, settings, clock, keep) as client:
            reading = Reading(client, folder, wanted, settings, progress or (lambda _: None))
            try:
                held = await reading.run()
            except ApiError as error:
                raise type(error)(
                    f"{error} The pull {stamp(started_at)} was abandoned; earlier pulls and snapshots are as they were."
                ) from None
        manifest = RawManifest(
            source="api",
            api_url=connection.api_url,
            company=_company_name(folder),
            started_at=started_at,
            finished_at=client.now(),
            code_version=version("bexio-analytics"),
            resources={resource: held[resource] for resource in wanted},
        )
        _finish(folder, manifest)
    return RawPull(raw_dir / stamp(started_at), manifest)


@contextmanager
def _unfinished(raw_dir: Path, name: str) -> Iterator[Path]:
    """A new folder ``<name>.partial`` that loses its suffix when the block ends well.

    Only one pull of a mandate runs at a time, so what other pulls left unfinished is of no use and goes.
    """
    raw_dir.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(raw_dir / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise ApiError(f"Another pull into {raw_dir} is running. Wait for it, or end it.") from None
    try:
        if (raw_dir / name).exists():
            raise ConfigurationError(f"{raw_dir / name} is there already; a pull never changes an earlier one.")
        for left in interrupted_pulls(raw_dir):
            shutil.rmtree(left)
        partial = raw_dir / f"{name}{PARTIAL}"
        partial.mkdir()
        yield partial
        partial.rename(raw_dir / name)
    finally:
        lock.release()


def _finish(folder: Path, manifest: RawManifest) -> None:
    """Write the manifest; answers that were refused once but came right later are not kept."""
    for resource, held in manifest.resources.items():
        if held.complete:
            (folder / f"{resource}{REJECTED}").unlink(missing_ok=True)
    manifest.save(folder)


def _with_parents(resources: Collection[str]) -> tuple[str, ...]:
    """What is read for what is asked for, in the order of the table."""
    if unknown := sorted(set(resources) - set(RESOURCES)):
        raise ConfigurationError(f"There is no resource {', '.join(unknown)}; there are {', '.join(RESOURCES)}.")
    parents = {ENDPOINTS[name].parent for name in resources}
    return tuple(name for name in RESOURCES if name in resources or name in parents or name == "company")


class _Profile(msgspec.Struct):
    name: str | None = None


def _company_name(folder: Path) -> str | None:
    for response in read_raw(folder, "company"):
        for row in response.rows():
            try:
                return msgspec.json.decode(row, type=_Profile).name
            except msgspec.DecodeError:
                return None  # the snapshot says what is wrong with the profile
    return None
