"""The page in a real browser with the network cut: nothing leaves, charts are drawn, tables sort and filter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Visit:
    """An open page and what it did: requests beyond itself, console messages, errors."""

    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, report: Path) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    opened = Visit(context.new_page())
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.on("console", lambda message: opened.messages.append(message.text))
    opened.page.on("pageerror", lambda error: opened.messages.append(str(error)))
    opened.page.goto(report.as_uri(), wait_until="load")
    opened.page.wait_for_selector("[data-ba-chart][data-ba-drawn]", state="attached")
    yield opened
    context.close()


def texts(cells: Locator) -> list[str]:
    return [text.strip() for text in cells.all_text_contents()]


def findings_of(page: Page) -> Locator:
    return page.locator("table.ba-findings > tbody:not(.ba-off)")


def test_nothing_is_requested_and_nothing_complains(visit: Visit, report: Path) -> None:
    visit.page.wait_for_timeout(500)
    outside = [url for url in visit.requests if not url.startswith("data:")]
    assert outside == [report.as_uri()]
    assert visit.messages == []


def test_every_chart_is_drawn(visit: Visit) -> None:
    charts = visit.page.locator("[data-ba-chart]")
    assert charts.count() == 3
    for number in range(3):
        drawing = charts.nth(number).locator("svg.marks")
        assert drawing.count() == 1
        assert drawing.locator(".mark-rect path, .mark-rect rect").count() >= 3
        box = drawing.bounding_box()
        assert box is not None
        assert box["width"] > 600
    axis = texts(charts.nth(0).locator("svg text"))
    assert any("'000" in text for text in axis)
    assert "Sep 26" in axis


def test_the_policy_stops_what_an_output_might_smuggle_in(visit: Visit) -> None:
    visit.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.smuggled = true";
            document.body.append(script);
            const image = document.createElement("img");
            image.src = "https://example.invalid/pixel.png";
            document.body.append(image);
        }"""
    )
    visit.page.wait_for_timeout(300)
    assert visit.page.evaluate("window.smuggled") is None
    assert any("Content Security Policy" in message and "script" in message for message in visit.messages)
    assert any("Content Security Policy" in message and "img-src" in message for message in visit.messages)


def test_the_page_fits_its_window(visit: Visit) -> None:
    for width in (1280, 1024, 720):
        visit.page.set_viewport_size({"width": width, "height": 900})
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_telephone_findings_and_figures_are_read_without_moving_sideways(visit: Visit) -> None:
    page = visit.page
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first = findings_of(page).first.locator("> tr:first-child")
    parts = [first.locator("td.ba-finding"), first.locator("> td:last-child"), first.locator("td.ba-severity")]
    tax = page.locator("tr[data-ziffer='303'] > td").nth(4)
    for cell in [*parts, tax]:
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_findings_sort_by_effect_and_back(visit: Visit) -> None:
    page = visit.page
    ranked = texts(findings_of(page).locator("> tr:first-child > td:first-child"))
    assert ranked == [str(place) for place in range(1, len(ranked) + 1)]
    heading = page.locator("table.ba-findings > thead th").last
    effects = findings_of(page).locator("> tr:first-child > td:last-child")

    def shown() -> list[float | None]:
        read: list[float | None] = effects.evaluate_all(
            "cells => cells.map(cell => cell.dataset.v === undefined ? null : Number(cell.dataset.v))"
        )
        return read

    heading.locator(".ba-sort").click()
    assert heading.get_attribute("aria-sort") == "descending"
    numbers = [number for number in shown() if number is not None]
    assert numbers == sorted(numbers, reverse=True)
    assert None not in shown()[: len(numbers)]
    heading.locator(".ba-sort").press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    numbers = [number for number in shown() if number is not None]
    assert numbers == sorted(numbers)
    assert None not in shown()[: len(numbers)]
    heading.locator(".ba-sort").press(" ")
    assert heading.get_attribute("aria-sort") == "none"
    assert texts(findings_of(page).locator("> tr:first-child > td:first-child")) == ranked


def test_findings_filter_by_check_and_text(visit: Visit) -> None:
    page = visit.page
    tools = page.locator("#findings ~ .ba-tools")
    everything = findings_of(page).count()
    tools.locator("select").nth(1).select_option("F05")
    assert set(texts(findings_of(page).locator("> tr:first-child > td:nth-child(3) [data-facet-value]"))) == {"F05"}
    assert tools.locator(".ba-state").inner_text() == f"{findings_of(page).count()} von {everything}"
    tools.locator("select").nth(1).select_option("")
    tools.locator("input").fill(">400")
    effects = findings_of(page).locator("> tr:first-child > td:last-child").evaluate_all(
        "cells => cells.map(cell => Number(cell.dataset.v))"
    )  # fmt: skip
    assert effects
    assert all(effect > 400 for effect in effects)
    tools.locator("input").fill("zzz-nowhere")
    assert findings_of(page).count() == 0
    tools.locator("input").fill("")
    assert findings_of(page).count() == everything


def test_a_case_is_found_by_each_check_that_speaks(visit: Visit) -> None:
    page = visit.page
    choice = page.locator("#findings ~ .ba-tools select").nth(1)
    smaller = findings_of(page).locator("> tr:first-child > td:nth-child(3) small").first
    code = smaller.inner_text()
    leading = smaller.locator("xpath=preceding-sibling::span").inner_text()
    for each in (code, leading):
        choice.select_option(each)
        rows = findings_of(page).locator("> tr:first-child > td:nth-child(3)").all_text_contents()
        assert f"{leading}{code}" in rows
        assert all(each in row for row in rows)
    offered = texts(choice.locator("option"))[1:]
    assert offered == sorted(set(offered))
    choice.select_option("")


def test_the_first_cases_lead_to_their_row_and_open_it(visit: Visit) -> None:
    page = visit.page
    lines = page.locator("#findings ~ .ba-screen table.ba-first tbody tr")
    assert lines.count() == 10
    heights = lines.evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")
    assert max(heights) < 1.5 * min(heights)
    lines.nth(6).locator("a").click()
    opened = page.locator("table.ba-findings details[open]")
    assert opened.count() == 1
    place = opened.locator("xpath=ancestor::tbody/tr[1]/td[1]").inner_text()
    assert place == "7"
    assert opened.locator(".ba-reasons").is_visible()


def test_a_finding_opens_with_a_click_and_from_the_keyboard(visit: Visit) -> None:
    page = visit.page
    first = findings_of(page).first
    detail = first.locator("details")
    first.locator("> tr:first-child").click()
    assert detail.evaluate("element => element.open") is True
    assert detail.locator(".ba-proof .ba-facts").is_visible()
    detail.locator("summary").press("Enter")
    assert detail.evaluate("element => element.open") is False


def test_long_tables_show_a_page_and_then_everything(visit: Visit) -> None:
    page = visit.page
    rows = page.locator("#lines ~ .ba-scroll tbody tr")
    everything = rows.count()
    assert everything > 50
    assert page.locator("#lines ~ .ba-scroll tbody tr:not(.ba-off)").count() == 50
    page.locator("#lines ~ .ba-more").click()
    assert page.locator("#lines ~ .ba-scroll tbody tr:not(.ba-off)").count() == everything


def test_numbers_sort_as_numbers_and_dates_as_dates(visit: Visit) -> None:
    page = visit.page
    headings = page.locator("#lines ~ .ba-scroll thead th .ba-sort")
    cells = "cells => cells.map(cell => cell.dataset.v)"
    headings.nth(7).click()
    bases = page.locator("#lines ~ .ba-scroll tbody td:nth-child(8)").evaluate_all(cells)
    assert [float(base) for base in bases] == sorted((float(base) for base in bases), reverse=True)
    headings.nth(0).click()
    days = page.locator("#lines ~ .ba-scroll tbody td:nth-child(1)").evaluate_all(cells)
    assert days == sorted(days)


def test_a_figure_of_the_form_opens_to_its_lines(visit: Visit) -> None:
    details = visit.page.locator("details[data-lines-of='303']")
    details.locator("summary").click()
    assert details.locator("tbody tr").first.is_visible()
    total = details.locator("tfoot td").nth(6).inner_text()
    figure = visit.page.locator("tr[data-ziffer='303'] > td").nth(3).inner_text()
    assert total == figure


def test_printed_it_shows_every_row_and_the_reasons_of_the_short_list(visit: Visit) -> None:
    page = visit.page
    page.locator("#findings ~ .ba-tools input").fill("zzz-nowhere")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    rows = page.locator("table.ba-findings > tbody > tr:first-child")
    assert rows.first.is_visible()
    assert rows.last.is_visible()
    evidence = page.locator("table.ba-findings .ba-proof .ba-facts")
    behind = page.locator("table.ba-findings .ba-beyond .ba-proof .ba-facts")
    assert behind.count() > 0
    assert evidence.first.is_visible()
    assert len([each for each in evidence.all() if each.is_visible()]) == evidence.count() - behind.count()
    assert not page.locator("table.ba-findings .ba-reasons").first.is_visible()
    assert page.locator("#lines ~ .ba-scroll tbody tr").last.is_visible()
    assert not page.locator(".ba-tools").first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert not page.locator("table.ba-findings .ba-facts").last.is_visible()


def test_printed_it_begins_with_what_to_look_at_first(visit: Visit) -> None:
    page = visit.page
    on_paper, on_screen = page.locator("#figures ~ .ba-paper"), page.locator("#findings ~ .ba-screen")
    assert (on_paper.is_visible(), on_screen.is_visible()) == (False, True)
    page.emulate_media(media="print")
    assert (on_paper.is_visible(), on_screen.is_visible()) == (True, False)
    assert on_paper.locator("tbody tr").count() == 10
    page.emulate_media(media="screen")


def sheets_of(page: Page, anchor: str) -> int:
    """How many sheets the head of the page and one section print on; the other sections are taken away."""
    page.evaluate(
        "anchor => document.querySelectorAll('section').forEach("
        "each => each.querySelector('#' + anchor) || each.remove())",
        anchor,
    )
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def test_the_first_sheet_holds_figures_and_what_to_look_at_first(visit: Visit) -> None:
    assert sheets_of(visit.page, "figures") == 1


def test_the_findings_print_on_few_sheets(visit: Visit) -> None:
    explained = visit.page.locator("table.ba-findings details:not(.ba-beyond)").count()
    assert explained == 50
    assert 3 <= sheets_of(visit.page, "findings") <= 12


def test_without_scripts_every_figure_can_still_be_read(browser: Browser, report: Path) -> None:
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("tr[data-ziffer='200']").is_visible()
    assert page.locator("#lines ~ .ba-scroll tbody tr").last.is_visible()
    context.close()
