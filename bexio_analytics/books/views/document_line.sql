-- One line of a document that names an account: position of an invoice, line of a bill, expense, line of a manual entry.
-- grain: one document line; key: document_line_id
--
-- document_line_id: document and running number
-- document_id: the document
-- position: running number within the document
-- account_no: account the line is booked on
-- tax_id: tax object on the line
-- tax_code: its code
-- printed_rate: percent the document shows for the line, where it shows one
-- text: text of the line
-- net: amount without VAT, in the document's currency
-- tax: VAT of the line, in the document's currency (acquisition tax included)
-- gross: amount the other party owes or is owed for the line
-- journal_line_id: journal row the line is known to be booked as (manual entries only)
with raw_line as (
    select
        'invoice:' || p.invoice_id as document_id, p.position, p.account_id, p.tax_id, p.tax_value as printed_rate,
        p.text, p.position_total as amount, cast(null as decimal(18, 6)) as tax,
        case when i.mwst_type <> 0 then 'none' when i.mwst_is_net then 'net' else 'gross' end as amount_is,
        cast(null as bigint) as journal_line_id
    from snapshot.invoice_position p
    join snapshot.invoice i on i.id = p.invoice_id
    where p.account_id is not null and not coalesce(p.is_optional, false)
    union all by name
    select
        'bill:' || l.bill_id as document_id, l.position, l.booking_account_id as account_id, l.tax_id,
        cast(null as decimal(18, 8)) as printed_rate, l.title as text, l.amount, l.tax_calc as tax,
        case
            when t.type like 'pre_regards%' then 'acquisition'
            when t.type like 'pre_customs%' then 'tax'
            when b.item_net then 'net'
            else 'gross'
        end as amount_is,
        cast(null as bigint) as journal_line_id
    from      snapshot.bill_line l
    join      snapshot.bill b on b.id = l.bill_id
    left join snapshot.tax t on t.id = l.tax_id
    union all by name
    select
        'expense:' || e.id as document_id, 1 as position, e.booking_account_id as account_id, e.tax_id,
        cast(null as decimal(18, 8)) as printed_rate, e.title as text, e.amount,
        coalesce(e.tax_man, e.tax_calc) as tax,
        case
            when t.type like 'pre_regards%' then 'acquisition' when t.type like 'pre_customs%' then 'tax' else 'gross'
        end as amount_is,
        cast(null as bigint) as journal_line_id
    from      snapshot.expense e
    left join snapshot.tax t on t.id = e.tax_id
    union all by name
    select
        'manual_entry:' || l.manual_entry_id as document_id, l.position,
        coalesce(l.tax_account_id, l.debit_account_id, l.credit_account_id) as account_id, l.tax_id,
        cast(null as decimal(18, 8)) as printed_rate, l.description as text, l.amount,
        cast(null as decimal(18, 6)) as tax,
        case
            when t.type like 'pre_regards%' then 'acquisition' when t.type like 'pre_customs%' then 'tax' else 'gross'
        end as amount_is,
        l.id as journal_line_id
    from      snapshot.manual_entry_line l
    left join snapshot.tax t on t.id = l.tax_id
),
computed as (
    select
        l.*,
        t.code,
        -- what is printed or booked wins; bexio computes the rest from the rate of the code
        case
            when l.tax_id is null or l.amount_is = 'none' then 0
            when l.amount_is = 'tax' then l.amount
            when l.tax is not null then l.tax
            when l.amount_is in ('net', 'acquisition') then tax_on(l.amount, cast(t.value as decimal(9, 4)))
            else tax_in(l.amount, cast(t.value as decimal(9, 4)))
        end as line_tax
    from      raw_line l
    left join snapshot.tax t on t.id = l.tax_id
)
select
    c.document_id || '/' || c.position                         as document_line_id,
    c.document_id,
    c.position,
    a.account_no,
    c.tax_id,
    c.code                                                     as tax_code,
    cast(c.printed_rate as decimal(9, 4))                      as printed_rate,
    c.text,
    cast(case c.amount_is
        when 'gross' then c.amount - c.line_tax when 'tax' then 0 else c.amount
    end as decimal(18, 2))                                     as net,
    cast(c.line_tax as decimal(18, 2))                         as tax,
    cast(case c.amount_is when 'net' then c.amount + c.line_tax else c.amount end as decimal(18, 2)) as gross,
    c.journal_line_id
from      computed c
left join snapshot.account a on a.id = c.account_id
