"""Importing export files: a snapshot from files alone, merged with earlier imports."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from bexio_analytics.connector import RawManifest, sha256_of
from bexio_analytics.errors import ConfigurationError, ImportFileError
from bexio_analytics.mandate import Mandate, VatSettings
from bexio_analytics.snapshot import TABLES, Snapshot, verify_snapshot, write_snapshot
from bexio_analytics.snapshot import imports as imports_module
from bexio_analytics.snapshot.imports import ImportResult, import_exports

AT = datetime(2026, 11, 22, 10, 33, tzinfo=UTC)
HEADER = (
    "Id;Datum;Referenz;Soll;Haben;Beschreibung;Betrag;Buchungswährung;Umrechnungsfaktor;"
    "Betrag in Basiswährung;Währung in Basiswährung;MWST"
)
JANUARY = [
    "3;20.01.2026;RE-2;1100 - Debitoren;2200 - Umsatzsteuer;Beratung;81.00;CHF;1;81.00;CHF;UN81 (8.10%)",
    "2;20.01.2026;RE-2;1100 - Debitoren;3400 - Ertrag;Beratung;1000.00;CHF;1;1000.00;CHF;UN81 (8.10%)",
    "1;05.01.2026;KB-1;6500 - Büro;1020 - Bank;Papier;12.00;EUR;0.95;11.40;CHF;",
]
FEBRUARY = [
    "5;15.02.2026;KB-5;5830 - Spesen;1020 - Bank;Pauschale;50.00;CHF;1;50.00;CHF;XSP (0.00%)",
    "4;02.02.2026;KB-4;6000 - Raum;1020 - Bank;Miete;1500.00;CHF;1;1500.00;CHF;VB81 (8.10%)",
]

Import = Callable[..., ImportResult]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "beispiel"


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Import:
    """Imports rows of a journal, given as text, into one mandate."""

    def run(*rows: str, name: str = "journal.csv") -> ImportResult:
        path = tmp_path / name
        path.write_text("\n".join([HEADER, *rows]), encoding="cp1252")
        return import_exports(folder, [path], at=AT, code_version="1.2.3")

    return run


def _without_ids(rows: list[str]) -> list[str]:
    return [row.partition(";")[2] for row in rows]


def test_first_import_makes_settings_raw_files_and_snapshot(run: Import, folder: Path, tmp_path: Path) -> None:
    result = run(*JANUARY)
    assert result.created_mandate
    assert Mandate.load(folder).vat == VatSettings(assumed=("method", "basis", "rhythm", "business_year"))
    assert (result.replaced, result.added, result.changed, result.removed) == (None, 3, 0, 0)
    assert any("mandate.toml was written with assumptions" in note for note in result.notes)
    raw = folder / "raw" / "20261122T103300Z"
    manifest = RawManifest.load(raw)
    manifest.verify(raw)
    (file,) = manifest.files
    assert (manifest.source, manifest.code_version) == ("export", "1.2.3")
    assert (file.kind, file.encoding, file.rows) == ("journal", "cp1252", 3)
    assert (file.first_on, file.last_on) == (date(2026, 1, 5), date(2026, 1, 20))
    assert (raw / "journal.csv").read_bytes() == (tmp_path / "journal.csv").read_bytes()
    assert file.sha256 == sha256_of(tmp_path / "journal.csv")
    snapshot = Snapshot.latest(folder / "snapshots")
    verify_snapshot(snapshot)
    assert (snapshot.manifest.source, snapshot.manifest.raw) == ("export", "20261122T103300Z")
    assert snapshot.manifest.files == manifest.files
    assert sorted(path.name for path in folder.iterdir()) == ["mandate.toml", "raw", "snapshots"]


def test_journal_rows(run: Import) -> None:
    journal = run(*JANUARY).snapshot.frame("journal")
    rows = journal.select("id", "sequence", "date", "debit_account_id", "credit_account_id", "base_amount").rows()
    assert rows == [
        (1, 1, date(2026, 1, 5), 6500, 1020, Decimal("11.40")),
        (2, 2, date(2026, 1, 20), 1100, 3400, Decimal("1000.00")),
        (3, 3, date(2026, 1, 20), 1100, 2200, Decimal("81.00")),
    ]
    first = journal.row(0, named=True)
    assert (first["amount"], first["currency"], first["currency_factor"]) == (Decimal(12), "EUR", Decimal("0.95"))
    assert (first["reference"], first["export_tax_code"], first["export_tax_rate"]) == ("KB-1", None, None)
    assert journal["export_tax_rate"].to_list()[1:] == [Decimal("8.1"), Decimal("8.1")]


def test_accounts_take_number_name_and_type(run: Import) -> None:
    account = run(*JANUARY).snapshot.frame("account")
    assert account.select("id", "account_no", "name", "account_type").rows() == [
        (1020, "1020", "Bank", 3),
        (1100, "1100", "Debitoren", 3),
        (2200, "2200", "Umsatzsteuer", 4),
        (3400, "3400", "Ertrag", 1),
        (6500, "6500", "Büro", 2),
    ]


def test_account_type_of_the_settings_wins(run: Import, folder: Path) -> None:
    Mandate.create(folder, "Beispiel")
    with (folder / "mandate.toml").open("a", encoding="utf-8") as file:
        file.write('\n[accounts.6500]\naccount_type = "asset"\n')
    result = run(*JANUARY)
    assert not result.created_mandate
    assert result.snapshot.frame("account").filter(account_no="6500")["account_type"].to_list() == [3]


def test_standard_codes_get_their_meaning_and_their_account(run: Import) -> None:
    result = run(*FEBRUARY, *JANUARY)
    tax = result.snapshot.frame("tax").select("code", "digit", "type", "value", "account_id").rows()
    assert tax == [
        ("UN81", "303", "sales_tax", Decimal("8.1"), 2200),
        ("VB81", "405", "pre_tax_investment", Decimal("8.1"), 1171),
    ]
    accounts = result.snapshot.frame("account")["account_no"].to_list()
    assert "1171" in accounts


def test_generation_of_a_code_follows_the_booking(run: Import) -> None:
    row = "{};{};RE;1100 - Debitoren;3400 - Ertrag;Zimmer;1.00;CHF;1;1.00;CHF;US38 (3.80%)"
    tax = run(row.format(2, "05.01.2026"), row.format(1, "05.01.2016")).snapshot.frame("tax")
    assert tax.select("code", "digit").rows() == [("US38", "341"), ("US38", "343")]
    assert tax["id"].n_unique() == 2


def test_unknown_code_keeps_its_name_and_gets_no_row(run: Import, folder: Path) -> None:
    result = run(*FEBRUARY)
    assert "XSP" not in result.snapshot.frame("tax")["code"].to_list()
    assert result.snapshot.frame("journal")["export_tax_code"].to_list() == ["VB81", "XSP"]
    assert any("unknown tax codes reach no box of the return: XSP (1 lines)" in note for note in result.notes)
    with (folder / "mandate.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tax_codes.XSP]\nziffer = "000"\nkind = "pre_tax_investment"\nrate = 0\naccount_no = "1171"\n')
    again = run(*FEBRUARY)
    assert again.snapshot.frame("tax").select("code", "digit").rows() == [("VB81", "405"), ("XSP", "000")]
    assert not any("unknown" in note for note in again.notes)


def test_own_code_with_the_name_of_a_standard_code_replaces_it(run: Import, folder: Path) -> None:
    Mandate.create(folder, "Beispiel")
    with (folder / "mandate.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tax_codes.VB81]\nziffer = "400"\nkind = "pre_tax_material"\nrate = 8.1\naccount_no = "1170"\n')
    tax = run(FEBRUARY[1]).snapshot.frame("tax")
    assert tax.select("code", "digit", "account_id").rows() == [("VB81", "400", 1170)]


def test_currencies_company_and_business_years(run: Import, folder: Path) -> None:
    Mandate.create(folder, "Beispiel GmbH", uid="CHE-123.456.788", business_year_first_month=2)
    snapshot = run(*FEBRUARY, *JANUARY).snapshot
    assert snapshot.frame("currency").select("id", "name", "round_factor").rows() == [
        (1, "CHF", Decimal("0.05")),
        (2, "EUR", Decimal("0.01")),
    ]
    assert snapshot.frame("company").select("name", "mwst_nr").rows() == [("Beispiel GmbH", "CHE-123.456.788")]
    assert snapshot.frame("business_year").select("start", "end").rows() == [
        (date(2025, 2, 1), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2027, 1, 31)),
    ]


def test_longer_export_replaces_the_period_it_covers(run: Import) -> None:
    run(*JANUARY)
    changed = JANUARY[2].replace("Papier", "Papier und Toner")
    moved = JANUARY[1].replace("20.01.2026", "28.01.2026")
    new = FEBRUARY[0].replace("XSP (0.00%)", "")
    result = run(new, moved, changed)
    assert result.replaced == (date(2026, 1, 5), date(2026, 2, 15))
    assert (result.added, result.changed, result.removed) == (1, 2, 1)
    assert result.changes.select("change", "id").rows() == [
        ("changed", 1),
        ("removed", 3),
        ("changed", 2),
        ("added", 5),
    ]
    assert result.snapshot.frame("journal")["id"].to_list() == [1, 2, 5]
    assert not result.created_mandate


def test_lines_outside_the_new_period_stay(run: Import) -> None:
    run(*FEBRUARY, *JANUARY)
    result = run(FEBRUARY[1].replace("1500.00", "1600.00"))
    assert result.replaced == (date(2026, 2, 2), date(2026, 2, 2))
    assert (result.added, result.changed, result.removed) == (0, 1, 0)
    journal = result.snapshot.frame("journal")
    assert journal.select("id", "sequence").rows() == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]
    assert journal.filter(id=4)["base_amount"].to_list() == [Decimal("1600.00")]
    assert any(note.startswith("4 journal lines of earlier imports outside") for note in result.notes)
    names = dict(result.snapshot.frame("account").select("account_no", "name").iter_rows())
    assert (names["3400"], names["6500"]) == ("Ertrag", "Büro")


def test_following_period_is_added_without_replacing(run: Import) -> None:
    run(*JANUARY)
    result = run(*FEBRUARY)
    assert result.replaced is None
    assert (result.added, result.changed, result.removed) == (2, 0, 0)
    assert result.snapshot.frame("journal")["id"].to_list() == [1, 2, 3, 4, 5]


def test_line_moved_into_the_period_is_not_doubled(run: Import) -> None:
    run(*JANUARY)
    result = run(*FEBRUARY, JANUARY[2].replace("05.01.2026", "03.02.2026"))
    assert (result.added, result.changed, result.removed) == (2, 1, 0)
    assert result.snapshot.frame("journal")["id"].to_list() == [2, 3, 4, 1, 5]


def test_same_file_twice_changes_nothing(run: Import) -> None:
    one, other = run(*JANUARY), run(*JANUARY)
    assert (other.added, other.changed, other.removed) == (0, 0, 0)
    assert one.snapshot.frame("journal").equals(other.snapshot.frame("journal"))
    assert one.snapshot.id[-8:] == other.snapshot.id[-8:]
    assert other.snapshot.path == Snapshot.latest(other.snapshot.path.parent).path


def test_lost_name_is_taken_from_the_import_before(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "journal.csv"
    text = "\n".join([HEADER, *JANUARY])
    path.write_text(text, encoding="utf-8")
    import_exports(folder, [path], at=AT, code_version="1")
    path.write_text(text.replace("Büro", "B\ufffdro"), encoding="utf-8")
    snapshot = import_exports(folder, [path], at=AT, code_version="1").snapshot
    assert snapshot.frame("account").filter(account_no="6500")["name"].to_list() == ["Büro"]


def test_wrong_file_imports_nothing(run: Import, folder: Path) -> None:
    with pytest.raises(ImportFileError, match=r"journal\.csv, line 2, column Betrag"):
        run(JANUARY[0].replace("81.00;CHF;1;", "x;CHF;1;"))
    assert not folder.exists()
    run(*JANUARY)
    before = sorted(folder.rglob("*"))
    with pytest.raises(ImportFileError):
        run("x")
    assert sorted(folder.rglob("*")) == before


def test_failure_while_writing_leaves_nothing(run: Import, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(imports_module, "write_snapshot", fail)
    with pytest.raises(OSError, match="No space left"):
        run(*JANUARY)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_mandate_with_api_access_is_refused(run: Import, folder: Path) -> None:
    Mandate.create(folder, "Beispiel")
    write_snapshot({}, folder / "snapshots", source="api", created_at=AT, code_version="1", raw="x")
    with pytest.raises(ConfigurationError, match="pulled from bexio's API"):
        run(*JANUARY)


def test_wrong_settings_import_nothing(run: Import, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "mandate.toml").write_text("nmae = 'x'\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="nmae"):
        run(*JANUARY)
    assert [path.name for path in folder.iterdir()] == ["mandate.toml"]


def test_folder_name_is_verified_first(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the name of a mandate"):
        import_exports(tmp_path / "Müller AG", [], at=AT, code_version="1")


def test_files_of_one_name_are_both_kept(tmp_path: Path, folder: Path) -> None:
    paths = []
    for month, rows in (("01", JANUARY), ("02", FEBRUARY)):
        (tmp_path / month).mkdir()
        paths.append(tmp_path / month / "journal.csv")
        paths[-1].write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    result = import_exports(folder, paths, at=AT, code_version="1", name="Beispiel GmbH")
    assert result.mandate.name == "Beispiel GmbH"
    assert result.snapshot.frame("journal").height == 5
    assert [file.name for file in result.snapshot.manifest.files] == ["journal.csv", "2-journal.csv"]


SHEET = """Kontonummer;Datum;Referenz;Kontakt;Beschreibung;GK;GK Beschreibung;Code;Prozentsatz;Ziffer;Währung;Soll;Haben
1020;05.01.2026;KB-1;;Papier;6500;Büro;VB81;8.10%;400;CHF;;100.00
"""


def test_account_sheet_keeps_its_ziffer_and_says_where_it_differs(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "blatt.csv"
    path.write_text(SHEET, encoding="utf-8")
    result = import_exports(folder, [path], at=AT, code_version="1")
    (extra,) = result.snapshot.frame("journal")["extra"]
    assert json.loads(extra) == {"ziffer": "400"}
    assert "the account sheet prints Ziffer 400 for VB81, which stands for 405 here" in result.notes
    assert any("leave out 6500" in note for note in result.notes)


def test_partial_account_sheet_never_removes_lines(run: Import, tmp_path: Path, folder: Path) -> None:
    run(*JANUARY)
    before = sorted(folder.rglob("*"))
    path = tmp_path / "blatt.csv"
    path.write_text(SHEET, encoding="utf-8")
    with pytest.raises(ImportFileError, match="leave out accounts and would remove"):
        import_exports(folder, [path], at=AT, code_version="1")
    assert sorted(folder.rglob("*")) == before


@pytest.mark.shared
def test_recorded_journal_gives_equal_snapshots(shared_data: Path, tmp_path: Path) -> None:
    snapshots = {}
    for form in ("csv", "xlsx"):
        file = shared_data / "bexio-exports" / f"journal-format1-2022.{form}"
        snapshots[form] = import_exports(tmp_path / form, [file], at=AT, code_version="1", name="Beispiel").snapshot
    texts = {"journal": ("description", "reference"), "account": ("name",)}
    for name in TABLES:
        one, other = (snapshots[form].frame(name).drop(texts.get(name, ())) for form in ("csv", "xlsx"))
        assert one.equals(other), name
    journal = snapshots["csv"].frame("journal")
    assert journal.height == 219
    coded = journal.filter(pl.col("export_tax_code").is_not_null())
    is_tax = pl.col("credit_account_id") == 2200
    sums = coded.group_by("export_tax_code", is_tax.alias("is_tax")).agg(pl.col("base_amount").sum()).rows()
    assert sorted(sums) == [
        ("UN77", False, Decimal("28050.00")),
        ("UN77", True, Decimal("2159.85")),
        ("UN80", False, Decimal("18.00")),
        ("UR25", False, Decimal("49462.68")),
        ("UR25", True, Decimal("1236.57")),
    ]


@pytest.mark.shared
def test_recorded_spreadsheet_heals_the_texts_of_the_csv(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "bexio-exports"
    import_exports(tmp_path / "m", [folder / "journal-format1-2022.csv"], at=AT, code_version="1")
    result = import_exports(tmp_path / "m", [folder / "journal-format1-2022.xlsx"], at=AT, code_version="1")
    assert (result.added, result.removed) == (0, 0)
    assert result.changed == result.changes.height == 56
    assert result.replaced == (date(2022, 1, 1), date(2022, 8, 22))
