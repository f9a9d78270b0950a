"""The return and its file: shown, written as eCH-0217, checked, and kept as filed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bexio_analytics import Books, Mandate, VatPeriod, VatReturn, vat_return
from bexio_analytics.cli.options import DATA, AsOf, DataDir, Json, PeriodText, day, now, period_of
from bexio_analytics.cli.output import CONSOLE, booked_days, print_json, print_return, warn_of_end
from bexio_analytics.cli.reconciling import print_reconciliation
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.vat import annual_xml, plain, reconcile
from bexio_analytics.vat.ech0217 import Approval, RuleBreach, Submission, approval_of, check_xml, store_filed, write_xml

BREACHED = 1


XmlFile = Annotated[Path | None, typer.Option("--xml", help="Write the return as an eCH-0217 file for the ePortal.")]
CheckFile = Annotated[
    Path | None, typer.Option("--check", help="Check anybody's eCH-0217 file, without a mandate too.")
]
FiledFile = Annotated[Path | None, typer.Option("--filed", help="Keep this file as what was filed with the ESTV.")]
SchemaDir = Annotated[Path | None, typer.Option("--xsd", help="Folder of the official schemas, checked in addition.")]
Kind = Annotated[
    int, typer.Option("--type", min=1, max=3, help="1 first filing, 2 correction return, 3 annual reconciliation.")
]
Text280 = Annotated[str, typer.Option("--description-280", help="What Ziffer 280 is, at most 50 characters.")]
Deviating = Annotated[bool, typer.Option("--deviating-period", help="The ESTV ordered a period of another length.")]


def vat(
    mandate: Annotated[str | None, typer.Argument(metavar="[MANDATE]", help="Folder of the mandate.")] = None,
    period: PeriodText = None,
    xml: XmlFile = None,
    submission: Kind = 1,
    description_280: Text280 = "",
    deviating: Deviating = False,
    check: CheckFile = None,
    filed: FiledFile = None,
    xsd: SchemaDir = None,
    data: DataDir = DATA,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show the VAT return of a period and its bridge; write, check or keep its eCH-0217 file."""
    if check is not None:
        _check(check, xsd, approval_of(Mandate.load(data / mandate)) if mandate else Approval(), as_json=as_json)
        return
    if mandate is None:
        raise ConfigurationError("name the mandate whose return you want, or a file with --check")
    settings = Mandate.load(data / mandate)
    if filed is not None:
        kept = store_filed(settings.folder, _read(filed), stored_at=now(), uid=settings.uid)
        kind = kept.submission.name.lower()
        if as_json:
            print_json({"mandate": mandate, "period": str(kept.period), "submission": kind, "sha256": kept.sha256})
        else:
            CONSOLE.print(f"Kept as filed: {kept.period}, {kind}, sha256 {kept.sha256}", markup=False)
        return
    with Books.open(settings) as books:
        result = vat_return(books, period_of(period, settings, day(as_of)))
        days = booked_days(books)
        warn_of_end(books, result.period)
        found = reconcile(books, result)
        content = None
        if xml is not None and submission == Submission.ANNUAL:
            content = annual_xml(
                books,
                _year_of(result),
                generation_time=now(),
                description_280=description_280,
                xsd_dir=xsd,
            )
    if xml is not None and content is None:
        content = write_xml(
            result,
            settings,
            generation_time=now(),
            type_of_submission=submission,
            description_280=description_280,
            period_deviates=deviating,
            xsd_dir=xsd,
        )
    if xml is not None and content is not None:
        beside = xml.with_name(f".{xml.name}.partial")
        beside.write_bytes(content)
        beside.replace(xml)
    if as_json:
        print_json({**_return_json(result), "books_end_on": days and days[1], "reconciliation": plain(found)})
        return
    print_return(result)
    print_reconciliation(result, found)
    if xml is not None:
        CONSOLE.print(
            f"Written: {xml}. Upload and release it in the ePortal, then keep it with --filed {xml}.", markup=False
        )


def _year_of(result: VatReturn) -> int:
    year = result.period.start.year
    if result.period != VatPeriod.of(year, 1, 12):
        raise ConfigurationError(
            f"The annual reconciliation is of a year, not of {result.period}: ask for --period {year}. "
            "A return that was wrong is replaced with --type 2."
        )
    return year


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error


def _check(path: Path, xsd: Path | None, approval: Approval, *, as_json: bool) -> None:
    breaches: list[RuleBreach] = check_xml(_read(path), xsd, approval)
    if as_json:
        print_json([asdict(breach) for breach in breaches])
    elif breaches:
        for breach in breaches:
            CONSOLE.print(str(breach), markup=False)
    else:
        CONSOLE.print(f"{path} keeps every rule.", markup=False)
    if breaches:
        raise SystemExit(BREACHED)


def _return_json(result: VatReturn) -> dict[str, object]:
    return {
        "mandate": result.mandate,
        "period": {"id": result.period.id, "from": result.period.start, "till": result.period.end},
        "due_on": result.period.due_on,
        "method": result.method,
        "basis": result.basis,
        "ziffern": result.ziffern,
        "tax": result.tax,
        "rates": result.rates,
        "acquisition": plain(result.acquisition),
        "activities": plain(result.activities),
        "payable": result.payable,
        "form_rounding": result.form_rounding,
        "ledger_rounding": result.ledger_rounding,
        "evidence": result.evidence,
        "not_on_form": result.not_on_form,
        "bridge": [
            {
                "account_no": row.account_no,
                "account_name": row.account_name,
                "ziffern": row.ziffern,
                "opening": row.opening,
                "coded_tax": row.coded_tax,
                "settlement": row.settlement,
                "other": row.other,
                "closing": row.closing,
            }
            for row in result.bridge
        ],
        "turnover_bridge": [
            {
                "account_no": row.account_no,
                "account_name": row.account_name,
                "ledger": row.ledger,
                "declared": row.declared,
                "difference": row.difference,
                "reductions": row.reductions,
                "waiting": row.waiting,
            }
            for row in result.turnover_bridge
        ],
    }
