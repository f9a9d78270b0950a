"""Colours and chart style: calm, readable in grey print and with any colour vision."""

from __future__ import annotations

from typing import Any, Final

INK: Final = "#1b2430"
MUTED: Final = "#5c6773"
LINE: Final = "#dfe4ea"
OUTPUT_TAX: Final = "#1f4e79"
INPUT_TAX: Final = "#e0a030"
SEVERITY: Final = {1: "#a61c2e", 2: "#d9822b", 3: "#2e75a8", 4: "#98a3ae"}
"""Colour by severity, 1 blocks filing … 4 information: the graver the darker, so grey print keeps the order."""

FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif'


def chart_style() -> dict[str, Any]:
    """What every chart shares: Vega-Lite ``config``, and the Swiss number format for Vega-Embed."""
    swiss = {"decimal": ".", "thousands": "'", "grouping": [3], "currency": ["CHF ", ""], "minus": "-"}
    return {"config": _config(), "usermeta": {"embedOptions": {"formatLocale": swiss}}}


def _config() -> dict[str, Any]:
    axis = {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domainColor": LINE,
        "tickColor": LINE,
        "gridColor": "#eef1f4",
        "labelLimit": 260,
    }
    return {
        "font": FONT,
        "background": "white",
        "view": {"stroke": None},
        "axis": axis,
        "legend": {
            "labelColor": INK,
            "labelFontSize": 12,
            "title": None,
            "orient": "top",
            "symbolType": "square",
            "direction": "horizontal",
            "columnPadding": 18,
        },
        "bar": {"cornerRadiusEnd": 1},
        "text": {"color": INK, "fontSize": 12},
    }
