"""A check: one plain function with a label, collected on demand."""

from __future__ import annotations

import difflib
import inspect
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.review.subject import SUBJECTS

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books

P = ParamSpec("P")

SECTIONS = ("Why it matters", "False positives", "What to do")
"""Headings that the docstring of every check has, in this order."""

ThresholdValue = Decimal | int | str | bool
_THRESHOLD_TYPES = (Decimal, int, str, bool)
_CODE = re.compile(r"[A-KX]\d\d")
_LABEL = "__check__"


class Severity(IntEnum):
    """How bad it is if the finding is true."""

    BLOCKS_FILING = 1
    MUST_BE_ANSWERED = 2
    LOOK_AT = 3
    INFORMATION = 4


class Confidence(StrEnum):
    """How likely the finding is true: arithmetic is certain, a rule with exceptions likely, a pattern indicative."""

    CERTAIN = "certain"
    LIKELY = "likely"
    INDICATIVE = "indicative"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A keyword-only argument of a check: its name, its type and the value used unless the mandate sets another."""

    name: str
    type: type
    default: ThresholdValue


@dataclass(frozen=True, slots=True)
class Check:
    """The label of a check and the function it was put on.

    Attributes:
        code: family letter and two digits, such as F05; never reused.
        subject: the view whose rows are examined, a key of ``SUBJECTS``.
        severity: how bad if true.
        confidence: how likely true.
        says: template of the finding's text; every ``{name}`` is a column of the rows the function returns.
        needs: further views without which the question is meaningless.
        references: articles of law and circulars.
        method: the check only concerns mandates of this VAT method; None concerns all.
        basis: the check only concerns mandates of this basis (agreed or collected consideration); None concerns all.
        words: values in the text that are our own wording and not data, such as a reason; they are translated.
        restates: sums up what other checks find row by row, so that its VAT effect is not added to theirs.
        function: takes the books and keyword-only thresholds, returns the rows one does not want.
    """

    code: str
    subject: str
    severity: Severity
    confidence: Confidence
    says: str
    needs: tuple[str, ...]
    references: tuple[str, ...]
    method: str | None
    basis: str | None
    words: tuple[str, ...]
    restates: bool
    function: Callable[..., pl.DataFrame]

    @property
    def name(self) -> str:
        """Name of the function: the defect."""
        return self.function.__name__

    @property
    def title(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def sections(self) -> Mapping[str, str]:
        """The docstring's sections by heading, each as one paragraph."""
        headings = "|".join(SECTIONS)
        parts = re.split(rf"^({headings}):", inspect.getdoc(self.function) or "", flags=re.MULTILINE)[1:]
        return {heading: " ".join(text.split()) for heading, text in zip(parts[::2], parts[1::2], strict=True)}

    @property
    def thresholds(self) -> Mapping[str, Threshold]:
        """The thresholds by name, in the order of the signature."""
        return {
            p.name: Threshold(p.name, type(p.default), p.default)
            for p in inspect.signature(self.function).parameters.values()
            if p.kind is p.KEYWORD_ONLY
        }

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the columns that ``says`` shows."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.says) if name)


def check(
    code: str,
    *,
    subject: str,
    severity: Severity,
    confidence: Confidence,
    says: str,
    needs: Iterable[str] = (),
    references: Iterable[str] = (),
    method: str | None = None,
    basis: str | None = None,
    words: Iterable[str] = (),
    restates: bool = False,
) -> Callable[[Callable[Concatenate[Books, P], pl.DataFrame]], Callable[Concatenate[Books, P], pl.DataFrame]]:
    """Label a function as a check; the function is returned unchanged and nothing is registered.

    The arguments are the attributes of :class:`Check`. The function takes the books and nothing but keyword-only
    thresholds, each with a default of type Decimal, int, str or bool and annotated so.

    Raises:
        ValueError: the code is not of the form F05, or the subject is no view that can be a subject.
        TypeError: the function takes something else than the books and typed thresholds.
    """
    if not _CODE.fullmatch(code):
        raise ValueError(f"check code {code!r} is not of the form F05: a family letter A to K or X and two digits")
    if subject not in SUBJECTS:
        raise ValueError(f"{code}: {subject!r} cannot be the subject of a check, only {', '.join(SUBJECTS)} can")

    def label(function: Callable[Concatenate[Books, P], pl.DataFrame]) -> Callable[Concatenate[Books, P], pl.DataFrame]:
        _require_typed_thresholds(code, function)
        found = Check(
            code,
            subject,
            severity,
            confidence,
            says,
            tuple(needs),
            tuple(references),
            method,
            basis,
            tuple(words),
            restates,
            function,
        )
        setattr(function, _LABEL, found)
        return function

    return label


class CheckSet(Mapping[str, Check]):
    """Checks by code, in the order of their codes.

    Raises:
        ConfigurationError: two checks have the same code.
    """

    def __init__(self, checks: Iterable[Check]) -> None:
        by_code: dict[str, Check] = {}
        for each in sorted(checks, key=lambda c: c.code):
            other = by_code.setdefault(each.code, each)
            if other is not each:
                raise ConfigurationError(
                    f"the code {each.code} names two checks, {other.name} and {each.name}: give one of them a new code"
                )
        self._by_code = MappingProxyType(by_code)

    @classmethod
    def from_modules(cls, *modules: ModuleType) -> CheckSet:
        """Collect the labelled functions that are defined in these modules; what they merely import is left out."""
        return cls(
            getattr(value, _LABEL)
            for module in modules
            for value in vars(module).values()
            if hasattr(value, _LABEL) and value.__module__ == module.__name__
        )

    def explain(self, code: str) -> Check:
        """The check of this code, for a person who typed it.

        Raises:
            ConfigurationError: there is none; near misses are named.
        """
        found = self.get(code.strip().upper())
        if found is None:
            raise ConfigurationError(unknown("check", code, self))
        return found

    def __getitem__(self, code: str) -> Check:
        return self._by_code[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_code)

    def __len__(self) -> int:
        return len(self._by_code)


def check_of(function: Callable[..., object]) -> Check:
    """The label of a function.

    Raises:
        TypeError: the function is not a check.
    """
    found = getattr(function, _LABEL, None)
    if not isinstance(found, Check):
        message = f"{getattr(function, '__name__', function)} is not a check: label it with @check"
        raise TypeError(message)
    return found


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Sentence about an unknown name, with the nearest known one or else all of them."""
    names = list(known)
    near = difflib.get_close_matches(name.upper() if kind == "check" else name, names, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(names) or 'none'}"
    return f'there is no {kind} "{name}": {hint}'


def _require_typed_thresholds(code: str, function: Callable[..., object]) -> None:
    _books, *parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        expected = type(parameter.default)
        if (
            parameter.kind is not parameter.KEYWORD_ONLY
            or expected not in _THRESHOLD_TYPES
            or parameter.annotation not in (expected, expected.__name__)
        ):
            message = (
                f"{code}: {parameter.name} must be keyword-only, with a default of type Decimal, int, str or bool "
                "and the same type as annotation"
            )
            raise TypeError(message)
