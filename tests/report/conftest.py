"""One rendered report of the invented company, shared by the tests that only look at it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.periods import VatPeriod
from bexio_analytics.report import render_report


@pytest.fixture(scope="session")
def report(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_report(
        demo_data / DEMO,
        VatPeriod.parse("2026-Q3"),
        out_dir=tmp_path_factory.mktemp("reports"),
        as_of=date(2026, 11, 22),
    )
