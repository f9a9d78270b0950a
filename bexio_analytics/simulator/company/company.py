"""Builds Muster Handels AG: all records of the wire, and what the VAT returns must say."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bexio_analytics.simulator.company import closing, masters, planted, routine
from bexio_analytics.simulator.company.bookkeeper import Booking, Bookkeeper, journal_records
from bexio_analytics.simulator.company.chart import account_group_records, account_records
from bexio_analytics.simulator.company.contacts import Contact, contact_records, contacts, new_vat_number
from bexio_analytics.simulator.company.manual import ManualDesk
from bexio_analytics.simulator.company.places import country_records, currency_records
from bexio_analytics.simulator.company.purchase_plan import PurchasePlan
from bexio_analytics.simulator.company.purchases import Bill, Expense, PurchaseDesk
from bexio_analytics.simulator.company.sales import Sale, SalesDesk
from bexio_analytics.simulator.company.sales_plan import SalesPlan, storage_rent
from bexio_analytics.simulator.company.taxes import by_code, tax_records
from bexio_analytics.simulator.company.truth import ExpectedReturn, Quarter, expected_return, quarters

FIRST_DAY = date(2025, 1, 1)
LAST_DAY = date(2026, 9, 30)
_MONTHS = tuple((2025 + place // 12, place % 12 + 1) for place in range(21))


@dataclass(frozen=True, slots=True)
class Company:
    """The invented company.

    ``records`` maps a resource (company, user, account, … bank_account) to its rows as the wire writes them: numbers
    are ``int`` or ``Decimal``, decimal strings ``str``. Invoices and bills carry their details. ``truth`` maps a VAT
    period such as ``2026-Q3`` to what its return must say, defects included as booked.
    """

    name: str
    vat_number: str
    records: Mapping[str, list[dict[str, object]]]
    truth: Mapping[str, ExpectedReturn]


def build_company(*, seed: int = 2026, scale: int = 1, planted: bool = True) -> Company:
    """Build the company: the same arguments give the same records, byte for byte.

    Args:
        seed: seed of everything that is drawn.
        scale: multiplies the number of documents; 1 gives some 3,000 journal lines, 100 some 300,000.
        planted: whether 2026-Q3 holds the planted defects; the innocent look-alikes are always there.
    """
    return _Builder(seed, scale, planted=planted).build()


class _Builder:
    def __init__(self, seed: int, scale: int, *, planted: bool) -> None:
        self._seed = seed
        self._scale = scale
        self._planted = planted
        self._keeper = Bookkeeper()
        self._manual = ManualDesk(self._keeper, closing.YEAR_END, quarters()[-2].end)
        self._contacts: dict[str, Contact] = contacts(self._rng("contacts"), scale)
        self._sales = SalesDesk(self._keeper, self._contacts, self._rng("sales desk"), LAST_DAY)
        self._purchases = PurchaseDesk(self._keeper, self._contacts, self._rng("purchase desk"), LAST_DAY)

    def _rng(self, topic: str) -> random.Random:
        """A generator of its own per topic, so that a change in one leaves the others alone."""
        return random.Random(f"{self._seed}:{topic}")  # noqa: S311 - invented data must repeat, nothing is secret

    def build(self) -> Company:
        """Write all documents, close the periods, number the journal."""
        closing.open_books(self._keeper, self._scale)
        self._documents()
        self._routine()
        self._close()
        written = list(self._keeper.written(self._rng("journal")))
        lines = _lines_by_quarter(written)
        truth = {q.id: expected_return(self._keeper.supplies, q, lines[q.id]) for q in quarters()}
        number = new_vat_number(self._rng("company"))
        return Company(masters.NAME, number.removesuffix(" MWST"), self._records(written, number), truth)

    def _documents(self) -> None:
        sales_plan = SalesPlan(self._rng("sales"), self._contacts)
        purchase_plan = PurchasePlan(self._rng("purchases"), self._contacts, planted.QUIET_DAYS)
        sales: list[Sale] = []
        quotes: list[tuple[Sale, int]] = []
        bills: list[Bill] = []
        expenses: list[Expense] = []
        volume = _volume(self._scale)
        for year, month in _MONTHS:
            sales += [storage_rent(year, month), *sales_plan.invoices(year, month, volume)]
            quotes += sales_plan.quotes(year, month, volume)
            bills += [*purchase_plan.standing_bills(year, month), *purchase_plan.bills(year, month, volume)]
            expenses += purchase_plan.expenses(year, month, volume)
        for story in planted.documents(with_defects=self._planted):
            sales += story.sales
            bills += story.bills
            expenses += story.expenses
        self._sales.write_invoices(masters.with_projects(sales))
        self._sales.write_quotes(quotes)
        self._purchases.enter_bills(bills)
        self._purchases.enter_expenses(expenses)

    def _routine(self) -> None:
        rng = self._rng("routine")
        for year, month in _MONTHS:
            routine.pay_wages(self._keeper, self._manual, year, month, self._scale)
            routine.bank_bookings(self._keeper, rng, year, month)
            routine.regular_entries(self._manual, rng, year, month)
        routine.single_events(self._manual, self._keeper)
        planted.enter(self._keeper, self._manual, with_defects=self._planted)
        routine.keep_till(self._keeper, planted.QUIET_DAYS, _MONTHS)

    def _close(self) -> None:
        closing.settle_before(self._keeper, self._manual)
        for quarter in quarters()[:-1]:
            expected = expected_return(self._keeper.supplies, quarter, 0)
            closing.settle(self._keeper, self._manual, quarter, expected)
        profit = closing.result_of_2025(self._keeper)
        closing.close_2025(self._keeper)
        routine.distribute_profit(self._manual, self._keeper, profit)

    def _records(self, written: list[Booking], number: str) -> dict[str, list[dict[str, object]]]:
        tax_ids = {code: tax.id for code, tax in by_code().items()}
        sales, purchases = self._sales, self._purchases
        return {
            "company": masters.company_records(number),
            "user": masters.user_records(),
            "account": account_records(self._rng("accounts"), tax_ids),
            "account_group": account_group_records(self._rng("groups")),
            "tax": tax_records(self._rng("taxes")),
            "currency": currency_records(),
            "business_year": masters.business_year_records(),
            "calendar_year": masters.calendar_year_records(tax_ids),
            "vat_period": masters.vat_period_records(quarters()),
            "contact": contact_records(self._rng("contact cards"), self._contacts),
            "country": country_records(),
            "quote": sales.quotes,
            "project": masters.project_records(self._rng("projects"), self._contacts),
            "invoice": sales.invoices,
            "invoice_payment": sales.payments,
            "bill": purchases.bills,
            "expense": purchases.expenses,
            "outgoing_payment": purchases.payments,
            "manual_entry": self._manual.records(),
            "journal": journal_records(written),
            "file": purchases.files,
            "bank_account": masters.bank_account_records(self._rng("banks")),
        }


def _volume(scale: int) -> int:
    """By how much documents multiply so that journal lines grow with ``scale``.

    Rent, wages, settlements and closing are about half of the lines at scale 1 and do not grow.
    """
    return 1 + (scale - 1) * 9 // 5


def _lines_by_quarter(written: list[Booking]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for booking in written:
        day = booking.booked_on
        counted[Quarter(day.year, (day.month + 2) // 3).id] += len(booking.rows)
    return counted
