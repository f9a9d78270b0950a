"""A pull that was ended in the middle, by an error or from outside, and the one that goes on with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from bexio_analytics.connector import PullSettings, RawPull, interrupted_pulls, read_raw
from bexio_analytics.connector.earlier import company_key
from bexio_analytics.connector.resume import PullState
from bexio_analytics.errors import AuthenticationError
from bexio_analytics.simulator import Faults, Served, WireSettings, create_app, serve
from bexio_analytics.simulator.wire.served import Company

Pull = Callable[..., RawPull]


@pytest.fixture
def ended(
    books: Company, pull_into: Pull, fast: PullSettings, token: str
) -> Callable[..., tuple[RawPull, Counter[str]]]:
    """Pull until the token is revoked, then once more; what the second pull asked."""

    def run(
        after: int,
        *,
        later: timedelta = timedelta(minutes=10),
        full: bool = False,
        change: Callable[[Served], None] | None = None,
    ) -> tuple[RawPull, Counter[str]]:
        noon: datetime = pull_into.noon  # type: ignore[attr-defined]
        settings = replace(fast, offset_rows=25, page_rows=8, concurrency=1)
        app = create_app({token: books}, WireSettings(limit=100_000))
        app.state.wire.faults = Faults(revoke_token_after=after)
        with serve(app) as served:
            with pytest.raises(AuthenticationError):
                pull_into(served.url, settings=settings, full=False)
            app.state.wire.faults = Faults()
            app.state.log.clear()
            if change:
                change(served)
            again = noon + later
            done = pull_into(served.url, settings=settings, at=again, clock=lambda: again, full=full)
        return done, Counter(request.path for request in app.state.log)

    return run


Ended = Callable[..., tuple[RawPull, Counter[str]]]


def assert_whole(done: RawPull, books: Company) -> None:
    assert done.complete
    done.manifest.verify(done.path)
    for resource, held in done.manifest.resources.items():
        assert held.rows == len(books.records.get(resource.removesuffix("_detail"), [])), resource


def test_what_was_finished_is_not_asked_for_again(ended: Ended, books: Company, pull_into: Pull) -> None:
    done, asked = ended(80)
    assert_whole(done, books)
    assert asked["/2.0/accounts"] == asked["/2.0/kb_invoice"] == asked["/3.0/accounting/journal"] == 0
    assert asked["/2.0/company_profile"] == 1
    noon: datetime = pull_into.noon  # type: ignore[attr-defined]
    assert done.manifest.resources["journal"].read_from == noon, "the manifest says when each was read"
    assert done.manifest.resources["expense_detail"].read_till in {noon, noon + timedelta(minutes=10)}
    assert interrupted_pulls(done.path.parent) == []
    assert not [path.name for path in done.path.iterdir() if path.suffix not in {".gz", ".json"}]
    assert not (done.path / "pull.json").exists()


def test_after_an_hour_everything_is_read_again(ended: Ended, books: Company) -> None:
    done, asked = ended(80, later=timedelta(hours=1, seconds=1))
    assert_whole(done, books)
    assert asked["/2.0/kb_invoice"] == 1
    assert asked["/3.0/accounting/journal"] == 5


def test_a_pull_of_everything_goes_on_with_no_other(ended: Ended, books: Company) -> None:
    done, asked = ended(80, full=True)
    assert_whole(done, books)
    assert asked["/3.0/accounting/journal"] == 5


def test_a_pull_of_another_company_goes_on_with_none(ended: Ended) -> None:
    def rename(served: Served) -> None:
        (company,) = served.app.state.wire._numbers
        company.put("company", {**company.rows("company")[0], "name": "Andere AG"})

    done, asked = ended(80, change=rename)
    assert done.manifest.company == "Andere AG"
    assert asked["/3.0/accounting/journal"] == 5


def test_a_damaged_file_is_read_again(ended: Ended, books: Company, tmp_path: Path) -> None:
    def damage(_: Served) -> None:
        (left,) = interrupted_pulls(tmp_path / "raw")
        (left / "journal.jsonl.gz").write_bytes(b"\0")

    done, asked = ended(80, change=damage)
    assert_whole(done, books)
    assert asked["/3.0/accounting/journal"] == 5
    assert asked["/2.0/kb_invoice"] == 0


@pytest.fixture
def often_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bexio_analytics.connector.keeping.SAFE_EVERY", 4)


@pytest.mark.usefixtures("often_safe")
def test_details_go_on_where_they_were(
    books: Company, pull_into: Pull, fast: PullSettings, token: str, tmp_path: Path
) -> None:
    """Answers that had reached the disk are kept, also when the file breaks off in the middle of one."""
    resources = ["invoice_detail"]
    app = create_app({token: books}, WireSettings(limit=100_000))
    app.state.wire.faults = Faults(revoke_token_after=18)
    settings = replace(fast, concurrency=1)
    with serve(app) as served:
        with pytest.raises(AuthenticationError):
            pull_into(served.url, settings=settings, resources=resources)
        (left,) = interrupted_pulls(tmp_path / "raw")
        torn = left / "invoice_detail.jsonl.gz"
        torn.write_bytes(torn.read_bytes()[:-9])
        app.state.wire.faults = Faults()
        app.state.log.clear()
        done = pull_into(served.url, settings=settings, resources=resources)
    asked = [request for request in app.state.log if request.path.startswith("/2.0/kb_invoice/")]
    assert 0 < len(asked) < 24 - 8
    assert done.manifest.resources["invoice_detail"].rows == 24
    assert done.complete


@pytest.mark.usefixtures("often_safe")
def test_the_manifest_tells_two_moments_of_one_resource(
    books: Company, pull_into: Pull, fast: PullSettings, token: str
) -> None:
    """Details that go on where they were are of both pulls, and say so."""
    noon: datetime = pull_into.noon  # type: ignore[attr-defined]
    later = noon + timedelta(minutes=20)
    resources = ["invoice_detail"]
    app = create_app({token: books}, WireSettings(limit=100_000))
    app.state.wire.faults = Faults(revoke_token_after=18)
    settings = replace(fast, concurrency=1)
    with serve(app) as served:
        with pytest.raises(AuthenticationError):
            pull_into(served.url, settings=settings, resources=resources)
        app.state.wire.faults = Faults()
        done = pull_into(served.url, settings=settings, resources=resources, at=later, clock=lambda: later)
    held = done.manifest.resources["invoice_detail"]
    assert {answer.received_at for answer in read_raw(done.path, "invoice_detail")} == {noon, later}
    assert (held.read_from, held.read_till) == (noon, later)


@pytest.mark.parametrize("whole", [True, False])
def test_details_older_than_the_journal_are_asked_for_again(
    books: Company, pull_into: Pull, fast: PullSettings, token: str, *, whole: bool
) -> None:
    """A bill booked anew meanwhile would not show in its list, and the journal read now would hide it for ever."""
    app = create_app({token: books}, WireSettings(limit=100_000))
    settings = replace(fast, concurrency=1)
    with serve(app) as served:
        app.state.wire.faults = Faults(revoke_token_after=1000)
        done = pull_into(served.url, settings=settings)
        left = done.path.with_name(f"{done.path.name}.partial")
        done.path.rename(left)
        (left / "manifest.json").unlink()
        state = PullState(
            company=company_key(left), api_url=served.url, full=False, code_version=done.manifest.code_version
        )
        (left / "pull.json").write_bytes(msgspec.json.encode(state))
        for name, held in done.manifest.resources.items():
            if name != "journal" and (whole or not name.endswith("_detail")):
                (left / f"{name}.done").write_bytes(msgspec.json.encode(held))
        app.state.log.clear()
        done = pull_into(served.url, settings=settings, at=done.manifest.started_at + timedelta(minutes=1), full=False)
    asked = Counter(request.path for request in app.state.log)
    assert asked["/3.0/accounting/journal"] == 1
    assert sum(count for path, count in asked.items() if path.startswith("/4.0/purchase/bills/")) == 12
    assert sum(count for path, count in asked.items() if path.startswith("/2.0/kb_invoice/")) < 3
    assert_whole(done, books)
