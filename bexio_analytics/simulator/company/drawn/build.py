"""Draws a whole company from a seed: documents, payments, entries and closings, and what its VAT returns must say."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from bexio_analytics.simulator.company import masters
from bexio_analytics.simulator.company.bookkeeper import Booking, journal_records
from bexio_analytics.simulator.company.chart import account_group_records, account_records, chart
from bexio_analytics.simulator.company.contacts import contact_records, contacts, new_vat_number
from bexio_analytics.simulator.company.drawn import routine
from bexio_analytics.simulator.company.drawn.books import Office
from bexio_analytics.simulator.company.drawn.buying import BuyingDesk
from bexio_analytics.simulator.company.drawn.codes import Activity, code_book, era_of
from bexio_analytics.simulator.company.drawn.drawing import Draw, quarter_starts
from bexio_analytics.simulator.company.drawn.entering import EntryDesk
from bexio_analytics.simulator.company.drawn.facts import Facts
from bexio_analytics.simulator.company.drawn.oracle import ExpectedReturn, expected_returns
from bexio_analytics.simulator.company.drawn.profile import Period, Profile, YearStatus, periods_of
from bexio_analytics.simulator.company.drawn.selling import SellingDesk
from bexio_analytics.simulator.company.formats import happens, new_uuid
from bexio_analytics.simulator.company.places import country_records, currency_records
from bexio_analytics.simulator.company.taxes import tax_records

_LAST_YEAR = 2026
_CHANGING, _SUBJECT_SHARE = 30, 85
# net tax rates in percent of two trades, for the years until 2017, until 2023 and since 2024
_LADDERS = (
    (("0.6", "0.6", "0.6"), ("5.1", "5.1", "5.3")),
    (("2.0", "2.0", "2.1"), ("6.1", "5.9", "6.2")),
    (("1.2", "1.2", "1.3"), ("4.3", "4.3", "4.5")),
)
_DATED_DEFAULTS = ("UN81", "UR26", "UO81", "VB81", "VB26", "VM81", "VM26")
_DEFAULTS = ("UEX", "ULA", "UNO", "SPE", "VIM")
_NET_TAX_ACCOUNT_NAME = "Mehrwertsteuer nach Saldosteuersätzen"

Plant = Callable[[Office, SellingDesk, BuyingDesk, EntryDesk], None]


@dataclass(frozen=True, slots=True)
class DrawnCompany:
    """A company drawn from a seed.

    Attributes:
        name: its name.
        vat_number: its VAT number.
        records: resource → rows as the wire writes them (see ``Company``).
        truth: VAT period → what its return must say; periods of years not subject to VAT are absent.
        statuses: calendar year → method, basis and whether it is subject to VAT.
        rhythm: month, quarter, semester or annual.
        facts: what happened, which ``truth`` is computed from.
        mandate_toml: what ``mandate.toml`` has to say where bexio shows no net tax codes, else empty.
    """

    name: str
    vat_number: str
    records: Mapping[str, list[dict[str, object]]]
    truth: Mapping[str, ExpectedReturn]
    statuses: Mapping[int, YearStatus]
    rhythm: str
    facts: Facts
    mandate_toml: str = ""


def random_company(
    seed: int,
    *,
    method: str | None = None,
    basis: str | None = None,
    years: tuple[int, ...] | None = None,
    rhythm: str | None = None,
    statuses: Mapping[int, YearStatus] | None = None,
    documents: int = 8,
    net_tax_codes: bool = True,
    plant: Plant | None = None,
) -> DrawnCompany:
    """Draw a company; the same arguments give the same company, and what is not given is drawn from the seed.

    Args:
        seed: seed of everything that is drawn.
        method: ``effective`` or ``net_tax``, for all years.
        basis: ``agreed`` or ``collected``, for all years.
        years: consecutive calendar years of the books, 2016 to 2026.
        rhythm: month, quarter, semester or annual.
        statuses: method, basis and subject status year by year, in place of ``method``, ``basis`` and ``years``.
        documents: invoices a quarter, and as many bills.
        net_tax_codes: whether bexio shows codes of net tax rates; if not, ``mandate_toml`` names the accounts, and all
            years must lie in one rate generation.
        plant: called before the periods are settled, to enter further documents and entries; it adds its own facts.
    """
    rng = random.Random(f"drawn:{seed}")  # noqa: S311 - invented data must repeat, nothing is secret
    profile = _profile(
        rng, seed, method=method, basis=basis, years=years, rhythm=rhythm, statuses=statuses, documents=documents
    )
    profile = replace(profile, has_net_tax_codes=net_tax_codes)
    if not net_tax_codes and era_of(profile.first_day) != era_of(profile.last_day):
        raise ValueError("without net tax codes the rates of an activity cannot change: choose years of one generation")
    return _Builder(profile, rng).build(plant)


def _profile(
    rng: random.Random,
    seed: int,
    *,
    method: str | None,
    basis: str | None,
    years: tuple[int, ...] | None,
    rhythm: str | None,
    statuses: Mapping[int, YearStatus] | None,
    documents: int,
) -> Profile:
    first = rng.choice((2016, 2017, 2017, 2018, 2020, 2022, 2023, 2023, 2024, 2025))
    count = rng.choice((1, 2, 2, 3))
    drawn_years = tuple(range(first, min(first + count, _LAST_YEAR + 1)))
    drawn_method = rng.choice(("effective", "effective", "net_tax"))
    drawn_basis = rng.choice(("agreed", "collected"))
    drawn_rhythm = rng.choice(("quarter", "quarter", "month", "annual"))
    net_tax_rhythm = rng.choice(("semester", "semester", "annual"))
    changes = happens(rng, _CHANGING) and method is None and basis is None
    if statuses is None:
        status = YearStatus(method or drawn_method, basis or drawn_basis)
        statuses = dict.fromkeys(years or drawn_years, status)
        if changes:
            statuses = {year: _drawn_status(rng) for year in statuses}
    has_net_tax = any(status.method == "net_tax" for status in statuses.values())
    ordered = dict(sorted(statuses.items()))
    if list(ordered) != list(range(min(ordered), max(ordered) + 1)):
        raise ValueError(f"the years of a drawn company must follow one another: {sorted(ordered)}")
    return Profile(seed, ordered, rhythm or (net_tax_rhythm if has_net_tax else drawn_rhythm), documents)


def _drawn_status(rng: random.Random) -> YearStatus:
    return YearStatus(
        rng.choice(("effective", "net_tax")), rng.choice(("agreed", "collected")), happens(rng, _SUBJECT_SHARE)
    )


class _Builder:
    def __init__(self, profile: Profile, rng: random.Random) -> None:
        self._profile = profile
        self._rng = rng
        ladder = rng.choice(_LADDERS)
        self._activities = [
            Activity(name, account_no, dict(zip(("old", "mid", "new"), map(Decimal, rates), strict=True)))
            for name, account_no, rates in zip(("Handel", "Beratung"), ("3200", "3400"), ladder, strict=True)
        ]
        has_net_tax = any(status.method == "net_tax" for status in profile.statuses.values())
        book = code_book(self._activities if has_net_tax else (), profile.last_day)
        self._office = Office(profile, book, contacts(self._topic("contacts"), 1), rng)
        last_account = max(account.id for account in chart().values())
        self._more_accounts = {routine.NET_TAX_ACCOUNT: last_account + 1}
        self._selling = SellingDesk(self._office)
        self._buying = BuyingDesk(self._office)
        self._entries = EntryDesk(self._office, self._more_accounts)

    def _topic(self, topic: str) -> random.Random:
        return random.Random(f"drawn:{self._profile.seed}:{topic}")  # noqa: S311 - as above

    def build(self, plant: Plant | None) -> DrawnCompany:
        """Draw and book everything, compute the returns, settle them, close the years, number the journal."""
        profile, office = self._profile, self._office
        draw = Draw(profile, office.book, self._rng, office.contacts)
        starts = quarter_starts(profile.years)
        routine.open_books(office.keeper, profile.first_day)
        self._selling.write(
            [sale for start in starts for sale in draw.sales(start)],
            [refund for start in starts for refund in draw.refunds(start)],
        )
        self._buying.enter_bills([bill for start in starts for bill in draw.bills(start)])
        self._buying.enter_expenses([expense for start in starts for expense in draw.expenses(start)])
        for start in starts:
            routine.quarter_entries(office, self._entries, start)
        if plant is not None:
            plant(office, self._selling, self._buying, self._entries)
        periods = periods_of(profile.years, profile.rhythm)
        truth = expected_returns(office.facts, office.codes, periods, profile.statuses)
        filed = [(period, truth[period.id]) for period in periods if period.id in truth]
        routine.settle(office.keeper, self._entries, filed, profile.last_day)
        for year in profile.years[:-1]:
            routine.close_year(office.keeper, year, profile.last_day, profile.first_day)
        written = list(office.keeper.written(self._topic("journal")))
        name = f"Zufall {profile.seed} AG"
        number = new_vat_number(self._topic("company"))
        records = self._records(written, name, number, periods)
        return DrawnCompany(
            name,
            number.removesuffix(" MWST"),
            records,
            truth,
            profile.statuses,
            profile.rhythm,
            office.facts,
            "" if profile.has_net_tax_codes else self._mandate_toml(),
        )

    def _mandate_toml(self) -> str:
        era = era_of(self._profile.first_day)
        return "".join(
            f'\n[activities."{activity.name}"]\nrate = {activity.rates[era]}\naccounts = ["{activity.account_no}"]\n'
            for activity in self._activities
        )

    def _records(
        self, written: list[Booking], name: str, number: str, periods: list[Period]
    ) -> dict[str, list[dict[str, object]]]:
        codes = self._office.codes
        default_ids = {code: codes[f"{code}/new"].id for code in _DATED_DEFAULTS}
        default_ids |= {code: codes[code].id for code in _DEFAULTS}
        accounts = account_records(self._topic("accounts"), default_ids)
        net_tax_account = accounts[-1] | {
            "id": self._more_accounts[routine.NET_TAX_ACCOUNT],
            "uuid": new_uuid(self._topic("net tax account")),
            "account_no": routine.NET_TAX_ACCOUNT,
            "name": _NET_TAX_ACCOUNT_NAME,
            "account_type": 1,
            "tax_id": None,
            "is_locked": False,
        }
        return {
            "company": [row | {"name": name} for row in masters.company_records(number)],
            "user": masters.user_records(),
            "account": [*accounts, net_tax_account],
            "account_group": account_group_records(self._topic("groups")),
            "tax": tax_records(
                self._topic("taxes"),
                [code for code in codes.values() if self._profile.has_net_tax_codes or code.net_rate is None],
            ),
            "currency": currency_records(),
            "business_year": self._business_years(),
            "calendar_year": self._calendar_years(default_ids),
            "vat_period": self._vat_periods(periods),
            "contact": contact_records(self._topic("contact cards"), self._office.contacts),
            "country": country_records(),
            "quote": [],
            "project": [],
            "invoice": self._selling.invoices,
            "invoice_payment": self._selling.payments,
            "bill": self._buying.bills,
            "expense": self._buying.expenses,
            "outgoing_payment": self._buying.payments,
            "manual_entry": self._entries.records(),
            "journal": journal_records(written, self._more_accounts),
            "file": self._buying.files,
            "bank_account": masters.bank_account_records(self._topic("banks")),
        }

    def _business_years(self) -> list[dict[str, object]]:
        last = self._profile.years[-1]
        return [
            {
                "id": place,
                "start": f"{year}-01-01",
                "end": f"{year}-12-31",
                "closed_at": None if year == last else f"{year + 1}-04-14",
                "status": "open" if year == last else "closed",
            }
            for place, year in enumerate(self._profile.years, 1)
        ]

    def _calendar_years(self, tax_ids: Mapping[str, int]) -> list[dict[str, object]]:
        return [
            {
                "id": place,
                "start": f"{year}-01-01",
                "end": f"{year}-12-31",
                "is_vat_subject": status.is_vat_subject,
                "default_tax_income_id": tax_ids["UN81"],
                "default_tax_expense_id": tax_ids["VM81"],
                "created_at": f"{year - 1}-12-09T10:14:33+01:00",
                "updated_at": f"{year - 1}-12-09T10:14:33+01:00",
                "vat_accounting_method": status.method,
                "vat_accounting_type": status.basis,
                "is_annual_reporting": self._profile.rhythm == "annual",
            }
            for place, (year, status) in enumerate(self._profile.statuses.items(), 1)
        ]

    def _vat_periods(self, periods: list[Period]) -> list[dict[str, object]]:
        return [
            {
                "id": place,
                "start": period.start.isoformat(),
                "end": period.end.isoformat(),
                "type": self._profile.rhythm,
                "status": "closed" if period.filed_on <= self._profile.last_day else "open",
                "closed_at": period.filed_on.isoformat() if period.filed_on <= self._profile.last_day else None,
            }
            for place, period in enumerate(periods, 1)
        ]
