"""The report as a file: whole, self-contained, the same bytes for the same inputs."""

from __future__ import annotations

import base64
import gzip
import re
import stat
import sys
from datetime import date
from pathlib import Path

import lxml.html
import nbformat
import pytest

from bexio_analytics import Books, open_mandate, vat_return
from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.errors import ConfigurationError, ReportError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.present.formats import chf
from bexio_analytics.report import render_report
from bexio_analytics.report.export import script_hash
from bexio_analytics.report.notebook import execute, notebook_path

Q3 = VatPeriod.parse("2026-Q3")
AS_OF = date(2026, 11, 22)
MAX_BYTES = 1_500_000


def notebook(folder: Path, *sources: str) -> Path:
    """A notebook with the report's parameters and these cells; ``live:`` before a source tags the cell."""
    new = nbformat.v4
    cells = [new.new_code_cell('data = ""\nmandate = ""\nperiod = ""\nlang = ""\nas_of = ""', id="p")]  # type: ignore[no-untyped-call]
    cells[0].metadata["tags"] = ["parameters"]
    for number, source in enumerate(sources):
        cell = new.new_code_cell(source.removeprefix("live:"), id=f"c{number}")  # type: ignore[no-untyped-call]
        cell.metadata["tags"] = ["live"] if source.startswith("live:") else []
        cells.append(cell)
    metadata = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
    path = folder / "own.ipynb"
    nbformat.write(new.new_notebook(cells=cells, metadata=metadata), path)  # type: ignore[no-untyped-call]
    return path


@pytest.fixture
def books(demo_data: Path) -> Books:
    return open_mandate(demo_data, DEMO)


def test_the_page_shows_the_figures_of_the_return(report: Path, books: Books) -> None:
    figures = vat_return(books, Q3)
    root = lxml.html.parse(report).getroot()
    shown = {
        row.get("data-ziffer"): [cell.text_content() for cell in row.xpath("td")[3:5]]
        for row in root.xpath("//tr[@data-ziffer]")
    }
    for ziffer, amount in figures.ziffern.items():
        if ziffer in shown:
            assert chf(amount) in shown[ziffer], ziffer
    for ziffer, tax in figures.tax.items():
        if ziffer in shown:
            assert shown[ziffer][1] == chf(tax), ziffer
    assert {"200", "299", "303", "399", "400", "479", "500"} <= shown.keys()


def test_the_page_is_named_after_mandate_period_and_language(report: Path) -> None:
    assert report.name == f"{DEMO}-2026-Q3-de.html"
    root = lxml.html.parse(report).getroot()
    assert root.get("lang") == "de"
    assert [section.xpath("string(.//h2/@id)") for section in root.xpath("//section")] == [
        "figures", "return", "bridge", "findings", "charts", "lines", "basis",
    ]  # fmt: skip


def test_the_page_is_small_enough_and_carries_no_code(report: Path) -> None:
    page = report.read_text(encoding="utf-8")
    assert report.stat().st_size <= MAX_BYTES
    for trace in ("ReviewPage", "open_mandate", "papermill", "jp-Cell", "application/vnd.jupyter"):
        assert trace not in page


def test_the_page_names_no_address_to_load_from(report: Path) -> None:
    root = lxml.html.parse(report).getroot()
    assert root.xpath("//link | //iframe | //img | //object | //embed | //form | //script[@src] | //base") == []
    assert all(target.startswith("#") for target in root.xpath("//@href"))
    assert root.xpath("//@*[starts-with(name(), 'on')]") == []
    style = "".join(root.xpath("//style/text()"))
    assert not re.search(r"url\(|@import", style)


def test_the_policy_allows_only_the_scripts_of_the_head(report: Path) -> None:
    root = lxml.html.parse(report).getroot()
    policy = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    (own,) = root.xpath("//head/script[not(@type)]/text()")
    (library,) = root.xpath("//head/script[@data-ba-packed]/text()")
    unpacked = gzip.decompress(base64.b64decode(library)).decode()
    assert "vegaEmbed" in unpacked
    assert re.findall(r"'sha256-[A-Za-z0-9+/]{43}='", policy) == [script_hash(own), script_hash(unpacked)]
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
    assert root.xpath("//meta[@name='referrer']/@content") == ["no-referrer"]
    assert set(root.xpath("//body//script/@type")) == {"application/json"}
    assert root.xpath("//body//script[not(@type)]") == []


def test_the_same_inputs_give_the_same_bytes(report: Path, demo_data: Path, tmp_path: Path) -> None:
    again = render_report(demo_data / DEMO, Q3, out_dir=tmp_path, as_of=AS_OF)
    assert again.read_bytes() == report.read_bytes()


def test_the_second_language_is_english(demo_data: Path, tmp_path: Path) -> None:
    page = render_report(demo_data / DEMO, Q3, out_dir=tmp_path, as_of=AS_OF, lang="en")
    root = lxml.html.parse(page).getroot()
    assert root.get("lang") == "en"
    assert "Total tax owed" in root.text_content()
    assert "Total geschuldete Steuer" not in root.text_content()


def test_an_unknown_language_is_refused_before_anything_runs(demo_data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no texts in language 'rm'"):
        render_report(demo_data / DEMO, Q3, out_dir=tmp_path, as_of=AS_OF, lang="rm")


@pytest.mark.skipif(sys.platform == "win32", reason="no POSIX permissions")
def test_only_the_owner_may_read_the_page(report: Path) -> None:
    assert stat.S_IMODE(report.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_a_failing_cell_is_named_and_the_old_page_stays(demo_data: Path, tmp_path: Path) -> None:
    old = tmp_path / f"{DEMO}-2026-Q3-de.html"
    old.write_text("whole", encoding="utf-8")
    broken = notebook(tmp_path, "total = 1", "# the sum\ntotal / 0")
    with pytest.raises(ReportError) as caught:
        render_report(demo_data / DEMO, Q3, out_dir=tmp_path, as_of=AS_OF, notebook=broken)
    message = str(caught.value)
    assert message.startswith("own.ipynb, cell 4 (# the sum): ZeroDivisionError: division by zero")
    assert "\x1b" not in message
    assert len(message.splitlines()) <= 6
    assert old.read_text(encoding="utf-8") == "whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([old.name, "own.ipynb"])


def test_a_notebook_that_shows_nothing_writes_nothing(demo_data: Path, tmp_path: Path) -> None:
    silent = notebook(tmp_path, "1 + 1")
    with pytest.raises(ReportError, match="showed no section"):
        render_report(demo_data / DEMO, Q3, out_dir=tmp_path, as_of=AS_OF, notebook=silent)
    assert [path.name for path in tmp_path.iterdir()] == ["own.ipynb"]


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="has no parameter perod: its parameters cell declares"):
        execute(notebook(tmp_path), {"perod": "2026-Q3"})


def test_live_cells_do_not_run_and_the_kernel_is_this_interpreter(tmp_path: Path) -> None:
    path = notebook(tmp_path, "live:1 / 0", "import sys\nsys.executable", "as_of")
    done = execute(path, {"as_of": "2026-11-22"})
    shown = [cell.outputs[-1].data["text/plain"] for cell in done.cells if cell.get("outputs")]
    assert shown == [repr(sys.executable), "'2026-11-22'"]


def test_a_notebook_that_is_not_installed_is_named() -> None:
    with pytest.raises(ReportError, match=r"other\.ipynb is not part of this installation"):
        notebook_path("other.ipynb")
