-- What a payment makes due or deductible under collected consideration (Art. 39 para. 2 MWSTG).
-- grain: one payment booking × document × tax code × account; key: entry_id, document_id, tax_id, account_no
--
-- A document counts when it is paid: each payment takes its share of every code, rounded to the Rappen, and the payment
-- that settles the document takes the rest. Cash discounts and credit notes set off settle like money; their own rows
-- reduce the base beside. The tax is what the booking moves from the clearing accounts (1172, 2202).
--
-- entry_id: booking of the payment
-- paid_on: date of the payment, which decides the period
-- document_id: invoice, bill or credit note that is paid
-- tax_id: tax object
-- account_no: turnover, cost or asset account (of import tax the clearing account)
-- paid: amount of the payment in the document's currency
-- total: amount owed, in the document's currency
-- first_line_id: first journal row of the document
-- net: share of the base in CHF, debit positive
-- tax: tax moved to the VAT accounts in CHF, credit positive; 0.00 but on one account of each code
-- input_tax: input tax moved in CHF, debit positive; 0.00 but on one account of each code
-- evidence: where the code comes from
with payer as (
    -- a bill or invoice is owed by its receivable or payable legs; what the supplier is not owed (acquisition tax) is not
    select document_id, entry_id, abs(sum(amount_fc)) as total, min(line_id) as first_line_id
    from   posting p
    join   account a on a.account_no = p.account_no and (a.is_receivable or a.is_payable)
    join   vat_status s on s.year = year(p.booked_on) and s.basis = 'collected'
    where  p.kind in ('invoice', 'bill', 'credit_note') and p.document_id is not null
    group  by all
),
base as (
    select p.document_id, p.tax_id, p.account_no, sum(p.amount) as net,
        max(case p.evidence when 'derived' then 3 when 'export' then 2 when 'manual_entry' then 1 else 0 end) as weakness
    from   posting p
    join   payer y on y.entry_id = p.entry_id
    where  p.vat_role = 'base' and p.is_tax_side and p.tax_id is not null
    group  by all
    union all
    -- import tax has no base in bexio
    select p.document_id, p.tax_id, min(p.account_no), 0, 0
    from   posting p
    join   payer y on y.entry_id = p.entry_id
    where  p.vat_line_id is not null
    group  by p.document_id, p.tax_id
    having bool_and(p.vat_role = 'tax')
),
clearing as (
    -- tax of the document by code, on the accounts it is moved to
    select
        p.document_id, p.tax_id,
        case when p.direction <> 'acquisition' then t.account_no
             when p.account_type = 'liability' then '2203' else t.account_no end as account_no,
        abs(sum(p.amount)) as tax
    from   posting p
    join   payer y on y.entry_id = p.entry_id
    join   tax_code t on t.tax_id = p.tax_id
    where  p.vat_role = 'tax' and p.is_tax_side
    group  by all
),
settlement as (
    select 'payment:' || p.id as entry_id, p.date as paid_on, 'invoice:' || p.invoice_id as document_id,
        cast(p.value as decimal(18, 2)) as paid, p.id as place
    from   snapshot.invoice_payment p
    union all
    select 'payment:' || p.id, p.date, 'credit_note:' || p.credit_voucher_id, cast(p.value as decimal(18, 2)), p.id
    from   snapshot.invoice_payment p
    where  p.credit_voucher_id is not null
    union all
    select p.entry_id, min(p.booked_on), p.document_id, 
        abs(sum(case when a.is_payable or a.is_receivable then p.amount_fc else 0 end)), min(p.line_id)
    from   posting p
    join   account a on a.account_no = p.account_no
    where  p.kind = 'payment' and (p.document_id like 'bill:%' or p.document_id like 'credit_note:%')
    and    p.contra_account_no not in ('6949', '6999')
    group  by p.entry_id, p.document_id
),
placed as (
    select
        s.*, y.total, y.first_line_id,
        coalesce(sum(s.paid) over earlier, 0) as paid_before,
        row_number() over (partition by s.document_id order by s.paid_on, s.place) as no
    from   settlement s
    join   payer y on y.document_id = s.document_id
    window earlier as (partition by s.document_id order by s.paid_on, s.place
                       rows between unbounded preceding and 1 preceding)
),
of_code as (
    select document_id, tax_id, sum(net) as net from base group by all
),
shared as (
    select
        p.entry_id, p.paid_on, p.document_id, p.first_line_id, p.paid, p.total, p.paid_before, c.tax_id, c.net as whole,
        share_of(c.net, least(p.paid, p.total - p.paid_before), p.total) as share, p.no
    from   placed p
    join   of_code c on c.document_id = p.document_id
    where  p.paid_before < p.total
),
due as (
    select
        *,
        case when paid_before + paid >= total
             then whole - coalesce(sum(share) over (partition by document_id, tax_id order by no
                                                    rows between unbounded preceding and 1 preceding), 0)
             else share
        end as net
    from shared
),
-- the share of a code over its accounts, the last account taking the rest
on_account as (
    select
        d.entry_id, d.paid_on, d.document_id, d.first_line_id, d.paid, d.total, d.tax_id, b.account_no, b.weakness,
        d.net as net_of_code,
        row_number() over (partition by d.entry_id, d.document_id, d.tax_id order by b.account_no)      as place,
        row_number() over (partition by d.entry_id, d.document_id, d.tax_id order by b.account_no desc) as place_from_end,
        coalesce(share_of(d.net, b.net, d.whole), 0) as share
    from   due d
    join   base b on b.document_id = d.document_id and b.tax_id = d.tax_id
),
moved as (
    -- what the booking moves; where a credit note is set off, rows in the other direction are the credit note's
    select
        p.entry_id, p.account_no, case when p.evidence <> 'derived' then p.tax_id end as tax_id,
        p.account_type = 'liability' and p.amount > 0 as is_back,
        sum(p.amount) as amount
    from   posting p
    where  p.is_moved_tax and p.account_no not in ('1172', '2202') and p.kind = 'payment'
    group  by all
),
moved_code as (
    select
        m.entry_id, c.document_id, c.tax_id, m.account_no,
        -- a row that is known to be of one code is its own, others are shared out
        case when m.tax_id is not null then m.amount
             when row_number() over (partition by m.entry_id, c.document_id, m.account_no, m.tax_id order by c.tax_id desc) = 1
             then m.amount - coalesce(sum(share_of(m.amount, c.tax, nullif(w.tax, 0))) over (
                      partition by m.entry_id, c.document_id, m.account_no, m.tax_id order by c.tax_id
                      rows between unbounded preceding and 1 preceding), 0)
             else share_of(m.amount, c.tax, nullif(w.tax, 0))
        end as amount
    from   moved m
    join   (select distinct entry_id, document_id from placed) p on p.entry_id = m.entry_id
    join   clearing c on c.document_id = p.document_id and c.account_no = m.account_no
                     and c.tax_id = coalesce(m.tax_id, c.tax_id)
    join   (select document_id, account_no, sum(tax) as tax from clearing group by all) w
      on   w.document_id = c.document_id and w.account_no = c.account_no
    where  m.is_back = (p.document_id like 'credit_note:%' and m.account_no not in ('1170', '1171'))
    or     m.is_back and not exists (
               select 1 from placed x where x.entry_id = m.entry_id and x.document_id like 'credit_note:%'
           )
),
tax_of_code as (
    select
        entry_id, document_id, tax_id,
        -sum(case when a.account_type = 'liability' then m.amount else 0 end) as tax,
        sum(case when a.account_type = 'asset' then m.amount else 0 end) as input_tax
    from     moved_code m
    join     account a on a.account_no = m.account_no
    group by all
)
select
    o.entry_id, o.paid_on, o.document_id, o.tax_id, o.account_no, o.paid, o.total, o.first_line_id,
    cast(case when o.place_from_end = 1
              then o.net_of_code - coalesce(sum(o.share) over (
                       partition by o.entry_id, o.document_id, o.tax_id order by o.place
                       rows between unbounded preceding and 1 preceding), 0)
              else o.share end as decimal(18, 2))              as net,
    cast(case when o.place = 1 then coalesce(t.tax, 0) else 0 end as decimal(18, 2)) as tax,
    cast(case when o.place = 1 then coalesce(t.input_tax, 0) else 0 end as decimal(18, 2)) as input_tax,
    ['document', 'manual_entry', 'export', 'derived'][o.weakness + 1] as evidence
from      on_account o
left join tax_of_code t on t.entry_id = o.entry_id and t.document_id = o.document_id and t.tax_id = o.tax_id
