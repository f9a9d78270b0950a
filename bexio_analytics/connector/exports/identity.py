"""Gives every line of an export an id that stays the same from export to export."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from bexio_analytics.connector.exports.cells import ascii_part
from bexio_analytics.connector.exports.model import ExportLine

_HEX_DIGITS = 13


def line_ids(lines: Iterable[ExportLine]) -> list[int]:
    """Ids in the order of the lines: bexio's own, or 52 bits of a hash over the content.

    The content is date, accounts, amounts and the ASCII letters and digits of the reference, so that the CSV and the
    spreadsheet of a journal agree even where the CSV lost characters. Lines with the same content are counted.
    """
    seen: Counter[str] = Counter()
    ids = []
    for line in lines:
        if line.id is not None:
            ids.append(line.id)
            continue
        content = "|".join(
            (
                line.booked_on.isoformat(),
                line.debit_no,
                line.credit_no,
                f"{line.amount:.6f}",
                line.currency,
                f"{line.base_amount:.2f}",
                ascii_part(line.reference),
            )
        )
        seen[content] += 1
        digest = hashlib.sha256(f"{content}|{seen[content]}".encode()).hexdigest()
        ids.append(int(digest[:_HEX_DIGITS], 16))
    return ids
