"""bexio's wire: everything that knows how the API is spoken to and what its answers look like on disk."""

from __future__ import annotations

from bexio_analytics.connector.raw import (
    RawFile,
    RawManifest,
    RawResource,
    RawResponse,
    RawWriter,
    interrupted_pulls,
    newest_raw,
    read_raw,
    sha256_of,
    stamp,
)

__all__ = [
    "RawFile",
    "RawManifest",
    "RawResource",
    "RawResponse",
    "RawWriter",
    "interrupted_pulls",
    "newest_raw",
    "read_raw",
    "sha256_of",
    "stamp",
]
