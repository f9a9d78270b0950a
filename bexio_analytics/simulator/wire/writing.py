"""The forms of the 2.0 API: create (POST on the list) and edit (POST on the object), with the refusals of bexio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from bexio_analytics.simulator.wire import replies
from bexio_analytics.simulator.wire.endpoints import Match
from bexio_analytics.simulator.wire.list_rows import single_object
from bexio_analytics.simulator.wire.replies import Reply
from bexio_analytics.simulator.wire.served import ServedCompany

_SWISS = ZoneInfo("Europe/Zurich")


@dataclass(frozen=True)
class Form:
    """A form of the 2.0 API.

    Attributes:
        required: Fields a new object needs.
        defaults: The whole object in the order of the wire, with the value of every field nobody sends.
        read_only: Fields of the object the form does not know.
    """

    required: tuple[str, ...]
    defaults: Mapping[str, object]
    read_only: tuple[str, ...] = ("id",)

    def refusal(self, body: Mapping[str, object], *, is_new: bool) -> Reply | None:
        """Return the answer to a body the form refuses: a field it does not know, or one a new object lacks."""
        unknown = [name for name in body if name not in self.defaults or name in self.read_only]
        if unknown:
            return replies.unknown_fields(unknown)
        missing = [name for name in self.required if is_new and body.get(name) in {None, ""}]
        return replies.form_error(*(f"{name}: This field is required" for name in missing)) if missing else None


_FORMS: dict[str, Form] = {
    "contact": Form(
        ("contact_type_id", "name_1", "user_id", "owner_id"),
        {
            "id": 0,
            "nr": None,
            "contact_type_id": 1,
            "name_1": "",
            "name_2": "",
            "salutation_id": None,
            "salutation_form": None,
            "title_id": None,
            "birthday": None,
            "address": None,
            "street_name": None,
            "house_number": None,
            "address_addition": None,
            "postcode": "",
            "city": "",
            "country_id": None,
            "mail": "",
            "mail_second": "",
            "phone_fixed": "",
            "phone_fixed_second": "",
            "phone_mobile": "",
            "fax": "",
            "url": "",
            "skype_name": "",
            "remarks": "",
            "language_id": None,
            "is_lead": False,
            "contact_group_ids": None,
            "contact_branch_ids": None,
            "user_id": 1,
            "owner_id": 1,
            "updated_at": None,
        },
        # The address is the joined text of street, house number and addition.
        read_only=("id", "address", "is_lead", "updated_at"),
    ),
    "country": Form(
        ("name", "name_short", "iso_3166_alpha2"),
        {"id": 0, "name": "", "name_short": "", "iso_3166_alpha2": ""},
    ),
}


def write(company: ServedCompany, resource: str, match: Match, body: bytes, now: float) -> Reply:
    """Create or edit an object of the 2.0 API.

    Args:
        company: Whose books are changed.
        resource: Name of the resource.
        match: The address; with an item it is an edit.
        body: The request's body, a JSON object.
        now: Seconds since 1970, for ``updated_at``.

    Returns:
        201 with the new object, 200 with the edited one, 404 where there is no form or no such object, 422 where the
        form refuses the body.
    """
    form = _FORMS.get(resource)
    old = company.find(resource, match.item) if match.item else None
    if form is None or (match.item and old is None):
        return replies.not_found()
    sent = read_object(body)
    if isinstance(sent, Reply):
        return sent
    refusal = form.refusal(sent, is_new=old is None)
    if refusal is not None:
        return refusal
    record = {**form.defaults, **(old or {"id": company.next_id(resource)}), **sent}
    if "updated_at" in record:
        record["updated_at"] = swiss_time(now)
    if resource == "contact":
        if not record["nr"]:
            record["nr"] = f"{record['id']:06d}"
        record["address"] = _joined_address(record)
    company.put(resource, record)
    return Reply(200 if old else 201, single_object(resource, record))


def read_object(body: bytes) -> dict[str, object] | Reply:
    """Decode a body that must be a JSON object, or return the answer that refuses it."""
    try:
        sent = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return replies.error(400, "The body is not valid JSON")
    return sent if isinstance(sent, dict) else replies.form_error("The body must be an object")


def swiss_time(now: float) -> str:
    """Return a point in time the way 2.0 prints it: Swiss local time without a zone."""
    return datetime.fromtimestamp(now, _SWISS).strftime("%Y-%m-%d %H:%M:%S")


def _joined_address(record: Mapping[str, object]) -> str | None:
    street = " ".join(str(record[part]) for part in ("street_name", "house_number") if record.get(part))
    lines = [part for part in (street, record.get("address_addition")) if part]
    return "\n".join(str(line) for line in lines) or None
