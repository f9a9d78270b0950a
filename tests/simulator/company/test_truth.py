"""What the returns must say agrees with the form's identities and with the VAT accounts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from bexio_analytics.simulator.company import Company
from bexio_analytics.simulator.company.truth import quarters

Movements = dict[str, dict[str, Decimal]]
VAT_ACCOUNTS = ("1170", "1171", "2200", "2203")
RATE_BOXES = ("302", "303", "312", "313", "342", "343")


def base(company: Company, period: str, box: str) -> Decimal:
    return company.truth[period].ziffern.get(box, (Decimal(0), Decimal(0)))[0]


def tax(company: Company, period: str, box: str) -> Decimal:
    return company.truth[period].ziffern.get(box, (Decimal(0), Decimal(0)))[1]


@pytest.mark.parametrize("period", [quarter.id for quarter in quarters()])
def test_form_identities(company: Company, period: str) -> None:
    def sum_of(*boxes: str) -> Decimal:
        return sum((base(company, period, box) for box in boxes), Decimal(0))

    assert base(company, period, "289") == sum_of("220", "221", "225", "230", "235", "280")
    assert base(company, period, "299") == base(company, period, "200") - base(company, period, "289")
    not_rated = base(company, period, "299") - sum_of(*RATE_BOXES)
    assert not_rated == (Decimal("1000.00") if period == "2026-Q3" else 0)
    payable = company.truth[period].payable
    assert abs(payable - (tax(company, period, "399") - tax(company, period, "479"))) <= Decimal("0.01")


def test_lines_are_counted(company: Company) -> None:
    assert sum(truth.journal_lines for truth in company.truth.values()) == len(company.records["journal"])
    assert all(truth.journal_lines > 300 for truth in company.truth.values())


def test_clean_quarters_agree_with_the_vat_accounts(
    clean_company: Company, movements: Callable[[Company], Movements]
) -> None:
    """The movement of 1170, 1171, 2200 and 2203 without settlement is the tax of the return, but for roundings."""
    moves = movements(clean_company)
    for quarter in quarters():
        first, last, period = quarter.start.isoformat(), quarter.end.isoformat(), quarter.id
        settled = _settled(clean_company, first, last)
        moved = {
            no: sum((amount for day, amount in moves[no].items() if first <= day <= last), Decimal(0)) - settled[no]
            for no in VAT_ACCOUNTS
        }
        # subsequent relief (VES) is booked to 1170 too
        assert moved["1170"] == tax(clean_company, period, "400") + tax(clean_company, period, "410")
        assert moved["1171"] == tax(clean_company, period, "405")
        owed = sum((tax(clean_company, period, box) for box in RATE_BOXES), Decimal(0))
        assert abs(-moved["2200"] - owed) < Decimal("0.60")
        assert abs(-moved["2203"] - tax(clean_company, period, "383")) < Decimal("0.10")


def _settled(company: Company, first: str, last: str) -> dict[str, Decimal]:
    """What settlements and the opening balance of 2025 moved on the VAT accounts."""
    numbers = {row["id"]: str(row["account_no"]) for row in company.records["account"]}
    found = dict.fromkeys(VAT_ACCOUNTS, Decimal(0))
    for row in company.records["journal"]:
        day, text = str(row["date"])[:10], str(row["description"])
        is_meant = text.startswith("MWST-Abrechnung") or (text.startswith("Saldovortrag") and day == "2025-01-01")
        if is_meant and first <= day <= last:
            amount = Decimal(str(row["base_currency_amount"]))
            for side, sign in (("debit_account_id", 1), ("credit_account_id", -1)):
                if numbers[row[side]] in found:
                    found[numbers[row[side]]] += sign * amount
    return found


def test_defects_change_only_the_third_quarter_of_2026(company: Company, clean_company: Company) -> None:
    for period, truth in company.truth.items():
        assert (truth.ziffern == clean_company.truth[period].ziffern) == (period != "2026-Q3")


def test_old_rate_and_memo_box_are_counted_as_booked(company: Company) -> None:
    assert company.truth["2026-Q3"].ziffern["302"] == (Decimal("3000.00"), Decimal("231.00"))
    assert base(company, "2026-Q3", "205") == Decimal("5150.00")
    assert base(company, "2026-Q2", "205") == Decimal("2550.00")
