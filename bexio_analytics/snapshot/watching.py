"""Mandates kept up to date: each is pulled again every few minutes until somebody says stop.

bexio tells nobody when something changes, so it has to be asked. Asking costs little: an unchanged mandate takes its
list pages and the open year of its journal, a few dozen of the 1000 requests a minute, and adds nothing to the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from bexio_analytics.snapshot.portfolio import MandatePull, Portfolio

SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(minutes=15)
USUAL: Final = timedelta(minutes=10)
SOON: Final = timedelta(seconds=20)
"""How long after a mark a mandate is pulled: a person who books rarely does one thing only."""
_WORST: Final = 8


@dataclass
class Stale:
    """What a webhook said has changed; a mark brings the next pull forward and does nothing else."""

    resources: dict[str, set[str]] = field(default_factory=dict)
    marked: asyncio.Event = field(default_factory=asyncio.Event)

    def mark(self, mandate: str, resource: str) -> None:
        """Note that a resource of a mandate is no longer what was pulled."""
        self.resources.setdefault(mandate, set()).add(resource)
        self.marked.set()

    def take(self, mandate: str) -> frozenset[str]:
        """What was marked for a mandate; the marks are gone then."""
        return frozenset(self.resources.pop(mandate, ()))


class Watch:
    """Pulls mandates again and again.

    The mandates are spread over the interval instead of beginning together. One that fails is asked for ever less
    often, up to eight times the interval, so that an expired token does not become a nuisance; it comes back to the
    interval with the first pull that comes through.

    Args:
        portfolio: Pulls one mandate.
        mandates: Says which mandates there are; asked at every round, so that new ones join.
        interval: From the end of a pull of a mandate to the beginning of the next.
        tell: Is told how each pull ended.
        stale: Marks of a webhook.
        now: A monotonic clock in seconds; the event loop's unless given.
    """

    def __init__(
        self,
        portfolio: Portfolio,
        mandates: Callable[[], Collection[Path]],
        *,
        interval: timedelta = USUAL,
        tell: Callable[[MandatePull], None],
        stale: Stale | None = None,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._portfolio = portfolio
        self._mandates = mandates
        self._interval = interval.total_seconds()
        self._tell = tell
        self._stale = stale or Stale()
        self._now = now or asyncio.get_running_loop().time
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End the watch: pulls that are under way are ended where they are, and go on when somebody pulls again."""
        self._stopped.set()

    async def run(self) -> None:
        """Watch until `stop`."""
        try:
            while not self._stopped.is_set():
                self._begin_due()
                await self._sleep()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _begin_due(self) -> None:
        folders = {folder.name: folder for folder in self._mandates()}
        now = self._now()
        for number, name in enumerate(sorted(folders.keys() - self._due.keys())):
            # Spread over the interval, but without delay where there are few.
            self._due[name] = now + min(number * self._interval / max(len(folders), 1), number * SOON.total_seconds())
        for gone in self._due.keys() - folders.keys():
            del self._due[gone]
        # A mark for a mandate that is being pulled waits: that pull may have read the resource already.
        for name in [name for name in self._stale.resources if name in self._due and name not in self._running]:
            if self._stale.take(name):
                self._due[name] = min(self._due[name], now + SOON.total_seconds())
        for name, due in self._due.items():
            if due <= now and name not in self._running:
                self._running[name] = asyncio.create_task(self._pull(folders[name]))

    async def _pull(self, folder: Path) -> None:
        name = folder.name
        try:
            ended = await self._portfolio.pull(folder)
            self._failures[name] = self._failures.get(name, 0) + 1 if ended.failed else 0
            self._tell(ended)
        finally:
            self._due[name] = self._now() + self._interval * min(2 ** self._failures.get(name, 0), _WORST)
            self._running.pop(name, None)

    async def _sleep(self) -> None:
        """Until the next pull is due, a pull ends, something is marked, or the watch ends; a minute at most."""
        waiting = [due for name, due in self._due.items() if name not in self._running]
        wait = max(min(waiting, default=self._now() + 60) - self._now(), 0)
        self._stale.marked.clear()
        events = [asyncio.create_task(self._stopped.wait()), asyncio.create_task(self._stale.marked.wait())]
        await asyncio.wait([*events, *self._running.values()], timeout=min(wait, 60), return_when="FIRST_COMPLETED")
        for event in events:
            event.cancel()
