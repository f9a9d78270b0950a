-- A posting that is turnover: by its account, whatever its code says, or sold from another account with a sales code.
-- grain: one leg; key: posting_id
--
-- Without VAT rows, carry-forward and closing rows, exchange differences, reclassifications between turnover accounts,
-- and uncoded accruals against prepaid and deferred items. The second kind are disposals of assets and private shares
-- (Art. 128 para. 2 MWSTV); flows that are no consideration are those whose box is 900 or 910.
--
-- posting_id: journal row and side
-- line_id: the journal row
-- entry_id: the booking
-- booked_on: booking date
-- side: debit or credit
-- account_no: turnover account
-- account_name: its name
-- contra_account_no: account of the other leg
-- amount: CHF, debit positive
-- turnover: CHF, positive for a sale
-- description: text
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
-- document_id: document
-- document_no: its number
-- contact_name: customer
-- contact_country: ISO code of its country
-- tax_code: code; null where there is none
-- ziffer: box or boxes the code reaches
-- tax_rate: percent
-- direction: output, input, acquisition, customs or none
-- evidence: where the code comes from
select
    p.posting_id,
    p.line_id,
    p.entry_id,
    p.booked_on,
    p.side,
    p.account_no,
    p.account_name,
    p.contra_account_no,
    p.amount,
    cast(-p.amount as decimal(18, 2))                          as turnover,
    p.description,
    p.kind,
    p.document_id,
    p.document_no,
    p.contact_name,
    p.contact_country,
    p.tax_code,
    p.ziffer,
    p.tax_rate,
    p.direction,
    p.evidence
from posting p
join account a on a.account_no = p.account_no
join account c on c.account_no = p.contra_account_no
where not p.is_vat_row and not p.is_opening and not p.is_closing and not p.is_settlement
and   c.account_type <> 'closing' and not c.is_vat and not c.needs_sales_code
and   case
          when a.needs_sales_code
              then c.account_no not in ('6949', '6999')
                   and not (p.tax_code is null and (c.account_no between '1300' and '1399'
                                                    or c.account_no between '2300' and '2399'))
          else p.is_tax_side and p.vat_role = 'base' and p.direction = 'output' and p.side = 'credit'
               and coalesce(p.ziffer, '000') not in ('', '000')
      end
