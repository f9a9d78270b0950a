-- Movement and balance of every account by month.
-- grain: one account × month, for every month of the journal; key: account_no, month_start
--
-- Balances begin anew with the rows carried forward of a business year. Where a year has none yet, the balance of the
-- year before goes on for assets and liabilities and starts at zero for revenue and expense. Rows of the year-end
-- closing do not count.
--
-- account_no: account
-- month_start: first day of the month
-- movement: debit minus credit of the month in CHF, without rows carried forward
-- opening: rows carried forward in this month in CHF
-- balance: balance at the end of the month in CHF, debit positive
with month as (
    select cast(unnest(generate_series(
        date_trunc('month', min(booked_on)), date_trunc('month', max(booked_on)), interval 1 month
    )) as date) as month_start
    from journal_line
),
carried_year as (
    select distinct year(booked_on) as year from journal_line where is_opening
),
moved as (
    select
        p.account_no, cast(date_trunc('month', p.booked_on) as date) as month_start,
        sum(case when p.is_opening then 0 else p.amount end) as movement,
        sum(case when p.is_opening then p.amount else 0 end) as opening
    from     posting p
    where    not p.is_closing
    group by all
),
filled as (
    select
        a.account_no, a.account_type, m.month_start,
        coalesce(v.movement, 0) as movement, coalesce(v.opening, 0) as opening,
        max(case when c.year is not null or a.account_type in ('revenue', 'expense') then year(m.month_start) else 0 end)
            over (partition by a.account_no order by m.month_start) as balance_year
    from       account a
    cross join month m
    left join  moved v on v.account_no = a.account_no and v.month_start = m.month_start
    left join  carried_year c on c.year = year(m.month_start)
    where      a.account_no in (select account_no from moved)
)
select
    account_no,
    month_start,
    cast(movement as decimal(18, 2))                           as movement,
    cast(opening as decimal(18, 2))                            as opening,
    cast(sum(movement + opening) over (partition by account_no, balance_year order by month_start)
        as decimal(18, 2))                                     as balance
from filled
