-- A change of use after which input tax is to be paid back (Art. 31 MWSTG).
-- An asset taken out against equity or the private account without a code; a tenant whose rent was opted and no longer is;
-- the end of the registration. A year of use takes off 20 percent of the input tax, of property 5; the year of purchase
-- counts in full, the year of the change only on its last day (Art. 70 MWSTV).
-- grain: one leg × change; key: posting_id
--
-- posting_id: journal row and side: the withdrawal, the first rent without option, of the end of registration the largest purchase of an asset account
-- line_id: the journal row
-- booked_on: day of the change
-- account_no: asset account, or account of the rent
-- account_name: its name
-- change: withdrawn, unopted or deregistered
-- amount: CHF withdrawn, rent, or price of the assets
-- tax: input tax to pay back in CHF; null where the books do not tell it
-- ziffer: 415, or the box of the supply for what a company hands to its shareholders
-- kind: invoice, bill, expense, manual_entry, export or other
-- document_id: document
-- document_no: its number
-- contact_name: customer
-- description: text
with withdrawn as (
    select
        p.*, -p.amount as worth, n.rate, n.ziffer as supply_ziffer,
        (select max((b.booked_on, b.tax, b.yearly_percent)) from asset_purchase b
         where b.account_no = p.account_no and b.net = -p.amount and b.booked_on <= p.booked_on) as bought
    from  posting p
    join  account a on a.account_no = p.account_no and a.is_fixed_asset
    join  law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
    where p.amount < 0 and p.contra_account_no between '2800' and '2999' and coalesce(p.tax_rate, 0) = 0
    and   p.account_no[4:4] <> '9' and not p.is_opening and not p.is_closing
),
rent as (
    select
        d.*, max(d.booked_on) filter (not d.is_excluded) over (partition by d.contact_id, d.account_no) as opted_till
    from  declared_turnover d
    where d.kind = 'rent' and d.contact_id is not null and d.turnover > 0
),
left_register as (
    select b.*, make_date(s.year, 12, 31) as left_on,
           tax_on(b.tax, greatest(0, 100 - b.yearly_percent * (s.year - year(b.booked_on) + 1))) as rest
    from   asset_purchase b
    join   vat_status s on s.is_vat_subject and s.year >= year(b.booked_on)
    join   vat_status f on f.year = s.year + 1 and not f.is_vat_subject
)
select
    posting_id, line_id, booked_on, account_no, account_name, 'withdrawn' as change, worth as amount,
    case when bought is null then tax_on(worth, rate)
         else tax_on(bought[2], greatest(0, 100 - bought[3] * (year(booked_on) - year(bought[1])
                                                               + if(month(booked_on) = 12 and day(booked_on) = 31, 1, 0))))
    end                                                        as tax,
    if(contra_account_no between '2850' and '2859', '415', supply_ziffer) as ziffer,
    kind, document_id, document_no, contact_name, description
from withdrawn
union all by name
select
    p.posting_id, p.line_id, r.booked_on, p.account_no, p.account_name, 'unopted' as change,
    r.turnover as amount, cast(null as decimal(18, 2)) as tax, '415' as ziffer, p.kind, p.document_id, p.document_no,
    p.contact_name, p.description
from rent r
join posting p on p.vat_line_id = r.vat_line_id and p.line_id = r.first_line_id and p.is_tax_side
where r.is_excluded and r.booked_on > r.opted_till
qualify row_number() over (partition by r.contact_id, r.account_no order by r.booked_on, r.first_line_id) = 1
union all by name
select
    arg_max(posting_id, (tax, line_id)) as posting_id, arg_max(line_id, (tax, line_id)) as line_id, left_on as booked_on,
    account_no, account_name, 'deregistered' as change, cast(sum(net) as decimal(18, 2)) as amount,
    cast(sum(rest) as decimal(18, 2)) as tax, '415' as ziffer, 'other' as kind, cast(null as varchar) as document_id,
    cast(null as varchar) as document_no, cast(null as varchar) as contact_name,
    arg_max(description, (tax, line_id)) as description
from     left_register
group by account_no, account_name, left_on
having   sum(rest) > 0
