"""The return as a file, from the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bexio_analytics.cli import main
from bexio_analytics.cli.fetching import DEMO

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture
def data(demo_data: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_data / DEMO, tmp_path / DEMO)
    return tmp_path


def test_a_clean_quarter_is_written_checked_and_kept(run: Run, data: Path) -> None:
    file = data / "q2.xml"
    code, out, _ = run("vat", DEMO, "--period", "2026-Q2", "--data", data, "--xml", file)
    assert code == 0
    assert "Written" in out
    code, out, _ = run("vat", "--check", file)
    assert (code, "keeps every rule" in out) == (0, True)
    code, out, _ = run("vat", DEMO, "--data", data, "--filed", file)
    assert (code, "2026-Q2" in out) == (0, True)
    (kept,) = (data / DEMO / "returns").glob("2026-Q2-first-*.xml")
    assert kept.read_bytes() == file.read_bytes()


def test_a_file_that_breaks_rules_is_told_so_and_not_written(run: Run, data: Path) -> None:
    """The planted sale on a code that reaches 200 but no rate line breaks the form."""
    file = data / "q3.xml"
    code, _, err = run("vat", DEMO, "--period", "2026-Q3", "--data", data, "--xml", file)
    assert code == 1
    assert "MWST-0005" in err
    assert not file.exists()


def test_anybodys_file_is_checked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "wrong.xml"
    file.write_text("<VATDeclaration/>")
    code, out, _ = run("vat", "--check", file, "--json")
    assert code == 1
    assert json.loads(out)[0]["rule"] == "MWST-0001"
    assert run("vat", "--check", tmp_path / "missing.xml")[0] == 2
    assert run("vat")[0] == 2
