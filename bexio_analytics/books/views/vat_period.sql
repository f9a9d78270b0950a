-- One VAT period, for every year the journal touches: as bexio has them, else in the mandate's rhythm.
-- grain: one period; key: period_id
--
-- A mandate may have filed by quarter one year and by half-year the next. bexio's periods count for a year that they fill
-- from January to December.
--
-- period_id: 2026-Q3, 2026-H1, 2026-07 or 2026
-- start_on: first day
-- end_on: last day
-- due_on: last day to file and pay (Art. 71, 86 MWSTG)
-- status: open, closed or closed_with_message in bexio; null where bexio knows no such period
-- closed_on: day of closing in bexio
with known as (
    select distinct
        v.start as start_on, v."end" as end_on, year(v.start) as year,
        month(v."end") - month(v.start) + 1 as months, v.status, v.closed_at as closed_on
    from  snapshot.vat_period v
    where day(v.start) = 1 and v."end" = last_day(v."end") and year(v.start) = year(v."end")
),
filled as (
    select   year
    from     known
    where    months in (1, 3, 6, 12) and (month(start_on) - 1) % months = 0
    group by year
    having   sum(months) = 12 and count(*) = count(distinct start_on) and count(distinct months) = 1
    and      year in (select year(start_on) from mandate.period)
)
select
    case months
        when 1 then strftime(start_on, '%Y-%m')
        when 3 then cast(year as varchar) || '-Q' || quarter(start_on)
        when 6 then cast(year as varchar) || '-H' || case when month(start_on) = 1 then 1 else 2 end
        else cast(year as varchar)
    end                                                        as period_id,
    start_on,
    end_on,
    last_day(end_on + interval 2 month)                        as due_on,
    status,
    closed_on
from      known
where     year in (from filled)
union all
select p.period_id, p.start_on, p.end_on, p.due_on, v.status, v.closed_at as closed_on
from      mandate.period p
left join snapshot.vat_period v on v.start = p.start_on and v."end" = p.end_on
where     year(p.start_on) not in (from filled)
order by  start_on
