"""Family H: is what is booked complete, real and booked once?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "H01",
    subject="purchase",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="CHF {amount} of {supplier} look booked twice: {reason}, first on {earlier_on}",
    references=["Art. 28 MWSTG"],
    words=["same text", "same number", "nearly the same number"],
)
def purchase_booked_twice(
    books: Books,
    *,
    min_amount: Decimal = Decimal("20.00"),
    window_days: int = 45,
    unnumbered_days: int = 3,
    min_similarity: Decimal = Decimal("0.90"),
) -> pl.DataFrame:
    """A purchase is booked twice.

    Why it matters: A bill that is entered twice is deducted twice, and often paid twice.

    False positives: Rent, instalments and subscriptions: the same amount at a distance of whole months is a regular
    series and left out, with the same number only from the third time on. Consecutive numbers are different bills;
    numbers count as the same if only signs differ, and as nearly the same if two characters changed places or one has
    an addition such as -1, A or /2026. Bookings without number need the same text within unnumbered_days and input tax.
    A pair of which one was reversed is settled.

    What to do: Compare the two documents. If it is one invoice, delete the second booking and claim the payment back.
    """
    return books.sql(
        """
        with numbered as (
            select *, coalesce(contact_name, description) as supplier, coalesce(supplier_number, '') as number,
                count(*) over (partition by coalesce(contact_name, description), gross, account_no) as alike
            from purchase where gross >= $min_amount
        ),
        pair as (
            select b.*, a.entry_id as earlier_entry, a.booked_on as earlier_on, a.document_no as earlier_document_no,
                b.booked_on - a.booked_on as days,
                days > 20 and abs(days - 30.44 * round(days / 30.44)) <= 4 as monthly,
                case
                    when a.number = '' or b.number = '' then case when days <= $unnumbered_days and b.tax <> 0
                        and a.number = b.number and a.description = b.description then 'same text' end
                    when a.number = b.number then case when not (monthly and b.alike >= 3) then 'same number' end
                    when days <= $window_days and not monthly
                        and (a.number = b.number_without_addition or b.number = a.number_without_addition
                        or length(a.number) = length(b.number) and damerau_levenshtein(a.number, b.number) = 1
                        and hamming(a.number, b.number) = 2
                        and jaro_winkler_similarity(a.number, b.number) >= $min_similarity)
                        then 'nearly the same number'
                end as reason
            from numbered a join numbered b on a.supplier = b.supplier and a.gross = b.gross
            and (a.booked_on, a.first_line_id) < (b.booked_on, b.first_line_id)
            join review.period r on b.booked_on between r.start_on and r.end_on
        )
        select *, gross as amount, tax as vat_effect,
               (select min(v.ziffer) from vat_line v where v.entry_id = p.entry_id and v.direction = 'input') as ziffer
        from pair p
        where reason is not null and not exists (
            from purchase r where r.gross = -p.gross and r.contact_name is not distinct from p.contact_name
            and r.booked_on >= p.earlier_on)
        qualify row_number() over (partition by entry_id order by days, earlier_entry) = 1
        """,
        min_amount=min_amount,
        window_days=window_days,
        unnumbered_days=unnumbered_days,
        min_similarity=min_similarity,
    )


@check(
    "H03",
    subject="cash_book",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="Cash account {account_no} is overdrawn from {booked_on} to {overdrawn_till}, lowest CHF {amount}",
    references=["Art. 79 MWSTG", "Art. 957a OR"],
)
def cash_overdrawn(books: Books, *, tolerance: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """The till is below zero at the end of a day.

    Why it matters: Nobody can pay out cash that is not there. A negative till proves that receipts are missing or
    wrong, and allows the ESTV to estimate the turnover.

    False positives: The order of entries inside a day does not matter, only the balance at its end. A payment booked a
    day before the withdrawal from the bank is the usual innocent cause, and still a defect of the cash book.

    What to do: Complete the missing receipts or deposits, or correct the dates. The VAT effect is the tax contained in
    the lowest balance, as if sales of that size were missing.
    """
    return books.sql(
        """
        with day as (
            select c.*, lag(balance, 1, 0) over by_day as before,
                   coalesce(lead(c.booked_on) over by_day - 1, r.end_on) as lasts_till
            from   cash_book c, review.period r
            where  c.booked_on between r.start_on and r.end_on
            window by_day as (partition by account_no order by c.booked_on)
        ),
        stretch as (
            select *, sum(cast(before >= -$tolerance as integer)) over by_day as number
            from   day where balance < -$tolerance
            window by_day as (partition by account_no order by booked_on)
        )
        select account_no, any_value(account_name) as account_name, min(s.booked_on) as booked_on,
               max(s.lasts_till) as overdrawn_till, min(balance) as amount,
               arg_min(s.booked_on, balance) as lowest_on, tax_in(-min(balance), any_value(n.rate)) as vat_effect,
               any_value(n.ziffer) as ziffer
        from   stretch s join law.normal_rate n on s.booked_on between n.valid_from and n.valid_till
        group by account_no, number
        """,
        tolerance=tolerance,
    )


@check(
    "H10",
    subject="account",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.CERTAIN,
    says="Clearing account {account_no} {account_name} stands at CHF {amount} at the end of the period",
    references=["Art. 957a OR"],
)
def clearing_account_not_zero(
    books: Books, *, tolerance: Decimal = Decimal("0.05"), transit_days: int = 5
) -> pl.DataFrame:
    """A clearing account is not zero at the end of the period.

    Why it matters: Clearing and suspense accounts hold what nobody has assigned yet. What stands there may be turnover
    or input tax, so the return is not complete.

    False positives: A transfer that is under way over the end of the period and clears within transit_days after it.

    What to do: Find the open item with the account sheet and book it where it belongs before filing.
    """
    return books.sql(
        """
        with closing as (
            select b.account_no, r.start_on, r.end_on, arg_max(b.balance, b.month_start) as balance
            from   balance b, review.period r
            where  b.month_start <= r.end_on
            group by all
        ),
        later as (
            select p.account_no, sum(p.amount) as amount
            from   posting p, review.period r
            where  p.booked_on > r.end_on and p.booked_on <= r.end_on + to_days(cast($transit_days as integer))
            and    not p.is_opening and not p.is_closing
            group by p.account_no
        )
        select a.account_no, a.name as account_name, c.end_on as booked_on, c.balance as amount,
               l.amount as moved_after, cast(null as decimal(18, 2)) as vat_effect
        from   closing c
        join   account a on a.account_no = c.account_no and a.is_clearing
        left join later l on l.account_no = c.account_no
        where  abs(c.balance) > $tolerance and abs(c.balance + coalesce(l.amount, 0)) > $tolerance
        """,
        tolerance=tolerance,
        transit_days=transit_days,
    )
