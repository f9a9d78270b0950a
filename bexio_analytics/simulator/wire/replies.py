"""What the wire answers before it becomes HTTP: a status, a JSON body, headers; and bexio's error bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

# Decimals leave as JSON numbers with the digits they have, never through a float.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def to_json(body: object) -> bytes:
    """Encode a body; Decimals become JSON numbers with exactly their digits."""
    return _ENCODER.encode(body)


@dataclass(frozen=True)
class Reply:
    """One answer: HTTP status, body (encoded as JSON; text is sent as plain text), extra headers."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)


SUCCESS = {"success": True}


def error(status: int, message: str, errors: Sequence[str] = ()) -> Reply:
    """Build the general error body of the 2.0, 3.0 and 4.0 APIs."""
    body: dict[str, object] = {"error_code": status, "message": message}
    if errors:
        body["errors"] = list(errors)
    return Reply(status, body)


def not_found() -> Reply:
    """Answer for an unknown path or id."""
    return error(404, "Page not found")


def invalid_token() -> Reply:
    """Answer for a missing, wrong, expired or revoked access token."""
    return error(401, "Invalid access token")


def forbidden(scope: str) -> Reply:
    """Answer for a token without the scope (assumption: general shape, no 403 was ever recorded)."""
    return error(403, f"The access token does not have the scope {scope}")


def not_acceptable() -> Reply:
    """Answer for a request that does not ask for JSON."""
    return error(415, "You did not specify a valid Accept-Header")


def form_error(*errors: str) -> Reply:
    """Answer for a body the 2.0 forms refuse."""
    return error(422, "The form could not be saved due to the following errors:", errors)


def unknown_fields(names: Sequence[str]) -> Reply:
    """Answer for body fields that the form does not know."""
    return form_error(f"Widget schema does not include the following field(s): {', '.join(names)}")


def invalid_parameters() -> Reply:
    """Answer of the 4.0 services for a missing or malformed query parameter."""
    return error(400, "Parameters are invalid")


def method_not_supported(method: str) -> Reply:
    """Answer of the 4.0 services for a method a path does not have."""
    return error(405, f"Request method '{method}' is not supported.")


def server_error(status: int) -> Reply:
    """Answer of a failing service: 500 with the general body, 503 with the plain text of a proxy (assumption)."""
    if status == 500:  # noqa: PLR2004
        return error(500, "Internal Server Error")
    return Reply(status, "no healthy upstream")


def rate_limited() -> Reply:
    """Answer over the limit (assumption: Kong's body, whose header set bexio's equals; no 429 was ever recorded)."""
    return Reply(429, {"message": "API rate limit exceeded"})
