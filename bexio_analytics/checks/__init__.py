"""The checks: one module per family of the catalogue, one plain function per check.

``ALL`` is what a review runs; the handbook beside this module is generated from it.
"""

from bexio_analytics.checks import (
    arithmetic,
    cross_border,
    entitlement,
    integrity,
    plausibility,
    rates,
    reconciliation,
)
from bexio_analytics.review import CheckSet

ALL = CheckSet.from_modules(plausibility, rates, arithmetic, entitlement, cross_border, reconciliation, integrity)
"""Every check of the package, by code."""

__all__ = ["ALL"]
