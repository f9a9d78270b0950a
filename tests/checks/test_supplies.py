"""Family A: the kind of supply a code names, against what booking and document say."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from bexio_analytics.checks import supplies
from bexio_analytics.mandate import VatSettings
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import check_of, run_check, set_period
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text, mandate_for_tests

NET_TAX = mandate_for_tests(vat=VatSettings(method="net_tax"))


def test_operating_cost_in_box_400() -> None:
    """Cost and assets with material codes; freight, staff lent by others, stock and what is small are left out."""
    (finding,) = assert_flags_marked_lines(
        supplies.input_tax_in_the_other_box,
        """
        2026-07-02  Ladenkasse        1520 / 2000  2'162.00  bill     VM81
        2026-07-03  Büromaterial      6500 / 1020  1'081.00  manual   VM81
        2026-07-03  Büromaterial      6500 / 1020    -54.05  manual   VM81
        2026-07-04  Werbung           6600 / 2000  1'000.00  bill     BZM81  contact=Ads Ltd/IE
        2026-07-05  Temporäre         5900 / 2000    540.50  bill     VM81
        2026-07-06  Ware an Lager     1200 / 2000    540.50  bill     VM81
        2026-07-07  Ware              4200 / 2000    540.50  bill     VM81
        2026-07-08  Miete             6000 / 2000    540.50  bill     VB81
        2026-06-08  Büromaterial      6500 / 1020  9'081.00  manual   VM81
        <- A05
        """,
    )
    # 162.00 on 1520, 81.00 - 4.05 on 6500, 81.00 of acquisition tax on 6600
    assert (finding.amount, finding.vat_effect, finding.ziffer) == (Decimal("319.95"), Decimal("0.00"), "400")
    assert (finding.values["accounts"], finding.values["right_ziffer"]) == ("1520, 6600, 6500", "405")
    assert finding.evidence["bookings"] == 4


def test_material_in_box_405() -> None:
    """Goods with an investment code; energy may stand in either box."""
    (finding,) = assert_flags_marked_lines(
        supplies.input_tax_in_the_other_box,
        """
        2026-07-03  Ware              4200 / 2000  1'081.00  bill  VB81
        2026-07-03  Energie           4500 / 2000    540.50  bill  VB81
        2026-07-04  Büro              6500 / 2000    540.50  bill  VB81
        2026-07-05  Einfuhrsteuer     4200 / 2000     81.00  bill  ZOLLB
        <- A05
        """,
    )
    assert (finding.amount, finding.ziffer, finding.values["right_ziffer"]) == (Decimal("81.00"), "405", "400")


@pytest.mark.parametrize(
    ("name", "amount"), [("Frachten und Porti", "1'081.00"), ("Büromaterial", "108.00")], ids=["freight", "too small"]
)
def test_input_tax_that_may_stay_where_it_is(name: str, amount: str) -> None:
    def rename(frames: dict[str, pl.DataFrame]) -> None:
        frames["account"] = frames["account"].with_columns(
            pl.when(pl.col("account_no") == "6520").then(pl.lit(name)).otherwise(pl.col("name")).alias("name")
        )

    assert_flags_marked_lines(
        supplies.input_tax_in_the_other_box,
        f"2026-07-03  Versand  6520 / 2000  {amount}  bill  VM81",
        edit=rename,
    )


def test_untaxed_supply_to_domestic_customer() -> None:
    """Export and foreign codes for customers at home; proof, missions and unknown countries are left alone."""
    findings = assert_flags_marked_lines(
        supplies.untaxed_supply_to_domestic_customer,
        """
        2026-07-03  Pfannen                     1100 / 3210  1'081.00  invoice  UEX   contact=Küche AG/CH       <- A08
        2026-07-04  Gläser                      1100 / 3210    540.50  invoice  UEX   contact=Laden AG/LI       <- A08
        2026-07-05  Beratung                    1100 / 3410    108.10  invoice  ULA   contact=Küche AG/CH       <- A08
        2026-07-06  Gutschrift Gläser           1100 / 3210   -216.20  manual   UEX
        2026-07-07  Pfannen                     1100 / 3210  1'081.00  invoice  UEX   contact=Hausrat GmbH/DE
        2026-07-08  Teller, eVV 26CH0004711     1100 / 3210    800.00  invoice  UEX   contact=Küche AG/CH
        2026-07-09  Lieferung nach Mailand      1100 / 3210    900.00  invoice  UEX   contact=Küche AG/CH
        2026-07-10  Empfang                     1100 / 3210    700.00  invoice  UEX   contact=Botschaft Utopia/CH
        2026-07-11  Pfannen                     1100 / 3210    600.00  invoice  UEX   contact=Ohne Land
        2026-07-12  Pfannen                     1100 / 3200    108.10  invoice  UN81  contact=Küche AG/CH
        2026-07-13  Miete                       1100 / 7500    108.10  invoice  UNO   contact=Küche AG/CH
        """,
    )
    assert {(f.vat_effect, f.values["declared"], f.ziffer) for f in findings} == {
        (Decimal("81.00"), "220", "303"),
        (Decimal("40.50"), "220", "303"),
        (Decimal("8.10"), "221", "303"),
    }


def test_untaxed_supply_with_net_tax_rates() -> None:
    """It is as wrong as with the effective method; what is owed depends on the activity."""
    (finding,) = assert_flags_marked_lines(
        supplies.untaxed_supply_to_domestic_customer,
        "2026-07-03  Pfannen  1100 / 3210  1'081.00  invoice  UEX  contact=Küche AG/CH  <- A08",
        mandate=NET_TAX,
    )
    assert (finding.amount, finding.vat_effect) == (Decimal("1081.00"), None)


@pytest.mark.parametrize(("period", "effects"), [("2026-Q2", []), ("2026-Q3", [Decimal("40.50")])])
def test_untaxed_supply_is_found_when_it_is_collected(period: str, effects: list[Decimal]) -> None:
    """With collected consideration the box moves with the payment: found then, and not with the invoice."""
    collected = mandate_for_tests(vat=VatSettings(basis="collected"))
    text = """
        2026-05-03  Pfannen  1100 / 3210  1'081.00  invoice  UEX  contact=Küche AG/CH  no=RE-1
        2026-07-20  Eingang  1020 / 1100    540.50  payment  no=RE-1
    """
    reviewed = VatPeriod.parse(period)
    check = check_of(supplies.untaxed_supply_to_domestic_customer)
    with books_from_text(text, mandate=collected) as books:
        set_period(books, reviewed)
        result = run_check(check, books, collected, reviewed, {})
    assert [finding.vat_effect for finding in result.findings] == effects, result.note


def test_taxed_service_to_foreign_customer() -> None:
    """Services on 34xx or named so; goods, and what is taxed where it is done, are not asked about."""
    findings = assert_flags_marked_lines(
        supplies.taxed_service_to_foreign_customer,
        """
        2026-07-03  Beratung Sortiment          1100 / 3400  1'081.00  invoice  UN81  contact=Hausrat GmbH/DE   <- A09
        2026-07-04  Lizenzgebühr Juli           1100 / 3600    540.50  invoice  UN81  contact=Conseil Sàrl/LU   <- A09
        2026-07-05  Fachbuch als Abonnement     1100 / 3600    102.60  invoice  UR26  contact=Conseil Sàrl/LU   <- A09
        2026-07-06  Pfannen, Selbstabholer      1100 / 3200  1'081.00  invoice  UN81  contact=Hausrat GmbH/DE
        2026-07-07  Beratung Umbau Liegenschaft  1100 / 3400  1'081.00  invoice  UN81  contact=Hausrat GmbH/DE
        2026-07-08  Kurs Warenkunde in Zürich   1100 / 3400  1'081.00  invoice  UN81  contact=Hausrat GmbH/DE
        2026-07-09  Beratung                    1100 / 3400  1'081.00  invoice  UN81  contact=Kunde AG/CH
        2026-07-10  Beratung                    1100 / 3400  1'081.00  invoice  UN81  contact=Kunde AG/LI
        2026-07-11  Beratung                    1100 / 3400  1'081.00  invoice  UN81  contact=Ohne Land
        2026-07-12  Beratung                    1100 / 3410  1'000.00  invoice  ULA   contact=Hausrat GmbH/DE
        2026-07-13  Beratung                    1100 / 3400  1'081.00  invoice  UN81  contact=P/DE  vat=CHE-116.281.271
        """,
    )
    assert sorted((f.vat_effect, f.ziffer) for f in findings if f.vat_effect) == [
        (Decimal("-81.00"), "303"),
        (Decimal("-40.50"), "303"),
        (Decimal("-2.60"), "313"),
    ]


BEFORE = "2026-02-03  Verkauf  1100 / 3200  100'000.00  invoice  U00\n"


def test_excluded_supply_outside_the_profile() -> None:
    """Operating revenue alone, and not what is no supply at all."""
    findings = assert_flags_marked_lines(
        supplies.excluded_supply_outside_the_profile,
        BEFORE
        + """
        2026-07-03  Beratung              1100 / 3400  1'081.00  invoice  UNO   <- A10
        2026-07-04  Storno Beratung       3400 / 1100    216.20  manual   UNO   <- A10
        2026-07-05  Schadenersatz         1020 / 3600    540.50  manual   UNO
        2026-07-05  Weiterverrechnete Auslagen  1020 / 3600  540.50  manual  UNO
        2026-07-06  Miete Lager           1100 / 7500    540.50  invoice  UNO
        2026-07-06  Zins                  1020 / 6950    540.50  manual   UNO
        2026-07-07  Beratung              1100 / 3400  1'081.00  invoice  UN81
        """,
    )
    assert sorted((f.vat_effect, f.ziffer) for f in findings if f.vat_effect) == [
        (Decimal("-16.20"), "303"),
        (Decimal("81.00"), "303"),
    ]


@pytest.mark.parametrize(
    ("before", "default_codes"),
    [
        ("", {}),
        (BEFORE + "2026-03-03  Kurs  1100 / 3400  2'000.00  invoice  UNO\n", {}),
        (BEFORE, {"3400": "UNO"}),
    ],
    ids=["nothing known of the time before", "two percent were excluded before", "the account is for it"],
)
def test_excluded_supply_within_the_profile(before: str, default_codes: dict[str, str]) -> None:
    assert_flags_marked_lines(
        supplies.excluded_supply_outside_the_profile,
        before + "2026-07-03  Kurs  1100 / 3400  1'081.00  invoice  UNO",
        default_codes=default_codes,
    )


def person(frames: dict[str, pl.DataFrame]) -> None:
    """Make contacts whose name begins with "Frau" private persons."""
    rows = frames["contact"].to_dicts()
    frames["contact"] = TABLES["contact"].frame(
        [{**row, "contact_type_id": 2 if row["name_1"].startswith("Frau") else 1} for row in rows]
    )


def test_option_without_right() -> None:
    """Dwellings, persons, insurance and finance; business space and firms may be opted for."""
    findings = assert_flags_marked_lines(
        supplies.option_without_right,
        """
        2026-07-01  Miete 3-Zimmer-Wohnung   1100 / 7500  1'081.00  invoice  UO81  contact=Kunde AG/CH        <- A13
        2026-07-01  Miete Raum 12            1100 / 7500    540.50  invoice  UO81  contact=Frau Muster/CH     <- A13
        2026-07-01  Versicherungsprovision   1100 / 3400    216.20  invoice  UO81  contact=Kunde AG/CH        <- A13
        2026-07-01  Miete Praxis             1100 / 7500  1'081.00  invoice  UO81  contact=Frau Muster/CH
        2026-07-01  Miete Laden und Wohnung  1100 / 7500  1'081.00  invoice  UO81  contact=Kunde AG/CH
        2026-07-01  Mietzins Raum 14         1100 / 7500  1'081.00  invoice  UO81  contact=Kunde AG/CH
        2026-07-01  Miete Raum 15           1100 / 7500  1'081.00  invoice  UO81  contact=Frau A/CH  vat=CHE-116.281.271
        2026-07-01  Miete Raum 16            1020 / 7500  1'081.00  manual   UO81
        2026-07-01  Miete Wohnung            1100 / 7500  1'081.00  invoice  UNO   contact=Frau Muster/CH
        """,
        edit=person,
    )
    assert {(f.values["reason"], f.vat_effect, f.ziffer) for f in findings} == {
        ("what is used as a dwelling cannot be opted for", Decimal("-81.00"), "303"),
        ("the customer is a private person", Decimal("-40.50"), "303"),
        ("insurance, finance and gambling cannot be opted for", Decimal("-16.20"), "303"),
    }


@pytest.mark.parametrize(
    ("name", "text", "mark"),
    [
        ("Mietertrag Lager", "Miete 2-Zimmer-Wohnung", "<- A13"),
        ("Mietertrag Lager", "Miete September", ""),
        ("Mietertrag Wohnungen", "Miete September", "<- A13"),
        ("Mietertrag Wohnungen", "Miete Laden EG", ""),
        ("Zinsertrag Darlehen", "September", "<- A13"),
    ],
)
def test_option_by_the_name_of_the_account(name: str, text: str, mark: str) -> None:
    """The text says more than the account, but where it says nothing the account speaks."""

    def edit(frames: dict[str, pl.DataFrame]) -> None:
        person(frames)
        frames["account"] = frames["account"].with_columns(
            pl.when(pl.col("account_no") == "7500").then(pl.lit(name)).otherwise(pl.col("name")).alias("name")
        )

    assert_flags_marked_lines(
        supplies.option_without_right,
        f"2026-07-01  {text}  1100 / 7500  1'081.00  invoice  UO81  contact=Frau Muster/CH  {mark}",
        edit=edit,
    )


def test_lower_rate_outside_the_activity() -> None:
    """Sales and purchases at a low rate without a word that speaks for it."""
    findings = assert_flags_marked_lines(
        supplies.lower_rate_outside_the_activity,
        """
        2026-07-03  Pfannenset               1100 / 3200  1'026.00  invoice      UR26                        <- A14
        2026-07-04  Beratung                 1100 / 3400  1'038.00  invoice      US38                        <- A14
        2026-07-05  Drucker                  6500 / 2000  1'026.00  bill         VB26  contact=Büro AG/CH    <- A14
        2026-07-06  Umbuchung Pfannen        3200 / 1020  1'026.00  manual       UR26                        <- A14
        2026-07-07  Kochbuch                 1100 / 3200  1'026.00  invoice      UR26
        2026-07-08  Zimmer mit Frühstück     1100 / 3400  1'038.00  invoice      US38
        2026-07-09  Rechnung 4711            6500 / 2000  1'026.00  bill         VB26  contact=Bäckerei Huus/CH
        2026-07-10  Reise nach Genf          6640 / 1020  1'038.00  expense      VB38
        2026-07-11  Pfannenset               1100 / 3200     51.30  invoice      UR26
        2026-07-12  Pfannenset               1100 / 3200  1'081.00  invoice      UN81
        """,
    )
    effects = {(f.values["account_no"], f.values["tax_code"], f.vat_effect) for f in findings}
    assert effects == {
        ("3200", "UR26", Decimal("55.00")),
        ("3200", "UR26", Decimal("-55.00")),
        ("3400", "US38", Decimal("43.00")),
        # 26.00 deducted, 76.88 contained in 1'026.00 at 8.1 %
        ("6500", "VB26", Decimal("-50.88")),
    }
    assert {f.ziffer for f in findings} == {"313", "343", "405"}


@pytest.mark.parametrize(
    ("before", "default_codes", "mark"),
    [
        (3, {}, ""),
        (2, {}, "<- A14"),
        (0, {"3200": "UR26"}, ""),
        (0, {"3200": "US38"}, "<- A14"),
    ],
)
def test_account_that_knows_the_rate(before: int, default_codes: dict[str, str], mark: str) -> None:
    """Three bookings in two years, or the default code; another low rate does not count."""
    history = "\n".join(f"2025-0{n}-03  Verkauf  1100 / 3200  513.00  invoice  UR26" for n in range(1, before + 1))
    assert_flags_marked_lines(
        supplies.lower_rate_outside_the_activity,
        f"{history}\n2026-07-03  Artikel 12  1100 / 3200  1'026.00  invoice  UR26  {mark}",
        default_codes=default_codes,
    )


def test_flow_without_consideration_as_revenue() -> None:
    """Grants, donations, dividends and damages, coded or not; sponsoring and membership are something in return."""
    findings = assert_flags_marked_lines(
        supplies.flow_without_consideration_as_revenue,
        """
        2026-07-03  Subvention Kanton Bern     1020 / 3600  1'081.00  manual  UN81                             <- A15
        2026-07-04  Beitrag Kulturnacht        1100 / 3600    540.50  invoice  UN81  contact=Gemeinde Rafz/CH   <- A15
        2026-07-05  Spende Anlass              1020 / 3600    500.00  manual                                   <- A15
        2026-07-06  Dividende Beteiligung      1020 / 6950    300.00  manual  UNO                              <- A15
        2026-07-07  Versicherungsleistung      1020 / 8510    216.20  manual  UN81                             <- A15
        2026-07-08  Förderbeitrag              1020 / 3600    900.00  manual  SUB
        2026-07-08  Schadenersatz              1020 / 8510    900.00  manual  SPE
        2026-07-09  Sponsoring Spende Logo     1020 / 3600  1'081.00  manual  UN81
        2026-07-10  Mitgliederbeitrag          1100 / 3600    108.10  invoice  UN81  contact=Gemeinde Rafz/CH
        2026-07-11  Wasserspender              1100 / 3200  1'081.00  invoice  UN81  contact=Gemeinde Rafz/CH
        2026-07-12  Zinsgutschrift             1020 / 6950     40.00  manual  UNO
        2026-07-13  Spende an Verein           6700 / 1020    100.00  manual
        """,
    )
    told = {f.values["description"]: (f.vat_effect, f.values["right_ziffer"], f.ziffer) for f in findings}
    assert told == {
        "Subvention Kanton Bern": (Decimal("-81.00"), "900", "303"),
        "Beitrag Kulturnacht": (Decimal("-40.50"), "900", "303"),
        "Spende Anlass": (None, "910", "910"),
        "Dividende Beteiligung": (None, "910", "910"),
        "Versicherungsleistung": (Decimal("-16.20"), "910", "303"),
    }
