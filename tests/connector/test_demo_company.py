"""The invented company comes over the wire complete, and equal to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec

from bexio_analytics.connector import ENDPOINTS, RESOURCES, RawPull, read_raw
from bexio_analytics.simulator import WireSettings, build_company, create_app, serve

DECODER = msgspec.json.Decoder(float_hook=Decimal)
WHOLE = (
    "company",
    "tax",
    "invoice_detail",
    "invoice_payment",
    "bill_detail",
    "expense_detail",
    "manual_entry",
    "journal",
)
"""Resources whose rows the wire gives out as they are in the books."""


def rows(folder: Path, resource: str) -> list[dict[str, object]]:
    return [DECODER.decode(row) for response in read_raw(folder, resource) for row in response.rows()]


def by_id(held: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(held, key=lambda row: str(row["id"]))


def test_the_demo_company_arrives_row_for_row(pull_into: Callable[..., RawPull], token: str) -> None:
    company = build_company()
    app = create_app({token: company}, WireSettings(limit=100_000))
    with serve(app) as served:
        done = pull_into(served.url)
    assert done.complete
    assert not done.unavailable
    assert not app.state.log.select(status=429)
    for resource in RESOURCES:
        source = company.records[resource.removesuffix("_detail")]
        read = rows(done.path, resource)
        assert sorted(str(row["id"]) for row in read) == sorted(str(row["id"]) for row in source), resource
        if resource in WHOLE:
            assert by_id(read) == by_id(source), resource
    children = {name for name, endpoint in ENDPOINTS.items() if endpoint.parent}
    lists = set(RESOURCES) - children
    assert sum(done.manifest.resources[name].responses for name in lists) <= len(lists) + 2
