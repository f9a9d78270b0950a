"""The VAT return from the books, and its reconciliation with them."""

from bexio_analytics.vat.form import Form, complete_form, complete_net_form
from bexio_analytics.vat.plain import plain
from bexio_analytics.vat.reconciliation import AccountBridge, TurnoverBridge, account_bridge, turnover_bridge
from bexio_analytics.vat.statement import (
    InputTaxStatement,
    TurnoverStatement,
    document_differences,
    input_tax_statement,
    turnover_statement,
)
from bexio_analytics.vat.vat_return import ActivityLine, VatReturn, vat_lines, vat_return

__all__ = [
    "AccountBridge",
    "ActivityLine",
    "Form",
    "InputTaxStatement",
    "TurnoverBridge",
    "TurnoverStatement",
    "VatReturn",
    "account_bridge",
    "complete_form",
    "complete_net_form",
    "document_differences",
    "input_tax_statement",
    "plain",
    "turnover_bridge",
    "turnover_statement",
    "vat_lines",
    "vat_return",
]
