"""Which row of one frame is which row of another: set operations only, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_NONE = pl.DataFrame(schema={"row_before": pl.UInt32, "row": pl.UInt32})


def pair(before: pl.DataFrame, after: pl.DataFrame, passes: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Pair the rows of two frames, each row once at most.

    A pass pairs rows that agree in all its columns; null agrees with null, but for the first column of a pass, which
    must not be null. Rows that agree with several are paired in the order they stand. Rows that one pass leaves alone
    go on to the next.

    Returns:
        Columns ``row_before`` and ``row``: the places of the two rows, counted from 0.
    """
    left = before.with_row_index("row_before")
    right = after.with_row_index("row")
    pairs = [_NONE]
    for keys in passes:
        if left.is_empty() or right.is_empty():
            break
        found = (
            _numbered(left, keys)
            .join(_numbered(right, keys), on=[*keys, "occurrence"], nulls_equal=True)
            .select("row_before", "row")
        )
        left = left.join(found, on="row_before", how="anti", maintain_order="left")
        right = right.join(found, on="row", how="anti", maintain_order="left")
        pairs.append(found)
    return pl.concat(pairs)


def _numbered(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Rows that have a value in the first key, counted among those that agree in all keys."""
    return frame.drop_nulls(keys[0]).with_columns(pl.int_range(pl.len()).over(keys).alias("occurrence"))
