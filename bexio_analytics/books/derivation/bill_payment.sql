-- Payments of bills share a uuid in the journal and name no bill: matched by day and amount with the payment orders.
-- grain: one payment; key: ref_uuid
--
-- Under collected consideration several bills of one amount paid on one day are told apart by the input tax that moves,
-- then by order; otherwise a link that only order tells is none.
with booked as (
    select
        r.ref_uuid, min(r.booked_on) as paid_on, min(r.sequence) as sequence,
        -- exchange differences are none of the supplier's money
        sum(case when '6949' in (p.account_no, c.account_no) or '6999' in (p.account_no, c.account_no) then 0
                 when p.is_payable then r.amount_fc when c.is_payable then -r.amount_fc else 0 end) as amount,
        sum(case when r.is_moved_tax and p.account_type = 'asset' then r.amount else 0 end) as moved,
        sum(case when r.is_moved_tax and p.account_no = '1171' then r.amount else 0 end) as moved_investment
    from      derivation.journal_row r
    left join account p on p.account_no = r.debit_account_no
    left join account c on c.account_no = r.credit_account_no
    where     r.ref_class = 'KbClientAccountEntry' and r.ref_uuid is not null
    group by  r.ref_uuid
),
ordered as (
    select
        o.bill_id, o.execution_date as paid_on, cast(sum(o.amount) as decimal(18, 2)) as amount, min(o.id) as id
    from     snapshot.outgoing_payment o
    group by o.bill_id, o.execution_date
),
taxed as (
    select
        o.*,
        coalesce((select sum(l.tax) from document_line l where l.document_id = 'bill:' || o.bill_id), 0) as tax,
        coalesce((select sum(l.tax) from document_line l join tax_code t on t.tax_id = l.tax_id
                  where l.document_id = 'bill:' || o.bill_id and t.account_no = '1171'), 0) as investment_tax
    from ordered o
)
select
    b.ref_uuid, 'bill:' || o.bill_id as document_id,
    case when o.candidates = 1 then 'document' else 'derived' end as evidence
from (
    select
        *, row_number() over (partition by paid_on, amount order by moved, moved_investment, sequence) as place,
        count(*) over (partition by paid_on, amount) as payments
    from booked
) b
join (
    select
        *, row_number() over (partition by paid_on, amount order by tax, investment_tax, id) as place,
        count(*) over (partition by paid_on, amount) as candidates
    from taxed
) o on o.paid_on = b.paid_on and o.amount = b.amount and o.place = b.place
left join vat_status s on s.year = year(b.paid_on)
where o.candidates = 1 or o.candidates = b.payments and s.basis = 'collected'
