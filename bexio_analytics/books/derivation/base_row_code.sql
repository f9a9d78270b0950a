-- Net rows of invoices, bills and expenses with the code of the document line they were booked from.
-- grain: one journal row; key: line_id
--
-- Within a document and account the rows are paired with the lines by rank of amount, which is the pairing with the
-- smallest total difference; where all lines of an account carry one code no pairing is needed. Where the numbers of
-- rows and lines differ, the nearest amount decides and the evidence says "derived".
with line as (
    select
        l.document_id, l.account_no, l.tax_id, l.net, l.position,
        count(*) over account_lines                            as lines,
        count(distinct coalesce(l.tax_id, -1)) over account_lines as codes,
        row_number() over (partition by l.document_id, l.account_no order by l.net, l.position) as place
    from   document_line l
    join   document d on d.document_id = l.document_id and d.has_vat
    where  d.kind in ('invoice', 'bill', 'expense')
    window account_lines as (partition by l.document_id, l.account_no)
),
line_account as (
    select document_id, account_no, any_value(lines) as lines, any_value(codes) as codes, any_value(tax_id) as tax_id
    from   line
    group  by document_id, account_no
),
row_side as (
    select
        r.line_id, d.document_id, d.kind, a.account_no, a.lines, a.codes, a.tax_id, r.sequence,
        case when r.debit_account_no = a.account_no then 'debit' else 'credit' end as tax_side,
        case when (d.kind = 'invoice') = (r.credit_account_no = a.account_no) then r.amount_fc else -r.amount_fc end
            as amount
    from   derivation.journal_row r
    join   derivation.document_row d on d.line_id = r.line_id and d.kind in ('invoice', 'bill', 'expense')
    join   line_account a
      on   a.document_id = d.document_id and a.account_no in (r.debit_account_no, r.credit_account_no)
    where  not r.is_vat_row
),
ranked as (
    select
        *,
        count(*) over (partition by document_id, account_no)   as rows_of_account,
        row_number() over (partition by document_id, account_no order by amount, sequence) as place
    from row_side
)
select
    r.line_id,
    r.tax_side,
    case when r.codes = 1 then r.tax_id when r.rows_of_account = r.lines then p.tax_id else n.tax_id end as tax_id,
    case when r.codes = 1 or r.rows_of_account = r.lines then 'document' else 'derived' end as evidence
from      ranked r
left join line p on p.document_id = r.document_id and p.account_no = r.account_no and p.place = r.place
left join lateral (
    select l.tax_id
    from   line l
    where  l.document_id = r.document_id and l.account_no = r.account_no
    order  by abs(l.net - r.amount), l.position
    limit  1
) n on true
