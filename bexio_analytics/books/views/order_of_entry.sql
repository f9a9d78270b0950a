-- How far the date of a booking lies from those of the bookings entered beside it: bexio numbers rows as they are entered.
-- Opening and closing entries, which are made later on purpose, are not in it.
-- grain: one booking; key: entry_id
--
-- entry_id: the booking
-- first_line_id: its first journal row
-- booked_on: booking date
-- neighbours_on: middle date of the 25 bookings entered before and the 25 after it
-- days_off: days by which it is dated after (+) or before (-) its neighbours
with entered as (
    select
        entry_id, min(line_id) as first_line_id, min(booked_on) as booked_on
    from   journal_line
    where  not is_opening and not is_closing and not is_settlement and kind <> 'export'
    group  by entry_id
),
placed as (
    select *, median(date_diff('day', date '2000-01-01', booked_on)) over (
        order by first_line_id rows between 25 preceding and 25 following exclude current row) as middle
    from entered
)
select
    entry_id,
    first_line_id,
    booked_on,
    date '2000-01-01' + cast(round(middle) as integer)         as neighbours_on,
    booked_on - (date '2000-01-01' + cast(round(middle) as integer)) as days_off
from  placed
where middle is not null
