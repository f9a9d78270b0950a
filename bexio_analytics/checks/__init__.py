"""The checks: one module per family of the catalogue, one plain function per check.

``ALL`` is what a review runs; the handbook beside this module is generated from it.
"""

from bexio_analytics.checks import (
    arithmetic,
    cross_border,
    entitlement,
    integrity,
    net_tax,
    net_tax_boundaries,
    periods,
    plausibility,
    rates,
    reconciliation,
    reductions,
    registration,
    year,
)
from bexio_analytics.review import CheckSet

ALL = CheckSet.from_modules(
    plausibility,
    rates,
    arithmetic,
    entitlement,
    cross_border,
    reconciliation,
    reductions,
    year,
    periods,
    integrity,
    net_tax,
    net_tax_boundaries,
    registration,
)
"""Every check of the package, by code."""

__all__ = ["ALL"]
