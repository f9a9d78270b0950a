-- The first two digits of the amounts of a period against Benford's law, after Nigrini (2012). Tested are amounts from
-- 10.00; VAT, balances carried forward, closings and settlements are not in it.
-- grain: one VAT period × two digits; key: period_id, digits
--
-- period_id: VAT period
-- end_on: last day of the period
-- digits: first two digits, 10 to 99
-- observed: amounts of the period that begin with them
-- tested: amounts of the period
-- expected: amounts that the law leads to expect
-- z: difference in standard deviations, with continuity correction, signed
-- mad: mean absolute deviation of the 90 shares
-- chance_mad: what it would be on average if the amounts kept to the law, by chance alone
-- conformity: close, acceptable, marginal or none: mad up to 0.0012, 0.0018, 0.0022, above
with law as (
    select d as digits, log10(1 + 1 / d) as share from (select unnest(range(10, 100)) as d)
),
amount as (
    select p.period_id, cast(left(cast(cast(l.amount * 100 as hugeint) as varchar), 2) as bigint) as digits,
           count(*) as observed
    from     journal_line l
    join     vat_period p on l.booked_on between p.start_on and p.end_on
    where    l.amount >= 10 and not l.is_vat_row and not l.is_opening and not l.is_closing and not l.is_settlement
    group by all
),
tested as (
    select period_id, sum(observed) as n from amount group by period_id
),
compared as (
    select t.period_id, w.digits, w.share, t.n, coalesce(a.observed, 0) as observed,
           coalesce(a.observed, 0) / t.n - w.share as deviation
    from      tested t
    cross join law w
    left join amount a on a.period_id = t.period_id and a.digits = w.digits
),
measured as (
    select *, avg(abs(deviation)) over of_period as mad,
           sqrt(2 / pi()) * avg(sqrt(share * (1 - share) / n)) over of_period as chance_mad
    from compared window of_period as (partition by period_id)
)
select
    m.period_id, p.end_on, m.digits,
    cast(m.observed as bigint)                                 as observed,
    cast(m.n as bigint)                                        as tested,
    cast(m.share * m.n as decimal(18, 1))                      as expected,
    cast(sign(m.deviation) * (abs(m.deviation) - if(abs(m.deviation) > 0.5 / m.n, 0.5 / m.n, 0))
         / sqrt(m.share * (1 - m.share) / m.n) as decimal(9, 2)) as z,
    cast(m.mad as decimal(9, 6))                               as mad,
    cast(m.chance_mad as decimal(9, 6))                        as chance_mad,
    case when m.mad <= 0.0012 then 'close' when m.mad <= 0.0018 then 'acceptable'
         when m.mad <= 0.0022 then 'marginal' else 'none' end  as conformity
from measured m
join vat_period p on p.period_id = m.period_id
