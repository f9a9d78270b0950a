"""Snapshots: bexio's answers as typed, immutable Parquet tables, one folder per pull or import."""

from bexio_analytics.snapshot.build import build_snapshot, write_snapshot
from bexio_analytics.snapshot.store import (
    Snapshot,
    SnapshotConfirmation,
    SnapshotManifest,
    TableEntry,
    snapshot_folders,
)
from bexio_analytics.snapshot.tables import TABLES, Column, Table, Wire
from bexio_analytics.snapshot.verify import verify_snapshot

__all__ = [
    "TABLES",
    "Column",
    "Snapshot",
    "SnapshotConfirmation",
    "SnapshotManifest",
    "Table",
    "TableEntry",
    "Wire",
    "build_snapshot",
    "snapshot_folders",
    "verify_snapshot",
    "write_snapshot",
]
