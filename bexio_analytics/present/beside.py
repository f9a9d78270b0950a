"""Figures beside those of a return: earlier periods, and what was filed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.present import formats
from bexio_analytics.present.markup import Html, tag
from bexio_analytics.present.translation import Translator
from bexio_analytics.vat import vat_return
from bexio_analytics.vat.ech0217 import filed_return

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.vat import VatReturn
    from bexio_analytics.vat.ech0217 import FiledReturn

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Beside:
    """A second column of figures.

    Attributes:
        key: ``previous``, ``year_before`` or ``filed``.
        title: of the column: a period, or the day of filing.
        ziffern: CHF by box; a box that is missing has no figure.
        is_binding: a difference is a matter to settle, not a development.
    """

    key: str
    title: str
    ziffern: Mapping[str, Decimal]
    is_binding: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a return is seen beside.

    Attributes:
        columns: in the order of the form.
        other_method: periods that would have a column, had they been accounted for by the same method and basis.
        filed: the return the ESTV has, None where none is stored.
    """

    columns: tuple[Beside, ...] = ()
    other_method: tuple[VatPeriod, ...] = ()
    filed: FiledReturn | None = None


def surroundings(books: Books, result: VatReturn) -> Surroundings:
    """The previous period, the same period of the year before and the filed return, as far as they are known.

    A period before the first booking, or in which the mandate was not subject to VAT, has no column.

    Raises:
        FilingAlteredError: a stored return is not what was stored.
    """
    period = result.period
    filed = filed_return(books.mandate.folder, period)
    columns = [Beside("filed", "", filed.ziffern, is_binding=True)] if filed else []
    other = []
    first = books.sql("select min(booked_on) as first from journal_line where not is_opening")["first"][0]
    # the previous period of one that lasts a year is that of the year before
    wanted = {period.year_before(): "year_before", period.previous(): "previous"}
    for earlier, key in sorted(wanted.items(), key=lambda item: item[0], reverse=True):
        if first is None or earlier.end < first:
            continue
        try:
            before = vat_return(books, earlier)
        except ConfigurationError:
            continue
        if (before.method, before.basis) == (result.method, result.basis):
            columns.append(Beside(key, earlier.id, before.ziffern))
        else:
            other.append(earlier)
    return Surroundings(tuple(columns), tuple(other), filed)


def heading(column: Beside, filed: FiledReturn | None, translate: Translator) -> Html:
    """Heading of a column: the period or the day, and below it what it is."""
    names = {
        "previous": translate("Previous period"),
        "year_before": translate("Year before"),
        "filed": translate("As filed"),
    }
    title = column.title
    if filed and column.key == "filed":
        title = formats.day(filed.stored_at.date() if filed.stored_at else None, translate.lang)
    return tag("th", names[column.key], tag("small", title), scope="col", class_="ba-n ba-beside")


def cell(column: Beside, ziffer: str, now: Decimal) -> Html:
    """The figure of a box, and below it what has come in addition since."""
    figure = column.ziffern.get(ziffer)
    if figure is None or (not figure and not now):
        return tag("td", class_="ba-n ba-beside")
    delta = now - figure
    stands_out = "ba-gap" if column.is_binding else None
    return tag(
        "td",
        formats.chf(figure),
        tag("small", formats.signed_chf(delta), class_=stands_out) if delta else None,
        class_="ba-n ba-beside",
    )


def notes(around: Surroundings, result: VatReturn, translate: Translator) -> list[str]:
    """What the columns cannot show: boxes of earlier forms, and periods of another method."""
    texts = []
    if any(not column.is_binding for column in around.columns):
        texts.append(translate("Small figures are the difference of this period to the one in the column."))
    shown = {box.ziffer for box in result.shown}
    for column in around.columns:
        left = {box: amount for box, amount in column.ziffern.items() if amount and box not in shown}
        if left:
            boxes = ", ".join(f"{box} (CHF {formats.chf(amount)})" for box, amount in left.items())
            texts.append(
                translate("Only on the form of {period}: Ziffer {boxes}.", period=column.title, boxes=boxes)
                if column.title
                else translate("Only in the filed return: Ziffer {boxes}.", boxes=boxes)
            )
    texts.extend(
        translate("{period} was accounted for by another method or basis and is not comparable.", period=period.id)
        for period in around.other_method
    )
    return texts
