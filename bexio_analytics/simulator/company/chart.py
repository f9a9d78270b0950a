"""Chart of accounts of Muster Handels AG, after the Swiss SME chart, with bexio's system accounts and groups."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bexio_analytics.simulator.company.formats import new_uuid

_FIRST_ACCOUNT_ID = 71
_FIRST_GROUP_ID = 11
_TYPES = {"E": 1, "A": 2, "+": 3, "-": 4, "=": 5}


@dataclass(frozen=True, slots=True)
class Account:
    """A line of the chart; ``kind`` is bexio's account_type (1 revenue, 2 expense, 3 asset, 4 liability, 5 closing)."""

    id: int
    no: str
    name: str
    kind: int
    is_locked: bool
    default_code: str | None


@cache
def chart() -> dict[str, Account]:
    """All accounts by number, in the order of the chart."""
    accounts: dict[str, Account] = {}
    for line in _lines("account"):
        no, kind, locked, code, name = line.split(maxsplit=4)
        accounts[no] = Account(
            _FIRST_ACCOUNT_ID + len(accounts), no, name, _TYPES[kind], locked == "system", None if code == "-" else code
        )
    return accounts


@cache
def _groups() -> dict[str, tuple[int, str]]:
    return {
        no: (_FIRST_GROUP_ID + place, name)
        for place, (no, name) in enumerate(line.split(maxsplit=1) for line in _lines("group"))
    }


def _lines(kind: str) -> list[str]:
    text = files(__package__).joinpath("chart.txt").read_text("utf-8")
    return [line.removeprefix(kind).strip() for line in text.splitlines() if line.startswith(kind + " ")]


def _parent(no: str) -> int | None:
    """Id of the narrowest group whose number begins ``no``."""
    for length in range(len(no) - 1, 0, -1):
        if no[:length] in _groups():
            return _groups()[no[:length]][0]
    return None


def account_records(rng: random.Random, tax_ids: dict[str, int]) -> list[dict[str, object]]:
    """Rows of ``/2.0/accounts``."""
    return [
        {
            "id": account.id,
            "uuid": new_uuid(rng),
            "account_no": account.no,
            "name": account.name,
            "account_type": account.kind,
            "tax_id": tax_ids[account.default_code] if account.default_code else None,
            "fibu_account_group_id": _parent(account.no),
            "is_active": True,
            "is_locked": account.is_locked,
        }
        for account in chart().values()
    ]


def account_group_records(rng: random.Random) -> list[dict[str, object]]:
    """Rows of ``/2.0/account_groups``."""
    return [
        {
            "id": group_id,
            "uuid": new_uuid(rng),
            "account_no": no,
            "name": name,
            "parent_fibu_account_group_id": _parent(no),
            "is_active": True,
            "is_locked": len(no) == 1,
        }
        for no, (group_id, name) in _groups().items()
    ]
