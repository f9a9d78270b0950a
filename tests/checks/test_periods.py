"""Family G: periods and cut-off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import periods
from bexio_analytics.mandate import Mandate, VatSettings
from bexio_analytics.periods import Rhythm, VatPeriod
from bexio_analytics.review import CheckSet, Finding, Outcome, check_of, review
from bexio_analytics.snapshot import TABLES, write_snapshot
from bexio_analytics.testing import assert_flags_marked_lines, frames_from_text, mandate_for_tests
from bexio_analytics.testing.conformance import assert_deterministic
from bexio_analytics.vat import vat_return
from bexio_analytics.vat.ech0217 import Submission, store_filed, write_xml

Frames = dict[str, pl.DataFrame]
COLLECTED = mandate_for_tests(vat=VatSettings(basis="collected"))

LEDGER = """
    2026-05-10  Beratung   1100 / 3400  1'081.00  invoice  UN81
    2026-05-20  Papier     6500 / 2000    108.10  bill     VB81
    2026-05-20  Papier     6500 / 2000    108.10  bill     VB81
    2026-05-31  Zins       6900 / 1020     12.00  manual
    2026-07-10  Beratung   1100 / 3400  2'162.00  invoice  UN81
"""


def quarters(*states: tuple[int, str], year: int = 2026) -> Callable[[Frames], None]:
    """Quarters as bexio holds them: number and status."""

    def edit(frames: Frames) -> None:
        rows = []
        for number, status in states:
            period = VatPeriod.parse(f"{year}-Q{number}")
            closed_on = period.due_on if status == "closed" else None
            days = {"start": period.start, "end": period.end, "closed_at": closed_on}
            rows.append({"id": number, "type": "quarter", "status": status, **days})
        frames["vat_period"] = TABLES["vat_period"].frame(rows)

    return edit


def years(**status: tuple[str, str, bool]) -> Callable[[Frames], None]:
    """Calendar years as bexio holds them: method, basis, liability."""

    def edit(frames: Frames) -> None:
        rows = [
            {
                "id": place,
                "start": date(int(year[1:]), 1, 1),
                "end": date(int(year[1:]), 12, 31),
                "is_vat_subject": liable,
                "vat_accounting_method": method,
                "vat_accounting_type": basis,
                "is_annual_reporting": False,
            }
            for place, (year, (method, basis, liable)) in enumerate(status.items(), 1)
        ]
        frames["calendar_year"] = TABLES["calendar_year"].frame(rows)

    return edit


def keep(folder: Path, frames: Frames, day: date) -> None:
    write_snapshot(
        frames,
        folder / "snapshots",
        source="api",
        created_at=datetime(day.year, day.month, day.day, tzinfo=UTC),
        code_version="test",
        raw="none",
    )


def changed(mandate: Mandate, period: str = "2026-Q3") -> tuple[Outcome, tuple[Finding, ...]]:
    with Books.open(mandate) as books:
        checks = CheckSet([check_of(periods.changed_since_filed)])
        (result,) = review(books, mandate, VatPeriod.parse(period), checks, as_of=date(2026, 11, 22)).results
    assert result.note.startswith("review.filed_period") or not result.note, result.note
    return result.outcome, result.findings


@pytest.fixture
def mandate(tmp_path: Path) -> Mandate:
    return Mandate.create(tmp_path / "muster", "Muster AG", uid="CHE-116.281.271", vat=VatSettings())


def edited(frames: Frames) -> Frames:
    """One of two equal bills is gone, the invoice is dearer, a text and all ids are others."""
    rows = frames["journal"].with_row_index("place").filter(~pl.col("place").is_in([4, 5])).drop("place")
    more = (
        pl.when(pl.col("base_amount") == 1000)
        .then(pl.lit(500))
        .when(pl.col("base_amount") == 81)
        .then(pl.lit(Decimal("40.50")))
    )
    vat_of = more.otherwise(0).cast(pl.Decimal(18, 2))
    rows = rows.with_columns(
        (pl.col("base_amount") + vat_of).cast(rows.schema["base_amount"]),
        (pl.col("amount") + vat_of).cast(rows.schema["amount"]),
        pl.col("id") + 5000,
        pl.col("description") + " neu",
    )
    return frames | {"journal": rows}


def test_changes_after_bexio_closed_the_period(mandate: Mandate) -> None:
    """Compared with the first snapshot after closing, whatever period is under review."""
    frames = frames_from_text(LEDGER)
    quarters((2, "closed"), (3, "open"))(frames)
    keep(mandate.folder, frames, date(2026, 9, 2))
    assert changed(mandate)[0] is Outcome.NOT_APPLICABLE
    keep(mandate.folder, edited(frames), date(2026, 11, 20))
    outcome, (found,) = changed(mandate)
    assert outcome is Outcome.FINDINGS
    assert found.subject_id == "vat_return:2026-Q2"
    # + 40.50 output tax, and 8.10 input tax less
    assert found.vat_effect == Decimal("48.60")
    assert (found.values["added"], found.values["deleted"]) == (2, 3)
    assert changed(mandate, "2026-Q2")[1][0].id == found.id
    shuffled = {name: frame[::-1] for name, frame in edited(frames).items()}
    keep(mandate.folder, shuffled, date(2026, 11, 21))
    assert changed(mandate)[1][0].to_json() == found.to_json()


def test_new_texts_and_ids_are_no_change(mandate: Mandate) -> None:
    frames = frames_from_text(LEDGER)
    quarters((2, "closed"), (3, "open"))(frames)
    keep(mandate.folder, frames, date(2026, 9, 2))
    rows = frames["journal"].with_columns(pl.col("id") + 5000, pl.col("description") + " neu")
    keep(mandate.folder, frames | {"journal": rows}, date(2026, 11, 20))
    assert changed(mandate) == (Outcome.CLEAN, ())


def test_changes_since_the_stored_return(mandate: Mandate) -> None:
    """The return kept in returns/ was made from the newest snapshot of that day; corrections before it do not count."""
    frames = frames_from_text(LEDGER)
    quarters((2, "open"), (3, "open"))(frames)
    keep(mandate.folder, edited(frames), date(2026, 7, 20))
    keep(mandate.folder, frames, date(2026, 8, 20))
    with Books.open(mandate) as books:
        sent = write_xml(
            vat_return(books, VatPeriod.parse("2026-Q2")),
            mandate,
            type_of_submission=Submission.FIRST,
            generation_time=datetime(2026, 8, 21, tzinfo=UTC),
        )
    store_filed(mandate.folder, sent, stored_at=datetime(2026, 8, 21, tzinfo=UTC))
    assert changed(mandate)[0] is Outcome.NOT_APPLICABLE
    keep(mandate.folder, edited(frames), date(2026, 11, 20))
    _, (found,) = changed(mandate)
    assert found.evidence["source"] == "returns"
    assert found.vat_effect == Decimal("48.60")
    with Books.open(mandate) as books:
        review(books, mandate, VatPeriod.parse("2026-Q3"), CheckSet([]), as_of=date(2026, 11, 22))
        filed = dict(books.sql("select ziffer, amount from review.filed_return").iter_rows())
    assert (filed["200"], filed["303"], filed["405"]) == (Decimal(1000), Decimal(1000), Decimal("16.20"))


BACK_DATED = """
    2026-05-10  Beratung           1100 / 3400  1'081.00  invoice  UN81
    2026-06-10  Papier             6500 / 2000    108.10  bill     VB81
    2026-06-20  Zu spät erfasst    1020 / 3400    540.50  manual   UN81
    2026-08-31  Miete              6500 / 2000    324.30  bill     VB81
    2026-06-21  Nachtrag Verkauf   1020 / 3400    216.20  manual   UN81  <- G01
    2026-06-22  Nachtrag Einkauf   6500 / 1020    108.10  manual   VB81  <- G01
    2026-06-23  Nachtrag Lohn      5000 / 1020  5'000.00  manual
    2026-06-30  Abrechnung Q2      2200 / 2201    121.50  manual
    2026-07-10  Laufendes          1020 / 3400    324.30  manual   UN81
"""


def recorded(*days: str) -> Callable[[Frames], None]:
    """Bills with the time at which they were recorded, and the second quarter closed on 29 August."""

    def edit(frames: Frames) -> None:
        quarters((1, "closed"), (2, "closed"), (3, "open"))(frames)
        moments = [datetime.fromisoformat(f"{day}T09:30:00+00:00") for day in days]
        created = pl.Series("created_at", moments, dtype=frames["bill"].schema["created_at"])
        frames["bill"] = frames["bill"].with_columns(created)

    return edit


def test_booked_in_closed_period() -> None:
    """Rows above a bill that was recorded after the closing; wages, the settlement and open periods do not matter."""
    check = periods.booked_in_closed_period
    edit = recorded("2026-06-11", "2026-09-01")
    sale, purchase = sorted(
        assert_flags_marked_lines(check, BACK_DATED, edit=edit), key=lambda f: f.vat_effect or 0, reverse=True
    )
    assert (sale.vat_effect, purchase.vat_effect) == (Decimal("16.20"), Decimal("-8.10"))
    assert (sale.booked_on, sale.values["dated_on"]) == (date(2026, 9, 30), date(2026, 6, 21))
    assert (sale.values["period_id"], sale.values["entered_after"]) == ("2026-Q2", date(2026, 9, 1))
    assert_flags_marked_lines(check, BACK_DATED, edit=edit, period="2026-Q2")
    assert_flags_marked_lines(check, BACK_DATED.replace("<- G01", ""), edit=edit, period="2026-Q4")
    frames = frames_from_text(BACK_DATED)
    edit(frames)
    assert_deterministic(check_of(check), frames)


def test_nothing_is_said_before_the_closing_or_without_times() -> None:
    """A bill recorded on the day of closing tells nothing; nor do bills without a time."""
    clean = BACK_DATED.replace("<- G01", "")
    check = periods.booked_in_closed_period
    assert_flags_marked_lines(check, clean, edit=recorded("2026-06-11", "2026-08-29"))
    assert_flags_marked_lines(check, clean, edit=quarters((2, "closed"), (3, "open")))


def test_a_late_booking_is_found_by_one_check(mandate: Mandate) -> None:
    """Where an older snapshot shows the period as filed, G02 speaks of the row and G01 does not."""
    both = CheckSet([check_of(periods.booked_in_closed_period), check_of(periods.changed_since_filed)])
    after = frames_from_text(BACK_DATED)
    recorded("2026-06-11", "2026-09-01")(after)
    late = ["Nachtrag Verkauf"]
    before = after | {"journal": after["journal"].filter(~pl.col("description").is_in(late))}
    keep(mandate.folder, before, date(2026, 9, 2))
    keep(mandate.folder, after, date(2026, 11, 20))
    with Books.open(mandate) as books:
        done = review(books, mandate, VatPeriod.parse("2026-Q3"), both, as_of=date(2026, 11, 22))
    assert [(f.check, f.vat_effect) for f in done.findings] == [("G02", Decimal("16.20")), ("G01", Decimal("-8.10"))]


LATE_BILLS = """
    2026-03-01  Vorher    6500 / 2000  108.10  bill  VB81
    2026-09-03  Papier    6500 / 2000  108.10  bill  VB81  dated=2026-06-20   <- G03
    2026-08-04  Lizenz    6570 / 2000  100.00  bill  BZB81  dated=2026-05-20  contact=Cloud Ltd/IE   <- G03
    2026-07-04  Miete     6500 / 2000  108.10  bill  VB81  dated=2025-12-20   <- G03
    2026-07-04  Papier    6500 / 2000  108.10  bill  VB81  dated=2026-06-20
    2026-07-05  Papier    6500 / 2000  108.10  bill  VB81  dated=2026-07-01
    2026-07-06  Gebühr    6500 / 2000  100.00  bill        dated=2026-06-20
    2026-07-07  Verkauf   1100 / 3400  108.10  invoice  UN81  dated=2026-06-20
"""


def test_purchase_of_filed_period() -> None:
    """Purchases with input tax; what is dated in the period, carries no tax or is a sale is another matter."""
    findings = assert_flags_marked_lines(periods.purchase_of_filed_period, LATE_BILLS, edit=quarters((2, "closed")))
    assert {f.vat_effect for f in findings} == {Decimal("0.00")}
    still_open = "\n".join(line.replace("<- G03", "") for line in LATE_BILLS.splitlines() if "dated=2025" not in line)
    assert_flags_marked_lines(periods.purchase_of_filed_period, still_open, edit=quarters((2, "open"), (3, "open")))


WRONG_QUARTER = """
    2026-03-01  Vorher                              1100 / 3400  108.10  invoice  UN81
    2026-07-03  Verkauf                             1100 / 3400  108.10  invoice  UN81  dated=2026-06-20   <- G04
    2026-07-04  Wartung 01.01.2026 - 31.03.2026     1100 / 3400  108.10  invoice  UN81                     <- G04
    2026-07-05  Wartung 01.05.2026 - 30.06.2026     1100 / 3400  108.10  invoice  UN81
    2026-07-06  Wartung 01.10.2026 - 31.12.2026     1100 / 3400  108.10  invoice  UN81
    2026-07-07  Export                              1100 / 3400  500.00  invoice  UEX  dated=2026-06-20
    2026-07-08  Einkauf                             6500 / 2000  108.10  bill     VB81  dated=2026-06-20
"""


def test_output_tax_in_wrong_period() -> None:
    """By the date of the invoice, or a supply that ended long before it; what is invoiced in advance is right."""
    findings = assert_flags_marked_lines(periods.output_tax_in_wrong_period, WRONG_QUARTER)
    assert {f.values["right_period"] for f in findings} == {"2026-Q2", "2026-Q1"}


DUE = """
    2026-05-03  Verkauf  1100 / 3400  108.10  invoice  UN81
    2026-07-03  Verkauf  1100 / 3400  108.10  invoice  UN81
"""


@pytest.mark.parametrize(
    ("day", "states", "found"),
    [
        (date(2026, 11, 22), [(2, "closed"), (3, "open")], []),
        (date(2026, 11, 23), [(2, "closed"), (3, "open")], [7]),
        (date(2026, 12, 2), [(2, "closed"), (3, "open")], [-2]),
        (date(2026, 12, 2), [(2, "closed"), (3, "closed")], []),
        (date(2026, 11, 22), [(2, "open"), (3, "open")], [-83]),
        (date(2027, 11, 22), [], []),
    ],
)
def test_period_due(day: date, states: list[tuple[int, str]], found: list[int]) -> None:
    """Seven days before the end, and every earlier period too; where nothing tells what was filed, nothing is said."""
    text = DUE + ("<- G05" if found else "")
    findings = assert_flags_marked_lines(periods.period_due_or_of_wrong_length, text, as_of=day, edit=quarters(*states))
    assert [f.values["days_left"] for f in findings] == found


@pytest.mark.parametrize(
    ("method", "rhythm", "period", "is_wrong"),
    [
        ("net_tax", Rhythm.QUARTER, "2026-Q3", True),
        ("net_tax", Rhythm.SEMESTER, "2026-H2", False),
        ("effective", Rhythm.SEMESTER, "2026-H2", True),
        ("effective", Rhythm.MONTH, "2026-07", False),
        ("effective", Rhythm.ANNUAL, "2026", False),
    ],
)
def test_length_of_period(method: str, rhythm: Rhythm, period: str, is_wrong: bool) -> None:  # noqa: FBT001 - a case
    assert_flags_marked_lines(
        periods.period_due_or_of_wrong_length,
        DUE + ("<- G05" if is_wrong else ""),
        period=period,
        mandate=mandate_for_tests(vat=VatSettings(method=method, rhythm=rhythm)),
    )


UNPAID = """
    2026-07-03  Verkauf   1100 / 3400  1'081.00  invoice  UN81  no=RE-1
    2026-07-04  Einkauf   6500 / 2000    108.10  bill     VB81
"""


def on_clearing(frames: Frames) -> None:
    """Tax of documents stands on 1172 and 2202 until it is paid, as bexio books it."""
    ids = {row["account_no"]: row["id"] for row in frames["account"].iter_rows(named=True)}
    moved = {ids["2200"]: ids["2202"], ids["1171"]: ids["1172"]}
    is_document = pl.col("ref_class").is_in(["KbInvoice", "KbBill"]).fill_null(value=False)
    frames["journal"] = frames["journal"].with_columns(
        pl.when(is_document).then(pl.col(side).replace(moved)).otherwise(pl.col(side)).alias(side)
        for side in ("debit_account_id", "credit_account_id")
    )


def test_clearing_accounts_hold_the_tax_of_open_items() -> None:
    """Open documents and their tax agree; a manual entry, or a payment that moves no tax, makes them differ."""
    check = periods.clearing_is_not_tax_of_open_items
    accounts = "    2026-07-01  Eröffnung  2202 / 1172  1.00  other\n    2026-07-01  Zurück  1172 / 2202  1.00  other\n"
    text = accounts + UNPAID
    assert_flags_marked_lines(check, text, mandate=COLLECTED, edit=on_clearing)
    (found,) = assert_flags_marked_lines(
        check,
        text + "    2026-08-01  Umbuchung  2202 / 6500  20.00  manual  <- G06",
        mandate=COLLECTED,
        edit=on_clearing,
    )
    assert (found.values["balance"], found.values["tax_of_open_items"]) == (Decimal("61.00"), Decimal("81.00"))
    assert found.vat_effect == Decimal("-20.00")
    (unmoved,) = assert_flags_marked_lines(
        check,
        text.replace("RE-1", "RE-1  <- G06") + "    2026-08-01  Zahlung  1020 / 1100  540.50  payment  no=RE-1",
        mandate=COLLECTED,
        edit=on_clearing,
    )
    assert unmoved.vat_effect == Decimal("40.50")


def test_open_items_at_change_of_basis() -> None:
    """Open at the end of the year before: the invoice but for what was paid, and the bill."""
    check = periods.open_items_at_change_of_basis
    text = """
    2025-11-03  Verkauf   1100 / 3400  1'081.00  invoice  UN81  no=RE-1
    2025-11-04  Einkauf   6500 / 2000    108.10  bill     VB81
    2025-12-01  Zahlung   1020 / 1100    540.50  payment  no=RE-1
    2026-02-01  Zahlung   1020 / 1100    540.50  payment  no=RE-1
    """
    effective = "effective"
    to_agreed = years(y2025=(effective, "collected", True), y2026=(effective, "agreed", True))
    (found,) = assert_flags_marked_lines(check, text + "<- G07", period="2026-Q1", edit=to_agreed)
    assert (found.values["output_tax"], found.values["input_tax"]) == (Decimal("40.50"), Decimal("8.10"))
    assert found.vat_effect == Decimal("32.40")
    to_collected = years(y2025=(effective, "agreed", True), y2026=(effective, "collected", True))
    (other,) = assert_flags_marked_lines(check, text + "<- G07", period="2026-Q1", edit=to_collected)
    assert other.vat_effect == Decimal("0.00")
    same = years(y2025=(effective, "agreed", True), y2026=(effective, "agreed", True))
    assert_flags_marked_lines(check, text, period="2026-Q1", edit=same)
    assert_flags_marked_lines(check, text, period="2025-Q4", edit=to_agreed)


@pytest.mark.parametrize(
    ("in_bexio", "vat", "reason"),
    [
        (("effective", "agreed", False), VatSettings(), "bookings carry tax codes"),
        (("net_tax", "agreed", True), VatSettings(), "mandate.toml says the effective method"),
        (("effective", "collected", True), VatSettings(), "mandate.toml says agreed consideration"),
        (("effective", "agreed", True), VatSettings(method="net_tax"), "mandate.toml says net tax rates"),
        (("effective", "agreed", True), VatSettings(basis="collected"), "mandate.toml says collected consideration"),
        (("effective", "agreed", True), VatSettings(), None),
        (("net_tax", "collected", True), VatSettings(assumed=("method", "basis")), None),
    ],
)
def test_settings_of_bexio(in_bexio: tuple[str, str, bool], vat: VatSettings, reason: str | None) -> None:
    """Liability against codes, method and basis against what mandate.toml confirms."""
    findings = assert_flags_marked_lines(
        periods.vat_settings_of_bexio_are_wrong,
        "2026-07-03  Verkauf  1100 / 3400  108.10  invoice  UN81\n" + ("<- G08" if reason else ""),
        mandate=mandate_for_tests(vat=vat),
        edit=years(y2026=in_bexio),
    )
    assert [f.values["reason"] for f in findings] == ([reason] if reason else [])


def test_settings_of_earlier_years_may_differ() -> None:
    """Only the last year of the books is compared with mandate.toml."""
    assert_flags_marked_lines(
        periods.vat_settings_of_bexio_are_wrong,
        "2025-07-03  Verkauf  1100 / 3400  108.10  invoice  UN81\n2026-01-03  Zins  6900 / 1020  5.00  manual",
        period="2025-Q3",
        edit=years(y2025=("effective", "collected", True), y2026=("effective", "agreed", True)),
    )


@pytest.mark.parametrize(
    ("check", "text", "edit", "mandate"),
    [
        (periods.purchase_of_filed_period, LATE_BILLS, quarters((2, "closed")), None),
        (periods.output_tax_in_wrong_period, WRONG_QUARTER, None, None),
        (periods.period_due_or_of_wrong_length, DUE, None, mandate_for_tests(vat=VatSettings(rhythm=Rhythm.SEMESTER))),
        (
            periods.clearing_is_not_tax_of_open_items,
            UNPAID + "    2026-08-01  Umbuchung  2202 / 6500  20.00  manual",
            None,
            COLLECTED,
        ),
        (
            periods.open_items_at_change_of_basis,
            "2025-11-03  Verkauf  1100 / 3400  1'081.00  invoice  UN81\n" + DUE,
            years(y2025=("effective", "collected", True), y2026=("effective", "agreed", True)),
            None,
        ),
        (periods.vat_settings_of_bexio_are_wrong, DUE, years(y2026=("effective", "collected", True)), None),
    ],
)
def test_is_deterministic(
    check: Callable[..., pl.DataFrame], text: str, edit: Callable[[Frames], None] | None, mandate: Mandate | None
) -> None:
    frames = frames_from_text(text, vat=mandate.vat if mandate else None)
    if edit:
        edit(frames)
    others = {periods.period_due_or_of_wrong_length: "2026-H2", periods.open_items_at_change_of_basis: "2026-Q1"}
    assert_deterministic(check_of(check), frames, period=others.get(check, "2026-Q3"), mandate=mandate)
