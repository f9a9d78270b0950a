# ruff: noqa: ANN401 - fixtures of conftest.py cannot be imported, so their types have no name here
"""Renewing tokens against the real HTTP server: in time, once, on disk before use, by one at a time."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bexio_analytics.connector import ENDPOINTS, Connection, PullSettings
from bexio_analytics.connector.client import Client
from bexio_analytics.connector.oauth_app import OAuthApp
from bexio_analytics.connector.oauth_tokens import OAuthTokens
from bexio_analytics.connector.transport import Reply, Transport
from bexio_analytics.connector.vault import Vault
from bexio_analytics.connector.vault_connection import connection_for
from bexio_analytics.errors import AuthenticationError, ConfigurationError, ServerUnavailableError

Start = Callable[..., Any]
PATH = "/3.0/users/me"
TOKEN_ENDPOINT = "/realms/bexio/protocol/openid-connect/token"  # noqa: S105


def connection_of(bexio: Any, environ: dict[str, str], name: str = "muster") -> Connection:
    return connection_for(bexio.folder / name, environ, clock=bexio.clock)


def ask(connection: Connection, times: int = 1) -> list[Reply]:
    """Send the same request so many times at once."""

    async def run() -> list[Reply]:
        async with Transport(connection, timeout=30, connections=8, user_agent="test", language="de") as transport:
            return list(await asyncio.gather(*(transport.send("GET", PATH, {}) for _ in range(times))))

    return asyncio.run(run())


def statuses(bexio: Any) -> list[int]:
    return [request.status for request in bexio.app.state.log.select(PATH)]


@pytest.fixture
def connected(bexio: Any) -> Any:
    bexio.connect()
    bexio.app.state.log.clear()
    return bexio


def test_a_token_is_used_while_it_lives(connected: Any, environ: dict[str, str]) -> None:
    connected.clock.advance(seconds=539)
    assert ask(connection_of(connected, environ))[0].status == 200
    assert connected.refreshes == 0


def test_a_token_is_renewed_before_it_ends(connected: Any, environ: dict[str, str]) -> None:
    before = connected.vault().load()
    connected.clock.advance(seconds=540)
    assert ask(connection_of(connected, environ))[0].status == 200
    assert (connected.refreshes, statuses(connected)) == (1, [200]), "it was not even tried"
    after = connected.vault().load()
    assert after.access_token.reveal() != before.access_token.reveal()
    assert after.refresh_token.reveal() != before.refresh_token.reveal()
    assert after.facts.renewed_at == connected.clock.now
    assert after.facts.connected_at == before.facts.connected_at


def test_refresh_tokens_rotate_as_long_as_one_goes_on(connected: Any, environ: dict[str, str]) -> None:
    connection = connection_of(connected, environ)
    seen = set()
    for _ in range(4):
        connected.clock.advance(seconds=600)
        assert ask(connection)[0].status == 200
        seen.add(connected.vault().load().refresh_token.reveal())
    assert (connected.refreshes, len(seen)) == (4, 4)


def test_a_refused_token_is_renewed_and_the_request_sent_again(connected: Any, environ: dict[str, str]) -> None:
    """The clock of bexio runs ahead, so the token ends there before it ends here."""
    connection = connection_of(connected, environ)
    connected.set_faults(clock_skew_seconds=3600)
    assert ask(connection)[0].status == 200
    assert (connected.refreshes, statuses(connected)) == (1, [401, 200])


def test_a_request_is_sent_again_once_with_a_new_token(connected: Any, environ: dict[str, str]) -> None:
    connected.set_faults(revoke_token_after=0)
    assert ask(connection_of(connected, environ))[0].status == 401
    assert (connected.refreshes, statuses(connected)) == (1, [401, 401])


@pytest.mark.parametrize("reason", ["ends", "refused"])
def test_many_requests_at_once_renew_once(connected: Any, environ: dict[str, str], reason: str) -> None:
    connection = connection_of(connected, environ)
    if reason == "ends":
        connected.clock.advance(seconds=600)
    else:
        connected.set_faults(clock_skew_seconds=3600)
    assert {reply.status for reply in ask(connection, times=40)} == {200}
    assert connected.refreshes == 1


def test_what_another_process_renewed_is_taken_over(connected: Any, environ: dict[str, str]) -> None:
    one, two = (connection_of(connected, environ) for _ in range(2))
    connected.set_faults(clock_skew_seconds=3600)
    ask(one)
    connected.app.state.log.clear()
    assert ask(two)[0].status == 200
    assert (connected.refreshes, statuses(connected)) == (0, [401, 200])


def test_a_token_taken_over_may_be_refused_too(connected: Any, environ: dict[str, str]) -> None:
    one, two = (connection_of(connected, environ) for _ in range(2))
    connected.set_faults(clock_skew_seconds=3600)
    ask(one)
    connected.set_faults(clock_skew_seconds=7200)
    connected.app.state.log.clear()
    assert ask(two)[0].status == 200
    assert (connected.refreshes, statuses(connected)) == (1, [401, 401, 200])


def test_the_new_refresh_token_is_on_disk_before_the_access_token_is_used(
    connected: Any, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connection_of(connected, environ)
    connected.clock.advance(seconds=600)
    used_when_saved: list[int] = []
    save = Vault.save

    def watched(vault: Vault, stored: Any) -> None:
        save(vault, stored)
        assert connected.vault().load().refresh_token.reveal() == stored.refresh_token.reveal()
        used_when_saved.append(len(statuses(connected)))

    monkeypatch.setattr(Vault, "save", watched)
    ask(connection)
    assert used_when_saved == [0, 0]
    assert statuses(connected) == [200]


def test_a_full_disk_costs_no_connection(
    connected: Any, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connection_of(connected, environ)
    connected.clock.advance(seconds=600)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="No space left"):
            ask(connection)
    assert connected.refreshes == 0, "the refresh token was not used up"
    assert ask(connection)[0].status == 200


def test_a_refresh_token_stays_where_no_other_is_given(start: Start, environ: dict[str, str]) -> None:
    bexio = start(expires_in=600, rotates_refresh_tokens=False)
    bexio.connect()
    before = bexio.vault().load().refresh_token.reveal()
    connection = connection_of(bexio, environ)
    for _ in range(2):
        bexio.clock.advance(seconds=600)
        assert ask(connection)[0].status == 200
    assert bexio.vault().load().refresh_token.reveal() == before


def test_an_old_refresh_token_ends_in_one_clear_sentence(connected: Any, environ: dict[str, str]) -> None:
    """As after restoring a backup of the folder."""
    folder = connected.folder / "muster"
    shutil.copytree(folder, connected.folder / "backup")
    connected.clock.advance(seconds=600)
    ask(connection_of(connected, environ))
    old = connected.vault("backup").load()
    with pytest.raises(AuthenticationError) as caught:
        ask(connection_of(connected, environ, "backup"))
    assert str(caught.value) == (
        "bexio ended the connection of backup (invalid_grant: Maximum allowed refresh token reuse exceeded); "
        "connect again: bexio-analytics connect backup"
    )
    shown = "".join(traceback.format_exception(caught.value))
    assert old.refresh_token.reveal() not in shown
    assert old.access_token.reveal() not in shown
    assert "simulated-secret" not in shown


def test_a_revoked_connection_ends_a_pull_in_one_clear_sentence(connected: Any, environ: dict[str, str]) -> None:
    connection = connection_of(connected, environ)
    connected.app.state.wire.end_sessions()

    async def run() -> None:
        settings = PullSettings(minute=0.6)
        async with Client(connection, settings, connected.clock, lambda _name, _body: None) as client:
            await client.get(ENDPOINTS["user"], "/3.0/users", {})

    with pytest.raises(AuthenticationError, match=r"Session not active.*connect again: bexio-analytics connect muster"):
        asyncio.run(run())
    assert connected.vault().exists, "what is stored stays for whoever wants to look"


def test_a_connection_without_refresh_token_says_so(start: Start, environ: dict[str, str]) -> None:
    bexio = start(expires_in=600, withheld_scopes=frozenset({"offline_access"}))
    bexio.connect()
    bexio.clock.advance(seconds=600)
    with pytest.raises(AuthenticationError, match=r"no refresh token.*connect again"):
        ask(connection_of(bexio, environ))


def test_a_provider_that_is_down_costs_no_connection(connected: Any, environ: dict[str, str]) -> None:
    connection = connection_of(connected, environ)
    connected.clock.advance(seconds=600)
    connected.set_faults(identity_down=True)
    with pytest.raises(ServerUnavailableError, match="Try again later"):
        ask(connection)
    connected.set_faults()
    assert ask(connection)[0].status == 200


def test_a_wrong_secret_of_the_app_is_not_a_lost_connection(connected: Any, environ: dict[str, str]) -> None:
    connected.clock.advance(seconds=600)
    with pytest.raises(ConfigurationError, match="BEXIO_CLIENT_SECRET"):
        ask(connection_of(connected, environ | {"BEXIO_CLIENT_SECRET": "wrong"}))
    assert ask(connection_of(connected, environ))[0].status == 200


def test_every_token_ever_sent_is_taken_out_of_texts(connected: Any, environ: dict[str, str]) -> None:
    connection = connection_of(connected, environ)
    first = connected.vault().load().access_token.reveal()
    connected.clock.advance(seconds=600)
    ask(connection)
    second = connected.vault().load().access_token.reveal()
    assert connection.redact(f"{first} and {second}") == "[redacted] and [redacted]"
    assert connection.redact_bytes(second.encode()) == b"[redacted]"
    assert first not in repr(connection)


def test_short_lived_tokens_are_used_for_most_of_their_life(start: Start, environ: dict[str, str]) -> None:
    bexio = start(expires_in=10)
    bexio.connect()
    tokens = OAuthTokens(bexio.vault(), OAuthApp.from_environment(environ), bexio.clock)
    bexio.clock.advance(seconds=7)
    assert tokens.current() is not None
    bexio.clock.advance(seconds=1)
    assert tokens.current() is None


WORKER = """
import asyncio, sys, time
from datetime import datetime, timedelta
from pathlib import Path
from bexio_analytics.connector.transport import Transport
from bexio_analytics.connector.vault_connection import connection_for

folder, start, rounds = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
environ = {"BEXIO_ANALYTICS_KEY": sys.argv[4], "BEXIO_CLIENT_ID": "simulated-app",
           "BEXIO_CLIENT_SECRET": "simulated-secret"}
now = start
connection = connection_for(folder, environ, clock=lambda: now)

async def ask():
    async with Transport(connection, timeout=30, connections=8, user_agent="test", language="de") as transport:
        asked = (transport.send("GET", "/3.0/users/me", {}) for _ in range(5))
        return [reply.status for reply in await asyncio.gather(*asked)]

for number in range(1, rounds + 1):
    print("ready", number, flush=True)
    while not (folder / f"go-{number}").exists():
        time.sleep(0.002)
    now = start + timedelta(seconds=600 * number)
    print(*asyncio.run(ask()), flush=True)
"""


def test_processes_that_renew_at_once(start: Start, environ: dict[str, str]) -> None:
    """Three processes with five requests each find the token ended in the same moment, four times over."""
    bexio = start(expires_in=600)
    bexio.connect()
    bexio.app.state.log.clear()
    folder, rounds = bexio.folder / "muster", 4
    arguments = [str(folder), bexio.clock.now.isoformat(), str(rounds), environ["BEXIO_ANALYTICS_KEY"]]
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, *arguments], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    try:
        for number in range(1, rounds + 1):
            for worker in workers:
                assert worker.stdout is not None
                assert worker.stdout.readline() == f"ready {number}\n"
            bexio.clock.advance(seconds=600)
            Path(folder / f"go-{number}").touch()
            for worker in workers:
                assert worker.stdout is not None
                assert worker.stdout.readline() == "200 200 200 200 200\n"
            assert bexio.refreshes == number, "one of the three renewed, the others took it over"
        assert [worker.wait(30) for worker in workers] == [0, 0, 0]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert not bexio.app.state.log.select(TOKEN_ENDPOINT, status=400), "no refresh token was used twice"


def test_a_process_that_dies_with_the_lock_blocks_nobody(connected: Any, environ: dict[str, str]) -> None:
    folder = connected.folder / "muster"
    code = (
        "import sys, time; from pathlib import Path; from bexio_analytics.connector.vault import Vault;"
        "from bexio_analytics.connector.vault_key import KeySource\n"
        "with Vault(Path(sys.argv[1]), KeySource({})).lock():\n    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    connected.clock.advance(seconds=600)
    began = time.monotonic()
    assert ask(connection_of(connected, environ))[0].status == 200
    assert time.monotonic() - began < 30
