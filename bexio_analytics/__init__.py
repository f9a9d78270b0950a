"""VAT and bookkeeping review for bexio mandates: from bexio or its exports to a reviewed VAT return, offline.

These names are the public ones::

    from bexio_analytics import VatPeriod, open_mandate, vat_return

    with open_mandate("data", "muster-handels-ag") as books:
        print(vat_return(books, VatPeriod.parse("2026-Q3")).payable)
        print(books.sql("select * from vat_line where tax_code = 'UN81'"))
"""

from importlib.metadata import version

from bexio_analytics.books import Books, open_mandate
from bexio_analytics.mandate import Mandate
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import CheckSet, Confidence, Finding, Review, Severity, check, review
from bexio_analytics.vat import VatReturn, vat_lines, vat_return

__version__ = version("bexio-analytics")

__all__ = [
    "Books",
    "CheckSet",
    "Confidence",
    "Finding",
    "Mandate",
    "Review",
    "Severity",
    "VatPeriod",
    "VatReturn",
    "__version__",
    "check",
    "open_mandate",
    "review",
    "vat_lines",
    "vat_return",
]
