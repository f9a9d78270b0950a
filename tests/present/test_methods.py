"""The page for every method and basis, beside earlier periods and what was filed."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import lxml.html
import pytest

from bexio_analytics import Books, law, vat_return
from bexio_analytics.connector import Connection, PullSettings
from bexio_analytics.mandate import Mandate
from bexio_analytics.periods import VatPeriod
from bexio_analytics.present import beside, formats
from bexio_analytics.present.bridges import turnover_bridge
from bexio_analytics.present.filed import filed_beside_now
from bexio_analytics.present.page import ReviewPage
from bexio_analytics.present.translation import Translator
from bexio_analytics.simulator import WireSettings, create_app, serve
from bexio_analytics.simulator.company.drawn import YearStatus, random_company
from bexio_analytics.snapshot.pulls import pull_mandate
from bexio_analytics.vat.ech0217 import Submission, declaration_of, read_xml, store_filed
from bexio_analytics.vat.ech0217.declaration import Effective
from bexio_analytics.vat.ech0217.writing import serialise

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STATUSES = {
    2022: YearStatus("effective", "agreed", is_vat_subject=False),
    2023: YearStatus("effective", "collected"),
    2024: YearStatus("net_tax", "agreed"),
    2025: YearStatus("net_tax", "agreed"),
}
COMPANY = "drawn"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """A company of half-years: not subject, then effective on collected consideration, then net tax rates."""
    folder = tmp_path_factory.mktemp("drawn") / COMPANY
    company = random_company(7, rhythm="semester", statuses=STATUSES)
    with serve(create_app({"token": company}, WireSettings(minute_seconds=1.0, limit=100_000))) as bexio:
        asyncio.run(
            pull_mandate(
                folder, Connection(bexio.url, "token"), started_at=AT, clock=lambda: AT, code_version="test",
                settings=PullSettings(minute=1.0),
            )
        )  # fmt: skip
    with Books.open(Mandate.load(folder)) as books:
        yield books


def page_of(books: Books, period: str, lang: str = "de") -> ReviewPage:
    return ReviewPage.prepare(books, period, as_of=date(2026, 11, 22), lang=lang)


def parsed(markup: object) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(f"<div>{markup}</div>")


def cells(root: lxml.html.HtmlElement, ziffer: str) -> list[str]:
    return [cell.text_content().strip() for cell in root.xpath(f"//tr[@data-ziffer='{ziffer}']/td")]


@pytest.mark.parametrize("period", ["2023-H2", "2024-H1", "2024-H2", "2025-H1"])
def test_the_form_has_the_boxes_of_its_method_and_era(drawn: Books, period: str) -> None:
    page = page_of(drawn, period)
    root = parsed(page.form())
    shown = root.xpath("//tr/@data-ziffer")
    printed = {box.ziffer for box in law.shown_ziffern(page.vat_return.method, page.period.end)}
    assert printed - {"479"} <= set(shown)
    for ziffer in shown:
        amounts = cells(root, ziffer)[3:5]
        assert formats.chf(page.vat_return.ziffern[ziffer]) in amounts, ziffer
        if ziffer in page.vat_return.tax:
            assert amounts[1] == formats.chf(page.vat_return.tax[ziffer]), ziffer


def test_net_tax_rates_until_2024_have_two_columns_and_credits(drawn: Books) -> None:
    root = parsed(page_of(drawn, "2024-H1").form())
    shown = set(root.xpath("//tr/@data-ziffer"))
    assert {"322", "323", "332", "333", "470", "471", "479"} <= shown
    assert shown.isdisjoint({"303", "400", "405", "415"})
    assert cells(root, "333")[1] == "Leistungen zum zweiten Saldosteuersatz"
    assert cells(root, "479")[1].startswith("Total Steueranrechnungen")
    assert cells(root, "200")[1].endswith("inklusive Steuer")


def test_net_tax_rates_from_2025_have_one_box_with_its_activities(drawn: Books) -> None:
    page = page_of(drawn, "2025-H1")
    root = parsed(page.form())
    shown = set(root.xpath("//tr/@data-ziffer"))
    assert {"322", "323", "415"} <= shown
    assert shown.isdisjoint({"333", "470", "471", "479", "400"})
    assert cells(root, "323")[1] == "Leistungen zu Saldosteuersätzen, alle Tätigkeiten zusammen"
    rates = {line.rate for line in page.vat_return.activities}
    assert len(rates) > 1
    rows = root.xpath("//tr[@data-activity]")
    assert len(rows) == len(page.vat_return.activities)
    listed = sum((line.turnover for line in page.vat_return.activities), Decimal("0.00"))
    assert listed == page.vat_return.ziffern["322"] + page.vat_return.ziffern["323"]
    assert {row.xpath("td[3]")[0].text_content() for row in rows} == {formats.rate(rate) for rate in rates}


def test_the_head_names_the_method_of_the_period_and_not_of_today(drawn: Books) -> None:
    assert "Effektive" in parsed(page_of(drawn, "2023-H1").header()).text_content()
    text = parsed(page_of(drawn, "2024-H2").header()).text_content()
    assert "Saldosteuersatz" in text
    assert "Periode in bexio" in text


def test_key_figures_of_net_tax_rates_name_the_rates(drawn: Books) -> None:
    page = page_of(drawn, "2025-H1")
    text = parsed(page.key_figures()).text_content()
    assert "Vorsteuer" not in text.replace("anstelle der Vorsteuer", "")
    assert all(formats.rate(line.rate) in text for line in page.vat_return.activities)


def test_earlier_periods_stand_beside_with_their_difference(drawn: Books) -> None:
    page = page_of(drawn, "2025-H2")
    assert [column.key for column in page.around.columns] == ["previous", "year_before"]
    before = vat_return(drawn, VatPeriod.parse("2025-H1")).ziffern["299"]
    now = page.vat_return.ziffern["299"]
    assert cells(parsed(page.form()), "299")[5] == f"{formats.chf(before)}{formats.signed_chf(now - before)}"
    assert "Nur auf dem Formular von 2024-H2: Ziffer 333" in parsed(page.form()).text_content()


def test_periods_that_cannot_be_compared_have_no_column(drawn: Books) -> None:
    page = page_of(drawn, "2024-H1")
    assert page.around.columns == ()
    assert {period.id for period in page.around.other_method} == {"2023-H1", "2023-H2"}
    assert "2023-H2 wurde nach anderer Methode" in parsed(page.form()).text_content()
    first = page_of(drawn, "2023-H1")
    assert (first.around.columns, first.around.other_method) == ((), ())


def test_a_year_has_one_column_for_the_year_before(drawn: Books) -> None:
    around = beside.surroundings(drawn, vat_return(drawn, VatPeriod.parse("2025")))
    assert [(column.key, column.title) for column in around.columns] == [("previous", "2024")]


def test_turnover_that_waits_for_payment_closes_the_bridge(drawn: Books) -> None:
    rows = vat_return(drawn, VatPeriod.parse("2023-H1")).turnover_bridge
    assert any(row.waiting for row in rows)
    root = parsed(turnover_bridge(rows, Translator("en")))
    assert "- Becoming unpaid" in root.text_content()
    for row in rows:
        assert row.ledger + row.reductions - row.waiting == row.declared + row.difference


def file_return(books: Books, page: ReviewPage, less: Decimal) -> None:
    """Store a return in which Ziffer 400 is lower than the books say."""
    declared = declaration_of(
        page.vat_return,
        books.mandate,
        generation_time=AT,
        submission=Submission.FIRST,
        business_reference_id="r-1",
        description_280="Bodenwert",
    )
    assert isinstance(declared.method, Effective)
    method = dataclasses.replace(declared.method, material=declared.method.material - less)
    wrong = dataclasses.replace(declared, method=method, payable=declared.payable + less)
    store_filed(books.mandate.folder, serialise(wrong), stored_at=AT)


def test_what_was_filed_stands_beside_what_is_computed(drawn: Books) -> None:
    page = page_of(drawn, "2023-H2", "en")
    assert page.around.filed is None
    file_return(drawn, page, Decimal("100.00"))
    page = page_of(drawn, "2023-H2", "en")
    assert page.around.columns[0].key == "filed"
    root = parsed(page.form())
    filed = page.vat_return.ziffern["400"] - 100
    assert cells(root, "400")[5] == f"{formats.chf(filed)}+100.00"
    assert root.xpath("//tr[@data-ziffer='400']/td[6]/small/@class") == ["ba-gap"]
    section = parsed(page.bridge()).text_content()
    payable = page.vat_return.payable
    assert f"Filed: CHF {formats.chf(payable + 100)}. Computed now: CHF {formats.chf(payable)}." in section
    assert "First filing, stored on 2026-11-22; reference r-1" in section


def test_a_return_that_still_holds_is_said_to(drawn: Books) -> None:
    page = page_of(drawn, "2025-H1", "en")
    declared = declaration_of(
        dataclasses.replace(page.vat_return, activities=()), drawn.mandate, generation_time=AT,
        submission=Submission.FIRST, business_reference_id="r-2",
    )  # fmt: skip
    filed = read_xml(serialise(declared))
    same = dataclasses.replace(page.vat_return, ziffern=filed.ziffern)
    text = parsed(filed_beside_now(same, filed, drawn, Translator("en"))).text_content()
    assert text.startswith("✓ The books still say what was filed.")
