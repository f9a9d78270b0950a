"""What a person at the terminal and a program behind it can rely on, whatever the command."""

from __future__ import annotations

import inspect
import json
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from bexio_analytics.cli import INTERRUPTED, app
from bexio_analytics.cli.fetching import DEMO, DEMO_TOKEN
from tests.cli.conftest import Run


def test_every_command_speaks_json() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert "as_json" in inspect.signature(command.callback).parameters, command.name


def test_every_command_explains_itself(run: Run) -> None:
    for command in app.registered_commands:
        code, out, _ = run(command.name, "--help")
        assert code == 0
        assert "--json" in out


def test_a_check_is_explained_to_a_program(run: Run) -> None:
    code, out, _ = run("explain", "F05", "--lang", "de", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["check"], told["severity"], told["confidence"]) == ("F05", 1, "likely")
    assert set(told["sections"]) == {"Why it matters", "False positives", "What to do"}
    assert "Steuercode" in told["title"]
    _, out, _ = run("explain", "F05", "--lang", "de")
    assert "1 Blockiert Einreichung · wahrscheinlich · posting" in out


def test_the_demo_tells_a_program_where_the_page_is(run: Run, tmp_path: Path) -> None:
    data, reports = tmp_path / "data", tmp_path / "reports"
    code, out, _ = run("demo", "--data", data, "--reports", reports, "--as-of", "2026-11-22", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["mandate"], told["period"]) == (DEMO, "2026-Q3")
    assert Path(told["report"]).is_file()
    assert isinstance(told["payable"], str)
    assert told["findings"] > 20


def test_a_review_says_how_far_the_books_reach(run: Run, demo_data: Path) -> None:
    code, out, err = run("review", DEMO, "--period", "2031-Q1", "--data", demo_data, "--json")
    assert code == 0
    assert "no bookings in 2031-Q1" in err
    assert date(2026, 9, 30) <= date.fromisoformat(json.loads(out)["books_end_on"]) < date(2031, 1, 1)


def test_a_page_of_an_empty_period_is_announced_as_one(run: Run, demo_data: Path, tmp_path: Path) -> None:
    arguments = ("report", DEMO, "--period", "2031-Q1", "--data", demo_data, "--reports", tmp_path, "--lang", "en")
    code, out, err = run(*arguments, "--as-of", "2031-05-01")
    assert code == 0
    assert "no bookings in 2031-Q1" in err
    assert "Not reviewed: the books have no bookings" in Path(out.strip()).read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_named_without_a_traceback(
    run: Run, demo_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    reports = tmp_path / "file" / "reports"
    code, _, err = run("report", DEMO, "--period", "2026-Q2", "--data", demo_data, "--reports", reports)
    assert code == 2
    assert str(reports) in err
    assert "Traceback" not in err


def test_ctrl_c_is_answered_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, demo_data: Path) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bexio_analytics.cli.reviewing.run_review", interrupt)
    code, _, err = run("review", DEMO, "--period", "2026-Q3", "--data", demo_data)
    assert code == INTERRUPTED
    assert err.strip() == "Interrupted. What was whole before is still in place."


def test_the_simulator_tells_its_address_and_ends_with_ctrl_c() -> None:
    command = [sys.executable, "-m", "bexio_analytics.cli", "simulate", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        guard = threading.Timer(120, process.kill)
        guard.start()
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        guard.cancel()
    assert told["api_url"].startswith("http://127.0.0.1:")
    assert told["token"] == DEMO_TOKEN
    assert (process.returncode, err.strip()) == (0, "Stopped.")
