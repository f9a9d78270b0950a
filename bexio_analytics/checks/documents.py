"""Family H, second part: are the documents complete, written once, kept and settled?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "H02",
    subject="document",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Invoice {document_no} to {contact_name} over {currency} {gross} {reason}",
    references=["Art. 27 MWSTG", "Art. 41 MWSTG"],
    words=["repeats another one of the same day", "is paid more than once"],
)
def sale_invoiced_twice(
    books: Books, *, min_amount: Decimal = Decimal("20.00"), tolerance: Decimal = Decimal("1.00")
) -> pl.DataFrame:
    """A sale is invoiced or paid twice.

    Why it matters: The tax of an invoice is owed because it is shown, whether or not there was a second supply. A
    payment that came twice has to go back and is no turnover.

    False positives: Two real orders of one day. Invoices repeat each other only if customer, date, amount and every
    text are equal. A customer who got several of the same invoices on another day too is a regular series, and an
    invoice that a credit note took back is settled. A payment may exceed its invoice by tolerance.

    What to do: Ask whether there were two supplies. If not, write a credit note for the second invoice; send back what
    was paid twice.
    """
    return books.sql(
        """
        with content as (
            select document_id, string_agg(text, '|' order by position) as texts from document_line group by document_id
        ),
        paid as (
            select document_id, max(paid_on) as paid_on, sum(amount) as total,
                   coalesce(sum(amount) filter (credit_note_id is not null), 0) as credited
            from payment group by document_id
        ),
        sale as (
            select d.*, c.texts, p.paid_on, p.total, count(*) over alike as times,
                   first_value(d.document_no) over (alike order by d.document_no, d.document_id) as repeats
            from      document d
            left join content c on c.document_id = d.document_id
            left join paid p on p.document_id = d.document_id
            where d.kind = 'invoice' and d.is_booked and d.gross >= $min_amount and coalesce(p.credited, 0) < d.gross
            window alike as (partition by d.contact_id, d.currency, d.gross, d.dated_on, d.title, c.texts)
        )
        select s.*, if(s.total > s.gross + $tolerance, s.paid_on, s.dated_on) as booked_on, s.gross as amount, v.ziffer,
               if(s.total > s.gross + $tolerance, 'is paid more than once', 'repeats another one of the same day')
                   as reason, if(s.total > s.gross + $tolerance, 0.00, -v.tax) as vat_effect
        from sale s
        left join (select entry_id, sum(tax) as tax, min(ziffer) as ziffer from vat_line
                   where direction = 'output' group by entry_id) v on v.entry_id = s.document_id
        where s.total > s.gross + $tolerance or s.times > 1 and s.document_no <> s.repeats
        and s.contact_id is not null
        and (s.contact_id, s.gross) not in (select (contact_id, gross) from sale where times > 1
            group by contact_id, gross having count(distinct dated_on) > 1)
        """,
        min_amount=min_amount,
        tolerance=tolerance,
    )


@check(
    "H06",
    subject="document",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Invoice numbers {series}…: {reason}: {numbers}",
    references=["Art. 70 MWSTG", "Art. 957a OR"],
    words=["not in the books", "used more than once"],
)
def invoice_number_missing_or_double(
    books: Books, *, min_steps: int = 20, min_density: Decimal = Decimal("0.95"), max_gap: int = 20
) -> pl.DataFrame:
    """A number of the own invoices is missing, or used more than once.

    Why it matters: Invoices are numbered so that all of them can be accounted for. A missing number may be an invoice
    that was sent and never booked; the effect is the average tax of an invoice for each missing one.

    False positives: Drafts that were deleted are the usual reason, and leave no trace in bexio. Drafts and cancelled
    invoices keep their number, credit notes may share the series. Gaps are only asked about where a series has at least
    min_steps numbers of which the share min_density follow each other; a jump by more than max_gap begins a new range.

    What to do: Ask for the missing invoices. Where drafts were deleted, have that noted, and set bexio so that numbers
    are given when an invoice is issued.
    """
    return books.sql(
        """
        with numbered as (
            select n.*, r.start_on, r.end_on from document_number n, review.period r
            where not n.is_manual and n.dated_on between r.start_on and r.end_on
        ),
        taxed as (
            select n.series, sum(v.tax) as tax, count(distinct n.document_id) as invoices,
                   arg_max(v.ziffer, (v.tax, v.vat_line_id)) as ziffer
            from numbered n join vat_line v on v.entry_id = n.document_id and v.direction = 'output' group by n.series
        ),
        found as (
            select series, 'not in the books' as reason, arg_min(document_id, number) as document_id,
                min(dated_on) as booked_on, cast(sum(missing) as bigint) as missing,
                string_agg(concat_ws('-', previous_number + 1, if(missing > 1, number - 1, null)), ', ' order by number)
                    as numbers
            from numbered where missing between 1 and $max_gap and steps >= $min_steps
                and single_steps >= $min_density * steps group by series
            union all by name
            select series, 'used more than once' as reason,
                arg_max(document_id, (dated_on, document_id)) as document_id, max(dated_on) as booked_on,
                0 as missing, document_no as numbers
            from document_number where same_number > 1 and kind = 'invoice' group by series, document_no
        )
        select f.*, d.document_no, d.contact_name, cast(null as decimal(18, 2)) as amount,
               if(f.missing > 0, share_of(t.tax, cast(f.missing as decimal(18, 2)),
                  cast(t.invoices as decimal(18, 2))), null) as vat_effect, t.ziffer
        from found f join document d on d.document_id = f.document_id left join taxed t on t.series = f.series
        qualify row_number() over (partition by f.document_id order by f.reason) = 1
        """,
        min_steps=min_steps,
        min_density=min_density,
        max_gap=max_gap,
    )


@check(
    "H07",
    subject="document",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="No file is attached to {document_no} of {contact_name} over {currency} {gross}",
    references=["Art. 958f OR", "Art. 70 MWSTG"],
)
def document_without_file(
    books: Books,
    *,
    min_amount: Decimal = Decimal("400.00"),
    min_documents: int = 20,
    min_share: Decimal = Decimal("0.80"),
) -> pl.DataFrame:
    """A bill or an expense has no file attached.

    Why it matters: Every booking needs its voucher, kept for ten years. Without it neither the cost nor its reason can
    be shown.

    False positives: Vouchers that are archived elsewhere. The question is only asked where the mandate keeps them in
    bexio: of at least min_documents bills and expenses of the twelve months up to the end of the period, the share
    min_share has a file. Documents with input tax are D01's, for whom the deduction is at stake.

    What to do: Ask for the voucher and attach it in bexio, or note where it is kept.
    """
    return books.sql(
        """
        with paper as (
            select d.* from document d, review.period r
            where d.kind in ('bill', 'expense') and d.is_booked and d.attachments is not null
            and   d.dated_on > r.end_on - 365 and d.dated_on <= r.end_on
        ),
        habit as (
            select count(*) as documents, count(*) filter (attachments > 0) as with_file from paper
        )
        select p.*, p.dated_on as booked_on, p.gross as amount, cast(null as decimal(18, 2)) as vat_effect
        from   paper p, habit h
        where  p.attachments = 0 and abs(p.gross) >= $min_amount
        and    h.documents >= $min_documents and h.with_file >= $min_share * h.documents
        and    p.document_id not in (select document_id from vat_line
                                     where input_tax <> 0 and document_id is not null)
        """,
        min_amount=min_amount,
        min_documents=min_documents,
        min_share=min_share,
    )


@check(
    "H08",
    subject="open_item",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="{contact_name} has not paid {currency} {open_amount} of invoice {document_no}, due on {due_on} ({days} days)",
    references=["Art. 41 MWSTG", "Art. 128 OR"],
    basis="agreed",
)
def old_receivable(books: Books, *, max_days: int = 180, min_amount: Decimal = Decimal("20.00")) -> pl.DataFrame:
    """A customer has not paid for more than half a year.

    Why it matters: The tax of the invoice was paid to the ESTV. If the loss is definitive, it comes back; after five
    years the claim is barred.

    False positives: Payment by instalments that was agreed. The item stays in the list as long as it is open; a
    decision on it stays too. Amounts below min_amount are left out.

    What to do: Ask whether the customer is dunned or insolvent. Write off what is definitively lost with the code of
    the sale, against 3805; keep the proof.
    """
    return books.sql(
        """
        select o.document_id, r.end_on as booked_on, o.document_no, o.contact_name, o.currency, o.open_amount,
               coalesce(o.due_on, o.dated_on + 30) as due_on, o.dated_on, d.gross,
               r.end_on - coalesce(o.due_on, o.dated_on + 30) as days,
               if(o.currency = 'CHF', o.open_amount, share_of(e.amount, o.open_amount, d.gross)) as amount,
               -share_of(coalesce(v.tax, 0), o.open_amount, d.gross) as vat_effect, v.ziffer
        from   open_item o
        join   document d on d.document_id = o.document_id and d.gross > 0
        join   journal_entry e on e.entry_id = o.document_id
        left join (select entry_id, sum(tax) as tax, min(ziffer) as ziffer from vat_line where direction = 'output'
                   group by entry_id) v on v.entry_id = o.document_id
        cross join review.period r
        where  o.kind = 'invoice' and o.open_amount >= $min_amount
        and    r.end_on - coalesce(o.due_on, o.dated_on + 30) > $max_days
        """,
        max_days=max_days,
        min_amount=min_amount,
    )


@check(
    "H09",
    subject="open_item",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="{currency} {open_amount} of bill {document_no} of {contact_name}, due on {due_on}, are still not paid",
    references=["Art. 41 Abs. 2 MWSTG", "Art. 28 MWSTG"],
    basis="agreed",
)
def old_payable(books: Books, *, max_days: int = 365, min_amount: Decimal = Decimal("20.00")) -> pl.DataFrame:
    """A bill with input tax has been due for more than a year.

    Why it matters: Input tax was deducted for something nobody has paid for. If it is not owed any more, or never was,
    the deduction has to be given back.

    False positives: Bills that are disputed or deferred. The item stays in the list as long as it is open; a decision
    on it stays too. Amounts below min_amount are left out.

    What to do: Ask whether the bill is owed: it may be entered twice, paid under another booking, or waived. What is
    not owed is taken back with its input tax.
    """
    return books.sql(
        """
        select o.document_id, r.end_on as booked_on, o.document_no, d.supplier_ref, o.contact_name, o.currency,
               o.open_amount, coalesce(o.due_on, o.dated_on + 30) as due_on, o.dated_on, d.gross,
               r.end_on - coalesce(o.due_on, o.dated_on + 30) as days,
               if(o.currency = 'CHF', o.open_amount, share_of(e.amount, o.open_amount, d.gross)) as amount,
               share_of(v.tax, o.open_amount, d.gross) as vat_effect, v.ziffer
        from   open_item o
        join   document d on d.document_id = o.document_id and d.gross > 0
        join   journal_entry e on e.entry_id = o.document_id
        join   (select entry_id, sum(input_tax) as tax, min(ziffer) as ziffer from vat_line
                where direction in ('input', 'customs') group by entry_id) v on v.entry_id = o.document_id and v.tax > 0
        cross join review.period r
        where  o.kind = 'bill' and o.open_amount >= $min_amount
        and    r.end_on - coalesce(o.due_on, o.dated_on + 30) > $max_days
        """,
        max_days=max_days,
        min_amount=min_amount,
    )
