"""Snapshots by the name a person gives them."""

from __future__ import annotations

from pathlib import Path

from bexio_analytics.errors import ConfigurationError, SnapshotNotFoundError
from bexio_analytics.snapshot.store import Snapshot, snapshot_folders

_NAMED_AT_MOST = 10
_NEWEST = ("latest", "previous")
"""Names by age."""


def find_snapshot(snapshots_dir: Path, name: str) -> Snapshot:
    """Open a snapshot of a mandate by the name `snapshot_folder` understands.

    Raises:
        SnapshotNotFoundError: there is no such snapshot; those that exist are named.
        ConfigurationError: several snapshots begin so.
        SnapshotError: it is damaged, or was written by a version with other tables.
    """
    return Snapshot.open(snapshot_folder(snapshots_dir, name))


def snapshot_folder(snapshots_dir: Path, name: str) -> Path:
    """The folder of a snapshot, whether it is still whole or not.

    Args:
        snapshots_dir: the mandate's folder of snapshots.
        name: its id, the beginning of its id where only one snapshot begins so, ``latest``, or ``previous`` for the
            one before the latest.

    Raises:
        SnapshotNotFoundError: there is no such snapshot; those that exist are named.
        ConfigurationError: several snapshots begin so.
    """
    folders = snapshot_folders(snapshots_dir)
    if name in _NEWEST:
        place = _NEWEST.index(name) + 1
        if len(folders) < place:
            raise SnapshotNotFoundError(
                f"There is no {name} snapshot: {snapshots_dir} holds {len(folders)}. Pull or import first."
            )
        return folders[-place]
    found = [folder for folder in folders if name and folder.name.startswith(name)]
    if not found:
        raise SnapshotNotFoundError(f"No snapshot in {snapshots_dir} begins with {name!r}; {_listed(folders)}")
    if len(found) > 1:
        raise ConfigurationError(f"{len(found)} snapshots begin with {name!r}: write more of the id; {_listed(found)}")
    return found[0]


def _listed(folders: list[Path]) -> str:
    names = [folder.name for folder in folders[: -_NAMED_AT_MOST - 1 : -1]]
    more = f" and {len(folders) - len(names)} older ones" if len(folders) > len(names) else ""
    return f"there is {', '.join(names)}{more}." if names else "there is none yet."
