-- One row of the reconciliation of turnover with Ziffer 200 (Art. 128 para. 2 MWSTV): a posting that is turnover, or what
-- a payment makes turnover.
-- grain: one posting, or one payment × document × code × account; key: turnover_item_id
--
-- Ziffer 200 is the sum of amount where explained is declared or collected. Rows explained as nothing are what the
-- reconciliation has to find: turnover that no code declares.
--
-- turnover_item_id: the posting, or the payment with document, code and account
-- line_id: journal row
-- entry_id: booking
-- booked_on: booking date, or the day of payment
-- account_no: account
-- account_name: its name
-- letter: of Art. 128 para. 2 MWSTV: a turnover by account, b income on expense accounts, d assets sold, e prepayments, f other receipts, g own use, h reductions, i losses on receivables, j closing entries; c (set-offs within a group) cannot be told apart
-- amount: CHF, positive for a sale
-- explained: declared (in 200), declared_235 (in 235), waiting (not yet paid), collected and collected_235 (paid now), no_consideration (900, 910), accrual, transfer, exchange, no_box (a code without box), nothing
-- tax_code: code; null where there is none
-- ziffer: box or boxes of the code
-- document_id: document
-- document_no: its number
-- contact_name: customer
-- description: text
with coded as (
    select
        p.*, a.needs_sales_code, a.is_fixed_asset, c.needs_sales_code as contra_is_turnover, c.account_type as contra_type,
        c.is_vat as contra_is_vat,
        p.is_tax_side and p.vat_role = 'base' and p.direction = 'output' as is_sale,
        string_split(coalesce(p.ziffer, '000'), '.') as boxes,
        p.kind in ('invoice', 'bill', 'credit_note') and s.basis = 'collected' as is_waiting
    from      posting p
    join      account a on a.account_no = p.account_no
    join      account c on c.account_no = p.contra_account_no
    left join vat_status s on s.year = year(p.booked_on)
    where     not p.is_vat_row and not p.is_opening and not p.is_closing
    and       (a.needs_sales_code
               or p.is_tax_side and p.vat_role = 'base' and p.direction = 'output'
                  and coalesce(p.ziffer, '000') not in ('', '000'))
),
explained as (
    select
        posting_id as turnover_item_id, line_id, entry_id, booked_on, account_no, account_name,
        needs_sales_code, is_fixed_asset, account_type, contra_account_no, cast(-amount as decimal(18, 2)) as amount,
        case
            when is_sale and boxes = ['000'] then 'no_box'
            when is_sale and list_has_any(boxes, ['900', '910']) then 'no_consideration'
            when is_sale and is_waiting then 'waiting'
            when is_sale and list_contains(boxes, '235') then 'declared_235'
            when is_sale then 'declared'
            when contra_is_turnover then 'transfer'
            when contra_type = 'closing' then 'transfer'
            when contra_account_no in ('6949', '6999') then 'exchange'
            when tax_code is null and (contra_account_no between '1300' and '1399'
                                       or contra_account_no between '2300' and '2399') then 'accrual'
            else 'nothing'
        end as explained,
        tax_code, ziffer, document_id, document_no, contact_name, description
    from coded
),
paid as (
    select
        c.entry_id || '|' || c.document_id || '|' || c.tax_id || '|' || c.account_no as turnover_item_id,
        c.first_line_id as line_id, c.entry_id, c.paid_on as booked_on, c.account_no, a.name as account_name,
        a.needs_sales_code, a.is_fixed_asset, a.account_type, cast(null as varchar) as contra_account_no, -c.net as amount,
        case when list_contains(string_split(t.ziffer, '.'), '235') then 'collected_235' else 'collected' end as explained,
        t.code as tax_code, t.ziffer, c.document_id, d.document_no, d.contact_name, d.title as description
    from      collection c
    join      tax_code t on t.tax_id = c.tax_id and t.direction = 'output' and coalesce(t.ziffer, '000') not in ('', '000')
                        and t.ziffer not in ('900', '910')
    join      account a on a.account_no = c.account_no
    left join document d on d.document_id = c.document_id
)
select
    turnover_item_id, line_id, entry_id, booked_on, account_no, account_name,
    case
        when explained in ('accrual', 'transfer', 'exchange') then 'j'
        when account_no between '3805' and '3809' then 'i'
        when account_no between '3800' and '3899' then 'h'
        when account_no between '3700' and '3719' then 'g'
        when needs_sales_code then 'a'
        when is_fixed_asset then 'd'
        when account_no between '2030' and '2039' then 'e'
        when account_no between '2850' and '2859' then 'g'
        when account_type = 'expense' then 'b'
        else 'f'
    end as letter,
    amount, explained, tax_code, ziffer, document_id, document_no, contact_name, description
from (from explained union all by name from paid)
