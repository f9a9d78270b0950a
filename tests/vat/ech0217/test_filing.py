"""What was filed is kept byte for byte, found again by period, and noticed when it was touched."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bexio_analytics.errors import ConfigurationError, FilingAlteredError, FilingRefusedError
from bexio_analytics.periods import VatPeriod
from bexio_analytics.vat.ech0217 import (
    Declaration,
    Submission,
    filed_return,
    filed_returns,
    read_xml,
    store_filed,
    ziffern_of,
)
from bexio_analytics.vat.ech0217.declaration import AtRate, Effective
from bexio_analytics.vat.ech0217.filing import period_label
from bexio_analytics.vat.ech0217.writing import serialise

D = Decimal
NOW = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
QUARTER = VatPeriod.parse("2026-Q3")


def as_sent(declaration: Declaration, submission: Submission, reference: str = "R-1") -> bytes:
    head = replace(declaration.general, submission=submission, business_reference_id=reference)
    return serialise(replace(declaration, general=head))


def test_a_return_is_stored_with_its_hash(tmp_path: Path, effective: Declaration) -> None:
    data = as_sent(effective, Submission.FIRST)
    sha256 = hashlib.sha256(data).hexdigest()
    stored = store_filed(tmp_path, data, stored_at=NOW, uid="CHE-101.734.967 MWST")
    path = tmp_path / "returns" / f"2026-Q3-first-{sha256[:8]}.xml"
    assert (stored.path, stored.sha256, stored.stored_at) == (path, sha256, NOW)
    assert path.read_bytes() == data
    index = json.loads((tmp_path / "returns" / "index.json").read_text())
    assert index == {
        "format": 1,
        "returns": [
            {
                "file": path.name,
                "sha256": sha256,
                "stored_at": "2026-11-22T11:00:00Z",
                "uid": "CHE101734967",
                "period_from": "2026-07-01",
                "period_till": "2026-09-30",
                "submission": 1,
                "business_reference_id": "R-1",
                "generation_time": "2026-10-05T08:30:00Z",
                "payable": "561.70",
            }
        ],
    }
    assert filed_return(tmp_path, QUARTER) == stored
    assert sorted(each.name for each in path.parent.iterdir() if each.suffix in {".xml", ".json"}) == [
        path.name,
        "index.json",
    ]


def test_the_same_bytes_are_stored_once(tmp_path: Path, effective: Declaration) -> None:
    data = as_sent(effective, Submission.FIRST)
    first = store_filed(tmp_path, data, stored_at=NOW)
    assert store_filed(tmp_path, data, stored_at=NOW + timedelta(days=1)) == first
    assert filed_returns(tmp_path) == (first,)


def test_a_correction_replaces_and_a_reconciliation_does_not(tmp_path: Path, effective: Declaration) -> None:
    assert filed_returns(tmp_path) == ()
    assert filed_return(tmp_path, QUARTER) is None
    first = store_filed(tmp_path, as_sent(effective, Submission.FIRST), stored_at=NOW)
    assert filed_return(tmp_path, QUARTER) == first
    correction = store_filed(tmp_path, as_sent(effective, Submission.CORRECTION), stored_at=NOW)
    annual = store_filed(tmp_path, as_sent(effective, Submission.ANNUAL), stored_at=NOW)
    assert filed_return(tmp_path, QUARTER) == correction
    assert filed_returns(tmp_path) == (first, correction, annual)
    assert [each.submission for each in filed_returns(tmp_path)] == list(Submission)
    assert annual.path is not None
    assert annual.path.name.startswith("2026-Q3-annual-")
    assert filed_return(tmp_path, QUARTER.next()) is None


def test_a_return_that_breaks_rules_was_filed_all_the_same(tmp_path: Path, effective: Declaration) -> None:
    filed = store_filed(tmp_path, serialise(replace(effective, payable=D("1.00"))), stored_at=NOW)
    assert filed.ziffern["500"] == D("1.00")


def test_another_companys_return_is_refused(tmp_path: Path, effective: Declaration) -> None:
    with pytest.raises(ConfigurationError, match=r"is of Bäckerei .* \(CHE101734967\), but .* it was not stored"):
        store_filed(tmp_path, serialise(effective), stored_at=NOW, uid="CHE-116.281.271")
    assert not (tmp_path / "returns").exists()


def test_what_is_no_declaration_is_refused(tmp_path: Path, effective: Declaration) -> None:
    for data in (b"no", serialise(effective).replace(b"CHE101734967", b"CHE1")):
        with pytest.raises(FilingRefusedError, match="MWST-0001"):
            store_filed(tmp_path, data, stored_at=NOW)
    with pytest.raises(ConfigurationError, match="There is no mandate"):
        store_filed(tmp_path / "nobody", serialise(effective), stored_at=NOW)


@pytest.mark.parametrize("touch", ["changed", "removed", "index", "newer"])
def test_a_touched_file_is_noticed(tmp_path: Path, effective: Declaration, touch: str) -> None:
    path = store_filed(tmp_path, serialise(effective), stored_at=NOW).path
    assert path is not None
    index = path.with_name("index.json")
    match touch:
        case "changed":
            path.write_bytes(path.read_bytes() + b"\n")
        case "removed":
            path.unlink()
        case "index":
            index.write_text("{")
        case _:
            index.write_text(index.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(FilingAlteredError):
        filed_returns(tmp_path)
    with pytest.raises(FilingAlteredError):
        filed_return(tmp_path, QUARTER)


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        ("2026-07-01", "2026-09-30", "2026-Q3"),
        ("2026-07-01", "2026-07-31", "2026-07"),
        ("2026-07-01", "2026-12-31", "2026-H2"),
        ("2026-01-01", "2026-12-31", "2026"),
        ("2026-02-01", "2026-03-31", "2026-02-01_2026-03-31"),
        ("2026-02-01", "2026-04-30", "2026-02-01_2026-04-30"),
        ("2026-07-15", "2026-09-30", "2026-07-15_2026-09-30"),
        ("2025-07-01", "2026-06-30", "2025-07-01_2026-06-30"),
    ],
)
def test_how_periods_are_written(start: str, end: str, label: str) -> None:
    assert period_label(date.fromisoformat(start), date.fromisoformat(end)) == label


def test_boxes_of_net_tax_rates(declarations: dict[str, Declaration]) -> None:
    simple = ziffern_of(declarations["simple"])
    assert (simple["322"], simple["323"]) == (D("1000.00"), D("10000.00"))
    assert (simple["383"], simple["415"], simple["479"], simple["399"]) == (
        D("100.00"),
        D("20.00"),
        D("-20.00"),
        D("631.10"),
    )
    net = ziffern_of(declarations["net"])
    assert (net["299"], net["399"], net["470"], net["471"], net["479"], net["500"]) == tuple(
        map(D, ("11000.00", "490.00", "20.00", "15.00", "35.00", "455.00"))
    )
    forms = ziffern_of(declarations["net_forms"])
    assert not {"470", "471", "479"} & forms.keys()


def test_boxes_follow_the_period(effective: Declaration) -> None:
    """The file knows rates; the same rate stands for another box in another era."""
    assert isinstance(effective.method, Effective)
    lines = tuple(AtRate(D(rate), D(amount)) for rate, amount in (("3.8", "3.00"), ("2.5", "5.00"), ("9.9", "7.00")))
    old = replace(
        effective,
        method=replace(effective.method, supplies=lines, acquisitions=lines),
        general=replace(effective.general, period_from=date(2017, 10, 1), period_till=date(2017, 12, 31)),
    )
    found = ziffern_of(old)
    assert (found["341"], found["311"], found["343"], found["312"]) == (D("3.00"), D("5.00"), D("0.00"), D("0.00"))
    assert (found["381"], found["382"], found["383"]) == (D("8.00"), D("0.00"), D("0.00"))
    head = replace(old.general, period_from=date(2026, 7, 1), period_till=date(2026, 9, 30))
    new = ziffern_of(replace(old, general=head))
    assert (new["341"], new["311"], new["343"], new["312"]) == (D("0.00"), D("0.00"), D("3.00"), D("5.00"))
    assert (new["381"], new["382"], new["383"]) == (D("0.00"), D("5.00"), D("3.00"))


def test_reading_alone_stores_nothing(effective: Declaration) -> None:
    read = read_xml(serialise(effective))
    assert (read.path, read.stored_at, read.declaration) == (None, None, effective)
