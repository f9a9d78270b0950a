"""Reading the law's data files: decimals stay decimals."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib import resources
from typing import Any


def entries(file: str, key: str) -> list[dict[str, Any]]:
    """All tables of the array ``key`` in one of the law's TOML files, numbers as ``Decimal``."""
    text = resources.files("bexio_analytics.law").joinpath(file).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text, parse_float=Decimal)[key]
    return found
