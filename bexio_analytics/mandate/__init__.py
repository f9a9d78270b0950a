"""The settings of one mandate: ``data/<mandate>/mandate.toml``, validated completely or not at all."""

from bexio_analytics.mandate.mandate import SETTINGS_FILE, Mandate, mandate_id
from bexio_analytics.mandate.settings import (
    ACCOUNT_FLAGS,
    ACCOUNT_TYPES,
    ASSUMABLE,
    TAX_KINDS,
    AccountSettings,
    Activity,
    Car,
    CheckSettings,
    ContactSettings,
    OwnTaxCode,
    VatSettings,
)

__all__ = [
    "ACCOUNT_FLAGS",
    "ACCOUNT_TYPES",
    "ASSUMABLE",
    "SETTINGS_FILE",
    "TAX_KINDS",
    "AccountSettings",
    "Activity",
    "Car",
    "CheckSettings",
    "ContactSettings",
    "Mandate",
    "OwnTaxCode",
    "VatSettings",
    "mandate_id",
]
