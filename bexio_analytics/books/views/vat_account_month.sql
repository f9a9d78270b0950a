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
with signed as (
    select
        p.account_no, cast(date_trunc('month', p.booked_on) as date) as month_start,
        case when p.account_type = 'asset' then p.amount else -p.amount end as amount,
        p.vat_role = 'tax' and coalesce(p.ziffer, '000') not in ('', '000') as is_coded,
        p.is_settlement or p.account_no = '2201' as is_settlement,
        p.is_opening,
        case
            when p.direction = 'acquisition' and p.account_type = 'liability' then p.ziffer
            when p.direction = 'acquisition' then case when p.tax_kind like '%material' then '400' else '405' end
            else string_split(p.ziffer, '.')[-1]
        end as ziffer
    from  posting p
    join  account a on a.account_no = p.account_no and a.is_vat
    where not p.is_closing
),
moved as (
    select
        account_no, month_start,
        sum(amount) filter (is_coded) as coded_tax,
        sum(amount) filter (not coalesce(is_coded, false) and is_settlement and not is_opening) as settlement,
        sum(amount) filter (not coalesce(is_coded, false) and not is_settlement and not is_opening) as other,
        array_to_string(list_sort(list_distinct(list(ziffer) filter (is_coded))), ' ') as ziffern
    from     signed
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
