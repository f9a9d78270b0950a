"""The arithmetic of the form: identities, rounding, and what software usually gets wrong."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexio_analytics.vat import complete_form
from bexio_analytics.vat.form import boxes, statutory_rate

AMOUNT = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)
ENTRIES = st.dictionaries(
    st.sampled_from(boxes("turnover", "memo", "deduction", "supply", "input", "input_reduction", "other_flow")), AMOUNT
)
ACQUISITION = st.dictionaries(
    st.tuples(st.sampled_from(boxes("acquisition")), st.sampled_from([Decimal("8.1"), Decimal("2.6")])), AMOUNT
)


@given(ENTRIES, ACQUISITION)
def test_identities_hold(entries: dict[str, Decimal], acquisition: dict[tuple[str, Decimal], Decimal]) -> None:
    form = complete_form(entries, acquisition)
    z = form.ziffern
    assert z["289"] == z["220"] + z["221"] + z["225"] + z["230"] + z["235"] + z["280"]
    assert z["299"] == z["200"] - z["289"]
    assert z["479"] == z["400"] + z["405"] + z["410"] - z["415"] - z["420"]
    assert form.payable == z["399"] - z["479"] == z["500"] - z["510"]
    assert min(z["500"], z["510"]) == 0
    assert z["399"] == sum(form.tax.values()) + form.form_rounding
    assert abs(form.form_rounding) <= Decimal("0.005") * (len(form.tax) + 1)
    assert all(amount.as_tuple().exponent == -2 for amount in z.values())


@given(AMOUNT)
def test_opted_turnover_is_information_only(opted: Decimal) -> None:
    plain = complete_form({"200": Decimal("100.00"), "303": Decimal("100.00")}, {})
    memo = complete_form({"200": Decimal("100.00"), "303": Decimal("100.00"), "205": opted}, {})
    assert plain.payable == memo.payable
    assert plain.ziffern["299"] == memo.ziffern["299"]


def test_acquisition_tax_is_owed_but_is_no_turnover() -> None:
    form = complete_form({"400": Decimal("81.00")}, {("383", Decimal("8.1")): Decimal("1000.00")})
    assert form.tax["383"] == Decimal("81.00")
    assert form.ziffern["299"] == 0
    assert form.payable == 0


def test_rounding_is_half_up_and_once() -> None:
    """Two half-Rappen round up alone and make one whole Rappen together."""
    form = complete_form({"303": Decimal("0.5"), "343": Decimal("0.25")}, {})
    assert (form.tax["303"], form.tax["343"]) == (Decimal("0.04"), Decimal("0.01"))
    assert form.ziffern["399"] == Decimal("0.05")
    thirds = complete_form({"313": Decimal("0.25"), "312": Decimal("0.26")}, {})
    assert thirds.ziffern["399"] == Decimal("0.01")
    assert thirds.form_rounding == Decimal("-0.01")


@pytest.mark.parametrize("box", ["299", "399", "500", "342x", "383"])
def test_computed_and_unknown_boxes_take_no_entry(box: str) -> None:
    with pytest.raises(KeyError, match=box):
        complete_form({box: Decimal(1)}, {})


@pytest.mark.parametrize(
    ("box", "rate"),
    [("301", "8.0"), ("302", "7.7"), ("303", "8.1"), ("341", "3.8"), ("342", "3.7"), ("343", "3.8"), ("311", "2.5")],
)
def test_supply_boxes_carry_the_rate_of_their_era(box: str, rate: str) -> None:
    assert statutory_rate(box) == Decimal(rate)
    assert statutory_rate("383") is None


@pytest.mark.shared
def test_published_form_with_every_box_filled(shared_data: Path) -> None:
    """A published return with every box and negative lines comes out to the Rappen."""
    case = json.loads((shared_data / "vat-cases" / "05-effective-every-ziffer-q1-2018.json").read_text())
    given_boxes = {box: Decimal(amount) for box, amount in case["inputs"]["ziffern"].items()}
    rates = {box: Decimal(rate) for box, rate in case["rates"].items()}
    acquisition = {(box, rates[box]): given_boxes.pop(box) for box in ("381", "382")}
    form = complete_form(given_boxes, acquisition)
    for box, amount in case["expected"]["ziffern"].items():
        assert form.ziffern[box] == Decimal(amount), box
    for box, amount in case["expected"]["tax_by_ziffer"].items():
        assert form.tax[box] == Decimal(amount), box
