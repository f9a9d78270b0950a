"""For tests of checks: books from a few lines of text, and the rules every check has to keep."""

from bexio_analytics.testing.assertion import (
    assert_flags_marked_lines,
    books_from_text,
    frames_from_text,
    mandate_for_tests,
)
from bexio_analytics.testing.ledger import Ledger, Line, parse

__all__ = [
    "Ledger",
    "Line",
    "assert_flags_marked_lines",
    "books_from_text",
    "frames_from_text",
    "mandate_for_tests",
    "parse",
]
