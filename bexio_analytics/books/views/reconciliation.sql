-- The return held against the VAT accounts: what moved on each account, and how much of it a tax code explains.
-- grain: one period × VAT account; key: period_id, account_no
--
-- opening + coded_tax + settlement + other = closing. Amounts are signed as the account is: input tax accounts debit
-- positive, output tax accounts credit positive.
--
-- period_id: VAT period
-- account_no: VAT account
-- account_name: its name
-- ziffern: boxes its coded rows reach, separated by blanks
-- opening: balance at the start of the period
-- coded_tax: booked tax of rows with a tax code
-- settlement: rows that hand the tax over to the settlement account, and payments of the settlement account
-- other: rows without tax code; 0.00 in clean books
-- closing: balance at the end of the period
select
    p.period_id,
    m.account_no,
    any_value(m.account_name)                                  as account_name,
    array_to_string(list_filter(list_sort(list_distinct(flatten(list(string_split(m.ziffern, ' '))))), lambda z : z <> ''), ' ')
                                                               as ziffern,
    arg_min(m.opening, m.month_start)                          as opening,
    cast(sum(m.coded_tax) as decimal(18, 2))                   as coded_tax,
    cast(sum(m.settlement) as decimal(18, 2))                  as settlement,
    cast(sum(m.other) as decimal(18, 2))                       as other,
    arg_max(m.closing, m.month_start)                          as closing
from     vat_account_month m
join     vat_period p on m.month_start between p.start_on and p.end_on
group by p.period_id, m.account_no
