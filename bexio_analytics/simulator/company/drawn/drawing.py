"""Draws what a company sells, buys and enters: every kind of code, document and payment turns up sooner or later."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.contacts import Contact
from bexio_analytics.simulator.company.drawn.buying import Bill, Expense, Line, Payment
from bexio_analytics.simulator.company.drawn.codes import CodeBook
from bexio_analytics.simulator.company.drawn.profile import Profile
from bexio_analytics.simulator.company.drawn.selling import Refund, Sale, Step
from bexio_analytics.simulator.company.formats import ONE, ZERO, cents, dec, happens
from bexio_analytics.simulator.company.pricing import Item

# kind of sale, account, weight; kinds that are no name of a rate are codes of one name
_SALES = (
    ("normal", "3200", 8),
    ("normal", "3400", 4),
    ("reduced", "3201", 5),
    ("accommodation", "3600", 3),
    ("opted", "7500", 2),
    ("VERK", "3200", 1),
    ("UEX", "3210", 3),
    ("ULA", "3410", 2),
    ("MEL", "3600", 1),
    ("UNO", "7500", 2),
    ("DIV", "3600", 1),
    ("U00", "2210", 1),
)
_NET_TAX_SALES = (("SS1", "3200", 8), ("SS2", "3400", 5), ("UEX", "3210", 2), ("ULA", "3410", 1), ("UNO", "7500", 1))
_RATED = {"normal", "reduced", "accommodation"}
_DATED = {"VERK", "SS1", "SS2"}
_GOODS = ("Pfannenset", "Tafelservice", "Gläser", "Beratung", "Montage", "Miete Lager", "Kochbuch", "Seminar")
# input letter, kind of rate, account
_COSTS = (
    ("M", "normal", "4200"),
    ("M", "normal", "4400"),
    ("M", "reduced", "4201"),
    ("M", "accommodation", "4400"),
    ("B", "normal", "6500"),
    ("B", "normal", "6570"),
    ("B", "reduced", "6503"),
    ("B", "accommodation", "6640"),
    ("B", "normal", "1520"),
)
_FOREIGN = {"EUR": (92, 118), "USD": (88, 101), "JPY": (58, 93)}
_PATTERNS = (
    "open",
    "full",
    "full",
    "full",
    "two",
    "three",
    "discount",
    "early discount",
    "part discount",
    "credit",
    "mix",
)
_LOWERING = {"discount", "early discount", "part discount", "credit", "mix"}
_LATE_SHARE, _EARLY_SHARE = 20, 15
_FIRST_NEW_CODES, _LAST_MID = date(2023, 7, 1), date(2023, 12, 31)


class Draw:
    """Draws for one company; the same generator state draws the same."""

    def __init__(self, profile: Profile, book: CodeBook, rng: random.Random, contacts: dict[str, Contact]) -> None:
        self._profile = profile
        self._book = book
        self._rng = rng
        self._customers = [c.key for c in contacts.values() if c.is_customer and c.is_domestic]
        self._customers_abroad = [c.key for c in contacts.values() if c.is_customer and not c.is_domestic]
        self._suppliers = [c.key for c in contacts.values() if not c.is_customer and c.is_domestic]
        self._suppliers_abroad = [c.key for c in contacts.values() if not c.is_customer and not c.is_domestic]

    # what all documents share

    def _day(self, start: date) -> date:
        return start + timedelta(days=self._rng.randrange(90))

    def _supplied(self, day: date) -> date:
        """The day of supply: that of the document, now and then months earlier or, shortly before a change, later."""
        if _FIRST_NEW_CODES <= day <= _LAST_MID and happens(self._rng, _EARLY_SHARE):
            return date(2024, 1, 15)
        return day - timedelta(days=self._rng.randrange(150)) if happens(self._rng, _LATE_SHARE) else day

    def _amount(self, low: int, high: int) -> Decimal:
        return dec(self._rng.randrange(low * 100, high * 100)) / 100

    def _rate(self, currency: str) -> Decimal:
        if currency == "CHF":
            return ONE
        low, high = _FOREIGN[currency]
        return dec(self._rng.randrange(low * 100, high * 100)) / 10000

    def _delays(self, count: int) -> list[int]:
        return sorted(self._rng.randrange(3, 60 + 70 * count) for _ in range(count))

    def _is_effective(self, day: date) -> bool:
        return self._profile.statuses[day.year].method == "effective"

    def _is_subject(self, day: date) -> bool:
        return self._profile.statuses[day.year].is_vat_subject

    # sales

    def sales(self, start: date) -> Iterator[Sale]:
        """The invoices of the quarter that begins on ``start``."""
        for _ in range(self._profile.documents):
            yield self._sale(self._day(start))

    def _sale(self, day: date) -> Sale:
        rng = self._rng
        kinds = self._kinds(day)
        foreign = happens(rng, 15)
        currency = rng.choice(("EUR", "EUR", "USD")) if foreign else "CHF"
        supplied = self._supplied(day) if self._profile.has_net_tax_codes else day
        items = tuple(self._item(kind, account_no, supplied) for kind, account_no in kinds)
        vat_mode = 0
        if not self._is_subject(day):
            vat_mode = 2
            items = tuple(Item(item.account_no, "U00", item.text, item.quantity, item.unit_price) for item in items)
        elif happens(rng, 6):
            vat_mode = rng.choice((1, 2))
            items = tuple(Item("2210", item.code, item.text, item.quantity, item.unit_price) for item in items)
        state = "issued" if happens(rng, 94) else rng.choice(("draft", "cancelled"))
        rates = [self._book.codes[code].rate for code in dict.fromkeys(item.code for item in items)]
        is_plain = len(set(rates)) == len(rates) and vat_mode == 0 and not any(item.code == "U00" for item in items)
        if not self._is_effective(day):
            is_plain = is_plain and len(rates) == 1
        return Sale(
            day,
            rng.choice(self._customers_abroad if foreign else self._customers),
            items,
            rng.choice(_GOODS),
            due_days=rng.choice((10, 30, 60)),
            prices_net=happens(rng, 60),
            vat_mode=vat_mode,
            currency=currency,
            rate=self._rate(currency),
            discount=rng.choice((dec(3), dec("7.5"), dec(10))) if happens(rng, 20) else ZERO,
            state=state,
            steps=self._steps(day, is_plain=is_plain, is_home=currency == "CHF"),
        )

    def _kinds(self, day: date) -> list[tuple[str, str]]:
        pool: tuple[tuple[str, str, int], ...] = _SALES if self._is_effective(day) else _NET_TAX_SALES
        if not self._is_effective(day) and not self._profile.has_net_tax_codes:
            pool = tuple(entry for entry in pool if entry[0] in _DATED)
        weights = [weight for _, _, weight in pool]
        count = self._rng.choice((1, 1, 1, 2, 2, 3, 4))
        drawn = self._rng.choices(pool, weights, k=count)
        return [(kind, account_no) for kind, account_no, _ in drawn]

    def _item(self, kind: str, account_no: str, supplied: date) -> Item:
        code = self._sales_code(kind, supplied)
        quantity = dec(self._rng.randrange(1, 9)) if happens(self._rng, 60) else dec("2.5")
        discount = self._rng.choice((dec(5), dec("12.5"))) if happens(self._rng, 15) else ZERO
        text = f"{self._rng.choice(_GOODS)} {self._rng.randrange(1000)}"
        return Item(account_no, code, text, quantity, self._amount(80, 900), discount)

    def _sales_code(self, kind: str, supplied: date) -> str:
        if kind in _RATED or kind == "opted":
            return self._book.sales(kind, supplied)
        return self._book.dated(kind, supplied) if kind in _DATED else kind

    def _steps(self, day: date, *, is_plain: bool, is_home: bool) -> tuple[Step, ...]:
        rng = self._rng
        pattern = rng.choice(_PATTERNS)
        if not is_plain and pattern in _LOWERING:
            pattern = "two"
        if not is_home and pattern in {"credit", "mix"}:
            pattern = "part discount"
        days = [day + timedelta(days=delay) for delay in self._delays(3)]
        cash = rng.choice((dec(2), dec(3), dec(5)))
        some = dec(rng.randrange(15, 60)) / 100
        paid_out = dec(rng.randrange(20, 60)) / 100 if happens(rng, 30) and self._is_effective(day) else ZERO
        note = Step(
            day, is_credit=True, written_before=rng.randrange(40), paid_out=paid_out, paid_after=rng.randrange(2, 90)
        )
        steps = {
            "open": (),
            "full": (Step(days[0]),),
            "two": (Step(days[0], some), Step(days[2])),
            "three": (Step(days[0], some / 2), Step(days[1], some / 2), Step(days[2])),
            "discount": (Step(days[0], discount=cash),),
            "early discount": (Step(days[0], some, discount=cash), Step(days[2])),
            "part discount": (Step(days[0], some), Step(days[1], discount=cash)),
            "credit": (replace(note, day=days[0], share=some), Step(days[1])),
            "mix": (
                Step(days[0], some / 2),
                replace(note, day=days[1], share=some),
                Step(days[2], discount=cash),
            ),
        }[pattern]
        limit = self._profile.settled_by(day)
        if limit == date.max:
            # some stay open in part
            return steps[:-1] if len(steps) > 1 and happens(rng, 15) else steps
        kept = tuple(step for step in steps if step.day < limit)
        return (*kept, Step(limit))

    def refunds(self, start: date) -> Iterator[Refund]:
        """Credit notes that are paid out, under the effective method only: without VAT nothing tells their code."""
        day = self._day(start)
        if self._is_effective(day) and self._is_subject(day) and happens(self._rng, 60):
            kind, account_no = self._rng.choice((("normal", "3200"), ("reduced", "3201"), ("accommodation", "3600")))
            paid = day + timedelta(days=self._rng.randrange(5, 80))
            paid = min(paid, self._profile.settled_by(day))
            gross = self._amount(150, 700)
            is_paid = paid <= self._profile.last_day
            code = self._book.sales(kind, day)
            yield Refund(day, account_no, code, gross, f"Kulanz {day:%d.%m.%Y}", paid if is_paid else None)

    # purchases

    def bills(self, start: date) -> Iterator[Bill]:
        """The bills of a quarter, those of the customs and of suppliers abroad among them."""
        for _ in range(self._profile.documents):
            day = self._day(start)
            kinds = (self._foreign_service, self._import, self._customs, self._bill)
            (draw,) = self._rng.choices(kinds, (15, 13, 10, 62))
            yield draw(day)

    def _text(self) -> str:
        return f"Lieferung {self._rng.randrange(10_000)}"

    def _bill(self, day: date) -> Bill:
        rng = self._rng
        supplied = self._supplied(day)
        lines = [self._cost(supplied, day) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
        rates = [self._book.codes[code].rate if code else ZERO for code in dict.fromkeys(line.code for line in lines)]
        is_plain = len(set(rates)) == len(rates)
        if not self._is_effective(day):
            is_plain = True
        whole = sum((line.amount for line in lines), ZERO)
        return Bill(
            day,
            rng.choice(self._suppliers),
            tuple(lines),
            "Lieferung",
            item_net=happens(rng, 35) and all(line.code for line in lines),
            discount=cents(whole / 20) if len(lines) > 1 and happens(rng, 25) else ZERO,
            is_draft=happens(rng, 4),
            late_by=rng.randrange(20, 120) if happens(rng, 12) else 0,
            payments=self._payments(day, is_plain=is_plain),
        )

    def _cost(self, supplied: date, day: date) -> Line:
        rng = self._rng
        if not self._is_subject(day) or not self._is_effective(day):
            return Line(rng.choice(_COSTS)[2], None, self._amount(60, 1800), self._text())
        (kind,) = rng.choices(("usual", "none", "own", "relief"), (85, 6, 6, 3))
        if kind == "none":
            return Line("6300", rng.choice((None, "V00")), self._amount(60, 900), self._text())
        if kind == "own":
            return Line("6700", self._book.dated("VORST", supplied), self._amount(60, 900), self._text())
        if kind == "relief":
            return Line("4200", self._book.dated("VES", supplied), self._amount(200, 900), self._text())
        letter, rate, account_no = rng.choice(_COSTS)
        overtyped = dec(rng.choice((-3, -2, -1, 1, 2, 3))) / 100 if happens(rng, 10) else ZERO
        code = self._book.input(letter, rate, supplied)
        return Line(account_no, code, self._amount(60, 1800), self._text(), overtyped)

    def _foreign_service(self, day: date) -> Bill:
        rng = self._rng
        supplied = self._supplied(day)
        currency = rng.choice(("CHF", "EUR", "USD"))
        lines = []
        for letter, account_no in rng.choice(((("B", "6600"),), (("B", "6570"), ("M", "4400")))):
            code = self._book.acquisition(letter, supplied) if self._is_subject(day) else None
            lines.append(Line(account_no, code, self._amount(80, 2500), self._text()))
        payments = self._payments(day, is_plain=False)
        supplier = rng.choice(self._suppliers_abroad)
        rate = self._rate(currency)
        return Bill(day, supplier, tuple(lines), "Dienstleistung", currency, rate, payments=payments)

    def _import(self, day: date) -> Bill:
        rng = self._rng
        currency = rng.choice(("EUR", "USD", "JPY"))
        code = "VIM" if self._is_effective(day) and self._is_subject(day) else None
        amount = dec(rng.randrange(20_000, 300_000)) if currency == "JPY" else self._amount(200, 4000)
        line = Line("4210", code, amount, self._text())
        rate = self._rate(currency)
        payments = self._payments(day, is_plain=currency != "JPY")
        return Bill(day, rng.choice(self._suppliers_abroad), (line,), "Waren", currency, rate, payments=payments)

    def _customs(self, day: date) -> Bill:
        if not self._is_effective(day) or not self._is_subject(day):
            line = Line("4270", None, self._amount(30, 300), self._text())
            return Bill(day, "zoll", (line,), "Zoll", payments=self._payments(day, is_plain=False))
        letter, account_no = self._rng.choice((("M", "4210"), ("B", "6500")))
        lines = (
            Line("4270", "V00", self._amount(15, 90), self._text()),
            Line(account_no, f"ZOLL{letter}", self._amount(20, 600), self._text()),
        )
        kept = lines if happens(self._rng, 60) else lines[1:]
        return Bill(day, "zoll", kept, "Einfuhrsteuer", payments=self._payments(day, is_plain=False))

    def _payments(self, day: date, *, is_plain: bool) -> tuple[Payment, ...]:
        rng = self._rng
        days = [day + timedelta(days=delay) for delay in self._delays(2)]
        cash = rng.choice((dec(2), dec(3))) if is_plain and happens(rng, 25) else ZERO
        some = dec(rng.randrange(20, 70)) / 100
        pattern = rng.choice(("open", "full", "full", "full", "two"))
        payments: tuple[Payment, ...] = {
            "open": (),
            "full": (Payment(days[0], discount=cash),),
            "two": (Payment(days[0], some), Payment(days[1], discount=cash)),
        }[pattern]
        limit = self._profile.settled_by(day)
        if limit == date.max:
            return payments
        return (*(payment for payment in payments if payment.day < limit), Payment(limit))

    def expenses(self, start: date) -> Iterator[Expense]:
        """The expenses of a quarter."""
        for place in range(max(2, self._profile.documents // 2)):
            rng, day = self._rng, self._day(start)
            letter, kind, account_no = rng.choice(_COSTS)
            code: str | None = None
            if self._is_subject(day) and self._is_effective(day):
                code = self._book.input(letter, kind, self._supplied(day))
                code, account_no = rng.choices(
                    (
                        (code, account_no),
                        (self._book.acquisition("B", day), "6570"),
                        ("ZOLLB", "6500"),
                        (rng.choice((None, "V00")), "6300"),
                    ),
                    (74, 10, 8, 8),
                )[0]
            elif self._is_subject(day) and happens(rng, 20):
                code, account_no = self._book.acquisition("B", day), "6570"
            currency = "EUR" if happens(rng, 15) and code != "ZOLLB" else "CHF"
            yield Expense(
                day,
                account_no,
                code,
                self._amount(15, 600),
                rng.choice(("Material", "Spesen", "Gebühr")),
                f"Laden {place}",
                money_no="1021" if currency == "EUR" else "1020",
                currency=currency,
                rate=self._rate(currency),
                is_draft=happens(rng, 5),
            )


def quarter_starts(years: Sequence[int]) -> list[date]:
    """First days of all quarters."""
    return [date(year, month, 1) for year in years for month in (1, 4, 7, 10)]
