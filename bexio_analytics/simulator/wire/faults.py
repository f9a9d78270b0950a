"""Switches that make the simulated bexio misbehave the way the real one does, or might."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hits:
    """Which requests a fault strikes.

    Attributes:
        path: Requests whose path starts with this text are counted; empty counts every API request.
        first: The first counted request that is struck, from 1.
        times: How many requests in a row are struck; ``None`` strikes all that follow.
        every: The whole comes again after so many counted requests: bursts instead of one burst.
    """

    path: str = ""
    first: int = 1
    times: int | None = 1
    every: int | None = None

    def strikes(self, number: int) -> bool:
        """Tell whether the ``number``-th counted request is struck."""
        if self.every:
            number = (number - 1) % self.every + 1
        return number >= self.first and (self.times is None or number < self.first + self.times)


@dataclass(frozen=True)
class FieldFault:
    """One field of one resource, for the switches that change the shape of rows.

    Attributes:
        resource: Name of the resource as in ``Company.records`` (``invoice``, ``journal``, …). The list rows and the
            single objects are both changed.
        field: Name of the field; a dotted name reaches into a nested object or each object of a nested list
            (``positions.tax_id``, ``address.country_code``).
    """

    resource: str
    field: str


@dataclass(frozen=True)
class Faults:
    """The misbehaviour of a simulated bexio; everything is off by default.

    Attributes:
        rate_headers_missing: The five rate headers are not sent; the limit itself still holds.
        retry_after_missing: A 429 carries no ``retry-after``.
        renumber_between_pages: Once, after the first page of the journal was sent, the rows of its first document
            get new ids at the end, as when an invoice is reverted and issued again during a pull: rows move one page
            forward and are missed, the document is seen twice, the total stays the same.
        vanish_between_pages: Once, after the first page of this resource was sent, its first object is deleted, and all
            others move up by one.
        offset_ignored: 2.0 and 3.0 lists answer every ``offset`` with their first page.
        unstable_order: 2.0 lists without ``order_by`` shift their rows from page to page.
        null_ref_class: Every journal row loses its ``ref_class``; the reference ids stay.
        unknown_ref_class: Journal rows of bills say ``KbUnheardOf`` instead of ``KbBill``.
        zero_amount_rows: The journal ends with copies of up to twenty document rows whose amounts are 0.
        i18n_names: System accounts are called by their translation key instead of their name.
        non_numeric_account_no: Asset accounts that are not system accounts get a letter in their number (``1000-A``).
        extra_fields: Rows of these resources carry a field nobody declared, with a text in it.
        missing_fields: These fields are left out.
        retyped_fields: These fields change their JSON type: a number becomes text, a numeric text a number, any other
            text an object, a boolean text, a list an object. Null stays null.
        latency_seconds: Each API answer is held back so long.
        drop_connection: The connection closes in the middle of the body (needs a real server, see ``serve``).
        truncate_json: The body ends in the middle, and the length header agrees with it.
        server_errors: An error status is answered instead of the content.
        server_error_status: That status, 500 or 503.
        refusals: 429 is answered though the budget is not used up, as when bexio counts something else.
        revoke_token_after: A token is refused after so many API requests, in the middle of a pull. A token that
            the token endpoint issues afterwards starts anew.
        clock_skew_seconds: The server's clock is so far ahead (negative: behind): its ``Date`` header, its id tokens
            and the end of its access tokens follow it. Switched on in between, issued tokens end early or late.
        identity_down: The identity provider answers everything with 503.
        altered_state: The answer to a sign-in carries another ``state`` than the app sent.
        altered_nonce: The id token carries another ``nonce`` than the app sent.
    """

    rate_headers_missing: bool = False
    retry_after_missing: bool = False
    renumber_between_pages: bool = False
    vanish_between_pages: str = ""
    offset_ignored: bool = False
    unstable_order: bool = False
    null_ref_class: bool = False
    unknown_ref_class: bool = False
    zero_amount_rows: bool = False
    i18n_names: bool = False
    non_numeric_account_no: bool = False
    extra_fields: tuple[FieldFault, ...] = ()
    missing_fields: tuple[FieldFault, ...] = ()
    retyped_fields: tuple[FieldFault, ...] = ()
    latency_seconds: float = 0.0
    drop_connection: Hits | None = None
    truncate_json: Hits | None = None
    server_errors: Hits | None = None
    server_error_status: int = 503
    refusals: Hits | None = None
    revoke_token_after: int | None = None
    clock_skew_seconds: float = 0.0
    identity_down: bool = False
    altered_state: bool = False
    altered_nonce: bool = False


class FaultCounter:
    """Counts the requests each ``Hits`` fault looks at."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def strikes(self, name: str, hits: Hits | None, path: str) -> bool:
        """Count the request for the fault called ``name`` and tell whether it is struck."""
        if hits is None or not path.startswith(hits.path):
            return False
        self._seen[name] = self._seen.get(name, 0) + 1
        return hits.strikes(self._seen[name])
