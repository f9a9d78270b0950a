"""Whole pulls over real HTTP: from the simulator, and from servers made for one failure."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import filelock
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response

from bexio_analytics.connector import (
    ENDPOINTS,
    RESOURCES,
    Connection,
    PullProgress,
    PullSettings,
    RawManifest,
    RawPull,
    newest_raw,
    pull,
    read_raw,
)
from bexio_analytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    PermissionDeniedError,
    ServerUnavailableError,
    UnexpectedResponseError,
)
from bexio_analytics.simulator import Faults, Hits, WireSettings, create_app, serve
from bexio_analytics.simulator.wire.served import Company

Pull = Callable[..., RawPull]
Scripted = Callable[[Callable[[str, dict[str, str]], Response]], AbstractContextManager[Any]]


@pytest.fixture
def small(fast: PullSettings) -> PullSettings:
    return replace(fast, offset_rows=25, page_rows=8)


def rows(folder: Path, resource: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(row) for response in read_raw(folder, resource) for row in response.rows()]


def wire(books: Company, token: str, settings: WireSettings | None = None) -> Starlette:
    return create_app({token: books}, settings or WireSettings(limit=100_000))


def test_every_row_of_every_resource_arrives_once(
    books: Company, pull_into: Pull, small: PullSettings, token: str
) -> None:
    app = wire(books, token)
    with serve(app) as served:
        done = pull_into(served.url, settings=small)
    assert done.complete
    assert not done.unavailable
    assert tuple(done.manifest.resources) == RESOURCES
    for resource, endpoint in ENDPOINTS.items():
        expected = books.records.get(resource.removesuffix("_detail"), [])
        assert sorted(str(row["id"]) for row in rows(done.path, resource)) == sorted(str(row["id"]) for row in expected)
        assert done.manifest.resources[resource].rows == len(expected), endpoint
    assert Counter(request.status for request in app.state.log) == {200: len(app.state.log)}
    done.manifest.verify(done.path)


def test_the_manifest_says_what_was_read(
    books: Company, pull_into: Pull, token: str, clock: Callable[[], datetime]
) -> None:
    with serve(wire(books, token)) as served:
        done = pull_into(served.url)
    manifest = RawManifest.load(done.path)
    assert manifest == done.manifest
    assert done.path.name == "20261005T120000Z"
    assert (manifest.source, manifest.api_url, manifest.company) == ("api", served.url, "Muster Handels AG")
    journal = manifest.resources["journal"]
    assert (journal.complete, journal.rows, journal.responses, journal.note) == (True, 120, 1, "")
    assert journal.read_from == journal.read_till == clock()


def test_numbers_are_kept_as_received(books: Company, pull_into: Pull, token: str) -> None:
    with serve(wire(books, token)) as served:
        done = pull_into(served.url, resources=["journal"])
    (answer,) = read_raw(done.path, "journal")
    assert b'"amount":1.10,' in bytes(answer.body)
    assert answer.total == 120
    with gzip.open(done.path / "journal.jsonl.gz") as file:
        assert len(file.read().splitlines()) == 1


def test_only_what_is_asked_for_is_read_with_its_parents(books: Company, pull_into: Pull, token: str) -> None:
    with serve(wire(books, token)) as served:
        done = pull_into(served.url, resources=["outgoing_payment"])
    assert list(done.manifest.resources) == ["company", "bill", "outgoing_payment"]


def test_details_of_all_and_payments_only_where_there_may_be_some(books: Company, pull_into: Pull, token: str) -> None:
    app = wire(books, token)
    with serve(app) as served:
        done = pull_into(served.url)
    asked = Counter(request.path for request in app.state.log)
    payments = {int(path.split("/")[3]) for path in asked if path.endswith("/payment")}
    assert payments == {number for number in range(1, 25) if number % 3 == 0 or number == 7}
    assert sum(count for path, count in asked.items() if path.endswith("outgoing-payments")) == 6
    details = [response.parent for response in read_raw(done.path, "invoice_detail")]
    assert details == list(range(1, 25))
    assert all(msgspec.json.decode(response.body)["positions"] for response in read_raw(done.path, "invoice_detail"))


def test_archived_rows_are_read_too(scripted: Scripted, pull_into: Pull) -> None:
    def script(path: str, params: dict[str, str]) -> Response:
        if path.endswith("company_profile"):
            return JSONResponse([{"id": 1, "name": "A"}])
        return JSONResponse([{"id": 9}] if params.get("show_archived") else [{"id": 1}, {"id": 2}])

    with scripted(script) as server:
        done = pull_into(server.url, resources=["contact"])
    assert [row["id"] for row in rows(done.path, "contact")] == [1, 2, 9]


def test_two_pulls_of_the_same_answers_give_the_same_bytes(books: Company, pull_into: Pull, token: str) -> None:
    hashes = []
    for latency, day in ((0.0, 0), (0.003, 1)):
        app = wire(books, token)
        app.state.wire.faults = Faults(latency_seconds=latency)
        with serve(app) as served:
            done = pull_into(served.url, at=datetime.fromisoformat(f"2026-10-0{5 + day}T12:00:00+00:00"))
        hashes.append({name: held.sha256 for name, held in done.manifest.resources.items()})
    assert hashes[0] == hashes[1]


def test_many_requests_at_a_time_stay_within_the_budget(books: Company, pull_into: Pull, token: str) -> None:
    """The pull needs three minutes' worth of requests, keeps eight under way, and is never refused."""
    app = wire(books, token, WireSettings(limit=30, minute_seconds=1.0))
    app.state.wire.faults = Faults(latency_seconds=0.03)
    with serve(app) as served:
        done = pull_into(served.url, settings=PullSettings(minute=1.0))
    assert done.complete
    assert len(app.state.log) > 75
    assert app.state.log.select(status=429) == []


@pytest.mark.parametrize(
    "faults", [Faults(rate_headers_missing=True), Faults(rate_headers_missing=True, retry_after_missing=True)]
)
def test_without_rate_headers_a_pull_survives_refusals(
    books: Company, pull_into: Pull, token: str, faults: Faults
) -> None:
    """The client believes in 1000 requests a minute where the server allows 3, and is told nothing."""
    app = wire(books, token, WireSettings(limit=3, minute_seconds=0.6))
    app.state.wire.faults = faults
    with serve(app) as served:
        settings = PullSettings(minute=0.6, attempts=12)
        done = pull_into(served.url, settings=settings, resources=["expense_detail"])
    assert done.complete
    assert done.manifest.resources["expense_detail"].rows == 5
    assert 0 < len(app.state.log.select(status=429)) < 15, "refusals must come, and must not become a storm"


@pytest.mark.parametrize(
    "faults",
    [
        Faults(server_errors=Hits("/2.0/kb_invoice/", first=5, times=3), server_error_status=500),
        Faults(server_errors=Hits("", first=20, times=4), server_error_status=503),
        Faults(drop_connection=Hits("/3.0/accounting/journal", first=2)),
        Faults(truncate_json=Hits("/4.0/purchase/bills", first=3, times=2)),
    ],
)
def test_passing_failures_leave_no_trace(
    books: Company, pull_into: Pull, small: PullSettings, token: str, faults: Faults
) -> None:
    app = wire(books, token)
    with serve(app) as served:
        plain = pull_into(served.url, settings=small)
        app.state.wire.faults = faults
        hurt = pull_into(served.url, settings=small, at=plain.manifest.started_at + timedelta(days=1))
    assert hurt.complete
    assert {name: held.sha256 for name, held in hurt.manifest.resources.items()} == {
        name: held.sha256 for name, held in plain.manifest.resources.items()
    }
    assert sorted(path.name for path in hurt.path.iterdir()) == sorted(path.name for path in plain.path.iterdir())


def test_rows_renumbered_between_pages_are_read_again(
    books: Company, pull_into: Pull, small: PullSettings, token: str
) -> None:
    app = wire(books, token)
    app.state.wire.faults = Faults(renumber_between_pages=True)
    with serve(app) as served:
        done = pull_into(served.url, settings=small)
    assert done.complete
    kept = rows(done.path, "journal")
    assert len({row["id"] for row in kept}) == len(kept) == 120
    assert max(row["id"] for row in kept) > 120, "the switch renumbered nothing"


def test_a_list_that_never_holds_still_is_incomplete(
    books: Company, pull_into: Pull, small: PullSettings, token: str
) -> None:
    app = wire(books, token)
    app.state.wire.faults = Faults(offset_ignored=True)
    with serve(app) as served:
        done = pull_into(served.url, settings=replace(small, offset_rows=20))
    assert not done.complete
    assert set(done.incomplete) == {
        "account",
        "contact",
        "invoice",
        "invoice_detail",
        "invoice_payment",
        "manual_entry",
        "journal",
    }
    assert "read 2 times, and it changed each time: offset 19 gave the first page again" in done.incomplete["journal"]
    assert done.incomplete["invoice_detail"] == "not asked for: invoice is incomplete."
    assert len(app.state.log) < 200


def test_a_failure_of_one_resource_leaves_the_others_whole(books: Company, pull_into: Pull, token: str) -> None:
    app = wire(books, token)
    app.state.wire.faults = Faults(server_errors=Hits("/4.0/purchase/bills/", times=None))
    with serve(app) as served:
        done = pull_into(served.url)
    assert set(done.incomplete) == {"bill_detail"}
    assert "status 503" in done.incomplete["bill_detail"]
    assert done.manifest.resources["outgoing_payment"].complete


def test_a_refused_resource_is_unavailable_and_the_pull_goes_on(books: Company, pull_into: Pull, token: str) -> None:
    scopes = frozenset({"accounting", "contact_show", "kb_invoice_show", "file"})
    app = wire(books, token, WireSettings(scopes={token: scopes}))
    with serve(app) as served:
        done = pull_into(served.url)
    assert done.complete
    refused = {
        "quote",
        "project",
        "bill",
        "bill_detail",
        "expense",
        "expense_detail",
        "outgoing_payment",
        "bank_account",
    }
    assert set(done.unavailable) == refused
    assert "scope kb_bill_show" in done.unavailable["bill"]
    assert done.unavailable["bill_detail"] == "not asked for: bill is unavailable."
    assert done.manifest.resources["journal"].rows == 120


def test_without_an_indispensable_resource_the_pull_fails(
    books: Company, pull_into: Pull, tmp_path: Path, token: str
) -> None:
    app = wire(books, token, WireSettings(scopes={token: frozenset({"contact_show"})}))
    with serve(app) as served, pytest.raises(PermissionDeniedError, match=r"scope accounting.*Without it nothing"):
        pull_into(served.url)
    assert newest_raw(tmp_path / "raw") is None


@pytest.mark.parametrize("after", [0, 40])
def test_a_revoked_token_ends_the_pull(books: Company, pull_into: Pull, tmp_path: Path, token: str, after: int) -> None:
    app = wire(books, token)
    app.state.wire.faults = Faults(revoke_token_after=after)
    with serve(app) as served:
        with pytest.raises(AuthenticationError, match=r"connect again.*was abandoned; earlier pulls and snapshots"):
            pull_into(served.url)
        assert newest_raw(tmp_path / "raw") is None
        assert len(list((tmp_path / "raw").glob("*.partial"))) == 1
        assert app.state.log.select(status=401)
        assert len(app.state.log.select(status=200)) == after
        app.state.wire.faults = Faults()
        assert pull_into(served.url).complete
    assert [path.name for path in (tmp_path / "raw").iterdir() if path.is_dir()] == ["20261005T120000Z"]


def test_an_interrupted_pull_leaves_the_earlier_one_in_place(
    books: Company, pull_into: Pull, tmp_path: Path, token: str, fast: PullSettings
) -> None:
    app = wire(books, token)
    raw = tmp_path / "raw"
    with serve(app) as served:
        earlier = pull_into(served.url)
        kept = {path.name: path.read_bytes() for path in earlier.path.iterdir()}
        app.state.wire.faults = Faults(latency_seconds=0.2)

        async def interrupted() -> None:
            later = earlier.manifest.started_at + timedelta(days=1)
            async with asyncio.timeout(0.3):
                await pull(Connection(served.url, token), raw, started_at=later, clock=lambda: later, settings=fast)

        with pytest.raises(TimeoutError):
            asyncio.run(interrupted())
        assert newest_raw(raw) == earlier.path
        assert {path.name: path.read_bytes() for path in earlier.path.iterdir()} == kept
        (left,) = raw.glob("*.partial")
        assert not (left / "manifest.json").exists()
        app.state.wire.faults = Faults()
        again = pull_into(served.url, at=earlier.manifest.started_at + timedelta(days=2))
    assert again.complete
    assert not list(raw.glob("*.partial"))


def test_documents_that_vanish_between_list_and_detail_make_the_pull_incomplete(
    scripted: Scripted, pull_into: Pull
) -> None:
    def script(path: str, _params: dict[str, str]) -> Response:
        if path.endswith("/2"):
            return JSONResponse({"error_code": 404, "message": "Page not found"}, 404)
        if path.startswith("/2.0/kb_invoice/"):
            return JSONResponse({"id": int(path.rsplit("/", 1)[1])})
        return JSONResponse([{"id": 1}, {"id": 2}, {"id": 3}] if path == "/2.0/kb_invoice" else [{"id": 1}])

    with scripted(script) as server:
        done = pull_into(server.url, resources=["invoice_detail"])
    assert done.incomplete == {"invoice_detail": "listed in invoice but gone when asked for (404): 2. Pull again."}
    assert [response.parent for response in read_raw(done.path, "invoice_detail")] == [1, 3]


@pytest.mark.parametrize(
    ("status", "says"), [(404, "404 for /2.0/kb_invoice/{parent}"), (403, "refuses invoice_detail")]
)
def test_details_that_are_refused_while_their_list_is_open_are_incomplete(
    scripted: Scripted, pull_into: Pull, status: int, says: str
) -> None:
    def script(path: str, _params: dict[str, str]) -> Response:
        return JSONResponse({}, status) if path.startswith("/2.0/kb_invoice/") else JSONResponse([{"id": 1}])

    with scripted(script) as server:
        done = pull_into(server.url, resources=["invoice_detail"])
    assert says in done.incomplete["invoice_detail"]


def test_a_product_that_is_not_booked_is_unavailable(scripted: Scripted, pull_into: Pull) -> None:
    def script(path: str, _params: dict[str, str]) -> Response:
        return JSONResponse([{"id": 1}]) if path.endswith("company_profile") else JSONResponse({}, 404)

    with scripted(script) as server:
        done = pull_into(server.url, resources=["project", "expense_detail"])
        assert set(done.unavailable) == {"project", "expense", "expense_detail"}
        with pytest.raises(PermissionDeniedError, match="no journal for this company"):
            pull_into(server.url, resources=["journal"], at=done.manifest.started_at + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("answer", "says"),
    [({"id": 2}, "it is about 2"), ([{"id": 1}], "one object was expected"), ("text", "Expected `object`")],
)
def test_an_object_that_is_not_the_one_asked_for_is_refused(
    scripted: Scripted, pull_into: Pull, answer: object, says: str
) -> None:
    def script(path: str, _params: dict[str, str]) -> Response:
        return JSONResponse(answer if path.startswith("/4.0/expenses/") else [{"id": 1}])

    with scripted(script) as server:
        done = pull_into(server.url, resources=["expense_detail"])
    assert says in done.incomplete["expense_detail"]
    assert "expense_detail (/4.0/expenses/1)" in done.incomplete["expense_detail"]
    assert json.loads((done.path / "expense_detail.rejected").read_bytes()) == answer


def test_a_list_of_another_form_names_resource_and_page(scripted: Scripted, pull_into: Pull) -> None:
    def script(path: str, _params: dict[str, str]) -> Response:
        return JSONResponse([{"id": 1}] if path.endswith("company_profile") else {"rows": []})

    with scripted(script) as server:
        done = pull_into(server.url, resources=["quote"])
        says = "quote (/2.0/kb_offer?order_by=id&limit=2000&offset=0) in a form this version does not know"
        assert says in done.incomplete["quote"]
        with pytest.raises(UnexpectedResponseError, match=r"journal.*a list was expected"):
            pull_into(server.url, resources=["journal"], at=done.manifest.started_at + timedelta(seconds=1))


@pytest.mark.parametrize("profile", [[], [{"id": 1}, {"id": 2}]])
def test_there_is_one_company(scripted: Scripted, pull_into: Pull, profile: list[object]) -> None:
    with (
        scripted(lambda _path, _params: JSONResponse(profile)) as server,
        pytest.raises(UnexpectedResponseError, match="company profiles instead of one"),
    ):
        pull_into(server.url)


def test_parents_without_an_id_make_their_details_incomplete(scripted: Scripted, pull_into: Pull) -> None:
    def script(path: str, _params: dict[str, str]) -> Response:
        return JSONResponse([{"id": 1}] if path.endswith("company_profile") else [{"name": "no id"}])

    with scripted(script) as server:
        done = pull_into(server.url, resources=["invoice_detail"])
    assert "1 rows of invoice came without an id" in done.incomplete["invoice_detail"]


def test_payments_that_change_while_read_are_named(scripted: Scripted, pull_into: Pull) -> None:
    def script(path: str, _params: dict[str, str]) -> Response:
        if path.endswith("outgoing-payments"):
            paging = {"page": 1, "page_size": 500, "page_count": 1, "item_count": 2}
            return JSONResponse({"data": [{"id": "p"}], "paging": paging})
        return JSONResponse([{"id": "b", "status": "PAID"}])

    with scripted(script) as server:
        done = pull_into(server.url, resources=["outgoing_payment"])
    assert done.incomplete["outgoing_payment"].startswith("changed while read, each time: b (a page was sent twice)")


def test_two_pulls_of_one_mandate_do_not_run_at_once(pull_into: Pull, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    with (
        filelock.FileLock(tmp_path / "raw" / ".pull.lock"),
        pytest.raises(ApiError, match=r"Another pull into .* is running"),
    ):
        pull_into("http://127.0.0.1:9")


def test_an_earlier_pull_is_never_overwritten(books: Company, pull_into: Pull, token: str) -> None:
    with serve(wire(books, token)) as served:
        pull_into(served.url, resources=["tax"])
        with pytest.raises(ConfigurationError, match="is there already"):
            pull_into(served.url, resources=["tax"])


def test_unknown_resources_are_named(pull_into: Pull) -> None:
    with pytest.raises(ConfigurationError, match="no resource ledger; there are company, user"):
        pull_into("http://127.0.0.1:9", resources=["ledger"])


def test_no_server_is_one_clear_sentence(pull_into: Pull, fast: PullSettings) -> None:
    with pytest.raises(ServerUnavailableError, match="gave no whole answer for company"):
        pull_into("http://127.0.0.1:9", settings=replace(fast, attempts=2))


def test_progress_tells_every_resource_and_its_end(
    books: Company, pull_into: Pull, small: PullSettings, token: str
) -> None:
    told: list[PullProgress] = []
    with serve(wire(books, token)) as served:
        pull_into(served.url, settings=small, progress=told.append)
    ends = {event.resource: event for event in told if event.state != "reading"}
    assert set(ends) == set(RESOURCES)
    assert {event.state for event in ends.values()} == {"complete"}
    journal = [event for event in told if event.resource == "journal" and event.state == "reading"]
    assert [event.done for event in journal] == [25, 49, 73, 97, 120]
    assert {event.expected for event in journal} == {120}
    details = [event.done for event in told if event.resource == "bill_detail" and event.state == "reading"]
    assert details == list(range(1, 13))


def test_the_token_is_in_no_file_of_a_pull(scripted: Scripted, pull_into: Pull, tmp_path: Path, token: str) -> None:
    """A server that sends the token back wherever it can: in rows, in pages that are refused, in errors."""

    def script(path: str, _params: dict[str, str]) -> Response:
        if path.endswith("company_profile"):
            return JSONResponse([{"id": 1, "name": f"AG {token}"}])
        if path == "/2.0/kb_offer":
            return JSONResponse({"token": token})
        if path == "/3.0/files":
            return JSONResponse({"message": token}, 400)
        return JSONResponse([{"id": token, "name": token}])

    with scripted(script) as server:
        done = pull_into(server.url, resources=["quote", "file", "currency"])
    assert set(done.incomplete) == {"quote", "file"}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 6
    for path in files:
        read = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert token.encode() not in read, path
    assert token not in msgspec.json.encode(done.manifest).decode()
