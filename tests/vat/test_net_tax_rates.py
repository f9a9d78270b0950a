"""Net tax rates: both forms, activities of mandate.toml, acquisition tax without deduction, and the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from bexio_analytics import Books, Mandate, VatPeriod, law, vat_return
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import VatSettings
from bexio_analytics.mandate.settings import Activity
from bexio_analytics.periods import Rhythm
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests
from bexio_analytics.vat import complete_net_form
from bexio_analytics.vat.ech0217 import approval_of, check_xml, read_xml, write_xml, ziffern_of
from bexio_analytics.vat.ech0217.declaration import NetRates, SimpleRates

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SALES = """
    {year}-02-10  Beratung        1100 / 3400   21'620.00  invoice
    {year}-02-11  Handel          1020 / 3200   10'000.00  other
    {year}-02-20  Nachlass        3400 / 1020      620.00  other
    {year}-03-01  Export          1100 / 3200    5'000.00  invoice  UEX
    {year}-03-05  Abgrenzung      1300 / 3400      900.00  manual
    {year}-03-09  Lizenzen        6570 / 2000    1'000.00  bill     {acquisition}
    {year}-03-10  Material        4200 / 2000      108.10  bill     {material}
"""


def mandate(*activities: Activity, basis: str = "agreed") -> Mandate:
    found = mandate_for_tests(vat=VatSettings("net_tax", basis, Rhythm.SEMESTER))
    return replace(found, uid="CHE-116.281.271", activities={each.name: each for each in activities})


SS62 = law.StandardTaxCode("SS62", "323", "net_tax", Decimal(0), "2200", "6.2 %", date(2024, 1, 1), None, True)  # noqa: FBT003
CONSULTING = Activity("Beratung", Decimal("6.2"), ("3400",), "12345")
TRADE = Activity("Handel", Decimal("2.1"), ("3200",), "54321")


def test_from_2025_all_rates_share_one_box() -> None:
    text = SALES.format(year=2025, acquisition="BZB81", material="VM81")
    with books_from_text(text, mandate=mandate(CONSULTING, TRADE)) as books:
        found = vat_return(books, VatPeriod.parse("2025-H1"))
    z = found.ziffern
    assert (z["200"], z["220"], z["299"], z["323"]) == tuple(map(Decimal, ("36000", "5000", "31000", "31000")))
    assert [(line.name, line.rate, line.turnover) for line in found.activities] == [
        ("Beratung", Decimal("6.2"), Decimal(21000)),
        ("Handel", Decimal("2.1"), Decimal(10000)),
    ]
    assert found.tax["323"] == Decimal("1512.00")
    assert (z["383"], found.tax["383"]) == (Decimal(1000), Decimal("81.00"))
    assert found.payable == z["399"] == z["500"] == Decimal("1593.00")
    assert not {"333", "400", "405", "470"} & z.keys()
    assert [row.difference for row in found.turnover_bridge] == [0, 0]


def test_until_2024_two_rates_have_boxes_of_their_own() -> None:
    text = SALES.format(year=2022, acquisition="BZB77", material="VM77")
    activities = (replace(TRADE, rate=Decimal("2.0")), replace(CONSULTING, rate=Decimal("5.9")))
    with books_from_text(text, mandate=mandate(*activities)) as books:
        found = vat_return(books, VatPeriod.parse("2022-H1"))
    assert (found.ziffern["322"], found.ziffern["332"]) == (Decimal(10000), Decimal(21000))
    assert found.rates == {"322": Decimal("2.0"), "332": Decimal("5.9")}
    assert (found.tax["322"], found.tax["332"], found.tax["382"]) == tuple(map(Decimal, ("200", "1239", "77")))
    assert found.payable == Decimal("1516.00")


def test_the_only_activity_needs_no_accounts() -> None:
    alone = replace(CONSULTING, accounts=())
    with books_from_text("2025-02-10  Beratung  1100 / 3400  1'000.00  invoice", mandate=mandate(alone)) as books:
        assert vat_return(books, VatPeriod.parse("2025-H1")).payable == Decimal("62.00")


@pytest.mark.parametrize("year", [2022, 2025])
def test_the_file_says_what_the_return_says(year: int) -> None:
    codes = (
        {"acquisition": "BZB77", "material": "VM77"} if year == 2022 else {"acquisition": "BZB81", "material": "VM81"}
    )
    activities = (CONSULTING, TRADE)
    if year == 2022:
        activities = (replace(CONSULTING, rate=Decimal("5.9")), replace(TRADE, rate=Decimal("2.0")))
    who = mandate(*activities)
    with books_from_text(SALES.format(year=year, **codes), mandate=who) as books:
        found = vat_return(books, VatPeriod.parse(f"{year}-H1"))
    data = write_xml(found, who, generation_time=AT)
    assert check_xml(data) == []
    filed = read_xml(data).declaration
    assert filed.payable == found.payable
    told = ziffern_of(filed)
    assert {box: told[box] for box in ("200", "220", "299", "399")} == {
        box: found.ziffern[box] for box in ("200", "220", "299", "399")
    }


CAFE = (
    replace(CONSULTING, name="Restauration", accounts=("3200",), code="11111"),
    replace(CONSULTING, name="Bankett", accounts=("3400",), code="22222"),
    Activity("Ablieferung", Decimal("3.7"), ("3000",), "33333"),
)
CAFE_SALES = """
    {year}-05-15  Restauration  1100 / 3200  13'404.40  invoice  {code}
    {year}-05-15  Bankett       1100 / 3400   2'162.00  invoice  {code}
    {year}-05-15  Ablieferung   1100 / 3000   3'405.15  invoice
"""


@pytest.mark.parametrize("code", ["", "SS62"])
def test_activities_of_one_rate_are_lines_of_their_own_and_round_together(code: str) -> None:
    """Art. 86 para. 3 MWSTV: 6.2 % of both together and 3.7 % of the third, rounded once: 1091.11, not 1091.10."""
    who = mandate(*CAFE)
    frames = frames_from_text(CAFE_SALES.format(year=2026, code=code), vat=who.vat, codes=[SS62])
    tax = frames["tax"]
    frames["tax"] = tax.with_columns(pl.lit(Decimal("6.2")).cast(tax.schema["net_tax_value"]).alias("net_tax_value"))
    with Books.from_frames(frames, who) as books:
        found = vat_return(books, VatPeriod.parse("2026-H1"))
    assert [(line.name, line.code, line.turnover) for line in found.activities] == [
        ("Restauration", "11111", Decimal("13404.40")),
        ("Bankett", "22222", Decimal("2162.00")),
        ("Ablieferung", "33333", Decimal("3405.15")),
    ]
    assert found.tax["323"] == found.payable == Decimal("1091.11")
    data = write_xml(found, who, generation_time=AT)
    method = read_xml(data).declaration.method
    assert isinstance(method, SimpleRates)
    assert [(line.activity, line.turnover) for line in method.supplies] == [
        ("11111", Decimal("13404.40")),
        ("22222", Decimal("2162.00")),
        ("33333", Decimal("3405.15")),
    ]


@pytest.mark.parametrize("basis", ["agreed", "collected"])
def test_one_invoice_of_two_activities_at_one_rate_is_two_lines(basis: str) -> None:
    """Dinner and room hire on one invoice and one code: each belongs to the activity of its account."""
    who = mandate(*CAFE, basis=basis)
    text = """
        2026-05-15  Essen     1100 / 3200  1'000.00  invoice  SS62  doc=A  no=RE-1
        2026-05-15  Saal      1100 / 3400    500.00  invoice  SS62  doc=A  no=RE-1
        2026-06-15  Rabatt    3400 / 1100     50.00  manual   SS62
    """
    frames = frames_from_text(text, vat=who.vat, codes=[SS62])
    tax = frames["tax"]
    frames["tax"] = tax.with_columns(pl.lit(Decimal("6.2")).cast(tax.schema["net_tax_value"]).alias("net_tax_value"))
    if basis == "collected":
        paid = {"id": 1, "invoice_id": 1, "date": date(2026, 6, 1), "value": Decimal(1500)}
        schema = frames["invoice_payment"].schema
        columns = [pl.lit(paid.get(name)).cast(kind).alias(name) for name, kind in schema.items()]
        frames["invoice_payment"] = pl.select(*columns)
    with Books.from_frames(frames, who) as books:
        found = vat_return(books, VatPeriod.parse("2026-H1"))
        keys = books.sql("select count(*), count(distinct vat_line_id) from vat_line").row(0)
        orphans = (
            "select count(*) from posting p anti join vat_line v using (vat_line_id) where vat_line_id is not null"
        )
        lost = books.sql(orphans).item()
    assert {line.name: line.turnover for line in found.activities} == {
        "Restauration": Decimal(1000),
        "Bankett": Decimal(450),
    }
    assert keys[0] == keys[1]
    assert lost == 0


def test_until_2024_activities_of_one_rate_share_a_box() -> None:
    """The same turnover on the old form: 323 holds both activities at 6.2 %, 333 the third; nothing changes in CHF."""
    who = mandate(*CAFE)
    with books_from_text(CAFE_SALES.format(year=2024, code=""), mandate=who) as books:
        found = vat_return(books, VatPeriod.parse("2024-H1"))
    assert (found.ziffern["323"], found.ziffern["333"]) == (Decimal("15566.40"), Decimal("3405.15"))
    assert (found.tax["323"], found.tax["333"]) == (Decimal("965.12"), Decimal("125.99"))
    assert found.payable == Decimal("1091.11")
    method = read_xml(write_xml(found, who, generation_time=AT)).declaration.method
    assert isinstance(method, NetRates)
    assert [(line.rate, line.turnover) for line in method.supplies] == [
        (Decimal("6.2"), Decimal("15566.40")),
        (Decimal("3.7"), Decimal("3405.15")),
    ]


def test_supplies_of_2024_that_are_declared_later_have_technical_codes() -> None:
    """Collected consideration: invoiced in 2024, paid in 2025. The file names no activity for it (T0001 to T0010)."""
    who = mandate(CONSULTING, basis="collected")
    text = """
        2025-02-10  Beratung 2024  1020 / 3400  1'000.00  invoice  dated=2024-11-30
        2025-02-11  Beratung 2025  1020 / 3400    300.00  manual
    """
    with books_from_text(text, mandate=replace(who, vat=replace(who.vat, basis="agreed"))) as books:
        found = vat_return(books, VatPeriod.parse("2025-H1"))
    assert [(line.is_of_old_form, line.turnover) for line in found.activities] == [
        (False, Decimal(300)),
        (True, Decimal(1000)),
    ]
    method = read_xml(write_xml(found, who, generation_time=AT)).declaration.method
    assert isinstance(method, SimpleRates)
    assert [(line.activity, line.rate, line.turnover) for line in method.supplies] == [
        ("12345", Decimal("6.2"), Decimal(300)),
        ("T0009", Decimal("6.2"), Decimal(1000)),
    ]


def test_a_file_is_held_against_the_activities_granted() -> None:
    """MWST-0008: another activity, or another rate of it, than mandate.toml names."""
    who = mandate(CONSULTING)
    with books_from_text("2025-02-10  Beratung  1100 / 3400  1'000.00  invoice", mandate=who) as books:
        data = write_xml(vat_return(books, VatPeriod.parse("2025-H1")), who, generation_time=AT)
    assert check_xml(data, approval=approval_of(who)) == []
    for other in (replace(CONSULTING, code="99999"), replace(CONSULTING, rate=Decimal("5.3"))):
        assert [breach.rule for breach in check_xml(data, approval=approval_of(mandate(other)))] == ["MWST-0008"]
    assert check_xml(data, approval=approval_of(mandate(replace(CONSULTING, code=None)))) == []


def test_an_activity_without_a_code_cannot_be_filed() -> None:
    who = mandate(replace(CONSULTING, code=None))
    with books_from_text("2025-02-10  Beratung  1100 / 3400  1'000.00  invoice", mandate=who) as books:
        found = vat_return(books, VatPeriod.parse("2025-H1"))
    with pytest.raises(ConfigurationError, match=r"6\.2 % .* no code of the ESTV"):
        write_xml(found, who, generation_time=AT)


def test_credits_reduce_and_corrections_add() -> None:
    gross = {("322", Decimal("5.9")): Decimal(1000)}
    old = complete_net_form({"200": Decimal(1000), "470": Decimal(10), "471": Decimal(5)}, gross, {}, date(2023, 1, 1))
    assert (old.ziffern["479"], old.payable) == (Decimal(15), Decimal(44))
    new = complete_net_form({"200": Decimal(1000), "415": Decimal(20)}, gross, {}, date(2025, 1, 1))
    assert (new.ziffern["479"], new.payable) == (Decimal(-20), Decimal(79))
    with pytest.raises(KeyError, match="470"):
        complete_net_form({"470": Decimal(10)}, {}, {}, date(2025, 1, 1))
    with pytest.raises(KeyError, match="332"):
        complete_net_form({}, {("332", Decimal("5.9")): Decimal(1)}, {}, date(2025, 1, 1))


def test_forms_show_two_generations_of_rates() -> None:
    assert {z.ziffer for z in law.shown_ziffern("effective", date(2018, 3, 31))} >= {"301", "302"}
    shown = {z.ziffer for z in law.shown_ziffern("effective", date(2026, 3, 31))}
    assert {"302", "303"} <= shown
    assert "301" not in shown
    assert {z.ziffer for z in law.ziffern("net_tax", date(2025, 1, 1))} & {"332", "470", "205", "400"} == {"205"}


def test_limits_interest_and_instalments_are_dated() -> None:
    assert law.limit("net_tax_tax", date(2023, 12, 31)) == 103_000
    assert law.limit("net_tax_tax", date(2024, 1, 1)) == 108_000
    with pytest.raises(KeyError, match="no limit"):
        law.limit("annual_filing_turnover", date(2024, 1, 1))
    assert law.default_interest(Decimal(100_000), date(2025, 5, 31), date(2025, 6, 30)) == Decimal("375.00")
    assert law.default_interest(Decimal(1000), date(2025, 5, 31), date(2025, 6, 30)) == 0
    assert law.default_interest(Decimal(1000), date(2025, 5, 31), date(2026, 6, 30)) is None
    assert next(each.due_on for each in law.instalments("effective", 2025)) == date(2025, 5, 30)
    assert law.instalments("net_tax", 2024) == ()
