"""What a notebook needs once before its first table or chart."""

from __future__ import annotations

from pathlib import Path

from bexio_analytics.present import assets
from bexio_analytics.present.charts import use_offline_renderer
from bexio_analytics.present.markup import Html
from bexio_analytics.present.vega import vega_script


def data_folder(data: str) -> Path:
    """The folder of the mandates: as given, or beside the folder that Jupyter runs the notebook in.

    A notebook runs where it lies, which is one folder below the data of a checkout.
    """
    here, above = Path(data).expanduser(), Path("..") / data
    return above if not here.is_absolute() and not here.is_dir() and above.is_dir() else here


def start() -> Html:
    """Style sheet and scripts for a live notebook; also switches Altair to drawing without the network.

    The exported page carries them in its head, so the cell that shows this is tagged ``live`` and left out there.
    """
    use_offline_renderer()
    return Html(f"<style>{assets.style()}</style><script>{vega_script()}</script><script>{assets.script()}</script>")
