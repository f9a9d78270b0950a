"""What there is to plant errors in: plain bookings of the period, and the tax codes they could have had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.periods import VatPeriod

WORTH = Decimal(100)
"""CHF; an error in a smaller booking is planted only where there is no larger one."""

_BOOKINGS = """
with entry as (
    select j.entry_id, any_value(j.kind) as kind, any_value(j.document_id) as document_id,
        min(j.booked_on) as booked_on, any_value(j.contact_id) as contact_id,
        any_value(coalesce(j.contact_name, case when j.kind in ('export', 'manual_entry') then j.description end))
            as partner,
        bool_and(j.contact_is_domestic) as is_domestic, any_value(j.currency) as currency,
        max(j.tax_id) as tax_id, max(j.tax_code) as tax_code, max(j.direction) as direction,
        coalesce(max(j.tax_rate), 0) as rate, max(j.vat_line_id) as vat_line_id,
        max(j.line_id) filter (not j.is_vat_row) as base_id, max(j.line_id) filter (j.is_vat_row) as tax_line_id,
        max(j.debit_account_no) filter (not j.is_vat_row) as debit_account_no,
        max(j.credit_account_no) filter (not j.is_vat_row) as credit_account_no,
        sum(j.amount) filter (not j.is_vat_row) as net,
        coalesce(sum(j.amount) filter (j.is_vat_row), 0) as tax,
        sum(j.amount_fc) filter (not j.is_vat_row) as net_fc
    from     journal_line j
    group by j.entry_id
    having   count(*) filter (not j.is_vat_row) = 1 and count(*) filter (j.is_vat_row) <= 1
    and      count(distinct coalesce(j.tax_code, '')) = 1
    and      not bool_or(j.is_opening or j.is_closing or j.is_settlement or j.is_rounding or j.is_moved_tax)
    and      any_value(j.kind) in ('bill', 'expense', 'invoice', 'manual_entry', 'export')
),
document_of_one_line as (
    select document_id, any_value(net) as net from document_line group by document_id having count(*) = 1
)
select e.*, case when d.account_type = 'expense' or d.is_fixed_asset then 'debit' else 'credit' end as side,
    case when d.account_type = 'expense' or d.is_fixed_asset then d.account_no else c.account_no end as account_no,
    case when d.account_type = 'expense' or d.is_fixed_asset then d.never_input else false end as never_input,
    e.booked_on between $start and $end as is_in_period
from      entry e
join      account d on d.account_no = e.debit_account_no
join      account c on c.account_no = e.credit_account_no
left join document_of_one_line l on l.document_id = e.document_id
where     ((d.account_type = 'expense' or d.is_fixed_asset) and (c.is_payable or c.is_money)
           or c.account_type = 'revenue' and (d.is_receivable or d.is_money))
and       e.net > 0 and e.tax >= 0 and (e.kind = 'export' or l.net = e.net_fc)
order by  e.booked_on, e.base_id
"""


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax code that a booking can be given."""

    tax_id: int
    code: str
    rate: Decimal
    kind: str
    direction: str
    ziffer: str | None
    account_no: str | None
    valid_from: date | None
    valid_till: date | None

    def is_offered_on(self, day: date) -> bool:
        """Whether bexio offers it for a booking of this day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_till is None or day <= self.valid_till
        )


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking of one net row and at most one VAT row, with a document of one line where it has a document.

    ``side`` is the side of the net row that stands for what was bought (debit) or sold (credit), ``account_no`` the
    account there. ``partner`` is the customer or supplier, in an export the text.
    """

    entry_id: str
    kind: str
    document_id: str | None
    booked_on: date
    contact_id: int | None
    partner: str | None
    is_domestic: bool | None
    currency: str
    tax_id: int | None
    tax_code: str | None
    direction: str | None
    rate: Decimal
    vat_line_id: str | None
    base_id: int
    tax_line_id: int | None
    debit_account_no: str
    credit_account_no: str
    net: Decimal
    tax: Decimal
    net_fc: Decimal
    side: str
    account_no: str
    never_input: bool
    is_in_period: bool

    @property
    def gross(self) -> Decimal:
        """What the partner owes or is owed; acquisition tax is no part of it."""
        return self.net if self.direction == "acquisition" else self.net + self.tax

    @property
    def line_ids(self) -> tuple[int, ...]:
        """Its journal rows."""
        return (self.base_id,) if self.tax_line_id is None else (self.base_id, self.tax_line_id)

    @property
    def keys(self) -> frozenset[str]:
        """Everything a finding can call it by."""
        named = {f"journal_entry:{self.entry_id}", *(f"journal_line:{line_id}" for line_id in self.line_ids)}
        named |= {f"document:{self.document_id}"} if self.document_id else set()
        return frozenset(named | ({f"vat_line:{self.vat_line_id}"} if self.vat_line_id else set()))

    @property
    def is_purchase(self) -> bool:
        """Something was bought."""
        return self.side == "debit"

    @property
    def is_taxed(self) -> bool:
        """VAT was booked, in a row of its own."""
        return self.tax_line_id is not None and self.tax > 0


@dataclass(slots=True)
class Material:
    """What one trial can still use; every booking, and if possible every partner, is used once.

    Attributes:
        books: the books without planted errors.
        period: the period under review.
        bookings: all plain bookings of all times, oldest first.
        taxes: the codes of the books.
        spoken_of: keys that findings of the books speak of; other bookings are preferred.
    """

    books: Books
    period: VatPeriod
    bookings: Sequence[Booking]
    taxes: Sequence[Tax]
    spoken_of: frozenset[str]
    _of_partner: Mapping[tuple[str, str | None], Sequence[Booking]]
    _used: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, books: Books, period: VatPeriod, spoken_of: frozenset[str]) -> Material:
        """Everything the books have."""
        rows = books.sql(_BOOKINGS, start=period.start, end=period.end)
        codes = books.sql(
            """
            select tax_id, code, rate, kind, direction, ziffer, account_no, valid_from, valid_till
            from   tax_code semi join account using (account_no)
            where  net_rate is null and rate < 100 order by code, tax_id
            """
        )
        bookings = [Booking(**row) for row in rows.iter_rows(named=True)]
        of_partner: defaultdict[tuple[str, str | None], list[Booking]] = defaultdict(list)
        for each in bookings:
            if each.partner:
                of_partner[each.side, each.partner].append(each)
        taxes = [Tax(**row) for row in codes.iter_rows(named=True)]
        return cls(books, period, bookings, taxes, spoken_of, of_partner)

    def again(self) -> Material:
        """The same for the next trial, nothing of it used."""
        return replace(self, _used=set())

    def choose(self, rng: Random, fits: Callable[[Booking], bool]) -> Booking | None:
        """One booking of the period that fits, used up with it; None if there is none left."""
        fitting = [
            each for each in self.bookings if each.is_in_period and each.entry_id not in self._used and fits(each)
        ]
        for preferred in (
            lambda each: each.keys.isdisjoint(self.spoken_of),
            lambda each: each.gross >= WORTH,
            lambda each: self._partner(each) not in self._used,
        ):
            fitting = [each for each in fitting if preferred(each)] or fitting
        if not fitting:
            return None
        chosen = rng.choice(fitting)
        self._used |= {chosen.entry_id, self._partner(chosen)}
        return chosen

    def choose_with_tax(
        self, rng: Random, fits: Callable[[Booking], bool], fits_tax: Callable[[Tax, Booking], bool]
    ) -> tuple[Booking, Tax] | None:
        """A booking together with a code that it could have got by mistake; None if no booking has both."""
        booking = self.choose(rng, lambda each: fits(each) and any(fits_tax(tax, each) for tax in self.taxes))
        return (booking, rng.choice([tax for tax in self.taxes if fits_tax(tax, booking)])) if booking else None

    def earlier(self, booking: Booking) -> list[Booking]:
        """Bookings with the same partner before this one."""
        place = (booking.booked_on, booking.base_id)
        known = self._of_partner.get((booking.side, booking.partner), ())
        return [each for each in known if (each.booked_on, each.base_id) < place]

    def accounts(self, condition: str) -> list[str]:
        """Account numbers by a condition of ours, the busiest first."""
        rows = self.books.sql(
            f"""
            select a.account_no from account a join posting p using (account_no)
            where  {condition} group by all order by count(*) desc, a.account_no
            """  # noqa: S608 - written in this room
        )
        return list(rows["account_no"])

    def day(self, rng: Random) -> date:
        """A day of the period on which something was booked."""
        days = self.books.sql(
            "select distinct booked_on from journal_line where booked_on between $start and $end order by all",
            start=self.period.start,
            end=self.period.end,
        )["booked_on"]
        return rng.choice(list(days)) if len(days) else self.period.start

    @staticmethod
    def _partner(booking: Booking) -> str:
        return f"partner {booking.partner or booking.entry_id}"


def rappen(rng: Random, least: int, most: int) -> Decimal:
    """A drawn amount in CHF between two whole amounts, with Rappen."""
    return (Decimal(rng.randint(least * 100, most * 100)) / 100).quantize(Decimal("0.01"))


def any_of(rng: Random, values: Iterable[str]) -> str | None:
    """One of the values, or None if there is none."""
    listed = list(values)
    return rng.choice(listed) if listed else None
