"""Snapshots by the name a person gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bexio_analytics.errors import ConfigurationError, SnapshotAlteredError, SnapshotNotFoundError
from bexio_analytics.snapshot import Snapshot, write_snapshot
from bexio_analytics.snapshot.lookup import find_snapshot, snapshot_folder


@pytest.fixture
def three(tmp_path: Path) -> list[Snapshot]:
    return [
        write_snapshot(
            {},
            tmp_path / "snapshots",
            source="api",
            created_at=datetime(2026, month, 1, tzinfo=UTC),
            code_version="test",
            raw="none",
        )
        for month in (9, 10, 11)
    ]


def test_names_that_find_a_snapshot(three: list[Snapshot]) -> None:
    folder = three[0].path.parent
    assert find_snapshot(folder, "latest").id == three[2].id
    assert find_snapshot(folder, "previous").id == three[1].id
    assert find_snapshot(folder, three[0].id).id == three[0].id
    assert find_snapshot(folder, "202609").id == three[0].id


def test_an_ambiguous_beginning_names_the_candidates(three: list[Snapshot]) -> None:
    with pytest.raises(ConfigurationError, match="2 snapshots begin with '20261'") as raised:
        find_snapshot(three[0].path.parent, "20261")
    assert three[1].id in str(raised.value)
    assert three[2].id in str(raised.value)
    assert three[0].id not in str(raised.value)


@pytest.mark.parametrize("name", ["2025", "", "latest-one"])
def test_unknown_names_list_what_there_is(three: list[Snapshot], name: str) -> None:
    with pytest.raises(SnapshotNotFoundError, match=three[2].id):
        find_snapshot(three[0].path.parent, name)


def test_no_snapshot_or_no_previous_one(tmp_path: Path, three: list[Snapshot]) -> None:
    with pytest.raises(SnapshotNotFoundError, match="no latest snapshot"):
        find_snapshot(tmp_path / "nothing", "latest")
    with pytest.raises(SnapshotNotFoundError, match="there is none yet"):
        find_snapshot(tmp_path / "nothing", "2026")
    for old in three[:2]:
        old.path.rename(tmp_path / old.id)
    with pytest.raises(SnapshotNotFoundError, match="no previous snapshot"):
        find_snapshot(three[2].path.parent, "previous")


def test_a_damaged_snapshot_still_has_a_folder(three: list[Snapshot]) -> None:
    (three[2].path / "journal.parquet").unlink()
    folder = three[2].path.parent
    assert snapshot_folder(folder, "latest") == three[2].path
    with pytest.raises(SnapshotAlteredError):
        find_snapshot(folder, "latest")
