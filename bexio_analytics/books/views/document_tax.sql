-- VAT that a document states beside VAT that was booked for it, by rate: documents against the journal.
-- grain: one booked invoice, bill or expense × rate; key: document_id, rate
--
-- Invoices state VAT by rate (with four decimals), bills and expenses by line. Import tax has the rate 100. Cash discounts
-- and credit notes are bookings of their own and change neither side. A difference of at most 0.01 a VAT row is rounding.
--
-- document_id: document
-- document_no: its number
-- kind: invoice, bill or expense
-- dated_on: date of the document
-- contact_name: customer or supplier
-- currency: currency of the amounts
-- rate: percent
-- codes: tax codes of the document with this rate, separated by blanks
-- stated: VAT the document states
-- booked: VAT booked for the document
-- difference: booked minus stated
-- tax_rows: number of VAT rows
-- is_rounding: the difference is at most 0.01 a VAT row
-- first_line_id: first VAT row
with line_tax as (
    select l.document_id, t.rate, l.tax_code, l.tax
    from   document_line l
    join   tax_code t on t.tax_id = l.tax_id and t.rate > 0 and t.kind not like '%net_tax'
),
stated as (
    select 'invoice:' || i.invoice_id as document_id, cast(i.percentage as decimal(9, 4)) as rate, sum(i.value) as tax
    from   snapshot.invoice_tax i
    join   document d on d.document_id = 'invoice:' || i.invoice_id
    -- with net tax rates an invoice shows the statutory tax, and none is booked
    join   vat_status s on s.year = year(d.dated_on) and s.method = 'effective'
    group  by all
    union all
    select document_id, rate, sum(tax)
    from   line_tax
    where  document_id not like 'invoice:%' and document_id not like 'manual_entry:%'
    group  by all
),
booked as (
    select
        p.document_id, p.tax_rate as rate, min(p.line_id) as first_line_id, count(distinct p.line_id) as tax_rows,
        sum(case
            when p.direction = 'output' then -p.amount_fc
            -- acquisition tax is booked twice, owed and deducted: what is owed counts
            when p.direction = 'acquisition' then case when p.account_type = 'liability' then -p.amount_fc else 0 end
            else p.amount_fc
        end) as tax
    from   posting p
    where  p.vat_role = 'tax' and p.is_tax_side and p.kind in ('invoice', 'bill', 'expense')
    group  by all
),
code as (
    select document_id, rate, array_to_string(list_sort(list_distinct(list(tax_code))), ' ') as codes
    from   line_tax
    group  by all
)
select
    d.document_id, d.document_no, d.kind, d.dated_on, d.contact_name, d.currency,
    coalesce(s.rate, b.rate)                                   as rate,
    coalesce(c.codes, '')                                      as codes,
    cast(coalesce(s.tax, 0) as decimal(18, 4))                 as stated,
    cast(coalesce(b.tax, 0) as decimal(18, 2))                 as booked,
    cast(coalesce(b.tax, 0) - coalesce(s.tax, 0) as decimal(18, 4)) as difference,
    coalesce(b.tax_rows, 0)                                    as tax_rows,
    abs(coalesce(b.tax, 0) - coalesce(s.tax, 0)) <= 0.01 * greatest(coalesce(b.tax_rows, 0), 1) as is_rounding,
    b.first_line_id
from      stated s
full join booked b on b.document_id = s.document_id and b.rate = s.rate
join      document d on d.document_id = coalesce(s.document_id, b.document_id) and d.is_booked and d.has_vat
left join code c on c.document_id = d.document_id and c.rate = coalesce(s.rate, b.rate)
