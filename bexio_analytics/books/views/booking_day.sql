-- One booking and the kind of day it is dated on. Openings and closings are not in it, nor are bills, whose date is the
-- supplier's.
-- grain: one booking; key: entry_id
--
-- entry_id: the booking
-- document_id: document
-- document_no: its number
-- booked_on: booking date
-- kind: invoice, credit_note, payment, expense, manual_entry, export or other
-- description: text of the first row
-- contact_name: customer or supplier
-- amount: sum of the rows in CHF
-- weekday: day of the week
-- holiday: public holiday of the mandate's canton that falls on a working day, else null
-- is_regular: dated so by rule and not by hand: first or last day of a month, or a text that comes on this day of the
--     month at least three times
with entry as (
    select e.*, trim(regexp_replace(lower(coalesce(e.description, '')), '[^a-zà-ÿ]+', ' ', 'g')) as stem
    from   journal_entry e
    where  e.kind <> 'bill'
    and    e.entry_id not in (select entry_id from journal_line where is_opening or is_closing)
)
select
    e.entry_id, e.document_id, e.document_no, e.booked_on, e.kind, e.description, e.contact_name, e.amount,
    dayname(e.booked_on)                                       as weekday,
    case when isodow(e.booked_on) <= 5 then h.name end         as holiday,
    day(e.booked_on) = 1 or e.booked_on = last_day(e.booked_on)
        or count(*) over (partition by e.kind, e.stem, day(e.booked_on)) >= 3 as is_regular
from      entry e
left join law.holiday h on h.day = e.booked_on
