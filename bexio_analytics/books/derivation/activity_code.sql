-- Turnover of a mandate with net tax rates that no code of bexio names: the activity of its account decides.
-- grain: one journal row; key: line_id
--
-- Accruals, exchange differences and transfers between turnover accounts are no turnover. A reduction on an account of
-- no activity (discounts) takes the activity of its document, where that has one only.
with account_activity as (
    select account_no, activity_no from mandate.activity_account
    union all
    select a.account_no, v.activity_no
    from       account a
    cross join mandate.activity v
    where      a.needs_sales_code and (select count(*) from mandate.activity) = 1
    and        not exists (select 1 from mandate.activity_account)
),
leg as (
    select r.line_id, r.booked_on, d.document_id, s.side, s.account_no, s.contra_no
    from      derivation.journal_row r
    join      derivation.document_row d on d.line_id = r.line_id
    join      vat_status v on v.year = year(r.booked_on) and v.method = 'net_tax' and v.is_vat_subject
    cross join lateral (
        values ('debit', r.debit_account_no, r.credit_account_no), ('credit', r.credit_account_no, r.debit_account_no)
    ) s(side, account_no, contra_no)
    where     not r.is_vat_row and not r.is_opening and not r.is_closing and not r.is_settlement and not r.is_rounding
    and       exists (select 1 from mandate.activity)
),
turnover as (
    select l.*, a.activity_no
    from      leg l
    join      account c on c.account_no = l.contra_no
    left join account_activity a on a.account_no = l.account_no
    where     (a.activity_no is not null or l.account_no between '3800' and '3899')
    and       c.account_type <> 'closing' and not c.is_vat and not c.needs_sales_code
    and       l.contra_no not in ('6949', '6999')
    and       l.contra_no not between '1300' and '1399' and l.contra_no not between '2300' and '2399'
),
of_document as (
    select document_id, min(activity_no) as activity_no
    from   turnover
    where  activity_no is not null and document_id is not null
    group  by document_id
    having min(activity_no) = max(activity_no)
)
select
    t.line_id, t.side as tax_side,
    -10 * coalesce(t.activity_no, o.activity_no)
        - (select count(*) from law.ziffer z
           where z.part = 'net_supply' and z.form_till is null and z.valid_from <= t.booked_on) as tax_id
from      turnover t
left join of_document o on o.document_id = t.document_id
where     coalesce(t.activity_no, o.activity_no) is not null
qualify   row_number() over (partition by t.line_id order by t.activity_no is null, t.side) = 1
