-- VAT rows of invoices, bills and expenses with the code whose tax they carry.
-- grain: one journal row; key: line_id
--
-- An invoice has one VAT row per code, a bill and an expense one per line. Where the document has one rated code for
-- this kind of row, that is it; else rows and expected taxes are paired by rank of amount. Under collected consideration
-- the rows stand on the clearing accounts 1172 and 2202, whatever the account of the code.
with cleared as (
    select distinct d.document_id
    from   derivation.journal_row r
    join   derivation.document_row d on d.line_id = r.line_id
    where  r.is_vat_row and (r.debit_account_no in ('1172', '2202') or r.credit_account_no in ('1172', '2202'))
    -- a payment whose document is not known would make "not in" unknown for every document
    and    d.document_id is not null
),
expected_line as (
    select
        d.document_id, d.kind, l.tax_id, t.direction = 'acquisition' as is_acquisition,
        case when d.document_id not in (from cleared) then t.account_no
             when t.direction = 'output' then '2202' else '1172' end as account_no,
        case when d.kind = 'invoice' then 0 else l.position end as grain, sum(l.tax) as tax
    from     document_line l
    join     document d on d.document_id = l.document_id and d.has_vat and d.kind in ('invoice', 'bill', 'expense')
    join     tax_code t on t.tax_id = l.tax_id and t.rate > 0
    group by all
),
expected as (
    select
        *,
        count(*) over part                                     as taxes,
        count(distinct tax_id) over part                       as codes,
        row_number() over (partition by document_id, is_acquisition, account_no order by tax, tax_id, grain) as place
    from   expected_line
    window part as (partition by document_id, is_acquisition, account_no)
),
vat_row as (
    select
        r.line_id, r.sequence, d.document_id, d.kind, r.amount_fc,
        -- acquisition tax is the only one that is owed and deducted at once
        case when d.kind = 'invoice' then false
             -- or its input leg against the cost, where the tax was booked on the cost first
             else coalesce(c.is_vat and c.account_type = 'liability', false)
                  or r.debit_is_vat and c.account_type = 'expense' end as is_acquisition,
        -- tax on the cost itself, without deduction: no account of a code
        d.kind <> 'invoice' and not r.debit_is_vat and c.account_no in ('2202', '2203') as is_cost,
        case
            when d.kind = 'invoice' then case when r.credit_is_vat then r.credit_account_no else r.debit_account_no end
            else case when r.debit_is_vat then r.debit_account_no else r.credit_account_no end
        end as account_no,
        case when (d.kind = 'invoice') = r.credit_is_vat then r.amount_fc else -r.amount_fc end as amount
    from      derivation.journal_row r
    join      derivation.document_row d on d.line_id = r.line_id and d.kind in ('invoice', 'bill', 'expense')
    left join account c on c.account_no = r.credit_account_no
    where     r.is_vat_row and not r.is_settlement
),
ranked as (
    select
        v.*,
        count(*) over (partition by v.document_id, v.is_acquisition, v.account_no) as rows_of_part,
        row_number() over (partition by v.document_id, v.is_acquisition, v.account_no order by v.amount, v.sequence)
            as place,
        (select count(distinct e.tax_id) from expected e
         where e.document_id = v.document_id and e.is_acquisition >= v.is_cost) as codes_of_document,
        (select min(e.tax_id) from expected e
         where e.document_id = v.document_id and e.is_acquisition >= v.is_cost) as code_of_document
    from vat_row v
)
select
    r.line_id,
    coalesce(
        case when r.codes_of_document = 1 then r.code_of_document end,
        p.tax_id,
        n.tax_id
    ) as tax_id,
    case when r.codes_of_document = 1 or p.tax_id is not null then 'document' else 'derived' end as evidence
from      ranked r
left join expected p
  on      p.document_id = r.document_id and p.is_acquisition = r.is_acquisition and p.account_no = r.account_no
  and     (p.codes = 1 or (p.taxes = r.rows_of_part and p.place = r.place))
left join lateral (
    select e.tax_id
    from   expected e
    where  e.document_id = r.document_id and e.is_acquisition = r.is_acquisition
    order  by abs(e.tax - r.amount), e.tax_id
    limit  1
) n on true
qualify row_number() over (partition by r.line_id order by p.place nulls last) = 1
