-- A posting whose code points the other way: a sales code on a purchase, an input code on revenue.
-- grain: one leg; key: posting_id
--
-- Reductions and refunds on the other side of an account are right and not part of it: purchase discounts, refunds of
-- cost, the sale of an asset with a sales code, discounts granted. Rounding accounts (6945) have no direction.
--
-- posting_id: journal row and side
-- line_id: the journal row
-- vat_line_id: the VAT line it is part of
select
    p.posting_id,
    p.line_id,
    p.vat_line_id
from   posting p
join   account a on a.account_no = p.account_no
where  p.is_tax_side and p.vat_role = 'base' and p.account_no[:4] <> '6945' and not p.is_opening and not p.is_closing
and    (p.direction = 'output' and p.side = 'debit' and p.amount > 0
        and (p.account_type = 'expense' or a.is_fixed_asset)
        or p.direction in ('input', 'acquisition', 'customs') and p.side = 'credit' and p.amount < 0
        and p.account_type = 'revenue')
