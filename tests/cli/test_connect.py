"""``connect`` as a person and a script meet it: in a browser, without one, with a token; and no secret left behind."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl
from urllib.request import ProxyHandler, build_opener

import duckdb
import polars as pl
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bexio_analytics.simulator import Faults, Hits, WireSettings, create_app, serve
from bexio_analytics.simulator.company import build_company
from bexio_analytics.simulator.wire.person import sign_in

PASSPHRASE = "vier-zufaellige-woerter-hier"  # noqa: S105
PAT = "personal-token-of-the-office"
BASE = "/realms/bexio/protocol/openid-connect"
SENT = {"client_secret", "code", "code_verifier", "refresh_token", "token"}
GIVEN = {"access_token", "refresh_token", "id_token"}
DRIVER = """
import json, os, sys, traceback
from bexio_analytics.cli import app, main
from bexio_analytics.cli.connecting import connect
from bexio_analytics.connector import PullSettings

PullSettings.__init__.__kwdefaults__.update(attempts=2, first_wait=0.1)  # nobody waits for what will not come
if not any(command.name == "connect" for command in app.registered_commands):
    app.command(name="connect")(connect)
for line in sys.stdin:
    asked = json.loads(line)
    os.environ.update(asked["environ"])
    try:
        main(asked["arguments"])
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
        code = "raised"
    print(f"\\n## {code}", flush=True)
"""
"""Runs commands one after the other in one process, because starting takes seconds."""


class Recorder:
    """Sees every secret that goes over the wire, in either direction."""

    def __init__(self, app: ASGIApp, secrets: dict[str, set[str]]) -> None:
        self.app = app
        self.secrets = secrets

    def note(self, kind: str, text: str) -> None:
        if text:
            self.secrets.setdefault(kind, set()).add(text)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_identity = str(scope.get("path", "")).startswith(BASE)
        authorization = dict(scope.get("headers", [])).get(b"authorization", b"").decode()
        self.note("access_token", authorization.removeprefix("Bearer "))

        async def received() -> Message:
            message = await receive()
            if is_identity and message["type"] == "http.request":
                for key, text in parse_qsl(message.get("body", b"").decode()):
                    self.note(key, text if key in SENT else "")
            return message

        async def sent(message: Message) -> None:
            if scope.get("path") == f"{BASE}/token" and message["type"] == "http.response.body":
                for key, value in json.loads(message["body"]).items():
                    self.note(key, value if key in GIVEN else "")
            await send(message)

        await self.app(scope, received, sent)


@dataclass
class Office:
    """A machine with our command line, a browser that only notes addresses, and a simulated bexio."""

    folder: Path
    url: str
    app: Starlette
    secrets: dict[str, set[str]] = field(default_factory=dict)

    @property
    def opened(self) -> Path:
        return self.folder / "opened.txt"

    @property
    def environ(self) -> dict[str, str]:
        browser = self.folder / "browser"
        if not browser.exists():
            browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{self.opened}"\n', encoding="utf-8")
            browser.chmod(0o755)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("BEXIO_") and name not in {"BROWSER", "DISPLAY", "WAYLAND_DISPLAY"}
        }
        return kept | {
            "HOME": str(self.folder / "home"),
            "BROWSER": f"{browser} %s",
            "BEXIO_API_URL": self.url,
            "BEXIO_CLIENT_ID": "simulated-app",
            "BEXIO_CLIENT_SECRET": "simulated-secret",
            "BEXIO_ANALYTICS_KEY": PASSPHRASE,
            "BEXIO_ANALYTICS_DATA": str(self.folder / "data"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        (self.folder / "home").mkdir(exist_ok=True)
        with (self.folder / "stderr.txt").open("a", encoding="utf-8") as errors:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=self.folder / "home",
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def wait_for_address(self, number: int = 1) -> str:
        """The address our command line has opened the ``number``-th."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            lines = self.opened.read_text(encoding="utf-8").splitlines() if self.opened.exists() else []
            if len(lines) >= number:
                return lines[number - 1]
            time.sleep(0.02)
        pytest.fail(f"no browser was opened: {self.errors}")

    @property
    def errors(self) -> str:
        return (self.folder / "stderr.txt").read_text(encoding="utf-8")


@pytest.fixture
def make_office(tmp_path: Path) -> Callable[[], Any]:
    @contextmanager
    def made() -> Iterator[Office]:
        secrets: dict[str, set[str]] = {}
        app = create_app({PAT: build_company()}, WireSettings(limit=10**6, expires_in=600))
        app.add_middleware(Recorder, secrets=secrets)
        with serve(app) as bexio:
            yield Office(tmp_path, bexio.url, app, secrets)

    return made


class Shell:
    """A running driver: ``shell("pull", "muster")`` gives the exit code and what was printed."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.process = office.start("-c", DRIVER)
        self.output = ""

    def __call__(self, *arguments: str, environ: Mapping[str, str] | None = None, stdin: str = "") -> tuple[str, str]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"arguments": arguments, "environ": {**self.office.environ, **(environ or {})}}
        self.process.stdin.write(json.dumps(asked) + "\n" + stdin)
        self.process.stdin.flush()
        printed = ""
        for line in self.process.stdout:
            self.output += line
            if line.startswith("## "):
                return line.removeprefix("## ").strip(), printed
            printed += line
        pytest.fail(f"the driver ended: {self.office.errors}")

    def connect(self, number: int, *arguments: str, allow: bool = True) -> tuple[str, str]:
        """Connect while a person signs in to the ``number``-th page that opens."""

        def person() -> None:
            target = sign_in(self.office.wait_for_address(number), allow=allow)
            with build_opener(ProxyHandler({})).open(target, timeout=30) as page:
                page.read()

        visitor = threading.Thread(target=person)
        visitor.start()
        try:
            return self("connect", *arguments)
        finally:
            visitor.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        try:
            self.process.communicate(timeout=30)
        finally:
            self.process.kill()


@pytest.mark.browser
def test_a_person_connects_in_a_browser(make_office: Callable[[], Any], chromium: str) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with make_office() as office, Shell(office) as shell, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, headless=True, args=["--no-sandbox", "--disable-gpu", "--no-proxy-server"]
        )
        page = browser.new_page()
        ended: list[tuple[str, str]] = []
        command = threading.Thread(target=lambda: ended.append(shell("connect", "muster")))
        command.start()
        page.goto(office.wait_for_address())
        page.get_by_label("E-mail").fill("treuhand@bexio.invalid")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("Invalid username or password.").wait_for()
        page.get_by_label("E-mail").fill("treuhand@bexio.invalid")
        page.get_by_label("Password").fill("simulated-password")
        page.get_by_role("button", name="Sign in").click()
        assert "accounting" in page.get_by_role("list").inner_text()
        page.get_by_label("Company").select_option(label="Muster Handels AG")
        page.get_by_role("button", name="Allow").click()
        page.get_by_text("Go back to the terminal").wait_for()
        assert page.url.endswith("/done"), "the code is no longer in the address bar"
        command.join(60)
        browser.close()
        ((code, printed),) = ended
        assert code == "0", office.errors
        assert "Connected muster with Muster Handels AG as" in printed
        assert "Next: bexio-analytics pull muster" in printed
        assert (office.folder / "data" / "muster" / "connection.vault").is_file()


def test_a_person_connects_on_a_machine_without_browser(make_office: Callable[[], Any]) -> None:
    with make_office() as office, office.start("-c", DRIVER) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked = {"arguments": ["connect", "muster", "--no-browser", "--json"], "environ": {}}
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        deadline = time.monotonic() + 120
        while f"{BASE}/auth?" not in office.errors or "Paste" not in office.errors:
            assert time.monotonic() < deadline, office.errors
            time.sleep(0.05)
        (url,) = [line for line in office.errors.splitlines() if f"{BASE}/auth?" in line]
        process.stdin.write(sign_in(url) + "\n")
        printed = process.communicate(timeout=60)[0].partition("\n## ")[0]
        found = json.loads(printed)
        assert (found["mandate"], found["kind"], found["company"]) == ("muster", "oauth", "Muster Handels AG")
        assert found["missing_scopes"] == []
        assert found["warnings"] == []


def text_of(path: Path) -> str:
    """Everything that can be read in a file, unpacked where it is packed."""
    raw = path.read_bytes()
    texts = [raw.decode("latin-1")]
    if path.suffix == ".gz":
        texts.append(gzip.decompress(raw).decode())
    if path.suffix == ".parquet":
        texts.append(pl.read_parquet(path).write_ndjson())
    if path.suffix == ".duckdb":
        with duckdb.connect(path, read_only=True) as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            texts += [connection.sql(f'from "{schema}"."{table}"').pl().write_ndjson() for schema, table in tables]
    return "\n".join(texts)


def test_no_secret_is_left_anywhere(make_office: Callable[[], Any]) -> None:
    """A whole run, and every way it may fail, with --debug: no secret in any file, message, log or traceback."""
    with make_office() as office, Shell(office) as shell:
        wire = office.app.state.wire
        report = ("report", "muster", "--period", "2026-Q3", "--reports", str(office.folder / "reports"))
        codes = [shell.connect(1, "muster", "--debug")[0], shell("pull", "muster", "--debug")[0]]
        codes += [shell("review", "muster", "--period", "2026-Q3")[0], shell(*report)[0]]
        codes += [shell("connect", "by-token", "--token-stdin", stdin=f"{PAT}\n")[0]]
        codes += [shell("pull", "--all", "--json", "--debug")[0], shell("status", "--debug")[0]]
        codes += [shell("diff", "muster", "latest", "latest", "--debug")[0], shell("verify", "muster", "--debug")[0]]
        assert codes == ["0"] * 9, office.errors
        vault = office.folder / "data" / "muster" / "connection.vault"
        sealed = vault.read_bytes()
        failures: list[tuple[Faults, tuple[str, ...], dict[str, str]]] = [
            (Faults(), ("pull", "muster"), {"BEXIO_ANALYTICS_KEY": "another-passphrase-of-somebody"}),
            (Faults(), ("pull", "muster"), {"BEXIO_CLIENT_SECRET": ""}),
            (Faults(revoke_token_after=0), ("pull", "muster"), {}),
            (Faults(drop_connection=Hits(times=None)), ("pull", "muster"), {}),
            (Faults(truncate_json=Hits(times=None)), ("pull", "muster"), {}),
            (Faults(server_errors=Hits(times=None)), ("pull", "muster"), {}),
            (Faults(clock_skew_seconds=3600, identity_down=True), ("pull", "muster"), {}),
            (Faults(), ("pull", "muster"), {"BEXIO_TOKEN": "a-token-that-opens-nothing"}),
            (Faults(), ("report", "muster", "--period", "2026-Q9"), {}),
        ]
        for faults, arguments, environ in failures:
            wire.faults = faults
            code, printed = shell(
                *arguments, "--debug", environ=environ | {"BEXIO_TOKEN": environ.get("BEXIO_TOKEN", "")}
            )
            assert code == "raised", (arguments, faults, printed, office.errors[-2000:])
        no_token = {"BEXIO_TOKEN": ""}
        wire.faults = Faults()
        assert shell.connect(2, "muster", "--debug", allow=False)[0] == "raised"
        wire.faults = Faults(altered_nonce=True)
        assert shell.connect(3, "muster", "--debug")[0] == "raised"
        wire.faults = Faults(clock_skew_seconds=-60)
        wire.end_sessions()
        assert shell("pull", "muster", "--debug", environ=no_token)[0] == "raised"
        code, printed = shell("pull", "--all", "--json", "--debug")
        assert code == "3"
        ended = {each["mandate"]: each.get("error") for each in json.loads(printed)["mandates"]}
        assert ended == {"by-token": None, "muster": "Authentication"}
        assert vault.read_bytes() != sealed, "a token was renewed on the way"
        (office.folder / "stdout.txt").write_text(shell.output, encoding="utf-8")
    used = {kind: set(texts) for kind, texts in office.secrets.items()}
    assert PAT in used["access_token"]
    assert {"access_token", "refresh_token", "id_token", "client_secret", "code", "code_verifier"} <= set(used)
    assert len(used["refresh_token"]) >= 3
    used["passphrase"] = {PASSPHRASE, "another-passphrase-of-somebody"}
    used["token"] = used.get("token", set()) | {"a-token-that-opens-nothing"}
    files = [path for path in office.folder.rglob("*") if path.is_file() and path != office.folder / "browser"]
    texts = {path: text_of(path) for path in files}
    found = [
        (kind, str(path.relative_to(office.folder)))
        for path, text in texts.items()
        for kind, secrets in used.items()
        for secret in secrets
        if secret in text
    ]
    assert found == []
    assert {".gz", ".parquet", ".duckdb", ".html", ".json", ".txt", ".toml", ".vault"} <= {
        path.suffix for path in files
    }
    assert all("Muster Handels AG" in text for path, text in texts.items() if path.name == "company.parquet")
    assert "Session not active" in office.errors
    assert "Traceback" in office.errors


@pytest.mark.parametrize(
    ("arguments", "environ", "says"),
    [
        (("connect", "muster"), {"BEXIO_CLIENT_SECRET": ""}, "--token-stdin"),
        (("connect", "Muster AG"), {}, "muster-ag"),
        (("connect", "muster", "--api-url", "http://bexio.example"), {}, "in the clear"),
        (("connect", "muster", "--token-stdin"), {"BEXIO_ANALYTICS_KEY": "short"}, "shorter than 12"),
        (("connect", "muster", "--api-url", "http://127.0.0.1:1"), {}, "gave no answer"),
    ],
)
def test_mistakes_end_in_one_message(
    tmp_path: Path,
    run: Callable[..., tuple[int, str, str]],
    arguments: tuple[str, ...],
    environ: dict[str, str],
    says: str,
) -> None:
    code, out, err = run(*arguments, environ=environ, stdin=f"{PAT}\n")
    assert code in {2, 3}
    assert says in (out + err).replace("\n", " ")
    assert "Traceback" not in out + err
    assert not list(tmp_path.rglob("connection.*"))


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process, with nothing of the real environment."""
    import io  # noqa: PLC0415

    from bexio_analytics.cli import app, main  # noqa: PLC0415
    from bexio_analytics.cli.connecting import connect  # noqa: PLC0415

    if not any(command.name == "connect" for command in app.registered_commands):
        app.command(name="connect")(connect)
    settings = {
        "BEXIO_CLIENT_ID": "simulated-app",
        "BEXIO_CLIENT_SECRET": "simulated-secret",
        "BEXIO_ANALYTICS_KEY": PASSPHRASE,
        "BEXIO_ANALYTICS_DATA": str(tmp_path / "data"),
    }
    for name in [name for name in os.environ if name.startswith("BEXIO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, environ: dict[str, str] | None = None, stdin: str = "") -> tuple[int, str, str]:
        for name, value in (settings | (environ or {})).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


def test_a_token_on_standard_input(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    with serve(create_app({PAT: build_company()})) as bexio:
        arguments = ("connect", "muster", "--token-stdin", "--api-url", bexio.url)
        code, out, err = run(*arguments, stdin=f"{PAT}\n")
        assert code == 0, err
        assert "Connected muster with Muster Handels AG" in out
        assert PAT not in out + err
        code, out, _ = run(*arguments, "--json", stdin=f"{PAT}\n")
        found = json.loads(out)
        assert (found["kind"], found["until_is_assumed"]) == ("pat", True)
        code, out, err = run(*arguments, stdin="another-token\n")
        assert code == 3
        assert "does not accept this token" in err
        assert "another-token" not in out + err
        code, _, err = run(*arguments, stdin="")
        assert (code, "empty" in err) == (2, True)
    assert (tmp_path / "data" / "muster" / "connection.vault").is_file()


def test_app_and_key_may_stand_in_dotenv(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    with serve(create_app({PAT: build_company()})) as bexio:
        lines = f"BEXIO_API_URL={bexio.url}\nBEXIO_CLIENT_ID=x\n"
        (tmp_path / ".env").write_text(lines, encoding="utf-8")
        code, _, err = run("connect", "muster", "--token-stdin", stdin=f"{PAT}\n")
    assert code == 0, err
