"""What Muster Handels AG buys: standing bills, other bills and expenses of a month, drawn from a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.contacts import Contact
from bexio_analytics.simulator.company.formats import ZERO, cents, dec, five, happens, month_end, tax_on, working_day
from bexio_analytics.simulator.company.places import in_francs, rate_on
from bexio_analytics.simulator.company.purchases import Bill, Expense, Line

BILLS_A_MONTH = 5
EXPENSES_A_MONTH = 6
_MONTH_OF_KNIVES = 4
_FIRST_YEAR = 2025
_STEP = dec("0.05")
_MONTHS_ABROAD = {2, 6, 10}
_NORMAL = dec("8.1")
# number series of suppliers that bill regularly
_SERIES = {
    "vermieter": "MIETE",
    "leasing": "AFL",
    "ie-cloud": "CLOUD",
    "telecom": "UT",
    "reinigung": "BLB",
    "us-ads": "ADF",
    "treuhand": "TLH",
    "versicherung": "HVP",
}
# supplier, account, code, text, lowest and highest gross amount in CHF, weight
_AT_HOME = (
    ("porzellan", "4200", "VM81", "Porzellan gemäss Lieferschein", 900, 5200, 5),
    ("besteck", "4200", "VM81", "Besteck und Messer", 700, 4100, 4),
    ("holzwaren", "4200", "VM81", "Holzwaren", 400, 2600, 3),
    ("glas-hergis", "4200", "VM81", "Gläser", 500, 3100, 3),
    ("feinkost", "4201", "VM26", "Spezialitäten", 300, 1600, 3),
    ("buchzentrum", "4201", "VM26", "Kochbücher", 150, 900, 2),
    ("spedition", "4270", "VM81", "Transport Inland", 120, 900, 3),
    ("verpackung", "4500", "VM81", "Kartons und Füllmaterial", 90, 700, 2),
    ("montage", "4400", "VM81", "Montagearbeiten", 400, 2900, 3),
    ("grafik", "6600", "VB81", "Gestaltung Prospekt", 500, 2400, 2),
    ("buero", "6500", "VB81", "Büromaterial", 60, 480, 3),
    ("garage", "6200", "VB81", "Service Lieferwagen", 250, 1500, 2),
    ("informatik", "6570", "VB81", "Informatik-Support", 200, 1400, 2),
    ("entsorgung", "6460", "VB81", "Entsorgung Karton und Holz", 80, 320, 1),
    ("temporaer", "5900", "VB81", "Temporäre Mitarbeit Lager", 600, 2600, 1),
    ("schulung", "5810", "VB81", "Kurs Verkauf", 300, 1400, 1),
)
# payee, account, code, title, lowest and highest gross amount, paid in cash
_EXPENSES = (
    ("Tankstelle Sihlhölzli", "6210", "VB81", "Treibstoff", 60, 140, False),
    ("Restaurant Zunfthof", "6641", "VB81", "Essen mit Kunden", 70, 260, False),
    ("Post Zürich 5", "6510", "VB81", "Paketporti", 15, 90, True),
    ("Buchhandlung am Hechtplatz", "6503", "VB26", "Fachliteratur", 25, 120, True),
    ("Hotel Seehof Lugano", "6640", "VB38", "Übernachtung Messe", 140, 420, False),
    ("Bahnhof Parking", "6200", "VB81", "Parkgebühren", 6, 40, True),
    ("Gärtnerei Rosengarten", "6700", "VB26", "Blumen Empfang", 30, 95, True),
    ("Baumarkt Altstetten", "6100", "VB81", "Kleinmaterial", 25, 180, True),
)
_ABROAD = (("Westbahn Reisezentrum Wien", "Bahnbillette Wien"), ("Gasthaus Lindau", "Verpflegung Lindau"))


class PurchasePlan:
    """Draws bills and expenses; no supplier ever bills the same amount twice by chance."""

    def __init__(self, rng: random.Random, contacts: dict[str, Contact], quiet: frozenset[date]) -> None:
        self._rng = rng
        self._extra = [c.key for c in contacts.values() if c.key.startswith("lieferant-")]
        self._quiet = quiet
        self._amounts: set[tuple[str, Decimal]] = set()
        self._number = 0

    def standing_bills(self, year: int, month: int) -> Iterator[Bill]:
        """Bills that come every month or quarter: rent, lease, telephone, licences, insurance, energy, accountant."""
        first = date(year, month, 1)
        label = f"{month:02d}/{year}"
        yield self._standing(first, "vermieter", Line("6000", "VB81", dec("4324.00"), f"Miete {label}"), 4)
        yield self._standing(first, "leasing", Line("6260", "VB81", dec("648.60"), f"Leasingrate {label}"), 9)
        yield self._standing(first, "ie-cloud", Line("6570", "BZB81", dec("320.00"), f"Warenwirtschaft {label}"), 12)
        phone = Line("6510", "VB81", self._between(18000, 26000), f"Telefon {label}")
        yield self._standing(first + timedelta(days=8), "telecom", phone)
        cleaning = Line("6040", "VB81", self._between(38000, 56000), f"Reinigung {label}")
        yield self._standing(first + timedelta(days=19), "reinigung", cleaning)
        ads = Line("6600", "BZB81", self._between(18000, 61000), f"Online-Werbung {label}")
        yield self._standing(first + timedelta(days=26), "us-ads", ads, currency="USD")
        if month % 3 == 0:
            yield self._energy(first + timedelta(days=14), label)
            fee = Line("6530", "VB81", self._between(120000, 210000), f"Buchführung {label}")
            yield self._standing(first + timedelta(days=20), "treuhand", fee)
        if month in {1, 7}:
            premium = Line("6300", "V00", dec("1486.50"), f"Sachversicherung Halbjahr {label}")
            yield self._standing(first + timedelta(days=6), "versicherung", premium)

    def _between(self, low: int, high: int) -> Decimal:
        """An amount in steps of 5 Rappen between two amounts in Rappen."""
        return five(dec(self._rng.randrange(low, high)) / 100)

    def _standing(self, day: date, supplier: str, line: Line, pays_after: int = 25, *, currency: str = "CHF") -> Bill:
        number = f"{_SERIES[supplier]}-{day:%Y%m}"
        paid = working_day(day + timedelta(days=pays_after))
        return Bill(day, supplier, (line,), number, line.text, currency=currency, entered_on=day, paid_on=paid)

    def _energy(self, day: date, label: str) -> Bill:
        lines = (
            Line("6400", "VB81", self._between(62000, 98000), f"Strom {label}"),
            Line("6430", "VB26", self._between(6000, 12000), f"Wasser {label}"),
        )
        title = f"Energie {label}"
        paid = working_day(day + timedelta(days=28))
        return Bill(day, "stadtwerk", lines, f"SWL-{day:%Y%m}", title, entered_on=day, paid_on=paid)

    def bills(self, year: int, month: int, volume: int) -> Iterator[Bill]:
        """The other bills of a month, at home and from abroad."""
        for _ in range(BILLS_A_MONTH * volume + self._rng.randrange(2)):
            yield self._bill_at_home(self._day(year, month))
        for _ in range(volume):
            yield from self._import(self._day(year, month))
        if month % 2 == 0:
            yield self._design(self._day(year, month))
        if month == _MONTH_OF_KNIVES:
            yield self._japan(self._day(year, month))

    def _day(self, year: int, month: int) -> date:
        day = date(year, month, 1) + timedelta(days=self._rng.randrange(month_end(year, month).day))
        moved = working_day(day)
        return moved if moved.month == month else day - timedelta(days=2)

    def _bill_at_home(self, day: date) -> Bill:
        rng = self._rng
        (found,) = rng.choices(_AT_HOME, weights=[entry[-1] for entry in _AT_HOME])
        supplier, account_no, code, text, low, high, _ = found
        if self._extra and happens(rng, 80):
            supplier = rng.choice(self._extra)
        is_draft = happens(rng, 2)
        item_net = happens(rng, 15)
        lines = [Line(account_no, code, self._amount(supplier, low, high), text)]
        if happens(rng, 18):
            lines.append(Line("4270", "VM81", self._between(1200, 9000), "Fracht"))
        allows_discount = len(lines) == 1 and account_no == "4200"
        discount = dec(2) if allows_discount and happens(rng, 20) else ZERO
        entered = day + timedelta(days=rng.randrange(8))
        paid = working_day(entered + timedelta(days=5 if discount else rng.randrange(8, 34)))
        return Bill(
            day,
            supplier,
            tuple(lines),
            self._vendor_ref(day),
            text,
            item_net=item_net,
            entered_on=entered,
            # what the company owes is young: all bills of the first year are paid
            paid_on=paid if happens(rng, 97) or day.year == _FIRST_YEAR else None,
            discount=discount,
            # only a draft may still wait for its document
            has_file=happens(rng, 95) or not is_draft,
            is_draft=is_draft,
        )

    def _import(self, day: date) -> Iterator[Bill]:
        """Goods from abroad: the supplier's bill without VAT and the customs bill with the import tax."""
        rng = self._rng
        supplier, text = rng.choice(
            (("de-keramik", "Keramik"), ("fr-emaille", "Emailgeschirr"), ("de-regale", "Regale"))
        )
        amount = self._amount(supplier, 900, 6200)
        paid = working_day(day + timedelta(days=rng.randrange(12, 30)))
        yield Bill(
            day,
            supplier,
            (Line("4210", "VIM", amount, text),),
            self._vendor_ref(day),
            text,
            currency="EUR",
            paid_on=paid,
        )
        worth = in_francs(amount, "EUR", rate_on("EUR", day))
        yield self._customs(day + timedelta(days=3), worth)

    def _customs(self, day: date, worth: Decimal) -> Bill:
        self._number += 1
        tax = tax_on(worth, _NORMAL)
        text = f"Einfuhrsteuer Veranlagung {26_000_000 + self._number * 137}"
        day = min(day, date(2026, 9, 30))
        lines = (Line("4270", "V00", dec("20.00"), "Zollgebühr"), Line("4210", "ZOLLM", tax, text))
        paid = working_day(day + timedelta(days=10))
        return Bill(day, "zoll", lines, f"eVV-{day:%y%m%d}-{self._number}", text, paid_on=paid)

    def _design(self, day: date) -> Bill:
        amount = self._amount("de-design", 600, 1900)
        line = Line("4400", "BZM81", amount, "Produktdesign")
        paid = working_day(day + timedelta(days=20))
        return Bill(day, "de-design", (line,), self._vendor_ref(day), "Produktdesign", currency="EUR", paid_on=paid)

    def _japan(self, day: date) -> Bill:
        return japanese_knives(day, dec(self._rng.randrange(3000, 6000) * 100), self._vendor_ref(day))

    def _amount(self, supplier: str, low: int, high: int) -> Decimal:
        amount = cents(dec(self._rng.randrange(low * 20, high * 20)) / 20)
        while (supplier, amount) in self._amounts:
            amount += _STEP
        self._amounts.add((supplier, amount))
        return amount

    def _vendor_ref(self, day: date) -> str:
        return f"{self._rng.choice('RFB')}{day:%y}-{self._rng.randrange(10**6):06d}"

    def expenses(self, year: int, month: int, volume: int) -> Iterator[Expense]:
        """The expenses of a month, in cash and by card; now and then one abroad without Swiss VAT."""
        rng = self._rng
        for _ in range(EXPENSES_A_MONTH * volume + rng.randrange(2)):
            payee, account_no, code, title, low, high, in_cash = rng.choice(_EXPENSES)
            day = date(year, month, rng.randrange(1, month_end(year, month).day + 1))
            if in_cash and day in self._quiet:
                day = date(year, month, 11)
            money = "1000" if in_cash else "1020"
            if volume > 1:
                payee = f"{payee} {rng.randrange(volume) + 1}"
            amount = self._amount(payee, low, high)
            is_scanned, is_draft = happens(rng, 93), happens(rng, 2)
            yield Expense(
                day,
                account_no,
                code,
                amount,
                title,
                payee,
                money_no=money,
                has_file=is_scanned or not is_draft,
                is_draft=is_draft,
            )
        if month in _MONTHS_ABROAD:
            payee, title = rng.choice(_ABROAD)
            amount = self._amount(payee, 40, 210)
            yield Expense(self._day(year, month), "6640", "V00", amount, title, payee, money_no="1021", currency="EUR")


def japanese_knives(day: date, yen: Decimal, vendor_ref: str) -> Bill:
    """A bill in yen, whose rate bexio quotes per 100; goods, so without VAT on the supplier's bill."""
    line = Line("4210", "VIM", yen, "Japanische Kochmesser")
    paid = working_day(day + timedelta(days=21))
    return Bill(day, "jp-messer", (line,), vendor_ref, "Japanische Kochmesser", currency="JPY", paid_on=paid)
