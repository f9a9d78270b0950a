"""A finding: one row a check does not want, with its identity, its text and its evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review.check import Check, Confidence, Severity
from bexio_analytics.review.subject import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterable

_RAPPEN = -2


def unchanged(text: str) -> str:
    """The English template as it is."""
    return text


def shown(value: object) -> str:
    """A value inside a text: amounts in Swiss notation, rates without idle zeros, dates as ISO, nothing as a dash."""
    match value:
        case None:
            return "–"
        case Decimal():
            is_money = value.as_tuple().exponent == _RAPPEN
            return f"{value:,}".replace(",", "'") if is_money else f"{value.normalize():f}"
        case date():
            return value.isoformat()
        case list() | tuple():
            return ", ".join(shown(each) for each in value)
        case _:
            return str(value)


class Word(str):
    """A value that is wording of the check, not data of the books: it is translated with the text around it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of a check.

    Attributes:
        id: first 16 hexadecimal digits of a hash over the check's code and the business keys of the row; the same
            in every later pull and version, whatever the order of rows or the amounts.
        check: code of the check.
        severity: how bad if true.
        confidence: how likely true.
        subject: the view examined.
        subject_id: ``view:key`` with bexio's own id as key, such as ``journal_line:6168``.
        booked_on: date inside the period reviewed.
        amount: CHF concerned, as the check states it.
        vat_effect: CHF by which the tax due changes if the finding is true; + is owed to the ESTV, None is unknown.
        ziffer: box of the VAT return it moves, where one can be named.
        text_id: English template of the text.
        values: what the template shows, by name.
        evidence: columns of the row that are not empty, by name.
        restates: sums up what other checks find row by row: its VAT effect is not added to theirs.
        booking: ``journal_entry:…`` of the booking it is about; None where it is about an account, a period or the
            company, and before the engine has looked it up.
    """

    id: str
    check: str
    severity: Severity
    confidence: Confidence
    subject: str
    subject_id: str
    booked_on: date
    amount: Decimal | None
    vat_effect: Decimal | None
    ziffer: str | None
    text_id: str
    values: Mapping[str, object] = field(repr=False)
    evidence: Mapping[str, object] = field(repr=False)
    restates: bool = False
    booking: str | None = None

    def text(self, translate: Callable[[str], str] = unchanged, show: Callable[[object], str] = shown) -> str:
        """The finding as a sentence.

        Args:
            translate: turns the English template into the reader's language.
            show: turns a value (Decimal, date, text or None) into text.
        """
        values = {
            name: translate(value) if isinstance(value, Word) else show(value) for name, value in self.values.items()
        }
        return translate(self.text_id).format(**values)

    def to_json(self) -> dict[str, object]:
        """The finding for a program: amounts as decimal strings, dates ISO, severity a number, text English."""
        return {
            "id": self.id,
            "check": self.check,
            "severity": int(self.severity),
            "confidence": str(self.confidence),
            "subject_id": self.subject_id,
            "booking": self.booking,
            "booked_on": self.booked_on.isoformat(),
            "amount": plain(self.amount),
            "vat_effect": plain(self.vat_effect),
            "ziffer": self.ziffer,
            "text": self.text(),
            "evidence": {name: plain(value) for name, value in self.evidence.items()},
        }

    def evidence_json(self) -> str:
        """The evidence as JSON text, for the view ``review.finding``."""
        return json.dumps({name: plain(value) for name, value in self.evidence.items()}, ensure_ascii=False)


def finding_id(code: str, keys: Iterable[object]) -> str:
    """Identity of a finding: code and business keys, nothing else."""
    text = "\x1f".join([code, *(str(key) for key in keys)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def finding_of(check: Check, row: Mapping[str, object]) -> Finding:
    """Turn a row of a check into a finding.

    Raises:
        ValueError: the row lacks a column that its subject, its text or the period needs.
    """
    subject = SUBJECTS[check.subject]
    missing = (subject.required | check.placeholders) - row.keys()
    if missing:
        raise ValueError(f"{check.code} returns no column {', '.join(sorted(missing))}")
    booked_on = row["booked_on"]
    if not isinstance(booked_on, date):
        raise ValueError(f"{check.code} returns a row without a date in booked_on")  # noqa: TRY004 - it is data
    ziffer = row.get("ziffer")
    return Finding(
        id=finding_id(check.code, (row[key] for key in subject.keys)),
        check=check.code,
        severity=check.severity,
        confidence=check.confidence,
        subject=check.subject,
        subject_id=subject.id_of(row),
        booked_on=booked_on,
        amount=_rappen(row["amount"]),
        vat_effect=_rappen(row.get("vat_effect")),
        ziffer=None if ziffer is None else str(ziffer),
        text_id=check.says,
        values={name: _worded(row[name], check.words) for name in sorted(check.placeholders)},
        evidence={
            name: value for name, value in row.items() if value is not None and name not in ("vat_effect", "ziffer")
        },
        restates=check.restates,
    )


def _worded(value: object, words: Iterable[str]) -> object:
    return Word(value) if isinstance(value, str) and value in words else value


def plain(value: object) -> object:
    """A value as JSON has it: decimals and dates as text, lists element by element, the rest unchanged."""
    match value:
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case list() | tuple():
            return [plain(each) for each in value]
        case _:
            return value


def _rappen(value: object) -> Decimal | None:
    """An amount in Rappen; a check states amounts as DECIMAL, so nothing is rounded that was a float."""
    if value is None:
        return None
    if not isinstance(value, Decimal):
        raise ValueError(f"an amount is {type(value).__name__}, not DECIMAL")  # noqa: TRY004 - it is data
    return value.quantize(Decimal("0.01"))
