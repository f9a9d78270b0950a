"""Family K: tests of the journal, entry by entry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bexio_analytics.checks import integrity, journal
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text

TWO_NAMES = """
    2026-07-03  Notebook       6570 / 2000  1'081.00  bill     VB81  contact=Digitec Galaxus AG/CH   no=R-4711
    2026-07-06  Notebook       6570 / 1020  1'081.00  expense  VB81  contact=Digitec Galaxus/CH                  <- K01
    2026-07-03  Beratung       6530 / 2000    540.50  bill     VB81  contact=Kanzlei Meier/CH        no=2026-77
    2026-08-20  Beratung       6530 / 2000    540.50  bill     VB81  contact=Advokatur/CH            no=2026/77  <- K01
    2026-07-08  Depotgebühr    6940 / 1020    237.80  manual   no=DG-2026-07
    2026-07-09  Depot          6940 / 1020    237.80  manual   no=DG-2026-07
    2026-07-10  Papier         6500 / 2000    216.20  bill     VB81  contact=Papier AG/CH            no=881
    2026-07-11  Toner          6500 / 1020    216.20  expense  VB81  contact=Tinte GmbH/CH
    2026-07-10  Werbung        6600 / 2000    756.70  bill     VB81  contact=Agentur Nord AG/CH      no=100
    2026-07-12  Werbung        6600 / 2000    756.70  bill     VB81  contact=Agentur Nord GmbH/CH    no=200
    2026-07-10  Reparatur      6100 / 2000    324.30  bill     VB81  contact=Schreiner AG/CH         no=9
    2026-07-30  Reparatur      6100 / 1020    324.30  expense  VB81  contact=Schreiner/CH
    2026-07-10  Kurs           5810 / 2000    648.60  bill     VB81  contact=Akademie AG/CH          no=55
    2026-07-12  Kurs           5810 / 1020    648.60  expense  VB81  contact=Akademie/CH
    2026-07-20  Kurs storno    5810 / 1020   -648.60  expense  VB81  contact=Akademie/CH
"""


def test_purchase_under_two_names() -> None:
    """A bill and a card payment, and one number at two suppliers; chance, two numbers, distance and reversal."""
    findings = assert_flags_marked_lines(journal.purchase_under_two_names, TWO_NAMES)
    assert {finding.vat_effect for finding in findings} == {Decimal("81.00"), Decimal("40.50")}
    assert {finding.values["reason"] for finding in findings} == {
        "nearly the same name",
        "same number under another name",
    }


def test_duplicates_of_one_supplier_are_another_check() -> None:
    """H01 and K01 never speak of the same booking."""
    assert_flags_marked_lines(integrity.purchase_booked_twice, TWO_NAMES.replace("<- K01", ""))
    same = """
        2026-07-03  Büromöbel  6500 / 2000  540.50  bill  VB81  contact=Möbel AG/CH  no=R-4711
        2026-07-20  Büromöbel  6500 / 2000  540.50  bill  VB81  contact=Möbel AG/CH  no=R 4711   <- H01
    """
    assert_flags_marked_lines(journal.purchase_under_two_names, same.replace("<- H01", ""))


def test_amount_that_everybody_charges() -> None:
    """What costs the same everywhere says nothing about two names."""
    text = "\n".join(
        f"2026-07-{n:02}  Gebühr  6360 / 1020  80.00  expense  contact=Gemeinde {'abcdefghijklmnopqrstuvwxyz'[n]}/CH"
        for n in range(1, 24)
    )
    assert_flags_marked_lines(journal.purchase_under_two_names, text)
    few = "\n".join(text.splitlines()[:2])
    assert_flags_marked_lines(journal.purchase_under_two_names, few + "  <- K01")


def references(numbers: list[int], marked: int | None = None, series: str = "B-") -> str:
    """One manual entry a reference number."""
    return "\n".join(
        f"2026-{7 + place // 28:02}-{1 + place % 28:02}  Umbuchung {number}  4200 / 6500  {300 + number}.00  manual  "
        f"no={series}{number:03}{'  <- K02' if number == marked else ''}"
        for place, number in enumerate(numbers)
    )


def test_manual_reference_missing() -> None:
    """Gaps in a series without others; not in references by event, nor at the jump to a new range."""
    (finding,) = assert_flags_marked_lines(
        journal.manual_reference_missing,
        references([n for n in range(1, 51) if n not in (20, 33)], 21)
        + "\n"
        + references([100, 104, 109, 120, 131], series="X-"),
    )
    assert finding.values["numbers"] == "20, 33"
    assert_flags_marked_lines(journal.manual_reference_missing, references([*range(1, 31), *range(500, 520)]))
    assert_flags_marked_lines(journal.manual_reference_missing, references([1, 2, 4, 5]))
    assert_flags_marked_lines(journal.manual_reference_missing, references(list(range(1, 60, 2))))


def test_booking_reversed_after_period() -> None:
    """A sale and a cost that exist over the end of the quarter only, by the opposite booking or a negative one."""
    findings = assert_flags_marked_lines(
        journal.booking_reversed_after_period,
        """
        2026-09-28  Sonderverkauf        1100 / 3200  10'810.00  manual       UN81  side=credit              <- K03
        2026-10-05  Storno               3200 / 1100  10'810.00  manual       UN81  side=debit
        2026-09-29  Verkauf              1100 / 3200   5'405.00  invoice      UN81  contact=Kunde/CH  no=RE-1  <- K03
        2026-10-02  Gutschrift           3200 / 1100   5'405.00  credit_note  UN81  for=RE-1
        2026-09-30  Lager                4200 / 6500   2'000.00  manual                                      <- K03
        2026-10-01  Lager                4200 / 6500  -2'000.00  manual
        2026-09-30  Abgrenzung           6000 / 2300   4'000.00  manual
        2026-10-01  Auflösung            2300 / 6000   4'000.00  manual
        2026-09-30  Angefangene Arbeit   1280 / 3940   3'000.00  manual
        2026-10-01  Auflösung            3940 / 1280   3'000.00  manual
        2026-09-01  Früh                 6600 / 6500   6'000.00  manual
        2026-10-01  Früh zurück          6500 / 6600   6'000.00  manual
        2026-09-25  Klein                6600 / 6500     200.00  manual
        2026-10-01  Klein zurück         6500 / 6600     200.00  manual
        2026-09-20  Im Quartal           6600 / 6500   7'000.00  manual
        2026-09-28  Im Quartal zurück    6500 / 6600   7'000.00  manual
        2026-09-29  Einzahlung           1020 / 1000   8'000.00  other
        2026-10-02  Bezug                1000 / 1020   8'000.00  other
        """,
    )
    assert {finding.evidence["reversed_on"] for finding in findings} == {
        date(2026, 10, 5),
        date(2026, 10, 2),
        date(2026, 10, 1),
    }


def test_one_reversal_takes_back_one_booking() -> None:
    """Of two equal sales one is reversed: one finding."""
    assert_flags_marked_lines(
        journal.booking_reversed_after_period,
        """
        2026-09-27  Verkauf   1100 / 3200  5'000.00  manual      <- K03
        2026-09-28  Verkauf   1100 / 3200  5'000.00  manual
        2026-10-05  Storno    3200 / 1100  5'000.00  manual
        """,
    )


def test_purchases_just_below_limit() -> None:
    """The third purchase of a supplier just below 1'000; series, others far below and above are not meant."""
    (finding,) = assert_flags_marked_lines(
        journal.purchases_just_below_limit,
        """
        2026-06-25  Inserat      6600 / 2000    972.90  bill  VB81  contact=Atelier/CH     no=1
        2026-07-10  Inserat      6600 / 2000    983.70  bill  VB81  contact=Atelier/CH     no=2
        2026-07-20  Inserat      6600 / 2000    994.50  bill  VB81  contact=Atelier/CH     no=3    <- K04
        2026-07-25  Inserat      6600 / 2000    400.00  bill  VB81  contact=Atelier/CH     no=4
        2026-07-01  Pacht        6000 / 2000    990.00  bill        contact=Immo/CH        no=5
        2026-08-01  Pacht        6000 / 2000    990.00  bill        contact=Immo/CH        no=6
        2026-09-01  Pacht        6000 / 2000    990.00  bill        contact=Immo/CH        no=7
        2026-07-02  Material     4200 / 2000    981.00  bill  VM81  contact=Handel/CH      no=8
        2026-07-03  Material     4200 / 2000    982.00  bill  VM81  contact=Handel/CH      no=9
        2026-07-04  Material     4200 / 2000  1'010.00  bill  VM81  contact=Handel/CH      no=10
        2026-07-05  Material     4200 / 2000  1'020.00  bill  VM81  contact=Handel/CH      no=11
        2026-07-06  Material     4200 / 2000  1'030.00  bill  VM81  contact=Handel/CH      no=12
        2026-07-07  Material     4200 / 2000    983.00  bill  VM81  contact=Handel/CH      no=13
        2026-05-07  Transport    4270 / 2000    961.00  bill  VM81  contact=Spedition/CH   no=14
        2026-07-07  Transport    4270 / 2000    962.00  bill  VM81  contact=Spedition/CH   no=15
        2026-09-08  Transport    4270 / 2000    963.00  bill  VM81  contact=Spedition/CH   no=16
        """,
    )
    assert (finding.evidence["times"], finding.amount) == (3, Decimal("994.50"))


def test_limits_are_the_mandates() -> None:
    """Other limits find other amounts."""
    text = """
        2026-07-05  Inserat   6600 / 2000  1'950.00  bill  VB81  contact=Atelier/CH  no=1
        2026-07-10  Inserat   6600 / 2000  1'960.00  bill  VB81  contact=Atelier/CH  no=2
        2026-07-20  Inserat   6600 / 2000  1'970.00  bill  VB81  contact=Atelier/CH  no=3   <- K04
    """
    assert_flags_marked_lines(journal.purchases_just_below_limit, text, limits="2000")
    assert_flags_marked_lines(journal.purchases_just_below_limit, text.replace("<- K04", ""))


def test_text_names_another_period() -> None:
    """A year too early in the text, by number or name; neighbours, ranges, payments and accruals are in order."""
    findings = assert_flags_marked_lines(
        journal.text_names_another_period,
        """
        2026-07-03  Provision 07.2025                  6600 / 1020    500.00  manual               <- K05
        2026-07-04  Honorar Juli 2025                  6530 / 2000    600.00  bill                 <- K05
        2026-07-05  Loyer août 2027                    6000 / 1020    700.00  other                <- K05
        2026-07-06  Buchführung 06/2026                6530 / 2000    800.00  bill
        2026-07-07  Versicherung Januar 2026           6300 / 2000    900.00  bill
        2026-07-08  Wartung 01.07.2025-31.12.2025      6100 / 2000    400.00  bill
        2026-07-09  Nachtrag 03.2025 und 04.2025       6100 / 2000    300.00  bill
        2026-07-10  Rechnung vom 15.03.2025            6100 / 2000    310.00  bill
        2026-07-11  Auflösung Abgrenzung 12.2025       2300 / 6000    320.00  manual
        2026-07-12  Gebühr 03.2025                     6360 / 1020     20.00  manual
        2026-07-13  Artikel 12.2025.07                 6100 / 2000    330.00  bill
        2026-07-14  Verkauf 03.2025                    1100 / 3200    900.00  invoice  no=RE-1     <- K05
        2026-07-15  Zahlung 03.2025                    1020 / 1100    900.00  payment  no=RE-1
        """,
        max_share=Decimal("0.90"),
    )
    months = {finding.values["stated_month"]: finding.evidence["months_apart"] for finding in findings}
    assert months == {"07.2025": 12, "08.2027": 13, "03.2025": 16}


def test_period_named_in_so_many_words() -> None:
    """An entry that says which period it belongs to; a bill says so of its supply."""
    assert_flags_marked_lines(
        journal.text_names_another_period,
        """
        2026-07-29  Umbuchung, Periode 08.2026   6500 / 6600    500.00  manual      <- K05
        2026-07-29  Umbuchung, Periode 07.2026   6500 / 6600    510.00  manual
        2026-07-29  Umbuchung 06.2026            6500 / 6600    520.00  manual
        2026-07-29  Strom, Periode 06.2026       6400 / 2000    530.00  bill
        """,
    )


def test_month_of_a_series() -> None:
    """Eleven rents name the month they are booked in, the twelfth the one before; bills without a habit may."""
    rents = "\n".join(f"2026-{n:02}-03  Miete {n:02}.2026  6000 / 1020  900.00  other" for n in range(1, 10))
    earlier = "\n".join(f"2025-{n:02}-03  Miete {n:02}.2025  6000 / 1020  900.00  other" for n in (10, 11, 12))
    bills = "\n".join(
        f"2026-0{n}-20  Strom 0{n - n % 3}.2026  6400 / 2000  400.00  bill  contact=Werk/CH" for n in range(3, 10)
    )
    text = f"{earlier}\n{rents}\n{bills}"
    text = text.replace(
        "Miete 08.2026  6000 / 1020  900.00  other", "Miete 07.2026  6000 / 1020  900.00  other  <- K05"
    )
    assert_flags_marked_lines(journal.text_names_another_period, text)


def test_far_months_that_mean_something_else() -> None:
    """Where texts name far months all the time, no single one is wrong."""
    text = "\n".join(f"2026-07-{n:02}  Serie 03.2024  6100 / 2000  {300 + n}.00  bill" for n in range(1, 9))
    assert_flags_marked_lines(journal.text_names_another_period, text)


def test_months_in_four_languages() -> None:
    """Every month by number and by name."""
    names = (
        ("Januar", "janvier", "gennaio", "January"),
        ("Februar", "février", "febbraio", "February"),
        ("März", "mars", "marzo", "March"),
        ("April", "avril", "aprile", "April"),
        ("Mai", "mai", "maggio", "May"),
        ("Juni", "juin", "giugno", "June"),
        ("Juli", "juillet", "luglio", "July"),
        ("August", "août", "agosto", "August"),
        ("September", "septembre", "settembre", "September"),
        ("Oktober", "octobre", "ottobre", "October"),
        ("November", "novembre", "novembre", "November"),
        ("Dezember", "décembre", "dicembre", "December"),
    )
    texts = [(name, month) for month, row in enumerate(names, 1) for name in (*row, row[0][:3])]
    text = "\n".join(
        f"2026-07-03  Miete {name} 2026  6000 / 1020  {100 + n}.00  manual" for n, (name, _) in enumerate(texts)
    )
    with books_from_text(text) as books:
        rows = books.sql(
            "select cast(amount as bigint) - 100, month(stated_on) "
            "from stated_month join journal_line using (line_id) order by 1"
        ).rows()
    assert rows == [(n, month) for n, (_, month) in enumerate(texts)]


def test_amounts_gather_below_limit() -> None:
    """Nine different whole amounts under 10'000 where hardly any lie beside; a price that comes often is one amount."""
    below = [f"2026-08-{n:02}  Auftrag {n}  6500 / 1020  99{n * 7:02}.00  manual      <- K18" for n in range(1, 10)]
    beside = [
        "2026-08-15  Maschine     6500 / 1020   9700.00  manual",
        "2026-08-16  Messe        6600 / 1020  10100.00  manual",
        "2026-08-17  Werkzeug     6500 / 1020   9901.35  manual",
        "2026-08-18  Limite       6500 / 1020  10000.00  manual",
    ]
    (first, *_rest) = assert_flags_marked_lines(journal.amounts_gather_below_limit, "\n".join([*below, *beside]))
    assert (first.values["amounts"], first.values["usual"]) == (9, Decimal("0.5"))
    prices = [f"2026-08-{n:02}  Verkauf {n}  1020 / 3200  990.00  other" for n in range(1, 20)]
    assert_flags_marked_lines(journal.amounts_gather_below_limit, "\n".join(prices))


def test_amounts_of_every_size_gather_nowhere() -> None:
    """As many whole amounts above the limit as below it."""
    text = "\n".join(
        f"2026-08-{n % 28 + 1:02}  Auftrag {n}  6500 / 1020  {9400 + 25 * n}.00  manual" for n in range(40)
    )
    assert_flags_marked_lines(journal.amounts_gather_below_limit, text)


def test_dormant_account_moves() -> None:
    """After a year and a half of rest, or of nothing but balances carried forward; yearly accounts and new ones not."""
    findings = assert_flags_marked_lines(
        journal.dormant_account_moves,
        """
        2024-01-01  Saldovortrag      1060 / 9100  12'000.00  opening
        2025-01-01  Saldovortrag      1060 / 9100  12'000.00  opening
        2026-01-01  Saldovortrag      1060 / 9100  12'000.00  opening
        2026-08-03  Verkauf Aktien    1020 / 1060   2'400.00  manual            <- K06
        2024-06-03  Beratung          6530 / 1020     500.00  other
        2026-07-03  Beratung          6530 / 1020     700.00  other             <- K06
        2026-07-20  Beratung          6530 / 1020     800.00  other
        2025-07-01  Verbandsbeitrag   6550 / 1020     300.00  other
        2026-07-02  Verbandsbeitrag   6550 / 1020     300.00  other
        2026-07-04  Neues Konto       6560 / 1020     300.00  other
        2024-01-01  Saldovortrag      1500 / 9100  42'000.00  opening
        2026-07-05  Verkauf Maschine  1020 / 1500     500.00  manual  UN81  side=credit
        2024-06-03  Kurs              5810 / 1020     500.00  other
        2026-07-06  Kurs              5810 / 1020      20.00  other
        2026-06-03  Bank              1020 / 1000     500.00  other
        """,
    )
    assert {finding.values["account_no"]: finding.values["days"] for finding in findings} == {"1060": 945, "6530": 760}
