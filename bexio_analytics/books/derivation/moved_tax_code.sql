-- Tax that becomes due or deductible with a payment, with a code of the document that is paid.
-- grain: one journal row between a clearing account (1172, 2202) and a VAT account; key: line_id
--
-- bexio moves one row per VAT row of the document: paired by rank of amount where their numbers agree. Where a row stands
-- for several codes the first of them is named here, as derived, and the view collection shares the amount out.
with moved_row as (
    select
        r.line_id, r.sequence, r.amount, d.entry_id,
        case when r.debit_account_no in ('1172', '2202') then r.credit_account_no else r.debit_account_no end as account_no,
        -- tax of a credit note that is set off goes back
        case when r.credit_account_no = '2202' and p.credit_voucher_id is not null
             then 'credit_note:' || p.credit_voucher_id else d.document_id end as document_id
    from      derivation.journal_row r
    join      derivation.document_row d on d.line_id = r.line_id
    left join snapshot.invoice_payment p on r.ref_class = 'KbClientAccountEntry' and p.id = r.ref_id
    where     r.is_moved_tax
),
taxed as (
    select
        l.document_id, l.tax_id, case when l.document_id like 'bill:%' then l.position else 0 end as grain,
        sum(abs(l.tax)) as tax
    from   document_line l
    where  l.tax <> 0
    group  by all
    union all
    select d.document_id, i.tax_id, 0, sum(r.amount)
    from   derivation.inferred_code i
    join   derivation.document_row d on d.line_id = i.line_id and d.kind = 'credit_note'
    join   derivation.journal_row r on r.line_id = i.line_id and r.is_vat_row
    group  by all
),
expected as (
    select x.document_id, x.tax_id, x.grain, x.tax, t.account_no
    from   taxed x
    join   tax_code t on t.tax_id = x.tax_id and t.rate > 0
    union all
    select x.document_id, x.tax_id, x.grain, x.tax, '2203'
    from   taxed x
    join   tax_code t on t.tax_id = x.tax_id and t.rate > 0 and t.direction = 'acquisition'
),
ranked_row as (
    select *, count(*) over part as rows_of_part, row_number() over (part order by amount, sequence) as place
    from   moved_row
    window part as (partition by entry_id, document_id, account_no)
),
ranked_tax as (
    select
        *, count(*) over part as taxes, min(tax_id) over part as first_id, max(tax_id) over part as last_id,
        row_number() over (part order by tax, tax_id, grain) as place
    from   expected
    window part as (partition by document_id, account_no)
)
select
    r.line_id,
    case when x.first_id = x.last_id or x.taxes = r.rows_of_part then x.tax_id else x.first_id end as tax_id,
    case when x.first_id = x.last_id or x.taxes = r.rows_of_part then 'document' else 'derived' end as evidence
from   ranked_row r
join   ranked_tax x on x.document_id = r.document_id and x.account_no = r.account_no
   and x.place = case when x.taxes = r.rows_of_part then r.place else 1 end
