-- One account of the chart, with what it means for VAT.
-- grain: one account; key: account_id
--
-- account_id: bexio's id of the account (an import from files: the number itself)
-- account_no: number of the account, text
-- name: name in bexio
-- account_type: revenue, expense, asset, liability or closing
-- is_active: can be booked on
-- is_system: locked by bexio
-- default_tax_code: code bexio proposes for a posting on this account
-- law_content: what the Swiss SME chart keeps under this number
-- is_money: cash, post or bank
-- is_cash: a till; its balance can never be negative
-- is_receivable: receivable or current account with debit balance
-- is_payable: payable from supplies
-- is_vat: VAT account, booked on by bexio itself
-- is_clearing: must be zero at the end of a VAT period
-- is_fixed_asset: a sale of it is turnover (Art. 128 para. 2 lit. d MWSTV)
-- never_input: input tax is impossible or excluded (Art. 18, 21 para. 2 MWSTG)
-- needs_sales_code: every posting is consideration and carries a sales code
-- is_foreign_service: services from abroad are usually booked here (Art. 45 MWSTG)
-- is_goods: goods are usually bought, kept or sold here; customs taxes them at the border (Art. 50 MWSTG)
with narrowest_range as (
    select a.id, r.*
    from   snapshot.account a
    join   law.account_range r
      on   regexp_matches(a.account_no, '^\d{4}') and a.account_no[:4] between r.from_no and r.till_no
    qualify row_number() over (partition by a.id order by cast(r.till_no as integer) - cast(r.from_no as integer)) = 1
),
flag as (
    pivot mandate.account_flag on flag in (
        'is_money', 'is_cash', 'is_receivable', 'is_payable', 'is_vat', 'is_clearing', 'is_fixed_asset',
        'never_input', 'needs_sales_code', 'is_foreign_service', 'is_goods'
    ) using bool_or(value) group by account_no
)
select
    a.id                                                                          as account_id,
    a.account_no,
    a.name,
    coalesce(o.account_type, ['revenue', 'expense', 'asset', 'liability', 'closing'][a.account_type]) as account_type,
    a.is_active,
    a.is_locked                                                                   as is_system,
    d.code                                                                        as default_tax_code,
    r.content                                                                     as law_content,
    coalesce(f.is_money, r.is_money, false)                                       as is_money,
    coalesce(f.is_cash, r.is_cash, false)                                         as is_cash,
    coalesce(f.is_receivable, r.is_receivable, false)                             as is_receivable,
    coalesce(f.is_payable, r.is_payable, false)                                   as is_payable,
    coalesce(f.is_vat, r.is_vat or a.id in (select account_id from snapshot.tax), false) as is_vat,
    coalesce(f.is_clearing, r.is_clearing, false)                                 as is_clearing,
    coalesce(f.is_fixed_asset, r.is_fixed_asset, false)                           as is_fixed_asset,
    coalesce(f.never_input, r.never_input, false)                                 as never_input,
    coalesce(f.needs_sales_code, r.needs_sales_code, false)                       as needs_sales_code,
    coalesce(f.is_foreign_service, r.is_foreign_service, false)                   as is_foreign_service,
    coalesce(f.is_goods, r.is_goods, false)                                       as is_goods
from      snapshot.account a
left join narrowest_range r on r.id = a.id
left join flag f            on f.account_no = a.account_no
left join mandate.account_type o on o.account_no = a.account_no
left join snapshot.tax d    on d.id = a.tax_id
