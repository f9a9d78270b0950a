"""Fixtures that every room of the tests may use."""

from __future__ import annotations

import os
import shutil
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
