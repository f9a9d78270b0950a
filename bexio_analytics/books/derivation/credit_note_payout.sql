-- A credit note paid out: a payment of the journal that belongs to no invoice, matched by amount.
-- grain: one payment; key: ref_id
with paid as (
    select
        r.ref_id, min(r.booked_on) as paid_on, min(r.sequence) as sequence,
        sum(case when d.is_receivable then r.amount_fc when c.is_receivable then -r.amount_fc else 0 end) as amount
    from      derivation.journal_row r
    join      account d on d.account_no = r.debit_account_no
    join      account c on c.account_no = r.credit_account_no
    where     r.ref_class = 'KbClientAccountEntry' and r.ref_uuid is null and not r.is_vat_row
    and       r.ref_id not in (select id from snapshot.invoice_payment)
    group by  r.ref_id
),
credit as (
    select r.ref_id as credit_note_id, min(r.booked_on) as dated_on, min(r.sequence) as sequence,
        sum(case when c.is_receivable then r.amount_fc when d.is_receivable then -r.amount_fc else 0 end)
        - coalesce((select sum(p.value) from snapshot.invoice_payment p where p.credit_voucher_id = r.ref_id), 0) as amount
    from      derivation.journal_row r
    join      account d on d.account_no = r.debit_account_no
    join      account c on c.account_no = r.credit_account_no
    where     r.ref_class = 'KbCreditVoucher'
    group by  r.ref_id
)
select p.ref_id, 'credit_note:' || c.credit_note_id as document_id
from (
    select *, row_number() over (partition by amount order by paid_on, sequence) as place from paid where amount > 0
) p
join (
    select *, row_number() over (partition by amount order by dated_on, sequence) as place from credit where amount > 0
) c on c.amount = p.amount and c.place = p.place and c.dated_on <= p.paid_on
