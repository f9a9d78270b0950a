-- One contact: customer or supplier.
-- grain: one contact; key: contact_id
--
-- contact_id: bexio's id
-- contact_no: number in bexio
-- name: company name, or first name and name of a person
-- kind: company or person
-- country: ISO 3166 code of the address, or of mandate.toml; null where unknown
-- is_domestic: Switzerland or Liechtenstein (one VAT territory); null where the country is unknown
-- vat_number: Swiss VAT number with valid check digit, from mandate.toml or found in the contact's free texts, else null
-- stated_number: number of the form CHE-123.456.789 in the free texts, whether it can exist or not; null where there is none
-- postcode: postcode
-- city: city
select
    c.id                                                       as contact_id,
    c.nr                                                       as contact_no,
    case when c.contact_type_id = 2 then trim(coalesce(c.name_2, '') || ' ' || c.name_1) else c.name_1 end as name,
    case when c.contact_type_id = 2 then 'person' else 'company' end as kind,
    coalesce(m.country, k.iso_3166_alpha2)                     as country,
    coalesce(m.country, k.iso_3166_alpha2) in ('CH', 'LI')     as is_domestic,
    coalesce(m.vat_number, v.vat_number)                       as vat_number,
    nullif(regexp_extract(upper(concat_ws(' ', c.remarks, c.name_1, c.name_2, c.address_addition)),
                          'CHE[-. ]?[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}'), '') as stated_number,
    c.postcode,
    c.city
from      snapshot.contact c
left join snapshot.country k            on k.id = c.country_id
left join mandate.contact m             on m.contact = c.nr or m.contact = cast(c.id as varchar)
left join derivation.contact_vat_number v on v.contact_id = c.id
