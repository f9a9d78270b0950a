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
    end                                                        as source
from      snapshot.tax t
left join snapshot.account a on a.id = t.account_id
