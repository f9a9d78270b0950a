"""Family A: what kind of supply does a code say it is, and what do the booking and its document say?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.checks import supply_words as words
from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "A05",
    subject="vat_return",
    severity=Severity.INFORMATION,
    confidence=Confidence.LIKELY,
    says="CHF {amount} of input tax in Ziffer {ziffer} belong to Ziffer {right_ziffer}: accounts {accounts}",
    references=["Art. 28 MWSTG", "Art. 30 MWSTG"],
    method="effective",
)
def input_tax_in_the_other_box(
    books: Books, *, min_tax: Decimal = Decimal("10.00"), either: str = words.EITHER_BOX
) -> pl.DataFrame:
    """Input tax stands in Ziffer 400 instead of 405, or the other way round.

    Why it matters: Ziffer 400 is for material and services that are resold or used for supplies, 405 for investments
    and other operating cost. The tax due is the same, but the ratios that the ESTV compares, and keys for mixed use
    that rest on one of the two boxes, are not.

    False positives: Energy (45xx) and staff lent by others (59xx) may stand in either box, as may accounts whose name
    matches either, such as freight. Import tax has no account of its own and is left out, as is stock. Boxes with less
    than min_tax in the wrong place are left out.

    What to do: Correct the default code of the accounts named: VM codes for Ziffer 400, VB codes for 405. What was
    filed need not be corrected for it.
    """
    return books.sql(
        """
        with used as (
            select p.account_no, count(*) as bookings, sum(tax_on(p.amount, p.tax_rate)) as tax,
                   case when p.direction = 'input' then p.ziffer when p.tax_kind like '%material' then '400'
                        else '405' end as ziffer
            from   posting p join review.period r on p.booked_on between r.start_on and r.end_on
            where  p.is_tax_side and p.vat_role = 'base'
            and    (p.direction = 'input' and p.ziffer in ('400', '405') or p.direction = 'acquisition')
            group  by all
        ),
        misplaced as (
            select u.*, if(u.ziffer = '400', '405', '400') as right_ziffer
            from   used u join account a on a.account_no = u.account_no
            where  not regexp_matches(lower(a.name), $either)
            and    case when u.ziffer = '405' then u.account_no[:1] = '4' and u.account_no[:2] <> '45'
                        else a.is_fixed_asset or u.account_no[:1] in ('5', '6', '7', '8') and u.account_no[:2] <> '59'
                             and a.account_type = 'expense' end
        )
        select r.period_id, m.ziffer, m.right_ziffer, r.end_on as booked_on, sum(m.tax) as amount,
               cast(sum(m.bookings) as bigint) as bookings,
               array_to_string(list(m.account_no order by abs(m.tax) desc, m.account_no)[:8], ', ') as accounts,
               cast(0 as decimal(18, 2)) as vat_effect
        from   misplaced m, review.period r
        group  by r.period_id, r.end_on, m.ziffer, m.right_ziffer having sum(abs(m.tax)) >= $min_tax
        """,
        min_tax=min_tax,
        either=either,
    )


@check(
    "A08",
    subject="vat_line",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="CHF {amount} to {contact_name} ({contact_country}) are declared free of tax in Ziffer {declared} with "
    "{tax_code}",
    needs=["contact"],
    references=["Art. 23 Abs. 2 Ziff. 1 MWSTG", "Art. 8 MWSTG", "Art. 81 Abs. 3 MWSTG"],
)
def untaxed_supply_to_domestic_customer(
    books: Books, *, min_amount: Decimal = Decimal("1.00"), exempt: str = words.ABROAD_OR_EXEMPT
) -> pl.DataFrame:
    """A supply to a customer in Switzerland is declared as export or as supply abroad.

    Why it matters: Goods are free of tax only if they left the country, and services to a Swiss recipient are as a rule
    taxed in Switzerland. Liechtenstein belongs to the Swiss territory. Without proof the tax is owed out of the price.

    False positives: Goods that the customer had sent abroad, with the export assessment as proof; diplomats and
    international organisations (Art. 107); air transport; services on land abroad and the like (Art. 8 Abs. 2). bexio's
    invoices hold no delivery address, so the texts are read: what matches exempt is left out.

    What to do: Ask for the proof of export or of the place of supply and keep it with the invoice. Without it set the
    code of the normal or reduced rate. With net tax rates no effect is shown: it depends on the activity.
    """
    return books.sql(
        """
        with untaxed as (
            select v.*, string_split(v.ziffer, '.')[-1] as declared,
                   lower(concat_ws(' ', v.contact_name, v.description, d.title,
                       (select string_agg(l.text, ' ') from document_line l
                        where l.document_id = v.document_id and l.tax_id = v.tax_id))) as said
            from   vat_line v join review.period r on v.booked_on between r.start_on and r.end_on
            left join document d on d.document_id = v.document_id
            where  v.direction = 'output' and v.contact_is_domestic and not v.is_deferred
            and    string_split(v.ziffer, '.')[-1] in ('220', '221')
        )
        select u.vat_line_id, u.booked_on, u.gross as amount, u.declared, u.tax_code, u.contact_name, u.contact_country,
               u.account_nos, u.document_no, u.description, u.kind, u.evidence, u.document_id, n.ziffer,
               case when s.method = 'effective' then tax_in(u.gross, n.rate) end as vat_effect
        from   untaxed u
        join   vat_status s on s.year = year(u.booked_on) and s.is_vat_subject
        join   law.normal_rate n on u.supplied_on between n.valid_from and n.valid_till
        where  abs(u.gross) >= $min_amount and not regexp_matches(u.said, $exempt)
        """,
        min_amount=min_amount,
        exempt=exempt,
    )


@check(
    "A09",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="A service of CHF {amount} to {contact_name} ({contact_country}) is taxed with {tax_code}",
    needs=["contact"],
    references=["Art. 8 Abs. 1 MWSTG", "Art. 27 Abs. 2 MWSTG"],
    method="effective",
)
def taxed_service_to_foreign_customer(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    services: str = words.SERVICES,
    exempt: str = words.TAXED_WHERE_DONE,
) -> pl.DataFrame:
    """A service to a customer abroad is taxed.

    Why it matters: Services are as a rule supplied where the recipient is: to a customer abroad they are free of tax
    and belong to Ziffer 221. What was taxed is overpaid, and yet owed as long as the invoice shows the tax.

    False positives: Supplies that are taxed where they are done: on land in Switzerland, work on goods, catering,
    hotels, courses and events, passenger transport, services to persons who are present (their text matches exempt).
    Goods collected in Switzerland are no service: looked at are the accounts 34xx and what matches services. Customers
    with a Swiss VAT number are left out.

    What to do: Look at the contract. If the place of supply is abroad, correct the invoice and set the code for
    Ziffer 221; the effect arises only with the corrected invoice.
    """
    return books.sql(
        """
        with taxed as (
            select p.*, lower(concat_ws(' ', p.description, d.title,
                       (select string_agg(l.text, ' ') from document_line l
                        where l.document_id = p.document_id and l.tax_id = p.tax_id))) as said
            from   posting p join review.period r on p.booked_on between r.start_on and r.end_on
            left join document d on d.document_id = p.document_id
            where  p.direction = 'output' and p.is_tax_side and p.vat_role = 'base' and p.tax_kind = 'sales_tax'
            and    p.tax_rate > 0 and p.account_type = 'revenue' and abs(p.amount) >= $min_amount
            and    not p.contact_is_domestic and p.contact_vat_number is null
        )
        select t.posting_id, t.line_id, t.booked_on, -t.amount as amount, t.account_no, t.account_name, t.contact_name,
               t.contact_country, t.document_no, t.description, t.tax_code, t.kind, t.document_id,
               -tax_on(-t.amount, t.tax_rate) as vat_effect, string_split(t.ziffer, '.')[-1] as ziffer
        from   taxed t
        where  (t.account_no[:2] = '34' or regexp_matches(lower(concat_ws(' ', t.account_name, t.said)), $services))
        and    not regexp_matches(lower(concat_ws(' ', t.account_name, t.said)), $exempt)
        """,
        min_amount=min_amount,
        services=services,
        exempt=exempt,
    )


@check(
    "A10",
    subject="turnover_posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on {account_no} {account_name} are declared as excluded from tax with {tax_code}, which the "
    "business hardly ever was before",
    references=["Art. 21 Abs. 2 MWSTG"],
    method="effective",
)
def excluded_supply_outside_the_profile(
    books: Books, *, max_share_before: Decimal = Decimal("1.00"), exempt: str = words.NO_SUPPLY
) -> pl.DataFrame:
    """Operating revenue is declared as excluded from tax, in a business without such supplies.

    Why it matters: Art. 21 lists what is excluded: health, teaching, insurance, finance, rent and a few others. In a
    business that does none of it, the code is mostly a wrong choice, and the tax is owed out of the price.

    False positives: A new activity. Looked at are 3000 to 3699 only: interest and rent are booked elsewhere. An account
    whose default code is that of Ziffer 230 is left alone, as are damages, shared cost and disbursements (texts that
    match exempt), and businesses in which more than max_share_before percent of the operating revenue of the last
    12 months was excluded, or without revenue in that time.

    What to do: Ask what was supplied. If it is in Art. 21, give the activity an account of its own with this code as
    default, and look at the input tax (Ziffer 415); otherwise set the code of the rate.
    """
    return books.sql(
        """
        with earlier as (
            select coalesce(sum(abs(t.turnover)) filter (string_split(t.ziffer, '.')[-1] = '230'), 0) as excluded,
                   coalesce(sum(abs(t.turnover)), 0) as turnover
            from   turnover_posting t, review.period r
            where  t.booked_on >= r.start_on - interval 12 month and t.booked_on < r.start_on
            and    t.account_no between '3000' and '3699'
        )
        select p.posting_id, p.line_id, p.booked_on, p.turnover as amount, p.account_no, p.account_name, p.document_no,
               p.contact_name, p.description, p.tax_code, p.kind, p.document_id, n.ziffer,
               share_of(100.00, e.excluded, e.turnover) as share_before, tax_in(p.turnover, n.rate) as vat_effect
        from   turnover_posting p
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject and s.method = 'effective'
        join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
        join   account a on a.account_no = p.account_no,
               earlier e
        where  string_split(p.ziffer, '.')[-1] = '230' and p.account_no between '3000' and '3699'
        and    e.turnover > 0 and 100 * e.excluded <= $max_share_before * e.turnover
        and    not exists (from tax_code t where t.code = a.default_tax_code and t.ziffer = '230')
        and    not regexp_matches(lower(concat_ws(' ', p.account_name, p.description)), $exempt)
        """,
        max_share_before=max_share_before,
        exempt=exempt,
    )


@check(
    "A13",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{tax_code} opts for the taxation of CHF {amount} ({customer}: {description}), but {reason}",
    references=["Art. 22 Abs. 2 MWSTG", "Art. 39 MWSTV"],
    method="effective",
    words=[
        "insurance, finance and gambling cannot be opted for",
        "what is used as a dwelling cannot be opted for",
        "the customer is a private person",
    ],
)
def option_without_right(
    books: Books,
    *,
    never: str = words.NEVER_OPTED,
    dwelling: str = words.DWELLING,
    commercial: str = words.COMMERCIAL_SPACE,
) -> pl.DataFrame:
    """A supply is taxed by option although the law excludes the option.

    Why it matters: Insurance, finance and gambling can never be taxed by option, land and buildings not where the
    recipient only lives in them. The tax shown is owed until the invoice is corrected, and the input tax deducted for
    the supply falls away with the option; the effect shown is the tax alone.

    False positives: A building of mixed use with one contract: texts that match commercial (shop, office, practice,
    store, parking) are left out. A private person may run a business; with a VAT number of the contact nothing is
    reported. That there is an option at all needs no permission: it is made on the invoice or in the return.

    What to do: Look at the contract. Where the option is excluded, correct the invoices, set the code for Ziffer 230
    and reduce the input tax. With net tax rates I11 asks.
    """
    return books.sql(
        """
        with opted as (
            select v.*, coalesce(v.contact_name, v.account_nos) as customer, c.kind = 'person' as is_person,
                   lower(concat_ws(' ', v.description, d.title,
                       (select string_agg(l.text, ' ') from document_line l
                        where l.document_id = v.document_id and l.tax_id = v.tax_id))) as said,
                   (select lower(string_agg(a.name, ' ')) from account a
                    where list_contains(string_split(v.account_nos, ' '), a.account_no)) as accounts
            from   vat_line v join review.period r on v.booked_on between r.start_on and r.end_on
            left join document d on d.document_id = v.document_id
            left join contact c on c.contact_id = v.contact_id
            where  not v.is_deferred and (v.tax_kind like 'opted%' or split_part(v.ziffer, '.', 1) = '205')
        ),
        judged as (
            select *, case
                    when regexp_matches(concat_ws(' ', said, accounts), $never)
                        then 'insurance, finance and gambling cannot be opted for'
                    when regexp_matches(said, $commercial) then null
                    when regexp_matches(concat_ws(' ', said, accounts), $dwelling)
                        then 'what is used as a dwelling cannot be opted for'
                    when is_person and contact_vat_number is null and not regexp_matches(accounts, $commercial)
                        then 'the customer is a private person' end as reason
            from opted
        )
        select vat_line_id, booked_on, net as amount, tax, tax_code, rate, customer, description, reason, account_nos,
               document_no, kind, evidence, document_id, string_split(ziffer, '.')[-1] as ziffer, -tax as vat_effect
        from   judged where reason is not null
        """,
        never=never,
        dwelling=dwelling,
        commercial=commercial,
    )


@check(
    "A14",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on {account_no} {account_name} are taxed at {tax_rate} % ({tax_code}), which is not usual "
    "there: {description}",
    references=["Art. 25 Abs. 2 MWSTG", "Art. 25 Abs. 4 MWSTG"],
    method="effective",
)
def lower_rate_outside_the_activity(
    books: Books,
    *,
    min_effect: Decimal = Decimal("20.00"),
    usual: int = 3,
    usual_in_all: int = 10,
    reduced: str = words.REDUCED,
    accommodation: str = words.ACCOMMODATION,
) -> pl.DataFrame:
    """The reduced rate or the one for accommodation is used where nothing speaks for it.

    Why it matters: The low rates hold for what the law lists: food, water, medicine, plants, print, hygiene products,
    and a night with breakfast. For anything else the normal rate is owed. On purchases too little is deducted, or the
    supplier taxed wrongly.

    False positives: Goods the words do not know: text, contact and account are compared with reduced and accommodation.
    Accounts with this rate as default, or with usual bookings at it in the 24 months before the period (usual_in_all
    together with the period), and travel (664x, where D07 asks) are left out, as are effects below min_effect.

    What to do: Ask what was sold, or look at the supplier's invoice. The effect assumes the normal rate on top of the
    net price of a sale, and within the price of a purchase.
    """
    return books.sql(
        """
        with lower_rate as (
            select distinct kind, rate from law.vat_rate where kind <> 'normal' and status = 'law'
        ),
        rated as (
            select p.*, k.kind as rate_kind, p.booked_on >= r.start_on as is_reviewed
            from   posting p join lower_rate k on k.rate = p.tax_rate, review.period r
            where  p.booked_on between r.start_on - interval 24 month and r.end_on
            and    p.is_tax_side and p.vat_role = 'base' and p.direction in ('output', 'input')
        ),
        known as (
            select account_no, rate_kind from rated group by all
            having count(*) filter (not is_reviewed) >= $usual or count(*) >= $usual_in_all
            union all
            select a.account_no, k.kind from account a join tax_code t on t.code = a.default_tax_code
            join   lower_rate k on k.rate = t.rate
        )
        select p.posting_id, p.line_id, p.booked_on, abs(p.amount) as amount, p.account_no, p.account_name, p.tax_rate,
               p.contact_name, p.document_no, p.description, p.tax_code, p.kind, p.document_id, p.ziffer,
               if(p.direction = 'output', tax_on(-p.amount, n.rate - p.tax_rate), tax_on(p.amount, p.tax_rate)
                  - tax_in(p.amount + tax_on(p.amount, p.tax_rate), n.rate)) as vat_effect
        from   rated p join law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
        where  p.is_reviewed and abs(vat_effect) >= $min_effect and p.account_no[:3] <> '664'
        and    not exists (from known k where k.account_no = p.account_no and k.rate_kind = p.rate_kind)
        and    not regexp_matches(lower(concat_ws(' ', p.account_name, p.contact_name, p.description,
                   (select string_agg(l.text, ' ') from document_line l where l.document_id = p.document_id
                    and l.tax_id = p.tax_id))), if(p.rate_kind = 'reduced', $reduced, $accommodation))
        """,
        min_effect=min_effect,
        usual=usual,
        usual_in_all=usual_in_all,
        reduced=reduced,
        accommodation=accommodation,
    )


@check(
    "A15",
    subject="turnover_posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on {account_no} {account_name} look like no consideration ({description}) and belong to Ziffer "
    "{right_ziffer}",
    references=["Art. 18 Abs. 2 MWSTG", "Art. 33 Abs. 2 MWSTG"],
)
def flow_without_consideration_as_revenue(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    grants: str = words.GRANTS,
    other_flows: str = words.OTHER_FLOWS,
    public_bodies: str = words.PUBLIC_BODIES,
    exempt: str = words.IN_EXCHANGE,
) -> pl.DataFrame:
    """A grant, a donation, a dividend or damages are booked as ordinary revenue.

    Why it matters: They are no consideration: subsidies and tourist taxes belong to Ziffer 900 and reduce the input tax
    (Ziffer 420), donations, dividends and damages to 910. What was taxed is overpaid; what was declared in 200 distorts
    the turnover and every key that rests on it.

    False positives: Money for a service, above all sponsoring, which is taxable (texts that match exempt are left
    out), and a tourist tax that is only passed on to the commune, which belongs to no box. Contributions count as
    grants where the contact or the text names a public body.

    What to do: Read the decision or the contract behind the payment. Set SUB (900) or SPE (910); for a subsidy compute
    the reduction of input tax, which is not part of the effect shown.
    """
    return books.sql(
        """
        with told as (
            select p.*, lower(concat_ws(' ', p.contact_name, p.account_name, p.description,
                       (select string_agg(l.text, ' ') from document_line l
                        where l.document_id = p.document_id and l.tax_code = p.tax_code))) as said
            from   turnover_posting p join review.period r on p.booked_on between r.start_on and r.end_on
            join   account a on a.account_no = p.account_no and a.account_type = 'revenue'
            where  abs(p.turnover) >= $min_amount and p.account_no[:2] <> '38'
            and    coalesce(string_split(p.ziffer, '.')[-1], '') not in ('280', '900', '910')
        ),
        judged as (
            select *, case when regexp_matches(said, $grants) or regexp_matches(said, $public_bodies)
                                and regexp_matches(said, 'beitrag|beiträge|contribution|contributo') then '900'
                           when regexp_matches(said, $other_flows) then '910' end as right_ziffer
            from told where not regexp_matches(said, $exempt)
        )
        select j.posting_id, j.line_id, j.booked_on, j.turnover as amount, j.account_no, j.account_name, j.contact_name,
               j.document_no, j.description, j.tax_code, j.kind, j.document_id, j.right_ziffer, j.ziffer as declared,
               if(j.tax_rate > 0, string_split(j.ziffer, '.')[-1], j.right_ziffer) as ziffer,
               case when j.tax_rate > 0 and s.method = 'effective' then -tax_on(j.turnover, j.tax_rate) end
                   as vat_effect
        from   judged j join vat_status s on s.year = year(j.booked_on) and s.is_vat_subject
        where  j.right_ziffer is not null
        """,
        min_amount=min_amount,
        grants=grants,
        other_flows=other_flows,
        public_bodies=public_bodies,
        exempt=exempt,
    )
