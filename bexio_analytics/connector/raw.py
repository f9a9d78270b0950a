"""The raw folder: what was received, kept as it was received, and a manifest that says whether it is whole.

::

    raw/20261122T103300Z/
      journal.jsonl.gz             one line per HTTP response, in the order of reading
      invoice_detail.jsonl.gz      the answers that are new since the pull before …
      invoice_detail.base.jsonl.gz … and the ones that still hold: a hard link into the folder of an earlier pull
      …
      manifest.json                written last; without it the pull was interrupted
      confirmed.json               when a later pull last found every resource unchanged, if one did
    raw/20261122T103300Z.partial/  a pull that is running, or that was interrupted and will be resumed

A line is a `RawResponse`. Its ``body`` holds the bytes of the answer (line breaks between tokens become blanks), so
that amounts reach the snapshot digit by digit and never through a float. The files are compressed without a time
stamp: equal answers give equal bytes.

Answers that did not change are not stored twice: a resource that is as it was, and the larger part of one that hardly
changed, are hard links to the files of an earlier pull. Every folder is whole by itself, so any of them may be deleted,
copied or handed over alone; the disk gives a file's room back when the last folder that has it goes. Where a disk knows
no hard links the files are copied.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Container, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec

from bexio_analytics.errors import SnapshotAlteredError, SnapshotIncompleteError, SnapshotNotFoundError

MANIFEST: Final = "manifest.json"
CONFIRMED: Final = "confirmed.json"
PARTIAL: Final = ".partial"
FORMAT: Final = 1

QueryValue = str | int | bool


class RawResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP response as it was received.

    Attributes:
        method: ``GET`` or ``POST``.
        path: Path below the API's address, with the parent's id filled in.
        params: Query parameters as sent.
        status: HTTP status.
        received_at: UTC.
        parent: Id of the parent row for a child resource (invoice of its payments), else None.
        total: Number of rows of the whole list, where the answer states it (header or envelope), else None.
        seam: Number of leading rows that repeat the end of the page before. Pages by offset overlap by one row, so that
            rows which move between two pages are noticed; `rows` leaves them out.
        body: The JSON as received.
    """

    method: str = "GET"
    path: str
    params: dict[str, QueryValue] = {}
    status: int = 200
    received_at: datetime
    parent: int | str | None = None
    total: int | None = None
    seam: int = 0
    body: msgspec.Raw

    def rows(self) -> list[msgspec.Raw]:
        """The rows of the answer, each as the JSON text received, whatever envelope they came in.

        A bare list gives its elements, the envelopes of the 4.0 API give ``data`` or ``results``, a single object
        gives itself. Rows that only repeat the page before (`seam`) are left out.

        Raises:
            msgspec.DecodeError: the body is not JSON, or neither a list nor an object.
        """
        return rows_of(self.body)[self.seam :]


_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def rows_of(body: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """The rows of one answer, each as received; see `RawResponse.rows`."""
    text = bytes(body).lstrip()
    if text.startswith(b"["):
        return _LIST.decode(text)
    members = _OBJECT.decode(text)
    for key, companion in (("data", "paging"), ("results", "pagination")):
        inner = members.get(key)
        if inner is not None and (companion in members or len(members) == 1):
            held = bytes(inner).lstrip()
            return _LIST.decode(held) if held.startswith(b"[") else [msgspec.Raw(held)]
    return [msgspec.Raw(text)]


class RawBase(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a resource that was carried over from an earlier pull: ``<resource>.base.jsonl.gz``.

    Attributes:
        sha256: Of the file.
        without: Parent rows whose answers in it no longer hold: they were asked for again, or are gone. In a list: rows
            of which there is a newer version in the main file.
        before: Only its rows dated before this day hold; those from this day on stand in the main file. For the
            journal, whose closed business years are carried over.
    """

    sha256: str
    without: list[int | str] = []
    before: date | None = None


class RawResource(msgspec.Struct, frozen=True, kw_only=True):
    """What the manifest says about one resource.

    Attributes:
        complete: Every row that bexio has was received, each once.
        rows: Number of rows (after the seams of overlapping pages).
        responses: Number of answers kept.
        read_from: When reading began, UTC; None if nothing was asked.
        read_till: When the last answer arrived, UTC.
        sha256: Of the file ``<resource>.jsonl.gz``; empty if there is none.
        unavailable: bexio refuses this resource (scope missing, product not booked); it is then not complete, but the
            pull is not spoiled.
        note: Why it is incomplete or unavailable, or what else there is to say.
        content: Hash over the rows of a list in the main file, without the times of the answers.
        carried: Number of answers that were taken over from earlier pulls because nothing spoke against them.
        oldest: When the oldest of those was received, UTC.
        listed_at: When a list was last read whole, UTC, if it was brought up to date by a search since.
        base: Where they stand, if not in the main file.
    """

    complete: bool
    rows: int = 0
    responses: int = 0
    read_from: datetime | None = None
    read_till: datetime | None = None
    sha256: str = ""
    unavailable: bool = False
    note: str = ""
    content: str = ""
    carried: int = 0
    oldest: datetime | None = None
    listed_at: datetime | None = None
    base: RawBase | None = None


class RawFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the manifest says about one imported export file; dates are inclusive."""

    name: str
    sha256: str
    kind: str
    encoding: str | None = None
    rows: int = 0
    first_on: date | None = None
    last_on: date | None = None


class RawManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a raw folder holds: ``source`` is ``api`` (see ``resources``) or ``export`` (see ``files``)."""

    format: int = FORMAT
    source: str
    api_url: str | None = None
    company: str | None = None
    started_at: datetime
    finished_at: datetime
    code_version: str
    resources: dict[str, RawResource] = {}
    files: list[RawFile] = []

    @property
    def incomplete(self) -> dict[str, str]:
        """Reason by resource that was asked for and is not whole; refused resources are not among them."""
        return {name: held.note for name, held in self.resources.items() if not held.complete and not held.unavailable}

    @property
    def unavailable(self) -> dict[str, str]:
        """Reason by resource that bexio refuses to this connection."""
        return {name: held.note for name, held in self.resources.items() if held.unavailable}

    @property
    def complete(self) -> bool:
        """No resource is incomplete."""
        return not self.incomplete

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the manifest of a raw folder.

        Raises:
            SnapshotNotFoundError: there is no such folder.
            SnapshotIncompleteError: the folder has no manifest, so the pull was interrupted.
            SnapshotAlteredError: the manifest cannot be read.
        """
        path = folder / MANIFEST
        if not folder.is_dir():
            raise SnapshotNotFoundError(f"There is no raw folder {folder}. Pull or import first.")
        if not path.is_file():
            raise SnapshotIncompleteError(f"{folder} has no manifest: the pull was interrupted. Pull again.")
        try:
            manifest = msgspec.json.decode(path.read_bytes(), type=cls)
        except msgspec.DecodeError as error:
            raise SnapshotAlteredError(f"{path} cannot be read ({error}). Pull or import again.") from error
        if manifest.format != FORMAT:
            raise SnapshotAlteredError(
                f"{path} has format {manifest.format}, this version reads format {FORMAT}. Pull or import again."
            )
        return manifest

    def save(self, folder: Path) -> Path:
        """Write the manifest beside and rename it, as the last step of a pull or import; returns its path."""
        path = folder / MANIFEST
        replace_file(path, msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        return path

    def verify(self, folder: Path) -> None:
        """Compare every file of the folder with its hash.

        Raises:
            SnapshotAlteredError: a file is missing or is not what was written.
        """
        expected = {main_name(name): held.sha256 for name, held in self.resources.items() if held.sha256}
        expected |= {base_name(name): held.base.sha256 for name, held in self.resources.items() if held.base}
        expected |= {held.name: held.sha256 for held in self.files}
        for name, sha256 in expected.items():
            path = folder / name
            if not path.is_file():
                raise SnapshotAlteredError(f"{path} is missing, though the manifest names it. Pull or import again.")
            if sha256_of(path) != sha256:
                raise SnapshotAlteredError(f"{path} is not what the manifest says it was. Pull or import again.")


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A later pull that found every resource of a raw folder as it is there.

    Attributes:
        started_at: When that pull began, UTC.
        finished_at: When it ended, UTC.
        resources: When each resource was read again.
    """

    started_at: datetime
    finished_at: datetime
    resources: dict[str, tuple[datetime | None, datetime | None]]

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The last one of a raw folder; None if no pull came to this result since."""
        try:
            return msgspec.json.decode((folder / CONFIRMED).read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            return None

    def save(self, folder: Path) -> None:
        """Replace the earlier one."""
        replace_file(folder / CONFIRMED, msgspec.json.encode(self) + b"\n")


class RawWriter(AbstractContextManager["RawWriter"]):
    """Writes ``<resource>.jsonl.gz`` line by line; `sha256` holds after closing.

    Args:
        folder: Takes the file.
        resource: Its name.
        safe_every: After so many answers they are handed to the system, so that little is lost if the process ends.
    """

    def __init__(self, folder: Path, resource: str, *, safe_every: int = 0) -> None:
        self.path = folder / main_name(resource)
        self._safe_every = safe_every
        self.responses = 0
        self.rows = 0
        self.sha256 = ""
        self.path.unlink(missing_ok=True)  # its name may be a second one of a file of an earlier pull
        self._file: BinaryIO = self.path.open("xb")
        self._gzip: gzip.GzipFile | None = None

    def write(self, response: RawResponse, *, rows: int) -> None:
        """Append one answer that holds ``rows`` new rows."""
        packed = self._packed()
        packed.write(msgspec.json.encode(response) + b"\n")
        self.responses += 1
        self.rows += rows
        if self._safe_every and self.responses % self._safe_every == 0:
            packed.flush(zlib.Z_SYNC_FLUSH)
            self._file.flush()

    def _packed(self) -> gzip.GzipFile:
        """The compressor: a quarter of a megabyte, so it is not there while a list is still waited for."""
        if self._gzip is None:
            self._gzip = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0, compresslevel=6)
        return self._gzip

    def close(self) -> None:
        """Finish the file and take its hash."""
        if not self._file.closed:
            self._packed().close()
            self._file.close()
            self.sha256 = sha256_of(self.path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_RESPONSE: Final = msgspec.json.Decoder(RawResponse)


def read_raw(folder: Path, resource: str) -> Iterator[RawResponse]:
    """The answers of one resource; none if the resource was not fetched.

    They come in the order of reading. What an earlier pull had received and still holds comes first.

    Args:
        folder: A folder ``raw/<stamp>``.
        resource: A name of `bexio_analytics.connector.RESOURCES`.

    Raises:
        SnapshotAlteredError: the file is damaged; the message names file and line.
    """
    base = None
    if (folder / base_name(resource)).is_file() and (folder / MANIFEST).is_file():
        held = RawManifest.load(folder).resources.get(resource)
        base = held.base if held else None
    yield from read_parts(folder, resource, base)


def read_parts(folder: Path, resource: str, base: RawBase | None) -> Iterator[RawResponse]:
    """As `read_raw`, where the base is known though there is no manifest yet."""
    if base is None:
        yield from read_lines(folder / main_name(resource))
        return
    without = frozenset(base.without)
    for response in read_lines(folder / base_name(resource)):
        if base.before:
            yield _dated(response, base.before, is_before=True)
        elif response.parent is None:
            yield without_rows(response, without)
        elif response.parent not in without:
            yield response
    for response in read_lines(folder / main_name(resource)):
        yield _dated(response, base.before, is_before=False) if base.before else response


def read_lines(path: Path) -> Iterator[RawResponse]:
    """The answers of one file; none if there is no such file.

    Raises:
        SnapshotAlteredError: the file is damaged; the message names file and line.
    """
    if not path.is_file():
        return
    number = 0
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                response = _RESPONSE.decode(line)
                number += 1
                yield response
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise SnapshotAlteredError(f"{path} is damaged after line {number} ({error}). Pull again.") from error


class _Dated(msgspec.Struct):
    id: int | str | None = None
    date: str = ""


_DATED: Final = msgspec.json.Decoder(_Dated)


def without_rows(response: RawResponse, ids: Container[object]) -> RawResponse:
    """The answer without the rows of these ids; the others keep their text."""
    return _only(response, [row for row in response.rows() if _DATED.decode(row).id not in ids])


def _only(response: RawResponse, kept: list[msgspec.Raw]) -> RawResponse:
    body = msgspec.Raw(b"[" + b",".join(bytes(row) for row in kept) + b"]")
    return msgspec.structs.replace(response, body=body, seam=0, total=None)


def _dated(response: RawResponse, day: date, *, is_before: bool) -> RawResponse:
    """The answer with only its rows before a day, or only those from it on; rows keep their text."""
    rows = response.rows()
    kept = [row for row in rows if (_DATED.decode(row).date[:10] < day.isoformat()) == is_before]
    return response if len(kept) == len(rows) else _only(response, kept)


def main_name(resource: str) -> str:
    """Name of the file with what a pull has received."""
    return f"{resource}.jsonl.gz"


def base_name(resource: str) -> str:
    """Name of the file with what it carried over."""
    return f"{resource}.base.jsonl.gz"


def link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the disk cannot; an earlier ``target`` is replaced."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def replace_file(path: Path, text: bytes) -> None:
    """Write beside and rename, so that the file is the old one or the new one whatever happens."""
    beside = path.with_name(f"{path.name}{PARTIAL}")
    beside.write_bytes(text)
    beside.replace(path)


def stamp(at: datetime) -> str:
    """Name of a raw folder: ``20261122T103300Z``.

    Raises:
        ValueError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("A stamp needs a time with a zone.")
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def newest_raw(raw_dir: Path) -> Path | None:
    """The newest finished folder below ``raw/``, complete or not; None if there is none."""
    finished = [path.parent for path in raw_dir.glob(f"*/{MANIFEST}") if not path.parent.name.endswith(PARTIAL)]
    return max(finished, key=lambda path: path.name, default=None)


def interrupted_pulls(raw_dir: Path) -> list[Path]:
    """Folders of pulls that are running or were interrupted, oldest first."""
    return sorted(raw_dir.glob(f"*{PARTIAL}"))


def sha256_of(path: Path) -> str:
    """Hash of a file as lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
