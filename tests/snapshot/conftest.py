"""A small invented pull: every resource answered once or more, in bexio's shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bexio_analytics.connector import RawManifest, RawResource, RawResponse, RawWriter
from bexio_analytics.snapshot.tables import RESOURCES

READ_AT = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


def journal_row(number: int, **changed: str) -> str:
    """One journal row as JSON text; values are JSON text too, so that digits are as the test writes them."""
    row = {
        "id": str(number),
        "ref_id": "1",
        "ref_uuid": "null",
        "ref_class": '"KbInvoice"',
        "date": '"2026-07-01T00:00:00+02:00"',
        "debit_account_id": "93",
        "credit_account_id": "95",
        "description": '"Muster, RE-00001"',
        "amount": "100",
        "currency_id": "1",
        "currency_factor": "1",
        "base_currency_id": "1",
        "base_currency_amount": "100",
    } | changed
    return "{" + ",".join(f'"{name}":{value}' for name, value in row.items()) + "}"


class _Answer(msgspec.Struct):
    resource: str
    body: msgspec.Raw


@pytest.fixture
def answers() -> dict[str, list[str]]:
    """Bodies by resource as JSON text, one per response, digits as in the file; each test has its own copy."""
    bodies: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("answers.jsonl").read_bytes().splitlines():
        answer = msgspec.json.decode(line, type=_Answer)
        bodies.setdefault(answer.resource, []).append(bytes(answer.body).decode())
    return bodies


@pytest.fixture
def row() -> Callable[..., str]:
    """Writes one journal row as JSON text: ``row(6171, amount='"1"')``."""
    return journal_row


@pytest.fixture
def write_pull(tmp_path: Path) -> Callable[..., Path]:
    """Writes a raw folder: ``write_pull(answers, states={…}, name=…)`` gives its path."""

    def write(
        bodies: Mapping[str, list[str]],
        *,
        states: Mapping[str, RawResource] | None = None,
        name: str = "20261005T080000Z",
    ) -> Path:
        folder = tmp_path / "raw" / name
        folder.mkdir(parents=True)
        resources = {}
        for resource, texts in bodies.items():
            with RawWriter(folder, resource) as writer:
                for number, text in enumerate(texts):
                    response = RawResponse(
                        path=f"/wire/{resource}",
                        params={"offset": number},
                        received_at=READ_AT,
                        body=msgspec.Raw(text.encode()),
                    )
                    writer.write(response, rows=len(response.rows()))
            resources[resource] = RawResource(
                complete=True, rows=writer.rows, responses=writer.responses, sha256=writer.sha256
            )
        assert resources.keys() <= set(RESOURCES)
        resources |= states or {}
        RawManifest(
            source="api", started_at=READ_AT, finished_at=READ_AT, code_version="0.1.0", resources=resources
        ).save(folder)
        return folder

    return write


@pytest.fixture
def created_at() -> datetime:
    return READ_AT
