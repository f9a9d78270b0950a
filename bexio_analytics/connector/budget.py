"""The request budget of one company: how many requests a minute bexio allows, and when the next one may go.

bexio counts per company, minute and bucket: 1000 in general, 400 for articles, 250 for searches and PDFs, and tells the
count in ``ratelimit-*`` headers, which some accounts do not receive. So the budget starts from the recorded numbers,
sends steadily instead of in bursts, learns from headers where they come, and needs none.

bexio counts the company, not the program: two pulls, a watcher and a notebook spend from the same minute. So the state
of a bucket can stand in a file that all processes of the machine share (`RateBudget.share`).
"""

from __future__ import annotations

import asyncio
import email.utils
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from bexio_analytics.connector.budget_file import SharedState, sweep

RECORDED_LIMITS: Final[Mapping[str, int]] = MappingProxyType({"default": 1000, "article": 400, "search": 250})
MAY_CATCH_UP: Final = 3  # requests that may follow each other at once after a timer fired late
USED: Final = 0.98
"""Share of the limit that is asked for. Requests arrive with the jitter of the network, so a pace of exactly the limit
puts one too many into some minute; the rest is also what a person needs who works in bexio meanwhile."""
IDLE_MINUTES: Final = 10  # after which what was learned is forgotten


class BucketState(msgspec.Struct):
    """What is known of one counter of bexio; times are seconds of a clock that all processes of the machine share.

    Attributes:
        limit: Requests a minute.
        interval: Seconds between two requests.
        next: When the next one may go.
        blocked_till: None goes before, after a refusal.
        left: Requests left in this minute, where a header told.
        window_ends: When this minute ends, where a header told.
        refusals: Refusals in a row.
        refused_at: When the last one came, or since when it went well.
        slow: Factor on the interval after refusals that told no limit.
        probing: After a refusal one request goes alone, until one is answered.
        under_way: Requests without answer yet by process, and when it last spoke.
        saved_at: When this was written.
    """

    limit: int
    interval: float
    next: float
    blocked_till: float
    window_ends: float
    left: int | None = None
    refusals: int = 0
    refused_at: float = 0.0
    slow: float = 1.0
    probing: bool = False
    under_way: dict[str, tuple[int, float]] = {}
    saved_at: float = 0.0


class Bucket:
    """One counter of bexio: spaces requests evenly over the minute and waits where the minute is used up.

    Args:
        limit: Requests a minute until a header says otherwise.
        minute: Seconds of the window; shorter in tests.
        now: A monotonic clock in seconds.
        jitter: Number from 0 to 1 that lengthens waits nobody dictated, so that machines do not come back together.
    """

    def __init__(
        self, limit: int, minute: float, now: Callable[[], float], jitter: Callable[[], float] = lambda: 0.0
    ) -> None:
        self.minute = minute
        self.in_flight = 0
        self._first_limit = limit
        self._now = now
        self._jitter = jitter
        self._name = f"{os.getpid()}.{id(self):x}"
        self._shared: SharedState[BucketState] | None = None
        self._state = self._fresh()
        self._queue = asyncio.Lock()

    @property
    def limit(self) -> int:
        """Requests a minute, as far as is known."""
        return self._state.limit

    def share(self, path: Path) -> None:
        """Take part in the state that stands in this file, from now on.

        Raises:
            OSError: the file cannot be opened.
        """
        self._shared = SharedState(path, BucketState)
        own = self._state
        with self._current() as state:
            # The first requests went before the company was known: what their answers told is not forgotten.
            state.next = max(state.next, own.next)
            state.blocked_till = max(state.blocked_till, own.blocked_till)
            if own.left is not None:
                state.limit, state.interval = own.limit, max(state.interval, own.interval)
                state.left = own.left if state.left is None else min(own.left, state.left)
                state.window_ends = own.window_ends

    def close(self) -> None:
        """Leave the shared state."""
        if self._shared:
            with self._current() as state:
                state.under_way.pop(self._name, None)
            self._shared.close()
            self._shared = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the next free place; the request inside counts as under way until it ends."""
        async with self._queue:
            # Answers and refusals that arrive meanwhile move the end of the wait, so it is looked at after each sleep.
            while (wait := self._take()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(wait)
        try:
            yield
        finally:
            self.in_flight -= 1
            with self._current():
                pass  # writes down that one less is under way

    def _take(self) -> float:
        """Take a place, or say how many seconds to wait for one."""
        with self._current() as state:
            now = self._now()
            if state.left is not None and now >= state.window_ends:
                state.left = None  # a new minute, of which no answer has told yet
            ends = state.window_ends if state.left is not None and state.left <= 0 else now
            wait = max(state.next, state.blocked_till, ends) - now
            if wait > 0:
                return wait
            if state.probing and now - state.blocked_till < self.minute / 4 and self._under_way(state, now):
                return max(self.minute / 1000, 0.002)
            interval = state.interval * state.slow
            state.next = max(state.next, now - MAY_CATCH_UP * interval) + interval
            if state.left is not None:
                state.left -= 1
            self.in_flight += 1
            return 0.0

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over what the headers of an answer say; call it while the request still counts as under way."""
        limit = _number(headers, "ratelimit-limit", "x-ratelimit-limit-minute")
        remaining = _number(headers, "ratelimit-remaining", "x-ratelimit-remaining-minute")
        reset = _number(headers, "ratelimit-reset")
        with self._current() as state:
            now = self._now()
            if now - state.refused_at > self.minute:  # a minute went well
                state.slow, state.refusals, state.refused_at = max(state.slow / 2, 1.0), 0, now
            if limit:
                state.limit, state.slow = limit, 1.0
            state.interval, state.probing = self._pace(state.limit), False
            if remaining is None or reset is None:
                return
            left = remaining - (self._under_way(state, now) - 1)
            window_ends = now + reset
            if state.left is not None and window_ends - state.window_ends < self.minute / 2:
                left = min(left, state.left)  # answers overtake each other, and a minute gives nothing back
            state.left, state.window_ends = left, window_ends
            if left > 0:
                # Somebody else spends from the same budget: stretch what is left over the rest of the minute. The
                # header counts full seconds upwards, so a second less is the cautious reading of what is left of it.
                state.interval = max(state.interval, (reset - 1) / left)

    def refuse(self, wait: float | None, *, tells_limit: bool = False) -> None:
        """Bexio answered 429: nobody asks in this bucket for ``wait`` seconds, or ever longer where it did not say.

        Args:
            wait: What the answer asks for.
            tells_limit: The answer named the limit; where it does not, the pace is halved until a minute went well.
        """
        with self._current() as state:
            now = self._now()
            state.probing = True
            is_first = now >= state.blocked_till  # the others were under way when the first one was refused
            if is_first:
                state.refusals += 1
                state.refused_at = now
                if not tells_limit:
                    state.slow = min(state.slow * 2, float(state.limit))
            if wait is None:
                guess = min(self.minute / 60 * 2.0 ** min(state.refusals, 6), self.minute)
                wait = guess * (1 + self._jitter() / 4) if is_first else 0.0
            state.blocked_till = max(state.blocked_till, now + wait)

    def block(self, seconds: float) -> None:
        """Let no request go for so many seconds."""
        with self._current() as state:
            state.blocked_till = max(state.blocked_till, self._now() + seconds)

    def _pace(self, limit: int) -> float:
        return self.minute / (limit * USED)

    def _under_way(self, state: BucketState, now: float) -> int:
        """Requests without answer of all processes; one that was silent for two minutes was ended in the middle."""
        others = (
            count
            for name, (count, seen) in state.under_way.items()
            if name != self._name and now - seen < 2 * self.minute
        )
        return self.in_flight + sum(others)

    @contextmanager
    def _current(self) -> Iterator[BucketState]:
        """The state as it is now among all processes; changes are kept."""
        if self._shared is None:
            yield self._state
            return
        with self._shared.locked() as held:
            now = self._now()
            state = (self._shared.read() if held else None) or self._state
            self._state = state if self._is_plausible(state, now) else self._fresh()
            try:
                yield self._state
            finally:
                if held:
                    self._write_down(now)

    def _write_down(self, now: float) -> None:
        state = self._state
        state.saved_at = now
        state.under_way = {
            name: (count, seen)
            for name, (count, seen) in state.under_way.items()
            if name != self._name and now - seen < 2 * self.minute
        }
        if self.in_flight:
            state.under_way[self._name] = (self.in_flight, now)
        if self._shared:
            self._shared.write(state)

    def _is_plausible(self, state: BucketState, now: float) -> bool:
        """Not of another boot of the machine, whose clock began elsewhere, and not of long ago."""
        return 0 <= now - state.saved_at < IDLE_MINUTES * self.minute or state is self._state

    def _fresh(self) -> BucketState:
        now = self._now()
        return BucketState(
            limit=self._first_limit,
            interval=self._pace(self._first_limit),
            next=now,
            blocked_till=now,
            window_ends=now,
            saved_at=now,
        )


class RateBudget:
    """All buckets of one company.

    Args:
        limits: Requests a minute by bucket.
        minute: Seconds of bexio's window.
        now: A monotonic clock in seconds, the same for all processes of the machine.
        jitter: See `Bucket`.
    """

    def __init__(
        self,
        limits: Mapping[str, int] = RECORDED_LIMITS,
        minute: float = 60.0,
        now: Callable[[], float] | None = None,
        jitter: Callable[[], float] = lambda: 0.0,
    ) -> None:
        clock = now or asyncio.get_running_loop().time
        self._buckets = {name: Bucket(limit, minute, clock, jitter) for name, limit in limits.items()}

    def bucket(self, name: str) -> Bucket:
        """The bucket of that name; an unknown name is a mistake in the table of endpoints."""
        return self._buckets[name]

    def share(self, folder: Path, key: str) -> None:
        """Spend from here on together with all processes that share the same key in the same folder.

        Where the folder cannot be written to, the budget stays this process's own.
        """
        try:
            sweep(folder, time.time())
            for name, bucket in self._buckets.items():
                bucket.share(folder / f"{key}-{name}.json")
        except OSError:
            return

    def close(self) -> None:
        """Leave the shared state."""
        for bucket in self._buckets.values():
            bucket.close()


def wait_of(headers: Mapping[str, str], at: datetime) -> float | None:
    """Seconds that a refusal asks to wait: ``ratelimit-reset``, else ``retry-after`` (seconds or HTTP date), else None.

    Args:
        headers: Of the answer, names in lower case.
        at: When the answer arrived, for a ``retry-after`` that is a date.
    """
    seconds = _number(headers, "ratelimit-reset", "x-ratelimit-reset", "retry-after")
    if seconds is not None:
        return float(max(seconds, 1))
    try:
        till = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max((till - at).total_seconds(), 1.0) if till.tzinfo else None


def tells_limit(headers: Mapping[str, str]) -> bool:
    """Whether an answer names the limit of its bucket."""
    return bool(_number(headers, "ratelimit-limit", "x-ratelimit-limit-minute"))


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        text = headers.get(name, "").strip()
        if text.isascii() and text.isdigit():
            return int(text)
    return None
