"""The style sheet and the script that tables and charts need, wherever they are shown."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def style() -> str:
    """The style sheet of all components; every rule is confined to elements inside ``.ba``."""
    return _text("present.css")


@cache
def script() -> str:
    """The script that sorts and filters tables, draws charts and opens details for printing."""
    return _text("present.js")


def _text(name: str) -> str:
    return files("bexio_analytics.present").joinpath("assets", name).read_text(encoding="utf-8")
