-- One file attached to a document.
-- grain: one file at one document; key: attachment_id, document_id
--
-- attachment_id: uuid of the file
-- document_id: bill or expense it is attached to; null for a file that no fetched document names
-- file_name: name with extension
-- created_at: time of upload, UTC
with named as (
    select 'bill:' || id as document_id, unnest(cast(attachment_ids as varchar[])) as uuid from snapshot.bill
    union all
    select 'expense:' || id, unnest(cast(attachment_ids as varchar[])) from snapshot.expense
)
select
    coalesce(n.uuid, f.uuid)                                   as attachment_id,
    n.document_id,
    f.name || coalesce('.' || f.extension, '')                 as file_name,
    f.created_at
from      named n
full join snapshot.file f on f.uuid = n.uuid
