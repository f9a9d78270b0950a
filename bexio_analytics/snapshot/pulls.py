"""From bexio to a snapshot of one mandate, and its first settings where there are none yet."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bexio_analytics.connector import Connection, Progress, PullSettings, RawPull, pull, runtime_dir
from bexio_analytics.errors import SnapshotError
from bexio_analytics.law import is_valid_uid
from bexio_analytics.mandate import SETTINGS_FILE, Mandate, VatSettings, mandate_id
from bexio_analytics.periods import Rhythm
from bexio_analytics.snapshot.build import build_snapshot
from bexio_analytics.snapshot.store import Snapshot, SnapshotConfirmation
from bexio_analytics.snapshot.verify import verify_snapshot

LEFT_FOR_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class PulledMandate:
    """What a pull left behind.

    Attributes:
        mandate: settings, just created or as they were.
        snapshot: the new snapshot.
        created: whether ``mandate.toml`` was written.
        is_new: whether anything is other than in the snapshot before; if not, that one was confirmed.
    """

    mandate: Mandate
    snapshot: Snapshot
    created: bool
    is_new: bool = True


async def pull_mandate(
    mandate_dir: Path,
    connection: Connection,
    *,
    started_at: datetime,
    clock: Callable[[], datetime],
    code_version: str,
    progress: Progress | None = None,
    settings: PullSettings | None = None,
    full: bool = False,
    building: asyncio.Semaphore | None = None,
) -> PulledMandate:
    """Read a company into the mandate's folder: raw answers, then a snapshot, then settings where there are none.

    Args:
        mandate_dir: ``data/<mandate>``; created if needed.
        connection: address and token of the company.
        started_at: with time zone; names the raw folder and the snapshot.
        clock: tells when answers arrive.
        code_version: version of this package, for the manifests.
        progress: is told how far each resource is.
        settings: page sizes, concurrency, waits.
        full: carry nothing over from earlier pulls.
        building: held while the snapshot is built, which takes the most memory; for many mandates side by side.

    Raises:
        ConfigurationError: the folder's name cannot be a mandate, or its settings are wrong.
        ApiError: bexio, or the way to it, failed; the last whole snapshot stays in place.
        SnapshotError: the pull was not whole, or bexio's answers changed their form.
    """
    mandate_id(mandate_dir)
    if (mandate_dir / SETTINGS_FILE).exists():
        Mandate.load(mandate_dir)  # wrong settings are better known before a long pull than after it
    raw = await pull(
        connection,
        mandate_dir / "raw",
        started_at=started_at,
        clock=clock,
        progress=progress,
        settings=settings or PullSettings(budget_dir=runtime_dir(os.environ)),
        full=full,
    )
    async with building or contextlib.nullcontext():
        # In a thread, so that the requests of other mandates go on meanwhile.
        snapshot = await asyncio.to_thread(_snapshot_of, raw, mandate_dir / "snapshots", started_at, code_version)
    created = not (mandate_dir / SETTINGS_FILE).exists()
    mandate = _first_settings(mandate_dir, snapshot) if created else Mandate.load(mandate_dir)
    return PulledMandate(mandate, snapshot, created, is_new=snapshot.manifest.created_at == started_at)


def _snapshot_of(raw: RawPull, snapshots_dir: Path, started_at: datetime, code_version: str) -> Snapshot:
    """The snapshot of a pull; where nothing changed, the one there is, confirmed."""
    if raw.confirmed and (there := _made_of(raw.path.name, snapshots_dir, code_version)):
        SnapshotConfirmation(confirmed_at=started_at, raw=raw.path.name, resources=dict(raw.confirmed.resources)).save(
            there.path
        )
        return there
    _sweep(snapshots_dir, started_at)
    return build_snapshot(raw.path, snapshots_dir, created_at=started_at, code_version=code_version, reuse=True)


def _made_of(raw: str, snapshots_dir: Path, code_version: str) -> Snapshot | None:
    """The newest snapshot, if it rests on this raw folder."""
    try:
        newest = Snapshot.latest(snapshots_dir)
        confirmation = SnapshotConfirmation.load(newest.path)
        is_ours = newest.manifest.code_version == code_version  # another version may read the same answers otherwise
        if is_ours and raw in {newest.manifest.raw, confirmation.raw if confirmation else ""}:
            verify_snapshot(newest)
            return newest
    except SnapshotError:
        pass  # what cannot be relied on is built again
    return None


def _sweep(snapshots_dir: Path, now: datetime) -> None:
    """Take away what a process left that was ended while it wrote a snapshot."""
    for left in snapshots_dir.glob(".unfinished-*"):
        if now.timestamp() - left.stat().st_mtime > LEFT_FOR_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _first_settings(mandate_dir: Path, snapshot: Snapshot) -> Mandate:
    """Settings as bexio knows them; what it does not say is marked as an assumption."""
    company = snapshot.frame("company").row(0, named=True)
    years = snapshot.frame("calendar_year").sort("start")
    assumed: list[str] = []
    method, basis = "effective", "agreed"
    if years.is_empty():
        assumed += ["method", "basis"]
    else:
        latest = years.row(-1, named=True)
        method, basis = latest["vat_accounting_method"], latest["vat_accounting_type"]
    types = snapshot.frame("vat_period").sort("start")["type"].to_list()
    rhythm = Rhythm.QUARTER
    if types and types[-1] in set(Rhythm):
        rhythm = Rhythm(types[-1])
    else:
        assumed.append("rhythm")
    uid = next((text for text in (company["ust_id_nr"], company["mwst_nr"]) if text and is_valid_uid(text)), None)
    return Mandate.create(
        mandate_dir,
        company["name"],
        uid=_without_suffix(uid) if uid else None,
        vat=VatSettings(method, basis, rhythm, tuple(assumed)),
    )


def _without_suffix(uid: str) -> str:
    return uid.partition(" ")[0]
