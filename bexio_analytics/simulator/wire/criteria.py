"""Search criteria, sorting and the query filters of single lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from bexio_analytics.simulator.wire.list_rows import Record, bill_amounts

Params = Mapping[str, str]
Predicate = Callable[[Record], bool]

_NAMES = {
    "equal": "=",
    "==": "=",
    "not_equal": "!=",
    "greater_than": ">",
    "greater_equal": ">=",
    "less_than": "<",
    "less_equal": "<=",
}
_COMPARISONS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
}
_OTHER = ("like", "not_like", "is_null", "not_null", "in", "not_in")

_BILL_GROUPS: dict[str, frozenset[str]] = {
    "DRAFTS": frozenset({"DRAFT"}),
    "PAID": frozenset({"PAID"}),
    "TODO": frozenset(
        {
            "BOOKED",
            "PARTIALLY_CREATED",
            "CREATED",
            "PARTIALLY_SENT",
            "SENT",
            "PARTIALLY_DOWNLOADED",
            "DOWNLOADED",
            "PARTIALLY_PAID",
            "PARTIALLY_FAILED",
            "FAILED",
        }
    ),
}


class CriteriaError(ValueError):
    """A search body or a query parameter cannot be understood; the message says which."""


def parse_criteria(body: object, searchable: Sequence[str]) -> Predicate:
    """Turn the body of a search into a predicate; the criteria are joined by AND.

    Args:
        body: A list of ``{"field", "value", "criteria"}``; the criterion defaults to ``like``.
        searchable: Fields the endpoint can search.

    Raises:
        CriteriaError: The body is no such list, or names an unknown field or criterion.
    """
    if not isinstance(body, list):
        raise CriteriaError("The body must be an array of search criteria")
    tests = [_criterion(entry, searchable) for entry in body]
    return lambda record: all(test(record) for test in tests)


def _criterion(entry: object, searchable: Sequence[str]) -> Predicate:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("field"), str):
        raise CriteriaError("Each criterion must be an object with field, value and criteria")
    field = str(entry["field"])
    if field not in searchable:
        raise CriteriaError(f"The field {field} cannot be searched")
    name = str(entry.get("criteria") or "like")
    name = _NAMES.get(name, name)
    value = entry.get("value")
    if name in _COMPARISONS:
        holds = _COMPARISONS[name]
        # A missing value equals nothing: it only passes "not equal".
        return lambda record: name == "!=" if record.get(field) is None else holds(_compare(record[field], value))
    match name:
        case "like":
            return lambda record: _contains(record.get(field), value)
        case "not_like":
            return lambda record: not _contains(record.get(field), value)
        case "is_null":
            return lambda record: record.get(field) is None
        case "not_null":
            return lambda record: record.get(field) is not None
        case "in" | "not_in":
            wanted = value if isinstance(value, list) else str(value or "").split(",")
            return lambda record: (
                any(record.get(field) is not None and _compare(record[field], one) == 0 for one in wanted)
                == (name == "in")
            )
    raise CriteriaError(f"The criteria {name} is not one of {', '.join((*_COMPARISONS, *_OTHER))}")


def _compare(left: object, right: object) -> int:
    """Compare as numbers where both are, else as text; -1, 0 or 1."""
    numbers = _number(left), _number(right)
    if numbers[0] is not None and numbers[1] is not None:
        return (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])
    texts = _text(left), _text(right)
    return (texts[0] > texts[1]) - (texts[0] < texts[1])


def _contains(left: object, right: object) -> bool:
    return left is not None and _text(right).strip("%").casefold() in _text(left).casefold()


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return Decimal(int(value))
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def sort_rows(rows: list[Record], order_by: str | None, sortable: Sequence[str]) -> list[Record]:
    """Sort by ``field``, ``field_asc`` or ``field_desc``, several joined by commas; other names are ignored."""
    for key in reversed((order_by or "").split(",")):
        name, descending = key.strip(), False
        if name not in sortable and name.endswith(("_asc", "_desc")):
            name, _, direction = name.rpartition("_")
            descending = direction == "desc"
        if name in sortable:
            rows = sorted(rows, key=lambda row: _sort_key(row.get(name)), reverse=descending)
    return rows


def _sort_key(value: object) -> tuple[int, Decimal, str]:
    number = _number(value)
    return (0, number, "") if number is not None else (1, Decimal(0), _text(value))


def journal_filter(params: Params, accounts: Sequence[Record]) -> Predicate:
    """Select journal rows by ``from``, ``to`` (both inclusive, an assumption) and ``account_uuid`` on either side."""
    start, end, uuid = params.get("from"), params.get("to"), params.get("account_uuid")
    account_ids = {row["id"] for row in accounts if row.get("uuid") == uuid} if uuid else None

    def selected(row: Record) -> bool:
        day = str(row["date"])[:10]
        if (start and day < start) or (end and day > end):
            return False
        return account_ids is None or row["debit_account_id"] in account_ids or row["credit_account_id"] in account_ids

    return selected


def tax_filter(params: Params) -> Predicate:
    """Select tax codes by ``scope`` (active, inactive), ``date`` (valid on that day) and ``types``."""
    scope, day, types = params.get("scope"), params.get("date"), params.get("types")

    def selected(row: Record) -> bool:
        if scope in {"active", "inactive"} and row["is_active"] != (scope == "active"):
            return False
        if types == "sales_tax" and str(row["type"]).startswith("pre_"):
            return False
        if types == "pre_tax" and not str(row["type"]).startswith("pre_"):
            return False
        return not day or _valid_on(row, day[:7])

    return selected


def _valid_on(row: Record, month: str) -> bool:
    start = f"{row['start_year']:04d}-{row.get('start_month') or 1:02d}" if row.get("start_year") else ""
    end = f"{row['end_year']:04d}-{row.get('end_month') or 12:02d}" if row.get("end_year") else "9999"
    return start <= month <= end


def file_filter(params: Params) -> Predicate:
    """Select files by ``archived_state``; not archived by default (assumption)."""
    state = params.get("archived_state", "not_archived")
    return lambda row: state == "all" or bool(row.get("is_archived")) == (state == "archived")


def bill_filter(params: Params, tax_types: Mapping[object, str]) -> Predicate:
    """Select bills by the documented filters of the 4.0 list; empty bounds are open, dates inclusive."""
    tests = [
        *_ranges(params, ("bill_date", "due_date"), "start", "end"),
        *_ranges(params, ("pending_amount",), "min", "max"),
        *_texts(params, ("vendor_ref", "title", "currency_code", "document_no", "supplier_id")),
        *_vendor_and_search(params),
    ]
    group = params.get("status")
    if group == "OVERDUE":
        tests.append(lambda row: bool(row.get("overdue")) and row.get("status") in _BILL_GROUPS["TODO"])
    elif group in _BILL_GROUPS:
        wanted = _BILL_GROUPS[group]
        tests.append(lambda row: row.get("status") in wanted)
    elif group:
        raise CriteriaError("status is not one of DRAFTS, TODO, PAID, OVERDUE")
    amount_tests = _ranges(params, ("gross", "net"), "min", "max")

    def selected(row: Record) -> bool:
        if not all(test(row) for test in tests):
            return False
        amounts = dict(zip(("gross", "net"), bill_amounts(row, tax_types), strict=True)) if amount_tests else {}
        return all(test(amounts) for test in amount_tests)

    return selected


def expense_filter(params: Params) -> Predicate:
    """Select expenses by the documented filters of the 4.0 list but gross, net and vendor type; dates inclusive."""
    tests = [
        *_ranges(params, ("paid_on", "created_at"), "start", "end"),
        *_texts(params, ("title", "currency_code", "document_no", "supplier_id", "project_id")),
        *_vendor_and_search(params),
    ]
    return lambda row: all(test(row) for test in tests)


def _ranges(params: Params, fields: Sequence[str], low: str, high: str) -> list[Predicate]:
    tests: list[Predicate] = []
    for field in fields:
        lowest, highest = params.get(f"{field}_{low}"), params.get(f"{field}_{high}")
        if lowest:
            tests.append(lambda row, field=field, bound=lowest: _bounded(row.get(field), bound) >= 0)  # type: ignore[misc]
        if highest:
            tests.append(lambda row, field=field, bound=highest: _bounded(row.get(field), bound) <= 0)  # type: ignore[misc]
    return tests


def _bounded(value: object, bound: str) -> int:
    # A timestamp is compared by as much of it as the bound gives, so that an end date includes its day.
    return _compare(str(value)[: len(bound)] if "-" in bound[1:] else value, bound)


def _texts(params: Params, fields: Sequence[str]) -> list[Predicate]:
    return [
        lambda row, field=field: _text(row.get(field)) == params[field]  # type: ignore[misc]
        for field in fields
        if params.get(field)
    ]


def _vendor_and_search(params: Params) -> list[Predicate]:
    tests: list[Predicate] = []
    vendor, term = params.get("vendor"), params.get("search_term")
    names = ("firstname_suffix", "lastname_company")
    if vendor:
        tests.append(lambda row: any(_contains(row.get(name), vendor) for name in names))
    if term:
        fields = (*names, "vendor_ref", "currency_code", "document_no", "title")
        tests.append(lambda row: any(_contains(row.get(name), term) for name in fields))
    return tests
