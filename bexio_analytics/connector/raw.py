"""The raw folder: what was received, kept as it was received, and a manifest that says whether it is whole.

::

    raw/20261122T103300Z/
      journal.jsonl.gz     one line per HTTP response, in the order of reading
      …
      manifest.json        written last; without it the pull was interrupted
    raw/20261122T103300Z.partial/   a pull that is running, or that was interrupted

A line is a `RawResponse`. Its ``body`` holds the bytes of the answer (line breaks between tokens become blanks), so
that amounts reach the snapshot digit by digit and never through a float. The files are compressed without a time
stamp: equal answers give equal bytes.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec

from bexio_analytics.errors import SnapshotAlteredError, SnapshotIncompleteError, SnapshotNotFoundError

MANIFEST: Final = "manifest.json"
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
    """

    complete: bool
    rows: int = 0
    responses: int = 0
    read_from: datetime | None = None
    read_till: datetime | None = None
    sha256: str = ""
    unavailable: bool = False
    note: str = ""


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
        beside = folder / f"{MANIFEST}{PARTIAL}"
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        beside.replace(path)
        return path

    def verify(self, folder: Path) -> None:
        """Compare every file of the folder with its hash.

        Raises:
            SnapshotAlteredError: a file is missing or is not what was written.
        """
        expected = {f"{name}.jsonl.gz": held.sha256 for name, held in self.resources.items() if held.sha256}
        expected |= {held.name: held.sha256 for held in self.files}
        for name, sha256 in expected.items():
            path = folder / name
            if not path.is_file():
                raise SnapshotAlteredError(f"{path} is missing, though the manifest names it. Pull or import again.")
            if sha256_of(path) != sha256:
                raise SnapshotAlteredError(f"{path} is not what the manifest says it was. Pull or import again.")


class RawWriter(AbstractContextManager["RawWriter"]):
    """Writes ``<resource>.jsonl.gz`` line by line; `sha256` holds after closing."""

    def __init__(self, folder: Path, resource: str) -> None:
        self.path = folder / f"{resource}.jsonl.gz"
        self.responses = 0
        self.rows = 0
        self.sha256 = ""
        self._file: BinaryIO = self.path.open("wb")
        self._gzip = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0, compresslevel=6)

    def write(self, response: RawResponse, *, rows: int) -> None:
        """Append one answer that holds ``rows`` new rows."""
        self._gzip.write(msgspec.json.encode(response) + b"\n")
        self.responses += 1
        self.rows += rows

    def close(self) -> None:
        """Finish the file and take its hash."""
        if not self._file.closed:
            self._gzip.close()
            self._file.close()
            self.sha256 = sha256_of(self.path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_RESPONSE: Final = msgspec.json.Decoder(RawResponse)


def read_raw(folder: Path, resource: str) -> Iterator[RawResponse]:
    """The answers of one resource in the order of reading; none if the resource was not fetched.

    Args:
        folder: A folder ``raw/<stamp>``.
        resource: A name of `bexio_analytics.connector.RESOURCES`.

    Raises:
        SnapshotAlteredError: the file is damaged; the message names file and line.
    """
    path = folder / f"{resource}.jsonl.gz"
    if not path.is_file():
        return
    number = 0
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                response = _RESPONSE.decode(line)
                number += 1
                yield response
    except (OSError, EOFError, msgspec.DecodeError) as error:
        raise SnapshotAlteredError(f"{path} is damaged after line {number} ({error}). Pull again.") from error


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
