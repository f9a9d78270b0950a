"""Checks of the house and the self-test on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bexio_analytics.checks import ALL
from bexio_analytics.review.self_test import KINDS
from tests.cli.conftest import Run

JOURNAL = """\
Datum;Referenz;Soll;Haben;Beschreibung;Betrag;Buchungswährung;Umrechnungsfaktor;Betrag in Basiswährung;\
Währung in Basiswährung;MWST
15.07.2026;RE-1;1100 - Debitoren;2200 - Umsatzsteuer;Beratung;81.00;CHF;1;81.00;CHF;UN81 (8.10%)
15.07.2026;RE-1;1100 - Debitoren;3400 - Dienstleistungen;Beratung;1000.00;CHF;1;1000.00;CHF;UN81 (8.10%)
02.08.2026;KR-3;6500 - Büromaterial;2000 - Kreditoren;Papier;100.00;CHF;1;100.00;CHF;VB81 (8.10%)
02.08.2026;KR-3;1171 - Vorsteuer;2000 - Kreditoren;Papier;8.10;CHF;1;8.10;CHF;VB81 (8.10%)
20.08.2026;BE-4;6641 - Bewirtung;1020 - Bank;Essen im Kreuz;340.00;CHF;1;340.00;CHF;
21.08.2026;BE-5;6641 - Bewirtung;1020 - Bank;Essen mit Frau Keller;340.00;CHF;1;340.00;CHF;
"""
PERIOD = ("--period", "2026-Q3", "--as-of", "2026-11-22")


@pytest.fixture
def data(tmp_path: Path, run: Run) -> Path:
    """A data folder with the mandate ``beiz``, from an export."""
    file = tmp_path / "journal.csv"
    file.write_text(JOURNAL, encoding="cp1252")
    assert run("import", "beiz", file, "--data", tmp_path / "data")[0] == 0
    return tmp_path / "data"


def read(text: str) -> Any:  # noqa: ANN401 - whatever the command printed
    return json.loads(text)


@pytest.mark.parametrize("option", [(), ("--python",)])
def test_a_new_check_runs_with_the_others(run: Run, data: Path, option: tuple[str, ...]) -> None:
    """Written, listed, explained, and asked in the review and before a query."""
    code, out, _ = run("checks", "beiz", "--new", "X01", *option, "--data", data, "--json")
    written = read(out)
    assert code == 0
    assert Path(written["check"]).name == ("x01.py" if option else "x01.sql")
    assert Path(written["test"]).is_file()
    listed = {each["check"]: each for each in read(run("checks", "beiz", "--data", data, "--json")[1])}
    assert set(listed) == {*ALL, "X01"}
    assert listed["X01"]["thresholds"]["min_amount"] == "200.00"
    assert "names of the guests" in run("explain", "x01", "beiz", "--data", data)[1]
    found = read(run("review", "beiz", *PERIOD, "--data", data, "--json")[1])
    (finding,) = (each for each in found["findings"] if each["check"] == "X01")
    assert finding["text"] == "CHF 340.00 on account 6641 without the name of a guest: Essen im Kreuz"
    query = "select count(*) as n from review.finding where check_code = 'X01'"
    assert read(run("sql", "beiz", query, *PERIOD, "--data", data, "--json")[1]) == [{"n": 1}]


def test_settings_of_the_mandate_apply_to_its_own_checks(run: Run, data: Path) -> None:
    run("checks", "beiz", "--new", "X01", "--data", data)
    settings = data / "beiz" / "mandate.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[checks.X01]\nmin_amount = 500\n", encoding="utf-8")
    found = read(run("review", "beiz", *PERIOD, "--data", data, "--json")[1])
    (result,) = (each for each in found["results"] if each["check"] == "X01")
    assert (result["outcome"], result["findings"]) == ("clean", 0)


def test_a_file_that_cannot_be_loaded_stops_the_command(run: Run, data: Path) -> None:
    """With the file and the line, and exit code 2: a missing check would look like clean books."""
    _, out, _ = run("checks", "beiz", "--new", "X01", "--data", data, "--json")
    path = Path(read(out)["check"])
    path.write_text(path.read_text("utf-8").replace("from   posting", "from   snapshot.journal"), encoding="utf-8")
    code, _, err = run("review", "beiz", *PERIOD, "--data", data)
    line = path.read_text("utf-8").splitlines().index("from   snapshot.journal") + 1
    assert code == 2
    assert f"{path}, line {line}: snapshot.journal is no view" in err


def test_a_check_of_the_house_belongs_to_a_mandate(run: Run, data: Path) -> None:
    assert run("checks", "--new", "X01", "--data", data)[0] == 2
    assert run("checks", "nobody", "--new", "X01", "--data", data)[0] == 2
    code, _, err = run("explain", "X01", "--data", data)
    assert code == 2
    assert "explain X01 MANDATE" in err
    assert "X01" not in run("checks")[1]


def test_self_test_as_json(run: Run, data: Path) -> None:
    """Stable keys for programs; books from an export have material too, and the folder stays as it is."""
    before = {path: path.read_bytes() for path in sorted((data / "beiz").rglob("*")) if path.is_file()}
    arguments = ("review", "beiz", *PERIOD, "--data", data, "--self-test", "--budget", "20", "--seed", "7")
    code, out, _ = run(*arguments, "--json")
    found = read(out)
    assert code == 0
    assert {path: path.read_bytes() for path in sorted((data / "beiz").rglob("*")) if path.is_file()} == before
    assert set(found) == {
        "mandate", "period", "as_of", "budget", "seed", "trials", "own_findings", "failed", "planted", "found",
        "within_budget", "kinds",
    }  # fmt: skip
    assert (found["period"], found["budget"], found["seed"], found["failed"]) == ("2026-Q3", 20, 7, {})
    kinds = {each["kind"]: each for each in found["kinds"]}
    assert list(kinds) == [kind.name for kind in KINDS]
    dropped = kinds["sale_without_code"]
    assert set(dropped) == {"kind", "title", "planted", "found", "within_budget", "checks", "trials"}
    # one sale and one purchase: every round they go to other kinds
    assert dropped["planted"] > 0
    assert dropped["checks"] == {"A01": dropped["planted"]}
    assert set(dropped["trials"][-1]) == {"trial", "planted", "check", "rank", "text", "also"}
    assert kinds["vat_account_by_hand"]["found"] == 5
    assert kinds["acquisition_tax_forgotten"]["planted"] == 0
    assert found["planted"] == sum(each["planted"] for each in kinds.values())


def test_self_test_for_a_person(run: Run, data: Path) -> None:
    """What was found and by which check, what was not, and where there was no material."""
    code, out, _ = run("review", "beiz", *PERIOD, "--data", data, "--self-test")
    assert code == 0
    lines = out.splitlines()
    assert any("Code dropped from turnover" in line and "A01" in line for line in lines)
    assert any("Till overdrawn" in line and "no material" in line for line in lines)
    assert "planted errors are among the first 50 findings" in out
