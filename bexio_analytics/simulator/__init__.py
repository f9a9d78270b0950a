"""A local bexio with an invented company, speaking the wire of the real one.

``build_company`` invents the books, ``create_app`` puts them behind bexio's API, ``serve`` runs that on the loopback
interface::

    with serve(create_app({"my-token": build_company()})) as bexio:
        httpx.get(bexio.url + "/3.0/taxes", headers={"Authorization": "Bearer my-token", "Accept": "application/json"})
"""

from __future__ import annotations

from bexio_analytics.simulator.company import Company, Planted, build_company, planted
from bexio_analytics.simulator.wire.app import create_app
from bexio_analytics.simulator.wire.faults import Faults, FieldFault, Hits
from bexio_analytics.simulator.wire.server import Served, serve
from bexio_analytics.simulator.wire.settings import WireSettings

__all__ = [
    "Company",
    "Faults",
    "FieldFault",
    "Hits",
    "Planted",
    "Served",
    "WireSettings",
    "build_company",
    "create_app",
    "planted",
    "serve",
]
