"""Whatever a declaration says, the file says: valid, and read back as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from bexio_analytics import law
from bexio_analytics.periods import Rhythm, VatPeriod
from bexio_analytics.vat.ech0217 import check_xml, read_xml, write_declaration
from bexio_analytics.vat.ech0217.declaration import (
    AtActivity,
    AtRate,
    Basis,
    Credits,
    Declaration,
    Effective,
    ExportInvoice,
    FlatRates,
    General,
    Method,
    NetRates,
    Program,
    SimpleRates,
    Submission,
    Turnover,
    TurnoverAndMargin,
    VariousDeduction,
)
from bexio_analytics.vat.ech0217.parsing import Element
from bexio_analytics.vat.ech0217.writing import serialise

RUNS = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4)
AMOUNT = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)
NOT_ZERO = AMOUNT.filter(bool)
RATE = st.decimals(min_value=0, max_value=100, places=2)


def uid_of(number: int) -> str | None:
    """Eight digits and their check digit, or None for the numbers that have none."""
    digits = [int(digit) for digit in str(number)]
    check = 11 - sum(a * b for a, b in zip(digits, WEIGHTS, strict=True)) % 11
    return None if check == 10 else f"CHE{number}{0 if check == 11 else check}"


def text(longest: int, shortest: int = 0) -> st.SearchStrategy[str]:
    """Texts as ``xs:token`` holds them, with characters that need escaping."""
    letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), include_characters="<>&\"' ]äß")
    return (
        st.text(letters, max_size=longest)
        .map(lambda found: " ".join(found.split(" ")).strip(" "))
        .map(lambda found: " ".join(part for part in found.split(" ") if part))
        .filter(lambda found: shortest <= len(found) <= longest)
    )


UIDS = st.integers(10_000_000, 99_999_999).map(uid_of).filter(lambda uid: uid is not None)
AT_RATE = st.builds(AtRate, RATE, AMOUNT)
AT_RATES = st.lists(AT_RATE, max_size=4).map(tuple)
MARGINS = st.lists(st.builds(TurnoverAndMargin, AT_RATE, AT_RATE), min_size=1, max_size=3).map(tuple)
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
CREDITS = st.builds(
    Credits,
    exports=AMOUNT
    | st.lists(st.builds(ExportInvoice, text(80), DAYS, text(100), RATE, AMOUNT), min_size=1, max_size=3).map(tuple),
    deemed_input=AMOUNT | MARGINS,
    margin=AMOUNT | MARGINS,
)
METHODS: st.SearchStrategy[Method] = st.one_of(
    st.builds(
        Effective,
        is_gross=st.booleans(),
        opted=AMOUNT,
        supplies=AT_RATES,
        acquisitions=AT_RATES,
        material=AMOUNT,
        investments=AMOUNT,
        subsequent=AMOUNT,
        corrections=AMOUNT,
        reductions=AMOUNT,
    ),
    st.builds(
        SimpleRates,
        supplies=st.lists(st.builds(AtActivity, text(5, 5), RATE, AMOUNT), max_size=4).map(tuple),
        acquisitions=AT_RATES,
        corrections=AMOUNT,
    ),
    st.builds(NetRates, supplies=AT_RATES, acquisitions=AT_RATES, credits=CREDITS),
    st.builds(
        FlatRates,
        supplies=st.lists(st.builds(AtActivity, text(100), RATE, AMOUNT), max_size=4).map(tuple),
        acquisitions=AT_RATES,
        credits=CREDITS,
    ),
)
GENERAL = st.builds(
    General,
    uid=UIDS,
    organisation_name=text(255, 1),
    generation_time=st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    period_from=DAYS,
    period_till=DAYS,
    submission=st.sampled_from(Submission),
    basis=st.sampled_from(Basis),
    business_reference_id=text(50, 1),
    program=st.builds(Program, text(30, 1), text(30, 1), text(10, 1)),
)
TURNOVER = st.builds(
    Turnover,
    total=AMOUNT,
    exports=AMOUNT,
    abroad=AMOUNT,
    notification=AMOUNT,
    exempt=AMOUNT,
    reductions=AMOUNT,
    various=st.none() | st.builds(VariousDeduction, AMOUNT, text(50)),
)
DECLARATIONS = st.builds(
    Declaration,
    general=GENERAL,
    turnover=TURNOVER,
    method=METHODS,
    payable=AMOUNT,
    subsidies=AMOUNT,
    donations=AMOUNT,
)


@RUNS
@given(DECLARATIONS)
def test_any_declaration_is_valid_and_read_back(own_schema: Element, found: Declaration) -> None:
    data = serialise(found)
    own_schema.assertValid(etree.fromstring(data))
    assert read_xml(data).declaration == found
    assert serialise(read_xml(data).declaration) == data
    assert not [breach for breach in check_xml(data) if breach.rule in {"MWST-0001", "MWST-0009"}]


@pytest.mark.shared
@RUNS
@given(DECLARATIONS)
def test_any_declaration_is_valid_by_the_published_schema(
    reference_schema: Element,
    found: Declaration,
) -> None:
    reference_schema.assertValid(etree.fromstring(serialise(found)))


@st.composite
def right_effective(draw: st.DrawFn) -> Declaration:
    """A declaration of the effective method that keeps every rule, computed here independently."""
    rhythm = draw(st.sampled_from([Rhythm.MONTH, Rhythm.QUARTER, Rhythm.ANNUAL]))
    period = VatPeriod.containing(draw(st.dates(date(2018, 1, 1), date(2030, 12, 31))), rhythm)
    known = sorted({rate.rate for rate in law.vat_rates() if rate.status == "law" and rate.valid_from <= period.end})
    lines = st.lists(st.builds(AtRate, st.sampled_from(known), AMOUNT), max_size=5).map(tuple)
    method = Effective(
        is_gross=draw(st.booleans()),
        supplies=draw(lines),
        acquisitions=draw(lines),
        material=draw(AMOUNT),
        investments=draw(AMOUNT),
        subsequent=draw(AMOUNT),
        corrections=draw(AMOUNT),
        reductions=draw(AMOUNT),
    )
    deducted = draw(AMOUNT)
    owed = sum(
        (
            Fraction(line.turnover) * Fraction(line.rate) / (100 + Fraction(line.rate) if method.is_gross else 100)
            for line in method.supplies
        ),
        Fraction(0),
    ) + sum((Fraction(line.turnover) * Fraction(line.rate) / 100 for line in method.acquisitions), Fraction(0))
    exact = owed - Fraction(
        method.material + method.investments + method.subsequent - method.corrections - method.reductions
    )
    payable = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    head = draw(GENERAL)
    return Declaration(
        general=General(
            uid=head.uid,
            organisation_name=head.organisation_name,
            generation_time=head.generation_time + timedelta(days=1),
            period_from=period.start,
            period_till=period.end,
            submission=draw(st.sampled_from([Submission.FIRST, Submission.CORRECTION])),
            basis=head.basis,
            business_reference_id=head.business_reference_id,
            program=head.program,
        ),
        turnover=Turnover(total=sum((line.turnover for line in method.supplies), deducted), exports=deducted),
        method=method,
        payable=payable,
    )


@RUNS
@given(right_effective())
def test_right_declarations_break_no_rule(found: Declaration) -> None:
    assert read_xml(write_declaration(found)).declaration == found


@RUNS
@given(right_effective(), NOT_ZERO.filter(lambda amount: abs(amount) > Decimal("0.10")))
def test_another_amount_payable_is_refused(found: Declaration, off: Decimal) -> None:
    wrong = Declaration(
        general=found.general, turnover=found.turnover, method=found.method, payable=found.payable + off
    )
    assert [breach.rule for breach in check_xml(serialise(wrong))] == ["MWST-0006"]


def test_boxes_of_nothing_are_left_out(effective: Declaration) -> None:
    empty = Declaration(
        general=effective.general, turnover=Turnover(total=Decimal(0)), method=Effective(), payable=Decimal(0)
    )
    root = etree.fromstring(serialise(empty))
    names = [etree.QName(element).localname for element in root.iter()]
    assert names[names.index("turnoverComputation") :] == [
        "turnoverComputation",
        "totalConsideration",
        "effectiveReportingMethod",
        "grossOrNet",
        "payableTax",
    ]
    assert root.findtext(".//{*}totalConsideration") == root.findtext("{*}payableTax") == "0.00"
    assert check_xml(serialise(empty)) == []


def test_other_spellings_of_values_are_read(effective: Declaration) -> None:
    data = serialise(effective)
    for old, new in (
        (b">10000.00<", b"> +10000.0\n<"),
        (b">-200.00<", b">-200<"),
        (b">2026-07-01<", b">2026-07-01Z<"),
        (b">2026-09-30<", b">2026-09-30+02:00<"),
        (b">2026-10-05T08:30:00Z<", b">2026-10-05T10:30:00.000+02:00<"),
        (b"muster-2026-1", b"  muster-2026-1 <!-- ours --> "),
        ("Bäckerei Muster".encode(), "Bäckerei\n\t Muster".encode()),
    ):
        assert old in data
        data = data.replace(old, new)
    assert read_xml(data).declaration == effective


def test_texts_are_written_as_they_are_stored(effective: Declaration) -> None:
    """White space is collapsed; characters that XML cannot carry are dropped."""
    head = effective.general
    odd = General(
        uid=head.uid,
        organisation_name="  Muster\x00\n \tAG\ud800 ",
        generation_time=datetime(2026, 10, 5, 8, 30),  # noqa: DTZ001 - local time without a zone is allowed
        period_from=head.period_from,
        period_till=head.period_till,
        submission=head.submission,
        basis=Basis.COLLECTED,
        business_reference_id=head.business_reference_id,
        program=head.program,
    )
    data = serialise(
        Declaration(
            general=odd,
            turnover=effective.turnover,
            method=effective.method,
            payable=effective.payable,
            donations=Decimal("-0.00"),
        )
    )
    read = read_xml(data).declaration.general
    assert (read.organisation_name, read.basis) == ("Muster AG", Basis.COLLECTED)
    assert read.generation_time == odd.generation_time
    assert b"otherFlowsOfFunds" not in data
