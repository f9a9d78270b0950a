"""The documents and entries behind ``borders.toml``: imports, exports, platforms, and income on other accounts."""

from __future__ import annotations

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper
from bexio_analytics.simulator.company.formats import dec
from bexio_analytics.simulator.company.manual import Leg, ManualDesk
from bexio_analytics.simulator.company.planted.story import Story, bill, day, one
from bexio_analytics.simulator.company.purchases import Bill, Line
from bexio_analytics.simulator.company.sales import Receipt, Sale

_PARCEL = "Einfuhrsteuer Sendung Mai"


def defects() -> Story:
    """Documents that hold a defect."""
    transferred = "Einfuhrsteuer im Verlagerungsverfahren, 26CHEI000471150"
    return Story(
        sales=[
            Sale(
                day(7, 23),
                "us-boston",
                one("3210", "UEX", "Tafelservice Porzellan, 24-teilig", "1840.00"),
                "Tafelservice für Boston",
                receipts=(Receipt(day(8, 20)),),
            ),
            Sale(
                day(8, 11),
                "lu-kirchberg",
                one("3410", "UEX", "Sortimentsberatung", "980.00"),
                "Sortimentsberatung Kirchberg",
                currency="EUR",
                receipts=(Receipt(day(9, 8)),),
            ),
            Sale(
                day(9, 7),
                "buchcafe-rosa",
                one("3200", "UN81", "Geschenkgutscheine, 20 Stück", "925.00"),
                "Geschenkgutscheine Herbst",
                receipts=(Receipt(day(9, 28)),),
            ),
        ],
        bills=[
            bill(
                day(7, 14),
                "de-regale",
                Line("1510", "BZB81", dec("1450.00"), "Verkaufsregale Filiale"),
                "RU-26-7714",
                paid_on=day(8, 13),
            ),
            Bill(
                day(7, 21),
                "zoll",
                (Line("4210", "ZOLLM", dec("96.40"), _PARCEL),),
                "ZA-26-118",
                _PARCEL,
                entered_on=day(7, 21),
                paid_on=day(8, 4),
                has_file=False,
            ),
            bill(
                day(8, 18),
                "spedition",
                Line("4270", "VM81", dec("1394.60"), "Import Container, Fracht und Abgaben"),
                "SG-26-3391",
                paid_on=day(9, 10),
            ),
            bill(
                day(8, 3),
                "de-design",
                Line("6600", "VB81", dec("540.50"), "Bildbearbeitung Katalog"),
                "FG-26-0803",
                paid_on=day(9, 1),
            ),
            bill(day(9, 3), "zoll", Line("4210", "ZOLLM", dec("129.60"), transferred), "ZA-26-140", paid_on=day(9, 17)),
        ],
    )


def enter_defects(keeper: Bookkeeper, manual: ManualDesk) -> None:  # noqa: ARG001 - every story has these two
    """Entries without a document that hold a defect."""
    for on, reference, leg in (
        (day(8, 13), "BU-2026-452", _coded("1020", "3200", "1145.85", "Auszahlung Marktplatz August")),
        (day(8, 31), "BU-2026-453", Leg("1020", "6000", dec("972.90"), "Untermiete Parkplätze August")),
        (day(8, 27), "BU-2026-454", Leg("1160", "6200", dec("864.80"), "Weiterbelastung Reparatur Wagen Aktionär")),
        (day(9, 25), "BU-2026-455", Leg("1160", "6510", dec("216.20"), "Privatanteil Telefon Halbjahr")),
        (day(9, 11), "BU-2026-456", _coded("1020", "3200", "1837.70", "Auszahlung Zahlungsdienst August")),
    ):
        manual.enter(on, [leg], reference)


def look_alikes() -> Story:
    """Documents that resemble a defect and are right."""
    return Story(
        sales=[
            Sale(
                day(8, 12),
                "us-boston",
                one("3210", "UEX", "Servierwagen Buche, Ausfuhr 26CHEA000471190", "1265.00"),
                "Servierwagen für Boston",
                receipts=(Receipt(day(9, 9)),),
            ),
            Sale(
                day(9, 15),
                "at-wien",
                one("3210", "ULA", "Teller, Streckenlieferung ab Linz", "640.00"),
                "Teller ab Linz",
                currency="EUR",
            ),
        ],
        bills=[
            Bill(
                day(8, 20),
                "spedition",
                (
                    Line("4270", "VM81", dec("216.20"), "Import Fracht Sendung August"),
                    Line("4210", "ZOLLM", dec("186.15"), "Einfuhrsteuer 26CHEI000471113"),
                ),
                "SG-26-3402",
                "Import Fracht und Einfuhrsteuer",
                entered_on=day(8, 20),
                paid_on=day(9, 15),
            ),
            bill(
                day(9, 2),
                "de-regale",
                Line("1510", "BZB81", dec("780.00"), "Montage Regale im Laden Zürich"),
                "RU-26-7802",
                paid_on=day(9, 29),
            ),
        ],
    )


def enter_look_alikes(keeper: Bookkeeper, manual: ManualDesk) -> None:  # noqa: ARG001 - every story has these two
    """Entries without a document that resemble a defect and are right."""
    sales = _coded("1100", "3200", "1104.15", "Verkäufe Marktplatz Juli")
    manual.enter(day(7, 31), [sales], "MV-2026-1")
    manual.enter(day(9, 18), [Leg("1020", "1100", dec("1104.15"), "Auszahlung Marktplatz, Verkäufe Juli")], "MP-2026-1")
    manual.enter(day(7, 30), [Leg("1020", "6000", dec("118.40"), "Rückerstattung Nebenkosten 2025")], "RE-NK-2025")
    manual.enter(day(9, 25), [_coded("1160", "3690", "162.15", "Privatanteil Telefon Aktionär")], "PT-2026-1")
    webshop = [
        _coded("1020", "3200", "756.70", "Auszahlung Zahlungsanbieter Webshop"),
        Leg("6940", "1020", dec("11.35"), "Gebühr Zahlungsanbieter Webshop"),
    ]
    manual.enter(day(9, 10), webshop, "ZW-2026-1", kind="group")
    manual.enter(day(7, 16), [_coded("1020", "3200", "172.95", "Einlösung Gutscheine Juli")], "GU-2026-1")


def _coded(debit: str, credit: str, gross: str, text: str) -> Leg:
    """A sale at the normal rate; ``gross`` is CHF with VAT."""
    return Leg(debit, credit, dec(gross), text, "UN81", is_coded_on_credit=True)
