"""The request budget: steady, learning, and never beyond what bexio allows."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from bexio_analytics.connector.budget import RECORDED_LIMITS, USED, Bucket, RateBudget, wait_of

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


class Wall:
    """A clock that the test moves: sleeping moves it on and takes no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 100.0
        self._sleep = asyncio.sleep
        monkeypatch.setattr("bexio_analytics.connector.budget.asyncio.sleep", self.sleep)

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await self._sleep(0)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(monkeypatch)


class Window:
    """bexio's count: so many requests in each full minute, others' requests among them; tells it in its headers."""

    def __init__(self, wall: Wall, limit: int, others: int = 0) -> None:
        self.wall = wall
        self.limit = limit
        self.others = others
        self.used: dict[int, int] = {}

    def __call__(self) -> dict[str, str]:
        minute = int(self.wall() // 60)
        self.used[minute] = self.used.get(minute, self.others) + 1
        return headers(self.limit, max(self.limit - self.used[minute], 0), math.ceil((minute + 1) * 60 - self.wall()))


async def send(
    bucket: Bucket, wall: Wall, number: int, tells: Callable[[], Mapping[str, str]] = dict[str, str]
) -> list[float]:
    """Send so many requests one after the other; when each went."""
    times = []
    for _ in range(number):
        async with bucket.turn():
            times.append(wall())
            bucket.learn(tells())
    return times


def headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {"ratelimit-limit": str(limit), "ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)}


def test_without_headers_requests_are_spread_over_the_minute(wall: Wall) -> None:
    times = asyncio.run(send(Bucket(600, 60.0, wall), wall, 601))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) == pytest.approx(0.1 / USED)
    assert times[-1] - times[0] == pytest.approx(60.0 / USED)


def test_a_late_timer_is_caught_up_by_a_few_requests_only(wall: Wall) -> None:
    bucket = Bucket(600, 60.0, wall)

    async def run() -> list[float]:
        await send(bucket, wall, 1)
        wall.at += 30
        return await send(bucket, wall, 10)

    times = asyncio.run(run())
    assert len([at for at in times if at == times[0]]) <= 4
    assert times[-1] - times[0] == pytest.approx(0.6 / USED)


@pytest.mark.parametrize("limit", [60, 6000])
def test_the_limit_is_learned_in_both_directions(wall: Wall, limit: int) -> None:
    """From 600 a minute down to 60 and up to 6000: nearly all of it is used, and never more."""
    window = Window(wall, limit)
    asyncio.run(send(Bucket(600, 60.0, wall), wall, 5 * limit, window))
    whole = [used for minute, used in window.used.items() if min(window.used) < minute < max(window.used)]
    assert len(whole) >= 3
    assert max(window.used.values()) <= limit
    assert min(whole) >= 0.95 * limit


@pytest.mark.parametrize("others", [100, 590])
def test_what_others_use_of_the_budget_is_left_to_them(wall: Wall, others: int) -> None:
    window = Window(wall, 600, others)
    asyncio.run(send(Bucket(600, 60.0, wall), wall, 4 * (600 - others), window))
    assert max(window.used.values()) <= 600


def test_the_header_of_the_minute_alone_is_enough_to_learn_the_limit(wall: Wall) -> None:
    bucket = Bucket(600, 60.0, wall)
    asyncio.run(send(bucket, wall, 1, lambda: {"x-ratelimit-limit-minute": "60"}))
    assert bucket.limit == 60


def test_an_exhausted_minute_is_waited_for(wall: Wall) -> None:
    bucket = Bucket(600, 60.0, wall)

    async def run() -> list[float]:
        await send(bucket, wall, 1, lambda: headers(600, 0, 41))
        return [wall(), *await send(bucket, wall, 1)]

    before, after = asyncio.run(run())
    assert after - before == pytest.approx(41)


def test_requests_under_way_count_against_what_remains(wall: Wall) -> None:
    """Three requests are under way when the first answer says two remain: the other two are already spent."""
    bucket = Bucket(600, 60.0, wall)

    async def run() -> float:
        async with bucket.turn(), bucket.turn():
            async with bucket.turn():
                bucket.learn(headers(600, 2, 20))
            before = wall()
            await send(bucket, wall, 1)
            return wall() - before

    assert asyncio.run(run()) == pytest.approx(20)


def test_what_is_left_is_stretched_to_the_end_of_the_minute(wall: Wall) -> None:
    left = iter(range(10, 0, -1))
    times = asyncio.run(send(Bucket(600, 60.0, wall), wall, 3, lambda: headers(600, next(left), 31)))
    assert times[2] - times[1] == pytest.approx(3.0)


def test_an_answer_that_was_overtaken_gives_nothing_back(wall: Wall) -> None:
    bucket = Bucket(600, 60.0, wall)

    async def run() -> float:
        await send(bucket, wall, 1, lambda: headers(600, 1, 30))
        await send(bucket, wall, 1, lambda: headers(600, 5, 30))
        before = wall()
        await send(bucket, wall, 1)
        return wall() - before

    assert asyncio.run(run()) == pytest.approx(30)


def test_a_refusal_without_hint_waits_ever_longer_and_at_most_a_minute(wall: Wall) -> None:
    bucket = Bucket(600, 60.0, wall)

    async def run() -> list[float]:
        waits = []
        for _ in range(8):
            async with bucket.turn():
                bucket.refuse(None)
            before = wall()
            async with bucket.turn():
                waits.append(wall() - before)
        return waits

    waits = asyncio.run(run())
    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(2)
    assert waits[-1] == pytest.approx(60)


def test_a_refusal_moves_the_end_of_a_wait_that_has_begun() -> None:
    async def run() -> float:
        now = asyncio.get_running_loop().time
        bucket = Bucket(60, 3.0, now)
        async with bucket.turn():
            waiting = asyncio.create_task(one_more(bucket))
            await asyncio.sleep(0.01)
            began = now()
            bucket.refuse(0.25)
        await waiting
        return now() - began

    async def one_more(bucket: Bucket) -> None:
        async with bucket.turn():
            pass

    assert asyncio.run(run()) >= 0.24


def test_buckets_are_independent(wall: Wall) -> None:
    budget = RateBudget(RECORDED_LIMITS, 60.0, wall)
    budget.bucket("search").block(50)
    assert asyncio.run(send(budget.bucket("default"), wall, 2))[-1] < 101
    with pytest.raises(KeyError):
        budget.bucket("unheard of")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"ratelimit-reset": "17", "retry-after": "99"}, 17),
        ({"x-ratelimit-reset": "5"}, 5),
        ({"retry-after": "99"}, 99),
        ({"ratelimit-reset": "soon", "retry-after": "3"}, 3),
        ({"ratelimit-reset": "0"}, 1),
        ({"retry-after": "Mon, 05 Oct 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Mon, 05 Oct 2026 11:00:30 GMT"}, 1),
        ({"retry-after": "whenever"}, None),
        ({}, None),
    ],
)
def test_how_long_a_refusal_asks_to_wait(given: dict[str, str], seconds: float | None) -> None:
    assert wait_of(given, NOON) == seconds
