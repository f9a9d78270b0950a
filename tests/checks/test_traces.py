"""References, texts, the order of entry, and what stays on clearing accounts."""

from __future__ import annotations

import pytest

from bexio_analytics.checks import traces
from bexio_analytics.review import Check, CheckSet
from bexio_analytics.testing import assert_flags_marked_lines, frames_from_text
from bexio_analytics.testing.conformance import assert_deterministic


def entries(count: int, *, first_day: int = 1) -> str:
    """Manual entries in the order of their dates, one a day from July on, with references and amounts of their own."""
    return "\n".join(
        f"2026-{7 + n // 28:02}-{n % 28 + first_day:02}  Spesen {n}  6640 / 1020  {100 + n}.50  manual  no=BU-{n:03}"
        for n in range(count)
    )


def test_reference_used_twice() -> None:
    """The same voucher twice; another amount, a third booking and a word for a reference are something else."""
    text = f"""
        {entries(3)}
        2026-08-03  Gebühr          6940 / 1020    237.80  manual  no=M-77
        2026-08-14  Gebühr          6940 / 1020    237.80  manual  no=M-77      <- K13
        2026-08-15  Porto           6510 / 1020     50.00  manual  no=M-78
        2026-08-16  Papier          6500 / 1020     60.00  manual  no=M-78
        2026-08-17  Miete           6000 / 2000    108.10  bill  VB81  no=R-1
        2026-08-18  Miete           6000 / 2000    108.10  bill  VB81  no=R-1
    """
    assert_flags_marked_lines(traces.reference_used_twice, text)
    words = "\n".join(f"2026-08-{day:02}  Lohn  5000 / 1020  {day}00.00  manual  no=Lohn" for day in (1, 1, 2, 2, 3, 3))
    assert_flags_marked_lines(traces.reference_used_twice, words)


def test_text_says_nothing() -> None:
    """Empty words are found, also behind a period; words that say something, and no text at all, are not."""
    text = f"""
        {entries(3)}
        2026-08-03  Diverses                  6700 / 1020    237.80  manual      <- K14
        2026-08-04  xxx Periode 08/2026       6700 / 1020    137.80  manual      <- K14
        2026-08-05  Diverses Büromaterial     6500 / 1020     50.00  manual
        2026-08-06  4711                      6500 / 1020     60.00  manual
        2026-08-07  Korrektur                 6500 / 1020     10.00  manual
    """
    assert_flags_marked_lines(traces.text_says_nothing, text)
    habit = "\n".join(f"2026-08-{day:02}  Diverses  6700 / 1020  {day}00.00  manual" for day in range(1, 6))
    assert_flags_marked_lines(traces.text_says_nothing, habit)


def busy(count: int = 210) -> list[str]:
    """Manual entries in the order of their dates, three a day."""
    return [
        f"2026-{7 + n // 84:02}-{n // 3 % 28 + 1:02}  Spesen {n}  6640 / 1020  {100 + n}.50  manual  no=BU-{n:03}"
        for n in range(count)
    ]


def test_date_out_of_the_order_of_entry() -> None:
    """Entered in July and dated in September; a few days off are in order, and with few entries nothing is said."""
    middle = [
        "2026-07-22  Kurz zurück  6500 / 1020   60.00  manual  no=X1",
        "2026-09-20  Vordatiert   6500 / 1020  260.00  manual  no=X2      <- K15",
    ]
    lines = busy()
    (finding,) = assert_flags_marked_lines(
        traces.date_out_of_the_order_of_entry, "\n".join([*lines[:81], *middle, *lines[81:]])
    )
    assert str(finding.values["neighbours_on"]).startswith("2026-07-2")
    few = [*lines[:60], middle[1].replace("<- K15", ""), *lines[60:100]]
    assert_flags_marked_lines(traces.date_out_of_the_order_of_entry, "\n".join(few))


def test_where_entries_are_made_late_anyway_nothing_is_said() -> None:
    """Whole months entered at once in no order: no date stands out."""
    shuffled = sorted(busy(), key=lambda line: line[::-1])
    assert_flags_marked_lines(traces.date_out_of_the_order_of_entry, "\n".join(shuffled))


def test_row_left_on_clearing_account() -> None:
    """What is never cleared; cleared amounts, and a payroll that adds up over its month, are not."""
    assert_flags_marked_lines(
        traces.row_left_on_clearing_account,
        """
        2026-07-03  Eingang unklar      1020 / 1099    750.00  manual      <- K16
        2026-07-04  Eingang unklar      1020 / 1099    430.00  manual
        2026-07-10  Rückzahlung         1099 / 1020    430.00  manual
        2026-07-25  Bruttolohn          5000 / 1091  5'000.00  manual
        2026-07-25  Abzüge              1091 / 2270    600.00  manual
        2026-07-28  Auszahlung          1091 / 1020  4'400.00  manual
        """,
    )


def premiums(count: int = 24) -> list[str]:
    """Social security owed, and paid two days later in the same amount."""
    lines = []
    for n in range(count):
        month, day = 7 + n // 12, n % 12 * 2 + 1
        lines.append(f"2026-{month:02}-{day:02}  Prämie {n}   5700 / 2270  {1000 + 7 * n}.15  manual  no=P{n}")
        lines.append(f"2026-{month:02}-{day + 2:02}  Zahlung {n}  2270 / 1020  {1000 + 7 * n}.15  manual  no=Z{n}")
    return lines


def test_amount_settles_nothing() -> None:
    """Owed and paid in two amounts: both stand alone. Parts that add up and what is not due yet do not."""
    text = f"""
        {chr(10).join(premiums())}
        2026-08-20  Prämie Kranken    5700 / 2270   564.00  manual  no=P90      <- K17
        2026-08-22  Zahlung Kranken   2270 / 1020   654.00  manual  no=Z90      <- K17
        2026-08-20  Prämie Unfall     5700 / 2270   700.00  manual  no=P91
        2026-08-22  Zahlung Unfall 1  2270 / 1020   450.00  manual  no=Z91
        2026-08-29  Zahlung Unfall 2  2270 / 1020   250.00  manual  no=Z92
        2026-09-28  Prämie September  5700 / 2270   933.00  manual  no=P93
    """
    found = assert_flags_marked_lines(traces.amount_settles_nothing, text)
    assert {(finding.values["settled"], finding.values["times"]) for finding in found} == {(24, 27)}


def test_an_amount_that_stands_elsewhere_is_that_of_the_other_booking() -> None:
    """The payment went to another account: the amounts are equal, so no amount is wrong."""
    text = f"""
        {chr(10).join(premiums())}
        2026-08-20  Prämie Kranken    5700 / 2270   564.00  manual  no=P90
        2026-08-22  Zahlung Kranken   2279 / 1020   564.00  manual  no=Z90
    """
    assert_flags_marked_lines(traces.amount_settles_nothing, text)


def test_what_settles_a_balance_carried_forward_is_not_asked_for() -> None:
    """The bills of last year stand in one opening balance; the books begin after them."""
    text = f"""
        {chr(10).join(premiums())}
        2026-07-05  Zahlung Vorjahr   2270 / 1020   654.00  manual  no=Z90
        2026-07-25  Zahlung Vorjahr?  2270 / 1020   655.00  manual  no=Z91      <- K17
    """
    assert_flags_marked_lines(traces.amount_settles_nothing, text)


def test_what_documents_settle_is_bexios_to_tell() -> None:
    """Bills that entries by hand pay in the same amount: which of them is open, the bills say."""
    bills = [line.replace("manual", "bill").replace("5700 / 2270", "5700 / 2000") for line in premiums()[::2]]
    paid = [line.replace("2270 / 1020", "2000 / 1020") for line in premiums()[1::2]]
    other = "2026-08-22  Zahlung Kranken   2000 / 1020   654.00  manual  no=Z90"
    assert_flags_marked_lines(traces.amount_settles_nothing, "\n".join([*bills, *paid, other]))


def test_where_items_are_not_settled_one_by_one_nothing_is_said() -> None:
    """Paid once a month in one sum, or too few to tell."""
    monthly = [line for line in premiums() if "Prämie" in line]
    assert_flags_marked_lines(traces.amount_settles_nothing, "\n".join(monthly))
    few = [*premiums(12), "2026-08-20  Prämie Kranken  5700 / 2270  564.00  manual  no=P90"]
    assert_flags_marked_lines(traces.amount_settles_nothing, "\n".join(few))


TRACES = "\n".join(
    [
        *busy()[:81],
        "2026-09-20  Vordatiert   6500 / 1020  260.00  manual  no=X2",
        "2026-07-22  Diverses     6500 / 1020  270.00  manual  no=X3",
        "2026-07-22  Gebühr       6940 / 1020  237.80  manual  no=M-77",
        "2026-07-24  Gebühr       6940 / 1020  237.80  manual  no=M-77",
        "2026-07-24  Unklar       1020 / 1099  750.00  manual  no=X4",
        *busy()[81:],
    ]
)
SETTLED = "\n".join([*premiums(), "2026-08-20  Prämie Kranken  5700 / 2270  564.00  manual  no=P90"])
ALL = CheckSet.from_modules(traces)


@pytest.mark.parametrize("check", ALL.values(), ids=list(ALL))
def test_the_order_of_rows_does_not_matter(check: Check) -> None:
    assert_deterministic(check, frames_from_text(SETTLED if check.code == "K17" else TRACES))
