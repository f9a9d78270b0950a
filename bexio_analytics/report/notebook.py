"""Executing a notebook of this package in a kernel of its own, without a network socket."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from bexio_analytics.errors import ReportError

LIVE = "live"
"""Cells with this tag belong to the open notebook only; a report leaves them out."""
CELL_SECONDS = 600
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_FRAMES = 4


def notebook_path(name: str) -> Path:
    """Where a notebook lies: inside the installed package, or beside the package in the repository.

    Raises:
        ReportError: it is in neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if (folder / name).is_file():
            return folder / name
    raise ReportError(f"The notebook {name} is not part of this installation: install bexio_analytics again")


def execute(path: Path, parameters: Mapping[str, str]) -> NotebookNode:
    """Run all cells of a notebook that are not live-only and return it with its outputs.

    The kernel is this interpreter and speaks over a socket in a private folder, so that nobody else on the machine can
    read what the cells show; on Windows, which has no such sockets, it speaks encrypted over the loopback interface.

    Args:
        path: the notebook.
        parameters: values of its parameters cell; all texts, and none of them secret, for they stay in the outputs.

    Raises:
        ReportError: a parameter is unknown, a cell failed, or the kernel died; names the cell.
    """
    _require_known(path, parameters)
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    notebook.cells = [cell for cell in notebook.cells if LIVE not in cell.metadata.get("tags", [])]
    with tempfile.TemporaryDirectory(prefix="ba-") as folder:
        try:
            executed: NotebookNode = papermill.execute_notebook(
                notebook,
                None,
                parameters=dict(parameters),
                kernel_manager_class=_private_kernel(Path(folder)),
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                execution_timeout=CELL_SECONDS,
            )
        except PapermillExecutionError as error:
            raise ReportError(_explained(path, error)) from None
        except CellTimeoutError:
            raise ReportError(f"{path.name}: a cell took longer than {CELL_SECONDS} seconds and was stopped") from None
        except DeadKernelError:
            raise ReportError(
                f"{path.name}: the kernel died while running it; most often the machine ran out of memory"
            ) from None
    return executed


def _require_known(path: Path, parameters: Mapping[str, str]) -> None:
    known = papermill.inspect_notebook(str(path))
    unknown = sorted(parameters.keys() - known.keys())
    if unknown:
        raise ReportError(
            f"{path.name} has no parameter {', '.join(unknown)}: its parameters cell declares {', '.join(known)}"
        )


class _ThisInterpreter(KernelSpecManager):
    """Starts kernels with the interpreter that runs this code, whatever kernels a user has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


def _private_kernel(folder: Path) -> type[KernelManager]:
    """Kernels whose connection lies in ``folder``; a class, because nbclient ends and closes only what it made."""

    class PrivateKernel(AsyncKernelManager):
        @default("kernel_spec_manager")
        def _this_interpreter(self) -> KernelSpecManager:
            return _ThisInterpreter()

        @default("connection_file")
        def _connection_in_folder(self) -> str:
            return str(folder / "kernel.json")

        if sys.platform == "win32":

            @default("transport_encryption")
            def _encrypted(self) -> str:
                return "auto"

        else:

            @default("transport")
            def _through_files(self) -> str:
                return "ipc"

            @default("ip")
            def _files_in_folder(self) -> str:
                return str(folder / "kernel")

    return PrivateKernel


def _explained(path: Path, error: PapermillExecutionError) -> str:
    """What failed, in which cell, and the last frames that led there."""
    first_line = next((line for line in str(error.source).splitlines() if line.strip()), "")
    lines = [_COLOURS.sub("", line) for block in error.traceback for line in str(block).splitlines()]
    frames = [line.strip() for line in lines if re.match(r"\s*(File |Cell In)", line)]
    shown = "".join(f"\n  {frame}" for frame in frames[-_FRAMES:])
    return f"{path.name}, cell {error.exec_count} ({first_line.strip()}): {error.ename}: {error.evalue}{shown}"
