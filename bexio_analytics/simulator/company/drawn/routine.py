"""What a drawn company books without a document: manual entries with every kind of code, wages, bank, year ends."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row
from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.drawn.books import Office
from bexio_analytics.simulator.company.drawn.codes import OWN_MARGIN, OWN_PLAIN_REDUCTION, CodeBook
from bexio_analytics.simulator.company.drawn.entering import EntryDesk, Leg
from bexio_analytics.simulator.company.drawn.facts import Direct, Part
from bexio_analytics.simulator.company.drawn.oracle import ExpectedReturn
from bexio_analytics.simulator.company.drawn.profile import Period
from bexio_analytics.simulator.company.formats import ONE, ZERO, cents, dec, happens, tax_in

NET_TAX_ACCOUNT = "3809"
_VAT_ACCOUNTS = ("2200", "2203", "1170", "1171", "1173", "1174")
_OPENING = {"1000": "2400.00", "1020": "480000.00", "1021": "90000.00", "1200": "64000.00", "1520": "18000.00"}
_REVENUE, _EXPENSE, _ASSET, _LIABILITY = 1, 2, 3, 4
_CLOSED_AFTER = timedelta(days=104)
_LATE_SHARE = 12
_YEAR, _INSTALMENT_MONTHS, _LEAST_INSTALMENT = 12, (5, 8, 11), dec(500)


def open_books(keeper: Bookkeeper, day: date) -> None:
    """The balance sheet the books begin with, against 9100."""
    balances = {account_no: dec(amount) for account_no, amount in _OPENING.items()}
    balances["2970"] = -sum(balances.values(), ZERO)
    keeper.book(day, [_forward(account_no, balance) for account_no, balance in sorted(balances.items())])


def _forward(account_no: str, balance: Decimal) -> Row:
    text = f"Saldovortrag {account_no}"
    return Row(account_no, "9100", balance, text) if balance >= 0 else Row("9100", account_no, -balance, text)


def effective_entries(book: CodeBook, rng: random.Random, day: date) -> Iterator[tuple[str, list[Leg]]]:
    """Manual entries of a quarter that files by the effective method: kind and lines."""

    def amount(low: int, high: int) -> Decimal:
        return dec(rng.randrange(low * 100, high * 100)) / 100

    def sale(debit: str, credit: str, code: str, text: str, value: Decimal) -> Leg:
        return Leg(debit, credit, value, text, code, on_credit=True)

    label = f"{day:%d.%m.%Y}"
    normal, reduced = book.sales("normal", day), book.sales("reduced", day)
    yield (
        "group",
        [
            sale("1000", "3200", normal, f"Ladenverkauf {label}", amount(200, 2500)),
            sale("1000", "3201", reduced, f"Ladenverkauf Lebensmittel {label}", amount(100, 900)),
        ],
    )
    yield (
        "compound",
        [
            Leg("6500", "1020", amount(20, 300), f"Kreditkarte Büro {label}", book.input("B", "normal", day)),
            Leg("6503", "1020", amount(20, 300), f"Kreditkarte Bücher {label}", book.input("B", "reduced", day)),
            Leg("6300", "1020", amount(20, 300), f"Kreditkarte Versicherung {label}", "V00"),
            Leg("6940", "1020", amount(2, 20), f"Kreditkarte Gebühr {label}"),
        ],
    )
    rate = dec(rng.randrange(9200, 11800)) / 10000
    material, other = book.input("M", "normal", day), book.input("B", "accommodation", day)
    opted, stay = book.sales("opted", day), book.sales("accommodation", day)
    singles = [
        sale("1020", "3600", "MEL", f"Übertragung Vermögen {label}", amount(1000, 9000)),
        sale("1020", "6950", "UNO", f"Zinsgutschrift {label}", amount(5, 80)),
        sale("1020", "8510", "SPE", f"Versicherungsleistung {label}", amount(100, 3000)),
        sale("1020", "8510", "SUB", f"Subvention {label}", amount(100, 3000)),
        sale("1020", "1520", normal, f"Verkauf Drucker {label}", amount(100, 900)),
        sale("1020", "3600", OWN_MARGIN, f"Bodenwert {label}", amount(500, 5000)),
        sale("1020", "7500", opted, f"Miete mit Option {label}", amount(500, 2500)),
        sale("1020", "3600", stay, f"Zimmer {label}", amount(90, 900)),
        sale("1020", "3210", "UEX", f"Ausfuhr {label}", amount(90, 900)),
        Leg("3800", "1020", amount(50, 600), f"Rückvergütung {label}", book.dated("EM", day)),
        Leg("3800", "1020", amount(50, 600), f"Rückvergütung ohne Satz {label}", OWN_PLAIN_REDUCTION),
        Leg("3200", "1020", amount(50, 600), f"Storno Verkauf {label}", normal),
        Leg("1020", "4900", amount(50, 600), f"Jahresbonus {label}", material, on_credit=True),
        Leg("6700", "4200", amount(50, 600), f"Eigenverbrauch {label}", book.dated("VEV", day), on_credit=True),
        Leg("6700", "4400", amount(50, 600), f"Kürzung Subvention {label}", book.dated("VKÜ", day), on_credit=True),
        Leg("1200", "1020", amount(50, 600), f"Einlageentsteuerung {label}", book.dated("VES", day)),
        Leg("6600", "1020", amount(50, 600), f"Online-Werbung {label}", book.acquisition("B", day)),
        Leg("4400", "1020", amount(50, 600), f"Honorar Ausland {label}", book.acquisition("M", day)),
        Leg("6640", "1020", amount(50, 600), f"Hotel {label}", other),
        Leg("6570", "1021", amount(50, 600), f"Dienst in Euro {label}", material, currency="EUR", rate=rate),
        Leg("1300", "6300", amount(50, 600), f"Abgrenzung {label}"),
    ]
    for leg in rng.sample(singles, 7):
        yield "single", [leg]


def net_tax_entries(book: CodeBook, rng: random.Random, day: date) -> Iterator[tuple[str, list[Leg]]]:
    """Manual entries of a quarter that files by the net tax rate method."""

    def amount(low: int, high: int) -> Decimal:
        return dec(rng.randrange(low * 100, high * 100)) / 100

    label = f"{day:%d.%m.%Y}"
    first, second = book.dated("SS1", day), book.dated("SS2", day)
    yield (
        "group",
        [
            Leg("1000", "3200", amount(200, 2500), f"Ladenverkauf {label}", first, on_credit=True),
            Leg("1000", "3400", amount(100, 900), f"Beratung {label}", second, on_credit=True),
        ],
    )
    singles = [
        Leg("1020", "8510", amount(100, 3000), f"Versicherungsleistung {label}", "SPE", on_credit=True),
        Leg("1020", "8510", amount(100, 3000), f"Subvention {label}", "SUB", on_credit=True),
        Leg("1020", "6950", amount(5, 80), f"Zinsgutschrift {label}", "UNO", on_credit=True),
        Leg("3200", "1020", amount(50, 400), f"Storno Verkauf {label}", first),
        Leg("6600", "1020", amount(50, 600), f"Online-Werbung {label}", book.acquisition("B", day)),
        Leg("6500", "1020", amount(50, 600), f"Büromaterial {label}"),
    ]
    for leg in rng.sample(singles, 3):
        yield "single", [leg]


def plain_entries(rng: random.Random, day: date) -> Iterator[tuple[str, list[Leg]]]:
    """Manual entries of a quarter in which the company is not subject to VAT."""
    label = f"{day:%d.%m.%Y}"
    for debit, credit, text in (("1000", "3200", "Ladenverkauf"), ("6500", "1020", "Büromaterial")):
        yield "single", [Leg(debit, credit, cents(dec(rng.randrange(2000, 90_000)) / 100), f"{text} {label}")]


def quarter_entries(office: Office, desk: EntryDesk, start: date) -> None:
    """Draw and enter the manual entries and the bookings without any document of a quarter."""
    rng, status = office.rng, office.status(start)
    day = start + timedelta(days=rng.randrange(85))
    if not status.is_vat_subject:
        drawn = list(plain_entries(rng, day))
    elif status.method == "net_tax":
        drawn = list(net_tax_entries(office.book, rng, day))
    else:
        drawn = list(effective_entries(office.book, rng, day))
    for place, (kind, legs) in enumerate(drawn, 1):
        moved = start + timedelta(days=rng.randrange(90)) if kind == "single" else day
        late_by = rng.randrange(10, 150) if happens(rng, _LATE_SHARE) else 0
        desk.enter(moved, legs, f"BU-{start:%y%m}-{place}", kind=kind, late_by=late_by)
    if status.is_vat_subject and status.method == "effective":
        _bank_view(office, start + timedelta(days=rng.randrange(85)))
    pay = start + timedelta(days=54)
    gross = dec(rng.randrange(4000, 9000))
    social = cents(gross * dec("0.0640"))
    office.keeper.book(
        pay,
        [
            Row("5000", "1091", gross, "Bruttolöhne"),
            Row("1091", "2270", social, "Abzüge AHV/ALV"),
            Row("1091", "1020", gross - social, "Auszahlung Löhne"),
            Row("5700", "2270", social, "Arbeitgeberbeiträge AHV/ALV"),
        ],
    )
    charges = dec(rng.randrange(400, 4000)) / 100
    office.keeper.book(start + timedelta(days=80), [Row("6940", "1020", charges, "Spesen Bank")])
    if happens(rng, 50):
        sent = start + timedelta(days=40)
        euro = dec(rng.randrange(3, 9) * 100)
        for debit, credit in (("1090", "1021"), ("1020", "1090")):
            office.keeper.book(sent, [Row(debit, credit, euro, "Übertrag von Konto EUR", "EUR", ONE - dec("0.04"))])


def _bank_view(office: Office, day: date) -> None:
    """Two bookings made in the bank view: they name neither document nor code, only their VAT row tells the rate."""
    rng, codes = office.rng, office.codes
    kind = rng.choice(("normal", "reduced", "accommodation"))
    sale = (office.book.sales(kind, day), {"normal": "3200", "reduced": "3201", "accommodation": "3600"}[kind])
    letter, account_no = rng.choice((("M", "4200"), ("B", "6700")))
    for code, booked_no, is_sale in ((*sale, True), (office.book.input(letter, kind, day), account_no, False)):
        gross = dec(rng.randrange(15_000, 90_000)) / 100
        tax = tax_in(gross, codes[code].rate)
        text = f"Bankansicht {'Eingang' if is_sale else 'Ausgang'} {day:%d.%m.%Y}"
        pairs = ((booked_no, gross - tax), (codes[code].account_no, tax))
        rows = [Row("1020", no, part, text) if is_sale else Row(no, "1020", part, text) for no, part in pairs]
        office.keeper.book(day, rows)
        office.facts.direct.append(Direct(day, Part(code, (gross - tax,), tax)))


def settle(keeper: Bookkeeper, desk: EntryDesk, periods: Iterable[tuple[Period, ExpectedReturn]], last: date) -> None:
    """Hand the VAT accounts of every filed period over to 2201 and pay what the return says."""
    for period, expected in periods:
        if period.filed_on > last:
            continue
        text = f"MWST-Abrechnung {period.id}"
        legs = []
        handed = ZERO
        for account_no in _VAT_ACCOUNTS:
            balance = keeper.balance(account_no, period.end)
            handed += balance
            if balance:
                debit, credit = (account_no, "2201") if balance < 0 else ("2201", account_no)
                legs.append(Leg(debit, credit, abs(balance), f"{text}, Umbuchung {account_no}"))
        # the form rounds otherwise than the rows do; net tax arises with the return alone
        rest = -handed - expected.payable
        counter = NET_TAX_ACCOUNT if expected.method == "net_tax" else "6945"
        if rest:
            debit, credit = ("2201", counter) if rest > 0 else (counter, "2201")
            legs.append(Leg(debit, credit, abs(rest), f"{text}, Ausgleich"))
        if legs:
            desk.enter(period.filed_on, legs, f"MWST-{period.id}", kind="group")
        rest = expected.payable - _instalments(keeper, period, expected.payable)
        paid = min(period.filed_on + timedelta(days=6), last)
        if rest > 0:
            keeper.book(paid, [Row("2201", "1020", rest, f"ESTV, Zahlung MWST {period.id}")])
        elif rest < 0:
            keeper.book(paid, [Row("1020", "2201", -rest, f"ESTV, Gutschrift MWST {period.id}")])


def _instalments(keeper: Bookkeeper, period: Period, payable: Decimal) -> Decimal:
    """Pay the instalments of a year that is filed once; returns what was paid."""
    quarter = (payable / 4).quantize(ONE)
    if period.months != _YEAR or quarter < _LEAST_INSTALMENT:
        return ZERO
    days = [date(period.start.year, month, 30) for month in _INSTALMENT_MONTHS]
    for day in days:
        keeper.book(day, [Row("2201", "1020", quarter, f"ESTV, Akontozahlung MWST {period.id}")])
    return quarter * len(days)


def close_year(keeper: Bookkeeper, year: int, last: date, first: date) -> None:
    """Close income and expense of a year and carry the balance sheet forward, entered in April after it."""
    start, end = date(year, 1, 1), date(year, 12, 31)
    entered = min(end + _CLOSED_AFTER, last)
    nos = [account.no for account in chart().values() if account.kind in {_REVENUE, _EXPENSE}] + [NET_TAX_ACCOUNT]
    rows = []
    profit = ZERO
    for account_no in nos:
        balance = keeper.movement(account_no, start, end)
        if balance:
            profit -= balance
            text = f"Abschluss {account_no}"
            debit, credit = ("9000", account_no) if balance > 0 else (account_no, "9000")
            rows.append(Row(debit, credit, abs(balance), text))
    for debit, credit in (("9000", "9200"), ("9200", "2979")):
        text = f"Jahresergebnis {year}"
        rows.append(Row(debit, credit, profit, text) if profit >= 0 else Row(credit, debit, -profit, text))
    keeper.book(end, rows, entered_on=entered)
    sheet = [account.no for account in chart().values() if account.kind in {_ASSET, _LIABILITY}]
    balances = [(account_no, keeper.movement(account_no, first, end)) for account_no in sheet]
    forward = [_forward(account_no, balance) for account_no, balance in balances if balance]
    keeper.book(end + timedelta(days=1), forward, entered_on=entered, moves=False)
