"""The schema of a declaration: the package's own, or the official files where a user has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lxml import etree

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.vat.ech0217.parsing import Element

NAMESPACE = "http://www.ech.ch/xmlns/eCH-0217/2"
PROGRAM_NAMESPACE = "http://www.ech.ch/xmlns/eCH-0058/5"

OWN_SCHEMAS = Path(__file__).with_name("schema")

_XS = "{http://www.w3.org/2001/XMLSchema}"
_NAMESPACE_OF = re.compile(r"\{http[^}]*\}")
_OF_ELEMENT = re.compile(r"^Element '[^']*'(?:, attribute '[^']*')?: ")
_EXPECTED = re.compile(r"\s*Expected is (?:one of )?\( (?P<expected>.*) \)\.$")
_FACET = re.compile(r"\[facet '(?P<name>\w+)'\] (?P<rest>.*)$", re.DOTALL)
_KIND = re.compile(r"is not a valid value of the (?:\w+ )*type '(?P<kind>[^']*)'\.$")
_LAST_QUOTED = re.compile(r"(?:\{(?P<set>'.*')\}|'(?P<last>[^']*)'\)?)\.$")
_NOT_ALLOWED = "The value is not allowed."
_SHOWN = 60
_LIMITS = {
    "enumeration": "one of {}",
    "fractionDigits": "at most {} decimals",
    "length": "{} characters",
    "maxInclusive": "at most {}",
    "maxLength": "at most {} characters",
    "minInclusive": "at least {}",
    "minLength": "at least {} characters",
    "pattern": "the pattern {}",
}


def schema_faults(root: Element, xsd_dir: Path | None = None) -> Iterator[tuple[str, str, str, str]]:
    """Every fault that a schema finds in a parsed document.

    Args:
        root: root element.
        xsd_dir: folder with the official schema files; None takes the package's own.

    Yields:
        What is wrong, what is expected, where (path of the element) and what was found, each as text.

    Raises:
        ConfigurationError: the folder does not hold a usable schema of eCH-0217 2.0.0.
    """
    schema = _official(xsd_dir.resolve()) if xsd_dir else _own()
    if schema.validate(root):
        return
    limited: set[str] = set()
    for fault in schema.error_log:
        element = _element(root, fault.path)
        where = _path(element) if element is not None else ""
        message = _OF_ELEMENT.sub("", _NAMESPACE_OF.sub("", fault.message)).strip()
        facet, kind = _FACET.match(message), _KIND.search(message)
        if facet:
            limited.add(where)
        elif kind and where in limited:
            continue  # libxml2 repeats a value beyond a limit as an invalid value
        found = "" if element is None else (element.text or "").strip() if len(element) == 0 else _local(element)
        if facet:
            yield _NOT_ALLOWED, _limit(facet), where, _short(found)
        elif kind:
            yield _NOT_ALLOWED, f"a value of type {kind['kind']}", where, _short(found)
        else:
            expected = _EXPECTED.search(message)
            named = _local(element) if element is not None else ""
            yield _EXPECTED.sub("", message), expected["expected"] if expected else "", where, named


def _limit(facet: re.Match[str]) -> str:
    """What a value of the type may be, from the last quoted text of the fault."""
    limit = _LAST_QUOTED.search(facet["rest"])
    form = _LIMITS.get(facet["name"])
    return form.format(limit["set"] or limit["last"]) if form and limit else facet["rest"]


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


@cache
def _own() -> Element:
    return etree.XMLSchema(file=str(OWN_SCHEMAS / "vat-declaration.xsd"))


@cache
def _official(folder: Path) -> Element:
    """Schema files import each other by web address or path; only the file name counts, and all lie in the folder."""
    files = {path.name: path for path in sorted(folder.glob("*.xsd"))} if folder.is_dir() else {}
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    parser.resolvers.add(_FolderResolver(files))
    roots = {name: _parsed(path, parser) for name, path in files.items()}
    main = [name for name, root in roots.items() if root.get("targetNamespace") == NAMESPACE]
    if len(main) != 1:
        found = "none" if not main else ", ".join(main)
        raise ConfigurationError(
            f"{folder} must hold exactly one schema of {NAMESPACE} (eCH-0217-2-0-0.xsd); found: {found}"
        )
    missing = sorted(set(_imports(main[0], roots)) - roots.keys())
    if missing:
        raise ConfigurationError(
            f"{folder / main[0]} needs {', '.join(missing)}: put the files into {folder}; nothing is fetched"
        )
    try:
        return etree.XMLSchema(etree.parse(str(files[main[0]]), parser))
    except etree.XMLSchemaParseError as error:
        raise ConfigurationError(f"{folder / main[0]} is not a usable schema: {error}") from None


class _FolderResolver(etree.Resolver):  # type: ignore[misc] # lxml has no types
    def __init__(self, files: dict[str, Path]) -> None:
        self.files = files

    def resolve(self, system_url: str, _public_id: str | None, context: object) -> object:
        path = self.files.get(_file_name(system_url))
        return self.resolve_string(path.read_bytes() if path else b"", context, base_url=str(path or system_url))


def _parsed(path: Path, parser: Element) -> Element:
    try:
        return etree.parse(str(path), parser).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise ConfigurationError(f"{path} cannot be read as a schema: {error}") from None


def _imports(name: str, roots: dict[str, Element]) -> Iterator[str]:
    """Names of all files a schema file needs, itself included, whether they are there or not."""
    waiting, done = [name], set()
    while waiting:
        current = waiting.pop()
        if current in done:
            continue
        done.add(current)
        yield current
        if current in roots:
            for kind in ("import", "include", "redefine"):
                waiting += [
                    _file_name(child.get("schemaLocation"))
                    for child in roots[current].findall(f"{_XS}{kind}")
                    if child.get("schemaLocation")
                ]


def _file_name(location: str) -> str:
    return location.replace("\\", "/").rsplit("/", 1)[-1]


def _element(root: Element, path: str | None) -> Element:
    if not path:
        return None
    prefixes = {prefix: uri for each in root.iter() for prefix, uri in each.nsmap.items() if prefix}
    try:
        found = root.getroottree().xpath(path, namespaces=prefixes)
    except etree.XPathError:
        return None
    return next((each for each in found if etree.iselement(each)), None) if isinstance(found, list) else None


def _path(element: Element) -> str:
    """``generalInformation/uid``; a repeated element carries its number: ``suppliesPerTaxRate[2]``."""
    steps = []
    while element.getparent() is not None:
        twins = element.getparent().findall(element.tag)
        number = f"[{twins.index(element) + 1}]" if len(twins) > 1 else ""
        steps.append(_local(element) + number)
        element = element.getparent()
    return "/".join(reversed(steps)) or _local(element)


def _local(element: Element) -> str:
    return str(etree.QName(element).localname)
