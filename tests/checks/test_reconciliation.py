"""Family F: return and ledger."""

from __future__ import annotations

from decimal import Decimal

from bexio_analytics.checks import ALL, reconciliation
from bexio_analytics.mandate import VatSettings
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Outcome, run_check, set_period
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text, mandate_for_tests

CLEAN = """
        2026-07-03  Verkauf             1100 / 3200  1'081.00  invoice  UN81
        2026-07-04  Export              1100 / 3200    500.00  invoice  UEX
        2026-07-05  Skonto              3800 / 1100     10.81  manual   UN81
        2026-07-06  Verkauf Maschine    1020 / 1500  2'162.00  manual   UN81
        2026-07-07  Privatanteil Auto   2850 / 6270    108.10  manual   UN81
        2026-07-08  Subvention          1020 / 3600    300.00  manual   SUB
        2026-07-09  Lagerveränderung    1200 / 3900    700.00  manual
        2026-07-10  Abgrenzung          1300 / 3400    400.00  manual
        2026-07-11  Umbuchung           3200 / 3400    150.00  manual
        2026-07-12  Lizenz              6570 / 2000    100.00  bill     BZB81
        2026-06-30  Voriges Quartal     1000 / 3200    999.00  manual
"""


def test_turnover_agrees_with_ledger() -> None:
    """Exports, reductions, disposals and private shares are on both sides; stock, accruals and subsidies on none."""
    assert_flags_marked_lines(reconciliation.turnover_differs_from_ledger, CLEAN)


def test_turnover_differs_from_ledger() -> None:
    """Uncoded revenue is in the ledger only; the effect is the tax contained in the difference."""
    (finding,) = assert_flags_marked_lines(
        reconciliation.turnover_differs_from_ledger,
        CLEAN + "2026-08-01  Barverkauf  1000 / 3200  540.50  manual\n<- F01",
    )
    assert (finding.amount, finding.vat_effect) == (Decimal("540.50"), Decimal("40.50"))
    assert (finding.subject_id, finding.ziffer) == ("vat_return:2026-Q3", "200")
    assert finding.restates, "A01 finds the same sale: its effect must not count twice"


def test_period_without_any_code() -> None:
    """Where nothing is coded at all the whole turnover is the difference, at the normal rate."""
    (finding,) = assert_flags_marked_lines(
        reconciliation.turnover_differs_from_ledger, "2026-08-01  Verkauf  1000 / 3200  1'081.00  manual\n<- F01"
    )
    assert finding.vat_effect == Decimal("81.00")


def test_difference_up_to_one_franc_is_tolerated() -> None:
    """Exactly the tolerance is no finding, a Rappen more is."""
    check = reconciliation.turnover_differs_from_ledger
    assert_flags_marked_lines(check, CLEAN + "2026-08-01  Rest  1000 / 3200  1.00  manual")
    assert_flags_marked_lines(check, CLEAN + "2026-08-01  Rest  1000 / 3200  1.01  manual\n<- F01")


def test_turnover_is_not_compared_under_collected_consideration() -> None:
    """The ledger knows invoices, the return payments: the outcome is not applicable, never clean."""
    mandate = mandate_for_tests(vat=VatSettings(basis="collected"))
    with books_from_text(CLEAN, mandate=mandate) as books:
        period = VatPeriod.parse("2026-Q3")
        set_period(books, period)
        result = run_check(ALL["F01"], books, mandate, period, {})
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert "agreed" in result.note


def test_manual_posting_on_vat_account() -> None:
    """Direct postings are flagged; settlement, payment, opening and coded entries are not."""
    findings = assert_flags_marked_lines(
        reconciliation.manual_posting_on_vat_account,
        """
        2026-07-03  Korrektur             1170 / 6500      81.00  manual          <- F05
        2026-07-03  Umsatzsteuer          3200 / 2200     100.00  manual          <- F05
        2026-07-04  Bezugsteuer           6570 / 2203      40.00  other           <- F05
        2026-07-05  Abrechnung Q2         2200 / 2201   4'310.55  manual
        2026-07-05  Abrechnung Q2         2201 / 1170   1'310.55  manual
        2026-07-06  Zahlung ESTV          2201 / 1020   3'000.00  other
        2026-07-06  Zahlung ESTV direkt   2200 / 1020     100.00  manual
        2026-07-06  MWST Korrektur        1170 / 1020   2'400.00  manual          <- F05
        2026-07-06  Rückerstattung ESTV   1020 / 1170     700.00  manual
        2026-07-07  Umbuchung             1170 / 1171      12.00  manual
        2026-07-07  Rundung               2200 / 6945       0.04  manual
        2026-07-08  Büromaterial          6500 / 1020     108.10  manual   VB81
        2026-07-08  Verkauf               1100 / 3200   1'081.00  invoice  UN81
        2026-01-01  Saldovortrag          1170 / 9100     500.00  opening
        """,
    )
    effects = sorted((finding.values["account_no"], finding.vat_effect) for finding in findings)
    assert effects == [
        ("1170", Decimal("-2400.00")),
        ("1170", Decimal("-81.00")),
        ("2200", Decimal("100.00")),
        ("2203", Decimal("40.00")),
    ]


def test_manual_posting_in_an_export() -> None:
    """The same in a ledger known from an export file."""
    assert_flags_marked_lines(
        reconciliation.manual_posting_on_vat_account,
        """
        2026-07-03  Korrektur      1170 / 6500   81.00  export  no=M1         <- F05
        2026-07-08  Büromaterial   6500 / 1020  108.10  export  no=M2  VB81
        """,
    )


def test_asset_sold_without_tax() -> None:
    """Money for an asset without sales code is found; returns, insurance, depreciation and coded sales are not."""
    findings = assert_flags_marked_lines(
        reconciliation.asset_sold_without_tax,
        """
        2026-07-03  Verkauf Lieferwagen       1020 / 1530   5'405.00  manual                 <- F07
        2026-07-04  Verkauf Mobiliar          1100 / 1510     540.50  invoice                <- F07
        2026-07-05  Verkauf Maschine          1020 / 1500   2'162.00  manual   UN81
        2026-07-05  Meldeverfahren            1020 / 1500   9'000.00  manual   MEL
        2026-07-06  Totalschaden              1020 / 1530   7'000.00  manual   SPE
        2026-07-07  Versicherung Totalschaden 1020 / 1530   7'000.00  other
        2026-07-08  Abschreibung              6800 / 1530   1'000.00  manual
        2026-07-10  Kauf Drucker              1520 / 1020     810.75  manual
        2026-07-20  Rückgabe Drucker          1020 / 1520     810.75  manual
        2026-07-21  Rückgabe Regal            1020 / 1510     108.10  manual   VB81
        2026-01-01  Saldovortrag              9100 / 1530   9'999.00  opening
        """.replace("Totalschaden 1020", "Totalschaden  1020"),
    )
    effects = {finding.amount: finding.vat_effect for finding in findings}
    assert effects == {Decimal("5405.00"): Decimal("405.00"), Decimal("540.50"): Decimal("40.50")}


def test_invoice_differs_from_ledger() -> None:
    """An invoice without bookings and one booked lower are found; no VAT, foreign currency and roundings are fine."""
    findings = assert_flags_marked_lines(
        reconciliation.invoice_differs_from_ledger,
        """
        2026-07-03  Verkauf          1100 / 3200  1'081.00  invoice  UN81
        2026-07-04  Nicht gebucht    1100 / 3200  1'081.00  invoice  UN81  rows=none                      <- F02
        2026-07-05  Zu tief gebucht  1100 / 3200  1'081.00  invoice  UN81  net=891.90  tax=81.00          <- F02
        2026-07-06  Ohne MWST        1100 / 3200    500.00  invoice  UN81  mwst=1
        2026-07-07  Euro             1100 / 3200  1'081.00  invoice  UN81  currency=EUR  factor=0.94
        2026-07-08  Gutschrift       3200 / 1100    108.10  credit_note  UN81
        2026-07-09  Einkauf          4200 / 2000    108.10  bill     VM81  net=90.00
        """,
    )
    assert [finding.vat_effect for finding in findings] == [Decimal("81.00"), Decimal("8.10")]


def test_vat_accounts_roll_forward() -> None:
    """Codes, settlement, payment and transfers explain every movement."""
    text = """
        2026-07-03  Verkauf            1100 / 3200  1'081.00  invoice  UN81
        2026-07-03  Einkauf            4200 / 2000    108.10  bill     VM81
        2026-07-04  Lizenz             6570 / 2000    100.00  bill     BZB81
        2026-07-05  Abrechnung Q2      2200 / 2201    500.00  manual
        2026-07-05  Abrechnung Q2      2201 / 1170    100.00  manual
        2026-07-06  Zahlung direkt     2200 / 1020     20.00  other
        2026-07-07  Umbuchung          1171 / 1170     12.00  manual
        2026-01-01  Saldovortrag       9100 / 2200    500.00  opening
    """
    assert_flags_marked_lines(reconciliation.output_tax_account_differs, text)
    assert_flags_marked_lines(reconciliation.input_tax_account_differs, text)


def test_output_tax_account_differs() -> None:
    """What is booked by hand on 2200 is on the account and in no Ziffer; F05 has the row, this the sum."""
    (finding,) = assert_flags_marked_lines(
        reconciliation.output_tax_account_differs,
        """
        2026-07-03  Verkauf           1100 / 3200  1'081.00  invoice  UN81
        2026-07-04  Steuer von Hand   3200 / 2200     40.00  manual
        2026-07-05  Steuer von Hand   3200 / 2200     41.00  manual         <- F03
        """,
    )
    assert (finding.amount, finding.vat_effect, finding.subject_id) == (
        Decimal("81.00"),
        Decimal("81.00"),
        "account:2200",
    )
    assert finding.restates


def test_input_tax_account_differs() -> None:
    """By account, with the Ziffer it belongs to."""
    findings = assert_flags_marked_lines(
        reconciliation.input_tax_account_differs,
        """
        2026-07-03  Einkauf            4200 / 2000    108.10  bill     VM81
        2026-07-04  Korrektur          1170 / 6500     30.00  manual                 <- F04
        2026-07-05  Korrektur          1171 / 6500     20.00  manual                 <- F04
        2026-07-06  Bezugsteuer        6570 / 2203     10.00  manual                 <- F04
        """,
    )
    assert {(f.ziffer, f.vat_effect) for f in findings} == {
        ("400", Decimal("-30.00")),
        ("405", Decimal("-20.00")),
        ("383", Decimal("10.00")),
    }


SETTLED = """
        2026-05-20  Abrechnung Q1   2200 / 2201  3'000.00  manual
        2026-05-20  Abrechnung Q1   2201 / 1170  1'000.00  manual
"""


def test_settlement_account_not_cleared() -> None:
    """Unpaid after it was due, or paid in another amount; paid, and not yet due, is right."""
    check = reconciliation.settlement_account_not_cleared
    paid = SETTLED + "2026-05-29  Zahlung ESTV  2201 / 1020  2'000.00  other\n"
    recent = "2026-09-30  Abrechnung Q3  2200 / 2201  2'500.00  manual\n"
    assert_flags_marked_lines(check, paid)
    assert_flags_marked_lines(check, paid + recent)
    (finding,) = assert_flags_marked_lines(check, SETTLED.replace("1'000.00  manual", "1'000.00  manual  <- F06"))
    assert (finding.amount, finding.values["nature"]) == (Decimal("2000.00"), "still owed for a period that is due")
    (finding,) = assert_flags_marked_lines(
        check, SETTLED + "2026-07-02  Zahlung ESTV  2201 / 1020  2'150.00  other  <- F06"
    )
    assert (finding.amount, finding.values["nature"]) == (Decimal("150.00"), "paid beyond what was settled")
