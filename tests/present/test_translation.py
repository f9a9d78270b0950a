"""Every text of the page has a German wording, and no wording is left over."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import bexio_analytics
from bexio_analytics import law
from bexio_analytics.errors import ConfigurationError
from bexio_analytics.present import basis, boxes, fields, filed, labels, page, return_form, turnover
from bexio_analytics.present.translation import LANGUAGES, Translator

PACKAGE = Path(bexio_analytics.__file__).parent
CALLED = frozenset({"t", "translate", "_translate"})


def translator_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def texts_in(source: str) -> Iterator[str]:
    """Literal texts that the code hands to a translator, ``count`` included."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        is_plain = translator_of(node.func) in CALLED
        is_count = (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "count"
            and translator_of(node.func.value) in CALLED
        )
        for argument in node.args[: 2 if is_count else 1 if is_plain else 0]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
                yield argument.value


def texts_of_the_page() -> set[str]:
    found: set[str] = set()
    for room in ("present", "report", "cli"):
        for file in sorted((PACKAGE / room).glob("*.py")):
            found.update(texts_in(file.read_text(encoding="utf-8")))
    for names in labels.ALL_NAMES:
        found.update(names.values())
    for of_fields in (fields.FIELD_NAMES, *fields.VALUE_NAMES.values()):
        found.update(of_fields.values())
    found.update(page.SECTIONS.values(), return_form.SECTION_NAMES, basis.ASSUMED_NAMES.values())
    found.update(boxes.TITLES.values(), boxes.NOTES.values())
    found.update(filed.SUBMISSION_NAMES.values(), filed.CHANGE_NAMES.values())
    found.update(turnover.LETTER_NAMES.values(), turnover.EXPLAINED_NAMES.values(), turnover.STEP_NAMES.values())
    for _, wording, names in basis.REASONS:
        found.update([wording, *names.values()])
    found.update(box.title for box in law.all_ziffern())
    found.update(box.note for box in law.all_ziffern() if box.part == "computed" and box.note)
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def own_catalogue(lang: str) -> dict[str, str]:
    with files("bexio_analytics.present").joinpath("locale", f"{lang}.po").open("rb") as stream:
        return {str(message.id): str(message.string) for message in read_po(stream) if message.id}


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_every_text_is_translated_and_none_is_left_over(lang: str) -> None:
    translated = {text for text, wording in own_catalogue(lang).items() if wording}
    wanted = texts_of_the_page()
    assert wanted - translated == set()
    assert translated - wanted == set()


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_translations_keep_their_placeholders(lang: str) -> None:
    for text, wording in own_catalogue(lang).items():
        assert placeholders(wording) == placeholders(text), text


def test_german_is_written_as_in_switzerland() -> None:
    assert "ß" not in " ".join(own_catalogue("de").values())


def test_the_reader_of_calls_sees_texts() -> None:
    source = 'translate("a"); self._translate("b", n=1); t.count("c", "d", 2); other("e"); t(name)'
    assert list(texts_in(source)) == ["a", "b", "c", "d"]


def test_translation_falls_back_to_english() -> None:
    assert Translator("de")("Nobody wrote {this}", this="it") == "Nobody wrote it"
    assert Translator("en")("Input tax") == "Input tax"
    assert Translator("de")("Input tax") == "Vorsteuer"


def test_numbers_choose_the_wording() -> None:
    assert Translator("de").count("{n} VAT line", "{n} VAT lines", 1) == "1 MWST-Zeile"
    assert Translator("de").count("{n} VAT line", "{n} VAT lines", 1200) == "1'200 MWST-Zeilen"


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="choose one of de, fr, it, en"):
        Translator("rm")
