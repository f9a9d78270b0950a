"""The checks: one module per family of the catalogue, one plain function per check.

``ALL`` is what a review runs; the handbook beside this module is generated from it.
"""

from bexio_analytics.checks import (
    arithmetic,
    cross_border,
    documents,
    entitlement,
    evidence,
    goods_abroad,
    habits,
    integrity,
    irregularities,
    journal,
    journal_habits,
    liability,
    net_tax,
    net_tax_boundaries,
    other_income,
    own_use,
    periods,
    plausibility,
    rates,
    reconciliation,
    reductions,
    registration,
    supplies,
    traces,
    year,
)
from bexio_analytics.review import CheckSet

ALL = CheckSet.from_modules(
    supplies,
    liability,
    plausibility,
    rates,
    arithmetic,
    entitlement,
    evidence,
    own_use,
    cross_border,
    goods_abroad,
    reconciliation,
    reductions,
    other_income,
    year,
    periods,
    integrity,
    documents,
    irregularities,
    journal,
    journal_habits,
    traces,
    habits,
    net_tax,
    net_tax_boundaries,
    registration,
)
"""Every check of the package, by code."""

__all__ = ["ALL"]
