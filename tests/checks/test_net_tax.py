"""Family I: net tax rates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import net_tax, net_tax_boundaries
from bexio_analytics.mandate import Activity, Mandate, VatSettings
from bexio_analytics.periods import Rhythm, VatPeriod
from bexio_analytics.review import FILED_RETURN_SCHEMA, CheckSet, Finding, check_of, set_period
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import assert_flags_marked_lines, frames_from_text, mandate_for_tests
from bexio_analytics.testing.conformance import assert_deterministic, standard_codes_with

Check = Callable[..., pl.DataFrame]
CODES = standard_codes_with(
    ("S62", "323", "net_tax", "8.1", "2200"),
    ("S21", "323", "net_tax", "8.1", "2200"),
    ("S65", "323", "net_tax", "8.1", "2200"),
    ("S59", "322", "net_tax", "7.7", "2200"),
    ("S62B", "333", "net_tax", "8.1", "2200"),
    ("SOPT", "205.323", "opted_net_tax", "8.1", "2200"),
    ("X470", "470", "net_tax", "0", "2200"),
    ("WIE", "323", "net_tax", "6.2", "2200"),
)
NET_RATES = {
    "S62": "6.2",
    "S21": "2.1",
    "S65": "6.5",
    "S59": "5.9",
    "S62B": "6.2",
    "SOPT": "6.2",
    "X470": "6.2",
    "WIE": "6.2",
}
ACTIVITIES = {
    "Beratung": Activity("Beratung", Decimal("6.2"), ("3400",)),
    "Handel": Activity("Handel", Decimal("2.1"), ("3200",)),
}


def approved(frames: dict[str, pl.DataFrame]) -> None:
    """Give the company's own codes their approved rates."""
    rates = {code: Decimal(rate) for code, rate in NET_RATES.items()}
    frames["tax"] = TABLES["tax"].frame(
        [row | {"net_tax_value": rates.get(row["code"])} for row in frames["tax"].iter_rows(named=True)]
    )


def saldo(**settings: Any) -> Mandate:  # noqa: ANN401 - settings of the mandate
    """A mandate with net tax rates, filing half-yearly."""
    vat = VatSettings(method="net_tax", basis=settings.pop("basis", "agreed"), rhythm=Rhythm.SEMESTER)
    return mandate_for_tests(vat=vat, **settings)


def flags(check: Check, text: str, **settings: Any) -> tuple[Finding, ...]:  # noqa: ANN401 - handed on
    usual: dict[str, Any] = {"mandate": saldo(), "period": "2026-H2", "codes": CODES, "edit": approved}
    settings = usual | settings
    return assert_flags_marked_lines(check, text, **settings)


def test_input_tax() -> None:
    """Domestic purchases, import tax and deducted acquisition tax; not codes without rate or purchases booked gross."""
    findings = flags(
        net_tax.input_tax_with_net_tax_rates,
        """
        2026-07-03  Material       4200 / 2000    216.20  bill     VM81  contact=Inland AG/CH     <- I01
        2026-07-04  Büro           6500 / 1020    108.10  expense  VB81                           <- I01
        2026-07-05  Zoll           4200 / 2000     81.00  bill     ZOLLM                          <- I01
        2026-07-06  Cloud          6570 / 2000    100.00  bill     BZB81  contact=Cloud Ltd/IE    <- I01
        2026-07-07  Brutto         6500 / 2000    540.50  bill            contact=Inland AG/CH
        2026-07-08  Ohne Steuer    6500 / 2000     50.00  bill     V00
        2026-07-09  Verkauf        1100 / 3400  1'081.00  invoice  S62
        """,
    )
    assert {f.values["tax_code"]: f.vat_effect for f in findings} == {
        "VM81": Decimal("16.20"),
        "VB81": Decimal("8.10"),
        "ZOLLM": Decimal("81.00"),
        "BZB81": Decimal("8.10"),
    }


def test_input_tax_is_right_with_the_effective_method() -> None:
    flags(
        net_tax.input_tax_with_net_tax_rates,
        "2026-07-03  Material  4200 / 2000  216.20  bill  VM81",
        mandate=mandate_for_tests(),
        period="2026-Q3",
    )


def test_limit_of_turnover() -> None:
    """Half a year of 2.6 million makes 5.2; a sale of a building equipment is not extended."""
    (found,) = flags(
        net_tax.limits_of_net_tax_rates_exceeded,
        "2026-01-03  Verkauf  1100 / 3200  2'600'000.00  invoice  S21\n<- I02",
        period="2026-H1",
    )
    assert found.amount == Decimal("5200000.00")
    assert found.values["tax"] == Decimal("109200.00")
    flags(
        net_tax.limits_of_net_tax_rates_exceeded,
        """
        2026-01-03  Verkauf   1100 / 3200  1'500'000.00  invoice  S21
        2026-02-03  Maschine  1020 / 1500  1'200'000.00  manual   S21
        """,
        period="2026-H1",
    )


def test_limit_of_tax() -> None:
    """Turnover is far from its limit, the tax is above: 1.8 million at 6.2 %."""
    (found,) = flags(
        net_tax.limits_of_net_tax_rates_exceeded,
        """
        2026-01-03  Verkauf  1100 / 3400  900'000.00  invoice  S62
        2026-07-03  Verkauf  1100 / 3400  900'000.00  invoice  S62
        <- I02
        """,
    )
    assert (found.amount, found.values["tax"]) == (Decimal("1800000.00"), Decimal("111600.00"))
    old = flags(
        net_tax.limits_of_net_tax_rates_exceeded,
        "2023-01-03  Verkauf  1100 / 3400  1'800'000.00  invoice  S59\n<- I02",
        period="2023",
        mandate=mandate_for_tests(vat=VatSettings(method="net_tax", rhythm=Rhythm.ANNUAL)),
        codes=(*CODES,),
    )
    assert old[0].values["tax_limit"] == Decimal(103000)


def test_turnover_net_of_vat() -> None:
    """Sales booked with codes of the effective method leave the VAT on 2200 and the turnover net."""
    (found,) = flags(
        net_tax.turnover_without_vat,
        """
        2026-07-03  Verkauf  1100 / 3400  1'081.00  invoice  UN81
        2026-07-04  Verkauf  1100 / 3400  2'162.00  invoice  UN81
        <- I03
        """,
        mandate=saldo(activities={"Beratung": Activity("Beratung", Decimal("6.2"))}),
    )
    assert (found.values["declared"], found.values["gross"]) == (Decimal("3000.00"), Decimal("3243.00"))
    assert found.vat_effect == Decimal("15.07")


def test_turnover_with_vat() -> None:
    """Gross turnover, whether a net tax code or the account says so, and exports without VAT."""
    flags(
        net_tax.turnover_without_vat,
        """
        2026-07-03  Verkauf  1100 / 3400  1'081.00  invoice  S62
        2026-07-04  Export   1100 / 3400    500.00  invoice  UEX
        """,
    )


def filed(books: Books, method: str, **boxes: str) -> None:
    """As if returns/ held a return of the second half of 2026; boxes are written z200."""
    days = {"period_id": "2026-H2", "start_on": date(2026, 7, 1), "end_on": date(2026, 12, 31)}
    rows = [{**days, "method": method, "ziffer": ziffer[1:], "amount": Decimal(each)} for ziffer, each in boxes.items()]
    books.register("review", "filed_return", pl.DataFrame(rows, schema=FILED_RETURN_SCHEMA))


@pytest.mark.parametrize(("declared", "effect"), [("3000.00", Decimal("15.07")), ("3243.00", None), ("2500.00", None)])
def test_filed_turnover_net_of_vat(declared: str, effect: Decimal | None) -> None:
    """Only a difference that is the tax contained; the deductions of the filed return are taken off."""
    text = "2026-07-03  Verkauf  1100 / 3400  3'243.00  invoice  S62"
    frames = frames_from_text(text, vat=saldo().vat, codes=CODES)
    approved(frames)
    with Books.from_frames(frames, saldo()) as books:
        set_period(books, VatPeriod.parse("2026-H2"))
        filed(books, "SimpleRates", z200=str(Decimal(declared) + 100), z289="100.00", z299=declared)
        found = net_tax.turnover_without_vat(books)
    assert found["vat_effect"].to_list() == ([] if effect is None else [effect])


def test_filed_on_the_old_form() -> None:
    """The form until 2024 is refused for a period of 2026."""
    frames = frames_from_text("2026-07-03  Verkauf  1100 / 3400  3'243.00  invoice  S62", vat=saldo().vat, codes=CODES)
    approved(frames)
    with Books.from_frames(frames, saldo()) as books:
        set_period(books, VatPeriod.parse("2026-H2"))
        filed(books, "SimpleRates", z200="3243.00", z299="3243.00")
        assert net_tax_boundaries.boxes_of_old_form(books).is_empty()
        filed(books, "NetRates", z200="3243.00", z299="3243.00")
        (row,) = net_tax_boundaries.boxes_of_old_form(books).iter_rows(named=True)
    assert row["reason"] == "The filed return uses the old form with Ziffer"


def test_rates_of_accounts() -> None:
    """Codes without a net rate, rates outside the ladder, not approved, or of another activity, account by account."""
    findings = flags(
        net_tax.rate_does_not_fit_activity,
        """
        2026-07-03  Beratung      1100 / 3400  1'000.00  invoice  S62
        2026-07-04  Handel        1100 / 3200  1'000.00  invoice  S21
        2026-07-05  Nebenertrag   1100 / 3600  1'000.00  invoice  S21
        2026-07-06  Export        1100 / 3400  1'000.00  invoice  UEX
        2026-08-03  Handel        1100 / 3200  1'000.00  invoice  S62
        2026-08-04  Handel        1100 / 3200    500.00  invoice  S62    <- I04
        2026-08-05  Alte Leiter   1100 / 3410  1'000.00  invoice  S65    <- I04
        2026-08-06  Effektiv      1100 / 3420  1'000.00  invoice  UN81  rows=base    <- I04
        """,
        mandate=saldo(activities=ACTIVITIES),
    )
    by_account = {f.values["account_no"]: f for f in findings}
    assert by_account["3200"].vat_effect == Decimal("-61.50")
    assert by_account["3200"].amount == Decimal("1500.00")
    assert by_account["3410"].values["reason"] == "there is no such net tax rate"
    assert by_account["3420"].values["reason"] == "the code has no net tax rate"


def test_rate_that_is_not_approved() -> None:
    (found,) = flags(
        net_tax.rate_does_not_fit_activity,
        "2026-07-03  Beratung  1100 / 3400  1'000.00  invoice  S21   <- I04",
        mandate=saldo(activities={"Beratung": Activity("Beratung", Decimal("6.2"), ("3400",))}),
    )
    assert found.values["reason"] == "the rate is not approved"
    assert found.vat_effect == Decimal("41.00")


TWO_YEARS = """
        2025-03-03  Beratung  1100 / 3400  95'000.00  invoice  S62
        2025-03-04  Handel    1100 / 3200   5'000.00  invoice  S21
        2026-03-03  Beratung  1100 / 3400  95'000.00  invoice  S62
        2026-08-04  Handel    1100 / 3200   9'000.00  invoice  S21
"""


def test_activity_below_ten_percent() -> None:
    """Two years in a row, asked at the end of a year; one year is no finding."""
    activities = saldo(activities=ACTIVITIES)
    (found,) = flags(net_tax.ten_percent_rule, TWO_YEARS + "<- I05", mandate=activities)
    assert found.values["names"] == "Handel"
    flags(net_tax.ten_percent_rule, TWO_YEARS, mandate=activities, period="2026-H1")
    grown = TWO_YEARS + "2026-09-04  Handel  1100 / 3200  10'000.00  invoice  S21"
    flags(net_tax.ten_percent_rule, grown, mandate=activities)


def test_activity_without_a_rate() -> None:
    """More than 10 % of turnover stands on an account of no activity."""
    text = "2026-07-03  Beratung  1100 / 3400  80'000.00  invoice  S62\n"
    mandate = saldo(activities=ACTIVITIES)
    (found,) = flags(
        net_tax.ten_percent_rule,
        text + "2026-07-04  Vermietung  1100 / 3600  20'000.00  invoice  S62\n<- I05",
        mandate=mandate,
    )
    assert found.values["names"] == "3600"
    flags(net_tax.ten_percent_rule, text + "2026-07-04  Rest  1100 / 3600  8'000.00  invoice  S62", mandate=mandate)


def test_acquisition_tax() -> None:
    """The full tax is owed; coded, domestic, registered and exempt suppliers and goods are left alone."""
    (found,) = flags(
        net_tax_boundaries.acquisition_tax_missing_with_net_tax_rates,
        """
        2026-07-03  Cloud      6570 / 2000  300.00  bill         contact=Cloudworks Ltd/IE          <- I06
        2026-07-04  Cloud      6570 / 2000  300.00  bill  BZB81  contact=Cloudworks Ltd/IE
        2026-07-05  Cloud      6570 / 2000  300.00  bill         contact=Hosting AG/CH
        2026-07-06  Cloud      6570 / 2000  300.00  bill         contact=Reg Ltd/DE  vat=CHE-116.281.271 MWST
        2026-07-07  Hotel      6640 / 2000  300.00  bill         contact=Hotel Adler/DE
        2026-07-08  Waren      4200 / 2000  300.00  bill         contact=Werk GmbH/DE
        """,
    )
    assert (found.vat_effect, found.ziffer) == (Decimal("24.30"), "383")


def test_old_boxes() -> None:
    """Codes of the second rate, and exports credited in 470, from 2025 on; before, they are right."""
    text = """
        2026-07-03  Zweiter Satz  1100 / 3400  1'000.00  invoice  S62B
        2026-07-04  Zweiter Satz  1100 / 3400    500.00  invoice  S62B
        2026-07-05  Erster Satz   1100 / 3200  1'000.00  invoice  S21
        2026-07-06  Export        1100 / 3200    700.00  invoice  X470
        <- I07
        """
    findings = flags(net_tax_boundaries.boxes_of_old_form, text)
    assert {(f.ziffer, f.amount) for f in findings} == {("333", Decimal("1500.00")), ("470", Decimal("700.00"))}
    flags(net_tax_boundaries.boxes_of_old_form, text.replace("2026-", "2024-").replace("<- I07", ""), period="2024-H2")


def years(**methods: str) -> Callable[[dict[str, pl.DataFrame]], None]:
    """Calendar years with these methods, such as ``y2025="effective"``."""

    def edit(frames: dict[str, pl.DataFrame]) -> None:
        approved(frames)
        frames["calendar_year"] = TABLES["calendar_year"].frame(
            [
                {
                    "id": place,
                    "start": date(int(year[1:]), 1, 1),
                    "end": date(int(year[1:]), 12, 31),
                    "is_vat_subject": True,
                    "vat_accounting_method": method,
                    "vat_accounting_type": "agreed",
                    "is_annual_reporting": False,
                }
                for place, (year, method) in enumerate(methods.items(), 1)
            ]
        )

    return edit


HOLDINGS = """
        2026-11-03  Waren     1200 / 2000  10'000.00  manual
        2026-11-03  Maschine  1500 / 2000   5'000.00  manual
"""


def test_change_to_net_tax_rates() -> None:
    """In the last effective period the input tax on stock and assets is paid back in 415."""
    settings = {"period": "2026-Q4", "mandate": mandate_for_tests(), "edit": years(y2026="effective", y2027="net_tax")}
    check = net_tax_boundaries.correction_at_change_of_method_missing
    (found,) = flags(check, HOLDINGS + "<- I08", **settings)
    assert (found.vat_effect, found.ziffer) == (Decimal("1215.00"), "415")
    flags(check, HOLDINGS + "2026-12-31  Korrektur  4200 / 1020  -1'081.00  manual  VEV", **settings)
    flags(check, HOLDINGS, **(settings | {"period": "2026-Q3"}))
    flags(check, HOLDINGS, **(settings | {"edit": years(y2026="effective", y2027="effective")}))


def test_change_to_the_effective_method() -> None:
    """In the first effective period it may be claimed in 410."""
    settings = {"period": "2027-Q1", "mandate": mandate_for_tests(), "edit": years(y2026="net_tax", y2027="effective")}
    check = net_tax_boundaries.correction_at_change_of_method_missing
    text = HOLDINGS + "        2027-02-01  Verkauf  1100 / 3200  1'081.00  invoice  UN81\n"
    (found,) = flags(check, text + "<- I08", **settings)
    assert (found.vat_effect, found.ziffer) == (Decimal("-1215.00"), "410")
    flags(check, text + "2027-02-02  Einlage  4200 / 1020  1'081.00  manual  VES", **settings)


def test_rate_on_invoices() -> None:
    """The net tax rate is on no invoice; statutory rates are, around a change of rates also the old one."""
    findings = flags(
        net_tax_boundaries.invoice_shows_no_statutory_rate,
        """
        2026-07-03  Verkauf  1100 / 3400  1'000.00  invoice  WIE   <- I09
        2026-07-04  Verkauf  1100 / 3400  1'000.00  invoice  S62
        2026-07-05  Bücher   1100 / 3400    102.60  invoice  UR26
        2026-07-06  Zu hoch  1100 / 3400  1'081.00  invoice  S62  printed=9.0   <- I09
        2026-07-07  Export   1100 / 3400    500.00  invoice  UEX
        """,
    )
    assert sorted(str(f.values["printed_rates"]) for f in findings) == ["6.2", "9.0"]
    assert min(f.vat_effect or Decimal(0) for f in findings) == Decimal("0.00")
    assert max(f.vat_effect or Decimal(0) for f in findings) > 0


def test_assets_and_private_shares() -> None:
    """At the rate of the main activity; coded ones, losses paid by an insurance and money are left alone."""
    findings = flags(
        net_tax_boundaries.asset_or_private_share_not_declared,
        """
        2026-07-02  Beratung          1100 / 3400  9'000.00  invoice  S62
        2026-07-02  Handel            1100 / 3200  1'000.00  invoice  S21
        2026-07-03  Verkauf Maschine  1020 / 1500  2'000.00  manual          <- I10
        2026-07-04  Verkauf Maschine  1020 / 1500  2'000.00  manual   S62
        2026-07-05  Versicherung AG   1020 / 1530  8'000.00  manual
        2026-07-06  Privatanteil      2850 / 6270    500.00  manual          <- I10
        2026-07-07  Privatbezug       2850 / 1020  1'500.00  manual
        """,
    )
    assert sorted(f.vat_effect or Decimal(0) for f in findings) == [Decimal("31.00"), Decimal("124.00")]


def test_option() -> None:
    """Codes of both methods that opt."""
    flags(
        net_tax_boundaries.option_with_net_tax_rates,
        """
        2026-07-03  Miete    1100 / 3400  1'081.00  invoice  SOPT   <- I11
        2026-07-04  Miete    1100 / 3400  1'081.00  invoice  UO81   <- I11
        2026-07-05  Miete    1100 / 3400  1'000.00  invoice  UNO
        2026-07-06  Verkauf  1100 / 3400  1'081.00  invoice  S62
        """,
    )


def test_generation_of_rates() -> None:
    """The document's date decides, or the end of the period of supply that it states."""
    findings = flags(
        net_tax_boundaries.rate_of_another_era,
        """
        2024-01-15  Verkauf 2023                       1100 / 3400  1'000.00  invoice  S62  dated=2023-12-20  <- I12
        2024-01-16  Beratung 01.10.2023 - 31.12.2023   1100 / 3400  1'000.00  invoice  S62                    <- I12
        2024-01-17  Verkauf 2023                       1100 / 3400  1'000.00  invoice  S59  dated=2023-12-20
        2024-01-18  Verkauf                            1100 / 3400  1'000.00  invoice  S62
        2024-01-19  Verkauf 2024, alter Satz           1100 / 3400  1'000.00  invoice  S59                    <- I12
        """,
        period="2024-H1",
    )
    assert sorted(f.vat_effect or Decimal(0) for f in findings) == [Decimal("-3.00"), Decimal("-3.00"), Decimal("3.00")]
    assert {f.values["right_ziffer"] for f in findings} == {"322", "323"}


EVERYTHING = """
    2025-03-03  Beratung      1100 / 3400  9'500'000.00  invoice  S62
    2026-01-16  Beratung 01.10.2023 - 31.12.2023   1100 / 3400  9'500'000.00  invoice  S62
    2026-01-17  Zweiter Satz  1100 / 3400      1'000.00  invoice  S62B
    2026-07-03  Material      4200 / 2000        216.20  bill     VM81  contact=Inland AG/CH
    2026-07-04  Cloud         6570 / 2000        300.00  bill           contact=Cloudworks Ltd/IE
    2026-07-05  Miete         1100 / 3400      1'081.00  invoice  SOPT
    2026-07-06  Maschine      1020 / 1500      2'000.00  manual
    2026-07-07  Alte Leiter   1100 / 3410      1'000.00  invoice  S65
    2026-07-08  Netto         1100 / 3410      1'081.00  invoice  UN81
    2026-07-09  Satz gezeigt  1100 / 3410      1'000.00  invoice  WIE
    2026-12-31  Waren         1200 / 2000     50'000.00  manual
"""


@pytest.mark.parametrize("code", list(CheckSet.from_modules(net_tax, net_tax_boundaries)))
def test_is_deterministic(code: str) -> None:
    check = CheckSet.from_modules(net_tax, net_tax_boundaries)[code]
    frames = frames_from_text(EVERYTHING, vat=VatSettings(method="net_tax"), codes=CODES)
    years(y2025="net_tax", y2026="net_tax", y2027="effective")(frames)
    approved(frames)
    mandate = mandate_for_tests(vat=VatSettings(method="net_tax", rhythm=Rhythm.ANNUAL), activities=ACTIVITIES)
    if code == "I08":
        years(y2025="effective", y2026="effective", y2027="net_tax")(frames)
    assert_deterministic(check_of(check.function), frames, period="2026", mandate=mandate)
