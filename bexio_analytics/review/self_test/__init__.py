"""The self-test: known errors planted in a copy of a mandate's own books, to see which of them the review finds.

It answers "what would I have missed?" for these books, these settings and the checks of today. Nothing is written: the
copy is made of the snapshot's tables in memory. An error of a kind is planted only where the books have material for it
(no acquisition tax is forgotten where nobody buys abroad), if possible into a booking that no finding speaks of.
"""

from bexio_analytics.review.self_test.kinds import KINDS
from bexio_analytics.review.self_test.planting import Kind
from bexio_analytics.review.self_test.running import BUDGET, SelfTest, Tally, Trial, self_test

__all__ = ["BUDGET", "KINDS", "Kind", "SelfTest", "Tally", "Trial", "self_test"]
