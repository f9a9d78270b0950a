-- The ratios of a return that the ESTV compares between periods.
-- grain: one VAT period × ratio; key: period_id, ziffer
--
-- period_id: VAT period
-- ziffer: 479 input tax in percent of coded purchases, 399 output tax in percent of taxable turnover, 299 gross margin in percent of turnover
-- end_on: last day of the period
-- part: CHF above the line: input tax, output tax, or turnover less cost of goods and services (class 4)
-- whole: CHF below the line
-- share: part in percent of whole; null where whole is not positive
with cost as (
    select v.period_id, sum(p.amount) as cost
    from   posting p
    join   vat_period v on p.booked_on between v.start_on and v.end_on
    where  p.account_no between '4000' and '4999' and p.account_type = 'expense' and not p.is_opening and not p.is_closing
    group  by v.period_id
),
figure as (
    select
        period_id, any_value(end_on) as end_on,
        sum(tax) filter (ziffer in ('400', '405')) as input_tax,
        sum(base) filter (ziffer in ('400', '405')) as purchases,
        sum(tax) filter (ziffer[:2] in ('30', '31', '34')) as output_tax,
        sum(base) filter (ziffer[:2] in ('30', '31', '34')) as taxable,
        sum(base) filter (ziffer = '200') as turnover
    from   vat_return
    group  by period_id
),
ratio as (
    select period_id, '479' as ziffer, end_on, input_tax as part, purchases as whole from figure
    union all by name
    select period_id, '399' as ziffer, end_on, output_tax as part, taxable as whole from figure
    union all by name
    select f.period_id, '299' as ziffer, f.end_on, f.turnover - coalesce(c.cost, 0) as part, f.turnover as whole
    from   figure f
    left join cost c on c.period_id = f.period_id
)
select
    period_id,
    ziffer,
    end_on,
    cast(part as decimal(18, 2))                               as part,
    cast(whole as decimal(18, 2))                              as whole,
    case when whole > 0 then cast(100 * part / whole as decimal(18, 2)) end as share
from ratio
