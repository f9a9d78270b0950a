"""The documents and entries behind ``journal.toml``: numbers, files, open items, and entries out of the ordinary."""

from __future__ import annotations

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row
from bexio_analytics.simulator.company.formats import dec
from bexio_analytics.simulator.company.manual import Leg, ManualDesk
from bexio_analytics.simulator.company.planted.story import Story, bill, day, one
from bexio_analytics.simulator.company.purchases import Bill, Expense, Line
from bexio_analytics.simulator.company.sales import Receipt, Sale


def defects() -> Story:
    """Documents that hold a defect."""
    showroom = one("3400", "UN81", "Beratung Showroom, Pauschale", "1240.00")
    storage = one("3400", "UN81", "Beratung Lagerhaltung, Pauschale", "880.00")
    return Story(
        sales=[
            Sale(day(8, 26), "architektur-nord", showroom, "Beratung Showroom", receipts=(Receipt(day(9, 24)),)),
            Sale(day(8, 26), "architektur-nord", showroom, "Beratung Showroom"),
            Sale(day(8, 19), "event-werk", storage, "Entwurf", state="deleted"),
            Sale(day(8, 19), "event-werk", storage, "Beratung Lagerhaltung", receipts=(Receipt(day(9, 17)),)),
        ],
        bills=[
            Bill(
                day(8, 25),
                "versicherung",
                (Line("6300", "V00", dec("1120.00"), "Zusatzpolice Ausstellung"),),
                "HV-2026-88031",
                "Zusatzpolice Ausstellung",
                entered_on=day(8, 25),
                has_file=False,
            ),
            bill(day(8, 14), "versicherung", Line("6300", "V00", dec("148.65"), "Nachprämie"), "HV-2026-88007"),
            bill(day(8, 20), "informatik", Line("6570", "VB81", dec("367.55"), "Bildschirm Kasse"), "IG-26-5630"),
            bill(day(8, 18), "informatik", Line("6570", "VB81", dec("281.05"), "Support 08.2025"), "IG-26-5640"),
            bill(
                day(8, 11),
                "entsorgung",
                Line("6460", "VB81", dec("183.75"), "Entsorgung Altgeräte"),
                "EF-2026-0811",
                paid_on=day(9, 13),
            ),
            *(
                bill(day(month, on), "grafik", Line("6600", "VB81", dec(amount), text), number)
                for month, on, amount, text, number in (
                    (7, 9, "961.00", "Inserat Sommer", "AW-2026-0709"),
                    (8, 7, "978.30", "Inserat Spätsommer", "AW-2026-0807"),
                    (8, 28, "989.10", "Inserat Herbst", "AW-2026-0828"),
                )
            ),
        ],
        expenses=[Expense(day(8, 24), "6570", "VB81", dec("367.55"), "Bildschirm Kasse", "Informatik Glatttal")],
    )


def enter_defects(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that hold a defect."""
    manual.enter(day(8, 12), [Leg("6300", "1020", dec("2000.00"), "Akonto Betriebshaftpflicht")], "BU-2026-601")
    late = Leg("6940", "6900", dec("312.40"), "Umbuchung Bankspesen")
    manual.enter(day(7, 10), [late], "BU-2026-602", entered_on=day(9, 25))
    manual.enter(day(8, 4), [Leg("6940", "6900", dec("131.55"), "")], "")
    manual.enter(day(9, 10), [Leg("1020", "1060", dec("2430.00"), "Verkauf Aktien")], "BU-2026-604")
    manual.enter(day(9, 15), [Leg("6500", "4200", dec("643.20"), "Umbuchung Vorführware")], "BU-2026-605")
    for on, reference, account_no, text in (
        (day(7, 17), "BU-2026-611", "6500", "Batterien Handgeräte"),
        (day(8, 5), "BU-2026-612", "6510", "Kurier Messe"),
        (day(8, 27), "BU-2026-613", "6700", "Trinkgläser Pausenraum"),
        (day(9, 22), "BU-2026-614", "6100", "Schrauben Regale"),
    ):
        manual.enter(on, [Leg(account_no, "1020", dec("187.35"), text, "VB81")], reference)
    pause = Leg("6700", "1020", dec("129.70"), "Kaffeemaschine Pausenraum", "VB81")
    manual.enter(day(9, 21), [pause], "BU-2026-615", user_id=3)
    keeper.book(day(9, 8), [Row("1000", "2450", dec("3000.00"), "Einlage bar durch Aktionärin")])


def look_alikes() -> Story:
    """Documents that resemble a defect and are right."""
    course = "Schulung Verkaufsteam, {}"
    table = one("3200", "UN81", "Tischtücher Leinen, Grossbestellung", "1150.00")
    return Story(
        sales=[
            *(
                Sale(
                    day(9, 3),
                    "warenhaus-rhein",
                    one("3400", "UN81", course.format(branch), "760.00"),
                    course.format(branch),
                    receipts=(Receipt(day(9, 28)),),
                )
                for branch in ("Filiale Nord", "Filiale Süd")
            ),
            Sale(day(9, 8), "stiftung-brugg", table, "Tischtücher, noch nicht verschickt", state="draft"),
        ],
        bills=[
            Bill(
                day(8, 26),
                "versicherung",
                (Line("6300", "V00", dec("85.00"), "Mahngebühr Police"),),
                "HV-2026-88032",
                "Mahngebühr Police",
                entered_on=day(8, 26),
                has_file=False,
            ),
            bill(
                day(8, 21),
                "treuhand",
                Line("6530", "VB81", dec("1200.00"), "Steuererklärung"),
                "TLH-2026-S",
                paid_on=day(9, 14),
            ),
            bill(day(8, 24), "buero", Line("6500", "VB81", dec("145.95"), "Ordner und Register"), "BB-26-40180"),
            bill(day(8, 19), "informatik", Line("6570", "VB81", dec("296.20"), "Support 04.2026"), "IG-26-5641"),
        ],
        expenses=[Expense(day(8, 25), "6100", "VB81", dec("145.95"), "Regalbretter", "Baumarkt Altstetten")],
    )


def enter_look_alikes(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that resemble a defect and are right."""
    interest = Leg("6940", "6900", dec("118.30"), "Umbuchung Zinsanteil")
    manual.enter(day(8, 10), [interest], "BU-2026-603", entered_on=day(8, 20), user_id=2)
    keeper.book(day(9, 7), [Row("1020", "2450", dec("5000.00"), "Darlehen der Aktionärin gemäss Vertrag")])
