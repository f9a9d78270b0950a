-- One manual entry: who entered it, and what is known about when (see entry_time).
-- grain: one manual entry; key: entry_id
--
-- entry_id: the booking
-- document_id: manual entry
-- document_no: its reference number
-- booked_on: booking date
-- description: first text of its rows; null where no row has one
-- amount: sum of the rows in CHF
-- first_line_id: first journal row
-- created_by: name of the user who entered it
-- edited_by: name of the user who changed it last
-- is_by_accountant: entered by a user whom bexio knows as the accountant
-- entered_after: day after which it was entered or changed, at the earliest; null where nothing says so
with user_name as (
    select u.id, coalesce(nullif(trim(concat_ws(' ', u.firstname, u.lastname)), ''), 'User ' || u.id) as name,
           coalesce(u.is_accountant, false) as is_accountant
    from   snapshot.user u
),
entry as (
    select e.entry_id, e.document_id, e.document_no, e.booked_on, e.amount, e.first_line_id, t.description
    from journal_entry e
    left join (select entry_id, arg_min(description, line_id) as description from journal_line
               where description is not null group by entry_id) t using (entry_id)
    where e.kind = 'manual_entry'
)
select
    e.entry_id, e.document_id, e.document_no, e.booked_on, e.description, e.amount, e.first_line_id,
    coalesce(c.name, 'User ' || m.created_by_user_id)          as created_by,
    coalesce(d.name, 'User ' || m.edited_by_user_id)           as edited_by,
    coalesce(c.is_accountant, false)                           as is_by_accountant,
    k.entered_after
from           entry e
join           snapshot.manual_entry m on 'manual_entry:' || m.id = e.document_id
left join      user_name c on c.id = m.created_by_user_id
left join      user_name d on d.id = m.edited_by_user_id
left join      entry_time k on k.line_id = e.first_line_id
