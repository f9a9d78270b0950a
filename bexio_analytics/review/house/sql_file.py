"""A check in a ``.sql`` file: its label in a header of comments, then one select.

::

    -- code: X01
    -- title: Entertainment is booked without the names of the guests.
    -- subject: posting
    -- severity: 3
    -- confidence: likely
    -- says: CHF {amount} on {account_no} without a guest: {description}
    -- references: Art. 957a OR; house rule 12
    -- threshold: $min_amount decimal = 200.00
    -- Why it matters: …
    -- False positives: …
    -- What to do: …
    select posting_id, line_id, booked_on, amount, … from posting where amount >= $min_amount

A text goes on in the next lines of comment, until an empty one or the next key. There are also ``needs`` (more views
without which the question is meaningless), ``method``, ``basis``, and ``restates: yes`` where it sums up other checks.
Thresholds are decimal, integer, text or boolean.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.review.check import SECTIONS, Check, Confidence, Severity, ThresholdValue, check, check_of
from bexio_analytics.review.house.place import wrong
from bexio_analytics.review.house.sandbox import Refused, parameters

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books

_REQUIRED = ("code", "title", "subject", "severity", "confidence", "says", "references", *SECTIONS)
_OPTIONAL = ("needs", "method", "basis", "restates", "threshold")
_KEY = re.compile(rf"(?P<key>{'|'.join((*_REQUIRED, *_OPTIONAL))}):(?P<text>.*)")
_OTHER_KEY = re.compile(r"(?P<key>[a-z_]+): ")
_THRESHOLD = re.compile(r"\$(?P<name>[a-z_]+)\s+(?P<type>[a-z]+)\s*=\s*(?P<default>.*)")


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    text: str


def read_sql_check(path: Path) -> tuple[Check, int]:
    """The check in a ``.sql`` file and the line of its code.

    Raises:
        ConfigurationError: the label or the query is wrong; every problem is named with its line.
    """
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    header = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    entries, thresholds, problems = _read_header(path, lines[:header])
    missing = [key for key in _REQUIRED if not entries.get(key, _Entry(0, "")).text]
    if missing:
        problems.append(str(wrong(path, 1, f"the header does not say {', '.join(missing)}")))
    query = "\n".join(lines[header:])
    try:
        used = parameters(query)
    except Refused as refused:
        problems.append(str(wrong(path, header + refused.line, str(refused))))
    else:
        problems += [
            str(wrong(path, header + 1, f"${name} is used, but the header has no threshold of this name"))
            for name in sorted(used - thresholds.keys())
        ]
        problems += [
            str(wrong(path, line, f"${name} is not used in the query"))
            for name, (line, _) in thresholds.items()
            if name not in used
        ]
    if problems:
        raise ConfigurationError("\n".join(problems))
    function = _function(path, query, entries, {name: value for name, (_, value) in thresholds.items()})
    return _labelled(path, entries, function), entries["code"].line


def _read_header(
    path: Path, lines: list[str]
) -> tuple[dict[str, _Entry], dict[str, tuple[int, ThresholdValue]], list[str]]:
    """Entries by key, thresholds by name with their line, and what is wrong."""
    entries: dict[str, _Entry] = {}
    thresholds: dict[str, tuple[int, ThresholdValue]] = {}
    problems: list[str] = []
    key = ""
    for number, line in enumerate(lines, 1):
        content = line.removeprefix("--").strip()
        match = _KEY.match(content)
        if match and match["key"] == "threshold":
            key = ""
            try:
                name, value = _threshold(match["text"].strip())
                thresholds[name] = (number, value)
            except ValueError as error:
                problems.append(str(wrong(path, number, str(error))))
        elif match:
            key = match["key"]
            if key in entries:
                problems.append(str(wrong(path, number, f"{key} is said twice")))
            entries[key] = _Entry(number, match["text"].strip())
        elif key not in SECTIONS and (other := _OTHER_KEY.match(content)):
            known = ", ".join((*_REQUIRED, *_OPTIONAL))
            problems.append(str(wrong(path, number, f"the header knows no {other['key']!r}, only {known}")))
        elif key and content:
            entries[key] = _Entry(entries[key].line, f"{entries[key].text} {content}".strip())
        else:  # an empty line ends a text; what follows without a key is a remark
            key = ""
    return entries, thresholds, problems


def _threshold(text: str) -> tuple[str, ThresholdValue]:
    match = _THRESHOLD.fullmatch(text)
    if match is None:
        raise ValueError(f"a threshold is written $min_amount decimal = 200.00, not {text!r}")
    default = match["default"].strip()
    try:
        match match["type"]:
            case "decimal":
                return match["name"], Decimal(default)
            case "integer":
                return match["name"], int(default)
            case "boolean":
                return match["name"], {"true": True, "false": False}[default]
            case "text":
                return match["name"], default
    except (InvalidOperation, ValueError, KeyError):
        raise ValueError(f"${match['name']}: {default!r} is not of type {match['type']}") from None
    raise ValueError(f"${match['name']}: a threshold is decimal, integer, text or boolean, not {match['type']}")


def _function(
    path: Path, query: str, entries: Mapping[str, _Entry], thresholds: Mapping[str, ThresholdValue]
) -> Callable[..., pl.DataFrame]:
    """The function a check is, with the name of the file, its thresholds as arguments and its page as docstring."""

    def run(books: Books, **values: ThresholdValue) -> pl.DataFrame:
        return books.sql(query, **{**thresholds, **values})

    keyword_only = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value, annotation=type(value))
        for name, value in thresholds.items()
    ]
    books_parameter = inspect.Parameter("books", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    vars(run)["__signature__"] = inspect.Signature([books_parameter, *keyword_only])
    run.__name__ = run.__qualname__ = re.sub(r"\W", "_", path.stem)
    run.__module__ = f"house.{run.__name__}"
    sections = [f"{heading}: {entries[heading].text}" for heading in SECTIONS]
    run.__doc__ = "\n\n".join([entries["title"].text, *sections]) + "\n"
    return run


def _labelled(path: Path, entries: Mapping[str, _Entry], function: Callable[..., pl.DataFrame]) -> Check:
    def text(key: str) -> str | None:
        return entries[key].text if key in entries and entries[key].text else None

    try:
        severity = Severity(int(entries["severity"].text))
    except ValueError:
        raise wrong(path, entries["severity"].line, "severity is a number from 1 (blocks filing) to 4") from None
    try:
        confidence = Confidence(entries["confidence"].text)
    except ValueError:
        allowed = ", ".join(Confidence)
        raise wrong(path, entries["confidence"].line, f"confidence is one of {allowed}") from None
    if (text("restates") or "no") not in ("yes", "no"):
        raise wrong(path, entries["restates"].line, "restates is yes or no")
    try:
        label = check(
            entries["code"].text,
            subject=entries["subject"].text,
            severity=severity,
            confidence=confidence,
            says=entries["says"].text,
            needs=(text("needs") or "").replace(",", " ").split(),
            references=[each.strip() for each in entries["references"].text.split(";")],
            method=text("method"),
            basis=text("basis"),
            restates=text("restates") == "yes",
        )
        return check_of(label(function))
    except ValueError as error:
        key = "subject" if "subject" in str(error) else "code"
        raise wrong(path, entries[key].line, str(error)) from None
