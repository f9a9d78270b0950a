"""What the query of a ``.sql`` check may do: one ``select`` over the books, the law and the period under review.

DuckDB parses the query; the tree it gives back is read, not the text. Names are allowed, never forbidden: a view or a
function that is not known here is refused, so that a new version of DuckDB opens no door. The connection the query runs
in reads no files and takes no settings either; this module also keeps it from the tables behind the views, from what
DuckDB knows of itself, and from anything that would give another answer tomorrow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import duckdb

from bexio_analytics import law
from bexio_analytics.books.definition import LAW_VIEWS, LEDGER_VIEWS, VIEWS

_MAIN = frozenset(VIEWS + LEDGER_VIEWS)
_LAW = frozenset((*law.TABLE_NAMES, *LAW_VIEWS))
_OF_THE_REVIEW_ITSELF = frozenset({"finding", "result"})
"""What the review is about to find: it would differ from run to run."""
_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
_OUR_MACROS = frozenset({"tax_on", "tax_in", "share_of"})
# fmt: off
_MACROS = frozenset({
    "array_append", "array_prepend", "array_to_string", "date_add", "days_in_month", "fdiv", "fmod", "geomean",
    "geometric_mean", "if", "list_any_value", "list_append", "list_avg", "list_bool_and", "list_bool_or",
    "list_count", "list_first", "list_last", "list_max", "list_median", "list_min", "list_mode", "list_prepend",
    "list_product", "list_reverse", "list_stddev_pop", "list_stddev_samp", "list_string_agg", "list_sum",
    "list_var_pop", "list_var_samp", "nullif", "split_part", "wavg", "weighted_avg",
})
# fmt: on
_CLOCK = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
"""Words that read the clock where no column has their name."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure
    """The query does something it may not; ``line`` counts from 1 inside the query."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.line = line


def parameters(query: str) -> frozenset[str]:
    """Check a query; gives the names of its ``$parameters``.

    Raises:
        Refused: it is not one select, or it reads or calls something else than is allowed.
    """
    visitor = _Visitor(query)
    visitor.visit(_tree(query), frozenset())
    return frozenset(visitor.parameters)


def _tree(query: str) -> object:
    with duckdb.connect() as connection:
        row = connection.execute("select json_serialize_sql($1::varchar)", [query]).fetchone()
    tree = json.loads(cast("tuple[str]", row)[0])
    if tree["error"]:
        line = query.encode()[: int(tree.get("position") or 0)].count(b"\n") + 1
        if "SELECT" in tree["error_message"]:
            raise Refused("a check is one select", line)
        raise Refused(tree["error_message"].partition("\n")[0], line)
    if len(tree["statements"]) != 1:
        raise Refused(f"a check is one select, here are {len(tree['statements'])}")
    return tree["statements"][0]


@cache
def _functions() -> frozenset[str]:
    """Functions that give the same answer for the same input, by DuckDB's own account."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            select function_name from duckdb_functions()
            where  function_type in ('scalar', 'aggregate', 'window')
            group  by function_name having bool_and(stability = 'CONSISTENT')
            """
        ).fetchall()
    same = {name for (name,) in rows if not name.startswith(("__", "current_"))}
    return frozenset(same | _MACROS | _OUR_MACROS | {"unnest"})


class _Visitor:
    """Walks the tree with the names that ``with`` makes visible at each place."""

    def __init__(self, query: str) -> None:
        self.query = query.encode()
        self.parameters: set[str] = set()

    def visit(self, node: object, scope: frozenset[str]) -> None:
        if isinstance(node, list):
            for each in node:
                self.visit(each, scope)
        elif isinstance(node, dict):
            self._visit_object(node, scope)

    def _visit_object(self, node: Mapping[str, Any], scope: frozenset[str]) -> None:
        if "cte_map" in node:
            scope = self._with_names(node, scope)
        if node.get("sample") is not None:
            raise self._refused(node, "a sample finds other rows every time")
        if node.get("type") == "TABLE_FUNCTION":
            self._require_function(node["function"], _TABLE_FUNCTIONS)
            self.visit(node["function"]["arguments"], scope)
            return
        self._require_allowed(node, scope)
        for name, value in node.items():
            if name != "cte_map":
                self.visit(value, scope)

    def _require_allowed(self, node: Mapping[str, Any], scope: frozenset[str]) -> None:
        match node.get("type"):
            case "BASE_TABLE":
                self._require_view(node, scope)
            case "SHOW_REF":
                raise self._refused(node, "a check is one select")
            case "COLUMN_REF" if ".".join(node["column_names"]).lower() in _CLOCK:
                raise self._refused(
                    node, f"{node['column_names'][0]} reads the clock: review.period has the day of the review, as_of"
                )
            case "VALUE_PARAMETER":
                self.parameters.add(str(node["identifier"]))
            case _ if "function_name" in node:
                self._require_function(node, _functions())

    def _with_names(self, node: Mapping[str, Any], scope: frozenset[str]) -> frozenset[str]:
        """Each name of ``with`` is visible to those after it, and to itself only where it is recursive."""
        for entry in node["cte_map"]["map"]:
            name = entry["key"].lower()
            own = {name} if entry["value"]["query_node"]["type"] == "RECURSIVE_CTE_NODE" else set()
            self.visit(entry["value"], scope | own)
            scope |= {name}
        return scope

    def _require_view(self, node: Mapping[str, Any], scope: frozenset[str]) -> None:
        catalog, schema, table = (str(node[f"{each}_name"]).lower() for each in ("catalog", "schema", "table"))
        match (catalog, schema):
            case ("", ""):
                allowed = table in scope or table in _MAIN
            case ("", "main" | "books") | ("books", "main"):
                allowed = table in _MAIN
            case ("" | "books", "law"):
                allowed = table in _LAW
            case ("", "review") | ("review", "main"):
                allowed = table not in _OF_THE_REVIEW_ITSELF
            case _:
                allowed = False
        if not allowed or node.get("at_clause") is not None:
            name = ".".join(part for part in (catalog, schema, table) if part)
            raise self._refused(node, f"{name} is no view of the books, of law or of review")

    def _require_function(self, node: Mapping[str, Any], allowed: frozenset[str]) -> None:
        name = str(node["function_name"]).lower()
        if name not in allowed or node["schema"] or node["catalog"]:
            raise self._refused(node, f"the function {name} is not allowed in a check")

    def _refused(self, node: Mapping[str, Any], reason: str) -> Refused:
        at = int(node.get("query_location", 0))
        return Refused(reason, self.query[:at].count(b"\n") + 1 if at < len(self.query) else 1)
