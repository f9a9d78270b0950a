"""Opening balance, VAT settlements and the year end of 2025.

The year end is entered in April 2026, so its rows carry old dates and high ids: income and expense to 9000, the result
over 9200 to 2979 on 31 December, the balances carried forward against 9100 on 1 January. Rows carried forward repeat a
balance; they move nothing.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from bexio_analytics.simulator.company.bookkeeper import Bookkeeper, Row
from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.formats import ZERO, dec
from bexio_analytics.simulator.company.manual import Leg, ManualDesk
from bexio_analytics.simulator.company.truth import ExpectedReturn, Quarter

YEAR_END = date(2025, 12, 31)
CLOSED_ON = date(2026, 4, 14)
_FIRST_DAY = date(2025, 1, 1)
_VAT_ACCOUNTS = ("2200", "2203", "1170", "1171")
_REVENUE, _EXPENSE, _ASSET, _LIABILITY = 1, 2, 3, 4
_OPENING = {
    "1000": "500.00",
    "1020": "186430.85",
    "1021": "28110.40",
    "1060": "12000.00",
    "1100": "31240.50",
    "1170": "2118.40",
    "1171": "1304.85",
    "1200": "84150.00",
    "1280": "4200.00",
    "1500": "42000.00",
    "1509": "-21300.00",
    "1510": "68400.00",
    "1519": "-31900.00",
    "1520": "18600.00",
    "1529": "-9400.00",
    "1530": "52900.00",
    "1539": "-17650.00",
    "2000": "-18912.75",
    "2200": "-9412.35",
    "2203": "-88.10",
    "2270": "-5120.40",
    "2271": "-3980.60",
    "2450": "-60000.00",
    "2800": "-100000.00",
    "2950": "-14000.00",
    "2979": "-24180.30",
}


def open_books(keeper: Bookkeeper, scale: int) -> None:
    """The balance sheet of 31 December 2024, against 9100, and the payment of what was then open."""
    balances = {account_no: dec(amount) for account_no, amount in _OPENING.items()}
    balances["1020"] += dec(50000) * (scale - 1)
    balances["1021"] += dec(10000) * (scale - 1)
    balances["2970"] = -sum(balances.values(), ZERO)
    rows = [_forward(account_no, amount) for account_no, amount in sorted(balances.items())]
    keeper.book(_FIRST_DAY, rows)
    for day, share in ((date(2025, 1, 20), dec("12480.00")), (date(2025, 2, 11), dec("18760.50"))):
        keeper.book(day, [Row("1020", "1100", share, "Zahlungseingang Rechnungen 2024")])
    keeper.book(date(2025, 1, 27), [Row("2000", "1020", dec("18912.75"), "Sammelzahlung Kreditoren 2024")])


def _forward(account_no: str, balance: Decimal) -> Row:
    text = f"Saldovortrag {account_no}"
    if balance >= 0:
        return Row(account_no, "9100", balance, text)
    return Row("9100", account_no, -balance, text)


def settle_before(keeper: Bookkeeper, manual: ManualDesk) -> None:
    """Settle the last quarter of 2024, whose VAT came with the opening balance."""
    amounts = {account_no: dec(_OPENING[account_no]) for account_no in _VAT_ACCOUNTS}
    payable = -sum(amounts.values(), ZERO)
    _settle(keeper, manual, Quarter(2024, 4), amounts, payable)


def settle(keeper: Bookkeeper, manual: ManualDesk, quarter: Quarter, expected: ExpectedReturn) -> None:
    """Transfer the VAT accounts of a filed quarter to 2201 and pay what the return says."""
    amounts = {account_no: keeper.balance(account_no, quarter.end) for account_no in _VAT_ACCOUNTS}
    _settle(keeper, manual, quarter, amounts, expected.payable)


def _settle(
    keeper: Bookkeeper, manual: ManualDesk, quarter: Quarter, amounts: dict[str, Decimal], payable: Decimal
) -> None:
    text = f"MWST-Abrechnung {quarter.id}"
    legs = []
    for account_no, balance in amounts.items():
        if balance < 0:
            legs.append(Leg(account_no, "2201", -balance, f"{text}, Umbuchung {account_no}"))
        elif balance > 0:
            legs.append(Leg("2201", account_no, balance, f"{text}, Umbuchung {account_no}"))
    rounding = -sum(amounts.values(), ZERO) - payable
    if rounding > 0:
        legs.append(Leg("2201", "6945", rounding, f"{text}, Rundungsdifferenz"))
    elif rounding < 0:
        legs.append(Leg("6945", "2201", -rounding, f"{text}, Rundungsdifferenz"))
    manual.enter(quarter.filed_on, legs, f"MWST-{quarter.id}", kind="group")
    paid = quarter.filed_on + timedelta(days=6)
    if payable > 0:
        keeper.book(paid, [Row("2201", "1020", payable, f"ESTV, Zahlung MWST {quarter.id}")])
    elif payable < 0:
        keeper.book(paid, [Row("1020", "2201", -payable, f"ESTV, Gutschrift MWST {quarter.id}")])


def result_of_2025(keeper: Bookkeeper) -> Decimal:
    """Profit (+) or loss (−) of 2025, before it is closed."""
    nos = [a.no for a in chart().values() if a.kind in {_REVENUE, _EXPENSE}]
    return -sum((keeper.movement(no, _FIRST_DAY, YEAR_END) for no in nos), ZERO)


def close_2025(keeper: Bookkeeper) -> None:
    """Close income and expense, and carry the balance sheet forward to 1 January 2026."""
    profit = result_of_2025(keeper)
    rows = []
    for account in chart().values():
        balance = keeper.movement(account.no, _FIRST_DAY, YEAR_END)
        if account.kind not in {_REVENUE, _EXPENSE} or not balance:
            continue
        text = f"Abschluss {account.no} {account.name}"
        rows.append(Row("9000", account.no, balance, text) if balance > 0 else Row(account.no, "9000", -balance, text))
    steps = (("9000", "9200"), ("9200", "2979"))
    text = "Jahresgewinn 2025" if profit >= 0 else "Jahresverlust 2025"
    rows += [Row(a, b, profit, text) if profit >= 0 else Row(b, a, -profit, text) for a, b in steps]
    keeper.book(YEAR_END, rows, entered_on=CLOSED_ON)
    forward = []
    for account in chart().values():
        balance = keeper.balance(account.no, YEAR_END)
        if account.kind in {_ASSET, _LIABILITY} and balance:
            forward.append(_forward(account.no, balance))
    keeper.book(YEAR_END + timedelta(days=1), forward, entered_on=CLOSED_ON, moves=False)
