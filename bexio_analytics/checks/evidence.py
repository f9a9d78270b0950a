"""Family D, the evidence for a deduction: the document, who issued it, when, and where."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "D01",
    subject="purchase",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{document_no} of {supplier}: {reason}; input tax of CHF {vat_effect} rests on it",
    needs=["attachment"],
    references=["Art. 26 MWSTG", "Art. 28 MWSTG", "Art. 81 Abs. 3 MWSTG", "Art. 957a OR"],
    words=[
        "no file is attached",
        "no file is attached, and seldom is one: this stands for all documents of the period",
    ],
    method="effective",
)
def deduction_without_document(
    books: Books, *, min_tax: Decimal = Decimal("5.00"), min_attached: int = 80
) -> pl.DataFrame:
    """Input tax is deducted on a bill or an expense without a document.

    Why it matters: Evidence is free, but the ESTV asks for the invoice first, and the law on accounting demands a
    document for every entry. What cannot be shown is struck out.

    False positives: Documents scanned elsewhere or kept on paper. Where less than min_attached percent of the bills and
    expenses of a year have a file, the mandate keeps them elsewhere: then one finding stands for the whole period, and
    where no file is known at all, the question is not asked. Files of manual entries are not known and not asked for;
    what a file says (recipient, VAT number, rate) is not read.

    What to do: Ask for the document and attach it. Without one, remove the code.
    """
    return books.sql(
        """
        with bought as (
            select p.*, d.attachments > 0 as has_file, p.booked_on >= r.start_on as is_now
            from   review.period r
            join   purchase p on p.booked_on between r.end_on - 365 and r.end_on and p.tax >= $min_tax
            join   document d on d.document_id = p.document_id and d.attachments is not null
        ),
        habit as (
            select 100 * count(*) filter (has_file) >= $min_attached * count(*) as attaches,
                   sum(tax) filter (is_now and not has_file) as all_tax,
                   count(*) filter (is_now and not has_file) as documents
            from   bought
        )
        select b.entry_id, b.document_id, b.booked_on, b.gross as amount, b.supplier_ref,
               coalesce(b.document_no, b.kind) as document_no, coalesce(b.contact_name, b.description) as supplier,
               b.description, b.account_no, b.kind,
               if(h.attaches, 1, h.documents) as documents,
               if(h.attaches, 'no file is attached',
                  'no file is attached, and seldom is one: this stands for all documents of the period') as reason,
               cast(if(h.attaches, b.tax, h.all_tax) as decimal(18, 2)) as vat_effect,
               (select min(v.ziffer) from vat_line v where v.entry_id = b.entry_id and v.input_tax <> 0) as ziffer
        from   bought b, habit h
        where  b.is_now and not b.has_file
        qualify h.attaches or row_number() over (order by b.tax desc, b.entry_id) = 1
        """,
        min_tax=min_tax,
        min_attached=min_attached,
    )


@check(
    "D02",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} are paid at once and no supplier is recorded: does the receipt name the company? {description}",
    references=["Art. 26 Abs. 3 MWSTG", "Art. 57 MWSTV"],
    method="effective",
)
def large_receipt_without_supplier(
    books: Books,
    *,
    collective: str = "sammel|mehrere|diverse|\\bdiv\\.|belege|abrechnung|divers|plusieurs|statement|summe|total ",
) -> pl.DataFrame:
    """A receipt above the limit is booked like a small one.

    Why it matters: The receipt of a till need not name the recipient up to CHF 400. Above, it entitles to a deduction
    only if it names the company; a receipt that does not cannot be told from a private purchase.

    False positives: Receipts that do name the company: bexio does not say, so the question goes to the client. Several
    receipts in one booking (texts that match collective). Looked at are expenses, and what is paid from a till or with
    a credit card without a bill; purchases of a recorded supplier are taken for invoices.

    What to do: Look at the receipt. Without the company's name ask the supplier for an invoice, or remove the code.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, p.amount + tax_on(p.amount, p.tax_rate) as amount, p.account_no,
               p.account_name, p.contra_account_no, p.document_no, p.contact_name, p.description, p.tax_code, p.kind,
               p.document_id, p.ziffer, tax_on(p.amount, p.tax_rate) as vat_effect
        from   posting p
        join   account c on c.account_no = p.contra_account_no
        join   law.lump_sum l on l.name = 'receipt_without_recipient'
        and    p.booked_on between l.valid_from and l.valid_till
        left join document d on d.document_id = p.document_id
        where  p.is_tax_side and p.vat_role = 'base' and p.direction = 'input' and p.ziffer in ('400', '405')
        and    p.tax_rate > 0 and p.tax_rate < 100 and d.contact_id is null
        and    (p.kind = 'expense' or p.kind in ('manual_entry', 'export', 'other') and (c.is_cash
                or regexp_matches(lower(c.name), 'kreditkart|carte de crédit|carta di cred|credit card|visa|master')))
        and    p.amount + tax_on(p.amount, p.tax_rate) > l.above
        and    not regexp_matches(lower(coalesce(p.description, '')), $collective)
        """,
        collective=collective,
    )


@check(
    "D03",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="{contact_name}: {reason}; input tax of CHF {tax} in the period",
    needs=["contact"],
    references=["Art. 26 Abs. 2 lit. a MWSTG", "Art. 28 MWSTG"],
    words=[
        "no VAT number is recorded",
        "the recorded VAT number cannot exist",
        "no VAT number is recorded, and seldom is one: this stands for all suppliers",
    ],
    method="effective",
)
def supplier_without_vat_number(
    books: Books, *, min_tax: Decimal = Decimal("50.00"), min_recorded: int = 50
) -> pl.DataFrame:
    """Input tax is deducted on purchases from a supplier without a known VAT number.

    Why it matters: Only who is registered may show VAT. Tax on the invoice of a supplier who is not is no input tax,
    whatever the invoice says.

    False positives: Numbers that were never recorded. bexio has no field for them: known is what stands in a contact's
    remarks, name or address supplement with a valid check digit, or in mandate.toml. Where less than min_recorded
    percent of the domestic suppliers of a year have one, a single finding without an effect says so. Small suppliers
    (below min_tax in the period), suppliers abroad (D04), goods of private persons (D18) and accounts that never carry
    input tax (A03) are left out. The UID register is not asked.

    What to do: Look the supplier up in the UID register (uid.admin.ch) and record the number; if it was not registered
    on the day of the invoice, remove the code and claim the tax back from the supplier.
    """
    return books.sql(
        """
        with bought as (
            select v.*, c.stated_number, if(v.booked_on >= r.start_on, v.tax, 0) as tax_now
            from   review.period r
            join   vat_line v on v.booked_on between r.end_on - 365 and r.end_on
            join   contact c on c.contact_id = v.contact_id
            join   account a on a.account_no = string_split(v.account_nos, ' ')[1] and not a.never_input
            where  v.direction = 'input' and v.rate > 0 and v.ziffer in ('400', '405') and not v.is_deferred
            and    coalesce(v.contact_is_domestic, true)
            and    not (c.kind = 'person' and regexp_matches(v.account_nos, '^(4[0-3]|12|15)'))
        ),
        supplier as (
            select contact_id, max(contact_vat_number) is not null as is_known, sum(tax_now) as period_tax
            from   bought group by contact_id
        ),
        habit as (
            select 100 * count(*) filter (is_known) >= $min_recorded * count(*) as records from supplier
        )
        select b.vat_line_id, b.booked_on, b.gross as amount, cast(s.period_tax as decimal(18, 2)) as tax,
               b.contact_name, b.stated_number, b.account_nos, b.document_no, b.document_id, b.description, b.tax_code,
               b.ziffer, cast(if(h.records, s.period_tax, null) as decimal(18, 2)) as vat_effect,
               case when not h.records
                        then 'no VAT number is recorded, and seldom is one: this stands for all suppliers'
                    when b.stated_number is not null then 'the recorded VAT number cannot exist'
                    else 'no VAT number is recorded' end as reason
        from   supplier s join bought b using (contact_id), habit h
        where  not s.is_known and s.period_tax >= $min_tax and b.tax_now > 0
        qualify row_number() over (partition by if(h.records, s.contact_id, 0)
                                   order by s.period_tax desc, b.tax_now desc, b.vat_line_id) = 1
        """,
        min_tax=min_tax,
        min_recorded=min_recorded,
    )


@check(
    "D12",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="Input tax of CHF {vat_effect} is deducted with {tax_code}, {reason}: {description}",
    references=["Art. 28 MWSTG", "Art. 151 to 156 MWSTV"],
    words=["but the purchase was made in a foreign currency", "but the purchase seems to be made abroad"],
    method="effective",
)
def foreign_tax_deducted_as_swiss(
    books: Books,
    *,
    min_tax: Decimal = Decimal("0.05"),
    local: str = "hotel|hôtel|albergo|übernacht|restaurant|ristorante|gasth|tank|treibstoff|benzin|diesel|carburant|"
    "autobahn|raststätte|maut|péage|parking|parkhaus|taxi|mietwagen",
    abroad: str = "deutschland|allemagne|germania|österreich|autriche|austria|frankreich|france|francia|italien|italie|"
    "italia|spanien|españa|konstanz|lörrach|singen|münchen|stuttgart|frankfurt|berlin|hamburg|düsseldorf|bregenz|"
    "dornbirn|innsbruck|wien|mulhouse|annecy|lyon|paris|milano|mailand|como|varese|london|brüssel|amsterdam",
) -> pl.DataFrame:
    """VAT of another country is deducted as Swiss input tax.

    Why it matters: Fuel, hotels and meals abroad carry the tax of that country. It is no Swiss input tax; it is
    refunded, if at all, by a procedure in that country.

    False positives: Swiss merchants who charge in a foreign currency, and a card statement that converts: a supplier
    with a Swiss address or number is left out. A supplier with an address abroad is D04's. Words for a place abroad
    count only beside words for a supply that is taxed where it is used (local).

    What to do: Look at the receipt. With foreign tax on it remove the code; ask whether a refund abroad is worth it.
    """
    return books.sql(
        """
        select v.vat_line_id, v.booked_on, v.gross as amount, v.net, v.tax, v.rate, v.tax_code, v.currency,
               v.contact_name, v.account_nos, v.document_no, v.description, v.kind, v.document_id, v.ziffer,
               if(v.currency <> 'CHF', 'but the purchase was made in a foreign currency',
                  'but the purchase seems to be made abroad') as reason, v.tax as vat_effect
        from   vat_line v
        where  v.direction = 'input' and v.rate > 0 and v.rate < 100 and v.ziffer in ('400', '405')
        and    v.contact_is_domestic is null and v.contact_vat_number is null and v.tax >= $min_tax
        and    v.kind in ('bill', 'expense', 'manual_entry', 'export', 'other')
        and    (v.currency <> 'CHF' or regexp_matches(lower(concat_ws(' ', v.description, v.contact_name)), $local)
                and regexp_matches(lower(concat_ws(' ', '', v.description, v.contact_name, '')),
                                   '[^a-zà-ÿ](' || $abroad || ')[^a-zà-ÿ]'))
        """,
        min_tax=min_tax,
        local=local,
        abroad=abroad,
    )


@check(
    "D17",
    subject="vat_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Input tax of CHF {vat_effect} rests on an invoice of {invoiced_on} that {reason}",
    references=["Art. 28 MWSTG", "Art. 42 Abs. 1 MWSTG", "Art. 72 MWSTG"],
    words=[
        "is older than the claim lives",
        "is dated before the registration",
        "belongs to a business year that is already reconciled",
    ],
    method="effective",
)
def invoice_too_old_or_too_early(books: Books, *, min_tax: Decimal = Decimal("1.00")) -> pl.DataFrame:
    """Input tax rests on an invoice that is too old, or older than the registration.

    Why it matters: A claim to input tax expires five years after the end of the tax period of the invoice. Tax on
    supplies before the registration is no input tax, at most subsequent relief (Ziffer 410). A year that is reconciled
    is corrected on its own form, not in passing.

    False positives: Invoices that a supplier abroad or at home sent late, and bills whose date was mistyped. The date
    is that of the bill, or the one after the word invoice in the text ("Rechnung vom 14.03.2020"). Payments under
    collected consideration are not asked for the reconciled year.

    What to do: Look at the date of the invoice and when it arrived. Remove the code, or move the tax to Ziffer 410 or
    to the correction of its year.
    """
    return books.sql(
        """
        with judged as (
            select v.*, i.invoiced_on, case
                when year(i.invoiced_on) + y.above < year(v.booked_on) then 'is older than the claim lives'
                when not s.is_vat_subject then 'is dated before the registration'
                when v.kind <> 'payment' and i.reconciled_on < v.booked_on
                    then 'belongs to a business year that is already reconciled' end as reason
            from   vat_line v
            join   invoice_date i on i.vat_line_id = v.vat_line_id and i.invoiced_on <= v.booked_on
            join   law.lump_sum y on y.name = 'years_to_claim' and v.booked_on between y.valid_from and y.valid_till
            left join vat_status s on s.year = year(i.invoiced_on)
            where  v.tax >= $min_tax and v.ziffer in ('400', '405') and not v.is_deferred
        )
        select vat_line_id, booked_on, gross as amount, net, tax, tax_code, invoiced_on, reason, contact_name,
               account_nos, document_no, description, kind, document_id, ziffer, tax as vat_effect
        from   judged where reason is not null
        """,
        min_tax=min_tax,
    )


@check(
    "D18",
    subject="vat_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="Input tax of CHF {vat_effect} is deducted on goods of {contact_name}, a private person: {reason}",
    needs=["contact"],
    references=["Art. 24a MWSTG", "Art. 28a MWSTG", "Art. 62 and 63 MWSTV"],
    words=[
        "works of art, antiques and collections allow no notional deduction",
        "is the notional deduction recorded item by item?",
    ],
    method="effective",
)
def goods_of_private_seller(
    books: Books,
    *,
    min_tax: Decimal = Decimal("1.00"),
    collected: str = "kunst|gemälde|antik|antiqu|münz|briefmark|sammler|sammlung|oldtimer|art work|oeuvre|œuvre|"
    "monnaie|timbre|collection|opera d.arte|monet[ae]\\b|francoboll|vintage",
) -> pl.DataFrame:
    """Input tax is deducted on goods bought from a private person.

    Why it matters: A private person charges no VAT. For used goods that can be told apart a notional input tax may be
    deducted, with records of every item; for works of art, antiques and other collectors' items it may not: there the
    margin is taxed when they are sold.

    False positives: Sole proprietors recorded as persons who are registered: record their VAT number on the contact.
    Looked at are goods and movable assets (40xx to 43xx, 12xx, 15xx); services of persons are D03's.

    What to do: Ask for the records of the purchase (Art. 63 MWSTV). Without them, or for collectors' items, remove the
    code.
    """
    return books.sql(
        """
        select v.vat_line_id, v.booked_on, v.gross as amount, v.net, v.tax, v.rate, v.tax_code, v.contact_name,
               v.account_nos, v.document_no, v.description, v.kind, v.document_id, v.ziffer, v.tax as vat_effect,
               if(regexp_matches(lower(coalesce(v.description, '')), $collected),
                  'works of art, antiques and collections allow no notional deduction',
                  'is the notional deduction recorded item by item?') as reason
        from   vat_line v
        join   contact c on c.contact_id = v.contact_id and c.kind = 'person'
        where  v.direction = 'input' and v.rate > 0 and v.rate < 100 and v.ziffer in ('400', '405')
        and    v.contact_vat_number is null and coalesce(v.contact_is_domestic, true) and v.tax >= $min_tax
        and    not v.is_deferred and regexp_matches(v.account_nos, '^(4[0-3]|12|15)')
        """,
        min_tax=min_tax,
        collected=collected,
    )
