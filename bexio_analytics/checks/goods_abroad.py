"""Family E, second part: goods across the border, import tax, exports and sales over platforms."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.checks import border_words as words
from bexio_analytics.checks.cross_border import KNOWN_SUPPLIERS
from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "E05",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Acquisition tax is declared with {tax_code} on goods of {contact_name} for CHF {amount} (account "
    "{account_nos})",
    references=["Art. 45 Abs. 1 MWSTG", "Art. 50 MWSTG", "Art. 52 MWSTG"],
)
def acquisition_tax_on_goods(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    not_goods: str = words.NOT_GOODS,
    work_done_here: str = words.WORK_DONE_HERE,
    transferred: str = words.TRANSFERRED,
    known_suppliers: str = KNOWN_SUPPLIERS,
) -> pl.DataFrame:
    """Acquisition tax is declared on goods from abroad.

    Why it matters: Goods are taxed by customs when they cross the border. Declared as acquisition tax they stand in
    Ziffer 383 and are taxed a second time; what may be deducted is the tax of the customs assessment.

    False positives: Works and assembly in Switzerland by a firm abroad, and electricity or gas from abroad, are subject
    to acquisition tax, although they stand on such accounts: texts that match work_done_here or not_goods are left out,
    and so are the transfer procedure (E09) and suppliers known for services. Domestic suppliers are E02's. Goods are
    told from services by the account: mandate.toml can say is_goods of an account.

    What to do: Look for the customs assessment. Set the code for import goods (VIM) on the price and ZOLLM or ZOLLB on
    the import tax. With full deduction the two legs cancel, so the effect is zero.
    """
    return books.sql(
        """
        with goods as (select list(account_no) as accounts from account where is_goods and account_type <> 'revenue')
        select v.vat_line_id, v.booked_on, v.net as amount, v.tax, v.rate, v.tax_code, v.contact_name,
               v.contact_country, v.account_nos, v.document_no, v.description, v.kind, v.evidence, v.document_id,
               v.ziffer, v.input_tax - v.tax as vat_effect
        from   vat_line v
        cross join goods g
        left join document d on d.document_id = v.document_id
        where  v.direction = 'acquisition' and not coalesce(v.contact_is_domestic, false) and not v.is_deferred
        and    abs(v.net) >= $min_amount and list_has_any(string_split(coalesce(v.account_nos, ''), ' '), g.accounts)
        and    not regexp_matches(lower(concat_ws(' ', v.description, d.title)),
                                  $not_goods || '|' || $work_done_here || '|' || $transferred)
        and    not regexp_matches(lower(coalesce(v.contact_name, v.description, '')), $known_suppliers)
        """,
        min_amount=min_amount,
        not_goods=not_goods,
        work_done_here=work_done_here,
        transferred=transferred,
        known_suppliers=known_suppliers,
    )


@check(
    "E06",
    subject="vat_line",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="Import tax of CHF {amount} is deducted without an assessment: no file and no number ({contact_name})",
    needs=["document"],
    references=["Art. 28 Abs. 1 lit. c MWSTG", "Art. 26 MWSTG", "Art. 52 MWSTG"],
)
def import_tax_without_assessment(
    books: Books,
    *,
    min_tax: Decimal = Decimal("5.00"),
    number: str = words.ASSESSMENT_NUMBER,
) -> pl.DataFrame:
    """Import tax is deducted without a customs assessment.

    Why it matters: Import tax is deductible only with the assessment (Veranlagungsverfügung MWST) of the customs
    office, which names the mandate as importer. The invoice of the forwarder does not replace it.

    False positives: Assessments kept in another archive, and collective assessments of a month. A bill or an expense
    with a file is in order here, and so is any booking whose text or reference holds a number as number describes it.
    The file itself is not read: whether it names the mandate as importer has to be looked up. Bookings that are known
    from an export only are left out, since nobody knows their files.

    What to do: Fetch the assessment from the customs office's portal and attach it. If it names somebody else as
    importer, nothing may be deducted: ask for a correction of the assessment.
    """
    return books.sql(
        """
        select v.vat_line_id, v.booked_on, v.input_tax as amount, v.tax_code, v.account_nos, v.document_no,
               d.supplier_ref, d.attachments, v.contact_name, v.description, v.kind, v.evidence, v.document_id,
               v.ziffer, v.input_tax as vat_effect
        from   vat_line v
        join   document d on d.document_id = v.document_id
        join   vat_status s on s.year = year(v.booked_on) and s.is_vat_subject and s.method = 'effective'
        where  v.direction = 'customs' and v.input_tax >= $min_tax and v.kind <> 'payment'
        and    coalesce(d.attachments, 0) = 0
        and    not regexp_matches(lower(concat_ws(' ', d.supplier_ref, d.title, v.description,
                                                  if(d.kind = 'manual_entry', d.document_no, null))), $number)
        """,
        min_tax=min_tax,
        number=number,
    )


@check(
    "E07",
    subject="vat_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="{contact_name}: input tax of CHF {tax} with {tax_code} {reason}",
    references=["Art. 28 Abs. 1 lit. c MWSTG", "Art. 50 MWSTG", "Art. 54 MWSTG", "Art. 23 Abs. 2 MWSTG"],
    words=[
        "is taken from the whole invoice of a forwarder",
        "is more than the goods bought from abroad can have cost at the border",
    ],
)
def import_tax_does_not_fit_goods(
    books: Books,
    *,
    min_tax: Decimal = Decimal("5.00"),
    margin_percent: Decimal = Decimal(15),
    days_before: int = 62,
    days_after: int = 31,
    forwarders: str = words.FORWARDERS,
    imports: str = words.IMPORTS,
) -> pl.DataFrame:
    """Import tax does not fit the goods, or hides in the invoice of a forwarder.

    Why it matters: The invoice of a forwarder holds freight, duties and the import tax paid for the importer. Coded as
    one, the normal rate is taken out of the whole, and the import tax, usually far more, is not deducted. Import tax
    beyond what the goods cost at the border is a slip, or the tax of somebody else's goods.

    False positives: Freight within Switzerland: only texts that name an import are looked at. Freight that is part of
    the import value is free of tax, so that such invoices often hold several codes; those with more than one are left
    out. Import tax is compared with all goods bought from abroad from days_before to days_after it, so that a
    collective assessment fits; goods processed for others, samples and rented goods are imported without a purchase.
    Where no purchase from abroad is known, nothing is compared.

    What to do: Lay the assessment beside the booking and deduct what it shows with ZOLLM or ZOLLB.
    """
    return books.sql(
        """
        with movement as (
            select p.booked_on, null as vat_line_id, p.amount as goods
            from   posting p join account a on a.account_no = p.account_no and a.is_goods
            where  a.account_type <> 'revenue' and not p.is_vat_row and not p.is_opening and not p.is_closing
            and    coalesce(p.tax_rate, 0) = 0
            and    (not p.contact_is_domestic or p.direction = 'input' and p.ziffer in ('400', '405'))
            union all
            select booked_on, vat_line_id, 0.00 from vat_line where direction = 'customs' and not is_deferred
        ),
        near as (
            select vat_line_id, cast(sum(goods) over (order by booked_on range between
                   to_days(cast($days_before as integer)) preceding and to_days(cast($days_after as integer)) following)
                   as decimal(18, 2)) as goods from movement
        ),
        judged as (
            select v.*, n.goods, tax_on(n.goods, r.rate) as highest, case
                when v.tax > tax_on(tax_on(n.goods, r.rate), 100 + $margin_percent) and n.goods > 0
                    then 'is more than the goods bought from abroad can have cost at the border'
                when v.direction = 'input' and v.rate = r.rate and count(*) over (partition by v.entry_id) = 1
                    and regexp_matches(lower(concat_ws(' ', v.contact_name, v.description, d.title)), $forwarders)
                    and regexp_matches(lower(concat_ws(' ', v.description, d.title)), $imports)
                    then 'is taken from the whole invoice of a forwarder' end as reason
            from   vat_line v join law.normal_rate r on v.booked_on between r.valid_from and r.valid_till
            join   review.period p on v.booked_on between p.start_on and p.end_on
            left join near n on n.vat_line_id = v.vat_line_id left join document d on d.document_id = v.document_id
        )
        select *, if(direction = 'customs', tax, gross) as amount,
               if(direction = 'customs', tax - highest, null) as vat_effect
        from   judged where reason is not null and abs(tax) >= $min_tax and not is_deferred
        """,
        min_tax=min_tax,
        margin_percent=margin_percent,
        days_before=days_before,
        days_after=days_after,
        forwarders=forwarders,
        imports=imports,
    )


@check(
    "E08",
    subject="vat_line",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="Swiss input tax of CHF {vat_effect} is deducted on goods of {contact_name} ({contact_country})",
    needs=["contact"],
    references=["Art. 28 MWSTG", "Art. 50 MWSTG", "Art. 52 MWSTG"],
)
def swiss_input_tax_on_goods_from_abroad(books: Books, *, min_tax: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """Swiss input tax is deducted on the price of goods from abroad.

    Why it matters: A supplier abroad invoices no Swiss VAT. The tax on the goods is levied by customs and shown on the
    assessment: an input code on the price deducts a tax that nobody invoiced, often beside the real import tax.

    False positives: Suppliers that deliver duty paid and are registered in Switzerland (CHE number with MWST on the
    invoice). Known numbers, in the contact's free texts or in mandate.toml, are respected; Liechtenstein is domestic.
    Goods are told by the account (class 4 goods, stock, movable assets); every other account is D04's.

    What to do: Look at the invoice. With a Swiss VAT number record it on the contact; without one set the code for
    import goods (VIM), and deduct the tax on the assessment with ZOLLM or ZOLLB.
    """
    return books.sql(
        """
        with goods as (select list(account_no) as accounts from account where is_goods and account_type <> 'revenue')
        select v.vat_line_id, v.booked_on, v.gross as amount, v.net, v.tax, v.rate, v.tax_code, v.contact_name,
               v.contact_country, v.account_nos, v.document_no, v.description, v.kind, v.evidence, v.document_id,
               v.ziffer, tax_in(v.gross, v.rate) as vat_effect
        from   vat_line v
        cross join goods g
        where  v.direction = 'input' and v.rate > 0 and v.rate < 100 and v.ziffer in ('400', '405')
        and    not v.contact_is_domestic and v.contact_vat_number is null
        and    list_has_any(string_split(coalesce(v.account_nos, ''), ' '), g.accounts)
        and    abs(tax_in(v.gross, v.rate)) >= $min_tax
        """,
        min_tax=min_tax,
    )


@check(
    "E09",
    subject="vat_period",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="Import tax marked as transferred to the return: CHF {deducted} are deducted, CHF {declared} declared",
    references=["Art. 63 MWSTG", "Art. 28 Abs. 1 lit. c MWSTG"],
)
def transferred_import_tax_not_declared(
    books: Books, *, tolerance: Decimal = Decimal("0.05"), transferred: str = words.TRANSFERRED
) -> pl.DataFrame:
    """Import tax of the transfer procedure is deducted and not declared, or the reverse.

    Why it matters: Who has the permit for the transfer procedure pays the import tax not to customs but with the
    return. It is declared and deducted in the same amount; deducted alone, it lowers the tax by something that was
    never paid.

    False positives: The procedure is recognised by texts that match transferred. Mandates without full deduction deduct
    less than they declare. Whether the permit of the ESTV is on file is not recorded anywhere in bexio.

    What to do: Ask for the permit and the assessments of the period, and compare their sum with what is declared and
    what is deducted. Where the customs office was paid, the text is wrong and not the tax.
    """
    return books.sql(
        """
        with marked as (
            select r.period_id, r.end_on, v.document_no, v.vat_line_id, v.input_tax as deducted,
                   if(v.direction in ('output', 'acquisition'), v.tax, 0.00) as declared
            from   vat_line v
            join   review.period r on v.booked_on between r.start_on and r.end_on
            left join document d on d.document_id = v.document_id
            where  v.direction in ('output', 'acquisition', 'customs', 'input') and not v.is_deferred
            and    regexp_matches(lower(concat_ws(' ', v.description, d.title)), $transferred)
        )
        select period_id, end_on as booked_on, cast(sum(deducted) as decimal(18, 2)) as deducted,
               cast(sum(declared) as decimal(18, 2)) as declared,
               cast(sum(deducted - declared) as decimal(18, 2)) as amount,
               cast(sum(deducted - declared) as decimal(18, 2)) as vat_effect,
               list(coalesce(document_no, vat_line_id) order by vat_line_id) as documents
        from   marked
        group by period_id, end_on
        having abs(sum(deducted - declared)) > $tolerance
        """,
        tolerance=tolerance,
        transferred=transferred,
    )


@check(
    "E10",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="Goods of CHF {amount} for {contact_name} ({contact_country}) are free of tax in Ziffer 220, and bexio holds "
    "no proof of export (further sales alike: {more})",
    references=["Art. 23 Abs. 2 Ziff. 1 MWSTG", "Art. 81 Abs. 3 MWSTG"],
)
def export_without_proof(
    books: Books, *, min_amount: Decimal = Decimal("1000.00"), habit_days: int = 365
) -> pl.DataFrame:
    """Goods are exported free of tax without a proof of export.

    Why it matters: A delivery is free of tax because the goods left the country. The export assessment of customs
    proves it; without it the ESTV taxes the sale, and the price counts as including the tax.

    False positives: Assessments kept outside of bexio. Where no export of the last habit_days has a proof in bexio,
    only the largest sale of the period is shown, for all of them. A proof is a number beside a word for export in the
    reference, title or texts of the invoice, or a file named after it. Consignments below min_amount are left out, and
    services (E11) and customers in Switzerland too.

    What to do: Fetch the assessments from the customs portal and keep them with the invoices. Goods that a customer
    took away need another proof; without any, correct the sale to the normal rate.
    """
    return books.sql(
        """
        with export as (
            select e.* from export_sale e, review.period r
            where  e.ziffer = '220' and e.nature = 'goods' and e.kind not in ('payment', 'credit_note') and e.net > 0
            and    not coalesce(e.contact_is_domestic, false) and e.booked_on <= r.end_on
            and    e.booked_on > r.end_on - to_days(cast($habit_days as integer))
        ),
        habit as (select count(proof) > 0 as is_kept from export),
        open_export as (
            select e.*, h.is_kept, count(*) over () - 1 as others, sum(e.net) over () - e.net as others_amount,
                   row_number() over (order by e.net desc, e.vat_line_id) as place
            from   export e, habit h, review.period r
            where  e.proof is null and e.net >= $min_amount and e.booked_on >= r.start_on
        )
        select e.vat_line_id, e.booked_on, e.net as amount, e.tax_code, e.account_nos, e.contact_name,
               e.contact_country, e.document_no, e.description, e.kind, e.document_id, '220' as ziffer,
               if(e.is_kept, 0, e.others) as more, if(e.is_kept, null, e.others_amount) as more_amount,
               tax_in(e.net, n.rate) as vat_effect
        from   open_export e
        join   vat_status s on s.year = year(e.booked_on) and s.is_vat_subject and s.method = 'effective'
        join   law.normal_rate n on e.booked_on between n.valid_from and n.valid_till
        where  e.is_kept or e.place = 1
        """,
        min_amount=min_amount,
        habit_days=habit_days,
    )


@check(
    "E11",
    subject="vat_return",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="Ziffer {ziffer} holds {nature} of CHF {amount} that belong in Ziffer {right_ziffer}: {documents}",
    references=["Art. 7 MWSTG", "Art. 8 MWSTG", "Art. 23 MWSTG"],
    words=["goods", "services"],
)
def export_and_supply_abroad_confused(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    free_services: str = words.FREE_SERVICES,
    delivered_abroad: str = words.DELIVERED_ABROAD,
) -> pl.DataFrame:
    """Services abroad stand in Ziffer 220, or exports of goods in Ziffer 221.

    Why it matters: Ziffer 220 is for exports and other supplies free of tax, which need a proof; 221 is for supplies
    whose place is abroad. The tax due is the same, but the ESTV asks: exports in 221 have no assessment behind them.

    False positives: Services free of tax under Art. 23 (transport across the border, travel, processing of goods for
    export) belong in 220, goods that never were in Switzerland in 221; texts that match free_services or
    delivered_abroad are left out. Sales on accounts of both kinds are left out too. An account is for goods or services
    by its number, unless mandate.toml says is_goods.

    What to do: Change the code: UEX for exports, ULA for supplies abroad, and correct the default code of the account.
    """
    return books.sql(
        """
        with misplaced as (
            select r.period_id, r.end_on, e.*, if(e.ziffer = '220', '221', '220') as right_ziffer,
                   coalesce(e.document_no, e.description) as document
            from   export_sale e
            join   review.period r on e.booked_on between r.start_on and r.end_on
            where  not e.is_deferred and abs(e.net) >= $min_amount and not coalesce(e.contact_is_domestic, false)
            and    (e.ziffer = '220' and e.nature = 'services' and not regexp_matches(e.texts, $free_services)
                    or e.ziffer = '221' and e.nature = 'goods' and not regexp_matches(e.texts, $delivered_abroad))
        )
        select period_id, ziffer, end_on as booked_on, right_ziffer, nature, count(*) as sales,
               cast(sum(net) as decimal(18, 2)) as amount, cast(0 as decimal(18, 2)) as vat_effect,
               list(document order by net desc, vat_line_id)[:10] as documents,
               list(vat_line_id order by net desc, vat_line_id)[:50] as vat_lines
        from   misplaced
        group by period_id, ziffer, end_on, right_ziffer, nature
        """,
        min_amount=min_amount,
        free_services=free_services,
        delivered_abroad=delivered_abroad,
    )


@check(
    "E12",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} paid out by {platform} are taxed as a sale, and so are the sales over {platform} themselves",
    references=["Art. 20a MWSTG", "Art. 24 MWSTG"],
)
def platform_sale_taxed_twice(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    platforms: str = words.PLATFORMS,
) -> pl.DataFrame:
    """The payout of a platform is taxed beside the sales it pays for.

    Why it matters: Since 2025 a platform on which goods are sold counts as the seller to the customers, and the mandate
    supplies the platform. Sales that are invoiced or booked as receivables are taxed there; a payout booked as revenue
    with a sales code taxes the same goods again.

    False positives: A payout for other sales than those booked: the platform is recognised by platforms in text or
    customer, and sales count in the month of the payout and the two before. Payouts that clear a receivable are right.
    Sales over a platform without any code are A01's. How the supply to the platform is declared is not settled by
    practice: look at the platform's statement.

    What to do: Book the payout against the receivable, and the platform's fee as cost.
    """
    return books.sql(
        """
        with sold as (
            select p.*, regexp_extract(lower(concat_ws(' ', p.contact_name, p.description)), $platforms) as platform,
                   c.is_money as is_payout, c.is_receivable as is_sale, date_trunc('month', p.booked_on) as month
            from   posting p
            join   account a on a.account_no = p.account_no and a.needs_sales_code
            join   account c on c.account_no = p.contra_account_no and (c.is_money or c.is_receivable)
            join   review.period r on p.booked_on between r.start_on - interval 3 month and r.end_on
            where  p.is_tax_side and p.vat_role = 'base' and p.direction = 'output' and p.tax_rate > 0 and p.amount < 0
        ),
        month_of_sale as (
            select platform, month, sum(-amount) as sales from sold
            where  is_sale and platform <> '' group by platform, month
        )
        select p.posting_id, p.line_id, p.booked_on, -p.amount as amount, p.platform, p.account_no, p.account_name,
               p.contra_account_no, p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id,
               p.ziffer, tax_on(p.amount, p.tax_rate) as vat_effect, cast(sum(m.sales) as decimal(18, 2)) as sales
        from   sold p
        join   month_of_sale m on m.platform = p.platform and m.month between p.month - interval 2 month and p.month
        where  p.is_payout and -p.amount >= $min_amount
        group by all
        """,
        min_amount=min_amount,
        platforms=platforms,
    )
