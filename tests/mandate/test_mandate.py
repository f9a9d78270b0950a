"""Settings of a mandate: read whole or not at all, every problem in one message."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.law.accounts import FLAGS
from bexio_analytics.mandate import ACCOUNT_FLAGS, TAX_KINDS, Mandate, VatSettings, mandate_id
from bexio_analytics.periods import Rhythm

SMALLEST = """
name = "Beispiel GmbH"
[vat]
method = "effective"
basis = "agreed"
rhythm = "quarter"
"""

FULL = """
name = "Beispiel GmbH"
uid = "CHE-123.456.788"
canton = "BE"
language = "fr"
materiality = 250.50

[vat]
method = "net_tax"
basis = "collected"
rhythm = "semester"
assumed = ["basis"]

[business_year]
first_month = 7

[checks]
disabled = ["H10", "X01"]

[checks.F05]
min_amount = 0.10
days = 3
note = "vom Kunden bestätigt"
strict = true

[accounts.6300]
account_type = "expense"
never_input = false

[accounts.1099]
is_clearing = true

[tax_codes.UNX81]
ziffer = "205.303"
kind = "opted_sales_tax"
rate = 8.1
account_no = "2200"
title = "Option"
valid_from = 2024-01-01
valid_till = 2026-12-31

[contacts.1007]
vat_number = "CHE-123.456.788 MWST"
country = "DE"

[activities."Treuhand"]
rate = 6.2
accounts = ["3400", "3401"]
"""


def _mandate(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "mandate.toml").write_text(text, encoding="utf-8")
    return folder


def _problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        Mandate.load(_mandate(folder, text))
    first, *lines = str(caught.value).splitlines()
    assert str(folder / "mandate.toml") in first
    assert all(line.startswith("  mandate.toml: ") for line in lines)
    return [line.removeprefix("  mandate.toml: ") for line in lines]


def test_smallest_file_leaves_everything_else_at_its_default(tmp_path: Path) -> None:
    mandate = Mandate.load(_mandate(tmp_path / "beispiel", SMALLEST))
    assert (mandate.id, mandate.name, mandate.uid, mandate.canton) == ("beispiel", "Beispiel GmbH", None, None)
    assert (mandate.language, mandate.materiality, mandate.business_year_first_month) == ("de", Decimal(100), 1)
    assert mandate.vat == VatSettings("effective", "agreed", Rhythm.QUARTER, ())
    assert [mandate.accounts, mandate.tax_codes, mandate.contacts, mandate.activities] == [{}, {}, {}, {}]


def test_every_setting_is_read_exactly(tmp_path: Path) -> None:
    mandate = Mandate.load(_mandate(tmp_path / "beispiel", FULL))
    assert mandate.materiality == Decimal("250.50")
    assert mandate.vat == VatSettings("net_tax", "collected", Rhythm.SEMESTER, ("basis",))
    assert mandate.business_year_first_month == 7
    assert mandate.checks.disabled == ("H10", "X01")
    thresholds = mandate.checks.thresholds["F05"]
    assert thresholds == {"min_amount": Decimal("0.10"), "days": 3, "note": "vom Kunden bestätigt", "strict": True}
    assert isinstance(thresholds["min_amount"], Decimal)
    assert mandate.accounts == {"6300": {"never_input": False}, "1099": {"is_clearing": True}}
    assert mandate.account_types == {"6300": "expense"}
    own = mandate.tax_codes["UNX81"]
    assert (own.code, own.ziffer, own.kind, own.rate) == ("UNX81", "205.303", "opted_sales_tax", Decimal("8.1"))
    assert (own.account_no, own.valid_from, own.valid_till) == ("2200", date(2024, 1, 1), date(2026, 12, 31))
    assert mandate.contacts["1007"].vat_number == "CHE-123.456.788 MWST"
    assert mandate.contacts["1007"].country == "DE"
    assert mandate.activities["Treuhand"].rate == Decimal("6.2")
    assert mandate.activities["Treuhand"].accounts == ("3400", "3401")


def test_all_mistakes_come_in_one_message(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path / "beispiel",
        """
        nmae = "Beispiel GmbH"
        uid = "CHE-123.456.789"
        materiality = "viel"
        [vat]
        method = "efective"
        basis = "agreed"
        rhytm = "quarter"
        [checks]
        disabled = ["F5"]
        [chekcs]
        """,
    )
    expected = {
        "name: is missing",
        'nmae: is unknown (did you mean "name"?)',
        'uid: "CHE-123.456.789" is not a UID',
        'materiality: "viel" is not allowed: write a number',
        'vat.method: "efective" is not allowed: allowed are "effective", "net_tax" (did you mean "effective"?)',
        'vat.rhythm: is missing: allowed are "month", "quarter", "semester", "annual"',
        'vat.rhytm: is unknown (did you mean "rhythm"?)',
        'checks.disabled: "F5" is not allowed',
        'chekcs: is unknown (did you mean "checks"?)',
    }
    unmatched = [start for start in expected if not any(problem.startswith(start) for problem in problems)]
    assert not unmatched
    assert len(problems) == len(expected)


OWN_CODE = "[tax_codes.A]\nziffer='303'\nkind='net_tax'\nrate=1\naccount_no='2200'"


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        ("[accounts.63x]\nnever_input = true", "accounts.63x: is not an account number"),
        (
            "[accounts.6300]\nnever_inputs = true",
            'accounts.6300.never_inputs: is unknown (did you mean "never_input"?)',
        ),
        ("[accounts.6300]\nis_vat = 1", "accounts.6300.is_vat: is not allowed: write true or false"),
        ('[accounts.6300]\naccount_type = "cost"', 'accounts.6300.account_type: "cost" is not allowed'),
        ("[checks.F05]\nmin_amount = nan", "checks.F05.min_amount: is not a finite number"),
        ("[checks.F05]\ncodes = [1]", "checks.F05.codes: is not allowed"),
        ("[checks.L01]\nx = 1", "checks.L01: is unknown"),
        ("[checks]\ndisabled = true", "checks.disabled: true is not allowed: write a list"),
        ("[business_year]\nfirst_month = 13", "business_year.first_month: 13 is not allowed: write a whole number"),
        ("[contacts.9]\ncountry = 'Schweiz'", 'contacts.9.country: "Schweiz" is not a country'),
        ("[contacts.9]\nvat_number = 'DE123'", 'contacts.9.vat_number: "DE123" is not a UID'),
        ("[activities.a]\nrate = 101", "activities.a.rate: 101 is not allowed: write a number from 0 to 100"),
        ("[activities.a]\nrate = 6.2\naccounts = [3400]", "activities.a.accounts: 3400 is not allowed"),
        (
            "[tax_codes.A]\nziffer='305'\nkind='net_tax'\nrate=1\naccount_no='2200'",
            'tax_codes.A.ziffer: "305" is not a',
        ),
        (
            "[tax_codes.A]\nziffer='303'\nkind='net'\nrate=1\naccount_no='2200'",
            'tax_codes.A.kind: "net" is not allowed',
        ),
        (
            "[tax_codes.A]\nziffer='303'\nkind='net_tax'\nrate=1\naccount_no='x'",
            'tax_codes.A.account_no: "x" is not an',
        ),
        (
            "[tax_codes.A]\nziffer='303'\nkind='net_tax'\nrate=1\naccount_no='2200'\nvalid_from='2024'",
            'tax_codes.A.valid_from: "2024" is not allowed: write a date without quotes',
        ),
        (
            f"{OWN_CODE}\nvalid_from=2024-01-02\nvalid_till=2024-01-01",
            "tax_codes.A.valid_till: lies before valid_from",
        ),
    ],
)
def test_each_wrong_value_is_named_once(tmp_path: Path, addition: str, problem: str) -> None:
    problems = _problems(tmp_path / "beispiel", f"{SMALLEST}\n{addition}\n")
    assert len(problems) == 1
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(
    "addition",
    ['access_token = "hunter2-abc"', '[bexio]\nclient_secret = "hunter2-abc"', '[checks]\npassword = "hunter2-abc"'],
)
def test_secrets_are_refused_and_not_repeated(tmp_path: Path, addition: str) -> None:
    text = f"{addition}\n{SMALLEST}" if not addition.startswith("[") else f"{SMALLEST}\n{addition}\n"
    problems = "\n".join(_problems(tmp_path / "beispiel", text))
    assert "looks like a secret" in problems
    assert "hunter2" not in problems


def test_a_token_is_refused_whatever_its_key(tmp_path: Path) -> None:
    problems = _problems(tmp_path / "beispiel", SMALLEST.replace("Beispiel GmbH", "eyJhbGciOiJIUzI1.abc.def"))
    assert any("looks like a secret" in problem for problem in problems)
    assert "eyJhbGci" not in "".join(problems)


def test_unknown_assumption_is_reported(tmp_path: Path) -> None:
    problems = _problems(tmp_path / "beispiel", f'{SMALLEST}assumed = ["rythm"]\n')
    assert len(problems) == 1
    assert problems[0].startswith('vat.assumed: "rythm" is not allowed: allowed are "method", "basis", "rhythm",')
    assert problems[0].endswith('(did you mean "rhythm"?)')


def test_broken_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"not valid TOML: .*line 1"):
        Mandate.load(_mandate(tmp_path / "a", "name = \n"))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mandate.toml").write_bytes(b'name = "Z\xfcrich"')
    with pytest.raises(ConfigurationError, match="save it as UTF-8"):
        Mandate.load(tmp_path / "b")
    (tmp_path / "muster").mkdir()
    with pytest.raises(ConfigurationError, match="pull or import the mandate first"):
        Mandate.load(tmp_path / "muster")
    with pytest.raises(ConfigurationError, match='did you mean "muster"'):
        Mandate.load(tmp_path / "mustre")


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mandate.toml").write_text(SMALLEST, encoding="utf-8-sig")
    assert Mandate.load(tmp_path / "a").name == "Beispiel GmbH"


@pytest.mark.parametrize(("name", "proposal"), [("Muster AG", "muster-ag"), ("Zürich_1", "zurich-1"), ("-x", "x")])
def test_folder_name_must_be_an_id(name: str, proposal: str) -> None:
    with pytest.raises(ConfigurationError, match=f'such as "{proposal}"'):
        mandate_id(Path("data") / name)


def test_created_file_is_commented_and_marks_its_assumptions(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "muster"
    created = Mandate.create(folder, "Muster AG")
    text = (folder / "mandate.toml").read_text(encoding="utf-8")
    assert created == Mandate.load(folder)
    assert created.vat == VatSettings("effective", "agreed", Rhythm.QUARTER, ("method", "basis", "rhythm"))
    assert text.count("# ASSUMED; ") == 3
    assert [each.name for each in folder.iterdir()] == ["mandate.toml"]


def test_confirmed_settings_are_not_marked(tmp_path: Path) -> None:
    vat = VatSettings("net_tax", "collected", Rhythm.SEMESTER)
    created = Mandate.create(tmp_path / "m", "M", uid="CHE-123.456.788", canton="ZH", language="it", vat=vat)
    assert (created.vat, created.uid, created.canton, created.language) == (vat, "CHE-123.456.788", "ZH", "it")
    assert "ASSUM" not in (tmp_path / "m" / "mandate.toml").read_text(encoding="utf-8")


def test_commented_examples_of_a_created_file_are_valid(tmp_path: Path) -> None:
    Mandate.create(tmp_path / "m", "M")
    path = tmp_path / "m" / "mandate.toml"
    head, tail = path.read_text(encoding="utf-8").split("\n# [checks]\n")
    path.write_text(head + "\n[checks]\n" + tail.replace("\n# ", "\n").removeprefix("# "), encoding="utf-8")
    mandate = Mandate.load(tmp_path / "m")
    assert mandate.checks.disabled == ("H10",)
    assert set(mandate.tax_codes) == {"UNX81"}
    assert mandate.activities["Treuhand"].rate == Decimal("6.2")


def test_existing_settings_are_never_overwritten(tmp_path: Path) -> None:
    folder = _mandate(tmp_path / "m", SMALLEST)
    with pytest.raises(ConfigurationError, match="not overwritten"):
        Mandate.create(folder, "Andere AG")
    assert (folder / "mandate.toml").read_text(encoding="utf-8") == SMALLEST


def test_nothing_is_written_for_a_wrong_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="canton"):
        Mandate.create(tmp_path / "m", "M", canton="XX")
    assert not (tmp_path / "m").exists()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip()))
def test_any_company_name_survives(tmp_path: Path, name: str) -> None:
    path = tmp_path / "m" / "mandate.toml"
    path.unlink(missing_ok=True)
    assert Mandate.create(tmp_path / "m", name).name == name.strip()
    assert Mandate.load(tmp_path / "m").name == name.strip()


def test_settings_hash_follows_content_not_layout(tmp_path: Path) -> None:
    one = Mandate.load(_mandate(tmp_path / "a", FULL)).settings_sha256
    assert Mandate.load(_mandate(tmp_path / "b", "# Bemerkung\n" + FULL.replace(" = ", "="))).settings_sha256 == one
    assert Mandate.load(_mandate(tmp_path / "c", FULL.replace("250.50", "250.51"))).settings_sha256 != one


def test_flags_and_kinds_are_those_of_the_law_room() -> None:
    from bexio_analytics import law  # noqa: PLC0415 - only this test compares the two rooms

    assert set(ACCOUNT_FLAGS) == set(FLAGS)
    assert {code.kind for code in law.standard_tax_codes()} <= set(TAX_KINDS)
