"""One table for everything: plain HTML that prints whole, and sorts and filters where the page's script runs.

The cell shows the exact amount as text; ``data-v`` carries the bare value the script sorts and compares by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from bexio_analytics.present import formats
from bexio_analytics.present.markup import Html, tag
from bexio_analytics.present.translation import Translator


class Kind(Enum):
    """What a column holds, which decides format, alignment and order."""

    TEXT = "text"
    AMOUNT = "amount"
    EFFECT = "effect"  # an amount with its sign always shown
    DIFFERENCE = "difference"  # signed too; 0.00 is as it should be, anything else stands out
    RATE = "rate"
    COUNT = "count"
    DATE = "date"


_NUMERIC = frozenset({Kind.AMOUNT, Kind.EFFECT, Kind.DIFFERENCE, Kind.RATE, Kind.COUNT})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        key: the row's key that holds the value: text, ``Html``, ``Decimal``, ``date``, ``int`` or ``None``.
        title: heading, already translated.
        kind: format, alignment and order.
        facet: offer a choice of this column's values above the table.
        order_by: key of the value to sort by where it is not the one shown.
        class_: CSS class of the column's cells.
        tolerance: CHF up to which a difference counts as none.
    """

    key: str
    title: str
    kind: Kind = Kind.TEXT
    facet: bool = False
    order_by: str | None = None
    class_: str | None = None
    tolerance: Decimal = Decimal(0)


Row = Mapping[str, Any]


def table(
    rows: Iterable[Row],
    columns: Sequence[Column],
    translate: Translator,
    *,
    caption: str | None = None,
    total: Row | None = None,
    detail: Callable[[Row], Html | None] | None = None,
    is_interactive: bool = True,
    page: int | None = 50,
    empty: str | None = None,
    class_: str = "",
) -> Html:
    """Rows as a table.

    Args:
        rows: mappings, such as ``frame.iter_rows(named=True)``.
        columns: what to show, left to right.
        translate: language of formats and controls.
        caption: heading of the table for readers and screen readers, already translated.
        detail: what opens below a row over the whole width, or ``None``; it moves and hides with its row.
        total: values of a closing line that neither sorts nor filters away.
        is_interactive: sortable and filterable in a browser.
        page: rows shown at first on the screen; the others are one click away and always printed. ``None`` shows all.
        empty: text instead of the table when there is no row; default is the translated "Nothing to show."
        class_: further CSS classes.
    """
    written = list(rows)
    if not written and total is None:
        return tag("p", empty or translate("Nothing to show."), class_="ba-empty")
    head = tag("thead", tag("tr", *(_heading(column) for column in columns)))
    lines = [tag("tr", *(_cell(row, column, translate) for column in columns)) for row in written]
    if detail is None:
        bodies = [tag("tbody", *lines)]
    else:
        below = (tag("tr", tag("td", detail(row), colspan=len(columns)), class_="ba-below") for row in written)
        bodies = [tag("tbody", line, extra) for line, extra in zip(lines, below, strict=True)]
    foot = tag("tfoot", tag("tr", *(_cell(total, column, translate) for column in columns))) if total else None
    controls: dict[str, str | int | bool | None] = {}
    if is_interactive and len(written) > 1:
        controls = {
            "data_ba_table": True,
            "data_grouped": detail is not None,
            "data_page": page,
            "data_filter": translate("Filter: text, >1000, <0"),
            "data_all": translate("all"),
            "data_shown": translate("{shown} of {all}"),
            "data_more": translate("Show all {all} rows"),
        }
    element = tag(
        "table",
        tag("caption", caption) if caption else None,
        head,
        *bodies,
        foot,
        class_=f"ba-table {class_}".strip(),
        **controls,
    )
    return tag("div", element, class_="ba-scroll")


def _heading(column: Column) -> Html:
    return tag(
        "th",
        column.title,
        scope="col",
        class_=_classes(column),
        data_kind="number" if column.kind in _NUMERIC else None,
        data_facet=column.facet,
    )


def _cell(row: Row, column: Column, translate: Translator) -> Html:
    value = row.get(column.key)
    order = row.get(column.order_by) if column.order_by else value
    is_bare = column.order_by is not None or column.kind is not Kind.TEXT
    return tag(
        "td",
        shown(value, column.kind, translate.lang),
        class_=_classes(column, value),
        data_v=_bare(order) if is_bare and order is not None else None,
    )


def shown(value: object, kind: Kind, lang: str) -> Html | str:  # noqa: PLR0911 - one return a type
    """A value as a reader sees it: amounts in Swiss notation, dates of the language, markup as it is."""
    match value:
        case None:
            return ""
        case Html():
            return value
        case Decimal() if kind in (Kind.EFFECT, Kind.DIFFERENCE):
            return formats.signed_chf(value)
        case Decimal() if kind is Kind.RATE:
            return formats.rate(value)
        case Decimal():
            return formats.chf(value)
        case bool():
            return "✓" if value else ""
        case int() if kind is Kind.COUNT:
            return formats.count(value)
        case date():
            return formats.day(value, lang)
        case _:
            return str(value)


def _bare(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else str(value)


def _classes(column: Column, value: object = None) -> str | None:
    names = [
        "ba-n" if column.kind in _NUMERIC else "ba-d" if column.kind is Kind.DATE else "",
        _standing_out(column, value),
        column.class_ or "",
    ]
    return " ".join(filter(None, names)) or None


def _standing_out(column: Column, value: object) -> str:
    if column.kind is not Kind.DIFFERENCE or not isinstance(value, Decimal):
        return ""
    return "ba-gap" if abs(value) > column.tolerance else "ba-even"
