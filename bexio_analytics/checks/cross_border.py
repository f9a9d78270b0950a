"""Family E: purchases and sales across the border."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books

KNOWN_SUPPLIERS = (
    "google|meta platforms|facebook|linkedin|microsoft ireland|adobe|amazon web services|aws emea|atlassian|zoom video|"
    "openai|anthropic|booking\\.com|upwork|dropbox|github|slack|hubspot|mailchimp|shopify|stripe payments europe"
)
"""Suppliers abroad whose supplies are services wherever they are booked (regular expression, lower case)."""

EXEMPT = (
    "hotel|hôtel|hostel|pension|restaurant|airline|airways|lufthansa|\\bbahn\\b|\\bsncf\\b|railway|taxi|parking|"
    "spedition|cargo|fracht|freight|transport|reisekosten|travel|versicherung|insurance|assurance|\\bbank\\b|"
    "seminar|kongress|congress|messe|\\bkurs\\b"
)
"""Supplies of another place or without tax (Art. 8 Abs. 2, Art. 21 MWSTG): anywhere in the name
of a supplier, or at the beginning of the name of an account."""


@check(
    "E01",
    subject="posting",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="CHF {amount} for a service of {supplier} ({contact_country}) are booked without acquisition tax",
    needs=["contact"],
    references=["Art. 45 MWSTG", "Art. 45a MWSTG", "Art. 8 Abs. 1 MWSTG"],
)
def acquisition_tax_missing(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    known_suppliers: str = KNOWN_SUPPLIERS,
    exempt: str = EXEMPT,
) -> pl.DataFrame:
    """A service from abroad is booked without acquisition tax.

    Why it matters: Software, advertising, licences and consulting from abroad are taxed where the recipient is: the
    recipient declares them in Ziffer 383. With full deduction the same tax returns as input tax, so the effect shown
    is what has to be declared, not what it finally costs; without full deduction it is a real cost.

    False positives: Suppliers with a Swiss VAT number, who charge the tax themselves; hotels, transport, seminars and
    events abroad (taxed there); insurance and banks (excluded); goods, which customs taxes. Suppliers whose name
    matches exempt are left out, and accounts whose name begins so. Liechtenstein is domestic.

    What to do: Look at the invoice. Without Swiss VAT on it, set BZM81 or BZB81; the amount invoiced is the net base.
    """
    return books.sql(
        """
        with service as (
            select p.*, coalesce(p.contact_name, p.description) as supplier, a.is_foreign_service,
                   regexp_matches(lower(coalesce(p.contact_name, p.description, '')), $known_suppliers) as is_known
            from   posting p
            join   account a on a.account_no = p.account_no and a.account_type = 'expense'
            where  p.amount >= $min_amount and not p.is_vat_row and not p.is_opening and not p.is_closing
            and    p.contra_account_no[:2] not in ('13', '23')
            and    (p.tax_code is null or p.tax_rate = 0 and coalesce(p.ziffer, '000') = '000')
            and    p.contact_vat_number is null and not coalesce(p.contact_is_domestic, false)
        )
        select p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.contra_account_no,
               p.document_no, p.supplier, p.contact_name, p.contact_country, p.description, p.tax_code, p.kind,
               p.document_id, tax_on(p.amount, n.rate) as vat_effect, n.acquisition_ziffer as ziffer
        from   service p
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject
        join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
        where  (p.contact_country is not null and (p.is_foreign_service or p.is_known)
                or p.contact_country is null and p.is_known)
        and    not regexp_matches(lower(coalesce(p.contact_name, p.description, '')), $exempt)
        and    not regexp_matches(lower(p.account_name), '^(' || $exempt || ')')
        """,
        min_amount=min_amount,
        known_suppliers=known_suppliers,
        exempt=exempt,
    )
