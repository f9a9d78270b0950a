"""One company as it is served: its records, found by id and by parent, changed by faults and by writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Protocol

from bexio_analytics.simulator.wire.faults import Faults
from bexio_analytics.simulator.wire.list_rows import Record

_CACHED_FILTERS = 8
_ZERO_ROWS = 20
_ASSET = 3


class Company(Protocol):
    """Books of one company: per resource the single objects exactly as bexio's wire shows them.

    Numbers are ``int`` or ``Decimal``, never ``float``. Resources are named ``company``, ``user``, ``account``,
    ``account_group``, ``tax``, ``currency``, ``business_year``, ``calendar_year``, ``vat_period``, ``contact``,
    ``country``, ``quote``, ``project``, ``invoice``, ``invoice_payment``, ``bill``, ``expense``,
    ``outgoing_payment``, ``manual_entry``, ``journal``, ``file``, ``bank_account``, ``banking_payment``; a missing
    one is empty.
    """

    @property
    def records(self) -> Mapping[str, list[dict[str, object]]]:
        """The records by resource."""


class ServedCompany:
    """Records of one company behind the wire; the company handed in is never changed."""

    def __init__(self, company: Company) -> None:
        self._rows: dict[str, list[Record]] = {name: list(rows) for name, rows in company.records.items()}
        self._rows["journal"] = sorted(self._rows.get("journal", []), key=_identifier)
        self._by_id: dict[str, dict[str, Record]] = {}
        self._children: dict[str, dict[str, list[Record]]] = {}
        self._filtered: dict[object, list[Record]] = {}
        self._renumbered = False
        self._lost: set[str] = set()

    @property
    def name(self) -> str:
        """Name of the company, for the log."""
        profile = self.rows("company")
        return str(profile[0].get("name", "")) if profile else ""

    def rows(self, resource: str) -> list[Record]:
        """Return all single objects of a resource in the order they are listed in."""
        return self._rows.setdefault(resource, [])

    def faulty_rows(self, resource: str, faults: Faults) -> list[Record]:
        """Return all objects of a resource with the faults that concern whole lists."""
        rows = self.rows(resource)
        if resource == "journal":
            return self.remembered((resource, faults), lambda: _faulty_journal(rows, faults))
        if resource == "account":
            return [_faulty_account(row, faults) for row in rows]
        return rows

    def remembered(self, key: object, compute: Callable[[], list[Record]]) -> list[Record]:
        """Return a list computed once per key; the last few are kept, and none survives a change of the books."""
        found = self._filtered.get(key)
        if found is None:
            found = compute()
            while len(self._filtered) >= _CACHED_FILTERS:
                del self._filtered[next(iter(self._filtered))]
            self._filtered[key] = found
        return found

    def find(self, resource: str, identifier: str) -> Record | None:
        """Return the object with this id, or ``None``."""
        if resource not in self._by_id:
            self._by_id[resource] = {str(row["id"]): row for row in self.rows(resource)}
        return self._by_id[resource].get(identifier)

    def children(self, resource: str, parent_field: str, parent: str) -> list[Record]:
        """Return the objects that belong to one parent."""
        if resource not in self._children:
            grouped: dict[str, list[Record]] = {}
            for row in self.rows(resource):
                grouped.setdefault(str(row.get(parent_field)), []).append(row)
            self._children[resource] = grouped
        return self._children[resource].get(parent, [])

    def tax_types(self) -> dict[object, str]:
        """Return bexio's tax type by tax id."""
        return {row["id"]: str(row["type"]) for row in self.rows("tax")}

    def next_id(self, resource: str) -> int:
        """Return the id the next object of a resource gets."""
        return max((_identifier(row) for row in self.rows(resource)), default=0) + 1

    def put(self, resource: str, record: Record) -> None:
        """Add an object, or replace the one with the same id in its place."""
        rows = self.rows(resource)
        for index, row in enumerate(rows):
            if row["id"] == record["id"]:
                rows[index] = record
                break
        else:
            rows.append(record)
        self._forget(resource)

    def remove(self, resource: str, identifier: str) -> None:
        """Take an object away."""
        self._rows[resource] = [row for row in self.rows(resource) if str(row["id"]) != identifier]
        self._forget(resource)

    def _forget(self, resource: str) -> None:
        self._by_id.pop(resource, None)
        self._children.pop(resource, None)
        self._filtered.clear()

    def is_tax_used(self, identifier: str) -> bool:
        """Tell whether a document, a manual entry, an account or a calendar year refers to a tax code."""
        wanted = int(identifier)
        nested = (("invoice", "positions"), ("quote", "positions"), ("bill", "line_items"), ("manual_entry", "entries"))
        for resource, field in nested:
            for row in self.rows(resource):
                lines = row.get(field)
                if isinstance(lines, list) and any(line.get("tax_id") == wanted for line in lines):
                    return True
        if any(row.get("tax_id") == wanted for name in ("expense", "account") for row in self.rows(name)):
            return True
        defaults = ("default_tax_income_id", "default_tax_expense_id")
        return any(row.get(field) == wanted for row in self.rows("calendar_year") for field in defaults)

    def renumber_journal(self) -> None:
        """Revert and re-issue the first document of the journal, once: its rows get new ids at the end."""
        rows = self.rows("journal")
        first = next((row for row in rows if row.get("ref_class")), None)
        if self._renumbered or first is None:
            return
        self._renumbered = True
        reference = _reference(first)
        moved = [row for row in rows if _reference(row) == reference]
        start = self.next_id("journal")
        kept = [row for row in rows if _reference(row) != reference]
        self._rows["journal"] = [*kept, *({**row, "id": start + index} for index, row in enumerate(moved))]
        self._forget("journal")

    def lose_first(self, resource: str) -> None:
        """Delete the first object of a resource, once."""
        if resource not in self._lost and self.rows(resource):
            self._lost.add(resource)
            self.remove(resource, str(self.rows(resource)[0]["id"]))


def _identifier(row: Record) -> int:
    return int(str(row["id"]))


def _reference(row: Record) -> tuple[object, object, object]:
    return row.get("ref_class"), row.get("ref_id"), row.get("ref_uuid")


def _faulty_journal(rows: list[Record], faults: Faults) -> list[Record]:
    if faults.zero_amount_rows and rows:
        start = _identifier(rows[-1]) + 1
        zero = {"amount": Decimal(0), "base_currency_amount": Decimal(0)}
        documents = islice((row for row in rows if row.get("ref_class")), _ZERO_ROWS)
        rows = [*rows, *({**row, **zero, "id": start + index} for index, row in enumerate(documents))]
    if faults.unknown_ref_class:
        rows = [{**row, "ref_class": "KbUnheardOf"} if row.get("ref_class") == "KbBill" else row for row in rows]
    if faults.null_ref_class:
        rows = [{**row, "ref_class": None} for row in rows]
    return rows


def _faulty_account(row: Record, faults: Faults) -> Record:
    if faults.i18n_names and row.get("is_locked"):
        row = {**row, "name": f"defaults.systemAccount.{row['account_no']}.name"}
    if faults.non_numeric_account_no and row.get("account_type") == _ASSET and not row.get("is_locked"):
        row = {**row, "account_no": f"{row['account_no']}-A"}
    return row
