"""Fixtures that every room of the tests may use."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of recorded material beside the repository (API recordings, exports, VAT cases)."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("recorded material is not part of the repository and not beside it (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a headless Chromium; missing it skips on a user's machine and fails in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI must install chromium before the browser tests")
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    return path


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the invented company, pulled over HTTP once a session: ``demo_data / DEMO``."""
    from bexio_analytics.cli import fetching  # noqa: PLC0415 - only tests that need the company pay for it
    from bexio_analytics.connector import Connection, PullSettings  # noqa: PLC0415
    from bexio_analytics.simulator import WireSettings, create_app, serve  # noqa: PLC0415
    from bexio_analytics.simulator.company import build_company  # noqa: PLC0415
    from bexio_analytics.snapshot.pulls import pull_mandate  # noqa: PLC0415

    data = tmp_path_factory.mktemp("data")
    at = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    app = create_app({"demo": build_company()}, WireSettings(minute_seconds=fetching.DEMO_MINUTE))
    with serve(app) as bexio:
        asyncio.run(
            pull_mandate(
                data / fetching.DEMO,
                Connection(bexio.url, "demo"),
                started_at=at,
                clock=lambda: at,
                code_version="test",
                settings=PullSettings(minute=fetching.DEMO_MINUTE),
            )
        )
    return data
