-- One VAT account and month: what moved on it, and how much of it a tax code explains.
-- grain: one VAT account × month; key: account_no, month_start
--
-- opening + coded_tax + settlement + other = closing. Amounts are signed as the account is: input tax accounts debit
-- positive, output tax accounts credit positive.
--
-- account_no: VAT account
-- account_name: its name
-- month_start: first day of the month
-- ziffern: boxes its coded rows reach, separated by blanks
-- opening: balance at the start of the month in CHF
-- coded_tax: booked tax of rows with a tax code that reaches a box
-- settlement: rows that hand the tax over to the settlement account, and all rows of that account itself
-- other: rows without such a code; 0.00 in clean books
-- closing: balance at the end of the month
with moved as (
    select
        account_no, cast(date_trunc('month', booked_on) as date) as month_start,
        sum(amount) filter (explained = 'coded')               as coded_tax,
        sum(amount) filter (explained = 'settlement')          as settlement,
        sum(amount) filter (explained = 'other')               as other,
        array_to_string(list_sort(list_distinct(list(ziffer) filter (ziffer is not null))), ' ') as ziffern
    from     vat_account_item
    where    explained <> 'closing'
    group by account_no, month_start
)
select
    b.account_no,
    a.name                                                     as account_name,
    b.month_start,
    coalesce(m.ziffern, '')                                    as ziffern,
    cast(case when a.account_type = 'asset' then b.balance - b.movement else b.movement - b.balance end
        as decimal(18, 2))                                     as opening,
    cast(coalesce(m.coded_tax, 0) as decimal(18, 2))           as coded_tax,
    cast(coalesce(m.settlement, 0) as decimal(18, 2))          as settlement,
    cast(coalesce(m.other, 0) as decimal(18, 2))               as other,
    cast(case when a.account_type = 'asset' then b.balance else -b.balance end as decimal(18, 2)) as closing
from      balance b
join      account a on a.account_no = b.account_no and a.is_vat
left join moved m on m.account_no = b.account_no and m.month_start = b.month_start
