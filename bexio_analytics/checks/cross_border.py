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
    matches exempt are left out, and accounts whose name begins so. Liechtenstein is domestic. With net tax rates I06
    asks.

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
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject and s.method = 'effective'
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


@check(
    "E02",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Acquisition tax is declared with {tax_code} on CHF {amount} of {contact_name}, a supplier in "
    "{contact_country}",
    needs=["contact"],
    references=["Art. 45 MWSTG"],
)
def acquisition_tax_on_domestic_supplier(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    exempt: str = "emission|co2|zertifikat|certificat|herkunftsnachweis|garantie d'origine",
) -> pl.DataFrame:
    """Acquisition tax is declared on a purchase from a domestic supplier.

    Why it matters: Acquisition tax is for suppliers abroad. A domestic supplier charges the tax itself, or none; the
    amount does not belong into Ziffer 383, and the tax that was invoiced is not deducted.

    False positives: Emission rights, certificates of origin and the like, taxed at the recipient since 2025 (their text
    matches exempt), and a foreign firm recorded with the address of its Swiss branch.

    What to do: Look at the invoice. With Swiss VAT on it set the input code, without it remove the code. With full
    deduction the two taxes cancel, so the effect is zero.
    """
    return books.sql(
        """
        select vat_line_id, booked_on, net as amount, tax, rate, tax_code, contact_name, contact_country, account_nos,
               document_no, description, kind, evidence, document_id, ziffer,
               tax_in(net, rate) as input_tax_if_invoiced,
               input_tax - tax as vat_effect
        from   vat_line
        where  direction = 'acquisition' and contact_is_domestic and abs(net) >= $min_amount
        and    not regexp_matches(lower(concat_ws(' ', contact_name, description)), $exempt)
        """,
        min_amount=min_amount,
        exempt=exempt,
    )


@check(
    "E03",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Acquisition tax is computed on CHF {amount}, {currency} {invoiced} less {rate} %: the price from abroad is "
    "the base itself",
    needs=["document_line"],
    references=["Art. 46 MWSTG", "Art. 24 MWSTG"],
)
def acquisition_base_taken_from_gross(books: Books, *, tolerance: Decimal = Decimal("0.02")) -> pl.DataFrame:
    """The base of acquisition tax was reduced by a tax it does not contain.

    Why it matters: A supplier abroad invoices no Swiss VAT: the whole price is the base. Treated as a gross amount the
    base is too small, and with it Ziffer 383.

    False positives: A price that includes the VAT of the supplier's own country; that tax belongs to the base too. The
    document's amount and the base booked are compared in the document's currency, up to tolerance.

    What to do: Set the line to net, or enter the amount without VAT. The effect is what has to be declared more; with
    full deduction it comes back as input tax.
    """
    return books.sql(
        """
        with invoiced as (
            select document_id, tax_id, sum(gross) as invoiced from document_line group by all
        ),
        booked as (
            select vat_line_id, sum(amount_fc) as booked from posting
            where  is_tax_side and vat_role = 'base' and direction = 'acquisition' group by vat_line_id
        )
        select v.vat_line_id, v.booked_on, v.net as amount, v.tax, v.rate, v.tax_code, i.invoiced, b.booked, v.currency,
               v.contact_name, v.contact_country, v.account_nos, v.document_no, v.description, v.kind, v.document_id,
               v.ziffer, tax_on(tax_on(v.net, v.rate), v.rate) as vat_effect
        from   vat_line v
        join   booked b on b.vat_line_id = v.vat_line_id
        join   invoiced i on i.document_id = v.document_id and i.tax_id = v.tax_id
        where  v.direction = 'acquisition' and v.rate > 0 and v.kind <> 'payment'
        and    abs(b.booked - (i.invoiced - tax_in(i.invoiced, v.rate))) < $tolerance
        and    abs(b.booked - i.invoiced) > $tolerance
        """,
        tolerance=tolerance,
    )


@check(
    "E04",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{tax_code}: acquisition tax of CHF {tax} is owed, CHF {input_tax} are deducted as input tax",
    references=["Art. 45 MWSTG", "Art. 28 MWSTG"],
    method="effective",
)
def acquisition_tax_with_one_leg(
    books: Books, *, tolerance: Decimal = Decimal("0.05"), exempt_window_days: int = 365
) -> pl.DataFrame:
    """Acquisition tax is declared and not deducted, or deducted and not declared.

    Why it matters: With full deduction the acquisition tax returns as input tax, to the Rappen. With one leg missing,
    tax is paid that is not owed, or deducted that was never declared.

    False positives: Mandates without full deduction: where excluded turnover (Ziffer 230) or a correction (415) was
    declared within exempt_window_days, nothing is reported.

    What to do: Look at the VAT account of the code and book the missing leg.
    """
    return books.sql(
        """
        with restricted as (
            select count(*) as ziffern from vat_return z, review.period r
            where  z.ziffer in ('230', '415') and (z.base <> 0 or z.tax <> 0) and z.end_on <= r.end_on
            and    z.end_on > r.end_on - to_days(cast($exempt_window_days as integer))
        )
        select vat_line_id, booked_on, net as amount, tax, input_tax, rate, tax_code, contact_name, contact_country,
               account_nos, document_no, description, kind, evidence, document_id,
               case when abs(input_tax) < abs(tax) then if(tax_kind like '%material', '400', '405') else ziffer end
                   as ziffer,
               input_tax - tax as vat_effect
        from   vat_line, restricted
        where  direction = 'acquisition' and tax_rows > 0 and abs(tax - input_tax) > $tolerance
        and    restricted.ziffern = 0
        """,
        tolerance=tolerance,
        exempt_window_days=exempt_window_days,
    )
