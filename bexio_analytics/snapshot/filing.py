"""Which VAT period of a mandate is to be filed next."""

from __future__ import annotations

from datetime import date
from typing import Final

from bexio_analytics.periods import Rhythm, VatPeriod, last_ended
from bexio_analytics.snapshot.store import Snapshot

OPEN: Final = "open"
"""Status of a VAT period in bexio; any other one says that its return was made."""


def period_to_file(snapshot: Snapshot, as_of: date, rhythm: Rhythm) -> VatPeriod:
    """The last period that had ended on a day, or the next one that is open where bexio holds that one closed.

    Older periods that are still open do not come first: many offices file elsewhere and never close one in bexio.
    """
    periods = snapshot.frame("vat_period")
    closed = {(row["start"], row["end"]) for row in periods.iter_rows(named=True) if row["status"] != OPEN}
    period = last_ended(as_of, rhythm)
    while (period.start, period.end) in closed:
        period = period.next()
    return period
