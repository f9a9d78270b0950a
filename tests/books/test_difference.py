"""What differs between two snapshots, told as an accountant would."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bexio_analytics import Books, Mandate, VatPeriod
from bexio_analytics.books import FILE_NAME
from bexio_analytics.books.difference import Difference, difference
from bexio_analytics.books.pairing import pair
from bexio_analytics.snapshot import TABLES, Snapshot, write_snapshot
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests

Frames = dict[str, pl.DataFrame]

LEDGER = """
    2026-05-10  Beratung April  1100 / 3400    1'081.00  invoice  UN81  contact=Kunde AG/CH  no=RE-1
    2026-05-20  Papier          6500 / 2000      108.10  bill     VB81  contact=Papeterie/CH
    2026-05-31  Zins            6900 / 1020       12.00  manual
    2026-07-01  Miete           6000 / 2000      500.00  bill
    2026-07-03  Gebühr          6900 / 1020        5.00  manual
    2026-07-03  Gebühr          6900 / 1020        5.00  manual
    2026-07-10  Beratung Juli   1100 / 3400    2'162.00  invoice  UN81  contact=Kunde AG/CH  no=RE-2
    2026-07-12  Material        4200 / 2000      216.20  bill     VM81  contact=Lieferant/CH
    2026-07-20  Falsch          6500 / 1020       40.00  manual
"""
FILED_Q2 = [
    {"id": 1, "start": date(2026, 4, 1), "end": date(2026, 6, 30), "type": "quarter", "status": "closed_with_message",
     "closed_at": date(2026, 8, 20)},
    {"id": 2, "start": date(2026, 7, 1), "end": date(2026, 9, 30), "type": "quarter", "status": "open"},
]  # fmt: skip


def frames() -> Frames:
    made = frames_from_text(LEDGER)
    made["vat_period"] = TABLES["vat_period"].frame(FILED_Q2)
    return made


def opened(made: Frames) -> Books:
    return Books.from_frames(made, mandate_for_tests())


def put(made: Frames, table: str, where: pl.Expr, **values: object) -> None:
    """Change the rows of a snapshot table that a condition names; at least one must be."""
    frame = made[table]
    assert frame.filter(where).height > 0
    made[table] = frame.with_columns(
        pl.when(where)
        .then(value if isinstance(value, pl.Expr) else pl.lit(value))
        .otherwise(pl.col(name))
        .cast(frame.schema[name])
        .alias(name)
        for name, value in values.items()
    )


def drop(made: Frames, table: str, where: pl.Expr) -> None:
    assert made[table].filter(where).height > 0
    made[table] = made[table].filter(~where)


def text_is(text: str) -> pl.Expr:
    return pl.col("description") == text


def compared(edit: Callable[[Frames], None], start: Callable[[], Frames] = frames) -> Difference:
    before, after = start(), start()
    edit(after)
    with opened(before) as old, opened(after) as new:
        return difference(old, new)


def told(found: Difference, table: str = "journal_line") -> Counter[tuple[str, tuple[str, ...]]]:
    return Counter((row["change"], tuple(row["fields"])) for row in found.frames[table].iter_rows(named=True))


@pytest.fixture(scope="module")
def edited() -> Difference:
    """One of everything, at once."""

    def edit(made: Frames) -> None:
        # filed: an amount, and a text only
        put(made, "journal", text_is("Beratung April") & (pl.col("base_amount") == 1000), base_amount=Decimal(900))
        put(made, "invoice", pl.col("document_nr") == "RE-1", total_net=Decimal(900), total=Decimal(981))
        put(made, "journal", text_is("Papier"), description="Papier A4")
        # booked again under other ids
        put(made, "journal", text_is("Beratung Juli"), id=pl.col("id") + 500)
        # another code
        put(made, "bill_line", pl.col("title") == "Material", tax_id=tax_id("VB81"))
        # one of two alike goes
        twin = made["journal"].filter(text_is("Gebühr"))["id"].max()
        drop(made, "journal", pl.col("id") == twin)
        drop(made, "manual_entry_line", pl.col("id") == twin)
        # moved out of the filed period, deleted, added
        put(made, "journal", text_is("Zins"), date=date(2026, 7, 2))
        drop(made, "journal", text_is("Falsch"))
        late = made["journal"].filter(text_is("Miete")).with_columns(
            pl.lit(9000, pl.Int64).alias("id"), pl.lit("Nachtrag").alias("description"),
            pl.lit(date(2026, 6, 30)).alias("date"), pl.lit(None, pl.String).alias("ref_class"),
            pl.lit(None, pl.String).alias("ref_uuid"),
        )  # fmt: skip
        made["journal"] = pl.concat([made["journal"], late])
        # master data
        put(made, "contact", pl.col("name_1") == "Kunde AG", name_1="Kunde Neu AG")
        put(made, "account", pl.col("account_no") == "6000", account_no="6010")
        put(made, "tax", pl.col("code") == "UN81", code="UX81")
        put(made, "vat_period", pl.col("id") == 2, status="closed", closed_at=date(2026, 11, 1))

    return compared(edit)


def tax_id(code: str) -> int:
    return int(frames_from_text("")["tax"].filter(pl.col("code") == code)["id"].max())  # type: ignore[arg-type]


def line(found: Difference, text: str) -> dict[str, object]:
    rows = found.journal_line.filter(pl.col("description") == text)
    assert rows.height == 1, rows
    return rows.row(0, named=True)


def test_nothing_differs_from_itself() -> None:
    found = compared(lambda _: None)
    assert found.is_empty
    assert set(found.counts) == {"journal_line", "document", "contact", "account", "tax_code", "vat_period"}
    assert all(count == 0 for counted in found.counts.values() for count in counted.values())


def test_every_row_that_differs_is_told_once(edited: Difference) -> None:
    assert told(edited) == Counter(
        {
            ("changed", ("amount",)): 1,
            ("changed", ("description",)): 2,
            ("changed", ("booked_on",)): 1,
            ("changed", ("tax_code",)): 2,
            ("renumbered", ()): 2,
            ("deleted", ()): 2,
            ("added", ()): 1,
        }
    )


def test_a_changed_amount_has_both_values_and_is_marked_as_after_filing(edited: Difference) -> None:
    row = line(edited, "Beratung April")
    assert (row["amount_before"], row["amount"]) == (Decimal("1000.00"), Decimal("900.00"))
    assert (row["document_no"], row["contact_name"], row["contact_name_before"]) == ("RE-1", "Kunde Neu AG", "Kunde AG")
    assert (row["period_id"], row["is_filed"], row["was_filed"], row["touches_vat"]) == ("2026-Q2", True, True, True)


def test_a_changed_text_in_a_filed_period_touches_no_return(edited: Difference) -> None:
    rows = edited.journal_line.filter(pl.col("description") == "Papier A4")
    assert rows["was_filed"].all()
    assert not rows["touches_vat"].any()


def test_renumbered_rows_keep_both_ids(edited: Difference) -> None:
    rows = edited.journal_line.filter(pl.col("change") == "renumbered")
    assert (rows["line_id"] - rows["line_id_before"]).to_list() == [500, 500]
    assert not rows["touches_vat"].any()


def test_a_period_closed_meanwhile_is_filed_but_was_not(edited: Difference) -> None:
    row = edited.journal_line.filter(pl.col("fields").list.contains("tax_code")).row(0, named=True)
    assert (row["is_filed"], row["was_filed"], row["touches_vat"]) == (True, False, True)
    assert (row["tax_code_before"], row["tax_code"]) == ("VM81", "VB81")


def test_a_row_moved_out_of_a_filed_period_was_in_it(edited: Difference) -> None:
    row = line(edited, "Zins")
    assert (row["period_id_before"], row["period_id"], row["was_filed"]) == ("2026-Q2", "2026-Q3", True)
    assert row["touches_vat"] is False


def test_deleted_rows_show_what_was_and_added_ones_nothing_before(edited: Difference) -> None:
    row = line(edited, "Falsch")
    assert (row["change"], row["amount"], row["amount_before"]) == ("deleted", Decimal("40.00"), Decimal("40.00"))
    row = line(edited, "Nachtrag")
    assert (row["change"], row["amount"], row["amount_before"], row["was_filed"]) == (
        "added", Decimal("500.00"), None, True,
    )  # fmt: skip
    assert line(edited, "Gebühr")["change"] == "deleted"


def test_documents_show_amounts_and_codes(edited: Difference) -> None:
    changed = {row["kind"]: row for row in edited.document.filter(pl.col("change") == "changed").iter_rows(named=True)}
    assert (changed["invoice"]["fields"], changed["invoice"]["was_filed"]) == (["net", "gross"], True)
    assert (changed["invoice"]["gross_before"], changed["invoice"]["gross"]) == (Decimal("1081.00"), Decimal("981.00"))
    assert changed["bill"]["fields"] == ["tax_codes"]
    assert (changed["bill"]["tax_codes_before"], changed["bill"]["tax_codes"]) == ("VM81", "VB81")
    assert set(changed) == {"invoice", "bill"}
    gone = edited.document.filter(pl.col("change") == "deleted")
    assert gone["kind"].to_list() == ["manual_entry"]


def test_master_data_is_told_once_and_not_again_with_every_line(edited: Difference) -> None:
    assert told(edited, "contact") == Counter({("changed", ("name",)): 1})
    assert told(edited, "account") == Counter({("changed", ("account_no",)): 1})
    assert {fields for _, fields in told(edited, "tax_code")} == {("code",)}
    assert told(edited, "vat_period") == Counter({("changed", ("status", "closed_on")): 1})
    assert edited.journal_line.filter(pl.col("description") == "Miete").is_empty()


def test_ids_shifted_by_one_are_no_changes() -> None:
    def shift(made: Frames) -> None:
        made["journal"] = made["journal"].with_columns(pl.col("id") + 1)
        made["manual_entry_line"] = made["manual_entry_line"].with_columns(pl.col("id") + 1)

    found = compared(shift)
    assert set(told(found)) == {("renumbered", ())}
    assert found.journal_line.height == frames()["journal"].height - 1  # one of the two alike stands where one stood
    assert found.document.is_empty()


def test_a_document_booked_again_with_other_amounts_is_one_change() -> None:
    def issue_again(made: Frames) -> None:
        july = text_is("Beratung Juli")
        put(made, "journal", july & (pl.col("base_amount") == 2000), base_amount=Decimal(3000), amount=Decimal(3000))
        put(made, "journal", july & (pl.col("base_amount") == 162), base_amount=Decimal(243), amount=Decimal(243))
        put(made, "journal", july, id=pl.col("id") + 700)

    found = compared(issue_again)
    assert told(found) == Counter({("changed", ("amount",)): 2})
    assert sorted(found.journal_line["amount"]) == [Decimal(243), Decimal(3000)]
    assert (found.journal_line["line_id"] != found.journal_line["line_id_before"]).all()


def test_a_payment_set_off_against_another_invoice_names_both() -> None:
    ledger = LEDGER + "    2026-07-25  Zahlung  1020 / 1100  1'081.00  payment  no=RE-1\n"

    def start() -> Frames:
        made = frames_from_text(ledger)
        made["invoice_payment"] = TABLES["invoice_payment"].frame(
            [{"id": 77, "invoice_id": 1, "date": date(2026, 7, 25), "value": Decimal(1081)}]
        )
        put(made, "journal", text_is("Zahlung"), ref_class="KbClientAccountEntry", ref_id=77)
        return made

    found = compared(lambda made: put(made, "invoice_payment", pl.col("id") == 77, invoice_id=2), start)
    row = line(found, "Zahlung")
    assert row["fields"] == ["document_no"]
    assert (row["document_no_before"], row["document_no"]) == ("RE-1", "RE-2")


def test_an_export_has_no_ids_and_pairs_by_reference() -> None:
    ledger = """
        2026-07-15  Beratung   1100 / 3400  1'081.00  export  UN81  no=RE-1
        2026-08-20  Vermittlung  1020 / 3400  500.00  export  no=ZE-2
    """
    before = frames_from_text(ledger)
    after = frames_from_text(ledger)
    put(after, "journal", pl.col("base_amount") == 1000, id=4711, base_amount=Decimal(2000), amount=Decimal(2000))
    put(after, "journal", text_is("Vermittlung"), id=4712, export_tax_code="UN81")
    mandate = mandate_for_tests()
    with (
        Books.from_frames(before, mandate, source="export") as old,
        Books.from_frames(after, mandate, source="export") as new,
    ):
        found = difference(old, new)
        assert not found.journal_line["is_filed"].any()
        told_so = difference(old, new, filed=[VatPeriod.parse("2026-Q3")])
    assert told(found) == Counter({("changed", ("amount",)): 1, ("changed", ("tax_code",)): 1})
    assert told_so.journal_line["was_filed"].all()


def test_empty_books_against_full_ones() -> None:
    with books_from_text("") as empty, opened(frames()) as full:
        found = difference(empty, full)
        assert set(found.journal_line["change"]) == {"added"}
        assert found.journal_line.height == full.count("journal_line")
        back = difference(full, empty)
        assert back.counts["journal_line"]["deleted"] == full.count("journal_line")


ROWS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 3), st.sampled_from(["a", "b", None])), max_size=12)


@settings(max_examples=150, deadline=None)
@given(before=ROWS, after=ROWS)
def test_no_row_is_paired_twice_and_equal_contents_always_are(
    before: list[tuple[int, int, str | None]], after: list[tuple[int, int, str | None]]
) -> None:
    schema = {"id": pl.Int64(), "amount": pl.Int64(), "text": pl.String()}
    old, new = (
        pl.DataFrame(list({row[0]: row for row in rows}.values()), schema=schema, orient="row")
        for rows in (before, after)
    )
    pairs = pair(old, new, [("id", "amount", "text"), ("amount", "text"), ("id",), ("text",)])
    assert pairs["row_before"].is_unique().all()
    assert pairs["row"].is_unique().all()
    left, right = (Counter(frame.select("amount", "text").iter_rows()) for frame in (old, new))
    same = sum(old.row(one)[1:] == new.row(other)[1:] for one, other in pairs.select("row_before", "row").iter_rows())
    assert same == (left & right).total()
    unpaired_ids = set(old["id"]) - {old["id"][one] for one in pairs["row_before"]}
    assert not unpaired_ids & (set(new["id"]) - {new["id"][other] for other in pairs["row"]})


@pytest.fixture
def two_snapshots(tmp_path: Path) -> tuple[Mandate, Snapshot, Snapshot]:
    folder = tmp_path / "muster"
    folder.mkdir()
    mandate = Mandate.create(folder, "Muster AG", canton="ZH")
    at = datetime(2026, 10, 1, tzinfo=UTC)
    made = frames()
    old = write_snapshot(made, folder / "snapshots", source="api", created_at=at, code_version="test", raw="none")
    drop(made, "journal", text_is("Falsch"))
    new = write_snapshot(
        made, folder / "snapshots", source="api", created_at=at + timedelta(days=1), code_version="test", raw="none"
    )
    return mandate, old, new


def test_an_older_snapshot_opens_beside_the_newest_one(two_snapshots: tuple[Mandate, Snapshot, Snapshot]) -> None:
    mandate, old, new = two_snapshots
    with Books.open(mandate) as now:
        lines = now.count("journal_line")
    file = mandate.folder / FILE_NAME
    written = hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns
    with Books.open(mandate, old) as then, Books.open(mandate, new) as now:
        assert (then.snapshot_id, now.snapshot_id) == (old.id, new.id)
        assert then.count("journal_line") == lines + 1
        assert told(difference(then, now)) == Counter({("deleted", ()): 1})
    assert (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns) == written
    assert sorted(path.name for path in mandate.folder.iterdir()) == [
        "books.duckdb", "books.lock", "mandate.toml", "snapshots",
    ]  # fmt: skip


def test_an_older_snapshot_needs_no_file_of_the_newest(two_snapshots: tuple[Mandate, Snapshot, Snapshot]) -> None:
    mandate, old, _ = two_snapshots
    with Books.open(mandate, old) as then:
        assert then.sql("select count(*) as n from posting where description = 'Falsch'").item() == 2
    assert not (mandate.folder / FILE_NAME).exists()
