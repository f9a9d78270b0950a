"""Errors of amounts, dates and copies: the code is right, the figure is not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

import polars as pl

from bexio_analytics.review.self_test.draft import Draft, tax_on
from bexio_analytics.review.self_test.material import Booking, Material
from bexio_analytics.review.self_test.planting import Kind, Planted, planted

_LONGEST_DELAY = 14
_LEAST_ALTERED = Decimal(3)


def _is_taxed_in_chf(booking: Booking) -> bool:
    return booking.is_taxed and booking.currency == "CHF" and booking.direction in ("input", "output")


def bill_entered_twice(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The bill came by post and by mail."""
    last = material.period.end
    booking = material.choose(
        rng, lambda each: each.kind in ("bill", "export") and each.is_purchase and each.booked_on < last
    )
    if booking is None:
        return None
    day = min(booking.booked_on + timedelta(days=rng.randint(1, _LONGEST_DELAY)), last)
    ids, document_id = draft.copy_bill(booking, day, rng)
    found = planted(booking, f"entered again on {day}", *ids)
    return Planted(found.what, found.line_ids, found.keys | ({f"document:{document_id}"} if document_id else set()))


def gross_booked_as_net(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The total of the bill is taken for its net amount: input tax on the tax."""
    booking = material.choose(rng, lambda each: _is_taxed_in_chf(each) and each.is_purchase)
    if booking is None:
        return None
    draft.set_amounts(booking, booking.gross, tax_on(booking.gross, booking.rate))
    return planted(booking, f"net {booking.gross} instead of {booking.net}")


def tax_altered(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The tax is typed by hand, some percent off; the total is right."""
    booking = material.choose(
        rng, lambda each: _is_taxed_in_chf(each) and each.kind != "invoice" and each.tax >= _LEAST_ALTERED
    )
    if booking is None:
        return None
    tax = (booking.tax * (100 + rng.choice((-1, 1)) * rng.randint(8, 25)) / 100).quantize(Decimal("0.01"))
    draft.set_amounts(booking, booking.gross - tax, tax)
    return planted(booking, f"tax {tax} instead of {booking.tax}")


def decimal_slip(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The decimal point is one place off."""
    booking = material.choose(rng, lambda each: _is_taxed_in_chf(each) and each.is_purchase)
    if booking is None:
        return None
    net = booking.net * 10
    draft.set_amounts(booking, net, tax_on(net, booking.rate))
    return planted(booking, "ten times the amount")


def foreign_currency_at_par(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """One euro is one franc."""
    booking = material.choose(rng, lambda each: each.currency != "CHF" and each.net != each.net_fc)
    if booking is None:
        return None
    lines = pl.col("id").is_in(booking.line_ids)
    draft.update("journal", lines, currency_factor=Decimal(1))
    for line_id in booking.line_ids:
        amount = draft.row("journal", pl.col("id") == line_id)["amount"]
        draft.update("journal", pl.col("id") == line_id, base_amount=amount)
    kind, _, key = (booking.document_id or "").partition(":")
    if kind in ("bill", "expense"):
        table = "bill" if kind == "bill" else "expense"
        paid = draft.row(table, pl.col("id") == key)["amount_calc" if kind == "bill" else "amount"]
        draft.update(table, pl.col("id") == key, exchange_rate=Decimal(1), base_currency_amount=paid)
    return planted(booking, f"{booking.currency} booked one to one")


def _is_acquisition(booking: Booking) -> bool:
    return booking.direction == "acquisition" and booking.is_taxed and booking.is_purchase


def acquisition_tax_not_owed(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """Acquisition tax is deducted but stands against the supplier, not against the tax that is owed."""
    booking = material.choose(rng, _is_acquisition)
    if booking is None:
        return None
    supplier = draft.account_id(booking.credit_account_no)
    draft.update("journal", pl.col("id") == booking.tax_line_id, credit_account_id=supplier)
    return planted(booking, "acquisition tax deducted, not declared as owed")


def acquisition_tax_not_deducted(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """Acquisition tax is owed but stands against the cost, not against input tax."""
    booking = material.choose(rng, _is_acquisition)
    if booking is None:
        return None
    cost = draft.account_id(booking.account_no)
    draft.update("journal", pl.col("id") == booking.tax_line_id, debit_account_id=cost)
    return planted(booking, "acquisition tax booked as cost, not deducted")


def document_of_another_period(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The invoice is dated in an earlier period than it is booked in."""
    booking = material.choose(rng, lambda each: each.kind == "invoice" and each.is_taxed)
    if booking is None:
        return None
    _, _, key = (booking.document_id or "").partition(":")
    day = material.period.start - timedelta(days=rng.randint(5, 75))
    draft.update("invoice", pl.col("id") == int(key), is_valid_from=day, is_valid_to=day + timedelta(days=30))
    return planted(booking, f"invoice dated {day}, before the period")


KINDS = (
    Kind("bill_entered_twice", "Bill entered twice", bill_entered_twice),
    Kind("gross_booked_as_net", "Gross booked as net", gross_booked_as_net),
    Kind("tax_altered", "VAT amount altered by hand", tax_altered),
    Kind("decimal_slip", "Decimal slip, ten times the amount", decimal_slip),
    Kind("foreign_currency_at_par", "Foreign currency booked one to one", foreign_currency_at_par),
    Kind("acquisition_tax_not_owed", "Acquisition tax deducted but not owed", acquisition_tax_not_owed),
    Kind("acquisition_tax_not_deducted", "Acquisition tax owed but not deducted", acquisition_tax_not_deducted),
    Kind("document_of_another_period", "Document dated in another period", document_of_another_period),
)
