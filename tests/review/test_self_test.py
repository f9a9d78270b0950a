"""The self-test: errors are planted where there is material, found by their checks, and leave the mandate untouched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import ALL
from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.mandate import CheckSettings, Mandate
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import CheckSet, review
from bexio_analytics.review.self_test import KINDS, Kind, SelfTest, self_test
from bexio_analytics.review.self_test.draft import Draft
from bexio_analytics.review.self_test.material import Material
from bexio_analytics.review.self_test.planting import Planted
from bexio_analytics.review.self_test.running import keys_of
from bexio_analytics.snapshot import TABLES, Snapshot
from bexio_analytics.testing import frames_from_text, mandate_for_tests

Q3 = VatPeriod.parse("2026-Q3")
AS_OF = date(2026, 11, 22)

MONTHS = ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09")
# Eight months of an orderly company, with material for every kind of error.
OPENING = """
    2026-01-01  Saldovortrag  1000 / 9100    300.00  opening
    2026-01-01  Saldovortrag  9100 / 2800    300.00  opening
    2026-03-20  Maschine      1500 / 2000  5'405.00  bill     VB81  contact=Maschinen AG/CH  no=MA-1
"""
LEDGER = OPENING + "".join(
    f"""
    {month}-03  Lieferung {month}  1100 / 3200  {2000 + place}.40  invoice  UN81  contact=K{place}/CH  no=RE-{place}1
    {month}-04  Beratung {month}  1100 / 3400  {1500 + place}.80  invoice  UN81  contact=F{place}/CH  no=RE-{place}2
    {month}-05  Miete {month}  6000 / 2000  {3000 + place}.00  bill  VB81  contact=Haus AG/CH  no={month}
    {month}-06  Ware {month}  4200 / 2000  {900 + place}.15  bill  VM81  contact=Lieferant AG/CH  no={month}
    {month}-07  Papier {month}  6500 / 1020  {200 + place}.35  manual  VB81
    {month}-08  Police {month}  6300 / 2000  {400 + place}.00  bill  contact=Police AG/CH  no={month}
    {month}-09  Cloud {month}  6570 / 2000  {700 + place}.00  bill  BZB81  contact=Cloud Ltd/IE  no={month}
    {month}-10  Software {month}  6570 / 2000  {800 + place}.00  bill  BZB81  contact=Soft Ltd/IE  no={month}
    {month}-11  Verein {month}  6510 / 2000  {150 + place}.00  bill  contact=Verein/CH  no={month}
    {month}-12  Import {month}  4200 / 2000  {600 + place}.00  bill  contact=Huber/DE  currency=EUR  factor=0.95
    {month}-13  Strom {month}  6400 / 2000  {500 + place}.25  bill  VB81  contact=Werk AG/CH  no={month}
    {month}-14  Reinigung {month}  6040 / 2000  {480 + place}.75  bill  VB81  contact=Blank AG/CH  no={month}
    {month}-15  Telefon {month}  6510 / 2000  {270 + place}.45  bill  VB81  contact=Telefon AG/CH  no={month}
    {month}-16  Werbung {month}  6600 / 2000  {670 + place}.95  bill  VB81  contact=Werber AG/CH  no={month}
    {month}-17  Fracht {month}  4700 / 2000  {370 + place}.55  bill  VM81  contact=Fracht AG/CH  no={month}
    """
    for place, month in enumerate(MONTHS)
)

FOUND_BY = {
    "sale_at_an_old_rate": "B01",
    "sale_without_code": "A01",
    "acquisition_as_domestic_purchase": "D04",
    "acquisition_tax_forgotten": "E01",
    "input_tax_where_none_is_possible": "A03",
    "sales_code_on_a_purchase": "A04",
    "bill_entered_twice": "H01",
    "tax_altered": "C01",
    "foreign_currency_at_par": "C07",
    "acquisition_tax_not_deducted": "E04",
    "document_of_another_period": "G04",
    "vat_account_by_hand": "F05",
    "asset_sold_without_tax": "F07",
    "till_overdrawn": "H03",
}
"""Kinds with a check of the package that is made for them."""
BY_NAME = {kind.name: kind for kind in KINDS}


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return frames_from_text(LEDGER)


def run_on(frames: Mapping[str, pl.DataFrame], checks: CheckSet = ALL, **settings: Any) -> SelfTest:  # noqa: ANN401
    mandate = settings.pop("mandate", None) or mandate_for_tests()
    return self_test(frames, mandate, Q3, checks, as_of=AS_OF, **settings)


@pytest.fixture(scope="module")
def done(frames: dict[str, pl.DataFrame]) -> SelfTest:
    return run_on(frames, rounds=2)


def test_every_kind_is_planted_where_there_is_material(done: SelfTest) -> None:
    """These books have material for all of them, in every round."""
    assert [(tally.kind.name, len(tally.trials)) for tally in done.tallies] == [(kind.name, 2) for kind in KINDS]
    assert not done.failed


@pytest.mark.parametrize(("name", "code"), FOUND_BY.items())
def test_an_error_is_found_by_its_check(done: SelfTest, name: str, code: str) -> None:
    (tally,) = (each for each in done.tallies if each.kind.name == name)
    for trial in tally.trials:
        assert code in (trial.check, *trial.also), trial
        assert trial.rank is not None
        assert trial.rank <= done.own + len(KINDS)


def test_without_its_check_an_error_is_missed(frames: dict[str, pl.DataFrame]) -> None:
    """A found error is no artefact: the finding comes from the check, and from nothing else."""
    kinds = [BY_NAME["vat_account_by_hand"], BY_NAME["bill_entered_twice"]]
    only = CheckSet([ALL["F05"]])
    with_it, other = (tally.found for tally in run_on(frames, only, rounds=1, kinds=kinds).tallies)
    assert ([trial.check for trial in with_it], other) == (["F05"], ())
    switched_off = mandate_for_tests(checks=CheckSettings(disabled=("F05",)))
    without, _ = (tally.found for tally in run_on(frames, only, rounds=1, kinds=kinds, mandate=switched_off).tallies)
    assert without == ()


def test_the_budget_counts_places_in_the_list() -> None:
    """Findings of the books themselves take their places before those of planted errors, and never count as hits."""
    own = frames_from_text(
        LEDGER + "\n".join(f"2026-07-{day:02}  Alt  1170 / 6500  5000.00  manual" for day in range(1, 8))
    )
    kinds = [BY_NAME["vat_account_by_hand"]]
    only = CheckSet([ALL["F05"]])
    found = run_on(own, only, rounds=1, kinds=kinds, budget=7)
    (trial,) = found.trials
    assert (found.own, trial.check, trial.rank) == (7, "F05", 8)
    assert found.tallies[0].within(7) == ()
    assert found.to_json()["within_budget"] == 0
    assert run_on(own, only, rounds=1, kinds=kinds, budget=8).tallies[0].within(8)


def test_errors_of_a_round_do_not_stand_before_each_other(frames: dict[str, pl.DataFrame]) -> None:
    """Planted together, judged apart: with seven of a kind each stands where it would stand alone."""
    kinds = [replace(BY_NAME["vat_account_by_hand"], name=f"correction {number}") for number in range(7)]
    found = run_on(frames, CheckSet([ALL["F05"]]), rounds=1, kinds=kinds)
    assert [trial.rank for trial in found.trials] == [1] * 7


def test_the_same_seed_hits_the_same_bookings(frames: dict[str, pl.DataFrame], done: SelfTest) -> None:
    first = [trial for trial in done.trials if trial.number == 1]
    again, other = (run_on(frames, rounds=1, seed=seed).trials for seed in (0, 1))
    assert list(again) == first
    assert [trial.what for trial in other] != [trial.what for trial in first]


def test_a_copy_without_errors_reviews_like_the_books(frames: dict[str, pl.DataFrame]) -> None:
    """Copying changes nothing but the distance between ids: order and findings are those of the snapshot."""
    copy = Draft(frames, is_export=False).frames()
    assert copy["journal"]["id"].to_list() == [each * 1000 for each in frames["journal"].sort("sequence")["id"]]
    assert {name: frame.schema for name, frame in copy.items()} == {name: TABLES[name].schema for name in TABLES}
    mandate = mandate_for_tests()
    with Books.from_frames(frames, mandate) as before, Books.from_frames(copy, mandate) as after:
        first, second = (review(books, mandate, Q3, ALL, as_of=AS_OF) for books in (before, after))
    assert [finding.text() for finding in first.findings] == [finding.text() for finding in second.findings]
    assert [(each.outcome, each.examined) for each in first.results] == [
        (each.outcome, each.examined) for each in second.results
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_planted_is_what_is_said(frames: dict[str, pl.DataFrame], material: Material, kind: Kind) -> None:
    """Every error changes the journal or a document, in the rows it names and no others; nothing of the original."""
    before = {name: frame.clone() for name, frame in frames.items()}
    copy = Draft(frames, is_export=False).frames()
    draft, planted = plant(frames, material, kind)
    after = draft.frames()
    changed = changed_rows(copy["journal"], after["journal"])
    assert changed <= planted.line_ids
    assert changed or not copy["invoice"].equals(after["invoice"])
    assert all(frames[name].equals(before[name]) for name in frames)
    assert {name: frame.schema for name, frame in after.items()} == {name: TABLES[name].schema for name in TABLES}
    assert after["journal"]["id"].is_unique().all()
    assert not after["journal"].select("debit_account_id", "credit_account_id").null_count().sum_horizontal().item()


@pytest.mark.parametrize(
    "name", ["input_tax_at_another_rate", "sale_without_code", "unusual_code_for_the_partner", "decimal_slip"]
)
def test_documents_go_along_with_the_journal(frames: dict[str, pl.DataFrame], material: Material, name: str) -> None:
    """An error is booked the way bexio books: document and journal agree, so that only the error can be found."""
    draft, planted = plant(frames, material, BY_NAME[name])
    with Books.from_frames(draft.frames(), mandate_for_tests()) as after:
        assert after.sql("from document_tax where not is_rounding and difference <> 0").is_empty()
        rows = after.sql(
            "select evidence, tax_code from journal_line where list_contains($ids, line_id)",
            ids=sorted(planted.line_ids),
        )
    assert rows.height
    assert set(rows["evidence"]) == ({"none"} if name == "sale_without_code" else {"document"})


@pytest.fixture(scope="module")
def material(frames: dict[str, pl.DataFrame]) -> Iterator[Material]:
    with Books.from_frames(Draft(frames, is_export=False).frames(), mandate_for_tests()) as books:
        yield Material.of(books, Q3, frozenset())


def plant(frames: Mapping[str, pl.DataFrame], material: Material, kind: Kind) -> tuple[Draft, Planted]:
    """One error in books without findings of their own."""
    draft = Draft(frames, is_export=False)
    planted = kind.plant(draft, material.again(), Random("1"))  # noqa: S311 - the same every time
    assert planted is not None
    return draft, planted


def changed_rows(before: pl.DataFrame, after: pl.DataFrame) -> set[int]:
    """Ids of rows that are new, gone or different; their place among the others does not matter."""
    old, new = (frame.drop("sequence") for frame in (before, after))
    different = pl.concat([new.join(old, on=old.columns, how="anti", nulls_equal=True),
                           old.join(new, on=old.columns, how="anti", nulls_equal=True)])  # fmt: skip
    return set(different["id"])


def test_books_without_material() -> None:
    """One payment: nothing can be planted but what needs no booking of the books, and that is said."""
    found = run_on(frames_from_text("2026-07-03  Gebühren  6900 / 1020  12.00  other"), rounds=1)
    assert all(not tally.trials for tally in found.tallies)
    assert found.to_json()["planted"] == 0


def test_findings_are_told_by_what_they_name() -> None:
    """Subject, and rows, booking and document in the evidence."""
    text = LEDGER + "2026-07-20  Korrektur  1170 / 6500  81.00  manual"
    mandate = mandate_for_tests()
    with Books.from_frames(frames_from_text(text), mandate) as books:
        (finding,) = review(books, mandate, Q3, CheckSet([ALL["F05"]]), as_of=AS_OF).findings
        line_id = books.sql("select max(line_id) from journal_line where description = 'Korrektur'").item()
    assert f"journal_line:{line_id}" in keys_of(finding)
    assert finding.subject_id in keys_of(finding)


def test_a_mandate_is_left_as_it_is(demo_data: Path) -> None:
    """Books from the API, whole: nothing in the folder changes, and what has a check is found."""
    folder = demo_data / DEMO
    mandate = Mandate.load(folder)
    snapshot = Snapshot.latest(folder / "snapshots")
    before = contents(folder)
    found = self_test(
        {name: snapshot.frame(name) for name in TABLES},
        mandate,
        Q3,
        ALL,
        as_of=AS_OF,
        snapshot_id=snapshot.id,
        rounds=1,
    )
    assert contents(folder) == before
    with Books.open(mandate) as books:
        assert found.own == len(review(books, mandate, Q3, ALL, as_of=AS_OF).findings)
    by_name = {tally.kind.name: tally for tally in found.tallies}
    # the company has excluded turnover, its till is overdrawn already
    expected = FOUND_BY.keys() - {"acquisition_tax_not_deducted", "till_overdrawn"}
    assert not [name for name in expected if len(by_name[name].found) != len(by_name[name].trials)]
    assert len([name for name in expected if by_name[name].trials]) >= 12
    assert not by_name["till_overdrawn"].trials


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def test_what_is_planted_was_entered_in_its_time(frames: dict[str, pl.DataFrame], material: Material) -> None:
    """A booking with the highest id would look as if it had been entered last, and be found for that."""
    draft, planted = plant(frames, material, BY_NAME["vat_account_by_hand"])
    journal, (line_id,) = draft.frames()["journal"], planted.line_ids
    place = journal["id"].to_list().index(line_id)
    assert place < journal.height - 1
    around = journal[place - 1 : place + 2]
    assert around["id"].is_sorted()
    assert around["date"][0] <= around["date"][1] <= around["date"][2]
    entries = draft.frames()["manual_entry"].sort("id")
    assert entries["date"].is_sorted()
