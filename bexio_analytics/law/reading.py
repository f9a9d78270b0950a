"""Reading the law's data files: decimals stay decimals."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib import resources
from typing import Any

LAW, SCENARIO = "law", "scenario"


def entries(file: str, key: str, *, scenario: bool = False) -> list[dict[str, Any]]:
    """All tables of the array ``key`` in one of the law's TOML files, numbers as ``Decimal``.

    Every entry has a ``status``: ``law``, which is meant where it says nothing, or ``scenario``, what is planned or
    unconfirmed. A scenario is left out unless it is asked for.

    Raises:
        ValueError: an entry has another status.
    """
    text = resources.files("bexio_analytics.law").joinpath(file).read_text(encoding="utf-8")
    found = [{"status": LAW, **row} for row in tomllib.loads(text, parse_float=Decimal)[key]]
    for row in found:
        if row["status"] not in {LAW, SCENARIO}:
            raise ValueError(f"{file}: {row['status']!r} is no status of an entry: write {LAW} or {SCENARIO}")
    return [row for row in found if scenario or row["status"] == LAW]
