"""A port of 127.0.0.1 that the browser comes back to after the sign-in."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

from bexio_analytics.connector.connection import is_local_url
from bexio_analytics.errors import AuthenticationError, ConfigurationError

HOST: Final = "127.0.0.1"
PATH: Final = "/callback"
_DONE: Final = "/done"
_IDLE_SECONDS: Final = 5.0
_PAGE_SECONDS: Final = 3.0
_PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>bexio-analytics</title>'
    "<p>The answer of bexio has arrived. Go back to the terminal: it says how it went. You may close this page."
)
_LARGEST: Final = 16_384


class Catcher:
    """Waits for the browser."""

    def __init__(self, url: str, answers: queue.Queue[str], seen: threading.Event) -> None:
        self.url = url
        self._answers = answers
        self._seen = seen

    def wait(self, seconds: float) -> str:
        """The address the browser came back to, with all its parameters.

        Raises:
            AuthenticationError: nobody came in time.
        """
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise AuthenticationError(
                f"Nobody signed in within {seconds / 60:.0f} minutes. Nothing was stored. Connect again."
            ) from None
        self._seen.wait(_PAGE_SECONDS)  # the page that follows is for the person; the answer is here already
        return answer


@contextmanager
def catching(redirect_url: str = "") -> Iterator[Catcher]:
    """Listen for the browser until the block ends.

    The answer is taken out of the browser's address bar by sending it on at once to a page without parameters, and it
    is logged nowhere.

    Args:
        redirect_url: Registered address on this machine, with its port; empty for ``/callback`` on a free port.

    Raises:
        ConfigurationError: the address is not on this machine, or its port is taken.
    """
    parts = urlsplit(redirect_url or f"http://{HOST}:0{PATH}")
    if not can_catch(parts.geturl()):
        raise ConfigurationError(f"{parts.geturl()} cannot be listened at: it is not an http address on this machine.")
    answers: queue.Queue[str] = queue.Queue()
    seen = threading.Event()
    try:
        server = ThreadingHTTPServer((HOST, parts.port or 0), _handler(parts.path, answers, seen))
    except OSError as error:
        raise ConfigurationError(
            f"Port {parts.port} on {HOST} cannot be listened at ({error.strerror}): end the program that holds it, or "
            "connect with --no-browser."
        ) from None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Catcher(redirect_url if parts.port else f"http://{HOST}:{server.server_port}{parts.path}", answers, seen)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def can_catch(redirect_url: str) -> bool:
    """The browser on this machine can come back to the address by itself."""
    parts = urlsplit(redirect_url)
    return parts.scheme == "http" and is_local_url(redirect_url) and parts.hostname != "::1"


def _handler(path: str, answers: queue.Queue[str], seen: threading.Event) -> type[BaseHTTPRequestHandler]:
    taken = threading.Lock()  # by the first answer, for good: every connection has a thread of its own

    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_SECONDS  # browsers open connections ahead and then say nothing

        def do_GET(self) -> None:
            is_answer = len(self.path) <= _LARGEST and urlsplit(self.path).path == path
            if is_answer and taken.acquire(blocking=False):
                self._reply(HTTPStatus.SEE_OTHER, location=_DONE)
                answers.put(self.path)
            elif self.path == _DONE:
                self._reply(HTTPStatus.OK, _PAGE)
                seen.set()
            else:
                self._reply(HTTPStatus.NOT_FOUND)

        def _reply(self, status: HTTPStatus, page: str = "", location: str = "") -> None:
            body = page.encode()
            self.send_response_only(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Security-Policy", "default-src 'none'")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            """Say nothing: the request line holds the code."""

    return Handler
