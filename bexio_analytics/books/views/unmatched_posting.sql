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
select
    posting_id, line_id, booked_on, account_no, amount,
    cast(100 * avg(case when settled_on is null then 0 else 1 end) over (partition by account_no) as decimal(9, 2))
                                                               as usually_matched
from    settlement
qualify settled_on is null
