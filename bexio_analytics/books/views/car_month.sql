-- The private use of one company car in one month, at the lump sum of the ESTV.
-- Cars are those of mandate.toml. Where it names none, every vehicle account (153x) with a balance and every lease account
-- (626x) with cost in the month stands for one: an assumption, since vans and cars without private use are in it too.
-- grain: one car × month of the journal; key: car, month_start
--
-- car: name in mandate.toml, else the account
-- month_start: first day of the month
-- is_assumed: derived from an account
-- share: CHF including VAT: price without VAT × percent of the month, at least the minimum
-- tax: VAT in it
with month as (
    select distinct month_start from balance
),
known as (
    select c.name as car, m.month_start, c.price, false as is_assumed
    from   mandate.car c
    join   month m on m.month_start between date_trunc('month', coalesce(c.valid_from, date '1990-01-01'))
                                        and coalesce(c.valid_till, date '9999-12-31')
    where  c.has_private_share
    union all by name
    select b.account_no as car, b.month_start, if(b.account_no < '6', b.balance, 0.00) as price, true as is_assumed
    from   balance b
    where  not exists (from mandate.car)
    and    (b.account_no[:3] = '153' and b.account_no[4:4] <> '9' and b.balance > 0
            or b.account_no[:3] = '626' and b.movement > 0)
),
valued as (
    select k.*, n.rate, greatest(tax_on(k.price, l.rate), l.minimum) as share
    from   known k
    join   law.lump_sum l on l.name = 'car_private_share' and k.month_start between l.valid_from and l.valid_till
    join   law.normal_rate n on k.month_start between n.valid_from and n.valid_till
)
select car, month_start, is_assumed, share, tax_in(share, rate) as tax
from   valued
