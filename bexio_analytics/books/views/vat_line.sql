-- One taxable base: what a booking says under one tax code.
-- grain: one booking × tax code; key: vat_line_id
--
-- Under collected consideration a document's line waits (is_deferred) and its payments bring lines of their own.
-- Turnover is positive for a sale, cost and input tax are positive for a purchase, credit notes are negative.
--
-- vat_line_id: booking, code and tax object; of activities with one net tax rate the activity too
-- entry_id: the booking
-- first_line_id: first journal row
-- booked_on: booking date, of a payment the day it was paid; the date that decides the period
-- supplied_on: date of the document, the best bexio knows of the supply, else the booking date
-- document_id: document
-- document_no: its number
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
-- contact_id: customer or supplier
-- contact_name: its name
-- contact_country: ISO code of its country
-- contact_is_domestic: Switzerland or Liechtenstein; null where unknown
-- contact_vat_number: its Swiss VAT number where known
-- description: text of the first row
-- account_nos: accounts the base stands on, separated by blanks
-- currency: booking currency
-- tax_id: tax object; null where the code is unknown
-- tax_code: code
-- ziffer: box or boxes the code reaches; null where the code is unknown
-- rate: percent
-- printed_rate: percent printed beside the code
-- tax_kind: bexio's type of the code
-- direction: output, input, acquisition, customs or none
-- net: taxable base in CHF
-- tax: booked tax in CHF; of acquisition tax the part that is owed
-- input_tax: booked tax that is deducted: the input leg of acquisition tax, tax itself for input and customs, else 0
-- gross: net plus tax; of acquisition tax the net, which is what the supplier is owed
-- expected_tax: net × rate, rounded to the Rappen; null for import tax, whose base bexio does not know
-- base_rows: number of net rows
-- tax_rows: number of VAT rows
-- evidence: the weakest evidence of its rows: document, manual_entry, export, derived
-- net_rate: percent of gross turnover that is owed (net tax rates), else null
-- activity: activity of mandate.toml whose net tax rate it is; where several have this rate, the one of the account
-- is_deferred: a document of a year with collected consideration: reaches no box until it is paid
with leg as not materialized (
    select
        p.vat_line_id, p.entry_id, p.tax_id, p.tax_code, p.ziffer, p.tax_rate, p.tax_kind, p.direction, p.line_id,
        p.booked_on, p.document_id, p.document_no, p.kind, p.contact_id, p.contact_name, p.contact_country,
        p.contact_is_domestic, p.contact_vat_number, p.description, p.currency, p.account_no, p.vat_role, p.evidence,
        y.activity,
        case
            when p.vat_role = 'base' and p.direction = 'output' then -p.amount
            when p.vat_role = 'base' then p.amount
            else 0
        end as net,
        case
            when p.vat_role <> 'tax' or p.kind = 'payment' and p.account_no in ('1172', '2202') then 0
            when p.direction = 'output' then -p.amount
            when p.direction = 'acquisition' then case when p.account_type = 'liability' then -p.amount else 0 end
            else p.amount
        end as tax,
        case
            when p.vat_role <> 'tax' or p.direction in ('output', 'none')
                 or p.kind = 'payment' and p.account_no in ('1172', '2202') then 0
            when p.direction = 'acquisition' then case when p.account_type = 'asset' then p.amount else 0 end
            else p.amount
        end as input_tax
    from      posting p
    left join tax_code t on t.tax_id = p.tax_id
    left join derivation.shared_rate y on y.account_no = p.account_no and y.rate = t.net_rate
    where p.vat_line_id is not null and p.is_tax_side
    -- moved tax comes with the share of its base
    and   not (p.is_moved_tax and p.entry_id in (select entry_id from collection))
    union all by name
    select
        c.entry_id || '|' || t.code || '|' || c.tax_id || coalesce('|' || y.activity_no, '') as vat_line_id, c.entry_id,
        c.tax_id, t.code as tax_code, t.ziffer,
        t.rate as tax_rate, t.kind as tax_kind, t.direction, c.first_line_id as line_id, c.paid_on as booked_on,
        c.document_id, d.document_no, 'payment' as kind, d.contact_id, d.contact_name, d.contact_country,
        d.contact_is_domestic, d.contact_vat_number, d.title as description, d.currency, c.account_no, 'base' as vat_role,
        c.evidence, y.activity, case when t.direction = 'output' then -c.net else c.net end as net, c.tax, c.input_tax
    from      collection c
    join      tax_code t on t.tax_id = c.tax_id
    left join document d on d.document_id = c.document_id
    left join derivation.shared_rate y on y.account_no = c.account_no and y.rate = t.net_rate
),
summed as (
    select
        vat_line_id, entry_id, tax_id, tax_code, ziffer, tax_rate, tax_kind, direction,
        min(line_id) as first_line_id, min(booked_on) as booked_on, max(document_id) as document_id,
        max(document_no) as document_no, max(kind) as kind, max(contact_id) as contact_id,
        max(contact_name) as contact_name, max(contact_country) as contact_country,
        bool_and(contact_is_domestic) as contact_is_domestic, max(contact_vat_number) as contact_vat_number,
        arg_min(description, line_id) as description, max(currency) as currency,
        array_to_string(list_sort(list_distinct(list(account_no) filter (vat_role = 'base'))), ' ') as account_nos,
        sum(net) as net, sum(tax) as tax, sum(input_tax) as input_tax, max(activity) as activity,
        count(*) filter (kind = 'payment' and vat_role = 'base' and (tax <> 0 or input_tax <> 0)) as collected_rows,
        case max(case evidence when 'derived' then 3 when 'export' then 2 when 'manual_entry' then 1 else 0 end)
            when 3 then 'derived' when 2 then 'export' when 1 then 'manual_entry' else 'document'
        end as evidence
    from     leg
    group by all
),
-- counted by themselves: distinct counts beside other sums do not fit into the memory of large books
counted as (
    select
        vat_line_id, count(*) filter (vat_role = 'base') as base_rows, count(*) filter (vat_role = 'tax') as tax_rows
    from     (select distinct vat_line_id, line_id, vat_role from leg)
    group by vat_line_id
),
printed as (
    select vat_line_id, max(printed_rate) as printed_rate
    from     journal_line
    where    vat_line_id is not null
    group by vat_line_id
)
select
    s.vat_line_id,
    s.entry_id,
    s.first_line_id,
    s.booked_on,
    coalesce(d.dated_on, s.booked_on)                          as supplied_on,
    s.document_id,
    s.document_no,
    s.kind,
    s.contact_id,
    s.contact_name,
    s.contact_country,
    s.contact_is_domestic,
    s.contact_vat_number,
    s.description,
    s.account_nos,
    s.currency,
    s.tax_id,
    s.tax_code,
    s.ziffer,
    s.tax_rate                                                 as rate,
    p.printed_rate,
    s.tax_kind,
    s.direction,
    cast(s.net as decimal(18, 2))                              as net,
    cast(s.tax as decimal(18, 2))                              as tax,
    cast(s.input_tax as decimal(18, 2))                        as input_tax,
    cast(case when s.direction = 'acquisition' then s.net else s.net + s.tax end as decimal(18, 2)) as gross,
    -- net tax rates are owed on gross turnover and booked on no document
    case when s.direction <> 'customs' and s.tax_kind not like '%net_tax' then tax_on(s.net, s.tax_rate) end
        as expected_tax,
    n.base_rows,
    n.tax_rows + s.collected_rows                              as tax_rows,
    s.evidence,
    t.net_rate,
    coalesce(s.activity, t.activity)                           as activity,
    s.kind in ('invoice', 'bill', 'credit_note') and coalesce(y.basis = 'collected', false) as is_deferred
from      summed s
join      counted n on n.vat_line_id = s.vat_line_id
left join tax_code t on t.tax_id = s.tax_id
left join vat_status y on y.year = year(s.booked_on)
left join document d on d.document_id = s.document_id and d.kind in ('invoice', 'bill', 'expense')
left join printed p  on p.vat_line_id = s.vat_line_id
