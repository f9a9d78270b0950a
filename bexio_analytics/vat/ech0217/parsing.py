"""XML from anybody, read safely: no entities, no network, no unbounded trees."""

from __future__ import annotations

from typing import Any, TypeAlias

from lxml import etree

Element: TypeAlias = Any
"""An element of lxml, which has no types."""

LARGEST = 10_000_000
"""Bytes. A return with every list full has about 60,000."""

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_HINTS = (f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation")


class NotXmlError(ValueError):
    """The bytes are no XML document that may be read; the message says why."""


def parse(data: bytes) -> Element:
    """The root element of a document, without comments, processing instructions and hints where schemas lie.

    Raises:
        NotXmlError: it is too large, no XML, or declares a document type (no return has one; entities come with it).
    """
    if len(data) > LARGEST:
        raise NotXmlError(f"The file has {len(data)} bytes; at most {LARGEST} are read.")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise NotXmlError(f"The file is not XML: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXmlError("The file declares a document type (DOCTYPE), which a VAT declaration must not have.")
    for element in root.iter():
        for hint in _HINTS:
            element.attrib.pop(hint, None)
    return root
