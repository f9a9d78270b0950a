"""Markup and tables: escaped, exact, accessible, without inline handlers."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.present.markup import Html, escape, join, tag
from bexio_analytics.present.tables import Column, Kind, table
from bexio_analytics.present.translation import Translator

DE = Translator("de")
COLUMNS = [
    Column("when", "Datum", Kind.DATE),
    Column("text", "Text", facet=True),
    Column("amount", "Betrag", Kind.AMOUNT),
    Column("difference", "Differenz", Kind.DIFFERENCE, tolerance=Decimal("0.05")),
]
ROWS: list[dict[str, object]] = [
    {"when": date(2026, 9, 30), "text": 'a < b & "c"', "amount": Decimal("1234.50"), "difference": Decimal("0.05")},
    {"when": date(2026, 7, 1), "text": Html("<b>x</b>"), "amount": Decimal("-0.10"), "difference": Decimal("0.06")},
    {"when": None, "text": None, "amount": None, "difference": None},
]  # fmt: skip


@given(st.text())
def test_escaped_text_reads_back_and_opens_no_element(text: str) -> None:
    shown = escape(text)
    assert "<" not in shown
    assert '"' not in shown
    assert shown.replace("&quot;", '"').replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&") == text


def test_apostrophes_of_amounts_stay_readable_in_the_source() -> None:
    assert str(tag("td", "1'234.50")) == "<td>1'234.50</td>"


def test_attributes_are_escaped_and_named_as_in_html() -> None:
    made = tag("th", "x", class_="a", data_sort='"><script>', hidden=True, title=None, open=False)
    assert str(made) == '<th class="a" data-sort="&quot;&gt;&lt;script&gt;" hidden>x</th>'


def test_join_keeps_markup_and_escapes_text() -> None:
    assert str(join(["<", tag("i", ">"), None])) == "&lt;<i>&gt;</i>"


def test_cells_show_exact_text_and_carry_the_bare_value() -> None:
    root = lxml.html.fromstring(str(table(ROWS, COLUMNS, DE)))
    first = root.xpath("//tbody/tr[1]/td")
    assert [cell.text_content() for cell in first] == ["30.09.2026", 'a < b & "c"', "1'234.50", "+0.05"]
    assert [cell.get("data-v") for cell in first] == ["2026-09-30", None, "1234.50", "0.05"]
    assert root.xpath("//tbody/tr[2]/td[2]/b/text()") == ["x"]
    assert [cell.text_content() for cell in root.xpath("//tbody/tr[3]/td")] == ["", "", "", ""]


def test_differences_beyond_the_tolerance_stand_out() -> None:
    root = lxml.html.fromstring(str(table(ROWS, COLUMNS, DE)))
    classes = [cell.get("class") for cell in root.xpath("//tbody/tr/td[4]")]
    assert classes == ["ba-n ba-even", "ba-n ba-gap", "ba-n"]


def test_headings_say_what_they_head() -> None:
    root = lxml.html.fromstring(str(table(ROWS, COLUMNS, DE, caption="Zeilen")))
    assert root.xpath("//th/@scope") == ["col"] * 4
    assert root.xpath("//th[@data-kind='number']/text()") == ["Betrag", "Differenz"]
    assert root.xpath("//th[@data-facet]/text()") == ["Text"]
    assert root.xpath("//caption/text()") == ["Zeilen"]


def test_a_total_line_stays_out_of_sorting() -> None:
    root = lxml.html.fromstring(str(table(ROWS, COLUMNS, DE, total={"text": "Total", "amount": Decimal("1234.40")})))
    assert [cell.text_content() for cell in root.xpath("//tfoot//td")] == ["", "Total", "1'234.40", ""]
    assert len(root.xpath("//tbody/tr")) == len(ROWS)


def test_what_opens_below_a_row_belongs_to_its_group() -> None:
    root = lxml.html.fromstring(str(table(ROWS, COLUMNS, DE, detail=lambda row: tag("p", str(row["amount"])))))
    assert len(root.xpath("//tbody")) == len(ROWS)
    assert root.xpath("//table/@data-grouped") == [""]
    assert root.xpath("//tbody[2]/tr[@class='ba-below']/td/@colspan") == ["4"]
    assert root.xpath("//tbody[2]/tr[2]//p/text()") == ["-0.10"]


@pytest.mark.parametrize("rows", [[], ROWS[:1]])
def test_nothing_to_sort_gets_no_controls(rows: list[dict[str, object]]) -> None:
    assert "data-ba-table" not in str(table(rows, COLUMNS, DE))


def test_an_empty_table_says_so() -> None:
    assert table([], COLUMNS, DE).text == '<p class="ba-empty">Nichts vorhanden.</p>'
    assert "Alles gut" in table([], COLUMNS, DE, empty="Alles gut").text


def test_no_inline_handlers() -> None:
    made = str(table(ROWS, COLUMNS, DE, detail=lambda _row: None))
    assert not re.search(r"\son\w+=", made)
    assert "<script" not in made
