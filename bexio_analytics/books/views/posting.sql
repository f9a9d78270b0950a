-- One leg of a journal row: an account and a signed amount.
-- grain: one leg; key: posting_id
--
-- posting_id: journal row and side, such as 6168:debit
-- line_id: the journal row
-- entry_id: the booking
-- booked_on: booking date
-- side: debit or credit
-- account_no: account
-- account_name: its name
-- account_type: revenue, expense, asset, liability or closing
-- contra_account_no: account of the other leg
-- amount: CHF, debit positive
-- amount_fc: booking currency, debit positive
-- currency: booking currency
-- description: text
-- reference: reference (exports only)
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
-- document_id: document
-- document_no: its number
-- contact_id: customer or supplier
-- contact_name: its name
-- contact_country: ISO code of its country
-- contact_is_domestic: Switzerland or Liechtenstein; null where unknown
-- contact_vat_number: its Swiss VAT number where known
-- tax_id: tax object
-- tax_code: code
-- ziffer: box or boxes the code reaches
-- tax_rate: percent
-- tax_kind: bexio's type of the code
-- direction: output, input, acquisition, customs or none
-- vat_role: base or tax where a code is known
-- evidence: where the code comes from, none where there is no code
-- vat_line_id: the VAT line
-- is_tax_side: the leg the code applies to (of a net row: the revenue, expense or asset; of a VAT row: the VAT account)
-- is_vat_row: the row touches a VAT account
-- is_opening: carried forward
-- is_closing: closing of the year
-- is_settlement: VAT handed over to the settlement account
-- is_rounding: rounding of an invoice total
-- is_moved_tax: tax between a clearing account and a VAT account (collected consideration)
with leg as (
    select *, 'debit' as side, debit_account_no as account_no, credit_account_no as contra_account_no, 1 as sign
    from   journal_line
    union all by name
    select *, 'credit' as side, credit_account_no as account_no, debit_account_no as contra_account_no, -1 as sign
    from   journal_line
),
weighed as (
    select
        l.*, a.name as account_name, a.account_type, a.is_vat, c.tax_side,
        -- what a code can apply to, best first: its own side of profit and loss, an asset bought or sold, anything but money
        case
            when l.direction = 'output' and a.account_type = 'revenue' then 1
            when l.direction <> 'output' and a.account_type = 'expense' then 1
            when a.account_type in ('revenue', 'expense') then 2
            when a.is_fixed_asset then 3
            when not (a.is_money or a.is_receivable or a.is_payable) then 4
            else 5
        end as preference
    from      leg l
    join      account a on a.account_no = l.account_no
    left join derivation.coded_row c on c.line_id = l.line_id
)
select
    line_id || ':' || side                                     as posting_id,
    line_id,
    entry_id,
    booked_on,
    side,
    account_no,
    account_name,
    account_type,
    contra_account_no,
    cast(sign * amount as decimal(18, 2))                      as amount,
    cast(sign * amount_fc as decimal(18, 2))                   as amount_fc,
    currency,
    description,
    reference,
    kind,
    document_id,
    document_no,
    contact_id,
    contact_name,
    contact_country,
    contact_is_domestic,
    contact_vat_number,
    tax_id,
    tax_code,
    ziffer,
    tax_rate,
    tax_kind,
    direction,
    vat_role,
    evidence,
    vat_line_id,
    case
        when vat_role is null then false
        -- tax moved from a clearing account: the account it is moved to
        when vat_role = 'tax' then is_vat and (account_no not in ('1172', '2202') or not is_moved_tax)
        when tax_side is not null then tax_side = side
        else row_number() over (
            partition by line_id
            order by preference, (side = 'credit') = (direction = 'output') desc, side
        ) = 1
    end                                                        as is_tax_side,
    is_vat_row,
    is_opening,
    is_closing,
    is_settlement,
    is_rounding,
    is_moved_tax
from weighed
