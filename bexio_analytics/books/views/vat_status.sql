-- How the mandate accounts for VAT, by calendar year.
-- grain: one calendar year; key: year
--
-- year: calendar year
-- method: effective or net_tax (Art. 36, 37 MWSTG)
-- basis: agreed or collected consideration (Art. 39 MWSTG)
-- is_vat_subject: registered for VAT in that year
-- is_annual_reporting: files once a year (Art. 35a MWSTG)
-- source: bexio, or mandate where only mandate.toml says so
with booked_year as (
    select distinct year(date) as year from snapshot.journal
)
select
    coalesce(year(c.start), y.year)                            as year,
    coalesce(c.vat_accounting_method, s.method)                as method,
    coalesce(c.vat_accounting_type, s.basis)                   as basis,
    coalesce(c.is_vat_subject, true)                           as is_vat_subject,
    coalesce(c.is_annual_reporting, s.rhythm = 'annual')       as is_annual_reporting,
    case when c.id is null or s.source = 'export' then 'mandate' else 'bexio' end as source
from       booked_year y
full join  snapshot.calendar_year c on year(c.start) = y.year
cross join mandate.setting s
