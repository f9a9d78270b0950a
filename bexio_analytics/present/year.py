"""A year against its periods and what was filed: what to correct, by when, and with which file (Art. 72 MWSTG)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bexio_analytics import law
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.present import boxes, bridges, formats, turnover
from bexio_analytics.present.filed import TOLERATED
from bexio_analytics.present.labels import days_left
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, table
from bexio_analytics.vat import annual_reconciliation, input_tax_statement, turnover_statement

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.vat import AnnualReconciliation, InputTaxStatement, TurnoverStatement

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Year:
    """A business year that a period has to do with.

    Attributes:
        start_on: first day.
        end_on: last day.
        found: the year against its periods; None where it cannot be said: not a calendar year, or not subject to VAT.
        turnover: turnover of the whole year; None with ``found``, and where the period is the year.
        input_tax: input tax of the whole year, likewise.
    """

    start_on: date
    end_on: date
    found: AnnualReconciliation | None = None
    turnover: TurnoverStatement | None = None
    input_tax: InputTaxStatement | None = None

    @property
    def is_calendar_year(self) -> bool:
        """Whether the business year ends with the tax period, as it has to be for the year's returns to add up."""
        return (self.end_on.month, self.end_on.day) == (12, 31)


def years_in_reach(books: Books, period: VatPeriod) -> tuple[Year, ...]:
    """Business years that end in a period, or whose corrections the ESTV takes until a day in it; the latest first.

    Raises:
        FilingAlteredError: a stored return is not what was stored.
    """
    ended = books.sql(
        """
        select start_on, end_on from business_year as year
        where  end_on <= $end
        and    exists (select 1 from journal_line as line
                       where line.booked_on between year.start_on and year.end_on and not line.is_opening)
        order  by end_on desc
        """,
        end=period.end,
    )
    found = []
    for start_on, end_on in ended.iter_rows():
        if period.start > end_on + timedelta(days=int(law.limit("correction_accepted_days", end_on))):
            break
        found.append(_year(books, period, Year(start_on, end_on)))
    return tuple(found)


def year_part(year: Year, as_of: date, translate: Translator) -> Html:
    """One year: what to correct and by when, the annual reconciliation, and what every period would say now.

    Args:
        year: as ``years_in_reach`` gives it.
        as_of: the day the page stands for.
        translate: language.
    """
    if not year.is_calendar_year:
        text = translate(
            "The business year ends on {day}. Only calendar years are held against their periods.",
            day=formats.day(year.end_on, translate.lang),
        )
        return bridges.nothing(text)
    found = year.found
    if found is None:
        return bridges.nothing(translate("The company was not subject to VAT in all of {year}.", year=year.end_on.year))
    return join([*_against_filed(found, as_of, translate), *_whole_year(year, translate)])


def _year(books: Books, period: VatPeriod, year: Year) -> Year:
    if not year.is_calendar_year:
        return year
    try:
        found = annual_reconciliation(books, year.end_on.year)
    except ConfigurationError:
        return year
    if found.year == period:
        return Year(year.start_on, year.end_on, found)
    return Year(
        year.start_on,
        year.end_on,
        found,
        turnover_statement(books, found.whole),
        input_tax_statement(books, found.whole),
    )


def _against_filed(found: AnnualReconciliation, as_of: date, translate: Translator) -> Iterator[Html]:
    stored = sum(1 for each in found.periods if each.comparison is not None)
    is_rounding = all(abs(box.difference) <= TOLERATED for box in found.boxes)
    behind = join([_periods(found, translate), _rounding(found, translate)])
    deadline = tag("p", _deadline(found, as_of, translate), class_="ba-note")
    if not is_rounding:
        sentence = translate(
            "CHF {amount} lie between what was filed for {year} and what its periods say now.",
            amount=formats.signed_chf(found.payable_difference),
            year=found.year.id,
        )
        yield bridges.differs(sentence)
        yield deadline
        yield tag("h4", translate("Annual reconciliation (typeOfSubmission 3): the differences of the year alone"))
        yield _boxes(found, translate)
        yield tag("h4", translate("Correction returns (typeOfSubmission 2): each replaces the return of its period"))
        yield behind
        if stored < len(found.periods):
            yield tag("p", _stored(found, stored, translate), class_="ba-note")
    elif stored == len(found.periods):
        agrees = translate("All returns of {year} were filed as the periods are now.", year=found.year.id)
        yield bridges.quiet(agrees, translate, join([behind, deadline]))
    else:
        yield bridges.nothing(_stored(found, stored, translate))
        yield tag("details", tag("summary", translate("Figures")), behind)
        yield deadline


def _stored(found: AnnualReconciliation, stored: int, translate: Translator) -> str:
    if not stored:
        return translate(
            "No return of {year} is stored, so nothing is known to differ from what was filed: "
            "keep the files that were sent with “vat --filed”.",
            year=found.year.id,
        )
    return translate(
        "{n} of {all} returns of {year} are stored; the others count as filed as they are now.",
        n=stored,
        all=len(found.periods),
        year=found.year.id,
    )


def _deadline(found: AnnualReconciliation, as_of: date, translate: Translator) -> str:
    due = formats.day(found.due_on, translate.lang)
    till = formats.day(found.accepted_until, translate.lang)
    if as_of <= found.due_on:
        return translate(
            "Day 180 is {day} ({left}): corrections belong into the return of {period}. The ESTV takes the form until "
            "{till}; afterwards the year is final.",
            day=due,
            left=days_left((found.due_on - as_of).days, translate),
            period=found.corrected_in.id,
            till=till,
        )
    if as_of <= found.accepted_until:
        return translate(
            "Day 180 was {day}, in {period}. The ESTV still takes the form until {till} ({left}); afterwards the year "
            "is final.",
            day=due,
            period=found.corrected_in.id,
            left=days_left((found.accepted_until - as_of).days, translate),
            till=till,
        )
    return translate(
        "Day 180 was {day}, in {period}. The ESTV took the form until {till}: the year counts as final.",
        day=due,
        period=found.corrected_in.id,
        till=till,
    )


def _boxes(found: AnnualReconciliation, translate: Translator) -> Html:
    titles = {box.ziffer: boxes.title(box, found.whole, translate) for box in found.whole.form}
    rows = [
        {
            "ziffer": box.ziffer,
            "title": titles.get(box.ziffer, ""),
            "filed": box.filed,
            "now": box.now,
            "difference": box.difference,
        }
        for box in found.boxes
    ]
    columns = [
        Column("ziffer", translate("Ziffer"), class_="ba-z"),
        Column("title", translate("Description")),
        Column("filed", translate("As filed"), Kind.AMOUNT),
        Column("now", translate("Computed now"), Kind.AMOUNT),
        Column("difference", translate("Difference"), Kind.DIFFERENCE, tolerance=TOLERATED),
    ]
    return table(rows, columns, translate, is_interactive=False, page=None)


def _periods(found: AnnualReconciliation, translate: Translator) -> Html:
    rows: list[dict[str, Any]] = [
        {
            "period": each.result.period.id,
            "now": each.result.payable,
            "filed": each.comparison.payable_filed if each.comparison else translate("not stored"),
            "difference": each.comparison.difference if each.comparison else None,
        }
        for each in found.periods
    ]
    rows += [
        {
            "period": translate("Annual reconciliation"),
            "filed": each.declaration.payable,
            "difference": -each.declaration.payable,
        }
        for each in found.reconciled
    ]
    now = sum((each.result.payable for each in found.periods), ZERO)
    total = {
        "period": translate("Total"),
        "now": now,
        "filed": now - found.payable_difference,
        "difference": found.payable_difference,
    }
    columns = [
        Column("period", translate("VAT period")),
        Column("filed", translate("Payable as filed"), Kind.AMOUNT),
        Column("now", translate("Payable now (type 2)"), Kind.AMOUNT),
        Column("difference", translate("Difference"), Kind.DIFFERENCE, tolerance=TOLERATED),
    ]
    return table(rows, columns, translate, total=total, is_interactive=False, page=None, class_="ba-narrow")


def _rounding(found: AnnualReconciliation, translate: Translator) -> Html | None:
    if not found.rounding:
        return None
    text = translate(
        "The whole year as one return differs by CHF {amount} from its periods: rounding, nothing to file.",
        amount=formats.signed_chf(found.rounding),
    )
    return tag("p", text, class_="ba-note")


def _whole_year(year: Year, translate: Translator) -> Iterator[Html]:
    """Art. 128 asks for the reconciliation of the year: turnover and input tax of all its periods together."""
    statement = year.turnover
    if statement is not None and not turnover.is_empty(statement):
        yield tag("h4", translate("Turnover of the year and Ziffer 200"))
        differing = turnover.verdict_on(statement, translate)
        whole = turnover.statement_table(statement, translate)
        if differing is None:
            yield bridges.quiet(turnover.agreement(statement, translate), translate, whole)
        else:
            yield differing
            yield whole
    if year.input_tax is not None and year.found is not None and year.found.whole.method != law.NET_TAX:
        yield tag("h4", translate("Input tax of the year"))
        yield bridges.input_tax_bridge(year.input_tax, year.found.whole, translate, is_here=False)
