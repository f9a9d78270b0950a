"""The documents and entries behind ``vat.toml``: tax codes, rates, arithmetic, the form and its reconciliation."""

from __future__ import annotations

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row
from bexio_analytics.simulator.company.formats import ONE, dec, tax_on
from bexio_analytics.simulator.company.manual import Leg, ManualDesk
from bexio_analytics.simulator.company.planted.story import Story, bill, day, one
from bexio_analytics.simulator.company.pricing import Item
from bexio_analytics.simulator.company.purchase_plan import japanese_knives
from bexio_analytics.simulator.company.purchases import Bill, Expense, Line
from bexio_analytics.simulator.company.sales import Receipt, Sale
from bexio_analytics.simulator.company.taxes import OWN_CODE_MEMO_ONLY, OWN_CODE_WITHOUT_BOX


def defects() -> Story:
    """Documents that hold a defect."""
    twice = Line("4200", "VM81", dec("1081.00"), "Schneidebretter Ahorn")
    return Story(
        sales=[
            Sale(
                day(7, 9),
                "gastro-linth",
                one("3400", "UN81", "Ladenkonzept Filiale Altstadt, Pauschale", "2500.00"),
                "Ladenkonzept Filiale Altstadt",
                vat_mode=1,
                receipts=(Receipt(day(8, 10)),),
            ),
            Sale(
                day(8, 18),
                "warenhaus-rhein",
                one("3200", "UN81", "Tafelservice Porzellan, Nachbestellung", "1480.00", printed="7.70"),
                "Tafelservice Nachbestellung",
                receipts=(Receipt(day(9, 14)),),
            ),
            Sale(
                day(7, 22),
                "kantine-letten",
                one("3400", "UN77", "Schulung Küchenteam, Leistung vom 15.07.2026", "3000.00"),
                "Schulung Küchenteam",
                receipts=(Receipt(day(8, 21)),),
            ),
            Sale(
                day(9, 1),
                "lager-mieter",
                one("7500", OWN_CODE_MEMO_ONLY, "Miete Nebenraum 09.2026", "1000.00"),
                "Miete Nebenraum",
                receipts=(Receipt(day(9, 11)),),
            ),
            Sale(
                day(9, 10),
                "vaduz-haushalt",
                one("3200", "UN81", "Hotelporzellan Serie Alpstein, 80 Gedecke", "4000.00"),
                "Hotelporzellan Serie Alpstein",
                currency="EUR",
                rate=dec("0.8973"),
            ),
        ],
        bills=[
            bill(
                day(8, 5),
                "versicherung",
                Line("6300", "VB81", dec("864.80"), "Transportversicherung 2026/27"),
                "HV-2026-77120",
                paid_on=day(9, 4),
            ),
            bill(
                day(7, 28),
                "informatik",
                Line("6570", OWN_CODE_WITHOUT_BOX, dec("432.40"), "Umzug Kassenserver"),
                "IG-26-5520",
                paid_on=day(8, 27),
            ),
            bill(
                day(9, 17),
                "grafik",
                Line("6600", "VB81", dec("540.50"), "Herbstprospekt", tax=dec("45.00")),
                "AW-2026-0917",
            ),
            Bill(
                day(8, 12),
                "glas-hergis",
                (Line("4200", "VM81", dec("1081.00"), "Gläserserie Lago, Rechnung in Euro"),),
                "GH-EUR-26-118",
                "Gläserserie Lago",
                currency="EUR",
                rate=ONE,
                entered_on=day(8, 14),
            ),
            bill(
                day(7, 16),
                "de-keramik",
                Line("4200", "VM81", dec("2162.00"), "Steinzeugkrüge"),
                "KW-26-20931",
                paid_on=day(8, 14),
            ),
            bill(
                day(8, 31),
                "ie-werbung",
                Line("6600", "V00", dec("640.00"), "Online-Werbung August"),
                "RW-IE-884120",
                paid_on=day(9, 15),
            ),
            bill(
                day(7, 19),
                "nl-software",
                Line("6570", None, dec("1450.00"), "Jahreslizenz Regalplanung"),
                "PS-2026-07-19",
                paid_on=day(8, 18),
            ),
            bill(day(8, 3), "holzwaren", twice, "HE-2026-4471", paid_on=day(8, 28)),
            bill(day(8, 12), "holzwaren", twice, "HE 2026 4471"),
            bill(day(8, 6), "garage", Line("6200", "VB77", dec("323.10"), "Service Lieferwagen"), "GH-26-1180"),
            bill(
                day(7, 8),
                "buero",
                Line("6500", "VB81", dec("1081.00"), "Nachforderung Gerätemiete 01.11.2023-31.01.2024"),
                "BS-26-33107",
            ),
            bill(
                day(9, 15),
                "informatik",
                Line("6570", "VB81", dec("2594.40"), "Wartungsvertrag 01.10.2026-30.09.2029"),
                "IG-26-5702",
            ),
            bill(
                day(8, 27),
                "grafik",
                Line("6600", "VB81", dec("864.80"), "Plakate Herbst", tax=dec("70.05")),
                "AW-2026-0855",
            ),
            bill(day(8, 20), "informatik", Line("6570", "BZB81", dec("950.00"), "Hosting Webshop"), "IG-26-5611"),
        ],
        expenses=[
            Expense(
                day(9, 2),
                "6100",
                "VB81",
                dec("830.00"),
                "Reparatur Ladentüre",
                "Schreinerei Aussersihl",
                supplier="schreinerei",
                money_no="1000",
            )
        ],
    )


def enter_defects(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that hold a defect."""
    commission = Leg("1020", "3400", dec("1200.00"), "Vermittlungsprovision Küchenbau")
    manual.enter(day(8, 6), [commission], "BU-2026-311")
    showroom = Leg("1020", "3600", dec("540.50"), "Benützung Showroom durch Partner", "VB81", is_coded_on_credit=True)
    manual.enter(day(8, 20), [showroom], "BU-2026-325")
    manual.enter(
        day(9, 3),
        [Leg("6500", "1020", dec("324.30"), "Ersatz Etikettendrucker", "VB81", loses_tax_row=True)],
        "BU-2026-338",
    )
    manual.enter(day(9, 8), [Leg("1171", "6500", dec("81.00"), "Korrektur Vorsteuer Büromaterial")], "BU-2026-347")
    manual.enter(day(9, 16), [Leg("1020", "1530", dec("5405.00"), "Verkauf Lieferwagen alt")], "BU-2026-352")
    for on, reference, leg in (
        (day(8, 17), "BU-2026-401", Leg("6945", "1020", dec("10.81"), "Differenz Kassenabschluss", "VB81")),
        (day(8, 18), "BU-2026-402", Leg("3200", "1020", dec("103.80"), "Umbuchung Zimmer Verkaufstagung", "US38")),
        (day(8, 19), "BU-2026-403", Leg("6500", "1020", dec("0.00"), "Toner, Betrag folgt", "VB81")),
        (day(8, 21), "BU-2026-404", Leg("6700", "2200", dec("64.00"), "Nachbelastung Umsatzsteuer")),
        (day(8, 24), "BU-2026-405", Leg("2201", "1020", dec("12.50"), "Zuschlag ESTV")),
        (day(8, 25), "BU-2026-406", Leg("1020", "4900", dec("216.20"), "Umsatzrückvergütung Grosshandel")),
        (day(8, 26), "BU-2026-407", Leg("3805", "1100", dec("1081.00"), "Verlust Guthaben Gasthof", "UN81")),
        (day(9, 29), "BU-2026-408", Leg("3805", "1109", dec("540.50"), "Erhöhung Delkredere", "UN81")),
        (day(9, 14), "BU-2026-409", Leg("1020", "2030", dec("5405.00"), "Anzahlung Einrichtung Bistro")),
    ):
        manual.enter(on, [leg], reference)
    accrual = Leg("1300", "6260", dec("540.50"), "Abgrenzung Leasing Oktober", "VB81", is_coded_on_credit=True)
    manual.enter(day(9, 30), [accrual], "BU-2026-410")
    keeper.book(day(9, 3), [Row("1000", "1020", dec("1000.00"), "Bezug Bargeld nach Ladenreparatur")])
    keeper.book(day(9, 24), [Row("1020", "1099", dec("750.00"), "Unklarer Zahlungseingang")])


def look_alikes() -> Story:
    """Documents that resemble a defect and are right."""
    mixed = (
        Item("3201", "UR26", "Geschenkkorb Bündner Spezialitäten", dec(7), dec("48.35")),
        Item("3200", "UN81", "Servierbrett Nussbaum", dec(7), dec("31.15")),
    )
    instalment = "Ladentheke Filiale, Teilzahlung {} von 2"
    late = "Betrieb Wasserpumpen, Leistung vom 01.11.2023 bis 31.12.2023"
    return Story(
        sales=[
            Sale(
                day(7, 14),
                "event-werk",
                one("2210", "UN81", "Depot Mehrwegkisten, rückzahlbar", "360.00"),
                "Depot Mehrwegkisten",
                vat_mode=2,
                receipts=(Receipt(day(8, 12)),),
            ),
            Sale(
                day(8, 25),
                "gemeinde-rafz",
                one("2210", "U00", "Depot Geschirrverleih, rückzahlbar", "500.00"),
                "Depot Geschirrverleih",
                receipts=(Receipt(day(9, 22)),),
            ),
            Sale(day(9, 4), "haushalt-plus", mixed, "Geschenkkörbe mit Servierbrett", receipts=(Receipt(day(9, 29)),)),
        ],
        bills=[
            bill(
                day(7, 7),
                "schulung",
                Line("5810", "VB81", dec("918.85"), "Kurs Warenkunde Porzellan"),
                "DA-2026-318",
                paid_on=day(8, 6),
            ),
            bill(
                day(8, 24),
                "temporaer",
                Line("5900", "VB81", dec("1729.60"), "Temporäre Mitarbeit Inventur"),
                "SW-26-7741",
                paid_on=day(9, 21),
            ),
            bill(day(7, 30), "stadtwerk", Line("6400", "VB77", dec("215.40"), late), "SWL-NB-2023", paid_on=day(8, 28)),
            bill(
                day(9, 9),
                "buero",
                Line("6500", "VB81", dec("186.45"), "Archivschachteln", tax=dec("13.98")),
                "BB-26-40117",
            ),
            bill(
                day(9, 16),
                "buero",
                Line("6500", "VB81", dec("389.15"), "Servicevertrag Kopierer 01.10.2026-30.09.2027"),
                "BB-26-40222",
            ),
            Bill(
                day(8, 19),
                "zoll",
                (
                    Line("4270", "V00", dec("20.00"), "Zollgebühr"),
                    Line("4210", "ZOLLM", tax_on(dec("3610.00"), dec("8.1")), "Einfuhrsteuer Sammelsendung"),
                ),
                "eVV-260819-X",
                "Einfuhrsteuer Sammelsendung",
                entered_on=day(8, 19),
                paid_on=day(8, 31),
            ),
            japanese_knives(day(8, 11), dec(420000), "SK-2026-552"),
            bill(
                day(9, 7),
                "de-pfannen",
                Line("4200", "VM81", dec("1675.55"), "Bratpfannen Edelstahl, verzollt geliefert"),
                "PF-26-8120",
            ),
            bill(
                day(8, 13),
                "at-hotel",
                Line("6640", "V00", dec("412.00"), "Übernachtungen Messe Dornbirn"),
                "PB-2026-0812",
                paid_on=day(9, 1),
                currency="EUR",
            ),
            bill(
                day(7, 15),
                "laden-bau",
                Line("1510", "VB81", dec("3243.00"), instalment.format(1)),
                "LS-88012/1",
                paid_on=day(8, 13),
            ),
            bill(
                day(8, 15),
                "laden-bau",
                Line("1510", "VB81", dec("3243.00"), instalment.format(2)),
                "LS-88012/2",
                paid_on=day(9, 14),
            ),
        ],
        expenses=[
            Expense(
                day(9, 18), "6640", "VB38", dec("363.30"), "Übernachtung Einkaufstagung", "Hotel Bellavista Lugano"
            ),
            Expense(
                day(8, 3),
                "6100",
                "VB81",
                dec("1200.00"),
                "Miete Marktstand",
                "Marktverein Zürich",
                money_no="1000",
                supplier="marktverein",
            ),
        ],
    )


def enter_look_alikes(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Entries without a document that resemble a defect and are right."""
    machine = Leg("1020", "1500", dec("864.80"), "Verkauf Verpackungsmaschine", "UN81", is_coded_on_credit=True)
    manual.enter(day(7, 21), [machine], "AV-2026-1")
    bonus = Leg("1020", "4900", dec("702.65"), "Jahresbonus Porzellanfabrik", "VM81", is_coded_on_credit=True)
    manual.enter(day(8, 27), [bonus], "BO-2026-1")
    damages = Leg("1020", "8510", dec("1850.00"), "Versicherungsleistung Wasserschaden", "SPE", is_coded_on_credit=True)
    manual.enter(day(9, 11), [damages], "VE-2026-2")
    loss = Leg("3805", "1100", dec("324.30"), "Konkurs Bistro Letten, Verlustschein", "UN81")
    manual.enter(day(8, 28), [loss], "DV-2026-1")
    advance = Leg("1020", "2030", dec("3243.00"), "Anzahlung Vitrinen", "UN81", is_coded_on_credit=True)
    manual.enter(day(9, 2), [advance], "AZ-2026-1")
    keeper.book(day(8, 3), [Row("1000", "1020", dec("700.00"), "Bezug Bargeld für Marktstand")])
    keeper.book(day(8, 4), [Row("1000", "1020", dec("500.00"), "Bezug Bargeld")])
    keeper.book(day(7, 15), [Row("1020", "1099", dec("430.00"), "Zahlung ohne Rechnungsnummer")])
    keeper.book(day(7, 23), [Row("1099", "1020", dec("430.00"), "Rückzahlung Zahlung ohne Rechnungsnummer")])
