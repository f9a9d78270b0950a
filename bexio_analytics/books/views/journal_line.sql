-- One row of the journal: an amount debited to one account and credited to another. VAT is a row of its own.
-- grain: one journal row; key: line_id
--
-- line_id: bexio's id (an export without ids: a stable number derived from the row's content)
-- sequence: order in the journal as read
-- entry_id: the booking it belongs to
-- booked_on: booking date
-- debit_account_no: account debited
-- credit_account_no: account credited
-- description: text
-- reference: reference of the booking (exports only)
-- amount: amount in CHF
-- amount_fc: amount in the booking currency
-- currency: booking currency
-- currency_factor: CHF per unit of the booking currency, as booked
-- ref_class: bexio's class of the source, null for most rows
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
-- document_id: document it was booked from, where known
-- document_no: its number, else the reference
-- contact_id: customer or supplier
-- contact_name: its name
-- contact_country: ISO code of its country
-- contact_is_domestic: Switzerland or Liechtenstein; null where unknown
-- contact_vat_number: its Swiss VAT number where known
-- tax_id: tax object
-- tax_code: its code, or the code an export names
-- ziffer: box or boxes the code reaches
-- tax_rate: percent of the code
-- tax_kind: bexio's type of the code
-- direction: output, input, acquisition, customs or none
-- printed_rate: percent the export or the document line prints beside the code
-- vat_role: base (net row) or tax (VAT row) where a code is known
-- evidence: document, manual_entry, export or derived where a code is known, else none
-- vat_line_id: the VAT line it is part of
-- is_vat_row: touches a VAT account
-- is_opening: carried forward from the year before
-- is_closing: closing of the year
-- is_settlement: VAT handed over to the settlement account
-- is_rounding: rounding of an invoice total
-- is_moved_tax: tax that a payment moves between a clearing account (1172, 2202) and a VAT account
with printed as (
    -- the rate a document prints, where all its lines with this code print the same
    select l.document_id, l.tax_id, max(l.printed_rate) as printed_rate
    from     document_line l
    group by l.document_id, l.tax_id
    having   count(distinct l.printed_rate) = 1
)
select
    r.line_id,
    r.sequence,
    d.entry_id,
    r.booked_on,
    r.debit_account_no,
    r.credit_account_no,
    r.description,
    r.reference,
    r.amount,
    r.amount_fc,
    r.currency,
    r.currency_factor,
    r.ref_class,
    d.kind,
    d.document_id,
    coalesce(o.document_no, r.reference)                       as document_no,
    o.contact_id,
    o.contact_name,
    o.contact_country,
    o.contact_is_domestic,
    o.contact_vat_number,
    c.tax_id,
    c.tax_code,
    t.ziffer,
    t.rate                                                     as tax_rate,
    t.kind                                                     as tax_kind,
    t.direction,
    coalesce(r.export_tax_rate, p.printed_rate)                as printed_rate,
    c.vat_role,
    coalesce(c.evidence, 'none')                               as evidence,
    -- activities of one net tax rate are declared each by itself: their accounts tell them apart
    d.entry_id || '|' || c.tax_code || coalesce('|' || c.tax_id, '')
        || coalesce('|' || coalesce(ac.activity_no, ad.activity_no), '') as vat_line_id,
    r.is_vat_row,
    r.is_opening,
    r.is_closing,
    r.is_settlement and c.line_id is null                      as is_settlement,
    r.is_rounding,
    r.is_moved_tax
from      derivation.journal_row r
join      derivation.document_row d on d.line_id = r.line_id
left join derivation.coded_row c    on c.line_id = r.line_id
left join tax_code t                on t.tax_id = c.tax_id
left join document o                on o.document_id = d.document_id
left join printed p                 on p.document_id = d.document_id and p.tax_id = c.tax_id
left join derivation.shared_rate ac on ac.account_no = r.credit_account_no and ac.rate = t.net_rate
left join derivation.shared_rate ad on ad.account_no = r.debit_account_no and ad.rate = t.net_rate
