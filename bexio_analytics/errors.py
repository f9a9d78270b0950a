"""Every exception of the package, grouped by what the caller does next.

::

    BexioAnalyticsError
    ├── ConfigurationError            fix a file, an option or an environment variable
    │   └── ImportFileError           fix the export file: file, line and column are named
    ├── ApiError                      bexio, or the way to it
    │   ├── AuthenticationError       connect again
    │   ├── PermissionDeniedError     ask for the scope, or for the right of the connecting user
    │   ├── RateLimitError            was waited for and retried, then raised
    │   ├── ServerUnavailableError    was retried, then raised
    │   └── UnexpectedResponseError   the API changed: the page is kept in raw/
    ├── SnapshotError
    │   ├── SnapshotNotFoundError     pull or import first
    │   ├── SnapshotIncompleteError   the last pull did not finish: pull again
    │   ├── SnapshotAlteredError      a file is not what the manifest says
    │   └── SchemaChangedError        a declared field is missing or has another type
    ├── FilingError                   a VAT return as a file
    │   ├── FilingRefusedError        the file breaks rules of the portal: every one is named
    │   └── FilingAlteredError        a stored file is not what the index says
    └── ReportError                   the notebook failed: cell and short traceback are named

Something wrong *in the books* is a finding, and a check that raises is an outcome of the review; an exception is
raised only for trouble with us or with the service. A message says what happened, to what, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence


class BexioAnalyticsError(Exception):
    """Base of all exceptions of the package; ``exit_code`` is what the command line ends with."""

    exit_code = 2


class ConfigurationError(BexioAnalyticsError):
    """A file, an option or an environment variable is wrong; the message names every problem found."""


class ImportFileError(ConfigurationError):
    """An export file cannot be read; the message names file, line and column, and nothing was imported."""


class ApiError(BexioAnalyticsError):
    """bexio, or the way to it, failed."""

    exit_code = 3


class AuthenticationError(ApiError):
    """The access token is missing, wrong, expired or revoked: connect again."""


class PermissionDeniedError(ApiError):
    """The token is valid but the scope or the right of the connecting user is missing."""


class RateLimitError(ApiError):
    """The request budget stayed exhausted after every retry."""


class ServerUnavailableError(ApiError):
    """bexio did not answer, or answered with a server error, after every retry."""


class UnexpectedResponseError(ApiError):
    """bexio answered in a form this version does not know; the page is kept in ``raw/``."""


class SnapshotError(BexioAnalyticsError):
    """A snapshot cannot be used."""

    exit_code = 3


class SnapshotNotFoundError(SnapshotError):
    """There is no snapshot yet: pull or import first."""


class SnapshotIncompleteError(SnapshotError):
    """A resource of the pull is incomplete; the last whole snapshot stays in place."""


class SnapshotAlteredError(SnapshotError):
    """A file of the snapshot is not what its manifest says."""


class SchemaChangedError(SnapshotError):
    """A declared field is missing or has another type; the message names both types."""


class FilingError(BexioAnalyticsError):
    """A VAT return as a file cannot be written, read or stored."""


class FilingRefusedError(FilingError):
    """The file breaks rules of the portal; the message names every one, ``breaches`` holds them."""

    exit_code = 1

    def __init__(self, message: str, breaches: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.breaches = tuple(breaches)


class FilingAlteredError(FilingError):
    """A stored return is missing or is not what the index says."""

    exit_code = 3


class ReportError(BexioAnalyticsError):
    """The report's notebook failed; the message names the cell and carries a short traceback."""

    exit_code = 4
