-- The month that the text of a journal row names, where it names exactly one: 07.2026, 7/2026, Juli 2026, juillet 2026.
-- Full dates name a day and are not read.
-- grain: one journal row whose text names one month; key: line_id
--
-- line_id: the journal row
-- stated_on: first day of the month named
-- words: the text without the month and without digits, the same for every month of a series
with dated as (
    select line_id, ' ' || lower(description) || ' ' as text
    from   journal_line
    where  contains(description, '20') and not is_vat_row and not is_opening and not is_closing and not is_settlement
),
read as (
    select line_id, text,
        list_transform(regexp_extract_all(text, '[^0-9./-](0?[1-9]|1[0-2])[./]20[0-9]{2}[^0-9.]'),
                       lambda x: regexp_replace(x, '[^0-9]*([0-9]+)[./](20[0-9]{2}).*', '\2-\1-1')) as numbers,
        list_transform(regexp_extract_all(text, '[^a-zà-ÿ](?:jan|f[ée][bv]|m[aä]r|mrz|a[pv]r|ma[iyg]|ju[nl]|jui[nl]|giu|lug|aug|ao[uû]|ago|sep|set|o[kct]t|nov|de[zc]|déc|dic|gen)[a-zà-ÿ]*\.? 20[0-9]{2}[^0-9]'),
                       lambda x: regexp_replace(x, '[^a-zà-ÿ]*([a-zà-ÿ]+)\.? (20[0-9]{2}).*', '\1 \2')) as names
    from dated
),
named as (
    select line_id, text, list_transform(names, lambda x: right(x, 4) || '-' || case
            when regexp_matches(x, '^(jan|gen)') then '1' when regexp_matches(x, '^f') then '2'
            when regexp_matches(x, '^(m[aä]r|mrz)') then '3' when regexp_matches(x, '^(apr|avr)') then '4'
            when regexp_matches(x, '^ma') then '5' when regexp_matches(x, '^(jun|juin|giu)') then '6'
            when regexp_matches(x, '^(jul|juil|lug)') then '7' when regexp_matches(x, '^(aug|ao|ago)') then '8'
            when regexp_matches(x, '^se') then '9' when regexp_matches(x, '^o') then '10'
            when regexp_matches(x, '^n') then '11' else '12' end || '-1') as months, numbers
    from read
),
month as (
    select line_id, text, list_distinct(list_transform(list_concat(numbers, months), lambda x: try_strptime(x, '%Y-%m-%d')))
           as months
    from named
)
select line_id, cast(months[1] as date) as stated_on,
       trim(regexp_replace(regexp_replace(text, '[a-zà-ÿ]+\.? 20[0-9]{2}', '', 'g'), '[^a-zà-ÿ]+', ' ', 'g')) as words
from   month
where  len(months) = 1
