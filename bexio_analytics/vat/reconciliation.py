"""The return held against the ledger: VAT accounts and turnover, difference by difference."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bexio_analytics.books import Books
from bexio_analytics.periods import VatPeriod


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

    CHF, positive for a sale. ``declared`` is what the account's coded rows put on Ziffer 200; ``difference`` is
    turnover without a code that reaches it.
    """

    account_no: str
    account_name: str
    ledger: Decimal
    declared: Decimal
    difference: Decimal


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
        with ledger as (
            select account_no, sum(turnover) as ledger
            from   turnover_posting
            where  booked_on between $start and $end and coalesce(ziffer, '') not in ('900', '910')
            group  by account_no
        ),
        declared as (
            select account_no, sum(-amount) as declared
            from   posting
            where  booked_on between $start and $end
            and    vat_role = 'base' and is_tax_side and direction = 'output'
            and    coalesce(ziffer, '') not in ('', '000')
            and    string_split(ziffer, '.')[-1] not in ('235', '900', '910')
            group  by account_no
        )
        select a.account_no, a.name as account_name, coalesce(l.ledger, 0) as ledger,
               coalesce(d.declared, 0) as declared, coalesce(l.ledger, 0) - coalesce(d.declared, 0) as difference
        from   account a
        left join ledger l using (account_no)
        left join declared d using (account_no)
        where  l.ledger is not null or d.declared is not null
        order  by a.account_no
        """,
        start=period.start,
        end=period.end,
    )
    return tuple(TurnoverBridge(**row) for row in rows.iter_rows(named=True))
