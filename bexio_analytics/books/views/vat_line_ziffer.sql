-- What one VAT line puts on each box of the return.
-- grain: one VAT line × box; key: vat_line_id, ziffer
--
-- vat_line_id: the VAT line
-- booked_on: date that decides the period
-- ziffer: box
-- base: CHF the line adds to the box's turnover, deduction or base
-- tax: booked tax in CHF the line adds to the box's tax or input tax
-- rate: percent of the code
-- evidence: where the code comes from
with box as (
    select *, string_split(ziffer, '.') as boxes
    from   vat_line
    where  coalesce(ziffer, '') not in ('', '000')
)
select vat_line_id, booked_on, '200' as ziffer, net as base, cast(0 as decimal(18, 2)) as tax, rate, evidence
from   box
where  direction = 'output' and boxes[-1] not in ('235', '900', '910')
union all
-- reductions declared as such are a deduction, they do not lower the turnover
select vat_line_id, booked_on, '235', -net, 0, rate, evidence
from   box
where  direction = 'output' and boxes[-1] = '235'
union all
select vat_line_id, booked_on, unnest(boxes), net, case when rate > 0 then tax else 0 end, rate, evidence
from   box
where  direction = 'output' and boxes[-1] <> '235' and boxes <> ['200']
union all
select vat_line_id, booked_on, boxes[-1], net, tax, rate, evidence
from   box
where  direction = 'acquisition'
union all
-- the input leg of acquisition tax
select
    vat_line_id, booked_on, case when tax_kind like '%material' then '400' else '405' end, net, input_tax, rate, evidence
from   box
where  direction = 'acquisition'
union all
-- corrections and reductions of input tax are booked as credits and declared as positive amounts
select
    vat_line_id, booked_on, boxes[-1], case when boxes[-1] in ('415', '420') then -net else net end,
    case when boxes[-1] in ('415', '420') then -input_tax else input_tax end, rate, evidence
from   box
where  direction in ('input', 'customs')
