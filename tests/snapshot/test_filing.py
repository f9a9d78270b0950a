"""The period that ``status`` shows with its deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from bexio_analytics.periods import Rhythm
from bexio_analytics.snapshot import Snapshot, write_snapshot
from bexio_analytics.snapshot.filing import period_to_file
from bexio_analytics.snapshot.tables import TABLES

Q2 = (date(2026, 4, 1), date(2026, 6, 30))
Q3 = (date(2026, 7, 1), date(2026, 9, 30))
Q4 = (date(2026, 10, 1), date(2026, 12, 31))


@pytest.fixture
def snapshot_with(tmp_path: Path) -> Callable[..., Snapshot]:
    """A snapshot in which bexio gives VAT periods these statuses."""

    def make(**status: str) -> Snapshot:
        days = {"q2": Q2, "q3": Q3, "q4": Q4}
        rows = [
            {"id": number, "start": days[name][0], "end": days[name][1], "type": "quarter", "status": text}
            for number, (name, text) in enumerate(status.items())
        ]
        schema = {name: kind for name, kind in TABLES["vat_period"].schema.items() if not rows or name in rows[0]}
        return write_snapshot(
            {"vat_period": pl.DataFrame(rows, schema=schema)},
            tmp_path,
            source="api",
            created_at=datetime(2026, 11, 22, tzinfo=UTC),
            code_version="1",
            raw="raw",
        )

    return make


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, "2026-Q3"),
        ({"q2": "closed", "q3": "open"}, "2026-Q3"),
        ({"q2": "open", "q3": "open"}, "2026-Q3"),
        ({"q3": "closed"}, "2026-Q4"),
        ({"q3": "closed_with_message", "q4": "open"}, "2026-Q4"),
        ({"q3": "closed", "q4": "closed"}, "2027-Q1"),
    ],
)
def test_the_period_to_file(snapshot_with: Callable[..., Snapshot], status: dict[str, str], expected: str) -> None:
    period = period_to_file(snapshot_with(**status), date(2026, 11, 22), Rhythm.QUARTER)
    assert period.id == expected


def test_periods_of_another_rhythm_close_nothing(snapshot_with: Callable[..., Snapshot]) -> None:
    """After a change of rhythm bexio's old periods do not match those of the settings."""
    assert period_to_file(snapshot_with(q3="closed"), date(2026, 11, 22), Rhythm.MONTH).id == "2026-10"
