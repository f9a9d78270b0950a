-- The boxes of the return that come from the books, by VAT period; every period has every box, 0.00 where nothing is.
-- The boxes are those of the form of its method and year. Computed boxes (289, 299, 399, 479, 500, 510) are not in it:
-- the form computes them.
-- grain: one period × box; key: period_id, ziffer
--
-- period_id: VAT period
-- ziffer: box
-- end_on: last day of the period
-- base: turnover, deduction or base in CHF
-- tax: booked tax in CHF
-- lines: number of VAT lines behind it
select
    p.period_id,
    b.ziffer,
    p.end_on,
    cast(coalesce(sum(z.base), 0) as decimal(18, 2))           as base,
    cast(coalesce(sum(z.tax), 0) as decimal(18, 2))            as tax,
    count(z.vat_line_id)                                       as lines
from       vat_period p
left join  vat_status s on s.year = year(p.end_on)
join       law.ziffer b
  on       (b.method is null or b.method = coalesce(s.method, (select method from mandate.setting)))
  and      coalesce(b.form_from <= p.end_on, true) and coalesce(b.form_till >= p.end_on, true)
left join  vat_line_ziffer z on z.ziffer = b.ziffer and z.booked_on between p.start_on and p.end_on
where      b.part <> 'computed'
group by   p.period_id, p.end_on, b.ziffer
