"""A case: one booking with everything that speaks against it, and how much each reason weighs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review.finding import plain

if TYPE_CHECKING:
    from bexio_analytics.review.finding import Finding


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a case's score; the parts add up to it.

    Attributes:
        of: code of a check; ``severity``, ``stake`` or ``immaterial`` for what is not evidence.
        weight: in nats. Of a check: by how much its finding raises the log-odds that the booking is wrong, after what
            heavier ones have said; 0.0 where another check in the case says the same.
        precision: share of the check's findings expected to be true, None for what is not evidence.
        same_as: code of the check that counts in its place, None where it counts itself.
    """

    of: str
    weight: float
    precision: float | None = None
    same_as: str | None = None

    def to_json(self) -> dict[str, object]:
        """The reason for a program; weights as numbers."""
        return {"of": self.of, "weight": self.weight, "precision": self.precision, "same_as": self.same_as}


@dataclass(frozen=True, slots=True)
class Case:
    """All findings about one booking; a finding about an account, a period or the company is a case of its own.

    Attributes:
        booking: ``journal_entry:…`` as in the view ``journal_entry``, else the subject of the only finding.
        findings: the most severe first, of equal ones the heaviest.
        reasons: what the score is made of.
    """

    booking: str
    findings: tuple[Finding, ...]
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """Sum of the reasons, in nats, rounded so that the order never hangs on the last bit."""
        return round(sum(reason.weight for reason in self.reasons), 6)

    @property
    def bookings(self) -> tuple[str, ...]:
        """The booking, and those a finding calls its equal: either of the two may be the surplus one."""
        equal = (each.evidence.get("equal_entry") for each in self.findings)
        return tuple(dict.fromkeys((self.booking, *(f"journal_entry:{entry}" for entry in equal if entry))))

    @property
    def leading(self) -> str:
        """Code of the check that speaks first."""
        return self.findings[0].check

    @property
    def vat_effect(self) -> Decimal | None:
        """Largest signed CHF effect of the findings: several checks price the same row, so they are not added."""
        known = [finding.vat_effect for finding in self.findings if finding.vat_effect is not None]
        return max(known, key=abs, default=None)

    def to_json(self) -> dict[str, object]:
        """The case for a program: score and weights as numbers, amounts as decimal strings, findings by id."""
        return {
            "booking": self.booking,
            "bookings": list(self.bookings),
            "score": self.score,
            "vat_effect": plain(self.vat_effect),
            "findings": [finding.id for finding in self.findings],
            "reasons": [reason.to_json() for reason in self.reasons],
        }
