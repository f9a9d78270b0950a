-- Codes of bookings that name no document line: credit notes, discounts at payment, bookings made in the bank view.
-- grain: one journal row; key: line_id
--
-- The rate is VAT ÷ net: of a payment and a bank booking taken of each net row and the VAT rows that follow it, of a
-- credit note row by row where VAT rows and net rows can be paired, else over the whole booking.
-- The code is one of the document the booking belongs to where that has one of this rate, else any code on this VAT
-- account. Without VAT, a credit note or a discount takes the code of its invoice where that has one, zero-rated code;
-- of a payment only rows on turnover and purchase reductions count, not its bank charges. What fits no code stays open.
with invoice_of as (
    -- the invoice whose codes a credit note or a discount takes over
    select document_id as entry_document, document_id as invoice_id from document where kind in ('invoice', 'bill')
    union all
    select credit_note_id, min(document_id) from payment where credit_note_id is not null group by credit_note_id
),
document_code as (
    select distinct o.entry_document as document_id, l.tax_id
    from   invoice_of o
    join   document_line l on l.document_id = o.invoice_id
    join   document d on d.document_id = l.document_id and d.has_vat
    where  l.tax_id is not null
),
candidate as (
    select
        r.line_id, r.sequence, r.booked_on, d.entry_id, d.kind, d.document_id, r.amount, r.is_vat_row,
        case when r.debit_is_vat then r.debit_account_no when r.credit_is_vat then r.credit_account_no end as vat_account_no,
        case
            when r.is_vat_row then null
            when c.account_type in ('revenue', 'expense') or c.is_fixed_asset then 'credit'
            when p.account_type in ('revenue', 'expense') or p.is_fixed_asset then 'debit'
        end as tax_side,
        p.needs_sales_code or c.needs_sales_code
            or p.account_no between '4000' and '4999' or c.account_no between '4000' and '4999' as can_be_discount
    from   derivation.journal_row r
    join   derivation.document_row d on d.line_id = r.line_id and d.kind in ('payment', 'credit_note', 'other')
    join   account p on p.account_no = r.debit_account_no
    join   account c on c.account_no = r.credit_account_no
    where  not r.is_settlement and not r.is_opening and not r.is_closing and not r.is_rounding and not r.is_moved_tax
    and    not (r.debit_is_vat and r.credit_is_vat)
),
booking as (
    select
        entry_id, any_value(document_id) as document_id, any_value(kind) as kind, any_value(booked_on) as booked_on,
        count(*) filter (is_vat_row) as tax_rows, count(*) filter (tax_side is not null) as net_rows
    from     candidate
    where    is_vat_row or tax_side is not null
    group by entry_id
),
counted as (
    select
        c.*, b.tax_rows, b.net_rows,
        row_number() over (partition by c.entry_id, c.is_vat_row order by abs(c.amount), c.sequence) as rank_of_amount,
        row_number() over (partition by c.entry_id, c.is_vat_row order by c.sequence) as ordinal,
        count(*) filter (not c.is_vat_row) over (partition by c.entry_id order by c.sequence) as nets_so_far
    from   candidate c
    join   booking b on b.entry_id = c.entry_id and b.net_rows > 0
    where  c.is_vat_row or c.tax_side is not null
),
-- a credit note with codes of several rates: each VAT row with the net row it fits best, at a rate of its invoice before
-- any other rate, of equal ones in their order
output_rate as (
    select distinct rate from tax_code where direction = 'output' and rate > 0 and net_rate is null
),
invoice_rate as (
    select distinct c.document_id, t.rate from document_code c join tax_code t on t.tax_id = c.tax_id
),
fit as (
    select v.line_id as tax_line_id, n.line_id as net_line_id, n.rank_of_amount,
        abs(v.ordinal - n.ordinal) as distance, i.rate is null as is_other_rate,
        min(abs(v.amount - tax_on(n.amount, t.rate))) as difference
    from      counted v
    join      counted n on n.entry_id = v.entry_id and not n.is_vat_row
    join      output_rate t on abs(v.amount - tax_on(n.amount, t.rate)) <= 0.02
    left join invoice_rate i on i.document_id = v.document_id and i.rate = t.rate
    where     v.is_vat_row and v.kind = 'credit_note' and v.tax_rows <= v.net_rows and v.net_rows > 1
    group by  all
),
matched as (
    select * from fit
    qualify row_number() over (
                partition by tax_line_id order by is_other_rate, difference, distance, net_line_id) = 1
        and row_number() over (
                partition by net_line_id order by is_other_rate, difference, distance, tax_line_id) = 1
),
is_matched as (
    select v.entry_id from counted v left join matched m on m.tax_line_id = v.line_id
    where  v.is_vat_row and v.kind = 'credit_note' group by v.entry_id having count(*) = count(m.tax_line_id)
),
part as (
    select
        c.* exclude (tax_rows, net_rows, rank_of_amount, ordinal, nets_so_far),
        case
            when c.kind <> 'credit_note' then greatest(c.nets_so_far, 1)
            when c.entry_id in (from is_matched) then coalesce(m.rank_of_amount, c.rank_of_amount)
            when c.tax_rows = c.net_rows or c.tax_rows = 0 then c.rank_of_amount
            else 0
        end as part_no
    from      counted c
    left join matched m on m.tax_line_id = c.line_id
),
summed as (
    select
        entry_id, part_no, any_value(document_id) as document_id, any_value(kind) as kind,
        any_value(booked_on) as booked_on, count(*) as rows_of_part, bool_and(is_vat_row or can_be_discount) as is_discount,
        max(vat_account_no) as vat_account_no,
        abs(sum(amount) filter (is_vat_row)) as tax, abs(sum(amount) filter (not is_vat_row)) as net
    from     part
    group by entry_id, part_no
),
fit_code as (
    select
        s.entry_id, s.part_no, s.booked_on, s.tax, s.net, t.tax_id, t.rate, t.kind, t.is_active,
        f.tax_id is not null as is_of_document,
        coalesce(s.booked_on between coalesce(t.valid_from, date '1900-01-01')
                                 and coalesce(t.valid_till, date '9999-12-31'), true) as is_valid,
        -- a small tax fits several rates: then its account tells the code
        coalesce(t.account_no = s.vat_account_no
                 or s.vat_account_no = '2202' and t.direction = 'output'
                 or s.vat_account_no = '1172' and t.direction = 'input', false) as is_on_account
    from      summed s
    join      tax_code t
      on      t.rate > 0 and t.rate < 100 and t.direction in ('output', 'input') and t.net_rate is null
      and     abs(s.tax - tax_on(s.net, t.rate)) <= 0.02 + 0.005 * s.rows_of_part
      and     (t.valid_from is null or t.valid_from <= s.booked_on)
    left join document_code f on f.document_id = s.document_id and f.tax_id = t.tax_id
    where     s.tax > 0
),
fitting as (
    select
        *,
        count(distinct case when is_of_document and is_on_account then tax_id end) over (partition by entry_id, part_no)
            as fitting_of_document,
        row_number() over (
            partition by entry_id, part_no
            order by not is_of_document, not is_on_account, not is_valid, abs(tax - tax_on(net, rate)), not is_active,
                     kind not in ('sales_tax', 'pre_tax_material', 'pre_tax_investment'), tax_id
        ) as place
    from  fit_code
    where is_of_document or is_on_account
),
rated as (
    select entry_id, part_no, tax_id, is_of_document and is_on_account and fitting_of_document = 1 as is_certain
    from   fitting
    where  place = 1
),
untaxed as (
    -- parts without VAT, and the codes of the invoice that book none: zero-rated ones and net tax rates
    select
        s.entry_id, s.part_no, s.document_id, s.net, s.rows_of_part,
        row_number() over (partition by s.entry_id order by s.net, s.part_no) as place,
        count(*) over (partition by s.entry_id) as parts
    from   summed s
    where  coalesce(s.tax, 0) = 0 and (s.kind = 'credit_note' or s.kind = 'payment' and s.is_discount)
),
untaxed_code as (
    select
        f.document_id, f.tax_id, t.rate = 0 or t.kind like '%net_tax' as books_none, t.rate,
        row_number() over (partition by f.document_id, books_none order by l.net, f.tax_id) as place,
        count(*) over (partition by f.document_id, books_none) as codes,
        count(*) over (partition by f.document_id) as codes_of_document
    from      document_code f
    join      tax_code t on t.tax_id = f.tax_id
    left join (
        select o.entry_document as document_id, x.tax_id, sum(x.net) as net
        from   document_line x
        join   invoice_of o on o.invoice_id = x.document_id
        group  by all
    ) l on l.document_id = f.document_id and l.tax_id = f.tax_id
),
zero_rated as (
    select u.entry_id, u.part_no, c.tax_id
    from   untaxed u
    join   untaxed_code c on c.document_id = u.document_id
    where  c.books_none and (c.codes = 1 or c.codes = u.parts and c.place = u.place)
    -- or the tax of so small an amount is no Rappen
    or     c.codes_of_document = 1 and abs(tax_on(u.net, c.rate)) < 0.01
)
select
    p.line_id,
    p.tax_side,
    coalesce(r.tax_id, z.tax_id) as tax_id,
    case when p.kind = 'payment' and (r.is_certain or r.tax_id is null) then 'document' else 'derived' end as evidence
from      part p
left join rated r      on r.entry_id = p.entry_id and r.part_no = p.part_no
left join zero_rated z on z.entry_id = p.entry_id and z.part_no = p.part_no
where     coalesce(r.tax_id, z.tax_id) is not null
