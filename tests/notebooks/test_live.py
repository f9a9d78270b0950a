"""The notebook live in JupyterLab, driven by a browser that reaches nothing but the local server."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Error, Page, sync_playwright

from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.report.notebook import notebook_path
from bexio_analytics.review import Verdict, decisions_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(importlib.util.find_spec("jupyterlab") is None, reason="needs the extra 'lab'"),
]

BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SETTINGS = """{
  "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": true, "windowingMode": "none"},
  "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}
}"""
TOKEN = "only-on-this-machine"  # noqa: S105 - of a server that lives for one test
ALL_CELLS_RAN = """() => {
  const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map(each => each.textContent);
  return prompts.length > 8 && prompts.every(prompt => /\\[\\d+\\]/.test(prompt));
}"""
A_CELL_RUNS = (
    """() => [...document.querySelectorAll(".jp-InputPrompt")].some(each => /\\[[*\\d]/.test(each.textContent))"""
)


@pytest.fixture
def lab(demo_data: Path, tmp_path: Path) -> Iterator[str]:
    """Address of a JupyterLab that has the notebook, set to the invented company."""
    own_data = shutil.copytree(demo_data, tmp_path / "data")
    notebook = nbformat.read(notebook_path("vat_review.ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = (
                f'data = {str(own_data)!r}\nmandate = {DEMO!r}\nperiod = "2026-Q3"\nlang = "en"\nas_of = "2026-11-22"'
            )
    nbformat.write(notebook, tmp_path / "vat_review.ipynb")  # type: ignore[no-untyped-call]
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "overrides.json").write_text(SETTINGS, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA")}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        f"--IdentityProvider.token={TOKEN}", "--ServerApp.allow_root=True", f"--ServerApp.root_dir={tmp_path}",
        f"--LabApp.app_settings_dir={tmp_path / 'settings'}", "--LabApp.extension_manager=readonly",
        "--KernelManager.transport=ipc",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    # The path of a socket may have some hundred characters only, which pytest's folders exceed.
    with tempfile.TemporaryDirectory(prefix="lab-") as short, (tmp_path / "lab.log").open("wb") as log:
        own |= {"JUPYTER_RUNTIME_DIR": short, "IPYTHONDIR": str(tmp_path / "ipython")}
        server = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=1).close()  # noqa: S310
                    break
                except OSError:
                    time.sleep(0.25)
            yield address
        finally:
            server.terminate()
            server.wait(30)


def run_all_cells(page: Page) -> None:
    """Run the notebook; the first order is lost where the kernel is not connected yet."""
    for _ in range(10):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            page.wait_for_function(A_CELL_RUNS, timeout=4000)
        except Error:
            continue
        page.wait_for_function(ALL_CELLS_RAN, timeout=180_000)
        return
    pytest.fail("the kernel never ran a cell")


def test_findings_are_filtered_and_decided_live_and_charts_are_drawn(lab: str, chromium: str, tmp_path: Path) -> None:
    outside: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=BROWSER_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1400, "height": 1100})
        page.on("request", lambda request: outside.append(request.url))
        page.goto(f"{lab}/lab/tree/vat_review.ipynb?token={TOKEN}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        page.get_by_text("| Idle").wait_for(timeout=90_000)
        run_all_cells(page)
        widget = page.locator(".ba-browser")
        widget.wait_for(timeout=30_000)
        lines = widget.locator("select[size] option")
        everything = lines.count()
        widget.locator("select").nth(1).select_option(index=1)
        page.wait_for_function(
            "before => document.querySelectorAll('.ba-browser select[size] option').length < before", arg=everything
        )
        assert 0 < lines.count() < everything
        assert "Why it matters" in widget.inner_text()
        widget.get_by_role("button", name="to correct").click()
        widget.get_by_label("Decided by").fill("M. Muster")
        widget.get_by_role("button", name="Record the decision").click()
        widget.get_by_text("decided by M. Muster").first.wait_for(timeout=30_000)
        (decision,) = decisions_of(tmp_path / "data" / DEMO)
        assert (decision.verdict, decision.author) == (Verdict.TO_CORRECT, "M. Muster")
        page.wait_for_selector("[data-ba-chart][data-ba-drawn] svg", state="attached", timeout=30_000)
        assert page.locator("[data-ba-chart][data-ba-drawn] svg.marks").count() == 3
        assert page.locator(".ba-search").count() >= 1
        assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        browser.close()
    assert [url for url in outside if not url.startswith((lab, "data:", "blob:"))] == []
