"""Is a snapshot still what was written?"""

from __future__ import annotations

from bexio_analytics.connector import sha256_of
from bexio_analytics.errors import SnapshotAlteredError
from bexio_analytics.snapshot.store import MANIFEST, Snapshot, content_hash
from bexio_analytics.snapshot.tables import TABLES


def verify_snapshot(snapshot: Snapshot) -> None:
    """Compare every file with the manifest, and the manifest with the folder's name.

    Raises:
        SnapshotAlteredError: a file is missing, foreign or not what was written; it is named.
        SchemaChangedError: a file has other columns than this version declares.
    """
    expected = {TABLES[name].file_name: (name, entry) for name, entry in snapshot.manifest.tables.items()}
    for file_name, (name, entry) in expected.items():
        path = snapshot.path / file_name
        if not path.is_file() or sha256_of(path) != entry.sha256:
            raise SnapshotAlteredError(
                f"{path} is not what was written. Do not rely on it: build the snapshot again from its raw answers."
            )
        rows = snapshot.frame(name).height
        if rows != entry.rows:
            raise SnapshotAlteredError(f"{path} has {rows} rows, its manifest says {entry.rows}.")
    foreign = sorted(path.name for path in snapshot.path.iterdir() if path.name not in {*expected, MANIFEST})
    if foreign:
        raise SnapshotAlteredError(f"{snapshot.path} holds files that do not belong to it: {', '.join(foreign)}.")
    content = content_hash({name: entry.sha256 for name, entry in snapshot.manifest.tables.items()})
    if not snapshot.id.endswith(f"-{content}") or snapshot.path.name != snapshot.id:
        raise SnapshotAlteredError(
            f"{snapshot.path / MANIFEST} is not what was written: it belongs to {snapshot.id}, the hash of the tables "
            f"is {content}."
        )
