"""A mandate: the folder of one client and the settings in its ``mandate.toml``."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Self

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate import reading, writing
from bexio_analytics.mandate.settings import (
    CANTONS,
    LANGUAGES,
    Activity,
    Car,
    CheckSettings,
    ContactSettings,
    OwnTaxCode,
    VatSettings,
)
from bexio_analytics.mandate.validation import Section, did_you_mean

SETTINGS_FILE = "mandate.toml"
DEFAULT_MATERIALITY = Decimal(100)
_WITHOUT_ACCENTS = str.maketrans("äöüéèà", "aoueea")
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


def mandate_id(mandate_dir: Path) -> str:
    """The id of a mandate: the name of its folder.

    Raises:
        ConfigurationError: the name has characters that are not allowed; a name that would do is proposed.
    """
    name = mandate_dir.name
    if _ID.fullmatch(name):
        return name
    plain = name.lower().translate(_WITHOUT_ACCENTS)
    proposal = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    raise ConfigurationError(
        f'"{name}" cannot be the name of a mandate: use lower-case letters a-z, digits and hyphens, '
        f"beginning with a letter or digit" + (f', such as "{proposal}"' if proposal else "")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """One client's books under review: the settings that cannot be read from bexio.

    Attributes:
        id: name of the folder.
        folder: ``data/<mandate>``, which holds everything about this client.
        name: the company.
        uid: ``CHE-123.456.789`` with valid check digit, or None.
        canton: two letters, for public holidays; None where unknown.
        language: of reports: ``de``, ``fr``, ``it`` or ``en``.
        materiality: CHF; findings below it are ranked last.
        vat: method, basis, rhythm, and which of them are assumptions.
        business_year_first_month: 1 to 12; used where bexio's own business years are not known.
        checks: disabled codes and thresholds.
        accounts: account number → flag of the ``account`` view → value.
        account_types: account number → ``revenue``, ``expense``, ``asset``, ``liability`` or ``closing``.
        tax_codes: code → the company's own tax code.
        contacts: contact number or id → VAT number and country.
        activities: name → net tax rate and accounts.
        cars: name → price and time, for private shares.
        settings_sha256: hash over the parsed settings; comments and layout do not change it.
    """

    id: str
    folder: Path
    name: str
    uid: str | None
    canton: str | None
    language: str
    materiality: Decimal
    vat: VatSettings
    business_year_first_month: int
    checks: CheckSettings
    accounts: Mapping[str, Mapping[str, bool]]
    account_types: Mapping[str, str]
    tax_codes: Mapping[str, OwnTaxCode]
    contacts: Mapping[str, ContactSettings]
    activities: Mapping[str, Activity]
    cars: Mapping[str, Car] = field(default_factory=dict)
    settings_sha256: str

    @classmethod
    def load(cls, mandate_dir: Path) -> Self:
        """Read ``mandate.toml`` of a mandate's folder.

        Raises:
            ConfigurationError: the folder or the file is missing, or anything in the file is wrong; one message
                names every problem with its key, the allowed values and near misses.
        """
        path = mandate_dir / SETTINGS_FILE
        mandate_id(mandate_dir)
        return cls._from_text(mandate_dir, _read(path))

    @classmethod
    def create(
        cls,
        mandate_dir: Path,
        name: str,
        *,
        uid: str | None = None,
        canton: str | None = None,
        language: str = "de",
        materiality: Decimal = DEFAULT_MATERIALITY,
        vat: VatSettings | None = None,
        business_year_first_month: int = 1,
    ) -> Self:
        """Write a commented ``mandate.toml`` and read it back; the folder is created where it is missing.

        Args:
            mandate_dir: ``data/<mandate>``.
            name: the company.
            uid: UID with valid check digit, where known.
            canton: two letters, where known.
            language: of reports.
            materiality: CHF.
            vat: None means effective, agreed, quarterly, all three marked as assumptions.
            business_year_first_month: 1 to 12.

        Raises:
            ConfigurationError: the file exists (it is never overwritten), or a value is not allowed (nothing is
                written).
        """
        mandate_id(mandate_dir)
        path = mandate_dir / SETTINGS_FILE
        if path.exists():
            raise ConfigurationError(f"{path} exists and is not overwritten: edit it, or remove it first")
        text = writing.settings_text(
            name=name,
            uid=uid,
            canton=canton,
            language=language,
            materiality=materiality,
            vat=vat or VatSettings(assumed=("method", "basis", "rhythm")),
            business_year_first_month=business_year_first_month,
        )
        mandate = cls._from_text(mandate_dir, text)
        mandate_dir.mkdir(parents=True, exist_ok=True)
        writing.write_new(path, text)
        return mandate

    @classmethod
    def _from_text(cls, mandate_dir: Path, text: str) -> Self:
        path = mandate_dir / SETTINGS_FILE
        content = _parsed(path, text)
        problems: list[str] = []
        root = Section("", content, problems)
        accounts = reading.read_accounts(root.table("accounts"))
        mandate = cls(
            id=mandate_id(mandate_dir),
            folder=mandate_dir,
            name=root.text("name", required=True),
            uid=reading.read_uid(root, "uid"),
            canton=root.choice("canton", CANTONS, "") or None,
            language=root.choice("language", LANGUAGES, "de"),
            materiality=root.number("materiality", DEFAULT_MATERIALITY),
            vat=reading.read_vat(root.table("vat")),
            business_year_first_month=reading.read_business_year(root.table("business_year")),
            checks=reading.read_checks(root.table("checks")),
            accounts={number: account.flags for number, account in accounts.items() if account.flags},
            account_types={
                number: account.account_type for number, account in accounts.items() if account.account_type
            },
            tax_codes=reading.read_tax_codes(root.table("tax_codes")),
            contacts=reading.read_contacts(root.table("contacts")),
            activities=reading.read_activities(root.table("activities")),
            cars=reading.read_cars(root.table("cars")),
            settings_sha256=_content_hash(content),
        )
        root.close()
        if problems:
            count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
            lines = "\n".join(f"  {SETTINGS_FILE}: {problem}" for problem in problems)
            raise ConfigurationError(f"{path} has {count}; nothing of it was used:\n{lines}")
        return mandate


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(_missing(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8") from None


def _parsed(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from None


def _missing(path: Path) -> str:
    folder = path.parent
    if folder.is_dir():
        return f"{path} does not exist: pull or import the mandate first, which writes it"
    others = [each.name for each in folder.parent.iterdir() if each.is_dir()] if folder.parent.is_dir() else []
    return f'there is no mandate "{folder.name}" in {folder.parent}{did_you_mean(folder.name, others)}'


def _content_hash(content: dict[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    """Decimals, dates and times as text; the type is kept so that 1.0 and "1.0" differ."""
    if isinstance(value, Decimal | date | datetime | time):
        return f"{type(value).__name__}:{value}"
    message = f"{type(value).__name__} does not occur in TOML"
    raise TypeError(message)
