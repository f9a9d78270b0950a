"""The invented company, built once, and small readers of its records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

import pytest

from bexio_analytics.simulator.company import Company, build_company

Movements = dict[str, dict[str, Decimal]]


@pytest.fixture(scope="session")
def company() -> Company:
    return build_company()


@pytest.fixture(scope="session")
def clean_company() -> Company:
    return build_company(planted=False)


@pytest.fixture(scope="session")
def movements() -> Callable[[Company], Movements]:
    """Debit minus credit in CHF by account number and day, the balances carried forward to 2026 left out."""

    def read(company: Company) -> Movements:
        numbers = {row["id"]: str(row["account_no"]) for row in company.records["account"]}
        found: Movements = defaultdict(lambda: defaultdict(Decimal))
        for row in company.records["journal"]:
            day = str(row["date"])[:10]
            if day == "2026-01-01" and str(row["description"]).startswith("Saldovortrag"):
                continue
            amount = Decimal(str(row["base_currency_amount"]))
            found[numbers[row["debit_account_id"]]][day] += amount
            found[numbers[row["credit_account_id"]]][day] -= amount
        return found

    return read
