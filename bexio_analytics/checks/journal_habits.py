"""Family K, second part: tests of the journal against the habits of the mandate, silent where there are too few."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "K07",
    subject="journal_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="{debit_account_no} and {credit_account_no} were never booked against each other: CHF {amount}, {description}",
    references=["ISA 240 para. A45", "AS 2401.61"],
)
def rare_account_pair(
    books: Books,
    *,
    min_amount: Decimal = Decimal("500.00"),
    min_lines: int = 1000,
    min_uses: int = 12,
) -> pl.DataFrame:
    """Two accounts in use are booked against each other for the first time.

    Why it matters: Entries that join accounts which never meet are a mark of corrections, and of amounts that were
    moved where nobody looks.

    False positives: Money, receivables, payables, VAT and clearing accounts meet every other account and are left out,
    and so are accruals (13xx, 23xx) and documents, whose accounts are chosen line by line. The groups of the two
    accounts (first two digits) must never have met in the twelve months before, in at least min_lines journal rows,
    although each account moved at least min_uses times. New and dormant accounts are not rare pairs; the latter are
    K06's.

    What to do: Ask what the entry corrects, and see its counterpart.
    """
    return books.sql(
        """
        with past as (
            select l.debit_account_no as debit, l.credit_account_no as credit, count(*) as times
            from   journal_line l, review.period r
            where  l.booked_on >= r.start_on - 365 and l.booked_on < r.start_on
            and    not l.is_opening and not l.is_closing
            group by all
        ),
        met as (
            select distinct least(debit[:2], credit[:2]) as one, greatest(debit[:2], credit[:2]) as other from past
        ),
        used as (
            select account_no from account
            where  not (is_money or is_receivable or is_payable or is_vat or is_clearing) and account_type <> 'closing'
            and    account_no[:2] not in ('13', '23') and account_no in (
                select account_no
                from (select debit as account_no, times from past union all select credit, times from past)
                group by account_no having sum(times) >= $min_uses)
        )
        select l.line_id, l.entry_id, l.booked_on, l.amount, l.debit_account_no, l.credit_account_no, l.description,
               l.document_no, l.document_id, l.kind, cast(null as decimal(18, 2)) as vat_effect
        from   journal_line l
        where  l.kind in ('manual_entry', 'other', 'export') and abs(l.amount) >= $min_amount and not l.is_rounding
        and    l.debit_account_no in (from used) and l.credit_account_no in (from used)
        and    (select sum(times) from past) >= $min_lines
        and    (least(l.debit_account_no[:2], l.credit_account_no[:2]),
                greatest(l.debit_account_no[:2], l.credit_account_no[:2])) not in (select (one, other) from met)
        """,
        min_amount=min_amount,
        min_lines=min_lines,
        min_uses=min_uses,
    )


@check(
    "K08",
    subject="journal_entry",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} are dated on a {weekday} ({booked_on}), a day without bookings of this kind: {description}",
    references=["ISA 240 para. A45"],
    words=["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
)
def booking_on_quiet_weekday(
    books: Books,
    *,
    min_amount: Decimal = Decimal("100.00"),
    min_entries: int = 100,
    max_share: Decimal = Decimal("0.005"),
    max_new: int = 3,
) -> pl.DataFrame:
    """A booking is dated on a day of the week that is quiet for its kind.

    Why it matters: Banks do not book on Sundays, and a firm that invoices on Mondays only does so on Mondays. A plain
    list of weekends shows the habit of the trade; what differs from the habit is worth a question.

    False positives: The habit is that of the twelve months before: at least min_entries bookings of the same kind, of
    which at most the share max_share fell on that day of the week. A day on which more than max_new of a kind fall in
    the period under review, and a larger share than that, has become usual. The first and last day of a month and texts
    that come on the same day of every month are dated by rule and count for neither. Bills have the date of the
    supplier; manual entries are H05's, public holidays K09's.

    What to do: Compare the date with the bank statement or the document.
    """
    return books.sql(
        """
        with past as (
            select b.kind, b.weekday from booking_day b, review.period r
            where b.kind <> 'manual_entry' and not b.is_regular
            and   b.booked_on >= r.start_on - 365 and b.booked_on < r.start_on
        ),
        habit as (
            select p.kind, count(*) as entries from past p group by p.kind having count(*) >= $min_entries
        ),
        on_day as (
            select kind, weekday, count(*) as times from past group by kind, weekday
        ),
        now as (
            select b.kind, b.weekday, count(*) as on_day, sum(count(*)) over (partition by b.kind) as entries
            from booking_day b join review.period r on b.booked_on between r.start_on and r.end_on
            where not b.is_regular group by b.kind, b.weekday
        )
        select b.entry_id, b.document_id, b.document_no, b.booked_on, b.amount, b.description, b.contact_name, b.kind,
               ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][isodow(b.booked_on)]
                   as weekday, h.entries, coalesce(d.times, 0) as times, cast(null as decimal(18, 2)) as vat_effect
        from   booking_day b
        join   habit h on h.kind = b.kind
        join   now n on n.kind = b.kind and n.weekday = b.weekday
        left join on_day d on d.kind = b.kind and d.weekday = b.weekday
        where  not b.is_regular and b.holiday is null and b.amount >= $min_amount
        and    coalesce(d.times, 0) <= $max_share * h.entries
        and    n.on_day <= greatest($max_new, $max_share * n.entries)
        """,
        min_amount=min_amount,
        min_entries=min_entries,
        max_share=max_share,
        max_new=max_new,
    )


@check(
    "K09",
    subject="journal_entry",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} are dated on a public holiday of the canton ({holiday}, {booked_on}): {description}",
    needs=["law.holiday"],
    references=["ISA 240 para. A45", "Art. 20a ArG"],
)
def booking_on_public_holiday(
    books: Books,
    *,
    min_amount: Decimal = Decimal("100.00"),
    min_entries: int = 100,
    max_share: Decimal = Decimal("0.005"),
) -> pl.DataFrame:
    """A booking is dated on a public holiday of the canton.

    Why it matters: Neither the bank nor the office worked that day. The date is wrong, or somebody worked alone.

    False positives: The holidays are those of the canton in mandate.toml, from Monday to Friday; weekends are H05's and
    K08's. Who works on holidays is known by the twelve months before: at least min_entries bookings of the same kind,
    of which at most the share max_share fell on a holiday. The first and last day of a month and texts that come on the
    same day of every month are dated by rule, and bills have the date of the supplier.

    What to do: Compare the date with the bank statement or the document.
    """
    return books.sql(
        """
        with habit as (
            select b.kind, count(*) as entries, count(b.holiday) as on_holidays
            from booking_day b, review.period r
            where b.booked_on >= r.start_on - 365 and b.booked_on < r.start_on and not b.is_regular
            group by b.kind
        )
        select b.entry_id, b.document_id, b.document_no, b.booked_on, b.amount, b.description, b.contact_name,
               b.holiday, b.kind, h.entries, h.on_holidays, cast(null as decimal(18, 2)) as vat_effect
        from   booking_day b
        join   habit h on h.kind = b.kind
        where  b.holiday is not null and not b.is_regular and b.amount >= $min_amount
        and    h.entries >= $min_entries and h.on_holidays <= $max_share * h.entries
        """,
        min_amount=min_amount,
        min_entries=min_entries,
        max_share=max_share,
    )


@check(
    "K10",
    subject="vat_period",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="First two digits of {tested} amounts: mean absolute deviation {mad} (limit {limit}); too often {digits}",
    references=["Nigrini, Benford's Law (2012)", "ISA 240 para. A45"],
)
def digits_against_benford(
    books: Books,
    *,
    min_amounts: int = 1000,
    limit: Decimal = Decimal("0.0022"),
    min_z: Decimal = Decimal("3.29"),
) -> pl.DataFrame:
    """The first two digits of the amounts do not keep to Benford's law.

    Why it matters: Amounts that arise from many causes begin with small digits more often than with large ones. Where
    they do not, they are priced, split below limits, rounded, or invented. The test says where to look, no more.

    False positives: Few articles with fixed prices, fees and instalments. The test is silent below min_amounts amounts;
    beyond that the mean absolute deviation must exceed Nigrini's limit of nonconformity even after what chance alone
    explains is deducted, and digits must stand out by min_z standard deviations.

    What to do: List the amounts that begin with the digits named, by account, supplier and user, and explain the
    largest groups.
    """
    return books.sql(
        """
        select t.period_id, t.end_on as booked_on, any_value(t.tested) as tested, any_value(t.mad) as mad,
               any_value(t.chance_mad) as chance_mad, any_value(t.conformity) as conformity, $limit as "limit",
               string_agg(t.digits || ' (' || t.observed || ')', ', ' order by t.z desc, t.digits) as digits,
               cast(null as decimal(18, 2)) as amount, cast(null as decimal(18, 2)) as vat_effect
        from   digit_test t join review.period r on r.period_id = t.period_id
        where  t.tested >= $min_amounts and t.mad - t.chance_mad > $limit and t.z > $min_z
        group by t.period_id, t.end_on
        """,
        min_amounts=min_amounts,
        limit=limit,
        min_z=min_z,
    )


@check(
    "K11",
    subject="journal_line",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} were entered by hand {times} times in the period, on {accounts} accounts, the last time as "
    "{description}",
    references=["Nigrini, Benford's Law (2012)", "ISA 240 para. A45"],
)
def same_amount_on_many_accounts(
    books: Books,
    *,
    min_amount: Decimal = Decimal("100.00"),
    min_times: int = 4,
    min_accounts: int = 3,
    min_lines: int = 300,
    max_findings: int = 3,
) -> pl.DataFrame:
    """The same amount is entered by hand again and again, on different accounts.

    Why it matters: Whoever invents amounts repeats them. Nigrini's test of number duplication looks for amounts that
    come back without a reason.

    False positives: Prices and series come back on the same account, payments on none of cost; it takes min_times
    bookings in the period on min_accounts accounts with different texts. Amounts that are round, or round before VAT,
    come by themselves. The test is silent below min_lines journal rows, and names the max_findings most frequent
    amounts.

    What to do: Lay the vouchers side by side.
    """
    return books.sql(
        """
        with entered as (
            select l.*, regexp_replace(lower(coalesce(description, '')), '[^a-zà-ÿ]+', ' ', 'g') as stem,
                   if(a.account_type in ('revenue', 'expense'), debit_account_no, credit_account_no) as account_no,
                   'expense' in (a.account_type, c.account_type) as is_cost, count(*) over () as lines
            from   journal_line l
            join   review.period r on l.booked_on between r.start_on and r.end_on
            join   account a on a.account_no = l.debit_account_no
            join   account c on c.account_no = l.credit_account_no
            where  not l.is_opening and not l.is_closing
        ),
        repeated as (
            select e.amount, count(*) as times, count(distinct account_no) as accounts, max(line_id) as line_id
            from entered e join law.normal_rate n on e.booked_on between n.valid_from and n.valid_till
            where kind in ('manual_entry', 'other') and is_cost and not is_vat_row and e.amount >= $min_amount
            and   e.amount % 5 <> 0 and (e.amount - tax_in(e.amount, n.rate)) % 5 <> 0
            and   (e.amount + tax_on(e.amount, n.rate)) % 5 <> 0 and lines >= $min_lines
            group by e.amount
            having count(*) >= $min_times and count(distinct account_no) >= $min_accounts
                and count(distinct stem) >= $min_accounts
        )
        select l.line_id, l.entry_id, l.booked_on, l.amount, l.debit_account_no, l.credit_account_no, l.description,
               l.document_no, l.document_id, l.kind, r.times, r.accounts, cast(null as decimal(18, 2)) as vat_effect
        from   repeated r join journal_line l on l.line_id = r.line_id
        qualify row_number() over (order by r.times desc, l.amount desc) <= $max_findings
        """,
        min_amount=min_amount,
        min_times=min_times,
        min_accounts=min_accounts,
        min_lines=min_lines,
        max_findings=max_findings,
    )


@check(
    "K12",
    subject="journal_entry",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Manual entry of CHF {amount} by {user}, who seldom makes any: {description}",
    references=["ISA 240 para. A45", "AS 2401.61"],
)
def entry_by_unusual_user(
    books: Books, *, max_entries: int = 3, min_entries: int = 50, max_share: Decimal = Decimal("0.02")
) -> pl.DataFrame:
    """A manual entry was made or changed by somebody who usually makes none.

    Why it matters: Entries past the people who keep the books are the simplest way round every control.

    False positives: The accountant, whom bexio knows as such, who enters the adjustments of the year. A user is unusual
    if of at least min_entries manual entries of the twelve months up to the end of the period at most max_entries, and
    at most the share max_share, are theirs; whoever takes over the books soon has more.

    What to do: Ask the user for the reason and the voucher, and why the bookkeeper did not make the entry.
    """
    return books.sql(
        """
        with made as (
            select m.*, unnest(list_distinct([created_by, edited_by])) as user
            from   manual_booking m, review.period r
            where  m.booked_on > r.end_on - 365 and m.booked_on <= r.end_on and not m.is_by_accountant
        ),
        habit as (
            select user, count(*) as entries from made where user is not null group by user
        )
        select d.entry_id, d.document_id, d.document_no, d.booked_on, d.amount, d.description, d.created_by,
               d.edited_by, d.user, h.entries, cast(null as decimal(18, 2)) as vat_effect
        from   made d join habit h on h.user = d.user
        where  h.entries <= $max_entries and (select count(distinct entry_id) from made) >= $min_entries
        and    h.entries <= $max_share * (select count(distinct entry_id) from made)
        qualify row_number() over (partition by d.entry_id order by h.entries, d.user) = 1
        """,
        max_entries=max_entries,
        min_entries=min_entries,
        max_share=max_share,
    )
