"""The texts of the checks: what a reader sees of them, in the order of a translation catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

from bexio_analytics.review import SECTIONS, Check, CheckSet

LANGUAGES = ("de",)
"""Languages with a catalogue in ``locale/``; English is in the code."""


def messages(check: Check) -> tuple[str, ...]:
    """Every wording of a check: title, text of a finding, words inside it, and the sections of its page."""
    return (check.title, check.says, *check.words, *check.sections.values())


def all_messages(checks: CheckSet) -> Iterator[tuple[str, str]]:
    """Every wording with the code it belongs to, check by check; the headings of the sections come first."""
    for heading in SECTIONS:
        yield "", heading
    for code, check in checks.items():
        for message in messages(check):
            yield code, message


@cache
def catalogue(language: str) -> dict[str, str]:
    """Translations by English wording, as ``locale/<language>.po`` has them; untranslated ones are left out.

    Raises:
        FileNotFoundError: there is no catalogue for this language.
    """
    with files("bexio_analytics.checks").joinpath("locale", f"{language}.po").open("rb") as stream:
        return {str(message.id): str(message.string) for message in read_po(stream) if message.id and message.string}
