"""Family D: mixed use, private shares, subsidies and changes of use."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bexio_analytics import law
from bexio_analytics.checks import own_use
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import Car, Mandate
from bexio_analytics.testing import assert_flags_marked_lines, mandate_for_tests

if TYPE_CHECKING:
    from bexio_analytics.review import Finding

TAXED = """
        2026-07-02  Verkauf      1100 / 3200  108'100.00  invoice  UN81
        2026-07-03  Büromaterial  6500 / 1020   10'810.00  manual   VB81
"""


def test_excluded_turnover_without_correction() -> None:
    """Courses beside taxed sales: their share of the overhead's input tax is missing."""
    (finding,) = assert_flags_marked_lines(
        own_use.mixed_use_not_corrected,
        TAXED
        + """
        2026-07-04  Kurse        1100 / 3400   25'000.00  invoice  UNO
        <- D08
        """,
    )
    assert (finding.vat_effect, finding.ziffer, finding.amount) == (Decimal("162.00"), "415", Decimal("25000.00"))


@pytest.mark.parametrize(
    "line",
    [
        """2026-07-04  Kurse      1100 / 3400  25'000.00  invoice  UNO
           2026-07-05  Korrektur  1020 / 6500   1'081.00  manual   VEV""",
        "2026-07-04  Kurse      1100 / 3400     900.00  invoice  UNO",
        "2026-07-04  Zins       1020 / 6950  90'000.00  manual   UNO",
        "2026-07-04  Miete      1100 / 7500  60'000.00  invoice  UNO",
        "2026-07-04  Miete      1100 / 7500  90'000.00  invoice  UO81",
        "2026-07-04  Export     1100 / 3210  90'000.00  invoice  UEX",
    ],
)
def test_excluded_turnover_that_needs_no_correction(line: str) -> None:
    """Corrected already, a trifle, below the limits of the lump sums, opted, or exempt with credit."""
    assert_flags_marked_lines(own_use.mixed_use_not_corrected, f"{TAXED}\n{line}")


@pytest.mark.parametrize(
    ("day", "line", "effect"),
    [
        ("2026-07-04", "Zins   1020 / 6950  300'000.00  manual   UNO", "60.00"),
        ("2026-07-04", "Miete  1100 / 7500   80'000.00  invoice  UNO", "56.00"),
        ("2024-07-04", "Miete  1100 / 7500   50'000.00  invoice  UNO", "35.00"),
    ],
)
def test_lump_sums_of_their_time(day: str, line: str, effect: str) -> None:
    """0.02 % of interest above 250'000 and 0.07 % of rent above 70'000, of rent above 10'000 before."""
    text = TAXED.replace("2026", day[:4]) + f"\n{day}  {line}\n<- D08"
    (finding,) = assert_flags_marked_lines(own_use.mixed_use_not_corrected, text, period=f"{day[:4]}-Q3")
    assert finding.vat_effect == Decimal(effect)


def test_lump_sums_are_dated() -> None:
    """The edition of 31.10.2025 raised the limits; the lump sums themselves stayed."""
    before, after = (law.lump_sum("mixed_use_interest", day) for day in (date(2025, 10, 30), date(2025, 10, 31)))
    assert (before.rate, before.above, before.share_above) == (Decimal("0.02"), Decimal(10_000), Decimal(5))
    assert (after.rate, after.above, after.share_above) == (Decimal("0.02"), Decimal(250_000), Decimal(0))
    assert law.lump_sum("car_private_share", date(2021, 12, 31)).rate == Decimal("0.8")
    with pytest.raises(KeyError, match="no lump sum bicycle"):
        law.lump_sum("bicycle", date(2026, 1, 1))


def months(text: str, first: int = 1) -> str:
    """The same line at the end of every month from October 2025 to September 2026."""
    days = [f"2025-{month}-28" for month in (10, 11, 12)] + [f"2026-{month:02}-28" for month in range(1, 10)]
    return "\n".join(f"{day}  {text}" for day in days[first - 1 :])


KOMBI = mandate_for_tests(cars={"Kombi": Car("Kombi", Decimal("43000.00"))})


def test_car_without_private_share() -> None:
    """0.9 % of 43'000 a month contain CHF 347.98 VAT a year (the ESTV rounds the sum, we month by month)."""
    (finding,) = assert_flags_marked_lines(
        own_use.car_private_share_missing,
        months("Treibstoff  6210 / 1020  54.05  expense  VB81") + "\n<- D09",
        mandate=KOMBI,
    )
    assert finding.vat_effect == 12 * Decimal("29.00")
    assert (finding.amount, finding.ziffer) == (Decimal("4644.00"), "303")


def test_private_share_too_low() -> None:
    """The minimum of CHF 150 is booked, 387 are due."""
    (finding,) = assert_flags_marked_lines(
        own_use.car_private_share_missing,
        months("Privatanteil Fahrzeug  5000 / 3690  150.00  manual  UN81") + "\n<- D09",
        mandate=KOMBI,
    )
    assert finding.vat_effect == 12 * (Decimal("29.00") - Decimal("11.24"))


@pytest.mark.parametrize(
    ("text", "cars"),
    [
        (months("Privatanteil Fahrzeug  5000 / 3690  387.00  manual  UN81"), KOMBI),
        (
            months("Lohn  5000 / 1020  5000.00  other")
            + "\n2025-12-31  Privatanteil PW 2025  5000 / 3690  4'644.00  manual  UN81",
            KOMBI,
        ),
        (
            months("Treibstoff  6210 / 1020  54.05  expense  VB81"),
            mandate_for_tests(cars={"Van": Car("Van", Decimal("43000.00"), has_private_share=False)}),
        ),
        (
            months("Treibstoff  6210 / 1020  54.05  expense  VB81"),
            mandate_for_tests(cars={"Alt": Car("Alt", Decimal("43000.00"), valid_till=date(2025, 9, 30))}),
        ),
        (months("Treibstoff  6210 / 1020  54.05  expense  VB81"), mandate_for_tests()),
    ],
)
def test_private_share_that_is_right(text: str, cars: Mandate) -> None:
    """Booked monthly or once a year, no private use, sold before, and no car at all."""
    assert_flags_marked_lines(own_use.car_private_share_missing, text, mandate=cars)


def test_share_of_a_cheap_car_and_of_part_of_a_year() -> None:
    """At least CHF 150 a month, from the month it is held; the owner corrects input tax instead of a supply."""
    mandate = mandate_for_tests(cars={"Klein": Car("Klein", Decimal("9000.00"), valid_from=date(2026, 6, 15))})
    text = months("Bezug  2850 / 1020  1'000.00  other") + "\n<- D09"
    # the month in which it was bought counts from its first day on
    (finding,) = assert_flags_marked_lines(own_use.car_private_share_missing, text, mandate=mandate)
    assert (finding.amount, finding.vat_effect, finding.ziffer) == (Decimal("600.00"), 4 * Decimal("11.24"), "415")


def test_vehicle_account_stands_for_cars_that_nobody_named() -> None:
    """Without a list: at the balance of the account, if twelve months hold no private share."""
    text = "2025-10-01  Personenwagen  1530 / 2000  43'000.00  bill\n" + months("Miete  6000 / 1020  1'000.00  manual")
    (finding,) = assert_flags_marked_lines(own_use.car_private_share_missing, text + "\n<- D09")
    assert finding.vat_effect == 12 * Decimal("29.00")
    booked = text + "\n2026-03-31  Privatanteil Fahrzeug  5000 / 3690  150.00  manual  UN81"
    assert_flags_marked_lines(own_use.car_private_share_missing, booked)
    young = "2026-01-05  Personenwagen  1530 / 2000  43'000.00  bill\n" + months(
        "Miete  6000 / 1020  1'000.00  manual", first=4
    )
    assert_flags_marked_lines(own_use.car_private_share_missing, young)


def test_cars_are_read_from_settings(tmp_path: Path) -> None:
    """Whole or not at all, with every problem in one message."""
    folder = tmp_path / "muster"
    folder.mkdir()
    head = 'name = "Muster"\n[vat]\nmethod = "effective"\nbasis = "agreed"\nrhythm = "quarter"\n'
    file = folder / "mandate.toml"
    file.write_text(head + '[cars."Kombi"]\nprice = 43000.50\nvalid_from = 2025-04-01\n', "utf-8")
    assert Mandate.load(folder).cars == {"Kombi": Car("Kombi", Decimal("43000.50"), date(2025, 4, 1))}
    wrong = '[cars.A]\nprise = 1\nvalid_from = 2026-01-01\nvalid_till = 2025-01-01\nhas_private_share = "ja"\n'
    file.write_text(head + wrong, "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        Mandate.load(folder)
    message = str(raised.value)
    for part in (
        "cars.A.price: is missing",
        "cars.A.prise: is unknown",
        "lies before valid_from",
        "write true or false",
    ):
        assert part in message


DRAWN = months("Privatbezug Inhaber  2850 / 1020  2'000.00  other")
PHONE = months("Telefon  6510 / 2000  108.10  bill  VB81  contact=Telecom AG/CH")


def test_own_use_of_proprietor_missing() -> None:
    """The private account moves all year and no share is booked: 20 % of the tax on telephone and energy."""
    (finding,) = assert_flags_marked_lines(own_use.own_use_of_proprietor_missing, f"{DRAWN}\n{PHONE}\n<- D10")
    assert (finding.vat_effect, finding.amount) == (Decimal("19.44"), Decimal("24000.00"))


@pytest.mark.parametrize(
    "text",
    [
        f"{DRAWN}\n{PHONE}\n2025-12-31  Privatanteil Telefon  2850 / 6510  300.00  manual  VEV  side=credit",
        f"{DRAWN}\n{PHONE}\n2025-12-31  Eigenverbrauch Waren  2850 / 3710  300.00  manual  UN81",
        "\n".join(DRAWN.splitlines()[6:]),
        PHONE,
    ],
)
def test_own_use_that_is_no_question(text: str) -> None:
    """Corrected, declared, less than a year in the books, and a company."""
    assert_flags_marked_lines(own_use.own_use_of_proprietor_missing, text)


SUBSIDY = """
        2026-07-02  Verkauf       1100 / 3200  97'290.00  invoice  UN81
        2026-07-03  Maschine      1500 / 2000  10'810.00  bill     VB81
        2026-07-04  Förderbeitrag  1020 / 3600  10'000.00  manual  SUB
"""


def test_subsidy_without_reduction() -> None:
    """810.00 input tax × 10'000 / (90'000 + 10'000)."""
    (finding,) = assert_flags_marked_lines(own_use.subsidy_without_reduction, SUBSIDY + "<- D13")
    assert (finding.vat_effect, finding.ziffer) == (Decimal("81.00"), "420")


def test_subsidy_with_reduction_and_donation() -> None:
    """Reduced in Ziffer 420; donations and damages (910) reduce nothing."""
    assert_flags_marked_lines(
        own_use.subsidy_without_reduction, SUBSIDY + "2026-07-05  Kürzung  1020 / 1500  1'081.00  manual  VKÜ"
    )
    assert_flags_marked_lines(own_use.subsidy_without_reduction, SUBSIDY.replace("SUB", "SPE"))


def test_building_cost_of_excluded_rent() -> None:
    """A quarter of the rent is not opted; premises count where property is in the books."""
    findings = assert_flags_marked_lines(
        own_use.building_cost_of_excluded_rent,
        """
        2025-12-01  Haus             1600 / 2400  500'000.00  manual
        2026-07-01  Miete Laden      1100 / 7500    8'107.50  invoice  UO81
        2026-07-01  Miete Wohnung    1100 / 7500    2'500.00  invoice  UNO
        2026-07-02  Dach             7510 / 2000   10'810.00  bill     VB81    <- D14
        2026-07-03  Fassade          6000 / 2000    1'081.00  bill     VB81    <- D14
        2026-07-04  Büromaterial     6500 / 2000    1'081.00  bill     VB81
        """,
    )
    assert {finding.values["account_no"]: finding.vat_effect for finding in findings} == {
        "7510": Decimal("202.50"),
        "6000": Decimal("20.25"),
    }


@pytest.mark.parametrize(
    "change",
    [
        ("UNO", "UO81"),
        ("10'810.00  bill     VB81", "10'810.00  bill     V00"),
        ("<end>", "2026-07-05  Dach Anteil Wohnung  7510 / 2000  3'334.00  bill"),
        ("<end>", "2026-07-05  Korrektur  1020 / 7510  1'081.00  manual  VEV"),
    ],
)
def test_building_cost_that_is_allocated(change: tuple[str, str]) -> None:
    """All opted, nothing deducted, coded for the opted part alone, or corrected."""
    text = """
        2026-07-01  Miete Laden      1100 / 7500    8'107.50  invoice  UO81
        2026-07-01  Miete Wohnung    1100 / 7500    2'500.00  invoice  UNO
        2026-07-02  Dach             7510 / 2000   10'810.00  bill     VB81
        2026-07-03  Fremde Räume     6000 / 2000    1'081.00  bill     VB81
        <end>"""
    assert_flags_marked_lines(own_use.building_cost_of_excluded_rent, text.replace(*change).replace("<end>", ""))


def changes(text: str) -> tuple[Finding, ...]:
    return assert_flags_marked_lines(own_use.change_of_use_not_declared, text)


def test_asset_taken_out() -> None:
    """At what the years have left of its tax; of an asset from the opening balance at book value."""
    findings = changes("""
        2024-05-02  Notebook             1520 / 2000   2'162.00  bill    VB81
        2026-07-03  Notebook privat      2850 / 1520   2'000.00  manual          <- D15
        2026-07-04  Bild an Aktionär     2970 / 1510   1'000.00  manual          <- D15
        2026-07-05  Regal an Inhaber     2850 / 1510     540.50  manual  UN81
        2026-07-06  Abschreibung         6800 / 1509     500.00  manual
        2026-07-07  Verkauf              1020 / 1510     500.00  manual
    """)
    assert {(finding.vat_effect, finding.ziffer) for finding in findings} == {
        (Decimal("97.20"), "415"),
        (Decimal("81.00"), "303"),
    }


def test_change_on_the_last_day_of_the_year() -> None:
    """The year of the change then counts in full (Art. 70 MWSTV)."""
    (finding,) = assert_flags_marked_lines(
        own_use.change_of_use_not_declared,
        """
        2024-05-02  Notebook             1520 / 2000   2'162.00  bill    VB81
        2026-12-31  Notebook privat      2850 / 1520   2'000.00  manual          <- D15
        """,
        period="2026-Q4",
    )
    assert finding.vat_effect == Decimal("64.80")


def test_tenant_without_option_from_now_on() -> None:
    """The first rent without option of a tenant who had it; others never had, or still have it."""
    (finding,) = changes("""
        2026-06-01  Miete Juni       1100 / 7500    1'081.00  invoice  UO81  contact=Laden AG/CH
        2026-07-01  Miete Juli       1100 / 7500    1'000.00  invoice  UNO   contact=Laden AG/CH      <- D15
        2026-08-01  Miete August     1100 / 7500    1'000.00  invoice  UNO   contact=Laden AG/CH
        2026-07-01  Miete Wohnung    1100 / 7500    2'000.00  invoice  UNO   contact=Meier/CH
        2026-07-02  Miete Büro       1100 / 7500    1'081.00  invoice  UO81  contact=Büro AG/CH
    """)
    assert finding.vat_effect is None


def test_end_of_the_registration() -> None:
    """What is left of the input tax of all assets, account by account, in the last period."""

    def until_2026(tables: dict[str, pl.DataFrame]) -> None:
        subject = pl.col("start").dt.year() <= 2026
        tables["calendar_year"] = tables["calendar_year"].with_columns(is_vat_subject=subject)

    text = """
        2024-05-02  Maschine   1500 / 2000  10'810.00  bill    VB81    <- D15
        2026-05-02  Maschine   1500 / 2000   1'081.00  bill    VB81
        2020-05-02  Alt        1510 / 2000   1'077.00  bill    VB77
        2025-05-02  Umbau      1600 / 2000   2'162.00  bill    VB81    <- D15
        2026-11-10  Verkauf    1100 / 3200     500.00  invoice  UN81
        2027-01-10  Verkauf    1100 / 3200     500.00  invoice
    """
    check = own_use.change_of_use_not_declared
    findings = assert_flags_marked_lines(check, text, period="2026-Q4", edit=until_2026)
    assert {each.vat_effect for each in findings} == {Decimal("324.00") + Decimal("64.80"), Decimal("145.80")}
    assert_flags_marked_lines(check, text.replace("<- D15", ""), period="2026-Q3", edit=until_2026)


def test_relief_without_support() -> None:
    """A claim without a file; with one attached, or a trifle, it is left alone."""
    (finding,) = assert_flags_marked_lines(
        own_use.relief_without_support,
        """
        2026-07-03  Einlageentsteuerung  1510 / 1020  540.50  manual  VES             <- D16
        2026-07-04  Einlageentsteuerung  1510 / 2000  540.50  bill    VES  files=1
        2026-07-05  Einlage Restposten   1510 / 1020   54.05  manual  VES
        2026-07-06  Möbel                1510 / 2000  540.50  bill    VB81
        """,
    )
    assert (finding.vat_effect, finding.ziffer) == (Decimal("40.50"), "410")
