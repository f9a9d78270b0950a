"""Checks in a ``.py`` file: the accountant's own code, executed as it is."""

from __future__ import annotations

import hashlib
import sys
import traceback
from pathlib import Path
from types import ModuleType

from bexio_analytics.review.check import Check, CheckSet
from bexio_analytics.review.house.place import wrong


def read_python_checks(path: Path) -> list[tuple[Check, int]]:
    """The checks that a ``.py`` file defines, each with the line of its function.

    The file is executed without leaving compiled code behind in the mandate's folder.

    Raises:
        ConfigurationError: the file cannot be executed or holds no check; its line is named.
    """
    source = path.read_bytes()
    # a name of its own, so that two mandates may have files of the same name
    name = f"house_{path.stem}_{hashlib.sha256(str(path.resolve()).encode() + source).hexdigest()[:12]}"
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses look their module up by its name
    try:
        exec(compile(source, str(path), "exec"), vars(module))  # noqa: S102 - it is what such a file is for
    except SyntaxError as error:
        line = error.lineno if error.filename == str(path) else _line_in(path, error)
        raise wrong(path, line or 1, f"{type(error).__name__}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        raise wrong(path, _line_in(path, error), f"{type(error).__name__}: {error}") from error
    found = CheckSet.from_modules(module)
    if not found:
        raise wrong(path, 1, "there is no check in it: label a function with @check, or begin the name with test_")
    return [(each, each.function.__code__.co_firstlineno) for each in found.values()]


def _line_in(path: Path, error: BaseException) -> int:
    """The last line of the file that was running."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return (lines[-1] if lines else None) or 1
