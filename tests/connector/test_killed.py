"""Pulls that are ended by SIGKILL at random moments, over a bexio that fails now and then.

However often it is ended, the pull that comes through leaves the snapshot of a pull that nobody disturbed.
"""

from __future__ import annotations

import multiprocessing
import random
import runpy
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from bexio_analytics.connector import RawManifest, interrupted_pulls, newest_raw
from bexio_analytics.simulator import Faults, Hits, WireSettings, build_company, create_app, serve
from bexio_analytics.simulator.wire.served import ServedCompany
from bexio_analytics.snapshot import Snapshot, snapshot_folders, verify_snapshot

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and a server of forks")

TOKEN = "never-to-be-seen-killed"  # noqa: S105
SCRIPT = Path(__file__).with_name("pulling.py")
PROCESSES = multiprocessing.get_context("forkserver") if sys.platform != "win32" else multiprocessing.get_context()
FAULTS = {
    "none": Faults(),
    "bursts of 503": Faults(server_errors=Hits(first=9, times=3, every=40)),
    "bursts of 500": Faults(
        server_errors=Hits("/2.0/kb_invoice/", first=3, times=2, every=17), server_error_status=500
    ),
    "half bodies": Faults(truncate_json=Hits(first=5, times=1, every=23)),
    "dropped": Faults(drop_connection=Hits(first=7, times=1, every=29), latency_seconds=0.002),
    "no headers": Faults(rate_headers_missing=True, refusals=Hits(first=30, times=2, every=90)),
    "moving journal": Faults(renumber_between_pages=True),
}


KILLS = 4
MOST = {"invoice": 40, "invoice_payment": 60, "bill": 30, "expense": 15, "contact": 60, "manual_entry": 60}


@dataclass
class Few:
    """The first rows of the invented company: enough for several small pages of everything."""

    records: dict[str, list[dict[str, object]]] = field(default_factory=dict)


@dataclass
class Bexio:
    """The simulated bexio, and where pulls of it go."""

    url: str
    app: Starlette
    budget: Path
    pulls: int = 0

    @property
    def company(self) -> ServedCompany:
        (company,) = self.app.state.wire._numbers
        return company  # type: ignore[no-any-return]

    def start(self, mandate: Path, resume_hours: float = 1.0) -> BaseProcess:
        self.pulls += 1
        job = {
            "url": self.url,
            "token": TOKEN,
            "mandate": str(mandate),
            "budget": str(self.budget),
            "seconds": self.pulls,
            "resume_hours": resume_hours,
        }
        process = PROCESSES.Process(target=runpy.run_path, args=(str(SCRIPT), {"JOB": job}))
        process.start()
        return process

    def pull(self, mandate: Path) -> float:
        """Let a pull come through; how many seconds it took."""
        began = time.monotonic()
        process = self.start(mandate)
        process.join(60)
        assert process.exitcode == 0
        return time.monotonic() - began


@pytest.fixture(scope="module")
def bexio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bexio]:
    PROCESSES.set_forkserver_preload(["pytest", "bexio_analytics.snapshot.pulls"])
    records = build_company().records
    company = Few({name: rows[: MOST.get(name, 500)] for name, rows in records.items()})
    company.records["journal"] = [*records["journal"][:200], *records["journal"][-200:]]  # both business years
    app = create_app({TOKEN: company}, WireSettings(limit=100_000, minute_seconds=1.0))
    with serve(app) as served:
        yield Bexio(served.url, app, tmp_path_factory.mktemp("budget"))


def change(company: ServedCompany, number: int) -> None:
    """What happens in an office between two pulls: something new, something else, something gone."""
    rows = company.rows
    invoice = dict(rows("invoice")[number % 20])
    company.put("invoice", {**invoice, "title": f"Stand {number}"})
    company.put("invoice", {**invoice, "id": 5000 + number, "document_nr": f"RE-{5000 + number}"})
    company.remove("bill", str(rows("bill")[0]["id"]))
    open_year = [row for row in rows("journal") if str(row["date"]) > "2026"]
    company.put("journal", {**open_year[-1], "id": company.next_id("journal")})
    company.remove("journal", str(open_year[-5]["id"]))


def book_anew(company: ServedCompany, number: int) -> str:
    """Correct a line of a bill, which its list does not show: bexio books the bill anew, in the open year."""
    bill = company.rows("bill")[number]
    lines: Any = bill["line_items"]
    company.put("bill", {**bill, "line_items": [{**lines[0], "title": f"Stand {number}"}, *lines[1:]]})
    line = company.rows("journal")[-9]
    company.remove("journal", str(line["id"]))
    about = {"ref_class": "KbBill", "ref_id": None, "ref_uuid": bill["id"], "date": "2026-09-30T00:00:00+02:00"}
    company.put("journal", {**line, **about, "id": company.next_id("journal")})
    return str(bill["id"])


def tables(mandate: Path) -> str:
    """The hash over all tables of the newest snapshot, which must be sound."""
    newest = Snapshot.latest(mandate / "snapshots")
    verify_snapshot(newest)
    return newest.id.rpartition("-")[2]


def kill_often(bexio: Bexio, mandate: Path, chance: random.Random, longest: float) -> int:
    """Begin pulls and end four of them; how often that succeeded before they came through by themselves."""
    kills = 0
    for _ in range(12):
        there = snapshot_folders(mandate / "snapshots")
        process = bexio.start(mandate, resume_hours=chance.choice([0, 1, 1]))
        process.join(chance.uniform(0, longest))
        if process.exitcode is None:
            process.kill()
            kills += 1
        else:
            longest /= 2  # a pull that goes on with another one, or carries over, has little left to do
        process.join()
        assert not there or tables(mandate), "a whole snapshot stays in place"
        if kills == KILLS:
            break
    return kills


def test_a_pull_that_is_killed_again_and_again_comes_to_the_same_end(bexio: Bexio, tmp_path: Path) -> None:
    chance = random.Random(20261122)  # noqa: S311
    kills: Counter[str] = Counter()
    bexio.pull(tmp_path / "whole")
    longest = bexio.pull(tmp_path / "measure")
    for round_, (name, faults) in enumerate([*FAULTS.items(), *FAULTS.items()]):
        mandate = tmp_path / f"mandate-{round_}"
        whole = tmp_path / "whole"
        carries_over = round_ % 2
        if carries_over:
            shutil.copytree(whole, mandate)
            change(bexio.company, round_)
        bexio.app.state.wire.faults = faults
        kills[name] += kill_often(bexio, mandate, chance, longest)
        bexio.pull(mandate)
        bexio.app.state.wire.faults = Faults()
        if carries_over or faults.renumber_between_pages:
            shutil.rmtree(whole)
            bexio.pull(whole)
        assert tables(mandate) == tables(whole), name
        newest = newest_raw(mandate / "raw")
        assert newest
        RawManifest.load(newest).verify(newest)
        assert interrupted_pulls(mandate / "raw") == []
        assert not [path for path in newest.iterdir() if path.suffix in {".torn", ".done", ".partial"}]
    print(f"{kills.total()} kills, all {2 * len(FAULTS)} ends as undisturbed: {dict(kills)}")  # pytest -rP shows it
    assert kills.total() >= 50, "the moments are too late"


def test_what_changes_while_a_pull_lies_killed_arrives_with_the_next(bexio: Bexio, tmp_path: Path) -> None:
    """The pull that goes on may hold what was before; the one after it must not."""
    chance = random.Random(20261123)  # noqa: S311
    longest = min(bexio.pull(tmp_path / f"measure-{number}") for number in range(2))
    interrupted = 0
    for round_ in range(6):
        mandate = tmp_path / f"mandate-{round_}"
        if round_ % 2:
            bexio.pull(mandate)
            change(bexio.company, 100 + round_)
        process = bexio.start(mandate)
        process.join(chance.uniform(longest / 8, longest * 0.7))
        process.kill()
        process.join()
        interrupted += bool(interrupted_pulls(mandate / "raw"))
        change(bexio.company, 200 + round_)
        bill = book_anew(bexio.company, round_)
        bexio.start(mandate).join(60)  # may end with a reason: a bill it has on its list is gone
        bexio.pull(mandate)
        fresh = tmp_path / f"fresh-{round_}"
        bexio.pull(fresh)
        assert tables(mandate) == tables(fresh), f"round {round_}, bill {bill}"
    assert interrupted >= 3, "the moments are too late"
