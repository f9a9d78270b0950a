"""Many mandates at once: each on its own, none able to stop the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bexio_analytics.connector import Connection, PullProgress, PullSettings
from bexio_analytics.errors import BexioAnalyticsError
from bexio_analytics.snapshot.pulls import PulledMandate, pull_mandate

AT_ONCE: Final = 12
"""Mandates that are pulled side by side; the others wait. It bounds memory, whatever the number of mandates."""


@dataclass(frozen=True, slots=True)
class MandatePull:
    """How the pull of one mandate ended.

    Attributes:
        mandate: name of its folder.
        pulled: what it left behind; None if it failed.
        error: kind of the failure, such as ``Authentication``; empty if it came through.
        reason: what happened and what to do, in one or two sentences; never holds a token.
        seconds: how long it took.
    """

    mandate: str
    pulled: PulledMandate | None
    error: str = ""
    reason: str = ""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """There is no new snapshot, and none was confirmed; the last whole one stays in use."""
        return self.pulled is None


MandateProgress = Callable[[str, PullProgress], None]


class Portfolio:
    """Pulls mandates side by side.

    Args:
        connect: the way to the company of a mandate's folder; may raise what belongs to that mandate alone.
        clock: the time; with zone.
        code_version: version of this package, for the manifests.
        settings: page sizes, concurrency, waits; of each mandate.
        at_once: mandates side by side.
        progress: is told how far each resource of each mandate is.
    """

    def __init__(
        self,
        connect: Callable[[Path], Connection],
        *,
        clock: Callable[[], datetime],
        code_version: str,
        settings: PullSettings | None = None,
        at_once: int = AT_ONCE,
        progress: MandateProgress | None = None,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._code_version = code_version
        self._settings = settings
        self._places = asyncio.Semaphore(at_once)
        # Opening a vault may ask a person for its passphrase, and takes 32 MiB: one after the other.
        self._connecting = asyncio.Lock()
        self._building = asyncio.Semaphore(1)
        self._progress = progress

    async def pull(self, mandate_dir: Path, *, full: bool = False) -> MandatePull:
        """Pull one mandate when its turn comes; whatever happens to it is in the answer."""
        async with self._places:
            began = time.monotonic()
            pulled: PulledMandate | None = None
            error = reason = ""
            try:
                async with self._connecting:
                    connection = await asyncio.to_thread(self._connect, mandate_dir)
                pulled = await pull_mandate(
                    mandate_dir,
                    connection,
                    started_at=self._clock(),
                    clock=self._clock,
                    code_version=self._code_version,
                    progress=self._told(mandate_dir.name),
                    settings=self._settings,
                    full=full,
                    building=self._building,
                )
            except BexioAnalyticsError as failure:
                error, reason = type(failure).__name__.removesuffix("Error"), str(failure)
            except Exception as failure:  # noqa: BLE001 - a full disk or a fault of ours in one mandate spares the rest
                error, reason = type(failure).__name__, f"Something unforeseen: {failure}"
            return MandatePull(mandate_dir.name, pulled, error, reason, time.monotonic() - began)

    async def pull_all(self, mandate_dirs: Iterable[Path], *, full: bool = False) -> AsyncGenerator[MandatePull]:
        """Pull all of them; the answers come in the order in which the pulls end."""
        tasks = [asyncio.create_task(self.pull(folder, full=full)) for folder in mandate_dirs]
        try:
            for ended in asyncio.as_completed(tasks):
                yield await ended
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _told(self, mandate: str) -> Callable[[PullProgress], None] | None:
        tell = self._progress
        return None if tell is None else lambda at: tell(mandate, at)


async def pull_all(
    portfolio: Portfolio,
    mandate_dirs: Collection[Path],
    *,
    full: bool = False,
    ended: Callable[[MandatePull], None] = lambda _: None,
) -> list[MandatePull]:
    """Pull all mandates; the answers in the order of the mandates. ``ended`` is told of each as it ends."""
    pulls: dict[str, MandatePull] = {}
    async with aclosing(portfolio.pull_all(mandate_dirs, full=full)) as ending:
        async for pull in ending:
            pulls[pull.mandate] = pull
            ended(pull)
    return [pulls[folder.name] for folder in mandate_dirs]
