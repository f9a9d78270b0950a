-- The period of supply that a text states, for the part of a VAT line the text belongs to.
-- grain: one text with a date or a period; key: vat_line_id, position
--
-- Read are two dates or two months with a dash or "bis" between (01.11.2023–31.01.2024, 11/2023 bis 01/2024), and a
-- single date after "Leistung", "Lieferung" or "supply". The text is that of the document line, else of the journal row.
--
-- vat_line_id: the VAT line
-- position: document line or journal row
-- text: the text
-- net: CHF of the VAT line that belong to the text
-- start_on: first day of supply
-- end_on: last day of supply
with piece as (
    select
        v.vat_line_id, l.position, l.text,
        share_of(v.net, l.net, sum(l.net) over (partition by v.vat_line_id)) as net
    from   vat_line v
    join   document_line l on l.document_id = v.document_id and l.tax_id = v.tax_id
    where  v.kind in ('invoice', 'bill', 'expense') and l.net <> 0
    union all by name
    select
        p.vat_line_id, p.line_id as position, p.description as text,
        case when p.direction = 'output' then -p.amount else p.amount end as net
    from   posting p
    where  p.is_tax_side and p.vat_role = 'base' and p.kind not in ('invoice', 'bill', 'expense')
),
-- cheap first: most texts hold no date at all
dated as (
    select * from piece where regexp_matches(text, '(^|[^0-9])[0-9]{1,2}[./] ?([0-9]{1,2}\. ?)?20[0-9]{2}')
),
found as (
    select
        *,
        regexp_extract(text, '([0-9]{1,2}\.[0-9]{1,2}\.20[0-9]{2})\s*(?:-|–|bis|au|al|to|until)\s*([0-9]{1,2}\.[0-9]{1,2}\.20[0-9]{2})',
                       ['first', 'last']) as days,
        regexp_extract(text, '(?:^|[^0-9.])([0-9]{1,2}[./]20[0-9]{2})\s*(?:-|–|bis|au|al|to|until)\s*([0-9]{1,2}[./]20[0-9]{2})',
                       ['first', 'last']) as months,
        regexp_extract(text, '(?i)(?:leistung|lieferung|livraison|prestation|supply|supplied)[a-z]*[: ]+(?:vom |am |du |of |on )?([0-9]{1,2}\.[0-9]{1,2}\.20[0-9]{2})', 1)
            as single_day
    from dated
),
stated as (
    select
        vat_line_id, position, text, net,
        cast(coalesce(
            try_strptime(nullif(days['first'], ''), '%d.%m.%Y'),
            try_strptime('1.' || replace(nullif(months['first'], ''), '/', '.'), '%d.%m.%Y'),
            try_strptime(nullif(single_day, ''), '%d.%m.%Y')
        ) as date) as start_on,
        cast(coalesce(
            try_strptime(nullif(days['last'], ''), '%d.%m.%Y'),
            last_day(cast(try_strptime('1.' || replace(nullif(months['last'], ''), '/', '.'), '%d.%m.%Y') as date)),
            try_strptime(nullif(single_day, ''), '%d.%m.%Y')
        ) as date) as end_on
    from found
)
select vat_line_id, position, text, cast(net as decimal(18, 2)) as net, start_on, end_on
from   stated
where  start_on <= end_on
