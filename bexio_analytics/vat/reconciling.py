"""All reconciliations of one return in one: accounts, turnover, input tax, documents, what was filed, the year."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from bexio_analytics.books import Books
from bexio_analytics.vat.annual import AnnualReconciliation, FiledComparison, annual_reconciliation, filed_comparison
from bexio_analytics.vat.reconciliation import AccountBridge, TurnoverBridge
from bexio_analytics.vat.statement import (
    InputTaxStatement,
    TurnoverStatement,
    account_causes,
    document_differences,
    document_total_differences,
    input_tax_statement,
    turnover_statement,
)
from bexio_analytics.vat.vat_return import VatReturn

_MONTHS_OF_YEAR = 12


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A return held against everything else that is known of its period (Art. 72 MWSTG, Art. 128 MWSTV).

    Attributes:
        accounts: VAT accounts from opening to closing balance, by what moved them.
        account_causes: the postings behind ``other`` of the accounts: columns of the view ``vat_account_item``.
        turnover_accounts: turnover by ledger against Ziffer 200, account by account.
        turnover: the same, by letters a to j of Art. 128 para. 2 MWSTV.
        input_tax: Ziffern 400 to 420 against the input tax accounts.
        documents: documents whose VAT is not what was booked for them: columns of the view ``document_tax``.
        document_totals: documents whose total is not what was booked for them: columns of the view ``document_total``.
        filed: the return that was filed for the period, None where none is stored.
        year: of a return for a calendar year: the year against its periods and what was filed.
    """

    accounts: tuple[AccountBridge, ...]
    account_causes: pl.DataFrame
    turnover_accounts: tuple[TurnoverBridge, ...]
    turnover: TurnoverStatement
    input_tax: InputTaxStatement
    documents: pl.DataFrame
    document_totals: pl.DataFrame
    filed: FiledComparison | None
    year: AnnualReconciliation | None


def reconcile(books: Books, result: VatReturn) -> Reconciliation:
    """Reconcile a return with ledger, documents and what was filed.

    Raises:
        FilingAlteredError: a stored file is not what was stored.
    """
    is_year = result.period.months == _MONTHS_OF_YEAR
    return Reconciliation(
        accounts=result.bridge,
        account_causes=account_causes(books, result.period),
        turnover_accounts=result.turnover_bridge,
        turnover=turnover_statement(books, result),
        input_tax=input_tax_statement(books, result),
        documents=document_differences(books, result.period),
        document_totals=document_total_differences(books, result.period),
        filed=filed_comparison(books, result.period),
        year=annual_reconciliation(books, result.period.start.year) if is_year else None,
    )
