-- The normal rate by date of supply, with the boxes it belongs to.
-- grain: one era; key: valid_from
--
-- valid_from: first day
-- valid_till: last day; 9999-12-31 while in force
-- rate: percent
-- ziffer: box of supplies at this rate (301, 302, 303)
-- acquisition_ziffer: box of acquisition tax (381, 382, 383)
select
    r.valid_from,
    coalesce(r.valid_till, date '9999-12-31')                  as valid_till,
    r.rate,
    s.ziffer,
    q.ziffer                                                   as acquisition_ziffer
from law.vat_rate r
join law.ziffer s on s.part = 'supply' and s.rate_kind = 'normal' and s.valid_from = r.valid_from
join law.ziffer q on q.part = 'acquisition' and q.valid_from = r.valid_from
where r.kind = 'normal' and r.status = 'law'
