-- The instalments of a year with annual filing: 30 May, 30 August and 30 November, with net tax rates 30 August alone.
-- grain: one business day an instalment is due × year; key: year, due_on
--
-- year: calendar year with annual filing
-- start_on: first day of the year
-- end_on: last day of the year
-- since_on: day after which a payment counts for this instalment: the due day before, or 1 March
-- due_on: day the instalment is due (Art. 86a MWSTG)
with due as (
    select
        year,
        unnest(if(method = 'net_tax', [make_date(year, 8, 30)],
                  [make_date(year, 5, 30), make_date(year, 8, 30), make_date(year, 11, 30)])) as due_on
    from  vat_status
    where is_annual_reporting and is_vat_subject
)
select
    year,
    make_date(year, 1, 1)                                      as start_on,
    make_date(year, 12, 31)                                    as end_on,
    coalesce(lag(due_on) over (partition by year order by due_on), make_date(year, 3, 1)) as since_on,
    due_on
from due
