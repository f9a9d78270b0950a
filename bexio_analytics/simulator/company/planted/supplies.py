"""The documents and entries behind ``supplies.toml``: kinds of supplies, and invoices as the law demands them."""

from __future__ import annotations

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper
from bexio_analytics.simulator.company.formats import dec
from bexio_analytics.simulator.company.manual import Leg, ManualDesk
from bexio_analytics.simulator.company.planted.story import Story, bill, day, one
from bexio_analytics.simulator.company.purchases import Line
from bexio_analytics.simulator.company.sales import Receipt, Sale


def defects() -> Story:
    """Documents that hold a defect."""
    return Story(
        sales=[
            Sale(
                day(7, 13),
                "kuechenhaus-egli",
                one("3410", "ULA", "Beratung Ausstellungsraum", "1500.00"),
                "Beratung Ausstellungsraum",
                receipts=(Receipt(day(8, 11)),),
            ),
            Sale(
                day(7, 20),
                "lu-kirchberg",
                one("3400", "UN81", "Beratung Sortiment Tafelgeschirr", "800.00"),
                "Beratung Sortiment Tafelgeschirr",
                receipts=(Receipt(day(8, 19)),),
            ),
            Sale(
                day(8, 6),
                "gastro-linth",
                one("3400", "UNO", "Beratung Buffetanlage", "600.00"),
                "Beratung Buffetanlage",
                receipts=(Receipt(day(9, 3)),),
            ),
            Sale(
                day(9, 1),
                "fischer-susanne",
                one("7500", "UO81", "Miete 2-Zimmer-Wohnung 09.2026", "900.00"),
                "Miete Dachgeschoss",
                receipts=(Receipt(day(9, 10)),),
            ),
            Sale(
                day(8, 27),
                "eisenwaren-moser",
                one("3600", "UR26", "Verleih Servierwagen", "640.00"),
                "Verleih Servierwagen",
                receipts=(Receipt(day(9, 24)),),
            ),
            Sale(
                day(9, 15),
                "architektur-nord",
                one("3400", "UN81", "", "370.00"),
                "Besprechung Musterküche",
            ),
        ],
        bills=[
            bill(
                day(9, 8),
                "informatik",
                Line("1520", "VM81", dec("756.70"), "Bildschirme Büro"),
                "IG-26-5688",
                paid_on=day(9, 28),
            )
        ],
    )


def enter_defects(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that hold a defect."""
    del keeper
    grant = Leg("1020", "3600", dec("864.80"), "Förderbeitrag Energieeffizienz", "UN81", is_coded_on_credit=True)
    manual.enter(day(9, 22), [grant], "FB-2026-1")


def look_alikes() -> Story:
    """Documents that resemble a defect and are right."""
    return Story(
        sales=[
            Sale(
                day(7, 23),
                "warenhaus-rhein",
                one("3210", "UEX", "Tellerserie, Lieferung nach Lörrach, eVV 26CH000471182", "780.00"),
                "Tellerserie Lörrach",
                receipts=(Receipt(day(8, 20)),),
            ),
            Sale(
                day(8, 13),
                "de-bodensee",
                one("3400", "UN81", "Kurs Warenkunde in Zürich", "420.00"),
                "Kurs Warenkunde in Zürich",
                receipts=(Receipt(day(9, 10)),),
            ),
            Sale(
                day(9, 2),
                "fischer-susanne",
                one("7500", "UO81", "Miete Praxisraum 09.2026", "700.00"),
                "Miete Praxisraum",
                receipts=(Receipt(day(9, 11)),),
            ),
            Sale(
                day(8, 31),
                "buchcafe-rosa",
                one("3600", "UR26", "Kochbuch Saisonküche, Restposten", "520.00"),
                "Restposten Kochbuch",
                receipts=(Receipt(day(9, 25)),),
            ),
        ]
    )


def enter_look_alikes(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that resemble a defect and are right."""
    del keeper
    shared = Leg("1020", "3600", dec("180.00"), "Kostenbeteiligung Nachbar", "UNO", is_coded_on_credit=True)
    manual.enter(day(7, 27), [shared], "KB-2026-1")
    sponsor = Leg("1020", "3600", dec("324.30"), "Sponsoring Hausmesse", "UN81", is_coded_on_credit=True)
    manual.enter(day(9, 23), [sponsor], "SP-2026-1")
