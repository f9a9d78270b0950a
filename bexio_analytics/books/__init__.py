"""The books of a mandate: documented DuckDB views over one snapshot."""

from bexio_analytics.books.books import FILE_NAME, Books, open_mandate
from bexio_analytics.books.definition import DERIVATION, LAW_VIEWS, LEDGER_VIEWS, VIEWS, Definition, definition

__all__ = [
    "DERIVATION",
    "FILE_NAME",
    "LAW_VIEWS",
    "LEDGER_VIEWS",
    "VIEWS",
    "Books",
    "Definition",
    "definition",
    "open_mandate",
]
