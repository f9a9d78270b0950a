"""What was asked of the simulated bexio, for tests that count requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LoggedRequest:
    """One request: method, path, query parameters, status answered, company name (empty if none was recognised)."""

    method: str
    path: str
    params: Mapping[str, str]
    status: int
    company: str


class Log:
    """The requests in the order of their answers; tokens and bodies are never kept."""

    def __init__(self) -> None:
        self._requests: list[LoggedRequest] = []

    def add(self, request: LoggedRequest) -> None:
        """Record one answered request."""
        self._requests.append(request)

    def clear(self) -> None:
        """Forget everything recorded so far."""
        self._requests.clear()

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(tuple(self._requests))

    def __len__(self) -> int:
        return len(self._requests)

    def select(self, path: str = "", *, method: str | None = None, status: int | None = None) -> list[LoggedRequest]:
        """Return the requests whose path starts with ``path``, of that method and that status where given."""
        return [
            request
            for request in self
            if request.path.startswith(path)
            and (method is None or request.method == method)
            and (status is None or request.status == status)
        ]
