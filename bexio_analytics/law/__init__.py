"""Swiss VAT law as dated, cited data: rates, boxes of the form, bexio's standard codes, chart of accounts, UID.

The data lies in the ``.toml`` files beside this module; nothing here knows a mandate. Rates are percent, dates
inclusive.
"""

from bexio_analytics.law.accounts import AccountRange, account_range, account_ranges
from bexio_analytics.law.codes import StandardTaxCode, standard_tax_code, standard_tax_codes
from bexio_analytics.law.form import BY_ACTIVITY_FROM, EFFECTIVE, NET_TAX, Ziffer, all_ziffern, shown_ziffern, ziffern
from bexio_analytics.law.limits import Instalment, default_interest, instalments, interest_rate, limit
from bexio_analytics.law.lump_sums import LumpSum, lump_sum, lump_sums
from bexio_analytics.law.rates import NetTaxRate, VatRate, net_tax_rates, rate_on, vat_rates
from bexio_analytics.law.tables import TABLE_NAMES, holidays_of, table
from bexio_analytics.law.uid import find_vat_number, is_valid_uid

__all__ = [
    "BY_ACTIVITY_FROM",
    "EFFECTIVE",
    "NET_TAX",
    "TABLE_NAMES",
    "AccountRange",
    "Instalment",
    "LumpSum",
    "NetTaxRate",
    "StandardTaxCode",
    "VatRate",
    "Ziffer",
    "account_range",
    "account_ranges",
    "all_ziffern",
    "default_interest",
    "find_vat_number",
    "holidays_of",
    "instalments",
    "interest_rate",
    "is_valid_uid",
    "limit",
    "lump_sum",
    "lump_sums",
    "net_tax_rates",
    "rate_on",
    "shown_ziffern",
    "standard_tax_code",
    "standard_tax_codes",
    "table",
    "vat_rates",
    "ziffern",
]
