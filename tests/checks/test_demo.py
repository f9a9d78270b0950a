"""The golden company: its planted defects are found, each once, and nothing else in seven quarters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import ALL
from bexio_analytics.cli.fetching import DEMO
from bexio_analytics.mandate import Mandate
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Check, Finding, Outcome, Review, review
from bexio_analytics.simulator.company import Defect, LookAlike, Where, planted

AS_OF = date(2026, 11, 22)
PLANTED = planted()
NOT_PLANTED = {
    **dict.fromkeys(["B04", "E03", "F02"], "bexio would not book it so: the ledger in text can"),
    "B05": "the company has no books of the year before the change of rates",
    "C02": "it takes a system that rounds wrongly all the time",
    "E04": "the company has excluded turnover, so that one leg may be right",
    "D08": "the company has no excluded turnover but interest far below the limit, and small defects of other checks",
    "D09": "the company books the private share of its car every month",
    "D10": "the company is no sole proprietorship",
    **dict.fromkeys(["F16", "J06", "J09"], "a period of its own would be needed, beside all other defects"),
    **dict.fromkeys(["H08", "H09"], "documents older than the quarter would be needed, and would change its returns"),
    "H05": "the company enters by hand on fixed days, and too little else to know its habit",
    "K02": "the company refers to events, not to running numbers",
    "K03": "the books of the company end with the quarter",
    "K09": "no canton is set, and the only holiday of the quarter is a Saturday",
    "K17": "the company has no account that settles item by item without documents",
    "K18": "the company has one purchase just below a limit, not eight of different amounts",
    "K10": "the company has some hundred amounts a quarter, the test needs a thousand",
    "F17": "no business year ends in the quarter that holds the defects",
    **dict.fromkeys(["C10", "F18", "G02"], "nothing was filed yet"),
    **dict.fromkeys(["J01", "J02", "J04"], "the company is registered"),
    **dict.fromkeys(["J05", "J08"], "a wrong number or name would be found in every quarter"),
    "J10": "the company has the money",
    "J07": "the company files by quarter",
    "G01": "a row of a closed quarter would be found in the review of that quarter too",
    **dict.fromkeys(["G03", "G04", "G05"], "tested in ledgers of their own, with days of their own"),
    **dict.fromkeys(["G06", "G07", "G08", "I08"], "basis and method of the company are right and never change"),
    **dict.fromkeys([c for c in ALL if c.startswith("I") and c != "I08"], "the company does not use net tax rates"),
}
"""Checks that no defect of the company exercises, with the reason: ledgers in text do."""


def concerns_the_company(check: Check) -> bool:
    """Whether a check asks something of a company on agreed consideration, effective, no filed returns, no canton."""
    other_kind = check.method == "net_tax" or check.basis == "collected"
    return not other_kind and not any(view.startswith(("review.", "law.")) for view in check.needs)


@pytest.fixture(scope="module")
def books(demo_data: Path) -> Iterator[Books]:
    with Books.open(Mandate.load(demo_data / DEMO)) as opened:
        yield opened


@pytest.fixture(scope="module")
def reviewed(books: Books) -> Review:
    return review(books, books.mandate, VatPeriod.parse("2026-Q3"), ALL, as_of=AS_OF)


def speaks_of(finding: Finding, where: Where, books: Books) -> bool:
    """Whether a finding is about the record that ``planted/`` describes."""
    if where.kind in ("account", "vat_return"):
        return finding.subject_id == f"{where.kind}:{where.value}"
    if where.kind == "journal":
        rows = books.sql("select line_id from journal_line where description = $text", text=where.value)
        return finding.evidence.get("line_id") in rows["line_id"].to_list()
    record = f"select id from snapshot.{where.kind} where {where.field} = $value"
    rows = books.sql(record, value=where.value)
    return finding.evidence.get("document_id") in {f"{where.kind}:{key}" for key in rows["id"]}


@pytest.mark.parametrize("defect", PLANTED.defects, ids=lambda defect: f"{defect.check}-{defect.id}")
def test_defect_is_found_once(defect: Defect, reviewed: Review, books: Books) -> None:
    """Each by its check, with the VAT effect and the Ziffer where the formula leaves no choice."""
    (found,) = [
        finding for finding in reviewed.result(defect.check).findings if speaks_of(finding, defect.where, books)
    ]
    if defect.vat_effect is not None:
        assert found.vat_effect is not None
        assert abs(found.vat_effect - defect.vat_effect) <= defect.tolerance
    if defect.ziffer is not None:
        assert found.ziffer == defect.ziffer
    assert all(reviewed.result(code).findings for code in defect.also)
    for code in defect.confirmed_by:
        assert any(speaks_of(finding, defect.where, books) for finding in reviewed.result(code).findings), code


def test_nothing_else_is_found(reviewed: Review) -> None:
    """As many findings per check as there are defects."""
    expected = Counter(code for defect in PLANTED.defects for code in (defect.check, *defect.confirmed_by))
    assert Counter(finding.check for finding in reviewed.findings) == expected


@pytest.mark.parametrize("innocent", PLANTED.look_alikes, ids=lambda innocent: innocent.id)
def test_look_alike_is_left_alone(innocent: LookAlike, reviewed: Review, books: Books) -> None:
    """The innocent case beside a defect is not flagged by the checks that come near it."""
    near = [finding for code in innocent.near for finding in reviewed.result(code).findings]
    assert not [finding.text() for finding in near if speaks_of(finding, innocent.where, books)]


@pytest.mark.parametrize("quarter", ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"])
def test_other_quarters_are_clean(quarter: str, books: Books) -> None:
    """No finding, no failure, and every check that concerns the company examined something."""
    done = review(books, books.mandate, VatPeriod.parse(quarter), ALL, as_of=AS_OF)
    assert [finding.text() for finding in done.findings] == []
    for result in done.results:
        expected = Outcome.CLEAN if concerns_the_company(result.check) else Outcome.NOT_APPLICABLE
        assert result.outcome is expected, f"{result.check.code}: {result.outcome} {result.note}"


def test_every_check_is_planted() -> None:
    """A check that no defect of the company exercises is named with the reason."""
    found = {code for defect in PLANTED.defects for code in (defect.check, *defect.confirmed_by)}
    assert found == set(ALL) - set(NOT_PLANTED)


def test_the_list_begins_with_what_blocks_the_filing(reviewed: Review) -> None:
    """Certain arithmetic first, then what is likely and costs most; what is small or a mere pattern comes last."""
    first, last = reviewed.cases[:5], reviewed.cases[-5:]
    assert {case.findings[0].severity for case in first} == {1}
    assert all(case.score > other.score for case in first for other in last)
    bookings = [case.booking for case in reviewed.cases if case.booking.startswith("journal_entry:")]
    assert len(bookings) == len(set(bookings)), "a booking is one case, whatever checks speak of it"
