"""How well the review finds planted errors: ``python -m tests.benchmarks.detection --data DIR``, prints JSON.

DIR holds a labelled journal (``journal_entries.csv.gz``, ``document_labels.csv``). The journal is booked, reviewed and
ranked by the product; the labels are read afterwards, to count. Beside it, on the same documents in the same run: plain
counting of the same findings, the largest amount first, and the detectors of pyod on document features where pyod is
installed. A document is one row of every figure.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from bexio_analytics.books import Books
from bexio_analytics.checks import ALL
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Case, Review, review
from tests.benchmarks import journals

PLACES = (50, 100, 200, 500)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark on one folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--no-baselines", action="store_true", help="the product alone")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    journal = journals.read(options.data)
    loaded = time.perf_counter()
    with journals.open_books(journal) as books:
        opened = time.perf_counter()
        done = _review(books, journal)
        reviewed = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        amounts = _amounts(books, journal)
        failed = [result.check.code for result in done.results if result.outcome == "failed"]
        features = None if options.no_baselines else _features(books, journal)
    ranked = _documents(done, journal)
    labels = _labels(options.data)
    report: dict[str, Any] = {
        "data": options.data.name,
        "documents": len(labels),
        "anomalies": sum(1 for label in labels.values() if label["kind"]),
        "seconds": {
            "read": round(loaded - started, 2),
            "books": round(opened - loaded, 2),
            "review": round(reviewed - opened, 2),
        },
        "peak_mb": peak,
        "failed": failed,
        "default_list_share": round(len(_short(done, journal)) / len(labels), 4),
        "product": figures(_filled(ranked, amounts), labels),
        "per_kind": per_kind(_filled(ranked, amounts), ranked, labels),
        "per_check": per_check(done, journal, labels),
    }
    if not options.no_baselines:
        counted = Counter(name for case in done.cases for name in _of_cases([case], journal) for _ in case.findings)
        report["largest_amount"] = figures(_filled([], amounts), labels)
        report["counting"] = figures(_filled([name for name, _ in counted.most_common()], amounts), labels)
        assert features is not None
        report |= detectors(features, labels)
    json.dump(report, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0


def _review(books: Books, journal: journals.Journal) -> Review:
    year = max(journal.years)
    period = VatPeriod.parse(str(Counter(row["date"].year for row in journal.tables["journal"]).most_common(1)[0][0]))
    return review(books, books.mandate, period, ALL, as_of=date(year + 1, 3, 1))


def _names(booking: str, journal: journals.Journal) -> list[str]:
    name = journal.document_of.get(booking.removeprefix("journal_entry:"))
    return [] if name is None else [name]


def _documents(done: Review, journal: journals.Journal) -> list[str]:
    """Documents in the order of their first case; a case of two equal bookings is about both of them."""
    return list(dict.fromkeys(_of_cases(done.cases, journal)))


def _short(done: Review, journal: journals.Journal) -> list[str]:
    return list(dict.fromkeys(_of_cases(done.short_list, journal)))


def _of_cases(cases: Iterable[Case], journal: journals.Journal) -> Iterator[str]:
    return (name for case in cases for booking in case.bookings for name in _names(booking, journal))


def _amounts(books: Books, journal: journals.Journal) -> dict[str, float]:
    rows = books.sql("select entry_id, sum(abs(amount)) as amount from journal_line group by entry_id").iter_rows()
    return {journal.document_of[entry]: float(amount) for entry, amount in rows if entry in journal.document_of}


def _filled(ranked: Sequence[str], amounts: Mapping[str, float]) -> list[str]:
    """The ranked documents, then all others, the largest first."""
    seen = set(ranked)
    return [*ranked, *sorted((name for name in amounts if name not in seen), key=lambda name: (-amounts[name], name))]


def _labels(folder: Path) -> dict[str, dict[str, str]]:
    frame = pl.read_csv(folder / "document_labels.csv", infer_schema=False).fill_null("")
    return {
        row["document_id"]: {
            "kind": row["anomaly_type"] if row["is_anomaly"].lower() == "true" else "",
            "lookalike": row.get("lookalike", ""),
        }
        for row in frame.iter_rows(named=True)
    }


def figures(order: Sequence[str], labels: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """ROC-AUC, average precision, precision and recall at the first places, kinds and look-alikes among them."""
    hits = [bool(labels[name]["kind"]) for name in order if name in labels]
    names = [name for name in order if name in labels]
    missing = [name for name in labels if name not in set(names)]
    names, hits = names + missing, hits + [bool(labels[name]["kind"]) for name in missing]
    positives = sum(hits)
    found, precision_sum, below = 0, 0.0, 0
    for place, hit in enumerate(hits, 1):
        if hit:
            found += 1
            precision_sum += found / place
        else:
            below += found
    result: dict[str, Any] = {
        "roc_auc": round(below / (positives * (len(hits) - positives)), 4),
        "average_precision": round(precision_sum / positives, 4),
    }
    for places in PLACES:
        first = names[:places]
        result[f"precision@{places}"] = round(sum(hits[:places]) / places, 4)
        result[f"recall@{places}"] = round(sum(hits[:places]) / positives, 4)
        result[f"kinds@{places}"] = len({labels[name]["kind"] for name in first} - {""})
    result["lookalikes@100"] = sum(1 for name in names[:100] if labels[name]["lookalike"])
    return result


def per_kind(
    order: Sequence[str], ranked: Sequence[str], labels: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, int | None]]:
    """By kind: how many there are, how many any check found, how many in the first 100 and 500, and the first place."""
    place = {name: number for number, name in enumerate(order, 1)}
    known = set(ranked)
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for name, label in labels.items():
        if label["kind"]:
            kinds[label["kind"]].append(name)
    return {
        kind: {
            "documents": len(members),
            "found": sum(name in known for name in members),
            "first_100": sum(place.get(name, len(order) + 1) <= 100 for name in members),
            "first_500": sum(place.get(name, len(order) + 1) <= 500 for name in members),
            "first_place": min((place[name] for name in members if name in place), default=None),
        }
        for kind, members in sorted(kinds.items())
    }


def per_check(done: Review, journal: journals.Journal, labels: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """By check: documents found, how many of them are labelled, and which kinds."""
    result = {}
    for each in done.results:
        names = {name for finding in each.findings for name in _names(finding.booking or "", journal)}
        if names:
            kinds = Counter(labels[name]["kind"] or labels[name]["lookalike"] for name in names)
            kinds.pop("", None)
            right = sum(1 for name in names if labels[name]["kind"])
            result[each.check.code] = {"documents": len(names), "labelled": right, "kinds": dict(kinds.most_common(6))}
    return result


def _features(books: Books, journal: journals.Journal) -> pl.DataFrame:
    """What a general detector is usually given: sizes, accounts, dates, texts and codes of each document."""
    frame = books.sql(
        """
        with line as (
            select *, count(*) over (partition by debit_account_no, credit_account_no) as pair_count,
                count(*) over (partition by debit_account_no) as debit_count,
                count(*) over (partition by contact_name) as contact_count,
                count(*) over (partition by tax_code) as code_count,
                count(*) over (partition by amount) as amount_count
            from journal_line
        )
        select entry_id, ln(1 + sum(amount)) as size, ln(1 + max(amount)) as largest, count(*) as rows,
               min(ln(pair_count)) as rarest_pair, min(ln(debit_count)) as rarest_debit,
               min(ln(contact_count)) as contact, min(ln(code_count)) as code, max(ln(amount_count)) as same_amount,
               any_value(month(booked_on)) as month, any_value(day(booked_on)) as day,
               any_value(dayofweek(booked_on)) as weekday, coalesce(max(length(description)), 0) as text_length,
               max((amount % 100 = 0)::int) as is_round, max((amount % 1000 = 0)::int) as is_very_round,
               max((is_vat_row)::int) as has_vat, max((tax_code is not null)::int) as has_code,
               max((kind = 'manual_entry')::int) as is_manual, count(distinct debit_account_no) as debits,
               count(distinct credit_account_no) as credits,
               coalesce(max(case when is_vat_row then amount end) / nullif(max(amount), 0), 0) as tax_share
        from line group by entry_id
        """
    )
    names = pl.DataFrame(
        {"entry_id": list(journal.document_of), "document": list(journal.document_of.values())},
        schema={"entry_id": pl.String, "document": pl.String},
    )
    return frame.join(names, on="entry_id").drop("entry_id").sort("document")


def detectors(features: pl.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The usual detectors with their defaults, on standardised features."""
    try:
        from pyod.models.ecod import ECOD  # noqa: PLC0415 - a peer, no dependency
        from pyod.models.iforest import IForest  # noqa: PLC0415
        from pyod.models.knn import KNN  # noqa: PLC0415
        from pyod.models.lof import LOF  # noqa: PLC0415
    except ImportError:
        return {"detectors": "pyod is not installed: pip install pyod"}
    documents = features["document"].to_list()
    values = features.drop("document").cast(pl.Float64).fill_null(0.0)
    scaled = values.select((pl.all() - pl.all().mean()) / (pl.all().std() + 1e-9)).to_numpy()
    result = {}
    for name, model in (("iforest", IForest(random_state=0)), ("ecod", ECOD()), ("lof", LOF()), ("knn", KNN())):
        started = time.perf_counter()
        model.fit(scaled)
        scores = dict(zip(documents, model.decision_scores_, strict=True))
        order = sorted(documents, key=lambda each: (-scores[each], each))
        result[name] = figures(order, labels) | {"seconds": round(time.perf_counter() - started, 2)}
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
