"""Rates, boxes, standard codes and account ranges hold together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from bexio_analytics import law
from bexio_analytics.law import reading
from bexio_analytics.law.reading import entries


@pytest.mark.parametrize(
    ("kind", "day", "rate"),
    [
        ("normal", date(2017, 12, 31), "8.0"),
        ("normal", date(2018, 1, 1), "7.7"),
        ("normal", date(2023, 12, 31), "7.7"),
        ("normal", date(2024, 1, 1), "8.1"),
        ("reduced", date(2023, 6, 1), "2.5"),
        ("reduced", date(2026, 9, 30), "2.6"),
        ("accommodation", date(2020, 1, 1), "3.7"),
        ("accommodation", date(2026, 1, 1), "3.8"),
    ],
)
def test_rate_of_a_supply_follows_its_date(kind: str, day: date, rate: str) -> None:
    assert law.rate_on(kind, day) == Decimal(rate)


def test_scenarios_are_never_law() -> None:
    assert law.rate_on("normal", date(2028, 6, 1)) == Decimal("8.1")
    assert law.rate_on("normal", date(2028, 6, 1), scenario=True) == Decimal("8.5")
    assert law.rate_on("reduced", date(2028, 6, 1), scenario=True) == Decimal("2.6")
    assert law.rate_on("normal", date(2026, 6, 1), scenario=True) == Decimal("8.1")
    assert law.rate_on("normal", date(2010, 12, 31)) is None


def test_statutory_rates_leave_no_gap_and_no_overlap() -> None:
    for kind in ("normal", "reduced", "accommodation"):
        rates = sorted((r for r in law.vat_rates() if r.kind == kind and r.status == "law"), key=lambda r: r.valid_from)
        for earlier, later in pairwise(rates):
            assert earlier.valid_till is not None
            assert (later.valid_from - earlier.valid_till).days == 1


def test_supply_lines_of_the_form_carry_the_rate_of_their_era() -> None:
    """The Ziffer of every standard sales code names the era in which its rate was law."""
    boxes = {z.ziffer: z for z in law.ziffern()}
    for code in law.standard_tax_codes():
        box = boxes.get(code.ziffer.split(".")[-1])
        if box is None or box.rate_kind is None or box.valid_from is None:
            continue
        assert law.rate_on(box.rate_kind, box.valid_from) == code.rate, code.code


def test_every_standard_code_names_a_box_of_the_form_or_none() -> None:
    boxes = {z.ziffer for z in law.ziffern()} | {"000"}
    assert {part for code in law.standard_tax_codes() for part in code.ziffer.split(".")} <= boxes


@pytest.mark.parametrize(
    ("code", "day", "ziffer"),
    [
        ("UN81", date(2026, 9, 1), "303"),
        ("UN77", date(2022, 2, 22), "302"),
        ("UR25", date(2022, 3, 1), "312"),
        ("UR25", date(2016, 3, 1), "311"),
        ("US38", date(2016, 3, 1), "341"),
        ("US38", date(2026, 3, 1), "343"),
        ("UN80", date(2022, 8, 22), "301"),
        ("VES", date(2020, 1, 1), "410"),
        ("ZOLLM", date(2022, 1, 1), "400"),
    ],
)
def test_a_standard_code_is_read_by_its_generation(code: str, day: date, ziffer: str) -> None:
    found = law.standard_tax_code(code, day)
    assert found is not None
    assert found.ziffer == ziffer


def test_a_code_booked_outside_its_generation_is_still_that_code() -> None:
    late = law.standard_tax_code("VES", date(2022, 1, 1))
    assert late is not None
    assert late.rate == Decimal("7.7")
    assert law.standard_tax_code("Vorsteuer8.1", date(2022, 1, 1)) is None


@pytest.mark.parametrize(
    ("number", "content"),
    [("1000", "Cash"), ("10201", "Post and bank"), ("1171", "Input tax"), ("6945", "Rounding differences")],
)
def test_the_narrowest_range_speaks_for_an_account(number: str, content: str) -> None:
    found = law.account_range(number)
    assert found is not None
    assert found.content == content


@pytest.mark.parametrize("number", ["", "10", "KASSE", "0999"])
def test_numbers_outside_the_chart_are_in_no_range(number: str) -> None:
    assert law.account_range(number) is None


@pytest.mark.parametrize("uid", ["CHE116281271", "CHE-101.654.423", "CHE-105.805.187 MWST", "CHE101734967"])
def test_valid_uids(uid: str) -> None:
    assert law.is_valid_uid(uid)


@pytest.mark.parametrize("uid", ["CHE123456789", "CHE-116.281.272", "", "116281271"])
def test_invalid_uids(uid: str) -> None:
    assert not law.is_valid_uid(uid)


def test_vat_number_is_found_in_free_text_only_with_its_check_digit() -> None:
    assert law.find_vat_number(None, "Lieferant, CHE 116.281.271 MWST") == "CHE-116.281.271"
    assert law.find_vat_number("CHE-123.456.789 MWST", "") is None


def test_tables_carry_the_declared_columns() -> None:
    for name in law.TABLE_NAMES:
        assert law.table(name).height > 0, name
    assert law.holidays_of("ZH", [2026]).filter(law.holidays_of("ZH", [2026])["day"] == date(2026, 8, 1)).height == 1


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("limits.toml", "limit"),
        ("limits.toml", "interest"),
        ("limits.toml", "instalment"),
        ("net_tax_rates.toml", "ladder"),
        ("vat_rates.toml", "vat_rate"),
    ],
)
def test_what_is_planned_is_read_only_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, key: str
) -> None:
    """Every rate, ladder and limit is law unless its entry says otherwise, and names where it is written."""
    found = entries(file, key)
    assert {row["status"] for row in found} == {"law"}
    assert all(row["source"] for row in found)
    text = (Path(reading.__file__).parent / file).read_text(encoding="utf-8")
    (tmp_path / file).write_text(f'{text}\n[[{key}]]\nname = "planned"\nstatus = "scenario"\n', encoding="utf-8")
    monkeypatch.setattr("bexio_analytics.law.reading.resources.files", lambda _: tmp_path)
    assert entries(file, key) == found
    assert entries(file, key, scenario=True)[-1]["name"] == "planned"
    (tmp_path / file).write_text(f'[[{key}]]\nstatus = "rumour"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="'rumour' is no status"):
        entries(file, key)
