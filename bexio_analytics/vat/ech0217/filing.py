"""Returns that were filed: the files as sent, in ``returns/`` of a mandate, with an index that carries their hashes.

::

    returns/2026-Q3-first-1f0c93ab.xml     <period>-<first|correction|annual>-<first 8 hex of the hash>
    returns/index.json                     hash, period, type, reference and time of every file, oldest first

What lies here is how "filed" is known: the latest first filing or correction of a period is what the ESTV has.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import filelock
import msgspec

from bexio_analytics.errors import ConfigurationError, FilingAlteredError, FilingRefusedError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.ech0217.boxes import ziffern_of
from bexio_analytics.vat.ech0217.declaration import Declaration, Submission
from bexio_analytics.vat.ech0217.parsing import parse
from bexio_analytics.vat.ech0217.reading import read_declaration
from bexio_analytics.vat.ech0217.rules import check_xml

FOLDER: Final = "returns"
INDEX: Final = "index.json"
FORMAT: Final = 1


class FiledEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the index says about one stored file; amounts as decimal strings, times in UTC."""

    file: str
    sha256: str
    stored_at: datetime
    uid: str
    period_from: date
    period_till: date
    submission: int
    business_reference_id: str
    generation_time: datetime
    payable: Decimal


class _Index(msgspec.Struct, frozen=True, kw_only=True):
    format: int = FORMAT
    returns: list[FiledEntry] = []


@dataclass(frozen=True, slots=True)
class FiledReturn:
    """A return as its file has it.

    Attributes:
        declaration: everything the file says.
        sha256: of the file.
        path: where it is stored, None for bytes that are not.
        stored_at: when it was stored, UTC.
    """

    declaration: Declaration
    sha256: str
    path: Path | None = None
    stored_at: datetime | None = None

    @property
    def period(self) -> VatPeriod:
        """The period as the file has it; not of whole months where the ESTV ordered so."""
        return VatPeriod(self.declaration.general.period_from, self.declaration.general.period_till)

    @property
    def submission(self) -> Submission:
        """First filing, correction or annual reconciliation."""
        return self.declaration.general.submission

    @property
    def ziffern(self) -> dict[str, Decimal]:
        """CHF by box, see `ziffern_of`."""
        return ziffern_of(self.declaration)


def read_xml(data: bytes) -> FiledReturn:
    """Read a file of eCH-0217 2.0.0, whoever wrote it. Only the schema is asked: a filed return may break rules.

    Raises:
        FilingRefusedError: the file is no declaration; every fault is named.
    """
    faults = [breach for breach in check_xml(data) if breach.rule == "MWST-0001"]
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise FilingRefusedError(f"The file is no VAT declaration by eCH-0217 2.0.0:\n{lines}", faults)
    return FiledReturn(read_declaration(parse(data)), hashlib.sha256(data).hexdigest())


def store_filed(mandate_dir: Path, data: bytes, *, stored_at: datetime, uid: str | None = None) -> FiledReturn:
    """Keep a filed return with the mandate, byte for byte. Storing the same bytes again changes nothing.

    Args:
        mandate_dir: ``data/<mandate>``.
        data: the file as it was uploaded.
        stored_at: with a time zone.
        uid: of the mandate, in any spelling: a file of another company is refused. None does not compare.

    Raises:
        ConfigurationError: there is no such mandate, or the file belongs to another company.
        FilingRefusedError: the file is no declaration.
        FilingAlteredError: the index, or a file stored before, is not what was written.
        ValueError: the time has no zone.
    """
    if stored_at.tzinfo is None:
        raise ValueError("The time a return is stored needs a zone.")
    if not mandate_dir.is_dir():
        raise ConfigurationError(f"There is no mandate {mandate_dir}: pull or import it first")
    filed = read_xml(data)
    general = filed.declaration.general
    if uid is not None and "".join(filter(str.isdigit, uid)) != general.uid.removeprefix("CHE"):
        raise ConfigurationError(
            f"The return is of {general.organisation_name} ({general.uid}), but {mandate_dir.name} is {uid}: "
            "it was not stored"
        )
    folder = mandate_dir / FOLDER
    folder.mkdir(exist_ok=True)
    label = period_label(general.period_from, general.period_till)
    name = f"{label}-{general.submission.name.lower()}-{filed.sha256[:8]}.xml"
    with filelock.FileLock(folder / ".lock"):
        index = _read_index(folder)
        for entry in index.returns:
            if entry.sha256 == filed.sha256:
                return _open(folder, entry)
        entry = FiledEntry(
            file=name,
            sha256=filed.sha256,
            stored_at=stored_at.astimezone(UTC),
            uid=general.uid,
            period_from=general.period_from,
            period_till=general.period_till,
            submission=int(general.submission),
            business_reference_id=general.business_reference_id,
            generation_time=general.generation_time,
            payable=filed.declaration.payable,
        )
        _write(folder / name, data)
        held = _Index(returns=[*index.returns, entry])
        _write(folder / INDEX, msgspec.json.format(msgspec.json.encode(held), indent=2) + b"\n")
    return FiledReturn(filed.declaration, filed.sha256, folder / name, entry.stored_at)


def filed_returns(mandate_dir: Path) -> tuple[FiledReturn, ...]:
    """Every stored return of a mandate, oldest first; none where nothing was stored.

    Raises:
        FilingAlteredError: the index cannot be read, or a file is missing or is not what was stored.
    """
    folder = mandate_dir / FOLDER
    return tuple(_open(folder, entry) for entry in _read_index(folder).returns)


def filed_return(mandate_dir: Path, period: VatPeriod) -> FiledReturn | None:
    """What the ESTV has for a period: the last stored first filing or correction, which replaces what was before.

    Annual reconciliations are left out: they hold differences only.

    Raises:
        FilingAlteredError: see `filed_returns`.
    """
    folder = mandate_dir / FOLDER
    for entry in reversed(_read_index(folder).returns):
        if VatPeriod(entry.period_from, entry.period_till) == period and entry.submission != Submission.ANNUAL:
            return _open(folder, entry)
    return None


def period_label(start: date, end: date) -> str:
    """``2026-Q3``; a period that is no month, quarter, half-year or year is written with its two days."""
    period = VatPeriod(start, end)
    try:
        regular = VatPeriod.parse(period.id) == period
    except ConfigurationError:
        regular = False
    return period.id if regular else f"{start}_{end}"


def _read_index(folder: Path) -> _Index:
    path = folder / INDEX
    if not path.is_file():
        return _Index()
    try:
        index = msgspec.json.decode(path.read_bytes(), type=_Index)
    except (OSError, msgspec.DecodeError) as error:
        raise FilingAlteredError(f"{path} cannot be read ({error}). Restore it from a backup.") from None
    if index.format != FORMAT:
        raise FilingAlteredError(f"{path} has format {index.format}, this version reads format {FORMAT}.")
    return index


def _open(folder: Path, entry: FiledEntry) -> FiledReturn:
    path = folder / entry.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FilingAlteredError(f"{path} cannot be read ({error.strerror}). Restore it from a backup.") from None
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise FilingAlteredError(f"{path} is not what was stored: its hash differs. Restore it from a backup.")
    filed = read_xml(data)
    return FiledReturn(filed.declaration, filed.sha256, path, entry.stored_at)


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
