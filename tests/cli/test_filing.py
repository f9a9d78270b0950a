"""The return as a file, from the command line."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from bexio_analytics.cli.fetching import DEMO
from tests.cli.conftest import Run


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
    _, out, _ = run("vat", DEMO, "--data", data, "--filed", file, "--json")
    assert json.loads(out)["period"] == "2026-Q2"


def test_a_file_that_breaks_rules_is_told_so_and_not_written(run: Run, data: Path) -> None:
    """The planted sale on a code that reaches 200 but no rate line breaks the form."""
    file = data / "q3.xml"
    code, _, err = run("vat", DEMO, "--period", "2026-Q3", "--data", data, "--xml", file)
    assert code == 1
    assert "MWST-0005" in err
    assert not file.exists()


@pytest.mark.shared
def test_the_official_schema_is_asked_as_well(run: Run, data: Path, tmp_path: Path, shared_data: Path) -> None:
    official = shared_data / "ech-0217" / "shim"
    file = data / "q2.xml"
    code, _, _ = run("vat", DEMO, "--period", "2026-Q2", "--data", data, "--xml", file, "--xsd", official)
    assert code == 0
    assert run("vat", "--check", file, "--xsd", official)[0] == 0
    file.write_text(file.read_text().replace("payableTax>", "payableTaxes>"))
    code, out, _ = run("vat", "--check", file, "--xsd", official)
    assert (code, "MWST-0001" in out) == (1, True)
    code, _, err = run("vat", "--check", file, "--xsd", tmp_path)
    assert (code, "must hold exactly one schema" in err) == (2, True)


def test_the_reconciliation_is_shown_and_given_to_programs(run: Run, data: Path) -> None:
    arguments = ("vat", DEMO, "--period", "2026-Q3", "--data", data)
    code, out, _ = run(*arguments)
    assert code == 0
    assert "Art. 128 para. 2 MWSTV" in out
    assert "Nachbelastung" in out  # the row behind the difference of 2200
    found = json.loads(run(*arguments, "--json")[1])
    told = found["reconciliation"]
    assert (told["turnover"]["remainder"], told["turnover"]["ziffer_200"]) == ("0.00", found["ziffern"]["200"])
    others = sum(Decimal(row["other"]) for row in told["accounts"] if row["account_no"] == "2200")
    causes = [row for row in told["account_causes"] if row["account_no"] == "2200"]
    assert sum(Decimal(row["amount"]) for row in causes) == others == Decimal("64.00")
    assert [line["difference"] for line in told["input_tax"]["lines"]] == ["0.00"] * 5
    assert (told["filed"], told["year"]) == (None, None)


def test_a_year_is_reconciled_with_what_was_filed(run: Run, data: Path) -> None:
    def filed(period: str, change: Callable[[str], str] = str) -> None:
        file = data / f"{period}.xml"
        assert run("vat", DEMO, "--period", period, "--data", data, "--xml", file)[0] == 0
        file.write_text(change(file.read_text()))
        assert run("vat", DEMO, "--data", data, "--filed", file)[0] == 0

    for quarter in ("2025-Q1", "2025-Q2", "2025-Q3"):
        filed(quarter)
    year = ("vat", DEMO, "--period", "2025", "--data", data)
    code, _, err = run(*year, "--xml", data / "year.xml", "--type", 3)
    assert (code, "nothing to reconcile" in err) == (2, True)

    def less(text: str) -> str:
        """As it was filed: consideration and tax owed 1000.00 and 81.00 lower."""
        for name, off in (("totalConsideration", "1000.00"), ("turnover", "1000.00"), ("payableTax", "81.00")):
            found = re.search(f"{name}>([-0-9.]+)<", text)
            assert found is not None
            text = text.replace(found[0], f"{name}>{Decimal(found[1]) - Decimal(off)}<", 1)
        return text

    filed("2025-Q4", less)
    code, _, err = run("vat", DEMO, "--period", "2025-Q4", "--data", data, "--xml", data / "q.xml", "--type", 3)
    assert (code, "of a year, not of 2025-Q4" in err) == (2, True)
    code, out, _ = run(*year, "--xml", data / "year.xml", "--type", 3)
    assert code == 0
    assert "To correct: CHF +81.00, in the return of 2026-Q2 (day 180 is 29.06.2026" in out
    text = (data / "year.xml").read_text()
    assert "<eCH-0217:typeOfSubmission>3<" in text
    assert "<eCH-0217:totalConsideration>1000.00<" in text
    assert "<eCH-0217:payableTax>81.00<" in text
    assert run("vat", "--check", data / "year.xml")[0] == 0
    found = json.loads(run(*year, "--json")[1])["reconciliation"]["year"]
    assert (found["payable_difference"], found["periods"][3]["comparison"]["difference"]) == ("81.00", "81.00")


def test_anybodys_file_is_checked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "wrong.xml"
    file.write_text("<VATDeclaration/>")
    code, out, _ = run("vat", "--check", file, "--json")
    assert code == 1
    assert json.loads(out)[0]["rule"] == "MWST-0001"
    assert run("vat", "--check", tmp_path / "missing.xml")[0] == 2
    assert run("vat")[0] == 2
