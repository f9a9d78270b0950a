-- When a journal row was entered at the earliest. bexio's journal has no time of entry, but ids rise with it: a row whose
-- id is above that of a bill or an expense was entered after that document. A row that is booked again gets a new id, so
-- that a later change counts like a later entry. Rows below the first such id, and exports, are not in it.
-- grain: one journal row; key: line_id
--
-- line_id: journal row
-- entered_after: day of the latest bill or expense that has a lower id, or of its own
with stamped as (
    select
        l.line_id,
        cast(coalesce(b.created_at, e.created_at) as date)     as created_on
    from      journal_line l
    left join snapshot.bill b    on l.kind = 'bill' and l.document_id = 'bill:' || b.id
    left join snapshot.expense e on l.kind = 'expense' and l.document_id = 'expense:' || e.id
),
bounded as (
    select line_id, max(created_on) over (order by line_id rows unbounded preceding) as entered_after
    from   stamped
)
select line_id, entered_after
from   bounded
where  entered_after is not null
