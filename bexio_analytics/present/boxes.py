"""Titles of boxes where the same number means another thing: the forms of the net tax rate method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bexio_analytics import law

if TYPE_CHECKING:
    from bexio_analytics.law import Ziffer
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.vat import VatReturn

TITLES = {
    "32": "Supplies at net tax rates, all activities together",
    "479": "Total tax credited",
}
"""Titles on the form of net tax rates that differ: all rates in one box from 2025, and 479 without input tax."""
NOTES = {
    "200": "including the tax",
    "399 old": "sum of the tax of 32x, 33x and 38x",
    "399": "sum of the tax of 32x and 38x",
    "479 old": "470 + 471",
    "500": "399 + 415 where positive",
    "510": "the reverse where negative",
}
"""Notes on the form of net tax rates that differ; "old" is the form of periods until 2024."""


def has_one_box_for_all_rates(vat_return: VatReturn) -> bool:
    """Whether the form is that of net tax rates from 2025 on, without a second rate and without credits."""
    return vat_return.method == law.NET_TAX and not any(box.part == "net_credit" for box in vat_return.form)


def printed(vat_return: VatReturn) -> list[Ziffer]:
    """The boxes to show; 479 has no meaning where nothing is credited."""
    is_new = has_one_box_for_all_rates(vat_return)
    return [box for box in vat_return.shown if not (is_new and box.ziffer == "479")]


def title(box: Ziffer, vat_return: VatReturn, translate: Translator) -> str:
    """The title of a box as the form of this return means it."""
    if vat_return.method == law.NET_TAX:
        if box.part == "net_supply" and has_one_box_for_all_rates(vat_return):
            return translate(TITLES["32"])
        if box.ziffer in TITLES:
            return translate(TITLES[box.ziffer])
    return translate(box.title)


def note(box: Ziffer, vat_return: VatReturn, translate: Translator) -> str | None:
    """What a computed box adds up, and what 200 contains."""
    if vat_return.method == law.NET_TAX:
        era = "" if has_one_box_for_all_rates(vat_return) else " old"
        own = NOTES.get(f"{box.ziffer}{era}") or (NOTES.get(box.ziffer) if box.ziffer == "200" else None)
        if own:
            return translate(own)
    return translate(box.note) if box.part == "computed" and box.note else None
