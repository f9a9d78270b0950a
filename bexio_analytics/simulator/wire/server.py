"""Runs a simulated bexio on the loopback interface, in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

_HOST = "127.0.0.1"
_START_SECONDS = 10.0
_STOP_SECONDS = 5


@dataclass(frozen=True)
class Served:
    """A running simulated bexio: its address (without a slash at the end) and its application."""

    url: str
    app: Starlette


@contextmanager
def serve(app: Starlette, port: int = 0) -> Iterator[Served]:
    """Serve an application on 127.0.0.1 until the block ends.

    Args:
        app: What ``create_app`` made.
        port: TCP port; 0 takes a free one.

    Yields:
        The running server with its ``url``; it already answers.

    Raises:
        OSError: The port is taken.
        RuntimeError: The server did not come up within ten seconds.
    """
    # asyncio turns off Nagle's algorithm only where the socket names its protocol; with it every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            http="h11",
            ws="none",
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="simulated bexio", daemon=True
        )
        thread.start()
        _wait_until_started(server, thread)
        try:
            yield Served(f"http://{_HOST}:{listener.getsockname()[1]}", app)
        finally:
            server.should_exit = True
            thread.join(_STOP_SECONDS * 2)
    finally:
        listener.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            server.should_exit = True
            raise RuntimeError("The simulated bexio did not start: look for another program that hinders it, try again")
        time.sleep(0.005)
