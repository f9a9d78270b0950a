-- One VAT line that is declared in Ziffer 200, by what the money is for.
-- grain: one VAT line; key: vat_line_id
--
-- vat_line_id: the VAT line
-- booked_on: date that decides the period
-- first_line_id: first journal row
-- account_no: the first account of its base
-- account_name: its name
-- contact_id: customer
-- kind: interest (with income from securities), rent (of property) or other
-- is_excluded: excluded from the tax and not opted (Ziffer 230)
-- turnover: CHF
with account_kind as (
    select
        account_no, name,
        case
            when account_no between '7500' and '7599'
                 or regexp_matches(lower(name), 'liegenschaft|immobil|mietertr|mietzins|vermietung|loyer|affitt|property') then 'rent'
            when account_no between '6950' and '6998'
                 or regexp_matches(lower(name), 'zins|wertschrift|dividend|intérêt|interess|titoli|titres|interest') then 'interest'
            else 'other'
        end as kind
    from account
)
select
    v.vat_line_id,
    z.booked_on,
    v.first_line_id,
    a.account_no,
    a.name                                                     as account_name,
    v.contact_id,
    coalesce(a.kind, 'other')                                  as kind,
    list_contains(string_split(v.ziffer, '.'), '230')          as is_excluded,
    z.base                                                     as turnover
from      vat_line_ziffer z
join      vat_line v on v.vat_line_id = z.vat_line_id
left join account_kind a on a.account_no = string_split(v.account_nos, ' ')[1]
where     z.ziffer = '200'
