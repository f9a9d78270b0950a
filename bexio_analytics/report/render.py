"""The report of one mandate and period as one HTML file."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

from bexio_analytics.errors import ReportError
from bexio_analytics.mandate import Mandate
from bexio_analytics.periods import VatPeriod
from bexio_analytics.present.translation import LANGUAGES, Translator
from bexio_analytics.report.export import to_page
from bexio_analytics.report.notebook import execute, notebook_path

NOTEBOOK = "vat_review.ipynb"


def render_report(
    mandate_dir: Path,
    period: VatPeriod,
    *,
    out_dir: Path,
    as_of: date,
    lang: str = LANGUAGES[0],
    notebook: Path | None = None,
) -> Path:
    """Run the review notebook over a mandate and write ``<mandate>-<period>-<lang>.html``.

    The same snapshot, settings, version and ``as_of`` give the same bytes. The file appears when it is whole; an older
    one stays where rendering fails.

    Args:
        mandate_dir: ``data/<mandate>`` with settings and at least one snapshot.
        period: the VAT period.
        out_dir: folder of the page; made where missing.
        as_of: the day the page stands for, which decides the days left.
        lang: ``de`` or ``en``.
        notebook: another notebook with the same parameters; default is the one of this package.

    Returns:
        Path of the page.

    Raises:
        ConfigurationError: the settings are wrong, or there are no texts in this language.
        ReportError: the notebook failed; names the cell and the last frames.
    """
    translate = Translator(lang)
    mandate_dir = mandate_dir.resolve()
    mandate = Mandate.load(mandate_dir)
    executed = execute(
        notebook or notebook_path(NOTEBOOK),
        {
            "data": str(mandate_dir.parent),
            "mandate": mandate_dir.name,
            "period": period.id,
            "lang": lang,
            "as_of": as_of.isoformat(),
        },
    )
    title = f"{translate('VAT review')} {mandate.name} {period.id}"
    page = to_page(executed, lang=lang, title=title, footer=title)
    if "<section" not in page:
        raise ReportError(f"The notebook showed no section for {mandate.name} {period.id}: nothing was written")
    return _put(page, out_dir / f"{mandate_dir.name}-{period.id}-{lang}.html")


def _put(page: str, target: Path) -> Path:
    """Write beside and rename, so that a reader finds the old page or the new one and never a half."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", text=False)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(page.encode())
        Path(beside).replace(target)
    finally:
        Path(beside).unlink(missing_ok=True)
    return target
