"""The return held against the ledger: VAT accounts and turnover, difference by difference."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bexio_analytics.books import Books
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.form import ZERO


@dataclass(frozen=True, slots=True)
class AccountBridge:
    """One VAT account over a period: opening + coded tax + settlement + other = closing (Art. 128 para. 3 MWSTV).

    Amounts in CHF; asset accounts debit positive, liability accounts credit positive. ``other`` is what no tax code
    explains: 0.00 in clean books.
    """

    account_no: str
    account_name: str
    ziffern: tuple[str, ...]
    opening: Decimal
    coded_tax: Decimal
    settlement: Decimal
    other: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True)
class TurnoverBridge:
    """One account of the turnover reconciliation (Art. 128 para. 2 MWSTV): turnover by ledger against Ziffer 200.

    CHF, positive for a sale: ledger + reductions - waiting = declared + difference. Turnover of the ledger is without
    accruals, transfers, exchange differences and flows that are no consideration. ``declared`` is what the account puts
    on Ziffer 200, ``reductions`` what it puts on Ziffer 235 instead of lowering 200, ``waiting`` what documents of the
    period add to the unpaid turnover, less what payments take from it (collected consideration). ``difference`` is
    turnover without a code that reaches Ziffer 200.
    """

    account_no: str
    account_name: str
    ledger: Decimal
    declared: Decimal
    difference: Decimal
    reductions: Decimal = ZERO
    waiting: Decimal = ZERO


def account_bridge(books: Books, period: VatPeriod) -> tuple[AccountBridge, ...]:
    """The bridge of every VAT account that moved or held a balance in a period of whole months."""
    rows = books.sql(
        """
        select account_no, any_value(account_name) as account_name,
               list_sort(list_distinct(flatten(list(string_split(ziffern, ' '))))) as ziffern,
               arg_min(opening, month_start) as opening, sum(coded_tax) as coded_tax, sum(settlement) as settlement,
               sum(other) as other, arg_max(closing, month_start) as closing
        from   vat_account_month
        where  month_start between $start and $end
        group  by account_no
        having arg_min(opening, month_start) <> 0 or arg_max(closing, month_start) <> 0
            or sum(abs(coded_tax) + abs(settlement) + abs(other)) <> 0
        order  by account_no
        """,
        start=period.start,
        end=period.end,
    )
    return tuple(
        AccountBridge(**{**row, "ziffern": tuple(z for z in row["ziffern"] if z)}) for row in rows.iter_rows(named=True)
    )


def turnover_bridge(books: Books, period: VatPeriod) -> tuple[TurnoverBridge, ...]:
    """Turnover by ledger against Ziffer 200 for every account with either, in a period."""
    rows = books.sql(
        """
        with item as (
            select account_no, account_name, explained, amount, explained like 'collected%' as is_payment
            from   turnover_item
            where  booked_on between $start and $end
            and    explained not in ('accrual', 'transfer', 'exchange', 'no_consideration')
        )
        select
            account_no, any_value(account_name) as account_name,
            coalesce(sum(amount) filter (not is_payment), 0) as ledger,
            coalesce(sum(amount) filter (explained in ('declared', 'collected')), 0) as declared,
            coalesce(sum(amount) filter (explained in ('nothing', 'no_box')), 0) as difference,
            -coalesce(sum(amount) filter (explained in ('declared_235', 'collected_235')), 0) as reductions,
            coalesce(sum(amount) filter (explained = 'waiting'), 0)
                - coalesce(sum(amount) filter (is_payment), 0) as waiting
        from   item
        group  by account_no
        order  by account_no
        """,
        start=period.start,
        end=period.end,
    )
    return tuple(TurnoverBridge(**row) for row in rows.iter_rows(named=True))
