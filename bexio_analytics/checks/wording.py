"""The texts of the checks: what a reader sees of them, in the order of a translation catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

from bexio_analytics.review import SECTIONS, Check, CheckSet

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

LANGUAGES = ("de", "fr", "it")
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
    """Translations by English wording, as ``locale/<language>/*.po`` have them; untranslated ones are left out.

    There is one file per module of checks, so that a check's texts are found beside those of its family.

    Raises:
        FileNotFoundError: there is no catalogue for this language.
    """
    texts: dict[str, str] = {}
    folder = files("bexio_analytics.checks").joinpath("locale", language)
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        texts |= read_catalogue(file)
    return texts


def read_catalogue(file: Traversable) -> dict[str, str]:
    """Translations by English wording in one gettext file, read as it is, without a compiled form to forget."""
    with file.open("rb") as stream:
        return {
            message.id: message.string
            for message in read_po(stream)
            if message.id and isinstance(message.id, str) and isinstance(message.string, str) and message.string
        }
