"""The request budget of one company: how many requests a minute bexio allows, and when the next one may go.

bexio counts per company, minute and bucket: 1000 in general, 400 for articles, 250 for searches and PDFs, and tells the
count in ``ratelimit-*`` headers, which some accounts do not receive. So the budget starts from the recorded numbers,
sends steadily instead of in bursts, learns from headers where they come, and needs none.
"""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Final

RECORDED_LIMITS: Final[Mapping[str, int]] = MappingProxyType({"default": 1000, "article": 400, "search": 250})
MAY_CATCH_UP: Final = 3  # requests that may follow each other at once after a timer fired late


class Bucket:
    """One counter of bexio: spaces requests evenly over the minute and waits where the minute is used up.

    Args:
        limit: Requests a minute until a header says otherwise.
        minute: Seconds of the window; shorter in tests.
        now: A monotonic clock in seconds.
    """

    def __init__(self, limit: int, minute: float, now: Callable[[], float]) -> None:
        self.limit = limit
        self.minute = minute
        self.in_flight = 0
        self._now = now
        self._interval = minute / limit
        self._next = now()
        self._blocked_till = now()
        self._left: int | None = None
        self._window_ends = now()
        self._refusals = 0
        self._queue = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the next free place; the request inside counts as under way until it ends."""
        async with self._queue:
            # Answers and refusals that arrive meanwhile move the end of the wait, so it is looked at after each sleep.
            while (wait := self._wait()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(wait)
            self._next = max(self._next, self._now() - MAY_CATCH_UP * self._interval) + self._interval
            if self._left is not None:
                self._left -= 1
            self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    def _wait(self) -> float:
        now = self._now()
        if self._left is not None and now >= self._window_ends:
            self._left = None  # a new minute, of which no answer has told yet
        ends = self._window_ends if self._left is not None and self._left <= 0 else now
        return max(self._next, self._blocked_till, ends) - now

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over what the headers of an answer say; call it while the request still counts as under way."""
        self._refusals = 0
        limit = _number(headers, "ratelimit-limit", "x-ratelimit-limit-minute")
        remaining = _number(headers, "ratelimit-remaining", "x-ratelimit-remaining-minute")
        reset = _number(headers, "ratelimit-reset")
        if limit:
            self.limit = limit
        self._interval = self.minute / self.limit
        if remaining is None or reset is None:
            return
        left = remaining - (self.in_flight - 1)
        window_ends = self._now() + reset
        if self._left is not None and window_ends - self._window_ends < self.minute / 2:
            left = min(left, self._left)  # answers overtake each other, and within a minute nothing is given back
        self._left, self._window_ends = left, window_ends
        if left > 0:
            # Somebody else spends from the same budget: stretch what is left over the rest of the minute. The header
            # counts full seconds upwards, so a second less is the cautious reading of how long the minute still lasts.
            self._interval = max(self._interval, (reset - 1) / left)

    def refuse(self, wait: float | None) -> None:
        """Bexio answered 429: nobody asks in this bucket for ``wait`` seconds, or ever longer where it did not say."""
        self._refusals += 1
        guess = self.minute / 60 * 2.0 ** min(self._refusals, 6)
        self.block(min(guess, self.minute) if wait is None else wait)

    def block(self, seconds: float) -> None:
        """Let no request go for so many seconds."""
        self._blocked_till = max(self._blocked_till, self._now() + seconds)


class RateBudget:
    """All buckets of one company.

    Args:
        limits: Requests a minute by bucket.
        minute: Seconds of bexio's window.
        now: A monotonic clock in seconds.
    """

    def __init__(
        self,
        limits: Mapping[str, int] = RECORDED_LIMITS,
        minute: float = 60.0,
        now: Callable[[], float] | None = None,
    ) -> None:
        clock = now or asyncio.get_running_loop().time
        self._buckets = {name: Bucket(limit, minute, clock) for name, limit in limits.items()}

    def bucket(self, name: str) -> Bucket:
        """The bucket of that name; an unknown name is a mistake in the table of endpoints."""
        return self._buckets[name]


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


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        text = headers.get(name, "").strip()
        if text.isascii() and text.isdigit():
            return int(text)
    return None
