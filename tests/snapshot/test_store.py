"""Snapshots on disk: the newest is found, altered ones are recognised, foreign ones explained."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from bexio_analytics.connector import sha256_of
from bexio_analytics.errors import SchemaChangedError, SnapshotAlteredError, SnapshotNotFoundError
from bexio_analytics.snapshot import TABLES, Snapshot, build_snapshot, verify_snapshot, write_snapshot
from bexio_analytics.snapshot.store import content_hash


@pytest.fixture
def snapshot(
    answers: dict[str, list[str]], write_pull: Callable[..., Path], tmp_path: Path, created_at: datetime
) -> Snapshot:
    return build_snapshot(write_pull(answers), tmp_path / "snapshots", created_at=created_at, code_version="0.1.0")


def rewrite_manifest(snapshot: Snapshot, **changed: object) -> Path:
    path = snapshot.path / "manifest.json"
    held = msgspec.json.decode(path.read_bytes()) | changed
    path.write_bytes(msgspec.json.encode(held))
    return path


def test_open_and_read(snapshot: Snapshot) -> None:
    opened = Snapshot.open(snapshot.path)
    assert opened == snapshot
    assert opened.path_of("journal") == snapshot.path / "journal.parquet"
    assert opened.frame("journal").schema == TABLES["journal"].schema


def test_latest_is_the_newest_whole_one(snapshot: Snapshot, created_at: datetime) -> None:
    """Unfinished folders and foreign files do not count."""
    folder = snapshot.path.parent
    newer = write_snapshot(
        {}, folder, source="export", created_at=created_at + timedelta(seconds=1), code_version="0.1.0", raw="r"
    )
    (folder / ".unfinished-abc").mkdir()
    (folder / "99999999T999999Z-notahash").mkdir()
    (folder / "notes.txt").write_text("")
    assert Snapshot.latest(folder) == newer


def test_none_yet(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SnapshotNotFoundError, match="Pull or import first"):
            Snapshot.latest(folder)
    with pytest.raises(SnapshotNotFoundError, match="nowhere"):
        Snapshot.open(tmp_path / "nowhere")


def test_near_misses_are_named(snapshot: Snapshot) -> None:
    with pytest.raises(KeyError, match="did you mean 'journal'"):
        snapshot.path_of("jurnal")
    with pytest.raises(KeyError, match="no table 'qqq'"):
        snapshot.frame("qqq")


def test_verify_accepts_what_was_written(snapshot: Snapshot) -> None:
    verify_snapshot(snapshot)


@pytest.mark.parametrize("table", ["journal", "quote"])
def test_one_flipped_bit_is_found(snapshot: Snapshot, table: str) -> None:
    path = snapshot.path_of(table)
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)
    with pytest.raises(SnapshotAlteredError, match=f"{table}.parquet is not what was written"):
        verify_snapshot(snapshot)


def test_missing_file(snapshot: Snapshot) -> None:
    snapshot.path_of("tax").unlink()
    with pytest.raises(SnapshotAlteredError, match=r"tax\.parquet is not what was written"):
        verify_snapshot(snapshot)
    with pytest.raises(SnapshotAlteredError, match=r"tax\.parquet is missing"):
        Snapshot.open(snapshot.path)
    with pytest.raises(SnapshotAlteredError, match=r"tax\.parquet cannot be read"):
        snapshot.frame("tax")


def test_foreign_file(snapshot: Snapshot) -> None:
    (snapshot.path / "journal2.parquet").write_bytes(b"")
    with pytest.raises(SnapshotAlteredError, match=r"journal2\.parquet"):
        verify_snapshot(snapshot)


def test_file_that_is_no_parquet(snapshot: Snapshot) -> None:
    snapshot.path_of("tax").write_bytes(b"no parquet")
    with pytest.raises(SnapshotAlteredError, match=r"tax\.parquet cannot be read"):
        snapshot.frame("tax")


def test_replaced_table_with_its_hash_in_the_manifest(snapshot: Snapshot) -> None:
    """Whoever also corrects the manifest is found out by the hash in the id."""
    TABLES["journal"].empty().write_parquet(snapshot.path_of("journal"))
    tables = {name: msgspec.to_builtins(entry) for name, entry in snapshot.manifest.tables.items()}
    tables["journal"] |= {"sha256": sha256_of(snapshot.path_of("journal")), "rows": 0}
    rewrite_manifest(snapshot, tables=tables)
    with pytest.raises(SnapshotAlteredError, match="the hash of the tables is"):
        verify_snapshot(Snapshot.open(snapshot.path))


def test_row_count_that_is_not_the_files(snapshot: Snapshot) -> None:
    tables = {name: msgspec.to_builtins(entry) for name, entry in snapshot.manifest.tables.items()}
    tables["journal"]["rows"] = 4
    rewrite_manifest(snapshot, tables=tables)
    with pytest.raises(SnapshotAlteredError, match=r"journal\.parquet has 3 rows, its manifest says 4"):
        verify_snapshot(Snapshot.open(snapshot.path))


def test_renamed_folder(snapshot: Snapshot) -> None:
    moved = snapshot.path.rename(snapshot.path.with_name("20270101T000000Z-00000000"))
    with pytest.raises(SnapshotAlteredError, match=snapshot.id):
        verify_snapshot(Snapshot.open(moved))


@pytest.mark.parametrize("held", [b"", b"{", b"[]", b'{"format":1}'])
def test_unreadable_manifest(snapshot: Snapshot, held: bytes) -> None:
    (snapshot.path / "manifest.json").write_bytes(held)
    with pytest.raises(SnapshotAlteredError, match=r"manifest\.json cannot be read"):
        Snapshot.latest(snapshot.path.parent)


def test_missing_manifest(snapshot: Snapshot) -> None:
    (snapshot.path / "manifest.json").unlink()
    with pytest.raises(SnapshotAlteredError, match=r"manifest\.json cannot be read"):
        Snapshot.open(snapshot.path)


def test_other_format(snapshot: Snapshot) -> None:
    rewrite_manifest(snapshot, format=2)
    with pytest.raises(SchemaChangedError, match="format 2"):
        Snapshot.open(snapshot.path)


def test_other_tables(snapshot: Snapshot) -> None:
    """A snapshot of an older version names what it lacks and what to do."""
    tables = {name: msgspec.to_builtins(entry) for name, entry in snapshot.manifest.tables.items() if name != "quote"}
    rewrite_manifest(snapshot, tables=tables, code_version="0.0.9")
    with pytest.raises(SchemaChangedError, match=r"version 0\.0\.9 with other tables \(quote\)"):
        Snapshot.open(snapshot.path)


def test_other_columns(snapshot: Snapshot) -> None:
    snapshot.frame("tax").drop("digit").write_parquet(snapshot.path_of("tax"))
    with pytest.raises(SchemaChangedError, match="column digit should be String, found nothing"):
        snapshot.frame("tax")


def test_content_hash_depends_on_every_table_and_on_no_order() -> None:
    assert content_hash({"a": "1", "b": "2"}) == content_hash({"b": "2", "a": "1"})
    assert content_hash({"a": "1", "b": "2"}) != content_hash({"a": "2", "b": "1"})
    assert len(content_hash({})) == 8
