"""Errors of bookings that should not be there at all."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bexio_analytics.review.self_test.draft import Draft
from bexio_analytics.review.self_test.material import Material, any_of, rappen
from bexio_analytics.review.self_test.planting import Kind, Planted

_LONGEST_DELAY = 40
_BUSY = 5
"""So many of the busiest accounts are ordinary enough to be hit."""


def _by_hand(day: date, text: str, booked: tuple[list[int], str | None]) -> Planted:
    ids, document_id = booked
    return Planted(f"{day} {text}", frozenset(ids), frozenset({f"document:{document_id}"} if document_id else ()))


def vat_account_by_hand(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """A correction straight on the VAT account: no code, no box."""
    cost = any_of(rng, material.accounts("a.account_type = 'expense' and not a.never_input")[:_BUSY])
    turnover = any_of(rng, material.accounts("a.needs_sales_code")[:_BUSY])
    deducted = material.accounts("a.is_vat and a.account_type = 'asset' and not a.is_clearing")
    owed = material.accounts(
        "a.is_vat and a.account_type = 'liability' and not a.is_clearing and a.account_no <> '2201'"
    )
    sides = [(vat, cost) for vat in deducted if cost] + [(turnover, vat) for vat in owed if turnover]
    if not sides:
        return None
    (debit, credit), day, amount = rng.choice(sides), material.day(rng), rappen(rng, 40, 600)
    text = f"Korrektur MWST {debit} / {credit} CHF {amount}"
    return _by_hand(day, text, draft.book_by_hand(day, (debit, credit), amount, "Korrektur MWST"))


def asset_sold_without_tax(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The sale of a used machine or car is turnover."""
    asset = any_of(rng, material.accounts("a.is_fixed_asset"))
    money = any_of(rng, material.accounts("a.is_money and not a.is_cash")[:1])
    if asset is None or money is None:
        return None
    day, amount = material.day(rng), rappen(rng, 900, 6000)
    booked = draft.book_by_hand(day, (money, asset), amount, "Verkauf gebraucht")
    return _by_hand(day, f"Verkauf gebraucht {money} / {asset} CHF {amount}", booked)


def till_overdrawn(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """More is taken out of the till than was in it."""
    till = any_of(rng, material.accounts("a.is_cash")[:1])
    bank = any_of(rng, material.accounts("a.is_money and not a.is_cash")[:1])
    if till is None or bank is None or f"account:{till}" in material.spoken_of:
        return None
    day = material.day(rng)
    held = material.books.sql(
        "select coalesce(sum(amount), 0) from posting where account_no = $till and booked_on <= $day",
        till=till,
        day=day,
    ).item()
    amount = max(Decimal(str(held)), Decimal(0)) + rappen(rng, 200, 900)
    ids, document_id = draft.book_by_hand(day, (bank, till), amount.quantize(Decimal("0.01")), "Einzahlung auf Bank")
    found = _by_hand(day, f"CHF {amount} taken out of the till {till}, which held {held}", (ids, document_id))
    return Planted(found.what, found.line_ids, found.keys | {f"account:{till}"})


def paid_bill_booked_as_cost(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The bill is booked, and its payment again as a cost with input tax."""
    bank = any_of(rng, material.accounts("a.is_money and not a.is_cash")[:1])
    if bank is None:
        return None
    booking = material.choose(
        rng,
        lambda each: each.kind in ("bill", "export") and each.is_purchase and each.direction == "input"
        and each.is_taxed and each.currency == "CHF" and each.booked_on < material.period.end,
    )  # fmt: skip
    if booking is None:
        return None
    tax = next((each for each in material.taxes if each.tax_id == booking.tax_id), None)
    day = min(booking.booked_on + timedelta(days=rng.randint(5, _LONGEST_DELAY)), material.period.end)
    text = booking.partner or "Zahlung"
    ids, document_id = draft.book_by_hand(day, (booking.account_no, bank), booking.gross, text, tax)
    found = _by_hand(day, f"{text}, CHF {booking.gross}: payment booked as cost again", (ids, document_id))
    return Planted(found.what, found.line_ids | set(booking.line_ids), found.keys | booking.keys)


KINDS = (
    Kind("vat_account_by_hand", "VAT account posted by hand", vat_account_by_hand),
    Kind("asset_sold_without_tax", "Asset sold without VAT", asset_sold_without_tax),
    Kind("till_overdrawn", "Till overdrawn", till_overdrawn),
    Kind("paid_bill_booked_as_cost", "Paid bill booked as cost again", paid_bill_booked_as_cost),
)
