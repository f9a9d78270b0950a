"""The Vega libraries as one script, built from the installed package and kept for the next page.

Nothing is downloaded: vl-convert carries Vega, Vega-Lite and Vega-Embed in its wheel and bundles them in two seconds.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

import vl_convert

_SNIPPET = "window.vegaEmbed = vegaEmbed;"


@cache
def vega_script(folder: Path | None = None) -> str:
    """JavaScript that defines ``window.vegaEmbed``; the same text for the same version of vl-convert.

    Args:
        folder: where the built script is kept; default is the user's cache folder. A folder that cannot be written
            only costs the two seconds again.
    """
    folder = folder or _cache_folder()
    kept = folder / f"vega-{version('vl-convert-python')}.js"
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    # The bundle declares its names at top level: in a function of its own a second copy in one page does no harm.
    script = "(function(){" + vl_convert.javascript_bundle(_SNIPPET).replace("</script", "<\\/script") + "\n})();"
    with contextlib.suppress(OSError):
        _keep(script, kept)
    return script


def _cache_folder() -> Path:
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "bexio_analytics"


def _keep(script: str, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=kept.parent, suffix=".part", delete=False) as beside:
        beside.write(script)
    Path(beside.name).replace(kept)
