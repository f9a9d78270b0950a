-- A private share or benefit in kind as it is booked: own use of the owner, or a supply to staff.
-- Recognised by the words in the name of the account or the text, in German, French, Italian and English, or by a code that
-- corrects input tax (Ziffer 415).
-- grain: one leg; key: posting_id
--
-- posting_id: journal row and side
-- line_id: the journal row
-- booked_on: booking date
-- kind: car, unnamed (a private share and no word about what of) or other (telephone, energy, rent, goods)
-- tax: CHF it adds to the tax due, as output tax or as a correction of input tax; 0.00 without a code
-- account_no: account
-- description: text
with worded as (
    select
        p.*, lower(p.account_name || ' ' || coalesce(p.description, '')) as words
    from  posting p
    where not p.is_vat_row and not p.is_opening and not p.is_closing
    and   (p.account_type in ('revenue', 'expense') or p.ziffer = '415')
),
named as (
    select * from worded
    where  is_tax_side and vat_role = 'base' and coalesce(ziffer, '') = '415'
    or     account_type in ('revenue', 'expense') and regexp_matches(words,
               'privat-?(anteil|gebrauch|nutzung|verbrauch)|eigen(verbrauch|gebrauch)|naturalbez|parts? privée|'
               || 'prélèvements? en nature|quot[ae] privat|prelievi in natura|private (share|use)|own use')
)
select
    posting_id, line_id, booked_on,
    case
        when regexp_matches(words, 'fahrzeug|\bautos?\b|\bpw\b|wagen|véhicule|voiture|veicol|\bcars?\b|vehicle') then 'car'
        when regexp_matches(words, 'tele|energie|strom|heizung|miete|waren|verpfleg|loyer|électri|marchandise|affitt|merc|'
            || 'phone|energy|rent|goods') then 'other'
        else 'unnamed'
    end                                                        as kind,
    case when is_tax_side and vat_role = 'base' and tax_rate > 0 then tax_on(-amount, tax_rate) else 0.00 end as tax,
    account_no, description
from named
