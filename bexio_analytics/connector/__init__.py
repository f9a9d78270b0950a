"""bexio's wire: everything that knows how the API is spoken to and what its answers look like on disk.

::

    transport   httpx, and nothing else: one request out, one answer in
    budget      when the next request may go
    client      one request with retries, failures in our own words
    paging      lists page by page, one pager per API generation
    endpoints   the table of resources
    asking      requests to one endpoint, answers in the form they are kept in
    reading     which requests follow from which answers: lists, then details, the journal by business year
    raw_pull    a whole company into raw/<stamp>/
    raw         the format of raw/
    earlier     what the pull before holds and still holds true
    resume      what an interrupted pull left
"""

from __future__ import annotations

from bexio_analytics.connector.budget_file import runtime_dir
from bexio_analytics.connector.connection import API_URL, Connection
from bexio_analytics.connector.endpoints import ENDPOINTS, RESOURCES, Endpoint
from bexio_analytics.connector.raw import (
    Confirmation,
    RawBase,
    RawFile,
    RawManifest,
    RawResource,
    RawResponse,
    RawWriter,
    interrupted_pulls,
    link,
    newest_raw,
    read_raw,
    replace_file,
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
    "Confirmation",
    "Connection",
    "Endpoint",
    "Progress",
    "PullProgress",
    "PullSettings",
    "RawBase",
    "RawFile",
    "RawManifest",
    "RawPull",
    "RawResource",
    "RawResponse",
    "RawWriter",
    "interrupted_pulls",
    "link",
    "newest_raw",
    "pull",
    "read_raw",
    "replace_file",
    "runtime_dir",
    "sha256_of",
    "stamp",
]
