"""A pull in a process of its own, which a test may end at any moment. Run by path, with ``JOB`` among its globals."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

from bexio_analytics.connector import Connection, PullSettings
from bexio_analytics.snapshot.pulls import pull_mandate


class Job(TypedDict):
    """What to pull, and from where; ``seconds`` makes the names of folders differ."""

    url: str
    token: str
    mandate: str
    budget: str
    seconds: int
    resume_hours: float


def run(job: Job) -> None:
    """Pull once."""
    logging.disable()
    settings = PullSettings(
        minute=3.0,
        limits={"default": 10_000, "article": 400, "search": 250},
        offset_rows=50,
        page_rows=20,
        concurrency=6,
        attempts=10,
        first_wait=0.2,
        budget_dir=Path(job["budget"]),
        resume_within=timedelta(hours=job["resume_hours"]),
    )
    started_at = datetime(2026, 11, 22, 10, 0, tzinfo=UTC) + timedelta(seconds=job["seconds"])
    asyncio.run(
        pull_mandate(
            Path(job["mandate"]),
            Connection(job["url"], job["token"]),
            started_at=started_at,
            clock=lambda: datetime.now(UTC),
            code_version="1",
            settings=settings,
        )
    )


if "JOB" in globals():
    run(globals()["JOB"])
