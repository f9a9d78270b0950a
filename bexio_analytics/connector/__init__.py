"""bexio's wire: everything that knows how the API is spoken to and what its answers look like on disk.

::

    transport   httpx, and nothing else: one request out, one answer in
    budget      when the next request may go
    client      one request with retries, failures in our own words
    paging      lists page by page, one pager per API generation
    endpoints   the table of resources
    reading     which requests follow from which answers
    raw_pull    a whole company into raw/<stamp>/
    raw         the format of raw/
"""

from __future__ import annotations

from bexio_analytics.connector.connection import API_URL, Connection
from bexio_analytics.connector.endpoints import ENDPOINTS, RESOURCES, Endpoint
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
from bexio_analytics.connector.raw_pull import RawPull, pull
from bexio_analytics.connector.reading import Progress, PullProgress
from bexio_analytics.connector.settings import PullSettings

__all__ = [
    "API_URL",
    "ENDPOINTS",
    "RESOURCES",
    "Connection",
    "Endpoint",
    "Progress",
    "PullProgress",
    "PullSettings",
    "RawFile",
    "RawManifest",
    "RawPull",
    "RawResource",
    "RawResponse",
    "RawWriter",
    "interrupted_pulls",
    "newest_raw",
    "pull",
    "read_raw",
    "sha256_of",
    "stamp",
]
