-- One tax code as the mandate's books know it; a code may occur once per rate generation.
-- grain: one tax object; key: tax_id
--
-- tax_id: bexio's id of the tax object (an import from files: a running number)
-- code: short code such as UN81, not unique over time
-- ziffer: box or boxes of the return it reaches ('303', '205.303'); '000' and null reach none
-- rate: percent; 100 for import tax, where the line is the tax
-- kind: bexio's type (sales_tax, pre_tax_material, pre_regards_tax_investment, …)
-- direction: output, input, acquisition, customs or none
-- account_no: VAT account the tax is booked on
-- valid_from: first day bexio offers the code (not the validity of its rate)
-- valid_till: last day bexio offers the code
-- is_active: can be used for new bookings
-- name: display name
-- source: bexio (from the API), standard (an export names it, meaning from bexio's list) or mandate (mandate.toml)
-- net_rate: percent of gross turnover that is owed (net tax rates only); null where it is not known
-- activity: activity of mandate.toml whose rate it is, where one names it
with known as (
select
    t.id                                                       as tax_id,
    t.code,
    t.digit                                                    as ziffer,
    cast(t.value as decimal(9, 4))                             as rate,
    t.type                                                     as kind,
    case
        when t.type like 'pre_regards%' then 'acquisition'
        when t.type like 'pre_customs%' then 'customs'
        when t.type like 'pre_%' then 'input'
        when t.type in ('sales_tax', 'opted_sales_tax', 'not_taxable_turnover', 'non_consideration_sales_tax',
                        'net_tax', 'opted_net_tax') then 'output'
        else 'none'
    end                                                        as direction,
    a.account_no,
    make_date(t.start_year, coalesce(t.start_month, 1), 1)     as valid_from,
    last_day(make_date(t.end_year, coalesce(t.end_month, 12), 1)) as valid_till,
    t.is_active,
    coalesce(t.display_name, t.name, t.code)                   as name,
    case
        when (select source from mandate.setting) <> 'export' then 'bexio'
        when t.code in (select code from mandate.tax_code) then 'mandate'
        else 'standard'
    end                                                        as source,
    case when t.type in ('net_tax', 'opted_net_tax') then cast(coalesce(
        t.net_tax_value,
        -- an own code of an import states the approved rate itself
        case when (select source from mandate.setting) = 'export' then t.value end
    ) as decimal(9, 4)) end                                    as net_rate
from      snapshot.tax t
left join snapshot.account a on a.id = t.account_id
),
-- activities of mandate.toml, where bexio's API names no net tax rate: one code for each generation of rates
of_activity as (
    select
        -10 * a.activity_no - row_number() over (partition by a.activity_no order by z.valid_from) as tax_id,
        a.name as code, z.ziffer, cast(0 as decimal(9, 4)) as rate, 'net_tax' as kind, 'output' as direction,
        cast(null as varchar) as account_no, z.valid_from, z.valid_till, z.valid_till is null as is_active, a.name,
        'mandate' as source, a.rate as net_rate, a.name as activity
    from       mandate.activity a
    cross join law.ziffer z
    where      z.part = 'net_supply' and z.form_till is null
)
select
    k.*,
    (select min_by(a.name, a.activity_no) from mandate.activity a where a.rate = k.net_rate) as activity
from   known k
union all by name
from   of_activity
