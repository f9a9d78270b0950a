"""Family J: liability, invoices as the law demands them, mandates of another kind, money for the tax."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import liability
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import check_of, run_check, set_period
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import assert_flags_marked_lines, frames_from_text, mandate_for_tests
from bexio_analytics.testing.conformance import assert_deterministic

Edit = Callable[[dict[str, pl.DataFrame]], None]


def company(**values: object) -> Edit:
    """Give the books a company profile."""
    row = {"id": 1, "name": "Muster AG", "ust_id_nr": None, "mwst_nr": None, **values}

    def edit(frames: dict[str, pl.DataFrame]) -> None:
        frames["company"] = TABLES["company"].frame([row])

    return edit


def turnover(*sales: tuple[str, str], code: str = "", account_no: str = "3400", text: str = "Verkauf") -> str:
    """A ledger of sales: (date, amount) each."""
    return "\n".join(f"{day}  {text}  1020 / {account_no}  {amount}  manual  {code}" for day, amount in sales)


YEAR = (("2025-10-03", "20000"), ("2026-01-03", "20000"), ("2026-04-03", "20000"))


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("24'999.99", None),
        ("25'000.00", "come close to the limit"),
        ("39'999.99", "come close to the limit"),
        ("40'000.00", "reach the limit"),
    ],
)
def test_unregistered_at_the_limit(last: str, reason: str | None) -> None:
    """Twelve months to the end of the period: from 85'000 a warning, from 100'000 a duty; older turnover is past."""
    found = assert_flags_marked_lines(
        liability.unregistered_at_the_limit,
        turnover(("2025-01-03", "100"), ("2025-09-30", "5000"), *YEAR, ("2026-09-30", last))
        + ("\n<- J01" if reason else ""),
        is_vat_subject=False,
    )
    assert [(f.values["reason"], f.values["months"], f.vat_effect) for f in found] == (
        [(reason, 12, Decimal("0.00"))] if reason else []
    )


def test_liable_since_the_year_after_the_limit() -> None:
    """Over the limit in 2025: what was sold since January 2026 contains the tax that is owed."""
    (finding,) = assert_flags_marked_lines(
        liability.unregistered_at_the_limit,
        turnover(("2025-01-03", "60000"), ("2025-12-03", "60000"), ("2026-02-03", "21620"), ("2026-08-03", "21620"))
        + "\n<- J01",
        is_vat_subject=False,
    )
    assert (finding.amount, finding.vat_effect, finding.ziffer) == (
        Decimal("103240.00"),
        Decimal("3240.00"),
        "303",
    )


def test_first_months_are_converted_to_a_year() -> None:
    """85'000 in ten months are 102'000 a year; a single month is taken as three."""
    (finding,) = assert_flags_marked_lines(
        liability.unregistered_at_the_limit,
        turnover(("2025-12-03", "45000"), ("2026-09-03", "40000")) + "\n<- J01",
        is_vat_subject=False,
    )
    assert (finding.values["months"], finding.values["annual"]) == (10, Decimal("102000.00"))
    assert_flags_marked_lines(
        liability.unregistered_at_the_limit, turnover(("2026-09-03", "21000")), is_vat_subject=False
    )


@pytest.mark.parametrize(
    "sales",
    [
        turnover(("2026-07-03", "90000"), code="UNO"),
        turnover(("2026-07-03", "90000"), account_no="6950"),
        turnover(("2026-07-03", "90000"), account_no="7500"),
        turnover(("2026-07-03", "90000"), text="Mitgliederbeiträge"),
        turnover(("2026-07-03", "90000"), text="Mietzins Juli"),
        turnover(("2026-07-03", "90000"), text="Miete 2-Zimmer-Wohnung"),
    ],
)
def test_turnover_that_does_not_count(sales: str) -> None:
    """What is excluded from tax; the same amount of exports counts."""
    assert_flags_marked_lines(liability.unregistered_at_the_limit, turnover(*YEAR) + "\n" + sales, is_vat_subject=False)
    assert_flags_marked_lines(
        liability.unregistered_at_the_limit,
        turnover(*YEAR) + "\n" + turnover(("2026-07-03", "90000"), code="UEX") + "\n<- J01",
        is_vat_subject=False,
    )


def test_hire_of_movables_counts() -> None:
    """It is taxable, other than the rent of property."""
    assert_flags_marked_lines(
        liability.unregistered_at_the_limit,
        turnover(*YEAR) + "\n" + turnover(("2026-07-03", "90000"), text="Mietertrag Maschinen") + "\n<- J01",
        is_vat_subject=False,
    )


def test_account_can_be_told_not_to_count() -> None:
    assert_flags_marked_lines(
        liability.unregistered_at_the_limit,
        turnover(*YEAR) + "\n" + turnover(("2026-07-03", "90000"), account_no="3600"),
        is_vat_subject=False,
        mandate=mandate_for_tests(accounts={"3600": {"needs_sales_code": False}}),
    )


@pytest.mark.parametrize(
    ("amount", "reason"),
    [("90'000", "reach the limit of all that are not non-profit"), ("190'000", "reach the limit")],
)
def test_association_may_have_the_higher_limit(amount: str, reason: str) -> None:
    (finding,) = assert_flags_marked_lines(
        liability.unregistered_at_the_limit,
        turnover(*YEAR, ("2026-07-03", amount)) + "\n<- J01",
        is_vat_subject=False,
        edit=company(legal_form="association"),
    )
    assert finding.values["reason"] == reason


def test_registered_company_has_no_limit() -> None:
    assert_flags_marked_lines(liability.unregistered_at_the_limit, turnover(("2026-07-03", "900000")))


ABROAD = """
    2025-12-30  Werbung          6600 / 2000  9'000.00  bill   contact=Adfield/IE
    2026-02-03  Werbung          6600 / 2000  5'000.00  bill   contact=Adfield/IE
    2026-05-03  Gutschrift       2000 / 6600    500.00  other
    2026-05-04  Google Ads       6600 / 1020  3'000.00  other
    2026-06-03  Ware             4200 / 2000  9'000.00  bill   contact=Huber/DE
    2026-06-04  Lizenz           6570 / 2000  9'000.00  bill   contact=Solingen/DE  vat=CHE-116.281.271
    2026-06-05  Lizenz           6570 / 2000  9'000.00  bill   contact=Software AG/CH
    2026-06-06  Übernachtung     6600 / 2000  9'000.00  bill   contact=Hotel Wien/AT
    2026-07-03  Cloud            6570 / 2000  {amount}  bill   contact=Cloudworks/NL
    {mark}
"""


def test_acquisition_tax_of_the_unregistered() -> None:
    """More than 10'000 in the calendar year: then all of it is taxed. Exactly 10'000 is not yet too much."""
    check = liability.acquisition_tax_of_the_unregistered
    (finding,) = assert_flags_marked_lines(check, ABROAD.format(amount="2'000.05", mark="<- J02"), is_vat_subject=False)
    assert (finding.amount, finding.vat_effect) == (Decimal("10000.05"), Decimal("810.00"))
    assert finding.values["suppliers"] == "Adfield, Cloudworks, Google Ads"
    assert_flags_marked_lines(check, ABROAD.format(amount="2'000.00", mark=""), is_vat_subject=False)
    assert_flags_marked_lines(check, ABROAD.format(amount="2'000.05", mark=""))


def address(frames: dict[str, pl.DataFrame]) -> None:
    """Contacts have an address, but for those whose name begins with "Ohne"."""
    rows = frames["contact"].to_dicts()
    frames["contact"] = TABLES["contact"].frame(
        [{**row, "city": None if row["name_1"].startswith("Ohne") else "Bern"} for row in rows]
    )


def test_invoice_lacks_what_the_law_demands() -> None:
    """Recipient, address and description; small receipts and invoices without VAT need less."""

    def edit(frames: dict[str, pl.DataFrame]) -> None:
        address(frames)
        frames["invoice_position"] = frames["invoice_position"].with_columns(
            pl.col("text").str.replace("^Leer$", "<p>&nbsp;</p>")
        )

    found = assert_flags_marked_lines(
        liability.invoice_lacks_what_the_law_demands,
        """
        2026-07-03  Verkauf      1100 / 3200    400.05  invoice  UN81                              <- J03
        2026-07-04  Verkauf      1100 / 3200    540.50  invoice  UN81  contact=Ohne Adresse/CH     <- J03
        2026-07-05  Leer         1100 / 3200    108.10  invoice  UN81  contact=Kunde AG/CH         <- J03
        2026-07-06  Verkauf      1100 / 3200    400.00  invoice  UN81
        2026-07-07  Verkauf      1100 / 3200    108.10  invoice  UN81  contact=Ohne Adresse/CH
        2026-07-08  Verkauf      1100 / 3200  1'081.00  invoice  UN81  contact=Kunde AG/CH
        2026-07-09  Export       1100 / 3200  1'081.00  invoice  UEX
        2026-07-10  Depot        1100 / 2210  1'081.00  invoice  UN81  mwst=2
        2026-06-10  Verkauf      1100 / 3200  1'081.00  invoice  UN81
        """,
        edit=edit,
    )
    assert {f.values["reason"] for f in found} == {
        "names no recipient",
        "shows no address of the recipient",
        "has a position without description",
    }
    assert {f.vat_effect for f in found} == {None}


@pytest.mark.parametrize(("number", "mark"), [(None, "<- J03"), ("CHE-116.281.271 MWST", "")])
def test_company_without_vat_number(number: str | None, mark: str) -> None:
    """Told once, at the first invoice that lacks nothing else."""

    def edit(frames: dict[str, pl.DataFrame]) -> None:
        address(frames)
        company(mwst_nr=number)(frames)

    assert_flags_marked_lines(
        liability.invoice_lacks_what_the_law_demands,
        f"""
        2026-07-03  Verkauf      1100 / 3200  1'081.00  invoice  UN81                              <- J03
        2026-07-04  Verkauf      1100 / 3200  1'081.00  invoice  UN81  contact=Kunde AG/CH         {mark}
        2026-07-05  Verkauf      1100 / 3200  1'081.00  invoice  UN81  contact=Kunde AG/CH
        """,
        edit=edit,
    )


SHOWN = """
    2026-07-03  Verkauf      1100 / 3200  1'081.00  invoice  UN81  contact=Kunde AG/CH                        {mark}
    2026-07-04  Verkauf      1100 / 3200  1'081.00  invoice  UN81  contact=Kunde AG/CH  rows=none             {mark}
    2026-07-05  Verkauf      1100 / 3200    540.50  invoice  UN81  contact=Huber/DE  currency=EUR  factor=0.9  {mark}
    2026-07-06  Verkauf      1100 / 3200  1'081.00  invoice  UN81  contact=Kunde AG/CH  mwst=2
    2026-07-07  Verkauf      1100 / 3200  1'081.00  invoice        contact=Kunde AG/CH
    2026-07-08  Einkauf      4200 / 2000  1'081.00  bill     VM81  contact=Kunde AG/CH
"""


def test_vat_shown_without_registration() -> None:
    """What was booked counts, in CHF; what is only written on the invoice counts too."""
    check = liability.vat_shown_without_registration
    found = assert_flags_marked_lines(check, SHOWN.format(mark="<- J04"), is_vat_subject=False)
    assert sorted(f.vat_effect for f in found if f.vat_effect) == [
        Decimal("36.45"),
        Decimal("81.00"),
        Decimal("81.00"),
    ]
    assert_flags_marked_lines(check, SHOWN.format(mark=""))


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"name": "Einwohnergemeinde Muster"}, "seems to be a public body"),
        ({"name": "Commune de Muster", "legal_form": "association"}, "seems to be a public body"),
        ({"name": "Stadt Apotheke AG", "legal_form": "corporation"}, None),
        ({"name": "Muster AG", "mwst_nr": "CHE-116.281.271 MWST Gruppe"}, "seems to file with a VAT group"),
        (
            {"name": "Muster AG", "mwst_nr": "CHE-116.281.271 MWST", "ust_id_nr": "CHE-101.654.423"},
            "seems to file with a VAT group",
        ),
        ({"name": "Muster AG", "mwst_nr": "CHE-116.281.271 MWST", "ust_id_nr": "CHE-116.281.271"}, None),
        ({"name": "Muster AG", "ust_id_nr": "CHE-101.654.423"}, None),
    ],
)
def test_mandate_of_another_kind(profile: dict[str, object], reason: str | None) -> None:
    frames = frames_from_text("2026-07-03  Verkauf  1100 / 3200  1'081.00  invoice  UN81")
    company(**profile)(frames)
    period = VatPeriod.parse("2026-Q3")
    with Books.from_frames(frames, mandate_for_tests()) as books:
        set_period(books, period)
        result = run_check(check_of(liability.mandate_of_another_kind), books, books.mandate, period, {})
    assert [finding.values["reason"] for finding in result.findings] == ([reason] if reason else []), result.note


MONEY = """
    2026-01-01  Vortrag           1020 / 9100  {opening}  opening
    2026-01-01  Wertschriften     1060 / 9100   9'000.00  opening
    2026-07-03  Verkauf           1100 / 3200  10'810.00  invoice  UN81
    2026-07-04  Einkauf           4200 / 2000   1'081.00  bill     VM81
    2026-10-05  Zahlung ESTV      2201 / 1020     600.00  other
    2026-10-20  Miete             6000 / 1020     200.00  other
    {mark}
"""


@pytest.mark.parametrize(
    ("opening", "as_of", "amount"),
    [
        ("728.99", date(2026, 9, 30), "729.00"),
        ("729.00", date(2026, 9, 30), None),
        ("900.00", date(2026, 10, 10), None),
        ("900.00", date(2026, 10, 31), "129.00"),
        ("929.00", date(2026, 10, 31), None),
        ("0.00", date(2026, 12, 1), None),
    ],
    ids=["a Rappen short", "just enough", "part is paid", "money was spent", "enough for the rest", "the day is past"],
)
def test_too_little_money_for_the_tax(opening: str, as_of: date, amount: str | None) -> None:
    found = assert_flags_marked_lines(
        liability.too_little_money_for_the_tax,
        MONEY.format(opening=opening, mark="<- J10" if amount else ""),
        as_of=as_of,
    )
    assert [f.amount for f in found] == ([Decimal(amount)] if amount else [])


def test_money_is_known_without_a_booking_in_the_last_month() -> None:
    """The balance of the last month with bookings goes on."""
    (finding,) = assert_flags_marked_lines(
        liability.too_little_money_for_the_tax,
        """
        2026-01-01  Vortrag           1020 / 9100     100.00  opening
        2026-07-03  Verkauf           1100 / 3200  10'810.00  invoice  UN81
        <- J10
        """,
    )
    assert (finding.amount, finding.values["liquid"]) == (Decimal("810.00"), Decimal("100.00"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("unregistered_at_the_limit", turnover(*YEAR, ("2026-07-03", "90000"))),
        ("acquisition_tax_of_the_unregistered", ABROAD.format(amount="8'000.00", mark="")),
        ("vat_shown_without_registration", SHOWN.format(mark="")),
    ],
)
def test_is_deterministic_without_registration(name: str, text: str) -> None:
    assert_deterministic(check_of(getattr(liability, name)), frames_from_text(text, is_vat_subject=False))


def test_is_deterministic() -> None:
    text = MONEY.format(opening="100.00", mark="")
    assert_deterministic(check_of(liability.too_little_money_for_the_tax), frames_from_text(text))
