"""One failure out of many tasks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def first_failure() -> Iterator[None]:
    """Raise the failure that ended a group of tasks instead of the group."""
    failure: BaseException
    try:
        yield
    except BaseExceptionGroup as group:
        failure = group
        while isinstance(failure, BaseExceptionGroup):
            failure = failure.exceptions[0]
    else:
        return
    raise failure
