-- One document: what a booking rests on.
-- grain: one document; key: document_id
--
-- document_id: kind and bexio's id, such as invoice:12 or bill:64bf865d-…
-- kind: invoice, bill, expense, manual_entry or credit_note
-- document_no: number as printed; the supplier's reference of a bill is supplier_ref
-- supplier_ref: the supplier's own invoice number (bills)
-- dated_on: date of the document
-- due_on: due date
-- contact_id: customer or supplier
-- contact_name: its name, on a bill as the bill states it
-- contact_country: ISO code of its country
-- contact_is_domestic: Switzerland or Liechtenstein; null where unknown
-- contact_vat_number: its Swiss VAT number where known
-- title: title
-- currency: currency of net, tax and gross
-- net: total without VAT, in the document's currency
-- tax: VAT
-- gross: total including VAT (a bill with acquisition tax: what the supplier is owed)
-- has_vat: bexio computed VAT on it (an invoice of mwst_type 1 or 2 reaches no box, whatever code stands on it)
-- status: bexio's status
-- is_booked: stands in the journal (no draft, not cancelled)
-- attachments: number of files; null where bexio does not say
with raw_document as (
    select
        'invoice:' || i.id as document_id, 'invoice' as kind, i.document_nr as document_no, null as supplier_ref,
        i.is_valid_from as dated_on, i.is_valid_to as due_on, i.contact_id, null as contact_name, null as country,
        i.title, c.name as currency, i.total_net as net, i.total_taxes as tax, i.total as gross,
        i.mwst_type = 0 as has_vat, cast(i.kb_item_status_id as varchar) as status,
        i.kb_item_status_id in (8, 9, 16, 31) as is_booked, null as attachments
    from      snapshot.invoice i
    left join snapshot.currency c on c.id = i.currency_id
    union all by name
    select
        'bill:' || b.id as document_id, 'bill' as kind, b.document_no, b.vendor_ref as supplier_ref,
        b.bill_date as dated_on, b.due_date as due_on, b.supplier_id as contact_id,
        trim(coalesce(b.lastname_company, '') || ' ' || coalesce(b.firstname_suffix, '')) as contact_name,
        b.country_code as country, b.title, b.currency_code as currency,
        g.gross - g.tax as net, g.tax + g.acquisition_tax as tax, g.gross, true as has_vat, b.status,
        b.status <> 'DRAFT' as is_booked, json_array_length(b.attachment_ids) as attachments
    from snapshot.bill b
    left join (
        -- acquisition tax is not owed to the supplier: it is part of neither net nor gross
        select
            l.bill_id,
            sum(case when t.type like 'pre_regards%' then 0 else coalesce(l.tax_calc, 0) end) as tax,
            sum(case when t.type like 'pre_regards%' then coalesce(l.tax_calc, 0) else 0 end) as acquisition_tax,
            any_value(coalesce(b.amount_man, b.amount_calc)) as gross
        from      snapshot.bill_line l
        join      snapshot.bill b on b.id = l.bill_id
        left join snapshot.tax t on t.id = l.tax_id
        group by  l.bill_id
    ) g on g.bill_id = b.id
    union all by name
    select
        'expense:' || e.id as document_id, 'expense' as kind, e.document_no, null as supplier_ref,
        e.paid_on as dated_on, e.paid_on as due_on, e.supplier_id as contact_id,
        nullif(trim(coalesce(e.lastname_company, '') || ' ' || coalesce(e.firstname_suffix, '')), '') as contact_name,
        null as country, e.title, e.currency_code as currency,
        e.amount - coalesce(e.tax_man, e.tax_calc, 0) as net, coalesce(e.tax_man, e.tax_calc, 0) as tax,
        e.amount as gross, true as has_vat, e.status, e.status = 'DONE' as is_booked,
        json_array_length(e.attachment_ids) as attachments
    from snapshot.expense e
    union all by name
    select
        'manual_entry:' || m.id as document_id, 'manual_entry' as kind, m.reference_nr as document_no,
        null as supplier_ref, m.date as dated_on, null as due_on, null as contact_id, null as contact_name,
        null as country, any_value(l.description) as title, any_value(c.name) as currency, null as net, null as tax,
        sum(l.amount) as gross, true as has_vat, m.type as status, true as is_booked, null as attachments
    from      snapshot.manual_entry m
    join      snapshot.manual_entry_line l on l.manual_entry_id = m.id
    left join snapshot.currency c on c.id = l.currency_id
    group by  m.id, m.reference_nr, m.date, m.type
    union all by name
    select
        'credit_note:' || j.ref_id as document_id, 'credit_note' as kind, any_value(p.credit_voucher_text) as document_no,
        null as supplier_ref, min(j.date) as dated_on, null as due_on, any_value(i.contact_id) as contact_id,
        null as contact_name, null as country, any_value(j.description) as title, any_value(j.currency) as currency,
        null as net, null as tax, sum(j.amount) as gross, true as has_vat, null as status, true as is_booked,
        null as attachments
    from      snapshot.journal j
    left join snapshot.invoice_payment p on p.credit_voucher_id = j.ref_id
    left join snapshot.invoice i on i.id = p.invoice_id
    where     j.ref_class = 'KbCreditVoucher'
    group by  j.ref_id
)
select
    d.document_id,
    d.kind,
    d.document_no,
    d.supplier_ref,
    d.dated_on,
    d.due_on,
    d.contact_id,
    coalesce(nullif(d.contact_name, ''), c.name)               as contact_name,
    coalesce(c.country, d.country)                             as contact_country,
    coalesce(c.country, d.country) in ('CH', 'LI')             as contact_is_domestic,
    c.vat_number                                               as contact_vat_number,
    d.title,
    d.currency,
    cast(d.net as decimal(18, 2))                              as net,
    cast(d.tax as decimal(18, 2))                              as tax,
    cast(d.gross as decimal(18, 2))                            as gross,
    d.has_vat,
    d.status,
    d.is_booked,
    d.attachments
from      raw_document d
left join contact c on c.contact_id = d.contact_id
