-- One invoice or bill that is not fully paid at the time of the snapshot.
-- grain: one document; key: document_id
--
-- document_id: invoice or bill
-- kind: invoice or bill
-- contact_name: customer or supplier
-- document_no: number
-- dated_on: date of the document
-- due_on: due date
-- currency: currency of the open amount
-- open_amount: amount still open, in the document's currency
select
    d.document_id, d.kind, d.contact_name, d.document_no, d.dated_on, d.due_on, d.currency,
    cast(coalesce(i.total_remaining_payments, b.pending_amount) as decimal(18, 2)) as open_amount
from      document d
left join snapshot.invoice i on d.document_id = 'invoice:' || i.id
left join snapshot.bill b    on d.document_id = 'bill:' || b.id
where     d.is_booked and d.kind in ('invoice', 'bill')
and       coalesce(i.total_remaining_payments, b.pending_amount, 0) <> 0
