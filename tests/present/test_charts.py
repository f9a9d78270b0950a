"""The frames behind the charts, and charts that keep amounts exact."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import altair as alt
import lxml.html
import polars as pl
import pytest

from bexio_analytics import Books
from bexio_analytics.periods import VatPeriod
from bexio_analytics.present import charts, theme
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.present.translation import Translator

Q3 = VatPeriod.parse("2026-Q3")
EN = Translator("en")


def spec_of(markup: object) -> dict[str, Any]:
    text = lxml.html.fromstring(str(markup)).xpath("//script[@type='application/json']/text()")[0]
    read: dict[str, Any] = json.loads(text)
    return read


def test_months_of_the_period_add_up_to_its_tax(books: Books, page: ReviewPage) -> None:
    frame = charts.tax_by_month(books, Q3)
    assert frame["month_start"].n_unique() == 12
    assert frame.filter("in_period")["month_start"].n_unique() == 3
    of_period = charts.months_side_by_side(frame.filter("in_period"))
    assert of_period["output"].sum() == sum(page.vat_return.ledger_tax.values())
    assert of_period["input"].sum() == page.vat_return.ziffern["479"]
    assert (of_period["payable"] == of_period["output"] - of_period["input"]).all()


def test_codes_add_up_to_the_lines_of_the_period(books: Books) -> None:
    frame = charts.tax_by_code(books, Q3)
    whole = books.sql(
        "select count(*) as lines, sum(tax) as tax from vat_line "
        "where booked_on between $a and $b and tax_code is not null",
        a=Q3.start,
        b=Q3.end,
    )
    assert frame["lines"].sum() == whole["lines"].item()
    assert frame["tax"].sum() == whole["tax"].item()


def test_findings_are_counted_by_check(page: ReviewPage) -> None:
    frame = charts.findings_by_check(page.review)
    assert frame["findings"].sum() == len(page.review.findings)
    assert frame["severity"].is_sorted()
    assert frame["effect"].sum() == sum(abs(f.vat_effect or Decimal(0)) for f in page.review.findings)


def test_amounts_reach_the_page_as_exact_text_and_in_swiss_format() -> None:
    frame = pl.DataFrame(
        {
            "tax_code": ["UN81", "UR26"],
            "direction": ["output", "output"],
            "rate": [Decimal("8.1"), Decimal("2.6")],
            "lines": [3, 1],
            "net": [Decimal("12345678901.23"), Decimal("-10.00")],
            "tax": [Decimal("1000000000.01"), Decimal("-0.26")],
        }
    )
    spec = json.dumps(spec_of(charts.to_html(charts.draw_tax_by_code(frame, EN))))
    assert '"tax": "1000000000.01"' in spec
    assert "1'000'000'000.01" in spec
    assert '"thousands": "\'"' in spec
    assert '"parse": {"tax": "number"}' in spec


def test_the_amount_of_a_negative_bar_stands_clear_of_the_names_on_the_axis() -> None:
    frame = pl.DataFrame(
        {
            "tax_code": ["UN81", "US38"],
            "direction": ["output", "output"],
            "rate": [Decimal("8.1"), Decimal("3.8")],
            "lines": [3, 1],
            "net": [Decimal("100.00"), Decimal("-100.00")],
            "tax": [Decimal("8.10"), Decimal("-3.80")],
        }
    )
    layers = spec_of(charts.to_html(charts.draw_tax_by_code(frame, EN)))["layer"]
    texts = [layer for layer in layers if layer["mark"]["type"] == "text"]
    assert [layer["mark"]["align"] for layer in texts] == ["left", "left"]
    below = next(layer for layer in texts if "< 0" in layer["transform"][0]["filter"])
    assert below["encoding"]["x"] == {"datum": 0}


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_chart_draws_the_demo_without_names_of_chance(books: Books, page: ReviewPage, lang: str) -> None:
    translate = Translator(lang)
    drawn: list[alt.TopLevelMixin] = [
        charts.draw_tax_by_month(charts.tax_by_month(books, Q3), translate),
        charts.draw_tax_by_code(charts.tax_by_code(books, Q3), translate),
        charts.draw_findings_by_check(charts.findings_by_check(page.review), translate, {}),
    ]
    for chart in drawn:
        first, second = charts.to_html(chart), charts.to_html(chart)
        assert first == second
        assert spec_of(first)["config"] == theme.chart_style()["config"]


def test_markup_in_data_cannot_leave_its_script() -> None:
    data = alt.InlineData(values=[{"a": "</script><script>alert(1)</script>"}])
    chart: alt.Chart = alt.Chart(data).mark_bar().encode(x="a:N")
    made = str(charts.to_html(chart))
    assert made.count("</script") == 1
    assert "alert(1)" in str(spec_of(made))


def test_colours_tell_severities_apart_in_grey() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    greys = [lightness(colour) for colour in theme.SEVERITY.values()]
    assert all(abs(one - other) > 12 for one in greys for other in greys if one is not other)
