"""Where in a file of the house something is wrong."""

from __future__ import annotations

from pathlib import Path

from bexio_analytics.errors import ConfigurationError


def wrong(path: Path, line: int, reason: str) -> ConfigurationError:
    """The error for one place of one file."""
    return ConfigurationError(f"{path}, line {line}: {reason}")
