"""Family H, third part: bookings that a business in order rarely makes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "H04",
    subject="purchase",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="Round amount of CHF {amount} on {account_no} without a document: {description}",
    references=["ISA 240 para. A45", "Art. 957a OR"],
)
def round_amount_without_document(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1000.00"),
    step: Decimal = Decimal("100.00"),
    max_share: Decimal = Decimal("0.05"),
) -> pl.DataFrame:
    """A round amount is booked as cost without a document.

    Why it matters: Real bills are seldom round. A round amount that rests on no bill is an estimate, a payment on
    account or invented.

    False positives: Rent, retainers and leases: the same amount three times on the same account is a series. Taxes,
    wages, interest and depreciation are not looked at. Where round amounts are more than max_share of the cost without
    a document in the twelve months up to the end of the period, they are a habit of the mandate and say nothing.

    What to do: Ask for the voucher. An estimate belongs to accruals, a payment on account to prepayments.
    """
    return books.sql(
        """
        with candidate as (
            select p.*, p.gross % $step = 0 as is_round, count(*) over (partition by account_no, gross) as alike
            from purchase p
            where kind in ('manual_entry', 'other') and account_no between '4000' and '6799' and gross > 0
        ),
        usual as (
            select count(*) as bookings,
                   count(*) filter (is_round and alike < 3 and gross >= $min_amount) as round_ones
            from candidate c, review.period r where c.booked_on > r.end_on - 365 and c.booked_on <= r.end_on
        )
        select c.*, c.gross as amount, cast(null as decimal(18, 2)) as vat_effect
        from   candidate c, usual u
        where  c.is_round and c.alike < 3 and c.gross >= $min_amount
        and    (u.round_ones = 1 or u.round_ones <= $max_share * u.bookings)
        """,
        min_amount=min_amount,
        step=step,
        max_share=max_share,
    )


@check(
    "H05",
    subject="journal_entry",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="Manual entry of CHF {amount} dated on a {weekday} ({booked_on}): {description}",
    references=["ISA 240 para. A45", "Art. 957a OR"],
    words=["Saturday", "Sunday"],
)
def manual_entry_on_weekend(
    books: Books,
    *,
    min_amount: Decimal = Decimal("100.00"),
    min_entries: int = 50,
    max_share: Decimal = Decimal("0.01"),
) -> pl.DataFrame:
    """A manual entry is dated on a weekend on which the mandate does not work.

    Why it matters: Who enters something when nobody else is there may not want to be asked. Auditors look at such
    entries first.

    False positives: Shops, restaurants and whoever works on weekends: the question is only asked where of at least
    min_entries manual entries of the twelve months before at most the share max_share fell on a weekend. The first and
    last day of a month and texts that come on the same day of every month are dated by rule and count for neither.
    Other bookings on days that are quiet for them are K08's, public holidays K09's.

    What to do: Ask who made the entry and on what voucher it rests.
    """
    return books.sql(
        """
        with habit as (
            select count(*) as entries, count(*) filter (b.weekday in ('Saturday', 'Sunday')) as on_weekends
            from booking_day b, review.period r
            where b.kind = 'manual_entry' and not b.is_regular
            and   b.booked_on >= r.start_on - 365 and b.booked_on < r.start_on
        )
        select b.entry_id, b.document_id, b.document_no, b.booked_on, b.amount, b.description, b.weekday, b.kind,
               h.entries, h.on_weekends, cast(null as decimal(18, 2)) as vat_effect
        from   booking_day b, habit h
        where  b.kind = 'manual_entry' and b.weekday in ('Saturday', 'Sunday') and not b.is_regular
        and    b.amount >= $min_amount and h.entries >= $min_entries and h.on_weekends <= $max_share * h.entries
        """,
        min_amount=min_amount,
        min_entries=min_entries,
        max_share=max_share,
    )


@check(
    "H12",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="Deposit of CHF {amount} on owner's account {account_no} {account_name} {reason}: {description}",
    references=["Art. 79 MWSTG", "Art. 957a OR"],
    words=["in cash", "with the text of a sale"],
)
def owner_deposit_like_turnover(
    books: Books,
    *,
    min_amount: Decimal = Decimal("500.00"),
    owner_accounts: str = "^(1160|2160|2400|2450|2500|2550|285)",
    sale: str = "rechnung|verkauf|honorar|kunde|erlös|erloes|facture|vente|client|fattura|vendita|invoice|sale",
    documented: str = "vertrag|contrat|contratto|contract",
) -> pl.DataFrame:
    """A deposit on an owner's or loan account looks like turnover.

    Why it matters: Sales that are not declared come back as private deposits or as loans. The ESTV asks where cash
    deposits of an owner come from, and estimates the turnover if there is no answer.

    False positives: A loan with a contract, which the text should name (documented), and the change the owner puts into
    the till, below min_amount. Deposits by bank are only asked about where their text speaks of a sale.

    What to do: Ask for the origin of the money: loan contract, account statement of the owner. Turnover is booked as
    such; the effect is the tax in it.
    """
    return books.sql(
        """
        with deposit as (
            select p.*, case when c.is_cash then 'in cash'
                    when regexp_matches(lower(coalesce(p.description, '')), $sale) then 'with the text of a sale'
                end as reason
            from posting p
            join account c on c.account_no = p.contra_account_no and c.is_money
            join review.period r on p.booked_on between r.start_on and r.end_on
            where regexp_matches(p.account_no, $owner_accounts) and p.amount <= -$min_amount
            and   not p.is_opening and not p.is_closing
            and   not regexp_matches(lower(coalesce(p.description, '')), $documented)
        )
        select d.posting_id, d.line_id, d.booked_on, -d.amount as amount, d.account_no, d.account_name,
               d.contra_account_no, d.description, d.document_no, d.document_id, d.kind, d.reason,
               tax_in(-d.amount, n.rate) as vat_effect, n.ziffer
        from   deposit d
        join   vat_status s on s.year = year(d.booked_on) and s.is_vat_subject
        join   law.normal_rate n on d.booked_on between n.valid_from and n.valid_till
        where  d.reason is not null
        """,
        min_amount=min_amount,
        owner_accounts=owner_accounts,
        sale=sale,
        documented=documented,
    )


@check(
    "H13",
    subject="journal_entry",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Manual entry of CHF {amount}, dated {booked_on}, {reason}",
    references=["Art. 957a OR", "Art. 3 GeBüV"],
    words=["has neither text nor reference", "was entered or changed more than a month later"],
)
def manual_entry_not_traceable(
    books: Books,
    *,
    max_days: int = 30,
    min_amount: Decimal = Decimal("100.00"),
    max_share: Decimal = Decimal("0.05"),
    many_bookings: int = 200,
) -> pl.DataFrame:
    """A manual entry says nothing, or was entered long after its date.

    Why it matters: An entry has to be traceable: what, why, on what voucher, and when. Entries made afterwards change
    what others have already looked at.

    False positives: A fiduciary who enters a whole quarter on one day: where more than the share max_share of the
    manual entries of the twelve months up to the end of the period are late, or have no text, that is how the mandate
    works. bexio tells no time of entry; an entry is late if its rows come after those of a bill or an expense that was
    created more than max_days after its date. An entry that was changed gets new rows and counts as entered then. From
    many_bookings in twelve months on the order of entry tells more, and K15 asks instead. Entries with little at stake
    (min_amount) are left out, and settlements of VAT.

    What to do: Have the text completed, and ask why the entry was made so late and what it corrects.
    """
    return books.sql(
        """
        with judged as (
            select m.*, m.entered_after - m.booked_on as days_late, case
                    when m.description is null and nullif(trim(m.document_no), '') is null
                        then 'has neither text nor reference'
                    when m.entered_after - m.booked_on > $max_days and $many_bookings > (
                        select count(*) from journal_entry e, review.period r
                        where e.booked_on > r.end_on - 365 and e.booked_on <= r.end_on)
                        then 'was entered or changed more than a month later' end as reason
            from manual_booking m
            where m.entry_id not in (select entry_id from journal_line where is_settlement or is_closing)
        ),
        habit as (
            select j.reason, count(*) as entries, sum(count(*)) over () as of_all
            from judged j, review.period r
            where j.booked_on > r.end_on - 365 and j.booked_on <= r.end_on group by j.reason
        )
        select j.*, 'manual_entry' as kind, cast(null as decimal(18, 2)) as vat_effect
        from   judged j
        join   habit h on h.reason = j.reason
        where  j.amount >= $min_amount and (h.entries = 1 or h.entries <= $max_share * h.of_all)
        """,
        max_days=max_days,
        min_amount=min_amount,
        max_share=max_share,
        many_bookings=many_bookings,
    )


@check(
    "H14",
    subject="journal_entry",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="CHF {amount} of {contact_name}: {reason} CHF {usual}",
    references=["Art. 957a OR"],
    words=["the same digits as the usual", "two digits changed places, paid were"],
)
def amount_mistyped(
    books: Books,
    *,
    min_times: int = 3,
    min_digits: int = 3,
    outlier_times: int = 6,
    outlier_amount: Decimal = Decimal("500.00"),
) -> pl.DataFrame:
    """An amount looks mistyped: a shifted decimal point, or two digits that changed places.

    Why it matters: A slip of the decimal point makes cost and input tax ten or a hundred times too large or too small.
    Swapped digits leave a difference between the document and its payment.

    False positives: Amounts with less than min_digits different from zero at the end (50.00 and 500.00) are often both
    right. The usual amount must have come at least min_times from the supplier on the same account, and this one once.
    Digits count as swapped if the only payment of a document has the same digits in another order. A currency without
    its rate is C07's. An amount above outlier_amount that is too large is H11's where the supplier has outlier_times
    other bookings.

    What to do: Compare with the document and correct the amount.
    """
    return books.sql(
        """
        with typed as (
            select coalesce(contact_name, description) as supplier, account_no, gross, count(*) as times,
                   rtrim(cast(cast(gross * 100 as bigint) as varchar), '0') as digits, max(entry_id) as entry_id,
                   sum(count(*)) over (partition by supplier, account_no) as of_supplier
            from purchase where gross > 0 group by supplier, account_no, gross, digits
        ),
        slip as (
            select b.entry_id, a.gross as usual, 'the same digits as the usual' as reason
            from typed b join typed a on a.supplier = b.supplier and a.account_no = b.account_no
                and a.digits = b.digits and a.gross <> b.gross and a.times >= $min_times and b.times = 1
            where length(b.digits) >= $min_digits
            and   (b.gross < a.gross or b.gross < $outlier_amount or b.of_supplier <= $outlier_times)
        ),
        paid as (
            select document_id, max(amount) as usual, max(paid_on) as paid_on from payment
            where not is_cash_discount and credit_note_id is null group by document_id having count(*) = 1
        ),
        swapped as (
            select d.document_id as entry_id, p.usual, 'two digits changed places, paid were' as reason
            from document d join paid p on p.document_id = d.document_id
                and length(cast(p.usual as varchar)) = length(cast(d.gross as varchar))
            where d.kind in ('bill', 'invoice') and d.currency = 'CHF'
            and   hamming(cast(p.usual as varchar), cast(d.gross as varchar)) = 2
            and   damerau_levenshtein(cast(p.usual as varchar), cast(d.gross as varchar)) = 1
        )
        select e.entry_id, e.document_id, e.document_no, e.booked_on, e.amount, e.contact_name, e.description, e.kind,
               f.reason, f.usual, cast(null as decimal(18, 2)) as vat_effect
        from (from slip union all by name from swapped) f join journal_entry e on e.entry_id = f.entry_id
        qualify row_number() over (partition by e.entry_id order by f.reason) = 1
        """,
        min_times=min_times,
        min_digits=min_digits,
        outlier_times=outlier_times,
        outlier_amount=outlier_amount,
    )
