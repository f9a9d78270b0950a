"""A pull becomes a snapshot: every field where it belongs, whole or not at all, equal bytes for equal answers."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from bexio_analytics.connector import RawManifest, RawResource, RawResponse
from bexio_analytics.errors import (
    SchemaChangedError,
    SnapshotAlteredError,
    SnapshotError,
    SnapshotIncompleteError,
    SnapshotNotFoundError,
)
from bexio_analytics.snapshot import TABLES, Snapshot, build_snapshot, snapshot_folders, verify_snapshot, write_snapshot
from bexio_analytics.snapshot.build import _conform
from bexio_analytics.snapshot.parsing import read_pages

Answers = dict[str, list[str]]
WritePull = Callable[..., Path]
Row = Callable[..., str]


@pytest.fixture
def build(tmp_path: Path, created_at: datetime) -> Callable[[Path], Snapshot]:
    def run(raw: Path) -> Snapshot:
        return build_snapshot(raw, tmp_path / "snapshots", created_at=created_at, code_version="0.1.0")

    return run


Build = Callable[[Path], Snapshot]


def rows(snapshot: Snapshot, table: str) -> list[dict[str, Any]]:
    return snapshot.frame(table).to_dicts()


def test_whole_pull(answers: Answers, write_pull: WritePull, build: Build) -> None:
    """Every resource arrives in its tables; nothing was unknown or rounded."""
    snapshot = build(write_pull(answers))
    verify_snapshot(snapshot)
    heights = {name: snapshot.frame(name).height for name in TABLES}
    assert heights.pop("journal") == 3
    assert heights.pop("invoice_position") == 3
    assert {name for name, height in heights.items() if not height} == {"quote"}
    assert snapshot.manifest.unknown_fields == {}
    assert snapshot.manifest.unavailable == {}
    assert all(not entry.rounded for entry in snapshot.manifest.tables.values())
    assert snapshot.manifest.raw == "20261005T080000Z"
    assert snapshot.manifest.source == "api"
    assert snapshot.manifest.resources["journal"].rows == 3
    assert snapshot.id.startswith("20261005T080000Z-")


def test_journal(answers: Answers, write_pull: WritePull, build: Build) -> None:
    """Swiss days of summer and winter, codes for currency ids, a running number across the pages."""
    first, second, third = rows(build(write_pull(answers)), "journal")
    assert (first["id"], first["sequence"], first["date"]) == (6168, 1, date(2026, 7, 1))
    assert (second["amount"], second["base_amount"]) == (Decimal("8.1"), Decimal("8.1"))
    assert third == {
        "id": 6170,
        "sequence": 3,
        "date": date(2026, 1, 31),
        "ref_class": None,
        "ref_id": None,
        "ref_uuid": None,
        "reference": None,
        "debit_account_id": 93,
        "credit_account_id": 95,
        "description": "Muster, RE-00001",
        "amount": Decimal(1000),
        "currency": "EUR",
        "currency_factor": Decimal("0.95123456"),
        "base_amount": Decimal("951.23"),
        "base_currency": "CHF",
        "export_tax_code": None,
        "export_tax_rate": None,
        "extra": None,
    }


def test_invoice_and_its_parts(answers: Answers, write_pull: WritePull, build: Build) -> None:
    """Details, not list rows; positions by kind and in order; taxes only where VAT was computed."""
    snapshot = build(write_pull(answers))
    first, second = rows(snapshot, "invoice")
    assert (first["total"], first["total_rounding_difference"]) == (Decimal("108.1"), Decimal("-0.02"))
    assert first["updated_at"] == datetime(2026, 7, 1, 13, 10, 52, tzinfo=UTC)
    assert second["id"] == 2
    text, custom, discount = rows(snapshot, "invoice_position")
    assert [(row["invoice_id"], row["position"], row["id"]) for row in (text, custom, discount)] == [
        (1, 1, 1),
        (1, 2, 1),
        (1, 3, 7),
    ]
    assert (text["tax_id"], text["position_total"]) == (None, None)
    assert (custom["tax_id"], custom["tax_value"], custom["account_id"]) == (14, Decimal("8.1"), 95)
    assert (discount["discount_total"], discount["value"]) == (Decimal(10), Decimal(10))
    assert rows(snapshot, "invoice_tax") == [
        {"invoice_id": 1, "percentage": Decimal("8.1"), "value": Decimal("8.1"), "extra": None}
    ]
    (payment,) = rows(snapshot, "invoice_payment")
    assert (payment["invoice_id"], payment["value"], payment["is_cash_discount"]) == (1, Decimal(50), False)


def test_purchases(answers: Answers, write_pull: WritePull, build: Build) -> None:
    """Bills and expenses with nested fields, lists as JSON, numbers and decimal texts alike."""
    snapshot = build(write_pull(answers))
    (bill,) = rows(snapshot, "bill")
    assert (bill["amount_man"], bill["country_code"], bill["item_net"]) == (Decimal("108.1"), "CH", False)
    assert bill["attachment_ids"] == '["e84b9fe2-0000-4000-8000-000000000001"]'
    (line,) = rows(snapshot, "bill_line")
    assert (line["bill_id"], line["position"], line["tax_calc"]) == (bill["id"], 1, Decimal("8.1"))
    (discount,) = rows(snapshot, "bill_discount")
    assert discount["amount"] == Decimal(5)
    (expense,) = rows(snapshot, "expense")
    assert (expense["amount"], expense["tax_calc"]) == (Decimal("12.5"), Decimal("0.94"))
    assert expense["attachment_ids"] == "[]"
    (payment,) = rows(snapshot, "outgoing_payment")
    assert (payment["bill_id"], payment["execution_date"]) == (bill["id"], date(2026, 8, 1))


def test_manual_entry_lines_know_their_entry(answers: Answers, write_pull: WritePull, build: Build) -> None:
    (line,) = rows(build(write_pull(answers)), "manual_entry_line")
    assert (line["manual_entry_id"], line["position"], line["id"]) == (1, 1, 6172)
    assert (line["tax_id"], line["amount"]) == (24, Decimal("108.1"))


def test_unknown_fields_are_kept_and_reported(answers: Answers, write_pull: WritePull, build: Build, row: Row) -> None:
    """A field that bexio adds is no reason to stop, and its digits stay."""
    extended = row(2, tax_id="14", vat='{"rate":8.10}')
    answers["journal"] = [f"[{row(1)},{extended}]"]
    snapshot = build(write_pull(answers))
    assert [held["extra"] for held in rows(snapshot, "journal")] == [None, '{"tax_id":14,"vat":{"rate":8.10}}']
    assert snapshot.manifest.unknown_fields == {"journal": ["tax_id", "vat"]}


def test_rounded_values_are_reported(answers: Answers, write_pull: WritePull, build: Build, row: Row) -> None:
    answers["journal"] = [f"[{row(1, base_currency_amount='81.00000000000001')}]"]
    snapshot = build(write_pull(answers))
    assert rows(snapshot, "journal")[0]["base_amount"] == Decimal("81.00")
    assert snapshot.manifest.tables["journal"].rounded == {"base_amount": 1}


def test_a_row_received_twice_counts_once(answers: Answers, write_pull: WritePull, build: Build, row: Row) -> None:
    """Pages may overlap; the running number does not count the repetition."""
    answers["journal"] = [f"[{row(1)},{row(2)}]", f"[{row(2)},{row(3)}]"]
    held = rows(build(write_pull(answers)), "journal")
    assert [(line["id"], line["sequence"]) for line in held] == [(1, 1), (2, 2), (3, 3)]


def test_a_row_that_changed_while_it_was_read(answers: Answers, write_pull: WritePull, build: Build, row: Row) -> None:
    answers["journal"] = [f"[{row(1)},{row(2)}]", f"[{row(2, amount='7')},{row(3)}]"]
    with pytest.raises(SnapshotIncompleteError, match=r"journal: row 2 was received twice.*line 2.*Pull again"):
        build(write_pull(answers))


def test_leading_rows_that_repeat_the_page_before_are_left_out(row: Row, created_at: datetime) -> None:
    response = RawResponse(path="/x", received_at=created_at, seam=1, body=msgspec.Raw(f"[{row(1)},{row(2)}]".encode()))
    (page,) = read_pages("journal", [response])
    assert [held["id"] for held in page.rows] == [2]


def test_answers_that_failed_hold_no_rows(created_at: datetime) -> None:
    refused = RawResponse(path="/x", status=404, received_at=created_at, body=msgspec.Raw(b'{"error_code":404}'))
    assert list(read_pages("invoice_detail", [refused])) == []


def test_equal_answers_give_equal_bytes(
    answers: Answers, write_pull: WritePull, tmp_path: Path, created_at: datetime
) -> None:
    """File by file, whenever and wherever it is built; the time is in the manifest only."""
    raw = write_pull(answers)
    first = build_snapshot(raw, tmp_path / "a", created_at=created_at, code_version="0.1.0")
    second = build_snapshot(raw, tmp_path / "b", created_at=created_at + timedelta(days=1), code_version="0.2.0")
    assert [table.sha256 for table in first.manifest.tables.values()] == [
        table.sha256 for table in second.manifest.tables.values()
    ]
    assert first.id.split("-")[1] == second.id.split("-")[1]
    assert first.path_of("journal").read_bytes() == second.path_of("journal").read_bytes()


def test_building_twice_in_the_same_second_gives_the_same_snapshot(
    answers: Answers, write_pull: WritePull, build: Build, tmp_path: Path
) -> None:
    raw = write_pull(answers)
    first = build(raw)
    before = (first.path / "manifest.json").stat().st_mtime_ns
    assert build(raw) == first
    assert (first.path / "manifest.json").stat().st_mtime_ns == before
    assert len(list((tmp_path / "snapshots").iterdir())) == 1


@pytest.mark.parametrize(
    ("resource", "old", "new", "message"),
    [
        (
            "journal",
            '"amount":8.1,',
            '"amount":"8.1",',
            r"journal: field amount should be number, found string, at row 2",
        ),
        ("journal", '"id":6169', '"id":"6169"', r"journal: field id should be integer, found string"),
        ("journal", '"debit_account_id":93,', "", r"journal: field debit_account_id should be integer, found nothing"),
        ("journal", '"ref_class":"KbInvoice",', "", r"field ref_class should be string, found nothing"),
        (
            "journal",
            "2026-07-01T00:00:00+02:00",
            "1. Juli",
            r"field date should be date string, found string that is not",
        ),
        ("journal", '"currency_id":1', '"currency_id":77', r"field currency_id .* not in the list of currencies"),
        ("tax", '"value":8.1', '"value":null', r"tax: field value should be number, found null"),
        ("account", '"fibu_account_group_id":41', '"account_group_id":41', r"fibu_account_group_id .* found nothing"),
        ("company", '"mwst_nr":null', '"mwst_nr":5', r"company: field mwst_nr should be string, found integer"),
        (
            "invoice_detail",
            '"tax_id":14,',
            "",
            r"invoice_position: field positions\[\].tax_id .* found nothing .* row 1",
        ),
        ("invoice_detail", '"positions":[]', '"positions":null', r"field positions should be array, found null"),
        ("invoice_detail", '"taxs":[]', '"taxs":[8.1]', r"field taxs should be array of objects, found number in it"),
        (
            "invoice_detail",
            '"total":"108.100000"',
            '"total":108.1',
            r"field total should be decimal string, found number",
        ),
        ("bill_detail", '"address":{', '"address":5,"x":{', r"bill: field address.country_code .* found integer"),
        ("expense_detail", '"attachment_ids":[],', "", r"expense: field attachment_ids should be array, found nothing"),
        ("manual_entry", '"date":"2026-07-05"', '"date":null', r"manual_entry: field date .* found null"),
    ],
)
def test_changed_schema_names_table_field_types_and_page(
    *, answers: Answers, write_pull: WritePull, build: Build, resource: str, old: str, new: str, message: str
) -> None:
    """The message leads to the place in the raw answers and shows no contents."""
    assert any(old in text for text in answers[resource])
    answers[resource] = [text.replace(old, new) for text in answers[resource]]
    with pytest.raises(SchemaChangedError, match=message) as caught:
        build(write_pull(answers))
    assert f"{resource}.jsonl.gz (/wire/{resource}?offset=" in str(caught.value)
    assert "Muster" not in str(caught.value)


def test_only_the_second_page_is_wrong(answers: Answers, write_pull: WritePull, build: Build, row: Row) -> None:
    answers["journal"] = [f"[{row(1)}]", f"[{row(2)},{row(3, amount='null')}]"]
    with pytest.raises(SchemaChangedError, match=r"found null, at row 2 \(id 3\) in line 2 of journal.jsonl.gz"):
        build(write_pull(answers))


@pytest.mark.parametrize("body", ['["AED"]', "[[1]]"])
def test_an_answer_without_rows_is_a_changed_schema(
    answers: Answers, write_pull: WritePull, build: Build, body: str
) -> None:
    answers["currency"] = [body]
    with pytest.raises(SchemaChangedError, match=r"currency: expected rows in line 1 of currency.jsonl.gz"):
        build(write_pull(answers))


def test_incomplete_resources_are_all_named_and_the_last_snapshot_stays(
    answers: Answers, write_pull: WritePull, build: Build, tmp_path: Path
) -> None:
    whole = build(write_pull(answers))
    del answers["tax"]
    states = {
        "journal": RawResource(complete=False, note="rows moved between two pages"),
        "contact": RawResource(complete=False, note=""),
    }
    with pytest.raises(
        SnapshotIncompleteError,
        match=r"Pull 20261006.*contact: no reason given; journal: rows moved between two pages; tax: was not read",
    ):
        build(write_pull(answers, states=states, name="20261006T080000Z"))
    assert Snapshot.latest(tmp_path / "snapshots") == whole
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == [whole.id]


def test_missing_details_are_named(answers: Answers, write_pull: WritePull, build: Build) -> None:
    answers["invoice"] = ["[" + ",".join(f'{{"id":{number}}}' for number in range(1, 15)) + "]"]
    answers["expense_detail"] = []
    with pytest.raises(
        SnapshotIncompleteError,
        match=r"expense_detail: 1 rows of expense have no detail: 71aa.*invoice_detail: 12 rows .*: 3, 4, .*12 …",
    ):
        build(write_pull(answers))


def test_a_list_row_without_id_is_a_changed_schema(answers: Answers, write_pull: WritePull, build: Build) -> None:
    answers["bill"] = ['{"data":[{"uuid":"x"}],"paging":{}}']
    with pytest.raises(SchemaChangedError, match=r"bill: field id .* row 1 in line 1 of bill.jsonl.gz"):
        build(write_pull(answers))


def test_a_refused_product_leaves_its_tables_empty(answers: Answers, write_pull: WritePull, build: Build) -> None:
    """A company without purchases is no incomplete pull; the manifest says why the tables are empty."""
    refused = RawResource(complete=False, unavailable=True, note="scope kb_bill_show is missing")
    names = ("bill", "bill_detail", "outgoing_payment")
    for name in names[1:]:
        del answers[name]
    assert answers["bill"], "what came before the refusal must not count"
    snapshot = build(write_pull(answers, states=dict.fromkeys(names, refused)))
    assert snapshot.frame("bill").is_empty()
    assert snapshot.manifest.unavailable == dict.fromkeys(names, "scope kb_bill_show is missing")


def test_without_the_journal_there_is_no_snapshot(answers: Answers, write_pull: WritePull, build: Build) -> None:
    del answers["journal"]
    refused = RawResource(complete=False, unavailable=True, note="scope accounting is missing")
    with pytest.raises(SnapshotIncompleteError, match=r"journal: bexio refuses it: scope accounting is missing"):
        build(write_pull(answers, states={"journal": refused}))


def test_listed_rows_whose_details_are_refused(answers: Answers, write_pull: WritePull, build: Build) -> None:
    del answers["bill_detail"]
    refused = RawResource(complete=False, unavailable=True, note="403")
    with pytest.raises(SnapshotIncompleteError, match=r"bill_detail: bexio lists rows of bill and refuses them: 403"):
        build(write_pull(answers, states={"bill_detail": refused}))


def test_an_interrupted_pull(answers: Answers, write_pull: WritePull, build: Build) -> None:
    raw = write_pull(answers)
    (raw / "manifest.json").unlink()
    with pytest.raises(SnapshotIncompleteError, match="interrupted"):
        build(raw)


def test_no_pull(build: Build, tmp_path: Path) -> None:
    with pytest.raises(SnapshotNotFoundError):
        build(tmp_path / "raw" / "nowhere")


def test_an_altered_raw_file(answers: Answers, write_pull: WritePull, build: Build) -> None:
    raw = write_pull(answers)
    path = raw / "journal.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b":8.1", b":9.9")))
    with pytest.raises(SnapshotAlteredError, match=r"journal\.jsonl\.gz"):
        build(raw)


def test_an_import_is_no_pull(tmp_path: Path, build: Build, created_at: datetime) -> None:
    RawManifest(source="export", started_at=created_at, finished_at=created_at, code_version="0.1.0").save(tmp_path)
    with pytest.raises(SnapshotError, match="import"):
        build(tmp_path)


def test_a_failure_while_writing_leaves_nothing(
    answers: Answers, write_pull: WritePull, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    raw = write_pull(answers)
    monkeypatch.setattr(pl.DataFrame, "write_parquet", full_disk)
    with pytest.raises(OSError, match="No space left"):
        build(raw)
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_import_frames_need_not_name_what_may_be_null(tmp_path: Path, created_at: datetime) -> None:
    """Order and optional columns are filled in; tables without a frame are written empty."""
    frame = TABLES["account"].frame(
        [{"id": 1020, "account_no": "1020", "name": "Bank", "account_type": 3, "is_active": True, "is_locked": False}]
    )
    given_columns = ["name", "id", "account_type", "account_no", "is_locked", "is_active"]
    snapshot = write_snapshot(
        {"account": frame.select(given_columns)},
        tmp_path,
        source="export",
        created_at=created_at,
        code_version="0.1.0",
        raw="20261005T080000Z",
    )
    verify_snapshot(snapshot)
    assert snapshot.frame("account").equals(frame)
    assert snapshot.frame("journal").is_empty()
    assert snapshot_folders(tmp_path) == [snapshot.path]


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("currency", lambda frame: frame.drop("name"), "column name should be String, found nothing"),
        ("currency", lambda frame: frame.with_columns(x=pl.lit(1)), "column x is not declared"),
        (
            "currency",
            lambda frame: frame.cast({"round_factor": pl.Float64}),
            r"round_factor should be Decimal.*Float64",
        ),
        ("currency", lambda frame: frame.with_columns(name=pl.lit(None, pl.String)), "column name holds 1 nulls"),
        ("nosuch", lambda frame: frame, "no table nosuch"),
    ],
)
def test_frames_that_are_not_as_declared(
    tmp_path: Path,
    created_at: datetime,
    table: str,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    message: str,
) -> None:
    frame = change(TABLES["currency"].frame([{"id": 1, "name": "CHF", "round_factor": Decimal("0.05")}]))
    with pytest.raises(SchemaChangedError, match=message):
        write_snapshot({table: frame}, tmp_path, source="export", created_at=created_at, code_version="0.1.0", raw="r")
    assert list(tmp_path.iterdir()) == []


def test_a_key_occurs_once(tmp_path: Path, created_at: datetime) -> None:
    row = {"id": 1, "name": "CHF", "round_factor": Decimal("0.05")}
    with pytest.raises(SnapshotError, match="currency: ids occur more than once"):
        write_snapshot(
            {"currency": TABLES["currency"].frame([row, row])},
            tmp_path,
            source="export",
            created_at=created_at,
            code_version="0.1.0",
            raw="r",
        )


def test_order_of_columns_is_restored() -> None:
    table = TABLES["country"]
    shuffled = table.frame([{"id": 1, "name": "Schweiz"}]).select(
        "extra", "name", "iso_3166_alpha2", "id", "name_short"
    )
    assert _conform(table, shuffled).columns == table.schema.names()
    assert replace(table, unread="region").known_fields - table.known_fields == {"region"}
