-- An amount on a receivable, payable or clearing account that no equal opposite amount on it settles.
-- Equal amounts are paired in the order of their dates, whatever document they belong to.
-- grain: one leg; key: posting_id
--
-- posting_id: journal row and side
-- line_id: the journal row
-- booked_on: booking date
-- account_no: account
-- amount: CHF, debit positive
-- usually_matched: percent of the bookings on the account that are paired, opening balances left out
with placed as (
    select
        p.posting_id, p.line_id, p.booked_on, p.account_no, p.amount,
        count(*) filter (p.amount > 0) over same as debits,
        count(*) filter (p.amount < 0) over same as credits,
        row_number() over (partition by p.account_no, p.amount order by p.booked_on, p.line_id, p.posting_id) as place
    from   journal_entry e
    join   (
        -- what a booking moves on an account in one sum: an invoice is one amount, with its tax
        select
            l.entry_id, p.account_no, cast(sum(p.amount) as decimal(18, 2)) as amount, min(p.booked_on) as booked_on, min(p.line_id) as line_id,
            arg_min(p.posting_id, (p.line_id, p.posting_id)) as posting_id
        from   posting p
        join   journal_line l on l.line_id = p.line_id
        join   account a on a.account_no = p.account_no
        where  (a.is_receivable or a.is_payable or a.is_clearing
                or a.account_type in ('asset', 'liability') and not a.is_money and not a.is_vat and not a.is_fixed_asset)
        and    not p.is_opening and not p.is_closing
        group  by l.entry_id, p.account_no
        having sum(p.amount) <> 0
    ) p on p.entry_id = e.entry_id
    window same as (partition by p.account_no, abs(p.amount))
),
judged as (
    select *, place <= case when amount > 0 then credits else debits end as is_matched from placed
)
select
    posting_id, line_id, booked_on, account_no, amount,
    cast(100 * avg(case when is_matched then 1 else 0 end) over (partition by account_no) as decimal(9, 2))
                                                               as usually_matched
from judged
qualify not is_matched
