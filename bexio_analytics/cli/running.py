"""Commands for many mandates: pull them all, and watch them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bexio_analytics import __version__
from bexio_analytics.cli.connecting import environment, passphrase_prompt
from bexio_analytics.cli.options import DATA, DataDir, Json, now
from bexio_analytics.cli.output import CONSOLE, ERRORS, print_json, table
from bexio_analytics.connector import RESOURCES, Connection, PullProgress, PullSettings, runtime_dir
from bexio_analytics.connector.connection import Secret
from bexio_analytics.connector.vault import is_connected
from bexio_analytics.connector.vault_connection import connection_for
from bexio_analytics.connector.webhook import SECRET_VARIABLE, Receiver
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.present.formats import count
from bexio_analytics.snapshot.portfolio import AT_ONCE, MandateProgress, MandatePull, Portfolio, pull_all
from bexio_analytics.snapshot.watching import LONGEST, SHORTEST, USUAL, Stale, Watch

FAILED = 3
"""Exit code when any mandate failed."""
AtOnce = Annotated[int, typer.Option("--at-once", min=1, max=64, help="Mandates side by side.")]


def connected_mandates(data: Path) -> list[Path]:
    """Folders of all mandates that were connected, by name."""
    folders = [path for path in data.iterdir() if path.is_dir()] if data.is_dir() else []
    return sorted(path for path in folders if not path.name.startswith(".") and is_connected(path))


def pull_every(data: Path, *, at_once: int = AT_ONCE, full: bool = False, as_json: bool = False) -> None:
    """Pull all connected mandates side by side; what ``pull --all`` does.

    One that fails does not stop the others; the exit code is 3 then.
    """
    folders = connected_mandates(data)
    if not folders:
        raise ConfigurationError(f"No mandate in {data} is connected. Begin with: bexio-analytics connect MANDATE")
    began = time.monotonic()
    with _progress(len(folders)) as (tell, ended):

        async def run() -> list[MandatePull]:
            portfolio = _portfolio(at_once, tell)
            return await pull_all(portfolio, folders, full=full, ended=ended)

        pulls = asyncio.run(run())
    if as_json:
        print_json({"mandates": [_as_json(pull) for pull in pulls], "failed": sum(pull.failed for pull in pulls)})
    else:
        _print_summary(pulls, time.monotonic() - began)
    if any(pull.failed for pull in pulls):
        raise typer.Exit(FAILED)


def watch(
    data: DataDir = DATA,
    interval: Annotated[
        float,
        typer.Option("--interval", help="Minutes between two pulls of a mandate, 5 to 15."),
    ] = USUAL.total_seconds() / 60,
    at_once: AtOnce = AT_ONCE,
    webhook_port: Annotated[
        int | None,
        typer.Option(
            "--webhook-port",
            min=0,
            max=65535,
            help="Also take webhooks on this port of 127.0.0.1; off by default, bexio sends none.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep all connected mandates up to date until Ctrl-C or SIGTERM; one line per pull."""
    pause = timedelta(minutes=interval)
    if not SHORTEST <= pause <= LONGEST:
        raise ConfigurationError(f"--interval {interval:g} is not between 5 and 15 minutes.")
    asyncio.run(_watch(data, pause, at_once, webhook_port, as_json=as_json))


async def _watch(data: Path, interval: timedelta, at_once: int, webhook_port: int | None, *, as_json: bool) -> None:
    stale = Stale()
    watcher = Watch(
        _portfolio(at_once, None),
        lambda: connected_mandates(data),
        interval=interval,
        tell=_print_line_json if as_json else _print_line,
        stale=stale,
    )
    _on_end(watcher.stop)
    number = len(connected_mandates(data))
    ERRORS.print(f"Watching {number} mandates in {data} every {interval.total_seconds() / 60:g} minutes.", markup=False)
    async with contextlib.AsyncExitStack() as stack:
        if webhook_port is not None:
            await stack.enter_async_context(_webhook(data, stale, webhook_port))
        await watcher.run()
    ERRORS.print("Stopped. Pulls that were under way go on with the next one.", markup=False)


class _Server(uvicorn.Server):
    """A server beside something else: signals end the watch, which then ends the server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


@contextlib.asynccontextmanager
async def _webhook(data: Path, stale: Stale, port: int) -> AsyncIterator[None]:
    receiver = Receiver(
        Secret(environment().get(SECRET_VARIABLE, "").strip()),
        knows=lambda name: name in {folder.name for folder in connected_mandates(data)},
        mark=stale.mark,
        clock=time.time,
    )
    listener = socket.create_server(("127.0.0.1", port))
    server = _Server(uvicorn.Config(receiver.app(), log_config=None, access_log=False, lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    ERRORS.print(f"Taking webhooks at http://127.0.0.1:{listener.getsockname()[1]}/MANDATE", markup=False)
    try:
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()


def _portfolio(at_once: int, progress: MandateProgress | None) -> Portfolio:
    # BEXIO_TOKEN stands for one company; here every mandate has its own.
    environ = {name: value for name, value in environment().items() if name != "BEXIO_TOKEN"}
    ask = passphrase_prompt()

    def connect(folder: Path) -> Connection:
        return connection_for(folder, environ, clock=now, ask=ask)

    return Portfolio(
        connect,
        clock=now,
        code_version=__version__,
        settings=PullSettings(budget_dir=runtime_dir(os.environ)),
        at_once=at_once,
        progress=progress,
    )


def _on_end(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


@contextmanager
def _progress(mandates: int) -> Iterator[tuple[MandateProgress, Callable[[MandatePull], None]]]:
    """A bar over all mandates and one for each that is being read, on standard error."""
    with Progress(
        TextColumn("{task.description:<24}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:>3.0f} of {task.total:.0f}"),
        TextColumn("{task.fields[now]}", markup=False),
        TimeElapsedColumn(),
        console=ERRORS,
        transient=True,
    ) as bars:
        whole = bars.add_task("mandates", total=mandates, now="")
        tasks: dict[str, TaskID] = {}

        def tell(mandate: str, at: PullProgress) -> None:
            if mandate not in tasks:
                tasks[mandate] = bars.add_task(mandate, total=len(RESOURCES), now="")
            of = f"/{at.expected}" if at.expected is not None else ""
            bars.update(
                tasks[mandate], advance=0 if at.state == "reading" else 1, now=f"{at.resource} {at.done}{of} {at.state}"
            )

        def ended(pull: MandatePull) -> None:
            if pull.mandate in tasks:
                bars.remove_task(tasks.pop(pull.mandate))
            bars.update(whole, advance=1, now=f"{pull.mandate}: {'failed' if pull.failed else 'done'}")

        yield tell, ended


def _as_json(pull: MandatePull) -> dict[str, object]:
    told: dict[str, object] = {
        "mandate": pull.mandate,
        "ok": not pull.failed,
        "seconds": round(pull.seconds, 1),
    }
    if pull.pulled is None:
        return told | {"error": pull.error, "reason": pull.reason}
    manifest = pull.pulled.snapshot.manifest
    return told | {
        "snapshot": manifest.id,
        "changed": pull.pulled.is_new,
        "confirmed_at": pull.pulled.snapshot.confirmed_at.isoformat(),
        "rows": {name: entry.rows for name, entry in manifest.tables.items()},
        "unavailable": manifest.unavailable,
    }


def _state(pull: MandatePull) -> str:
    if pull.pulled is None:
        return f"failed: {pull.error}"
    return "new snapshot" if pull.pulled.is_new else "unchanged"


def _print_summary(pulls: list[MandatePull], seconds: float) -> None:
    table(
        None,
        ["mandate", "state", "snapshot", "lines", "s"],
        [
            [
                escape(pull.mandate),
                escape(_state(pull)),
                pull.pulled.snapshot.manifest.id if pull.pulled else "",
                count(pull.pulled.snapshot.manifest.tables["journal"].rows) if pull.pulled else "",
                f"{pull.seconds:.1f}",
            ]
            for pull in pulls
        ],
        right=["lines", "s"],
    )
    failed = [pull for pull in pulls if pull.failed]
    CONSOLE.print(f"{len(pulls) - len(failed)} of {len(pulls)} mandates are up to date ({seconds:.0f} s).")
    for pull in failed:
        ERRORS.print(f"{pull.mandate}: {pull.reason}", markup=False)


def _print_line(pull: MandatePull) -> None:
    reason = f" {pull.reason}" if pull.failed else ""
    line = f"{now():%H:%M:%S} {pull.mandate}: {_state(pull)} ({pull.seconds:.1f} s){reason}"
    (ERRORS if pull.failed else CONSOLE).print(line, markup=False, soft_wrap=True)


def _print_line_json(pull: MandatePull) -> None:
    CONSOLE.print_json(data={"at": now().isoformat()} | _as_json(pull), indent=None)
