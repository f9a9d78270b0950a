"""Answers to authenticated requests: lists, searches, single objects, and what bexio refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from bexio_analytics.simulator.wire import criteria, replies
from bexio_analytics.simulator.wire.endpoints import Endpoint, Match, find_endpoint
from bexio_analytics.simulator.wire.faults import Faults
from bexio_analytics.simulator.wire.invoicing import write_invoice
from bexio_analytics.simulator.wire.list_rows import Record, list_row, single_object
from bexio_analytics.simulator.wire.paging import Page, PageError, Style, envelope, read_page
from bexio_analytics.simulator.wire.replies import Reply
from bexio_analytics.simulator.wire.settings import WireSettings
from bexio_analytics.simulator.wire.shapes import change_shape
from bexio_analytics.simulator.wire.tokens import Grant
from bexio_analytics.simulator.wire.writing import write


@dataclass(frozen=True)
class Question:
    """One request after authentication."""

    method: str
    path: str
    params: Mapping[str, str]
    body: bytes
    grant: Grant
    settings: WireSettings
    faults: Faults

    def json(self) -> object:
        """Return the decoded body; numbers keep their digits.

        Raises:
            msgspec.DecodeError: The body is no JSON.
        """
        return msgspec.json.decode(self.body) if self.body else None


def answer(question: Question) -> Reply:
    """Answer one request of an authenticated client."""
    match = find_endpoint(question.path)
    if match is None or (match.action and question.method != "POST"):
        return replies.not_found()
    endpoint = match.endpoint
    if not question.grant.allows(endpoint.scope):
        return replies.forbidden(endpoint.scope)
    if endpoint.parent and question.grant.company.find(endpoint.parent, match.parent or "") is None:
        return replies.not_found()
    if question.method == "GET":
        return _list(question, endpoint, match) if match.item is None else _single(question, endpoint, match)
    return _change(question, endpoint, match)


def _change(question: Question, endpoint: Endpoint, match: Match) -> Reply:
    if question.method == "POST" and match.item == "search" and endpoint.searchable:
        return _search(question, endpoint)
    edit_scope = endpoint.scope.replace("_show", "_edit")
    if not question.grant.allows(edit_scope):
        return replies.forbidden(edit_scope)
    if question.method == "DELETE" and endpoint.resource == "tax" and match.item:
        return _delete_tax(question, match.item)
    if question.path.startswith("/4.0/"):
        return replies.method_not_supported(question.method)
    # 2.0 edits are POSTs on the object: PUT and PATCH find nothing.
    if question.method != "POST" or endpoint.style is not Style.V2:
        return replies.not_found()
    return _post(question, endpoint, match)


def _post(question: Question, endpoint: Endpoint, match: Match) -> Reply:
    company, now = question.grant.company, question.settings.clock()
    if endpoint.resource in {"invoice", "invoice_payment"}:
        return write_invoice(company, question.path, question.body, now) or replies.not_found()
    return write(company, endpoint.resource, match, question.body, now)


def _list(question: Question, endpoint: Endpoint, match: Match) -> Reply:
    if endpoint.resource == "outgoing_payment" and not question.params.get("bill_id"):
        return replies.invalid_parameters()
    try:
        page = _page(question, endpoint, endpoint.default_limit)
        rows = _selected(question, endpoint, match)
    except PageError as problem:
        return replies.error(400, str(problem))
    except criteria.CriteriaError:
        return replies.invalid_parameters()
    reply = _paged(question, endpoint, page, rows)
    if endpoint.resource == "journal" and question.faults.renumber_between_pages:
        question.grant.company.renumber_journal()
    if endpoint.resource == question.faults.vanish_between_pages:
        question.grant.company.lose_first(endpoint.resource)
    return reply


def _selected(question: Question, endpoint: Endpoint, match: Match) -> list[Record]:
    """Return the rows a list shows; what a generation does not filter by is ignored."""
    company, params, faults = question.grant.company, question.params, question.faults
    rows = company.faulty_rows(endpoint.resource, faults)
    match endpoint.resource:
        case "journal":
            wanted = tuple(params.get(name, "") for name in ("from", "to", "account_uuid"))
            test = criteria.journal_filter(params, company.rows("account"))
            return company.remembered((wanted, faults), lambda: [row for row in rows if test(row)])
        case "tax":
            test = criteria.tax_filter(params)
        case "file":
            test = criteria.file_filter(params)
        case "bill":
            test = criteria.bill_filter(params, company.tax_types())
        case "expense":
            test = criteria.expense_filter(params)
        case "outgoing_payment":
            return company.children("outgoing_payment", "bill_id", params["bill_id"])
        case "invoice_payment":
            return company.children("invoice_payment", endpoint.parent_field, match.parent or "")
        case _:
            return criteria.sort_rows(rows, params.get("order_by"), endpoint.order_by)
    rows = [row for row in rows if test(row)]
    if endpoint.style is Style.V4 and params.get("sort"):
        direction = "desc" if params.get("order") == "desc" else "asc"
        return criteria.sort_rows(rows, f"{params['sort']}_{direction}", (params["sort"],))
    return rows


def _search(question: Question, endpoint: Endpoint) -> Reply:
    company = question.grant.company
    try:
        test = criteria.parse_criteria(question.json(), endpoint.searchable)
    except msgspec.DecodeError:
        return replies.error(400, "The body is not valid JSON")
    except criteria.CriteriaError as problem:
        return replies.form_error(str(problem))
    rows = company.faulty_rows(endpoint.resource, question.faults)
    # A calendar year ends at the last second of its day: only that text equals it.
    found = [row for row in rows if test(_timed(row) if endpoint.resource == "calendar_year" else row)]
    found = criteria.sort_rows(found, question.params.get("order_by"), endpoint.order_by)
    return _paged(question, endpoint, _page(question, endpoint, endpoint.search_limit), found)


def _timed(row: Record) -> Record:
    return {**row, "end": f"{row['end']} 23:59:59"}


def _page(question: Question, endpoint: Endpoint, default: int) -> Page:
    is_v4 = endpoint.style is Style.V4
    maximum = question.settings.max_limit_v4 if is_v4 else question.settings.max_limit
    page = read_page(endpoint.style, question.params, default=default, maximum=maximum)
    if question.faults.offset_ignored and endpoint.style in {Style.V2, Style.V3}:
        return Page(0, page.limit)
    return page


def _paged(question: Question, endpoint: Endpoint, page: Page, rows: list[Record]) -> Reply:
    if question.faults.unstable_order and endpoint.style is Style.V2 and not question.params.get("order_by") and rows:
        shift = page.offset // page.limit % 2
        rows = rows[shift:] + rows[:shift]
    whole = endpoint.style is Style.V3_WHOLE
    shown = rows if whole else rows[page.offset : page.offset + page.limit]
    tax_types = question.grant.company.tax_types() if endpoint.resource in {"bill", "expense"} else {}
    shaped = [
        change_shape(endpoint.resource, list_row(endpoint.resource, row, tax_types), question.faults) for row in shown
    ]
    body, headers = envelope(endpoint.style, page, len(rows), shaped, question.params)
    return Reply(200, body, headers)


def _single(question: Question, endpoint: Endpoint, match: Match) -> Reply:
    company, item = question.grant.company, match.item or ""
    if not endpoint.has_items:
        return replies.not_found()
    if endpoint.resource == "file" and not item.isdecimal():
        # Documents name their files by uuid, but a file's address takes its number only.
        return replies.not_acceptable()
    if endpoint.resource == "user" and item == "me":
        users = company.rows("user")
        record = users[0] if users else None
    else:
        record = company.find(endpoint.resource, item)
    if record is None or (match.parent is not None and str(record.get(endpoint.parent_field)) != match.parent):
        return replies.not_found()
    return Reply(200, change_shape(endpoint.resource, single_object(endpoint.resource, record), question.faults))


def _delete_tax(question: Question, item: str) -> Reply:
    company = question.grant.company
    tax = company.find("tax", item)
    if tax is None:
        return replies.not_found()
    if tax.get("digit") == "000" or company.is_tax_used(item):
        return replies.error(409, "tax can not be deleted")
    company.remove("tax", item)
    return Reply(200, replies.SUCCESS)
