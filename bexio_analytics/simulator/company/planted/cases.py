"""The list of planted defects and innocent look-alikes, read from the ``.toml`` files of this folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Where:
    """Which record is meant: ``field`` of a record of this kind has ``value`` and no other record has it."""

    kind: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong on purpose; ``vat_effect`` in CHF (+ is owed), None where no formula settles it.

    ``also`` are checks that fire somewhere because of it, ``confirmed_by`` those that find the same record.
    """

    id: str
    check: str
    also: tuple[str, ...]
    confirmed_by: tuple[str, ...]
    where: Where
    what: str
    vat_effect: Decimal | None
    tolerance: Decimal
    ziffer: str | None


@dataclass(frozen=True, slots=True)
class LookAlike:
    """One innocent case that the checks in ``near`` must leave alone."""

    id: str
    near: tuple[str, ...]
    where: Where
    why: str


@dataclass(frozen=True, slots=True)
class Planted:
    """Everything that is planted in 2026-Q3."""

    defects: tuple[Defect, ...]
    look_alikes: tuple[LookAlike, ...]


@cache
def planted() -> Planted:
    """Read every list, in the order of their names."""
    defects: list[Defect] = []
    look_alikes: list[LookAlike] = []
    lists = [each for each in files(__package__).iterdir() if each.name.endswith(".toml")]
    for file in sorted(lists, key=lambda each: each.name):
        data: dict[str, list[dict[str, Any]]] = tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)
        defects += [_defect(row) for row in data.get("defect", [])]
        look_alikes += [
            LookAlike(row["id"], tuple(row["near"]), Where(**row["where"]), row["why"])
            for row in data.get("look_alike", [])
        ]
    return Planted(tuple(defects), tuple(look_alikes))


def _defect(row: dict[str, Any]) -> Defect:
    return Defect(
        row["id"],
        row["check"],
        tuple(row["also"]),
        tuple(row.get("confirmed_by", ())),
        Where(**row["where"]),
        row["what"],
        row.get("vat_effect"),
        row.get("tolerance", Decimal("0.00")),
        row.get("ziffer"),
    )
