"""Changes of the shape of rows: fields that appear, vanish or change their JSON type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from bexio_analytics.simulator.wire.faults import Faults, FieldFault
from bexio_analytics.simulator.wire.list_rows import Record

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
Change = Callable[[dict[str, object], str], None]


def change_shape(resource: str, record: Record, faults: Faults) -> Record:
    """Return a record with the shape faults that name its resource; the record itself stays as it is."""
    changes: tuple[tuple[tuple[FieldFault, ...], Change], ...] = (
        (faults.extra_fields, _add),
        (faults.missing_fields, _drop),
        (faults.retyped_fields, _retype),
    )
    for fields, change in changes:
        for fault in fields:
            if fault.resource == resource:
                record = _changed(record, fault.field.split("."), change)
    return record


def _changed(record: Record, path: list[str], change: Change) -> Record:
    copy = dict(record)
    name, rest = path[0], path[1:]
    if not rest:
        change(copy, name)
        return copy
    inner = copy.get(name)
    if isinstance(inner, list):
        copy[name] = [_changed(entry, rest, change) if isinstance(entry, Mapping) else entry for entry in inner]
    elif isinstance(inner, Mapping):
        copy[name] = _changed(inner, rest, change)
    return copy


def _add(record: dict[str, object], name: str) -> None:
    record[name] = "added by a newer version"


def _drop(record: dict[str, object], name: str) -> None:
    record.pop(name, None)


def _retype(record: dict[str, object], name: str) -> None:
    value = record.get(name)
    if isinstance(value, bool):
        record[name] = "true" if value else "false"
    elif isinstance(value, (int, Decimal)):
        record[name] = str(value)
    elif isinstance(value, str):
        record[name] = Decimal(value) if _NUMBER.fullmatch(value) else {"value": value}
    elif isinstance(value, list):
        record[name] = {"items": value}
