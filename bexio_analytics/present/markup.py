"""HTML built from escaped parts: text is ``str``, markup is :class:`Html`, and the two never mix by accident."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

_VOID = frozenset({"br", "col", "hr", "img", "input", "meta"})


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of finished markup that Jupyter and the exported page show as it is."""

    text: str

    def _repr_html_(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text


Child: TypeAlias = "Html | str | None"


def escape(text: str) -> str:
    """Text made safe for element content and for double-quoted attributes.

    Apostrophes stay as they are, so that ``1'234.50`` reads the same in the page's source; every attribute written by
    :func:`tag` stands in double quotes.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def join(children: Iterable[Child], between: str = "") -> Html:
    """Children one after the other: text escaped, markup kept, ``None`` left out."""
    parts = (str(child) if isinstance(child, Html) else escape(child) for child in children if child is not None)
    return Html(escape(between).join(parts))


def tag(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """One element.

    Args:
        name: element name.
        children: text (escaped), markup (kept) or ``None`` (left out).
        attributes: ``class_`` becomes ``class``, ``data_sort`` becomes ``data-sort``; ``True`` writes the bare name,
            ``False`` and ``None`` leave the attribute out.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def _attribute(key: str, value: str | int | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
