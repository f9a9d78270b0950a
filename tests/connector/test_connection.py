"""A connection never shows its token."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from bexio_analytics.connector import API_URL, Connection
from bexio_analytics.errors import ConfigurationError


def test_the_token_is_shown_nowhere(token: str) -> None:
    connection = Connection("https://api.bexio.com/", token)
    shown = [
        repr(connection),
        str(connection),
        f"{connection.tokens.current()}",
        f"{connection.tokens.current()!r:>30}",
    ]
    assert not [text for text in shown if token in text]
    current = connection.tokens.current()
    assert current is not None
    assert current.reveal() == token
    assert connection.api_url == "https://api.bexio.com"
    assert not hasattr(connection, "__dict__")


def test_neither_connection_nor_token_leaves_the_process(token: str) -> None:
    connection = Connection(API_URL, token)
    for held in (connection, connection.tokens.current()):
        for leave in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="neither pickled nor copied"):
                leave(held)


def test_redaction_takes_the_token_out_of_texts(token: str) -> None:
    connection = Connection(API_URL, token)
    assert connection.redact(f"Bearer {token}!") == "Bearer [redacted]!"
    assert connection.redact_bytes(f'"{token}"'.encode()) == b'"[redacted]"'


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://api.bexio.com", "in the clear"),
        ("http://127.0.0.1.example.com", "in the clear"),
        ("ftp://api.bexio.com", "not an address"),
        ("api.bexio.com", "not an address"),
        ("https://user:hunter2@api.bexio.com", "user name or password"),
        ("https://api.bexio.com?x=1", "not an address"),
    ],
)
def test_addresses_that_cannot_be_right(url: str, problem: str, token: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        Connection(url, token)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80", "https://example.com"])
def test_addresses_that_are_accepted(url: str, token: str) -> None:
    assert Connection(url, token).is_local == url.startswith("http:")


@pytest.mark.parametrize("bad", ["", "  ", "two words", "tökén", "line\nbreak"])
def test_tokens_that_cannot_be_right(bad: str) -> None:
    with pytest.raises(ConfigurationError, match="access token") as caught:
        Connection(API_URL, bad)
    assert not bad.strip() or bad not in str(caught.value)


def test_a_failure_with_local_variables_shows_no_token(token: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Connection("ftp://nowhere", token)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    inner = [
        frame.locals
        for frame in frames.stack
        if frame.filename.endswith("/connector/connection.py") and "tests" not in frame.filename
    ]
    assert inner
    assert token not in str(inner)


def test_environment(token: str) -> None:
    assert Connection.from_environment({"BEXIO_TOKEN": token}).api_url == API_URL
    local = {"BEXIO_TOKEN": f" {token}\n", "BEXIO_API_URL": "http://127.0.0.1:1/"}
    assert Connection.from_environment(local).api_url == "http://127.0.0.1:1"
    with pytest.raises(ConfigurationError, match="BEXIO_TOKEN"):
        Connection.from_environment({"BEXIO_API_URL": API_URL})
