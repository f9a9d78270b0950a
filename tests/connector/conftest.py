"""A small server for single cases, a company for whole pulls, and a clock that stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bexio_analytics.connector import Connection, PullSettings, RawPull, pull
from bexio_analytics.simulator import serve

TOKEN = "eyJhbGciOi.c2VjcmV0LXRva2Vu.never-to-be-seen"  # noqa: S105
NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
FAST = PullSettings(minute=0.6, attempts=4, first_wait=0.5, limits={"default": 10_000, "article": 400, "search": 250})
"""A minute of 0.6 s: a hundredth of the real one, waits included."""


@dataclass
class Scripted:
    """A server that gives the answers of a script and remembers what it was asked."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        return Connection(self.url, TOKEN)


Script = Callable[[str, dict[str, str]], Response]


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def fast() -> PullSettings:
    return FAST


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: NOON


@pytest.fixture
def scripted() -> Callable[[Script], Any]:
    @contextmanager
    def run(script: Script) -> Iterator[Scripted]:
        server = Scripted()

        async def handle(request: Request) -> Response:
            params = dict(request.query_params)
            server.asked.append((request.url.path, params))
            server.headers.append(request.headers)
            return script(request.url.path, params)

        with serve(Starlette(routes=[Route("/{path:path}", handle)])) as served:
            server.url = served.url
            yield server

    return run


@dataclass
class Books:
    """Records of a company as the simulator takes them."""

    records: dict[str, list[dict[str, object]]]


@pytest.fixture
def books() -> Books:
    """Twenty-four invoices, twelve bills, and enough journal rows for several small pages."""
    paid = "108.100000"
    none = "0.000000"
    invoices: list[dict[str, object]] = [
        {
            "id": number,
            "document_nr": f"RE-{number:05}",
            "kb_item_status_id": 9 if number % 3 == 0 else 8,
            "total_received_payments": paid if number % 3 == 0 else none,
            "total_credit_vouchers": "10.000000" if number == 7 else none,
            "positions": [{"id": 1, "type": "KbPositionCustom", "amount": "1.000000"}],
        }
        for number in range(1, 25)
    ]
    bills: list[dict[str, object]] = [
        {
            "id": f"00000000-0000-4000-8000-{number:012}",
            "document_no": f"LR-{number}",
            "status": "PAID" if number % 2 else "BOOKED",
            "amount_calc": Decimal("108.10"),
            "line_items": [{"id": "a", "position": 0, "amount": Decimal("108.10")}],
            "attachment_ids": [],
        }
        for number in range(12)
    ]
    return Books(
        {
            "company": [{"id": 1, "name": "Muster Handels AG"}],
            "account": [{"id": n, "account_no": str(1000 + n), "account_type": 3} for n in range(1, 40)],
            "tax": [{"id": n, "code": "UN81", "type": "sales_tax", "value": Decimal("8.10")} for n in range(1, 12)],
            "calendar_year": [{"id": 1, "start": "2026-01-01", "end": "2026-12-31"}],
            "business_year": [{"id": n, "start": "2026-01-01"} for n in range(1, 4)],
            "contact": [{"id": n, "name_1": f"Kunde {n}"} for n in range(1, 45)],
            "invoice": invoices,
            "invoice_payment": [
                {"id": 900 + n, "kb_invoice_id": n, "value": paid} for n in range(1, 25) if n % 3 == 0 or n == 7
            ],
            "bill": bills,
            "outgoing_payment": [
                {"id": f"p{n}", "bill_id": bills[n]["id"], "amount": Decimal("108.10"), "status": "PAID"}
                for n in range(1, 12, 2)
            ],
            "expense": [{"id": f"e{n}", "status": "DONE", "amount": Decimal("12.00")} for n in range(5)],
            "manual_entry": [{"id": n, "date": "2026-07-01", "entries": []} for n in range(1, 31)],
            "journal": [
                {
                    "id": n,
                    "ref_id": n // 2,
                    "ref_class": "KbInvoice",
                    "date": "2026-07-01T00:00:00+02:00",
                    "amount": Decimal("1.10"),
                    "base_currency_amount": Decimal("1.10"),
                    "description": "Verkauf\nzwei",
                }
                for n in range(1, 121)
            ],
            "file": [{"id": n, "uuid": f"u{n}", "is_archived": n == 2} for n in range(1, 4)],
        }
    )


@pytest.fixture
def pull_into(tmp_path: Path, clock: Callable[[], datetime]) -> Callable[..., RawPull]:
    """Run a pull that carries nothing over from earlier ones, unless told so; keyword arguments go through."""

    def run(url: str, *, settings: PullSettings = FAST, at: datetime = NOON, **more: object) -> RawPull:
        options = {"clock": clock, "full": True, **more}
        return asyncio.run(
            pull(Connection(url, TOKEN), tmp_path / "raw", started_at=at, settings=settings, **options)  # type: ignore[arg-type]
        )

    run.noon = NOON  # type: ignore[attr-defined]
    return run
