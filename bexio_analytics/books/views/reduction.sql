-- A reduction of consideration: discounts and rebates to customers (38xx) and from suppliers (49xx).
-- Losses on receivables (3805), accruals and transfers between two reductions are not in it.
-- grain: one leg; key: posting_id
--
-- posting_id: journal row and side
-- line_id: the journal row
-- booked_on: booking date
-- amount: CHF, debit positive: a discount to a customer is positive, one from a supplier negative
-- account_no: account of the reduction
-- account_name: its name
-- account_type: revenue or expense
-- contra_account_no: account of the other leg
-- is_sale: a reduction of sales
-- last_box: the last box the code names, empty without a box
-- tax_code: code
-- tax_rate: percent
-- direction: output, input, acquisition, customs or none
-- has_vat: false on a document on which bexio computed no VAT, and for contacts abroad
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
-- document_id: document
-- document_no: its number
-- contact_name: customer or supplier
-- description: text
select
    p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.account_type, p.contra_account_no,
    p.account_type = 'revenue'                                 as is_sale,
    string_split(coalesce(p.ziffer, ''), '.')[-1]              as last_box,
    p.tax_code, p.tax_rate, p.direction,
    coalesce(d.has_vat, true) and coalesce(p.contact_is_domestic, true) as has_vat,
    p.kind, p.document_id, p.document_no, p.contact_name, p.description
from      posting p
left join document d on d.document_id = p.document_id
where     (p.account_no between '3800' and '3899' and p.account_no[:4] <> '3805'
           or p.account_no between '4900' and '4999')
and       not p.is_vat_row and not p.is_opening and not p.is_closing
and       p.contra_account_no[:2] not in ('13', '23', '38', '49')
