"""A second pull: only what may have changed is asked for and stored, and the result is that of a pull of everything."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette

from bexio_analytics.connector import PullSettings, RawManifest, RawPull, read_raw
from bexio_analytics.simulator import Faults, Hits, WireSettings, create_app, serve
from bexio_analytics.simulator.wire import criteria
from bexio_analytics.simulator.wire.list_rows import Record
from bexio_analytics.simulator.wire.served import Company, ServedCompany

Pull = Callable[..., RawPull]
SINGLE = re.compile(r"/2\.0/kb_invoice/|/4\.0/purchase/bills/|/4\.0/expenses/|/4\.0/purchase/outgoing-payments")


class Office:
    """A simulated bexio with one company, and pulls of it one after the other, a day apart."""

    def __init__(self, app: Starlette, url: str, pull_into: Pull, settings: PullSettings) -> None:
        self.app = app
        self.url = url
        self.settings = settings
        self._pull_into = pull_into
        self._days = 0

    @property
    def company(self) -> ServedCompany:
        (company,) = self.app.state.wire._numbers
        return company  # type: ignore[no-any-return]

    def pull(self, *, full: bool = False, reread_after: timedelta = timedelta(days=31)) -> RawPull:
        self.app.state.log.clear()
        at = self._pull_into.noon + timedelta(days=self._days)  # type: ignore[attr-defined]
        self._days += 1
        return self._pull_into(
            self.url, at=at, clock=lambda: at, full=full, settings=replace(self.settings, reread_after=reread_after)
        )

    def asked(self) -> Counter[str]:
        return Counter(request.path for request in self.app.state.log)

    def details(self) -> list[str]:
        """What was asked about single documents."""
        return sorted(
            request.path + ("?" + request.params["bill_id"] if "bill_id" in request.params else "")
            for request in self.app.state.log
            if SINGLE.match(request.path)
        )

    def change(self, resource: str, key: object, **fields: object) -> None:
        record = self.company.find(resource, str(key))
        assert record is not None
        self.company.put(resource, {**record, **fields})


@pytest.fixture
def office(books: Company, pull_into: Pull, fast: PullSettings, token: str) -> Iterator[Office]:
    books.records["business_year"][:] = [
        {"id": 1, "start": "2025-01-01", "end": "2025-12-31", "status": "closed", "closed_at": "2026-03-01"},
        {"id": 2, "start": "2026-01-01", "end": "2026-12-31", "status": "open", "closed_at": None},
    ]
    for number, line in enumerate(books.records["journal"]):
        line["date"] = "2025-12-31T00:00:00+01:00" if number < 60 else "2026-07-01T00:00:00+02:00"
        if number == 119:  # an entry of the year end, made months later
            line["date"] = "2025-12-31T00:00:00+01:00"
    app = create_app({token: books}, WireSettings(limit=100_000))
    with serve(app) as served:
        yield Office(app, served.url, pull_into, replace(fast, offset_rows=25, page_rows=8))


def rows(folder: Path, resource: str) -> list[dict[str, Any]]:
    found = [msgspec.json.decode(row) for response in read_raw(folder, resource) for row in response.rows()]
    return sorted(found, key=lambda row: str(row["id"]))


def assert_as_read_whole(office: Office, done: RawPull) -> None:
    """What is there after a second pull is what a pull of everything finds."""
    assert done.complete
    done.manifest.verify(done.path)
    whole = office.pull(full=True)
    for resource, held in done.manifest.resources.items():
        assert rows(done.path, resource) == rows(whole.path, resource), resource
        assert held.rows == whole.manifest.resources[resource].rows, resource


def used(folder: Path) -> int:
    seen = {(path.stat().st_ino): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    return sum(seen.values())


def test_nothing_changed_costs_the_lists_and_the_open_year_and_no_room(office: Office, tmp_path: Path) -> None:
    first = office.pull()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    room = used(tmp_path)
    again = office.pull()
    assert office.details() == []
    journal = office.app.state.log.select("/3.0/accounting/journal")
    assert [request.params.get("from") for request in journal] == ["2025-12-31"] * 5 + [None]
    bills = office.app.state.log.select("/4.0/purchase/bills")
    assert [request.params["page"] for request in bills] == ["1", "2"], "no page is read twice to see whether it moved"
    assert again.path == first.path
    assert again.confirmed
    assert again.confirmed.started_at == first.manifest.started_at + timedelta(days=1)
    assert again.confirmed.resources["invoice_detail"][0] == again.confirmed.started_at
    assert {path: path.read_bytes() for path in before} == before, "an earlier pull never changes"
    assert used(tmp_path) - room < 4000
    assert sorted(path.name for path in (tmp_path / "raw").iterdir() if path.is_dir()) == [first.path.name]


def test_a_changed_invoice_alone_is_asked_for_and_stored(office: Office) -> None:
    first = office.pull()
    office.change("invoice", 5, title="Neu", updated_at="2026-10-05 14:00:00")
    again = office.pull()
    assert office.details() == ["/2.0/kb_invoice/5"]
    assert again.path != first.path
    held = again.manifest.resources["invoice_detail"]
    assert (held.rows, held.responses, held.carried) == (24, 24, 23)
    assert held.oldest == first.manifest.started_at
    assert held.base
    assert held.base.without == [5]
    assert (again.path / "invoice_detail.base.jsonl.gz").samefile(first.path / "invoice_detail.jsonl.gz")
    assert (again.path / "account.jsonl.gz").samefile(first.path / "account.jsonl.gz")
    assert_as_read_whole(office, again)


def test_changes_pile_up_beside_the_base_until_it_is_written_anew(office: Office) -> None:
    office.pull()
    kept = []
    for number in range(1, 13):
        office.change("invoice", number, title="Neu", updated_at=f"2026-10-05 14:00:{number}")
        done = office.pull()
        assert office.details() == [f"/2.0/kb_invoice/{number}"] + (
            [f"/2.0/kb_invoice/{number}/payment"] if number % 3 == 0 or number == 7 else []
        )
        kept.append(done.manifest.resources["invoice_detail"].base is not None)
    assert kept[0]
    assert not all(kept)
    assert_as_read_whole(office, done)


def test_deleted_documents_are_noticed(office: Office) -> None:
    office.pull()
    office.company.remove("invoice", "9")
    office.company.remove("invoice_payment", "909")
    office.company.remove("bill", "00000000-0000-4000-8000-000000000003")
    office.company.remove("contact", "44")
    office.company.remove("manual_entry", "30")
    done = office.pull()
    assert office.details() == []
    assert 9 not in [row["id"] for row in rows(done.path, "invoice_detail")]
    assert_as_read_whole(office, done)


def test_new_documents_and_payments_arrive(office: Office) -> None:
    office.pull()
    invoice = office.company.find("invoice", "4")
    assert invoice is not None
    office.company.put("invoice", {**invoice, "id": 25, "document_nr": "RE-00025"})
    office.change("invoice", 8, kb_item_status_id=9, total_received_payments="108.100000")
    office.company.put("invoice_payment", {"id": 908, "kb_invoice_id": 8, "value": "108.100000"})
    done = office.pull()
    assert office.details() == ["/2.0/kb_invoice/25", "/2.0/kb_invoice/8", "/2.0/kb_invoice/8/payment"]
    assert_as_read_whole(office, done)


def test_a_bill_booked_anew_is_asked_for_though_its_row_is_the_same(office: Office) -> None:
    """A corrected tax code does not show in the list of bills; the journal lines get new ids."""
    bill = "00000000-0000-4000-8000-000000000004"
    line = {"id": 121, "ref_class": "KbBill", "ref_id": None, "ref_uuid": bill, "date": "2026-08-01T00:00:00+02:00"}
    office.company.put("journal", line)
    office.pull()
    office.change("bill", bill, line_items=[{"id": "a", "position": 0, "amount": Decimal("108.10"), "tax_id": 2}])
    office.company.remove("journal", "121")
    office.company.put("journal", {**line, "id": 122})
    done = office.pull()
    assert office.details() == [f"/4.0/purchase/bills/{bill}"]
    assert_as_read_whole(office, done)


def test_a_line_without_document_makes_the_expenses_of_its_day_suspect(office: Office) -> None:
    for number in range(5):
        office.change("expense", f"e{number}", paid_on=f"2026-07-0{number + 1}")
    line = {"id": 121, "ref_class": None, "ref_id": None, "ref_uuid": None, "date": "2026-07-02T00:00:00+02:00"}
    office.company.put("journal", line)
    office.pull()
    office.change("expense", "e1", tax_id=7)
    office.company.put("journal", {**line, "debit_account_id": 5})
    done = office.pull()
    assert office.details() == ["/4.0/expenses/e1"]
    assert_as_read_whole(office, done)


def test_the_open_year_of_the_journal_is_replaced_whole(office: Office) -> None:
    first = office.pull()
    office.company.remove("journal", "100")
    office.company.put("journal", {"id": 130, "ref_class": None, "date": "2026-09-01T00:00:00+02:00"})
    done = office.pull()
    held = done.manifest.resources["journal"]
    assert held.base
    assert str(held.base.before) == "2026-01-01"
    assert (done.path / "journal.base.jsonl.gz").samefile(first.path / "journal.jsonl.gz")
    assert 120 in [row["id"] for row in rows(done.path, "journal")], "the late entry of the closed year"
    third = office.pull()
    assert third.path == done.path
    office.company.put("journal", {"id": 131, "ref_class": None, "date": "2026-09-01T00:00:00+02:00"})
    fourth = office.pull()
    assert (fourth.path / "journal.base.jsonl.gz").samefile(first.path / "journal.jsonl.gz")
    assert_as_read_whole(office, fourth)


@pytest.mark.parametrize("what", ["status", "count"])
def test_a_closed_year_is_read_again_when_something_speaks_for_it(office: Office, what: str) -> None:
    office.pull()
    if what == "status":
        office.change("business_year", 1, status="open", closed_at=None)
        office.change("journal", 7, description="anders")
    else:
        office.company.remove("journal", "7")
    done = office.pull()
    assert done.manifest.resources["journal"].base is None
    assert_as_read_whole(office, done)


def test_the_day_asked_from_may_be_excluded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether bexio includes the day of ``from`` was never recorded: both readings give all lines, each once."""
    office.company.put("journal", {"id": 130, "ref_class": None, "date": "2026-01-01T00:00:00+01:00"})
    office.pull()
    office.company.put("journal", {"id": 131, "ref_class": None, "date": "2026-09-01T00:00:00+02:00"})
    inclusive = criteria.journal_filter

    def exclusive(params: criteria.Params, accounts: list[Record]) -> criteria.Predicate:
        test, first = inclusive(params, accounts), params.get("from")
        return lambda row: test(row) and not (first and str(row["date"])[:10] == first)

    monkeypatch.setattr(criteria, "journal_filter", exclusive)
    done = office.pull()
    assert done.manifest.resources["journal"].base
    assert_as_read_whole(office, done)


def test_answers_are_not_carried_over_for_ever(office: Office) -> None:
    office.pull()
    office.pull(reread_after=timedelta(hours=1))
    assert len(office.details()) == 24 + 9 + 12 + 6 + 5
    assert not any("from" in request.params for request in office.app.state.log)


def test_another_company_takes_nothing_over(office: Office) -> None:
    office.pull()
    office.change("company", 1, name="Andere AG")
    office.pull()
    assert len(office.details()) == 24 + 9 + 12 + 6 + 5


@pytest.mark.parametrize("damage", ["altered", "gone", "no manifest"])
def test_what_cannot_be_relied_on_is_read_anew(office: Office, damage: str) -> None:
    first = office.pull()
    match damage:
        case "altered":
            (first.path / "bill_detail.jsonl.gz").write_bytes(b"")
        case "gone":
            (first.path / "bill_detail.jsonl.gz").unlink()
        case _:
            (first.path / "manifest.json").unlink()
    done = office.pull()
    assert len(office.details()) == 24 + 9 + 12 + 6 + 5
    assert_as_read_whole(office, done)


def test_an_earlier_pull_may_be_deleted(office: Office) -> None:
    first = office.pull()
    office.change("invoice", 5, title="Neu", updated_at="2026-10-05 14:00:00")
    again = office.pull()
    shutil.rmtree(first.path)
    again.manifest.verify(again.path)
    assert len(rows(again.path, "invoice_detail")) == 24
    third = office.pull()
    assert office.details() == []
    assert third.path == again.path


def test_where_a_disk_knows_no_links_files_are_copied(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise OSError("not supported")

    office.pull()
    office.change("invoice", 5, title="Neu", updated_at="2026-10-05 14:00:00")
    monkeypatch.setattr(os, "link", no_link)
    assert_as_read_whole(office, office.pull())


def test_documents_that_were_missing_are_asked_for_again(office: Office) -> None:
    """A pull that was not whole is a base for what it has, and for nothing else."""
    office.app.state.wire.faults = Faults(server_errors=Hits("/2.0/kb_invoice/", first=4, times=None))
    first = office.pull()
    assert set(first.incomplete) == {"invoice_detail", "invoice_payment"}
    office.app.state.wire.faults = Faults()
    again = office.pull()
    assert again.path != first.path
    assert not any("bills" in path for path in office.details())
    assert_as_read_whole(office, again)


def test_without_a_whole_journal_before_nothing_is_carried_over(office: Office) -> None:
    """Nobody can say then which documents were booked anew; a bill's row would not show it."""
    bill = "00000000-0000-4000-8000-000000000004"
    office.app.state.wire.faults = Faults(offset_ignored=True)
    first = office.pull()
    assert "journal" in first.incomplete
    assert first.manifest.resources["bill_detail"].complete
    office.app.state.wire.faults = Faults()
    office.change("bill", bill, line_items=[{"id": "a", "position": 0, "amount": Decimal("108.10"), "tax_id": 2}])
    done = office.pull()
    assert f"/4.0/purchase/bills/{bill}" in office.details()
    assert_as_read_whole(office, done)


def test_what_a_list_row_does_not_show_is_asked_for_after_the_journal(office: Office) -> None:
    """Also in a first pull: a bill booked anew between its detail and the journal would never be noticed again."""
    office.pull()
    asked = [request.path for request in office.app.state.log]
    journal = max(number for number, path in enumerate(asked) if path == "/3.0/accounting/journal")
    unseen = ("/4.0/purchase/bills/", "/4.0/expenses/", "/4.0/purchase/outgoing-payments")
    assert min(number for number, path in enumerate(asked) if path.startswith(unseen)) > journal
    assert min(number for number, path in enumerate(asked) if path.startswith("/2.0/kb_invoice/")) < journal


def test_the_manifest_of_a_second_pull_reads_back(office: Office) -> None:
    office.pull()
    office.change("bill", "00000000-0000-4000-8000-000000000002", title="Neu", status="PAID")
    done = office.pull()
    assert RawManifest.load(done.path) == done.manifest
    assert done.manifest.resources["bill_detail"].base


@pytest.fixture
def long_lists(office: Office) -> Office:
    """Lists of several pages, whose rows tell when they were changed: long ago."""
    for resource in ("invoice", "contact"):
        for row in list(office.company.rows(resource)):
            office.company.put(resource, {**row, "updated_at": "2026-09-01 08:00:00"})
    office.settings = replace(office.settings, offset_rows=5, relist_after=timedelta(days=30))
    office.pull()
    return office


def searches(office: Office, resource: str = "kb_invoice") -> int:
    return len(office.app.state.log.select(f"/2.0/{resource}/search", method="POST"))


def pages(office: Office, resource: str = "kb_invoice") -> int:
    return office.asked()[f"/2.0/{resource}"]


def test_a_long_list_is_searched_for_changes(long_lists: Office) -> None:
    """The pull before was on 5 October at noon UTC; 13:30 is Swiss time, an hour and a half before it."""
    long_lists.change("invoice", 5, title="Neu", updated_at="2026-10-05 13:30:00")
    done = long_lists.pull()
    assert done.path.name.startswith("20261006")
    assert pages(long_lists) == 1
    assert searches(long_lists) >= 2
    assert long_lists.details() == ["/2.0/kb_invoice/5"] + ["/2.0/kb_invoice/search"] * searches(long_lists)
    held = done.manifest.resources["invoice"]
    assert held.base
    assert held.base.without == [5]
    long_lists.change("invoice", 6, title="Auch neu", updated_at="2026-10-06 13:30:00")
    third = long_lists.pull()
    assert pages(long_lists) == 1
    assert third.manifest.resources["invoice"].rows == 24
    assert_as_read_whole(long_lists, third)


def test_a_search_that_finds_nothing_leaves_the_list_as_it_is(long_lists: Office) -> None:
    done = long_lists.pull()
    assert done.confirmed
    assert pages(long_lists) == pages(long_lists, "contact") == 1
    assert searches(long_lists, "contact") == 1


def test_new_rows_of_a_long_list_arrive(long_lists: Office) -> None:
    invoice = long_lists.company.find("invoice", "4")
    assert invoice is not None
    long_lists.company.put("invoice", {**invoice, "id": 25, "updated_at": "2026-10-05 18:00:00"})
    done = long_lists.pull()
    assert pages(long_lists) == 1
    assert_as_read_whole(long_lists, done)


@pytest.mark.parametrize("what", ["deleted", "silent payment", "silent new", "silent draft"])
def test_what_a_search_does_not_show_is_noticed(long_lists: Office, what: str) -> None:
    match what:
        case "deleted":
            long_lists.company.remove("invoice", "10")
        case "silent payment":
            long_lists.change("invoice", 8, kb_item_status_id=9, total_received_payments="108.100000")
            long_lists.company.put("invoice_payment", {"id": 908, "kb_invoice_id": 8, "value": "108.100000"})
        case "silent new":
            invoice = long_lists.company.find("invoice", "4")
            assert invoice is not None
            long_lists.company.put("invoice", {**invoice, "id": 25})
        case _:
            long_lists.change("invoice", 3, kb_item_status_id=8)
    done = long_lists.pull()
    assert pages(long_lists) > 2
    assert_as_read_whole(long_lists, done)


def test_a_long_list_is_read_whole_once_a_day(long_lists: Office) -> None:
    long_lists.settings = replace(long_lists.settings, relist_after=timedelta(hours=24))
    long_lists.pull()
    assert searches(long_lists) == 0
    assert pages(long_lists) > 2


def test_where_there_is_no_search_the_list_is_read(long_lists: Office) -> None:
    long_lists.app.state.wire.faults = Faults(truncate_json=Hits("/2.0/kb_invoice/search", times=None))
    long_lists.change("invoice", 5, title="Neu", updated_at="2026-10-05 13:30:00")
    done = long_lists.pull()
    long_lists.app.state.wire.faults = Faults()
    assert_as_read_whole(long_lists, done)
