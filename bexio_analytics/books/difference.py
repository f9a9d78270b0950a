"""What became of the books between two snapshots, in an accountant's terms: lines, documents, master data, periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import polars as pl

from bexio_analytics.books.books import Books
from bexio_analytics.books.comparison import COMPARISONS, Comparison
from bexio_analytics.books.pairing import pair
from bexio_analytics.periods import VatPeriod

CHANGES = ("added", "changed", "deleted", "renumbered")


@dataclass(frozen=True, slots=True)
class FiledPeriods:
    """VAT periods that are filed: closed in bexio, or named by whoever filed them. Days are inclusive.

    Attributes:
        before: first and last day of the periods that were filed already when the older snapshot was taken.
        after: of those filed by the newer one.
    """

    before: tuple[tuple[date, date], ...]
    after: tuple[tuple[date, date], ...]

    @classmethod
    def of(cls, before: Books, after: Books, known: Iterable[VatPeriod] = ()) -> FiledPeriods:
        """The periods that bexio has closed, and those ``known`` to be filed otherwise (exports tell nothing)."""
        told = [(period.start, period.end) for period in known]
        return cls(*(tuple(sorted({*_closed(books), *told})) for books in (before, after)))

    def was_filed(self, *columns: str) -> pl.Expr:
        """Whether any of the dates lies in a period that was filed before the older snapshot; false without a date."""
        return _within(self.before, columns)

    def is_filed(self, *columns: str) -> pl.Expr:
        """Whether any of the dates lies in a period that is filed by now, or was filed and is open again."""
        return _within((*self.before, *self.after), columns)

    def covers(self, day: date) -> tuple[bool, bool]:
        """Whether a day is filed by now, and whether it was before the older snapshot."""
        was = any(start <= day <= end for start, end in self.before)
        return was or any(start <= day <= end for start, end in self.after), was


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs between two snapshots of a mandate.

    ``frames`` has one frame for each of ``journal_line``, ``document``, ``contact``, ``account``, ``tax_code`` and
    ``vat_period``; a row of it is one thing that was added, changed, deleted or renumbered:

    - ``change``: ``added``, ``changed``, ``deleted``, or ``renumbered`` (the same content under another id)
    - ``fields``: names of the columns that changed
    - every column of the table as it is now, of a deleted row as it was, and beside it ``<column>_before`` as it was
      in the older snapshot, null for an added row
    - of lines and documents ``is_filed``: dated, now or before, in a VAT period that is filed; ``was_filed``: in one
      that was filed before the older snapshot was taken, so that the change came after filing; ``touches_vat``: what
      changed is something a VAT return rests on, not only a text

    Amounts are in CHF, of documents in the document's currency.

    Attributes:
        before: id of the older snapshot.
        after: id of the newer one.
        frames: by table.
        filed: VAT periods that count as filed.
    """

    before: str
    after: str
    frames: Mapping[str, pl.DataFrame]
    filed: FiledPeriods

    @property
    def journal_line(self) -> pl.DataFrame:
        """Journal lines that differ."""
        return self.frames["journal_line"]

    @property
    def document(self) -> pl.DataFrame:
        """Invoices, credit notes, bills, expenses and manual entries that differ."""
        return self.frames["document"]

    @property
    def is_empty(self) -> bool:
        """Nothing differs, not even an id."""
        return all(frame.is_empty() for frame in self.frames.values())

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Number of rows by table and kind of change, zeros included."""
        return {
            name: {change: frame.filter(pl.col("change") == change).height for change in CHANGES}
            for name, frame in self.frames.items()
        }


def difference(before: Books, after: Books, *, filed: Iterable[VatPeriod] = ()) -> Difference:
    """Compare the books of two snapshots of one mandate, opened with the same settings.

    Journal rows are matched by their content first: a row that only got another id (bexio renumbers the rows of a
    document that is reverted and issued again) is ``renumbered``. What is left is matched by its id, then by the
    document it belongs to. The tax code of a row is the derived one, as in the view ``journal_line``.

    A renamed contact, an account with a new number, a renamed tax code is one change of master data; the lines that
    name it are not repeated. Payments that bexio does not link to a document are not compared by document.

    Args:
        before: books of the older snapshot.
        after: books of the newer one.
        filed: VAT periods known to be filed though bexio does not say so; exports never do.
    """
    periods = FiledPeriods.of(before, after, filed)
    by_id = before.source == after.source == "api"
    frames = {name: _differing(each, before, after, periods, by_id=by_id) for name, each in COMPARISONS.items()}
    return Difference(before.snapshot_id, after.snapshot_id, MappingProxyType(frames), periods)


def _differing(what: Comparison, before: Books, after: Books, filed: FiledPeriods, *, by_id: bool) -> pl.DataFrame:
    old, new = (books.sql(what.query(by_id=by_id)) for books in (before, after))
    pairs = pair(old, new, what.passes(by_id=by_id))
    columns = new.columns
    old = old.rename({name: f"{name}_before" for name in columns})
    matched = (
        pl.concat([old[pairs["row_before"]], new[pairs["row"]]], how="horizontal")
        .filter(pl.any_horizontal(_differs(key) for key in {what.key, *what.fields.values()}))
        .with_columns(_changed_fields(what))
        .with_columns(
            pl.when(pl.col("fields").list.len() > 0)
            .then(pl.lit("changed"))
            .otherwise(pl.lit("renumbered"))
            .alias("change")
        )
    )
    nothing = pl.lit([], dtype=pl.List(pl.String)).alias("fields")
    added = _left_alone(new, pairs["row"]).with_columns(nothing, pl.lit("added").alias("change"))
    deleted = (
        _left_alone(old, pairs["row_before"])
        .with_columns(pl.col(f"{name}_before").alias(name) for name in columns)
        .with_columns(nothing, pl.lit("deleted").alias("change"))
    )
    frame = pl.concat([matched, added, deleted], how="diagonal").with_columns(_marks(what, filed))
    shown = [name for name in columns if not name.startswith("key_")]
    kept = [each for name in shown for each in (name, f"{name}_before")]
    marks = ["is_filed", "was_filed", "touches_vat"] if what.dated else []
    return frame.sort(*what.order, maintain_order=True, nulls_last=True).select("change", *marks, "fields", *kept)


def _left_alone(frame: pl.DataFrame, paired: pl.Series) -> pl.DataFrame:
    return frame.with_row_index("place").filter(~pl.col("place").is_in(paired.implode())).drop("place")


def _differs(column: str) -> pl.Expr:
    return pl.col(column).ne_missing(pl.col(f"{column}_before"))


def _changed_fields(what: Comparison) -> pl.Expr:
    differs = [pl.when(_differs(key)).then(pl.lit(name)) for name, key in what.fields.items()]
    return pl.concat_list(differs).list.drop_nulls().alias("fields")


def _marks(what: Comparison, filed: FiledPeriods) -> list[pl.Expr]:
    if what.dated is None:
        return []
    dates = (what.dated, f"{what.dated}_before")
    moved = pl.col("change").is_in(["added", "deleted"]) | (
        pl.col("fields").list.set_intersection(list(what.vat_fields)).list.len() > 0
    )
    rests = pl.col("key_is_vat").fill_null(value=False) | pl.col("key_is_vat_before").fill_null(value=False)
    return [
        filed.is_filed(*dates).alias("is_filed"),
        filed.was_filed(*dates).alias("was_filed"),
        (moved & rests).alias("touches_vat"),
    ]


def _within(periods: Iterable[tuple[date, date]], columns: Iterable[str]) -> pl.Expr:
    columns = list(columns)
    hits = [pl.col(column).is_between(start, end) for start, end in dict.fromkeys(periods) for column in columns]
    return pl.any_horizontal(hits).fill_null(value=False) if hits else pl.lit(value=False)


def _closed(books: Books) -> list[tuple[date, date]]:
    query = """select start, "end" from snapshot.vat_period where status like 'closed%'"""
    return list(books.sql(query).iter_rows())
