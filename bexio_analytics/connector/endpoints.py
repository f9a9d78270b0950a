"""What is fetched, and how each part of bexio's API is asked: one table, one line per resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import msgspec


class Paging(StrEnum):
    """How an endpoint gives out its rows; it follows the API generation, which bexio chose per resource."""

    OFFSET_2 = "2.0"
    """``limit``/``offset``, bare list, no total."""
    OFFSET_3 = "3.0"
    """``limit``/``offset``, bare list, total in ``x-total-count``."""
    FULL = "full"
    """The whole list in one answer; ``offset`` is ignored, or not needed."""
    PAGE = "4.0"
    """``page``/``limit``, ``{"data": […], "paging": {…}}``; ``offset`` is ignored."""
    BANKING = "4.0 banking"
    """``page``/``per-page``, ``{"results": […], "pagination": {…}}``."""
    OBJECT = "object"
    """One object, no list."""


class Listed(msgspec.Struct, frozen=True):
    """What of a list row decides whether something more is asked about it; everything else stays unread here."""

    id: Any = msgspec.UNSET
    status: Any = msgspec.UNSET
    kb_item_status_id: Any = msgspec.UNSET
    total_received_payments: Any = msgspec.UNSET
    total_credit_vouchers: Any = msgspec.UNSET
    paid_on: Any = msgspec.UNSET


def _always(_row: Listed) -> bool:
    return True


def _may_have_payments(row: Listed) -> bool:
    """The invoice was paid or settled at least in part.

    Payments exist only per invoice, one request each, and most of a year's drafts and open invoices have none: their
    sums of payments and of credit notes are zero and their status is neither paid (9) nor partially paid (16). A value
    that is missing or unreadable counts as "may".
    """
    sums_are_zero = _is_zero(row.total_received_payments) and _is_zero(row.total_credit_vouchers)
    return not sums_are_zero or row.kb_item_status_id in {9, 16} or row.kb_item_status_id is msgspec.UNSET


def _may_have_payment_orders(row: Listed) -> bool:
    """The bill went beyond BOOKED.

    Payment orders exist only per bill, one request each. Every order, even a failed one, moves the status on, so a
    draft or a bill that is merely booked has none. A status that is missing or unknown counts as "may".
    """
    return row.status not in {"DRAFT", "BOOKED"}


def _is_zero(value: object) -> bool:
    try:
        return Decimal(str(value)) == 0
    except InvalidOperation:
        return False


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One resource of the API.

    Attributes:
        resource: Our name, which raw files and tables bear.
        path: Path below the API's address; ``{parent}`` is the id of the parent row.
        paging: How the rows come.
        scope: What the token must carry; ``general`` is implied in every token.
        bucket: Counter of the rate limit.
        order_by: Sort that keeps pages by offset stable, where the endpoint has one.
        params: Further query parameters.
        archived: Parameters under which the same endpoint lists its archived rows, which it hides otherwise.
        parent: Resource whose rows this one is asked for, one request each.
        parent_param: Query parameter that carries the parent's id, where it is not in the path.
        wanted: For which parent rows it is asked at all.
        has_updates: Rows tell when they were last changed, and can be searched by it.
        unsettled: Values of ``kb_item_status_id`` under which a document lives on without being edited: payments may
            change its row, and whether they count as a change was never recorded.
        is_indispensable: Without it nothing can be reviewed, so a refusal ends the pull.
    """

    resource: str
    path: str
    paging: Paging
    scope: str
    bucket: str = "default"
    order_by: str | None = None
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    archived: Mapping[str, str] | None = None
    parent: str | None = None
    parent_param: str | None = None
    wanted: Callable[[Listed], bool] = _always
    has_updates: bool = False
    unsettled: tuple[int, ...] = ()
    is_indispensable: bool = False


_TABLE: Final = (
    Endpoint(
        resource="company",
        path="/2.0/company_profile",
        paging=Paging.FULL,
        scope="general",
        is_indispensable=True,
    ),
    Endpoint(resource="user", path="/3.0/users", paging=Paging.OFFSET_3, scope="general"),
    Endpoint(
        resource="account",
        path="/2.0/accounts",
        paging=Paging.OFFSET_2,
        scope="accounting",
        is_indispensable=True,
    ),
    Endpoint(resource="account_group", path="/2.0/account_groups", paging=Paging.OFFSET_2, scope="accounting"),
    Endpoint(resource="tax", path="/3.0/taxes", paging=Paging.FULL, scope="accounting", is_indispensable=True),
    Endpoint(resource="currency", path="/3.0/currencies", paging=Paging.OFFSET_3, scope="accounting"),
    Endpoint(resource="business_year", path="/3.0/accounting/business_years", paging=Paging.FULL, scope="accounting"),
    Endpoint(
        resource="calendar_year",
        path="/3.0/accounting/calendar_years",
        paging=Paging.OFFSET_3,
        scope="accounting",
        is_indispensable=True,
    ),
    Endpoint(resource="vat_period", path="/3.0/accounting/vat_periods", paging=Paging.OFFSET_3, scope="accounting"),
    Endpoint(
        resource="contact",
        path="/2.0/contact",
        paging=Paging.OFFSET_2,
        scope="contact_show",
        order_by="id",
        archived=MappingProxyType({"show_archived": "true"}),
        has_updates=True,
    ),
    Endpoint(resource="country", path="/2.0/country", paging=Paging.OFFSET_2, scope="general", order_by="id"),
    Endpoint(
        resource="quote",
        path="/2.0/kb_offer",
        paging=Paging.OFFSET_2,
        scope="kb_offer_show",
        order_by="id",
        has_updates=True,
    ),
    Endpoint(resource="project", path="/2.0/pr_project", paging=Paging.OFFSET_2, scope="project_show", order_by="id"),
    Endpoint(
        resource="invoice",
        path="/2.0/kb_invoice",
        paging=Paging.OFFSET_2,
        scope="kb_invoice_show",
        order_by="id",
        has_updates=True,
        unsettled=(7, 8, 16, 31),
    ),
    Endpoint(
        resource="invoice_detail",
        path="/2.0/kb_invoice/{parent}",
        paging=Paging.OBJECT,
        scope="kb_invoice_show",
        parent="invoice",
    ),
    Endpoint(
        resource="invoice_payment",
        path="/2.0/kb_invoice/{parent}/payment",
        paging=Paging.FULL,
        scope="kb_invoice_show",
        parent="invoice",
        wanted=_may_have_payments,
    ),
    Endpoint(resource="bill", path="/4.0/purchase/bills", paging=Paging.PAGE, scope="kb_bill_show"),
    Endpoint(
        resource="bill_detail",
        path="/4.0/purchase/bills/{parent}",
        paging=Paging.OBJECT,
        scope="kb_bill_show",
        parent="bill",
    ),
    Endpoint(resource="expense", path="/4.0/expenses", paging=Paging.PAGE, scope="kb_expense_show"),
    Endpoint(
        resource="expense_detail",
        path="/4.0/expenses/{parent}",
        paging=Paging.OBJECT,
        scope="kb_expense_show",
        parent="expense",
    ),
    Endpoint(
        resource="outgoing_payment",
        path="/4.0/purchase/outgoing-payments",
        paging=Paging.PAGE,
        scope="kb_bill_show",
        parent="bill",
        parent_param="bill_id",
        wanted=_may_have_payment_orders,
    ),
    Endpoint(
        resource="manual_entry", path="/3.0/accounting/manual_entries", paging=Paging.OFFSET_3, scope="accounting"
    ),
    Endpoint(
        resource="journal",
        path="/3.0/accounting/journal",
        paging=Paging.OFFSET_3,
        scope="accounting",
        is_indispensable=True,
    ),
    Endpoint(
        resource="file",
        path="/3.0/files",
        paging=Paging.OFFSET_3,
        scope="file",
        params=MappingProxyType({"archived_state": "all"}),
    ),
    Endpoint(resource="bank_account", path="/3.0/banking/accounts", paging=Paging.OFFSET_3, scope="bank_account_show"),
)

ENDPOINTS: Final[Mapping[str, Endpoint]] = MappingProxyType({endpoint.resource: endpoint for endpoint in _TABLE})
"""Every endpoint by resource."""

RESOURCES: Final = tuple(ENDPOINTS)
"""Names of all resources, in the order of the manifest."""
