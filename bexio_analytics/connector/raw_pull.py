"""A pull: every resource of one company, read page by page into ``raw/<stamp>/``.

The company comes first, as the proof that token and address are right. Then all lists are read side by side, and after
each list what hangs on its rows: the details of every document, whatever its status (a cancelled or draft document can
be the reason of a finding), and payments where the list row leaves room for one. Requests share one budget, so "side by
side" costs bexio nothing.

A resource ends in one of three ways: complete; unavailable, when bexio refuses it to this connection (scope missing,
product not booked); incomplete, with the reason. A list that changes while it is read is read again before it counts as
incomplete. A refused token, and the failure of a resource without which nothing can be reviewed, end the pull: the
folder ``<stamp>.partial`` then stays without manifest, earlier pulls stay as they are, and the next pull goes on with
it (see `bexio_analytics.connector.resume`).

What did not change since the pull before is neither asked for nor stored again (see the modules ``earlier`` and
``journal``). If nothing changed at all there is no new folder: the earlier one is confirmed.
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
from bexio_analytics.connector.earlier import Earlier
from bexio_analytics.connector.endpoints import ENDPOINTS, RESOURCES
from bexio_analytics.connector.raw import (
    PARTIAL,
    Confirmation,
    RawManifest,
    interrupted_pulls,
    newest_raw,
    read_raw,
    stamp,
)
from bexio_analytics.connector.reading import Progress, Reading
from bexio_analytics.connector.resume import PullState, Resumed, sweep
from bexio_analytics.connector.settings import DEFAULTS, PullSettings
from bexio_analytics.errors import ApiError, ConfigurationError

LOCK: Final = ".pull.lock"
REJECTED: Final = ".rejected"


@dataclass(frozen=True)
class RawPull:
    """A finished pull: where it is and what its manifest says.

    Attributes:
        path: ``raw/<stamp>``. If nothing changed since the pull before, its folder, and `confirmed` says so.
        manifest: Of that folder.
        confirmed: When each resource was read and found as it is there; None if the folder is of this pull.
    """

    path: Path
    manifest: RawManifest
    confirmed: Confirmation | None = None

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
    full: bool = False,
) -> RawPull:
    """Read a company into ``raw_dir/<stamp>``.

    Where there is an earlier pull of the same company, only what may have changed is asked for; where one was ended in
    the middle, what it had finished within the last hour is taken over.

    Args:
        connection: Address and token of the company.
        raw_dir: The folder ``raw`` of the mandate.
        started_at: Names the folder; with a time zone.
        clock: Tells when answers arrive; with a time zone.
        resources: What to read; company and the parents of details are added.
        progress: Is told how far each resource is.
        settings: Page sizes, concurrency and waits.
        full: Carry nothing over from earlier pulls.

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
    code_version = version("bexio-analytics")
    with _locked(raw_dir):
        folder = _unfinished(raw_dir, stamp(started_at))

        def keep(resource: str, body: bytes) -> None:
            (folder / f"{resource}{REJECTED}").write_bytes(body)

        def past(company: str) -> tuple[Resumed, Earlier | None]:
            state = PullState(company=company, api_url=connection.api_url, full=full, code_version=code_version)
            resumed = Resumed.open(folder, state, now=client.now(), within=settings.resume_within)
            return resumed, None if full else Earlier.newest(raw_dir, company, connection.api_url)

        async with Client(connection, settings, clock, keep) as client:
            reading = Reading(client, folder, wanted, settings, progress=progress or (lambda _: None), past=past)
            try:
                held = await reading.run()
            except ApiError as error:
                raise type(error)(
                    f"{error} The pull {stamp(started_at)} was abandoned; earlier pulls and snapshots are as they were."
                ) from None
        finished_at = client.now()
        if reading.is_as_before and reading.earlier and reading.earlier.manifest.complete:
            confirmed = Confirmation(
                started_at=started_at,
                finished_at=finished_at,
                resources={name: (each.read_from, each.read_till) for name, each in held.items()},
            )
            confirmed.save(reading.earlier.folder)
            shutil.rmtree(folder)
            return RawPull(reading.earlier.folder, reading.earlier.manifest, confirmed)
        manifest = RawManifest(
            source="api",
            api_url=connection.api_url,
            company=_company_name(folder),
            started_at=started_at,
            finished_at=finished_at,
            code_version=code_version,
            resources={resource: held[resource] for resource in wanted},
        )
        return RawPull(_finish(folder, manifest), manifest)


@contextmanager
def _locked(raw_dir: Path) -> Iterator[None]:
    """Only one pull of a mandate runs at a time."""
    raw_dir.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(raw_dir / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise ApiError(f"Another pull into {raw_dir} is running. Wait for it, or end it.") from None
    try:
        yield
    finally:
        lock.release()


def _unfinished(raw_dir: Path, name: str) -> Path:
    """The folder ``<name>.partial``: the last one that was interrupted under a new name, or a new one."""
    if (raw_dir / name).exists():
        raise ConfigurationError(f"{raw_dir / name} is there already; a pull never changes an earlier one.")
    newest = newest_raw(raw_dir)
    if newest:
        sweep(newest)  # what a pull that was ended in its last moment had no time to take away
    folder = raw_dir / f"{name}{PARTIAL}"
    for left in interrupted_pulls(raw_dir)[:-1]:
        shutil.rmtree(left)
    for left in interrupted_pulls(raw_dir):
        left.rename(folder)
    folder.mkdir(exist_ok=True)
    return folder


def _finish(folder: Path, manifest: RawManifest) -> Path:
    """Write the manifest and give the folder its name; answers that were refused once but came right later go."""
    for resource, held in manifest.resources.items():
        if held.complete:
            (folder / f"{resource}{REJECTED}").unlink(missing_ok=True)
    manifest.save(folder)
    finished = folder.with_name(folder.name.removesuffix(PARTIAL))
    folder.rename(finished)
    sweep(finished)
    return finished


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
