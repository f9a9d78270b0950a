"""How a mandate is connected and until when, told without opening its vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bexio_analytics.connector.oauth_login import missing_scopes, resources_of
from bexio_analytics.connector.vault import Facts, read_facts

PAT_DAYS: Final = 60
"""Assumed life of a personal access token. bexio's documents say 6 months, texts of 2026 say 60 days: the earlier end
is the one to be warned of."""
IDLE_DAYS: Final = 365
"""A sign-in ends when it was not used for a year (bexio's documents, offline session)."""
WARN_DAYS: Final = 14


@dataclass(frozen=True)
class ConnectionStatus:
    """The connection of one mandate on a day.

    Attributes:
        kind: ``oauth``, ``pat``, or None where the mandate is not connected.
        company: Name of the company.
        user: Who connected.
        connected_on: Day a person connected; UTC.
        until: Last day it is expected to work if nobody uses it; None where nothing is known.
        is_assumed: ``until`` rests on an assumption.
        days_left: Days from the day asked for to ``until``; negative when it has passed.
        missing_scopes: Scopes that reading needs and the connection lacks.
        missing_resources: What cannot be read without them.
        warnings: Sentences for a person, each with what to do; empty when all is well.
    """

    kind: str | None = None
    company: str | None = None
    user: str | None = None
    connected_on: date | None = None
    until: date | None = None
    is_assumed: bool = False
    days_left: int | None = None
    missing_scopes: tuple[str, ...] = ()
    missing_resources: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """In a few words, for a table: ``OAuth till 22.11.2027``, ``token till ~21.01.2027``, ``not connected``."""
        if self.kind is None:
            return "not connected"
        name = "OAuth" if self.kind == "oauth" else "token"
        return f"{name} till {'~' if self.is_assumed else ''}{self.until:%d.%m.%Y}" if self.until else name

    def to_json(self) -> dict[str, object]:
        """The attributes for a program; dates ISO."""
        return {
            "kind": self.kind,
            "company": self.company,
            "user": self.user,
            "connected_on": _iso(self.connected_on),
            "until": _iso(self.until),
            "until_is_assumed": self.is_assumed,
            "days_left": self.days_left,
            "missing_scopes": list(self.missing_scopes),
            "missing_resources": list(self.missing_resources),
            "warnings": list(self.warnings),
        }


def connection_status(mandate_dir: Path, as_of: date) -> ConnectionStatus:
    """How a mandate is connected, and what a person should do about it by ``as_of``.

    Raises:
        ConfigurationError: the record of the connection cannot be understood.
    """
    facts = read_facts(mandate_dir)
    if facts is None:
        return ConnectionStatus()
    until, is_assumed = _end_of(facts)
    days_left = (until - as_of).days
    missing = missing_scopes(facts.scopes)
    resources = resources_of(missing)
    warnings = []
    if days_left <= WARN_DAYS:
        warnings.append(_ending(facts, mandate_dir.name, until, days_left))
    if missing:
        warnings.append(
            f"Scopes missing: {', '.join(missing)}; not readable: {', '.join(resources)}. Add them to the app on "
            f"developer.bexio.com and connect again: bexio-analytics connect {mandate_dir.name}"
        )
    return ConnectionStatus(
        kind=facts.kind,
        company=facts.company,
        user=facts.user,
        connected_on=facts.connected_at.date(),
        until=until,
        is_assumed=is_assumed,
        days_left=days_left,
        missing_scopes=missing,
        missing_resources=resources,
        warnings=tuple(warnings),
    )


def _end_of(facts: Facts) -> tuple[date, bool]:
    """Last day of a connection, and whether that is an assumption."""
    if facts.kind == "oauth":
        return facts.renewed_at.date() + timedelta(days=IDLE_DAYS), False
    if facts.expires_at is not None:
        return facts.expires_at.date(), False
    return facts.connected_at.date() + timedelta(days=PAT_DAYS), True


def _ending(facts: Facts, name: str, until: date, days_left: int) -> str:
    verb = "ended" if days_left < 0 else "ends"
    if facts.kind == "oauth":
        return (
            f"The connection {verb} on {until:%d.%m.%Y}, a year after its last use: bexio-analytics pull {name}, or "
            f"connect again: bexio-analytics connect {name}"
        )
    if facts.expires_at is not None:
        sure, why = "", ""
    else:
        sure, why = "probably ", f" (assumed: {PAT_DAYS} days; bexio has said 60 days and 6 months)"
    return (
        f"The personal access token {sure}{verb} on {until:%d.%m.%Y}{why}. Make a new one and connect again: "
        f"bexio-analytics connect {name} --token-stdin"
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
