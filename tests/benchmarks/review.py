"""Time and memory of a full review: ``python -m tests.benchmarks.review [LINES …]``, by default 1 and 10 million.

The books are those of the invented company, many times over: every copy with customers, suppliers, documents and
bookings of its own, so that nothing is equal by accident; the first copy alone holds the planted defects. Every step
runs in a process of its own, for its peak of memory. Beside the review: three of its checks written by hand in polars
and in pandas (where pandas is installed), and the time DuckDB needs merely to scan the columns they read. Printed are
seconds, megabytes and ratios.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from bexio_analytics.books import Books
from bexio_analytics.checks import ALL
from bexio_analytics.connector import Connection, PullSettings
from bexio_analytics.mandate import Mandate
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import review, run_check, set_period
from bexio_analytics.simulator import WireSettings, create_app, serve
from bexio_analytics.simulator.company import build_company
from bexio_analytics.snapshot import TABLES, Snapshot, snapshot_folders, write_snapshot
from bexio_analytics.snapshot.pulls import pull_mandate

PERIOD = VatPeriod.parse("2026-Q3")
AS_OF = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = 0.2
SIZES = (1_000_000, 10_000_000)
STEP = 10_000_000
"""Ids of a copy are those of the original plus this × its number."""
SHIFTED = {
    "contact": ("id",),
    "quote": ("id", "contact_id"),
    "project": ("id", "contact_id"),
    "invoice": ("id", "contact_id"),
    "invoice_position": ("invoice_id",),
    "invoice_tax": ("invoice_id",),
    "invoice_payment": ("id", "invoice_id", "credit_voucher_id"),
    "bill": ("supplier_id",),
    "expense": ("supplier_id",),
    "manual_entry": ("id",),
    "manual_entry_line": ("manual_entry_id",),
    "journal": ("ref_id",),
}
ENTERED = {"manual_entry_line": ("id",), "journal": ("id", "sequence")}
"""Numbers of journal rows: they rise with the day of entry, so the copies of one week follow each other."""
RENAMED = {
    "contact": ("nr",),
    "invoice": ("document_nr",),
    "bill": ("id", "document_no", "vendor_ref"),
    "bill_line": ("bill_id",),
    "bill_discount": ("bill_id",),
    "expense": ("id", "document_no"),
    "outgoing_payment": ("id", "bill_id"),
    "manual_entry": ("reference_nr",),
    "journal": ("ref_uuid",),
}
NAMES = {"contact": ("name_1",), "bill": ("lastname_company",), "expense": ("lastname_company",)}
TEXTS = {"journal": ("description",), "manual_entry_line": ("description",)}
"""Where no contact is named, the text stands for who it is: every copy has a word of its own in it."""
LETTERS = "abcdefghij"
BY_HAND = ("B01", "F05", "H01")
"""Checks that are written by hand beside the product: a join, a filter and a search for pairs."""


def step_prepare(folder: Path, lines: int) -> dict[str, Any]:
    """Pull the company once, and write a snapshot that holds it as often as makes so many journal lines."""
    for name, is_planted in (("planted", True), ("clean", False)):
        app = create_app({"demo": build_company(planted=is_planted)}, WireSettings(minute_seconds=MINUTE))
        with serve(app) as bexio:
            asyncio.run(
                pull_mandate(
                    folder / name,
                    Connection(bexio.url, "demo"),
                    started_at=AT,
                    clock=lambda: AT,
                    code_version="benchmark",
                    settings=PullSettings(minute=MINUTE),
                )
            )
    planted, clean = (
        {table: Snapshot.latest(folder / name / "snapshots").frame(table) for table in TABLES}
        for name in ("planted", "clean")
    )
    copies = max(1, round(lines / clean["journal"].height))
    (folder / "many").mkdir()
    (folder / "many" / "mandate.toml").write_bytes((folder / "planted" / "mandate.toml").read_bytes())
    place = folder / "many" / "snapshots"
    write_snapshot(
        {name: copied(name, planted, clean, copies) for name in TABLES},
        place,
        source="api",
        created_at=AT,
        code_version="benchmark",
        raw="benchmark",
    )
    journal = snapshot_folders(place)[-1] / "journal.parquet"
    return {"copies": copies, "lines": pl.scan_parquet(journal).select(pl.len()).collect().item()}


def copied(
    name: str, planted: Mapping[str, pl.DataFrame], clean: Mapping[str, pl.DataFrame], copies: int
) -> pl.DataFrame:
    """A table with as many copies of documents, contacts and bookings; master data stays as it is.

    The defects are in the first copy alone: what a review finds does not grow with the books.
    """
    if name not in SHIFTED and name not in RENAMED:
        return planted[name]
    word = pl.col("copy").cast(pl.String)
    for digit, letter in enumerate(LETTERS):
        word = word.str.replace_all(str(digit), letter, literal=True)
    renamed = [pl.format("{} {}", pl.col(column), pl.col("copy")).alias(column) for column in RENAMED.get(name, ())]
    renamed += [pl.format("{} {}", pl.col(column), word).alias(column) for column in TEXTS.get(name, ())]
    # a name of its own, unlike that of any other copy
    renamed += [
        pl.format("{} {}", pl.col(column), pl.col("copy")).hash().cast(pl.String).alias(column)
        for column in NAMES.get(name, ())
    ]
    ids = [pl.col(column) + pl.col("copy") * STEP for column in SHIFTED.get(name, ())]
    ids += [pl.col(column) + (pl.col("week") * copies + pl.col("copy")) * STEP for column in ENTERED.get(name, ())]
    number = pl.DataFrame({"copy": pl.int_range(1, copies, eager=True, dtype=pl.Int64)})
    first = _with_week(name, planted).with_columns(copy=pl.lit(0, pl.Int64)).with_columns(ids)
    others = number.join(_with_week(name, clean), how="cross").with_columns(renamed).with_columns(ids)
    columns = planted[name].columns
    rows = pl.concat([first.select(columns), others.select(columns)])
    return rows.sort("id") if name in ENTERED else rows


def _with_week(name: str, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A table with the week its journal rows were entered in: the latest that was dated until then."""
    if name not in ENTERED:
        return tables[name]
    journal = tables["journal"].sort("id")
    weeks = (pl.col("date").cum_max() - pl.col("date").min()).dt.total_days() // 7
    return tables[name].join(journal.select("id", week=weeks), on="id", how="left")


def step_books(folder: Path, _lines: int) -> dict[str, Any]:
    """Derive the books into their file, once per snapshot."""
    started = time.perf_counter()
    with Books.open(Mandate.load(folder / "many")):
        return {"build_s": time.perf_counter() - started}


def step_review(folder: Path, _lines: int) -> dict[str, Any]:
    """The full review of one quarter, from books that are there."""
    with Books.open(Mandate.load(folder / "many")) as books:
        started = time.perf_counter()
        done = review(books, books.mandate, PERIOD, ALL, as_of=AS_OF)
        ran = time.perf_counter()
        cases = len(done.cases)
        ranked = time.perf_counter()
        failed = [f"{result.check.code}: {result.note}" for result in done.results if result.outcome == "failed"]
    return {
        "review_s": ran - started,
        "ranking_s": ranked - ran,
        "findings": len(done.findings),
        "cases": cases,
        "checks": len(done.results),
        "failed": failed,
    }


def step_checks(folder: Path, _lines: int) -> dict[str, Any]:
    """Every check by itself: the dearest ones, and the sum of all."""
    with Books.open(Mandate.load(folder / "many")) as books:
        set_period(books, PERIOD, AS_OF)
        seconds = {}
        for check in ALL.values():
            started = time.perf_counter()
            run_check(check, books, books.mandate, PERIOD, {})
            seconds[check.code] = round(time.perf_counter() - started, 3)
    dearest = dict(sorted(seconds.items(), key=lambda item: -item[1])[:12])
    return {"sum_s": sum(seconds.values()), "dearest": dearest, "by_hand_s": {code: seconds[code] for code in BY_HAND}}


def step_scan(folder: Path, _lines: int) -> dict[str, Any]:
    """The floor: DuckDB reads the columns that most checks rest on."""
    with Books.open(Mandate.load(folder / "many")) as books:
        started = time.perf_counter()
        books.sql("select sum(amount), max(account_no), max(booked_on), max(tax_code), max(description) from posting")
        books.sql("select sum(net), sum(tax), max(rate), max(contact_name), max(booked_on) from vat_line")
        return {"scan_s": time.perf_counter() - started}


def _exported(folder: Path) -> tuple[Path, Path]:
    """The views the hand-written checks read, as Parquet files: what a person without this product would start from."""
    posting, purchase = folder / "posting.parquet", folder / "purchase.parquet"
    if not posting.exists():
        with Books.open(Mandate.load(folder / "many")) as books:
            books.sql(
                "select booked_on, account_no, contra_account_no, amount, tax_code, tax_rate, kind, is_opening, "
                "is_closing, is_settlement, is_tax_side, vat_role, direction from posting"
            ).write_parquet(posting)
            books.sql("select contact_name, gross, supplier_number, booked_on, entry_id from purchase").write_parquet(
                purchase
            )
    return posting, purchase


def step_polars(folder: Path, _lines: int) -> dict[str, Any]:
    """B01, F05 and H01 as a person would write them in polars, without their look-alikes."""
    posting, purchase = _exported(folder)
    started = time.perf_counter()
    rows = pl.scan_parquet(posting).filter(pl.col("booked_on").is_between(PERIOD.start, PERIOD.end))
    vat = ["1170", "1171", "1172", "1173", "1174", "2200", "2201", "2202", "2203"]
    by_hand = rows.filter(
        pl.col("account_no").is_in(vat)
        & ~pl.col("contra_account_no").is_in([*vat, "1020", "1000"])
        & pl.col("tax_code").is_null()
        & ~pl.col("is_opening")
        & ~pl.col("is_settlement")
    )
    rates = [Decimal(rate) for rate in ("0", "8.1", "2.6", "3.8", "100")]
    old = rows.filter(pl.col("is_tax_side") & (pl.col("vat_role") == "base") & ~pl.col("tax_rate").is_in(rates))
    bills = pl.scan_parquet(purchase)
    pairs = bills.join(bills, on=["contact_name", "gross", "supplier_number"]).filter(
        pl.col("entry_id") < pl.col("entry_id_right")
    )
    found = [frame.select(pl.len()).collect().item() for frame in (by_hand, old, pairs)]
    return {"seconds": time.perf_counter() - started, "found": found}


def step_pandas(folder: Path, _lines: int) -> dict[str, Any]:
    """The same in pandas, amounts as floats."""
    import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: PLC0415

    posting, purchase = _exported(folder)
    started = time.perf_counter()
    rows = pd.read_parquet(posting)
    day = pd.to_datetime(rows["booked_on"])
    rows = rows[(day >= pd.Timestamp(PERIOD.start)) & (day <= pd.Timestamp(PERIOD.end))]
    vat = ["1170", "1171", "1172", "1173", "1174", "2200", "2201", "2202", "2203"]
    by_hand = rows[
        rows["account_no"].isin(vat)
        & ~rows["contra_account_no"].isin([*vat, "1020", "1000"])
        & rows["tax_code"].isna()
        & ~rows["is_opening"]
        & ~rows["is_settlement"]
    ]
    rate = rows["tax_rate"].astype("float64")
    old = rows[rows["is_tax_side"] & (rows["vat_role"] == "base") & ~rate.isin([0, 8.1, 2.6, 3.8, 100])]
    bills = pd.read_parquet(purchase).dropna(subset=["contact_name", "supplier_number"])
    pairs = bills.merge(bills, on=["contact_name", "gross", "supplier_number"], suffixes=("", "_right"))
    pairs = pairs[pairs["entry_id"] < pairs["entry_id_right"]]
    return {"seconds": time.perf_counter() - started, "found": [len(by_hand), len(old), len(pairs)]}


STEPS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "prepare": step_prepare,
    "books": step_books,
    "review": step_review,
    "checks": step_checks,
    "scan": step_scan,
    "polars": step_polars,
    "pandas": step_pandas,
}


def main(sizes: Sequence[int]) -> None:
    """Measure every size, and the growth between the first and the last."""
    measured: list[dict[str, dict[str, Any]]] = []
    for lines in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(f"== {lines:,} journal lines")
            measured.append({name: _run(name, Path(folder), lines) for name in STEPS})
        _compare(measured[-1])
    first, last = measured[0], measured[-1]
    if len(measured) > 1 and "review_s" in first["review"] and "review_s" in last["review"]:
        lines = last["prepare"]["lines"] / first["prepare"]["lines"]
        growth = last["review"]["review_s"] / first["review"]["review_s"]
        print(f"growth of the review: {growth:.1f}x for {lines:.1f}x lines")


def _run(name: str, folder: Path, lines: int) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.review", "--step", name, str(folder), str(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name}: not measured ({(done.stderr.strip().splitlines() or ['killed'])[-1]})")
        return {}
    result: dict[str, Any] = json.loads(done.stdout)
    print(name, json.dumps(result))
    return result


def _compare(steps: dict[str, dict[str, Any]]) -> None:
    if "sum_s" not in steps["checks"]:
        return
    ours = sum(steps["checks"]["by_hand_s"].values())
    for name in ("polars", "pandas"):
        if "seconds" in steps[name]:
            print(f"{', '.join(BY_HAND)}: ours {ours / steps[name]['seconds']:.2f}x the time of {name}")
    if "scan_s" in steps["scan"]:
        print(f"all checks: {steps['checks']['sum_s'] / steps['scan']['scan_s']:.0f}x the bare scan")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        figures = STEPS[sys.argv[2]](Path(sys.argv[3]), int(sys.argv[4]))
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()})
        )
    else:
        main([int(each.replace("_", "")) for each in sys.argv[1:]] or SIZES)
