"""Family J: is the company liable to VAT, does it act as what it is, and can it pay?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.checks.cross_border import EXEMPT, KNOWN_SUPPLIERS
from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books

PUBLIC_BODY = (
    "gemeinde\\b|gemeindeverwaltung|gemeindeverband|zweckverband|stadtverwaltung|^stadt |^kanton |^bundesamt|"
    "schulpflege|^commune |^ville d|^canton |^[ée]tat de |^comune |^città d|^cantone |^république et canton"
)
"""Names of public bodies (regular expression over lower-case text)."""


@check(
    "J01",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="The company is not registered, and CHF {amount} of turnover in {months} months (CHF {annual} a year) "
    "{reason} of CHF {legal_limit}",
    references=["Art. 10 MWSTG", "Art. 14 MWSTG", "Art. 9 MWSTV"],
    words=["reach the limit", "reach the limit of all that are not non-profit", "come close to the limit"],
)
def unregistered_at_the_limit(books: Books, *, warn_percent: int = 85, min_months: int = 3) -> pl.DataFrame:
    """The company is not registered although its turnover reaches the limit, or nearly does.

    Why it matters: From 100'000 of taxable and zero-rated turnover, world-wide, registration is an obligation; it
    begins after the business year in which the limit was reached. Who registers late owes the tax out of prices that
    were calculated without it. For non-profit sport, culture and charity the limit is 250'000 (150'000 until 2022).

    False positives: Excluded turnover that the books do not tell apart: financial income, rent and what the texts call
    excluded do not count; other accounts are told with needs_sales_code = false in mandate.toml. Less than a year of
    books is converted to twelve months, taken as min_months at least. Associations and foundations may be non-profit.

    What to do: Add up what is taxable. If the limit is reached, register within 30 days. The effect is the tax within
    the turnover since the business year in which these books first reached it; a new business may be liable earlier.
    """
    return books.sql(
        """
        with span as (
            select start_on, end_on, true as is_year from business_year
            union all
            select cast(end_on - interval 12 month + interval 1 day as date), end_on, false from review.period
        ),
        measured as (
            select s.end_on, s.is_year, sum(c.turnover) as turnover, greatest($min_months, 1 + date_diff('month',
                       greatest(s.start_on, (select min(booked_on) from journal_line)), s.end_on)) as months
            from   span s join countable_turnover c on c.month_start between s.start_on and s.end_on group by all
        ),
        held as (
            select m.*, share_of(m.turnover, 12, m.months) as annual, l.amount as legal_limit, h.amount as higher_limit,
                   exists (from company where legal_form in ('association', 'foundation')) as is_club
            from   measured m
            join   law.limit l on l.name = 'registration_turnover' and m.end_on between l.valid_from and l.valid_till
            join   law.limit h on h.name = 'registration_turnover_non_profit'
                               and m.end_on between h.valid_from and h.valid_till
        )
        select r.period_id, r.end_on as booked_on, h.turnover as amount, cast(h.months as integer) as months, h.annual,
               h.legal_limit, n.ziffer, case when h.annual < h.legal_limit then 'come close to the limit'
                   when h.is_club and h.annual < h.higher_limit then 'reach the limit of all that are not non-profit'
                   else 'reach the limit' end as reason,
               coalesce((select sum(c.tax) from countable_turnover c, review.period p where c.month_start <= p.end_on
                         and c.month_start > (select min(y.end_on) from held y where y.is_year
                                              and y.annual >= if(y.is_club, y.higher_limit, y.legal_limit))), 0.00)
                   as vat_effect
        from   held h join review.period r on h.end_on = r.end_on and not h.is_year
        join   vat_status s on s.year = year(r.end_on) and not s.is_vat_subject
        join   law.normal_rate n on r.end_on between n.valid_from and n.valid_till
        where  h.annual >= h.legal_limit * $warn_percent / 100
        """,
        warn_percent=warn_percent,
        min_months=min_months,
    )


@check(
    "J02",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="The company is not registered, and in {year} bought services from abroad for CHF {amount}, more than "
    "CHF {legal_limit}: {suppliers}",
    needs=["contact"],
    references=["Art. 45 Abs. 2 lit. b MWSTG", "Art. 66 Abs. 3 MWSTG"],
)
def acquisition_tax_of_the_unregistered(
    books: Books, *, known_suppliers: str = KNOWN_SUPPLIERS, exempt: str = EXEMPT
) -> pl.DataFrame:
    """A company without registration buys services from abroad beyond the limit of acquisition tax.

    Why it matters: Who is not registered owes acquisition tax all the same once services from abroad exceed 10'000 in a
    calendar year, and then on all of them. They have to be announced to the ESTV within 60 days after the year.

    False positives: As for E01: suppliers with a Swiss VAT number, hotels, transport, seminars, insurance and banks
    (names of suppliers that match exempt, accounts whose name begins so), and goods. Liechtenstein is domestic. Where
    the country is unknown, only known_suppliers are counted.

    What to do: Look at the invoices, add up the year and announce it. The effect is the tax of the year so far.
    """
    return books.sql(
        """
        with service as (
            select p.amount, tax_on(p.amount, n.rate) as tax, coalesce(p.contact_name, p.description, '') as supplier
            from   posting p
            join   review.period r on p.booked_on between date_trunc('year', r.end_on) and r.end_on
            join   account a on a.account_no = p.account_no and a.account_type = 'expense'
            join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
            where  not p.is_vat_row and not p.is_opening and not p.is_closing
            and    p.contra_account_no[:2] not in ('13', '23')
            and    p.contact_vat_number is null and not coalesce(p.contact_is_domestic, false)
            and    (p.contact_country is not null and a.is_foreign_service
                    or regexp_matches(lower(coalesce(p.contact_name, p.description, '')), $known_suppliers))
            and    not regexp_matches(lower(coalesce(p.contact_name, p.description, '')), $exempt)
            and    not regexp_matches(lower(p.account_name), '^(' || $exempt || ')')
        )
        select r.period_id, r.end_on as booked_on, year(r.end_on) as year, sum(v.amount) as amount,
               l.amount as legal_limit, sum(v.tax) as vat_effect, cast(null as varchar) as ziffer,
               array_to_string(list(distinct v.supplier order by v.supplier)[:8], ', ') as suppliers
        from   service v, review.period r
        join   vat_status s on s.year = year(r.end_on) and not s.is_vat_subject
        join   law.limit l on l.name = 'acquisition_unregistered' and r.end_on between l.valid_from and l.valid_till
        group  by r.period_id, r.end_on, l.amount having sum(v.amount) > l.amount
        """,
        known_suppliers=known_suppliers,
        exempt=exempt,
    )


@check(
    "J03",
    subject="document",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Invoice {document_no} of CHF {tax} VAT {reason}",
    references=["Art. 26 Abs. 2 MWSTG", "Art. 57 MWSTV"],
    words=[
        "and all others of the period show no VAT number",
        "names no recipient",
        "shows no address of the recipient",
        "has a position without description",
    ],
)
def invoice_lacks_what_the_law_demands(books: Books) -> pl.DataFrame:
    """An invoice lacks something without which the customer may be refused the deduction.

    Why it matters: An invoice names the supplier with VAT number, the recipient, the supply, its date, the price and
    the tax. What is missing costs the customer the proof of input tax, and the supplier a corrected invoice.

    False positives: Up to CHF 400 the recipient may be missing, and is not asked for. The address is that of the
    contact: what was typed on the document by hand, the layout and the date of supply are not known here; where fewer
    than half of the contacts have an address, none is asked for. A missing VAT number is told once a period, at the
    first invoice.

    What to do: Complete the company profile, the contact or the position, and send the invoice again where the customer
    deducts the tax.
    """
    return books.sql(
        """
        with told as (
            select d.*, case
                    when d.contact_id is null and d.gross > m.above then 'names no recipient'
                    when concat(c.city, c.postcode) = '' and c.contact_id is not null and d.gross > m.above
                        and (select 2 * count(*) filter (concat(city, postcode) <> '') >= count(*) from contact)
                        then 'shows no address of the recipient'
                    when exists (from document_line l where l.document_id = d.document_id and l.net <> 0
                                 and regexp_replace(coalesce(l.text, ''), '<[^>]*>|&nbsp;|\\s', '', 'g') = '')
                        then 'has a position without description' end as lack
            from   document d join review.period r on d.dated_on between r.start_on and r.end_on
            join   law.lump_sum m on m.name = 'receipt_without_recipient'
                   and d.dated_on between m.valid_from and m.valid_till
            left join contact c on c.contact_id = d.contact_id
            where  d.kind = 'invoice' and d.is_booked and d.has_vat and d.tax > 0
        ),
        judged as (
            select t.*, coalesce(t.lack, case when (select count(*) > 0 and count(vat_number) = 0 from company)
                    and row_number() over (partition by t.lack is null order by t.dated_on, t.document_id) = 1
                    then 'and all others of the period show no VAT number' end) as reason
            from told t
        )
        select j.document_id, j.dated_on as booked_on, j.gross as amount, j.tax, j.currency, j.document_no,
               j.contact_name, j.title, j.kind, j.reason, cast(null as decimal(18, 2)) as vat_effect
        from   judged j join vat_status s on s.year = year(j.dated_on) and s.is_vat_subject
        where  j.reason is not null
        """
    )


@check(
    "J04",
    subject="document",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="Invoice {document_no} to {contact_name} shows CHF {vat_effect} of VAT, although the company is not "
    "registered",
    references=["Art. 27 Abs. 1 and 2 MWSTG"],
)
def vat_shown_without_registration(books: Books) -> pl.DataFrame:
    """An invoice shows VAT although the company is not registered.

    Why it matters: Who is not registered may not show any tax. Who does owes what is shown until the invoice is
    corrected, and the customer may not deduct it.

    False positives: Registration in the meantime, or a number that is being assigned: bexio says so by calendar year.

    What to do: Correct the invoices (mwst_type "exempt" in bexio), or correct the calendar year in bexio if the company
    is registered.
    """
    return books.sql(
        """
        with booked as (
            select document_id, sum(tax) as tax from vat_line
            where  direction = 'output' and kind <> 'payment' and document_id is not null group by document_id
        )
        select d.document_id, d.dated_on as booked_on, d.gross as amount, d.currency, d.document_no, d.contact_name,
               d.title, d.kind, cast(coalesce(nullif(b.tax, 0), d.tax) as decimal(18, 2)) as vat_effect,
               cast(null as varchar) as ziffer
        from   document d join review.period r on d.dated_on between r.start_on and r.end_on
        join   vat_status s on s.year = year(d.dated_on) and not s.is_vat_subject
        left join booked b on b.document_id = d.document_id
        where  d.kind = 'invoice' and d.is_booked and d.has_vat and d.tax > 0
        """
    )


@check(
    "J08",
    subject="company",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.INDICATIVE,
    says="{name} {reason}: its return cannot be reviewed here as a whole",
    references=["Art. 12 MWSTG", "Art. 13 MWSTG"],
    words=["seems to be a public body", "seems to file with a VAT group"],
)
def mandate_of_another_kind(books: Books, *, public_body: str = PUBLIC_BODY) -> pl.DataFrame:
    """The company seems to be a public body or part of a VAT group.

    Why it matters: Public bodies are liable by department and for some of their supplies only, a group files one return
    for all its members and ignores supplies between them. Neither follows from the books of one bexio company.

    False positives: A company that is named like a commune, if bexio does not know its legal form; a VAT number that
    differs from the UID because one of the two is old or mistyped (then J05 may speak as well).

    What to do: Ask for the registration. If it is another kind of mandate, use the findings row by row and make the
    return elsewhere; otherwise correct the company profile, or list J08 as disabled in mandate.toml.
    """
    return books.sql(
        """
        with judged as (
            select c.*, case
                    when regexp_matches(lower(c.vat_number), 'grupp|group') or c.register_uid <> c.uid
                        then 'seems to file with a VAT group'
                    when coalesce(c.legal_form, 'association') in ('association', 'foundation')
                         and regexp_matches(lower(c.name), $public_body) then 'seems to be a public body' end as reason
            from company c
        )
        select j.company_id, j.name, j.vat_number, j.register_uid, j.legal_form, j.reason, r.end_on as booked_on,
               cast(null as decimal(18, 2)) as amount, cast(null as decimal(18, 2)) as vat_effect
        from   judged j, review.period r
        join   vat_status s on s.year = year(r.end_on) and s.is_vat_subject
        where  j.reason is not null
        """,
        public_body=public_body,
    )


@check(
    "J10",
    subject="vat_period",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} are due to the ESTV on {due_on}, till, post and bank hold CHF {liquid}",
    references=["Art. 86 MWSTG"],
    method="effective",
)
def too_little_money_for_the_tax(books: Books, *, reserve: Decimal = Decimal("0.00")) -> pl.DataFrame:
    """There is less money than the tax that is about to fall due.

    Why it matters: Tax that is paid late bears interest, and arrears are what the ESTV collects first. A payment plan
    has to be asked for before the day.

    False positives: Receipts until the day, and credit lines. Compared is what the VAT accounts owe at the end of the
    period, less what was paid since, with till, post and bank in the books on the day of the review; securities do not
    count. reserve is what has to stay. After the day nothing is asked.

    What to do: Plan the payment with the client, or ask the ESTV for instalments.
    """
    return books.sql(
        """
        with at_end as (
            select -sum(b.balance) filter (a.is_vat and a.account_no not in ('1172', '2202')) as owed,
                   sum(b.balance) filter (a.is_money and a.account_no not between '1060' and '1089') as liquid
            from   balance b join account a on a.account_no = b.account_no
            where  b.month_start = (select max(m.month_start) from balance m, review.period r
                                    where m.month_start <= r.end_on)
        ),
        later as (
            select coalesce(sum(p.amount) filter (a.is_vat and c.is_money), 0) as paid,
                   coalesce(sum(p.amount) filter (a.is_money and a.account_no not between '1060' and '1089'), 0)
                       as moved
            from   posting p join review.period r on p.booked_on > r.end_on and p.booked_on <= r.as_of
            join   account a on a.account_no = p.account_no
            join   account c on c.account_no = p.contra_account_no
            where  not p.is_opening and not p.is_closing
        )
        select v.period_id, v.end_on as booked_on, v.due_on, cast(e.owed - l.paid as decimal(18, 2)) as amount,
               cast(e.liquid + l.moved as decimal(18, 2)) as liquid, '500' as ziffer,
               cast(null as decimal(18, 2)) as vat_effect
        from   vat_period v join review.period r on r.period_id = v.period_id, at_end e, later l
        where  v.due_on >= r.as_of and e.owed - l.paid > greatest(e.liquid + l.moved - $reserve, 0)
        """,
        reserve=reserve,
    )
