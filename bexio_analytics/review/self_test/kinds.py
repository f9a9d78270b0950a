"""All kinds of errors that the self-test plants."""

from __future__ import annotations

from bexio_analytics.review.self_test import amounts, by_hand, codes
from bexio_analytics.review.self_test.planting import Kind

KINDS: tuple[Kind, ...] = (*codes.KINDS, *amounts.KINDS, *by_hand.KINDS)
"""Codes first, then amounts, then bookings that should not be there."""
