"""Family E, second part: goods across the border, import tax, exports and platforms."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl

from bexio_analytics.checks import entitlement, goods_abroad
from bexio_analytics.mandate import VatSettings
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import assert_flags_marked_lines, mandate_for_tests

COLLECTED = mandate_for_tests(vat=VatSettings(basis="collected"))

ACQUISITION_ON_GOODS = """
    2026-07-03  Steinzeug                 4200 / 2000  1'000.00  bill    BZM81  contact=Huber GmbH/DE       <- E05
    2026-07-04  Verkaufsregale            1510 / 2000  2'000.00  bill    BZB81  contact=Regale Ulm/DE       <- E05
    2026-07-05  Lager                     1200 / 1020    500.00  manual  BZM81                              <- E05
    2026-07-06  Montage Ladentheke        1510 / 2000  3'000.00  bill    BZB81  contact=Regale Ulm/DE
    2026-07-07  Softwarelizenz            4200 / 2000    700.00  bill    BZM81  contact=Huber GmbH/DE
    2026-07-08  Bildarchiv                4200 / 2000    700.00  bill    BZM81  contact=Adobe Systems/IE
    2026-07-09  Erdgas                    4000 / 2000    700.00  bill    BZM81  contact=Gaswerk/DE
    2026-07-10  Werbung                   6600 / 2000    700.00  bill    BZB81  contact=Huber GmbH/DE
    2026-07-11  Geschirr                  4200 / 2000    700.00  bill    BZM81  contact=Inland AG/CH
    2026-07-12  Geschirr                  4200 / 2000    700.00  bill    VIM    contact=Huber GmbH/DE
    2026-07-13  Verlagerungsverfahren Juli  4200 / 2000  700.00  manual  BZM81
"""


def test_acquisition_tax_on_goods() -> None:
    """Goods accounts only; works done here, services, energy and domestic suppliers are another matter."""
    findings = assert_flags_marked_lines(goods_abroad.acquisition_tax_on_goods, ACQUISITION_ON_GOODS)
    assert {(f.vat_effect, f.ziffer) for f in findings} == {(Decimal("0.00"), "383")}
    assert sorted(f.amount or 0 for f in findings) == [Decimal(500), Decimal(1000), Decimal(2000)]


def test_acquisition_tax_on_goods_with_one_leg() -> None:
    """Where nothing was deducted, the tax was paid a second time."""
    (found,) = assert_flags_marked_lines(
        goods_abroad.acquisition_tax_on_goods,
        "2026-07-03  Steinzeug  4200 / 2000  1'000.00  bill  BZM81  contact=Huber GmbH/DE  leg=owed  <- E05",
    )
    assert found.vat_effect == Decimal("-81.00")


def test_accounts_for_goods_can_be_set() -> None:
    """A mandate that buys services on 4300 says so."""
    text = "2026-07-03  Leistungen  4300 / 2000  1'000.00  bill  BZM81  contact=Huber GmbH/DE"
    assert_flags_marked_lines(goods_abroad.acquisition_tax_on_goods, f"{text}  <- E05")
    services = mandate_for_tests(accounts={"4300": {"is_goods": False}})
    assert_flags_marked_lines(goods_abroad.acquisition_tax_on_goods, text, mandate=services)


IMPORT_TAX = """
    2026-07-03  Einfuhrsteuer Juni          4210 / 2000    240.00  bill     ZOLLM  contact=Spedition AG/CH  <- E06
    2026-07-04  Einfuhrsteuer Regal         1510 / 2000    620.00  bill     ZOLLB  contact=Zollamt/CH  no=4711  <- E06
    2026-07-05  Einfuhrsteuer bar           4210 / 1020    112.40  expense  ZOLLM  contact=Spedition AG/CH  <- E06
    2026-07-06  Einfuhrsteuer               4210 / 1020     90.00  manual   ZOLLM  no=BU-2026-17  <- E06
    2026-07-07  Einfuhrsteuer               4210 / 2000    240.00  bill     ZOLLM  contact=Zollamt/CH  files=1
    2026-07-08  Einfuhrsteuer               4210 / 2000    240.00  bill     ZOLLM  contact=Zollamt/CH  no=eVV-260708-3
    2026-07-09  MWST 26CHEI000000471113     4210 / 2000    240.00  bill     ZOLLM  contact=Zollamt/CH
    2026-07-10  Veranlagung Nr. 4711        4210 / 1020    240.00  manual   ZOLLM
    2026-07-11  Einfuhrsteuer               4210 / 2000      4.00  bill     ZOLLM  contact=Zollamt/CH
    2026-07-12  Ware                        4200 / 2000    108.10  bill     VM81   contact=Inland AG/CH
"""


def test_import_tax_without_assessment() -> None:
    """No file and no number; the number of a forwarder's invoice or of a manual entry is none of customs."""
    findings = assert_flags_marked_lines(goods_abroad.import_tax_without_assessment, IMPORT_TAX)
    effects = [(str(f.vat_effect), f.ziffer) for f in findings]
    assert sorted(effects) == [("112.40", "400"), ("240.00", "400"), ("620.00", "405"), ("90.00", "400")]


def test_import_tax_of_an_export_is_not_judged() -> None:
    """Nobody knows the files of a journal that came as a file."""
    text = "2026-07-03  Einfuhrsteuer Juni  4210 / 2000  240.00  export  ZOLLM"
    assert_flags_marked_lines(goods_abroad.import_tax_without_assessment, text)


def test_import_tax_is_asked_for_once_under_collected_consideration() -> None:
    """With the document, not again with its payment."""
    assert_flags_marked_lines(goods_abroad.import_tax_without_assessment, IMPORT_TAX, mandate=COLLECTED)


FORWARDERS = """
    2026-05-20  Töpfe                     4210 / 2000  3'000.00  bill     VIM    contact=Huber GmbH/DE
    2026-07-03  Import Container          4270 / 2000  1'390.00  bill     VM81   contact=Spedition Gotthard/CH  <- E07
    2026-07-04  Bezahlung der Spediteursrechnung   6513 / 1020    312.40  expense  VM81  <- E07
    2026-07-05  Transport nach Chur       4270 / 2000    540.50  bill     VM81   contact=Spedition Gotthard AG/CH
    2026-07-06  Import Fracht             4270 / 2000    216.20  bill     VM81   contact=Cargo Zürich/CH  doc=A
    2026-07-06  Einfuhrsteuer 26000137    4210 / 2000    243.00  bill     ZOLLM  contact=Cargo Zürich/CH  doc=A
    2026-07-07  Import Fracht             4270 / 2000    200.00  bill     V00    contact=Cargo Zürich/CH
    2026-07-08  Importware Teller         4200 / 2000  1'081.00  bill     VM81   contact=Grosshandel AG/CH
    2026-07-20  Einfuhrsteuer Töpfe       4210 / 2000    279.45  bill     ZOLLM  contact=Zollamt/CH
    2026-07-21  Einfuhrsteuer Töpfe       4210 / 2000  2'430.00  bill     ZOLLM  contact=Zollamt/CH  <- E07
"""


def test_import_tax_does_not_fit_goods() -> None:
    """A forwarder's invoice for an import with one code, and import tax of ten times the goods."""
    findings = assert_flags_marked_lines(goods_abroad.import_tax_does_not_fit_goods, FORWARDERS)
    assert {str(f.amount): f.vat_effect for f in findings} == {
        "1390.00": None,
        "312.40": None,
        "2430.00": Decimal("2430.00") - Decimal("243.00"),
    }


def test_collective_assessment_fits_all_goods_of_its_weeks() -> None:
    """Foreign goods without a code count as well; where no purchase is known, nothing is compared."""
    text = """
    2026-06-20  Töpfe        4200 / 2000  2'000.00  bill        contact=Huber GmbH/DE
    2026-07-20  Pfannen      4200 / 2000  1'000.00  bill  VIM   contact=Huber GmbH/DE
    2026-07-31  Einfuhrsteuer Juli  4210 / 2000  243.00  bill  ZOLLM  contact=Zollamt/CH
    """
    assert_flags_marked_lines(goods_abroad.import_tax_does_not_fit_goods, text)
    alone = "2026-07-31  Einfuhrsteuer Juli  4210 / 2000  243.00  bill  ZOLLM  contact=Zollamt/CH"
    assert_flags_marked_lines(goods_abroad.import_tax_does_not_fit_goods, alone)
    marked = text.replace("contact=Zollamt/CH", "contact=Zollamt/CH  <- E07")
    assert_flags_marked_lines(goods_abroad.import_tax_does_not_fit_goods, marked, days_before=15, days_after=0)


SWISS_CODE = """
    2026-07-03  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Huber GmbH/DE    <- E08
    2026-07-04  Maschine    1500 / 2000  2'162.00  bill     VB81   contact=Huber GmbH/DE    <- E08
    2026-07-04  Messestand  6600 / 1020    540.50  expense  VB81   contact=Fiera/IT         <- D04
    2026-07-05  Gutschrift  2000 / 4200    108.10  manual   VM81
    2026-07-06  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Vetter GmbH/DE  vat=CHE-116.281.271 MWST
    2026-07-07  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Balzers AG/LI
    2026-07-07  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Inland AG/CH
    2026-07-08  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Ohne Land
    2026-07-09  Ware        4200 / 2000  1'000.00  bill     VIM    contact=Huber GmbH/DE
"""


def test_swiss_input_tax_on_goods_from_abroad() -> None:
    """Goods are E08's, services D04's: no line has both."""
    findings = assert_flags_marked_lines(goods_abroad.swiss_input_tax_on_goods_from_abroad, SWISS_CODE)
    assert sorted((str(f.vat_effect), f.ziffer) for f in findings) == [("162.00", "405"), ("81.00", "400")]
    assert_flags_marked_lines(entitlement.swiss_input_tax_of_foreign_supplier, SWISS_CODE)


def test_wrong_check_digit_is_no_number() -> None:
    """A number that cannot exist does not entitle."""
    assert_flags_marked_lines(
        goods_abroad.swiss_input_tax_on_goods_from_abroad,
        "2026-07-03  Ware  4200 / 2000  1'081.00  bill  VM81  contact=Huber GmbH/DE  vat=CHE-123.456.789 MWST  <- E08",
    )


def test_goods_and_services_part_under_collected_consideration() -> None:
    """The payment of a bill belongs to the check that the bill belongs to."""
    assert_flags_marked_lines(goods_abroad.swiss_input_tax_on_goods_from_abroad, SWISS_CODE, mandate=COLLECTED)
    assert_flags_marked_lines(entitlement.swiss_input_tax_of_foreign_supplier, SWISS_CODE, mandate=COLLECTED)


def test_transferred_import_tax_not_declared() -> None:
    """Deducted alone it lowers the tax; declared and deducted alike it is right."""
    deducted = "2026-07-05  Einfuhr Verlagerungsverfahren  4210 / 2000  405.00  manual  ZOLLM\n"
    (found,) = assert_flags_marked_lines(
        goods_abroad.transferred_import_tax_not_declared,
        deducted + "2026-07-06  Einfuhrsteuer 26000137  4210 / 2000  81.00  bill  ZOLLM\n<- E09",
    )
    assert found.vat_effect == Decimal("405.00")
    assert (found.values["deducted"], found.values["declared"]) == (Decimal("405.00"), Decimal("0.00"))
    both = "2026-07-05  Verlagerungsverfahren Juli  4210 / 2000  5'000.00  manual  BZM81"
    assert_flags_marked_lines(goods_abroad.transferred_import_tax_not_declared, both)
    (owed,) = assert_flags_marked_lines(
        goods_abroad.transferred_import_tax_not_declared, both + "  leg=owed\n<- E09", mandate=mandate_for_tests()
    )
    assert owed.vat_effect == Decimal("-405.00")


EXPORTS = """
    2026-03-01  Töpfe       1100 / 3200  5'000.00  invoice  UEX  contact=Bodensee GmbH/DE
    2026-07-03  Töpfe       1100 / 3200  2'162.00  invoice  UEX  contact=Bodensee GmbH/DE   no=RE-10             <- E10
    2026-07-04  Pfannen     1100 / 3200  1'500.00  invoice  UEX  contact=Isartal/DE         no=RE-11             <- E10
    2026-07-05  Teller, Ausfuhr 26CHEA000000471113  1100 / 3200  3'000.00  invoice  UEX  contact=Isartal/DE
    2026-07-06  Messer      1100 / 3200  2'000.00  invoice  UEX  contact=Isartal/DE         no=RE-13
    2026-07-07  Messer      1100 / 3200    400.00  invoice  UEX  contact=Isartal/DE         no=RE-14
    2026-07-08  Beratung    1100 / 3400  4'000.00  invoice  UEX  contact=Isartal/DE         no=RE-15
    2026-07-09  Töpfe       1100 / 3200  4'000.00  invoice  UEX  contact=Inland AG/CH       no=RE-16
    2026-07-10  Töpfe       1100 / 3200  4'000.00  invoice  UN81  contact=Isartal/DE        no=RE-17
    2026-07-11  Gutschrift  3200 / 1100    500.00  credit_note  UEX  for=RE-10
"""


def with_file(frames: dict[str, pl.DataFrame]) -> None:
    """A file of the archive that is named after an invoice."""
    frames["file"] = TABLES["file"].frame(
        [
            {
                "id": 1,
                "uuid": "40000000-0000-4000-8000-000000000001",
                "name": "eVV Ausfuhr RE-13",
                "extension": "pdf",
                "created_at": datetime(2026, 7, 9, tzinfo=UTC),
            }
        ]
    )


def test_export_without_proof() -> None:
    """Where proofs are kept, each sale without one; the number on the invoice or a file named after it is a proof."""
    findings = assert_flags_marked_lines(goods_abroad.export_without_proof, EXPORTS, edit=with_file)
    assert sorted(str(f.vat_effect) for f in findings) == ["112.40", "162.00"]
    assert {f.values["more"] for f in findings} == {0}


def test_no_proof_is_kept_at_all() -> None:
    """One question for all of them: the largest sale, with the number of the others."""
    none = EXPORTS.replace(", Ausfuhr 26CHEA000000471113", "").replace("<- E10", "")
    marked = none.replace(
        "3'000.00  invoice  UEX  contact=Isartal/DE", "3'000.00  invoice  UEX  contact=Isartal/DE  <- E10"
    )
    (found,) = assert_flags_marked_lines(goods_abroad.export_without_proof, marked)
    assert found.values["more"] == 3
    assert found.evidence["more_amount"] == Decimal("5662.00")


def test_proof_in_the_reference_of_the_invoice() -> None:
    """Where bexio has a field for it."""

    def edit(frames: dict[str, pl.DataFrame]) -> None:
        with_file(frames)
        number = pl.when(pl.col("document_nr") == "RE-10").then(pl.lit("eVV Ausfuhr 27000131"))
        frames["invoice"] = frames["invoice"].with_columns(number.otherwise(pl.lit("")).alias("reference"))

    text = EXPORTS.replace("no=RE-10             <- E10", "no=RE-10")
    assert_flags_marked_lines(goods_abroad.export_without_proof, text, edit=edit)


CONFUSED = """
    2026-07-03  Beratung Sortiment      1100 / 3400  4'000.00  invoice  UEX  contact=Isartal/DE   no=RE-1
    2026-07-03  Konzept                 1100 / 3410    500.00  invoice  UEX  contact=Isartal/DE   no=RE-2
    2026-07-04  Transport München       1100 / 3400    900.00  invoice  UEX  contact=Isartal/DE
    2026-07-05  Töpfe                   1100 / 3200  2'000.00  invoice  UEX  contact=Isartal/DE
    2026-07-06  Beratung                1100 / 3400  1'000.00  invoice  ULA  contact=Isartal/DE
    2026-07-07  Töpfe, Streckenlieferung ab Linz  1100 / 3200  700.00  invoice  ULA  contact=Isartal/DE
    2026-07-08  Beratung                1100 / 3400    800.00  invoice  UEX  contact=Inland AG/CH
    2026-07-09  Übriges                 1100 / 3600    800.00  invoice  UEX  contact=Isartal/DE
"""


def test_export_and_supply_abroad_confused() -> None:
    """Services in 220 and goods in 221, one question for each Ziffer; transport and drop shipments are right."""
    check = goods_abroad.export_and_supply_abroad_confused
    (found,) = assert_flags_marked_lines(check, CONFUSED + "<- E11")
    assert (found.ziffer, found.amount, found.vat_effect) == ("220", Decimal("4500.00"), Decimal("0.00"))
    assert found.values["documents"] == ["RE-1", "RE-2"]
    goods = "    2026-07-10  Töpfe  1100 / 3200  900.00  invoice  ULA  contact=Isartal/DE\n"
    both = assert_flags_marked_lines(check, CONFUSED + goods + "<- E11")
    assert {(f.ziffer, f.values["right_ziffer"], f.values["nature"]) for f in both} == {
        ("220", "221", "services"),
        ("221", "220", "goods"),
    }


PLATFORM = """
    2026-05-31  Marktplatz Bestellungen Mai        1100 / 3200  1'081.00  manual   UN81
    2026-07-31  Galaxus Bestellungen Juli          1100 / 3200  5'405.00  manual   UN81
    2026-08-14  Auszahlung Digitec Galaxus         1020 / 3200  4'864.50  manual   UN81   side=credit   <- E12
    2026-08-20  Auszahlung Marktplatz              1020 / 3200    540.50  manual   UN81   side=credit
    2026-08-21  Auszahlung Galaxus August          1020 / 1100  1'000.00  manual
    2026-08-22  Etsy Auszahlung                    1020 / 3200    324.30  manual   UN81   side=credit
    2026-08-23  Ladenverkauf                       1000 / 3200    324.30  manual   UN81   side=credit
    2026-08-24  Galaxus Auszahlung ohne Code       1020 / 3200    324.30  other
    2026-08-25  Werbung Galaxus                    6600 / 1020    108.10  manual   VB81
"""


def test_platform_sale_taxed_twice() -> None:
    """A payout of the platform whose sales are receivables; without a code it is A01's, once it is right."""
    (found,) = assert_flags_marked_lines(goods_abroad.platform_sale_taxed_twice, PLATFORM)
    assert (found.vat_effect, found.values["platform"]) == (Decimal("-364.50"), "galaxus")
