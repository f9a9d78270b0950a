"""The reconciliation on the page: what agrees is one line, what does not shows its rows, a remainder stays one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import lxml.html
import polars as pl
import pytest

from bexio_analytics import Books, Mandate, VatPeriod, vat_return
from bexio_analytics.mandate import VatSettings
from bexio_analytics.periods import Rhythm
from bexio_analytics.present import bridges, formats, turnover
from bexio_analytics.present.page import BYTES_PER_LINE, LINES_AT_LEAST, ReviewPage
from bexio_analytics.present.reconciliation import reconciliation_parts
from bexio_analytics.present.translation import Translator
from bexio_analytics.present.turnover import ROWS_IN_FULL, ROWS_PER_LINE, turnover_items, turnover_part
from bexio_analytics.present.year import year_part, years_in_reach
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests
from bexio_analytics.vat import annual_xml, reconcile
from bexio_analytics.vat.ech0217 import store_filed, write_xml

EN, DE = Translator("en"), Translator("de")
AT = datetime(2026, 6, 20, 10, 0, tzinfo=UTC)
TODAY = date(2026, 6, 20)
PERIOD = VatPeriod.parse("2026-Q3")
QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
CLEAN = """
    2026-07-01  Beratung      1100 / 3400   1'081.00  invoice  UN81  no=RE-1
    2026-07-10  Material      4200 / 2000     216.20  bill     VM81  no=LR-1
"""
DIFFERING = """
    2026-07-02  Ohne Code          1020 / 3400     500.00  other
    2026-07-03  Skonto             3800 / 1100      21.62  manual   UN81
    2026-07-04  Verlust            3805 / 1100      54.05  manual   UN81
    2026-07-05  Maschine verkauft  1020 / 1500     216.20  manual   UN81
    2026-07-06  Vorauszahlung      1020 / 2030     108.10  manual   UN81
    2026-07-07  Weiterverrechnung  1020 / 6500     324.30  manual   UN81
    2026-07-08  Spende             1020 / 3600      70.00  manual   SPE
    2026-07-09  Abgrenzung         1300 / 3400     900.00  manual
    2026-07-11  Hin                1170 / 6500      12.00  manual
    2026-07-12  Zurück             6500 / 1170      12.00  manual
"""
YEAR = """
    2025-02-10  Beratung      1100 / 3400   1'081.00  invoice  UN81
    2025-05-10  Beratung      1100 / 3400   2'162.00  invoice  UN81
    2025-08-11  Material      4200 / 2000     216.20  bill     VM81
    2025-11-10  Beratung      1100 / 3400   3'243.00  invoice  UN81
    2026-04-10  Beratung      1100 / 3400   1'081.00  invoice  UN81
"""
LATE = "2025-05-20  Nachgebucht  1100 / 3400  108.10  invoice  UN81\n"


def parsed(markup: object) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(f"<div>{markup}</div>")


def part(root: lxml.html.HtmlElement, title: str) -> lxml.html.HtmlElement:
    """What stands between a heading and the next one."""
    (heading,) = [h for h in root.xpath("//h3") if h.text == title]
    found = lxml.html.Element("div")
    for element in list(heading.itersiblings()):
        if element.tag == "h3":
            break
        found.append(element)
    return found


def page_part(
    books: Books, title: str, period: VatPeriod = PERIOD, translate: Translator = EN
) -> lxml.html.HtmlElement:
    markup = reconciliation_parts(books, vat_return(books, period), None, TODAY, translate)
    return part(parsed(markup), translate(title))


def amount_of(root: lxml.html.HtmlElement, line: str) -> str:
    (cell,) = root.xpath(f".//tr[@data-line='{line}']/td[3]")
    return str(cell.text_content())


def rows_of(table: lxml.html.HtmlElement) -> list[list[str]]:
    return [[cell.text_content() for cell in row.xpath("td")] for row in table.xpath("tbody/tr")]


def mandate_of(folder: Path) -> Mandate:
    folder.mkdir(exist_ok=True)
    return replace(mandate_for_tests(), id="muster", folder=folder, uid="CHE-116.281.271")


def books_of(text: str, mandate: Mandate) -> Books:
    return Books.from_frames(frames_from_text(text, vat=mandate.vat), mandate)


def file_all(books: Books, periods: tuple[str, ...] = QUARTERS) -> None:
    for period in periods:
        data = write_xml(vat_return(books, VatPeriod.parse(period)), books.mandate, generation_time=AT)
        store_filed(books.mandate.folder, data, stored_at=AT)


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        (
            "Turnover of the ledger and Ziffer 200",
            "Everything between the turnover by ledger, CHF 1'000.00, and Ziffer 200, CHF 1'000.00, is explained.",
        ),
        ("Input tax declared and input tax booked", "The input tax accounts say what is declared: CHF 16.20."),
        ("Tax declared and tax booked", "The tax booked is the tax declared."),
        ("Documents and journal", "All 2 documents were booked as they say, total and VAT."),
        ("VAT accounts", "Every movement of the VAT accounts comes from a tax code or a settlement."),
    ],
)
def test_what_agrees_is_one_line_with_a_green_sign(title: str, sentence: str) -> None:
    with books_from_text(CLEAN) as books:
        found = page_part(books, title)
    (line,) = found.xpath("./div[@class='ba-quiet']/p")
    assert (line.get("class"), line.text_content()) == ("ba-agrees", f"✓ {sentence}")
    assert [element.get("class") for element in found] == ["ba-quiet"]
    assert found.xpath(".//table[not(ancestor::details)] | .//details[@open]") == []


def test_turnover_runs_from_the_letters_to_the_remainder() -> None:
    with books_from_text(CLEAN + DIFFERING) as books:
        found = page_part(books, "Turnover of the ledger and Ziffer 200")
    lines = {row.get("data-line"): row.xpath("td[3]")[0].text_content() for row in found.xpath(".//tr[@data-line]")}
    assert lines == {
        "a": "1'570.00",
        "b": "300.00",
        "c": "0.00",
        "d": "200.00",
        "e": "100.00",
        "f": "0.00",
        "g": "0.00",
        "h": "-20.00",
        "i": "-50.00",
        "j": "900.00",
        "ledger": "3'000.00",
        "not_turnover": "-900.00",
        "no_consideration": "-70.00",
        "undeclared": "-500.00",
        "declared": "1'530.00",
        "200": "1'530.00",
        "remainder": "0.00",
    }
    assert found.xpath("./p[@class='ba-differs']")[0].text_content() == (
        "▲ CHF 500.00 of the turnover by ledger are declared by no tax code."
    )
    (undeclared,) = found.xpath("./div/table[contains(@class, 'ba-lines')]")
    assert [row[3] for row in rows_of(undeclared)] == ["Ohne Code"]


def test_a_letter_opens_to_rows_that_add_up_to_it() -> None:
    with books_from_text(CLEAN + DIFFERING) as books:
        found = page_part(books, "Turnover of the ledger and Ziffer 200", translate=DE)
    opened = {details.get("data-rows-of"): details for details in found.xpath(".//details[@data-rows-of]")}
    assert set(opened) == {*"abdehij", "not_turnover", "no_consideration"}
    for line, details in opened.items():
        amounts = [Decimal(value) for value in details.xpath(".//tbody/tr/td[7]/@data-v")]
        sign = -1 if line in turnover.STEP_NAMES else 1
        assert formats.chf(sign * sum(amounts, Decimal(0))) == amount_of(found, line)
        assert details.xpath("summary")[0].text_content().split()[0] == str(len(amounts))
    (row,) = rows_of(opened["h"].xpath(".//table")[0])
    assert (row[0], row[3], row[4], row[7]) == ("03.07.2026", "Skonto", "3800", "in Ziffer 200")


def test_a_remainder_is_shown_as_one() -> None:
    with books_from_text(CLEAN) as books:
        found = reconcile(books, vat_return(books, PERIOD))
        items = turnover_items(books, PERIOD)
    statement = replace(found.turnover, ziffer_200=Decimal(990), remainder=Decimal(10))
    root = parsed(turnover_part(statement, found.turnover_accounts, items, EN))
    assert root.xpath("./p")[0].text_content() == "▲ CHF +10.00 remain unexplained."
    assert root.xpath("./p/@class") == ["ba-differs"]
    (cell,) = root.xpath(".//tr[@data-line='remainder']/td[3]")
    assert (cell.get("class"), cell.text_content()) == ("ba-n ba-gap", "+10.00")


def test_many_rows_are_cut_to_the_largest_of_each_line_and_the_page_says_so() -> None:
    sales = "".join(
        f"2026-07-01  Verkauf {n}  1100 / 3400  {1081 + n}.00  invoice  UN81\n" for n in range(ROWS_IN_FULL)
    )
    with books_from_text(CLEAN + sales) as books:
        found = page_part(books, "Turnover of the ledger and Ziffer 200")
        largest = books.sql("select amount from turnover_item where letter = 'a' order by amount desc")["amount"]
    (details,) = found.xpath(".//details[@data-rows-of='a']")
    shown = [Decimal(value) for value in details.xpath(".//tbody/tr/td[7]/@data-v")]
    assert shown == largest.head(ROWS_PER_LINE).to_list()
    assert f"The {ROWS_PER_LINE} largest of {ROWS_IN_FULL + 1} rows" in details.text_content()
    assert details.xpath("summary")[0].text_content() == f"{ROWS_IN_FULL + 1} rows"


def test_postings_without_code_that_cancel_each_other_are_still_named() -> None:
    with books_from_text(CLEAN + DIFFERING) as books:
        found = page_part(books, "VAT accounts")
        input_tax = page_part(books, "Input tax declared and input tax booked")
    assert found.xpath("./p")[0].text_content() == "▲ CHF 24.00 moved VAT accounts without a tax code."
    (postings,) = found.xpath("./div/table[contains(@class, 'ba-lines')]")
    assert [(row[1], row[5], row[7]) for row in rows_of(postings)] == [
        ("1170", "Hin", "12.00"),
        ("1170", "Zurück", "-12.00"),
    ]
    assert input_tax.xpath("./p")[0].text_content().startswith("▲ CHF 24.00 moved input tax accounts without")
    assert input_tax.xpath(".//a/@href") == [f"#{bridges.WITHOUT_CODE}"]
    assert found.xpath(f".//*[@id='{bridges.WITHOUT_CODE}']")


def test_documents_that_were_booked_otherwise_are_listed() -> None:
    frames = frames_from_text(
        CLEAN + "2026-07-12  Falsche Steuer  4200 / 2000  108.10  bill  VM81  tax=9.00  no=LR-2  contact=Holz AG/CH\n"
    )
    wrong = pl.col("title") == "Falsche Steuer"
    stated = pl.when(wrong).then(pl.lit(Decimal("8.10"))).otherwise(pl.col("tax_calc")).cast(pl.Decimal(18, 6))
    frames["bill_line"] = frames["bill_line"].with_columns(stated.alias("tax_calc"))
    with Books.from_frames(frames, mandate_for_tests()) as books:
        found = page_part(books, "Documents and journal", translate=DE)
        (number,) = books.sql("select document_no from document_tax where not is_rounding")["document_no"]
    assert found.xpath("./p")[0].text_content() == "▲ 1 von 3 Belegen sind anders gebucht, als sie lauten."
    tax, total = found.xpath(".//table")
    assert rows_of(tax) == [
        ["12.07.2026", "Lieferantenrechnung", number, "Holz AG", "8.1\u202f%", "VM81", "CHF", "8.10", "9.00", "+0.90"]
    ]
    assert rows_of(total) == [
        ["12.07.2026", "Lieferantenrechnung", number, "Holz AG", "CHF", "108.10", "109.00", "+0.90"]
    ]


def test_an_export_has_no_documents_to_agree_with() -> None:
    with books_from_text("2026-07-01  Beratung  1100 / 3400  1'081.00  export  UN81\n") as books:
        found = page_part(books, "Documents and journal")
    assert [element.get("class") for element in found] == ["ba-empty"]
    assert "✓" not in found.text_content()


def test_the_year_before_is_in_reach_until_day_240(tmp_path: Path) -> None:
    with books_of(YEAR, mandate_of(tmp_path / "muster")) as books:
        reached = {
            period: [year.end_on.year for year in years_in_reach(books, VatPeriod.parse(period))]
            for period in (
                "2025-Q3",
                "2025-Q4",
                "2026-Q1",
                "2026-Q2",
                "2026-Q3",
                "2026-Q4",
                "2025",
                "2026-08",
                "2026-09",
            )
        }
    assert reached == {
        "2025-Q3": [],
        "2025-Q4": [2025],
        "2026-Q1": [2025],
        "2026-Q2": [2025],
        "2026-Q3": [2025],  # day 240 is 28 August
        "2026-Q4": [2026],
        "2025": [2025],
        "2026-08": [2025],
        "2026-09": [],
    }


def test_without_filed_returns_the_year_is_not_said_to_agree(tmp_path: Path) -> None:
    with books_of(YEAR, mandate_of(tmp_path / "muster")) as books:
        (year,) = years_in_reach(books, VatPeriod.parse("2026-Q2"))
    root = parsed(year_part(year, TODAY, EN))
    assert root.xpath("./p/@class")[0] == "ba-empty"
    assert root.xpath("./p")[0].text_content().startswith("No return of 2025 is stored")


def test_a_year_that_was_filed_as_it_is_is_one_line(tmp_path: Path) -> None:
    with books_of(YEAR, mandate_of(tmp_path / "muster")) as books:
        file_all(books)
        (year,) = years_in_reach(books, VatPeriod.parse("2026-Q2"))
    root = parsed(year_part(year, TODAY, EN))
    assert root.xpath("./div/p[@class='ba-agrees']")[0].text_content() == (
        "✓ All returns of 2025 were filed as the periods are now."
    )
    assert root.xpath(".//table[not(ancestor::details)]") == []


def test_a_year_to_correct_has_the_amounts_of_both_kinds_of_file(tmp_path: Path) -> None:
    mandate = mandate_of(tmp_path / "muster")
    with books_of(YEAR, mandate) as books:
        file_all(books)
    with books_of(YEAR + LATE, mandate) as books:
        found = page_part(books, "The year 2025 and its periods", VatPeriod.parse("2026-Q2"))
    assert (
        found.xpath("./p[@class='ba-differs']")[0]
        .text_content()
        .startswith("▲ CHF +8.10 lie between what was filed for 2025")
    )
    assert "Day 180 is 2026-06-29 (9 days left): corrections belong into the return of 2026-Q2." in found.text_content()
    assert "takes the form until 2026-08-28" in found.text_content()
    annual, corrections = found.xpath("./div/table")[:2]
    assert [(row[0], *row[2:]) for row in rows_of(annual)] == [
        ("200", "6'000.00", "6'100.00", "+100.00"),
        ("299", "6'000.00", "6'100.00", "+100.00"),
        ("303", "6'000.00", "6'100.00", "+100.00"),
        ("399", "486.00", "494.10", "+8.10"),
        ("500", "469.80", "477.90", "+8.10"),
    ]
    assert rows_of(corrections) == [
        ["2025-Q1", "81.00", "81.00", "0.00"],
        ["2025-Q2", "162.00", "170.10", "+8.10"],
        ["2025-Q3", "-16.20", "-16.20", "0.00"],
        ["2025-Q4", "243.00", "243.00", "0.00"],
    ]
    total = [cell.text_content() for cell in corrections.xpath("tfoot/tr/td")]
    assert total == ["Total", "469.80", "477.90", "+8.10"]
    assert "turnover by ledger, CHF 6'100.00, and Ziffer 200, CHF 6'100.00, is explained" in found.text_content()


def test_a_filed_annual_reconciliation_settles_the_year(tmp_path: Path) -> None:
    mandate = mandate_of(tmp_path / "muster")
    with books_of(YEAR, mandate) as books:
        file_all(books)
    with books_of(YEAR + LATE, mandate) as books:
        store_filed(mandate.folder, annual_xml(books, 2025, generation_time=AT), stored_at=AT)
        (year,) = years_in_reach(books, VatPeriod.parse("2026-Q2"))
    root = parsed(year_part(year, TODAY, EN))
    assert root.xpath("./div/p/@class")[0] == "ba-agrees"
    table = root.xpath(".//table")[0]
    assert rows_of(table)[-1] == ["Annual reconciliation", "8.10", "", "-8.10"]
    assert [cell.text_content() for cell in table.xpath("tfoot/tr/td")] == ["Total", "477.90", "477.90", "0.00"]


def test_returns_that_are_not_stored_are_named_beside_differences(tmp_path: Path) -> None:
    mandate = mandate_of(tmp_path / "muster")
    with books_of(YEAR, mandate) as books:
        file_all(books, ("2025-Q2",))
    with books_of(YEAR + LATE, mandate) as books:
        (year,) = years_in_reach(books, VatPeriod.parse("2026-Q2"))
    root = parsed(year_part(year, TODAY, DE))
    assert "CHF +8.10 liegen für 2025 zwischen" in root.text_content()
    assert "1 von 4 Abrechnungen 2025 sind abgelegt" in root.text_content()
    assert rows_of(root.xpath("./div/table")[1])[0][1] == "nicht abgelegt"


@pytest.mark.parametrize(
    ("as_of", "sentence"),
    [
        (date(2026, 6, 29), "Day 180 is 2026-06-29 (today)"),
        (date(2026, 6, 30), "still takes the form until 2026-08-28 (59 days left)"),
        (date(2026, 8, 29), "took the form until 2026-08-28: the year counts as final."),
    ],
)
def test_the_deadline_is_told_by_the_day_of_the_page(tmp_path: Path, as_of: date, sentence: str) -> None:
    with books_of(YEAR, mandate_of(tmp_path / "muster")) as books:
        (year,) = years_in_reach(books, VatPeriod.parse("2026-Q2"))
    assert sentence in parsed(year_part(year, as_of, EN)).text_content()


def test_a_business_year_that_is_no_calendar_year_is_not_reckoned(tmp_path: Path) -> None:
    mandate = mandate_of(tmp_path / "muster")
    frames = frames_from_text(YEAR)
    frames["business_year"] = frames["business_year"].with_columns(
        pl.lit(date(2024, 7, 1)).alias("start"), pl.lit(date(2025, 6, 30)).alias("end")
    )
    with Books.from_frames(frames.copy(), mandate) as books:
        year = years_in_reach(books, VatPeriod.parse("2025-Q4"))[0]
    assert year.found is None
    assert parsed(year_part(year, TODAY, DE)).text_content().startswith("Das Geschäftsjahr endet am 30.06.2025.")


def test_with_net_tax_rates_there_is_no_input_tax(tmp_path: Path) -> None:
    mandate = replace(mandate_of(tmp_path / "muster"), vat=VatSettings("net_tax", "agreed", Rhythm.SEMESTER))
    with books_of("2026-03-01  Küche  1100 / 3200  1'000.00  invoice\n", mandate) as books:
        found = page_part(books, "Input tax declared and input tax booked", VatPeriod.parse("2026-H1"))
    assert found.text_content() == "With net tax rates no input tax is declared, and none was booked."


def test_the_reconciliation_of_the_demo_company_is_short_and_bounded(page: ReviewPage) -> None:
    markup = str(page.bridge())
    root = parsed(markup)
    assert len(markup.encode()) < 80_000
    assert "http" not in markup
    found = reconcile(page.books, page.vat_return)
    (postings,) = part(root, "VAT accounts").xpath("./div/table[contains(@class, 'ba-lines')]")
    assert len(postings.xpath("tbody/tr")) == found.account_causes.height > 0
    statement = part(root, "Turnover of the ledger and Ziffer 200")
    assert amount_of(statement, "200") == formats.chf(page.vat_return.ziffern["200"])
    assert amount_of(statement, "undeclared") == formats.chf(-found.turnover.undeclared) != "0.00"


def test_the_lines_make_room_for_the_reconciliation(page: ReviewPage, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = LINES_AT_LEAST + 5
    taken = sum(len(part.text) for part in (page._form, page._listing, page._reconciliation))
    monkeypatch.setattr("bexio_analytics.present.page.ROOM", taken + lines * BYTES_PER_LINE)
    assert len(parsed(page.lines()).xpath("//tbody/tr")) == lines
