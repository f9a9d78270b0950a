"""A local bexio with an invented company, speaking the wire of the real one.

``build_company`` invents the books, ``create_app`` puts them behind bexio's API, ``serve`` runs that on the loopback
interface::

    with serve(create_app({"my-token": build_company()})) as bexio:
        httpx.get(bexio.url + "/3.0/taxes", headers={"Authorization": "Bearer my-token", "Accept": "application/json"})
"""

from __future__ import annotations

import importlib

from bexio_analytics.simulator.wire.app import create_app
from bexio_analytics.simulator.wire.faults import Faults, FieldFault, Hits
from bexio_analytics.simulator.wire.server import Served, serve
from bexio_analytics.simulator.wire.settings import WireSettings


def __getattr__(name: str) -> object:
    """Load the invented company only when it is asked for: the wire serves any other as well."""
    if name == "build_company":
        return importlib.import_module("bexio_analytics.simulator.company").build_company
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Faults", "FieldFault", "Hits", "Served", "WireSettings", "create_app", "serve"]
