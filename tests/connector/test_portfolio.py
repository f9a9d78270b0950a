"""Many mandates at once, of which some fail, each in its own way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import typer

from bexio_analytics.cli import running
from bexio_analytics.connector import Connection, PullSettings
from bexio_analytics.connector.connection import Secret
from bexio_analytics.connector.vault import Vault
from bexio_analytics.connector.vault_connection import connect_with_token
from bexio_analytics.connector.vault_key import KEY_VARIABLE, KeySource
from bexio_analytics.connector.webhook import SECRET_VARIABLE, sign
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.simulator import Faults, Hits, WireSettings, build_company, create_app, serve
from bexio_analytics.snapshot import Snapshot, verify_snapshot, watching
from bexio_analytics.snapshot.portfolio import MandatePull, Portfolio, pull_all

SETTINGS = PullSettings(minute=0.6, attempts=3, limits={"default": 100_000, "article": 400, "search": 250})
KEY = "a-key-for-tests-of-many-mandates-at-once"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Small:
    """A company with a few rows of everything."""

    records: dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def small() -> Callable[[int], Small]:
    records = build_company().records
    whole = {"account", "tax", "currency", "account_group", "calendar_year", "business_year", "country"}

    def make(number: int) -> Small:
        kept = {name: rows if name in whole else rows[: 1 + number % 3] for name, rows in records.items()}
        return Small(kept | {"company": [{**records["company"][0], "name": f"Firma {number} AG"}]})

    return make


@dataclass
class Office:
    """Fifty mandates below ``data/``, and the way to each company."""

    data: Path
    ways: dict[str, Connection]

    def portfolio(self) -> Portfolio:
        return Portfolio(
            lambda folder: self.ways[folder.name],
            clock=lambda: datetime.now(UTC),
            code_version="1",
            settings=SETTINGS,
        )

    def pull(self) -> dict[str, MandatePull]:
        folders = [self.data / name for name in self.ways]
        return {pull.mandate: pull for pull in asyncio.run(pull_all(self.portfolio(), folders))}


@pytest.fixture
def office(small: Callable[[int], Small], tmp_path: Path) -> Iterator[Office]:
    names = [f"firma-{number:02}" for number in range(50)]
    with ExitStack() as stack:

        def bexio(numbers: range, faults: Faults | None = None, **settings: object) -> str:
            companies = {f"token-of-company-{number:02}": small(number) for number in numbers}
            app = create_app(companies, WireSettings(limit=100_000, **settings), faults)  # type: ignore[arg-type]
            return stack.enter_context(serve(app)).url

        good = bexio(range(50))
        ways = {name: Connection(good, f"token-of-company-{name[-2:]}") for name in names}
        ways["firma-07"] = Connection(good, "a-token-nobody-issued")
        ways["firma-13"] = Connection("http://127.0.0.1:9", "token-of-company-13")
        broken = bexio(range(20, 21), Faults(server_errors=Hits("/2.0/kb_invoice/", times=None)))
        ways["firma-20"] = Connection(broken, "token-of-company-20")
        narrow = bexio(range(31, 32), scopes={"token-of-company-31": frozenset({"contact_show"})})
        ways["firma-31"] = Connection(narrow, "token-of-company-31")
        (tmp_path / "firma-44").mkdir()
        (tmp_path / "firma-44" / "mandate.toml").write_text("name = 7\n")
        yield Office(tmp_path, ways)


REASONS = {
    "firma-07": ("Authentication", "does not accept the access token"),
    "firma-13": ("ServerUnavailable", "gave no whole answer for company"),
    "firma-20": ("SnapshotIncomplete", "invoice_detail: bexio answered invoice_detail"),
    "firma-31": ("PermissionDenied", "lacks the scope accounting"),
    "firma-44": ("Configuration", "name"),
}


def test_five_of_fifty_fail_and_forty_five_are_whole(office: Office) -> None:
    pulls = office.pull()
    assert list(pulls) == list(office.ways)
    failed = {name: pull for name, pull in pulls.items() if pull.failed}
    assert {name: pull.error for name, pull in failed.items()} == {name: kind for name, (kind, _) in REASONS.items()}
    for name, (_, says) in REASONS.items():
        assert says in failed[name].reason
        assert "token-of-company" not in failed[name].reason
    for name in pulls.keys() - failed.keys():
        snapshot = Snapshot.latest(office.data / name / "snapshots")
        verify_snapshot(snapshot)
        assert snapshot.frame("company")["name"].to_list() == [f"Firma {int(name[-2:])} AG"]
        assert snapshot.frame("invoice").height == 1 + int(name[-2:]) % 3
    for name in failed:
        assert not (office.data / name / "snapshots").exists() or not any((office.data / name / "snapshots").iterdir())


def test_a_fault_of_ours_in_one_mandate_spares_the_others(small: Callable[[int], Small], tmp_path: Path) -> None:
    with serve(create_app({"token-of-company-01": small(1)}, WireSettings(limit=100_000))) as served:
        office = Office(tmp_path, {"one": Connection(served.url, "token-of-company-01")})
        folders = [tmp_path / "unknown", tmp_path / "one"]
        unknown, one = asyncio.run(pull_all(office.portfolio(), folders))
    assert (unknown.error, one.failed) == ("KeyError", False)
    assert unknown.reason.startswith("Something unforeseen")


def test_vaults_are_opened_one_after_the_other(tmp_path: Path) -> None:
    """Twelve questions for a passphrase at once could not be answered."""
    opening: list[str] = []
    most = 0

    def connect(folder: Path) -> Connection:
        nonlocal most
        opening.append(folder.name)
        most = max(most, len(opening))
        time.sleep(0.02)
        opening.remove(folder.name)
        raise ConfigurationError("not connected")

    portfolio = Portfolio(connect, clock=lambda: NOON, code_version="1", settings=SETTINGS)
    pulls = asyncio.run(pull_all(portfolio, [tmp_path / f"firma-{number}" for number in range(5)]))
    assert [pull.error for pull in pulls] == ["Configuration"] * 5
    assert most == 1


@pytest.fixture
def connected(small: Callable[[int], Small], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with two connected mandates, one that cannot be reached, and one that was never connected."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    monkeypatch.setenv("BEXIO_ANALYTICS_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.setenv("BEXIO_TOKEN", "token-of-one-company-that-must-not-be-used-for-all")
    data = tmp_path / "data"
    app = create_app(
        {f"token-of-company-{number:02}": small(number) for number in range(3)}, WireSettings(limit=100_000)
    )
    with serve(app) as served:
        for number in range(3):
            vault = Vault(data / f"firma-{number}", KeySource({KEY_VARIABLE: KEY}, None))
            connect_with_token(vault, served.url, Secret(f"token-of-company-{number:02}"), at=NOON)
        (data / "export-only").mkdir()
        app.state.wire.faults = Faults()
        yield data


def test_pull_all_tells_a_program_what_happened(connected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running.pull_every(connected, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["failed"] == 0
    assert [(each["mandate"], each["ok"], each["changed"]) for each in told["mandates"]] == [
        (f"firma-{number}", True, True) for number in range(3)
    ]
    time.sleep(1)  # folders are named by the second
    (connected / "firma-1" / "mandate.toml").write_text("name = 7\n")
    with pytest.raises(typer.Exit) as ended:
        running.pull_every(connected, as_json=True)
    assert ended.value.exit_code == 3
    told = json.loads(capsys.readouterr().out)
    assert [each.get("changed") for each in told["mandates"]] == [False, None, False]
    assert told["mandates"][1]["error"] == "Configuration"


def test_pull_all_tells_a_person_what_happened(connected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (connected / "firma-1" / "mandate.toml").write_text("name = 7\n")
    with pytest.raises(typer.Exit):
        running.pull_every(connected)
    told = capsys.readouterr()
    assert "2 of 3 mandates are up to date" in told.out
    assert "failed: Configuration" in told.out
    assert "firma-1: " in told.err


def test_nothing_connected_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"No mandate in .* is connected"):
        running.pull_every(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_watch_ends_with_sigterm(connected: Path) -> None:
    script = "from bexio_analytics.cli.running import watch; import sys, pathlib; watch(pathlib.Path(sys.argv[1]))"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(connected)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout
    lines = [process.stdout.readline()]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "firma-0: new snapshot" in lines[0] + out
    assert "Watching 3 mandates" in err
    assert "Stopped." in err


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
def test_a_webhook_brings_a_pull_forward_and_sigterm_ends_both(
    connected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "a-shared-secret-of-this-office"  # noqa: S105
    monkeypatch.setenv(SECRET_VARIABLE, secret)
    script = (
        "import datetime, pathlib, sys; from bexio_analytics.snapshot import watching;"
        "watching.SOON = datetime.timedelta(seconds=1.1);"  # folders are named by the second
        "from bexio_analytics.cli.running import watch; watch(pathlib.Path(sys.argv[1]), webhook_port=0, as_json=True)"
    )
    errors = tmp_path / "stderr.txt"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(connected)], stdout=subprocess.PIPE, stderr=stderr, text=True
        )
    assert process.stdout
    try:
        first = [json.loads(process.stdout.readline()) for _ in range(3)]
        assert {(each["mandate"], each["changed"]) for each in first} == {(f"firma-{n}", True) for n in range(3)}
        (url,) = [line.split()[-1] for line in errors.read_text().splitlines() if "Taking webhooks" in line]
        body, now = b'{"id": "e-1", "resource": "invoice"}', str(int(time.time()))
        address = url.replace("MANDATE", "firma-1")
        signature = sign(Secret(secret), "firma-1", now, body)
        headers = {"x-timestamp": now, "x-signature": signature}
        assert httpx.post(address, content=body, headers=headers, trust_env=False).status_code == 204
        assert httpx.post(address, content=body, trust_env=False).status_code == 401
        again = json.loads(process.stdout.readline())
        assert (again["mandate"], again["changed"]) == ("firma-1", False)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
    assert "Stopped." in errors.read_text()
    assert secret not in errors.read_text()
    with pytest.raises(httpx.ConnectError):
        httpx.post(address, content=body, trust_env=False)


@pytest.mark.parametrize("minutes", [4.9, 15.1])
def test_watch_keeps_to_five_to_fifteen_minutes(tmp_path: Path, minutes: float) -> None:
    with pytest.raises(ConfigurationError, match="between 5 and 15 minutes"):
        running.watch(tmp_path, interval=minutes)


def test_the_interval_is_ten_minutes() -> None:
    assert timedelta(minutes=10) == watching.USUAL
