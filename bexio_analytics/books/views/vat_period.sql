-- One VAT period in the mandate's rhythm, for every year the journal touches.
-- grain: one period; key: period_id
--
-- period_id: 2026-Q3, 2026-H1, 2026-07 or 2026
-- start_on: first day
-- end_on: last day
-- due_on: last day to file and pay (Art. 71, 86 MWSTG)
-- status: open, closed or closed_with_message in bexio; null where bexio knows no such period
-- closed_on: day of closing in bexio
select p.period_id, p.start_on, p.end_on, p.due_on, v.status, v.closed_at as closed_on
from      mandate.period p
left join snapshot.vat_period v on v.start = p.start_on and v."end" = p.end_on
