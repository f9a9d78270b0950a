"""Time and memory of the return with its full reconciliation: ``python tests/benchmarks/vat.py [LINES]``, 1 million.

Beside it: building the books, the same return by hand-written polars and pandas (where pandas is installed), and the
time DuckDB needs merely to scan the columns. Every step runs in a process of its own, for its peak of memory.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from bexio_analytics import Books, VatPeriod, vat_return
from bexio_analytics.mandate import Mandate
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import frames_from_text, mandate_for_tests
from bexio_analytics.vat import (
    account_causes,
    annual_reconciliation,
    document_differences,
    input_tax_statement,
    turnover_statement,
)

YEAR = 2026
PERIOD = VatPeriod.of(YEAR, 1, 12)
ROWS_OF_A_PAIR = 5
"""An invoice (net, VAT), its payment, a bill (net, VAT)."""


def tables(lines: int) -> dict[str, pl.DataFrame]:
    """Snapshot tables of a company with about so many journal lines: an invoice, its payment and a bill, repeated."""
    frames = frames_from_text(
        f"{YEAR}-01-01  Ware  1100 / 3200  108.10  invoice  UN81  no=R\n"
        f"{YEAR}-01-01  Zahlung  1020 / 1100  108.10  payment  no=R\n"
        f"{YEAR}-01-01  Einkauf  4200 / 2000  54.05  bill  VM81"
    )
    count = max(lines // ROWS_OF_A_PAIR, 1)
    number = pl.DataFrame({"n": pl.int_range(1, count + 1, eager=True)})
    day = pl.lit(date(YEAR, 1, 1)) + pl.duration(days=pl.col("n") % 365)
    net = (pl.col("n") % 5000 + 100).cast(pl.Decimal(18, 2))

    def spread(name: str, changes: dict[str, pl.Expr], rows: pl.DataFrame | None = None) -> pl.DataFrame:
        found = frames[name] if rows is None else rows
        return (
            number.join(found, how="cross")
            .with_columns(**{column: value.cast(TABLES[name].schema[column]) for column, value in changes.items()})
            .select(found.columns)
        )

    uuid = pl.format("00000000-0000-4000-8000-{}", pl.col("n"))
    tax = (net * Decimal("0.081")).round(2)
    half, half_tax = (net * Decimal("0.5")).round(2), (net * Decimal("0.5") * Decimal("0.081")).round(2)
    amounts = [net, tax, net + tax, half, half_tax]
    journal = []
    for place in range(ROWS_OF_A_PAIR):
        of_bill = place >= ROWS_OF_A_PAIR - 2
        row = frames["journal"][place : place + 1]
        line = pl.col("n") * ROWS_OF_A_PAIR + place
        changes = {"id": line, "sequence": line, "date": day, "amount": amounts[place], "base_amount": amounts[place]}
        changes |= {"ref_uuid": uuid} if of_bill else {"ref_id": pl.col("n")}
        journal.append(spread("journal", changes, row))
    total = net + tax
    return frames | {
        "journal": pl.concat(journal).sort("id"),
        "invoice": spread(
            "invoice",
            {
                "id": pl.col("n"),
                "document_nr": pl.format("RE-{}", pl.col("n")),
                "total_gross": net,
                "total_net": net,
                "total_taxes": tax,
                "total": total,
                "total_remaining_payments": pl.lit(0),
                "is_valid_from": day,
            },
        ),
        "invoice_position": spread(
            "invoice_position", {"invoice_id": pl.col("n"), "unit_price": net, "position_total": net}
        ),
        "invoice_tax": spread("invoice_tax", {"invoice_id": pl.col("n"), "value": tax}),
        "invoice_payment": spread(
            "invoice_payment", {"id": pl.col("n"), "invoice_id": pl.col("n"), "date": day, "value": total}
        ),
        "bill": spread(
            "bill",
            {
                "id": uuid,
                "document_no": pl.format("LR-{}", pl.col("n")),
                "bill_date": day,
                "amount_calc": half + half_tax,
            },
        ),
        "bill_line": spread("bill_line", {"bill_id": uuid, "tax_calc": half_tax, "amount": half + half_tax}),
    }


def step_prepare(folder: Path, lines: int) -> dict[str, Any]:
    """Write the tables."""
    for name, frame in tables(lines).items():
        frame.write_parquet(folder / f"{name}.parquet")
    return {"lines": pl.scan_parquet(folder / "journal.parquet").select(pl.len()).collect().item()}


def _frames(folder: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}


def _mandate() -> Mandate:
    return mandate_for_tests()


def step_books(folder: Path, _lines: int) -> dict[str, Any]:
    """Derive the books (once per snapshot), then compute the return, its reconciliations, and the year by quarters."""
    frames = _frames(folder)
    started = time.perf_counter()
    books = Books.from_frames(frames, _mandate())
    built = time.perf_counter()
    before = _peak()
    result = vat_return(books, PERIOD)
    returned = time.perf_counter()
    turnover = turnover_statement(books, result)
    input_tax = input_tax_statement(books, result)
    differing = document_differences(books, PERIOD)
    unexplained = account_causes(books, PERIOD)
    done = time.perf_counter()
    year = annual_reconciliation(books, YEAR)
    compared = time.perf_counter()
    assert turnover.remainder == 0
    assert abs(year.rounding) <= Decimal("0.02")  # four forms round, one does
    assert differing.is_empty()
    assert unexplained.is_empty()
    return {
        "build_s": built - started,
        "return_s": returned - built,
        "reconciliation_s": done - returned,
        "year_s": compared - done,
        "peak_after_build_mb": before,
        "payable": str(result.payable),
        "200": str(result.ziffern["200"]),
        "400": str(input_tax.lines[0].declared),
    }


def step_scan(folder: Path, _lines: int) -> dict[str, Any]:
    """The floor: DuckDB reads the columns the return rests on, from its own tables."""
    books = Books.from_frames(_frames(folder), _mandate())
    started = time.perf_counter()
    books.sql(
        "select sum(net), sum(tax), sum(input_tax), min(booked_on), max(ziffer), max(direction), max(rate) "
        "from vat_line"
    )
    books.sql("select sum(amount), max(account_no), max(booked_on) from posting")
    return {"scan_s": time.perf_counter() - started}


def step_polars(folder: Path, _lines: int) -> dict[str, Any]:
    """The same return, written by hand for this one kind of company: journal joined with the codes of its documents."""
    started = time.perf_counter()
    journal = pl.scan_parquet(folder / "journal.parquet")
    accounts = pl.scan_parquet(folder / "account.parquet").select("id", "account_no")
    position = pl.scan_parquet(folder / "invoice_position.parquet").select(
        pl.col("invoice_id").alias("ref_id"), "tax_id"
    )
    line = pl.scan_parquet(folder / "bill_line.parquet").select(pl.col("bill_id").alias("ref_uuid"), "tax_id")
    taxes = pl.scan_parquet(folder / "tax.parquet").select(pl.col("id").alias("tax_id"), "digit", "value")
    within = journal.filter(pl.col("date").is_between(PERIOD.start, PERIOD.end))
    coded = pl.concat(
        [
            within.filter(pl.col("ref_class") == "KbInvoice").join(position, on="ref_id"),
            within.filter(pl.col("ref_class") == "KbBill").join(line, on="ref_uuid"),
        ]
    )
    vat = accounts.filter(pl.col("account_no").is_in(["1170", "1171", "2200"])).select("id").collect()["id"].implode()
    found = (
        coded.join(taxes, on="tax_id")
        .with_columns(is_tax=pl.col("debit_account_id").is_in(vat) | pl.col("credit_account_id").is_in(vat))
        .group_by("digit", "value", "is_tax")
        .agg(pl.col("base_amount").sum())
        .collect()
    )
    return _by_hand(found.rows(), time.perf_counter() - started)


def step_pandas(folder: Path, _lines: int) -> dict[str, Any]:
    """The same by pandas, amounts in whole Rappen: Decimal objects would take many times as long."""
    import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: PLC0415

    started = time.perf_counter()
    journal = pd.read_parquet(
        folder / "journal.parquet",
        columns=["date", "ref_class", "ref_id", "ref_uuid", "debit_account_id", "credit_account_id", "base_amount"],
    )
    journal["rappen"] = (journal["base_amount"].astype("float64") * 100).round().astype("int64")
    accounts = pd.read_parquet(folder / "account.parquet")
    position = pd.read_parquet(folder / "invoice_position.parquet").rename(columns={"invoice_id": "ref_id"})
    line = pd.read_parquet(folder / "bill_line.parquet").rename(columns={"bill_id": "ref_uuid"})
    taxes = pd.read_parquet(folder / "tax.parquet").rename(columns={"id": "tax_id"})
    vat = set(accounts[accounts["account_no"].isin(["1170", "1171", "2200"])]["id"])
    day = pd.to_datetime(journal["date"])
    within = journal[(day >= pd.Timestamp(PERIOD.start)) & (day <= pd.Timestamp(PERIOD.end))]
    coded = pd.concat(
        [
            within[within["ref_class"] == "KbInvoice"].merge(position[["ref_id", "tax_id"]], on="ref_id"),
            within[within["ref_class"] == "KbBill"].merge(line[["ref_uuid", "tax_id"]], on="ref_uuid"),
        ]
    ).merge(taxes[["tax_id", "digit", "value"]], on="tax_id")
    coded["is_tax"] = coded["debit_account_id"].isin(vat) | coded["credit_account_id"].isin(vat)
    sums = coded.groupby(["digit", "value", "is_tax"])["rappen"].sum()
    rows = [(digit, rate, is_tax, Decimal(int(rappen)) / 100) for (digit, rate, is_tax), rappen in sums.items()]
    return _by_hand(rows, time.perf_counter() - started)


def _by_hand(rows: list[tuple[Any, ...]], seconds: float) -> dict[str, Any]:
    rappen = Decimal("0.01")
    base = {digit: amount.quantize(rappen) for digit, _, is_tax, amount in rows if not is_tax}
    tax = {digit: amount.quantize(rappen) for digit, _, is_tax, amount in rows if is_tax}
    owed = (base["303"] * Decimal("0.081")).quantize(rappen, "ROUND_HALF_UP")
    return {"seconds": seconds, "payable": str(owed - tax["400"]), "200": str(base["303"]), "400": str(tax["400"])}


STEPS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "prepare": step_prepare,
    "books": step_books,
    "scan": step_scan,
    "polars": step_polars,
    "pandas": step_pandas,
}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(lines: int) -> None:
    """Run every step in a process of its own and print what it took."""
    measured: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in STEPS:
            command = [sys.executable, "-W", "ignore", __file__, "--step", name, folder, str(lines)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name}: not measured ({done.stderr.strip().splitlines()[-1]})")
                continue
            measured[name] = json.loads(done.stdout)
            print(name, json.dumps(measured[name]))
    books = measured["books"]
    ours = books["return_s"] + books["reconciliation_s"]
    for name in ("polars", "pandas"):
        if name in measured:
            assert {k: measured[name][k] for k in ("payable", "200", "400")} == {
                k: books[k] for k in ("payable", "200", "400")
            }
            print(f"return and reconciliation take {ours / measured[name]['seconds']:.2f} × the return by {name}")
    print(f"return and reconciliation take {ours / measured['scan']['scan_s']:.1f} × the scan of the columns")
    print(f"the year against its quarters takes {books['year_s']:.2f} s more: five returns")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        found = STEPS[sys.argv[2]](Path(sys.argv[3]), int(sys.argv[4]))
        print(json.dumps({**found, "peak_mb": _peak()}))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
