-- One payment of an invoice or a bill, as bexio records it at the document.
-- grain: one payment; key: payment_id
--
-- payment_id: kind and bexio's id
-- document_id: the invoice or bill
-- paid_on: date of the payment
-- amount: amount in the document's currency
-- is_cash_discount: not money but a discount granted or taken at payment
-- credit_note_id: credit note the invoice was set off against, else null
select
    'invoice_payment:' || p.id                                 as payment_id,
    'invoice:' || p.invoice_id                                 as document_id,
    p.date                                                     as paid_on,
    cast(p.value as decimal(18, 2))                            as amount,
    coalesce(p.is_cash_discount, false)                        as is_cash_discount,
    'credit_note:' || p.credit_voucher_id                      as credit_note_id
from snapshot.invoice_payment p
union all
select
    'outgoing_payment:' || o.id,
    'bill:' || o.bill_id,
    o.execution_date,
    cast(o.amount as decimal(18, 2)),
    o.payment_type = 'CASH_DISCOUNT',
    null
from snapshot.outgoing_payment o
