"""Family D: may the input tax be deducted?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "D04",
    subject="vat_line",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="Swiss input tax of CHF {vat_effect} is deducted on a purchase from {contact_name} ({contact_country})",
    needs=["contact"],
    references=["Art. 28 MWSTG", "Art. 45 MWSTG", "Art. 50 MWSTG"],
)
def swiss_input_tax_of_foreign_supplier(books: Books, *, min_tax: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """Swiss input tax is deducted on a purchase from a foreign supplier.

    Why it matters: Only Swiss VAT can be deducted. A supplier abroad charges none: goods are taxed by customs at the
    border, services are taxed with the acquisition tax, and foreign VAT is refunded abroad if at all.

    False positives: Foreign firms that are registered in Switzerland and show a CHE number with MWST. Known numbers
    (in the contact's remarks, name or address supplement, or in mandate.toml) are respected. Liechtenstein is domestic.

    What to do: Look at the invoice. With a Swiss VAT number record it on the contact; without one remove the code, and
    for a service declare the acquisition tax (Ziffer 383) instead.
    """
    return books.sql(
        """
        select vat_line_id, booked_on, gross as amount, net, tax, rate, tax_code, contact_name, contact_country,
               account_nos, document_no, description, kind, evidence, document_id, ziffer,
               tax_in(gross, rate) as vat_effect
        from   vat_line
        where  direction = 'input' and rate > 0 and rate < 100 and ziffer in ('400', '405')
        and    not contact_is_domestic and contact_vat_number is null
        and    abs(tax_in(gross, rate)) >= $min_tax
        """,
        min_tax=min_tax,
    )
