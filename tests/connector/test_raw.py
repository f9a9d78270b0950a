"""The raw folder: nothing received is changed, and a manifest says whether it is whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from bexio_analytics.connector import (
    RawFile,
    RawManifest,
    RawResource,
    RawResponse,
    RawWriter,
    interrupted_pulls,
    newest_raw,
    read_raw,
    stamp,
)
from bexio_analytics.errors import SnapshotAlteredError, SnapshotIncompleteError, SnapshotNotFoundError

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


def response(body: bytes, **more: object) -> RawResponse:
    return RawResponse(path="/x", received_at=NOON, body=msgspec.Raw(body), **more)  # type: ignore[arg-type]


def manifest(**resources: RawResource) -> RawManifest:
    return RawManifest(source="api", started_at=NOON, finished_at=NOON, code_version="1", resources=resources)


def test_numbers_survive_digit_by_digit(tmp_path: Path) -> None:
    body = b'[{"a":1.10,"b":100000000000000000.01,"c":1e2,"d":"\\u00fc"}]'
    with RawWriter(tmp_path, "journal") as writer:
        writer.write(response(body, params={"limit": 2}, parent=7, total=1), rows=1)
    (read,) = read_raw(tmp_path, "journal")
    assert bytes(read.body) == body
    assert (read.params, read.parent, read.total, read.received_at) == ({"limit": 2}, 7, 1, NOON)
    assert (writer.rows, writer.responses) == (1, 1)


def test_equal_answers_give_equal_bytes(tmp_path: Path) -> None:
    hashes = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with RawWriter(tmp_path / name, "tax") as writer:
            writer.write(response(b"[]"), rows=0)
        hashes.add(writer.sha256)
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b'[{"id":1}, {"id":2}]', [b'{"id":1}', b'{"id":2}']),
        (b' {"data":[{"id":1}],"paging":{"page":1}}', [b'{"id":1}']),
        (b'{"query":null,"pagination":{},"results":[{"id":1}]}', [b'{"id":1}']),
        (b'{"id":1,"data":[3]}', [b'{"id":1,"data":[3]}']),
        (b'{"data":{"id":1.50}}', [b'{"id":1.50}']),
        (b"[]", []),
    ],
)
def test_rows_come_out_of_every_envelope(body: bytes, rows: list[bytes]) -> None:
    assert [bytes(row) for row in response(body).rows()] == rows


def test_rows_that_repeat_the_page_before_are_left_out() -> None:
    assert [bytes(row) for row in response(b"[1,2,3]", seam=1).rows()] == [b"2", b"3"]


def test_a_resource_that_was_not_fetched_has_no_answers(tmp_path: Path) -> None:
    assert list(read_raw(tmp_path, "quote")) == []


@pytest.mark.parametrize("damage", [b"no gzip at all", None])
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes | None) -> None:
    with RawWriter(tmp_path, "journal") as writer:
        for number in range(500):
            writer.write(response(b'[{"id":%d}]' % (number * 7919)), rows=1)
    whole = writer.path.read_bytes()
    writer.path.write_bytes(damage or whole[: len(whole) // 2])
    with pytest.raises(SnapshotAlteredError, match=r"journal\.jsonl\.gz is damaged after line \d+"):
        list(read_raw(tmp_path, "journal"))


def test_manifest_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    saved = RawManifest(
        source="export",
        started_at=NOON,
        finished_at=NOON,
        code_version="1",
        files=[
            RawFile(name="journal.csv", sha256="ab", kind="journal", encoding="cp1252", rows=219, first_on=NOON.date())
        ],
    )
    saved.save(tmp_path)
    assert RawManifest.load(tmp_path) == saved
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_manifest_tells_incomplete_from_unavailable() -> None:
    held = manifest(
        journal=RawResource(complete=True),
        file=RawResource(complete=False, unavailable=True, note="no scope"),
        bill=RawResource(complete=False, note="it changed"),
    )
    assert (held.complete, held.incomplete, held.unavailable) == (False, {"bill": "it changed"}, {"file": "no scope"})
    assert manifest(file=RawResource(complete=False, unavailable=True)).complete


def test_a_folder_without_manifest_is_an_interrupted_pull(tmp_path: Path) -> None:
    with pytest.raises(SnapshotIncompleteError, match="interrupted"):
        RawManifest.load(tmp_path)
    with pytest.raises(SnapshotNotFoundError, match="Pull or import"):
        RawManifest.load(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["{", '{"format":1}'])
def test_an_unreadable_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(SnapshotAlteredError, match=r"manifest\.json cannot be read"):
        RawManifest.load(tmp_path)


def test_a_manifest_of_another_format_is_refused(tmp_path: Path) -> None:
    msgspec.structs.replace(manifest(), format=2).save(tmp_path)
    with pytest.raises(SnapshotAlteredError, match="format 2"):
        RawManifest.load(tmp_path)


def test_verify_notices_a_changed_and_a_missing_file(tmp_path: Path) -> None:
    with RawWriter(tmp_path, "journal") as writer:
        writer.write(response(b"[]"), rows=0)
    held = manifest(journal=RawResource(complete=True, sha256=writer.sha256))
    held.verify(tmp_path)
    writer.path.write_bytes(writer.path.read_bytes() + b" ")
    with pytest.raises(SnapshotAlteredError, match="is not what"):
        held.verify(tmp_path)
    writer.path.unlink()
    with pytest.raises(SnapshotAlteredError, match="is missing"):
        held.verify(tmp_path)


def test_newest_raw_is_the_newest_that_was_finished(tmp_path: Path) -> None:
    assert newest_raw(tmp_path) is None
    for name in ("20261001T000000Z", "20261002T000000Z", "20261003T000000Z.partial", "20261004T000000Z.partial"):
        (tmp_path / name).mkdir()
    for name in ("20261001T000000Z", "20261002T000000Z", "20261003T000000Z.partial"):
        manifest().save(tmp_path / name)
    assert newest_raw(tmp_path) == tmp_path / "20261002T000000Z"
    assert [path.name for path in interrupted_pulls(tmp_path)] == [
        "20261003T000000Z.partial",
        "20261004T000000Z.partial",
    ]


def test_stamp_is_utc_to_the_second() -> None:
    assert stamp(datetime(2026, 11, 22, 11, 33, 0, 999, tzinfo=timezone(timedelta(hours=1)))) == "20261122T103300Z"
    with pytest.raises(ValueError, match="zone"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001
