-- The running number of an own document, with the number before it in its series. Invoices and credit notes whose
-- numbers begin alike are one series, drafts and cancelled ones included; manual entries are counted by themselves.
-- grain: one document whose number ends in digits; key: document_id
--
-- document_id: the document
-- kind: invoice, credit_note or manual_entry
-- document_no: its number
-- dated_on: date of the document
-- is_manual: a manual entry
-- series: what stands before the running number
-- number: running number
-- previous_number: the next lower number of the series, null for its first
-- missing: numbers between the two
-- same_number: documents of this kind with this very number
-- steps: numbers of the series that have a lower one
-- single_steps: those of them that follow the lower one without a gap
with numbered as (
    select
        d.document_id, d.kind, d.document_no, d.dated_on, d.kind = 'manual_entry' as is_manual,
        regexp_extract(d.document_no, '^(.*?)[0-9]{1,9}$', 1) as series,
        cast(regexp_extract(d.document_no, '([0-9]{1,9})$', 1) as bigint) as number
    from  document d
    where d.kind in ('invoice', 'credit_note', 'manual_entry') and regexp_matches(d.document_no, '[0-9]$')
),
stepped as (
    -- a number that is used twice has itself as the number before: no step
    select *, lag(number) over (partition by is_manual, series order by number, document_id) as previous_number,
           count(*) over (partition by kind, series, number) as same_number
    from   numbered
),
series as (
    select is_manual, series, count(*) filter (number > previous_number) as steps,
           count(*) filter (number = previous_number + 1) as single_steps
    from stepped group by is_manual, series
)
select
    d.document_id, d.kind, d.document_no, d.dated_on, d.is_manual, d.series, d.number, d.previous_number,
    greatest(coalesce(d.number - d.previous_number - 1, 0), 0) as missing,
    d.same_number, s.steps, s.single_steps
from stepped d
join series s on s.is_manual = d.is_manual and s.series = d.series
