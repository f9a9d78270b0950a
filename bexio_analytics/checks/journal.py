"""Family K: tests of the journal after ISA 240 and AS 2401, entry by entry."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "K01",
    subject="purchase",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} of {supplier} also stand in the books as {other_supplier} on {other_on}: {reason}",
    references=["AS 2401.61", "Art. 28 MWSTG"],
    words=["same number under another name", "nearly the same name"],
)
def purchase_under_two_names(
    books: Books,
    *,
    min_amount: Decimal = Decimal("50.00"),
    window_days: int = 10,
    number_days: int = 90,
    min_similarity: Decimal = Decimal("0.94"),
    max_alike: int = 20,
    legal_forms: str = r"\b(ag|gmbh|sa|sàrl|sarl|ltd|limited|inc|llc|kg|co|cie|s\.a\.|schweiz|suisse|svizzera)\b",
) -> pl.DataFrame:
    """A purchase is booked a second time under another name.

    Why it matters: The same bill comes as a bill and as a card payment, or a supplier has two contacts. The test for
    duplicates of one supplier (H01) does not see it; cost and input tax are deducted twice.

    False positives: The same amount at two suppliers is chance: either the supplier's number is equal (at least four
    characters, within number_days), or the names are, but for legal form, signs and a letter or two, within
    window_days, and no two numbers speak against it. One of the two must name a supplier; two entries without one are
    K13's. Amounts that come more often than max_alike say nothing, and a pair of which one was reversed is settled.

    What to do: Compare the two documents. Delete the second booking and merge the two contacts.
    """
    return books.sql(
        """
        with named as (
            select *, coalesce(contact_name, description, '') as supplier,
                upper(regexp_replace(coalesce(supplier_ref, ''), '[^0-9A-Za-z]', '', 'g')) as number,
                regexp_replace(regexp_replace(lower(supplier), $legal_forms, '', 'g'), '[^a-zà-ÿ0-9]', '', 'g') as name,
                count(*) over (partition by gross) as alike
            from purchase where gross >= $min_amount
        ),
        pair as (
            select b.*, a.supplier as other_supplier, a.kind as other_kind, a.booked_on as other_on,
                a.entry_id as other_entry, a.document_no as other_document_no,
                abs(b.booked_on - a.booked_on) as days, case
                    when length(b.number) >= 4 and a.number = b.number and days <= $number_days
                        then 'same number under another name'
                    when days <= $window_days and length(b.name) >= 5 and (a.number = '' or b.number = '')
                        and (a.name = b.name or levenshtein(a.name, b.name) <= 2
                             and jaro_winkler_similarity(a.name, b.name) >= $min_similarity)
                        then 'nearly the same name' end as reason
            from named a join named b on a.gross = b.gross and a.supplier <> b.supplier
                and (a.booked_on, a.first_line_id) < (b.booked_on, b.first_line_id)
            where a.alike <= $max_alike and coalesce(a.contact_name, b.contact_name) is not null
        )
        select p.*, p.gross as amount, p.tax as vat_effect,
               (select min(v.ziffer) from vat_line v where v.entry_id = p.entry_id and v.direction = 'input') as ziffer
        from   pair p
        where  reason is not null and not exists (from purchase r where r.gross = -p.gross
                   and coalesce(r.contact_name, r.description) in (p.supplier, p.other_supplier))
        qualify row_number() over (partition by entry_id order by days, other_entry) = 1
        """,
        min_amount=min_amount,
        window_days=window_days,
        number_days=number_days,
        min_similarity=min_similarity,
        max_alike=max_alike,
        legal_forms=legal_forms,
    )


@check(
    "K02",
    subject="document",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="References {series}… of manual entries: {numbers} not in the journal",
    references=["ISA 240 para. A44", "Art. 957a OR"],
)
def manual_reference_missing(
    books: Books, *, min_steps: int = 20, min_density: Decimal = Decimal("0.95"), max_gap: int = 20
) -> pl.DataFrame:
    """A reference number of the manual entries is missing.

    Why it matters: Where entries are numbered one by one, a missing number is an entry that was deleted, or a voucher
    that was never entered.

    False positives: References that are no running number: a series counts if it has at least min_steps numbers of
    which the share min_density follow each other. A jump by more than max_gap begins a new range. Numbers of invoices
    are H06's.

    What to do: Ask for the vouchers with the missing numbers, or for the reason why the entries were deleted.
    """
    return books.sql(
        """
        with gap as (
            select n.series, arg_min(n.document_id, n.number) as document_id, min(n.dated_on) as booked_on,
                   string_agg(concat_ws('-', n.previous_number + 1, if(n.missing > 1, n.number - 1, null)), ', '
                              order by n.number) as numbers
            from   document_number n, review.period r
            where  n.is_manual and n.dated_on between r.start_on and r.end_on and n.missing between 1 and $max_gap
            and    n.steps >= $min_steps and n.single_steps >= $min_density * n.steps
            group by n.series
        )
        select g.*, d.document_no, d.kind, cast(null as decimal(18, 2)) as amount,
               cast(null as decimal(18, 2)) as vat_effect
        from   gap g join document d on d.document_id = g.document_id
        """,
        min_steps=min_steps,
        min_density=min_density,
        max_gap=max_gap,
    )


@check(
    "K03",
    subject="journal_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on {debit_account_no} / {credit_account_no} are reversed on {reversed_on}, after the period",
    references=["ISA 240 para. A45", "AS 2401.61", "Art. 40 MWSTG"],
)
def booking_reversed_after_period(
    books: Books, *, window_days: int = 20, min_amount: Decimal = Decimal("1000.00")
) -> pl.DataFrame:
    """A booking at the end of the period is reversed right after it.

    Why it matters: A sale or a cost that exists only over the end of a period makes its figures look better or its tax
    smaller. The return of this period carries what the next one takes back.

    False positives: Accruals and work in progress are meant to be reversed: bookings with accounts 13xx, 23xx and 1280
    to 1289 are left out, and so are payments, VAT and settlements. Both bookings must lie within window_days of the
    end of the period and have the same accounts and amount.

    What to do: Ask why the booking was reversed. If it was wrong, correct it before filing; the tax belongs to the
    period in which the supply was invoiced or received.
    """
    return books.sql(
        """
        with around as (
            select l.*, l.booked_on <= r.end_on as is_before, amount > 0 as is_ahead,
                if(amount > 0, debit_account_no, credit_account_no) as debit,
                if(amount > 0, credit_account_no, debit_account_no) as credit
            from   journal_line l, review.period r
            where  l.booked_on between r.end_on - $window_days + 1 and r.end_on + $window_days
            and    abs(l.amount) >= $min_amount and l.kind <> 'payment' and not l.is_vat_row
            and    not l.is_opening and not l.is_closing and not l.is_settlement
        ),
        numbered as (
            select *, row_number() over (partition by is_before, least(debit, credit), greatest(debit, credit),
                debit < credit, abs(amount) order by booked_on, line_id) as place
            from around a
            where exists (from account x where x.account_no in (a.debit, a.credit)
                          and x.account_type in ('revenue', 'expense'))
            and   not regexp_matches(debit || ' ' || credit, '\\b(13|23|128)')
        )
        select a.line_id, a.entry_id, a.booked_on, abs(a.amount) as amount, a.debit_account_no, a.credit_account_no,
               a.description, a.document_no, a.document_id, a.contact_name, a.kind, b.booked_on as reversed_on,
               b.line_id as reversed_by, b.description as reversed_as, cast(null as decimal(18, 2)) as vat_effect
        from   numbered a
        join   numbered b on a.is_before and not b.is_before and a.debit = b.credit and a.credit = b.debit
               and abs(a.amount) = abs(b.amount) and a.place = b.place
        """,
        window_days=window_days,
        min_amount=min_amount,
    )


@check(
    "K04",
    subject="purchase",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="{times} purchases from {supplier} within {window_days} days lie just below CHF {ceiling}, the last over "
    "CHF {amount}",
    references=["ISA 240 para. A45"],
)
def purchases_just_below_limit(
    books: Books,
    *,
    limits: str = "1000 5000 10000",
    band: Decimal = Decimal("0.05"),
    min_times: int = 3,
    window_days: int = 60,
) -> pl.DataFrame:
    """Purchases from one supplier gather just below a limit of approval.

    Why it matters: Orders are split or priced so that nobody else has to sign. The limits are those of the mandate and
    are set in mandate.toml; by default they are the usual ones.

    False positives: A single amount below a limit is chance. It takes min_times from one supplier within window_days,
    each within band below the same limit, with different amounts, and fewer as far above it.

    What to do: Lay the bills side by side with the order and the rules of approval.
    """
    return books.sql(
        """
        with ceiling as (
            select cast(unnest(string_split(trim($limits), ' ')) as decimal(18, 2)) as ceiling
        ),
        near as (
            select p.*, coalesce(p.contact_name, p.description) as supplier, c.ceiling, p.gross < c.ceiling as is_below
            from purchase p join ceiling c
                on p.gross >= c.ceiling * (1 - $band) and p.gross < c.ceiling * (1 + $band)
        ),
        counted as (
            select *, count(*) filter (is_below) over recent as times,
                count(distinct if(is_below, gross, null)) over recent as amounts,
                count(*) filter (not is_below) over recent as above
            from near window recent as (
                partition by supplier, ceiling order by booked_on
                range between to_days(cast($window_days as integer)) preceding and current row)
        )
        select c.*, c.gross as amount, $window_days as window_days, cast(null as decimal(18, 2)) as vat_effect
        from   counted c join review.period r on c.booked_on between r.start_on and r.end_on
        where  is_below and times >= $min_times and amounts >= $min_times and above < times
        qualify row_number() over (partition by supplier order by times desc, booked_on desc, entry_id) = 1
        """,
        limits=limits,
        band=band,
        min_times=min_times,
        window_days=window_days,
    )


@check(
    "K18",
    subject="journal_entry",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} are one of {amounts} different whole amounts just below CHF {ceiling}, where {usual} are usual",
    references=["ISA 240 para. A45", "AS 2401.61"],
)
def amounts_gather_below_limit(
    books: Books,
    *,
    limits: str = "1000 5000 10000 50000 100000",
    band: Decimal = Decimal("0.02"),
    min_amounts: int = 8,
    min_ratio: Decimal = Decimal("2.5"),
) -> pl.DataFrame:
    """Whole amounts gather just below a limit of approval.

    Why it matters: An amount chosen so that nobody else has to sign is a whole one, just below the limit. One of them
    is chance; many different ones where the neighbourhood is empty are not. K04 asks the same of a single supplier.

    False positives: Prices such as 990.00 come again and again: each amount counts once. Of the twelve months until the
    end of the period, at least min_amounts different ones lie within band below the limit; they are min_ratio times
    what the two bands below and the two above hold on average, and four standard deviations more.

    What to do: Lay the vouchers side by side with the rules of approval, and ask who ordered.
    """
    return books.sql(
        """
        with ceiling as (
            select cast(unnest(string_split(trim($limits), ' ')) as decimal(18, 2)) as ceiling
        ),
        near as (
            select e.*, c.ceiling, cast(floor((e.amount / c.ceiling - 1) / $band) as integer) as step
            from   journal_entry e
            join   review.period r on e.booked_on > r.end_on - interval 12 months and e.booked_on <= r.end_on
            join   ceiling c on e.amount >= c.ceiling * (1 - 3 * $band) and e.amount < c.ceiling * (1 + 2 * $band)
            where  e.amount = floor(e.amount) and e.amount <> c.ceiling
        ),
        counted as (
            select ceiling, count(distinct amount) filter (step = -1) as amounts,
                count(distinct amount) filter (step <> -1) / 4 as usual
            from near group by ceiling
        )
        select n.*, n.first_line_id as line_id, c.amounts, cast(c.usual as decimal(9, 1)) as usual,
               cast(null as decimal(18, 2)) as vat_effect
        from   near n
        join   counted c on c.ceiling = n.ceiling and c.amounts >= greatest($min_amounts, $min_ratio * c.usual)
               and c.amounts >= c.usual + 4 * sqrt(c.usual + 1)
        where  n.step = -1
        qualify row_number() over (partition by n.entry_id order by n.ceiling) = 1
        """,
        limits=limits,
        band=band,
        min_amounts=min_amounts,
        min_ratio=min_ratio,
    )


@check(
    "K05",
    subject="journal_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="The text speaks of {stated_month}, booked on {booked_on}: {description} (CHF {amount})",
    references=["ISA 240 para. A44", "Art. 40 MWSTG", "Art. 957a OR"],
)
def text_names_another_period(
    books: Books,
    *,
    min_months: int = 9,
    min_amount: Decimal = Decimal("100.00"),
    max_share: Decimal = Decimal("0.05"),
    min_texts: int = 10,
    min_usual: Decimal = Decimal("0.90"),
    period_word: str = r"\bp[eé]riod[eo]?\b",
) -> pl.DataFrame:
    """The text of a booking names another month than its date suggests.

    Why it matters: A wrong year in the date puts turnover, cost and VAT into the wrong period, often by exactly twelve
    months. If the date is right, cost of another period was booked.

    False positives: Bills for last month or the next quarter: the two must be at least min_months apart. Less is found
    where a text is a series: of at least min_texts with the same words in twelve months the share min_usual names
    the month at the same distance from the date, and this one does not; or where an entry without a document names its
    period in so many words (period_word). Texts with full dates or with more than one
    month are not read, and payments may well name an old invoice. Accruals and their reversals (13xx, 23xx) name the
    period they belong to. Where more than the share max_share of the texts with a month, and more than three, name a
    far one in the twelve months up to the end of the period, it means something else.

    What to do: Compare the date with the document. Correct it, or move the amount to its period by an accrual.
    """
    return books.sql(
        """
        with compared as (
            select l.*, s.stated_on, strftime(s.stated_on, '%m.%Y') as stated_month,
                   datediff('month', s.stated_on, l.booked_on) as distance, abs(distance) as months_apart, s.words,
                   months_apart >= $min_months or distance <> 0 and l.kind in ('manual_entry', 'other')
                       and regexp_matches(lower(l.description), $period_word) as is_far
            from   journal_line l join stated_month s on s.line_id = l.line_id
            join   review.period r on l.booked_on > r.end_on - 365 and l.booked_on <= r.end_on
            where  l.kind <> 'payment' and abs(l.amount) >= $min_amount
            and    not regexp_matches(l.debit_account_no || ' ' || l.credit_account_no, '\\b[12]3')
        ),
        usual as (
            select words, arg_max(distance, (times, -abs(distance))) as usual_distance, sum(times) as texts,
                   max(times) as same
            from (select words, distance, count(*) as times from compared group by all) group by words
        ),
        far as (
            select count(*) filter (is_far) as far, count(*) as of_all from compared
        )
        select line_id, entry_id, booked_on, amount, debit_account_no, credit_account_no, description, stated_month,
               months_apart, usual_distance, document_no, document_id, contact_name, kind,
               cast(null as decimal(18, 2)) as vat_effect
        from   compared join usual using (words), far
        where  is_far and far <= greatest(3, $max_share * of_all)
        or     distance <> usual_distance and texts >= $min_texts and same >= $min_usual * texts
        qualify row_number() over (partition by entry_id order by abs(amount) desc, line_id) = 1
        """,
        min_months=min_months,
        min_amount=min_amount,
        max_share=max_share,
        min_texts=min_texts,
        min_usual=min_usual,
        period_word=period_word,
    )


@check(
    "K06",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Account {account_no} {account_name} moves after {days} days of rest: CHF {amount}, {description}",
    references=["ISA 240 para. A45", "AS 2401.61"],
)
def dormant_account_moves(
    books: Books, *, min_days: int = 540, min_amount: Decimal = Decimal("100.00")
) -> pl.DataFrame:
    """An account that has rested for a year and a half moves again.

    Why it matters: Old accounts are where unwanted items are hidden, and their use is easily overlooked.

    False positives: Accounts that are used once a year move at a distance of about twelve months and never rest for
    min_days. Fixed assets and equity rest by nature and are left out. An account that is new, or older than the books
    at hand, has no rest that could be known; a balance that is only carried forward is rest.

    What to do: Ask what the booking is for and whether the account is the right one. Close accounts nobody needs.
    """
    return books.sql(
        """
        with used as (
            select account_no, booked_on, arg_min(posting_id, (-abs(amount), posting_id)) as posting_id,
                   bool_and(is_opening) as is_opening
            from   posting where not is_closing and abs(amount) >= $min_amount group by account_no, booked_on
        ),
        rested as (
            select *, coalesce(max(booked_on) filter (not is_opening) over earlier,
                               min(booked_on) over earlier) as last_on
            from used window earlier as (
                partition by account_no order by booked_on rows between unbounded preceding and 1 preceding)
        )
        select p.posting_id, p.line_id, p.entry_id, p.booked_on, p.amount, p.account_no, p.account_name,
               p.contra_account_no, p.description, p.document_no, p.document_id, p.contact_name, p.kind, u.last_on,
               p.booked_on - u.last_on as days, cast(null as decimal(18, 2)) as vat_effect
        from   rested u join posting p on p.posting_id = u.posting_id
        join   account a on a.account_no = p.account_no and not a.is_fixed_asset
            and a.account_no not between '28' and '3'
        where  not u.is_opening and not p.is_settlement and u.booked_on - u.last_on >= $min_days
        """,
        min_days=min_days,
        min_amount=min_amount,
    )
