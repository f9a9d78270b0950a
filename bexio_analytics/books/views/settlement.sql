-- What a booking moves on a receivable, payable, clearing or other balance account, and when an equal opposite amount
-- settles it. Equal amounts are paired in the order of their dates, whatever document they belong to.
-- grain: one booking × account; key: posting_id
--
-- posting_id: its first leg on the account: journal row and side
-- line_id: the journal row of that leg
-- entry_id: the booking
-- booked_on: booking date
-- account_no: account
-- contra_account_no: account of the other leg
-- kind: invoice, bill, credit_note, payment, expense, manual_entry, export or other
-- amount: CHF, debit positive
-- settled_on: booking date of the equal opposite amount, null where there is none; may lie before booked_on
-- settled_by: kind of the booking that amount belongs to
with moved as (
    -- in one sum: an invoice is one amount, with its tax
    select
        p.entry_id, p.account_no, any_value(p.kind) as kind, cast(sum(p.amount) as decimal(18, 2)) as amount,
        min(p.booked_on) as booked_on, min(p.line_id) as line_id,
        arg_min(p.posting_id, (p.line_id, p.posting_id)) as posting_id,
        arg_min(p.contra_account_no, (p.line_id, p.posting_id)) as contra_account_no
    from   posting p
    join   account a on a.account_no = p.account_no
    where  (a.is_receivable or a.is_payable or a.is_clearing
            or a.account_type in ('asset', 'liability') and not a.is_money and not a.is_vat and not a.is_fixed_asset)
    and    not p.is_opening and not p.is_closing
    group  by p.entry_id, p.account_no
    having sum(p.amount) <> 0
),
placed as (
    select *, row_number() over (partition by account_no, amount order by booked_on, line_id, posting_id) as place
    from   moved
)
select
    a.posting_id, a.line_id, a.entry_id, a.booked_on, a.account_no, a.contra_account_no, a.kind, a.amount,
    b.booked_on                                                as settled_on,
    b.kind                                                     as settled_by
from      placed a
left join placed b on b.account_no = a.account_no and b.amount = -a.amount and b.place = a.place
