"""Wording in the reader's language: English in the code, other languages from gettext catalogues.

Two catalogues are merged: ``present/locale/<lang>.po`` (the page) and ``checks/locale/<lang>/`` (the checks).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from bexio_analytics.checks import wording
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.present import formats

LANGUAGES = ("de", "fr", "it", "en")
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
    page = files("bexio_analytics.present").joinpath("locale", f"{lang}.po")
    return wording.catalogue(lang) | wording.read_catalogue(page)
