"""Family H, third part: bookings that a business in order rarely makes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl

from bexio_analytics.checks import irregularities
from bexio_analytics.testing import assert_flags_marked_lines


def test_round_amount_without_document() -> None:
    """Round cost without a bill; documents, series, small amounts, wages and odd amounts are left alone."""
    assert_flags_marked_lines(
        irregularities.round_amount_without_document,
        """
        2026-07-03  Akonto Werbung     6600 / 1020  2'500.00  manual                          <- H04
        2026-07-04  Werbung            6600 / 2000  2'500.00  bill    contact=Agentur/CH
        2026-07-05  Werbung            6600 / 1020  2'490.00  manual
        2026-07-06  Spende             6700 / 1020    500.00  manual
        2026-07-07  Löhne              5000 / 1020  9'000.00  manual
        2026-07-08  Steuern            8900 / 1020  4'200.00  other
        2026-05-01  Pacht              6000 / 1020  3'000.00  other
        2026-06-01  Pacht              6000 / 1020  3'000.00  other
        2026-07-01  Pacht              6000 / 1020  3'000.00  other
        """,
    )


def test_round_amounts_are_a_habit() -> None:
    """Where many amounts are round, one more says nothing."""
    text = "\n".join(
        f"2026-{4 + n // 4:02}-{3 + n:02}  Material {n}  4200 / 1020  {1000 + 100 * n}.00  manual" for n in range(12)
    )
    assert_flags_marked_lines(irregularities.round_amount_without_document, text)


def workdays(count: int, kind: str, *, every: int = 1, until: date = date(2026, 6, 29), accounts: str = "") -> str:
    """Bookings on the working days before a day, with texts and days that make no series."""
    days = (until - timedelta(days=n) for n in range(2 * count * every + 20))
    found = [day for day in days if day.isoweekday() <= 5][::every][:count]
    used = accounts or "6500 / 1020"
    names = ("Papier", "Porto", "Toner", "Blumen", "Kaffee", "Karton", "Lampe", "Kabel", "Reise", "Wasser", "Kurs")
    return "\n".join(
        f"{day}  {names[place % 11]} {'abcdefghij'[place % 10]}{'klmnopqrst'[place // 10 % 10]}  {used}  "
        f"{120 + place}.35  {kind}"
        for place, day in enumerate(found)
    )


def test_manual_entry_on_weekend() -> None:
    """Saturday and Sunday, where nobody works on them; month ends, small amounts and other kinds are left alone."""
    findings = assert_flags_marked_lines(
        irregularities.manual_entry_on_weekend,
        workdays(60, "manual")
        + """
        2026-07-04  Korrektur Lager   4200 / 6500    324.30  manual          <- H05
        2026-07-12  Korrektur Kasse   6500 / 6510    216.20  manual          <- H05
        2026-07-06  Korrektur         6500 / 6510    216.20  manual
        2026-08-02  Korrektur         6500 / 6510     50.00  manual
        2026-08-01  Abgrenzung        6500 / 6510    500.00  manual
        2026-02-28  Abgrenzung        6500 / 6510    500.00  manual
        2026-08-02  Zahlung           6500 / 1020    500.00  other
        """,
    )
    assert {finding.values["weekday"] for finding in findings} == {"Saturday", "Sunday"}


def test_who_works_on_weekends_is_not_asked() -> None:
    """Too few entries to know a habit, or a habit of working on Saturdays."""
    saturday = "\n2026-07-04  Korrektur Lager   4200 / 6500    324.30  manual"
    assert_flags_marked_lines(irregularities.manual_entry_on_weekend, workdays(40, "manual") + saturday)
    shop = "\n".join(f"2026-0{n}-0{d}  Kasse {n}{d}  1000 / 3200  500.00  manual" for n, d in ((2, 7), (3, 7), (6, 6)))
    assert_flags_marked_lines(irregularities.manual_entry_on_weekend, workdays(60, "manual") + "\n" + shop + saturday)


def test_manual_entry_on_weekend_by_rule() -> None:
    """A text that comes on the same day of every month has no choice."""
    text = "\n".join(f"2026-{n:02}-12  Privatanteil {n}  6200 / 3690  350.00  manual" for n in range(3, 8))
    assert_flags_marked_lines(irregularities.manual_entry_on_weekend, workdays(60, "manual") + "\n" + text)


def test_owner_deposit_like_turnover() -> None:
    """Cash from the owner, and money of a customer on the private account."""
    findings = assert_flags_marked_lines(
        irregularities.owner_deposit_like_turnover,
        """
        2026-07-03  Einlage                     1000 / 2850  5'405.00  manual        <- H12
        2026-07-04  Rechnung 4711 Kunde Meier   1020 / 2850  1'081.00  other         <- H12
        2026-07-05  Einlage                     1020 / 2850  5'000.00  other
        2026-07-06  Wechselgeld                 1000 / 2850    200.00  manual
        2026-07-07  Darlehen gemäss Vertrag     1000 / 2450  9'000.00  manual
        2026-07-08  Bezug                       2850 / 1000  2'000.00  manual
        2026-07-09  Verkauf                     1000 / 3200  5'405.00  manual  UN81
        """,
    )
    assert {finding.amount: finding.vat_effect for finding in findings} == {
        Decimal("5405.00"): Decimal("405.00"),
        Decimal("1081.00"): Decimal("81.00"),
    }


def without_text(frames: dict[str, pl.DataFrame]) -> None:
    """Lines named x have no text."""
    for table in ("journal", "manual_entry_line"):
        frames[table] = frames[table].with_columns(
            description=pl.when(pl.col("description") == "x").then(None).otherwise(pl.col("description"))
        )


def test_manual_entry_without_text() -> None:
    """Neither text nor reference; one of them is enough."""
    (finding,) = assert_flags_marked_lines(
        irregularities.manual_entry_not_traceable,
        workdays(40, "manual")
        + """
        2026-07-03  x           4200 / 6500    500.00  manual             <- H13
        2026-07-04  x           4200 / 6500    400.00  manual   no=B-12
        2026-07-05  Umbuchung   4200 / 6500    300.00  manual
        2026-07-06  x           4200 / 6500     20.00  manual
        2026-07-07  x           4200 / 1020    700.00  other
        """,
        edit=without_text,
    )
    assert "neither text nor reference" in finding.text()


def test_entries_without_text_are_a_habit() -> None:
    """Where nobody writes texts there are other things to say than one entry."""
    text = "\n".join(f"2026-07-{n:02}  x  4200 / 6500  {300 + n}.00  manual" for n in range(1, 20))
    assert_flags_marked_lines(irregularities.manual_entry_not_traceable, text, edit=without_text)


LATE = """
2026-08-20  Einkauf        4200 / 2000  1'081.00  bill    VM81
2026-07-03  Nachtrag       4200 / 6500    500.00  manual              <- H13
2026-08-03  Nachtrag       4200 / 6500    600.00  manual
2026-09-03  Ware           4200 / 6500    700.00  manual
"""


def created(frames: dict[str, pl.DataFrame]) -> None:
    """Bills were entered on their day."""
    frames["bill"] = frames["bill"].with_columns(
        created_at=pl.col("bill_date").cast(pl.Datetime).dt.replace_time_zone("UTC").cast(
            frames["bill"].schema["created_at"]
        )
    )  # fmt: skip


def test_manual_entry_made_late() -> None:
    """An entry of early July whose rows come after a bill of late August; three weeks are in order."""
    (finding,) = assert_flags_marked_lines(
        irregularities.manual_entry_not_traceable, workdays(40, "manual") + LATE, edit=created
    )
    assert_flags_marked_lines(
        irregularities.manual_entry_not_traceable,
        workdays(40, "manual") + LATE.replace("<- H13", ""),
        edit=created,
        many_bookings=20,
    )
    assert finding.evidence["entered_after"] == date(2026, 8, 20)
    assert finding.evidence["days_late"] == (datetime(2026, 8, 20, tzinfo=UTC) - datetime(2026, 7, 3, tzinfo=UTC)).days


def test_quarter_entered_on_one_day() -> None:
    """Where all entries are made at the end, late is the rule."""
    text = "2026-09-30  Einkauf  4200 / 2000  1'081.00  bill  VM81\n" + "\n".join(
        f"2026-0{7 + n % 2}-{1 + n:02}  Buchung  4200 / 6500  {300 + n}.00  manual" for n in range(20)
    )
    assert_flags_marked_lines(irregularities.manual_entry_not_traceable, text, edit=created)


def test_amount_with_slipped_point() -> None:
    """Ten times or a tenth of what always comes; round amounts and amounts that came before are no slips."""
    findings = assert_flags_marked_lines(
        irregularities.amount_mistyped,
        """
        2026-04-03  Leasing     6260 / 2000    648.60  bill  VB81  contact=Leasing AG/CH
        2026-05-03  Leasing     6260 / 2000    648.60  bill  VB81  contact=Leasing AG/CH
        2026-06-03  Leasing     6260 / 2000    648.60  bill  VB81  contact=Leasing AG/CH
        2026-07-03  Leasing     6260 / 2000  6'486.00  bill  VB81  contact=Leasing AG/CH     <- H14
        2026-08-03  Leasing     6260 / 2000     64.86  bill  VB81  contact=Leasing AG/CH     <- H14
        2026-08-04  Leasing     6260 / 2000  6'486.00  bill  VB81  contact=Andere AG/CH
        2026-04-03  Material    4200 / 1020     50.00  manual
        2026-05-03  Material    4200 / 1020     50.00  manual
        2026-06-03  Material    4200 / 1020     50.00  manual
        2026-07-03  Material    4200 / 1020    500.00  manual
        """,
    )
    assert {finding.values["usual"] for finding in findings} == {Decimal("648.60")}


def test_swapped_digits() -> None:
    """Paid is the same number with two neighbouring digits exchanged."""
    (finding,) = assert_flags_marked_lines(
        irregularities.amount_mistyped,
        """
        2026-07-03  Verkauf   1100 / 3200  1'243.50  invoice  no=RE-1       <- H14
        2026-07-20  Zahlung   1020 / 1100  1'234.50  payment  no=RE-1
        2026-07-03  Verkauf   1100 / 3200  1'243.50  invoice  no=RE-2
        2026-07-20  Zahlung   1020 / 1100  1'000.00  payment  no=RE-2
        2026-07-03  Verkauf   1100 / 3200  1'243.50  invoice  no=RE-3
        2026-07-20  Zahlung   1020 / 1100  1'243.50  payment  no=RE-3
        2026-07-03  Verkauf   1100 / 3200    999.00  invoice  no=RE-4
        2026-07-20  Zahlung   1020 / 1100    499.00  payment  no=RE-4
        """,
    )
    assert (finding.amount, finding.values["usual"]) == (Decimal("1243.50"), Decimal("1234.50"))
