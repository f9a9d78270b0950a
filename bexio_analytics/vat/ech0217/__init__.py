"""VAT returns as files of eCH-0217 2.0.0: written, checked, read, and kept as what was filed.

There is no interface to the ESTV: a person uploads the file in the ePortal, and releases it there.
"""

from bexio_analytics.vat.ech0217.boxes import ziffern_of
from bexio_analytics.vat.ech0217.declaration import Declaration, Submission
from bexio_analytics.vat.ech0217.declaring import approval_of, declaration_of, write_declaration, write_xml
from bexio_analytics.vat.ech0217.filing import FiledReturn, filed_return, filed_returns, read_xml, store_filed
from bexio_analytics.vat.ech0217.rules import Approval, RuleBreach, check_xml

__all__ = [
    "Approval",
    "Declaration",
    "FiledReturn",
    "RuleBreach",
    "Submission",
    "approval_of",
    "check_xml",
    "declaration_of",
    "filed_return",
    "filed_returns",
    "read_xml",
    "store_filed",
    "write_declaration",
    "write_xml",
    "ziffern_of",
]
