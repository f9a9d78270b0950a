"""Paging of the three API generations: each has its own parameters, envelope and way of telling the total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bexio_analytics.simulator.wire.list_rows import Record


class Style(Enum):
    """How a list is paged."""

    V2 = "limit and offset, a bare array, no total"
    V3 = "limit and offset, a bare array, x-total-count"
    V3_WHOLE = "limit and offset are ignored: always the whole list, no total"
    V4 = "page and limit, data and paging"
    V4_BANKING = "page and per-page, results and pagination"


class PageError(ValueError):
    """A page parameter is not a whole number; the message is the answer's text."""


@dataclass(frozen=True)
class Page:
    """Where a page starts, how long it is at most, and its number from 1 (4.0 only)."""

    offset: int
    limit: int
    number: int = 1


def read_page(style: Style, params: Mapping[str, str], *, default: int, maximum: int) -> Page:
    """Read the paging parameters of a request.

    2.0 and 3.0 fall back to their defaults where a value makes no sense; limits above the maximum are clamped
    (assumptions). 4.0 ignores ``offset`` and refuses a page that is not a whole number.

    Raises:
        PageError: A 4.0 page or limit is not a whole number of at least 1.
    """
    if style in {Style.V4, Style.V4_BANKING}:
        number = _whole(params.get("page", "1"), "page")
        size = "limit" if style is Style.V4 else "per-page"
        limit = min(_whole(params.get(size, str(default)), size), maximum)
        return Page((number - 1) * limit, limit, number)
    limit = _or_default(params.get("limit"), default) or default
    return Page(_or_default(params.get("offset"), 0), min(limit, maximum))


def _whole(text: str, name: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise PageError(f"[400] {name}: unsupported value type")
    return int(text)


def _or_default(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default


def envelope(
    style: Style, page: Page, total: int, rows: Sequence[Record], params: Mapping[str, str]
) -> tuple[object, dict[str, str]]:
    """Return body and headers of one page."""
    match style:
        case Style.V3:
            headers = {"x-total-count": str(total), "x-limit": str(page.limit), "x-offset": str(page.offset)}
            return list(rows), headers
        case Style.V4:
            paging = {
                "page": page.number,
                "page_size": page.limit,
                "page_count": -(-total // page.limit),
                "item_count": total,
            }
            return {"data": list(rows), "paging": paging}, {}
        case Style.V4_BANKING:
            pagination = {"page": page.number, "per-page": page.limit, "max-results": total}
            return {
                "query": params.get("filter-by"),
                "sort-by": params.get("sort-by"),
                "pagination": pagination,
                "results": list(rows),
            }, {}
    return list(rows), {}
