"""Family K, second part: tests of the journal against the habits of the mandate."""

from __future__ import annotations

import csv
import gzip
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, repeat
from math import log10
from pathlib import Path

import polars as pl
import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import irregularities, journal_habits
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text, frames_from_text, mandate_for_tests

HOLIDAYS = (date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6))
SUMMER_HOLIDAYS = (date(2026, 5, 1), date(2026, 5, 14), date(2026, 5, 25))


def past(
    count: int,
    kind: str,
    accounts: str,
    *,
    without: tuple[date, ...] = (*HOLIDAYS, *SUMMER_HOLIDAYS),
    until: date = date(2026, 6, 29),
) -> str:
    """Bookings of a kind on the working days up to a day, each with a text of its own."""
    days = (until - timedelta(days=n) for n in range(350))
    found = [day for day in days if day.isoweekday() <= 5 and day not in without][:count]
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "\n".join(
        f"{day}  Text {letters[place % 26]}{letters[place // 26]}  {accounts}  {500 + place}.35  {kind}"
        for place, day in enumerate(found)
    )


def test_rare_account_pair() -> None:
    """Two accounts in use whose groups never met; money, accruals, known pairs and unused accounts are ordinary."""
    text = "\n".join(
        [
            past(15, "manual", "6500 / 1020"),
            past(15, "manual", "4200 / 1020"),
            past(15, "manual", "6600 / 1020"),
            past(15, "manual", "6000 / 6500"),
            """
            2026-07-03  Korrektur        6500 / 4200  2'000.00  manual            <- K07
            2026-07-04  Korrektur        4200 / 6600    300.00  manual
            2026-07-05  Korrektur        6500 / 6000  2'000.00  manual
            2026-07-06  Korrektur        6600 / 1000  2'000.00  manual
            2026-07-07  Abgrenzung       4200 / 2300  2'000.00  manual
            2026-07-08  Lohn             5000 / 4200  2'000.00  manual
            2026-07-09  Rechnung         4200 / 2000  2'000.00  bill
            """,
        ]
    )
    assert_flags_marked_lines(journal_habits.rare_account_pair, text, min_lines=60)
    assert_flags_marked_lines(journal_habits.rare_account_pair, text.replace("<- K07", ""))


QUIET = """
2026-07-05  Zahlung Kunde          1020 / 1100    700.00  payment                                <- K08
2026-07-11  Barverkauf             1100 / 3200  1'081.00  invoice  UN81  contact=Kunde AG/CH
2026-07-06  Zahlung Kunde          1020 / 1100    800.00  payment
2026-07-12  Kleine Zahlung         1020 / 1100     20.00  payment
2026-07-12  Umbuchung              6500 / 6600    900.00  manual
2026-07-12  Ware                   4200 / 2000    900.00  bill
2026-05-31  Monatsende             1020 / 1100    900.00  payment
"""


def test_booking_on_quiet_weekday() -> None:
    """A payment on a Sunday, where payments come on working days; kinds with a few bookings have no habit."""
    text = past(110, "payment", "1020 / 1100") + "\n" + past(30, "other", "6500 / 1020")
    (finding,) = assert_flags_marked_lines(journal_habits.booking_on_quiet_weekday, text + QUIET)
    assert "Sunday" in finding.text()
    few = past(90, "payment", "1020 / 1100") + QUIET.replace("<- K08", "")
    assert_flags_marked_lines(journal_habits.booking_on_quiet_weekday, few)


def test_a_day_that_has_become_usual_is_not_quiet() -> None:
    """Four payments on Sundays of one quarter are a new habit."""
    sundays = "".join(f"\n2026-09-{day:02}  Zahlung  1020 / 1100  {700 + day}.00  payment" for day in (6, 13, 20, 27))
    assert_flags_marked_lines(journal_habits.booking_on_quiet_weekday, past(110, "payment", "1020 / 1100") + sundays)


def test_weekends_are_one_checks_business() -> None:
    """H05 asks about manual entries, K08 about all others, K09 about holidays on working days."""
    text = "\n".join(
        past(110, kind, accounts, until=date(2026, 9, 29))
        for kind, accounts in (("payment", "1020 / 1100"), ("manual", "6500 / 1020"))
    )
    days = """
        2026-12-25  Zahlung      1020 / 1100    700.00  payment     <- K09
        2026-12-25  Umbuchung    6500 / 6600    710.00  manual      <- K09
        2026-12-26  Zahlung      1020 / 1100    720.00  payment     <- K08
        2026-12-26  Umbuchung    6500 / 6600    730.00  manual      <- H05
        2026-12-24  Zahlung      1020 / 1100    740.00  payment
    """
    for check in (
        irregularities.manual_entry_on_weekend,
        journal_habits.booking_on_quiet_weekday,
        journal_habits.booking_on_public_holiday,
    ):
        assert_flags_marked_lines(check, text + days, period="2026-Q4")


def test_who_works_on_holidays_is_not_asked() -> None:
    """A habit of working on holidays, and a mandate without canton."""
    working = past(140, "payment", "1020 / 1100", without=())
    day = "\n2026-08-01  Zahlung   1020 / 1100   700.00  payment\n2026-05-14  Zahlung  1020 / 1100  900.00  payment"
    assert_flags_marked_lines(journal_habits.booking_on_public_holiday, working + day, period="2026-Q2")


def benford_amounts(count: int) -> list[Decimal]:
    """Amounts of a geometric series between 10 and 1'000: its digits keep to the law."""
    return [Decimal(f"{10 ** (1 + 2 * n / count):.2f}") for n in range(count)]


def digits_of(amounts: list[Decimal]) -> Books:
    """Books in which every amount is one row of the journal of 2026-Q3."""
    frames = frames_from_text("2026-07-01  Verkauf  1020 / 3200  1.00  other")
    row = frames["journal"].drop("id", "sequence", "amount", "base_amount")
    money = pl.Series("amount", amounts, dtype=pl.Decimal(18, 2)).to_frame().with_row_index("id", offset=1)
    table = money.with_columns(sequence="id", base_amount="amount").join(row, how="cross")
    frames["journal"] = table.select(frames["journal"].columns).cast(TABLES["journal"].empty().schema)
    return Books.from_frames(frames, mandate_for_tests())


def measured(books: Books) -> tuple[int, Decimal, str]:
    """Amounts tested, mean absolute deviation and class of conformity."""
    (row,) = books.sql("select distinct tested, mad, conformity from digit_test where period_id = '2026-Q3'").rows()
    return row


@pytest.mark.shared
def test_first_two_digits_of_nigrinis_journal(shared_data: Path) -> None:
    """The published figures of 154,935 real journal amounts: n from 10.00, deviation, and the digits that stand out."""
    path = shared_data / "journals" / "nigrini" / "journal.entry.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        amounts = [Decimal(row["Amount"]).quantize(Decimal("0.01"), ROUND_HALF_UP) for row in csv.DictReader(file)]
    with digits_of(amounts) as books:
        assert measured(books) == (113_249, Decimal("0.001305"), "acceptable")
        largest = books.sql("select digits from digit_test where period_id = '2026-Q3' order by z desc limit 2")
        assert largest["digits"].to_list() == [15, 90]
        assert journal_habits.digits_against_benford(books).is_empty()


def test_digits_that_keep_to_the_law() -> None:
    """A geometric series conforms closely; its expected numbers are those of the law."""
    with digits_of(benford_amounts(20_000)) as books:
        tested, mad, conformity = measured(books)
        assert (tested, conformity) == (20_000, "close")
        assert mad < Decimal("0.0001")
        expected = books.sql("select digits, expected from digit_test where period_id = '2026-Q3' order by digits")
    for digits, number in expected.rows():
        assert abs(float(number) - 20_000 * log10(1 + 1 / digits)) <= 0.05 + 1e-9


def test_deviation_by_hand() -> None:
    """Two amounts with the digits 10 and one with 99, computed from the definition."""
    with digits_of(
        [Decimal("10.00"), Decimal("109.90"), Decimal("99.99"), Decimal("9.99"), Decimal("-50.00")]
    ) as books:
        tested, mad, _ = measured(books)
        z = books.sql("select z from digit_test where period_id = '2026-Q3' and digits = 10").item()
    shares = {10: 2 / 3, 99: 1 / 3}
    law = {d: log10(1 + 1 / d) for d in range(10, 100)}
    assert tested == 3
    assert abs(float(mad) - sum(abs(shares.get(d, 0) - p) for d, p in law.items()) / 90) < 1e-6
    assert abs(float(z) - (2 / 3 - law[10] - 1 / 6) / (law[10] * (1 - law[10]) / 3) ** 0.5) < 0.006


def digits_finding(amounts: list[Decimal]) -> pl.DataFrame:
    from bexio_analytics.periods import VatPeriod  # noqa: PLC0415 - only here
    from bexio_analytics.review import set_period  # noqa: PLC0415

    with digits_of(amounts) as books:
        set_period(books, VatPeriod.parse("2026-Q3"))
        return journal_habits.digits_against_benford(books)


def test_digits_against_benford() -> None:
    """One finding for the period, with the digits that are too frequent; silent on conforming and on few amounts."""
    invented = [Decimal(f"{48 + n % 2}{n % 10}.50") for n in range(400)]
    (row,) = digits_finding(benford_amounts(1_500) + invented).rows(named=True)
    assert row["tested"] == 1_900
    assert sorted(digits[:4] for digits in row["digits"].split(", ")) == ["48 (", "49 ("]
    assert row["mad"] - row["chance_mad"] > row["limit"]
    assert digits_finding(benford_amounts(1_500)).is_empty()
    assert digits_finding(benford_amounts(500) + invented).is_empty()


def test_chance_alone_is_no_finding() -> None:
    """A thousand amounts drawn by chance exceed Nigrini's limit nearly always, and are never found."""
    states = list(accumulate(repeat(0, 1_000), lambda state, _: (state * 1_103_515_245 + 12_345) % 2**31, initial=7))
    drawn = [Decimal(f"{10 ** (1 + 3 * state / 2**31):.2f}") for state in states[1:]]
    with digits_of(drawn) as books:
        assert measured(books)[2] == "none"
    assert digits_finding(drawn).is_empty()


def test_same_amount_on_many_accounts() -> None:
    """One odd amount on four accounts; round ones, prices, series and documents are ordinary."""
    text = (
        past(40, "manual", "6500 / 1020").replace("2026-06", "2026-07")
        + """
        2026-07-03  Porto                6510 / 1020    187.35  manual
        2026-07-10  Werbung              6600 / 1020    187.35  manual
        2026-08-03  Material             4200 / 1020    187.35  manual
        2026-09-03  Spesen               6640 / 1020    187.35  manual          <- K11
        2026-07-03  Porto                6510 / 1020    200.00  manual
        2026-07-10  Werbung              6600 / 1020    200.00  manual
        2026-08-03  Material             4200 / 1020    200.00  manual
        2026-09-03  Spesen               6640 / 1020    200.00  manual
        2026-07-03  Porto                6510 / 1020    540.50  manual
        2026-07-10  Werbung              6600 / 1020    540.50  manual
        2026-08-03  Material             4200 / 1020    540.50  manual
        2026-09-03  Spesen               6640 / 1020    540.50  manual
        2026-07-03  Abo 1                6510 / 1020    133.35  manual
        2026-07-10  Abo 2                6510 / 1020    133.35  manual
        2026-08-03  Abo 3                6510 / 1020    133.35  manual
        2026-09-03  Abo 4                6510 / 1020    133.35  manual
    """
    )
    (finding,) = assert_flags_marked_lines(journal_habits.same_amount_on_many_accounts, text, min_lines=20)
    assert (finding.evidence["times"], finding.evidence["accounts"]) == (4, 4)
    assert_flags_marked_lines(journal_habits.same_amount_on_many_accounts, text.replace("<- K11", ""))


def users(frames: dict[str, pl.DataFrame]) -> None:
    """Regula keeps the books; texts name who else made an entry: Daniel the accountant, Nina, Otto."""
    people = ((1, "Regula", False), (2, "Daniel", True), (3, "Nina", False), (4, "Otto", False))
    user = pl.DataFrame(
        [{"id": i, "firstname": name, "lastname": "Muster", "is_accountant": acc} for i, name, acc in people]
    )
    schema = dict(frames["user"].schema)
    frames["user"] = user.select(
        *((pl.col(n) if n in user.columns else pl.lit(None)).cast(t).alias(n) for n, t in schema.items())
    )
    texts = frames["manual_entry_line"].select("manual_entry_id", "description").unique("manual_entry_id")
    entry = frames["manual_entry"].join(texts, left_on="id", right_on="manual_entry_id", how="left")
    made = pl.col("description").replace_strict({"Daniel": 2, "Nina": 3, "Otto": 4}, default=1, return_dtype=pl.Int64)
    changed = pl.when(pl.col("description") == "Nachher").then(3).otherwise(made)
    frames["manual_entry"] = entry.with_columns(created_by_user_id=made, edited_by_user_id=changed).select(
        frames["manual_entry"].columns
    ).cast(frames["manual_entry"].schema)  # fmt: skip


def test_entry_by_unusual_user() -> None:
    """Two entries of somebody who makes none else, made or changed; the accountant and a new colleague are usual."""
    text = (
        past(100, "manual", "6500 / 1020")
        + """
        2026-07-03  Nina      6500 / 6600    500.00  manual         <- K12
        2026-07-04  Nachher   6500 / 6600    600.00  manual         <- K12
        2026-07-05  Daniel    6500 / 6600    700.00  manual
        2026-07-06  Otto      6500 / 6600    701.00  manual
        2026-07-07  Otto      6500 / 6600    702.00  manual
        2026-07-08  Otto      6500 / 6600    703.00  manual
        2026-07-09  Otto      6500 / 6600    704.00  manual
        2026-07-10  Selbst    6500 / 6600    705.00  manual
    """
    )
    findings = assert_flags_marked_lines(journal_habits.entry_by_unusual_user, text, edit=users)
    assert {finding.values["user"] for finding in findings} == {"Nina Muster"}
    few = past(30, "manual", "6500 / 1020") + "\n2026-07-03  Nina  6500 / 6600  500.00  manual"
    assert_flags_marked_lines(journal_habits.entry_by_unusual_user, few, edit=users)


def test_calendar_of_a_booking() -> None:
    """Weekday, holiday of the canton on a working day, and dates that follow a rule."""
    with books_from_text(
        """
        2026-05-14  Auffahrt     6500 / 1020  100.00  manual
        2026-08-01  Bundesfeier  6500 / 1020  100.00  manual
        2026-08-31  Monatsende   6500 / 1020  100.00  manual
        2026-07-12  Kasse 7      1000 / 3200  100.00  manual
        2026-08-12  Kasse 8      1000 / 3200  100.00  manual
        2026-09-12  Kasse 9      1000 / 3200  100.00  manual
        2026-09-13  Bill         6500 / 2000  100.00  bill
        """
    ) as books:
        rows = books.sql("select booked_on, weekday, holiday, is_regular from booking_day order by booked_on").rows()
    assert rows == [
        (date(2026, 5, 14), "Thursday", "Auffahrt", False),
        (date(2026, 7, 12), "Sunday", None, True),
        (date(2026, 8, 1), "Saturday", None, True),
        (date(2026, 8, 12), "Wednesday", None, True),
        (date(2026, 8, 31), "Monday", None, True),
        (date(2026, 9, 12), "Saturday", None, True),
    ]
