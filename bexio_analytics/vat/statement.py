"""The reconciliations of Art. 128 MWSTV as statements: every difference broken down to the rows that cause it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from bexio_analytics.books import Books
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.form import ZERO
from bexio_analytics.vat.vat_return import VatReturn

LETTERS = {
    "a": "Turnover by account",
    "b": "Income on expense accounts",
    "c": "Set-offs within a group",
    "d": "Sales of operating assets",
    "e": "Prepayments",
    "f": "Other receipts not shown as turnover",
    "g": "Benefits in kind and own use",
    "h": "Reductions of consideration",
    "i": "Losses on receivables",
    "j": "Closing entries",
}
"""Art. 128 para. 2 MWSTV: what the reconciliation of turnover has to consider. Set-offs (c) cannot be told apart."""

_NOT_TURNOVER = ("accrual", "transfer", "exchange")
_UNDECLARED = ("nothing", "no_box")


@dataclass(frozen=True, slots=True)
class TurnoverStatement:
    """Turnover of the ledger reconciled with Ziffer 200 (Art. 128 para. 2 MWSTV). CHF, positive for a sale.

    The sum of ``letters`` is turnover by ledger. Less ``not_turnover`` (accruals, transfers, exchange differences) and
    ``no_consideration`` (900, 910), plus ``reductions`` (declared in 235, not deducted from 200), less ``waiting``
    (unpaid under collected consideration), less ``undeclared`` (rows that reach no box) it is ``declared``.

    Attributes:
        letters: turnover by letter a to j.
        not_turnover: rows on turnover accounts that are no turnover.
        no_consideration: flows of Ziffern 900 and 910.
        reductions: Ziffer 235.
        waiting: turnover of documents not yet paid, less what payments of the period take from it.
        undeclared: turnover that no code declares; its rows are ``causes``.
        declared: what is left, to be compared with Ziffer 200.
        ziffer_200: Ziffer 200 of the return.
        remainder: ``declared`` minus ``ziffer_200``: what this statement cannot explain.
        causes: rows behind ``undeclared``, largest first: columns of the view ``turnover_item``.
    """

    letters: dict[str, Decimal]
    not_turnover: Decimal
    no_consideration: Decimal
    reductions: Decimal
    waiting: Decimal
    undeclared: Decimal
    declared: Decimal
    ziffer_200: Decimal
    remainder: Decimal
    causes: pl.DataFrame


@dataclass(frozen=True, slots=True)
class InputTaxLine:
    """One Ziffer of input tax reconciled with the VAT accounts (Art. 128 para. 3 MWSTV). CHF.

    ``booked`` is what coded rows moved on 1170, 1171, 1173 and 1174 for the Ziffer, by account in ``accounts``;
    ``difference`` is ``declared`` minus ``booked``. Corrections and reductions (415, 420) are positive as on the form.
    """

    ziffer: str
    declared: Decimal
    booked: Decimal
    difference: Decimal
    accounts: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class InputTaxStatement:
    """Input tax declared against input tax of the accounts.

    Attributes:
        lines: by Ziffer.
        without_code: debit of the input tax accounts in CHF that no code explains; its rows are ``causes``.
        causes: postings without code on input tax accounts, settlements and balances carried forward apart: columns of
            the view ``vat_account_item``.
    """

    lines: tuple[InputTaxLine, ...]
    without_code: Decimal
    causes: pl.DataFrame


def turnover_statement(books: Books, result: VatReturn) -> TurnoverStatement:
    """Reconcile the turnover of the ledger with Ziffer 200 of a return."""
    period = result.period
    sums = books.sql(
        """
        select letter, explained, sum(amount) as amount
        from   turnover_item where booked_on between $start and $end
        group  by all order by all
        """,
        start=period.start,
        end=period.end,
    )
    by_kind: dict[str, Decimal] = {}
    letters = dict.fromkeys(LETTERS, ZERO)
    for letter, explained, amount in sums.iter_rows():
        by_kind[explained] = by_kind.get(explained, ZERO) + amount
        if not explained.startswith("collected"):
            letters[letter] += amount

    def of(*kinds: str) -> Decimal:
        return sum((by_kind.get(kind, ZERO) for kind in kinds), ZERO)

    reductions = -of("declared_235", "collected_235")
    waiting = of("waiting") - of("collected", "collected_235")
    ledger = sum(letters.values(), ZERO)
    undeclared = of(*_UNDECLARED)
    declared = ledger - of(*_NOT_TURNOVER) - of("no_consideration") + reductions - waiting - undeclared
    causes = books.sql(
        """
        select * from turnover_item
        where  booked_on between $start and $end and explained in ('nothing', 'no_box')
        order  by abs(amount) desc, turnover_item_id
        """,
        start=period.start,
        end=period.end,
    )
    return TurnoverStatement(
        letters=letters,
        not_turnover=of(*_NOT_TURNOVER),
        no_consideration=of("no_consideration"),
        reductions=reductions,
        waiting=waiting,
        undeclared=undeclared,
        declared=declared,
        ziffer_200=result.ziffern["200"],
        remainder=declared - result.ziffern["200"],
        causes=causes,
    )


def input_tax_statement(books: Books, result: VatReturn) -> InputTaxStatement:
    """Reconcile Ziffern 400 to 420 of a return with the input tax accounts; nothing to reconcile with net tax rates."""
    period = result.period
    booked = books.sql(
        """
        select account_no, ziffer, sum(amount) as amount
        from   vat_account_item
        where  booked_on between $start and $end and explained = 'coded' and is_input and account_no <> '1172'
        group  by all order by all
        """,
        start=period.start,
        end=period.end,
    )
    of_box: dict[str, dict[str, Decimal]] = {}
    for account_no, box, amount in booked.iter_rows():
        of_box.setdefault(box, {})[account_no] = -amount if box in {"415", "420"} else amount
    boxes = [box.ziffer for box in result.form if box.part in {"input", "input_reduction"}]
    lines = []
    for box in boxes:
        accounts = of_box.get(box, {})
        total = sum(accounts.values(), ZERO)
        lines.append(InputTaxLine(box, result.ziffern[box], total, result.ziffern[box] - total, accounts))
    causes = account_causes(books, period).filter(pl.col("is_input") & (pl.col("account_no") != "1172"))
    return InputTaxStatement(tuple(lines), sum(causes["amount"].to_list(), ZERO), causes)


def account_causes(books: Books, period: VatPeriod) -> pl.DataFrame:
    """Postings on VAT accounts that neither a tax code nor a settlement explains, largest first.

    Returns:
        Columns of the view ``vat_account_item``; their amounts add up to ``other`` of the account bridge.
    """
    return books.sql(
        """
        select * from vat_account_item
        where  booked_on between $start and $end and explained = 'other'
        order  by abs(amount) desc, posting_id
        """,
        start=period.start,
        end=period.end,
    )


def document_differences(books: Books, period: VatPeriod) -> pl.DataFrame:
    """Documents of a period whose VAT is not what was booked for them, rounding apart, largest difference first.

    Returns:
        Columns of the view ``document_tax``; amounts in the document's currency.
    """
    return books.sql(
        """
        select * from document_tax
        where  dated_on between $start and $end and not is_rounding
        order  by abs(difference) desc, document_id, rate
        """,
        start=period.start,
        end=period.end,
    )


def document_total_differences(books: Books, period: VatPeriod) -> pl.DataFrame:
    """Documents of a period whose total is not what was booked for them, largest difference first.

    Returns:
        Columns of the view ``document_total``; amounts in the document's currency.
    """
    return books.sql(
        """
        select * from document_total
        where  dated_on between $start and $end and difference <> 0
        order  by abs(difference) desc, document_id
        """,
        start=period.start,
        end=period.end,
    )
