"""What an earlier pull of the same company already holds, so that it is neither asked for nor stored again.

An answer about one document is carried over when nothing speaks against it: its row in the list is the same to the
byte, the journal has the same lines for it (`Touched`), and it is not older than a month (`PullSettings.reread_after`).
Carried answers stay in their file, which gets a second name in the new folder; see `bexio_analytics.connector.raw`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import msgspec

from bexio_analytics.connector.endpoints import Listed
from bexio_analytics.connector.paging import digest_of
from bexio_analytics.connector.raw import (
    MANIFEST,
    PARTIAL,
    RawBase,
    RawManifest,
    RawResource,
    RawResponse,
    base_name,
    link,
    main_name,
    read_lines,
    read_parts,
    read_raw,
)
from bexio_analytics.errors import SnapshotError

LARGEST_DELTA: Final = 0.25
"""New answers beside a base, as a share of it; beyond, everything is written into one file again."""
_SMALL_DELTA: Final = 20

Key = int | str


class _Profile(msgspec.Struct):
    id: int | str | None = None
    name: str | None = None
    address: str | None = None
    postcode: str | int | None = None
    city: str | None = None
    ust_id_nr: str | None = None
    mwst_nr: str | None = None


def company_key(folder: Path) -> str:
    """What tells the company of a raw folder from others; another one after its name or address changed.

    Raises:
        SnapshotAlteredError: the profile cannot be read from the file.
    """
    for response in read_lines(folder / main_name("company")):
        for row in response.rows():
            try:
                profile = msgspec.json.decode(row, type=_Profile, strict=False)
            except msgspec.DecodeError:
                return digest_of(row).hex()
            return hashlib.sha256(msgspec.json.encode(profile)).hexdigest()
    return ""


def listed(responses: Iterable[RawResponse]) -> tuple[list[Listed], list[bytes]]:
    """Rows of a list, and the hash of each, from its kept answers."""
    rows: list[Listed] = []
    digests: list[bytes] = []
    for response in responses:
        for row in response.rows():
            rows.append(_LISTED.decode(row))
            digests.append(digest_of(row))
    return rows, digests


_LISTED: Final = msgspec.json.Decoder(Listed)


@dataclass
class Held:
    """What an earlier pull has about one parent row."""

    rows: int
    responses: int
    oldest: datetime
    is_in_base: bool


@dataclass(frozen=True)
class Carry:
    """What of a child resource is carried over.

    Attributes:
        valid: Parent rows that need not be asked about.
        copied: Those of them whose answers are copied into the new main file.
        base: The file that keeps the answers of the others; None if there is none.
        base_file: Where that file is now.
        rows: Rows in the answers that stay in the base.
        responses: Answers that stay in the base.
        oldest: When the oldest carried answer was received.
        is_all: Everything that is wanted is there, and nothing else: the resource is as it was.
    """

    valid: Mapping[Key, Held] = field(default_factory=dict)
    copied: Collection[Key] = ()
    base: RawBase | None = None
    base_file: Path | None = None
    rows: int = 0
    responses: int = 0
    oldest: datetime | None = None
    is_all: bool = False


NOTHING: Final = Carry()


class Earlier:
    """A finished pull of the same company; see the module.

    Args:
        folder: ``raw/<stamp>``.
        manifest: Its manifest.
    """

    def __init__(self, folder: Path, manifest: RawManifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    def newest(cls, raw_dir: Path, company: str, api_url: str) -> Self | None:
        """The newest pull below ``raw/``, if it is of this company at this address and its files are as written.

        Args:
            raw_dir: The folder ``raw`` of the mandate.
            company: See `company_key`.
            api_url: Address of the API.
        """
        folders = {path.parent for path in raw_dir.glob(f"*/{MANIFEST}") if not path.parent.name.endswith(PARTIAL)}
        for folder in sorted(folders, reverse=True):
            try:
                manifest = RawManifest.load(folder)
                if manifest.source != "api":
                    continue
                manifest.verify(folder)
                if manifest.api_url == api_url and company and company_key(folder) == company:
                    return cls(folder, manifest)
            except SnapshotError:
                pass  # what cannot be relied on is read anew
            return None
        return None

    def entry(self, resource: str) -> RawResource | None:
        """What the earlier manifest says."""
        return self.manifest.resources.get(resource)

    def is_whole(self, resource: str) -> bool:
        """The resource was received completely."""
        held = self.entry(resource)
        return held is not None and held.complete

    def answers(self, resource: str) -> Iterator[RawResponse]:
        """Its answers."""
        return read_raw(self.folder, resource)

    def link(self, resource: str, folder: Path) -> None:
        """Give the files of a resource their names in another folder."""
        for name in (main_name(resource), base_name(resource)):
            if (self.folder / name).is_file():
                link(self.folder / name, folder / name)

    def digests(self, resource: str) -> dict[object, bytes]:
        """Hash of each row of a list, by id."""
        rows, digests = listed(self.answers(resource))
        return {row.id: digest for row, digest in zip(rows, digests, strict=True)}

    def carry(self, resource: str, unchanged: Collection[Key], *, wanted: int, since: datetime) -> Carry:
        """Which answers about parent rows are carried over, and where they will stand.

        Args:
            resource: A child resource.
            unchanged: Parent rows about which the earlier answers still hold, as far as lists and journal tell.
            wanted: Number of parent rows about which there will be answers in all.
            since: Answers received before are not carried.
        """
        held = self.entry(resource)
        if held is None or held.unavailable:
            return NOTHING
        there, in_file = self._parents(resource, held)
        valid = {key: there[key] for key in unchanged if key in there and there[key].oldest >= since}
        if not valid:
            return NOTHING
        oldest = min(each.oldest for each in valid.values())
        stays = {key: each for key, each in valid.items() if each.is_in_base or held.base is None}
        moved = valid.keys() - stays.keys()
        fresh = wanted - len(stays)
        if len(stays) < (1 - LARGEST_DELTA) * len(in_file) or fresh > LARGEST_DELTA * len(in_file) + _SMALL_DELTA:
            return Carry(valid=valid, copied=valid.keys(), oldest=oldest)
        return Carry(
            valid=valid,
            copied=moved,
            base=RawBase(
                sha256=held.base.sha256 if held.base else held.sha256,
                without=sorted(in_file - stays.keys(), key=str),
            ),
            base_file=self.folder / (base_name(resource) if held.base else main_name(resource)),
            rows=sum(each.rows for each in stays.values()),
            responses=sum(each.responses for each in stays.values()),
            oldest=oldest,
            is_all=len(valid) == wanted == len(there) and held.complete,
        )

    def _parents(self, resource: str, held: RawResource) -> tuple[dict[Key, Held], set[Key]]:
        """What there is about each parent row, and all parent rows in the file that is or becomes the base."""
        there: dict[Key, Held] = {}
        in_file: set[Key] = set()
        without = frozenset(held.base.without) if held.base else frozenset()
        files = [(main_name(resource), held.base is None)]
        if held.base:
            files.insert(0, (base_name(resource), True))
        for name, is_base in files:
            for response in read_lines(self.folder / name):
                if response.parent is None:
                    continue
                if is_base:
                    in_file.add(response.parent)
                if is_base and response.parent in without:
                    continue
                rows = len(response.rows())
                one = there.get(response.parent)
                if one is None:
                    there[response.parent] = Held(rows, 1, response.received_at, is_base)
                else:
                    one.rows += rows
                    one.responses += 1
                    one.oldest = min(one.oldest, response.received_at)
        return there, in_file

    def copies(self, resource: str, parents: Collection[Key]) -> Iterator[RawResponse]:
        """The answers about these parent rows."""
        if parents:
            held = self.entry(resource)
            for response in read_parts(self.folder, resource, held.base if held else None):
                if response.parent in parents:
                    yield response
