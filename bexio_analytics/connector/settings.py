"""How a pull behaves towards bexio: page sizes, concurrency, limits, waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from bexio_analytics.connector.budget import RECORDED_LIMITS


@dataclass(frozen=True, kw_only=True)
class PullSettings:
    """Settings of a pull; the defaults are right for bexio, tests shorten the minute.

    Attributes:
        concurrency: Most requests under way at a time; the budget alone decides how many a minute.
        minute: Seconds of bexio's rate window. Waits between attempts shrink with it.
        limits: Requests a minute by bucket until a header says otherwise.
        attempts: How often one request is sent at most.
        first_wait: Seconds before the second attempt; doubles from there.
        longest_wait: Most seconds between two attempts.
        longest_refusal: Most seconds that a 429 may make us wait at a time, whatever it says.
        timeout: Seconds until a silent server counts as gone.
        readings: How often a list is read that changes while it is read.
        offset_rows: Rows a page of lists by offset; bexio's maximum is 2000.
        page_rows: Rows a page of 4.0 lists; bexio's maximum for bills is 500.
        language: Language of names that bexio translates.
        budget_dir: Where all processes of this machine share the budget of a company; None keeps it to this pull.
        resume_within: How long after it was read a finished resource of an interrupted pull is still taken over.
        reread_after: No answer is carried over from earlier pulls for longer: then it is asked for again, whatever the
            lists say.
        relist_after: How long lists of several pages may be brought up to date by a search for changed rows, before
            they are read whole again.
    """

    concurrency: int = 8
    minute: float = 60.0
    limits: Mapping[str, int] = field(default_factory=lambda: RECORDED_LIMITS)
    attempts: int = 7
    first_wait: float = 0.5
    longest_wait: float = 30.0
    longest_refusal: float = 300.0
    timeout: float = 60.0
    readings: int = 2
    offset_rows: int = 2000
    page_rows: int = 500
    language: str = "de"
    budget_dir: Path | None = None
    resume_within: timedelta = timedelta(hours=1)
    reread_after: timedelta = timedelta(days=31)
    relist_after: timedelta = timedelta(hours=24)


DEFAULTS: Final = PullSettings()
