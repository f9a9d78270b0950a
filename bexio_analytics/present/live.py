"""What a notebook needs once before its first table or chart."""

from __future__ import annotations

from bexio_analytics.present import assets
from bexio_analytics.present.charts import use_offline_renderer
from bexio_analytics.present.markup import Html
from bexio_analytics.present.vega import vega_script


def start() -> Html:
    """Style sheet and scripts for a live notebook; also switches Altair to drawing without the network.

    The exported page carries them in its head, so the cell that shows this is tagged ``live`` and left out there.
    """
    use_offline_renderer()
    return Html(f"<style>{assets.style()}</style><script>{vega_script()}</script><script>{assets.script()}</script>")
