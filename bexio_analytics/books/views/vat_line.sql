-- One taxable base: what a booking says under one tax code.
-- grain: one booking × tax code; key: vat_line_id
--
-- Turnover is positive for a sale, cost and input tax are positive for a purchase, credit notes are negative.
--
-- vat_line_id: booking, code and tax object
-- entry_id: the booking
-- first_line_id: first journal row
-- booked_on: booking date; the date that decides the period (agreed consideration)
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
with leg as (
    select
        p.*,
        case
            when p.vat_role = 'base' and p.direction = 'output' then -p.amount
            when p.vat_role = 'base' then p.amount
            else 0
        end as net,
        case
            when p.vat_role <> 'tax' then 0
            when p.direction = 'output' then -p.amount
            when p.direction = 'acquisition' then case when p.account_type = 'liability' then -p.amount else 0 end
            else p.amount
        end as tax,
        case
            when p.vat_role <> 'tax' or p.direction in ('output', 'none') then 0
            when p.direction = 'acquisition' then case when p.account_type = 'asset' then p.amount else 0 end
            else p.amount
        end as input_tax
    from  posting p
    where p.vat_line_id is not null and p.is_tax_side
),
summed as (
    select
        vat_line_id, entry_id, tax_id, tax_code, ziffer, tax_rate, tax_kind, direction,
        min(line_id) as first_line_id, min(booked_on) as booked_on, any_value(document_id) as document_id,
        any_value(document_no) as document_no, any_value(kind) as kind, any_value(contact_id) as contact_id,
        any_value(contact_name) as contact_name, any_value(contact_country) as contact_country,
        any_value(contact_is_domestic) as contact_is_domestic, any_value(contact_vat_number) as contact_vat_number,
        arg_min(description, line_id) as description, any_value(currency) as currency,
        array_to_string(list_sort(list_distinct(list(account_no) filter (vat_role = 'base'))), ' ') as account_nos,
        sum(net) as net, sum(tax) as tax, sum(input_tax) as input_tax,
        count(distinct line_id) filter (vat_role = 'base') as base_rows,
        count(distinct line_id) filter (vat_role = 'tax') as tax_rows,
        case max(case evidence when 'derived' then 3 when 'export' then 2 when 'manual_entry' then 1 else 0 end)
            when 3 then 'derived' when 2 then 'export' when 1 then 'manual_entry' else 'document'
        end as evidence
    from     leg
    group by all
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
    case when s.direction <> 'customs' then tax_on(s.net, s.tax_rate) end
        as expected_tax,
    s.base_rows,
    s.tax_rows,
    s.evidence
from      summed s
left join document d on d.document_id = s.document_id and d.kind in ('invoice', 'bill', 'expense')
left join printed p  on p.vat_line_id = s.vat_line_id
