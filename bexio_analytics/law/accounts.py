"""The Swiss SME chart of accounts as ranges: what is usually booked where, and with which tax treatment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bexio_analytics.law.reading import entries

FLAGS = (
    "is_money",
    "is_cash",
    "is_receivable",
    "is_payable",
    "is_vat",
    "is_clearing",
    "is_fixed_asset",
    "never_input",
    "needs_sales_code",
    "is_foreign_service",
    "is_goods",
)


@dataclass(frozen=True, slots=True)
class AccountRange:
    """A range of account numbers (both ends inclusive), its content, account type and flags.

    ``account_type`` is revenue, expense, asset, liability or closing; the flags are explained in the data file.
    """

    from_no: str
    till_no: str
    content: str
    account_type: str
    is_money: bool
    is_cash: bool
    is_receivable: bool
    is_payable: bool
    is_vat: bool
    is_clearing: bool
    is_fixed_asset: bool
    never_input: bool
    needs_sales_code: bool
    is_foreign_service: bool
    is_goods: bool

    def __contains__(self, account_no: str) -> bool:
        return self.from_no <= account_no[:4] <= self.till_no

    @property
    def width(self) -> int:
        """How many four-digit numbers the range spans: the narrowest range speaks for an account."""
        return int(self.till_no) - int(self.from_no)


@cache
def account_ranges() -> tuple[AccountRange, ...]:
    """All ranges, in the order of the chart."""
    return tuple(
        AccountRange(
            row["from_no"],
            row["till_no"],
            row["content"],
            row["account_type"],
            **{flag: row.get(flag, False) for flag in FLAGS},
        )
        for row in entries("account_ranges.toml", "account_range")
    )


@cache
def account_range(account_no: str) -> AccountRange | None:
    """The narrowest range an account number falls into, by its first four digits; None for other numbers.

    Longer numbers (10201) belong where their first four digits do; shorter ones and names are in no range.
    """
    if len(account_no) < 4 or not account_no[:4].isdigit():  # noqa: PLR2004 - the chart has four digits
        return None
    ranges = [r for r in account_ranges() if account_no in r]
    return min(ranges, key=lambda r: r.width) if ranges else None
