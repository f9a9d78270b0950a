"""The notebooks are thin, free of outputs, and declare their parameters."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import papermill
import pytest

from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.present.live import data_folder
from bexio_analytics.report.notebook import LIVE, notebook_path

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST_CELL = 12


def cells_of(path: Path) -> list[nbformat.NotebookNode]:
    cells: list[nbformat.NotebookNode] = nbformat.read(path, as_version=4).cells  # type: ignore[no-untyped-call]
    return cells


def test_there_are_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS] == ["vat_review.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_free_of_outputs_and_valid(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
    for cell in cells_of(path):
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_thin(path: Path) -> None:
    for cell in cells_of(path):
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= LONGEST_CELL
            kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
            assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_parameters_are_texts(path: Path) -> None:
    parameters = papermill.inspect_notebook(str(path))
    assert set(parameters) == {"data", "mandate", "period", "lang", "as_of"}
    assert all(parameter["default"].startswith('"') for parameter in parameters.values())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_report_still_has_every_section_without_the_live_cells(path: Path) -> None:
    kept = [cell.source for cell in cells_of(path) if LIVE not in cell.metadata.get("tags", [])]
    assert not any(source.startswith("#") for source in kept if "=" not in source)
    for section in ("header", "key_figures", "form", "bridge", "findings", "charts", "lines", "basis"):
        assert sum(f"page.{section}()" in source for source in kept) == 1


def test_as_it_is_the_notebook_opens_what_the_demo_pulled(
    demo_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The README says: demo, then Jupyter; a notebook runs in its own folder, below that of the data."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "data").symlink_to(demo_data, target_is_directory=True)
    monkeypatch.chdir(tmp_path / "notebooks")
    defaults = papermill.inspect_notebook(str(FOLDER / "vat_review.ipynb"))
    data, mandate = (ast.literal_eval(defaults[name]["default"]) for name in ("data", "mandate"))
    assert (data_folder(data) / mandate / "mandate.toml").is_file()
    assert mandate == DEMO
    assert data_folder(str(demo_data)) == demo_data
    monkeypatch.chdir(tmp_path)
    assert data_folder(data) == Path("data")
    assert data_folder("nowhere") == Path("nowhere")


def test_the_notebook_is_found_from_the_repository() -> None:
    assert notebook_path("vat_review.ipynb").read_bytes() == (FOLDER / "vat_review.ipynb").read_bytes()
