"""Family F: discounts, losses, allowances, prepayments and accruals."""

from __future__ import annotations

from decimal import Decimal

from bexio_analytics.checks import ALL, plausibility, reductions
from bexio_analytics.mandate import VatSettings
from bexio_analytics.periods import VatPeriod
from bexio_analytics.review import Outcome, run_check, set_period
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text, mandate_for_tests
from bexio_analytics.testing.conformance import standard_codes_with

CODES = standard_codes_with(("U235", "235", "not_taxable_turnover", "0", "2200"))


def test_reduction_without_its_code() -> None:
    """Uncoded and miscoded reductions are found; coded ones, insurers' shares and foreign suppliers' are not."""
    findings = assert_flags_marked_lines(
        reductions.reduction_without_its_code,
        """
        2026-07-03  Skonto              3800 / 1100    108.10  manual                                  <- F08
        2026-07-04  Skonto              3800 / 1100    108.10  manual  UN81
        2026-07-05  Einkaufsrabatt      2000 / 4900    216.20  manual                                  <- F08
        2026-07-06  Einkaufsrabatt      2000 / 4900    216.20  manual  VM81
        2026-07-07  Rabatt              3800 / 1100    324.30  manual  VM81  side=debit                <- F08
        2026-07-08  Überschussanteil    1020 / 4900    500.00  manual
        2026-07-09  Rabatt Huber        4900 / 2000   -432.40  bill    contact=Huber/DE
        2026-07-10  Umbuchung           3800 / 3801     50.00  manual
        2026-07-11  Verlust Debitor     3805 / 1100    108.10  manual
        """,
    )
    assert {finding.amount: finding.vat_effect for finding in findings} == {
        Decimal("108.10"): Decimal("-8.10"),
        Decimal("216.20"): Decimal("16.20"),
        Decimal("300.00"): Decimal("0.00"),
    }


def test_reduction_declared_twice() -> None:
    """The same reduction with the sales code and in Ziffer 235."""
    (finding,) = assert_flags_marked_lines(
        reductions.reduction_without_its_code,
        """
        2026-07-03  Jahresbonus Kunde    3800 / 1100  1'081.00  manual  UN81
        2026-07-31  Jahresbonus Kunde    3801 / 1100  1'000.00  manual  U235                   <- F08
        2026-07-31  Anderer Bonus        3801 / 1100    700.00  manual  U235
        """,
        codes=CODES,
    )
    assert finding.vat_effect == Decimal("81.00")


def test_uncoded_reduction_is_one_finding() -> None:
    """Reductions are no business of the check of revenue without code."""
    assert_flags_marked_lines(
        plausibility.revenue_without_tax_code,
        """
        2026-07-03  Skonto            3800 / 1100    108.10  manual
        2026-07-04  Verlust           3805 / 1100    108.10  manual
        2026-07-04  Delkredere        3805 / 1109    108.10  manual
        """,
    )


LOSSES = """
        2026-07-03  Verlust Müller            3805 / 1100  1'081.00  manual  UN81       <- F09
        2026-07-04  Konkurs Meier, VS 4711    3805 / 1100  1'081.00  manual  UN81
        2026-07-05  Konkurs Weber             3805 / 1100    540.50  manual             <- F09
        2026-07-06  Zunahme Delkredere        3805 / 1109    400.00  manual
"""


def test_loss_on_receivable_unclear() -> None:
    """Tax taken back without a word about why, and tax not taken back."""
    findings = assert_flags_marked_lines(reductions.loss_on_receivable_unclear, LOSSES)
    assert {finding.amount: finding.vat_effect for finding in findings} == {
        Decimal("1000.00"): Decimal("81.00"),
        Decimal("540.50"): Decimal("-40.50"),
    }


def test_losses_under_collected_consideration() -> None:
    """What was never collected was never taxed."""
    mandate = mandate_for_tests(vat=VatSettings(basis="collected"))
    with books_from_text(LOSSES, mandate=mandate) as books:
        period = VatPeriod.parse("2026-Q3")
        set_period(books, period)
        assert run_check(ALL["F09"], books, mandate, period, {}).outcome is Outcome.NOT_APPLICABLE


def test_allowance_with_tax_code() -> None:
    """A coded change of 1109 in either direction, and no other check's business."""
    text = """
        2026-07-03  Zunahme Delkredere    3805 / 1109  1'081.00  manual  UN81       <- F10
        2026-07-04  Abnahme Delkredere    1109 / 3805    540.50  manual  UN81       <- F10
        2026-07-05  Zunahme Delkredere    3805 / 1109    400.00  manual
        2026-07-06  Verlust               3805 / 1100    108.10  manual  UN81
    """
    findings = assert_flags_marked_lines(reductions.allowance_with_tax_code, text)
    assert sorted(finding.vat_effect or 0 for finding in findings) == [Decimal("-40.50"), Decimal("81.00")]
    text = text.replace("<- F10", "").replace("108.10  manual  UN81", "108.10  manual  UN81  <- F09")
    assert_flags_marked_lines(reductions.loss_on_receivable_unclear, text)


def test_prepayment_without_code() -> None:
    """Money for a later supply is taxed on receipt; deposits, overpayments and coded receipts are left alone."""
    (finding,) = assert_flags_marked_lines(
        reductions.prepayment_not_taxed_once,
        """
        2026-07-03  Anzahlung Küche        1020 / 2030  5'405.00  manual                            <- F11
        2026-07-04  Anzahlung Bad          1020 / 2030  5'405.00  manual  UN81  side=credit
        2026-07-05  Depot Mehrweg          1020 / 2030    300.00  manual
        2026-07-06  Überzahlung Rechnung   1020 / 2030     50.00  manual
        2026-07-07  Verrechnung            2030 / 1100  1'000.00  manual
        2026-07-08  Umbuchung              2000 / 2030    200.00  manual
        """,
    )
    assert (finding.vat_effect, finding.ziffer, finding.amount) == (Decimal("405.00"), "303", Decimal("5405.00"))


def test_prepayment_taxed_twice() -> None:
    """A final invoice over the whole price after a taxed prepayment, unless it takes it back."""
    (finding,) = assert_flags_marked_lines(
        reductions.prepayment_not_taxed_once,
        """
        2026-07-03  Anzahlung            1100 / 2030  1'081.00  invoice  UN81  contact=Kunde A/CH
        2026-08-03  Schlussrechnung      1100 / 3200  3'243.00  invoice  UN81  contact=Kunde A/CH              <- F11
        2026-07-03  Anzahlung            1100 / 2030  1'081.00  invoice  UN81  contact=Kunde B/CH
        2026-08-03  Schlussrechnung      1100 / 3200  3'243.00  invoice  UN81  contact=Kunde B/CH  doc=b
        2026-08-03  Abzug Anzahlung      1100 / 2030  -1'081.00  invoice  UN81  contact=Kunde B/CH  doc=b
        2026-08-04  Schlussrechnung      1100 / 3200  3'243.00  invoice  UN81  contact=Kunde C/CH
        2026-08-05  Andere Rechnung      1100 / 3200    500.00  invoice  UN81  contact=Kunde A/CH
        """,
    )
    assert finding.amount == Decimal("1000.00")


def test_prepayment_taxed_at_receipt_is_no_revenue_again() -> None:
    """Its release to revenue without code is left alone; without a taxed receipt it is uncoded revenue."""
    assert_flags_marked_lines(
        plausibility.revenue_without_tax_code,
        """
        2026-06-03  Anzahlung       1020 / 2030  1'081.00  manual  UN81  side=credit
        2026-07-03  Leistung        2030 / 3200  1'000.00  manual
        2026-07-04  Andere          2030 / 3200    600.00  manual                     <- A01
        """,
    )


def test_accrual_with_tax_code() -> None:
    """A coded accrual is found once; without code, or reversed with the same code, it is left alone by F12 and A03."""
    text = """
        2026-09-30  Abgrenzung Miete       1300 / 6000  1'081.00  manual  VB81                <- F12
        2026-09-30  Abgrenzung Strom       6400 / 2300    108.10  manual  VB81  side=debit    <- F12
        2026-09-30  Abgrenzung Ertrag      1301 / 3400    540.50  manual  UN81  side=credit   <- F12
        2026-09-30  Abgrenzung Zins        6900 / 2300    100.00  manual
        2026-06-30  Abgrenzung Wartung     6100 / 2300    216.20  manual  VB81  side=debit
        2026-07-01  Auflösung Wartung      2300 / 6100    216.20  manual  VB81  side=credit
    """
    findings = assert_flags_marked_lines(reductions.accrual_with_tax_code, text)
    assert sorted(abs(finding.vat_effect or Decimal(0)) for finding in findings) == [
        Decimal("8.10"),
        Decimal("40.50"),
        Decimal("81.00"),
    ]
    assert_flags_marked_lines(plausibility.input_tax_on_account_without_vat, text.replace("<- F12", ""))
