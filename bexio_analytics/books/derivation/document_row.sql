-- Which document and which booking a journal row belongs to.
-- grain: one journal row; key: line_id
with first_of_reference as (
    select line_id, min(line_id) over (partition by booked_on, coalesce(reference, 'row ' || line_id)) as first_line_id
    from   derivation.journal_row
    where  (select source from mandate.setting) = 'export'
),
named as (
    select
        r.line_id,
        a.anchor_id,
        case r.ref_class
            when 'KbInvoice' then 'invoice'
            when 'KbBill' then 'bill'
            when 'KbCreditVoucher' then 'credit_note'
            when 'KbClientAccountEntry' then 'payment'
        end as ref_kind,
        case
            when r.ref_class = 'KbInvoice' then 'invoice:' || r.ref_id
            when r.ref_class = 'KbBill' then 'bill:' || coalesce(r.ref_uuid, cast(r.ref_id as varchar))
            when r.ref_class = 'KbCreditVoucher' then 'credit_note:' || r.ref_id
            when r.ref_class = 'KbClientAccountEntry' and i.id is not null then 'invoice:' || i.invoice_id
            when r.ref_class = 'KbClientAccountEntry' then coalesce(b.document_id, o.document_id)
        end as ref_document_id,
        'manual_entry:' || m.manual_entry_id as manual_document_id,
        e.document_id as expense_document_id,
        f.first_line_id,
        r.ref_class,
        coalesce(cast(r.ref_id as varchar), r.ref_uuid) as ref_key
    from      derivation.journal_row r
    join      derivation.row_anchor a         on a.line_id = r.line_id
    left join snapshot.invoice_payment i      on r.ref_class = 'KbClientAccountEntry' and i.id = r.ref_id
    left join derivation.bill_payment b       on b.ref_uuid = r.ref_uuid
    left join derivation.credit_note_payout o on r.ref_class = 'KbClientAccountEntry' and r.ref_uuid is null
                                             and o.ref_id = r.ref_id
    left join snapshot.manual_entry_line m    on m.id = a.anchor_id and r.ref_class is null
    left join derivation.expense_row e        on e.anchor_id = a.anchor_id and r.ref_class is null
    left join first_of_reference f            on f.line_id = r.line_id
)
select
    line_id,
    anchor_id,
    case
        when first_line_id is not null then 'export'
        when ref_kind is not null then ref_kind
        when manual_document_id is not null then 'manual_entry'
        when expense_document_id is not null then 'expense'
        else 'other'
    end as kind,
    case when first_line_id is null then coalesce(ref_document_id, manual_document_id, expense_document_id) end
        as document_id,
    case
        when first_line_id is not null then 'booking:' || first_line_id
        when ref_kind = 'payment' then 'payment:' || ref_key
        when ref_kind is not null then ref_document_id
        when manual_document_id is not null then manual_document_id
        when expense_document_id is not null then expense_document_id
        when ref_class is not null then ref_class || ':' || coalesce(ref_key, cast(line_id as varchar))
        else 'booking:' || anchor_id
    end as entry_id
from named
