"""A pull that was ended in the middle goes on: what it had finished is not asked for again.

::

    raw/<stamp>.partial/
      pull.json             which company, which version, whether everything was to be read anew
      invoice.jsonl.gz      a resource …
      invoice.done          … and, once it is whole, what the manifest will say about it
      invoice_detail.1.torn answers of a resource that was being read when the pull ended

Whole resources are taken over if they were read within the last hour (`PullSettings.resume_within`) and are what was
written. Lists are never continued in the middle: a list is of one moment. Details are continued, because each answer is
whole by itself, as long as the list they follow from is taken over too, and the journal where the list does not show
every change: details from before the journal could be other ones than those it was booked from, and nothing would ever
tell.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

import msgspec

from bexio_analytics.connector.endpoints import ENDPOINTS
from bexio_analytics.connector.raw import (
    RawResource,
    RawResponse,
    base_name,
    main_name,
    replace_file,
    sha256_of,
)

STATE: Final = "pull.json"
DONE: Final = ".done"
TORN: Final = ".torn"


class PullState(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull must have in common with an interrupted one to go on with it."""

    company: str
    api_url: str
    full: bool
    code_version: str


class Resumed:
    """What an unfinished folder already holds for the pull that goes on in it.

    Args:
        folder: ``raw/<stamp>.partial``.
        finished: Resources that are whole and recent.
    """

    def __init__(self, folder: Path, finished: Mapping[str, RawResource]) -> None:
        self._folder = folder
        self._finished = finished

    @classmethod
    def open(cls, folder: Path, state: PullState, *, now: datetime, within: timedelta) -> Self:
        """Look at what is there; what cannot be used goes.

        Args:
            folder: The unfinished folder; may be empty but for the company, which is always read again.
            state: Of the pull that begins.
            now: When it begins.
            within: How old a finished resource may be.
        """
        finished: dict[str, RawResource] = {}
        if _is_same(folder, state):
            finished = {
                name: held
                for name in ENDPOINTS
                if name != "company" and (held := _finished(folder, name)) and _is_recent(held, now, within)
            }
            finished = {name: held for name, held in finished.items() if _may_follow(name, finished)}
        _clean(folder, finished)
        replace_file(folder / STATE, msgspec.json.encode(state))
        return cls(folder, finished)

    def finished(self, resource: str) -> RawResource | None:
        """What the manifest will say about a resource that is taken over; None if it has to be read."""
        return self._finished.get(resource)

    def finish(self, resource: str, held: RawResource) -> None:
        """Note that a resource is whole."""
        if held.complete:
            replace_file(self._folder / f"{resource}{DONE}", msgspec.json.encode(held))

    def salvaged(self, resource: str) -> Iterator[list[RawResponse]]:
        """Answers about one parent row each that had arrived before the pull ended; a row may come more than once."""
        for path in _torn(self._folder, resource):
            group: list[RawResponse] = []
            for response in _readable(path):
                if group and response.parent != group[0].parent:
                    yield group
                    group = []
                group.append(response)
            # The last group is left out: there may have been more of it.


def sweep(folder: Path) -> None:
    """Take away what only an unfinished folder needs."""
    (folder / STATE).unlink(missing_ok=True)
    for path in [*folder.glob(f"*{DONE}"), *folder.glob(f"*{TORN}"), *folder.glob("*.partial")]:
        path.unlink(missing_ok=True)


def _is_same(folder: Path, state: PullState) -> bool:
    try:
        found = msgspec.json.decode((folder / STATE).read_bytes(), type=PullState)
    except (OSError, msgspec.DecodeError):
        return False
    # What was read for a pull of everything serves any pull, but not the other way round.
    return msgspec.structs.replace(found, full=state.full) == state and found.full >= state.full


def _finished(folder: Path, resource: str) -> RawResource | None:
    try:
        held = msgspec.json.decode((folder / f"{resource}{DONE}").read_bytes(), type=RawResource)
        whole = sha256_of(folder / main_name(resource)) == held.sha256
        whole = whole and (held.base is None or sha256_of(folder / base_name(resource)) == held.base.sha256)
    except (OSError, msgspec.DecodeError):
        return None
    return held if whole else None


def _is_recent(held: RawResource, now: datetime, within: timedelta) -> bool:
    return held.read_from is not None and timedelta(0) <= now - held.read_from <= within


def _may_follow(resource: str, finished: Container[str]) -> bool:
    """What a resource follows from is taken over."""
    parent = ENDPOINTS[resource].parent
    return parent is None or (parent in finished and (ENDPOINTS[parent].has_updates or "journal" in finished))


def _clean(folder: Path, finished: Mapping[str, RawResource]) -> None:
    keep = {name for resource in finished for name in (main_name(resource), base_name(resource), f"{resource}{DONE}")}
    for name, endpoint in ENDPOINTS.items():
        if endpoint.parent and name not in finished and _may_follow(name, finished):
            if (folder / main_name(name)).is_file():
                (folder / main_name(name)).rename(folder / f"{name}.{len(_torn(folder, name)) + 1}{TORN}")
            keep |= {path.name for path in _torn(folder, name)}
    keep.add(main_name("company"))
    for path in folder.iterdir():
        if path.name not in keep:
            path.unlink()


def _torn(folder: Path, resource: str) -> list[Path]:
    return sorted(folder.glob(f"{resource}.*{TORN}"))


_RESPONSE: Final = msgspec.json.Decoder(RawResponse)


def _readable(path: Path) -> Iterator[RawResponse]:
    """The answers up to where the file breaks off."""
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    return
                yield _RESPONSE.decode(line)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        return
