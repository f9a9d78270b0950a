"""Journal rows of filed periods that are not what they were when the return was filed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.snapshot import Snapshot

_MONEY = pl.Decimal(18, 2)
CHANGE_SCHEMA = {
    "period_id": pl.String(),
    "change": pl.String(),
    "line_id": pl.Int64(),
    "booked_on": pl.Date(),
    "debit_account_no": pl.String(),
    "credit_account_no": pl.String(),
    "amount": _MONEY,
    "description": pl.String(),
    "tax": _MONEY,
}
"""Columns of ``review.changed_since_filed``.

``change`` is added or deleted; a row that was changed is there twice, as it was (deleted) and as it is (added). Only
rows on VAT and turnover accounts: a return rests on nothing else. ``tax`` is what the row adds to the tax due, in CHF.
"""

_CONTENT = ("booked_on", "debit_account_no", "credit_account_no", "amount")
"""What makes a row the same: a new id or another text changes no return."""
_CLEARING = ("1172", "2202")
_SETTLEMENT = "2201"


def changed_rows(books: Books, then: Snapshot, periods: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows of these periods that were added or deleted since a snapshot.

    Args:
        books: the books as they are.
        then: an older snapshot of the same mandate.
        periods: rows with ``period_id``, ``start_on`` and ``end_on`` (inclusive).
    """
    accounts = then.frame("account").select("id", "account_no")
    before = then.frame("journal").select(
        pl.col("id").alias("line_id"),
        pl.col("date").alias("booked_on"),
        *(
            pl.col(f"{side}_account_id")
            .replace_strict(accounts["id"], accounts["account_no"], default=None)
            .alias(name)
            for side, name in (("debit", "debit_account_no"), ("credit", "credit_account_no"))
        ),
        pl.col("base_amount").cast(_MONEY).alias("amount"),
        "description",
    )
    now = books.sql(
        "select line_id, booked_on, debit_account_no, credit_account_no, amount, description from journal_line"
    )
    found = []
    for period in periods:
        inside = pl.col("booked_on").is_between(period["start_on"], period["end_on"])
        was, is_ = (_numbered(frame.filter(inside)) for frame in (before, now))
        keys = [*_CONTENT, "occurrence"]
        for change, left, right in (("added", is_, was), ("deleted", was, is_)):
            rows = left.join(right, on=keys, how="anti", nulls_equal=True)
            found.append(
                rows.with_columns(pl.lit(period["period_id"]).alias("period_id"), pl.lit(change).alias("change"))
            )
    kinds = books.sql("select account_no, account_type, is_vat, needs_sales_code from account")
    return _weighed(pl.concat(found), kinds) if found else pl.DataFrame(schema=CHANGE_SCHEMA)


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Equal rows are told apart by a number, so that one of two that disappears is noticed."""
    return rows.sort("line_id").with_columns(pl.int_range(pl.len()).over(_CONTENT).alias("occurrence"))


def _weighed(rows: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Rows that a return rests on, with the tax they add or take away."""
    vat = set(accounts.filter("is_vat")["account_no"])
    turnover = set(accounts.filter("needs_sales_code")["account_no"])
    closing = set(accounts.filter(pl.col("account_type") == "closing")["account_no"])
    sides = ("debit_account_no", "credit_account_no")
    rests = pl.any_horizontal(pl.col(side).is_in(vat | turnover) for side in sides)
    idle = pl.any_horizontal(pl.col(side).is_in({_SETTLEMENT, *closing}) for side in sides)
    counted = vat - {_SETTLEMENT, *_CLEARING}
    signed = sum(
        pl.when(pl.col(side).is_in(counted)).then(sign * pl.col("amount")).otherwise(pl.lit(0).cast(_MONEY))
        for side, sign in zip(sides, (-1, 1), strict=True)
    )
    tax = pl.when(pl.col("change") == "added").then(signed).otherwise(-signed)
    return (
        rows.filter(rests & ~idle)
        .with_columns(tax.cast(_MONEY).alias("tax"))
        .select(CHANGE_SCHEMA.keys())
        .cast(CHANGE_SCHEMA)  # type: ignore[arg-type]
        .sort("period_id", "booked_on", "line_id", "change")
    )
