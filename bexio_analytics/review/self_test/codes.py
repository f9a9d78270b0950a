"""Errors of the tax code: a wrong one, a missing one, one too many."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from bexio_analytics.review.self_test.draft import Draft
from bexio_analytics.review.self_test.material import Booking, Material, Tax
from bexio_analytics.review.self_test.planting import Kind, Planted, planted

_HISTORY = 4
"""So many earlier bookings of a partner, all alike, make a habit."""


def _recoded(draft: Draft, chosen: tuple[Booking, Tax | None] | None) -> Planted | None:
    if chosen is None:
        return None
    booking, tax = chosen
    old, new = booking.tax_code or "no code", tax.code if tax else "no code"
    return planted(booking, f"{new} instead of {old}", draft.recode(booking, tax))


def _without_code(draft: Draft, booking: Booking | None) -> Planted | None:
    return _recoded(draft, (booking, None) if booking else None)


def _is_taxed(booking: Booking, direction: str) -> bool:
    return booking.direction == direction and booking.is_taxed and booking.currency == "CHF"


def _is_untaxed_purchase(booking: Booking) -> bool:
    return booking.is_purchase and not booking.tax and booking.currency == "CHF"


def _is_offered(tax: Tax, booking: Booking, direction: str) -> bool:
    return tax.direction == direction and tax.rate > 0 and tax.is_offered_on(booking.booked_on)


def _is_deducted(tax: Tax, booking: Booking) -> bool:
    return _is_offered(tax, booking, "input") and (_reaches(tax, "400") or _reaches(tax, "405"))


def _reaches(tax: Tax, ziffer: str) -> bool:
    return ziffer in (tax.ziffer or "").split(".")


def input_tax_at_another_rate(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The supplier charges one rate, another is deducted."""
    chosen = material.choose_with_tax(
        rng,
        lambda each: _is_taxed(each, "input"),
        lambda tax, each: _is_deducted(tax, each) and tax.rate != each.rate,
    )
    return _recoded(draft, chosen)


def sale_at_an_old_rate(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """A code of the time before the rates changed."""
    chosen = material.choose_with_tax(
        rng,
        lambda each: _is_taxed(each, "output"),
        lambda tax, each: (
            tax.direction == "output"
            and tax.rate not in (0, each.rate)
            and tax.valid_till is not None
            and tax.valid_till < each.booked_on
        ),
    )
    return _recoded(draft, chosen)


def sale_without_code(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """Turnover that reaches no box of the return."""
    return _without_code(draft, material.choose(rng, lambda each: _is_taxed(each, "output")))


def export_code_on_domestic_sale(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """A customer in Switzerland is invoiced like one abroad."""
    chosen = material.choose_with_tax(
        rng,
        lambda each: _is_taxed(each, "output") and bool(each.is_domestic),
        lambda tax, each: (
            tax.direction == "output" and not tax.rate and _reaches(tax, "220") and tax.is_offered_on(each.booked_on)
        ),
    )
    return _recoded(draft, chosen)


def acquisition_as_domestic_purchase(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """A service from abroad gets the code of a Swiss supplier: tax is deducted that nobody charged."""
    chosen = material.choose_with_tax(
        rng,
        lambda each: _is_taxed(each, "acquisition"),
        lambda tax, each: _is_deducted(tax, each) and tax.rate == each.rate,
    )
    return _recoded(draft, chosen)


def acquisition_tax_forgotten(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """A service from abroad is booked without tax."""
    return _without_code(draft, material.choose(rng, lambda each: _is_taxed(each, "acquisition")))


def input_tax_where_none_is_possible(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """Wages, insurance, interest, duties: nobody charges VAT there."""
    chosen = material.choose_with_tax(
        rng,
        lambda each: _is_untaxed_purchase(each) and each.never_input,
        lambda tax, each: _is_deducted(tax, each) and tax.rate == _highest_rate(material, each),
    )
    return _recoded(draft, chosen)


def input_tax_of_a_supplier_without_vat(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """A supplier who never charged VAT suddenly does."""

    def never_charged(booking: Booking) -> bool:
        if not _is_untaxed_purchase(booking) or booking.never_input:
            return False
        earlier = material.earlier(booking)
        return len(earlier) >= _HISTORY and all(not each.tax for each in earlier)

    chosen = material.choose_with_tax(
        rng, never_charged, lambda tax, each: _is_deducted(tax, each) and tax.rate == _highest_rate(material, each)
    )
    return _recoded(draft, chosen)


def _highest_rate(material: Material, booking: Booking) -> Decimal | None:
    return max((tax.rate for tax in material.taxes if _is_deducted(tax, booking)), default=None)


def input_tax_forgotten(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """A purchase without code: tax is given away."""
    return _without_code(draft, material.choose(rng, lambda each: _is_taxed(each, "input")))


def unusual_code_for_the_partner(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The rate is right, but all earlier bookings of this supplier go to the other box of input tax."""
    ziffern = {tax.tax_id: tax.ziffer for tax in material.taxes}

    def has_habit(booking: Booking) -> bool:
        if not _is_taxed(booking, "input"):
            return False
        earlier = material.earlier(booking)
        return len(earlier) >= _HISTORY and all(each.tax_code == booking.tax_code for each in earlier)

    chosen = material.choose_with_tax(
        rng,
        has_habit,
        lambda tax, each: (
            _is_deducted(tax, each)
            and tax.rate == each.rate
            and each.tax_id in ziffern
            and tax.ziffer != ziffern[each.tax_id]
        ),
    )
    return _recoded(draft, chosen)


def sales_code_on_a_purchase(draft: Draft, material: Material, rng: Random) -> Planted | None:
    """The tax of a purchase is declared as owed instead of deducted."""
    chosen = material.choose_with_tax(
        rng,
        lambda each: _is_taxed(each, "input"),
        lambda tax, each: _is_offered(tax, each, "output") and tax.rate == each.rate,
    )
    return _recoded(draft, chosen)


KINDS = (
    Kind("input_tax_at_another_rate", "Input tax at another rate than charged", input_tax_at_another_rate),
    Kind("sale_at_an_old_rate", "Sale at a rate no longer in force", sale_at_an_old_rate),
    Kind("sale_without_code", "Code dropped from turnover", sale_without_code),
    Kind("export_code_on_domestic_sale", "Domestic sale zero-rated as export", export_code_on_domestic_sale),
    Kind(
        "acquisition_as_domestic_purchase",
        "Acquisition tax code replaced by a domestic one",
        acquisition_as_domestic_purchase,
    ),
    Kind("acquisition_tax_forgotten", "Service from abroad without acquisition tax", acquisition_tax_forgotten),
    Kind("input_tax_where_none_is_possible", "Input tax on wages, insurance, duties", input_tax_where_none_is_possible),
    Kind(
        "input_tax_of_a_supplier_without_vat",
        "Input tax of a supplier who never charged any",
        input_tax_of_a_supplier_without_vat,
    ),
    Kind("input_tax_forgotten", "Input tax forgotten", input_tax_forgotten),
    Kind("unusual_code_for_the_partner", "Unusual code for the partner", unusual_code_for_the_partner),
    Kind("sales_code_on_a_purchase", "Sales code on a purchase", sales_code_on_a_purchase),
)
