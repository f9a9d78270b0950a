"""Family G: does everything stand in the right period, and is the period what bexio says it is?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "G01",
    subject="journal_entry",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.INDICATIVE,
    says="Booking of {dated_on} in {period_id}, which was closed on {closed_on}, was entered after {entered_after}: "
    "{description}, tax due CHF {vat_effect}",
    needs=["entry_time"],
    references=["Art. 72 MWSTG", "Art. 71 MWSTG"],
)
def booked_in_closed_period(books: Books, *, min_amount: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """A booking was entered into a VAT period that was already closed.

    Why it matters: bexio locks a closed period, but it can be opened again. What is entered then is in no return, and
    the books no longer agree with it. Earlier periods are looked at too, if the entry was made since the period under
    review began.

    False positives: bexio does not tell when a row was entered. It is inferred from its id, which is above that of a
    bill or an expense recorded after the closing; a row that was only opened and saved again has a new id as well.
    Only rows with a tax code, on revenue or on VAT accounts count. What the comparison with the books as filed shows
    is G02's.

    What to do: Ask who opened the period and why. Declare the amount with a correction return, or book it in the
    current period, and close the period again.
    """
    return books.sql(
        """
        with late as (
            select l.*, t.entered_after, v.period_id, v.closed_on
            from   entry_time t
            join   journal_line l on l.line_id = t.line_id
            join   vat_period v on l.booked_on between v.start_on and v.end_on
            join   review.period r on v.end_on <= r.end_on and t.entered_after >= r.start_on
            where  v.status like 'closed%' and t.entered_after > v.closed_on
            and    not l.is_opening and not l.is_closing and not l.is_settlement
        ),
        relevant as (
            select l.entry_id, sum(if(a.is_vat and a.account_no not in ('1172', '2201', '2202'), -p.amount, 0)) as tax,
                   sum(p.amount) filter (p.side = 'debit') as amount
            from   late l
            join   posting p on p.line_id = l.line_id
            join   account a on a.account_no = p.account_no
            left join review.changed_since_filed c on c.line_id = p.line_id and c.change = 'added'
            group by l.entry_id
            having count(c.line_id) = 0 and bool_or(p.tax_code is not null or a.is_vat or p.account_type = 'revenue')
        )
        select l.entry_id, any_value(l.document_id) as document_id, any_value(l.kind) as kind, r.end_on as booked_on,
               min(l.booked_on) as dated_on, any_value(l.period_id) as period_id, any_value(l.closed_on) as closed_on,
               max(l.entered_after) as entered_after, arg_min(l.description, l.line_id) as description,
               max(l.document_no) as document_no, max(l.contact_name) as contact_name, min(l.line_id) as first_line_id,
               cast(any_value(v.amount) as decimal(18, 2)) as amount,
               cast(any_value(v.tax) as decimal(18, 2)) as vat_effect
        from   late l join relevant v on v.entry_id = l.entry_id and v.amount >= $min_amount cross join review.period r
        group by l.entry_id, r.end_on
        """,
        min_amount=min_amount,
    )


@check(
    "G02",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says=(
        "{period_id} was filed on {filed_on}; since then {added} journal rows with VAT or turnover came and {deleted} "
        "went: the tax due changes by CHF {amount}"
    ),
    needs=["review.filed_period"],
    references=["Art. 72 MWSTG", "Art. 71 MWSTG"],
)
def changed_since_filed(books: Books) -> pl.DataFrame:
    """Bookings of a period changed after its return was filed.

    Why it matters: What is added, changed or deleted in a period that is filed is in no return: the ESTV has other
    figures than the books. It has to be declared with a correction return or with the annual reconciliation. Earlier
    periods are compared too, whatever period is under review.

    False positives: New texts and new ids are no change, and rows that touch neither a VAT account nor turnover are not
    looked at. The books as filed are known from the snapshot the stored return was made from, else from the first one
    after bexio closed the period; without either nothing can be said.

    What to do: Show the rows with the command diff. If they belong there, file a correction return; if not, restore
    what was deleted and book in the current period what was added.
    """
    return books.sql(
        """
        with change as (
            select *, concat_ws(' ', if(change = 'added', '+', '-'), booked_on, debit_account_no, '/',
                                credit_account_no, amount, description) as row,
                   row_number() over (partition by period_id order by booked_on, line_id, change) as place
            from   review.changed_since_filed
        )
        select f.period_id, r.end_on as booked_on, f.filed_on, f.source, f.snapshot_id,
               count(*) filter (c.change = 'added') as added, count(*) filter (c.change = 'deleted') as deleted,
               cast(sum(c.tax) as decimal(18, 2)) as amount, cast(sum(c.tax) as decimal(18, 2)) as vat_effect,
               list(c.row order by c.place) filter (c.place <= 20) as rows
        from   change c
        join   review.filed_period f on f.period_id = c.period_id
        cross join review.period r
        group by f.period_id, r.end_on, f.filed_on, f.source, f.snapshot_id
        """
    )


@check(
    "G03",
    subject="vat_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="{document_no} of {contact_name}, dated {dated_on} ({dated_period}), is deducted in {period_id}: CHF {tax}",
    references=["Art. 40 Abs. 1 MWSTG", "Art. 28 MWSTG"],
)
def purchase_of_filed_period(books: Books, *, min_tax: Decimal = Decimal("0.05"), late_days: int = 60) -> pl.DataFrame:
    """A purchase dated in a filed period is deducted in this one.

    Why it matters: Input tax belongs to the period in which the invoice was received. An invoice of an earlier period
    that is booked now is in order if it came late; if it did not, it may have been deducted already.

    False positives: Invoices that arrived after the end of their period, which is the usual reason: they are rightly
    deducted here, and up to late_days after their date nothing is said. Collective assessments of customs come later
    too. Periods that bexio holds open are left out, and so is tax below min_tax. Sales in the wrong period are G04.

    What to do: Look at the date of receipt and for the same invoice in the earlier period. The tax due of both periods
    together does not change; only a second deduction would have to be reversed.
    """
    return books.sql(
        """
        select v.vat_line_id, v.booked_on, v.supplied_on as dated_on, p.period_id,
               coalesce(q.period_id, cast(year(v.supplied_on) as varchar)) as dated_period, v.net as amount,
               v.input_tax as tax, v.tax_code, v.rate, v.account_nos, v.document_no, v.contact_name, v.description,
                v.kind, v.document_id, v.ziffer, cast(0 as decimal(18, 2)) as vat_effect
        from   vat_line v
        join   vat_period p on v.booked_on between p.start_on and p.end_on
        -- a period before the books begin has no row
        left join vat_period q on v.supplied_on between q.start_on and q.end_on
        join   vat_status s on s.year = year(v.booked_on) and s.method = 'effective' and s.basis = 'agreed'
        where  v.supplied_on < p.start_on and v.booked_on - v.supplied_on > $late_days
        and    v.kind in ('bill', 'expense', 'manual_entry') and v.direction in ('input', 'acquisition', 'customs')
        and    coalesce(q.status, 'closed') like 'closed%' and abs(v.input_tax) >= $min_tax
        """,
        min_tax=min_tax,
        late_days=late_days,
    )


@check(
    "G04",
    subject="vat_line",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Output tax of CHF {tax} is declared in {period_id}, but belongs to {right_period} ({reason} {right_date})",
    references=["Art. 39 Abs. 1 MWSTG", "Art. 40 Abs. 1 MWSTG", "Art. 87 MWSTG"],
    basis="agreed",
    words=["invoice of", "supplied until"],
)
def output_tax_in_wrong_period(books: Books, *, late_days: int = 60) -> pl.DataFrame:
    """Output tax is declared in another period than it belongs to.

    Why it matters: With agreed consideration the tax is owed in the period of the invoice. A sale posted in a later
    quarter than its invoice, or invoiced long after the supply, is declared too late, which costs interest on arrears.

    False positives: The period of supply is read from texts that name one; only supplies that ended in an earlier
    VAT period, at least late_days before the invoice, are found. Framework contracts and work that is invoiced on
    completion are in order. Invoices in advance are right: they are owed when they are written.

    What to do: Ask when the invoice was written and the supply made. Declare the amount in the period it belongs to,
    with a correction return if that is filed; the tax as such does not change.
    """
    return books.sql(
        """
        with stated as (
            select vat_line_id, max(end_on) as supplied_till from supply_period group by vat_line_id
        ),
        dated as (
            select v.*, if(v.supplied_on not between p.start_on and p.end_on, 'invoice of', 'supplied until') as reason,
                   if(v.supplied_on not between p.start_on and p.end_on, v.supplied_on, t.supplied_till) as right_date,
                   p.period_id
            from   vat_line v
            join   vat_period p on v.booked_on between p.start_on and p.end_on
            left join stated t on t.vat_line_id = v.vat_line_id
            where  v.direction = 'output' and v.tax <> 0 and not v.is_deferred and v.kind <> 'payment'
            and    (v.supplied_on not between p.start_on and p.end_on
                    or t.supplied_till < p.start_on
                       and v.supplied_on - t.supplied_till >= $late_days and v.net > 0)
        )
        select d.vat_line_id, d.booked_on, d.reason, d.right_date, d.period_id, q.period_id as right_period,
               d.net as amount, d.tax, d.tax_code, d.account_nos, d.document_no, d.contact_name, d.description, d.kind,
               d.document_id, d.ziffer, cast(0 as decimal(18, 2)) as vat_effect
        from   dated d
        left join vat_period q on d.right_date between q.start_on and q.end_on
        """,
        late_days=late_days,
    )


@check(
    "G05",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="{period_id}, due on {due_on}: {reason} (days left: {days_left})",
    references=["Art. 35 MWSTG", "Art. 71 MWSTG", "Art. 86 MWSTG", "eCH-0217 MWST-0003"],
    words=[
        "the return is not filed",
        "with the effective method a period is a month, a quarter or a year",
        "with net tax rates a period is a half-year or a year",
    ],
)
def period_due_or_of_wrong_length(books: Books, *, warn_days: int = 7) -> pl.DataFrame:
    """The return is due, or its period has a length that the method does not have.

    Why it matters: Return and payment are due 60 days after the period; interest on arrears runs from the day after.
    A return over a period that the ESTV has not approved for the method is refused by its portal.

    False positives: An extension granted in the portal is not known here. Where neither bexio nor a return kept with
    the mandate says what was filed, nothing is said about deadlines. A period is found warn_days before it is due.

    What to do: File and pay, or extend the deadline in the portal before it ends, and keep the file that was sent with
    the mandate. Correct the rhythm in mandate.toml if it is not the one approved.
    """
    return books.sql(
        """
        with known as (
            select p.*, datediff('day', r.as_of, p.due_on) as days_left, r.end_on as booked_on,
                   p.period_id = r.period_id as is_reviewed,
                   datediff('month', p.start_on, p.end_on) + 1 as months, coalesce(s.method, m.method) as method,
                   p.status is not null or exists (from review.filed_return) as is_told,
                   coalesce(p.status, '') like 'closed%' or exists (
                       from review.filed_return f where f.start_on = p.start_on and f.end_on = p.end_on) as is_filed
            from   vat_period p
            cross join review.period r
            cross join review.mandate m
            left join vat_status s on s.year = year(p.end_on)
            where  p.end_on <= r.end_on and coalesce(s.is_vat_subject, true)
        )
        select period_id, booked_on, due_on, days_left, status, cast(null as decimal(18, 2)) as amount,
               case when method = 'net_tax' and months not in (6, 12)
                        then 'with net tax rates a period is a half-year or a year'
                    when method = 'effective' and months not in (1, 3, 12)
                        then 'with the effective method a period is a month, a quarter or a year'
                    else 'the return is not filed' end as reason
        from   known
        where  is_told and not is_filed and days_left <= $warn_days
        or     is_reviewed and (method = 'net_tax' and months not in (6, 12)
                                or method = 'effective' and months not in (1, 3, 12))
        """,
        warn_days=warn_days,
    )


@check(
    "G06",
    subject="account",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="{account_no} {account_name} stands at CHF {balance}, the tax in open items is CHF {tax_of_open_items}",
    references=["Art. 39 Abs. 2 MWSTG", "Art. 40 Abs. 2 MWSTG"],
    basis="collected",
)
def clearing_is_not_tax_of_open_items(books: Books, *, tolerance: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """The tax held back is not the tax in open items.

    Why it matters: With collected consideration tax follows payment: what stands on 2202 and 1172 must be the tax in
    invoices and bills that are not paid yet. A difference is tax that was declared too early, too late or never.

    False positives: Part payments move a proportional share, rounded each time: tolerance is allowed for every open
    document. Payments that cannot be matched with a bill, and balances carried forward for documents that bexio does
    not hold, appear as a difference.

    What to do: Compare the account sheet with the list of open items at the end of the period; look for payments
    booked against the receivable without moving the tax, and for manual entries.
    """
    return books.sql(
        """
        with paid as (
            select document_id, any_value(total) as total, sum(paid) as paid
            from (select distinct c.entry_id, c.document_id, c.paid, c.total from collection c, review.period r
                  where c.paid_on <= r.end_on)
            group by document_id
        ),
        held_back as (
            select p.account_no, p.document_id, sum(p.amount) as tax
            from   posting p, review.period r
            where  p.account_no in ('1172', '2202') and p.kind in ('invoice', 'bill', 'credit_note')
            and    p.booked_on <= r.end_on group by p.account_no, p.document_id
        ),
        open_tax as (
            select h.account_no, count(*) as documents, sum(if(d.total is null, h.tax,
                   share_of(h.tax, greatest(d.total - d.paid, 0), d.total))) as tax
            from   held_back h left join paid d on d.document_id = h.document_id
            where  d.total is null or d.paid < d.total group by h.account_no
        )
        select b.account_no, r.end_on as booked_on, a.name as account_name, o.documents,
               cast(if(a.account_type = 'asset', b.balance, -b.balance) as decimal(18, 2)) as balance,
               cast(if(a.account_type = 'asset', 1, -1) * coalesce(o.tax, 0) as decimal(18, 2)) as tax_of_open_items,
               cast(abs(b.balance - coalesce(o.tax, 0)) as decimal(18, 2)) as amount,
               cast(coalesce(o.tax, 0) - b.balance as decimal(18, 2)) as vat_effect
        from   review.period r
        join   balance b on b.account_no in ('1172', '2202')
        and    b.month_start = (select max(month_start) from balance where month_start <= r.end_on)
        join   account a on a.account_no = b.account_no
        left join open_tax o on o.account_no = b.account_no
        where  abs(b.balance - coalesce(o.tax, 0)) > $tolerance * greatest(coalesce(o.documents, 1), 1)
        """,
        tolerance=tolerance,
    )


@check(
    "G07",
    subject="vat_period",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="From {year} on consideration is {basis}, before {basis_before}: open items hold CHF {output_tax} output tax "
    "and CHF {input_tax} input tax",
    references=["Art. 39 MWSTG", "Art. 106 MWSTV"],
    words=["agreed", "collected"],
)
def open_items_at_change_of_basis(books: Books) -> pl.DataFrame:
    """Agreed and collected consideration change with open items.

    Why it matters: Who changes from collected to agreed consideration declares all open items once, with the first
    return of the new kind; who changes the other way must not declare payments of what was declared with the invoice.
    Otherwise the tax of the open items is paid twice or never.

    False positives: Open items that were settled with the correction at the change. Start-ups without open items are
    not found; documents in foreign currency are open by the share that is paid.

    What to do: Draw up the lists of open receivables and payables at the change, with tax code, keep them with the
    return, and check the first return against them.
    """
    return books.sql(
        """
        with change as (
            select r.period_id, r.end_on, s.year, s.basis, o.basis as basis_before,
                   make_date(o.year, 12, 31) as last_day
            from   review.period r
            join   vat_status s on s.year = year(r.start_on) and month(r.start_on) = 1
            join   vat_status o on o.year = s.year - 1 and o.basis <> s.basis and o.is_vat_subject and s.is_vat_subject
        ),
        paid as (
            select p.document_id, sum(p.amount) as amount
            from payment p, change c where p.paid_on <= c.last_day group by p.document_id
        ),
        open_tax as (
            select share_of(v.tax, d.gross - coalesce(p.amount, 0), d.gross) * (d.kind = 'invoice')::int as output_tax,
                   share_of(v.input_tax, d.gross - coalesce(p.amount, 0), d.gross) as input_tax
            from   change c
            join   vat_line v on v.booked_on <= c.last_day and v.kind in ('invoice', 'bill')
            join   document d on d.document_id = v.document_id and d.gross <> 0
            left join paid p on p.document_id = v.document_id
            where  abs(coalesce(p.amount, 0)) < abs(d.gross)
        )
        select c.period_id, c.end_on as booked_on, c.year, c.basis, c.basis_before, o.output_tax, o.input_tax,
               o.output_tax - o.input_tax as amount,
               case c.basis when 'agreed' then o.output_tax - o.input_tax when 'collected' then 0 end as vat_effect
        from   change c, (select cast(coalesce(sum(output_tax), 0) as decimal(18, 2)) as output_tax,
                                 cast(coalesce(sum(input_tax), 0) as decimal(18, 2)) as input_tax from open_tax) o
        where  o.output_tax <> 0 or o.input_tax <> 0
        """
    )


@check(
    "G08",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="For {year} bexio says {in_bexio}, but {reason}",
    references=["Art. 66 MWSTG", "Art. 37 MWSTG", "Art. 39 MWSTG"],
    words=[
        "no liability to VAT",
        "bookings carry tax codes",
        "the effective method",
        "net tax rates",
        "agreed consideration",
        "collected consideration",
        "mandate.toml says net tax rates",
        "mandate.toml says the effective method",
        "mandate.toml says collected consideration",
        "mandate.toml says agreed consideration",
    ],
)
def vat_settings_of_bexio_are_wrong(books: Books) -> pl.DataFrame:
    """The VAT settings of the year in bexio contradict the books or the registration.

    Why it matters: bexio computes by the settings of the calendar year: whether the company is liable, by which method
    and on which consideration. A wrong flag makes every figure of the year wrong.

    False positives: Registration or deregistration in the middle of the year. Method and basis are compared with
    mandate.toml only where it does not list them as assumed, and only for the last year of the books: earlier years
    may rightly have been different.

    What to do: Compare with the letter of registration of the ESTV, and correct the calendar year in bexio or
    mandate.toml.
    """
    return books.sql(
        """
        with coded as (
            select count(*) as bookings, coalesce(sum(abs(p.amount)) filter (p.is_tax_side), 0) as amount
            from   posting p, review.period r
            where  p.booked_on between r.start_on and r.end_on and p.tax_rate > 0 and not p.is_closing
        ),
        compared as (
            select r.period_id, r.end_on as booked_on, s.year, c.amount, c.bookings,
                   case when not s.is_vat_subject then 'no liability to VAT'
                        when s.method <> m.method and s.method = 'net_tax' then 'net tax rates'
                        when s.method <> m.method then 'the effective method'
                        when s.basis = 'agreed' then 'agreed consideration'
                        else 'collected consideration' end as in_bexio,
                   case when not s.is_vat_subject then if(c.bookings > 0, 'bookings carry tax codes', null)
                        when s.year < (select max(year(booked_on)) from journal_line) then null
                        when s.method <> m.method and m.method_assumed then null
                        when s.method <> m.method and m.method = 'net_tax' then 'mandate.toml says net tax rates'
                        when s.method <> m.method then 'mandate.toml says the effective method'
                        when s.basis = m.basis or m.basis_assumed then null
                        when m.basis = 'agreed' then 'mandate.toml says agreed consideration'
                        else 'mandate.toml says collected consideration' end as reason
            from   review.period r, review.mandate m, coded c
            join   vat_status s on s.source = 'bexio' and s.year = year((select end_on from review.period))
        )
        select period_id, booked_on, year, cast(amount as decimal(18, 2)) as amount, bookings, in_bexio, reason
        from   compared
        where  reason is not null
        """
    )
