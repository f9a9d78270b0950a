"""The return reconciled with everything else that is known of its period: one part after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from bexio_analytics.present import bridges
from bexio_analytics.present.documents import document_part, documents_of
from bexio_analytics.present.filed import filed_beside_now
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.turnover import turnover_items, turnover_part
from bexio_analytics.present.year import year_part, years_in_reach
from bexio_analytics.vat import reconcile

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.vat import VatReturn
    from bexio_analytics.vat.ech0217 import FiledReturn


def reconciliation_parts(
    books: Books, vat_return: VatReturn, filed: FiledReturn | None, as_of: date, translate: Translator
) -> Html:
    """What was filed, turnover, input tax, tax booked, documents, VAT accounts, and the years within reach.

    Args:
        books: open, after a review.
        vat_return: the return of the period.
        filed: what the ESTV has of the period.
        as_of: the day the page stands for.
        translate: language.

    Raises:
        FilingAlteredError: a stored return is not what was stored.
    """
    return join(_parts(books, vat_return, filed, as_of, translate))


def _parts(
    books: Books, vat_return: VatReturn, filed: FiledReturn | None, as_of: date, translate: Translator
) -> Iterator[Html]:
    period = vat_return.period
    found = reconcile(books, vat_return)
    if filed:
        yield _heading(translate("Filed and computed now"))
        yield filed_beside_now(vat_return, filed, books, translate)
    yield _heading(translate("Turnover of the ledger and Ziffer 200"), translate("Art. 128 para. 2 MWSTV"))
    yield turnover_part(found.turnover, found.turnover_accounts, turnover_items(books, period), translate)
    yield _heading(translate("Input tax declared and input tax booked"), translate("Art. 128 para. 3 MWSTV"))
    yield bridges.input_tax_bridge(found.input_tax, vat_return, translate)
    yield _heading(translate("Tax declared and tax booked"))
    yield bridges.booked_tax(vat_return, translate)
    yield _heading(translate("Documents and journal"))
    yield document_part(found.documents, found.document_totals, documents_of(books, period), translate)
    yield _heading(translate("VAT accounts"))
    yield bridges.account_bridge(found.accounts, found.account_causes, translate)
    for year in years_in_reach(books, period):
        title = translate("The year {year} and its periods", year=year.end_on.year)
        yield _heading(title, translate("Art. 72 MWSTG"))
        yield year_part(year, as_of, translate)


def _heading(title: str, law: str | None = None) -> Html:
    return tag("h3", title, tag("small", law) if law else None)
