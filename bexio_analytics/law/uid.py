"""The Swiss enterprise number (UID) and where it hides in free text."""

from __future__ import annotations

import re

from stdnum.ch import uid as stdnum_uid

_UID = re.compile(r"CHE[-\s.]?(\d{3})[.\s]?(\d{3})[.\s]?(\d{3})", re.IGNORECASE)


def is_valid_uid(text: str) -> bool:
    """Whether ``text`` is a UID with a valid check digit, written ``CHE-123.456.788`` or ``CHE123456788``.

    A suffix MWST, TVA, IVA or VAT is accepted. Source: check digit modulo 11 (eCH-0097; rule MWST-0009 of eCH-0217).
    """
    bare = re.sub(r"\s*(MWST|TVA|IVA|VAT)$", "", text.strip(), flags=re.IGNORECASE)
    return bare.upper().startswith("CHE") and bool(stdnum_uid.is_valid(bare))


def find_vat_number(*texts: str | None) -> str | None:
    """The first UID with a valid check digit in free texts, as ``CHE-123.456.788``, else None.

    bexio has no field for the VAT number of a contact; offices note it in remarks, a name or an address line.
    """
    for text in texts:
        for match in _UID.finditer(text or ""):
            candidate = f"CHE-{match[1]}.{match[2]}.{match[3]}"
            if is_valid_uid(candidate):
                return candidate
    return None
