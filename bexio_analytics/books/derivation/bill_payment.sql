-- Payments of bills share a uuid in the journal and name no bill: matched by day and amount with the payment orders.
-- grain: one payment; key: ref_uuid
with booked as (
    select
        ref_uuid, min(booked_on) as paid_on, min(sequence) as sequence,
        sum(case when p.is_payable and r.debit_account_no = p.account_no then r.amount_fc else 0 end) as amount
    from      derivation.journal_row r
    left join account p on p.account_no = r.debit_account_no
    where     r.ref_class = 'KbClientAccountEntry' and r.ref_uuid is not null
    group by  ref_uuid
),
ordered as (
    select bill_id, execution_date as paid_on, cast(sum(amount) as decimal(18, 2)) as amount, min(id) as id
    from   snapshot.outgoing_payment
    group  by bill_id, execution_date
)
select b.ref_uuid, 'bill:' || o.bill_id as document_id
from (select *, row_number() over (partition by paid_on, amount order by sequence) as place from booked) b
join (select *, row_number() over (partition by paid_on, amount order by id) as place,
             count(*) over (partition by paid_on, amount) as candidates from ordered) o
  on o.paid_on = b.paid_on and o.amount = b.amount and o.place = b.place and o.candidates = 1
