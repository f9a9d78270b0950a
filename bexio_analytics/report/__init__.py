"""From the notebook to a self-contained page: executed, exported, and put in place only when whole."""

from bexio_analytics.report.render import NOTEBOOK, render_report

__all__ = ["NOTEBOOK", "render_report"]
