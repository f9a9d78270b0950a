-- A sale declared as an export (Ziffer 220) or as a supply abroad (Ziffer 221), with what bexio holds to prove an export.
-- A proof is the number of an export assessment in the reference, the title or a text of the invoice, or a file whose
-- name holds the number of the invoice and a word for export.
-- grain: one VAT line; key: vat_line_id
--
-- vat_line_id: the VAT line
-- booked_on: date that decides the period
-- kind: invoice, credit_note, payment, manual_entry, export or other
-- is_deferred: waits for its payment (collected consideration)
-- ziffer: 220 or 221
-- nature: goods or services where all accounts of the base say so, else null
-- proof: the words that prove the export; null where bexio holds none
-- net: consideration in CHF
-- tax_code: code
-- account_nos: accounts the base stands on, separated by blanks
-- contact_name: customer
-- contact_country: ISO code of its country
-- contact_is_domestic: Switzerland or Liechtenstein; null where unknown
-- document_id: document
-- document_no: its number
-- description: text of the first row
-- texts: description, title, reference and all texts of the document, in lower case
with file_word as (
    select distinct f.file_name, unnest(regexp_split_to_array(lower(f.file_name), '[ _,;()]+|\.[a-z]+$')) as word
    from   attachment f
    where  regexp_matches(lower(f.file_name), 'ausfuhr|export|\bevv|e-vv|esportazione|veranlagung')
),
invoice_text as (
    select
        'invoice:' || i.id                                     as document_id,
        concat_ws(' ', i.title, i.reference, i.api_reference)  as head,
        (select string_agg(p.text, ' ' order by p.position) from snapshot.invoice_position p where p.invoice_id = i.id)
                                                               as positions
    from snapshot.invoice i
),
sale as (
    select
        v.*,
        if(list_contains(string_split(v.ziffer, '.'), '220'), '220', '221') as box,
        string_split(coalesce(v.account_nos, ''), ' ')         as accounts,
        lower(concat_ws(' ', v.description, t.head, t.positions, if(v.kind in ('manual_entry', 'export'), v.document_no, null)))
                                                               as texts
    from      vat_line v
    left join invoice_text t on t.document_id = v.document_id
    where     v.direction = 'output' and list_has_any(string_split(coalesce(v.ziffer, ''), '.'), ['220', '221'])
),
natured as (
    select s.vat_line_id, bool_and(a.is_goods) as is_goods, bool_and(a.account_no[:2] = '34' and not a.is_goods) as is_service
    from     (select vat_line_id, unnest(accounts) as account_no from sale) s
    join     account a on a.account_no = s.account_no
    group by s.vat_line_id
)
select
    s.vat_line_id, s.booked_on, s.kind, s.is_deferred, s.box as ziffer,
    case when n.is_goods then 'goods' when n.is_service then 'services' end as nature,
    coalesce(
        nullif(regexp_extract(s.texts, '\b[0-9]{2}ch[a-z]{2}[0-9a-z]{9,}|'
            || '(?:ausfuhr|export|\bevv|\be-vv|esportazione|veranlagung|\bmrn)[^0-9]{0,40}[0-9]{5,}'), ''),
        f.file_name
    )                                                          as proof,
    s.net, s.tax_code, s.account_nos, s.contact_name, s.contact_country, s.contact_is_domestic, s.document_id,
    s.document_no, s.description, s.texts
from      sale s
left join natured n on n.vat_line_id = s.vat_line_id
left join (select word, min(file_name) as file_name from file_word group by word) f on f.word = lower(s.document_no)
