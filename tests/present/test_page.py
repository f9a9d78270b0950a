"""The sections of the page, made from the books of the invented company."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal

import lxml.html
import polars as pl
import pytest

from bexio_analytics import Books, law, vat_lines
from bexio_analytics.present import formats, return_form
from bexio_analytics.present.bookings import bookings_behind
from bexio_analytics.present.cases import FINDINGS_SHOWN, CaseFile, beyond_short_list, case_list
from bexio_analytics.present.labels import SEVERITY_NAMES
from bexio_analytics.present.page import BYTES_PER_LINE, LINES_AT_LEAST, ROOM, SECTIONS, ReviewPage
from bexio_analytics.present.translation import LANGUAGES, Translator
from bexio_analytics.present.vat_lines import vat_line_table
from bexio_analytics.review import Finding

EN = Translator("en")


def parsed(markup: object) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(f"<div>{markup}</div>")


def row_of(root: lxml.html.HtmlElement, ziffer: str) -> list[str]:
    return [cell.text_content().strip() for cell in root.xpath(f"//tr[@data-ziffer='{ziffer}']/td")]


def test_the_header_names_everything_one_must_know_first(page: ReviewPage) -> None:
    text = parsed(page.header()).text_content()
    assert page.mandate.name in text
    assert "2026-07-01 – 2026-09-30" in text
    assert page.books.snapshot_id in text
    assert "bexio API" in text
    assert "2026-11-30 · 8 days left" in text
    assert parsed(page.header()).xpath("//nav/a/@href") == [f"#{anchor}" for anchor in SECTIONS]


def test_assumed_settings_are_marked(page: ReviewPage) -> None:
    marks = parsed(page.header()).xpath("//*[@class='ba-assumed']")
    assert len(marks) == len({"method", "basis"} & set(page.mandate.vat.assumed))


def test_key_figures_are_those_of_the_return(page: ReviewPage) -> None:
    root = parsed(page.key_figures())
    assert formats.chf(abs(page.vat_return.payable)) in root.text_content()
    for severity in SEVERITY_NAMES:
        number = sum(1 for finding in page.review.findings if int(finding.severity) == severity)
        shown = root.xpath(f"//*[@data-severity='{severity}']/*[@class='ba-number']/text()")
        assert shown == [formats.count(number)]


def test_blocking_findings_are_said_before_any_figure(page: ReviewPage) -> None:
    blocking = sum(1 for finding in page.review.findings if int(finding.severity) == 1)
    verdict = parsed(page.key_figures()).xpath("//*[contains(@class, 'ba-verdict')]")[0]
    assert blocking > 1
    assert verdict.text_content() == f"Not ready to file: {blocking} findings block it."


def test_the_form_shows_every_figure_of_the_return(page: ReviewPage) -> None:
    root = parsed(page.form())
    boxes = page.vat_return
    assert row_of(root, "200")[3] == formats.chf(boxes.ziffern["200"])
    assert row_of(root, "303")[2:5] == [
        "8.1\u202f%",
        formats.chf(boxes.ziffern["303"]),
        formats.chf(boxes.tax["303"]),
    ]
    for ziffer in ("399", "400", "405", "479", "500", "510"):
        assert row_of(root, ziffer)[3:5] == ["", formats.chf(boxes.ziffern[ziffer])]
    for ziffer in ("289", "299", "900", "910"):
        assert row_of(root, ziffer)[3:5] == [formats.chf(boxes.ziffern[ziffer]), ""]


def test_the_form_prints_two_generations_of_rates(page: ReviewPage) -> None:
    shown = parsed(page.form()).xpath("//tr/@data-ziffer")
    assert {"302", "303", "382", "383"} <= set(shown)
    assert {"301", "311", "341", "381"} & set(shown) == set()
    assert shown == [box.ziffer for box in law.ziffern() if box.ziffer in shown]


@pytest.mark.parametrize("ziffer", ["200", "303", "383", "400", "405"])
def test_a_figure_opens_to_lines_that_add_up_to_it(page: ReviewPage, ziffer: str) -> None:
    lines = vat_lines(page.books, page.period, ziffer)
    column = "box_tax" if ziffer in ("400", "405") else "box_base"
    assert lines[column].sum() == page.vat_return.ziffern[ziffer]
    opened = parsed(page.form()).xpath(f"//details[@data-lines-of='{ziffer}']")[0]
    assert len(opened.xpath(".//tbody/tr")) == lines.height
    assert formats.chf(Decimal(lines["box_base"].sum())) in opened.xpath(".//tfoot")[0].text_content()


def test_computed_figures_open_to_nothing(page: ReviewPage) -> None:
    opened = parsed(page.form()).xpath("//details/@data-lines-of")
    computed = {box.ziffer for box in law.ziffern() if box.part == "computed"}
    assert set(opened) & computed == set()


def test_evidence_is_stated_in_shares() -> None:
    bar = return_form.evidence_bar({"document": Decimal(-75), "derived": Decimal(25)}, EN)
    assert bar is not None
    assert parsed(bar).text_content() == "75\u202f% document, 25\u202f% derived"
    assert return_form.evidence_bar({"document": Decimal("0.00")}, EN) is None


def test_too_many_lines_are_cut_to_the_largest_and_the_page_says_so(page: ReviewPage) -> None:
    lines = vat_lines(page.books, page.period, "200")
    root = parsed(vat_line_table(lines, EN, base="box_base", tax="box_tax", limit=5))
    largest = lines.sort(pl.col("box_base").abs(), descending=True).head(5)["box_base"]
    shown = [Decimal(value) for value in root.xpath("//tbody/tr/td[7]/@data-v")]
    assert sorted(shown) == sorted(largest)
    assert f"The 5 largest of {lines.height} lines" in root.text_content()
    assert formats.chf(Decimal(lines["box_base"].sum())) in root.xpath("//tfoot")[0].text_content()


def test_the_bridge_names_the_gap_of_each_account(page: ReviewPage) -> None:
    root = parsed(page.bridge())
    gaps = [row.other for row in page.vat_return.bridge if row.other]
    assert gaps
    shown = root.xpath("//table[1]//td[contains(@class, 'ba-gap')]/text()")
    assert set(map(formats.signed_chf, gaps)) <= set(shown)
    unexplained = sum(abs(gap) for gap in gaps)
    assert f"CHF {formats.chf(Decimal(unexplained))} moved VAT accounts" in root.text_content()


def test_the_exported_cases_are_ranked_and_complete(page: ReviewPage) -> None:
    root = parsed(page.findings()._repr_mimebundle_()["text/html"])
    assert root.xpath("//details/@data-case") == [case.findings[0].id for case in page.review.cases]
    assert root.xpath("//*/@data-finding") == [finding.id for finding in page.review.findings]
    assert root.xpath("//table[contains(@class, 'ba-findings')]/@data-grouped") == [""]


def test_a_finding_carries_reasons_evidence_and_bookings(page: ReviewPage, books: Books) -> None:
    root = parsed(page.findings()._repr_mimebundle_()["text/html"])
    finding = next(finding for finding in page.review.findings if finding.check == "F05")
    text = root.xpath(f"//details[.//*[@data-finding='{finding.id}']]")[0].text_content()
    check = page.checks["F05"]
    assert check.sections["Why it matters"] in text
    assert check.sections["What to do"] in text
    assert all(reference in text for reference in check.references)
    assert finding.subject_id in text
    behind = bookings_behind(books, [finding])[finding.id]
    assert formats.chf(behind["amount"][0]) in text


def test_bookings_behind_findings_are_whole_and_their_own(page: ReviewPage, books: Books) -> None:
    found = bookings_behind(books, page.review.findings)
    about_bookings = {
        finding.id
        for finding in page.review.findings
        if finding.subject_id.partition(":")[0] in {"journal_line", "vat_line", "document", "journal_entry"}
    }
    assert set(found) == about_bookings
    for finding in page.review.findings:
        number = finding.evidence.get("document_no")
        if finding.id in found and number:
            assert number in found[finding.id]["document_no"].to_list()


def test_a_second_booking_stands_beside_the_first(page: ReviewPage, books: Books) -> None:
    """What is booked twice is compared: both vouchers are shown."""
    finding = next(finding for finding in page.review.findings if finding.check == "K13")
    (case,) = (case for case in page.review.cases if finding in case.findings)
    lines = bookings_behind(books, [finding])[finding.id]
    assert lines.height == len(case.bookings) == 2
    assert lines["document_no"].n_unique() == lines["amount"].n_unique() == 1
    assert lines["booked_on"].n_unique() == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_of_many_findings_and_lines_stays_small(page: ReviewPage, books: Books, lang: str) -> None:
    def again(finding: Finding, copy: int) -> Finding:
        return dataclasses.replace(
            finding, id=f"{finding.id}-{copy}", booking=finding.booking and f"{finding.booking}-{copy}"
        )

    many = tuple(
        dataclasses.replace(result, findings=tuple(again(each, copy) for copy in range(40) for each in result.findings))
        for result in page.review.results
    )
    behind = bookings_behind(books, page.review.findings)
    file = CaseFile(
        dataclasses.replace(page.review, results=many),
        page.checks,
        {f"{finding}-{copy}": frame for finding, frame in behind.items() for copy in range(40)},
        Translator(lang),
    )
    listing = str(case_list(file))
    shown, every = len(file.details), formats.count(len(file.review.cases))
    assert 100 < shown == listing.count("data-case=") <= FINDINGS_SHOWN
    if lang == "en":
        assert f"The first {shown} of {every} cases" in listing
        assert f"Places up to {shown} are listed below" in str(beyond_short_list(file))
    lines = pl.concat([vat_lines(page.books, page.period)] * 40)
    form = str(return_form.return_form(page.vat_return, lines, EN))
    assert "The 40 largest of" in form
    assert len(listing.encode()) + len(form.encode()) + LINES_AT_LEAST * BYTES_PER_LINE <= ROOM * 1.05


def test_no_findings_no_query(books: Books) -> None:
    assert bookings_behind(books, []) == {}


def test_all_lines_of_the_period_are_listed_once(page: ReviewPage) -> None:
    root = parsed(page.lines())
    lines = vat_lines(page.books, page.period)["vat_line_id"].n_unique()
    assert len(root.xpath("//tbody/tr")) >= lines
    assert root.xpath("//th[@data-facet]/text()") == ["Code", "Evidence"]


def test_the_basis_lists_every_check_with_its_population(page: ReviewPage) -> None:
    root = parsed(page.basis())
    rows = root.xpath("//table[contains(@class, 'ba-checks')]/tbody/tr")
    assert len(rows) == len(page.review.results)
    for result in page.review.results:
        row = root.xpath(f"//table[contains(@class, 'ba-checks')]/tbody/tr[td[1]='{result.check.code}']")[0]
        assert row.xpath("td[4]/@data-v") == [str(result.examined)]


def test_the_german_page_speaks_german(german_page: ReviewPage) -> None:
    text = " ".join(
        parsed(markup).text_content()
        for markup in (german_page.header(), german_page.key_figures(), german_page.form(), german_page.basis())
    )
    assert "3. Quartal 2026" in text
    assert "30.11.2026 · noch 8 Tage" in text
    assert "Total geschuldete Steuer" in text
    assert not re.search(r"\b(Turnover|Tax owed|Findings|Evidence|left)\b", text)


def test_sections_are_numbered_and_anchored(page: ReviewPage) -> None:
    for number, (anchor, method) in enumerate(
        [("figures", page.key_figures), ("return", page.form), ("bridge", page.bridge)], 1
    ):
        heading = parsed(method()).xpath(f"//h2[@id='{anchor}']")[0]
        assert heading.text_content() == f"{number}{SECTIONS[anchor]}"


def test_the_page_is_the_same_twice(page: ReviewPage) -> None:
    for method in (page.header, page.key_figures, page.form, page.bridge, page.charts, page.lines, page.basis):
        assert str(method()) == str(method())
