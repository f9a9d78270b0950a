-- The date of a supplier's invoice behind a deduction of input tax.
-- It is the date of the bill, or what a text says after the word invoice ("Rechnung vom 14.03.2020").
-- grain: one VAT line with input tax; key: vat_line_id
--
-- vat_line_id: the VAT line
-- invoiced_on: date of the invoice
-- reconciled_on: last day on which the business year of that date is reconciled with its returns (Art. 72 MWSTG)
with stated as (
    select
        v.vat_line_id,
        coalesce(cast(try_strptime(nullif(regexp_extract(v.description,
            '(?i)(?:rechnung|\brg\.?|faktura|facture|fattura|invoice)[^0-9]{0,12}(?:vom|v\.|du|del|of|dated) '
            || '([0-9]{1,2}\.[0-9]{1,2}\.20[0-9]{2})', 1), ''), '%d.%m.%Y') as date), v.supplied_on) as invoiced_on
    from  vat_line v
    where v.input_tax <> 0 and v.direction in ('input', 'customs')
)
select
    s.vat_line_id,
    s.invoiced_on,
    coalesce(b.end_on, make_date(year(s.invoiced_on), 12, 31)) + cast(l.amount as integer) as reconciled_on
from      stated s
join      law."limit" l on l.name = 'reconciliation_days' and s.invoiced_on between l.valid_from and l.valid_till
left join business_year b on s.invoiced_on between b.start_on and b.end_on
