"""The VAT return from the books, and its reconciliation with them."""

from bexio_analytics.vat.annual import (
    AnnualReconciliation,
    FiledComparison,
    annual_reconciliation,
    annual_xml,
    filed_comparison,
)
from bexio_analytics.vat.form import Form, complete_form, complete_net_form
from bexio_analytics.vat.plain import plain
from bexio_analytics.vat.reconciliation import AccountBridge, TurnoverBridge, account_bridge, turnover_bridge
from bexio_analytics.vat.reconciling import Reconciliation, reconcile
from bexio_analytics.vat.statement import (
    InputTaxStatement,
    TurnoverStatement,
    account_causes,
    document_differences,
    document_total_differences,
    input_tax_statement,
    turnover_statement,
)
from bexio_analytics.vat.vat_return import ActivityLine, VatReturn, vat_lines, vat_return

__all__ = [
    "AccountBridge",
    "ActivityLine",
    "AnnualReconciliation",
    "FiledComparison",
    "Form",
    "InputTaxStatement",
    "Reconciliation",
    "TurnoverBridge",
    "TurnoverStatement",
    "VatReturn",
    "account_bridge",
    "account_causes",
    "annual_reconciliation",
    "annual_xml",
    "complete_form",
    "complete_net_form",
    "document_differences",
    "document_total_differences",
    "filed_comparison",
    "input_tax_statement",
    "plain",
    "reconcile",
    "turnover_bridge",
    "turnover_statement",
    "vat_lines",
    "vat_return",
]
