"""Labels: what makes a function a check, and what is refused."""

from __future__ import annotations

import types
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.review import CheckSet, Confidence, Severity, check, check_of

if TYPE_CHECKING:
    from bexio_analytics.books import Books


def labelled(code: str, name: str = "defect") -> types.FunctionType:
    """A function with a label, in a module called ``made_up``."""

    def defect(books: Books, *, min_amount: Decimal = Decimal("0.05"), days: int = 3) -> pl.DataFrame:
        """Something is wrong.

        Why it matters: Because
        it does.

        False positives: None.

        What to do: Look.
        """
        return books.sql("select $min_amount, $days", min_amount=min_amount, days=days)

    defect.__name__ = name
    defect.__module__ = "made_up"
    decorate = check(
        code, subject="posting", severity=Severity.LOOK_AT, confidence=Confidence.LIKELY, says="CHF {amount}: {text}"
    )
    return decorate(defect)  # type: ignore[return-value]


def module_of(**members: object) -> types.ModuleType:
    module = types.ModuleType("made_up")
    vars(module).update(members)
    return module


def test_label_changes_nothing_but_an_attribute() -> None:
    """The function stays an ordinary function; title, sections, thresholds and placeholders come from it."""
    function = labelled("F99")
    found = check_of(function)
    assert found.function is function
    assert found.name == "defect"
    assert found.title == "Something is wrong."
    assert found.sections == {"Why it matters": "Because it does.", "False positives": "None.", "What to do": "Look."}
    assert {name: (each.type, each.default) for name, each in found.thresholds.items()} == {
        "min_amount": (Decimal, Decimal("0.05")),
        "days": (int, 3),
    }
    assert found.placeholders == {"amount", "text"}


@pytest.mark.parametrize("code", ["F5", "f05", "Z01", "F005", "F05a", ""])
def test_code_has_a_fixed_shape(code: str) -> None:
    with pytest.raises(ValueError, match="not of the form F05"):
        labelled(code)


def test_subject_must_be_known() -> None:
    with pytest.raises(ValueError, match="cannot be the subject"):
        check("F99", subject="invoice", severity=Severity.LOOK_AT, confidence=Confidence.LIKELY, says="")


def test_thresholds_are_typed() -> None:
    """Positional parameters, floats, missing defaults and other annotations are refused when the label is put on."""
    label = check("F99", subject="posting", severity=Severity.LOOK_AT, confidence=Confidence.LIKELY, says="")

    def positional(books: Books, amount: int = 1) -> pl.DataFrame:
        return books.sql("select $amount", amount=amount)

    def a_float(books: Books, *, amount: float = 1.0) -> pl.DataFrame:
        return books.sql("select $amount", amount=amount)

    def no_default(books: Books, *, amount: int) -> pl.DataFrame:
        return books.sql("select $amount", amount=amount)

    def other_annotation(books: Books, *, amount: Decimal = 1) -> pl.DataFrame:  # type: ignore[assignment]
        return books.sql("select $amount", amount=amount)

    for function in (positional, a_float, no_default, other_annotation):
        with pytest.raises(TypeError, match="amount must be keyword-only"):
            label(function)  # type: ignore[arg-type]


def test_set_collects_what_a_module_defines() -> None:
    """A check that was only imported is not collected twice."""
    foreign = labelled("F98")
    foreign.__module__ = "elsewhere"
    found = CheckSet.from_modules(module_of(one=labelled("F99"), two=labelled("A99"), other=foreign, number=3))
    assert list(found) == ["A99", "F99"]
    assert len(found) == 2


def test_one_code_one_check() -> None:
    with pytest.raises(ConfigurationError, match="F99 names two checks, one and two"):
        CheckSet.from_modules(module_of(one=labelled("F99", "one"), two=labelled("F99", "two")))


def test_explain_names_near_misses() -> None:
    """What a person types is forgiven in case, and answered with the nearest code."""
    checks = CheckSet.from_modules(module_of(one=labelled("F99")))
    assert checks.explain(" f99 ").code == "F99"
    with pytest.raises(ConfigurationError, match='did you mean "F99"'):
        checks.explain("F9")


def test_a_plain_function_is_no_check() -> None:
    with pytest.raises(TypeError, match="is not a check"):
        check_of(module_of)
