"""Reads values out of a parsed TOML table and collects every problem instead of stopping at the first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

_SECRET_KEY = re.compile(
    r"token|secret|passw|kennwort|credential|api[_-]?key|apikey|bearer|private[_-]?key|access[_-]?key", re.IGNORECASE
)
_SECRET_VALUE = re.compile(r"^(?:Bearer\s+\S+|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)$")


def quoted(values: Iterable[object]) -> str:
    """The allowed values as they are written in the file."""
    return ", ".join(f'"{value}"' for value in values)


def did_you_mean(word: str, possible: Iterable[str]) -> str:
    """A hint with the nearest allowed word, or nothing."""
    near = difflib.get_close_matches(word.lower(), list(possible), n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""


class Section:
    """One table of the file: hands out checked values and remembers which keys were asked for.

    A value that is missing or wrong is reported in ``problems`` and replaced by the caller's default, so that
    reading goes on and one message can name everything.
    """

    def __init__(self, path: str, content: dict[str, object], problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        self._content = content
        self._known: list[str] = []
        self._secret = {key for key, value in content.items() if _is_secret(key, value)}
        for key in sorted(self._secret):
            self.problem(key, "looks like a secret: this file is handed over with the mandate and holds none")

    def key(self, name: str) -> str:
        """The dotted name of a key, as messages show it."""
        return f"{self.path}.{name}" if self.path else name

    def problem(self, name: str, what: str) -> None:
        """Report what is wrong with one key of this table."""
        self.problems.append(f"{self.key(name)}: {what}")

    def names(self) -> list[str]:
        """The keys present but for refused secrets, in the order of the file."""
        return [name for name in self._content if name not in self._secret]

    def take(self, name: str) -> object:
        """The raw value, or None; the key counts as known from now on."""
        if name in self._secret:
            return None
        self._known.append(name)
        return self._content.get(name)

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        """A non-empty text."""
        value = self.take(name)
        if value is None:
            if required:
                self.problem(name, "is missing: write a text")
            return default
        if not isinstance(value, str) or not value.strip():
            self.problem(name, f"{_shown(value)} is not allowed: write a text that is not empty")
            return default
        return value.strip()

    def choice(self, name: str, allowed: Sequence[str], default: str, *, required: bool = False) -> str:
        """One of the allowed words."""
        value = self.take(name)
        if value is None:
            if required:
                self.problem(name, f"is missing: allowed are {quoted(allowed)}")
            return default
        if not isinstance(value, str) or value not in allowed:
            hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
            self.problem(name, f"{_shown(value)} is not allowed: allowed are {quoted(allowed)}{hint}")
            return default
        return value

    def number(
        self,
        name: str,
        default: Decimal,
        *,
        low: Decimal = Decimal(0),
        high: Decimal | None = None,
        required: bool = False,
    ) -> Decimal:
        """A finite number within its limits (both inclusive), exactly as it was written."""
        value = self.take(name)
        limits = f"from {low} to {high}" if high is not None else f"of at least {low}"
        if value is None:
            if required:
                self.problem(name, f"is missing: write a number {limits}")
            return default
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
            self.problem(name, f"{_shown(value)} is not allowed: write a number {limits}, without quotes")
            return default
        number = Decimal(value)
        if number < low or (high is not None and number > high):
            self.problem(name, f"{_shown(value)} is not allowed: write a number {limits}")
            return default
        return number

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within its limits (both inclusive)."""
        value = self.take(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.problem(name, f"{_shown(value)} is not allowed: write a whole number from {low} to {high}")
            return default
        return value

    def day(self, name: str) -> date | None:
        """A date written as TOML writes it, without quotes."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self.problem(name, f"{_shown(value)} is not allowed: write a date without quotes, such as 2026-07-01")
            return None
        return value

    def texts(self, name: str, *, form: re.Pattern[str], example: str) -> tuple[str, ...]:
        """A list of texts of one form, without repetition."""
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.problem(name, f"{_shown(value)} is not allowed: write a list, such as {example}")
            return ()
        wrong = [item for item in value if not isinstance(item, str) or not form.fullmatch(item)]
        for item in wrong:
            self.problem(name, f"{_shown(item)} is not allowed: write a list, such as {example}")
        return tuple(dict.fromkeys(item for item in value if item not in wrong))

    def table(self, name: str) -> Section:
        """A table below this one; empty where it is missing."""
        value = self.take(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self.problem(name, f"{_shown(value)} is not allowed: write a table [{self.key(name)}]")
            value = {}
        return Section(self.key(name), value, self.problems)

    def close(self) -> None:
        """Report every key that nobody asked for, and secrets in tables that nobody asked for."""
        for name in self.names():
            if name not in self._known:
                self.problem(
                    name, f"is unknown{did_you_mean(name, self._known)}: allowed are {quoted(sorted(self._known))}"
                )
                value = self._content[name]
                if isinstance(value, dict):
                    Section(self.key(name), value, self.problems)


def _is_secret(key: str, value: object) -> bool:
    if isinstance(value, dict):
        return False
    return bool(_SECRET_KEY.search(key)) or (isinstance(value, str) and bool(_SECRET_VALUE.match(value)))


def _shown(value: object) -> str:
    """A wrong value as the file writes it, shortened; never the content of a table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    text = text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - enough to recognise it
    return f'"{text}"' if isinstance(value, str) else text
