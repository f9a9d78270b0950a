"""What a review asks beside the books: the period and day it stands for, the settings, what was filed and when.

Checks see nothing but the books, so all of it is offered to them as views of the schema ``review``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from bexio_analytics.review.changes import CHANGE_SCHEMA, changed_rows
from bexio_analytics.snapshot import Snapshot, snapshot_folders
from bexio_analytics.vat.ech0217 import Submission, filed_returns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bexio_analytics.books import Books
    from bexio_analytics.mandate import Mandate
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.vat.ech0217 import FiledReturn

PERIOD_SCHEMA = {"period_id": pl.String(), "start_on": pl.Date(), "end_on": pl.Date(), "as_of": pl.Date()}
"""Columns of ``review.period``, one row: the period under review, both days inclusive, and the day it stands for."""
MANDATE_SCHEMA = {
    "name": pl.String(),
    "uid": pl.String(),
    "canton": pl.String(),
    "method": pl.String(),
    "basis": pl.String(),
    "rhythm": pl.String(),
    "method_assumed": pl.Boolean(),
    "basis_assumed": pl.Boolean(),
    "rhythm_assumed": pl.Boolean(),
}
"""Columns of ``review.mandate``, one row: what ``mandate.toml`` says, and what of it nobody has confirmed."""
ACTIVITY_SCHEMA = {
    "name": pl.String(),
    "code": pl.String(),
    "rate": pl.Decimal(9, 4),
    "account_no": pl.String(),
}
"""Columns of ``review.activity``: activity with its net tax rate × account; an activity without accounts is one row."""
FILED_RETURN_SCHEMA = {
    "period_id": pl.String(),
    "start_on": pl.Date(),
    "end_on": pl.Date(),
    "stored_on": pl.Date(),
    "submission": pl.Int64(),
    "method": pl.String(),
    "ziffer": pl.String(),
    "amount": pl.Decimal(18, 2),
    "payable": pl.Decimal(18, 2),
    "reference_id": pl.String(),
}
"""Columns of ``review.filed_return``: period × box of what the ESTV has, the latest first filing or correction.

``submission`` is 1 (first) or 2 (correction), ``method`` the form in the file: Effective, SimpleRates, NetRates or
FlatRates; ``amount`` is turnover for boxes 200 to 383 and tax for 399 to 510; ``payable`` and
``reference_id`` are of the whole return.
"""
FILED_PERIOD_SCHEMA = {
    "period_id": pl.String(),
    "start_on": pl.Date(),
    "end_on": pl.Date(),
    "filed_on": pl.Date(),
    "source": pl.String(),
    "snapshot_id": pl.String(),
}
"""Columns of ``review.filed_period``: periods that were filed, with the snapshot that shows the books at that time.

``source`` is ``returns`` where the filed return is kept, else ``bexio``, which has closed the period. Periods of which
no older snapshot than the one under review exists are left out: nothing can be said about them.
"""


def set_period(books: Books, period: VatPeriod, as_of: date | None = None) -> None:
    """Offer everything a check may ask for, so that it can also be called as the plain function it is.

    Args:
        books: the books under review.
        period: the VAT period.
        as_of: the day the review stands for; by default the last day of the period.

    Raises:
        FilingAlteredError: a stored return is not what was stored.
    """
    row = {"period_id": period.id, "start_on": period.start, "end_on": period.end, "as_of": as_of or period.end}
    books.register("review", "period", pl.DataFrame([row], schema=PERIOD_SCHEMA))
    books.register("review", "mandate", _settings(books.mandate))
    books.register("review", "activity", _activities(books.mandate))
    filed = _latest(filed_returns(books.mandate.folder))
    books.register("review", "filed_return", _boxes(filed))
    baselines = _baselines(books, filed, period)
    periods = [{**row, "snapshot_id": snapshot.name} for row, snapshot in baselines]
    books.register("review", "filed_period", pl.DataFrame(periods, schema=FILED_PERIOD_SCHEMA))
    books.register("review", "changed_since_filed", _changes(books, baselines))


def _settings(mandate: Mandate) -> pl.DataFrame:
    vat = mandate.vat
    row = {
        "name": mandate.name,
        "uid": mandate.uid,
        "canton": mandate.canton,
        "method": vat.method,
        "basis": vat.basis,
        "rhythm": str(vat.rhythm),
        **{f"{name}_assumed": name in vat.assumed for name in ("method", "basis", "rhythm")},
    }
    return pl.DataFrame([row], schema=MANDATE_SCHEMA)


def _activities(mandate: Mandate) -> pl.DataFrame:
    rows = [
        {"name": name, "code": activity.code, "rate": activity.rate, "account_no": account_no}
        for name, activity in mandate.activities.items()
        for account_no in activity.accounts or (None,)
    ]
    return pl.DataFrame(rows, schema=ACTIVITY_SCHEMA)


def _latest(filed: Iterable[FiledReturn]) -> list[FiledReturn]:
    """The returns that count, by period: a correction replaces what was before, annual differences are left out."""
    return list({each.period: each for each in filed if each.submission != Submission.ANNUAL}.values())


def _boxes(filed: Iterable[FiledReturn]) -> pl.DataFrame:
    rows = [
        {
            **_dated(each),
            "submission": int(each.submission),
            "method": type(each.declaration.method).__name__,
            "ziffer": ziffer,
            "amount": amount,
            "payable": each.declaration.payable,
            "reference_id": each.declaration.general.business_reference_id,
        }
        for each in filed
        for ziffer, amount in each.ziffern.items()
    ]
    return pl.DataFrame(rows, schema=FILED_RETURN_SCHEMA)


def _dated(filed: FiledReturn) -> dict[str, Any]:
    period, stored_at = filed.period, filed.stored_at
    return {
        "period_id": period.id,
        "start_on": period.start,
        "end_on": period.end,
        "stored_on": stored_at.date() if stored_at else None,
    }


def _baselines(books: Books, filed: Iterable[FiledReturn], period: VatPeriod) -> list[tuple[dict[str, Any], Path]]:
    """Filed periods up to the one under review, each with the folder of the snapshot that shows it as filed.

    A return that is kept here was made from the newest snapshot there was. Of a period closed in bexio the first
    snapshot after closing is taken: bexio lets nobody post into it unless it is opened again.
    """
    folders = snapshot_folders(books.mandate.folder / "snapshots")
    older = [folder for folder in folders if folder.name < books.snapshot_id]
    found: dict[str, tuple[dict[str, Any], Path]] = {}
    closed = "select period_id, start_on, end_on, closed_on from vat_period where status like 'closed%'"
    for period_id, start_on, end_on, closed_on in books.sql(closed).iter_rows():
        after = [folder for folder in older if closed_on and _created_at(folder) >= _end_of(closed_on)]
        if after and end_on <= period.end:
            row = {"period_id": period_id, "start_on": start_on, "end_on": end_on, "filed_on": closed_on}
            found[period_id] = ({**row, "source": "bexio"}, after[0])
    for each in filed:
        dated, stored_at = _dated(each), each.stored_at
        before = [folder for folder in older if stored_at and _created_at(folder) <= stored_at]
        if older and stored_at and each.period.end <= period.end:
            dated["filed_on"] = dated.pop("stored_on")
            # filed after the newest snapshot was taken: nothing can have changed in it
            is_current = not any(stored_at < _created_at(folder) for folder in folders)
            if is_current:
                found.pop(each.period.id, None)
            else:
                found[each.period.id] = ({**dated, "source": "returns"}, before[-1] if before else older[0])
    return [found[name] for name in sorted(found)]


def _changes(books: Books, baselines: Iterable[tuple[dict[str, Any], Path]]) -> pl.DataFrame:
    by_snapshot: dict[Path, list[dict[str, Any]]] = {}
    for row, folder in baselines:
        by_snapshot.setdefault(folder, []).append(row)
    frames = [changed_rows(books, Snapshot.open(folder), periods) for folder, periods in by_snapshot.items()]
    return pl.concat([pl.DataFrame(schema=CHANGE_SCHEMA), *frames])


def _created_at(folder: Path) -> datetime:
    return datetime.strptime(folder.name[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
