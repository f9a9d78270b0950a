-- The row that opens the booking a journal row belongs to, where only order and text tell.
-- grain: one journal row; key: line_id
--
-- bexio books VAT as a row of its own right after its net row, with the same date and text. Only rows without reference
-- need this; a row named by a manual entry always opens a booking.
with starting as (
    select
        r.line_id, r.sequence, r.booked_on, r.description, r.ref_class, m.manual_entry_id,
        not (r.ref_class is null and r.is_vat_row and m.id is null) as opens
    from      derivation.journal_row r
    left join snapshot.manual_entry_line m on m.id = r.line_id
),
anchored as (
    select
        *,
        last_value(case when opens then line_id end ignore nulls) over earlier         as anchor_id,
        last_value(case when opens then booked_on end ignore nulls) over earlier       as anchor_on,
        last_value(case when opens then coalesce(description, '') end ignore nulls) over earlier as anchor_description,
        last_value(case when opens then coalesce(ref_class, '') end ignore nulls) over earlier   as anchor_ref_class
    from   starting
    window earlier as (order by sequence rows between unbounded preceding and current row)
)
select
    line_id,
    case
        when opens then line_id
        when anchor_on = booked_on and anchor_description = coalesce(description, '') and anchor_ref_class = ''
            then anchor_id
        else line_id
    end as anchor_id
from anchored
