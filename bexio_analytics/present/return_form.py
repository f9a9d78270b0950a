"""The VAT return as the form shows it: Ziffer by Ziffer, with the lines behind each figure and what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from bexio_analytics.present import beside, boxes, formats
from bexio_analytics.present.beside import Surroundings
from bexio_analytics.present.labels import EVIDENCE_NAMES, EVIDENCE_SHORT
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.vat_lines import vat_line_table

if TYPE_CHECKING:
    from bexio_analytics.law import Ziffer
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.vat import VatReturn

_ZERO = Decimal("0.00")
_SECTIONS = (
    ("I. Turnover", ("turnover", "memo", "deduction", "289", "299")),
    (
        "II. Tax calculation",
        (
            "supply",
            "net_supply",
            "acquisition",
            "399",
            "input",
            "input_reduction",
            "net_credit",
            "net_correction",
            "479",
            "500",
            "510",
        ),
    ),
    ("III. Other cash flows", ("other_flow",)),
)
SECTION_NAMES = tuple(name for name, _ in _SECTIONS)
_TAX_ONLY = frozenset({"input", "input_reduction", "net_credit", "net_correction", "399", "479", "500", "510"})
_RESULTS = frozenset({"299", "399", "479", "500", "510"})
_COLUMNS = 6
LINES_PER_ZIFFER = 40
LINES_SHOWN_IN_FULL = 700
"""Up to so many lines behind all figures together every one is shown; beyond, the largest of each Ziffer."""


def return_form(
    vat_return: VatReturn, lines: pl.DataFrame, translate: Translator, around: Surroundings | None = None
) -> Html:
    """The return with turnover and tax columns; a Ziffer opens to its VAT lines.

    Args:
        vat_return: all Ziffern, with rates and evidence.
        lines: VAT lines of all Ziffern as ``vat_lines`` gives them, with box, box_base and box_tax.
        translate: language.
        around: figures to show beside.
    """
    around = around or Surroundings()
    width = _COLUMNS + len(around.columns)
    limit = lines.height if lines.height <= LINES_SHOWN_IN_FULL else LINES_PER_ZIFFER
    head = tag(
        "thead",
        tag(
            "tr",
            tag("th", translate("Ziffer"), scope="col"),
            tag("th", translate("Description"), scope="col"),
            tag("th", translate("Rate"), scope="col", class_="ba-n"),
            tag("th", translate("Turnover CHF"), scope="col", class_="ba-n"),
            tag("th", translate("Tax CHF"), scope="col", class_="ba-n"),
            *(beside.heading(column, around.filed, translate) for column in around.columns),
            tag("th", translate("Evidence"), scope="col"),
        ),
    )
    bodies = [
        tag(
            "tbody",
            tag("tr", tag("th", translate(name), colspan=width, scope="colgroup"), class_="ba-part"),
            *(
                row
                for box in _boxes(parts, vat_return)
                for row in _rows(
                    box, vat_return, lines.filter(pl.col("box") == box.ziffer), translate, limit=limit, around=around
                )
            ),
        )
        for name, parts in _SECTIONS
    ]
    remarks = [tag("p", text, class_="ba-note") for text in beside.notes(around, vat_return, translate)]
    many = "ba-many" if around.columns else ""
    form = tag("table", head, *bodies, class_=f"ba-table ba-form {many}".strip())
    return join([tag("div", form, class_="ba-scroll"), *remarks])


def evidence_bar(evidence: Mapping[str, Decimal], translate: Translator) -> Html | None:
    """What a figure rests on: a small bar with the shares in words, or nothing where there is no amount."""
    sizes = {name: abs(evidence.get(name, _ZERO)) for name in EVIDENCE_NAMES}
    whole = sum(sizes.values(), _ZERO)
    if whole == 0:
        return None
    used = [(name, size) for name, size in sizes.items() if size]
    words = ", ".join(f"{formats.share(size, whole)} {translate(EVIDENCE_SHORT[name])}" for name, size in used)
    bar = tag(
        "span",
        *(
            tag("i", class_=f"ba-ev-{name.replace('_', '-')}", style=f"width:{size / whole * 100:.1f}%")
            for name, size in used
        ),
        class_="ba-ev",
        aria_hidden="true",
    )
    return join([bar, tag("span", words, class_="ba-ev-words")])


def _boxes(parts: Iterable[str], vat_return: VatReturn) -> list[Ziffer]:
    wanted = set(parts)
    return [box for box in boxes.printed(vat_return) if box.part in wanted or box.ziffer in wanted]


def _rows(
    box: Ziffer,
    vat_return: VatReturn,
    behind: pl.DataFrame,
    translate: Translator,
    *,
    limit: int,
    around: Surroundings,
) -> Iterator[Html]:
    figure = vat_return.ziffern.get(box.ziffer, _ZERO)
    is_tax_only = box.part in _TAX_ONLY or box.ziffer in _TAX_ONLY
    has_tax = is_tax_only or box.part in {"supply", "net_supply", "acquisition"}
    turnover = None if is_tax_only else figure
    tax = (figure if is_tax_only else vat_return.tax.get(box.ziffer, _ZERO)) if has_tax else None
    is_nil = not turnover and not tax
    note = boxes.note(box, vat_return, translate)
    label = [tag("span", boxes.title(box, vat_return, translate)), tag("small", note) if note else None]
    classes = ["ba-result"] if box.ziffer in _RESULTS else ["ba-sum"] if box.part == "computed" else []
    if is_nil:
        classes.append("ba-nil")
    yield tag(
        "tr",
        tag("td", box.ziffer, class_="ba-z"),
        tag("td", *label, class_="ba-label"),
        tag("td", formats.rate(vat_return.rates.get(box.ziffer)), class_="ba-n"),
        _amount(turnover),
        _amount(tax),
        *(beside.cell(column, box.ziffer, figure) for column in around.columns),
        tag("td", evidence_bar(vat_return.evidence.get(box.ziffer, {}), translate), class_="ba-evidence"),
        class_=" ".join(classes) or None,
        data_ziffer=box.ziffer,
    )
    yield from _activities(box, vat_return, len(around.columns), translate)
    if behind.height:
        opening = tag("summary", translate.count("{n} VAT line", "{n} VAT lines", behind.height))
        # with net tax rates no tax is booked with a sale
        by_rate = box.part == "net_supply"
        behind_table = vat_line_table(
            behind, translate, base="box_base", tax=None if by_rate else "box_tax", limit=limit
        )
        details = tag("details", opening, behind_table, data_lines_of=box.ziffer)
        width = _COLUMNS + len(around.columns) - 1
        yield tag("tr", tag("td"), tag("td", details, colspan=width), class_="ba-below")


def _activities(box: Ziffer, vat_return: VatReturn, more: int, translate: Translator) -> Iterator[Html]:
    """What a box of net tax rates is made of, as the supplementary sheet lists it."""
    lines = [line for line in vat_return.activities if line.ziffer == box.ziffer]
    if len(lines) == 1 and lines[0].name is None:
        return
    for line in lines:
        code = tag("small", line.code) if line.code else None
        name = line.name or translate("Activity at {rate}", rate=formats.rate(line.rate))
        yield tag(
            "tr",
            tag("td"),
            tag("td", name, code, class_="ba-label"),
            tag("td", formats.rate(line.rate), class_="ba-n"),
            _amount(line.turnover),
            _amount(line.tax),
            tag("td", colspan=more + 1),
            class_="ba-activity",
            data_activity=line.name or str(line.rate),
        )


def _amount(amount: Decimal | None) -> Html:
    return tag("td", formats.chf(amount), class_="ba-n")
