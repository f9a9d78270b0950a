-- Journal rows with account numbers and what the accounts alone tell about a row.
-- grain: one journal row; key: line_id
--
-- Opening: against the opening balance account 9100; closing: against any other closing account (9000, 9200, …). They
-- come from the year end and are never turnover, whatever their id.
-- Settlement: a VAT account against the settlement account 2201; no tax arises, it is only handed over.
select
    j.id                                                       as line_id,
    j.sequence,
    j.date                                                     as booked_on,
    d.account_no                                               as debit_account_no,
    c.account_no                                               as credit_account_no,
    d.account_type                                             as debit_type,
    c.account_type                                             as credit_type,
    nullif(trim(j.description), '')                            as description,
    nullif(trim(j.reference), '')                              as reference,
    j.base_amount                                              as amount,
    cast(j.amount as decimal(18, 2))                           as amount_fc,
    j.currency,
    j.currency_factor,
    j.ref_class,
    j.ref_id,
    j.ref_uuid,
    j.export_tax_code,
    cast(j.export_tax_rate as decimal(9, 4))                   as export_tax_rate,
    d.is_vat                                                   as debit_is_vat,
    c.is_vat                                                   as credit_is_vat,
    d.is_vat or c.is_vat                                       as is_vat_row,
    -- collected consideration: from the clearing accounts to the VAT accounts when paid, or back
    d.is_vat and c.is_vat and (d.account_no in ('1172', '2202')) <> (c.account_no in ('1172', '2202'))
        and '2201' not in (d.account_no, c.account_no)         as is_moved_tax,
    (d.is_vat and c.account_no = '2201') or (c.is_vat and d.account_no = '2201') as is_settlement,
    '9100' in (d.account_no, c.account_no)                     as is_opening,
    'closing' in (d.account_type, c.account_type) and '9100' not in (d.account_no, c.account_no)
        and '9900' not in (d.account_no, c.account_no)         as is_closing,
    '6945' in (d.account_no, c.account_no) and not d.is_vat and not c.is_vat as is_rounding
from      snapshot.journal j
join      account d on d.account_id = j.debit_account_id
join      account c on c.account_id = j.credit_account_id
