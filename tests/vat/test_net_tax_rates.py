"""Net tax rates: both forms, activities of mandate.toml, acquisition tax without deduction, and the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bexio_analytics import Mandate, VatPeriod, law, vat_return
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import VatSettings
from bexio_analytics.mandate.settings import Activity
from bexio_analytics.periods import Rhythm
from bexio_analytics.testing import books_from_text, mandate_for_tests
from bexio_analytics.vat import complete_net_form
from bexio_analytics.vat.ech0217 import check_xml, read_xml, write_xml, ziffern_of

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
