-- The till, day by day.
-- grain: one cash account × day with a movement; key: account_no, booked_on
--
-- account_no: cash account
-- account_name: its name
-- booked_on: day
-- movement: debit minus credit of the day in CHF, without rows carried forward
-- balance: balance at the end of the day in CHF; the order of entries inside a day does not matter
with carried as (
    -- a till is carried forward once a year: from then on the balance begins anew
    select account_no, year(booked_on) as year
    from   posting
    where  is_opening
    group  by all
),
day as (
    select
        p.account_no, p.account_name, p.booked_on,
        sum(case when p.is_opening then 0 else p.amount end) as movement,
        sum(p.amount) as change,
        max(coalesce(c.year, 0)) as carried_year
    from      posting p
    join      account a on a.account_no = p.account_no and a.is_cash
    left join carried c on c.account_no = p.account_no and c.year = year(p.booked_on)
    where     not p.is_closing
    group     by p.account_no, p.account_name, p.booked_on
)
select
    account_no,
    account_name,
    booked_on,
    cast(movement as decimal(18, 2))                           as movement,
    cast(sum(change) over (
        partition by account_no, case when carried_year > 0 then carried_year else carried_before end order by booked_on
    ) as decimal(18, 2))                                       as balance
from (
    select *, max(carried_year) over (partition by account_no order by booked_on) as carried_before from day
)
