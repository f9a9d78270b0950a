"""The request budget per company and minute, in bexio's three buckets."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bexio_analytics.simulator.wire.settings import WireSettings

_SEARCH = re.compile(r"/2\.0/(?:contact|kb_invoice|kb_offer|article)/search")
_PDF = re.compile(r"/2\.0/kb_(?:invoice|offer)/.+/pdf")


@dataclass(frozen=True)
class Rate:
    """State of a bucket after one request: its limit, what is left, seconds to the next window (1 and more)."""

    limit: int
    remaining: int
    reset: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        """Return the five headers every counted answer carries."""
        return {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(self.remaining),
            "ratelimit-reset": str(self.reset),
            "x-ratelimit-limit-minute": str(self.limit),
            "x-ratelimit-remaining-minute": str(self.remaining),
        }


class Budget:
    """Fixed windows of one minute; a company's buckets count separately."""

    def __init__(self, settings: WireSettings) -> None:
        self._settings = settings
        self._used: dict[tuple[int, str], tuple[int, int]] = {}

    def take(self, company: int, method: str, path: str) -> Rate | None:
        """Count one request of a company (any stable number); ``None`` where bexio counts nothing."""
        if path.startswith("/4.0/banking/payments"):
            return None
        bucket, limit = self._bucket(method, path)
        now = self._settings.clock()
        window = int(now // self._settings.minute_seconds)
        started, used = self._used.get((company, bucket), (window, 0))
        used = used + 1 if started == window else 1
        self._used[company, bucket] = (window, used)
        left = (window + 1) * self._settings.minute_seconds - now
        return Rate(limit, max(limit - used, 0), max(math.ceil(left), 1), used <= limit)

    def _bucket(self, method: str, path: str) -> tuple[str, int]:
        if (method == "POST" and _SEARCH.fullmatch(path)) or _PDF.fullmatch(path):
            return "search", self._settings.limit_search
        if path == "/2.0/article" or path.startswith("/2.0/article/"):
            return "article", self._settings.limit_article
        return "general", self._settings.limit
