"""Which checks run, and with which thresholds: what the mandate's settings say about them, verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.review.check import Check, CheckSet, Threshold, ThresholdValue, unknown

if TYPE_CHECKING:
    from bexio_analytics.mandate import CheckSettings

_TYPE_NAMES = {Decimal: "a number", int: "a whole number", str: "a text", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class Selection:
    """Checks to run, each with the thresholds that differ from its defaults, and the codes left out."""

    checks: tuple[tuple[Check, Mapping[str, ThresholdValue]], ...]
    disabled: tuple[str, ...]


def select(checks: CheckSet, settings: CheckSettings) -> Selection:
    """Apply a mandate's settings to a set of checks.

    Raises:
        ConfigurationError: a check or a threshold does not exist, or a threshold has the wrong type; one message
            names every problem.
    """
    problems = [
        f"[checks] disabled: {unknown('check', code, checks)}" for code in settings.disabled if code not in checks
    ]
    chosen: dict[str, dict[str, ThresholdValue]] = {}
    for code, thresholds in settings.thresholds.items():
        if code not in checks:
            problems.append(f"[checks.{code}]: {unknown('check', code, checks)}")
            continue
        known = checks[code].thresholds
        for name, value in thresholds.items():
            if name not in known:
                problems.append(f"[checks.{code}] {name}: {unknown('threshold', name, known)}")
                continue
            fitting = _fitting(known[name], value)
            if fitting is None:
                problems.append(f"[checks.{code}] {name}: {value!r} is not {_TYPE_NAMES[known[name].type]}")
            else:
                chosen.setdefault(code, {})[name] = fitting
    if problems:
        raise ConfigurationError("\n".join(["mandate.toml asks for checks that cannot be run so:", *problems]))
    return Selection(
        checks=tuple((each, chosen.get(code, {})) for code, each in checks.items() if code not in settings.disabled),
        disabled=tuple(sorted(settings.disabled)),
    )


def _fitting(threshold: Threshold, value: ThresholdValue) -> ThresholdValue | None:
    """The value in the threshold's type, or None; a whole number is a fine Decimal, but True is no number."""
    if threshold.type is Decimal and isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value if type(value) is threshold.type else None
