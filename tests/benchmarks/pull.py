"""What a pull costs: requests, time, memory and disk, in ratios of one run.

::

    python tests/benchmarks/pull.py                 50,000 journal lines, 5,000 invoices, 2,000 bills; minutes
    python tests/benchmarks/pull.py --scale 1       the same with a small company; a minute
    python tests/benchmarks/pull.py --dlt           also loads the company with dlt's REST source (pip install dlt)

Everything runs on this machine: the simulated bexio in a process of its own, every measured pull in another. bexio's
minute is shortened (``--minute``), and latency with it, so that the share of the budget that is used is that of the
real minute as long as the machine keeps up; ``machine`` in the output says how fast it answers without any limit.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import math
import multiprocessing
import resource as system
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from bexio_analytics.connector import ENDPOINTS, Connection, PullSettings, RawManifest, newest_raw, pull, read_raw
from bexio_analytics.connector.endpoints import Paging
from bexio_analytics.simulator import Faults, WireSettings, build_company, create_app, serve
from bexio_analytics.snapshot.portfolio import AT_ONCE, Portfolio, pull_all
from bexio_analytics.snapshot.pulls import pull_mandate

TOKEN = "token-of-the-benchmark"  # noqa: S105
LATENCY = 0.150
MOST = {"invoice": 5000, "bill": 2000, "expense": 500, "journal": 50_000}
START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PROCESSES = multiprocessing.get_context("spawn")


@dataclass
class Books:
    """A company of at most so many documents."""

    records: dict[str, list[dict[str, object]]]


def books(scale: int, *, name: str | None = None, most: dict[str, int] = MOST) -> Books:
    """The invented company, cut to the size asked for; details follow their documents."""
    records = dict(build_company(scale=scale).records)
    for resource, number in most.items():
        kept = records[resource]
        if resource == "journal":  # of both business years
            kept = [*kept[: number // 2], *kept[-(number - number // 2) :]] if len(kept) > number else kept
        records[resource] = kept[:number]
    invoices = {row["id"] for row in records["invoice"]}
    bills = {row["id"] for row in records["bill"]}
    records["invoice_payment"] = [row for row in records["invoice_payment"] if row["kb_invoice_id"] in invoices]
    records["outgoing_payment"] = [row for row in records["outgoing_payment"] if row["bill_id"] in bills]
    if name:
        records["company"] = [{**records["company"][0], "name": name}]
    return Books(records)


def run_bexio(pipe: Pipe, scale: int, companies: int, minute: float) -> None:
    """The simulated bexio in its own process: answers commands until it is told to end."""
    if companies == 1:
        served = {TOKEN: books(scale)}
    else:
        few = dict.fromkeys(("invoice", "bill", "expense"), 40)
        first = books(1, most=few)
        served = {
            f"{TOKEN}-{number}": Books(
                first.records | {"company": [{**first.records["company"][0], "name": f"Firma {number}"}]}
            )
            for number in range(companies)
        }
    app = create_app(served, WireSettings(minute_seconds=minute))
    with serve(app) as bexio:
        some = next(iter(served.values()))
        pipe.send((bexio.url, {name: len(rows) for name, rows in some.records.items()}))
        while (command := pipe.recv()) != "end":
            if command == "log":
                pipe.send(Counter(request.status for request in app.state.log))
                app.state.log.clear()
            else:
                app.state.wire.faults = Faults(latency_seconds=command)
                pipe.send(None)


@dataclass
class Bexio:
    """The simulated bexio as the benchmark sees it."""

    url: str
    rows: dict[str, int]
    minute: float
    pipe: Pipe

    def ask(self, command: object) -> Any:  # noqa: ANN401
        """Send a command and wait for its answer."""
        self.pipe.send(command)
        return self.pipe.recv()


@contextmanager
def bexio(scale: int, companies: int, minute: float) -> Iterator[Bexio]:
    """Start a simulated bexio."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=run_bexio, args=(theirs, scale, companies, minute), daemon=True)
    process.start()
    url, rows = ours.recv()
    try:
        yield Bexio(url, rows, minute, ours)
    finally:
        ours.send("end")
        process.join(20)


def measured(work: Callable[..., object], *arguments: object) -> dict[str, Any]:
    """Run in a process of its own: seconds of its work and its peak of memory, MB."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_measure, args=(theirs, work, *arguments))
    process.start()
    told: dict[str, Any] = ours.recv()
    process.join()
    return told


def _measure(pipe: Pipe, work: Callable[..., object], *arguments: object) -> None:
    logging.disable()
    before = system.getrusage(system.RUSAGE_SELF).ru_maxrss / 1024
    began = time.monotonic()
    result = work(*arguments)
    seconds = time.monotonic() - began
    peak = system.getrusage(system.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send({"seconds": seconds, "imported_mb": before, "peak_mb": peak, "result": result})


def settings_for(minute: float, **more: Any) -> PullSettings:  # noqa: ANN401
    """Settings of a pull in a shortened minute."""
    return replace(PullSettings(minute=minute), **more)


def one_pull(url: str, folder: str, minute: float, concurrency: int, resource: str) -> None:
    """Pull one resource of the company, and what it needs, into raw answers only."""
    at = START
    asyncio.run(
        pull(
            Connection(url, TOKEN),
            Path(folder) / "raw",
            started_at=at,
            clock=lambda: at,
            resources=[resource],
            settings=settings_for(minute, concurrency=concurrency),
        )
    )


def whole_pull(url: str, folder: str, minute: float, day: int) -> float:
    """Pull the company up to its snapshot; seconds until the raw answers were whole."""
    at = START + timedelta(days=day)
    began = time.monotonic()
    last = began

    def tell(_: object) -> None:
        nonlocal last
        last = time.monotonic()

    asyncio.run(
        pull_mandate(
            Path(folder),
            Connection(url, TOKEN),
            started_at=at,
            clock=lambda: at,
            code_version="benchmark",
            settings=settings_for(minute),
            progress=tell,
        )
    )
    return last - began


def many_pulls(url: str, folder: str, minute: float, number: int, at_once: int) -> int:
    """Pull so many mandates, so many of them side by side; how many failed."""
    folders = [Path(folder) / f"firma-{each}" for each in range(number)]
    portfolio = Portfolio(
        lambda path: Connection(url, f"{TOKEN}-{path.name.rpartition('-')[2]}"),
        clock=lambda: datetime.now(UTC),
        code_version="benchmark",
        settings=settings_for(minute),
        at_once=at_once,
    )
    return sum(each.failed for each in asyncio.run(pull_all(portfolio, folders)))


def load_with_dlt(url: str, token: str, folder: str) -> dict[str, int]:
    """The optional peer beside this file; rows by resource."""
    found: dict[str, int] = importlib.import_module("dlt_peer").measure_dlt(url, token, folder)
    return found


def used(folder: Path) -> int:
    """Bytes of files, each counted once however many names it has."""
    found = {path.stat().st_ino: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    return sum(found.values())


def lower_bound(manifest: RawManifest, open_lines: int) -> int:
    """Requests that an unchanged mandate costs at least: the pages of its lists and the open year of its journal."""
    requests = 1  # archived contacts
    for name, endpoint in ENDPOINTS.items():
        if endpoint.parent is None:
            rows = open_lines if name == "journal" else manifest.resources[name].rows
            size = PullSettings().page_rows if endpoint.paging is Paging.PAGE else PullSettings().offset_rows
            requests += max(math.ceil(rows / size), 1)
    return requests


def line(what: str, value: str, goal: str = "") -> None:
    """One figure."""
    print(f"{what:<58} {value:>16}  {goal}", flush=True)


def measure_one_company(scale: int, minute: float, repeats: int, *, with_dlt: bool) -> None:
    """First pull, one request after the other, the pull of an unchanged company, disk, the peer."""
    with bexio(scale, 1, minute) as server, tempfile.TemporaryDirectory() as place:
        print(f"\nOne company: {json.dumps({name: server.rows.get(name, 0) for name in (*MOST, 'contact')})}")
        per_second = 1000 / minute
        server.ask(0.0)
        told = measured(one_pull, server.url, f"{place}/speed", 0.5, 8, "expense_detail")
        number = sum(server.ask("log").values())
        line(
            "machine: requests a second without limit to speak of",
            f"{number / told['seconds']:.0f}",
            f"budget {per_second:.0f}",
        )
        server.ask(LATENCY * minute / 60)

        shares = []
        for repeat in range(repeats):
            shutil.rmtree(f"{place}/muster", ignore_errors=True)
            first = measured(whole_pull, server.url, f"{place}/muster", minute, repeat)
            log = server.ask("log")
            shares.append(sum(log.values()) / (first["result"] * per_second))
        line("first pull: requests", f"{sum(log.values())}")
        line(
            "first pull: seconds until raw is whole (median of runs)",
            f"{first['result']:.1f}",
            f"minute of {minute:g} s",
        )
        line("first pull: share of the request budget used (median)", f"{statistics.median(shares):.3f}", ">= 0.95")
        line("first pull: refusals (429)", f"{log[429]}", "0")
        line(
            "first pull with snapshot: peak memory, MB",
            f"{first['peak_mb']:.0f}",
            f"< 300 ({first['imported_mb']:.0f} imported)",
        )

        part = "bill_detail"
        together = measured(one_pull, server.url, f"{place}/together", minute, 8, part)
        server.ask("log")
        alone = measured(one_pull, server.url, f"{place}/alone", minute, 1, part)
        number = sum(server.ask("log").values())
        line(
            f"one request after the other / together ({number} requests)",
            f"{alone['seconds'] / together['seconds']:.2f}",
            f"{alone['seconds']:.0f} s / {together['seconds']:.0f} s",
        )
        measure_second_pull(server, Path(place), minute)
        if with_dlt:
            server.ask("log")
            peer = measured(load_with_dlt, server.url, TOKEN, f"{place}/dlt")
            log = server.ask("log")
            line("dlt: seconds / ours", f"{peer['seconds'] / first['result']:.2f}", f"{peer['seconds']:.0f} s")
            line("dlt: requests, refusals", f"{sum(log.values())}, {log[429]}")
            line("dlt: peak memory, MB", f"{peer['peak_mb']:.0f}")
            for name, rows in peer["result"].items():
                line(f"dlt: rows of {name}", f"{rows}", f"of {server.rows.get(name.removesuffix('_detail'), 0)}")


def measure_second_pull(server: Bexio, place: Path, minute: float) -> None:
    """An unchanged company, and what everything takes on the disk."""
    folder = place / "muster"
    raw = newest_raw(folder / "raw")
    if raw is None:
        raise SystemExit("The first pull left nothing.")
    manifest = RawManifest.load(raw)
    lines = manifest.resources["journal"].rows
    before = used(folder)
    size_of_raw, size_of_tables = used(folder / "raw"), used(folder / "snapshots")
    server.ask("log")
    measured(whole_pull, server.url, str(folder), minute, 20)
    log = server.ask("log")
    open_lines = sum(1 for row in _journal_days(raw) if row >= "2026")
    bound = lower_bound(manifest, open_lines)
    line(
        "unchanged company: requests / lower bound",
        f"{sum(log.values()) / bound:.2f}",
        f"<= 1.1 ({sum(log.values())} / {bound})",
    )
    line("unchanged company: added to the disk", f"{(used(folder) - before) / before:.4%}", "< 1 %")
    line("raw answers, bytes a journal line", f"{size_of_raw / lines:.0f}")
    line("Parquet, bytes a journal line", f"{size_of_tables / lines:.0f}")


def _journal_days(raw: Path) -> Iterator[str]:
    for response in read_raw(raw, "journal"):
        for row in json.loads(bytes(response.body)):
            yield row["date"][:4]


def measure_many_companies(minute: float, most: int) -> None:
    """Mandates side by side: throughput against the sum of their budgets, memory against their number.

    ``pull --all`` takes a dozen at once, so that is what its memory depends on; all at once is for the throughput.
    """
    peaks = []
    print(f"\nMany small companies, a minute of {minute:g} s")
    for number, at_once in ((most // 10, most), (most, most), (AT_ONCE, AT_ONCE), (most, AT_ONCE)):
        what = f"{number} mandates, {'all' if at_once >= number else at_once} at once"
        with bexio(1, number, minute) as server, tempfile.TemporaryDirectory() as place:
            server.ask(LATENCY * minute / 60)
            told = measured(many_pulls, server.url, place, minute, number, at_once)
            log = server.ask("log")
            requests = sum(log.values())
            peaks.append(told["peak_mb"] - told["imported_mb"])
            budget = number * 1000 / minute * told["seconds"]
            line(f"{what}: requests, refusals, failed", f"{requests}, {log[429]}, {told['result']}", "429: 0")
            line(
                f"{what}: requests / sum of budgets", f"{requests / budget:.3f}", f"{requests / told['seconds']:.0f}/s"
            )
            line(f"{what}: memory beyond imports, MB", f"{peaks[-1]:.0f}")
    line(f"{AT_ONCE} at once: memory of {most} mandates / of {AT_ONCE}", f"{peaks[3] / peaks[2]:.2f}", "flat")


def main() -> None:
    """Run everything."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--scale", type=int, default=17, help="size of the invented company; 17 gives 50,000 lines")
    options.add_argument("--minute", type=float, default=10.0, help="seconds of bexio's minute")
    options.add_argument("--mandates", type=int, default=50)
    options.add_argument("--repeats", type=int, default=1, help="first pulls of which the median is taken")
    options.add_argument("--dlt", action="store_true")
    given = options.parse_args()
    measure_one_company(given.scale, given.minute, given.repeats, with_dlt=given.dlt)
    measure_many_companies(60.0, given.mandates)


if __name__ == "__main__":
    main()
