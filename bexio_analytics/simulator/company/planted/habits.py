"""The documents behind ``habits.toml``: bookings unlike all others of their partner, account or month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bexio_analytics.simulator.company.formats import dec
from bexio_analytics.simulator.company.manual import Leg
from bexio_analytics.simulator.company.planted.story import Story, bill, day, one
from bexio_analytics.simulator.company.purchases import Expense, Line
from bexio_analytics.simulator.company.sales import Receipt, Sale

if TYPE_CHECKING:
    from bexio_analytics.simulator.company.bookkeeper import Bookkeeper
    from bexio_analytics.simulator.company.manual import ManualDesk


def defects() -> Story:
    """Documents that hold a defect."""
    return Story(
        sales=[
            Sale(
                day(7, 28),
                "kuechenhaus-egli",
                one("3200", "UN81", "Aufschnittmaschine Vorführmodell", "1150.00"),
                "Aufschnittmaschine Vorführmodell",
                receipts=(Receipt(day(8, 27), share=dec("1150.00") / dec("1243.15")),),
            ),
        ],
        bills=[
            bill(day(8, 11), "telecom", Line("6510", "V00", dec("432.40"), "Telefonapparate"), "UT-GERAET-4471"),
            bill(day(8, 18), "leasing", Line("6260", "VB81", dec("6486.00"), "Leasingrate 08/2026"), "AFL-ZINS-0826"),
            bill(day(9, 18), "vermieter", Line("6000", "VB81", dec("4324.00"), "Miete 09/2026"), "VM-88301"),
        ],
        expenses=[
            Expense(day(8, 12), "6500", None, dec("540.50"), "Prospektständer Filiale", "Papeterie am Stauffacher"),
        ],
    )


def enter_defects(_keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that hold a defect."""
    for on, text in ((day(8, 7), "Ausgleichskasse Nachzahlung"), (day(8, 18), "Ausgleichskasse Nachzahlung, zweite")):
        manual.enter(on, [Leg("2270", "1020", dec("237.80"), text)], "BU-2026-630")
    manual.enter(day(8, 28), [Leg("6700", "1020", dec("186.40"), "Diverses")], "BU-2026-631")


def look_alikes() -> Story:
    """Documents that resemble a defect and are right."""
    return Story(
        sales=[
            Sale(
                day(7, 27),
                "eisenwaren-moser",
                one("3200", "UN81", "Kücheneinrichtung Vereinslokal", "2400.00"),
                "Kücheneinrichtung Vereinslokal",
                receipts=(Receipt(day(8, 26), share=dec("0.5")),),
            ),
        ],
        bills=[
            bill(day(8, 20), "temporaer", Line("6700", "VB81", dec("1297.20"), "Standbau Hausmesse"), "SW-26-9001"),
        ],
    )


def enter_look_alikes(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Nothing of it is entered without a document."""
