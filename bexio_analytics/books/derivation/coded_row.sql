-- Every journal row with a tax code, its role and the evidence for it.
-- grain: one journal row; key: line_id
with export_code as (
    -- a code that an export names: the tax object of its name whose years contain the booking, else the nearest earlier
    select r.line_id, t.tax_id
    from      derivation.journal_row r
    join      tax_code t on t.code = r.export_tax_code
    qualify row_number() over (
        partition by r.line_id
        order by coalesce(r.booked_on between coalesce(t.valid_from, date '1900-01-01')
                                          and coalesce(t.valid_till, date '9999-12-31'), false) desc,
                 coalesce(t.valid_from <= r.booked_on, true) desc, t.rate = r.export_tax_rate desc,
                 t.valid_from desc nulls last, t.tax_id
    ) = 1
),
manual_code as (
    select
        r.line_id, m.tax_id,
        case
            when m.id <> r.line_id then null
            when s.account_no = r.debit_account_no then 'debit'
            when s.account_no = r.credit_account_no then 'credit'
        end as tax_side
    from      derivation.journal_row r
    join      derivation.row_anchor a on a.line_id = r.line_id
    join      snapshot.manual_entry_line m on m.id = a.anchor_id and m.tax_id is not null
    left join snapshot.account s on s.id = m.tax_account_id
    where     r.ref_class is null
),
named as (
    select r.line_id, e.tax_id, r.export_tax_code as tax_code, null as tax_side, 'export' as evidence
    from      derivation.journal_row r
    left join export_code e on e.line_id = r.line_id
    where     r.export_tax_code is not null
    union all
    select line_id, tax_id, null, tax_side, 'manual_entry' from manual_code
    union all
    select line_id, tax_id, null, tax_side, evidence from derivation.base_row_code where tax_id is not null
    union all
    select line_id, tax_id, null, null, evidence from derivation.tax_row_code where tax_id is not null
    union all
    select line_id, tax_id, null, tax_side, evidence from derivation.inferred_code
    union all
    select line_id, tax_id, null, null, evidence from derivation.moved_tax_code
),
placed as (
    -- a code that reaches a box stands; else the activity of the account decides, where one does
    select n.*, t.code, a.line_id is not null and (
               t.tax_id is null or coalesce(t.ziffer, '000') in ('', '000')
               or t.kind like '%net_tax' and t.net_rate is null
           ) as is_of_activity
    from      named n
    left join tax_code t on t.tax_id = n.tax_id
    left join derivation.activity_code a on a.line_id = n.line_id
),
known as (
    select line_id, tax_id, coalesce(code, tax_code) as tax_code, tax_side, evidence
    from   placed
    where  not is_of_activity
    union all
    select a.line_id, a.tax_id, t.code, a.tax_side, 'derived'
    from   derivation.activity_code a
    join   tax_code t on t.tax_id = a.tax_id
    where  a.line_id not in (select line_id from placed where not is_of_activity)
)
select
    n.line_id,
    n.tax_id,
    n.tax_code,
    n.tax_side,
    n.evidence,
    case when r.is_vat_row then 'tax' else 'base' end as vat_role
from      known n
join      derivation.journal_row r on r.line_id = n.line_id
where     not r.is_settlement and not r.is_opening and not r.is_closing
