"""What recurs every month without a document of its own: payroll, bank bookings, the till and regular manual entries.

Payroll and bank bookings are journal rows without any reference; the clearing accounts 1090 and 1091 return to zero
within the month.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row
from bexio_analytics.simulator.company.formats import ZERO, cents, dec, five, month_end, working_day
from bexio_analytics.simulator.company.manual import Leg, ManualDesk
from bexio_analytics.simulator.company.places import rate_on

TILL_FLOAT = dec("500.00")
_TILL_MINIMUM = dec(100)
_TILL_REFILL = dec(500)
_CAR_SHARE = dec("350.00")
_NOVEMBER = 11
_CARD = (
    ("6500", "VB81", "Büromaterial Kreditkarte"),
    ("6700", "VB81", "Kleinanschaffungen Kreditkarte"),
    ("6503", "VB26", "Fachzeitschrift Kreditkarte"),
)


def pay_wages(keeper: Bookkeeper, manual: ManualDesk, year: int, month: int, scale: int) -> None:
    """Wages on the 25th: gross pay and deductions over 1091, net pay, contributions, and the car's private share."""
    day = date(year, month, 25)
    day -= timedelta(days=max(0, day.weekday() - 4))
    label = f"{month:02d}.{year}"
    gross = dec("15800.00") * scale * (2 if month == _NOVEMBER else 1)
    social = cents(gross * dec("0.0640"))
    pension = cents(gross * dec("0.0550"))
    manual.enter(
        day,
        [Leg("1091", "3690", _CAR_SHARE, f"Privatanteil Fahrzeug {label}", "UN81", is_coded_on_credit=True)],
        f"PA-{year}-{month:02d}",
    )
    keeper.book(
        day,
        [
            Row("5000", "1091", gross, f"Bruttolöhne {label}"),
            Row("1091", "2270", social, f"Abzüge AHV/ALV {label}"),
            Row("1091", "2271", pension, f"Abzüge Pensionskasse {label}"),
            Row("1091", "1020", gross - social - pension - _CAR_SHARE, f"Auszahlung Löhne {label}"),
            Row("5700", "2270", social, f"Arbeitgeberbeiträge AHV/ALV {label}"),
            Row("5720", "2271", pension, f"Arbeitgeberbeiträge Pensionskasse {label}"),
            Row("5830", "1020", dec("200.00"), f"Pauschalspesen {label}"),
        ],
    )


def bank_bookings(keeper: Bookkeeper, rng: random.Random, year: int, month: int) -> None:
    """Charges, loan interest, social insurance, and a transfer between the banks over 1090."""
    last = month_end(year, month)
    label = f"{month:02d}.{year}"
    charges = cents(dec(rng.randrange(1200, 4900)) / 100)
    keeper.book(last, [Row("6940", "1020", charges, f"Kontoführung und Spesen {label}")])
    if month % 3 == 0:
        keeper.book(last, [Row("6900", "1020", dec("412.50"), f"Zins Bankdarlehen {label}")])
        keeper.book(last, [Row("2450", "1020", dec("2500.00"), f"Amortisation Bankdarlehen {label}")])
        paid = date(year, month, 28)
        for account_no, name in (("2270", "Ausgleichskasse"), ("2271", "Pensionskasse")):
            owed = -keeper.balance(account_no, paid)
            if owed > 0:
                keeper.book(paid, [Row(account_no, "1020", owed, f"Zahlung {name}")])
    if month % 2 == 0:
        euro = dec(rng.randrange(10, 25) * 100)
        sent = date(year, month, 26)
        for day, debit, credit in ((sent, "1090", "1021"), (sent + timedelta(days=1), "1020", "1090")):
            keeper.book(day, [Row(debit, credit, euro, f"Übertrag von Konto EUR {label}", "EUR", rate_on("EUR", sent))])


def regular_entries(manual: ManualDesk, rng: random.Random, year: int, month: int) -> None:
    """Till sales by week, the credit card statement, and the quarter's accruals, depreciation and work in progress."""
    last = month_end(year, month)
    label = f"{month:02d}.{year}"
    for week, day in enumerate((7, 14, 21, 28), 1):
        sold = five(dec(rng.randrange(28000, 92000)) / 100)
        legs = [Leg("1000", "3200", sold, f"Ladenverkauf Woche {week}, {label}", "UN81", is_coded_on_credit=True)]
        if week % 2 == 0:
            food = five(dec(rng.randrange(6000, 21000)) / 100)
            text = f"Ladenverkauf Lebensmittel Woche {week}, {label}"
            legs.append(Leg("1000", "3201", food, text, "UR26", is_coded_on_credit=True))
        manual.enter(
            date(year, month, day), legs, f"KA-{year}-{month:02d}-{week}", kind="group" if len(legs) > 1 else "single"
        )
    card = [
        Leg(account_no, "1020", five(dec(rng.randrange(3000, 24000)) / 100), f"{text} {label}", code)
        for account_no, code, text in _CARD
    ]
    manual.enter(working_day(date(year, month, 12)), card, f"KK-{year}-{month:02d}", kind="compound")
    if month % 6 == 0:
        interest = cents(dec(rng.randrange(1800, 6400)) / 100)
        text = f"Zinsgutschrift Bank {label}"
        manual.enter(
            last, [Leg("1020", "6950", interest, text, "UNO", is_coded_on_credit=True)], f"ZI-{year}-{month:02d}"
        )
    if month % 3 == 0:
        _quarter_end(manual, rng, last)


def _quarter_end(manual: ManualDesk, rng: random.Random, last: date) -> None:
    quarter = f"{last.year}-Q{last.month // 3}"
    manual.enter(
        last,
        [
            Leg("6800", "1509", dec("640.00"), f"Abschreibung Maschinen {quarter}"),
            Leg("6800", "1519", dec("820.00"), f"Abschreibung Mobiliar {quarter}"),
            Leg("6800", "1529", dec("410.00"), f"Abschreibung Informatik {quarter}"),
            Leg("6800", "1539", dec("950.00"), f"Abschreibung Fahrzeuge {quarter}"),
        ],
        f"AB-{quarter}",
        kind="group",
    )
    work = dec(rng.randrange(-18, 24) * 50)
    text = f"Nicht fakturierte Dienstleistungen {quarter}"
    leg = Leg("1280", "3940", work, text) if work > 0 else Leg("3940", "1280", dec(50) - work, text)
    manual.enter(last, [leg], f"ND-{quarter}")
    deferred = dec(rng.randrange(8, 30) * 100)
    text = f"Abgrenzung Beratungsabonnement {quarter}"
    manual.enter(last, [Leg("3400", "2301", deferred, text)], f"RA-{quarter}")
    if last != date(2026, 9, 30):
        text = f"Auflösung Abgrenzung Beratungsabonnement {quarter}"
        manual.enter(last + timedelta(days=1), [Leg("2301", "3400", deferred, text)], f"RA-{quarter}-R")


def single_events(manual: ManualDesk, keeper: Bookkeeper) -> None:
    """Events that happen once: profit carried forward, dividend, disposal of shelves, damages, stock count, taxes."""
    manual.enter(date(2025, 5, 28), [Leg("2979", "2970", dec("24180.30"), "Vortrag Jahresgewinn 2024")], "GV-2025")
    manual.enter(
        date(2025, 11, 17),
        [Leg("1020", "1510", dec("1621.50"), "Verkauf Verkaufsregale alt", "UN81", is_coded_on_credit=True)],
        "AV-2025-1",
    )
    manual.enter(
        date(2025, 12, 31), [Leg("1200", "3900", dec("3850.00"), "Bestandesaufnahme Handelswaren 2025")], "BA-2025"
    )
    manual.enter(
        date(2025, 12, 31), [Leg("1300", "6300", dec("410.00"), "Vorausbezahlte Versicherung 2026")], "TA-2025"
    )
    manual.enter(
        date(2026, 1, 1), [Leg("6300", "1300", dec("410.00"), "Auflösung vorausbezahlte Versicherung")], "TA-2025-R"
    )
    manual.enter(
        date(2026, 3, 11),
        [Leg("1020", "8510", dec("2340.00"), "Versicherungsleistung Transportschaden", "SPE", is_coded_on_credit=True)],
        "VE-2026-1",
    )
    for day, amount, year in ((date(2025, 4, 30), "4200.00", 2024), (date(2026, 4, 30), "4650.00", 2025)):
        keeper.book(day, [Row("8900", "1020", dec(amount), f"Direkte Steuern {year}, provisorisch")])


def distribute_profit(manual: ManualDesk, keeper: Bookkeeper, profit: Decimal) -> None:
    """The general meeting of June 2026: part of the profit is paid out less withholding tax, the rest stays."""
    day = date(2026, 6, 18)
    paid_out = dec("10000.00") if profit > dec(10000) else ZERO
    legs = []
    if paid_out:
        legs = [
            Leg("2979", "2261", cents(paid_out * dec("0.65")), "Dividende 2025 netto"),
            Leg("2979", "2206", cents(paid_out * dec("0.35")), "Verrechnungssteuer Dividende 2025"),
        ]
    rest = profit - paid_out
    text = "Vortrag Jahreserfolg 2025"
    legs.append(Leg("2979", "2970", rest, text) if rest >= 0 else Leg("2970", "2979", -rest, text))
    manual.enter(day, legs, "GV-2026", kind="group")
    if paid_out:
        keeper.book(day + timedelta(days=5), [Row("2261", "1020", legs[0].amount, "Auszahlung Dividende 2025")])
        keeper.book(day + timedelta(days=12), [Row("2206", "1020", legs[1].amount, "Zahlung Verrechnungssteuer")])


def keep_till(keeper: Bookkeeper, quiet: frozenset[date], months: Sequence[tuple[int, int]]) -> None:
    """Refill the till when it runs low and leave exactly the float in it at the end of every month.

    The quiet days are left alone: what happens to the till on them is told elsewhere.
    """
    moves = dict(keeper.daily("1000"))
    held = ZERO
    for year, month in months:
        last = month_end(year, month)
        day = date(year, month, 1)
        while day <= last:
            held += moves.get(day, ZERO)
            if day not in quiet and held < _TILL_MINIMUM:
                steps = ((_TILL_MINIMUM - held) / _TILL_REFILL).to_integral_value("ROUND_CEILING")
                keeper.book(day, [Row("1000", "1020", steps * _TILL_REFILL, "Bezug Bargeld")])
                held += steps * _TILL_REFILL
            day += timedelta(days=1)
        if held > TILL_FLOAT:
            keeper.book(last, [Row("1020", "1000", held - TILL_FLOAT, "Einzahlung Tageskasse")])
        elif held < TILL_FLOAT:
            keeper.book(last, [Row("1000", "1020", TILL_FLOAT - held, "Bezug Bargeld")])
        held = TILL_FLOAT
