"""Dates and times of three API generations become Swiss days and UTC moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.snapshot.moments import SWISS, parse_day, parse_moment

moments = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001
offsets = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-06-18", date(2026, 6, 18)),
        ("2026-06-09T00:00:00+02:00", date(2026, 6, 9)),
        ("2026-01-31T00:00:00+01:00", date(2026, 1, 31)),
        ("2026-06-08T22:00:00Z", date(2026, 6, 9)),
        ("2026-06-08T22:00:00+0000", date(2026, 6, 9)),
        ("2019-07-12 00:00:00", date(2019, 7, 12)),
        ("2026-12-31 23:59:59", date(2026, 12, 31)),
    ],
)
def test_day(text: str, day: date) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-18 15:10:52", datetime(2026, 6, 18, 13, 10, 52, tzinfo=UTC)),
        ("2026-01-09 08:37:17", datetime(2026, 1, 9, 7, 37, 17, tzinfo=UTC)),
        ("2026-02-12T09:53:49", datetime(2026, 2, 12, 8, 53, 49, tzinfo=UTC)),
        ("2026-06-18T14:49:23+02:00", datetime(2026, 6, 18, 12, 49, 23, tzinfo=UTC)),
        ("2019-03-23T09:53:49+0000", datetime(2019, 3, 23, 9, 53, 49, tzinfo=UTC)),
        # The hour that is passed twice counts as its first pass, the one that is skipped as if there were no change.
        ("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-03-29 02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_moment(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "18.06.2026", "2026-6-18", "20260618", "2026-W25-4", "2026-02-30", "0000-00-00", "2026-06-18T", "٢٠٢٦-06-18"],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_day(text)


@pytest.mark.parametrize("text", ["", "2026-06-18", "2026-06-18 25:00:00", "2026-06-18 15:10:52 CEST", "15:10:52"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_moment(text)


@given(st.dates())
def test_every_bare_date_is_itself(day: date) -> None:
    assert parse_day(day.isoformat()) == day


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_midnight_with_the_swiss_offset_is_that_day(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=SWISS)
    assert parse_day(midnight.isoformat()) == day


@given(moments, offsets)
def test_a_moment_with_offset_survives(at: datetime, zone: timezone) -> None:
    expected = at.replace(tzinfo=zone)
    assert parse_moment(expected.isoformat()) == expected
    assert parse_day(expected.isoformat()) == expected.astimezone(SWISS).date()


@given(moments)
def test_swiss_local_time_reads_back(at: datetime) -> None:
    """Outside the hour that does not exist, UTC back to Swiss time gives what was written."""
    moment = parse_moment(at.strftime("%Y-%m-%d %H:%M:%S"))
    local = moment.astimezone(SWISS).replace(tzinfo=None)
    assert local - at in {timedelta(0), timedelta(hours=1)}
    assert parse_day(at.strftime("%Y-%m-%d %H:%M:%S")) == at.date()
