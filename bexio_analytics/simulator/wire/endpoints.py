"""The table of what the simulated bexio serves: address, resource, paging, scope, sorting, searching."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from bexio_analytics.simulator.wire.paging import Style


@dataclass(frozen=True)
class Endpoint:
    """One list and its single objects.

    Attributes:
        path: Address of the list; ``{parent}`` stands for the id of the object it belongs to.
        resource: Name of its records in ``Company.records``.
        style: How it is paged.
        scope: Scope a token needs; empty where every token may read.
        default_limit: Rows of a page when the request names no limit.
        has_items: Whether single objects can be read under the list's address.
        order_by: Fields a 2.0 list sorts by.
        searchable: Fields ``POST …/search`` knows; empty where there is no search.
        search_limit: Default limit of the search.
        parent: Resource of ``{parent}``.
        parent_field: Field of the records that holds the parent's id.
        actions: What can be done to a single object by POST on its address and this word.
    """

    path: str
    resource: str
    style: Style
    scope: str = ""
    default_limit: int = 500
    has_items: bool = True
    order_by: tuple[str, ...] = ()
    searchable: tuple[str, ...] = ()
    search_limit: int = 500
    parent: str = ""
    parent_field: str = ""
    actions: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Expression for the list, its search, its single objects and their actions."""
        path = re.escape(self.path).replace(r"\{parent\}", "(?P<parent>[^/]+)")
        action = f"(?:/(?P<action>{'|'.join(self.actions)}))?" if self.actions else ""
        return re.compile(f"{path}(?:/(?P<item>[^/]+){action})?/?")


_DOCUMENT_ORDER = ("id", "total", "total_net", "total_gross", "updated_at")
_DOCUMENT_SEARCH = (
    "id",
    "kb_item_status_id",
    "document_nr",
    "title",
    "contact_id",
    "contact_sub_id",
    "user_id",
    "currency_id",
    "total_gross",
    "total_net",
    "total",
    "is_valid_from",
    "is_valid_to",
    "updated_at",
)
_CONTACT_SEARCH = (
    "id",
    "name_1",
    "name_2",
    "nr",
    "address",
    "mail",
    "mail_second",
    "postcode",
    "city",
    "country_id",
    "contact_group_ids",
    "contact_type_id",
    "updated_at",
    "user_id",
    "phone_fixed",
    "phone_mobile",
    "fax",
)
_FILE_SEARCH = (
    "id",
    "uuid",
    "created_at",
    "name",
    "extension",
    "size_in_bytes",
    "mime_type",
    "user_id",
    "is_archived",
    "source_id",
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("/2.0/company_profile", "company", Style.V2),
    Endpoint("/3.0/users", "user", Style.V3),
    Endpoint(
        "/2.0/accounts",
        "account",
        Style.V2,
        "accounting",
        has_items=False,
        searchable=("account_no", "fibu_account_group_id", "name", "account_type"),
    ),
    Endpoint("/2.0/account_groups", "account_group", Style.V2, "accounting", has_items=False),
    Endpoint("/3.0/taxes", "tax", Style.V3_WHOLE, "accounting"),
    Endpoint("/3.0/currencies", "currency", Style.V3, "accounting", 2000),
    Endpoint("/3.0/accounting/business_years", "business_year", Style.V3_WHOLE, "accounting"),
    Endpoint(
        "/3.0/accounting/calendar_years",
        "calendar_year",
        Style.V3,
        "accounting",
        2000,
        searchable=("id", "start", "end", "is_vat_subject", "vat_accounting_method", "vat_accounting_type"),
    ),
    # Whether VAT periods tell their total was never recorded: they are treated like the other accounting lists.
    Endpoint("/3.0/accounting/vat_periods", "vat_period", Style.V3, "accounting", 2000),
    Endpoint("/3.0/accounting/journal", "journal", Style.V3, "accounting", 2000, has_items=False),
    Endpoint("/3.0/accounting/manual_entries", "manual_entry", Style.V3, "accounting", 2000, has_items=False),
    Endpoint(
        "/2.0/contact",
        "contact",
        Style.V2,
        "contact_show",
        order_by=("id", "nr", "name_1", "updated_at"),
        searchable=_CONTACT_SEARCH,
    ),
    Endpoint(
        "/2.0/country",
        "country",
        Style.V2,
        order_by=("id", "name", "name_short"),
        searchable=("name", "name_short"),
    ),
    Endpoint(
        "/2.0/kb_offer",
        "quote",
        Style.V2,
        "kb_offer_show",
        order_by=_DOCUMENT_ORDER,
        searchable=(*_DOCUMENT_SEARCH, "is_valid_until"),
    ),
    Endpoint(
        "/2.0/pr_project",
        "project",
        Style.V2,
        "project_show",
        order_by=("id", "name"),
        searchable=("name", "contact_id", "pr_state_id"),
    ),
    Endpoint(
        "/2.0/kb_invoice",
        "invoice",
        Style.V2,
        "kb_invoice_show",
        order_by=_DOCUMENT_ORDER,
        searchable=(*_DOCUMENT_SEARCH, "api_reference"),
        actions=("issue",),
    ),
    Endpoint(
        "/2.0/kb_invoice/{parent}/payment",
        "invoice_payment",
        Style.V2,
        "kb_invoice_show",
        parent="invoice",
        parent_field="kb_invoice_id",
    ),
    Endpoint("/4.0/purchase/bills", "bill", Style.V4, "kb_bill_show", 100),
    Endpoint("/4.0/expenses", "expense", Style.V4, "kb_expense_show", 100),
    Endpoint("/4.0/purchase/outgoing-payments", "outgoing_payment", Style.V4, "kb_bill_show", 100),
    Endpoint("/3.0/files", "file", Style.V3, "file", searchable=_FILE_SEARCH),
    Endpoint("/3.0/banking/accounts", "bank_account", Style.V3, "bank_account_show"),
    Endpoint("/4.0/banking/payments", "banking_payment", Style.V4_BANKING, "bank_payment_show"),
)


@dataclass(frozen=True)
class Match:
    """An address taken apart: endpoint, the parent's id, an id (or ``search``, ``me``) and what to do to the object."""

    endpoint: Endpoint
    parent: str | None
    item: str | None
    action: str | None = None


def find_endpoint(path: str) -> Match | None:
    """Find the endpoint of a path, or ``None`` for an address nobody serves."""
    for endpoint in ENDPOINTS:
        found = endpoint.pattern.fullmatch(path)
        if found:
            parts = found.groupdict()
            return Match(endpoint, parts.get("parent"), parts.get("item"), parts.get("action"))
    return None
