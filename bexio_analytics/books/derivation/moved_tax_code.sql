-- Tax that becomes due or deductible with a payment, with a code of the document that is paid.
-- grain: one journal row between a clearing account (1172, 2202) and a VAT account; key: line_id
--
-- bexio moves one row per VAT row of the document. Where a row stands for several codes the first of them is named here;
-- the view collection shares the amount out.
with document_code as (
    select distinct l.document_id, l.tax_id
    from   document_line l
    join   tax_code t on t.tax_id = l.tax_id and t.rate > 0
    union
    select distinct d.document_id, i.tax_id
    from   derivation.inferred_code i
    join   derivation.document_row d on d.line_id = i.line_id and d.kind = 'credit_note'
    join   tax_code t on t.tax_id = i.tax_id and t.rate > 0
),
fitting as (
    select
        r.line_id, c.tax_id,
        count(*) over (partition by r.line_id) as codes,
        row_number() over (partition by r.line_id order by c.tax_id) as place
    from   derivation.journal_row r
    join   derivation.document_row d on d.line_id = r.line_id
    join   document_code c on c.document_id = d.document_id
    join   tax_code t on t.tax_id = c.tax_id
    where  r.is_moved_tax
    and    ('2203' in (r.debit_account_no, r.credit_account_no) and t.direction = 'acquisition'
            or t.account_no in (r.debit_account_no, r.credit_account_no))
)
select line_id, tax_id, case when codes = 1 then 'document' else 'derived' end as evidence
from   fitting
where  place = 1
