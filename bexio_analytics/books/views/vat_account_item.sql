-- One posting on a VAT account, and what explains it: the rows behind the reconciliation of Ziffern and VAT accounts.
-- grain: one posting; key: posting_id
--
-- Rows explained as other are what the reconciliation has to find: VAT that no tax code declares. Of 1170, 1171, 1173 and
-- 1174 the coded rows of a Ziffer are the input tax that the return declares (Art. 128 para. 3 MWSTV).
--
-- posting_id: journal row and side
-- line_id: the journal row
-- entry_id: the booking
-- booked_on: booking date
-- account_no: VAT account
-- account_name: its name
-- contra_account_no: account of the other leg
-- is_input: an input tax account
-- ziffer: box of the return that its code reaches here (301 to 420); null where there is none
-- amount: CHF, signed as the account is: input tax accounts debit positive, output tax accounts credit positive
-- explained: coded (a tax code that reaches a box), settlement (handed over, and all rows of 2201), other, opening, closing
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
-- document_id: document
-- document_no: its number
-- contact_name: customer or supplier
-- description: text
-- tax_code: code; null where there is none
-- evidence: where the code comes from
with item as (
    select
        p.*, p.account_type = 'asset' as is_input,
        coalesce(p.vat_role = 'tax' and coalesce(p.ziffer, '000') not in ('', '000'), false) as is_coded
    from posting p
    join account a on a.account_no = p.account_no and a.is_vat
)
select
    posting_id, line_id, entry_id, booked_on, account_no, account_name, contra_account_no, is_input,
    case
        when not is_coded then null
        when direction = 'acquisition' and not is_input then ziffer
        when direction = 'acquisition' then case when tax_kind like '%material' then '400' else '405' end
        else string_split(ziffer, '.')[-1]
    end                                                        as ziffer,
    cast(case when is_input then amount else -amount end as decimal(18, 2)) as amount,
    case
        when is_closing then 'closing'
        when is_opening then 'opening'
        when is_coded then 'coded'
        when is_settlement or account_no = '2201' then 'settlement'
        else 'other'
    end                                                        as explained,
    kind, document_id, document_no, contact_name, description, tax_code, evidence
from item
