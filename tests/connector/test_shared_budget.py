"""One company, several processes: together they stay within the budget of one."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from bexio_analytics.connector.budget import Bucket, BucketState, RateBudget
from bexio_analytics.connector.budget_file import SharedState, key_of, runtime_dir, sweep

SENDER = """
import asyncio, json, sys, time
from pathlib import Path
from bexio_analytics.connector.budget import RateBudget

async def main():
    budget = RateBudget({"default": 200}, 2.0)
    budget.share(Path(sys.argv[1]), "company")
    bucket, times = budget.bucket("default"), []
    end = time.monotonic() + 5
    while time.monotonic() < end:
        async with bucket.turn():
            times.append(time.monotonic())
    print(json.dumps(times))

asyncio.run(main())
"""


def test_processes_share_one_pace(tmp_path: Path) -> None:
    """200 requests in two seconds for all three; they are told nothing by headers."""
    processes = [
        subprocess.Popen([sys.executable, "-c", SENDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    sent = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    times = sorted(moment for each in sent for moment in each)
    assert all(sent)
    for number, moment in enumerate(times[:-200]):
        assert times[number + 200] - moment > 1.9, "more than the limit within two seconds"
    assert len(times) > 0.8 * 200 / 2.0 * (times[-1] - times[0]), "what one leaves the others take"


def test_a_refusal_stops_the_others_too(tmp_path: Path) -> None:
    async def run() -> float:
        now = asyncio.get_running_loop().time
        with closing(Bucket(600, 6.0, now)) as first, closing(Bucket(600, 6.0, now)) as second:
            first.share(tmp_path / "b.json")
            second.share(tmp_path / "b.json")
            async with first.turn():
                first.refuse(0.3)
            before = now()
            async with second.turn():
                return now() - before

    assert asyncio.run(run()) == pytest.approx(0.3, abs=0.15)


def test_requests_of_others_under_way_count_against_what_remains(tmp_path: Path) -> None:
    async def run() -> int | None:
        now = asyncio.get_running_loop().time
        with closing(Bucket(600, 60.0, now)) as first, closing(Bucket(600, 60.0, now)) as second:
            first.share(tmp_path / "b.json")
            second.share(tmp_path / "b.json")
            async with first.turn(), first.turn(), second.turn():
                second.learn({"ratelimit-limit": "600", "ratelimit-remaining": "100", "ratelimit-reset": "30"})
            return second._state.left

    assert asyncio.run(run()) == 98


@pytest.mark.parametrize("content", [b"", b"{", b'{"limit": "x"}', b"\xff" * 5000])
def test_a_damaged_state_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k-default.json").write_bytes(content)

    async def run() -> None:
        budget = RateBudget({"default": 6000}, 6.0)
        budget.share(tmp_path, "k")
        async with budget.bucket("default").turn():
            pass
        budget.close()

    asyncio.run(run())
    with closing(SharedState(tmp_path / "k-default.json", BucketState)) as shared:
        state = shared.read()
    assert state
    assert state.limit == 6000


def test_a_state_of_another_boot_or_of_long_ago_is_forgotten(tmp_path: Path) -> None:
    """The clock begins anew with the machine: a time far ahead must not stop anybody."""
    for saved_at in (time.monotonic() + 5000, time.monotonic() - 5000):
        path = tmp_path / "b.json"
        far = time.monotonic() + 4000
        with closing(SharedState(path, BucketState)) as shared:
            shared.write(
                BucketState(limit=1, interval=60, next=far, blocked_till=far, window_ends=far, saved_at=saved_at)
            )

        async def run(path: Path = path) -> float:
            now = asyncio.get_running_loop().time
            with closing(Bucket(600, 60.0, now)) as bucket:
                bucket.share(path)
                before = now()
                async with bucket.turn():
                    return now() - before

        assert asyncio.run(run()) < 1


def test_without_a_place_for_the_state_the_budget_is_the_process_s_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def run() -> None:
        budget = RateBudget({"default": 600}, 6.0)
        budget.share(tmp_path / "file" / "below", "k")
        async with budget.bucket("default").turn():
            pass

    asyncio.run(run())


def test_states_nobody_uses_go(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}")
    sweep(tmp_path, time.time() + 90_000)
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_a_state_tells_nothing() -> None:
    key = key_of("https://api.bexio.com", "Muster Handels AG")
    assert key.isalnum()
    assert "Muster" not in key
    assert key != key_of("https://api.bexio.com", "Muster Handels GmbH")


def test_processes_meet_where_the_environment_says(tmp_path: Path) -> None:
    assert runtime_dir({"BEXIO_ANALYTICS_RUNTIME": str(tmp_path)}) == tmp_path
    assert runtime_dir({}).name in {"bexio-analytics", "Cache"}
