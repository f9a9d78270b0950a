-- What one VAT line puts on each box of the return, by the method of its year.
-- grain: one VAT line × box; key: vat_line_id, ziffer
--
-- Effective method: net bases, and input tax as booked. Net tax rates: gross turnover, acquisition tax, no input tax; the
-- rate is the net tax rate. On forms until 2024 the second rate has boxes of its own (331 to 333); from 2025 all rates
-- share 321 to 323. Lines that wait for a payment reach no box.
--
-- vat_line_id: the VAT line
-- booked_on: date that decides the period
-- supplied_on: date of the document, the best bexio knows of the supply, else the booking date
-- ziffer: box
-- base: CHF the line adds to the box's turnover, deduction or base
-- tax: booked tax in CHF the line adds to the box's tax or input tax
-- rate: percent of the code; of 321 to 333 the net tax rate
-- activity: activity whose net tax rate it is, where known
-- evidence: where the code comes from
with line as (
    select
        v.*, s.method, string_split(v.ziffer, '.') as boxes, s.year,
        cast(case when s.method = 'net_tax' then v.net + v.tax else v.net end as decimal(18, 2)) as turnover
    from   vat_line v
    join   vat_status s on s.year = year(v.booked_on)
    where  coalesce(v.ziffer, '') not in ('', '000') and not v.is_deferred
),
-- net tax rates of a year in the order granted: by mandate.toml, else the higher first
net_rate as (
    select
        l.year, l.net_rate,
        row_number() over (
            partition by l.year
            order by (select min(a.activity_no) from mandate.activity a where a.rate = l.net_rate) nulls last,
                     l.net_rate desc
        ) as place
    from  (
        select distinct year, net_rate from line where net_rate is not null and method = 'net_tax'
        union
        select y.year, a.rate from (select distinct year from line where method = 'net_tax') y cross join mandate.activity a
    ) l
),
-- years whose codes name the second boxes themselves
named_second as (
    select distinct year from line where list_has_any(boxes, ['331', '332', '333'])
),
box as (
    select
        l.* exclude (boxes),
        list_transform(l.boxes, lambda z : case
            when l.method <> 'net_tax' or l.net_rate is null or z[:2] not in ('32', '33') then z
            when l.year >= 2025 then '32' || z[3:]
            when z[:2] = '33' or n.place > 1 and s.year is null then '33' || z[3:]
            else z
        end) as boxes
    from      line l
    left join net_rate n on n.year = l.year and n.net_rate = l.net_rate
    left join named_second s on s.year = l.year
)
select
    vat_line_id, booked_on, supplied_on, '200' as ziffer, turnover as base, cast(0 as decimal(18, 2)) as tax, rate,
    activity, evidence
from   box
where  direction = 'output' and not list_has_any(boxes, ['235', '900', '910'])
union all
-- reductions declared as such are a deduction, they do not lower the turnover
select vat_line_id, booked_on, supplied_on, '235', -turnover, 0, rate, activity, evidence
from   box
where  direction = 'output' and list_contains(boxes, '235')
union all
select
    vat_line_id, booked_on, supplied_on, z.ziffer, b.turnover,
    case when b.rate > 0 and b.method = 'effective' then b.tax else 0 end,
    case when z.ziffer[:2] in ('32', '33') then b.net_rate else b.rate end, b.activity, b.evidence
from   box b
cross join lateral (select unnest(b.boxes) as ziffer) z
where  b.direction = 'output' and z.ziffer not in ('200', '235', '470', '471')
union all
-- forms until 2024: exports are taxed with all turnover, and the tax is credited
select
    vat_line_id, booked_on, supplied_on, z.ziffer, b.turnover, tax_on(b.turnover, b.net_rate), b.net_rate, b.activity,
    b.evidence
from   box b
cross join lateral (select unnest(b.boxes) as ziffer) z
where  b.direction = 'output' and z.ziffer in ('470', '471') and b.method = 'net_tax' and b.net_rate is not null
union all
select vat_line_id, booked_on, supplied_on, boxes[-1], net, tax, rate, activity, evidence
from   box
where  direction = 'acquisition'
union all
-- the input leg of acquisition tax
select
    vat_line_id, booked_on, supplied_on, case when tax_kind like '%material' then '400' else '405' end, net, input_tax,
    rate, activity, evidence
from   box
where  direction = 'acquisition' and method = 'effective'
union all
-- corrections and reductions of input tax are booked as credits and declared as positive amounts
select
    vat_line_id, booked_on, supplied_on, boxes[-1], case when boxes[-1] in ('415', '420') then -net else net end,
    case when boxes[-1] in ('415', '420') then -input_tax else input_tax end, rate, activity, evidence
from   box
where  direction in ('input', 'customs') and (method = 'effective' or boxes[-1] in ('415', '470', '471'))
