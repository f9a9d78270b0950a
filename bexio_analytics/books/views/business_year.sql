-- One business year.
-- grain: one business year; key: year_id
--
-- year_id: bexio's id
-- start_on: first day
-- end_on: last day
-- status: open, locked or closed
-- closed_on: day of closing
select id as year_id, start as start_on, "end" as end_on, status, closed_at as closed_on
from   snapshot.business_year
