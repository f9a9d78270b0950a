-- One booking: all journal rows of one event.
-- grain: one booking; key: entry_id
--
-- entry_id: document, payment or first journal row of the booking
-- booked_on: booking date
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
-- document_id: document
-- document_no: its number
-- contact_name: customer or supplier
-- description: text of the first row
-- line_count: number of journal rows
-- amount: sum of the rows in CHF
-- first_line_id: first journal row
select
    entry_id,
    min(booked_on)                                             as booked_on,
    any_value(kind)                                            as kind,
    any_value(document_id)                                     as document_id,
    any_value(document_no)                                     as document_no,
    any_value(contact_name)                                    as contact_name,
    arg_min(description, sequence)                             as description,
    count(*)                                                   as line_count,
    cast(sum(amount) as decimal(18, 2))                        as amount,
    arg_min(line_id, sequence)                                 as first_line_id
from     journal_line
group by entry_id
