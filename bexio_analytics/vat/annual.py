"""The year against its periods and against what was filed: what to correct, and how (Art. 72 MWSTG)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from bexio_analytics import law
from bexio_analytics.books import Books
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.ech0217 import filed_return, ziffern_of
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
        boxes: Ziffern that differ. The file has no boxes but rates, so 3.8 % of two eras are one line.
        payable_filed: as filed; + owed.
        payable_now: as recomputed.
        difference: recomputed minus filed; up to 4 Rappen less owed is the rounding the ESTV tolerates.
        causes: VAT lines of the Ziffern that differ, as the books have them now: where to look.
    """

    period: VatPeriod
    filed: FiledReturn
    boxes: tuple[BoxDifference, ...]
    payable_filed: Decimal
    payable_now: Decimal
    difference: Decimal
    causes: pl.DataFrame


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
        whole: the year computed as one return.
        boxes: sum of the periods as filed against the year: these differences go on the annual reconciliation
            (typeOfSubmission 3).
        payable_difference: what the annual reconciliation owes (+) or credits (-).
        rounding: payable of the whole year minus the sum of the recomputed periods: rounding of forms, nothing to file.
        due_on: day 180 after the year; defects are corrected in the period in which it falls.
        corrected_in: that period.
        accepted_until: day 240, until which the ESTV takes the form; afterwards the year is final.
    """

    year: VatPeriod
    periods: tuple[PeriodOfYear, ...]
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
    rhythm = books.mandate.vat.rhythm
    starts = [VatPeriod.of(year, month, rhythm.months) for month in range(1, 13, rhythm.months)]
    periods = []
    for period in starts:
        result = vat_return(books, period)
        filed = filed_return(books.mandate.folder, period)
        periods.append(PeriodOfYear(result, None if filed is None else _compared(books, result, filed)))
    whole = vat_return(books, whole_year)
    payable_filed = sum((_payable_filed(each) for each in periods), ZERO)
    recomputed = sum((each.result.payable for each in periods), ZERO)
    due_on = whole_year.end + timedelta(days=int(law.limit("reconciliation_days", whole_year.end)))
    return AnnualReconciliation(
        year=whole_year,
        periods=tuple(periods),
        whole=whole,
        boxes=_differences(
            _summed(_boxes_filed(each) for each in periods), _summed(each.result.ziffern for each in periods)
        ),
        payable_difference=recomputed - payable_filed,
        rounding=whole.payable - recomputed,
        due_on=due_on,
        corrected_in=VatPeriod.containing(due_on, rhythm),
        accepted_until=whole_year.end + timedelta(days=int(law.limit("correction_accepted_days", whole_year.end))),
    )


def _compared(books: Books, result: VatReturn, filed: FiledReturn) -> FiledComparison:
    if (result.method == law.EFFECTIVE) != (type(filed.declaration.method).__name__ == "Effective"):
        raise ConfigurationError(
            f"The return filed for {result.period} is of another method than the books ({result.method}): "
            "correct the calendar year in bexio, or mandate.toml"
        )
    boxes = _differences(ziffern_of(filed.declaration), result.ziffern)
    owed = filed.declaration.payable
    lines = vat_lines(books, result.period)
    return FiledComparison(
        period=result.period,
        filed=filed,
        boxes=boxes,
        payable_filed=owed,
        payable_now=result.payable,
        difference=result.payable - owed,
        causes=lines.filter(pl.col("box").is_in([box.ziffer for box in boxes])),
    )


def _payable_filed(period: PeriodOfYear) -> Decimal:
    return period.result.payable if period.comparison is None else period.comparison.payable_filed


def _boxes_filed(period: PeriodOfYear) -> dict[str, Decimal]:
    if period.comparison is None:
        return period.result.ziffern
    told = ziffern_of(period.comparison.filed.declaration)
    return {box: told.get(box, amount) for box, amount in period.result.ziffern.items()}


def _summed(forms: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for form in forms:
        for box, amount in form.items():
            total[box] = total.get(box, ZERO) + amount
    return total


def _differences(filed: dict[str, Decimal], now: dict[str, Decimal]) -> tuple[BoxDifference, ...]:
    """Boxes that both sides have; a box that a file cannot tell (the columns of old forms) is left out."""
    return tuple(
        BoxDifference(box, filed[box], amount, amount - filed[box])
        for box, amount in now.items()
        if box in filed and amount != filed[box]
    )
