"""Writes a first ``mandate.toml``: every setting explained where it stands, assumptions marked as such."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.mandate.settings import VatSettings

_HEAD = """\
# Settings of one mandate: what cannot be read from bexio. Change it by hand; unknown keys and wrong values are
# reported, all at once. No passwords or access tokens here: the file is handed over with the mandate.

"""

_TAIL = """
# [checks]
# disabled = ["H10"]            # codes of checks that do not run for this mandate
# [checks.F05]
# min_amount = 1.00             # a threshold that differs from the check's own

# [accounts.6300]               # what is different about an account of this chart
# account_type = "expense"      # revenue, expense, asset, liability or closing
# never_input = false           # a flag of the view "account"

# [tax_codes.UNX81]             # a tax code the company created itself
# ziffer = "303"                # box of the return; "205.303" for both, "000" for none
# kind = "sales_tax"            # bexio's type
# rate = 8.1                    # percent
# account_no = "2200"           # VAT account
# valid_from = 2024-01-01       # optional, like valid_till; both days are included

# [contacts.1007]               # contact number or id
# vat_number = "CHE-123.456.788"
# country = "DE"

# [activities."Treuhand"]       # net tax rate method only
# rate = 6.2                    # approved rate in percent
# accounts = ["3400"]

# [cars."Kombi ZH 471111"]      # for the private share of company cars
# price = 43000.00              # CHF without VAT; of a leased car the cash price in the contract
# valid_from = 2025-04-01       # optional, like valid_till; both days are included
# has_private_share = true      # false with a logbook, or without private use
"""


def settings_text(
    *,
    name: str,
    uid: str | None,
    canton: str | None,
    language: str,
    materiality: Decimal,
    vat: VatSettings,
    business_year_first_month: int,
) -> str:
    """The text of a new ``mandate.toml``."""
    lines = [
        f"name = {_text(name)}",
        f"uid = {_text(uid)}" if uid else '# uid = "CHE-123.456.788"    # unknown so far',
        f"canton = {_text(canton)}    # for public holidays"
        if canton
        else '# canton = "ZH"             # unknown so far',
        f"language = {_text(language)}    # of the reports: de, fr, it or en",
        f"materiality = {materiality}    # CHF; what is smaller is ranked last",
        "",
        "[vat]",
    ]
    if vat.assumed:
        lines += [
            "# ASSUMPTIONS: nobody has confirmed the settings listed in `assumed`. Compare them with the ESTV's",
            "# registration, correct them, and take each one off the list.",
            f"assumed = [{', '.join(_text(each) for each in vat.assumed)}]",
        ]
    for key, value, meaning in (
        ("method", vat.method, "effective or net_tax"),
        ("basis", vat.basis, "agreed or collected consideration"),
        ("rhythm", vat.rhythm.value, "month, quarter, semester or annual"),
    ):
        mark = "ASSUMED; " if key in vat.assumed else ""
        lines.append(f"{key} = {_text(value)}    # {mark}{meaning}")
    mark = "ASSUMED; " if "business_year" in vat.assumed else ""
    lines += [
        "",
        "[business_year]",
        f"first_month = {business_year_first_month}    # {mark}1 to 12; used where bexio's own years are unknown",
    ]
    return _HEAD + "\n".join(lines) + "\n" + _TAIL


def write_new(path: Path, text: str) -> None:
    """Write a file whole or not at all, and only where there is none.

    Raises:
        ConfigurationError: another process wrote the file in the meantime.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8", newline="\n")
    try:
        if path.exists():
            raise ConfigurationError(f"{path} exists and is not overwritten")
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


def _text(value: str) -> str:
    """A TOML basic string; JSON escapes the same characters but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
