-- One currency of the mandate.
-- grain: one currency; key: currency
--
-- currency: ISO 4217 code
-- round_factor: smallest unit invoices are rounded to (0.05 for CHF)
select name as currency, round_factor
from   snapshot.currency
