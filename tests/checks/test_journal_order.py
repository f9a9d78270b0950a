"""The order of rows never matters to the checks of documents and of the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from bexio_analytics.checks import documents, irregularities, journal, journal_habits
from bexio_analytics.review import CheckSet
from bexio_analytics.testing import frames_from_text
from bexio_analytics.testing.conformance import assert_deterministic
from tests.checks.test_documents import BILLS, NEW, OLD_INVOICES, invoices, pending, with_files
from tests.checks.test_irregularities import LATE, created
from tests.checks.test_journal import TWO_NAMES, references
from tests.checks.test_journal_habits import QUIET, past, users

CHECKS = CheckSet.from_modules(documents, irregularities, journal, journal_habits)
MANUAL = past(110, "manual", "6500 / 1020")
PAYMENTS = past(110, "payment", "1020 / 1100")


def many(count: int, amount: Callable[[int], str]) -> str:
    """Bank bookings of the quarter, several a day."""
    return "\n".join(
        f"{date(2026, 7, 1) + timedelta(days=n % 90)}  Text {n}  6500 / 1020  {amount(n)}  other" for n in range(count)
    )


TWICE = "\n".join(
    f"2026-07-03  Beratung {name}  1100 / 3400  1'081.00  invoice  UN81  contact=Kunde {name}/CH  no=RE-{name}{n}"
    for name in "AB"
    for n in (1, 2, 3)
)
SLIPS = "\n".join(
    f"2026-0{month}-03  Leasing  6260 / 2000  {amount}  bill  VB81  contact={name} AG/CH"
    for name, usual, slip in (("Nord", "648.60", "64.86"), ("Süd", "324.30", "3'243.00"))
    for month, amount in ((4, usual), (5, usual), (6, usual), (7, slip))
)
REVERSED = "\n".join(
    f"2026-09-28  Verkauf  1100 / 3200  5'000.00  manual\n2026-10-0{n}  Storno  3200 / 1100  5'000.00  manual"
    for n in (1, 2)
)
BELOW = "\n".join(
    f"2026-07-0{day}  Inserat  6600 / 2000  {960 + day}.00  bill  VB81  contact=Atelier {name}/CH"
    for name in "AB"
    for day in (5, 6, 7)
)
PAIRS = "\n".join(
    past(240, "manual", accounts)
    for accounts in ("6500 / 1020", "4200 / 1020", "6600 / 1020", "6000 / 1020", "6510 / 1020")
)
DAYS = "\n2026-12-25  Zahlung  1020 / 1100  700.00  payment\n2026-12-25  Zahlung  1020 / 1100  800.00  payment"
CASES: dict[str, tuple[str, Callable[[dict[str, pl.DataFrame]], None] | None, str]] = {
    "H02": (TWICE, None, "2026-Q3"),
    "H04": (
        "2026-07-03  Akonto  6600 / 1020  2'500.00  manual\n" + many(60, lambda n: f"{300 + n}.35"),
        None,
        "2026-Q3",
    ),
    "H05": (
        MANUAL + "\n2026-07-04  A  6500 / 6600  324.30  manual\n2026-07-05  B  6500 / 6600  330.00  manual",
        None,
        "2026-Q3",
    ),
    "H06": (invoices([n for n in range(1, 61) if n not in (30, 41)]), None, "2026-Q3"),
    "H07": (BILLS + NEW, with_files, "2026-Q3"),
    "H08": (OLD_INVOICES, None, "2026-Q3"),
    "H09": ("2025-06-20  Ware  4200 / 2000  1'081.00  bill  VM81\n" * 2, pending, "2026-Q3"),
    "H12": ("2026-07-03  Einlage  1000 / 2850  5'405.00  manual\n" * 2, None, "2026-Q3"),
    "H13": (MANUAL + LATE, created, "2026-Q3"),
    "H14": (SLIPS, None, "2026-Q3"),
    "K01": (TWO_NAMES, None, "2026-Q3"),
    "K02": (references([n for n in range(1, 51) if n not in (20, 33)]), None, "2026-Q3"),
    "K03": (REVERSED, None, "2026-Q3"),
    "K04": (BELOW, None, "2026-Q3"),
    "K05": ("2026-07-03  Provision 07.2025  6600 / 1020  500.00  manual\n" * 2, None, "2026-Q3"),
    "K06": (
        "2024-06-03  A  6530 / 1020  500.00  other\n" + "2026-07-03  B  6530 / 1020  700.00  other\n" * 2,
        None,
        "2026-Q3",
    ),
    "K07": (PAIRS + "\n2026-07-03  Korrektur  6500 / 4200  2'000.00  manual" * 2, None, "2026-Q3"),
    "K08": (PAYMENTS + QUIET, None, "2026-Q3"),
    "K09": (past(110, "payment", "1020 / 1100", until=date(2026, 9, 29)) + DAYS, None, "2026-Q4"),
    "K10": (many(1_100, lambda n: f"48{n % 10}.{n % 90 + 10}"), None, "2026-Q3"),
    "K11": (
        many(300, lambda n: f"{300 + n}.35")
        + "".join(f"\n2026-07-0{n}  {'ABCD'[n - 1]}  65{n}0 / 1020  187.35  manual" for n in range(1, 5)),
        None,
        "2026-Q3",
    ),
    "K12": (
        MANUAL + "\n2026-07-03  Nina  6500 / 6600  500.00  manual\n2026-07-04  Nachher  6500 / 6600  600.00  manual",
        users,
        "2026-Q3",
    ),
    "K18": (
        "\n".join(f"2026-08-{n:02}  Auftrag {n}  6500 / 1020  99{n * 7:02}.00  manual" for n in range(1, 10)),
        None,
        "2026-Q3",
    ),
}


@pytest.mark.parametrize("code", list(CHECKS))
def test_is_deterministic(code: str) -> None:
    """Shuffling every table changes neither a finding nor its place nor its id."""
    text, edit, period = CASES[code]
    frames = frames_from_text(text)
    if edit is not None:
        edit(frames)
    assert_deterministic(CHECKS[code], frames, period=period)
