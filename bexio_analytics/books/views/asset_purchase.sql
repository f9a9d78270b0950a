-- A fixed asset bought with deduction of input tax.
-- grain: one leg; key: posting_id
--
-- posting_id: journal row and side
-- line_id: the journal row
-- booked_on: booking date
-- account_no: asset account
-- account_name: its name
-- net: CHF without VAT
-- tax: input tax in CHF
-- yearly_percent: what a year of use takes off the input tax (20 of movables and intangibles, 5 of property)
-- description: text
select
    p.posting_id, p.line_id, p.booked_on, p.account_no, p.account_name, p.amount as net,
    tax_on(p.amount, p.tax_rate)                               as tax,
    l.rate                                                     as yearly_percent,
    p.description
from  posting p
join  account a on a.account_no = p.account_no and a.is_fixed_asset
join  law.lump_sum l on l.name = if(p.account_no between '1600' and '1699', 'use_of_immovables', 'use_of_movables')
                    and p.booked_on between l.valid_from and l.valid_till
where p.is_tax_side and p.vat_role = 'base' and p.direction = 'input' and p.amount > 0
and   p.tax_rate > 0 and p.tax_rate < 100 and not p.is_opening and not p.is_closing
