"""When a watched mandate is pulled: at its interval, sooner when marked, less often while it fails."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bexio_analytics.snapshot.portfolio import MandatePull
from bexio_analytics.snapshot.watching import SOON, Stale, Watch


class Pulls:
    """Stands in for a portfolio: notes when each mandate was pulled on a clock that runs a thousand times faster."""

    def __init__(self, fails: Callable[[str], bool] = lambda _: False) -> None:
        self.times: dict[str, list[float]] = {}
        self._fails = fails
        self._began = asyncio.get_running_loop().time()

    def now(self) -> float:
        return (asyncio.get_running_loop().time() - self._began) * 1000

    async def pull(self, folder: Path, *, full: bool = False) -> MandatePull:  # noqa: ARG002
        self.times.setdefault(folder.name, []).append(self.now())
        error = "Server" if self._fails(folder.name) else ""
        return MandatePull(folder.name, None if error else object(), error)  # type: ignore[arg-type]


class Hasty(Watch):
    """A watch whose sleeps are as short as its clock is fast."""

    async def _sleep(self) -> None:
        await asyncio.sleep(0.002)


async def watched(pulls: Pulls, names: list[str], seconds: float, stale: Stale | None = None) -> None:
    watch = Hasty(
        pulls,  # type: ignore[arg-type]
        lambda: [Path(name) for name in names],
        interval=timedelta(minutes=5),
        tell=lambda _: None,
        stale=stale,
        now=pulls.now,
    )
    task = asyncio.create_task(watch.run())
    await asyncio.sleep(seconds)
    watch.stop()
    await task


def test_every_mandate_is_pulled_at_its_interval_and_not_all_at_once() -> None:
    async def run() -> dict[str, list[float]]:
        pulls = Pulls()
        await watched(pulls, ["a", "b", "c"], 0.8)
        return pulls.times

    times = asyncio.run(run())
    assert set(times) == {"a", "b", "c"}
    for each in times.values():
        assert len(each) >= 2
        assert all(later - earlier >= 300 for earlier, later in itertools.pairwise(each))
    assert times["b"][0] - times["a"][0] >= 10


def test_one_that_fails_is_asked_less_often() -> None:
    async def run() -> dict[str, list[float]]:
        pulls = Pulls(fails=lambda name: name == "bad")
        await watched(pulls, ["bad", "good"], 1.5)
        return pulls.times

    times = asyncio.run(run())
    assert len(times["good"]) > len(times["bad"]) >= 2
    assert times["bad"][1] - times["bad"][0] >= 600


def test_a_mark_brings_the_next_pull_forward() -> None:
    async def run() -> list[float]:
        pulls, stale = Pulls(), Stale()
        task = asyncio.create_task(watched(pulls, ["a"], 0.25, stale))
        await asyncio.sleep(0.1)
        stale.mark("a", "invoice")
        stale.mark("nobody", "invoice")
        await task
        return pulls.times["a"]

    first, second = asyncio.run(run())
    assert SOON.total_seconds() <= second - first < 300


def test_a_mark_during_a_pull_is_not_lost() -> None:
    """The pull that runs may have read the resource already, so another one follows soon."""

    class Slow(Pulls):
        async def pull(self, folder: Path, *, full: bool = False) -> MandatePull:
            ended = await super().pull(folder, full=full)
            await asyncio.sleep(0.05)
            return ended

    async def run() -> list[float]:
        pulls, stale = Slow(), Stale()
        task = asyncio.create_task(watched(pulls, ["a"], 0.25, stale))
        await asyncio.sleep(0.02)
        stale.mark("a", "invoice")
        await task
        return pulls.times["a"]

    first, second = asyncio.run(run())
    assert second - first >= 50 + SOON.total_seconds()


def test_mandates_come_and_go() -> None:
    async def run() -> set[str]:
        pulls = Pulls()
        names = ["a"]
        task = asyncio.create_task(watched(pulls, names, 0.3))
        await asyncio.sleep(0.1)
        names[:] = ["b"]
        await task
        return set(pulls.times)

    assert asyncio.run(run()) == {"a", "b"}


def test_stopping_ends_what_is_under_way() -> None:
    async def run() -> bool:
        ended = asyncio.Event()

        class Slow(Pulls):
            async def pull(self, folder: Path, *, full: bool = False) -> MandatePull:
                try:
                    await asyncio.sleep(60)
                finally:
                    ended.set()
                return await super().pull(folder, full=full)

        await asyncio.wait_for(watched(Slow(), ["a"], 0.05), 5)
        return ended.is_set()

    assert asyncio.run(run())
