"""Companies drawn at random, with an independent statement of what each of their VAT returns must say.

``drawing`` draws documents, ``selling``, ``buying`` and ``entering`` write and book them by bexio's rules, ``routine``
adds what needs no document, settles the VAT periods and closes the years. Every desk notes in ``facts`` what happened,
and ``oracle`` computes the returns from that alone: it never sees a journal row.
"""

from bexio_analytics.simulator.company.drawn.build import DrawnCompany, random_company
from bexio_analytics.simulator.company.drawn.oracle import ExpectedReturn
from bexio_analytics.simulator.company.drawn.profile import YearStatus

__all__ = ["DrawnCompany", "ExpectedReturn", "YearStatus", "random_company"]
