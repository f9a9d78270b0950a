"""The command line as a user and a cron job meet it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.simulator import create_app, serve
from bexio_analytics.simulator.company import build_company
from tests.cli.conftest import Run

JOURNAL = """\
Datum;Referenz;Soll;Haben;Beschreibung;Betrag;Buchungswährung;Umrechnungsfaktor;Betrag in Basiswährung;\
Währung in Basiswährung;MWST
15.07.2026;RE-1;1100 - Debitoren;2200 - Umsatzsteuer;Beratung;81.00;CHF;1;81.00;CHF;UN81 (8.10%)
15.07.2026;RE-1;1100 - Debitoren;3400 - Dienstleistungen;Beratung;1000.00;CHF;1;1000.00;CHF;UN81 (8.10%)
20.08.2026;ZE-2;1020 - Bank;3400 - Dienstleistungen;Vermittlung;500.00;CHF;1;500.00;CHF;
02.09.2026;KR-3;6500 - Büromaterial;2000 - Kreditoren;Papier;100.00;CHF;1;100.00;CHF;VB81 (8.10%)
02.09.2026;KR-3;1171 - Vorsteuer;2000 - Kreditoren;Papier;8.10;CHF;1;8.10;CHF;VB81 (8.10%)
"""


@pytest.fixture
def imported(tmp_path: Path, run: Run) -> Path:
    """A data folder with the mandate ``papier`` from a journal of five lines."""
    file = tmp_path / "journal.csv"
    file.write_text(JOURNAL, encoding="cp1252")
    code, out, _ = run("import", "papier", file, "--data", tmp_path / "data")
    assert code == 0
    assert "5 journal lines" in out
    return tmp_path / "data"


def read(text: str) -> Any:  # noqa: ANN401 - whatever the command printed
    return json.loads(text)


def test_vat_as_json_has_every_box_as_decimal_string(run: Run, imported: Path) -> None:
    code, out, _ = run("vat", "papier", "--period", "2026-Q3", "--data", imported, "--json")
    found = read(out)
    assert code == 0
    assert found["mandate"] == "papier"
    assert found["period"] == {"id": "2026-Q3", "from": "2026-07-01", "till": "2026-09-30"}
    assert (found["method"], found["basis"]) == ("effective", "agreed")
    assert (found["ziffern"]["200"], found["ziffern"]["303"], found["tax"]["303"]) == ("1000.00", "1000.00", "81.00")
    computed = {box: found["ziffern"][box] for box in ("289", "299", "399", "479", "500", "510")}
    assert computed == {"289": "0.00", "299": "1000.00", "399": "81.00", "479": "8.10", "500": "72.90", "510": "0.00"}
    assert found["payable"] == "72.90"
    assert found["evidence"]["303"] == {"export": "1000.00"}
    assert all(Decimal(row["other"]) == 0 for row in found["bridge"])
    assert [row["difference"] for row in found["turnover_bridge"]] == ["500.00"]


def test_review_as_json_has_the_documented_keys(run: Run, imported: Path) -> None:
    code, out, _ = run("review", "papier", "--period", "2026-Q3", "--data", imported, "--as-of", "2026-11-22", "--json")
    found = read(out)
    assert code == 0
    assert {"check", "outcome", "examined", "findings"} <= set(found["results"][0])
    (finding,) = (f for f in found["findings"] if f["check"] == "A01")
    assert set(finding) == {
        "id", "check", "severity", "confidence", "subject_id", "booking", "booked_on", "amount", "vat_effect", "ziffer",
        "text", "evidence",
    }  # fmt: skip
    assert (finding["severity"], finding["amount"], finding["vat_effect"]) == (1, "500.00", "37.47")
    assert finding["subject_id"].startswith("journal_line:")


def test_fail_on_turns_findings_into_an_exit_code(run: Run, imported: Path) -> None:
    base = ("review", "papier", "--period", "2026-Q3", "--data", imported)
    assert run(*base, "--fail-on", "1")[0] == 1
    assert run("review", "papier", "--period", "2026-Q2", "--data", imported, "--fail-on", "4")[0] == 0


def test_review_and_vat_for_a_person(run: Run, imported: Path) -> None:
    _, out, _ = run("review", "papier", "--period", "2026-Q3", "--data", imported)
    assert "A01" in out
    assert "blocks filing" in out
    _, out, _ = run("vat", "papier", "--period", "2026-Q3", "--data", imported)
    assert "72.90" in out
    assert "30.11.2026" in out


def test_a_person_reads_the_short_list_by_booking_and_as_much_more_as_asked(run: Run, demo_data: Path) -> None:
    base = ("review", DEMO, "--period", "2026-Q3", "--data", demo_data)
    told = read(run(*base, "--json")[1])
    codes = {finding["id"]: finding["check"] for finding in told["findings"]}
    cases = [list(dict.fromkeys(codes[each] for each in case["findings"])) for case in told["cases"]]
    places = re.compile(r"^ *(\d+) ((?:[A-Z]\d\d )+)", re.MULTILINE)

    def listed(*more: str) -> tuple[list[list[str]], str]:
        _, out, _ = run(*base, *more)
        found = places.findall(out)
        assert [int(place) for place, _ in found] == list(range(1, len(found) + 1))
        return [each.split() for _, each in found], out

    shown, out = listed()
    assert shown == cases[:50]
    beyond = sum(len(case["findings"]) for case in told["cases"][50:])
    assert beyond > 0
    assert f"{beyond} further findings are not shown, behind place 50: --top {len(cases)} shows all" in out
    assert "review.finding" in out
    shown, out = listed("--top", "3")
    assert shown == cases[:3]
    shown, out = listed("--top", str(len(cases)))
    assert shown == cases
    assert "not shown" not in out
    for finding in told["findings"]:
        assert finding["text"][:30] in out
    assert read(run(*base, "--top", "3", "--json")[1]) == told
    assert run(*base, "--top", "0")[0] == 2


def test_the_last_ended_period_is_the_default(run: Run, imported: Path) -> None:
    _, out, _ = run("vat", "papier", "--data", imported, "--as-of", "2026-10-01", "--json")
    assert read(out)["period"]["id"] == "2026-Q3"


def test_sql_answers_as_objects_and_reads_nothing_else(run: Run, imported: Path) -> None:
    query = "select booked_on, amount from journal_line order by booked_on, amount limit 1"
    code, out, _ = run("sql", "papier", query, "--data", imported, "--json")
    assert code == 0
    assert read(out) == [{"booked_on": "2026-07-15", "amount": "81.00"}]
    code, out, _ = run(
        "sql", "papier", "select count(*) as n from review.finding", "--period", "2026-Q3", "--data", imported, "--json"
    )
    assert read(out)[0]["n"] >= 2
    code, _, err = run("sql", "papier", "from read_csv('/etc/passwd')", "--data", imported)
    assert code == 2
    assert "cannot be run" in err
    assert run("sql", "papier", "drop table posting", "--data", imported)[0] == 2


def test_sql_has_a_form_for_every_value(run: Run, imported: Path) -> None:
    query = "select time '10:00' as t, 'ab'::blob as b, 'nan'::double as n, true as y, 1::hugeint as h, null as z"
    code, out, _ = run("sql", "papier", query, "--data", imported, "--json")
    assert code == 0
    (row,) = read(out)
    assert (row["t"], row["b"], row["n"], row["y"], row["z"]) == ("10:00:00", "6162", None, True, None)
    code, out, _ = run("sql", "papier", "select * from posting limit 1", "--data", imported)
    assert code == 0
    assert "row 1" in out
    for query in ("", "select interval 1 month as i"):
        assert run("sql", "papier", query, "--data", imported)[0] in {0, 2}
    assert read(run("sql", "papier", "from review.finding", "--data", imported, "--json")[1]) == []


def test_books_that_end_early_are_said_to(run: Run, imported: Path) -> None:
    _, _, err = run("vat", "papier", "--period", "2026-Q3", "--data", imported)
    assert "end on 02.09.2026" in err
    _, out, err = run("review", "papier", "--period", "1999-Q1", "--data", imported)
    assert "no bookings in 1999-Q1" in err
    assert "not applicable" in out


def test_what_is_written_is_for_the_user_alone(imported: Path) -> None:
    open_to_others = [path for path in imported.rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []


def test_status_names_period_deadline_and_assumptions(run: Run, imported: Path) -> None:
    _, out, _ = run("status", "--data", imported, "--as-of", "2026-11-22", "--json")
    (row,) = read(out)
    assert (row["period"], row["due_on"], row["days_left"], row["journal_lines"]) == ("2026-Q3", "2026-11-30", 8, 5)
    assert "method" in row["assumed"]
    _, out, _ = run("status", "--data", imported, "--as-of", "2026-11-22")
    assert "papier" in out
    _, out, _ = run("status", "--data", imported / "nothing")
    assert "bexio-analytics demo" in out


def test_checks_and_explain(run: Run) -> None:
    _, out, _ = run("checks", "--json")
    assert len(read(out)) >= 18
    _, out, _ = run("explain", "f05")
    assert "Why it matters" in out
    _, out, _ = run("explain", "F05", "--lang", "de")
    assert "Why it matters" not in out
    code, _, err = run("explain", "F55")
    assert code == 2
    assert "F5" in err or "F05" in err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("vat", "papier", "--period", "2026-Q9"), 2, "2026-Q3"),
        (("vat", "nobody", "--period", "2026-Q3"), 2, "nobody"),
        (("vat", "papier", "--as-of", "22.11.2026"), 2, "2026-11-22"),
        (("report",), 2, "--all"),
        (("nonsense",), 2, ""),
        (("import", "papier", "missing.csv"), 2, "missing.csv"),
        (("import", "Päpier AG", "missing.csv"), 2, "papier-ag"),
    ],
)
def test_mistakes_end_in_one_message(
    run: Run, imported: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    found, out, err = run(*arguments, "--data", imported) if arguments[0] != "nonsense" else run(*arguments)
    assert found == code
    assert says in out + err
    assert "Traceback" not in out + err


def test_pull_needs_a_token_that_bexio_accepts(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEXIO_TOKEN", raising=False)
    code, _, err = run("pull", "muster", "--data", tmp_path)
    assert code == 2
    assert "BEXIO_TOKEN" in err
    with serve(create_app({"right": build_company()})) as bexio:
        monkeypatch.setenv("BEXIO_TOKEN", "wrong-token-of-a-client")
        monkeypatch.setenv("BEXIO_API_URL", bexio.url)
        code, out, err = run("pull", "muster", "--data", tmp_path)
    assert code == 3
    assert "connect again" in err.lower()
    assert "Traceback" not in err
    assert "wrong-token-of-a-client" not in out + err


def test_the_demo_company_answers_every_command(run: Run, demo_data: Path) -> None:
    _, out, _ = run("status", "--data", demo_data, "--as-of", "2026-11-22", "--json")
    (row,) = read(out)
    assert (row["mandate"], row["source"], row["assumed"]) == (DEMO, "api", [])
    _, out, _ = run("vat", DEMO, "--period", "2026-Q3", "--data", demo_data, "--json")
    truth = build_company().truth["2026-Q3"]
    found = read(out)
    assert Decimal(found["payable"]) == truth.payable
    for box, (base, tax) in truth.ziffern.items():
        is_input = box in {"399", "400", "405", "410", "415", "420", "479"}
        assert Decimal(found["ziffern"][box]) == (tax if is_input else base), box
