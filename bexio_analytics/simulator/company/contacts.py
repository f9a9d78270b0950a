"""Customers and suppliers of Muster Handels AG, at home and abroad; every name is invented."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

from bexio_analytics.simulator.company.formats import happens, local_stamp, office_moment
from bexio_analytics.simulator.company.places import COUNTRY_IDS, COUNTRY_NAMES

_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4)
_NO_DIGIT = 10
_NAMES = (
    "Aebi",
    "Brunner",
    "Camenzind",
    "Dubach",
    "Eberle",
    "Frick",
    "Gisler",
    "Hug",
    "Inauen",
    "Jost",
    "Kälin",
    "Lutz",
)
_TRADES = ("Haushalt", "Gastro", "Küchen", "Tischkultur", "Eisenwaren", "Hotelbedarf", "Wohnbedarf", "Feinkost")
_FORMS = ("AG", "GmbH", "& Co.", "Genossenschaft")
_TOWNS = ("3011 Bern", "4500 Solothurn", "6300 Zug", "8200 Schaffhausen", "9200 Gossau", "5400 Baden", "7000 Chur")


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact; ``country`` is ISO 3166 alpha 2."""

    id: int
    key: str
    is_customer: bool
    name: str
    street: str
    house_number: str
    postcode: str
    city: str
    country: str
    remarks: str

    @property
    def is_domestic(self) -> bool:
        """Within the Swiss VAT territory, which includes Liechtenstein."""
        return self.country in {"CH", "LI"}

    @property
    def address_block(self) -> str:
        """The address as printed on a document."""
        place = f"{self.postcode} {self.city}\n{COUNTRY_NAMES[self.country]}"
        return f"{self.name}\n{self.street} {self.house_number}\n{place}"


def new_vat_number(rng: random.Random) -> str:
    """An invented Swiss VAT number with a valid check digit: ``CHE-412.659.373 MWST``."""
    while True:
        digits = [rng.randrange(1, 10), *(rng.randrange(10) for _ in range(7))]
        check = -sum(a * b for a, b in zip(digits, _WEIGHTS, strict=True)) % 11
        if check != _NO_DIGIT:
            plain = "".join(map(str, [*digits, check]))
            return f"CHE-{plain[:3]}.{plain[3:6]}.{plain[6:]} MWST"


def contacts(rng: random.Random, scale: int) -> dict[str, Contact]:
    """All contacts by key; a larger scale adds customers and suppliers at home."""
    found: dict[str, Contact] = {}
    for line in files(__package__).joinpath("contacts.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        head, name, street, place, country, remarks = (part.strip() for part in line.split("|"))
        role, key = head.split()
        _add(
            found,
            key,
            is_customer=role != "S",
            name=name,
            street=street,
            place=place,
            country=country,
            remarks=remarks.format(uid=new_vat_number(rng)),
        )
    for number in range(20 * (scale - 1)):
        name = f"{rng.choice(_NAMES)} {rng.choice(_TRADES)} {rng.choice(_FORMS)}"
        street = f"Gewerbestrasse {number + 1}"
        role = "kunde" if number % 2 else "lieferant"
        # who charges VAT states the number; of customers not all are registered
        remarks = new_vat_number(rng) if role == "lieferant" or happens(rng, 70) else ""
        town = rng.choice(_TOWNS)
        _add(
            found,
            f"{role}-{number}",
            is_customer=role == "kunde",
            name=name,
            street=street,
            place=town,
            country="CH",
            remarks=remarks,
        )
    return found


def _add(
    found: dict[str, Contact],
    key: str,
    *,
    is_customer: bool,
    name: str,
    street: str,
    place: str,
    country: str,
    remarks: str,
) -> None:
    road, house_number = street.rsplit(" ", 1)
    postcode, city = place.split(" ", 1)
    contact_id = len(found) + 1
    found[key] = Contact(contact_id, key, is_customer, name, road, house_number, postcode, city, country, remarks)


def contact_records(rng: random.Random, known: dict[str, Contact]) -> list[dict[str, object]]:
    """Rows of ``/2.0/contact``."""
    return [_record(rng, contact) for contact in known.values()]


def _record(rng: random.Random, contact: Contact) -> dict[str, object]:
    is_company = contact.key != "fischer-susanne"
    last, _, first = contact.name.partition(" ")
    mail = f"{'auftrag' if contact.is_customer else 'debitoren'}@{contact.key}.example"
    changed = office_moment(date(2024, 1, 8) + timedelta(days=7 * rng.randrange(140)), rng)
    return {
        "id": contact.id,
        "nr": f"{contact.id:06d}",
        "contact_type_id": 1 if is_company else 2,
        "name_1": contact.name if is_company else last,
        "name_2": "" if is_company else first,
        "salutation_id": 0 if is_company else 2,
        "salutation_form": None,
        "title_id": None,
        "birthday": None,
        "address": f"{contact.street} {contact.house_number}",
        "street_name": contact.street,
        "house_number": contact.house_number,
        "address_addition": None,
        "postcode": contact.postcode,
        "city": contact.city,
        "country_id": COUNTRY_IDS[contact.country],
        "mail": mail,
        "mail_second": "",
        "phone_fixed": "",
        "phone_fixed_second": "",
        "phone_mobile": "",
        "fax": "",
        "url": "",
        "skype_name": "",
        "remarks": contact.remarks,
        "language_id": 2 if contact.country in {"FR", "LU"} else 1,
        "is_lead": False,
        "contact_group_ids": "1" if contact.is_customer else "2",
        "contact_branch_ids": None,
        "user_id": 1,
        "owner_id": 1,
        "updated_at": local_stamp(changed),
    }
