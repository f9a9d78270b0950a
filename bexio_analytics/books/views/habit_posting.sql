-- A posting of cost, revenue or an asset, with whom it was done and how it is taxed, so that what is usual can be told.
-- The kind of tax leaves out the rate of an era: UN77 and UN81 are the same habit. Closing entries, accruals, wages,
-- depreciation and transfers within profit and loss are not in it.
-- grain: one leg; key: posting_id
--
-- posting_id: journal row and side
-- line_id: the journal row
-- entry_id: the booking
-- booked_on: booking date
-- account_no: account of cost, revenue or asset
-- account_name: its name
-- account_type: revenue, expense, asset, liability or closing
-- contra_account_no: account of the other leg
-- partner: contact, else the words of the text without its numbers; null where there are neither
-- partner_name: name of the contact, else the text
-- tax_habit: none, or direction and class of rate (input normal, output reduced, …), or direction and box of a zero rate
-- tax_code: code
-- tax_rate: percent
-- direction: output, input, acquisition, customs or none
-- amount: CHF, debit positive
-- gross: CHF with the tax of the code, positive for a sale or purchase and negative for its reversal
-- tax: CHF that the code makes owed (+) or deductible (-); acquisition tax comes to nothing
-- is_domestic: the contact is in Switzerland or Liechtenstein, or where it is is not known
-- document_id: document
-- document_no: its number
-- contact_name: customer or supplier
-- description: text
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
with worded as (
    select *, cast(if(direction = 'output' or account_type = 'revenue', -amount, amount) as decimal(18, 2)) as net,
        trim(regexp_replace(lower(coalesce(description, '')), '[^a-zäöüéèàçâêîôûœßñ]+', ' ', 'g')) as words
    from   posting
)
select
    p.posting_id, p.line_id, e.entry_id, p.booked_on, p.account_no, p.account_name, p.account_type, p.contra_account_no,
    coalesce('contact ' || p.contact_id, case when length(p.words) >= 4 then p.words end) as partner,
    coalesce(p.contact_name, p.description)                    as partner_name,
    case
        when p.tax_code is null or p.tax_rate = 0 and coalesce(p.ziffer, '000') = '000' then 'none'
        -- goods exported and services abroad are told apart by E11
        when p.tax_rate = 0 and p.ziffer in ('220', '221') then 'output abroad'
        when p.tax_rate = 0 then p.direction || ' ' || p.ziffer
        when p.tax_rate >= 100 then 'customs'
        when p.tax_rate >= 6 then p.direction || ' normal'
        when p.tax_rate >= 3 then p.direction || ' accommodation'
        else p.direction || ' reduced'
    end                                                        as tax_habit,
    p.tax_code, p.tax_rate, p.direction, p.amount,
    p.net + if(p.direction in ('output', 'input'), tax_on(p.net, coalesce(p.tax_rate, 0)), 0) as gross,
    cast(tax_on(p.net, coalesce(p.tax_rate, 0)) * case p.direction when 'output' then 1 when 'input' then -1 else 0 end
        as decimal(18, 2))                                     as tax,
    coalesce(p.contact_is_domestic, true)                      as is_domestic,
    p.document_id, p.document_no, p.contact_name, p.description, p.kind
from      worded p
join      journal_line e on e.line_id = p.line_id
join      account a on a.account_no = p.account_no
join      account c on c.account_no = p.contra_account_no
where     not p.is_vat_row and not p.is_opening and not p.is_closing and not p.is_rounding
and       (p.is_tax_side and p.vat_role = 'base'
           or p.tax_code is null and (a.account_type in ('revenue', 'expense') or a.is_fixed_asset)
              and c.account_type in ('asset', 'liability') and p.kind <> 'payment')
and       a.account_no[:2] not in ('50', '51', '52', '54', '57', '68', '89') and c.account_no[:2] not in ('13', '23')
