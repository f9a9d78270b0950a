"""Running a command as a shell would."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bexio_analytics.cli import main

Run = Callable[..., tuple[int, str, str]]
"""Runs a command with these arguments; gives its exit code, what it printed, and what it said on the side."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, until it ends."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run
