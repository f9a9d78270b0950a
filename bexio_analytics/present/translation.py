"""Wording in the reader's language: English in the code, other languages from gettext catalogues.

Two catalogues are merged: ``present/locale/<lang>.po`` (the page) and ``checks/locale/<lang>.po`` (the checks).
They are read as they are, without a compiled form that could be forgotten.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.present import formats

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

LANGUAGES = ("de", "en")
"""Languages a page can be rendered in; the first is the default."""


class Translator:
    """Turns English wording into one language; wording that has no translation is shown in English.

    Args:
        lang: one of :data:`LANGUAGES`.

    Raises:
        ConfigurationError: there is no catalogue for this language.
    """

    def __init__(self, lang: str = LANGUAGES[0]) -> None:
        if lang not in LANGUAGES:
            raise ConfigurationError(f"There are no texts in language {lang!r}: choose one of {', '.join(LANGUAGES)}")
        self.lang = lang
        self._texts = {} if lang == "en" else catalogue(lang)

    def __call__(self, msgid: str, /, **values: object) -> str:
        """The wording with its ``{placeholders}`` filled in; without values the template is returned unchanged."""
        text = self._texts.get(msgid, msgid)
        return text.format(**values) if values else text

    def count(self, one: str, many: str, number: int) -> str:
        """Wording that depends on a number: ``{n} finding`` for one, ``{n} findings`` for any other."""
        return self(one if number == 1 else many, n=formats.count(number))


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All translations of a language: English wording to its translation."""
    package = files("bexio_analytics")
    texts: dict[str, str] = {}
    for room in ("checks", "present"):
        file = package.joinpath(room, "locale", f"{lang}.po")
        if file.is_file():
            texts |= _read(file)
    return texts


def _read(file: Traversable) -> dict[str, str]:
    with file.open("rb") as stream:
        messages = read_po(stream)
    return {
        message.id: message.string
        for message in messages
        if message.id and isinstance(message.id, str) and isinstance(message.string, str) and message.string
    }
