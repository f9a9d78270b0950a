"""Families A and H, what is normal for this mandate: accounts, partners, amounts and regular bookings, by their past.

A booking is compared with all others of the 24 months up to the end of the period: no training, no model. Where there
are too few to call anything usual, the checks say nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "A02",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} on {account_no} {account_name} without input tax: not flagged with {usual_code}, as on "
    "{usual_count} of {others} other bookings on this account",
    references=["Art. 28 Abs. 1 MWSTG"],
    method="effective",
)
def cost_without_usual_input_tax(
    books: Books, *, min_others: int = 10, min_share: Decimal = Decimal("0.80"), min_amount: Decimal = Decimal("200.00")
) -> pl.DataFrame:
    """A cost that normally carries input tax has no code.

    Why it matters: Input tax that is not claimed is lost. On an account where nearly everything carries a code, a
    booking without one was more often forgotten than meant.

    False positives: Private and small suppliers who are not registered, suppliers abroad, statements of credit cards. A
    supplier who never charged VAT here is left out, and so is an amount below min_amount; one who always did is A07's.

    What to do: Look at the invoice. If it shows Swiss VAT, set the code; the tax is contained in the amount.
    """
    return books.sql(
        """
        with past as (
            select h.*, coalesce(h.direction, 'none') in ('input', 'acquisition') as is_coded
            from   habit_posting h, review.period r
            where  h.booked_on between r.end_on - interval 24 months and r.end_on and h.account_type <> 'revenue'
        ),
        usual as (
            select account_no, count(*) as bookings, count(*) filter (is_coded) as usual_count,
                mode(tax_code) filter (is_coded and direction = 'input') as usual_code,
                mode(tax_rate) filter (is_coded and direction = 'input') as usual_rate
            from past group by account_no
        ),
        partner as (
            select account_no, partner, count(*) as bookings, count(*) filter (not is_coded) as uncoded
            from past group by account_no, partner
        )
        select p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.contra_account_no,
               p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id, u.usual_code,
               u.usual_count, u.bookings - 1 as others, '405' as ziffer, -tax_in(p.amount, u.usual_rate) as vat_effect
        from   past p
        join   usual u on u.account_no = p.account_no
        join   partner n on n.account_no = p.account_no and n.partner = p.partner
        where  p.tax_code is null and p.amount >= $min_amount and n.uncoded = 1 and n.bookings <= 5 and p.is_domestic
        and    u.usual_rate > 0 and u.bookings - 1 >= $min_others and u.usual_count >= $min_share * (u.bookings - 1)
        """,
        min_others=min_others,
        min_share=min_share,
        min_amount=min_amount,
    )


@check(
    "A06",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="{tax_code} is unusual on {account_no} {account_name}: not flagged with {usual_code}, as on {usual_count} of "
    "{others} other bookings on this account",
    references=["Art. 957a OR"],
)
def code_unusual_for_account(
    books: Books,
    *,
    min_others: int = 30,
    min_share: Decimal = Decimal("0.90"),
    max_share: Decimal = Decimal("0.02"),
) -> pl.DataFrame:
    """A tax code is unusual on its account.

    Why it matters: An account that always carries the same kind of code rarely carries another for a good reason: the
    wrong line of a list was clicked, or the booking belongs to another account.

    False positives: New activities, imports and single purchases. A partner whose other bookings carry the same code is
    left out; what is unusual for the partner is A07's.

    What to do: Compare with the document. Correct the code or the account.
    """
    return books.sql(
        """
        with past as (
            select h.account_no, h.tax_habit, h.partner, h.tax_code, h.tax_rate, h.direction, h.booked_on
            from   habit_posting h, review.period r
            where  h.booked_on between r.end_on - interval 24 months and r.end_on
        ),
        habit as (
            select account_no, tax_habit, count(*) as same, arg_max(tax_code, booked_on) as usual_code,
                arg_max(tax_rate, booked_on) as usual_rate, sum(count(*)) over (partition by account_no) - 1 as others,
                case any_value(direction) when 'output' then 1 when 'input' then -1 else 0 end as sign
            from past group by account_no, tax_habit
        ),
        candidate as (
            select h.*, u.others, u.same as usual_count, u.usual_code, u.usual_rate, u.sign
            from   habit_posting h
            join   review.period r on h.booked_on between r.start_on and r.end_on
            join   habit n on n.account_no = h.account_no and n.tax_habit = h.tax_habit
            join   habit u on u.account_no = h.account_no and u.tax_habit <> h.tax_habit and u.tax_habit <> 'none'
            where  u.others >= $min_others and u.same >= $min_share * u.others and n.same <= $max_share * u.others
            and    h.tax_habit not in ('none', 'customs')
            qualify row_number() over (partition by h.posting_id order by u.same desc, u.tax_habit) = 1
        ),
        partner as (
            select h.account_no, h.partner, count(*) as of_partner
            from   past h
            semi join candidate c on c.account_no = h.account_no and c.partner is not distinct from h.partner
            group by h.account_no, h.partner
        )
        select c.posting_id, c.line_id, c.booked_on, abs(c.amount) as amount, c.account_no, c.account_name,
               c.contra_account_no, c.document_no, c.contact_name, c.description, c.tax_code, c.kind, c.document_id,
               c.usual_code, c.usual_count, c.others,
               cast(tax_in(c.gross, coalesce(c.usual_rate, 0)) * c.sign - c.tax as decimal(18, 2)) as vat_effect
        from   candidate c
        join   partner p on p.account_no = c.account_no and p.partner is not distinct from c.partner
        where  p.of_partner <= 2
        """,
        min_others=min_others,
        min_share=min_share,
        max_share=max_share,
    )


@check(
    "A07",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="{partner_name}: {this_code} on {account_no} {account_name}; not flagged with {usual_code}, as in "
    "{usual_count} of {others} other bookings with this partner",
    references=["Art. 957a OR", "Art. 28 Abs. 1 MWSTG"],
    words=["no tax code"],
)
def code_unusual_for_partner(
    books: Books, *, min_others: int = 5, min_share: Decimal = Decimal("0.90"), max_same: int = 1
) -> pl.DataFrame:
    """A customer or supplier is booked with another code than always.

    Why it matters: Who always charges VAT does so this time too, and who never did cannot suddenly: a supplier without
    VAT whose bill carries input tax, or an export customer with domestic tax, is a slip in most cases.

    False positives: A supplier that was registered for VAT, a restaurant and its take-away, a bill with goods of two
    rates. A change of the statutory rate is no change of habit, and a booking that carries the usual code as well is
    left out.

    What to do: Compare with the document, and with the bookings of this partner before it. Correct the code.
    """
    return books.sql(
        """
        with habit as (
            select h.partner, h.account_no, h.tax_habit, count(*) as same, arg_max(h.tax_code, h.booked_on) as code,
                arg_max(h.tax_rate, h.booked_on) as rate,
                case any_value(h.direction) when 'output' then 1 when 'input' then -1 else 0 end as sign
            from   habit_posting h, review.period r
            where  h.booked_on between r.end_on - interval 24 months and r.end_on and h.partner is not null
            group by h.partner, h.account_no, h.tax_habit
        ),
        usual as (
            -- as one value: arg_max of a column passes over a habit without code
            select partner, account_no, arg_max(tax_habit, same) as usual_habit, max(same) as usual_count,
                sum(same) - 1 as others, arg_max({'code': code, 'rate': rate, 'sign': sign}, same) as usual
            from habit group by partner, account_no having count(*) > 1 and sum(same) - 1 >= $min_others
        ),
        unusual as (
            select h.tax_habit, h.same, u.*
            from   habit h join usual u on u.partner = h.partner and u.account_no = h.account_no
            where  h.tax_habit <> u.usual_habit and h.same <= $max_same
            and    u.usual_count >= $min_share * u.others and 'customs' not in (h.tax_habit, u.usual_habit)
        )
        select p.* replace (abs(p.amount) as amount), u.others, u.same, u.usual_count,
               coalesce(u.usual.code, 'no tax code') as usual_code, coalesce(p.tax_code, 'no tax code') as this_code,
               cast(tax_in(p.gross, coalesce(u.usual.rate, 0)) * u.usual.sign - p.tax as decimal(18, 2)) as vat_effect
        from   habit_posting p
        join   review.period r on p.booked_on between r.start_on and r.end_on
        join   unusual u on u.partner = p.partner and u.account_no = p.account_no and u.tax_habit = p.tax_habit
        anti join habit_posting o
            on o.entry_id = p.entry_id and o.account_no = p.account_no and o.tax_habit <> p.tax_habit
        """,
        min_others=min_others,
        min_share=min_share,
        max_same=max_same,
    )


@check(
    "H11",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} on {account_no} {account_name} is out of line: usual are CHF {usual_amount} {reason}",
    references=["Art. 957a OR"],
    words=["with this partner", "on this account", "with this partner: the decimal point may have slipped"],
)
def amount_out_of_line(
    books: Books,
    *,
    min_of_partner: int = 6,
    min_on_account: int = 40,
    max_z: Decimal = Decimal("4.00"),
    max_z_account: Decimal = Decimal("8.00"),
    min_amount: Decimal = Decimal("500.00"),
) -> pl.DataFrame:
    """An amount is out of line with all others.

    Why it matters: A digit too many, a slipped decimal point or a bill on the wrong account shows as an amount that has
    never been seen there. With it the tax is wrong by the same factor.

    False positives: Investments, yearly bills and single projects. Amounts are compared by their order of size with
    the median and its usual spread, with the same partner where there are min_of_partner other bookings, else on the
    account where there are min_on_account; smaller ones than usual, and sales, only where the decimal point slipped.
    Below min_amount nothing is said.

    What to do: Compare with the document.
    """
    return books.sql(
        """
        with placed as (
            -- each amount twice: beside those of its partner, and beside all others on the account
            select h.posting_id, unnest([h.partner, '']) as who, h.account_no, h.account_type,
                sign(h.amount) as side, ln(abs(h.amount)) as size, h.booked_on >= r.start_on as is_now
            from   habit_posting h, review.period r
            where  h.booked_on between r.end_on - interval 24 months and r.end_on and abs(h.amount) >= 1
        ),
        usual as (
            select who, account_no, side, count(*) - 1 as others, median(size) as middle
            from placed where who is not null group by who, account_no, side
            having count(*) > if(who = '', $min_on_account, $min_of_partner)
        ),
        spread as (
            select u.*, median(abs(p.size - u.middle)) as spread
            from placed p join usual u using (who, account_no, side) group by all
        ),
        judged as (
            select p.posting_id, s.who <> '' as by_partner, s.others, s.middle, s.spread, case
                    when by_partner and abs(abs(p.size - s.middle) - ln(10)) < 0.01 and s.spread < 0.1
                        then 'with this partner: the decimal point may have slipped'
                    when p.account_type <> 'revenue'
                        and p.size - s.middle > if(by_partner, $max_z, $max_z_account) * (1.4826 * s.spread + 0.2)
                        then if(by_partner, 'with this partner', 'on this account') end as reason
            from placed p join spread s using (who, account_no, side) where p.is_now
            qualify row_number() over (partition by p.posting_id order by by_partner desc) = 1
        )
        select h.* replace (abs(h.amount) as amount), j.by_partner, j.others, j.middle, j.spread, j.reason,
               cast(null as decimal(18, 2)) as vat_effect, cast(exp(j.middle) as decimal(18, 2)) as usual_amount
        from   judged j join habit_posting h on h.posting_id = j.posting_id
        where  j.reason is not null and greatest(abs(h.amount), exp(j.middle)) >= $min_amount
        """,
        min_of_partner=min_of_partner,
        min_on_account=min_on_account,
        max_z=max_z,
        max_z_account=max_z_account,
        min_amount=min_amount,
    )


@check(
    "H15",
    subject="posting",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="{partner_name} is booked every month, CHF {amount} on {account_no}: {reason}",
    references=["Art. 957a OR"],
    words=["the month after has none", "this month has two"],
)
def monthly_series_interrupted(
    books: Books,
    *,
    min_months: int = 6,
    max_difference: Decimal = Decimal("0.02"),
    min_amount: Decimal = Decimal("50.00"),
) -> pl.DataFrame:
    """A booking that comes every month is missing, or there twice.

    Why it matters: Rent, leasing and insurance come every month. A month without one is a bill that was not entered, a
    month with two is one that was entered twice; the input tax moves with it.

    False positives: Contracts that end or change, and bills of two months that arrive together: a month with two beside
    one with none is left out. At least min_months months with one booking of the same amount, up to max_difference,
    make a series; a month is missing only when the series goes on after it.

    What to do: Look for the bill, or compare the two bookings.
    """
    return books.sql(
        """
        with past as (
            select h.posting_id, h.line_id, h.partner, h.account_no, h.amount, h.booked_on,
                date_trunc('month', h.booked_on) as month
            from   habit_posting h, review.period r
            where  h.booked_on between r.end_on - interval 24 months and r.end_on
            and    h.partner is not null and abs(h.amount) >= $min_amount
        ),
        regular as (
            select partner, account_no, median(amount) as usual from past
            group by partner, account_no having count(*) >= $min_months
        ),
        month as (
            select p.partner, p.account_no, p.month, count(*) as bookings,
                arg_max(p.posting_id, (p.booked_on, p.line_id)) as last
            from   past p join regular u on u.partner = p.partner and u.account_no = p.account_no
            where  abs(p.amount - u.usual) <= $max_difference * abs(u.usual)
            group by p.partner, p.account_no, p.month
        ),
        series as (
            select *, lead(month) over w as next, lag(month) over w as earlier, lead(bookings) over w as next_bookings,
                count(*) filter (bookings = 1) over of_series as single,
                date_diff('month', min(month) over of_series, max(month) over of_series) + 1 as span
            from month
            window w as (partition by partner, account_no order by month),
                   of_series as (partition by partner, account_no)
        )
        select p.* replace (abs(p.amount) as amount,
                   if(s.bookings = 1, cast(s.month + interval 2 months as date) - 1, p.booked_on) as booked_on),
               u.usual, if(s.bookings = 1, 'the month after has none', 'this month has two') as reason,
               cast(null as decimal(18, 2)) as vat_effect
        from   series s join habit_posting p on p.posting_id = s.last
        join   regular u on u.partner = s.partner and u.account_no = s.account_no
        where  s.single >= $min_months and s.single >= 0.8 * s.span
        and    (s.bookings = 1 and s.next = s.month + interval 2 months and s.next_bookings = 1
                or s.bookings = 2 and s.earlier = s.month - interval 1 month
                   and coalesce(s.next = s.month + interval 1 month, true))
        """,
        min_months=min_months,
        max_difference=max_difference,
        min_amount=min_amount,
    )


@check(
    "K20",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{document_no} on {account_no}: CHF {amount} stay open against CHF {settled_with}, which is {reason}",
    references=["Art. 24 Abs. 1 MWSTG", "Art. 27 Abs. 2 MWSTG"],
    words=["the amount without its tax", "the amount with the tax of another rate", "the amount with tax on top of it"],
)
def settled_at_another_tax(
    books: Books, *, min_matched: Decimal = Decimal("75.00"), max_days: int = 180, min_effect: Decimal = Decimal("5.00")
) -> pl.DataFrame:
    """What was paid or received differs from what was booked by exactly a tax.

    Why it matters: The other side of a business knows the invoice too. If it pays the net amount, or the amount with
    another rate, the tax was booked on an amount that contained it already, or at a rate that is not on the invoice.

    False positives: Amounts that meet by chance. Only accounts are examined on which at least min_matched percent of
    all bookings find an equal amount on the other side, and only amounts that found none, within max_days; effects
    below min_effect are left out.

    What to do: Look at the invoice and at the payment or receipt. Correct the base or the code.
    """
    return books.sql(
        """
        with coded as (
            select p.posting_id, p.account_no, p.booked_on, p.amount, v.net, v.tax, v.rate, v.direction, v.tax_code,
                v.ziffer, v.document_id, v.document_no, v.contact_name, v.description, v.kind, p.line_id
            from   unmatched_posting p
            join   journal_line l on l.line_id = p.line_id
            join   vat_line v on v.entry_id = l.entry_id and v.direction in ('output', 'input') and v.rate < 100
            where  p.usually_matched >= $min_matched
            qualify count(*) over (partition by p.posting_id) = 1
        ),
        candidate as (
            select c.*, unnest([abs(c.net), abs(c.net) - tax_in(abs(c.net), c.rate)]) as settled_with,
                   'the amount without its tax' as reason, tax_in(abs(c.net), c.rate) as right_tax
            from coded c where c.rate > 0
            union all by name
            select c.*, abs(c.net) + tax_on(abs(c.net), r.rate) as settled_with,
                   if(c.rate > 0, 'the amount with the tax of another rate', 'the amount with tax on top of it')
                       as reason, tax_on(abs(c.net), r.rate) as right_tax
            from   coded c join law.vat_rate r on r.status = 'law' and r.rate <> c.rate
            and    c.booked_on between r.valid_from and coalesce(r.valid_till, date '9999-12-31')
        ),
        wanted as (select *, cast(settled_with + unnest(range(-2, 3)) * 0.01 as decimal(18, 2)) as w from candidate)
        select c.* exclude (w, right_tax) replace (abs(c.amount) as amount), u.booked_on as settled_on,
               (c.right_tax - abs(c.tax)) * if(c.direction = 'output', 1, -1) as vat_effect
        from   wanted c join unmatched_posting u on u.account_no = c.account_no and u.amount = -sign(c.amount) * c.w
        and    abs(u.booked_on - c.booked_on) <= $max_days
        where  abs(vat_effect) >= $min_effect
        qualify row_number() over (
            partition by c.posting_id order by abs(u.booked_on - c.booked_on), u.posting_id, c.reason) = 1
        """,
        min_matched=min_matched,
        max_days=max_days,
        min_effect=min_effect,
    )
