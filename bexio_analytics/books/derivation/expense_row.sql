-- Expenses carry no reference in the journal: matched by day, accounts and amount, of equal ones by their tax, the rest
-- by order.
-- grain: one expense; key: document_id
with booking as (
    select
        a.anchor_id, min(r.sequence) as sequence, any_value(r.booked_on) as booked_on, sum(r.amount) as amount,
        coalesce(sum(r.amount) filter (r.is_vat_row), 0) as tax,
        arg_min(r.debit_account_no, r.sequence) as debit_account_no,
        arg_min(r.credit_account_no, r.sequence) as credit_account_no
    from      derivation.journal_row r
    join      derivation.row_anchor a on a.line_id = r.line_id
    where     r.ref_class is null and r.export_tax_code is null and not r.is_opening and not r.is_closing
    and       a.anchor_id not in (select id from snapshot.manual_entry_line where id is not null)
    group by  a.anchor_id
),
expense as (
    select
        'expense:' || e.id as document_id, e.paid_on,
        case when t.type like 'pre_customs%' then v.account_no else b.account_no end as debit_account_no,
        m.account_no as credit_account_no,
        -- acquisition tax is booked besides what was paid
        cast(coalesce(e.base_currency_amount, e.amount) as decimal(18, 2))
            + case when t.type like 'pre_regards%'
                   then cast(cast(coalesce(e.tax_man, e.tax_calc, 0) as decimal(18, 2))
                             * cast(coalesce(e.exchange_rate, 1) as decimal(18, 8)) as decimal(18, 2))
                   else 0 end as amount,
        coalesce(e.tax_man, e.tax_calc, 0) as tax, e.created_at, e.id
    from      snapshot.expense e
    left join snapshot.account b      on b.id = e.booking_account_id
    left join snapshot.tax t          on t.id = e.tax_id
    left join snapshot.account v      on v.id = t.account_id
    left join snapshot.bank_account k on k.id = e.bank_account_id
    left join snapshot.account m      on m.id = k.account_id
    where     e.status = 'DONE'
),
exact as (
    select e.document_id, b.anchor_id
    from (
        select *, row_number() over (partition by paid_on, debit_account_no, credit_account_no, amount
                                     order by tax, created_at, id) as place
        from expense
    ) e
    join (
        select *, row_number() over (partition by booked_on, debit_account_no, credit_account_no, amount
                                     order by tax, sequence) as place
        from booking
    ) b
      on  b.booked_on = e.paid_on and b.debit_account_no = e.debit_account_no
      and b.credit_account_no = coalesce(e.credit_account_no, b.credit_account_no)
      and b.amount = e.amount and b.place = e.place
),
by_order as (
    select e.document_id, b.anchor_id
    from (
        select *, row_number() over (partition by paid_on, debit_account_no, credit_account_no
                                     order by created_at, id) as place
        from expense anti join exact using (document_id)
    ) e
    join (
        select *, row_number() over (partition by booked_on, debit_account_no, credit_account_no
                                     order by sequence) as place
        from booking anti join exact using (anchor_id)
    ) b
      on  b.booked_on = e.paid_on and b.debit_account_no = e.debit_account_no
      and b.credit_account_no = e.credit_account_no and b.place = e.place
)
select document_id, anchor_id from exact
union all
select document_id, anchor_id from by_order
