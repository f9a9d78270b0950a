"""Family K, third part: what a booking leaves behind: its reference, text, place in the order, and counterpart."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "K13",
    subject="journal_entry",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Reference {document_no} stands on two bookings of CHF {amount}: {booked_on} and {earlier_on}",
    references=["ISA 240 para. A44", "Art. 957a OR"],
)
def reference_used_twice(
    books: Books, *, min_amount: Decimal = Decimal("20.00"), max_share: Decimal = Decimal("0.01")
) -> pl.DataFrame:
    """Two bookings have the same reference and the same amount.

    Why it matters: A reference stands for one voucher. The same voucher with the same amount a second time was booked
    twice, and its tax with it.

    False positives: References that say what and not which, such as "Lohn": where more than the share max_share of the
    references in use repeat with their amount, they are no numbers and nothing is said; nor is it where a reference
    stands on more than two bookings. Payments name the document they pay; bills and invoices are H01's and H02's.

    What to do: Compare the two vouchers. Reverse the second booking if there is only one.
    """
    return books.sql(
        """
        with numbered as (
            select *, count(*) over (partition by document_no) as alike,
                count(*) over (partition by document_no, amount) as same,
                lag(booked_on) over w as earlier_on, lag(entry_id) over w as equal_entry
            from   journal_entry
            where  kind in ('manual_entry', 'other', 'export') and nullif(trim(document_no), '') is not null
            window w as (partition by document_no, amount order by booked_on, first_line_id)
        ),
        habit as (
            select count(distinct document_no) as in_use, count(distinct document_no) filter (same > 1) as repeated
            from numbered
        )
        select n.*, n.first_line_id as line_id, cast(null as decimal(18, 2)) as vat_effect
        from   numbered n, habit h
        where  n.same = 2 and n.alike = 2 and n.earlier_on is not null and n.amount >= $min_amount
        and    h.repeated <= greatest(1, $max_share * h.in_use)
        """,
        min_amount=min_amount,
        max_share=max_share,
    )


@check(
    "K14",
    subject="journal_entry",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="The text of CHF {amount} says nothing: {description}",
    references=["Art. 957a Abs. 2 Ziff. 2 OR", "ISA 240 para. A44"],
)
def text_says_nothing(
    books: Books,
    *,
    min_amount: Decimal = Decimal("20.00"),
    max_share: Decimal = Decimal("0.01"),
    empty_words: str = (
        "misc|diverses?|div|sonstiges|verschiedenes|test|xxx+|todo|tbd|n/?a|korr|korrektur|buchung|adjustment|adj|"
        "various|divers|varie|vari|entry|see attached|siehe beilage|wie besprochen|asdf"
    ),
    period_word: str = r"\bp[eé]riod[eo]? \d\d/\d{4}",
) -> pl.DataFrame:
    """The text of a booking says nothing.

    Why it matters: A booking has to be explained by its text. What says "diverses" or "xxx" can be understood by nobody
    a year later, and is where things are put that nobody should look at.

    False positives: Where more than the share max_share of the bookings have such a text, that is how the mandate
    writes, and nothing is said. A period behind the words (period_word) explains nothing more. Bookings without any
    text are H13's.

    What to do: Ask what it was and complete the text.
    """
    return books.sql(
        """
        with judged as (
            select *, trim(regexp_replace(lower(description), $period_word, '')) as told,
                told <> '' and regexp_full_match(told, '[^a-zà-ÿ0-9]*(' || $empty_words || ')?[^a-zà-ÿ0-9]*')
                    as is_empty
            from   journal_entry
            where  description is not null and kind <> 'payment'
        ),
        habit as (select count(*) filter (is_empty) as empty, count(*) as of_all from judged)
        select j.* exclude (told), j.first_line_id as line_id, cast(null as decimal(18, 2)) as vat_effect
        from   judged j, habit h
        where  j.is_empty and j.amount >= $min_amount and h.empty <= greatest(3, $max_share * h.of_all)
        """,
        min_amount=min_amount,
        max_share=max_share,
        empty_words=empty_words,
        period_word=period_word,
    )


@check(
    "K15",
    subject="journal_entry",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="CHF {amount} dated {booked_on} were entered among bookings of {neighbours_on}: {description}",
    references=["Art. 957a OR", "Art. 3 GeBüV", "ISA 240 para. A44"],
)
def date_out_of_the_order_of_entry(
    books: Books,
    *,
    min_days: int = 14,
    max_share: Decimal = Decimal("0.005"),
    min_entries: int = 200,
    min_amount: Decimal = Decimal("20.00"),
) -> pl.DataFrame:
    """A booking is dated far from those that were entered beside it.

    Why it matters: bexio numbers bookings as they are entered. One that is dated weeks before or after its neighbours
    was dated back or ahead, perhaps into another VAT period.

    False positives: A bookkeeper who enters a whole month at once: only where nearly all bookings are dated within
    min_days of their neighbours is one that is not unusual. Where more than the share max_share lie further off, or
    with fewer than min_entries bookings in the twelve months up to the end of the period, nothing is said.

    What to do: Ask why it was entered then, and compare its date with the voucher.
    """
    return books.sql(
        """
        with recent as (
            select o.*, count(*) over () as entries,
                quantile_disc(abs(o.days_off), 1 - cast($max_share as double)) over () as usual_days
            from order_of_entry o, review.period r where o.booked_on > r.end_on - 365 and o.booked_on <= r.end_on
        )
        select e.*, o.neighbours_on, o.days_off, e.first_line_id as line_id, cast(null as decimal(18, 2)) as vat_effect
        from   recent o join journal_entry e on e.entry_id = o.entry_id
        where  o.entries >= $min_entries and abs(o.days_off) > greatest($min_days, 2 * o.usual_days)
        and    o.usual_days <= 3 * $min_days and e.amount >= $min_amount
        """,
        min_days=min_days,
        max_share=max_share,
        min_entries=min_entries,
        min_amount=min_amount,
    )


@check(
    "K16",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="CHF {amount} of {booked_on} stay on clearing account {account_no} {account_name}: {description}",
    references=["Art. 957a OR", "Art. 128 MWSTV"],
)
def row_left_on_clearing_account(
    books: Books, *, min_amount: Decimal = Decimal("0.06"), max_rows: int = 50
) -> pl.DataFrame:
    """A booking on a clearing account was never cleared.

    Why it matters: What lies on a clearing account is not explained yet: a receipt that may be turnover, a payment
    without its bill. H10 shows the balance, this shows the rows it is made of.

    False positives: Amounts that are cleared in parts or together, as those of a payroll: months that add up to nothing
    are left out, and where the remaining rows do not add up to the balance, or are more than max_rows, only the balance
    is shown.

    What to do: Find out what it is and book it where it belongs, with its code.
    """
    return books.sql(
        """
        with open_row as (
            select u.*, sum(u.amount) over (partition by u.account_no) as total,
                count(*) over (partition by u.account_no) as rows
            from (
                select u.* from unmatched_posting u
                join   account a on a.account_no = u.account_no and a.is_clearing
                join   review.period r on u.booked_on <= r.end_on
                qualify sum(u.amount) over (partition by u.account_no, date_trunc('month', u.booked_on)) <> 0
            ) u
        ),
        balance_now as (
            select p.account_no, sum(p.amount) as balance
            from   posting p join review.period r on p.booked_on <= r.end_on group by p.account_no
        )
        select p.posting_id, p.line_id, p.booked_on, abs(o.amount) as amount, p.account_no, p.account_name,
               p.contra_account_no, p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id,
               cast(null as decimal(18, 2)) as vat_effect
        from   open_row o
        join   balance_now b on b.account_no = o.account_no and b.balance = o.total
        join   posting p on p.posting_id = o.posting_id
        where  o.rows <= $max_rows and abs(o.amount) >= $min_amount
        """,
        min_amount=min_amount,
        max_rows=max_rows,
    )


@check(
    "K17",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on {account_no} {account_name} against {contra_account_no} are settled by nothing and stand "
    "nowhere else; {settled} of {times} such bookings were settled in their amount",
    references=["Art. 957a OR", "AS 2401.61"],
)
def amount_settles_nothing(
    books: Books,
    *,
    min_times: int = 20,
    min_share: Decimal = Decimal("0.70"),
    window_days: int = 100,
    days_of_grace: int = 14,
    max_open: int = 2000,
) -> pl.DataFrame:
    """A booking on an account that settles item by item has an amount of its own.

    Why it matters: Goods received, their bill and its payment are one amount three times. Where one of them is another
    amount, it was typed wrongly, booked in the wrong place or does not belong to the others.

    False positives: Part payments, cash discounts, what is not due yet, and what settles a balance carried forward. The
    question is only asked of bookings without a document in bexio, on accounts where the share min_share of at least
    min_times bookings between the same two accounts are settled in one amount by another booking without one; of what
    is settled later, only when nineteen of twenty others were, and days_of_grace have passed; of what settles, only
    where the books reach back as far, for before that lies what was carried forward. An amount that is the sum or the
    difference of two others left open within window_days settles them, and one that stands on another booking is that
    one's. With more than max_open left on an account it is no habit.

    What to do: Look for the document it should settle, compare the amounts, and correct the wrong one.
    """
    return books.sql(
        """
        with judged as (
            select s.*, count(*) over series as times,
                count(*) filter (s.settled_by in ('manual_entry', 'other', 'export')) over series as settled,
                quantile_cont(s.settled_on - s.booked_on, [0.05, 0.95]) over series as days,
                min(s.booked_on) over (partition by s.account_no) as since
            from   settlement s join review.period r on s.booked_on between r.end_on - interval 24 months and r.end_on
            where  s.kind in ('manual_entry', 'other', 'export')
            window series as (partition by account_no, contra_account_no, kind, amount > 0)
        ),
        left_over as (
            select *, count(*) over (partition by account_no) as open_on_account
            from judged where settled_on is null and times >= $min_times and settled >= $min_share * times
        ),
        alone as (
            select l.* from left_over l join review.period r on l.booked_on between r.start_on and r.end_on
            where l.booked_on + cast(greatest(l.days[2], 0) as integer) + $days_of_grace <= r.end_on
            and   l.booked_on + cast(least(l.days[1], 0) as integer) - $days_of_grace >= l.since
            and   l.open_on_account <= $max_open
        ),
        explained as (
            select x.posting_id
            from alone x
            join left_over y on y.account_no = x.account_no and abs(y.booked_on - x.booked_on) <= $window_days
            join left_over z on z.account_no = x.account_no and abs(z.booked_on - x.booked_on) <= $window_days
                and z.amount = -x.amount - y.amount
            union
            select x.posting_id
            from alone x join posting p on p.amount in (x.amount, -x.amount) and p.entry_id <> x.entry_id
        )
        select p.posting_id, p.line_id, p.entry_id, p.booked_on, abs(l.amount) as amount, p.account_no, p.account_name,
               p.contra_account_no, l.times, l.settled, p.document_no, p.description, p.kind, p.document_id,
               cast(null as decimal(18, 2)) as vat_effect
        from   alone l join posting p on p.posting_id = l.posting_id
        where  l.posting_id not in (select posting_id from explained)
        """,
        min_times=min_times,
        min_share=min_share,
        window_days=window_days,
        days_of_grace=days_of_grace,
        max_open=max_open,
    )
