"""What Muster Handels AG sells: a month's invoices and quotes, drawn from a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.contacts import Contact
from bexio_analytics.simulator.company.formats import ZERO, cents, dec, happens, month_end, working_day
from bexio_analytics.simulator.company.pricing import Item
from bexio_analytics.simulator.company.sales import Credit, Receipt, Sale

INVOICES_A_MONTH = 10
_QUOTES_A_MONTH = 3
# article id, text, lowest and highest price in CHF
_GOODS = (
    (1, "Pfannenset Gusseisen, 3-teilig", 120, 260),
    (2, "Tafelservice Porzellan, 24-teilig", 180, 420),
    (3, "Besteckkoffer Chromstahl, 60-teilig", 210, 380),
    (4, "Küchenwaage digital", 38, 89),
    (5, "Gläserserie Bistro, 12 Stück", 45, 96),
    (6, "Servierwagen Buche", 260, 540),
    (7, "Vorratsdosen Glas, 10er-Set", 52, 98),
    (8, "Messerblock mit 6 Messern", 160, 340),
    (9, "Kaffeekannen isoliert, 4 Stück", 88, 170),
    (10, "Tischtücher Leinen, 5 Stück", 110, 230),
)
_FOOD_AND_BOOKS = (
    (21, "Geschenkkorb Bündner Spezialitäten", 48, 120),
    (22, "Kochbuch Saisonküche", 32, 49),
    (23, "Gewürzmischungen, Karton", 60, 140),
    (24, "Olivenöl, Karton zu 12 Flaschen", 110, 190),
)
_SERVICES = (
    "Beratung Küchenplanung",
    "Montage und Einrichtung",
    "Ladenkonzept und Sortimentsplanung",
    "Schulung Personal",
)
_HOURLY = (dec(145), dec(165), dec(180))
_EUROPEAN = {"DE", "AT", "FR", "LU"}


class SalesPlan:
    """Draws invoices and quotes; the same generator state gives the same plan."""

    def __init__(self, rng: random.Random, contacts: dict[str, Contact]) -> None:
        self._rng = rng
        customers = [c for c in contacts.values() if c.is_customer and c.key != "lager-mieter"]
        self._home = [c for c in customers if c.is_domestic]
        self._abroad = [c for c in customers if not c.is_domestic]
        self._exports = 0

    def invoices(self, year: int, month: int, volume: int) -> Iterator[Sale]:
        """The invoices of a month, among them a draft or a cancelled one now and then."""
        for _ in range(INVOICES_A_MONTH * volume + self._rng.randrange(3)):
            abroad = happens(self._rng, 18)
            customer = self._rng.choice(self._abroad if abroad else self._home)
            yield self._sale(customer, self._day(year, month))

    def quotes(self, year: int, month: int, volume: int) -> Iterator[tuple[Sale, int]]:
        """The quotes of a month with their status."""
        for _ in range(_QUOTES_A_MONTH * volume):
            customer = self._rng.choice(self._home)
            quote = Sale(self._day(year, month), customer.key, self._items_at_home(), "Angebot", due_days=45)
            yield quote, self._rng.choice((1, 2, 2, 3, 3, 3, 4))

    def _day(self, year: int, month: int) -> date:
        day = date(year, month, 1) + timedelta(days=self._rng.randrange(month_end(year, month).day))
        moved = working_day(day)
        return moved if moved.month == month else day - timedelta(days=2)

    def _sale(self, customer: Contact, day: date) -> Sale:
        rng = self._rng
        due_days = rng.choice((10, 30, 30, 30, 60))
        currency = "EUR" if customer.country in _EUROPEAN else "CHF"
        items = self._items_at_home() if customer.is_domestic else self._items_abroad()
        is_one_code = len({item.code for item in items}) == 1
        (state,) = rng.choices(("issued", "draft", "cancelled"), weights=(97, 2, 1))
        prices_net = not customer.is_domestic or happens(rng, 78)
        discount = rng.choice((dec(3), dec(5))) if happens(rng, 6) else ZERO
        return Sale(
            day,
            customer.key,
            items,
            "Rechnung" if items[0].unit_id == 1 else "Honorar",
            due_days=due_days,
            prices_net=prices_net,
            currency=currency,
            discount=discount,
            state=state,
            intro="Wir lieferten Ihnen gemäss Bestellung:" if happens(rng, 30) else None,
            reference=self._proof_of_export(items),
            project_id=None,
            receipts=self._receipts(day, due_days, allows_discount=is_one_code and currency == "CHF"),
            credit=self._credit(day, allowed=is_one_code and currency == "CHF"),
        )

    def _proof_of_export(self, items: tuple[Item, ...]) -> str:
        """The number of the export assessment, where goods leave the country."""
        if items[0].code != "UEX":
            return ""
        self._exports += 1
        return f"Ausfuhrveranlagung {26_500_000 + self._exports * 131}"

    def _receipts(self, day: date, due_days: int, *, allows_discount: bool) -> tuple[Receipt, ...]:
        rng = self._rng
        (habit,) = rng.choices(("discount", "instalments", "once", "late"), weights=(10, 7, 79, 4))
        late = day + timedelta(days=due_days + rng.randrange(-6, 22))
        if habit == "discount" and allows_discount:
            return (Receipt(working_day(day + timedelta(days=rng.randrange(4, 10))), discount=dec(2)),)
        if habit == "instalments":
            first = working_day(day + timedelta(days=due_days))
            return (Receipt(first, share=dec("0.5")), Receipt(working_day(first + timedelta(days=31))))
        patience = timedelta(days=120 if habit == "late" else 0)
        return (Receipt(working_day(max(late, day) + patience)),)

    def _credit(self, day: date, *, allowed: bool) -> Credit | None:
        if not happens(self._rng, 6) or not allowed:
            return None
        return Credit(working_day(day + timedelta(days=self._rng.randrange(3, 12))), dec("0.1"))

    def _items_at_home(self) -> tuple[Item, ...]:
        rng = self._rng
        (basket,) = rng.choices(
            ("service", "goods", "goods and food", "food", "goods and service"), weights=(25, 40, 20, 7, 8)
        )
        if basket == "service":
            return tuple(self._service("3400", "UN81") for _ in range(rng.choice((1, 1, 2))))
        goods = [self._good(_GOODS, "3200", "UN81") for _ in range(rng.choice((1, 1, 2, 3)))]
        if basket == "goods and food":
            goods.append(self._good(_FOOD_AND_BOOKS, "3201", "UR26"))
        elif basket == "food":
            goods = [self._good(_FOOD_AND_BOOKS, "3201", "UR26")]
        elif basket == "goods and service":
            goods.append(self._service("3400", "UN81"))
        return tuple(goods)

    def _items_abroad(self) -> tuple[Item, ...]:
        if happens(self._rng, 25):
            return (self._service("3410", "ULA"),)
        return tuple(self._good(_GOODS, "3210", "UEX") for _ in range(self._rng.choice((1, 2))))

    def _good(self, shelf: tuple[tuple[int, str, int, int], ...], account_no: str, code: str) -> Item:
        rng = self._rng
        article_id, text, low, high = rng.choice(shelf)
        unit_price = cents(dec(rng.randrange(low * 20, high * 20)) / 20)
        quantity = dec(rng.choice((1, 2, 4, 6, 10, 12, 20, 24)))
        off = rng.choice((dec(5), dec(10))) if happens(rng, 10) else ZERO
        is_article = happens(rng, 60)
        return Item(
            account_no, code, text, quantity, unit_price, discount=off, article_id=article_id if is_article else None
        )

    def _service(self, account_no: str, code: str) -> Item:
        hours = dec(self._rng.randrange(4, 70)) / 2
        return Item(account_no, code, self._rng.choice(_SERVICES), hours, self._rng.choice(_HOURLY), unit_id=2)


def storage_rent(year: int, month: int) -> Sale:
    """The monthly rent of a sublet storage room, opted for taxation: the same amount every month."""
    item = Item("7500", "UO81", f"Miete Lager {month:02d}.{year}", Decimal(1), dec("850.00"))
    day = date(year, month, 1)
    return Sale(day, "lager-mieter", (item,), "Miete Lager", due_days=10, receipts=(Receipt(day + timedelta(days=9)),))
