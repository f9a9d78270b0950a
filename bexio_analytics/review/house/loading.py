"""Finding the checks of the house in a mandate's folder."""

from __future__ import annotations

from pathlib import Path

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.review.check import SECTIONS, Check, CheckSet
from bexio_analytics.review.house.place import wrong
from bexio_analytics.review.house.python_file import read_python_checks
from bexio_analytics.review.house.sql_file import read_sql_check

FOLDER = "checks"
"""Folder of the checks below the folder of a mandate."""


def with_house_checks(checks: CheckSet, mandate_dir: Path) -> CheckSet:
    """Checks of the package together with those of one mandate's folder.

    Args:
        checks: of the package.
        mandate_dir: ``data/<mandate>``.

    Raises:
        ConfigurationError: a file cannot be loaded, or a code is used twice; file and line are named.
    """
    own = house_checks(mandate_dir)
    return CheckSet([*checks.values(), *own]) if own else checks


def house_checks(mandate_dir: Path) -> tuple[Check, ...]:
    """All checks in ``checks/`` of a mandate's folder, by code; tests beside them are left alone.

    Raises:
        ConfigurationError: a file cannot be loaded, or a code is used twice; one message names every problem.
    """
    folder = mandate_dir / FOLDER
    found: dict[str, tuple[Check, str]] = {}
    problems: list[str] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not _holds_checks(path):
            continue
        try:
            loaded = _read(path)
        except ConfigurationError as error:
            problems.append(str(error))
            continue
        for check, line in loaded:
            _, first = found.setdefault(check.code, (check, f"{path}, line {line}"))
            if found[check.code][0] is not check:
                problems.append(str(wrong(path, line, f"the code {check.code} is already used in {first}")))
    if problems:
        raise ConfigurationError("\n".join(problems))
    return tuple(found[code][0] for code in sorted(found))


def house_check(path: Path, code: str | None = None) -> Check:
    """One check of one file, for the test beside it; ``code`` says which, where the file has several.

    Raises:
        ConfigurationError: the file cannot be loaded, or it does not hold this one check.
    """
    loaded = [check for check, _ in _read(path) if code in (None, check.code)]
    if len(loaded) != 1:
        raise ConfigurationError(f"{path} has {len(loaded)} checks {code or ''}: name the code of one of them")
    return loaded[0]


def _holds_checks(path: Path) -> bool:
    is_test = path.name.startswith("test_") or path.name == "conftest.py"
    return path.is_file() and path.suffix in (".py", ".sql") and not is_test and not path.name.startswith(".")


def _read(path: Path) -> list[tuple[Check, int]]:
    try:
        loaded = [read_sql_check(path)] if path.suffix == ".sql" else read_python_checks(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8") from error
    problems = [str(wrong(path, line, reason)) for check, line in loaded if (reason := _breach(check))]
    if problems:
        raise ConfigurationError("\n".join(problems))
    return loaded


def _breach(check: Check) -> str:
    """What of the contract a check does not keep, or nothing."""
    if not check.code.startswith("X"):
        return f"the code {check.code} belongs to the package: checks of the house are X01 to X99"
    missing = [heading for heading in SECTIONS if not check.sections.get(heading)]
    if missing:
        return f"{check.code} does not say: {', '.join(missing)}"
    try:
        _ = check.placeholders
    except ValueError as error:
        return f"{check.code} says {check.says!r}, which is no template: {error}"
    return "" if check.references else f"{check.code} names nothing it rests on: references"
