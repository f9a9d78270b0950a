"""An executed notebook as one HTML file that shows no code and loads nothing.

The page carries its style, its scripts and its data. A Content-Security-Policy in its head makes the browser refuse
every request, and every script but those this module wrote into the page, which it names by their hashes. The drawing
library, two thirds of the page, travels compressed; unpacked it runs only because its hash is among them.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path

from nbconvert import TemplateExporter
from nbformat import NotebookNode
from traitlets import default

from bexio_analytics.present import assets
from bexio_analytics.present.vega import vega_script

TEMPLATES = Path(__file__).parent / "template"


class ReviewExporter(TemplateExporter):
    """nbconvert with this package's template: the HTML outputs of the cells, one after the other."""

    export_from_notebook = "Review page"
    output_mimetype = "text/html"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "review"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"


def to_page(notebook: NotebookNode, *, lang: str, title: str, footer: str) -> str:
    """The page of an executed notebook.

    Args:
        notebook: with outputs.
        lang: of the texts, for the page's ``lang`` attribute.
        title: of the browser's tab.
        footer: printed at the foot of every sheet.
    """
    library = vega_script() if _has_charts(notebook) else None
    resources = {
        "lang": lang,
        "title": title,
        "footer": _css_string(footer),
        "style": assets.style(),
        "script": assets.script(),
        "packed": packed(library) if library else None,
        # Only these may run: an output that smuggled a script in would stay dead text.
        "hashes": " ".join(script_hash(script) for script in (assets.script(), library) if script),
    }
    exporter = ReviewExporter(extra_template_basedirs=[str(TEMPLATES)])  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(notebook, resources)
    return str(page)


def script_hash(script: str) -> str:
    """The CSP source that allows exactly this script: ``'sha256-…'``."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def packed(script: str) -> str:
    """A script as the page's own script unpacks it: gzip, in base64; the same text for the same script."""
    return base64.b64encode(gzip.compress(script.encode(), mtime=0)).decode()


def _has_charts(notebook: NotebookNode) -> bool:
    return any(
        "data-ba-chart" in str(output.get("data", {}).get("text/html", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )


def _css_string(text: str) -> str:
    return "".join(
        character if character.isalnum() or character in " .-" else f"\\{ord(character):x} " for character in text
    )
