"""The documents and entries behind ``entitlement.toml``: evidence for deductions, what carries no tax, own use."""

from __future__ import annotations

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper
from bexio_analytics.simulator.company.formats import dec
from bexio_analytics.simulator.company.manual import Leg, ManualDesk
from bexio_analytics.simulator.company.planted.story import Story, bill, day, one
from bexio_analytics.simulator.company.purchases import Bill, Expense, Line
from bexio_analytics.simulator.company.sales import Receipt, Sale


def defects() -> Story:
    """Documents that hold a defect."""
    return Story(
        sales=[
            Sale(
                day(7, 3),
                "architektur-nord",
                one("7500", "UNO", "Miete Archivraum 07.-09.2026", "1200.00"),
                "Miete Archivraum",
                receipts=(Receipt(day(7, 31)),),
            ),
        ],
        bills=[
            Bill(
                day(8, 11),
                "montage",
                (Line("4400", "VM81", dec("756.70"), "Montage Vitrine Eingang"),),
                "MA-26-2240",
                "Montage Vitrine Eingang",
                entered_on=day(8, 12),
                paid_on=day(9, 10),
                has_file=False,
            ),
            bill(
                day(7, 21),
                "maler",
                Line("6100", "VB81", dec("1297.20"), "Malerarbeiten Verkaufsraum"),
                "MG-26-114",
                paid_on=day(8, 20),
            ),
            bill(
                day(8, 26),
                "schreinerei",
                Line("7510", "VB81", dec("1081.00"), "Türen Nebenräume ersetzt"),
                "SA-26-318",
                paid_on=day(9, 25),
            ),
            bill(
                day(8, 13),
                "montage",
                Line("6100", "VB81", dec("216.20"), "Reparatur Kühlvitrine, Rechnung vom 14.03.2020"),
                "MA-20-0611",
                paid_on=day(9, 11),
            ),
            bill(
                day(9, 3),
                "fischer-susanne",
                Line("4200", "VM81", dec("432.40"), "Ankauf Espressomaschine gebraucht"),
                "AN-2026-1",
                paid_on=day(9, 8),
            ),
            bill(
                day(8, 21),
                "leasing",
                Line("6260", "VB81", dec("1081.00"), "Leasing Kombi, erste Rate mit Kaution"),
                "AFL-K-2026",
                paid_on=day(8, 31),
            ),
        ],
        expenses=[
            Expense(day(8, 12), "6100", "VB81", dec("648.60"), "Ersatz Kühlaggregat", "Haustechnik am Letten"),
            Expense(
                day(7, 9), "6641", "VB26", dec("205.20"), "Mittagessen Lieferantentreffen", "Restaurant Kronenhalde"
            ),
            Expense(
                day(7, 24),
                "6210",
                "VB81",
                dec("92.00"),
                "Diesel Lieferwagen",
                "Raststätte Hegau",
                money_no="1021",
                currency="EUR",
            ),
        ],
    )


def enter_defects(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that hold a defect."""
    del keeper
    for on, reference, leg in (
        (day(7, 17), "BU-2026-811", Leg("6940", "1020", dec("54.05"), "Kommission Devisentermin", "VB81")),
        (day(8, 31), "BU-2026-812", Leg("5820", "1020", dec("324.30"), "Spesenpauschale Aussendienst August", "VB81")),
        (day(9, 10), "BU-2026-814", Leg("2970", "1520", dec("500.00"), "Notebook an Aktionärin, Sachdividende")),
        (day(7, 29), "BU-2026-815", Leg("1510", "1020", dec("540.50"), "Einlageentsteuerung Vitrinen", "VES")),
    ):
        manual.enter(on, [leg], reference)
    subsidy = Leg("1020", "8510", dec("2000.00"), "Beitrag Kanton an Energieberatung", "SUB", is_coded_on_credit=True)
    manual.enter(day(9, 17), [subsidy], "BU-2026-813")


def look_alikes() -> Story:
    """Documents that resemble a defect and are right."""
    return Story(
        bills=[
            bill(
                day(7, 27),
                "blumen",
                Line("6700", "VB26", dec("205.20"), "Blumen Jubiläum"),
                "BL-26-0155",
                paid_on=day(8, 10),
            ),
            bill(
                day(8, 17),
                "porzellan",
                Line("4200", "VM81", dec("486.45"), "Porzellan, Rechnung in Euro"),
                "PL-EUR-26-31",
                currency="EUR",
                paid_on=day(9, 15),
            ),
            bill(
                day(8, 4),
                "montage",
                Line("6100", "VB81", dec("129.70"), "Reparatur Kasse, Rechnung vom 12.05.2026"),
                "MA-26-1180",
                paid_on=day(9, 2),
            ),
            bill(
                day(9, 10),
                "fischer-susanne",
                Line("4200", "V00", dec("120.00"), "Ankauf Gläser gebraucht, ohne Vorsteuer"),
                "AN-2026-2",
                paid_on=day(9, 14),
            ),
            bill(
                day(9, 18),
                "buero",
                Line("6260", "VB81", dec("216.20"), "Full-Service-Leasing Kopierer mit Versicherung"),
                "BS-26-FS-3",
            ),
            bill(
                day(7, 23),
                "reinigung",
                Line("7510", None, dec("18.00"), "Schlüsseldepot Nebenräume"),
                "BLB-26-D-2",
                paid_on=day(8, 21),
            ),
        ],
        expenses=[
            Expense(day(8, 20), "6100", "VB81", dec("399.95"), "Ersatz Türschlösser", "Schlüsselservice Sihl"),
            Expense(
                day(7, 10), "6641", "VB26", dec("102.60"), "Verpflegung Inventur, Lieferservice", "Restaurant Zunfthof"
            ),
        ],
    )


def enter_look_alikes(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that resemble a defect and are right."""
    del keeper
    for on, reference, leg in (
        (day(7, 20), "KT-2026-1", Leg("6940", "1020", dec("64.85"), "Miete Kartenterminal Laden", "VB81")),
        (
            day(8, 14),
            "SN-2026-1",
            Leg("5820", "1020", dec("162.15"), "Spesen Verkauf, nach Beleg statt Pauschalspesen", "VB81"),
        ),
        (day(7, 30), "EE-2026-1", Leg("1510", "1020", dec("54.05"), "Einlageentsteuerung Kleinregal", "VES")),
    ):
        manual.enter(on, [leg], reference)
    chair = Leg(
        "2970", "1520", dec("216.20"), "Bildschirm an Aktionärin, Sachdividende", "UN81", is_coded_on_credit=True
    )
    manual.enter(day(9, 11), [chair], "SD-2026-1")
    gift = Leg("1020", "8510", dec("300.00"), "Spende an Lehrlingslager", "SPE", is_coded_on_credit=True)
    manual.enter(day(9, 15), [gift], "LL-2026-1")
