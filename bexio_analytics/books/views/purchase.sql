-- One purchase: a booking that brings cost or an asset against a payable, money or a credit card.
-- grain: one booking; key: entry_id
--
-- entry_id: the booking
-- first_line_id: first journal row
-- booked_on: booking date
-- kind: bill, expense, manual_entry, export or other
-- document_id: document
-- document_no: its number
-- supplier_ref: the supplier's own number: reference of the bill, of the manual entry or of the export
-- supplier_number: its letters and digits alone, upper case; null where there is none
-- number_without_addition: the same without an addition at its end, such as -1, A or /2026; null where it has none
-- contact_id: supplier
-- contact_name: its name
-- description: text of the first row
-- account_no: cost or asset account of the largest amount
-- contra_account_no: payable, money or credit card account
-- gross: CHF owed or paid
-- tax: input tax in it, CHF
with cost as (
    select p.entry_id, arg_max(p.account_no, p.amount) as account_no,
           arg_max(p.contra_account_no, p.amount) as contra_account_no, sum(p.amount) as net
    from     posting p
    join     account a on a.account_no = p.account_no
    join     account c on c.account_no = p.contra_account_no
    where    p.side = 'debit' and not p.is_vat_row and not p.is_opening and not p.is_closing and not p.is_rounding
    and      (a.account_type = 'expense' or a.is_fixed_asset or a.account_no between '1200' and '1299'
              or p.kind = 'bill' and not (a.is_money or a.is_payable or a.is_receivable))
    and      not (a.account_no between '5000' and '5799' or a.account_no between '6800' and '6899')
    and      (c.is_payable or c.is_money or c.account_no between '2100' and '2199')
    and      p.kind <> 'payment'
    group by p.entry_id
),
tax as (
    select p.entry_id, sum(p.amount) as tax
    from     posting p
    join     account a on a.account_no = p.account_no and a.is_vat and a.account_type = 'asset'
    join     account c on c.account_no = p.contra_account_no and not c.is_vat
    where    p.is_vat_row and not p.is_settlement
    group by p.entry_id
)
select
    e.entry_id,
    e.first_line_id,
    e.booked_on,
    e.kind,
    e.document_id,
    e.document_no,
    r.supplier_ref,
    nullif(upper(regexp_replace(r.supplier_ref, '[^0-9A-Za-z]', '', 'g')), '') as supplier_number,
    upper(regexp_replace(nullif(regexp_extract(r.supplier_ref, '^(.*[0-9A-Za-z].*[0-9])([-/ ._][0-9A-Za-z]{1,4}|[A-Za-z])$', 1), ''),
                         '[^0-9A-Za-z]', '', 'g'))             as number_without_addition,
    d.contact_id,
    d.contact_name,
    e.description,
    c.account_no,
    c.contra_account_no,
    cast(c.net + coalesce(t.tax, 0) as decimal(18, 2))         as gross,
    cast(coalesce(t.tax, 0) as decimal(18, 2))                 as tax
from      cost c
join      journal_entry e using (entry_id)
left join tax t using (entry_id)
left join document d on d.document_id = e.document_id
cross join lateral (
    select coalesce(d.supplier_ref, case when e.kind in ('manual_entry', 'export') then e.document_no end) as supplier_ref
) r
