-- What a document says is owed beside what was booked for it: documents against the journal, whatever its tax codes.
-- grain: one booked invoice, bill or expense; key: document_id
--
-- Booked is the receivable of an invoice, the payable of a bill, the money of an expense. Payments, cash discounts and
-- credit notes are bookings of their own. A document that stands in no journal row is booked with 0.00.
--
-- document_id: document
-- document_no: its number
-- kind: invoice, bill or expense
-- dated_on: date of the document
-- contact_name: customer or supplier
-- currency: currency of the amounts
-- stated: total of the document; acquisition tax is not owed to a supplier
-- booked: amount booked
-- difference: booked minus stated
-- first_line_id: first journal row; null where there is none
with booked as (
    select
        p.document_id, min(p.line_id) as first_line_id,
        sum(case when p.kind = 'invoice' then p.amount_fc else -p.amount_fc end) as amount
    from     posting p
    join     account a on a.account_no = p.account_no
    where    p.kind = 'invoice' and a.is_receivable or p.kind = 'bill' and a.is_payable
    or       p.kind = 'expense' and (a.is_money or a.is_payable)
    group by p.document_id
)
select
    d.document_id, d.document_no, d.kind, d.dated_on, d.contact_name, d.currency,
    coalesce(d.gross, 0)                                       as stated,
    cast(coalesce(b.amount, 0) as decimal(18, 2))              as booked,
    cast(coalesce(b.amount, 0) - coalesce(d.gross, 0) as decimal(18, 2)) as difference,
    b.first_line_id
from      document d
left join booked b on b.document_id = d.document_id
where     d.kind in ('invoice', 'bill', 'expense') and d.is_booked
