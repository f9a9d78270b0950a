"""The package's own schema judges as the published one does."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.vat.ech0217 import Declaration, check_xml
from bexio_analytics.vat.ech0217.parsing import Element
from bexio_analytics.vat.ech0217.writing import serialise

VALUES = (
    "", " ", "x", "0", "1", "2", "3", "4", "+1", "-1", "01", "1.0", "1.23", "1.234", "-0.5", ".5", "5.", "1e3", "1'000",
    "100", "100.01", "NaN", "CHE101734967", "CHE001734967", "CHE-101.734.967", "che101734967", "CHE1017349671",
    "2026-07-01", "2026-02-30", "01.07.2026", "2026-07-01Z", "2026-07-01T10:00:00", "2026-07-01T25:00:00", "12345",
    "1234", "123456", "a  b c d", *("y" * length for length in (10, 11, 30, 31, 50, 51, 80, 81, 100, 101, 255, 256)),
)  # fmt: skip


def variants(root: Element) -> Iterator[tuple[str, Element]]:
    """Files that differ from a right one in one place."""
    for number, element in enumerate(root.iter()):
        name = f"{etree.QName(element).localname}[{number}]"

        def change(act: Callable[[Element], object], number: int = number) -> Element:
            other = copy.deepcopy(root)
            act(list(other.iter())[number])
            return other

        yield f"{name} with an attribute", change(lambda found: found.set("kind", "1"))
        yield (
            f"{name} renamed",
            change(lambda found: setattr(found, "tag", "{http://www.ech.ch/xmlns/eCH-0217/2}other")),
        )
        yield f"{name} in no namespace", change(lambda found: setattr(found, "tag", etree.QName(found).localname))
        yield (
            f"{name} in version 1",
            change(
                lambda found: setattr(
                    found, "tag", f"{{http://www.ech.ch/xmlns/eCH-0217/1}}{etree.QName(found).localname}"
                )
            ),
        )
        yield f"{name} with a child", change(lambda found: etree.SubElement(found, "more"))
        if element is not root:
            yield f"{name} missing", change(lambda found: found.getparent().remove(found))
            yield f"{name} last", change(lambda found: found.getparent().append(found))
            yield f"{name} first", change(lambda found: found.getparent().insert(0, found))
            for times in (1, 98, 100):
                yield f"{name} {times} times more", change(functools.partial(_multiply, times=times))
        if len(element):
            yield f"{name} with text", change(lambda found: setattr(found, "text", "1.00"))
            yield f"{name} empty", change(lambda found: [found.remove(child) for child in list(found)])
        else:
            for value in VALUES:
                yield f"{name} = {value[:20]}", change(functools.partial(_fill, value=value))


def _multiply(element: Element, times: int) -> None:
    for _ in range(times):
        element.addnext(copy.deepcopy(element))


def _fill(element: Element, value: str) -> None:
    element.text = value


def test_right_files_are_valid(own_schema: Element, declaration: Declaration) -> None:
    own_schema.assertValid(etree.fromstring(serialise(declaration)))


@pytest.mark.shared
def test_both_schemas_agree_on_wrong_files(
    own_schema: Element,
    reference_schema: Element,
    declaration: Declaration,
) -> None:
    """Every element left out, doubled, moved, renamed, and every value replaced by values of other kinds."""
    right = etree.fromstring(serialise(declaration))
    wrong = 0
    for name, root in variants(right):
        verdict = reference_schema.validate(root)
        assert own_schema.validate(root) == verdict, f"{name}: published schema says {verdict}"
        wrong += not verdict
    assert wrong > 400


@pytest.mark.shared
@pytest.mark.parametrize("name", ["sample-effective.xml", "sample-saldo-2026.xml"])
def test_published_examples_break_no_rule(shared_data: Path, reference_folder: Path, name: str) -> None:
    data = (shared_data / "ech-0217" / "examples" / name).read_bytes()
    assert check_xml(data) == []
    assert check_xml(data, reference_folder) == []


@pytest.mark.parametrize(
    ("old", "new", "where", "expected", "found"),
    [
        (b"CHE101734967", b"CHE-101.734.967", "generalInformation/uid", "the pattern CHE[1-9][0-9]{8}",
         "CHE-101.734.967"),
        (b">1<", b">7<", "generalInformation/typeOfSubmission", "at most 3", "7"),
        (b"2026-07-01", b"2026-02-30", "generalInformation/reportingPeriodFrom", "a value of type xs:date",
         "2026-02-30"),
        (b"Wert des Bodens", b"W" * 51, "turnoverComputation/variousDeduction/descriptionVariousDeduction",
         "at most 50 characters", "W" * 51),
        (b">-200.00<", b">-200.001<", "effectiveReportingMethod/suppliesPerTaxRate[2]/turnover", "at most 2 decimals",
         "-200.001"),
        (b">2.60<", b">100.01<", "effectiveReportingMethod/suppliesPerTaxRate[3]/taxRate", "at most 100", "100.01"),
        (b"eCH-0217:payableTax", b"eCH-0217:payable", "payable", "payableTax", "payable"),
        (b"1.0</eCH-0058", b"1.0.0-beta12</eCH-0058", "generalInformation/sendingApplication/productVersion",
         "at most 10 characters", "1.0.0-beta12"),
    ],
)  # fmt: skip
def test_a_fault_of_the_schema_is_named(  # noqa: PLR0917
    effective: Declaration, old: bytes, new: bytes, where: str, expected: str, found: str
) -> None:
    data = serialise(effective)
    assert old in data
    (breach, *_) = check_xml(data.replace(old, new))
    assert (breach.rule, breach.where, breach.expected, breach.found) == ("MWST-0001", where, expected, found)


def test_two_methods_in_one_file_are_refused(declarations: dict[str, Declaration]) -> None:
    root = etree.fromstring(serialise(declarations["effective"]))
    other = etree.fromstring(serialise(declarations["simple"]))
    root[2].addnext(other[2])
    (breach, *_) = check_xml(etree.tostring(root))
    assert (breach.rule, breach.where, breach.expected) == ("MWST-0001", "simpleTaxRateMethod", "payableTax")


def test_a_list_has_at_most_100_lines(effective: Declaration) -> None:
    root = etree.fromstring(serialise(effective))
    line = root.find(".//{*}acquisitionTax")
    line.find("{*}turnover").text = "0.00"
    for _ in range(98):
        line.addnext(copy.deepcopy(line))
    assert [breach.rule for breach in check_xml(etree.tostring(root))] == ["MWST-0006"]
    line.addnext(copy.deepcopy(line))
    assert [breach.rule for breach in check_xml(etree.tostring(root))] == ["MWST-0001", "MWST-0006"]


def official(folder: Path, source: Path) -> Path:
    """The published files as a user has them: they import each other by web address."""
    folder.mkdir()
    for path in source.glob("*.xsd"):
        text = path.read_text(encoding="utf-8")
        for other in source.glob("*.xsd"):
            text = text.replace(f'schemaLocation="{other.name}"', f'schemaLocation="http://www.ech.ch/x/{other.name}"')
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.shared
def test_official_files_are_used_where_a_user_has_them(
    tmp_path: Path, reference_folder: Path, effective: Declaration
) -> None:
    folder = official(tmp_path / "xsd", reference_folder)
    data = serialise(effective)
    assert check_xml(data, folder) == []
    wrong = data.replace(b"CHE101734967", b"CHE10173496")
    assert {breach.expected for breach in check_xml(wrong, folder)} >= {"at least 12 characters"}


@pytest.mark.shared
def test_missing_imports_are_named(tmp_path: Path, reference_folder: Path, effective: Declaration) -> None:
    folder = official(tmp_path / "xsd", reference_folder)
    (folder / "eCH-0108-7-0.xsd").unlink()
    with pytest.raises(ConfigurationError, match=r"needs eCH-0108-7-0\.xsd: put the files into .*nothing is fetched"):
        check_xml(serialise(effective), folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "exactly one schema .* found: none"),
        ({"a.xsd": "<no"}, r"a\.xsd cannot be read as a schema"),
        ({"a.xsd": '<s xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:else"/>'}, "found: none"),
        (
            {
                "a.xsd": '<schema xmlns="http://www.w3.org/2001/XMLSchema" '
                'targetNamespace="http://www.ech.ch/xmlns/eCH-0217/2"><element/></schema>'
            },
            "not a usable schema",
        ),
    ],
)
def test_a_folder_without_the_schema_is_refused(
    tmp_path: Path, effective: Declaration, content: dict[str, str], message: str
) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message):
        check_xml(serialise(effective), tmp_path)
