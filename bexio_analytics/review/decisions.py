"""What people decided on findings: an append-only file that shows if anybody changed it.

``decisions.jsonl`` in the mandate's folder holds one JSON object a line, each with the hash of the line before. A
decision belongs to the identity of a finding, so it survives a new pull and a new version.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.review.finding import plain
from bexio_analytics.review.ranking import Observed

if TYPE_CHECKING:
    from bexio_analytics.review.finding import Finding

FILE_NAME = "decisions.jsonl"
_BEFORE_THE_FIRST = "0" * 64
_FIELDS = ("finding_id", "check", "period_id", "verdict", "note", "author", "decided_at", "vat_effect", "before")


class Verdict(StrEnum):
    """What was decided on a finding."""

    TO_CORRECT = "to correct"
    ACCEPTED = "accepted"
    EXPLAINED = "explained"

    @property
    def confirms(self) -> bool:
        """The finding was right; an explained one was not."""
        return self is not Verdict.EXPLAINED


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on one finding.

    Attributes:
        finding_id: the finding.
        check: its check.
        period_id: VAT period reviewed.
        verdict: to correct (true, will be booked anew), accepted (true, left as it is) or explained (nothing is wrong).
        note: the reason, in the author's words.
        author: who decided.
        decided_at: when, UTC.
        vat_effect: CHF of the finding when it was decided, as decimal string; None where it had none.
    """

    finding_id: str
    check: str
    period_id: str
    verdict: Verdict
    note: str
    author: str
    decided_at: datetime
    vat_effect: str | None


def record_decision(
    folder: Path, finding: Finding, period_id: str, verdict: Verdict, *, note: str, author: str, decided_at: datetime
) -> Decision:
    """Append a decision to the mandate's file, under its lock.

    Args:
        folder: of the mandate.
        finding: what is decided.
        period_id: VAT period under review, such as 2026-Q3.
        verdict: the decision.
        note: why; an explained finding needs one.
        author: who decides.
        decided_at: when; with its time zone.

    Raises:
        ConfigurationError: the file was changed, the author is missing, or a finding is explained without a reason.
    """
    if not author.strip():
        raise ConfigurationError("A decision needs an author.")
    if verdict is Verdict.EXPLAINED and not note.strip():
        raise ConfigurationError(f"Finding {finding.id}: say why it is explained.")
    effect = plain(finding.vat_effect)
    decision = Decision(
        finding.id, finding.check, period_id, verdict, note.strip(), author.strip(), decided_at.astimezone(UTC),
        None if effect is None else str(effect),
    )  # fmt: skip
    path = folder / FILE_NAME
    with FileLock(path.with_suffix(".lock")):
        lines = _verified_lines(path)
        before = _sha256(lines[-1]) if lines else _BEFORE_THE_FIRST
        row = {name: getattr(decision, name) for name in _FIELDS[:-1]} | {"before": before}
        row["decided_at"] = decision.decided_at.isoformat()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8", newline="\n") as stream:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    return decision


def decisions_of(folder: Path) -> tuple[Decision, ...]:
    """Every decision of a mandate in the order it was taken; none where there is no file.

    Raises:
        ConfigurationError: a line was changed, removed or cannot be read; names the line.
    """
    path = folder / FILE_NAME
    found = []
    for number, line in enumerate(_verified_lines(path), 1):
        row = json.loads(line)
        try:
            values = {name: row[name] for name in _FIELDS[:-1]}
            values["verdict"] = Verdict(row["verdict"])
            values["decided_at"] = datetime.fromisoformat(row["decided_at"])
        except (KeyError, ValueError) as error:
            raise ConfigurationError(f"{path.name}, line {number}: not a decision ({error}).") from error
        found.append(Decision(**values))
    return tuple(found)


def observed_precision(folder: Path) -> Mapping[str, Observed]:
    """Decisions by check: how many findings were decided on, and how many were right. The last decision counts."""
    last = {decision.finding_id: decision for decision in decisions_of(folder)}
    counted: defaultdict[str, list[bool]] = defaultdict(list)
    for decision in last.values():
        counted[decision.check].append(decision.verdict.confirms)
    return {check: Observed(len(verdicts), sum(verdicts)) for check, verdicts in sorted(counted.items())}


def _verified_lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    before = _BEFORE_THE_FIRST
    for number, line in enumerate(lines, 1):
        try:
            stated = json.loads(line)["before"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{path.name}, line {number} cannot be read. Put back the file from a backup."
            ) from error
        if stated != before:
            raise ConfigurationError(
                f"{path.name} was changed at or before line {number - 1 or 1}: its chain of hashes is broken. "
                "Put back the file from a backup."
            )
        before = _sha256(line)
    return lines


def _sha256(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
