"""The folder of a pull under way: files being written, and what the manifest will say about each resource."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from bexio_analytics.connector.client import Client
from bexio_analytics.connector.earlier import NOTHING, Carry, Earlier
from bexio_analytics.connector.endpoints import Endpoint
from bexio_analytics.connector.paging import content_of
from bexio_analytics.connector.raw import RawBase, RawResource, RawWriter, base_name, link
from bexio_analytics.connector.resume import Resumed

SAFE_EVERY = 50  # answers about single rows after which they are handed to the system


class Keeping:
    """Writes resources into a folder, or links them where they are as an earlier pull has them.

    Attributes:
        earlier: The pull before; None for a first pull and until the company is known.
        resumed: What an interrupted pull left in the folder; None until the company is known.
        unchanged: Resources that are as the pull before has them.

    Args:
        client: Tells the time.
        folder: Takes the files.
    """

    def __init__(self, client: Client, folder: Path) -> None:
        self.folder = folder
        self.earlier: Earlier | None = None
        self.resumed: Resumed | None = None
        self.unchanged: set[str] = set()
        self._client = client
        self._writers: dict[str, RawWriter] = {}

    def writer(self, endpoint: Endpoint) -> RawWriter:
        """A new file for the resource; an earlier reading is thrown away."""
        if earlier := self._writers.get(endpoint.resource):
            earlier.close()
        self._writers[endpoint.resource] = RawWriter(
            self.folder, endpoint.resource, safe_every=SAFE_EVERY if endpoint.parent else 0
        )
        return self._writers[endpoint.resource]

    def close(self) -> None:
        """Close all files."""
        for writer in self._writers.values():
            writer.close()

    def outcome(
        self, endpoint: Endpoint, began: datetime, note: str = "", *, unavailable: bool = False, carry: Carry = NOTHING
    ) -> RawResource:
        """Close the resource; a note is the reason why it is not complete."""
        writer = self._writers.get(endpoint.resource) or self.writer(endpoint)
        writer.close()
        held = RawResource(
            complete=not note,
            rows=writer.rows + carry.rows,
            responses=writer.responses + carry.responses,
            read_from=began,
            read_till=self._client.now(),
            sha256=writer.sha256,
            unavailable=unavailable,
            note=note,
            carried=sum(each.responses for each in carry.valid.values()),
            oldest=carry.oldest,
            base=self._place(endpoint.resource, carry.base, carry.base_file),
        )
        before = self.earlier.entry(endpoint.resource) if self.earlier else None
        if unavailable and before and before.unavailable and before.note == note:
            self.unchanged.add(endpoint.resource)
        return held

    def list_outcome(self, endpoint: Endpoint, began: datetime, digests: Iterable[bytes]) -> RawResource:
        """Close a list that was read whole; if it is as before, the earlier file is kept instead of this one."""
        held = self.outcome(endpoint, began)
        content = content_of(digests)
        before = self.earlier.entry(endpoint.resource) if self.earlier else None
        if self.earlier and before and before.complete and before.content == content:
            same = self.as_before(endpoint.resource, self.earlier, began)
            return msgspec.structs.replace(same, listed_at=began)
        return msgspec.structs.replace(held, content=content, listed_at=began)

    def as_before(self, resource: str, earlier: Earlier, began: datetime) -> RawResource:
        """Keep a resource as the pull before has it; only the times of reading are new."""
        self.unchanged.add(resource)
        earlier.link(resource, self.folder)
        before = earlier.manifest.resources[resource]
        oldest = before.oldest or before.read_from
        return msgspec.structs.replace(
            before, read_from=began, read_till=self._client.now(), carried=before.responses, oldest=oldest
        )

    def _place(self, resource: str, base: RawBase | None, source: Path | None) -> RawBase | None:
        if base and source:
            link(source, self.folder / base_name(resource))
        return base
