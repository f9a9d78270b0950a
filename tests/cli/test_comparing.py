"""``diff`` and ``verify`` as a user and a cron job meet them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer

from bexio_analytics import Mandate
from bexio_analytics.cli import comparing
from bexio_analytics.errors import ConfigurationError, SnapshotNotFoundError
from bexio_analytics.snapshot import TABLES, snapshot_folders, write_snapshot
from bexio_analytics.testing import frames_from_text

LEDGER = """
    2026-05-10  Beratung  1100 / 3400  1'081.00  invoice  UN81  contact=Kunde AG/CH  no=RE-1
    2026-07-20  Papier    6500 / 2000    108.10  bill     VB81
    2026-07-21  Gebühr    6900 / 1020     40.00  manual
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(comparing.diff)
    app.command()(comparing.verify)

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            app([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the mandate ``muster`` and two snapshots of it, the second one edited."""
    place = tmp_path_factory.mktemp("data")
    folder = place / "muster"
    Mandate.create(folder, "Muster AG", canton="ZH")
    made = frames_from_text(LEDGER)
    made["vat_period"] = TABLES["vat_period"].frame(
        [{"id": 1, "start": date(2026, 4, 1), "end": date(2026, 6, 30), "type": "quarter", "status": "closed"}]
    )
    at = datetime(2026, 10, 1, tzinfo=UTC)
    write_snapshot(made, folder / "snapshots", source="api", created_at=at, code_version="test", raw="none")
    journal = made["journal"]
    amount = pl.col("base_amount")
    made["journal"] = journal.filter(pl.col("description") != "Gebühr").with_columns(
        pl.when(amount == 1000).then(pl.lit(Decimal(2000))).when(amount == 81).then(pl.lit(Decimal(162)))
        .otherwise(amount).cast(journal.schema["base_amount"]).alias("base_amount"),
        pl.when(pl.col("description") == "Papier").then(pl.col("id") + 50).otherwise(pl.col("id")).alias("id"),
    )  # fmt: skip
    write_snapshot(
        made,
        folder / "snapshots",
        source="api",
        created_at=at + timedelta(days=1),
        code_version="test",
        raw="none",
    )
    return place


def test_diff_as_json_tells_old_and_new_and_the_effect(run: Run, data: Path) -> None:
    code, out, _ = run("diff", "muster", "--data", data, "--json")
    found: Any = json.loads(out)
    assert code == 0
    assert (found["before"][:8], found["after"][:8]) == ("20261001", "20261002")
    assert found["counts"]["journal_line"] == {"added": 0, "changed": 2, "deleted": 1, "renumbered": 2}
    changed = next(row for row in found["journal_line"] if row["fields"] and not row["is_vat_row"])
    assert changed["subject_id"] == f"journal_line:{changed['line_id']}"
    assert changed["fields"] == {"amount": {"before": "1000.00", "after": "2000.00"}}
    assert (changed["booked_on"], changed["amount"], changed["tax_code"]) == ("2026-05-10", "2000.00", "UN81")
    assert (changed["contact_name"], changed["document_no"]) == ("Kunde AG", "RE-1")
    assert (changed["is_filed"], changed["was_filed"], changed["touches_vat"]) == (True, True, True)
    renumbered = next(row for row in found["journal_line"] if row["change"] == "renumbered")
    assert renumbered["line_id"] - renumbered["line_id_before"] == 50
    (effect,) = found["vat_effect"]
    assert (effect["period"], effect["was_filed"]) == ("2026-Q2", True)
    assert effect["ziffern"]["303"] == {"before": "1000.00", "after": "2000.00", "change": "1000.00"}
    assert effect["tax"]["303"]["change"] == "81.00"
    assert effect["payable"] == {"before": "81.00", "after": "162.00", "change": "81.00"}


def test_diff_for_a_person(run: Run, data: Path) -> None:
    code, out, _ = run("diff", "muster", "20261001", "latest", "--data", data)
    assert code == 0
    assert "after filing" in out
    assert "1'000.00 → 2'000.00" in " ".join(out.split())
    assert "+81.00" in out
    assert out.index("Kunde AG") < out.index("Gebühr")
    _, out, _ = run("diff", "muster", "--data", data, "--rows", "1")
    assert "2 more: --rows 0 prints all" in out


def test_the_other_way_round_and_with_itself(run: Run, data: Path) -> None:
    _, out, _ = run("diff", "muster", "latest", "previous", "--data", data, "--json")
    found: Any = json.loads(out)
    assert found["counts"]["journal_line"]["added"] == 1
    assert found["vat_effect"][0]["payable"]["change"] == "-81.00"
    code, out, _ = run("diff", "muster", "latest", "latest", "--data", data)
    assert (code, out.splitlines()[0].split()[0]) == (0, "Nothing")


def test_periods_filed_elsewhere_are_named_by_the_caller(run: Run, data: Path) -> None:
    _, out, _ = run("diff", "muster", "--data", data, "--json", "--filed", "2026-Q3")
    gone = next(row for row in json.loads(out)["journal_line"] if row["change"] == "deleted")
    assert (gone["description"], gone["was_filed"], gone["touches_vat"]) == ("Gebühr", True, False)


def test_wrong_names_of_snapshots(data: Path) -> None:
    with pytest.raises(SnapshotNotFoundError) as missing:
        comparing.diff("muster", "2024", "latest", data=data)
    assert missing.value.exit_code == 3
    with pytest.raises(ConfigurationError, match="2 snapshots") as several:
        comparing.diff("muster", "2026", "latest", data=data)
    assert several.value.exit_code == 2


def test_verify_names_what_is_wrong_and_exits_with_3(run: Run, data: Path, tmp_path: Path) -> None:
    code, out, _ = run("verify", "muster", "--data", data)
    assert code == 0
    assert out.count("whole") == 2
    # a copy to damage
    copy = tmp_path / "muster"
    for path in sorted((data / "muster").rglob("*")):
        target = copy / path.relative_to(data / "muster")
        if path.is_dir():
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    old, new = snapshot_folders(copy / "snapshots")
    journal = old / "journal.parquet"
    held = bytearray(journal.read_bytes())
    held[len(held) // 2] ^= 1
    journal.write_bytes(held)
    (new / "contact.parquet").unlink()
    code, out, err = run("verify", "muster", "--data", tmp_path)
    assert code == 3
    assert out.count("altered") == 2
    assert "journal.parquet" in "".join(err.split())
    assert "contact.parquet" in "".join(err.split())
    code, out, _ = run("verify", "muster", "latest", "--data", tmp_path, "--json")
    (result,) = json.loads(out)["snapshots"]
    assert code == 3
    assert (result["snapshot"], result["whole"], result["raw_kept"]) == (new.name, False, False)
    assert "contact.parquet" in result["problems"][0]


def test_verify_reads_the_raw_answers_too(run: Run, tmp_path: Path) -> None:
    from bexio_analytics.snapshot.imports import import_exports  # noqa: PLC0415 - only here

    file = tmp_path / "journal.csv"
    file.write_text(
        "Datum;Referenz;Soll;Haben;Beschreibung;Betrag;Buchungswährung;Umrechnungsfaktor;Betrag in Basiswährung;"
        "Währung in Basiswährung;MWST\n"
        "20.08.2026;ZE-2;1020 - Bank;3400 - Dienstleistungen;Vermittlung;500.00;CHF;1;500.00;CHF;\n",
        encoding="cp1252",
    )
    data = tmp_path / "data"
    import_exports(data / "papier", [file], at=datetime(2026, 10, 1, tzinfo=UTC), code_version="test")
    assert run("verify", "papier", "--data", data)[0] == 0
    (kept,) = (data / "papier" / "raw").glob("*/journal.csv")
    kept.write_bytes(kept.read_bytes().replace(b"500.00", b"900.00"))
    code, _, err = run("verify", "papier", "--data", data)
    assert code == 3
    assert "journal.csv" in "".join(err.split())


def test_verify_without_snapshots(tmp_path: Path) -> None:
    Mandate.create(tmp_path / "leer", "Leer AG")
    with pytest.raises(SnapshotNotFoundError):
        comparing.verify("leer", data=tmp_path)
