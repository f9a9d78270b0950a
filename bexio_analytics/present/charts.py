"""The charts of the review, in pairs: one function makes the frame, one draws it.

Amounts reach the page as decimal text; only the browser turns them into pixels.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl
from babel.dates import format_date

from bexio_analytics.present import formats, theme
from bexio_analytics.present.labels import SEVERITY_NAMES
from bexio_analytics.present.markup import Html, tag

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.review import Review

_HISTORY_MONTHS = 12
_STYLE = "bexio_analytics"
_ROOM = Decimal("1.15")


def tax_by_month(books: Books, period: VatPeriod) -> pl.DataFrame:
    """Output and input tax of the twelve months that end with the period.

    Returns:
        Columns month_start (first of month), side ('output' with acquisition tax, 'input'), tax (CHF), in_period.
    """
    months_back = max(_HISTORY_MONTHS, period.months) - 1
    first = date(
        period.end.year + (period.end.month - 1 - months_back) // 12,
        (period.end.month - 1 - months_back) % 12 + 1,
        1,
    )
    return books.sql(
        """
        select date_trunc('month', booked_on)::date as month_start,
               case when ziffer < '400' then 'output' else 'input' end as side,
               sum(case when ziffer in ('415', '420') then -tax
                        when ziffer between '321' and '333' then base * rate / 100
                        else tax end)::decimal(18, 2) as tax,
               month_start >= $start_on as in_period
        from vat_line_ziffer
        where booked_on between $first and $till and ziffer between '300' and '471'
        group by all
        order by month_start, side desc
        """,
        first=first,
        till=period.end,
        start_on=period.start,
    )


def months_side_by_side(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame of :func:`tax_by_month` with one row a month: month_start, output, input, payable (CHF)."""
    zero = pl.lit(Decimal("0.00"), dtype=pl.Decimal(18, 2))
    sides = [
        pl.when(pl.col("side") == side).then("tax").otherwise(zero).sum().alias(side) for side in ("output", "input")
    ]
    months = frame.group_by("month_start", maintain_order=True).agg(sides)
    return months.with_columns((pl.col("output") - pl.col("input")).alias("payable"))


def draw_tax_by_month(frame: pl.DataFrame, translate: Translator) -> alt.Chart:
    """Bars side by side: output and input tax by month; months before the period are paler."""
    names = {"output": translate("Output and acquisition tax"), "input": translate("Input tax")}
    values = [
        {
            "month": month_name(row["month_start"], translate),
            "side": names[row["side"]],
            "tax": f"{row['tax']:f}",
            "shown": f"CHF {formats.chf(row['tax'])}",
            "in_period": row["in_period"],
        }
        for row in frame.iter_rows(named=True)
    ]
    chart: alt.Chart = _chart(values, ["tax"]).mark_bar().encode(
        x=alt.X("month:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, ticks=False, labelOverlap=False)),
        xOffset=alt.XOffset("side:N", sort=list(names.values())),
        y=alt.Y("tax:Q", title="CHF", axis=alt.Axis(format=",.0f", tickCount=5, domain=False, ticks=False)),
        color=alt.Color(
            "side:N",
            sort=list(names.values()),
            scale=alt.Scale(domain=list(names.values()), range=[theme.OUTPUT_TAX, theme.INPUT_TAX]),
        ),
        opacity=alt.condition("datum.in_period", alt.value(1), alt.value(0.45)),
        tooltip=[
            alt.Tooltip("month:N", title=translate("Month")),
            alt.Tooltip("side:N", title=translate("Tax")),
            alt.Tooltip("shown:N", title=translate("Amount")),
        ],
    )  # fmt: skip
    return chart.properties(width="container", height=230)


def tax_by_code(books: Books, period: VatPeriod) -> pl.DataFrame:
    """Base and booked tax of the period by tax code.

    Returns:
        Columns tax_code, direction ('output', 'input', 'acquisition', 'customs', 'none'), rate (percent), lines, net,
        tax (CHF), output first, then by the size of the tax.
    """
    return books.sql(
        """
        select tax_code, direction, max(rate) as rate, count(*) as lines,
               sum(net)::decimal(18, 2) as net, sum(coalesce(net * net_rate / 100, tax))::decimal(18, 2) as tax
        from vat_line
        where booked_on between $start_on and $end_on and tax_code is not null and not is_deferred
        group by tax_code, direction
        order by direction <> 'output', abs(sum(tax)) desc, tax_code
        """,
        start_on=period.start,
        end_on=period.end,
    )


def draw_tax_by_code(frame: pl.DataFrame, translate: Translator) -> alt.LayerChart:
    """Horizontal bars: booked tax by code, with the amount at the end of each bar."""
    names = {
        "output": translate("Output tax"),
        "acquisition": translate("Acquisition tax"),
        "input": translate("Input tax"),
        "customs": translate("Import tax"),
    }
    colours = [theme.OUTPUT_TAX, "#7aa6cf", theme.INPUT_TAX, "#8a6d3b"]
    taxed = frame.filter(pl.col("tax") != 0)
    values = [
        {
            "code": row["tax_code"],
            "side": names.get(row["direction"], translate("Other")),
            "tax": f"{row['tax']:f}",
            "shown": formats.chf(row["tax"]),
            "net": f"CHF {formats.chf(row['net'])}",
            "lines": formats.count(row["lines"]),
        }
        for row in taxed.iter_rows(named=True)
    ]
    present = [name for name in names.values() if any(value["side"] == name for value in values)]
    base = _chart(values, ["tax"]).encode(
        y=alt.Y("code:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("code:N", title=translate("Tax code")),
            alt.Tooltip("side:N", title=translate("Tax")),
            alt.Tooltip("shown:N", title=translate("Tax CHF")),
            alt.Tooltip("net:N", title=translate("Base")),
            alt.Tooltip("lines:N", title=translate("VAT lines")),
        ],
    )
    return _labelled(
        base,
        values,
        "tax",
        "CHF",
        alt.Color(
            "side:N",
            sort=present,
            scale=alt.Scale(domain=present, range=[colours[list(names.values()).index(name)] for name in present]),
        ),
    )


def findings_by_check(review: Review) -> pl.DataFrame:
    """Findings of a review by severity and check.

    Returns:
        Columns severity (1–4), check, findings, effect (sum of the absolute VAT effects, CHF), worst first.
    """
    groups: dict[tuple[int, str], tuple[int, Decimal]] = {}
    for finding in review.findings:
        key = (int(finding.severity), finding.check)
        number, effect = groups.get(key, (0, Decimal("0.00")))
        groups[key] = (number + 1, effect + abs(finding.vat_effect or Decimal(0)))
    rows = [
        {"severity": severity, "check": check, "findings": number, "effect": effect}
        for (severity, check), (number, effect) in groups.items()
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "severity": pl.Int64,
        "check": pl.String,
        "findings": pl.Int64,
        "effect": pl.Decimal(18, 2),
    }
    return pl.DataFrame(rows, schema=schema).sort(["severity", "effect", "check"], descending=[False, True, False])


def draw_findings_by_check(frame: pl.DataFrame, translate: Translator, titles: dict[str, str]) -> alt.LayerChart:
    """Horizontal bars: CHF effect by check, coloured by severity, with amount and number of findings.

    Args:
        frame: of :func:`findings_by_check`.
        translate: language.
        titles: title of each check by its code, already translated.
    """
    names = {number: translate(name) for number, name in SEVERITY_NAMES.items()}
    values = [
        {
            "check": f"{row['check']}  {titles.get(row['check'], '')}".strip(),
            "severity": names[row["severity"]],
            "effect": f"{row['effect']:f}",
            "shown": f"{formats.chf(row['effect']) if row['effect'] else '–'}  ({formats.count(row['findings'])})",
            "found": formats.count(row["findings"]),
        }
        for row in frame.iter_rows(named=True)
    ]
    base = _chart(values, ["effect"]).encode(
        y=alt.Y(
            "check:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=330, labelPadding=8)
        ),
        tooltip=[
            alt.Tooltip("check:N", title=translate("Check")),
            alt.Tooltip("severity:N", title=translate("Severity")),
            alt.Tooltip("found:N", title=translate("Findings")),
            alt.Tooltip("shown:N", title=translate("CHF at stake")),
        ],
    )
    present = sorted({row["severity"] for row in frame.iter_rows(named=True)})
    return _labelled(
        base,
        values,
        "effect",
        translate("CHF at stake"),
        alt.Color(
            "severity:N",
            sort=[names[number] for number in present],
            scale=alt.Scale(
                domain=[names[number] for number in present],
                range=[theme.SEVERITY[number] for number in present],
            ),
        ),
    )


def month_name(month_start: date, translate: Translator) -> str:
    """A month as an axis shows it: ``Sep 26``."""
    return str(format_date(month_start, "LLL yy", locale=translate.lang))


def to_html(chart: alt.TopLevelMixin) -> Html:
    """The markup that the page's script turns into a drawing."""
    with alt.theme.enable(_STYLE):
        return _drawing(chart.to_dict())


def use_offline_renderer() -> None:
    """Let Jupyter show every Altair chart in this style, through the page's script and without the network."""
    alt.renderers.register(_STYLE, lambda spec, **_options: {"text/html": str(tag("div", _drawing(spec), class_="ba"))})
    alt.renderers.enable(_STYLE)
    alt.theme.enable(_STYLE)


@alt.theme.register(_STYLE, enable=False)
def _style() -> alt.theme.ThemeConfig:
    style = theme.chart_style()
    return alt.theme.ThemeConfig(config=style["config"], usermeta=style["usermeta"])


def _drawing(spec: dict[str, Any]) -> Html:
    text = json.dumps(spec, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")
    return tag("div", Html(f'<script type="application/json">{text}</script>'), class_="ba-chart", data_ba_chart=True)


def _chart(values: list[dict[str, Any]], numbers: list[str]) -> alt.Chart:
    # Amounts arrive as text; the declared format has the browser read them as numbers.
    parse = dict.fromkeys(numbers, "number")
    return alt.Chart(alt.InlineData(values=values, format=alt.JsonDataFormat(type="json", parse=parse)))


def _labelled(
    base: alt.Chart, values: list[dict[str, Any]], measure: str, title: str, colour: alt.Color
) -> alt.LayerChart:
    """Horizontal bars with their value written right of the bar or of zero, and room for it beyond the longest."""
    ends = [Decimal(value[measure]) for value in values]
    lowest, highest = min([*ends, Decimal(0)]), max([*ends, Decimal(0)])
    domain = [int(lowest * _ROOM) - (lowest < 0), int(highest * _ROOM) + 1]
    axis = alt.Axis(format=",.0f", tickCount=6, domain=False, ticks=False)
    placed = base.encode(x=alt.X(f"{measure}:Q", title=title, axis=axis, scale=alt.Scale(domain=domain, nice=False)))
    positive = placed.transform_filter(f"datum.{measure} >= 0").mark_text(align="left", dx=5)
    # left of its bar it would run into the names on the axis
    from_zero = base.encode(x=alt.XDatum(0))
    negative = from_zero.transform_filter(f"datum.{measure} < 0").mark_text(align="left", dx=5)
    layers = [
        placed.mark_bar(height=15).encode(color=colour),
        *([positive.encode(text="shown:N")] if any(end >= 0 for end in ends) else []),
        *([negative.encode(text="shown:N")] if lowest < 0 else []),
    ]
    return alt.LayerChart(layer=layers).properties(width="container", height=max(60, 27 * len(values)))
