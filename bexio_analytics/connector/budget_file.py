"""A small state that all processes of this machine share: one file, read and written under the system's file lock.

The lock belongs to the open file, so the system releases it when a process ends, however it ends. It is held for some
microseconds at a time. Where there is no lock to be had (a file system without locks, a holder that was stopped), the
caller goes on with what it knows: the budget then is this process's own, and bexio's headers are what is left to tell
of others.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Generic, TypeVar

import msgspec

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RUNTIME: Final = "BEXIO_ANALYTICS_RUNTIME"
FORGOTTEN_AFTER: Final = 86_400.0
_SIZE: Final = 4096
_PAUSE: Final = 0.0005
_TRIES: Final = 400

State = TypeVar("State", bound=msgspec.Struct)


def runtime_dir(environ: Mapping[str, str]) -> Path:
    """Where this user's processes meet: ``BEXIO_ANALYTICS_RUNTIME``, else the user's cache folder, else a common one.

    It is the same for a terminal and for cron, which is why the session's ``XDG_RUNTIME_DIR`` is not used.
    """
    if given := environ.get(RUNTIME, "").strip():
        return Path(given)
    try:
        home = Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir()) / "bexio-analytics"
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "bexio-analytics" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "bexio-analytics"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "bexio-analytics"


def key_of(*parts: str) -> str:
    """Name of a company's files: a hash that tells nothing about it. Tokens are never part of it."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


class SharedState(Generic[State]):
    """One state in one file.

    Args:
        path: The file; its folder is made if needed, readable by this user only.
        kind: Type of the state.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path, kind: type[State]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._kind = kind
        self._file: BinaryIO = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Nobody else reads or writes inside; yields whether that holds."""
        held = self._lock()
        try:
            yield held
        finally:
            if held:
                self._unlock()

    def read(self) -> State | None:
        """What the last one wrote; None if there is nothing (readable)."""
        try:
            self._file.seek(0)
            return msgspec.json.decode(self._file.read(_SIZE), type=self._kind)
        except (OSError, msgspec.DecodeError):
            return None

    def write(self, state: State) -> None:
        """Replace the state by one write of one length, so that a killed process leaves the old one or the new."""
        text = msgspec.json.encode(state).ljust(_SIZE)
        if len(text) == _SIZE:
            with contextlib.suppress(OSError):
                self._file.seek(0)
                self._file.write(text)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _lock(self) -> bool:
        for _ in range(_TRIES):
            try:
                if sys.platform == "win32":
                    self._file.seek(_SIZE)
                    msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
                else:
                    fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE)
            except PermissionError:  # how Windows says that somebody else holds it
                time.sleep(_PAUSE)
            except OSError:
                return False
            else:
                return True
        return False

    def _unlock(self) -> None:
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._file.seek(_SIZE)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_UNLCK, 1)
            else:
                fcntl.flock(self._file.fileno(), fcntl.LOCK_UN)


def sweep(folder: Path, now: float) -> None:
    """Take away states that nobody has used for a day.

    Args:
        folder: Where the states are.
        now: Seconds since the epoch.
    """
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError):
            if now - path.stat().st_mtime > FORGOTTEN_AFTER:
                path.unlink()
