"""Master data of the company itself: profile, users, years, VAT periods, projects and bank accounts."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from bexio_analytics.simulator.company.chart import chart
from bexio_analytics.simulator.company.closing import CLOSED_ON, YEAR_END
from bexio_analytics.simulator.company.contacts import Contact
from bexio_analytics.simulator.company.formats import ZERO, new_uuid, text2
from bexio_analytics.simulator.company.places import COUNTRY_IDS, CURRENCY_IDS
from bexio_analytics.simulator.company.sales import Sale
from bexio_analytics.simulator.company.sheets import BANK_IDS
from bexio_analytics.simulator.company.truth import Quarter

NAME = "Muster Handels AG"
# id, number, name, customer, start, end; state 1 pending, 2 active, 3 done
_PROJECTS = (
    (1, "P-0001", "Küchenausbau Hotel Alpenblick", "hotel-alpenblick", date(2025, 2, 3), date(2025, 9, 30), 3),
    (2, "P-0002", "Ladenkonzept Warenhaus am Rhein", "warenhaus-rhein", date(2025, 6, 16), None, 2),
    (3, "P-0003", "Ausstattung Pflegezentrum Sonnmatt", "pflege-sonnmatt", date(2026, 1, 12), None, 2),
    (4, "P-0004", "Geschirrpool Eventwerk", "event-werk", date(2026, 5, 4), date(2026, 12, 18), 2),
)


def company_records(vat_number: str) -> list[dict[str, object]]:
    """The one row of ``/2.0/company_profile``."""
    return [
        {
            "id": 1,
            "name": NAME,
            "address": "Hardstrasse",
            "address_nr": "215",
            "postcode": "8005",
            "city": "Zürich",
            "country_id": COUNTRY_IDS["CH"],
            "legal_form": "corporation",
            "country_name": "Schweiz",
            "mail": "buchhaltung@muster-handels.example",
            "phone_fixed": None,
            "phone_mobile": None,
            "fax": None,
            "url": None,
            "skype_name": None,
            "facebook_name": None,
            "twitter_name": None,
            "description": "Handel mit Haushaltwaren und Beratung",
            "ust_id_nr": vat_number.removesuffix(" MWST"),
            "mwst_nr": vat_number,
            "trade_register_nr": None,
            "has_own_logo": False,
            "is_public_profile": False,
            "is_logo_public": False,
            "is_address_public": False,
            "is_phone_public": False,
            "is_mobile_public": False,
            "is_fax_public": False,
            "is_mail_public": False,
            "is_url_public": False,
            "is_skype_public": False,
            "logo_base64": "",
        }
    ]


def user_records() -> list[dict[str, object]]:
    """Rows of ``/3.0/users``."""
    people = (
        ("female", "Regula", "Hofstetter", True, False),
        ("male", "Daniel", "Wyss", False, True),
        ("female", "Nina", "Zbinden", False, False),
    )
    return [
        {
            "id": place,
            "salutation_type": salutation,
            "firstname": first,
            "lastname": last,
            "email": f"{first.lower()}.{last.lower()}@muster-handels.example",
            "is_superadmin": is_superadmin,
            "is_accountant": is_accountant,
        }
        for place, (salutation, first, last, is_superadmin, is_accountant) in enumerate(people, 1)
    ]


def business_year_records() -> list[dict[str, object]]:
    """Rows of ``/3.0/accounting/business_years``: 2025 closed, 2026 open."""
    closed = {"end": YEAR_END.isoformat(), "closed_at": CLOSED_ON.isoformat(), "status": "closed"}
    return [
        {"id": 1, "start": "2025-01-01", **closed},
        {"id": 2, "start": "2026-01-01", "end": "2026-12-31", "closed_at": None, "status": "open"},
    ]


def calendar_year_records(tax_ids: dict[str, int]) -> list[dict[str, object]]:
    """Rows of ``/3.0/accounting/calendar_years``: effective method, agreed consideration, quarterly."""
    created = {2025: "2024-12-09T10:14:33+01:00", 2026: "2025-12-08T09:41:02+01:00"}
    return [
        {
            "id": place,
            "start": f"{year}-01-01",
            "end": f"{year}-12-31",
            "is_vat_subject": True,
            "default_tax_income_id": tax_ids["UN81"],
            "default_tax_expense_id": tax_ids["VM81"],
            "created_at": moment,
            "updated_at": moment,
            "vat_accounting_method": "effective",
            "vat_accounting_type": "agreed",
            "is_annual_reporting": False,
        }
        for place, (year, moment) in enumerate(created.items(), 1)
    ]


def vat_period_records(periods: list[Quarter]) -> list[dict[str, object]]:
    """Rows of ``/3.0/accounting/vat_periods``; the last one is open."""
    return [
        {
            "id": place,
            "start": quarter.start.isoformat(),
            "end": quarter.end.isoformat(),
            "type": "quarter",
            "status": "open" if quarter == periods[-1] else "closed",
            "closed_at": None if quarter == periods[-1] else quarter.filed_on.isoformat(),
        }
        for place, quarter in enumerate(periods, 1)
    ]


def with_projects(sales: Iterable[Sale]) -> list[Sale]:
    """Link invoices to the running project of their customer."""
    running = {customer: (place, start, end) for place, _, _, customer, start, end, _ in _PROJECTS}
    found = []
    for sale in sales:
        place, start, end = running.get(sale.customer, (None, date.max, None))
        is_running = start <= sale.day and (end is None or sale.day <= end)
        found.append(replace(sale, project_id=place) if is_running else sale)
    return found


def project_records(rng: random.Random, known: dict[str, Contact]) -> list[dict[str, object]]:
    """Rows of ``/2.0/pr_project``."""
    return [
        {
            "id": place,
            "uuid": new_uuid(rng),
            "nr": number,
            "name": name,
            "start_date": f"{start.isoformat()} 00:00:00",
            "end_date": f"{end.isoformat()} 00:00:00" if end else None,
            "comment": "",
            "pr_state_id": state,
            "pr_project_type_id": 1,
            "contact_id": known[customer].id,
            "contact_sub_id": None,
            "pr_invoice_type_id": 3,
            "pr_invoice_type_amount": text2(ZERO),
            "pr_budget_type_id": 1,
            "pr_budget_type_amount": text2(ZERO),
            "user_id": 1,
        }
        for place, number, name, customer, start, end, state in _PROJECTS
    ]


def bank_account_records(rng: random.Random) -> list[dict[str, object]]:
    """Rows of ``/3.0/banking/accounts``: bank in CHF, bank in EUR, till."""
    accounts = (
        ("1020", "CHF", "Kontokorrent CHF", "0"),
        ("1021", "EUR", "Konto EUR", "1"),
        ("1000", "CHF", "Kasse", ""),
    )
    return [_bank_account(rng, *account) for account in accounts]


def _bank_account(rng: random.Random, account_no: str, currency: str, name: str, suffix: str) -> dict[str, object]:
    number = f"0023445566{suffix}" if suffix else ""
    return {
        "id": BANK_IDS[account_no],
        "uuid": new_uuid(rng),
        "name": name,
        "owner": NAME,
        "owner_address": "Hardstrasse",
        "owner_house_number": "215",
        "owner_zip": "8005",
        "owner_city": "Zürich",
        "owner_country_code": "CH",
        "bc_nr": "89999" if number else "",
        "bank_name": "Zürcher Handelsbank" if number else "",
        "bank_account_nr": number,
        "iban_nr": iban(f"89999{number:0>12}") if number else "",
        "currency_id": CURRENCY_IDS[currency],
        "account_id": chart()[account_no].id,
        "remarks": "",
        "is_esr": False,
        "esr_besr_id": "",
        "esr_bottom_line_include_amount": True,
        "esr_post_account_nr": "",
        "esr_payment_for_text": "",
        "esr_in_favour_of_text": "",
        "invoice_mode": "none",
        "qr_invoice_iban": None,
        "type": "bank" if number else "cash",
        "bank_nr": "",
    }


def iban(number: str) -> str:
    """A Swiss IBAN with its check digits, from clearing number and account number (17 digits)."""
    check = 98 - int(f"{number}121700") % 97
    return f"CH{check:02d}{number}"
