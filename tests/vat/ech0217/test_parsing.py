"""Files from anybody: nothing is fetched, expanded or read from the disk."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from bexio_analytics.errors import FilingRefusedError
from bexio_analytics.vat.ech0217 import Declaration, check_xml, read_xml
from bexio_analytics.vat.ech0217.parsing import LARGEST, parse
from bexio_analytics.vat.ech0217.writing import serialise

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE r>",
        '<!DOCTYPE r [<!ENTITY x "1.00">]>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "{file}">]>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE r SYSTEM "{file}">',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "{file}"> %p;]>',
        f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>',
    ],
)
def test_a_document_type_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, effective: Declaration, doctype: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("never-to-be-seen")
    monkeypatch.setattr(socket.socket, "connect", _no_network)
    head, _, body = serialise(effective).partition(b"\n")
    data = head + doctype.replace("{file}", secret.as_uri()).encode() + body
    for name in (b"x", b"l11"):
        (breach,) = check_xml(data.replace(b">Wert des Bodens<", b">&" + name + b";<"))
        assert breach.rule == "MWST-0001"
        assert "never-to-be-seen" not in str(breach)
    (breach,) = check_xml(data)
    assert "declares a document type" in breach.what


def _no_network(*_: object) -> None:
    raise AssertionError("the network was asked")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"Ziffer 200", "not XML"),
        (b"\xff\xfe\x00", "not XML"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "not XML"),
        (b"<a>" * 400 + b"</a>" * 400, "depth"),
        (b"<a>" + b" " * LARGEST + b"</a>", "bytes"),
    ],
)
def test_what_is_no_xml_is_one_breach(data: bytes, said: str) -> None:
    (breach,) = check_xml(data)
    assert breach.rule == "MWST-0001"
    assert said in breach.what
    with pytest.raises(FilingRefusedError, match="no VAT declaration"):
        read_xml(data)


def test_hints_where_a_schema_lies_are_not_followed(tmp_path: Path, effective: Declaration) -> None:
    """libxml2 would load a schema that the file itself names, and judge by it."""
    other = tmp_path / "other.xsd"
    other.write_text('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"><broken')
    root = etree.fromstring(serialise(effective))
    root.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", f"urn:x {other.as_uri()}")
    root[0].set("{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation", "http://127.0.0.1:9/x.xsd")
    data = etree.tostring(root)
    assert check_xml(data) == []
    assert not parse(data).attrib
    assert read_xml(data).declaration == effective


def test_comments_and_instructions_hide_nothing(effective: Declaration) -> None:
    data = serialise(effective).replace(b">561.70<", b">56<!-- 9 -->1.<?x 9?>70<")
    assert check_xml(data) == []
    assert read_xml(data).declaration.payable == effective.payable


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_files_are_judged_and_never_crash(declarations: dict[str, Declaration], data: st.DataObject) -> None:
    """A piece of a right file is replaced by something else, in the markup or in a value."""
    right = serialise(data.draw(st.sampled_from(list(declarations.values()))))
    values = [match.span(1) for match in re.finditer(rb">([^<>\s][^<>]*)<", right)]
    start, end = data.draw(
        st.sampled_from(values) | st.tuples(*[st.integers(0, len(right))] * 2).map(sorted).map(tuple)
    )
    odd = st.sampled_from(
        [b"9999-12-31", b"0001-01-01", b"-0001-01-01", b"1E999999999", b"9" * 5000, b"Infinity", b"<a/>"]
    )
    damaged = (
        right[:start] + data.draw(odd | st.binary(max_size=12) | st.text(max_size=12).map(str.encode)) + right[end:]
    )
    breaches = check_xml(damaged)
    if not any(breach.rule == "MWST-0001" for breach in breaches):
        assert len(read_xml(damaged).sha256) == 64
    else:
        with pytest.raises(FilingRefusedError):
            read_xml(damaged)


def test_other_encodings_are_read(effective: Declaration) -> None:
    root = etree.fromstring(serialise(effective))
    for encoding in ("ISO-8859-1", "UTF-16", "US-ASCII"):
        data = etree.tostring(root, encoding=encoding, xml_declaration=True)
        assert read_xml(data).declaration == effective


def test_the_root_must_be_a_declaration() -> None:
    for data in (b"<VATDeclaration/>", b'<VATDeclaration xmlns="http://www.ech.ch/xmlns/eCH-0217/1"/>'):
        (breach,) = check_xml(data)
        assert (breach.rule, breach.where) == ("MWST-0001", "VATDeclaration")
