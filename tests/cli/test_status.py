"""``status`` over connected mandates, one of which is damaged; and what ``pull --all`` makes of that one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bexio_analytics.connector.connection import Secret
from bexio_analytics.connector.vault import Vault
from bexio_analytics.connector.vault_connection import connect_with_token
from bexio_analytics.connector.vault_key import KEY_VARIABLE, KeySource
from bexio_analytics.simulator import WireSettings, build_company, create_app, serve
from bexio_analytics.snapshot import Snapshot
from bexio_analytics.snapshot.store import SnapshotConfirmation
from tests.cli.conftest import Run

KEY = "a-key-for-tests-of-the-status"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two connected mandates."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    monkeypatch.setenv("BEXIO_ANALYTICS_RUNTIME", str(tmp_path / "runtime"))
    companies = {f"token-of-company-{name}": build_company() for name in "ab"}
    with serve(create_app(companies, WireSettings(limit=10**6))) as bexio:
        for name in "ab":
            vault = Vault(tmp_path / "data" / f"firma-{name}", KeySource({KEY_VARIABLE: KEY}))
            connect_with_token(
                vault, bexio.url, Secret(f"token-of-company-{name}"), at=datetime(2026, 11, 1, tzinfo=UTC)
            )
        yield tmp_path / "data"


def test_a_damaged_record_of_one_connection_stops_nothing(run: Run, data: Path) -> None:
    (data / "firma-b" / "connection.json").write_text("{")
    code, out, _ = run("pull", "--all", "--data", data, "--json")
    assert code == 0, "the vault itself is whole"
    assert [each["ok"] for each in json.loads(out)["mandates"]] == [True, True]
    (data / "firma-b" / "connection.vault").write_bytes(b"")
    code, out, _ = run("pull", "--all", "--data", data, "--json")
    assert code == 3
    told = {each["mandate"]: each for each in json.loads(out)["mandates"]}
    assert told["firma-a"]["ok"]
    assert (told["firma-b"]["error"], "damaged" in told["firma-b"]["reason"]) == ("Configuration", True)

    snapshot = Snapshot.latest(data / "firma-b" / "snapshots")
    later = snapshot.manifest.created_at + timedelta(hours=6)
    SnapshotConfirmation(confirmed_at=later, raw=snapshot.manifest.raw, resources={}).save(snapshot.path)
    _, out, _ = run("status", "--data", data, "--as-of", "2026-11-22", "--json")
    good, bad = json.loads(out)
    assert (good["connection"]["kind"], good["connection"]["until"]) == ("pat", "2026-12-31")
    assert "problem" not in good
    assert "connection.json cannot be understood" in bad["problem"]
    assert (bad["period"], bad["due_on"]) == ("2026-Q3", "2026-11-30")
    assert bad["read_at"] == later.isoformat(), "a pull that found nothing new is a pull"
    _, out, _ = run("status", "--data", data, "--as-of", "2026-11-22")
    assert f"last pull {later.astimezone():%d.%m.%Y %H:%M}" in out
    assert "token till ~31.12.2026" in out


def test_a_period_closed_in_bexio_is_not_the_one_to_file(run: Run, data: Path) -> None:
    run("pull", "firma-a", "--data", data)
    _, out, _ = run("status", "--data", data, "--as-of", "2026-08-22", "--json")
    found = {row["mandate"]: row for row in json.loads(out)}
    assert (found["firma-a"]["period"], found["firma-a"]["due_on"]) == ("2026-Q3", "2026-11-30")
    assert found["firma-b"]["connected"].startswith("token")
