-- The company whose books these are, with the numbers bexio prints on its invoices.
-- grain: one company; key: company_id
--
-- company_id: bexio's id
-- name: name in bexio
-- vat_number: VAT number as bexio has it (CHE-123.456.789 MWST), else the UID; null where neither is recorded
-- uid: its nine digits, CHE-123.456.789; null where the text holds no UID
-- is_valid_uid: the check digit is right (modulus 11, weights 5 4 3 2 7 6 5 4); null where there is no UID
-- has_suffix: MWST, TVA, IVA or VAT follows the number
-- register_uid: UID that bexio records beside the VAT number, CHE-123.456.789; null where there is none
-- legal_form: corporation, limited_liability_company, sole_proprietorship, association, foundation, … as bexio names it
with stated as (
    select
        c.id, c.name, c.legal_form,
        coalesce(nullif(trim(c.mwst_nr), ''), nullif(trim(c.ust_id_nr), '')) as vat_number,
        nullif(regexp_extract(regexp_replace(upper(c.ust_id_nr), '[^0-9A-Z]', '', 'g'), 'CHE([0-9]{9})', 1), '')
            as register_digits,
        nullif(regexp_extract(
            regexp_replace(upper(coalesce(nullif(trim(c.mwst_nr), ''), c.ust_id_nr)), '[^0-9A-Z]', '', 'g'),
            'CHE([0-9]{9})', 1), '') as digits
    from snapshot.company c
),
weighed as (
    select
        *,
        11 - list_sum(list_transform([5, 4, 3, 2, 7, 6, 5, 4], lambda w, i : w * cast(digits[i] as integer))) % 11 as rest
    from stated
)
select
    w.id                                                       as company_id,
    w.name,
    w.vat_number,
    'CHE-' || w.digits[1:3] || '.' || w.digits[4:6] || '.' || w.digits[7:9] as uid,
    case when w.rest = 11 then 0 else w.rest end = cast(w.digits[9] as integer) as is_valid_uid,
    regexp_matches(upper(w.vat_number), '(MWST|TVA|IVA|VAT)\s*$') as has_suffix,
    'CHE-' || w.register_digits[1:3] || '.' || w.register_digits[4:6] || '.' || w.register_digits[7:9] as register_uid,
    w.legal_form
from weighed w
