"""The year against its periods and against what was filed: what to correct, and how (Art. 72 MWSTG)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl

from bexio_analytics import law
from bexio_analytics.books import Books
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.ech0217 import (
    Submission,
    approval_of,
    declaration_of,
    filed_return,
    filed_returns,
    write_declaration,
    ziffern_of,
)
from bexio_analytics.vat.ech0217.boxes import box_of_rate
from bexio_analytics.vat.ech0217.declaration import Effective
from bexio_analytics.vat.ech0217.declaring import reference_of
from bexio_analytics.vat.ech0217.difference import difference, is_nothing
from bexio_analytics.vat.ech0217.filing import FiledReturn
from bexio_analytics.vat.form import ZERO
from bexio_analytics.vat.vat_return import VatReturn, vat_lines, vat_return


@dataclass(frozen=True, slots=True)
class BoxDifference:
    """One Ziffer as filed and as the books say now; ``difference`` is now minus filed, in CHF."""

    ziffer: str
    filed: Decimal
    now: Decimal
    difference: Decimal


@dataclass(frozen=True, slots=True)
class FiledComparison:
    """A filed return beside its recomputation.

    Attributes:
        period: the period.
        filed: the stored file that counts: the last first filing or correction.
        boxes: Ziffern that differ. The file has no boxes but rates, so 2.5 % of two eras are one line: the later box.
        payable_filed: as filed; + owed.
        payable_now: as recomputed.
        difference: recomputed minus filed; up to 4 Rappen less owed is the rounding the ESTV tolerates.
        causes: VAT lines of the Ziffern that differ, as the books have them now: where to look.
        is_of_other_method: it was filed by another method than the books have: correct the calendar year in bexio, or
            mandate.toml. Only the boxes that both forms have are compared.
    """

    period: VatPeriod
    filed: FiledReturn
    boxes: tuple[BoxDifference, ...]
    payable_filed: Decimal
    payable_now: Decimal
    difference: Decimal
    causes: pl.DataFrame
    is_of_other_method: bool = False


@dataclass(frozen=True, slots=True)
class PeriodOfYear:
    """One period of a year: recomputed return, and what was filed for it where that is known.

    Attributes:
        result: what a correction return (typeOfSubmission 2) has to say: it replaces the filed one whole.
        comparison: None where no file is stored; the return then counts as filed as it is.
    """

    result: VatReturn
    comparison: FiledComparison | None


@dataclass(frozen=True, slots=True)
class AnnualReconciliation:
    """A year against its periods (Art. 72 MWSTG, Art. 128 MWSTV). Amounts in CHF.

    Attributes:
        year: the year of the return.
        periods: its periods in order.
        reconciled: annual reconciliations that were filed for the year; their differences count as filed.
        whole: the year computed as one return.
        boxes: sum of the periods as filed against the periods as they are now: these differences go on the annual
            reconciliation (typeOfSubmission 3), see `annual_xml`.
        payable_difference: what the annual reconciliation owes (+) or credits (-), by the periods' returns; the file
            rounds its one amount anew.
        rounding: payable of the whole year minus the sum of the recomputed periods: rounding of forms, nothing to file.
        due_on: day 180 after the year; defects are corrected in the period in which it falls.
        corrected_in: that period.
        accepted_until: day 240, until which the ESTV takes the form; afterwards the year is final.
    """

    year: VatPeriod
    periods: tuple[PeriodOfYear, ...]
    reconciled: tuple[FiledReturn, ...]
    whole: VatReturn
    boxes: tuple[BoxDifference, ...]
    payable_difference: Decimal
    rounding: Decimal
    due_on: date
    corrected_in: VatPeriod
    accepted_until: date


def filed_comparison(books: Books, period: VatPeriod) -> FiledComparison | None:
    """Hold the recomputed return of a period against the one that was filed; None where none is stored.

    Raises:
        ConfigurationError: there is no return for the period.
        FilingAlteredError: a stored file is not what was stored.
    """
    filed = filed_return(books.mandate.folder, period)
    if filed is None:
        return None
    return _compared(books, vat_return(books, period), filed)


def annual_reconciliation(books: Books, year: int) -> AnnualReconciliation:
    """Reconcile a year with its periods and with what was filed.

    Args:
        books: of a mandate whose business year is the calendar year.
        year: calendar year.

    Raises:
        ConfigurationError: the mandate is not subject to VAT in the year.
        FilingAlteredError: a stored file is not what was stored.
    """
    whole_year = VatPeriod.of(year, 1, 12)
    periods = []
    for period in _periods_of(books, year):
        result = vat_return(books, period)
        filed = filed_return(books.mandate.folder, period)
        periods.append(PeriodOfYear(result, None if filed is None else _compared(books, result, filed)))
    reconciled = _reconciled(books, whole_year)
    corrected = [ziffern_of(each.declaration) for each in reconciled]
    whole = vat_return(books, whole_year)
    payable_filed = sum((_payable_filed(each) for each in periods), ZERO)
    payable_filed += sum((each.declaration.payable for each in reconciled), ZERO)
    recomputed = sum((each.result.payable for each in periods), ZERO)
    due_on = whole_year.end + timedelta(days=int(law.limit("reconciliation_days", whole_year.end)))
    return AnnualReconciliation(
        year=whole_year,
        periods=tuple(periods),
        reconciled=reconciled,
        whole=whole,
        boxes=_differences(
            _summed([*(_boxes_filed(each) for each in periods), *corrected]),
            _summed(_as_in_file(each.result) for each in periods),
        ),
        payable_difference=recomputed - payable_filed,
        rounding=whole.payable - recomputed,
        due_on=due_on,
        corrected_in=VatPeriod.containing(due_on, books.mandate.vat.rhythm),
        accepted_until=whole_year.end + timedelta(days=int(law.limit("correction_accepted_days", whole_year.end))),
    )


def annual_xml(
    books: Books,
    year: int,
    *,
    generation_time: datetime,
    business_reference_id: str | None = None,
    description_280: str = "",
    xsd_dir: Path | None = None,
) -> bytes:
    """The file of the annual reconciliation (typeOfSubmission 3): what the periods say now less what was filed.

    A period of which no file is stored counts as filed as it is now.

    Raises:
        ConfigurationError: nothing differs, no return of the year is stored, or the returns cannot be compared.
        FilingRefusedError: the file breaks rules; ``breaches`` holds every one.
        ValueError: the time has no zone.
    """
    found = annual_reconciliation(books, year)
    compared = [each for each in found.periods if each.comparison is not None]
    if not compared:
        raise ConfigurationError(
            f"No return of {year} is stored, so nothing is known to differ: keep what was filed with --filed first"
        )
    signed = []
    for each in compared:
        now = declaration_of(
            each.result,
            books.mandate,
            generation_time=generation_time,
            submission=Submission.ANNUAL,
            business_reference_id="",
            description_280=description_280 or "-",
        )
        signed.append((1, now))
        if each.comparison is not None:
            signed.append((-1, each.comparison.filed.declaration))
    signed += [(-1, each.declaration) for each in found.reconciled]
    _, first = signed[0]
    head = replace(
        first.general,
        period_from=found.year.start,
        period_till=found.year.end,
        business_reference_id=business_reference_id or reference_of(found.whole, Submission.ANNUAL, generation_time),
    )
    made = difference(head, signed, description_280=description_280)
    if is_nothing(made):
        raise ConfigurationError(
            f"The returns of {year} were filed as the books say now: there is nothing to reconcile"
        )
    return write_declaration(made, approval=approval_of(books.mandate), xsd_dir=xsd_dir)


def _periods_of(books: Books, year: int) -> list[VatPeriod]:
    """The VAT periods of a year as the books have them; of a year without bookings those of the mandate's rhythm."""
    known = books.sql(
        "select start_on, end_on from vat_period where year(start_on) = $year order by start_on", year=year
    )
    periods = [VatPeriod(start, end) for start, end in known.iter_rows()]
    if sum(period.months for period in periods) == 12:  # noqa: PLR2004 - months of a year
        return periods
    months = books.mandate.vat.rhythm.months
    return [VatPeriod.of(year, month, months) for month in range(1, 13, months)]


def _reconciled(books: Books, year: VatPeriod) -> tuple[FiledReturn, ...]:
    return tuple(
        each
        for each in filed_returns(books.mandate.folder)
        if each.submission is Submission.ANNUAL and each.period == year
    )


def _compared(books: Books, result: VatReturn, filed: FiledReturn) -> FiledComparison:
    boxes = _differences(ziffern_of(filed.declaration), _as_in_file(result))
    owed = filed.declaration.payable
    differing = {box.ziffer for box in boxes}
    differing |= {box for box, later in _later_boxes(result).items() if later in differing}
    lines = vat_lines(books, result.period)
    return FiledComparison(
        period=result.period,
        filed=filed,
        boxes=boxes,
        payable_filed=owed,
        payable_now=result.payable,
        difference=result.payable - owed,
        causes=lines.filter(pl.col("box").is_in(sorted(differing))),
        is_of_other_method=isinstance(filed.declaration.method, Effective) != (result.method == law.EFFECTIVE),
    )


def _later_boxes(result: VatReturn) -> dict[str, str]:
    """Rate lines of an effective return that a file shows on another box, as it carries rates and no boxes."""
    if result.method != law.EFFECTIVE:
        return {}
    boxes = {box: box_of_rate(rate, "supply", result.period.end) for box, rate in result.rates.items()}
    return {box: later for box, later in boxes.items() if later is not None and later != box}


def _as_in_file(result: VatReturn) -> dict[str, Decimal]:
    """The boxes of a return as its file would give them back."""
    found = dict(result.ziffern)
    for box, later in _later_boxes(result).items():
        found[later] += found[box]
        found[box] = ZERO
    for box in {box for box, _ in result.acquisition}:
        found[box] = ZERO
    for (box, rate), base in result.acquisition.items():
        found[box_of_rate(rate, "acquisition", result.period.end) or box] += base
    return found


def _payable_filed(period: PeriodOfYear) -> Decimal:
    return period.result.payable if period.comparison is None else period.comparison.payable_filed


def _boxes_filed(period: PeriodOfYear) -> dict[str, Decimal]:
    now = _as_in_file(period.result)
    if period.comparison is None:
        return now
    told = ziffern_of(period.comparison.filed.declaration)
    return {box: told.get(box, amount) for box, amount in now.items()}


def _summed(forms: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    """Box by box; what is owed and what is credited is one amount, as one form would have it."""
    total: dict[str, Decimal] = {}
    for form in forms:
        for box, amount in form.items():
            total[box] = total.get(box, ZERO) + amount
    owed = total.get("500", ZERO) - total.get("510", ZERO)
    return total | {"500": max(owed, ZERO), "510": max(-owed, ZERO)}


def _differences(filed: dict[str, Decimal], now: dict[str, Decimal]) -> tuple[BoxDifference, ...]:
    """Boxes that both sides have; a box that a file cannot tell (the columns of old forms) is left out."""
    return tuple(
        BoxDifference(box, filed[box], amount, amount - filed[box])
        for box, amount in now.items()
        if box in filed and amount != filed[box]
    )
