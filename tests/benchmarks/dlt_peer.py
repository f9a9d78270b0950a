"""The same company through dlt's REST API source, set up as its documentation shows; only for ``pull.py --dlt``."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

OFFSET: dict[str, Any] = {"type": "offset", "limit": 2000, "total_path": None, "stop_after_empty_page": True}
PAGES: dict[str, Any] = {"type": "page_number", "base_page": 1, "total_path": None, "stop_after_empty_page": True}


def measure_dlt(url: str, token: str, folder: str) -> dict[str, int]:
    """Load journal, documents and their details into DuckDB; rows by resource."""
    Path(folder).mkdir(parents=True)
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": folder, "RUNTIME__LOG_LEVEL": "CRITICAL"}
    dlt = importlib.import_module("dlt")  # reads the environment when it is imported; nobody else needs it
    rest_api_source = importlib.import_module("dlt.sources.rest_api").rest_api_source

    def listed(name: str, path: str, paginator: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "endpoint": {"path": path, "paginator": paginator, "params": params}}

    def detail(name: str, path: str, parent: str) -> dict[str, Any]:
        return {
            "name": name,
            "endpoint": {
                "path": path,
                "paginator": "single_page",
                "params": {"id": {"type": "resolve", "resource": parent, "field": "id"}},
            },
        }

    bills = {"limit": 500}
    source = rest_api_source(
        {
            "client": {
                "base_url": url,
                "auth": {"type": "bearer", "token": token},
                "headers": {"Accept": "application/json"},
            },
            "resource_defaults": {"write_disposition": "replace"},
            "resources": [
                listed("journal", "/3.0/accounting/journal", OFFSET, {}),
                listed("manual_entry", "/3.0/accounting/manual_entries", OFFSET, {}),
                listed("invoice", "/2.0/kb_invoice", OFFSET, {"order_by": "id"}),
                listed("bill", "/4.0/purchase/bills", PAGES, bills) | {"endpoint": _page("/4.0/purchase/bills")},
                listed("expense", "/4.0/expenses", PAGES, bills) | {"endpoint": _page("/4.0/expenses")},
                detail("invoice_detail", "/2.0/kb_invoice/{id}", "invoice"),
                detail("invoice_payment", "/2.0/kb_invoice/{id}/payment", "invoice"),
                detail("bill_detail", "/4.0/purchase/bills/{id}", "bill"),
                detail("expense_detail", "/4.0/expenses/{id}", "expense"),
            ],
        }
    )
    pipeline = dlt.pipeline(
        "peer", pipelines_dir=folder, destination=dlt.destinations.duckdb(f"{folder}/peer.duckdb"), dataset_name="bexio"
    )
    pipeline.run(source)
    counts = pipeline.last_trace.last_normalize_info.row_counts
    return {name: rows for name, rows in counts.items() if not name.startswith("_dlt") and "__" not in name}


def _page(path: str) -> dict[str, Any]:
    return {"path": path, "paginator": PAGES, "params": {"limit": 500}, "data_selector": "data"}
