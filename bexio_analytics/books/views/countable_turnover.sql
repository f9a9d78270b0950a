-- Turnover that counts for the liability to VAT (Art. 10 MWSTG), by month of the years without registration and before.
-- grain: one month with such turnover; key: month_start
--
-- Without what is excluded from tax or no consideration: financial income, property and extraordinary revenue, codes of
-- the Ziffern 230, 900 and 910, and what account or text call rent of property, interest, membership, grant, donation,
-- damages or treatment. Exports, supplies abroad and the hire of movables count. An account of other excluded revenue
-- is told with needs_sales_code = false in mandate.toml.
--
-- month_start: first day of the month
-- turnover: CHF
-- tax: tax contained in it at the normal rate, 0 in years with registration
with asked as (
    select s.year, s.is_vat_subject
    from   vat_status s
    where  exists (from vat_status u where not u.is_vat_subject and s.year in (u.year, u.year - 1))
),
told as (
    select t.*, a.is_vat_subject, lower(concat_ws(' ', t.account_name, t.description)) as said
    from   turnover_posting t
    join   asked a on a.year = year(t.booked_on)
    where  coalesce(string_split(t.ziffer, '.')[-1], '') not in ('230', '900', '910')
    and    t.account_no[:2] not in ('69', '75', '85')
)
select
    cast(date_trunc('month', t.booked_on) as date)             as month_start,
    cast(sum(t.turnover) as decimal(18, 2))                    as turnover,
    cast(sum(if(t.is_vat_subject, 0, tax_in(t.turnover, n.rate))) as decimal(18, 2)) as tax
from told t
join law.normal_rate n on t.booked_on between n.valid_from and n.valid_till
where not regexp_matches(
          said,
          '\bzins(en|ertrag)?\b|intérêt|dividend|mitgliederbeitr|cotisation|subvention|förderbeitr|\bspenden?\b'
          || '|\bdons?\b|donation|donazion|schadenersatz|versicherungsleist|versicherungsprovision|arzthonorar'
          || '|heilbehandlung'
      )
and   not (
          regexp_matches(
              said, 'mietzins|mietertr|loyer|affitt|miete .{0,12}(wohnung|zimmer|haus|büro|laden|praxis|lager|raum)'
          )
          and not regexp_matches(said, 'maschin|fahrzeug|gerät|anhänger|software|machine|véhicule|macchin|veicol')
      )
group by 1
